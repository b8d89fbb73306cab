#!/usr/bin/env bash
# What install_test.sh has done in its fresh system, as a service of its systemd. Each step is a function whose name says
# what is promised. It runs in a shell of its own and ends at the first command that fails; what it needs of earlier steps,
# it asks the ledger. The first step that fails ends the run.
#   install_steps.sh LIST      one of the lists below; results go to /test/results
# shellcheck disable=SC2016,SC2034 # dpkg-query's names are in single quotes; the lists are called by their names.
set -euo pipefail

first_boot=(
  from_the_package_to_a_payment_within_a_minute
  everything_is_in_its_place
  members_of_the_group_pay_and_nobody_else
  rules_take_effect_at_a_reload
  a_daemon_that_hangs_is_ended_by_the_watchdog_and_comes_back
  a_killed_daemon_comes_back
  a_client_starts_a_stopped_daemon
  a_port_for_http_is_opened_by_systemd_alone
  the_hardening_is_in_force
)
second_boot=(
  all_of_it_runs_after_a_reboot
  an_upgrade_beside_payments_loses_none
  an_upgrade_starts_nothing_that_is_disabled
  apt_says_that_girod_does_not_run
  a_removal_keeps_the_ledger
  a_new_installation_goes_on_with_it
  a_purge_keeps_the_ledger_and_says_so
  nothing_is_left_without_a_ledger
)
if [ -e /test/older.deb ]; then second_boot+=(an_older_package_is_upgraded); fi

results=/test/results
config=/etc/giro/girod.toml
ledger=/var/lib/giro/ledger.db

# ---- Words ----------------------------------------------------------------------------------------------------------

note() { printf '                %s\n' "$*" >>$results; }

fail() {
  printf '%s\n' "$@" >&2
  exit 1
}

# expect CODE WORDS COMMAND...: it ends with that code, and says these words.
expect() {
  local code=0 said
  said=$("${@:3}" 2>&1) || code=$?
  printf '$ %s\n%s\n' "${*:3}" "$said"
  [ "$code" = "$1" ] || fail "ended with $code, not $1"
  grep -qF -- "$2" <<<"$said" || fail "it doesn't say: $2"
}

# eventually COMMAND...: within a minute.
eventually() {
  local deadline=$((SECONDS + 60))
  until "$@"; do
    [ $SECONDS -lt $deadline ] || fail "not so within a minute: $*"
    sleep 0.1
  done
}

now() { printf '%s' "${EPOCHREALTIME/./}"; }
since() { awk -v us=$(($(now) - $1)) 'BEGIN { printf "%.1f s", us / 1000000 }'; }

as() { runuser -u "$1" -- "${@:2}"; }
# Of settings that were changed here and in the package, those here stay; it may be that the system's own apt is at work.
apt() { apt-get -qy -o DPkg::Lock::Timeout=60 -o DPkg::Options::=--force-confdef -o DPkg::Options::=--force-confold "$@"; }

# applied KEY CENTS: pays them from world to shop. Sent again, it has to be what it was.
applied() { expect 0 applied giro pay world shop "0.$2" EUR --key "$1"; }
replayed() { expect 0 '"replayed":true' giro pay world shop "0.$2" EUR --key "$1" --json; }
number() { grep -oP "\"$1\":\\s*\\K-?[0-9]+" | sed -n 1p; }
balance() { giro account show shop --json | number balance; }

main_pid() { systemctl show --value -p MainPID girod; }
active() { systemctl --quiet is-active "$1"; }
# journal_has WORDS MATCH...: a line that those fields find.
journal_has() { journalctl -u girod -o cat --no-pager "${@:2}" | grep -F -- "$1" >/dev/null; }
said() { journalctl -u girod -o cat --no-pager | grep -F -- "$1" >/dev/null; }
came_back() { [ "$(main_pid)" != 0 ] && [ "$(main_pid)" != "$1" ] && active girod; }

# ---- Steps ----------------------------------------------------------------------------------------------------------

from_the_package_to_a_payment_within_a_minute() {
  local begin
  begin=$(now)
  apt install /test/giro.deb
  giro account open world --currency EUR --floor none
  giro account open shop --currency EUR
  expect 0 applied giro pay world shop 100.00 EUR --key first
  note "from the package to the first payment: $(since "$begin")"
  [ $(($(now) - begin)) -lt 60000000 ]
}

