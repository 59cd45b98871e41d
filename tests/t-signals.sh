#!/bin/bash
# Signals.  Before the first round, and in every command that makes no run, they end the command within two seconds and nothing is left;
# in a run they save its state, and the last line is the command that goes on.  --resume=auto starts or goes on.
. "${srcdir:-$(dirname "$0")/..}/tests/lib.sh"
need_h5dump
all="TERM INT HUP USR1" hangup=HUP
if [ $((0x$(sed -n 's/^SigIgn:[[:space:]]*//p' /proc/$$/status) & 1)) -eq 1 ]; then      # under nohup a program leaves it ignored, too
  skip "SIGHUP is ignored here" "SIGHUP"
  all="TERM INT USR1" hangup=TERM
fi
export PATH=$(dirname "$LACONIC"):$PATH

# ---- at once, and nothing left ----

# Within two seconds it has ended by this signal, and the folder holds what it held before.
leaves() {      # WORDS SIGNAL SECONDS ARGUMENTS...
  local words=$1 signal=$2 after=$3 before job start status
  shift 3
  mkdir -p empty
  before=$(ls -A . empty)
  (cd empty && exec "$LACONIC" "$@" > ../out 2> ../err) &
  job=$!
  sleep "$after"
  kill -0 $job 2> /dev/null || echo "# it has ended by itself: $(cat err)"
  start=$(date +%s%N)
  kill -s "$signal" $job
  wait $job 2> wait.err
  status=$?
  is "SIG$signal, $words: ends by the signal" "$status" $((128 + $(kill -l "$signal")))
  [ $(($(date +%s%N) - start)) -lt 2000000000 ]
  report $? "... within two seconds"
  rm -f wait.err
  is "... and leaves nothing" "$(ls -A . empty)" "$before"
}

touch out err
yes "1 1:0.5 2:0.25" | head -n 40 > rows
for signal in $all; do
  leaves "data are made" $signal 0.4 run --clients=100000 --dataset=synthetic:rows=50,d=50
done
leaves "the solution is looked for" $hangup 0.4 run --problem=quadratic:d=3000 --clients=20 --optimum=solve -o r.h5
leaves "constants" USR1 0.4 show --constants --problem=quadratic:d=4000 --clients=200
leaves "certify" INT 0.4 certify
leaves "bench" TERM 0.4 bench compressors

# A journal of before is no leftover.
cd empty || exit 99
"$LACONIC" run --problem=quadratic --clients=3 --rounds=40 --pause=20 -o kept.h5 2> ../err
cp kept.h5.journal ../kept.journal
cd .. || exit 99
leaves "set-up of a run that goes on" TERM 0.4 run --clients=100000 --dataset=synthetic:rows=50,d=50 -o other.h5 --resume=auto
ok "... the journal of another run is as it was" cmp -s empty/kept.h5.journal kept.journal
rm -r empty

# gnuplot does not live on.
lives() # lives PID: a process that nobody has waited for is dead
{
  [ "$(sed 's/.*) //; s/ .*//' "/proc/$1/stat" 2> /dev/null || echo Z)" != Z ]
}
mkdir fake
{
  printf '#!/bin/sh\nfor last; do :; done\n'
  printf '[ "${last%%.gp}" != "$last" ] || PATH=${PATH#*:} exec gnuplot "$@"\n'
  printf 'echo $$ > "$FAKE/pid"\nexec sleep 30\n'
} > fake/gnuplot
chmod +x fake/gnuplot
printf 'problem = quadratic\nclients = 2\nrounds = 3\n[figure]\nx = round\ny = f\n[run a]\nup = topk:k=1\n' > f.ini
"$LACONIC" run f.ini > out 2> err
mkdir tmp
# Where texts are measured gnuplot answers; it hangs where it draws.
ends_with_gnuplot() {      # WORDS LIBRARY WORDS OF LACONIC...: the library is loaded before all others
  rm -f fake/pid
  FAKE=$PWD/fake TMPDIR=$PWD/tmp PATH=$PWD/fake:$PATH LD_PRELOAD=$2 "$LACONIC" "${@:3}" > out 2> err &
  job=$!
  for i in $(seq 100); do [ -s fake/pid ] && break; sleep 0.1; done
  kill -TERM $job
  wait $job 2> /dev/null
  is "SIGTERM $1: ${*:3} ends by it" $? 143
  for i in $(seq 100); do lives "$(cat fake/pid)" || break; sleep 0.1; done
  lives "$(cat fake/pid)"
  is "... and so does gnuplot" $? 1
  is "... and nothing is left" "$(ls -A tmp)" ""
}
for what in "plot f.ini" "plot f.ini --formats=tex" "report f.ini"; do ends_with_gnuplot "while gnuplot draws" "" $what; done

