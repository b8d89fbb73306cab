#!/usr/bin/env bash
# Payments through a PostgreSQL server of its own: fresh, durable, tuned in its favour, and gone at the end, however
# that comes. A server that the machine has is left alone. Prints one JSON object.
#   postgres.sh NEW-FOLDER SECONDS
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

ACCOUNTS=10000
CLIENTS=32
OS_USER=postgres  # PostgreSQL doesn't run as root; who isn't root runs it as themselves.

die() {
  printf 'postgres.sh: %s\n' "$@" >&2
  exit 70
}

if [ $# != 2 ] || ! [[ $2 =~ ^[1-9][0-9]*$ ]]; then
  echo "usage: postgres.sh NEW-FOLDER SECONDS (a whole number)" >&2
  exit 64
fi
folder=$(realpath -m "$1")
seconds=$2
server=""
client=""

# The newest that is installed. Debian keeps these programs out of $PATH.
programs=$(find /usr/lib/postgresql -path '*/bin/postgres' 2>/dev/null | sort -V | tail -n 1) || true
[ -n "$programs" ] || die "PostgreSQL isn't installed: apt-get install postgresql"
programs=${programs%/postgres}

# What a person's own sessions are set to is none of the benchmark's.
for name in "${!PG@}"; do unset "$name"; done
export PGHOST=$folder PGUSER=giro PGDATABASE=postgres PGPORT=5432

# Its own memory and files in reach, no checkpoint in so short a run, no replica to write for; and durable as it is by
# default: what Giro promises, PostgreSQL must do too.
settings() {
  local quarter_mb
  quarter_mb=$(awk '/^MemTotal:/ { mb = int($2 / 4096); print (mb > 2048 ? 2048 : mb) }' /proc/meminfo)
  cat <<SETTINGS
fsync=on
synchronous_commit=on
full_page_writes=on
shared_buffers=${quarter_mb}MB
wal_buffers=64MB
max_wal_size=16GB
checkpoint_timeout=1h
wal_level=minimal
max_wal_senders=0
jit=off
SETTINGS
}

# In front of a command. Not a function: the server must be this shell's own child, to get its signals.
as_server=()
if [ "$(id -u)" = 0 ]; then as_server=(setpriv --reuid "$OS_USER" --regid "$OS_USER" --init-groups); fi

# At once and without a last checkpoint: nothing of it is kept. Not to be interrupted a second time.
end() {
  trap '' INT TERM
  if [ -n "$client" ]; then { kill -TERM "$client" && wait "$client"; } 2>/dev/null || true; fi
  if [ -n "$server" ]; then { kill -QUIT "$server" && wait "$server"; } 2>/dev/null || true; fi
  rm -rf "$folder"
}
trap 'exit 130' INT
trap 'exit 143' TERM

make_cluster() {
  mkdir -m 700 "$folder" || die "name a new folder"
  trap end EXIT
  cd "$folder"
  if [ "$(id -u)" = 0 ]; then chown "$OS_USER:" "$folder"; fi
  "${as_server[@]}" test -x "$folder" || die "the user $OS_USER can't get to $folder: name another place with --dir"
  "${as_server[@]}" "$programs/initdb" -D "$folder/data" -U "$PGUSER" --auth=trust --encoding=UTF8 --locale=C \
    >"$folder/initdb.log" 2>&1 || {
    cat "$folder/initdb.log" >&2
    die "initdb failed (above)"
  }
}

# A child of this script that ends with it, also when nobody is left to stop it.
start_server() {
  local options=() line deadline=$((SECONDS + 60))
  while read -r line; do options+=(-c "$line"); done < <(settings)
  "${as_server[@]}" setpriv --pdeathsig QUIT "$programs/postgres" -D "$folder/data" -p "$PGPORT" -c listen_addresses= \
    -c unix_socket_directories="$folder" "${options[@]}" >"$folder/server.log" 2>&1 &
  server=$!
  until "$programs/pg_isready" -q; do
    if ! kill -0 "$server" 2>/dev/null || [ $SECONDS -gt $deadline ]; then
      tail -n 20 "$folder/server.log" >&2
      die "PostgreSQL didn't start (the end of its log is above)"
    fi
    sleep 0.1
  done
}

sql() { "$programs/psql" -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }

# In the background, because bash hears of an interrupt only while it waits for a job.
load() {
  "$programs/pgbench" -n -M prepared -c "$CLIENTS" -j 2 -T "$seconds" -D accounts="$ACCOUNTS" \
    -f "$here/postgres_payment.sql" --log --log-prefix="$folder/latency" >"$folder/pgbench.log" 2>&1 &
  client=$!
  local status=0
  wait "$client" || status=$?
  client=""
  if [ $status != 0 ]; then
    cat "$folder/pgbench.log" >&2
    die "pgbench failed (above), so nothing was measured"
  fi
}

report() {
  local payments rate names
  payments=$(sed -n 's/^number of transactions actually processed: \([0-9]*\).*/\1/p' "$folder/pgbench.log")
  rate=$(sed -n 's/^tps = \([0-9.]*\) (without initial connection time)/\1/p' "$folder/pgbench.log")
  names=$(settings | cut -d= -f1 | paste -sd,)
  # The third field is the transaction's time in microseconds.
  cut -d' ' -f3 "$folder"/latency.* >"$folder/microseconds"
  sql -v latencies="$folder/microseconds" -v done="$payments" -v per_second="$rate" -v settings="$names" \
    -v title="one plpgsql call a payment, prepared, $CLIENTS connections" -f "$here/postgres_report.sql"
}

make_cluster
start_server
sql -v accounts="$ACCOUNTS" -f "$here/postgres_schema.sql"
load
report
