#!/usr/bin/env bash
# What tests run of ledger/, engine/ and session/: ./dev coverage. Lines, and the branches that sources have: neither
# those of exceptions that anything may throw, nor those of asserts, which nothing takes.
#
# Usage: coverage.sh BUILD TEST...    BUILD was made by the preset `coverage`
# Leaves in BUILD/coverage/: all.info, which genhtml makes pages of; uncovered.txt, each file's lines that nothing runs.
set -euo pipefail

build=$1
shift
out=$build/coverage
mkdir -p "$out"

LONG='*PowerCuts*2:*PowerCuts*3:*PowerCuts*4:*PowerCuts*5:Whole.IsWhatTheSecondModelSaysOverTwentySeeds:Startup.AfterACrashReplaysTwoHundredThousandPayments'

say() { printf '\n==> %s\n' "$*"; }

# Without the long ones: four fifths of the power cuts, the operations of twenty seeds, and a start that is timed, which this build
# isn't made for.
run_tests() {
  local test
  find "$build" -name '*.gcda' -delete
  for test; do
    say "$test"
    "$build/tests/$test" --gtest_brief=1 --gtest_filter="-$LONG" >"$out/$test.log" 2>&1 || {
      tail -n 40 "$out/$test.log"
      echo "coverage: $test failed; all of it: $out/$test.log" >&2
      return 1
    }
  done
}

# The tests' units, too: of an inline function the linker takes whichever unit's it meets.
collect() {
  local lcov=(lcov --quiet --rc lcov_branch_coverage=1 --rc geninfo_no_exception_branch=1
    --rc 'lcov_excl_br_line=\bassert\(')
  "${lcov[@]}" --capture --no-external --base-directory "$PWD" --output-file "$out/run.info" \
    --directory "$build/ledger" --directory "$build/engine" --directory "$build/session" --directory "$build/tests"
  "${lcov[@]}" --extract "$out/run.info" "$PWD/ledger/*" "$PWD/engine/*" "$PWD/session/*" --output-file "$out/all.info"
}

# A line a folder: its files, and how much of their lines and branches is run.
print_table() {
  awk -v root="$PWD/" '
    function percent(some, all) { return all == 0 ? "-" : sprintf("%.1f%%", 100 * some / all) }
    /^SF:/ {
      folder = substr($0, 4 + length(root)); sub("/[^/]*$", "", folder)
      split(folder, part, "/"); top = part[1]
      if (part[2] == "store") top = "ledger/store"
      files[top]++; files["all"]++
    }
    /^(LF|LH|BRF|BRH):/ { split($0, field, ":"); sum[top, field[1]] += field[2]; sum["all", field[1]] += field[2] }
    END {
      printf "%-14s %6s %8s %8s %10s %8s\n", "folder", "files", "lines", "run", "branches", "taken"
      count = split("ledger ledger/store engine session all", order, " ")
      for (i = 1; i <= count; i++) {
        top = order[i]
        printf "%-14s %6d %8d %8s %10d %8s\n", top, files[top], sum[top, "LF"], percent(sum[top, "LH"], sum[top, "LF"]),
          sum[top, "BRF"], percent(sum[top, "BRH"], sum[top, "BRF"])
      }
    }' "$out/all.info"
}

list_uncovered() {
  awk -v root="$PWD/" '
    /^SF:/ { file = substr($0, 4 + length(root)); lines = "" }
    /^DA:/ { split(substr($0, 4), field, ","); if (field[2] == 0) lines = lines " " field[1] }
    /^end_of_record/ { if (lines != "") print file ":" lines }' "$out/all.info" | sort >"$out/uncovered.txt"
}

run_tests "$@"
say "Reading what was run"
collect
list_uncovered
print_table
printf '\nLines that nothing runs: %s. Pages: genhtml --branch-coverage %s -o %s\n' \
  "$out/uncovered.txt" "$out/all.info" "$out/pages"