# gnuplot has begun, and who began it does not know yet.
cat > slow.c << 'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <spawn.h>
#include <unistd.h>
int posix_spawnp(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes,
                 char *const argv[], char *const envp[])
{
  __typeof__(&posix_spawnp) spawn = (__typeof__(&posix_spawnp))dlsym(RTLD_NEXT, "posix_spawnp");
  int why = spawn(pid, file, actions, attributes, argv, envp);
  for (int i = 0; i < 5; i++)
    usleep(100000);
  return why;
}
END
if ldd "$LACONIC" | grep -q libasan; then
  skip "sanitizers must be loaded first" "SIGTERM as gnuplot begins"
elif command -v "${CC:-cc}" > /dev/null && ${CC:-cc} -shared -fPIC -w slow.c -o slow.so -ldl 2> cc.err; then
  ends_with_gnuplot "as gnuplot begins" "$PWD/slow.so" plot f.ini
else
  skip "no compiler" "SIGTERM as gnuplot begins"
fi

# ---- in a run ----

options="--problem=quadratic:d=20 --clients=3 --rounds=400000000 --eval=100 --algorithm=ef21 --up=topk:k=2 --progress=no"
begun() { for i in $(seq 1200); do [ -s "$1.journal" ] && return; sleep 0.05; done; }
stopped() {      # WORDS SIGNAL FILE
  local rows line
  rows=$(numbers "$3" /trace/round | wc -l)
  line="by SIG$2; $3 holds $rows rows*, $3.checkpoint .*: laconic run --resume "
  tail -n 1 err | grep -q "$line"
  report $? "SIG$2, $1: the last line says how many rows there are and how to go on"
}

for signal in $all; do
  rm -f "it's s.h5"* s.h5*
  "$LACONIC" run $options -o s.h5 > out 2> err &
  job=$!
  begun s.h5
  kill -s $signal $job
  wait $job
  is "SIG$signal, a run: exit status 75" $? 75
  stopped "a run" $signal s.h5
done
command=$(sed -n 's/.* to go on: //p' err)
sh -c "$command --pause=$(($(sed -n 's/.* after \([0-9]*\) rounds.*/\1/p' err) + 10))" > out 2> err2
is "the command of the last line goes on, and stops again" "$?" 75

rm -f s.h5*
"$LACONIC" run --problem=quadratic --clients=2 --rounds=30 --pause=10 -o "it's; s.h5" > out 2> err
command=$(sed -n 's/.* to go on: //p' err)
sh -c "$command" > out 2> err
is "a name that a shell would take apart is quoted: $(grep -c 'wrote it' out)" "$? $(ls it*)" "0 it's; s.h5"

if [ -z "${MPIEXEC:-}" ] || ! command -v "$MPIEXEC" > /dev/null; then skip "no mpiexec" "ranks"; else
  for signal in INT USR1; do      # mpiexec passes them on
    rm -f m.h5*
    (leave_time && exec "$MPIEXEC" -n 2 "$LACONIC" run $options -o m.h5 > out 2> err) &
    job=$!
    heard=$signal      # Open MPI's mpiexec passes SIGINT on as SIGTERM
    [ $signal != INT ] || ! "$MPIEXEC" --version 2>&1 | grep -qE 'Open MPI|OpenRTE' || heard=TERM
    begun m.h5
    kill -s $signal $job
    wait $job      # of its ranks' status mpiexec says what it likes after a signal
    sed -i '/^\[mpiexec/d' err
    stopped "two ranks" $heard m.h5
  done
  "$MPIEXEC" -n 2 "$LACONIC" run --dataset=synthetic:rows=50,d=50 --clients=200000 -o n.h5 > out 2> err &
  job=$!
  sleep 0.7
  kill -s TERM $job
  start=$(date +%s)
  wait $job
  ok "two ranks before the first round: ends within two seconds" [ $(($(date +%s) - start)) -le 2 ]
  is "... and leaves nothing" "$(ls | grep -c '^n.h5')" 0
