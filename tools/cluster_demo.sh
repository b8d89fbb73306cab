#!/usr/bin/env bash
# Three members of etcd and three girods on this machine, paid at all at once, while one of each is killed and another is
# cut off: ./dev cluster demo. As root each member has a network namespace of its own, and a cut is a link that is down;
# otherwise a member is stopped instead. Nothing of it is left behind, however it ends.
#
# Usage: cluster_demo.sh BIN ETCD      BIN: where girod and giro are; ETCD: the program
set -euo pipefail

bin=$1
etcd=$2
NODES=(a b c)
ACCOUNTS=100
CHUNK=500 # payments that one `giro submit` sends
PORT=2380
dir=$(mktemp -d -t giro-cluster.XXXXXX)
hub="giro-demo-$$"
namespaces=()
declare -A member girod payer address
started=$SECONDS

say() { printf '\n==> %s\n' "$*"; }
note() { printf '    %s\n' "$*"; }
die() {
  printf 'cluster demo: %s\n' "$@" >&2
  exit 1
}
grouped() { sed ':a;s/\B[0-9]\{3\}\>/,&/;ta' <<<"$1"; }

# ---- What is left behind: nothing ----------------------------------------------------------------------------------

# As in a crash; a child's death is no news here.
kill_now() { { kill -CONT "$1" && kill -9 "$1" && wait "$1"; } 2>/dev/null || true; }

