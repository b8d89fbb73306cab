#!/usr/bin/env bash
# Installs a package of Giro on a fresh Debian 12 whose systemd runs, in a container without a network, and goes through
# what an operator does with it: install_steps.sh, which runs inside. Needs root, debootstrap and systemd-nspawn; where it
# can't run it says so and ends with 77.
#   install_test.sh PACKAGE.deb [OLDER.deb]
# OLDER.deb: in the end this one is installed anew, and upgraded to PACKAGE.deb. The fresh system is made once, in
# build/package/root (./dev clean removes it), with the packages that Giro needs at hand; each run gets a copy.
set -euo pipefail

here=$(dirname "$(realpath "$0")")
package=$(realpath -e "${1:?a package}") older=${2:+$(realpath -e "$2")}
fresh=$here/../build/package/root
scratch=

say() { printf '%s\n' "$*"; }
fail() {
  printf 'install_test: %s\n' "$@" >&2
  exit 1
}
skip() {
  say "skipped: $*"
  exit 77
}

end() {
  if [ -n "$scratch" ]; then rm -rf "$scratch"; fi
}
trap end EXIT

# ---- The package as it is -------------------------------------------------------------------------------------------

# Who debugs a crash needs the symbols, and nobody needs to know where it was built.
check_package() {
  local symbols folder found
  folder=$(dirname "$package")
  symbols=$folder/giro-dbgsym_${package##*/giro_}
  [ -e "$symbols" ] || fail "there is no package of symbols beside it: $symbols"
  dpkg-deb -x "$package" "$scratch/files"
  dpkg-deb -x "$symbols" "$scratch/files"
  find "$scratch/files" -name '*.debug' -exec objcopy --decompress-debug-sections {} \;
  found=$(grep -rlF "$folder" "$scratch/files" || true)
  [ -z "$found" ] || fail "these name the folder that the package was built in ($folder):" "$found"
}

# newer PACKAGE OUT: the same as a later version, which has changed its settings' sample, too.
make_newer() {
  local tree=$scratch/newer
  dpkg-deb -R "$1" "$tree"
  sed -i 's/^Version: .*/&+newer/' "$tree/DEBIAN/control"
  echo "# A line of the later version." >>"$tree/etc/giro/girod.toml"
  dpkg-deb -Zgzip -b "$tree" "$2" >/dev/null
  rm -rf "$tree"
}

# ---- The system -----------------------------------------------------------------------------------------------------

# container ROOT [OPTIONS...]: nspawn wants a /run of memory, and where no systemd runs it must not ask it for anything. It
# ends after a time in any case, as a system that hangs wouldn't.
container() {
  local options=(--quiet --register=no --console=pipe) within=()
  if [ ! -d /run/systemd/system ]; then
    options+=(--keep-unit)
    # shellcheck disable=SC2016 # The inner shell's arguments.
    within=(unshare --mount sh -c 'mount -t tmpfs tmpfs /run && exec "$@"' sh)
  fi
  timeout --foreground --kill-after=30 900 "${within[@]}" systemd-nspawn "${options[@]}" -D "$@" </dev/null
}

# Debian's mirror and proxy are those of this machine.
make_fresh() {
  local mirror proxy log=$scratch/debootstrap.log
  say "making a fresh Debian 12 (once; some minutes)"
  # shellcheck disable=SC2016 # apt's names, not the shell's.
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Codename: bookworm' | sed -n 1p)
  proxy=$(apt-config dump | grep -i '^Acquire::.*proxy' || true)
  eval "$(apt-config shell http_proxy Acquire::http::Proxy https_proxy Acquire::https::Proxy)"
  if [ -n "${http_proxy:-}" ]; then export http_proxy; fi
  if [ -n "${https_proxy:-}" ]; then export https_proxy; fi
  rm -rf "$fresh.part"
  mkdir -p "$fresh.part"
  debootstrap --variant=minbase --include=systemd,systemd-sysv,dbus,curl bookworm "$fresh.part" \
    ${mirror:+"$mirror"} >"$log" 2>&1 || {
    tail -n 20 "$log"
    skip "debootstrap can't make a Debian 12 (above)"
  }
  printf '%s\n' "$proxy" >"$fresh.part/etc/apt/apt.conf.d/90host"
  mv "$fresh.part" "$fresh"
}

# What Giro depends on is fetched into the fresh system, and no more: the container has no network.
fetch_dependencies() {
  local log=$scratch/apt.log
  cp "$package" "$fresh/giro.deb"
  container "$fresh" sh -c 'fetch() { apt-get -qq -y --download-only install /giro.deb; }
    fetch 2>/dev/null || { apt-get -qq update && fetch; }' >"$log" 2>&1 || {
    tail -n 20 "$log"
    skip "the packages that Giro depends on can't be fetched, or a container doesn't run here (above)"
  }
  rm "$fresh/giro.deb"
}

# The steps run as a service: what a test sees then is what a service sees.
make_system() {
  local root=$1
  cp -a "$fresh" "$root"
  mkdir "$root/test"
  cp "$package" "$root/test/giro.deb"
  make_newer "$package" "$root/test/newer.deb"
  if [ -n "$older" ]; then cp "$older" "$root/test/older.deb"; fi
  cp "$here/install_steps.sh" "$root/test/"
  cat >"$root/etc/systemd/system/install-test.service" <<'UNIT'
[Unit]
Wants=multi-user.target
After=multi-user.target
SuccessAction=poweroff
FailureAction=poweroff
[Service]
Type=oneshot
EnvironmentFile=/test/environment
ExecStart=/bin/bash /test/install_steps.sh $STEPS
UNIT
}

# boot ROOT STEPS: the system from its start to its end.
boot() {
  local root=$1 results=$1/test/results log=$scratch/boot.log
  printf 'STEPS=%s\nDEBIAN_FRONTEND=noninteractive\nLC_ALL=C.UTF-8\nNO_COLOR=1\n' "$2" >"$root/test/environment"
  : >"$results"
  rm -f "$root/test/passed"
  container "$root" --boot --private-network systemd.unit=install-test.service >"$log" 2>&1 &
  tail -n +1 -f --pid=$! "$results"
  wait $! || true
  if [ ! -s "$results" ]; then
    tail -n 20 "$log"
    skip "no system boots in a container here (above)"
  fi
  [ -e "$root/test/passed" ] || fail "the last of these steps failed"
}

[ "$(id -u)" = 0 ] || skip "it takes root"
for program in debootstrap systemd-nspawn unshare; do
  command -v $program >/dev/null || skip "there is no $program here (./dev deps boot)"
done

scratch=$(mktemp -d "$here/../build/package/test.XXXXXX")
check_package
if [ ! -d "$fresh" ]; then make_fresh; fi
fetch_dependencies
make_system "$scratch/root"
boot "$scratch/root" first_boot
boot "$scratch/root" second_boot
say passed
