#!/bin/bash
# make check-crash: runs are killed at random moments and go on, on another number of ranks each time.  No recorded row is lost, and
# what comes out is what comes out of a run that nobody disturbed.  Signals reach all ranks through mpiexec.  A few minutes.
#   LACONIC_KILLS=10   kills        LACONIC_RANKS="1 2 3 5"   numbers of ranks that take turns        LACONIC_SEED=1   of the moments
. "${srcdir:-$(dirname "$0")/..}/tests/lib.sh"
kills=${LACONIC_KILLS:-10} RANDOM=${LACONIC_SEED:-1}
ranks=(${LACONIC_RANKS:-1 2 3 5})
need_h5dump
patience=1800

options="--problem=quadratic:d=200 --clients=7 --rounds=${LACONIC_ROUNDS:-500000} --eval=100 --algorithm=ef21 --up=topk:k=2 --progress=no"
every="--checkpoint=0.3s --flush=0.1"

start() {      # RANKS ARGUMENTS...: in the background; $job is its process
  local p=$1
  shift
  if [ "$p" -eq 1 ]; then "$LACONIC" "$@" > job.out 2> job.err & else "$MPIEXEC" -n "$p" "$LACONIC" "$@" > job.out 2> job.err & fi
  job=$!
}

kill_all() {
  local all
  all=$(family "$job")
  kill -9 $all 2> /dev/null
  wait "$job" 2> /dev/null
}

wait_for() {      # FILE: at most 60 seconds
  for i in $(seq 600); do
    [ -e "$1" ] && return
    sleep 0.1
  done
  return 1
}

rows_of() {      # FILE: the trace, a row a line; nothing when it was killed before it had one
  rm -f column.*
  [ -e "$1" ] || [ -s "$1.journal" ] || return
  "$LACONIC" show "$1" > /dev/null 2> show.err || return
  numbers "$1" /trace/round > column.1
  numbers "$1" /trace/f > column.2
  numbers "$1" /trace/grad_norm_sq > column.3
  numbers "$1" /trace/bits_up > column.4
  numbers "$1" /trace/oracle_calls > column.5
  paste column.1 column.2 column.3 column.4 column.5
}

on 1 run $options -o whole.h5 > whole.out
whole=$(sed -n 's/.* digest //p' whole.out)
rows_of whole.h5 > whole.rows
echo "# $(wc -l < whole.rows) rows, digest $whole"

# ---- kill -9 ----

