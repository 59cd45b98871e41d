#!/bin/bash
# The same digest with every set of instructions: the clones of AVX-512, of AVX2, and those for any x86-64.
. "${srcdir:-$(dirname "$0")/..}/tests/lib.sh"

here=$(LACONIC_ISA=1 "$builddir/tests/laconic-portable" --version | head -n 1)
[ "$here" != one ] || skip_all "this build has one variant of every loop"
is "one program has the clones for any x86-64" "$here" portable
case $(LACONIC_ISA=1 "$builddir/tests/laconic-avx2" --version | head -n 1) in
avx2) programs="$LACONIC $builddir/tests/laconic-avx2 $builddir/tests/laconic-portable" ;;
*) programs="$LACONIC $builddir/tests/laconic-portable" ;;      # this processor has no AVX2
esac

digests_of() {      # OPTION...: of all programs, each once
  for program in $programs; do
    "$program" run --algorithm=gd:gamma=0.01 --optimum=none --clients=3 --rounds=3 --force -o isa.h5 "$@" 2>&1 |
      sed -n 's/.*digest //p; /^laconic:/p'
  done | sort -u
}

same() {      # SPEC...: one digest for each
  bad=
  for spec in "$@"; do
    digest=$(digests_of --problem=quadratic:d=20011 --x0=normal --up="$spec")
    [[ $digest =~ ^[0-9a-f]{16}$ ]] || bad="$bad $spec:" $digest
  done
  is "$*" "$bad" ""
}

same identity identity:value=f32 f32 f32:round=stochastic bf16 bf16:round=stochastic f16 f16:round=stochastic
same sign sign:zero=plus sign:scale=l2,block=100 onebit natural natural:round=down natural+ans
same qsgd qsgd:s=127 qsgd:norm=linf,block=100,scale=f32 terngrad terngrad:clip=2.5 natural_dithering natural_dithering:s=120
same fp4 fp4:format=e2m1 fp4:round=stochastic fp8 fp8:format=e5m2,block=64 fp8:round=stochastic int4 int8:round=stochastic
same topk topk:k=30% topk:k=60% topk:k=5%,index=golomb topk+natural+ans threshold threshold:tau=0.001 blocktopk
same randk randk:k=70% randk+qsgd permk hadamard+int4 qsgd+huffman codebook powersgd
for data in rows=200,d=300,density=0.1 rows=1201,d=37,density=0.2,features=binary rows=99,d=300; do      # values, ones by columns, dense
  for problem in logreg lsq softmax "mlp --x0=glorot"; do
    digest=$(digests_of --problem=$problem --dataset=synthetic:$data)
    is "problem $problem, $data" "$(echo "$digest" | grep -c '^[0-9a-f]*$') $(echo "$digest" | wc -l)" "1 1"
  done
done
finish
