#!/bin/bash
# The same digest whatever kernel OpenBLAS chooses, but for runs that say that they multiply matrices with it; of these the result has the
# kernel, and ranks or a checkpoint with another one are refused.
. "${srcdir:-$(dirname "$0")/..}/tests/lib.sh"

has() { grep -qw "$1" /proc/cpuinfo; }
kernels="Prescott Nehalem"
has avx2 && has fma && kernels="$kernels Haswell"
has avx512vl && has avx512bw && has avx512dq && kernels="$kernels SkylakeX"

with() { OPENBLAS_CORETYPE=$1 "${@:2}"; }      # KERNEL COMMAND...
about() { "$LACONIC" show k.h5 | sed -n "s/^ *environment\\.$1  *//p"; }      # NAME, of the last run
go() { "$LACONIC" run --rounds=4 --clients=3 --force -o k.h5 "$@" 2>&1; }      # OPTIONS
words() { sed -n 's/.*digest //p; s/^laconic:/refused:/p'; }

for k in Prescott Nehalem; do with $k go > /dev/null; about blas_kernel; done > names
case $(paste -s -d ' ' names) in
'Prescott of '*' Nehalem of '*) ;;
*) skip_all "this OpenBLAS has one kernel: $(head -n 1 names)" ;;
esac

# ---- one digest for each run that multiplies no matrices, over all kernels ----

bad='' ran=0 multiply='' differ=''
table() {      # OPTIONS
  local k digests first products
  for k in $kernels; do with "$k" go "$@" | words; done | sort -u > k.digests
  digests=$(wc -l < k.digests) first=$(head -n 1 k.digests) products=$(about blas_products)
  case $first in refused:* | '') bad="$bad; $*: $first"; return ;; esac
  ran=$((ran + 1))
  if [ "$products" = none ]; then
    [ "$digests" -eq 1 ] || bad="$bad; $*: $digests digests"
  else
    multiply="$multiply $products"
    [ "$digests" -eq 1 ] || differ="$differ $products"
  fi
}
group() {      # WORDS LEAST: at least so many ran
  [ $ran -ge "$2" ] || bad="$bad; only $ran"
  is "$1, with $kernels" "$bad" ''
  bad='' ran=0
}
names_of() { "$LACONIC" list --names "$1"; }

awk 'BEGIN { srand(1); d = 40
  for (i = 0; i < 3; i++) {
    for (r = 0; r < d; r++) for (c = 0; c <= r; c++) a[r, c] = a[c, r] = rand() - 0.5 + (r == c ? 9 : 0)
    for (r = 0; r < d; r++) {
      for (c = 0; c < d; c++) printf "%.17g ", a[r, c] > "A.txt"
      print "" > "A.txt"
      printf "%.17g ", rand() > "b.txt"
    }
    print "" > "b.txt"
  } }'
solved="--optimum=solve --algorithm=gd:gamma=theory"
table --problem=quadratic:d=150 $solved
table --problem=quadratic:matrix=A.txt,vector=b.txt $solved
table --problem=bilinear:half=30 --optimum=solve --algorithm=extragradient:gamma=theory
for data in synthetic:rows=100,d=40 synthetic:rows=100,d=150,density=0.1 spectral:rows=30,d=50; do
  table --problem=lsq --dataset=$data $solved
  table --problem=logreg:reg=l2,lambda=0.1 --dataset="${data/spectral:*/synthetic:features=normal,rows=50,d=30}" $solved
done
table --problem=softmax:reg=l2,lambda=0.1 --dataset=synthetic:rows=100,d=150,density=0.1,classes=4 $solved
group "problems, their solutions and theory's steps" 10

for c in $(names_of compressors); do
  [ "$c" != lgreco ] || c=lgreco+topk      # it plans for others
  table --problem=quadratic:d=400 --x0=normal --optimum=none --algorithm=gd:gamma=0.01 --up="$c"
done
group "compressors" 25

# ---- runs that multiply say so ----

dense="--dataset=synthetic:rows=200,d=40,classes=4 --optimum=none --algorithm=gd:gamma=0.1"
network="--problem=mlp --x0=glorot $dense"
for p in mlp softmax mlp:real=f32; do table --problem=$p --x0=normal $dense; done
table --problem=mlp --x0=glorot --dataset=synthetic:rows=100,d=150,density=0.1 --optimum=none --algorithm=gd:gamma=0.1
table --problem=quadratic:d=400 --x0=normal --optimum=none --algorithm=gd:gamma=0.01 --up=powersgd:from=svd
group "runs that multiply matrices" 5
is "they are those that say so" "$(echo "$multiply" | tr ' ' '\n' | sort -u | paste -s -d ' ')" \
  " --problem=mlp --problem=softmax --up=powersgd"
if [ -n "$differ" ]; then ok "... and of some the digests differ" true
else skip "all kernels sum alike here" "... and of some the digests differ"; fi
echo "# the digests differ of$differ"

with Nehalem go $network > /dev/null
is "the result has the kernel" "$(about blas_kernel)" "$(tail -n 1 names)"
is "... and who multiplied" "$(about blas_products)" "--problem=mlp"
ok "... and the C library" test -n "$(about libm)"

# ---- ranks with different kernels ----

pair() {      # ARGUMENTS...
  timeout $patience "$MPIEXEC" -n 1 env OPENBLAS_CORETYPE=Prescott "$LACONIC" "$@" : -n 1 env OPENBLAS_CORETYPE=Nehalem "$LACONIC" "$@" 2>&1
}
refusal() {      # OPTIONS: refused, with both kernels and the remedy
  pair run --clients=3 --rounds=4 -o k.h5 --force "$@" > pair.out
  [ $? -eq 1 ] && [ "$(grep -c '^laconic:' pair.out)" = 1 ] && grep -q 'rank 0 (kernel Prescott of .*rank 1 (Nehalem of ' pair.out &&
    grep -q 'OPENBLAS_CORETYPE=Haswell' pair.out
}
ok "two ranks with two kernels are refused when they multiply" refusal $network
ok "... for a compressor" refusal --problem=quadratic:d=400 --up=powersgd
is "... and who multiplies is named" "$(sed -n 's/^laconic: \([^ ]*\): OpenBLAS sums.*/\1/p' pair.out)" "--up=powersgd"
for options in "--problem=quadratic:matrix=A.txt,vector=b.txt $solved" "--problem=lsq --dataset=spectral $solved"; do
  is "not when they do not: ${options%% --optimum*}" "$(pair run --clients=3 --rounds=4 -o k.h5 --force $options | words)" \
    "$(go $options | words)"
done

# ---- a checkpoint of another kernel ----

whole=$(with Nehalem go $network | words)
stop() { with Nehalem "$LACONIC" run --clients=3 --rounds=4 -o r.h5 --force --pause=2 "$@" 2> stop.err; [ $? -eq 75 ]; }
resume() { with "$1" "$LACONIC" run --clients=3 --rounds=4 -o r.h5 --resume "${@:2}" 2>&1 | words; }
ok "a run that multiplies stops" stop $network
says='^refused: --resume: --problem=mlp: .*(kernel Nehalem of .*) than now (Prescott of .*OPENBLAS_CORETYPE=Nehalem'
ok "another kernel does not go on with it" grep -q "$says" <<< "$(resume Prescott $network)"
is "the same kernel does" "$(resume Nehalem $network)" "$whole"
alike="--problem=quadratic:d=150 $solved"
stop $alike
is "any kernel goes on with a run that does not multiply" "$(resume Prescott $alike)" "$(go $alike | words)"
finish
