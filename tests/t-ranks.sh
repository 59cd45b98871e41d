#!/bin/bash
# Placement is invisible: the same digest on every number of ranks, for every method, compressor, problem and split; and
# a build whose sums follow the ranks does not pass.
. "${srcdir:-$(dirname "$0")/..}/tests/lib.sh"
ranks="2"
[ -n "${LACONIC_SLOW:-}" ] && ranks="2 3 5 8"

same=0 differ=0 refused=0
first=() asked=()      # digests on one rank of the runs of a group, and their options; the number of a run is its label in runs.ini
: > runs.ini

complain() { differ=$((differ + 1)); echo "# 1 and $1 ranks: '$2' and '$3': $4"; }      # RANKS SENTENCE SENTENCE OPTIONS

# A combination is refused on one rank as on many: of all, a quarter are asked.
refused_alike() {      # SENTENCE OPTIONS...
  local sentence=$1 other p
  shift
  refused=$((refused + 1))
  [ -n "${LACONIC_SLOW:-}" ] || [ $((refused % 4)) -eq 1 ] || return 0
  for p in $ranks; do
    other=$(digest "$p" "$@")
    [ "$other" = "$sentence" ] || complain "$p" "$sentence" "$other" "$*"
  done
}

# All ranks must agree: on one rank now, on several with the others of the group.
keep() {      # DIGEST OPTIONS...
  local one=$1
  shift
  case $one in
  laconic:*) refused_alike "$one" "$@" ;;
  ????????????????)
    section ${#first[@]} "$@" >> runs.ini
    first+=("$one") asked+=("$*") ;;
  *) differ=$((differ + 1)); echo "# '$one': $*" ;;
  esac
}
compare() { keep "$(digest 1 "$@")" "$@"; }      # OPTIONS...

# The runs that were kept, in one start of P ranks that share every run.
on_ranks() {      # P
  local label other
  rm -rf results
  on "$1" run runs.ini --groups=1 --results=results > runs.out 2> runs.err || sed 's/^/# /' runs.err
  "$LACONIC" table runs.ini --results=results --csv --columns=label,digest 2> runs.err | tr -d '"' > runs.csv
  for label in "${!first[@]}"; do
    other=$(sed -n "s/^$label,//p" runs.csv)
    [ "$other" = "${first[$label]}" ] || complain "$1" "${first[$label]}" "$other" "${asked[$label]}"
  done
}

group() {      # WORDS LEAST: at least so many combinations ran, and all agreed
  local p patience=600
  for p in $ranks; do on_ranks "$p"; done
  same=${#first[@]}
  [ $differ -eq 0 ] && [ $same -ge "$2" ]
  report $? "$1: the same digest on 1 and $ranks ranks, $differ differ of $((same + refused + differ)), $refused refused alike"
  same=0 differ=0 refused=0 first=() asked=()
  : > runs.ini
}

all=""
for c in $(names_of compressors); do all="$all $c"; done
all="$all topk:k=3 topk:k=30%,value=f32 randk:k=2,scale=no identity:value=f32"

# Where there is no theory a number will do.
method_with() {      # METHOD COMPRESSOR
  local how="--problem=quadratic --clients=7 --rounds=8 --up=$2" one
  one=$(digest 1 $how --algorithm="$1")
  case $one in
  *"step size"*) compare $how --algorithm="$1:gamma=0.05" ;;
  *) keep "$one" $how --algorithm="$1" ;;
  esac
}

# Every method with some compressors, every compressor with some methods; all of all, on 3 ranks, in check-slow.
some="identity topk:k=3 randk:k=2,scale=no ${LACONIC_SLOW:+randk:k=2 qsgd}"
for a in $(names_of algorithms); do
  for c in $some; do
    method_with "$a" "$c"
  done
done
group "every method" 60
if [ -n "${LACONIC_SLOW:-}" ]; then
  few=$ranks ranks=3
  for a in $(names_of algorithms); do
    for c in $all; do
      method_with "$a" "$c"
    done
  done
  group "every method with every compressor" 400
  ranks=$few
fi
for c in $all; do
  for a in ef21 gd; do
    method_with $a "$c"
  done
done
group "every compressor" 40

for p in $(names_of problems); do
  case $p in bilinear | polmatrix | robust_*) biased=masha2 unbiased=masha1 ;; *) biased=ef21 unbiased=gd ;; esac
  case $p in cnn) p="cnn:channels=2x3,fc=8 --x0=glorot" ;; mlp) p="mlp --x0=glorot" ;; lora) p=lora:rank=2 ;;
  lm) p="lm:width=16,depth=1 --batch=4 --evaluate=held-out" ;; esac
  for n in 1 2 13 20; do
    compare --problem=$p --clients=$n --rounds=6 --algorithm=$biased:gamma=0.01 --up=topk:k=2
    compare --x0=normal --problem=$p --clients=$n --rounds=6 --algorithm=$unbiased:gamma=0.01 --up=randk:k=5
  done
  group "$p, 1 to 20 clients" 6
done

for p in softmax:real=f32 "mlp:real=f32 --x0=glorot"; do
  for n in 2 13; do
    compare --problem=$p --clients=$n --rounds=6 --algorithm=ef21:gamma=0.01 --up=topk:k=2
    compare --problem=$p --clients=$n --rounds=6 --algorithm=gd:gamma=0.01 --batch=3 --up=randk:k=5
  done
done
group "softmax and mlp in f32" 8

images="--problem=cnn:channels=3x4,fc=9 --dataset=synthetic:rows=90,d=64,density=0.2,classes=3 --x0=glorot --clients=5 --rounds=4"
compare $images --algorithm=ef21:gamma=0.01 --up=topk:k=2
compare $images --algorithm=fedavg:eta=0.05,K=3 --batch=7 --sample=uniform:s=3
compare $images --algorithm=diloco:H=2,fragments=3 --up=identity
group "cnn" 3

