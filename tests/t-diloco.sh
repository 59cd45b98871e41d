#!/bin/bash
# What Streaming DiLoCo writes to the wire: 8H times less than data parallel training in 32 bits, but for its scales; the problem's
# layers as fragments.  Every number of bits is read from the results' /trace/bits_up.
. "${srcdir:-$(dirname "$0")/..}/tests/lib.sh"
need_h5dump

# Uplink bits between two rows, all clients together.
bits_between() {      # FILE ROUND ROUND
  numbers "$1" /trace/bits_up | awk -v from="$2" -v to="$3" 'NR == from + 1 { a = $1 } NR == to + 1 { print $1 - a }'
}
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.17g", a / b }'; }

# ---- the ratio 8H ----

clients=3 tensors=4
network() {      # FEATURES UNITS: of three classes
  d=$(($2 * $1 + $2 + 3 * $2 + 3))
  common="--problem=mlp:hidden=$2 --dataset=synthetic:d=$1,classes=3,rows=10 --x0=glorot --clients=$clients"
}

saves() {      # H STREAMS SCALE SCALES: what a client sends in H steps is d codes of 4 bits and so many scales
  local H=$1 up=fp4:scale=f$3 from=$((2 * $1)) to=$((4 * $1)) parallel stream
  ok "d=$d, H=$H, $2: both run" eval "run parallel.h5 $common --rounds=$to --algorithm=gd:gamma=0.1 --up=identity:value=f32 &&
    run stream.h5 $common --rounds=$to --algorithm=diloco:H=$H,lr=0.01,$2 --up=$up" || return
  parallel=$(bits_between parallel.h5 $from $to) stream=$(bits_between stream.h5 $from $to)
  is "d=$d, H=$H, $2: data parallel training sends 32 d bits a step" "$parallel" $((clients * 2 * H * 32 * d))
  is "... and this 4 d and $4 scales of $3 bits in H steps" "$stream" $((clients * 2 * (4 * d + $4 * $3)))
  is "... so the ratio is 8H but for the scales" "$((parallel * (4 * d + $4 * $3)))" "$((8 * H * stream * 4 * d))"
  echo "# measured $(ratio "$parallel" "$stream"), 8H = $((8 * H)); the scales add $(ratio $((100 * $4 * $3)) $((4 * d))) %"
}
network 9 20
saves 30 fragments=1 64 1
saves 30 fragments=2,tau=5,alpha=0.5 64 $tensors
saves 10 fragments=3,layer=1,tau=1,pattern=sequential 32 3
network 300 100
saves 30 fragments=2,tau=5,alpha=0.5 32 $tensors
saves 100 fragments=2,tau=1,alpha=0.5 32 $tensors

# ---- layers ----

# Three matrices with their biases: 50 x 8, 8 x 6, 6 x 3.
deep="--problem=mlp:hidden=8,hidden2=6 --dataset=synthetic:d=50,classes=3,rows=10 --x0=glorot --clients=1"
one=$((8 * 50 + 8)) two=$((6 * 8 + 6)) three=$((3 * 6 + 3))
# Coordinates that each fragment sends, of which the k-th goes at step 10 + 2k.
sent() {      # OPTIONS...
  run layers.h5 $deep --rounds=19 --algorithm=diloco:H=10,spacing=2,$1 --up=identity || return
  for step in 10 12 14; do echo $(($(bits_between layers.h5 $((step - 1)) $step) / 64)); done | paste -s -d ' '
}
is "three fragments, strided: a layer each" "$(sent fragments=3)" "$one $two $three"
is "three fragments, sequential: a layer each" "$(sent fragments=3,pattern=sequential)" "$one $two $three"
is "two fragments, strided: the first and the last layer" "$(sent fragments=2)" "$((one + three)) $two 0"
is "two fragments, sequential: the first two layers" "$(sent fragments=2,pattern=sequential)" "$((one + two)) $three 0"
is "a layer of one coordinate cuts anywhere" "$(sent fragments=3,layer=1,pattern=sequential)" "161 161 161"
on 1 run $deep --rounds=1 --algorithm=diloco:fragments=4 -o x.h5 2> err
ok "more fragments than layers are refused" grep -q "^laconic: --algorithm: .*no layer" err

finish
