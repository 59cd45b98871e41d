#!/bin/bash
# Sweeps: the runs of a file spread over groups of ranks, over the tasks of a job array, killed and run again; what a run leaves to the
# next one changes nothing; the best of a grid.
. "${srcdir:-$(dirname "$0")/..}/tests/lib.sh"

attribute() { sed -n "s/^ *$1  *//p" shown; }      # NAME, in what laconic show has said
digests() { (cd "$1" && ls && "$LACONIC" show *.h5 | sed -n 's/^ *digest  *//p'); }      # FOLDER
lines() { wc -l < "$1"; }      # FILE

# Data sets, seeds, rules and numbers for steps, a method that needs the solution, one that diverges, and one run twice.
cat > grid.ini <<END
problem = logreg:reg=nonconvex
clients = 5
rounds  = 6
seed    = {1,2}
[run EF21]
dataset = {synthetic:rows=20\,d=6,rows}
algorithm = ef21:gamma={theory,theory*4,0.1}
up = topk:k=1
[run GD]
dataset = {synthetic:rows=20\,d=6,rows}
algorithm = gd:gamma=theory
[run solved]
problem = quadratic
algorithm = gd:gamma={theory,1000}
optimum = solve
[run again]
dataset = {synthetic:rows=20\,d=6,rows}
algorithm = gd:gamma=theory
END
awk 'BEGIN { srand(3); for (i = 0; i < 40; i++) printf "%d 1:%.4f 2:%.4f 3:%.4f\n", i % 3 ? 1 : -1, rand(), rand() - .5, rand() }' > rows

# ---- placement ----

on 1 run grid.ini --results=reference > reference.out
is "a file runs" $? 0
is "runs that are the same are one" "$(sed -n 's/^24 runs, \([0-9]*\) kept.*/\1/p' reference.out) $(ls reference | wc -l)" "4 20"
digests reference > reference.txt
for way in "1 1" "2 auto" "2 1" "3 auto" "3 2"; do
  set -- $way
  on "$1" run grid.ini --results="r$1$2" --groups="$2" > out 2> err
  status=$?
  [ $status -eq 0 ] && cmp -s out reference.out && ! [ -s err ]
  report $? "$1 ranks, --groups=$2: the same table"
  digests "r$1$2" | cmp -s - reference.txt
  report $? "... and the same results"
done

