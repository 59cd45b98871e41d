#!/bin/bash
# A run that does not fit is refused before it takes anything: a sentence that names the largest part and the limit, within two seconds.
. "${srcdir:-$(dirname "$0")/..}/tests/lib.sh"

refused() {      # WORDS PART LIMIT OPTIONS...
  local words=$1 part=$2 limit=$3 status
  shift 3
  timeout 2 "$LACONIC" run --rounds=2 "$@" -o m.h5 > out 2> err
  status=$?
  is "$words: refused at once, for $part" "$status $(wc -l < err) $(grep -c "GB of it for $part.*$limit" err)" "1 1 1"
  is "... and nothing is left" "$(ls | grep -c '^m.h5')" 0
}

one="--problem=quadratic:d=100000 --clients=20 --algorithm=ef21:gamma=0.1"
huge="--problem=quadratic:d=1000000000 --clients=2 --algorithm=ef21:gamma=0.1"
if ldd "$LACONIC" | grep -q libasan; then skip "the sanitizer needs more address space" "d=1e9"; else
  (ulimit -v 3000000; refused "d=1e9" "the evaluation and its sums" "ulimit -v" $huge; exit $failed) || failed=1
  count=$((count + 2))
fi
refused "1e9 rows a client" "the rows" "" --dataset=synthetic:rows=1000000000 --clients=4
SLURM_MEM_PER_NODE=3 refused "Slurm's share of a node" "the messages of a round" SLURM_MEM_PER_NODE $one
SLURM_MEM_PER_CPU=1 SLURM_CPUS_ON_NODE=2 refused "Slurm's share by cores" "the messages of a round" SLURM_MEM_PER_CPU $one
SLURM_MEM_PER_GPU=1 SLURM_GPUS_ON_NODE=3 refused "Slurm's share by GPUs" "the messages of a round" SLURM_MEM_PER_GPU $one
SLURM_MEM_PER_GPU=1 SLURM_GPUS_PER_NODE=a100:3 refused "... by their kind" "the messages of a round" SLURM_MEM_PER_GPU $one
if ! ldd "$LACONIC" | grep -q libasan; then
  (ulimit -d 20000; refused "ulimit -d" "the messages of a round" "ulimit -d" $one; exit $failed) || failed=1
  count=$((count + 2))
fi

# a file is measured before its rows are made, packed or not
for ((i = 0; i < 20000; i++)); do echo "$((i % 2)) 1:0.5 2:0.25 3:1 4:1 5:1 6:1 7:1 8:1 9:1 10:1"; done > rows
gzip -k rows
file() {      # WORDS MEGABYTES SENTENCE OPTIONS...
  local words=$1 sentence=$3 status
  SLURM_MEM_PER_NODE=$2 "$LACONIC" run "${@:4}" --rounds=2 -o m.h5 > out 2> err
  status=$?
  is "$words: $(cat err)" "$status $(wc -l < err) $(grep -c "$sentence.*SLURM_MEM_PER_NODE leaves" err)" "1 1 1"
}
file "a file's text" 1 "rows takes 0.00[1-9]" --dataset=rows
file "a file's rows" 3 "rows takes 0.00[3-9]" --dataset=rows
file "a packed file" 1 "rows.gz takes 0.00[1-9]" --dataset=rows.gz
file "the shards of a file" 9 "clients takes.*GB of it for" --dataset=rows

# what problems, generators, results and the search for a solution take
export SLURM_MEM_PER_NODE=30
refused "matrices" "the data of the problem" "" --problem=bilinear:half=5000 --clients=20 --algorithm=extragradient:gamma=0.1 --optimum=none
refused "a network" "the messages of a round" "" --problem=mlp:hidden=65536,hidden2=16000 --clients=20 --algorithm=ef21:gamma=0.1
refused "its scratch memory" "the data of the problem" "" --problem=mlp:hidden=65536 --dataset=synthetic:d=1,rows=1 --clients=1 \
  --algorithm=gd:gamma=1
refused "the trace" "the rows of the trace" "" --problem=quadratic:d=2 --clients=2 --rounds=4294967295
refused "constants" "the smoothness constants" "" --problem=quadratic:d=300000 --clients=2 --algorithm=gd
refused "the solution" "the search for the solution" "" --problem=quadratic:d=1999 --clients=4 --algorithm=gd:gamma=1 --optimum=solve
unset SLURM_MEM_PER_NODE

# absurd sizes never overflow
absurd() {      # SENTENCE OPTIONS...
  local status
  timeout 5 "$LACONIC" run "${@:2}" -o m.h5 > out 2> err
  status=$?
  is "${*:2}: $(cat err)" "$status $(wc -l < err) $(grep -c "$1" err)" "1 1 1"
}
absurd "must be a whole number" --rounds=1000000000000000000
absurd "must be a whole number" --clients=1099511627776
absurd "too large" --dataset=synthetic:rows=1000000000000000000
absurd "the model of" --dataset=synthetic:d=2147483647,rows=1,classes=999
absurd "leaves" --dataset=synthetic:d=2147483647,rows=4 --clients=4000000000
absurd "leaves" --problem=quadratic:d=2147483647 --clients=4294967295
SLURM_MEM_PER_NODE=200 timeout 20 "$LACONIC" run --rounds=2 -o m.h5 > out 2> err
is "what fits runs" "$? $(cat err)" "0 "
finish
