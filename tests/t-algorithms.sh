#!/bin/bash
# Methods: what theory says must be equal is equal, the meter counts what was declared, and they converge.
. "${srcdir:-$(dirname "$0")/..}/tests/lib.sh"
need_h5dump
problem="--problem=quadratic:d=20"

# The run that has just failed was refused because of what the method and the compressor are.
refused() { [ "$(wc -l < run.err)" -eq 1 ] && grep -qE '^laconic: .*( needs an? | sends | no theory |no step is known)' run.err; }

# ---- without compression these are gradient descent ----

for how in "--clients=7 --rounds=40 $problem" "--clients=1 --rounds=40 $problem" \
  "--clients=5 --rounds=30 --problem=logreg:reg=nonconvex --x0=normal"; do
  ok "gd runs ($how)" run gd.h5 $how --algorithm=gd:gamma=0.3
  for a in ef14 ef21:init=exact ef21:init=compressed; do
    case $a in *:*) spec=$a,gamma=0.3 ;; *) spec=$a:gamma=0.3 ;; esac
    ok "$a runs" run other.h5 $how --algorithm=$spec
    ok "$a is gd: f" same_numbers 1e-12 gd.h5 other.h5 /trace/f
    ok "$a is gd: the last iterate" same_numbers 1e-12 gd.h5 other.h5 /final/x
  done
done
ok "gd takes 1/L" run gd.h5 $problem --clients=7 --rounds=40 --algorithm=gd
for a in ef14 ef21 ef21:gamma=theory-am; do
  ok "$a takes its own step" run other.h5 $problem --clients=7 --rounds=40 --algorithm=$a
  ok "$a without compression takes 1/L: as gd" same_numbers 1e-12 gd.h5 other.h5 /final/x
done
ok "ef21 from nothing" run other.h5 $problem --clients=7 --rounds=41 --algorithm=ef21:init=zero
numbers other.h5 /trace/f | tail -n +2 > later && numbers gd.h5 /trace/f > sooner
ok "... is gd one round later" close_to 1e-12 sooner later

# ---- a name that stands for a method: its iterates and options, under the name that was given ----

options_of() { "$LACONIC" help "$1" | sed -n '/^--algorithm=/,$p' | tail -n +2; }      # ALGORITHM
for f in $(grep -l 'stands_for = ' "$srcdir"/algorithms/*/*.c); do
  a=$(basename "$f" .c) other=$(sed -n 's/.*\.stands_for = "\(.*\)".*/\1/p' "$f")
  is "$a has the options of $other" "$(options_of "$a")" "$(options_of "$other")"
  case $other in
  extragradient) step=gamma hows=("gamma=0.1 --up=identity" "gamma=theory --up=identity" "gamma=0.1 --up=randk:k=5") ;;
  fedcomgate) step=eta hows=("eta=0.1 --up=identity" "eta=0.05,K=2 --up=randk:k=15" "eta=0.05,beyond=yes --up=topk:k=3") ;;
  *) step=gamma hows=("gamma=0.1 --up=topk:k=2" "gamma=theory --up=randk:k=5" "gamma=theory-qm*2 --up=topk:k=3") ;;
  esac
  for how in "${hows[@]}"; do
    is "$a:$how is $other" "$(digest 1 $problem --rounds=20 --algorithm=$a:$how)" "$(digest 1 $problem --rounds=20 --algorithm=$other:$how)"
  done
  ok "$a runs" run other.h5 $problem --rounds=1 --algorithm=$a:$step=0.1 --up=identity
  is "... and is called so in the result" "$(h5dump -a "/config/$a.$step" other.h5 | grep -c 'ATTRIBUTE')" 1
  is "... and is listed" "$(names_of algorithms | grep -cx "$a")" 1
done

# ---- n clients with the same data are one client ----

awk 'BEGIN {
  srand(2)
  for (i = 0; i < 12; i++) { printf "%d", i % 2 ? 1 : -1; for (j = 1; j <= 8; j++) printf " %d:%.4f", j, rand() - .4; print "" }
}' > once
cat once once once once > four
for a in $(names_of algorithms); do
  met=0
  case $a in
  scaf* | scallion | fed*) step=$a:eta=0.2 ;;
  diloco) step=$a:inner=sgd,lr=0.2,mu=0,eta_o=1 ;;
  spsa) continue ;;      # its clients draw, each for itself
  onebit_* | zeroone_adam) step=$a:gamma=0.01,freeze=10 ;;
  dpadamw | local_sgd | slowmo | co2) step=$a:lr=0.2 ;;
  btm) step=$a:seed=9,branch=4,inner=sgd,lr=0.2 ;;
  flasc | hidenseek) step=$a:eta=0.2 ;;
  *) step=$a:gamma=0.2 ;;
  esac
  for c in identity topk:k=3 identity:value=f32; do
    [ $met -lt 2 ] || continue      # the third is for who refuses one of the others
    if ! run one.h5 --problem=logreg:reg=l2 --dataset=once --clients=1 --rounds=30 --algorithm=$step --up=$c; then
      ok "$a with $c is refused with the reason" refused
      continue
    fi
    met=$((met + 1))
    run four.h5 --problem=logreg:reg=l2 --dataset=four --clients=4 --rounds=30 --algorithm=$step --up=$c &&
      same_numbers 1e-12 one.h5 four.h5 /trace/f && same_numbers 1e-12 one.h5 four.h5 /final/x
    report $? "$a with $c: four clients with the same rows are one client"
    case $a in
    three_pillars | allreduce) ;;      # its client 0 sends more than others; one client has nobody to send to
    *) is "... that sends a quarter of the bits" "$(last four.h5 /trace/bits_up)" "$(($(last one.h5 /trace/bits_up) * 4))" ;;
    esac
  done
  case $a in allreduce | hidenseek) want=1 ;; *) want=2 ;; esac      # what they send is as long as it is
  is "$a was run with so many compressors" $met $want
