#!/bin/bash
# The same digest whatever compiled laconic: clang, with all instructions of this processor, and no optimisation.  Builds copies of the
# tree.
. "${srcdir:-$(dirname "$0")/..}/tests/lib.sh"
[ -n "${LACONIC_SLOW:-}" ] || skip_all "builds copies of the tree: make check-slow"
[ -x "$srcdir/configure" ] || skip_all "no configure in $srcdir"

cp -Rp "$srcdir" tree && chmod -R u+w tree || exit 99      # with its times: nothing is generated anew
if [ -f tree/config.status ]; then (cd tree && make -s distclean > ../distclean.log 2>&1); fi
rm -rf tree/.git tree/build
unset MAKEFLAGS MFLAGS MAKELEVEL
builds=
build() {      # NAME COMPILER FLAGS
  mkdir "$1" && (cd "$1" && ../tree/configure -q CC="$2" CFLAGS="$3" && make -s -j2 laconic) > "$1.log" 2>&1
  local status=$?
  report $status "$2 $3 builds laconic"
  if [ $status -eq 0 ]; then builds="$builds $1"; else tail -n 10 "$1.log" | sed 's/^/# /'; fi
}
if command -v clang > /dev/null; then build native clang "-O3 -march=native"; else skip "no clang" "clang builds laconic"; fi
build plain cc -O0
[ -n "$builds" ] || finish

digest_of() { "$1" run --clients=3 --rounds=4 --force -o c.h5 "${@:2}" 2>&1 | sed -n 's/.*digest //p; s/^laconic:/refused:/p'; }
bad='' ran=0
table() {      # OPTIONS
  local want have
  want=$(digest_of "$LACONIC" "$@")
  case $want in refused:*) return ;; '') bad="$bad; $*: nothing" ;; esac
  ran=$((ran + 1))
  for name in $builds; do
    have=$(digest_of "$PWD/$name/laconic" "$@")
    [ "$have" = "$want" ] || bad="$bad; $name, $*: $have, not $want"
  done
}
group() {      # WORDS LEAST: at least so many ran
  [ $ran -ge "$2" ] || bad="$bad; only $ran"
  is "$1: one digest with$builds" "$bad" ''
  bad='' ran=0
}
for a in $(names_of algorithms); do
  for step in "" :gamma=0.05; do
    table --problem=quadratic --algorithm="$a$step" --up=topk:k=3
    table --problem=quadratic --algorithm="$a$step" --up=randk:k=2
  done
done
group "methods" 40
for c in $(names_of compressors) lgreco+topk topk+natural+ans hadamard+int4 qsgd+huffman fp4:round=stochastic natural_dithering:s=120 \
  topk:k=5%,index=golomb powersgd:from=svd; do
  table --problem=quadratic:d=400 --x0=normal --optimum=none --algorithm=gd:gamma=0.01 --up="$c"
done
group "compressors" 35
for data in synthetic:rows=100,d=40 synthetic:rows=100,d=150,density=0.1 spectral:rows=30,d=50; do
  for p in lsq logreg:reg=l2,lambda=0.1 logreg:reg=nonconvex,lambda=0.1 softmax:reg=l2,lambda=0.1 softmax:real=f32 mlp \
    mlp:activation=relu,real=f32; do
    table --problem=$p --dataset=$data --x0=normal --optimum=none --algorithm=gd:gamma=0.01
    table --problem=$p --dataset=$data --optimum=solve --algorithm=gd:gamma=theory
  done
done
table --problem=bilinear:half=30 --optimum=solve --algorithm=extragradient:gamma=theory
table --problem=quadratic:d=150,noise=1 --optimum=none --algorithm=gd:gamma=0.1
group "problems" 20
finish