# What is short travels with its header or its length, what is long by itself; lengths change from round to round.
for d in 60 300 1000 1100 5000; do
  compare --problem=quadratic:d=$d --clients=5 --rounds=9 --eval=4 --algorithm=gd:gamma=0.01
  compare --problem=quadratic:d=$d --clients=5 --rounds=9 --eval=4 --algorithm=ef21:gamma=0.01,init=exact --up=topk:k=20%,value=f32
  compare --problem=quadratic:d=$d --clients=5 --rounds=9 --algorithm=gd:gamma=0.01 --up=randk:k=50%+natural+huffman
done
group "messages from 16 bytes to 40 kB" 15
yields=$LACONIC_OVERSUBSCRIBE      # without it, ranks wait inside MPI where there are cores enough
unset LACONIC_OVERSUBSCRIBE
for d in 60 1000 5000; do
  compare --problem=quadratic:d=$d --clients=5 --rounds=9 --eval=4 --algorithm=ef21:gamma=0.01,init=exact --up=topk:k=20%,value=f32
done
group "ranks that wait inside MPI" 3
export LACONIC_OVERSUBSCRIBE=$yields

for options in "--algorithm=scafcom --sample=uniform:s=3 --batch=5" "--algorithm=scafcom --sample=bernoulli:p=0.3" \
  "--algorithm=diloco:H=4,fragments=2,tau=3,alpha=0.5" "--algorithm=diloco:H=4,fragments=2,tau=3 --overlap=no" \
  "--algorithm=ef21 --batch=5"; do
  compare --problem=logreg --clients=13 --rounds=20 --up=topk:k=3 $options
done
group "sampling, batches, late messages" 4

awk 'BEGIN {
  srand(3)
  for (i = 0; i < 90; i++) {
    printf "%d", i % 3 ? 1 : -1
    for (j = 1; j <= 9; j++)
      if (rand() < .6)
        printf " %d:%.6f", j, rand() - .5
    print ""
  }
}' > rows
for s in contiguous contiguous:rest=last shuffled sorted sorted:by=norm,scale=0.3..3 dirichlet dirichlet:alpha=0.1 dirichlet:by=quantity \
  shards shards:per_client=3 similarity similarity:s=50% natural:column=1; do
  compare --problem=logreg:reg=nonconvex --dataset=rows --split=$s --clients=7 --rounds=10 --up=topk:k=2
  compare --problem=lsq --dataset=rows --split=$s --clients=11 --rounds=10 --algorithm=gd --seed=5
done
group "every split of a file" 26

compare --problem=lsq:reg=nonconvex,over=touched --dataset=spectral:d=40,share=0.3,spread=1 --clients=7 --rounds=9 --up=topk:k=1 \
  --algorithm=ef21:gamma=theory-rare
compare --problem=softmax --dataset=fedprox:d=5 --clients=7 --rounds=9 --up=topk:k=2 --batch=5 --algorithm=gd:gamma=0.01
compare --problem=softmax:reg=nonconvex --dataset=synthetic:classes=4,density=0.1 --clients=9 --rounds=9 --up=topk:k=2 --batch=5 \
  --split=contiguous:scale=0.3..3
compare --problem=quadratic:kind=isotropic,noise=1 --x0=corner --clients=6 --rounds=9 --up=topk:k=2
group "rare features, classes, noise" 4

compare --problem=quadratic --clients=7 --rounds=5 --optimum=solve --eval=2
compare --problem=quadratic --clients=9 --rounds=50 --stop=grad_norm_sq:1e-1
compare --problem=quadratic --clients=9 --rounds=50 --stop=bits_up:20000
compare --problem=quadratic --clients=9 --rounds=3000 --algorithm=gd:gamma=100
compare --problem=logreg --dataset=synthetic:hetero=2,density=0.2,features=binary --clients=5 --rounds=0
group "solving first, stopping early, diverging, no round at all" 5

if [ -z "${LACONIC_SLOW:-}" ]; then      # more ranks than clients without more ranks than cores
  ranks=2
  compare --problem=quadratic --clients=1 --rounds=10 --up=topk:k=2
  compare --problem=logreg --clients=1 --rounds=10 --up=topk:k=2
else
  for n in 1 2 4; do
    compare --problem=quadratic --clients=$n --rounds=10 --up=topk:k=2
    compare --problem=logreg --clients=$n --rounds=10 --up=topk:k=2
  done
  compare --problem=quadratic --clients=200 --rounds=100 --up=topk:k=2
  compare --problem=logreg:reg=l2 --clients=70 --rounds=60 --up=topk:k=10%
fi
group "more ranks than clients" 2
ranks="3 5"
compare --problem=quadratic --clients=2 --rounds=8 --algorithm=ef21:gamma=0.05 --up=powersgd
group "client 0 is not on rank 0" 1

# Teeth: the same program with sums in the order of the ranks.
mutant=$builddir/tests/laconic-mutant
if [ -x "$mutant" ]; then
  real=$LACONIC
  LACONIC=$mutant
  compare --problem=quadratic --clients=13 --rounds=8
  for p in 2 3; do on_ranks $p > mutant.out; done
  LACONIC=$real
  [ ${#first[@]} -eq 1 ] && [ $differ -gt 0 ] && grep -qxE '0,[0-9a-f]{16}' runs.csv
  report $? "a build that adds in the order of the ranks is caught"
else
  skip "no tests/laconic-mutant" "a build that adds in the order of the ranks is caught"
fi
finish
