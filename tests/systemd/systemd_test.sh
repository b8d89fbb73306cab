#!/usr/bin/env bash
# Checks what systemd/ installs, by systemd's own tools, without a running systemd and without touching the machine.
#   systemd_test.sh CHECK UNITS_FOLDER GIROD SOURCE_FOLDER GIRO
set -euo pipefail

check=$1 units=$2 girod=$3 source=$4 giro=$5

scratch=$(mktemp -d -t giro-systemd.XXXXXX)
trap 'rm -rf "$scratch"' EXIT

fail() {
  printf '%s\n' "$@" >&2
  exit 1
}

# Silence is what a clean unit gets; a warning doesn't change the tool's exit code, so words count.
units_are_clean() {
  local said
  ln -sf giro-backup@.service "$units"/giro-backup@mnt-second-giro.service
  said=$(SYSTEMD_LOG_LEVEL=notice systemd-analyze verify --man=no "$units"/girod.service "$units"/girod.socket \
    "$units"/girod-http.socket "$units"/giro-relay.service "$units"/giro-backup@mnt-second-giro.service \
    "$units"/giro-checkpoint.service "$units"/giro-checkpoint.timer "$units"/giro-etcd.service 2>&1) ||
    fail "systemd-analyze verify:" "$said"
  # Only what it says of our units: the machine's own units may have faults too.
  if grep -E 'girod|giro\.|giro-(relay|backup|checkpoint|etcd)' <<<"$said"; then
    fail "systemd-analyze verify found the above"
  fi
}

# expose_at_most TENTHS UNIT
expose_at_most() {
  local said
  said=$(systemd-analyze security --no-pager --offline=true --threshold="$1" "$units/$2" 2>&1) ||
    fail "$2 is more exposed than $1 tenths:" "$(grep -E "✗|→" <<<"$said")"
  tail -n 1 <<<"$said"
}

exposure_is_at_most_1() { expose_at_most 10 girod.service; }
exposure_of_the_backup_is_at_most_1() { expose_at_most 10 giro-backup@.service; }
exposure_of_checkpoints_is_at_most_1() { expose_at_most 10 giro-checkpoint.service; }
# The network, which girod has none of, costs one point.
exposure_of_the_relay_is_at_most_2() { expose_at_most 20 giro-relay.service; }
exposure_of_etcd_is_at_most_2() { expose_at_most 20 giro-etcd.service; }

# As they are in the unit, and in the example of its file with everything switched on.
etcd_takes_its_settings() {
  local etcd=${GIRO_ETCD:-$source/../build/etcd/bin/etcd} options names name
  if [ ! -x "$etcd" ] || "$etcd" --version | grep 'Version: 3\.[0-5]\.' >/dev/null; then
    echo "skipped: there is no etcd 3.6 at $etcd; ./dev deps cluster builds it"
    exit 77
  fi
  mapfile -t options < <(sed -n '/^ExecStart=/,/[^\\]$/p' "$units"/giro-etcd.service | grep -o -- '--[^ ]*')
  [ ${#options[@]} -ge 7 ] || fail "the unit's settings weren't found: ${options[*]}"
  "$etcd" "${options[@]}" --version
  # Of a setting that doesn't exist it isn't said.
  if "$etcd" "${options[@]}" --no-such-setting=1 --version 2>/dev/null; then fail "any setting is taken"; fi
  "$etcd" --help >"$scratch"/help 2>&1
  mapfile -t names < <(sed -n 's/^#ETCD_\([A-Z_]*\)=.*/\1/p' "$source"/etcd.env)
  [ ${#names[@]} -ge 10 ] || fail "the example's settings weren't found: ${names[*]}"
  for name in "${names[@]}"; do
    name=${name,,}
    grep -q -e "^ *--${name//_/-} " "$scratch"/help || fail "etcd has no setting '$name'"
  done
}

# As systemd runs it, on a system that has no other program.
reload_needs_nothing_but_a_shell() {
  local command daemon
  command=$(sed -n 's/^ExecReload=//p' "$units"/girod.service)
  [[ $command == "/bin/sh -c "* ]] || fail "a small system may not have the program of: $command"
  # The trap ends it with 7.
  bash -c 'trap "exit 7" HUP; touch "$1"; while :; do sleep 0.05; done' _ "$scratch"/ready &
  daemon=$!
  while [ ! -e "$scratch"/ready ]; do sleep 0.01; done
  env -i PATH=/nonexistent MAINPID="$daemon" /bin/bash -c "$command"
  local code=0
  wait "$daemon" || code=$?
  [ "$code" = 7 ] || fail "the main process got no SIGHUP"
}

users_and_folders_are_made() {
  mkdir -p "$scratch"/{etc,usr/share/giro}
  # A folder without users needs the two that own the system's files.
  printf 'root:x:0:0:root:/root:/bin/sh\n' >"$scratch"/etc/passwd
  printf 'root:x:0:\n' >"$scratch"/etc/group
  cp "$source"/girod.toml "$source"/relay.toml "$scratch"/usr/share/giro/
  systemd-sysusers --root="$scratch" - < <(cat "$source"/giro.sysusers "$source"/giro-etcd.sysusers)
  grep -q '^giro:' "$scratch"/etc/passwd || fail "no user giro was made"
  grep -q '^giro:' "$scratch"/etc/group || fail "no group giro was made"
  grep -q '^giro:.*giro-relay' "$scratch"/etc/group || fail "the relay may not talk to girod"
  grep -q '^giro-etcd:.*:giro$' "$scratch"/etc/group || fail "girod may not talk to etcd"
  ! grep -q '^giro:.*giro-etcd' "$scratch"/etc/group || fail "etcd may pay"
  # By the same variables as CMake's, for a prefix of /usr.
  sed -e 's#@GIRO_CONFIG_DIR@#/etc/giro#g' -e 's#@GIRO_DATA_DIR@#/usr/share/giro#g' \
    "$source"/giro.tmpfiles.in >"$scratch"/giro.conf
  if [ "$(id -u)" != 0 ]; then return 0; fi # Only root can give folders away.
  systemd-tmpfiles --root="$scratch" --create - <"$scratch"/giro.conf
  [ "$(stat -c %a "$scratch"/var/lib/giro)" = 700 ] || fail "the ledger's folder is open to others"
  cmp "$source"/girod.toml "$scratch"/etc/giro/girod.toml || fail "the sample configuration isn't in place"
  [ "$(stat -c %a "$scratch"/etc/giro/relay.toml)" = 640 ] || fail "the relay's secrets are open to others"
}

# As it is shipped, and with every example switched on (for a user and a group that every machine has).
sample_configuration_is_right() {
  "$girod" --check-config --config "$source"/girod.toml
  sed -e 's/^#\([^ ]\)/\1/' -e 's/"alice"/"root"/; s/"tellers"/"root"/; s/^user = "giro"/user = "root"/; s/^\(socket_group = \).*/\1"root"/' \
    "$source"/girod.toml >"$scratch"/girod.toml
  "$girod" --check-config --config "$scratch"/girod.toml
  # The relay's names no endpoint: who gets the messages is nobody's guess.
  sed -e 's/^#\([^ ]\)/\1/' "$source"/relay.toml >"$scratch"/relay.toml
  "$giro" relay check --config "$scratch"/relay.toml
}

"$check"