everything_is_in_its_place() {
  local unit page
  active girod.service
  active girod.socket
  systemctl is-enabled girod.service girod.socket
  expect 1 disabled systemctl is-enabled girod-http.socket
  expect 1 disabled systemctl is-enabled giro-relay.service
  expect 1 disabled systemctl is-enabled giro-checkpoint.timer
  expect 1 disabled systemctl is-enabled giro-etcd.service
  expect 0 'giro giro 700' stat -c '%U %G %a' /var/lib/giro
  expect 0 'giro giro 660' stat -c '%U %G %a' /run/giro/giro.sock
  expect 0 'root root 644' stat -c '%U %G %a' $config
  expect 0 'root giro-relay 640' stat -c '%U %G %a' /etc/giro/relay.toml
  expect 0 "$config" dpkg-query -W -f '${Conffiles}' giro
  expect 0 '' girod --check-config --config $config
  [ -z "$(dpkg --verify giro)" ]
  for unit in $(dpkg -L giro | sed -n 's#^/lib/systemd/system/##p'); do
    page=$(systemctl show --value -p Documentation "$unit")
    [ -e "${page#file:}" ] || fail "$unit names $page"
  done
}

members_of_the_group_pay_and_nobody_else() {
  local uid
  useradd till && usermod -aG giro till
  useradd stranger
  as till giro pay world shop 0.01 EUR --key of-till
  uid=$(giro get of-till --json | number uid)
  [ "$uid" = "$(id -u till)" ] || fail "the ledger says that it was uid $uid"
  expect 77 'usermod' as stranger giro pay world shop 0.01 EUR --key of-a-stranger
  expect 1 unknown giro get of-a-stranger
  expect 2 'Permission denied' as till ls /var/lib/giro
}

rules_take_effect_at_a_reload() {
  cat >>$config <<'TOML'
[[rule]]
users = ["root"]
methods = ["accounts.*", "payments.*", "ledger.*", "server.*"]
[[rule]]
users = ["giro"]
methods = ["accounts.get", "payments.submit"]
[[rule]]
users = ["till"]
methods = ["payments.submit"]
max_amount = { EUR = 500 }
TOML
  expect 0 '3 rules' girod --check-config --config $config
  expect 0 applied as till giro pay world shop 5.01 EUR --key before-the-rules
  systemctl reload girod
  eventually said reloaded
  expect 77 unauthorized as till giro pay world shop 5.01 EUR --key too-much
  eventually journal_has "refused" "GIRO_UID=$(id -u till)"
  expect 0 applied as till giro pay world shop 5.00 EUR --key not-too-much

  cp $config /test/right.toml
  sed -i 's/payments.submit/payments.submits/' $config
  expect 78 'did you mean payments.submit' girod --check-config --config $config
  systemctl reload girod
  eventually said 'not reloaded'
  expect 0 applied as till giro pay world shop 5.00 EUR --key under-the-rules-as-they-were
  cat /test/right.toml >$config
}

# A client that comes meanwhile waits at the socket, and is answered by the next daemon.
a_daemon_that_hangs_is_ended_by_the_watchdog_and_comes_back() {
  local pid before client
  mkdir -p /run/systemd/system/girod.service.d
  printf '[Service]\nWatchdogSec=3s\n' >/run/systemd/system/girod.service.d/watchdog.conf
  systemctl daemon-reload
  systemctl restart girod
  before=$(balance)
  applied before-it-hangs 10
  pid=$(main_pid)
  kill -STOP "$pid"
  giro pay world shop 0.20 EUR --key while-it-hangs &
  client=$!
  eventually came_back "$pid"
  said 'Watchdog timeout' || fail "it came back by something else"
  wait $client
  replayed while-it-hangs 20
  replayed before-it-hangs 10
  [ "$(balance)" = $((before + 30)) ]
  rm -r /run/systemd/system/girod.service.d
  systemctl daemon-reload
  systemctl restart girod
}

a_killed_daemon_comes_back() {
  local pid before begin
  before=$(balance)
  applied before-the-kill 11
  pid=$(main_pid)
  begin=$(now)
  kill -KILL "$pid"
  applied after-the-kill 22
  note "from kill -9 to the next payment: $(since "$begin")"
  came_back "$pid"
  replayed before-the-kill 11
  [ "$(balance)" = $((before + 33)) ]
}

