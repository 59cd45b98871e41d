#!/bin/bash
# A run that stops and goes on, on any number of ranks, is the run that never stopped: every method, with sampling, batches,
# compressed broadcasts, late mail and a known solution.  A checkpoint that is torn, damaged or of another run is refused.
. "${srcdir:-$(dirname "$0")/..}/tests/lib.sh"
small="--clients=5 --seed=3"
if [ -n "${LACONIC_SLOW:-}" ]; then trips="1:1 1:2 2:1 1:3 3:5 5:2"; else trips="1:2 1:1 2:1 1:1"; fi

# Stop after ROUND, go on to the end: the digest, or what went wrong.
trip() {      # RANKS RANKS ROUND OPTIONS...
  local from=$1 to=$2 round=$3
  shift 3
  rm -f trip.h5*
  on "$from" run "$@" -o trip.h5 --pause="$round" > trip.out 2> trip.err
  [ $? -eq 75 ] || { echo "no pause: $(cat trip.err)"; return; }
  on "$to" run "$@" -o trip.h5 --resume > trip.out 2> trip.err
  sed -n 's/.* digest \([0-9a-f]*\)$/\1/p' trip.out
  cat trip.err
}

# ---- round trips ----

made=0 refused=0 wrong=0 turn=0
# One way of stopping for each set of options, the ways taking turns; all ways when there is time.
same() {      # ROUND OPTIONS...
  local round=$1 first other ways way
  shift
  first=$(digest 1 "$@" $small)
  case $first in laconic:*) refused=$((refused + 1)); return 1 ;; esac
  set -- "$@" $small
  ways=($trips)
  turn=$((turn + 1))
  [ -n "${LACONIC_SLOW:-}" ] || ways=("${ways[$((turn % ${#ways[@]}))]}")
  for way in "${ways[@]}"; do
    other=$(trip "${way%:*}" "${way#*:}" "$round" "$@")
    made=$((made + 1))
    [ "$other" = "$first" ] && continue
    wrong=$((wrong + 1))
    echo "# $way ranks after round $round: '$first' and '$other': $*"
  done
}

group() {      # WORDS
  [ $wrong -eq 0 ] && [ $made -gt 0 ]
  report $? "$1: $made round trips ($refused combinations refused)"
  made=0 refused=0 wrong=0
}

data="--problem=logreg --dataset=synthetic --rounds=10"
for a in $(names_of algorithms); do
  for up in topk:k=3 randk:k=3 identity; do
    same 5 $data --algorithm="$a" --up=$up || continue
    same 5 $data --algorithm="$a" --up=$up --sample=bernoulli:p=0.4 --batch=2 --eval=3 ||
      same 6 $data --algorithm="$a" --up=$up --batch=2 --eval=3
    same 7 $data --algorithm="$a" --up=$up --sample=uniform:s=2
    for down in topk:k=2 randk:k=2; do
      same 1 $data --algorithm="$a" --up=$up --down=$down --batch=3 && break
    done
    break
  done
  group "$a"
done

for round in 1 2 3 5 6 8 9; do
  same $round $data --algorithm=diloco:H=4,tau=3,fragments=2,alpha=0.5,spacing=2 --up=topk:k=1 --eval=4
done
same 6 $data --algorithm=diloco:H=2,tau=1 --up=randk:k=2 --overlap=no
group "late mail under way"

for a in extragradient masha1 masha2; do
  same 4 --problem=bilinear --rounds=9 --algorithm=$a:gamma=0.01 --up=randk:k=2
  same 4 --problem=bilinear --rounds=9 --algorithm=$a:gamma=0.01
done
same 3 --problem=quadratic --optimum=solve --rounds=9 --algorithm=ef21 --up=topk:k=2
group "a known solution"

for up in powersgd:rank=1 layerwise+powersgd:rank=1 lgreco:every=3+topk lgreco:param=rank,grid=1/3,every=4+powersgd; do
  for a in ef21:gamma=0.05 scafcom; do
    same 5 --problem=mlp:hidden=6 --x0=glorot --rounds=10 --algorithm=$a --up=$up
  done
done
same 4 --problem=mlp:hidden=6 --x0=glorot --rounds=10 --algorithm=powersgd:mu=0.5,rank=1
group "compressors and layers that remember"

# more ranks than clients, several stops
first=$(digest 1 --problem=quadratic --clients=2 --rounds=9 --up=topk:k=2)
rm -f m.h5*
on 3 run --problem=quadratic --clients=2 --rounds=9 --up=topk:k=2 --pause=2 -o m.h5 2> m.err
on 1 run --problem=quadratic --clients=2 --rounds=9 --up=topk:k=2 --pause=4 --resume -o m.h5 2> m.err
on 2 run --problem=quadratic --clients=2 --rounds=9 --up=topk:k=2 --pause=8 --resume -o m.h5 2> m.err
on 1 run --problem=quadratic --clients=2 --rounds=9 --up=topk:k=2 --resume -o m.h5 > m.out 2> m.err
is "three stops, 3 to 1 to 2 to 1 ranks, two clients" "$(sed -n 's/.* digest //p' m.out)$(cat m.err) ${#first}" "$first 16"

