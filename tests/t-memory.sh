#!/bin/bash
# A run that does not fit is refused before it takes anything: a sentence that names the largest part and the limit, within two seconds.
. "${srcdir:-$(dirname "$0")/..}/tests/lib.sh"

refused() {      # WORDS PART LIMIT OPTIONS...
  local words=$1 part=$2 limit=$3 status
  shift 3
  timeout 2 "$LACONIC" run "$@" --rounds=2 -o m.h5 > out 2> err
  status=$?
  is "$words: refused at once, for $part" "$status $(wc -l < err) $(grep -c "GB of it for $part.*$limit" err)" "1 1 1"
  is "... and nothing is left" "$(ls | grep -c '^m.h5')" 0
}

one="--problem=quadratic:d=100000 --clients=20"
huge="--problem=quadratic:d=1000000000 --clients=2"
if ldd "$LACONIC" | grep -q libasan; then skip "the sanitizer needs more address space" "d=1e9"; else
  (ulimit -v 3000000; refused "d=1e9" "x_0, the evaluation and its sums" "ulimit -v" $huge; exit $failed) || failed=1
  count=$((count + 2))
fi
refused "1e9 rows a client" "the rows" "" --dataset=synthetic:rows=1000000000 --clients=4
SLURM_MEM_PER_NODE=3 refused "Slurm's share of a node" "the messages of a round" SLURM_MEM_PER_NODE $one
SLURM_MEM_PER_CPU=1 SLURM_CPUS_ON_NODE=2 refused "Slurm's share by cores" "the messages of a round" SLURM_MEM_PER_CPU $one
SLURM_MEM_PER_NODE=200 timeout 20 "$LACONIC" run --rounds=2 -o m.h5 > out 2> err
is "what fits runs" "$? $(cat err)" "0 "
finish