a_client_starts_a_stopped_daemon() {
  systemctl stop girod.service
  expect 3 inactive systemctl is-active girod.service
  applied wakes-it 12
  active girod.service
}

a_port_for_http_is_opened_by_systemd_alone() {
  local url=http://127.0.0.1:8480
  expect 7 '' curl -sS $url/readyz
  systemctl enable girod-http.socket && systemctl restart girod
  expect 0 ready curl -sS $url/readyz
  systemctl disable --now girod-http.socket && systemctl restart girod
  expect 7 '' curl -sS $url/readyz
  systemctl enable girod-http.socket && systemctl restart girod
  expect 0 '"currency":"EUR"' curl -sS $url/v1/accounts/shop
  expect 0 '"code":"unauthorized"' curl -sS $url/v1/payments -H 'Idempotency-Key: no-token' \
    -d '{"from":"world","to":"shop","amount":7,"currency":"EUR"}'

  (umask 077 && head -c 32 /dev/urandom | base64 >/etc/giro/http.token && chown giro /etc/giro/http.token)
  sed -i -e 's/^#\(token_file = \)/\1/' -e 's/^#\(user = \).*/\1"till"/' $config
  expect 0 '' girod --check-config --config $config
  systemctl restart girod
  expect 0 401 curl -sS -o /dev/null -w '%{http_code}' $url/v1/accounts/shop
  expect 0 '"status":"applied"' curl -sS $url/v1/payments -H 'Idempotency-Key: by-tcp' \
    -H "Authorization: Bearer $(cat /etc/giro/http.token)" \
    -d '{"from":"world","to":"shop","amount":7,"currency":"EUR"}'
  [ "$(giro get by-tcp --json | number uid)" = "$(id -u till)" ]
}

# What systemd means to take from the daemon, and what it has: each asked of the running process.
the_hardening_is_in_force() {
  local pid exposure
  exposure=$(systemd-analyze security --no-pager girod.service | tail -n 1)
  note "systemd-analyze security: $exposure"
  awk -v exposure="$exposure" 'BEGIN { exit !match(exposure, /[0-9.]+ /) || substr(exposure, RSTART) + 0 > 1 }'
  pid=$(main_pid)
  cat "/proc/$pid/status"
  grep -qx 'NoNewPrivs:.1' "/proc/$pid/status"
  grep -qx 'Seccomp:.2' "/proc/$pid/status"
  grep -qx 'CapBnd:.0000000000000000' "/proc/$pid/status"
  grep -qx "Uid:.$(id -u giro).*" "/proc/$pid/status"
  [ "$(readlink "/proc/$pid/ns/net")" != "$(readlink /proc/self/ns/net)" ] || fail "it shares the network"
  nsenter --mount --target "$pid" touch /var/lib/giro/probe
  rm /var/lib/giro/probe
  expect 1 'Read-only file system' nsenter --mount --target "$pid" touch /usr/probe
  expect 1 'Read-only file system' nsenter --mount --target "$pid" touch $config
}

all_of_it_runs_after_a_reboot() {
  active girod.service
  active girod.socket
  expect 0 ready curl -sS http://127.0.0.1:8480/readyz
  expect 0 '"replayed":true' giro pay world shop 100.00 EUR --key first --json
  expect 0 whole giro verify
}

# Pays a cent after the other until the file /test/enough is there, and sends again what got no answer.
pay_all_the_time() {
  local sent=0 again=0 longest=0 begin took
  until [ -e /test/enough ]; do
    sent=$((sent + 1))
    begin=$(now)
    until as till giro pay world shop 0.01 EUR --key "through-$sent" >/dev/null; do again=$((again + 1)); done
    took=$(($(now) - begin))
    if [ $took -gt $longest ]; then longest=$took; fi
  done
  echo $sent >/test/sent
  note "$sent payments, $again sent again, the longest took $((longest / 1000)) ms"
}