# ---- what is there after a stop ----

run_options="--problem=quadratic --clients=5 --rounds=40 --up=topk:k=2 --progress=no"
whole=$(digest 1 $run_options)
paused() {      # makes p.h5, stopped after round 30, with checkpoints after 20 and 30
  rm -f p.h5*
  on 1 run $run_options -o p.h5 --pause=20 > p.out 2> p.err
  on 1 run $run_options -o p.h5 --pause=30 --resume > p.out 2> p.err
}
resumed() { on 1 run $run_options -o p.h5 --resume > p.out 2> p.err; status=$?; }
ends_well() { is "$1" "$(sed -n 's/.* digest //p' p.out)" "$whole"; }

paused
is "exit status 75" "$?" 75
ok "one sentence says where and how to go on" grep -q "after 30 rounds; p.h5 holds 30 rows, p.h5.checkpoint .*: laconic run --resume" p.err
"$LACONIC" show p.h5 > show.out
ok "the result says interrupted and not complete" eval 'grep -q "reason  *interrupted" show.out && grep -q "complete  *0" show.out'
if command -v h5dump > /dev/null; then
  is "with all rows" "$(numbers p.h5 /trace/round | wc -l)" 30
  ok "h5dump reads the checkpoint" eval 'h5dump -d /client p.h5.checkpoint > /dev/null && h5dump -d /config p.h5.checkpoint > /dev/null'
else
  skip "no h5dump (Debian: hdf5-tools)" "the rows and the checkpoint"
fi
cp p.h5 kept.h5; cp p.h5.journal kept.h5.journal; cp p.h5.checkpoint kept.h5.checkpoint; cp p.h5.checkpoint.1 kept.h5.checkpoint.1
resumed
ends_well "it goes on and ends as if it had not stopped"
ok "a finished run leaves no checkpoint and no journal" test ! -e p.h5.checkpoint -a ! -e p.h5.checkpoint.1 -a ! -e p.h5.journal
resumed
ok "a finished run is kept" grep -q "^kept p.h5" p.out

# ---- a signal in rounds of silence ----

# No row is due and nobody speaks for as good as ever; the signal is heard all the same.
silent="run --problem=quadratic --clients=4 --rounds=4000000000 --eval=4000000000 --algorithm=diloco:H=4000000000 --progress=no"
for ranks in 1 2; do
  rm -f silent.h5*
  if [ $ranks -eq 1 ]; then timeout 60 "$LACONIC" $silent -o silent.h5 > s.out 2> s.err &
  else (leave_time && exec timeout 60 "$MPIEXEC" -n $ranks "$LACONIC" $silent -o silent.h5 > s.out 2> s.err) & fi
  job=$!
  for i in $(seq 200); do [ -s silent.h5.journal ] && break; sleep 0.1; done
  kill -s TERM $job
  wait $job
  status=$?
  [ $ranks -gt 1 ] || is "in silence: exit status 75" $status 75      # of its ranks' status mpiexec says what it likes after a signal
  ok "$ranks ranks, in silence: stopped as asked" grep -q "^laconic: stopped as asked after [0-9]* rounds.*silent.h5.checkpoint" s.err
done

# ---- refusals ----

again() { for s in "" .journal .checkpoint .checkpoint.1; do cp "kept.h5$s" "p.h5$s"; done; }
sentence() { [ "$(wc -l < p.err)" -eq 1 ] && grep -q -- "$1" p.err; }

on 1 run $run_options -o none.h5 --resume > p.out 2> p.err
is "no checkpoint: exit status 1" $? 1
ok "and one sentence" sentence "there is no none.h5.checkpoint"
again
on 1 run $run_options -o p.h5 --resume --force > p.out 2> p.err
ok "--resume with --force is refused" sentence "--force"
on 1 run $run_options --seed=9 -o p.h5 --resume > p.out 2> p.err
ok "another configuration's result is refused" sentence "another configuration"
rm p.h5
on 1 run $run_options --seed=9 -o p.h5 --resume > p.out 2> p.err
ok "another configuration's journal is refused" sentence "another configuration"
rm p.h5.journal
on 1 run $run_options --seed=9 -o p.h5 --resume > p.out 2> p.err
ok "another configuration's checkpoints are refused" grep -q "another configuration.*--force" p.err
for value in 0 -1 30x s nans; do
  on 1 run $run_options -o v.h5 --checkpoint=$value > p.out 2> p.err
  ok "--checkpoint=$value is refused" sentence "--checkpoint"
done