done

# ---- the meter: n clients, d = 20, t rounds ----

meter() {      # ALGORITHM COMPRESSOR BITS
  run m.h5 $problem --clients=6 --rounds=9 --algorithm="$1" --up="$2"
  is "$1 with $2: $3 bits a message up" "$(last m.h5 /trace/bits_up)" $((6 * 9 * $3))
  is "... and 64 d bits down" "$(last m.h5 /trace/bits_down)" $((6 * 9 * 64 * 20))
  is "... a message each" "$(last m.h5 /trace/msgs_up) $(last m.h5 /trace/msgs_down)" "54 54"
  is "... a gradient each" "$(last m.h5 /trace/oracle_calls)" 54
  is "... and the first row has nothing yet" "$(numbers m.h5 /trace/bits_up | head -n 1)" 0
}
for a in gd:gamma=0.1 ef14 ef21; do      # C(20,2) = 190: 8 bits; C(20,5) = 15504: 14 bits
  meter $a identity $((64 * 20))
  meter $a identity:value=f32 $((32 * 20))
  meter $a topk:k=2 $((8 + 2 * 64))
  meter $a topk:k=25%,value=f32 $((14 + 5 * 32))
  meter $a randk:k=3,scale=no $((3 * 64))
done
run m.h5 $problem --clients=6 --rounds=9 --algorithm=ef21:init=exact --up=topk:k=2
is "ef21:init=exact: the first round in full" "$(numbers m.h5 /trace/bits_up | tr '\n' ' ' | cut -d ' ' -f 1-3)" "0 7680 8496"
run m.h5 $problem --clients=6 --rounds=9 --algorithm=ef21:init=zero --up=topk:k=2
is "ef21:init=zero: nothing in the first round" "$(numbers m.h5 /trace/bits_up | tr '\n' ' ' | cut -d ' ' -f 1-3)" "0 0 816"

share=$(digest 1 --rounds=30 --algorithm=ef21 --up=topk:k=2 --batch=10%)
is "a tenth of 50 rows is a batch of 5" "${#share} $share" "16 $(digest 1 --rounds=30 --algorithm=ef21 --up=topk:k=2 --batch=5)"

# ---- convergence with a compressor ----

reason() { h5dump -a /reason "$1" | sed -n 's/.*(0): "\(.*\)"/\1/p'; }      # FILE

equal="--problem=quadratic:hetero=0,mu=0.1 --clients=5 --rounds=20000 --eval=50 --stop=grad_norm_sq:1e-12"
for a in $(names_of algorithms); do
  met=0
  case $a in
  hidenseek) continue ;;                                  # its magnitudes are not those of a solution
  diloco) a=diloco:inner=sgd,lr=0.05,mu=0,eta_o=1 ;;      # weight decay of AdamW moves the solution
  dpadamw) a=dpadamw:optimiser=sgd,lr=0.05 ;;
  btm) a=btm:inner=sgd,lr=0.05 ;;
  flasc) a=flasc:server=sgd,eta_g=1 ;;
  ecapprox) a=ecapprox:init=zero ;;                       # gradients at x_0 are far from those at the solution
  ef21prox) a=ef21prox:lambda=0 ;;                        # so does a regulariser
  ef21page) a=ef21page:gamma=0.05 ;;                      # its theory needs rows
  dgc) a=dgc:gamma=0.01 ;;                                # what is held back comes with the momentum of ten rounds
  onebit_adam | zeroone_adam) a=$a:gamma=0.01,eps=0.1,freeze=100 ;;
  onebit_lamb) a=onebit_lamb:gamma=0.1,eps=1,freeze=50 ;;
  esac
  for c in topk:k=2 randk:k=20%,scale=no randk:k=20% identity; do
    if run c.h5 $equal --algorithm=$a --up=$c; then
      is "$a with $c converges on equal clients" "$(reason c.h5)" converged
      met=$((met + 1))
    else
      ok "$a with $c is refused with the reason" refused
    fi
  done
  ok "$a was run with $met of 4 compressors" test $met -gt 0
