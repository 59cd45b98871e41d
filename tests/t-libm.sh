#!/bin/bash
# The same digest with a mathematics library whose last digits are others, loaded before libm, in GSL too.
. "${srcdir:-$(dirname "$0")/..}/tests/lib.sh"

libraries=$(ldd "$LACONIC" 2> /dev/null) || skip_all "no shared libraries here"
[ "${libraries#*libasan}" = "$libraries" ] || skip_all "sanitizers must be loaded first"
wrong=$builddir/tests/wrong-libm.so
is "GSL, too, calls the wrong one" "$(LACONIC_LIBM=1 LD_PRELOAD=$wrong "$LACONIC" --version | head -n 1)" wrong

digest_with() {      # LIBRARY OPTION...
  LD_PRELOAD=$1 timeout 60 "$LACONIC" run --force -o libm.h5 "${@:2}" 2>&1 | sed -n 's/.*digest //p; /^laconic:/p'
}

# Options of a run a line: one digest.
same() {      # WORDS
  local bad= line right runs=0
  while read -r line; do
    right=$(digest_with "" $line)
    [[ $right =~ ^[0-9a-f]{16}$ ]] && [ "$(digest_with "$wrong" $line)" = "$right" ] || bad+="$line: $right"$'\n'
    runs=$((runs + 1))
  done
  is "$1: $runs runs" "$bad" ""
}

same "the first run of README" <<< "--algorithm=ef21:gamma=theory*8 --up=topk:k=1 --rounds=20"

for data in "rows=40,d=30" "rows=40,d=300,density=0.05"; do
  few="--clients=4 --rounds=4 --algorithm=gd:gamma=0.1 --dataset=synthetic:$data,hetero=1"
  for problem in logreg logreg:reg=nonconvex lsq softmax mlp mlp:real=f32 mlp:activation=relu; do
    echo "$few --problem=$problem --x0=$([ "${problem#mlp}" = "$problem" ] && echo normal || echo glorot)"
  done
  echo "$few,labels=real,noise=0.3 --problem=lsq --batch=5"
  echo "$few,features=binary,classes=5 --problem=softmax"
done > runs
for kind in "" kind=lenet5,; do
  echo "--clients=4 --rounds=4 --algorithm=gd:gamma=0.1 --dataset=synthetic:rows=40,d=144 --x0=glorot" \
    "--problem=cnn:${kind}channels=2x3,fc=5"
done >> runs
same "problems on synthetic data" < runs
same "problems of their own, and solutions" << 'RUNS'
--problem=quadratic:d=2 --rounds=5
--problem=quadratic:d=301 --rounds=5 --x0=normal
--problem=quadratic:kind=isotropic,noise=1 --x0=corner --rounds=5
--problem=bilinear --algorithm=masha1:gamma=0.01 --up=randk --rounds=5
--problem=polmatrix:prox=entropic --algorithm=masha1:gamma=0.1 --up=randk --rounds=5
--problem=robust_logreg --algorithm=masha1:gamma=0.1 --up=randk --rounds=5
--problem=quadratic --optimum=solve --rounds=5
--problem=logreg:reg=nonconvex --optimum=solve --rounds=5
RUNS

awk 'BEGIN {
  srand(3)
  for (i = 0; i < 300; i++) {
    printf "%d", i % 3
    for (j = 1; j <= 9; j++)
      printf " %d:%.6f", j, rand() - .5
    print ""
  }
}' > rows
for split in dirichlet dirichlet:by=quantity dirichlet:alpha=0.01 dirichlet:alpha=30 shuffled:scale=0.3..3 sorted:by=norm; do
  echo "--problem=softmax --dataset=rows --split=$split --clients=7 --rounds=4"
done > runs
same "splits" < runs
same "spectral data" <<< \
  "--problem=lsq --dataset=spectral:d=40,share=0.3,spread=0.5 --clients=7 --rounds=5 --algorithm=ef21:gamma=theory-rare"

for method in $(names_of algorithms); do
  case $method in
  masha1 | extragradient | ceg | optimistic_masha | three_pillars) with="--problem=bilinear --up=randk" ;;
  masha2) with="--problem=bilinear --up=topk" ;;
  marina) with="--problem=logreg --up=randk" ;;
  gd | qgd | allreduce | powersgd | spsa | scaffold | fedavg | fedprox | fed*gate | hidenseek)
    with="--problem=logreg --batch=5 --up=identity"
    ;;
  dcgd | diana | ef21p | vr_masha1 | scallion | fedpaq) with="--problem=logreg --batch=5 --up=randk" ;;
  *) with="--problem=logreg --batch=5 --up=topk:k=3" ;;
  esac
  case $method in
  diloco | btm | flasc | hidenseek | powersgd | dpadamw | local_sgd | slowmo | co2 | scaf* | scallion | fed*) rule= ;;
  *) rule=:gamma=0.05 ;;
  esac
  echo "--clients=5 --rounds=8 --algorithm=$method$rule $with"
done > runs
same "every method" < runs
same "AdamW" <<< "--problem=mlp --x0=glorot --clients=3 --rounds=30 --algorithm=diloco:H=4,fragments=2,tau=1"

for coder in "" +ans +huffman; do
  printf '%s\n' {natural,qsgd:s=7,terngrad,natural_dithering,fp4,fp8,int4,int8,codebook,sign,hadamard+int4}$coder
done > specs
printf '%s\n' topk:k={7,1%,20%,60%},index={fixed,bitmap,golomb,enumerative,auto} threshold:tau=0.1,index=auto blocktopk permk \
  randk randk:k=60% topk+natural+ans randk+qsgd onebit powersgd fedzip lgreco+topk layerwise+topk contract+randk ans huffman \
  f16:round=stochastic >> specs
sed 's/.*/--problem=quadratic:d=1001 --x0=normal --algorithm=gd:gamma=0.01 --clients=3 --rounds=2 --up=&/' specs > runs
same "compressors" < runs
finish