damaged() {      # WORDS PATTERN: p.h5.checkpoint is bad, the one before is good
  resumed
  ends_well "$1: the older checkpoint is used"
  ok "$1: and one sentence says why" sentence "$2"
}
again; truncate -s -100 p.h5.checkpoint; damaged "cut short" "cut short\|damaged"
again; truncate -s 3000 p.h5.checkpoint; damaged "cut to 3000 bytes" "cut short\|damaged"
again; : > p.h5.checkpoint; damaged "empty" "not a whole HDF5 file"
again; echo text > p.h5.checkpoint; damaged "something else" "not a whole HDF5 file"
again; cp kept.h5 p.h5.checkpoint; damaged "a result file" "not a checkpoint"
on 1 run $run_options --seed=9 -o o.h5 --pause=7 > p.out 2> p.err
again; cp o.h5.checkpoint p.h5.checkpoint; damaged "of another run" "another configuration"
again; rm p.h5.checkpoint; resumed; ends_well "only the older one is there"
again; rm p.h5.journal; resumed; ends_well "no journal"
again; truncate -s -20 p.h5.journal; resumed; ends_well "a torn journal"
again; : > p.h5.journal; resumed; ends_well "an empty journal"
again; truncate -s 1000 p.h5.checkpoint; truncate -s 1000 p.h5.checkpoint.1; resumed
is "both cut short: exit status 1" $status 1
ok "both cut short: the sentence names the remedy" grep -q "^laconic: --resume: p.h5.checkpoint.1.*--force" p.err
ok "and what was recorded stays" cmp -s p.h5.journal kept.h5.journal

# What HDF5 can hold there and laconic does not write.
strange() { "${PYTHON3:-python3}" -c "import h5py, numpy as np
with h5py.File('p.h5.checkpoint', 'r+') as f:
    $1" 2> python.err; }
if "${PYTHON3:-python3}" -c 'import h5py, numpy' 2> python.err; then
  for change in "f.attrs['clients'] = np.zeros(4000, 'u8')" \
    "f.attrs['config_digest'] = np.zeros(500, 'S64')" "f.attrs['clients'] = 'five'" \
    "f['server'].attrs['xxh3'] = np.zeros(4000, 'u8')" "del f['trace']; f['trace'] = np.zeros((1, 2, 3), 'f4')" \
    "del f['trace']; f['trace'] = h5py.SoftLink('/counts')" "del f['server']; f['server'] = h5py.ExternalLink('kept.h5', '/final/x')" \
    "del f['trace']; f.create_dataset('trace', (1, 2**31, 2**10), 'u8')" "del f['counts']; f.create_group('counts')"; do
    again
    ok "made: $change" strange "$change"
    damaged "strange" "p.h5.checkpoint"
  done
else
  skip "no python3-h5py" "strange sections and attributes"
fi

# A flipped bit anywhere is noticed or changes nothing: never a crash, never another result.
size=$(wc -c < kept.h5.checkpoint) flips=${LACONIC_SLOW:+200}
RANDOM=11 bad=0 noticed=0
for i in $(seq ${flips:-25}); do
  again
  at=$(((RANDOM * 32768 + RANDOM) % size))
  old=$(od -An -tu1 -j $at -N 1 p.h5.checkpoint)
  printf "$(printf '\\%03o' $((old ^ (1 << RANDOM % 8))))" | dd of=p.h5.checkpoint bs=1 seek=$at conv=notrunc 2> dd.err
  resumed
  [ "$(sed -n 's/.* digest //p' p.out)" = "$whole" ] || { bad=$((bad + 1)); echo "# byte $at: $(cat p.err)"; }
  grep -q "checkpoint" p.err && noticed=$((noticed + 1))
done
is "one bit flipped: the older checkpoint or no matter ($noticed of ${flips:-25} noticed)" $bad 0

# ---- rows that the killed run had recorded after its checkpoint ----

again
cp p.h5.checkpoint.1 p.h5.checkpoint; rm p.h5.checkpoint.1
on 1 run $run_options -o p.h5 --resume --pause=22 > p.out 2> p.err
"$LACONIC" show p.h5 > show.out
if command -v h5dump > /dev/null; then is "going on from an earlier round loses no row" "$(numbers p.h5 /trace/round | wc -l)" 30
else skip "no h5dump (Debian: hdf5-tools)" "going on from an earlier round loses no row"; fi
resumed
ends_well "and they are computed again, alike"

# ---- experiment files ----

cat > e.ini <<END
problem = quadratic
clients = 5
rounds = 20
results = store
[run a]
up = topk:k=1
[run b]
up = topk:k=2
[run c]
up = topk:k=3
END
on 1 run e.ini --results=reference > e.out
on 1 run e.ini --pause=12 > e.out 2> e.err
is "an experiment stops with 75" $? 75
on 1 run e.ini --pause=12 --resume > e.out 2> e.err      # ends a, stops b
first=$(ls store/*.checkpoint)
truncate -s 100 "$first"
on 1 run e.ini --resume > e.out 2> p.err
is "and goes on: all runs end" $? 0
ok "a run without a usable checkpoint starts again, and says so" sentence "$(basename "$first").*the run starts again"
ok "one was kept" grep -q "1 kept from before" e.out
different=0
for f in store/*.h5; do
  for g in "$f" "reference/$(basename "$f")"; do "$LACONIC" show "$g" | sed -n 's/^ *digest *//p'; done | uniq | wc -l | grep -qx 1 ||
    different=$((different + 1))
done
is "with the same digests" "$different $(ls store | wc -l)" "0 3"

finish