# A run of a sweep and the same run alone: all that is recorded, but for when and where.
whole() { grep -v "timing\|environment.started\|environment.ranks\|memory_forecast\|h5" shown; }
others=0
for f in $(ls reference/*.h5 | awk 'NR % 3 == 1'); do
  "$LACONIC" show "$f" > shown
  whole > a
  dataset=$(attribute environment.given.dataset)
  "$LACONIC" run --problem="$(attribute environment.given.problem)" ${dataset:+--dataset="$dataset"} \
    --algorithm="$(attribute environment.given.algorithm)" --up="$(attribute environment.given.up)" --clients=5 --rounds=6 \
    --seed="$(attribute seed)" --optimum="$(attribute environment.given.optimum)" --results=alone > /dev/null
  "$LACONIC" show "alone/$(basename "$f")" > shown
  whole > b
  cmp -s a b || others=$((others + 1))
done
is "alone every run gives the same, constants in the result included" "$others $(ls alone | wc -l)" "0 7"

# ---- job arrays ----

for i in 0 1 2; do
  on 1 run grid.ini --results=array --array=$i/3 > "share$i"
  ls array > "there$i"
done
is "three shares: no run is in two of them" "$(lines there0) $(lines there1) $(lines there2)" "7 14 20"
digests array | cmp -s - reference.txt
report $? "together they are all, with the same results"
on 1 run grid.ini --results=array > last
is "a last job computes nothing" "$(sed -n 's/.*runs, \([0-9]*\) kept.*/\1/p' last)" 24
grep -v ' runs' last > a
grep -v ' runs' reference.out | cmp -s - a
report $? "... and prints the whole table"
export SLURM_ARRAY_TASK_ID=7 SLURM_ARRAY_TASK_COUNT=3 SLURM_ARRAY_TASK_MIN=5 SLURM_ARRAY_TASK_STEP=2
on 1 run grid.ini --results=slurm --array=slurm > out
is "the task of a Slurm array" "$(ls slurm | wc -l) $(tail -n 1 out)" "7 $(tail -n 1 share1 | sed s,1/3,slurm,)"

unset SLURM_ARRAY_TASK_ID SLURM_ARRAY_TASK_COUNT SLURM_ARRAY_TASK_MIN SLURM_ARRAY_TASK_STEP

refused() {      # WORDS SENTENCE COMMAND...
  local words=$1 sentence=$2
  shift 2
  "$@" > out 2> err
  [ $? -eq 1 ] && [ "$(lines err)" = 1 ] && grep -qF -- "$sentence" err
  report $? "refused: $words"
}
for wrong in 3/3 x/3 1 0/0 /3 1/2/3 -1/3; do
  refused "--array=$wrong" "--array" "$LACONIC" run grid.ini --array=$wrong
done
refused "no task of an array" "SLURM_ARRAY_TASK_ID" "$LACONIC" run grid.ini --array=slurm
refused "array tasks that are not in a row" "not one of 3" env SLURM_ARRAY_TASK_ID=9 SLURM_ARRAY_TASK_COUNT=3 SLURM_ARRAY_TASK_MIN=1 \
  "$LACONIC" run grid.ini --array=slurm
refused "--groups=2 on one rank" "mpiexec" "$LACONIC" run grid.ini --groups=2
refused "--groups without a file" "experiment file" "$LACONIC" run --groups=1
printf 'problem = quadratic\noutput = x.h5\nrounds = 1\n[run a]\nseed = {1,2}\n' > same.ini
"$LACONIC" run same.ini > out 2> err
is "two runs with one output: the second is refused" "$? $(lines err) $(grep -c 'result of another run' err) $(ls x.h5)" "1 2 1 x.h5"

# ---- failures ----

cat > fails.ini <<END
problem = quadratic
clients = 4
rounds  = 5
[run early]
algorithm = {gd,nonesuch}
[run late]
results = /proc/nonesuch
seed = {1,2}
[run fine]
algorithm = ef21
up = topk:k=1
seed = {3,4,5,6}
END
for ranks in 1 2; do
  on $ranks run fails.ini --progress=no > out 2> err
  is "$ranks ranks: runs that fail do not stop the others" "$? $(ls results | wc -l) $(grep -c '^fine' out)" "1 5 4"
  is "... each says so once" "$(grep -c 'run early.: .*nonesuch' err) $(grep -c 'run late.: .*/proc/nonesuch' err) $(lines err)" "1 2 4"
  is "... and all are counted" "$(grep -c '3 of 8 runs failed' err)" 1
  grep -q "3 failed" out
  report $? "... in the table, too"
  rm -r results
done

# ---- killed ----

# Both ranks get stuck in the middle, so what is finished by then is known.
head='problem = quadratic\nclients = 4\nup = topk:k=1\n'
some='[run a]\nrounds = 50\nalgorithm = ef21:gamma={0.001,0.002,0.003}\n'
more='[run b]\nrounds = 50\nalgorithm = ef21:gamma={0.004,0.005,0.006}\n'
printf "$head$some[run endless]\nrounds = 4000000000\neval = 10000\nalgorithm = ef21:gamma={1e-7,1e-8}\n$more" > stuck.ini
printf "$head$some$more" > whole.ini
on 1 run whole.ini --results=whole > whole.out
digests whole > whole.txt
finished() { "$LACONIC" show "$1"/*.h5 2> /dev/null | grep -c '^ *complete  *1$'; }      # FOLDER
for signal in KILL TERM; do
  for ranks in 1 2; do
    rm -rf cut
    if [ $ranks = 1 ]; then "$LACONIC" run stuck.ini --results=cut > cut.out 2>&1 &
    else "$MPIEXEC" -n $ranks "$LACONIC" run stuck.ini --results=cut > cut.out 2>&1 & fi
    job=$!
    for i in $(seq 100); do [ "$(ls cut/*.journal 2> /dev/null | wc -l)" = $ranks ] && [ "$(finished cut)" = 3 ] && break; sleep 0.1; done
    is "$ranks ranks are at a run each, and nobody waits for another" "$(finished cut) $(ls cut/*.journal | wc -l)" "3 $ranks"
    all=$(family $job)
    [ $signal = KILL ] || all=$(ranks_of $job)
    kill -$signal $all
    wait $job 2> /dev/null
    status=$?
    on $ranks run whole.ini --results=cut > out 2> err
    is "SIG$signal on $ranks ranks: what was finished is kept, what was not is computed" "$? $(grep -o '^6 runs.*' out)" \
      "0 6 runs, 3 kept from before"
    for f in cut/*; do [ -e "whole/$(basename "$f")" ] || rm "$f"; done
    digests cut | cmp -s - whole.txt
    report $? "... with the same results"
    [ $signal = KILL ] || is "... and the status was 75" $status 75
  done
done

# ---- the best of a grid ----

cat > best.ini <<END
problem = quadratic
clients = {3,4}
seed    = {1,2}
rounds  = 60
up      = topk:k=1
best    = smallest rounds_to(grad_norm_sq, 1e-30) then smallest last(grad_norm_sq)
[run EF21]
algorithm = ef21:gamma=theory*{1,4,100000}
[run GD]
algorithm = gd:gamma=theory-qm*{1,2}
best = all
[claim best-only]
says = without the key best, the label means the chosen runs
for each = clients, seed
left = last(grad_norm_sq) of label=EF21
relation = <
right = smallest last(grad_norm_sq) of label=EF21, best=no
[claim all-of-a-label]
says = a section that chooses nothing has all its runs
left = smallest last(grad_norm_sq) of label=GD, clients=3, seed=1
relation = <
right = largest last(grad_norm_sq) of label=GD, clients=3, seed=1
END
"$LACONIC" run best.ini > out
"$LACONIC" claims best.ini --strict --out=f > out 2> err
is "claims are about the chosen runs" "$? $(grep -c '^HOLDS' out)" "0 2"
chosen=$(grep -c '^best  EF21: .*×4.*, of 3; smallest rounds_to.* = inf, mean over 2 seeds$' out)
is "the choice is printed: one for each number of clients" "$chosen" 2
is "... and stored" "$(cut -f 1,4,5,6 f/best.best | tail -n 2 | uniq)" "$(printf 'EF21\t3\tno\t2')"
sed -i 's/100000/2/; s/theory\*{1,4,2}/theory*{1,2,4}/' best.ini
"$LACONIC" run best.ini > out
"$LACONIC" claims best.ini --out=f > out
is "a winner at the end of the grid is told" "$(grep -c 'at the edge of the grid' out)" 2
if command -v gnuplot > /dev/null; then
  "$LACONIC" plot best.ini --out=f --formats=svg > out 2> err
  drawn="$(grep -c '# EF21, result' f/best.dat) $(grep -c '# GD, result' f/best.dat)"
  is "the figure has the chosen runs, and says so" "$drawn $(grep -c '^best' out)" "4 8 2"
else
  skip "no gnuplot" "the figure has the chosen runs"
fi
sed 's/^best .*1e-30.*/best = fewest rounds/' best.ini > wrong.ini
refused "a rule that is none, before any run" "smallest or largest" "$LACONIC" run wrong.ini --results=never
sed 's/^best .*1e-30.*/best = smallest last(loss)/' best.ini > wrong.ini
refused "a column that is not there" "no column 'loss'" "$LACONIC" claims wrong.ini
finish