fi

# ---- SIGINT for the second time, in a round that takes long ----

long="--problem=quadratic:d=300 --rounds=20 --algorithm=scaffold:eta=0.001,K=65535 --progress=no --flush=0"
again() {      # RANKS
  local job told start rows long="$long --clients=$((80 * $1))"
  rm -f i.h5*
  if [ "$1" -eq 1 ]; then "$LACONIC" run $long -o i.h5 > out 2> err & else "$MPIEXEC" -n "$1" "$LACONIC" run $long -o i.h5 > out 2> err & fi
  job=$!
  for i in $(seq 200); do "$LACONIC" show --csv i.h5 2> show.err | grep -q ^0, && break; sleep 0.1; done
  told=$(ranks_of $job)
  kill -INT $told
  sleep 1.3
  kill -0 $job 2> /dev/null
  report $? "SIGINT, $1 ranks: the round is brought to its end"
  start=$(date +%s%N)
  kill -INT $told
  wait $job 2> wait.err
  status=$?
  ok "SIGINT again: ends at once, status $status" [ $status -ne 0 -a $(($(date +%s%N) - start)) -lt 1500000000 ]
  rows=$("$LACONIC" show --csv i.h5 | sed 1d | cut -d , -f 1)
  is "... the rows are there" "$rows" "$(seq 0 $(($(echo "$rows" | wc -l) - 1)))"
  is "... and nothing else" "$(ls i.h5* | paste -s -d ' ')" "i.h5 i.h5.journal"
}
again 1
if [ -z "${MPIEXEC:-}" ] || ! command -v "$MPIEXEC" > /dev/null; then skip "no mpiexec" "SIGINT again, two ranks"; else again 2; fi

# ---- --resume=auto ----

run="--problem=quadratic --clients=5 --rounds=40 --up=topk:k=2 --progress=no"
whole=$(digest 1 $run)
run="run $run --resume=auto"
job() { "$LACONIC" $run -o a.h5 "$@" > out 2> err; status=$?; }
ended() { is "$1" "$status $(sed -n 's/.* digest //p' out)" "0 $whole"; }
job
ended "auto: nothing there, so the run starts"
job
ended "auto: a finished run is kept"
ok "... and says so" grep -q "^kept a.h5" out
job --seed=2
is "auto: another configuration is refused" "$status $(grep -c 'a.h5 is of another configuration' err)" "1 1"
rm a.h5
job --pause=10
is "auto: a run that stops" $status 75
job --pause=20
is "auto: goes on, stops again" "$status $(grep -c 'after 20 rounds' err)" "75 1"
cp a.h5.checkpoint a.checkpoint
job --seed=2
is "auto: an unfinished run of another configuration is refused" "$status $(grep -c 'another configuration' err)" "1 1"
cp a.h5.journal a.journal; rm a.h5 a.h5.journal
job --seed=2
is "auto: its checkpoints alone are refused" "$status $(grep -c 'another configuration.*--force' err)" "1 1"
cmp -s a.checkpoint a.h5.checkpoint
report $? "... and untouched"
job
ended "auto: from the checkpoint alone"
rm a.h5; cp a.journal a.h5.journal
job
ended "auto: rows without a checkpoint: starts, and the rows come out as they were"
rm a.h5; : > a.h5.journal
job
ended "auto: killed before its first row"
job --force
is "auto: --force is refused" "$status $(grep -c -- '--force' err)" "1 1"
"$LACONIC" $run --resume=maybe -o b.h5 > out 2> err
is "another word is refused" "$? $(grep -c 'no|yes|auto\|no, yes' err)" "1 1"

printf 'problem = quadratic\nclients = 3\nrounds = 30\nresume = auto\n[run a]\nup = topk:k={1,2,3}\n' > e.ini
"$LACONIC" run e.ini --pause=12 > out 2> err
is "auto: a file stops with 75" $? 75
"$LACONIC" run e.ini > out 2> err
is "... and the same command ends it" "$? $(grep -c '^3 runs' out)" "0 1"

finish
