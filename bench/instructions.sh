#!/bin/sh
# Instructions that the commit path takes for one request, counted by callgrind: a figure that noise can't move. Of
# plain payments, and of holds that are captured. Fails when one is over its bound beside this file.
#   instructions.sh PATH-OF-giro_commit_path
set -eu
program=$1
version=$("$program" --sqlite)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# The instructions of a run of $2 groups of 1,000 $1, their making left out.
count() {
  valgrind --tool=callgrind --callgrind-out-file=/dev/null --toggle-collect='giro::bench::commit*' \
    "$program" "$scratch/$1-$2" "$2" "$1" 2>&1 | sed -n 's/.*Collected : *//p'
}

grown=no
for asked in payments holds; do
  bound=$(awk -v version="$version" -v asked="$asked" \
    '($1 == version || $1 == "other") && $2 == asked { print $3; exit }' "$(dirname "$0")/instructions.bound")
  short=$(count "$asked" 5)
  long=$(count "$asked" 25)
  each=$(((long - short) / 20000))
  echo "instructions per request of $asked: $each (SQLite $version, bound: $bound)"
  [ "$each" -le "$bound" ] || grown=yes
done
if [ "$grown" = yes ]; then
  echo "The commit path grew: find what did (callgrind_annotate), or raise the bound with the reason." >&2
  exit 1
fi