clean_up() {
  local pid namespace
  for pid in "${payer[@]}" "${girod[@]}" "${member[@]}"; do kill_now "$pid"; done
  for namespace in "${namespaces[@]}"; do ip netns del "$namespace" 2>/dev/null || true; done
  rm -rf "$dir"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

# ---- The network ----------------------------------------------------------------------------------------------------

# A namespace with a bridge, and one for each member with a link to it. The machine's own network isn't touched.
make_network() {
  local node number=0
  add_namespace "$hub" && ip -n "$hub" link add name bridge type bridge && ip -n "$hub" link set dev bridge up || return 1
  for node in "${NODES[@]}"; do
    number=$((number + 1))
    add_namespace "$hub-$node" &&
      ip -n "$hub" link add name "to-$node" type veth peer name link netns "$hub-$node" &&
      ip -n "$hub" link set dev "to-$node" master bridge up &&
      ip -n "$hub-$node" addr add "10.0.0.$number/24" dev link &&
      ip -n "$hub-$node" link set dev link up &&
      ip -n "$hub-$node" link set dev lo up || return 1
    address[$node]=10.0.0.$number:$PORT
  done
}
add_namespace() { ip netns add "$1" && namespaces+=("$1"); }

# Everything in 127.0.0.0/8 is this machine: this run's own addresses.
use_loopback() {
  local node number=0 namespace
  for namespace in "${namespaces[@]}"; do ip netns del "$namespace" 2>/dev/null || true; done
  namespaces=()
  for node in "${NODES[@]}"; do
    number=$((number + 1))
    address[$node]=127.$((64 + ($$ >> 16 & 63))).$(($$ >> 8 & 255)).$(($$ & 255)):$((PORT + number))
  done
}

has_network() { [ ${#namespaces[@]} != 0 ]; }

cut_off() {
  if has_network; then ip -n "$hub" link set dev "to-$1" down; else kill -STOP "${member[$1]}"; fi
}
heal() {
  if has_network; then ip -n "$hub" link set dev "to-$1" up; else kill -CONT "${member[$1]}"; fi
}

# ---- Members and daemons --------------------------------------------------------------------------------------------

start_member() {
  local node=$1 other all="" inside=()
  for other in "${NODES[@]}"; do all+=",$other=http://${address[$other]}"; done
  if has_network; then inside=(ip netns exec "$hub-$node"); fi
  "${inside[@]}" "$etcd" --name "$node" --data-dir "$dir/etcd-$node" --log-level error \
    --listen-client-urls "unix://$dir/etcd-$node.sock" --advertise-client-urls http://127.0.0.1:1 \
    --listen-peer-urls "http://${address[$node]}" --initial-advertise-peer-urls "http://${address[$node]}" \
    --initial-cluster "${all#,}" --initial-cluster-token "$hub" --snapshot-count 200 \
    >>"$dir/etcd-$node.log" 2>&1 &
  member[$node]=$!
}

start_girod() {
  local node=$1
  printf '%s\n' "data = \"$dir/ledger-$node\"" "socket = \"$dir/$node.sock\"" \
    "[cluster]" "name = \"demo\"" "node = \"$node\"" "etcd = \"$dir/etcd-$node.sock\"" >"$dir/$node.toml"
  "$bin/girod" --init --config "$dir/$node.toml" >>"$dir/girod-$node.log" 2>&1 &
  girod[$node]=$!
}

giro_at() {
  local node=$1
  shift
  "$bin/giro" --socket "$dir/$node.sock" "$@"
}

# One field of a JSON text.
field() { tr -d '\n ' | sed -n "s/.*[{,]\"$1\":\"\{0,1\}\([^,\"}]*\).*/\1/p"; }
state_of() { giro_at "$1" status --json 2>/dev/null | tr -d '\n ' | sed -n 's/.*"cluster":{[^{]*"state":"\([a-z_]*\)".*/\1/p'; }
seq_of() { giro_at "$1" status --json 2>/dev/null | tr -d '\n ' | sed -n 's/.*{"seq":\([0-9]*\),.*/\1/p'; }

# await SECONDS WHAT COMMAND...: until it succeeds.
await() {
  local deadline=$((SECONDS + $1)) what=$2
  shift 2
  until "$@"; do
    if [ $SECONDS -gt $deadline ]; then
      tail -n 5 "$dir"/girod-*.log "$dir"/etcd-*.log >&2
      die "$what didn't come about (the ends of the logs are above)"
    fi
    sleep 0.1
  done
}
is_in_state() { [ "$(state_of "$1")" = "$2" ]; }
await_state() { await 60 "node $1 $2" is_in_state "$1" "$2"; }

# ---- The payments ---------------------------------------------------------------------------------------------------

write_chunk() {
  awk -v node="$1" -v chunk="$2" -v rows=$CHUNK -v accounts=$ACCOUNTS 'BEGIN {
    print "key,from,to,amount,currency"
    for (i = 1; i <= rows; i++) {
      cents = 1 + (chunk * 7919 + i * 104729) % 10000
      printf "%s-%d-%d,world,acct:%03d,%d.%02d,EUR\n", node, chunk, i, 1 + (chunk * 31 + i * 17) % accounts, int(cents / 100), cents % 100
    }
  }'
}

# Pays at its node, chunk after chunk; one without a definite answer is sent to the next node, with the same keys.
pay() {
  local number=$1 chunk=0 file code node
  while [ ! -e "$dir/enough" ]; do
    chunk=$((chunk + 1))
    file="$dir/payments-${NODES[$1]}-$chunk.csv"
    write_chunk "${NODES[$1]}" $chunk >"$file"
    number=$1
    while :; do
      node=${NODES[$((number % 3))]}
      code=0
      timeout 20 "$bin/giro" --socket "$dir/$node.sock" submit --quiet "$file" >/dev/null 2>>"$dir/moves" || code=$?
      if [ $code = 0 ]; then break; fi
      printf 'moved: %s had exit code %s\n' "$node" $code >>"$dir/moves"
      number=$((number + 1))
      sleep 0.1
    done
  done
}

open_accounts() {
  giro_at a account open world --currency EUR --floor none >/dev/null
  awk -v n=$ACCOUNTS 'BEGIN { for (i = 1; i <= n; i++) printf "acct:%03d\n", i }' |
    giro_at a account open - --currency EUR >/dev/null
}

# What the files add up to, in cents. In some awks %d ends at 2^31.
expected_balances() {
  cat "$dir"/payments-*.csv | awk -F, '
    $1 == "key" { next }
    { split($4, money, "."); cents = money[1] * 100 + money[2]; balance["world"] -= cents; balance[$3] += cents }
    END { for (id in balance) printf "%s %.0f\n", id, balance[id] }' | sort
}
balances_of() {
  giro_at "$1" account list --all --limit 1000 --json | tr -d '\n ' | sed 's/"id":/\n&/g' |
    sed -n 's/^"id":"\([^"]*\)".*"balance":\(-\{0,1\}[0-9][0-9]*\).*/\1 \2/p' | sort
}
are_level() { [ -n "$(seq_of a)" ] && [ "$(seq_of a)" = "$(seq_of b)" ] && [ "$(seq_of a)" = "$(seq_of c)" ]; }

told_since() { note "meanwhile node $1 decided up to seq $(grouped "$(seq_of "$1")")"; }

# ---- The demo -------------------------------------------------------------------------------------------------------

say "1. Three members of etcd, and three girods, each at a member's Unix socket"
if make_network 2>"$dir/network.log"; then
  note "each member has a network namespace of its own on a bridge; the girods need no network"
else
  use_loopback
  note "network namespaces take root: the members talk over loopback, and a cut is a member that is stopped"
fi
for node in "${NODES[@]}"; do start_member "$node"; done
for node in "${NODES[@]}"; do start_girod "$node"; done
for node in "${NODES[@]}"; do await_state "$node" serving; done
note "all three serve; $ACCOUNTS accounts are opened at node a"
open_accounts

say "2. Payments at all three nodes at once, each under a key of its own"
for i in 0 1 2; do
  pay $i &
  payer[${NODES[$i]}]=$!
done
sleep 3
told_since a

say "3. kill -9 of girod b, and of the member of node c"
kill_now "${girod[b]}"
kill_now "${member[c]}"
note "who paid at b goes on at c or a, with the same keys; c decides nothing until its member is back"
sleep 3
told_since a
start_girod b
start_member c
await_state b serving
await_state c serving
note "both are back, and up with the others"

say "4. Node a's member is cut off from the other two"
cut_off a
await_state a isolated
note "node a says so itself, answers questions as of what it has, and refuses payments: nothing of them is decided"
giro_at a pay world acct:001 1 EUR --key refused 2>&1 | sed -n '1,2s/^/    /p' || true
sleep 3
told_since b
heal a
await_state a serving
note "healed; node a is up with the others"
sleep 2
touch "$dir/enough"
for i in 0 1 2; do
  wait "${payer[${NODES[$i]}]}" || die "a payer of node ${NODES[$i]} ended before its last payment was answered"
  unset "payer[${NODES[$i]}]"
done

say "5. The proof"
await 60 "one seq at all three nodes" are_level
rows=$(cat "$dir"/payments-*.csv | grep -vc '^key,')
decided=$(($(seq_of a) - ACCOUNTS - 1))
expected_balances >"$dir/expected"
for node in "${NODES[@]}"; do
  balances_of "$node" >"$dir/actual-$node"
  diff "$dir/expected" "$dir/actual-$node" || die "node $node: balances (<: by the files, >: in the ledger) differ (above)"
  giro_at "$node" verify --json >"$dir/verify-$node" || die "node $node: giro verify found something"
  note "node $node: seq $(grouped "$(seq_of "$node")"), whole by giro verify, digest $(field head_digest <"$dir/verify-$node")"
done
[ "$(cat "$dir"/verify-? | grep -o '"head_digest": *"[0-9a-f]*"' | sort -u | wc -l)" = 1 ] || die "the digests differ"
[ "$decided" = "$rows" ] || die "$decided payments were decided, and the files have $rows"
moves=$(grep -c '^moved' "$dir/moves" || true)
note "every payment was answered: $(grouped "$rows") keys, $(grouped "$decided") decisions; nothing is lost, nothing is doubled"
note "all $((ACCOUNTS + 1)) balances are the files' at each node, to the cent; $moves times a file went on at another node"
say "Done in $((SECONDS - started)) s: three ledgers, one digest"