lost=0 other=0 ended=0 resume= before=0 history= complaints=0
for i in $(seq "$kills"); do
  p=${ranks[$((i % ${#ranks[@]}))]}
  touch mark
  start "$p" run $options $every $resume -o r.h5
  # Every other time it may be killed while it starts, else not before it has saved something itself.
  [ $((i % 2)) -eq 0 ] || for k in $(seq 600); do
    [ r.h5.checkpoint -nt mark ] && break
    kill -0 "$job" 2> /dev/null || break
    sleep 0.1
  done
  sleep "$(awk -v r=$RANDOM 'BEGIN { print 0.2 + 1.8 * r / 32768 }')"
  kill -0 "$job" 2> /dev/null || ended=$((ended + 1))
  kill_all
  grep -v "older checkpoint" job.err | grep "^laconic:" | sed 's/^/# /' | grep . && complaints=$((complaints + 1))
  rows_of r.h5 > r.rows
  now=$(wc -l < r.rows)
  [ "$now" -ge "$before" ] || lost=$((lost + 1))
  [ "$now" -eq 0 ] || head -n "$now" whole.rows | cmp -s - r.rows || other=$((other + 1))
  history="$history $p:$now"
  before=$now
  if [ -e r.h5.checkpoint ] || [ -e r.h5.checkpoint.1 ]; then resume=--resume; elif [ -z "$resume" ]; then resume=--force before=0; fi
done
echo "# ranks:rows after each kill:$history; $ended runs had ended before they were killed"
is "kill -9, $kills times: no recorded row was lost" $lost 0
is "kill -9: every recorded row is that of the undisturbed run" $other 0
is "kill -9: every run went on" $complaints 0
ok "kill -9: the runs got somewhere" test "$before" -gt 0
on 1 run $options --resume -o r.h5 > r.out 2> r.err
is "kill -9: the same digest in the end" "$(sed -n 's/.* digest //p' r.out)" "$whole"
ok "kill -9: nothing is left over" eval '[ "$(ls r.h5*)" = r.h5 ]'

# ---- killed while it recorded, with a checkpoint from long before ----

rm -f r.h5*
start 1 run $options --checkpoint=2000 --flush=0 -o r.h5
wait_for r.h5.checkpoint.1
kill_all
cp r.h5.checkpoint.1 old; rm -f r.h5.checkpoint*
rows_of r.h5 > first.rows
cp old r.h5.checkpoint
start 1 run $options --checkpoint=none --flush=0 --resume -o r.h5
sleep 0.7
kill_all
rows_of r.h5 > second.rows
ok "a resumed run that is killed too has lost none of the rows ($(wc -l < first.rows), then $(wc -l < second.rows))" \
  eval '[ -s first.rows ] && head -n "$(wc -l < first.rows)" second.rows | cmp -s - first.rows'

# ---- torn checkpoints ----

for cut in 1 1000 9000; do
  cp old r.h5.checkpoint.1
  cp old r.h5.checkpoint
  truncate -s "-$cut" r.h5.checkpoint
  start 2 run $options --resume --pause=400000 -o r.h5
  wait "$job"
  is "a checkpoint that lacks $cut bytes: the older one is used" "$? $(grep -c 'older checkpoint' job.err)" "75 1"
done

# ---- signals ----

rm -f s.h5*
resume=
for turn in TERM:1:0.1s USR1:3:0.1s TERM:2:0.1s INT:2:0.1s HUP:3:none INT:1:none HUP:1:0.1s TERM:3:none HUP:2:0.1s INT:3:none; do
  IFS=: read -r signal p often <<< "$turn"
  rm -f s.h5.checkpoint.1
  touch mark
  start "$p" run $options $resume --checkpoint=$often -o s.h5
  # its own: so it runs
  if [ $often != none ]; then wait_for s.h5.checkpoint.1; else
    for i in $(seq 600); do [ s.h5.journal -nt mark ] && break; sleep 0.1; done
  fi
  # srun tells the ranks.  mpiexec passes SIGUSR1 on; SIGTERM, too, but ends and may then forget what its ranks exited with.
  if [ "$signal" = USR1 ]; then kill -s USR1 "$job"; else kill -s "$signal" $(ranks_of "$job"); fi
  wait "$job"
  is "SIG$signal to $p ranks, --checkpoint=$often: exit status 75" $? 75
  rows_of s.h5 > s.rows
  line="^laconic: stopped .* by SIG$signal; s.h5 holds $(wc -l < s.rows) rows*, s.h5.checkpoint the state; to go on: laconic run --resume "
  ok "SIG$signal to $p ranks: it says how many rows there are and how to go on" grep -q "$line" job.err
  ok "SIG$signal to $p ranks: they are those of the undisturbed run" \
    eval '[ -s s.rows ] && head -n "$(wc -l < s.rows)" whole.rows | cmp -s - s.rows'
  "$LACONIC" show s.h5 > show.out
  ok "SIG$signal to $p ranks: the result says so" eval 'grep -q "reason  *interrupted" show.out && grep -q "complete  *0" show.out'
  is "SIG$signal to $p ranks: no temporary" "$(ls | grep -c '\.tmp\.')" 0
  resume=--resume
done
on 1 run $options --resume -o s.h5 > s.out 2> s.err
is "one, two and three ranks in turns: the same digest in the end" "$(sed -n 's/.* digest //p' s.out)" "$whole"

# ---- SIGINT for the second time ----

# One rank is stopped, so that the others wait for it: they must not wait when they are told again.
for p in 2 3 2; do
  rm -f i.h5*
  start "$p" run $options $every -o i.h5
  wait_for i.h5.checkpoint
  sleep "0.$((RANDOM % 10))"
  told=$(ranks_of "$job")
  last=${told##*[!0-9]}
  kill -STOP "$last"
  kill -INT $told
  sleep 1.5
  ok "SIGINT to $p ranks that wait: they save first" kill -0 "$job"
  before=$(date +%s%N)
  kill -INT $told
  wait "$job"
  ok "SIGINT again: they end at once" [ $(($(date +%s%N) - before)) -lt 2000000000 ]
  rows_of i.h5 > i.rows
  ok "SIGINT again: the rows ($(wc -l < i.rows)) are those of the undisturbed run" \
    eval '[ -s i.rows ] && head -n "$(wc -l < i.rows)" whole.rows | cmp -s - i.rows'
  on 1 run $options --resume -o i.h5 > i.out 2> i.err
  is "SIGINT again: the run goes on to the same digest" "$(sed -n 's/.* digest //p' i.out)" "$whole"
  is "SIGINT again: nothing is left over" "$(ls i.h5*)" i.h5
done

# One rank that is told is enough: it tells the others.
rm -f s.h5*
start 2 run $options --checkpoint=0.2s -o s.h5
wait_for s.h5.checkpoint
last=$(ranks_of "$job" | tail -n 1)
kill -s USR1 "$last"
wait "$job"
is "a signal to one rank of two stops both: exit status 75" $? 75

# ---- a disk that is full: no checkpoint, but the run goes on ----

for limit in 20000 26000; do      # in kilobytes; the checkpoint needs 25 MB
  (trap '' XFSZ; ulimit -f $limit; exec "$LACONIC" run --problem=quadratic:d=400000 --clients=5 --rounds=12 --eval=12 --up=topk:k=2 \
    --algorithm=ef21:gamma=0.01 --checkpoint=5 --progress=no --force -o f.h5 > f.out 2> f.err)
  is "files of at most $limit kB: the run ends" $? 0
  is "files of at most $limit kB: and says how it was" "$(grep -c 'warning: no checkpoint after' f.err)" $((limit < 25000 ? 2 : 0))
done

finish
