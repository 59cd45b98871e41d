#!/bin/bash
# By whatever route messages travel between ranks, they are the same ones: the same digest with every exchange on 1, 2 and 3 ranks, also
# when a run stops with one exchange and goes on with another; and the bytes on the wire are those that the routes promise.
. "${srcdir:-$(dirname "$0")/..}/tests/lib.sh"
need_h5dump
routes="collective star allgather ring tree:k=1 tree:k=2 shards:s=2 shards:s=3"

# ---- the same digests ----

labels=() want=()
add() {      # LABEL --KEY=VALUE...
  labels+=("$1")
  section "$@" >> runs.ini
}
quadratic="--problem=quadratic:d=30 --clients=7 --rounds=24"
add topk $quadratic --algorithm=ef21 --up=topk:k=3
add coded $quadratic --algorithm=ef21:gamma=0.02 --up=topk:k=9+huffman --eval=5
add large --problem=quadratic:d=3000 --clients=5 --rounds=4 --algorithm=ef21:gamma=0.02 --up=topk:k=10%
add both $quadratic --algorithm=ef21bc:gamma=0.01 --up=topk:k=3 --down=topk:k=4 --eval=5
add late $quadratic --algorithm=diloco:H=4,fragments=2,tau=3,alpha=0.5 --up=topk:k=3 --eval=7
add blocking $quadratic --algorithm=diloco:H=4,fragments=3,tau=2 --up=identity --overlap=no
add phases --problem=bilinear --clients=7 --rounds=24 --algorithm=masha1 --up=randk:k=3
add rare $quadratic --algorithm=ef21pp --up=topk:k=3 --sample=bernoulli:p=0.2
add lost $quadratic --algorithm=fedavg:eta=0.01,K=2 --sample=uniform:s=3 --dropout=0.4
add counted $quadratic --algorithm=fedavg:eta=0.01,K=2 --sample=weighted:s=4 --problem=logreg --dataset=synthetic
add coin $quadratic --algorithm=marina --up=randk:k=3
add lowrank $quadratic --algorithm=powersgd:gamma=0.01
add summed $quadratic --algorithm=allreduce
add sums_diverge $quadratic --algorithm=allreduce:gamma=1e150 --eval=7
add few --problem=quadratic:d=9 --clients=2 --rounds=9 --algorithm=scaffold:eta=0.01
add diverges $quadratic --algorithm=gd:gamma=1e200 --rounds=90 --eval=4
add diverges_late $quadratic --algorithm=diloco:H=4,fragments=2,tau=3,lr=1e300 --up=identity --eval=7
add budget $quadratic --algorithm=ef21 --up=topk:k=3 --stop=bits_up:5000

digests() {      # RANKS OPTIONS...: of all runs, in order
  local ranks=$1
  shift
  rm -rf results
  on "$ranks" run runs.ini --groups=1 --results=results "$@" > runs.out 2> runs.err || sed 's/^/# /' runs.err
  "$LACONIC" table runs.ini --results=results --csv --columns=label,digest 2> runs.err | tr -d '"' | tail -n +2
}
digests 1 --checkpoint=none > one
is "all runs have a digest" "$(grep -cxE '[a-z_]+,[0-9a-f]{16}' one)" ${#labels[@]}
one_route() {      # RANKS ROUTE SERVER
  digests "$1" --exchange="$2" --server="$3" > many
  ok "$2, $3 server, $1 ranks: the digests of one rank" cmp -s one many
  diff one many | sed 's/^/# /'
}
one_route 1 star own
for route in $routes; do
  one_route 3 "$route" shared
  case $route in tree:k=1 | shards:s=3) [ -n "${LACONIC_SLOW:-}" ] || continue ;; esac
  case $route in allgather | ring) ;; *) one_route 3 "$route" own ;; esac
  case $route in tree:k=2 | collective | allgather) [ -n "${LACONIC_SLOW:-}" ] || continue ;; esac
  one_route 2 "$route" shared
done
[ -z "${LACONIC_SLOW:-}" ] || for route in $routes; do one_route 5 "$route" shared; done

# ---- stop with one, go on with another ----

