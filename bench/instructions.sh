#!/bin/sh
# Instructions that the commit path takes for one payment, counted by callgrind: a figure that noise can't move.
# Fails when it is over the bound beside this file.
#   instructions.sh PATH-OF-giro_commit_path
set -eu
program=$1
version=$("$program" --sqlite)
bound=$(awk -v version="$version" '$1 == version || $1 == "other" { print $2; exit }' "$(dirname "$0")/instructions.bound")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# The instructions of a run of $1 groups of 1,000 payments, their making left out.
count() {
  valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect='giro::bench::commit*' \
    "$program" "$scratch/$1" "$1" 2>&1 | sed -n 's/.*Collected : *//p'
}
short=$(count 5)
long=$(count 25)
each=$(((long - short) / 20000))
echo "instructions per payment: $each (SQLite $version, bound: $bound)"
if [ "$each" -gt "$bound" ]; then
  echo "The commit path grew: find what did (callgrind_annotate), or raise the bound with the reason." >&2
  exit 1
fi
