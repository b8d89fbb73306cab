# shellcheck shell=bash disable=SC2034  # What is set here is read by those who source it.
# The options of `./dev bench`, read before anything is built and again by run.sh, which gets the same ones.

bench_usage() {
  cat <<'USAGE'
./dev bench [OPTIONS]: how fast Giro is here, and beside PostgreSQL and plain SQLite

Runs PostgreSQL (a server of its own), a plain SQLite program and giro bench (W1 to W14) one after the other on the
same disk, prints their figures and how they compare, and keeps them in bench/results/. About two minutes.

  --scale S        of Giro's workloads: times so many payments (default 0.1; up to 100)
  --seconds N      that PostgreSQL, plain SQLite and Giro's W3 to W7 and W12 run each (a whole number; default 5)
  --dir FOLDER     where the ledgers lie meanwhile, a disk (default /var/tmp); scale 1 takes 2 GB
  --no-results     prints the figures only: nothing is written to bench/results/
  --help           this

For a quick look: ./dev bench --scale 0.01 --seconds 1 --no-results
USAGE
}

bench_misuse() {
  printf 'dev bench: %s\n' "$1" >&2
  echo "./dev bench --help lists the options." >&2
  exit 64
}

# Also ends the program, for --help.
bench_options() {
  scale=0.1
  seconds=5
  dir=/var/tmp
  keeps_results=true
  while [ $# -gt 0 ]; do
    case $1 in
      -h | --help) bench_usage; exit 0 ;;
      --no-results) keeps_results=false; shift; continue ;;
      --scale | --seconds | --dir) ;;
      -*) bench_misuse "no option '$1'" ;;
      *) bench_misuse "'$1' is one too many: all workloads are run (for some of them: giro bench $1)" ;;
    esac
    [ $# -ge 2 ] || bench_misuse "$1 needs a value"
    case $1 in
      --scale) scale=$2 ;;
      --seconds) seconds=$2 ;;
      --dir) dir=$2 ;;
    esac
    shift 2
  done
  bench_check_values
}

bench_check_values() {
  # The range is that of giro bench, which would only see it at the end.
  if ! [[ $scale =~ ^[0-9]*\.?[0-9]+$ ]] || ! awk -v s="$scale" 'BEGIN { exit !(s >= 0.0001 && s <= 100) }'; then
    bench_misuse "--scale takes a number from 0.0001 to 100, not '$scale'"
  fi
  [[ $seconds =~ ^[1-9][0-9]{0,3}$ ]] || bench_misuse "--seconds takes a whole number from 1 to 9999, not '$seconds'"
  [ -d "$dir" ] || bench_misuse "--dir: there is no folder '$dir'"
  [ -w "$dir" ] || bench_misuse "--dir: you may not write in '$dir'"
  dir=$(realpath "$dir")
  # A Unix socket's path has 107 bytes at most, and those of the ledgers lie some folders below.
  [ ${#dir} -le 40 ] || bench_misuse "--dir: the path is too long for the sockets below it: at most 40 characters"
  case $(stat -f -c %T "$dir") in
    tmpfs | ramfs) bench_misuse "--dir: '$dir' is in memory, where a sync costs nothing; name a folder on a disk" ;;
  esac
}