resume() {      # METHOD WANT STEPS: every step is RANKS/EXCHANGE/SERVER, and all but the last stop at a round
  local how="$quadratic $1 -o resumed.h5 --results=unused" want=$2 at=5 first=--force
  shift 2
  local steps=$*
  while [ $# -gt 0 ]; do
    local ranks=${1%%/*} rest=${1#*/}
    on "$ranks" run $how --exchange="${rest%/*}" --server="${rest#*/}" $first $([ $# -gt 1 ] && echo "--pause=$at") > out 2> err
    first=--resume at=$((at + 6))
    shift
  done
  is "resumed as $steps" "$(sed -n 's/.* digest \([0-9a-f]*\)$/\1/p' out)" "$want"
  grep -v "ranks share" err | sed 's/^/# /'
}
ef21p="--algorithm=ef21bc:gamma=0.01 --up=topk:k=3 --down=topk:k=4"
late="--algorithm=diloco:H=4,fragments=2,tau=3,alpha=0.5 --up=topk:k=3"
both=$(digest 1 $quadratic $ef21p)
resume "$ef21p" "$both" 1/auto/shared 3/allgather/shared 2/star/own 3/collective/shared
resume "$ef21p" "$both" 3/shards:s=2/shared 3/ring/shared 2/tree:k=2/shared
both=$(digest 1 $quadratic $late)
resume "$late" "$both" 3/star/own 3/ring/shared 2/collective/shared
numbers resumed.h5 /timing/wire_bytes > bytes
ok "... and the bytes of all three, which grow from row to row" sort -nuc bytes
resume "$late" "$both" 2/allgather/shared 3/shards:s=2/own 1/auto/shared

# ---- bytes on the wire, by hand ----

# p ranks with a client each; a message of 4 numbers is 32 bytes, a client's count of bits 8, what a rank tells 32, a header 40.
# Round by round: the row of round t counts what was sent before it, and rows are the trace's.
attribute() { h5dump -a "$2" "$1" | sed -n 's/.*(0): "\{0,1\}\([^"]*\)"\{0,1\}$/\1/p'; }      # FILE NAME
wire() {      # ROUTE RANKS: bytes of the method in 10 rounds
  on "$2" run --problem=quadratic:d=4 --clients="$2" --rounds=10 --algorithm=gd:gamma=0.01 --up=identity --exchange="$1" -o wire.h5 \
    --force > out 2>&1
  attribute wire.h5 /timing/wire_bytes_method
}
block=$((32 + 8 + 32)) header=40 down=32
is "star, 3 ranks: a header with the message to each, a block from each" "$(wire star 3)" $((10 * 2 * (header + down + block)))
is "ring, 3 ranks: the header down the chain; each block to all but its own rank" "$(wire ring 3)" $((10 * (2 * header + 3 * 2 * block)))
is "allgather, 3 ranks: the same bytes by other links" "$(wire allgather 3)" $((10 * (2 * header + 3 * 2 * block)))
is "chain of 4: a block is handed on by every rank above it" "$(wire tree:k=1 4)" $((10 * (3 * (header + down) + (1 + 2 + 3) * block)))
is "one rank: nothing" "$(wire star 1)" 0
wire star 3 > bytes
is "... at each row, in order" "$(numbers wire.h5 /timing/wire_bytes | tr '\n' ' ')" \
  "$(for t in 0 1 2 3 4 5 6 7 8 9 10; do printf '%d ' $((t * 2 * (header + down + block))); done)"
is "what the trace needs is apart: x_t down; counts and the nodes of the sums up, a row more than rounds" \
  "$(attribute wire.h5 /timing/wire_bytes_trace)" $((10 * 2 * 32 + 10 * 2 * (32 + 11 * 8 + 8 + 5 * 8)))
is "the result says which exchange" "$(attribute wire.h5 /environment/exchange)" star

# ---- refused ----

refuses() { is "$1" "$(digest 1 $quadratic "${@:3}")" "laconic: $2"; }      # WORDS SENTENCE OPTIONS...
refuses "no such exchange" "--exchange: there is no 'sta'; did you mean star?" --exchange=sta
refuses "an option that it does not have" "--exchange: star has no option 'k'; it has none" --exchange=star:k=2
refuses "a tree without children" "--exchange=tree: k must be a whole number in [1,1048576], not '0'" --exchange=tree:k=0
refuses "a server of its own where all serve" "--server=own: with --exchange=ring every rank is a server; leave --server out" \
  --exchange=ring --server=own
finish