done

# Every contractive compressor, at the step of the theory; the others are refused with the reason.
for c in $(names_of compressors) contract+randk contract+permk randk:scale=no hadamard+topk layerwise+topk lgreco+topk \
  topk:k=30%+natural:round=down codebook+huffman; do
  if run c.h5 --problem=quadratic:d=10 --clients=5 --rounds=30000 --eval=500 --stop=grad_norm_sq:1e-10 --algorithm=ef21 --up=$c; then
    is "ef21 with $c converges" "$(reason c.h5)" converged
  else
    ok "ef21 with $c is refused with the reason" refused
  fi
done

apart="--problem=quadratic:hetero=0.5,mu=0.1 --clients=10 --algorithm=ef21 --up=topk:k=2"
run c.h5 $apart --rounds=20000 --eval=50 --stop=grad_norm_sq:1e-20
is "ef21 converges on different clients" "$(reason c.h5)" converged
run c.h5 $apart --rounds=3000 --eval=10 --optimum=solve
ok "ef21 reaches the optimum that was solved for" awk -v f="$(last c.h5 /trace/f_gap)" -v d="$(last c.h5 /trace/dist_sq)" \
  'BEGIN { exit !(f < 1e-12 && f > -1e-12 && d < 1e-12) }'
printf '1 1:1 3:1\n-1 2:1 4:2\n2 1:2 3:2\n' > few      # fewer rows than features: of all solutions the one of least norm
run c.h5 --problem=lsq --dataset=./few --clients=1 --rounds=2000 --algorithm=gd --optimum=solve
ok "a solution that is not unique" awk -v f="$(last c.h5 /trace/f_gap)" -v d="$(last c.h5 /trace/dist_sq)" \
  'BEGIN { exit !(f < 1e-12 && f > -1e-12 && d < 1e-12) }'
# A factor is shorter than x: what a compressor keeps of x can be more than there is.
for up in randk:k=15 topk:k=15 randk:k=9; do
  ! run c.h5 --problem=quadratic --rounds=6 --algorithm=powersgd --up=$up
  ok "powersgd with --up=$up is refused with the reason" refused
done
# Near the solution a column of Q can cancel to 0, and is drawn anew: after the step, at both ends (seeds in which that happens).
for with in "--clients=20 --seed=5" "--clients=10 --seed=1" "--clients=20 --seed=2"; do
  run c.h5 --problem=quadratic:mu=0.1 $with --rounds=6000 --eval=6000 --algorithm=powersgd
  ok "powersgd stays at the solution: $with" awk -v g="$(last c.h5 /trace/grad_norm_sq)" 'BEGIN { exit !(g < 1e-20) }'
done
# With steps so short that the gradient stays as it is, f falls in a round by gamma |grad f|^2 times the share of it that the factors keep.
shares() {      # OPTIONS: rounds in which the share falls, and the mean share
  run c.h5 --problem=quadratic:d=100 --clients=5 --x0=normal --rounds=200 --algorithm="powersgd:gamma=1e-6,rank=1,$1"
  numbers c.h5 /trace/f | awk -v g="$(numbers c.h5 /trace/grad_norm_sq | head -n 1)" '
    NR == 1 { first = $1 }
    NR > 1 { share = (last - $1) / (1e-6 * g); if (NR > 2 && share < before - 1e-6) falls++; before = share }
    { last = $1 }
    END { print falls + 0, (first - last) / (200 * 1e-6 * g) }'
}
ok "powersgd: a power iteration that goes on keeps more from round to round" awk '{ exit !($1 == 0) }' <<< "$(shares memory=no)"
ok "... not one that starts anew, which keeps less in all" awk '{ exit !($1 > 50 && $2 < 0.3) }' <<< "$(shares memory=no,start=cold)"
for start in warm cold; do
  ok "... and with error feedback all is sent in the end: $start" awk '{ exit !($2 > 0.95 && $2 < 1.0001) }' <<< "$(shares start=$start)"
done
# The step of DIANA for any f_i, from the constants that are printed beside it.
"$LACONIC" show --constants --problem=logreg:reg=nonconvex --dataset=synthetic:hetero=1 --clients=7 --up=randk:k=5 \
  --algorithm=diana:class=nonconvex > constants
ok "diana:class=nonconvex takes 1/(L + L_qm sqrt(2 omega (2 + rate)/n)/rate)" awk '
  { c[$1] = $2 }
  END {
    off = c["gamma"] * (c["L"] + c["L_qm"] * sqrt(2 * c["omega"] * (2 + c["rate"]) / 7) / c["rate"]) - 1
    exit !(off < 1e-12 && off > -1e-12)
  }
  ' constants
run c.h5 $problem --clients=10 --rounds=3000 --algorithm=gd:gamma=1000
is "a step that is much too long ends as diverged" "$(reason c.h5)" diverged
finish
