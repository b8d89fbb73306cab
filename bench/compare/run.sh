#!/usr/bin/env bash
# `./dev bench`: Giro's workloads, and the same kind of payments through PostgreSQL and plain SQLite, in one run on one
# disk, so that the figures can be set beside each other. The programs must be built.
#   run.sh BUILD-FOLDER [OPTIONS]    (the options: options.sh)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=bench/compare/options.sh
. "$here/options.sh"

say() { printf '\n==> %s\n' "$*"; }
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then say() { printf '\n\033[1m==> %s\033[0m\n' "$*"; }; fi

die() {
  printf 'dev bench: %s\n' "$@" >&2
  exit 70
}

build=$(realpath "$1")
shift
bench_options "$@"
child=""
scratch=""

# Not to be interrupted a second time: a server that is left running would be worse than a moment's wait.
end() {
  trap '' INT TERM
  if [ -n "$child" ]; then { kill -TERM "$child" && wait "$child"; } 2>/dev/null || true; fi
  if [ -n "$scratch" ]; then rm -rf "$scratch"; fi
}
interrupted() {
  printf '\ndev bench: interrupted, so there are no figures\n' >&2
  exit "$1"
}
trap end EXIT
trap 'interrupted 130' INT
trap 'interrupted 143' TERM

# In the background, because bash hears of an interrupt only while it waits for a job.
run() {
  local status=0
  "$@" &
  child=$!
  wait "$child" || status=$?
  child=""
  return $status
}

# PostgreSQL's user must get to its own folder below this one.
scratch=$(mktemp -d "$dir/giro-compare.XXXXXX")
chmod 711 "$scratch"

# The short ones first: what is missing for them shows at once.
say "1/3 PostgreSQL, a server of its own: 32 connections for $seconds s"
run "$here/postgres.sh" "$scratch/postgres" "$seconds" >"$scratch/postgres.json" ||
  die "no figures of PostgreSQL (above)"
say "2/3 Plain SQLite, a transaction a payment: one thread for $seconds s"
run "$build/bench/giro_plain_sqlite" "$scratch/plain" "$seconds" >"$scratch/plain.json" ||
  die "no figures of plain SQLite (above)"
say "3/3 Giro: giro bench all --scale $scale --duration $seconds"
run "$build/bin/giro" bench all --scale "$scale" --duration "$seconds" --dir "$scratch" --json "$scratch/giro.json" ||
  die "no figures of Giro (above)"

say "One payment a request, on disk before its answer: Giro beside the others"
"$here/results.py" merge "$scratch/giro.json" "$scratch/postgres.json" "$scratch/plain.json" >"$scratch/all.json"
"$here/results.py" show "$scratch/all.json"
if $keeps_results; then
  say "Kept in $("$here/results.py" save "$scratch/all.json" "$here/../results"), and listed in bench/results/README.md"
fi