an_upgrade_beside_payments_loses_none() {
  local before pid socket payer
  before=$(balance) pid=$(main_pid) socket=$(stat -c %i /run/giro/giro.sock)
  cp $config /test/right.toml
  pay_all_the_time &
  payer=$!
  sleep 1
  apt install /test/newer.deb
  sleep 1
  touch /test/enough
  wait $payer
  expect 0 +newer dpkg-query -W -f '${Version}' giro
  came_back "$pid"
  expect 0 /usr/bin/girod readlink "/proc/$(main_pid)/exe"
  [ "$(stat -c %i /run/giro/giro.sock)" = "$socket" ] || fail "the socket was closed"
  [ "$(balance)" = $((before + $(cat /test/sent))) ]
  cmp $config /test/right.toml
  grep 'later version' $config.dpkg-dist
  expect 0 401 curl -sS -o /dev/null -w '%{http_code}' http://127.0.0.1:8480/v1/info
  expect 0 whole giro verify
}

an_upgrade_starts_nothing_that_is_disabled() {
  systemctl disable --now girod.socket girod.service
  apt install --reinstall /test/newer.deb
  expect 3 inactive systemctl is-active girod.service girod.socket girod-http.socket
  systemctl enable --now girod.socket girod.service
  expect 0 ready curl -sS http://127.0.0.1:8480/readyz
}

apt_says_that_girod_does_not_run() {
  echo 'nonsense = 1' >$config
  expect 0 "girod doesn't run" apt install --reinstall /test/newer.deb
  cat /test/right.toml >$config
  systemctl start girod.socket girod.service
  expect 0 ready curl -sS http://127.0.0.1:8480/readyz
  replayed before-the-kill 11
}

# digest: of all that there is of the ledger.
digest() { sha256sum /var/lib/giro/* /var/lib/girod/*; }

a_removal_keeps_the_ledger() {
  balance >/test/balance
  apt remove giro
  [ ! -e /usr/bin/girod ]
  [ ! -e /run/giro ]
  expect 3 inactive systemctl is-active girod.service girod.socket girod-http.socket
  [ "$(main_pid)" = 0 ]
  [ -e $ledger ]
  cmp $config /test/right.toml
}

# goes_on: every payment is there as it was, and new ones are decided.
goes_on() {
  active girod.service
  expect 0 '"replayed":true' giro pay world shop 100.00 EUR --key first --json
  [ "$(balance)" = "$(cat /test/balance)" ]
  applied "$1" 13
  balance >/test/balance
  expect 0 whole giro verify
}

a_new_installation_goes_on_with_it() {
  apt install /test/giro.deb
  cmp $config /test/right.toml
  goes_on installed-again
  expect 0 401 curl -sS -o /dev/null -w '%{http_code}' http://127.0.0.1:8480/v1/info
}

a_purge_keeps_the_ledger_and_says_so() {
  systemctl stop girod.socket girod.service
  expect 7 '' curl -sS http://127.0.0.1:8480/readyz
  digest >/test/digest
  expect 0 'kept: /var/lib/giro /var/lib/girod' apt purge giro
  digest | cmp - /test/digest
  [ ! -e $config ]
  expect 0 /etc/giro/http.token ls /etc/giro/*
  apt install /test/giro.deb
  goes_on installed-after-a-purge
}

nothing_is_left_without_a_ledger() {
  local left
  apt remove giro
  rm -r /var/lib/giro /var/lib/girod /etc/giro/http.token
  apt purge giro
  left=$(find / -xdev \( -path /test -o -path /proc -o -path /var/cache/apt -o -path /var/log \) -prune -o \
    -name '*giro*' -print)
  [ -z "$left" ] || fail "left:" "$left"
}

an_older_package_is_upgraded() {
  apt install /test/older.deb
  giro account open world --currency EUR --floor none
  giro account open shop --currency EUR
  applied of-the-older 14
  apt install /test/giro.deb
  active girod.service
  replayed of-the-older 14
  applied of-the-newer 15
  [ "$(balance)" = 29 ]
  expect 0 whole giro verify
}

# ---- One after the other --------------------------------------------------------------------------------------------

if [ "$1" = --step ]; then
  "$2"
  exit
fi

declare -n steps=$1
for step in "${steps[@]}"; do
  begin=$(now)
  if ! timeout --kill-after=5 180 bash "$0" --step "$step" >/test/step.log 2>&1; then
    {
      echo "FAILED  $(since "$begin")  $step"
      tail -n 40 /test/step.log
      echo "journal of girod:"
      journalctl -u girod -u girod.socket -u girod-http.socket --no-pager -n 40
    } >>$results 2>&1
    exit 1
  fi
  printf 'ok %8s  %s\n' "$(since "$begin")" "${step//_/ }" >>$results
done
touch /test/passed
