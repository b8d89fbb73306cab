#!/usr/bin/env bash
# The long runs behind the tests, for hours and nights: ./dev torture [WHAT...]. Everything is seeded; what fails prints the
# command that repeats it, and its output is kept in BUILD/torture/.
#
# Usage: torture.sh BUILD [WHAT...]
#   simulation   seeds 2001 to 100000 of the whole daemon in one thread, each twice     (GIRO_SEEDS=FROM-TO: others)
#   nodes        seeds 501 to 20000 of three whole nodes in one thread, and 20,000 of the protocol between them
#   model        a million operations of all methods beside the second model
#   power        100,000 power cuts of every kind
#   flips        single bits of ledger, log and anchor, 10,000 of them
#   fuzz         a million damaged inputs for each target of tests/fuzz, 20,000 for those with a ledger's files;
#                `./dev fuzz` has libFuzzer look for them
#   kills        2,000 real daemons killed under load, in their start, stopped, and on their way out; and 530 times while keys
#                are sealed or merged, an old ledger is migrated, a backup or a restore is made; over a million answers
#   load         a thousand hostile connections on 256 descriptors, and twice the capacity, for a minute each
#   cluster      three daemons and three members of etcd for half an hour, while processes, machines, their network and disks fail
#                (GIRO_MINUTES=N: so many; GIRO_SEED=N: the same again); and how long the others' clients wait where one of
#                them dies, ten times each
set -euo pipefail

build=$1
shift
out=$build/torture
seeds=${GIRO_SEEDS:-2001-100000}
if [ $# = 0 ]; then set -- model power flips fuzz kills load cluster nodes simulation; fi
mkdir -p "$out"
export GIRO_LONG=1

say() { printf '\n==> %s\n' "$*"; }

# run NAME PROGRAM FILTER: its figures, or its last lines where it fails.
run() {
  local started=$SECONDS
  if "$build/tests/$2" --gtest_filter="$3" >"$out/$1.log" 2>&1; then
    grep '^  [0-9]' "$out/$1.log" || true
    printf '    %s: nothing found in %s s\n' "$1" $((SECONDS - started))
    return 0
  fi
  grep -v '^\[ RUN' "$out/$1.log" | tail -n 40
  printf '    %s: FAILED after %s s; all of it: %s\n' "$1" $((SECONDS - started)) "$out/$1.log"
  return 1
}

# simulate NAME PROGRAM FROM-TO: these seeds, shared out among the processors.
simulate() {
  local first=${3%-*} last=${3#*-} jobs share failed=0 from to pids=()
  jobs=$(nproc)
  share=$(((last - first) / jobs + 1))
  for ((from = first; from <= last; from += share)); do
    to=$((from + share - 1 < last ? from + share - 1 : last))
    GIRO_SEEDS=$from-$to run "$1-$from-$to" "$2" '*ManySeeds' &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid" || failed=1; done
  return $failed
}

failed=()
for what; do
  say "$what"
  case $what in
    simulation) simulate simulation simulation_test "$seeds" || failed+=("$what") ;;
    nodes)
      simulate nodes cluster_simulation_test 501-20000 || failed+=("$what")
      run protocol cluster_tests 'ThreeNodes.*' || failed+=("$what")
      ;;
    model) run model whole_tests 'Whole.IsWhatTheSecondModelSaysOverTwentySeeds' || failed+=("$what") ;;
    power) run power store_tests '*PowerCut*' || failed+=("$what") ;;
    flips) run flips store_tests '*BitFlips*:*ZeroedBlocks*' || failed+=("$what") ;;
    fuzz) run fuzz fuzz_corpus_test '*' || failed+=("$what") ;;
    kills) run kills system_tests 'KillNine*' || failed+=("$what") ;;
    load) run load system_tests 'Load.*' || failed+=("$what") ;;
    cluster) run cluster cluster_system_test 'Cluster.*:ClusterPause.*' || failed+=("$what") ;;
    *)
      echo "torture: no '$what'; there are simulation, nodes, model, power, flips, fuzz, kills, load and cluster" >&2
      exit 64
      ;;
  esac
done
if [ ${#failed[@]} != 0 ]; then
  say "found something: ${failed[*]}"
  exit 1
fi
say "Nothing found"
