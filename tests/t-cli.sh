#!/bin/bash
# The command line: whatever is wrong, one sentence with the option and the remedy, no hang; killed runs keep their rows.
. "${srcdir:-$(dirname "$0")/..}/tests/lib.sh"
need_h5dump

# Exit status neither 0 nor a signal nor a time-out, one line on stderr that begins with "laconic: " and holds all the WORDS.
refused() {      # WHAT WORDS|WORDS... -- COMMAND...
  local what=$1 bad="" status lines
  local -a words=()
  shift
  while [ "$1" != -- ]; do words+=("$1"); shift; done
  shift
  timeout 20 "$@" > out 2> err < /dev/null
  status=$?
  lines=$(wc -l < err)
  [ $status -ne 0 ] && [ $status -lt 120 ] || bad="exit status $status"
  [ "$lines" -eq 1 ] || bad="$bad; $lines lines"
  grep -q '^laconic: ' err || bad="$bad; does not say who speaks"
  for w in "${words[@]}"; do grep -qF -- "$w" err || bad="$bad; does not say '$w'"; done
  [ -z "$bad" ]
  report $? "$what: $(head -n 1 err | tr -d '#' | cut -c 1-160)"
  if [ -n "$bad" ]; then { echo "$bad"; head -n 5 err; } | sed 's/^/# /'; fi
}
cannot() { local what=$1; shift; local -a words=(); while [ "$1" != -- ]; do words+=("$1"); shift; done; shift
  refused "$what" "${words[@]}" -- "$LACONIC" "$@"; }

small="--problem=quadratic --clients=3 --rounds=3"
opens() { h5dump -H "$1" > h5dump.out 2>&1; }      # FILE
attribute() { h5dump -a "$2" "$1" | sed -n 's/.*(0): "\{0,1\}\([^"]*\)"\{0,1\}$/\1/p'; }      # FILE PATH

# ---- what works ----

for c in --help --version list "list algorithms" "list datasets" help "help topk" "help ef21" "help run" "run --help" "show --help" ""; do
  ok "laconic $c" sh -c "timeout 20 '$LACONIC' $c > out 2> err && [ -s out ] && ! [ -s err ]"
done
is "list compressors: alpha, omega and bits at the defaults" \
  "$("$LACONIC" list compressors | awk '$1 == "topk" || $1 == "natural" { print $1, $2, $3, $4 }' | paste -s -d " ")" \
  "natural 0.875 0.125 9.02 topk 0.01 - <0.725"
ok "... and under it where it comes from" sh -c "'$LACONIC' list compressors | grep -A1 '^  topk ' | grep -q '^ *Aji, .*arXiv:1704.05021'"
is "--version is one line" "$("$LACONIC" --version | wc -l)" 1
for kind in algorithms compressors problems generators splits; do
  for name in $(names_of $kind); do
    ok "help $name" sh -c "timeout 20 '$LACONIC' help $name | grep -q '^$name '"
  done
done
ok "run writes the file that it names" sh -c "'$LACONIC' run $small -o r.h5 | grep -q 'wrote r.h5  digest [0-9a-f]\{16\}$'"
ok "... whole" opens r.h5
is "... complete" "$(attribute r.h5 /complete)" 1
is "... with the digest" "$(attribute r.h5 /digest | wc -c)" 17
ok "... without a journal" test ! -e r.h5.journal
ok "show shows it" sh -c "'$LACONIC' show r.h5 > out && grep -q grad_norm_sq out && grep -q '^  algorithm ' out"
is "show --all shows all rows" "$("$LACONIC" show --all r.h5 | grep -c '^ *[0-9]')" 4
ok "without --output it is named by its digest" sh -c "'$LACONIC' run $small --results=store > out"
is "... in 16 hex digits" "$(ls store | grep -c '^[0-9a-f]\{16\}\.h5$')" 1
ok "... and kept" sh -c "'$LACONIC' run $small --results=store | grep -q '^kept store/'"
ok "--force overwrites" sh -c "'$LACONIC' run $small -o r.h5 --force > out"
ok "a quiet run says nothing on stderr" sh -c "'$LACONIC' run $small -o q.h5 2>&1 > out | wc -c | grep -qx 0"
ok "--progress=yes shows rounds" sh -c "'$LACONIC' run --problem=quadratic --rounds=40000 --progress=yes -o p.h5 2>&1 > out | grep -q ETA"
# On a terminal of python's: progress where somebody sees it, also through mpiexec, and not in a file beside it.
on_terminal() { /usr/bin/python3 -c 'import pty, sys; pty.spawn(sys.argv[1:])' "$@" < /dev/null 2>&1 | grep -c ETA; }
far="--problem=quadratic --rounds=40000 --force -o p.h5"
if /usr/bin/python3 -c 'import pty; pty.openpty()' 2> /dev/null; then
  is "a terminal shows progress" "$(on_terminal "$LACONIC" run $far)" 1
  is "... also that of mpiexec" "$(on_terminal "$MPIEXEC" -n 2 "$LACONIC" run $far)" 1
  is "... and a file for standard error does not" "$(on_terminal sh -c "'$MPIEXEC' -n 2 '$LACONIC' run $far 2> err") $(wc -c < err)" "0 0"
else
  skip "no python3, or no pseudo-terminals" "a terminal shows progress"
fi
SLURM_NTASKS=4 "$LACONIC" run $small -o s.h5 > out 2> err
is "SLURM_NTASKS=4 and one rank: a warning" "$(grep -c 'warning: SLURM_NTASKS=4.*mpiexec' err) $(wc -l < err)" "1 1"
OMPI_COMM_WORLD_SIZE=2 "$LACONIC" run $small -o t.h5 > out 2> err
is "OMPI_COMM_WORLD_SIZE=2: a warning" "$(grep -c 'warning: OMPI_COMM_WORLD_SIZE=2' err)" 1
{
  printf 'problem = quadratic\nclients = 3\nrounds = 2\nresults = store2\n'
  printf '[run a]\nalgorithm = ef21:gamma={0.1,0.2}\n[run b]\nalgorithm = gd\n'
} > e.ini
ok "an experiment file" sh -c "timeout 20 '$LACONIC' run e.ini > out && grep -q '^3 runs' out && [ \$(ls store2 | wc -l) = 3 ]"
ok "... twice computes nothing" sh -c "timeout 20 '$LACONIC' run e.ini | grep -q '3 kept'"

# ---- commands and options ----

cannot "unknown command" "shwo" "did you mean show" -- shwo
cannot "unknown command, nothing near" "laconic help" -- frobnicate
cannot "unknown list" "algorithms" -- list thing
cannot "help for a misspelt name" "did you mean topk" -- help tokp
cannot "unknown option" "--ronds" "did you mean --rounds" -- run --ronds=3
cannot "unknown option, nothing near" "--help" -- run --frobnicate
cannot "option without a value" "--rounds=VALUE" -- run --rounds
cannot "two experiment files" "one experiment file" -- run a.ini b.ini
cannot "show without a file" "show" ".h5" -- show
cannot "show: unknown option" "no option '--frob'" -- show --all r.h5 --frob
cannot "... in front of a file" "no option '--jsno'" -- show --jsno r.h5
cannot "... behind a value that is a word of its own" "no option '--frob'" -- show --constants --up topk:k=1 --frob r.h5
cannot "an unknown letter" "no option '-z'" -- show -az r.h5
cannot "the beginning of two options" "'--c' may be" " or --" -- show --c r.h5
cannot "a value for an option that takes none" "--all takes no value" -- show --all=3 r.h5
for o in rounds eval seed clients; do cannot "--$o is not a number" "$o" "'many'" -- run --$o=many; done
cannot "negative rounds" "rounds" -- run --rounds=-1
cannot "eval=0" "eval" -- run --eval=0
cannot "0 clients" "clients" "[1," -- run $small --clients=0
cannot "more vectors than memory" "GB" "d=2147483647" -- run --problem=quadratic:d=2147483647 --clients=1000000
cannot "two lists at once" "one kind" -- list algorithms problems
cannot "unknown optimum" "optimum" "none|solve" -- run --optimum=yes
cannot "unknown stop metric" "--stop" "grad_norm_sq" -- run --stop=gradient:1
cannot "stop without a number" "--stop" "'x'" -- run --stop=f:x
cannot "unknown x0" "--x0" "zeros" -- run --x0=ones
cannot "x0 from no file" "--x0" "nothere" -- run $small --x0=file:path=nothere
echo 1 > one
cannot "x0 of a wrong size" "--x0" "d=20" -- run $small --x0=file:path=one

cannot "accuracy of a problem that classifies nothing" "--stop" "oracle_calls" -- run $small --stop=accuracy:0.5

# ---- plug-ins ----

cannot "unknown method" "--algorithm" "did you mean ef21" -- run --algorithm=eff21
cannot "unknown method, nothing near" "--algorithm" "gd" "ef21" -- run --algorithm=frobnicate
cannot "method in capitals" "--algorithm" -- run --algorithm=EF21
cannot "unknown compressor" "--up" "did you mean topk" -- run --up=tokp
cannot "unknown problem" "--problem" "did you mean quadratic" -- run --problem=quadratik
cannot "unknown split" "--split" "did you mean sorted" -- run --split=sortde
cannot "unknown option of a method" "ef21" "did you mean gamma" -- run --algorithm=ef21:gama=1
cannot "an option twice" "gamma" "twice" -- run --algorithm=ef21:gamma=1,gamma=2
cannot "unknown choice" "init" "compressed|zero|exact" -- run --algorithm=ef21:init=none
cannot "option without a value in a spec" "gamma=VALUE" -- run --algorithm=ef21:gamma
cannot "trailing colon" "--algorithm" -- run --algorithm=ef21:
cannot "a step that is no step" "gamma" "theory" -- run --algorithm=ef21:gamma=fast
cannot "an unknown rule" "theory-qm" -- run $small --algorithm=ef21:gamma=theory-xx
cannot "k > d" "--up" "k=21" "d=20" -- run $small --up=topk:k=21
cannot "k = 0" "--up" "k" "percentage" -- run $small --up=topk:k=0
cannot "k > 100%" "--up" "k" "percentage" -- run $small --up=topk:k=101%
cannot "no theory: ef21 with an unbiased compressor" "--algorithm" "ef21" "topk" -- run $small --algorithm=ef21 --up=randk
cannot "no theory: gd with a biased compressor" "gd" "gamma=NUMBER" -- run $small --algorithm=gd --up=topk
cannot "a data set for a problem that makes its own" "--dataset" "quadratic" -- run $small --dataset=mushrooms

# ---- data ----

printf '1 1:1 2:2\n-1 1:3 3:1\n1 2:1\n-1 1:1\n' > good
: > empty
printf '1 1:1\n-1 2:' > cut
printf '1 1:nan\n-1 2:1\n' > nan
printf '1 1:inf\n-1 2:1\n' > inf
printf '1 2:1 1:1\n-1 2:1\n' > unsorted
printf '1 1:1 1:2\n-1 2:1\n' > twice
printf '1 0:1\n-1 2:1\n' > zero
printf '1 -1:1\n-1 2:1\n' > minus
printf '1 99999999999999999999:1\n-1 2:1\n' > index
printf '1 1:1\n1 2:1\n' > oneclass
printf 'label,a\n1,2\n' > csv
printf '\n\n' > blank
head -c 4096 "$LACONIC" > binary
gzip -c good | head -c 20 > cut.gz
mkdir folder
one="--clients=1 --rounds=1 -o d.h5"
for f in cut nan inf unsorted twice zero minus index csv; do cannot "LIBSVM file: $f" "$f" "line" -- run --dataset=./$f $one; done
for f in empty blank binary cut.gz folder nothere; do cannot "data file: $f" "$f" -- run --dataset=./$f $one; done
cannot "data file: a device" "/dev/zero" "device" -- run --dataset=/dev/zero $one
cannot "one class" "two distinct labels" -- run --dataset=./oneclass --clients=1 --rounds=1 -o d.h5
cannot "more clients than rows" "clients" "4 rows" -- run --dataset=./good --clients=5 --rounds=1 -o d.h5
cannot "fewer features than the file has" "d=2" -- run --dataset=./good:d=2 --clients=1 --rounds=1 -o d.h5
cannot "a data set that is not here" "datasets/fetch" -- run --dataset=mushrooms --data-dir=. --rounds=1 -o d.h5
cannot "a misspelt data set" "did you mean mushrooms" -- run --dataset=mushroms --data-dir=. --rounds=1 -o d.h5
ok "nothing was written for them" test ! -e d.h5 -a ! -e d.h5.journal

# ---- output ----

cannot "existing output" "--output" "r.h5" "--force" -- run $small -o r.h5
cannot "output in a folder that is not there" "--output" "nowhere/x.h5" -- run $small -o nowhere/x.h5
cannot "output is a folder" "--output" "folder" -- run $small -o folder
mkfifo pipe
for force in "" --force; do cannot "output is a pipe $force" "--output" "regular file" -- run $small -o pipe $force; done
ok "... which is left alone" test -p pipe
cannot "output under a file" "--output" -- run $small -o r.h5/x.h5
cannot "results under a file" "--results" -- run $small --results=r.h5/x
: > locked.h5.journal
cannot "a journal is there" "--output" "--force" -- run $small -o locked.h5

# ---- result files ----

size=$(wc -c < r.h5)
for part in 0 1 8 $((size / 4)) $((size / 2)) $((size - 1)); do
  head -c $part r.h5 > half.h5
  cannot "show a result cut at $part of $size bytes" "half.h5" -- show half.h5
done
cannot "show what is not there" "nothere.h5" -- show nothere.h5
cannot "show what is no result" "good" -- show good
cannot "show a folder" "folder" -- show folder
printf 'laconic1garbage' > torn.h5.journal
cannot "show with a journal that holds nothing" "torn.h5" -- show torn.h5
cp r.h5 old.h5 && : > old.h5.journal
ok "a run killed before its first row does not hide the older result" sh -c "timeout 20 '$LACONIC' show old.h5 > out"
is "... which is what it was" "$(attribute old.h5 /complete)" 1
printf 'something else' > old.h5.journal
cannot "show with a foreign file in the journal's place" "old.h5.journal" "remove" -- show old.h5
damaged=0
# Bytes overwritten inside the file: shown, or refused in one line; a crash only where HDF5's own h5dump crashes too.
opens_all() { ( h5dump "$1" > h5dump.out 2>&1; [ $? -lt 120 ] ) 2> /dev/null; }
for i in $(seq 25); do
  cp r.h5 damaged.h5
  printf '\377\377\377\377' | dd of=damaged.h5 bs=1 seek=$((i * size / 26)) conv=notrunc 2> /dev/null
  { timeout 20 "$LACONIC" show damaged.h5 > out 2> err; } 2> /dev/null
  status=$?
  [ $status -eq 0 ] && continue
  [ $status -lt 120 ] && [ "$(wc -l < err)" -eq 1 ] && continue
  opens_all damaged.h5 || continue
  damaged=$((damaged + 1))
  echo "# damage at $((i * size / 26)): $status"
done
if ldd "$LACONIC" 2> /dev/null | grep -q libasan; then
  skip "the sanitizer stops inside HDF5" "damage inside a result is shown or refused"
else
  is "damage inside a result is shown or refused" $damaged 0
fi

# ---- experiment files ----

printf 'rounds = 3\n[run a]\nalgorithm = ef99\n' > bad.ini
cannot "unknown method in an experiment file" "bad.ini" "[run a]" "did you mean ef" -- run bad.ini
printf 'ronds = 3\n[run a]\nseed = 1\n' > bad.ini
cannot "unknown key in an experiment file" "bad.ini" "did you mean rounds" -- run bad.ini
printf 'rounds = {1,2\n[run a]\nseed = 1\n' > bad.ini
cannot "unbalanced braces" "bad.ini" "rounds" -- run bad.ini
cannot "binary experiment file" "binary" -- run binary
cannot "no experiment file" "nothere.ini" -- run nothere.ini
cannot "an empty experiment file" "[run LABEL]" -- run empty

# ---- ranks ----

if command -v taskset > /dev/null; then
  core=$(taskset -pc $$ | sed 's/.*: *//; s/[-,].*//')
  # Open MPI would bind each rank to a core of its own
  env -u LACONIC_OVERSUBSCRIBE OMPI_MCA_hwloc_base_binding_policy=none taskset -c "$core" \
    "$MPIEXEC" -n 2 "$LACONIC" run $small -o crowded.h5 > out 2> err
  is "more ranks than cores: said once" "$? $(grep -c '2 ranks share 1 core of' err)" "0 1"
else
  skip "no taskset" "more ranks than cores: said once"
fi
refused "wrong option on two ranks" "--ronds" -- "$MPIEXEC" -n 2 "$LACONIC" run --ronds=3
refused "unknown method on two ranks" "ef21" -- "$MPIEXEC" -n 2 "$LACONIC" run --algorithm=eff21
refused "no theory on two ranks" "gamma=NUMBER" -- "$MPIEXEC" -n 2 "$LACONIC" run $small --algorithm=gd --up=topk
refused "existing output on two ranks" "--force" -- "$MPIEXEC" -n 2 "$LACONIC" run $small -o r.h5
refused "bad data on two ranks" "nan" "line" -- "$MPIEXEC" -n 2 "$LACONIC" run --dataset=./nan --clients=2 -o d.h5
for other in --seed=2 --frob=2 --rounds=4 --force; do
  refused "only rank 1 has $other" "rank 1" "same command" -- \
    "$MPIEXEC" -n 1 "$LACONIC" run $small -o d.h5 : -n 1 "$LACONIC" run $small -o d.h5 $other
done
refused "another command on rank 1" "rank 1" "same command" -- \
  "$MPIEXEC" -n 1 "$LACONIC" run $small -o d.h5 : -n 1 "$LACONIC" list

# ---- standard output: whatever a command prints has arrived, or it says so and its exit status is not 0 ----

cp r.h5 base.h5
cp r.h5 new.h5
cat > f.ini << 'END'
problem = quadratic
clients = 3
rounds = 2
results = store3
[run A]
algorithm = gd
[figure]
y = f
[claim falls]
says = f falls
left = last(f)
relation = <
right = 1e9
END
"$LACONIC" run f.ini > out 2>&1
printing=("--version" "--help" "list" "list compressors" "list --names" "help" "help ef21" "help run" "help --options" "show r.h5"
  "show --csv r.h5" "show --all r.h5" "show --constants $small" "run $small -o full.h5 --force" "run f.ini" "compare base.h5 new.h5"
  "compare --markdown base.h5 new.h5" "compare --tap base.h5 new.h5" "certify gd" "certify --junit gd"
  "bench round --dataset=synthetic:rows=10,d=9 --seconds=0.01" "bench compressors --compressors=topk --size=100 --seconds=0.01")
for c in $("$LACONIC" list --names commands); do printing+=("$c --help"); done
if command -v gnuplot > /dev/null; then printing+=("plot f.ini --formats=svg"); fi
printing+=("claims f.ini")
for c in "${printing[@]}"; do
  "$LACONIC" $c > out 2> err < /dev/null
  good=$?
  if [ $good -ne 0 ] || ! [ -s out ]; then report 1 "laconic $c prints, exit status $good: $(head -n 1 err)"; continue; fi
  "$LACONIC" $c > /dev/full 2> err < /dev/null
  full=$?
  words=$(grep -c '^laconic: standard output: ' err)
  "$LACONIC" $c 2> err < /dev/null >&-
  closed=$?
  "$LACONIC" $c 2> err.pipe < /dev/null | head -c 1 > out
  [ $full -gt 0 ] && [ $full -lt 120 ] && [ "$words" = 1 ] && [ $closed -gt 0 ] && [ $closed -lt 120 ] && ! grep -q 'output' err.pipe
  report $? "laconic $c: a full disk ($full), a closed stream ($closed), a pipe that ends"
done
(trap '' PIPE; "$LACONIC" list 2> err | head -c 1 > out)
ok "a pipe that ends is quiet also where SIGPIPE is ignored" test ! -s err
(exec <&- >&- 2>&-; exec "$LACONIC" run $small -o closed.h5 --force)
"$LACONIC" show --csv r.h5 > want
ok "with all three streams closed the result is whole" sh -c "'$LACONIC' show --csv closed.h5 | cmp -s - want"

# ---- MPI: for commands that want ranks ----

# An address where no mpiexec listens, and for Open MPI, which goes on alone then, messages by a way that is not there: whatever starts MPI
# fails.
alone() {
  PMI_RANK=1 PMI_SIZE=4 PMI_FD=99 PMI_PORT=127.0.0.1:1 PMI_ID=1 OMPI_MCA_pml=none timeout 20 "$LACONIC" "$@" < /dev/null > out 2> err
}
for c in --version --help list "list datasets" help "help ef21" "run --help" "bench --help" "show r.h5" "compare base.h5 new.h5" \
  "claims f.ini"; do
  alone $c && [ -s out ] && ! [ -s err ]
  report $? "laconic $c starts no MPI"
done
alone run $small -o alone.h5
ok "... which is what run does" test $? -ne 0 -a ! -e alone.h5
# A network that is not there stops MPI's start, where MPICH goes through UCX.
if UCX_TLS=none OMPI_MCA_pml=none timeout 20 "$MPIEXEC" -n 1 "$LACONIC" run $small -o single.h5 < /dev/null > out 2> err; then
  skip "MPICH starts without UCX" "a run that no mpiexec started starts no MPI"
else
  UCX_TLS=none OMPI_MCA_pml=none timeout 20 "$LACONIC" run $small -o single.h5 < /dev/null > out 2> err
  is "a run that no mpiexec started starts no MPI: exit" $? 0
  timeout 20 "$MPIEXEC" -n 1 "$LACONIC" run $small -o one.h5 > out 2> err
  is "... and has the digest of a run that one did" "$("$LACONIC" show single.h5 | grep digest)" "$("$LACONIC" show one.h5 | grep digest)"
fi
for c in "list --names" --version "show r.h5" "help topk"; do
  "$LACONIC" $c > one
  timeout 60 "$MPIEXEC" -n 2 "$LACONIC" $c > two 2> err
  ok "mpiexec starts two ranks of one job, and laconic $c prints once" cmp one two
done

# ---- help ----

for c in "" $("$LACONIC" list --names commands); do
  is "laconic $c --help is at most 80 columns wide" "$("$LACONIC" $c --help | awk 'length > 80')" ""
done

# Every example of every --help, pasted.  srun and sbatch as they would be on one machine.
mkdir -p bin examples/reports/ef21
ln -s "$LACONIC" bin/laconic
printf '#!/bin/sh\nexec "%s" "$@"\n' "$(command -v "$MPIEXEC")" > bin/mpiexec.mpich
printf '#!/bin/sh\nwhile case $1 in -*) true ;; *) false ;; esac; do shift; done\nexec "$@"\n' > bin/srun
cat > bin/sbatch << 'END'
#!/bin/sh
first=0 last=0
for word; do
  case $word in
  --array=*) range=${word#*=} first=${range%-*} last=${range#*-} ;;
  --wrap=*) wrap=${word#*=} ;;
  esac
done
for task in $(seq "$first" "$last"); do
  export SLURM_ARRAY_TASK_ID=$task SLURM_ARRAY_TASK_COUNT=$((last - first + 1)) SLURM_ARRAY_TASK_MIN=$first SLURM_ARRAY_TASK_STEP=1
  sh -c "$wrap" || exit
done
END
chmod +x bin/*
cp base.h5 new.h5 r.h5 examples
cp f.ini examples/sweep.ini
printf 'problem = quadratic\nclients = 3\n[run A]\nalgorithm = gd:gamma=theory*{0.5,1}\n' > examples/grid.ini
cp f.ini examples/reports/ef21/stepsize.ini
examples() {
  for c in $("$LACONIC" list --names commands) "bench compressors" "bench links"; do
    "$LACONIC" $c --help | awk '
      /^  (laconic|mpiexec[.a-z]*|sbatch) / || more {
        line = line $0
        more = sub(/\\$/, "", line)
        if (!more) { print line; line = "" }
      }'
  done | sed 's/^ *//' | awk '!seen[$0]++'
}
examples > pasted
ok "every command shows an example" test "$(wc -l < pasted)" -ge "$("$LACONIC" list --names commands | wc -l)"
while IFS= read -r line; do
  case $line in
  *mushrooms*) if "$LACONIC" list datasets | grep -q '^  mushrooms .*not here'; then skip "no data set" "$line"; continue; fi ;;
  esac
  case $line in *" -o r.h5"*) rm -f examples/r.h5 ;; esac
  case $line in "laconic links "*) "$LACONIC" links --check > /dev/null 2>&1 || { skip "no links here" "$line"; continue; } ;; esac
  case $line in *" plot "*) command -v gnuplot > /dev/null || { skip "no gnuplot" "$line"; continue; } ;; esac
  case $line in "laconic sbatch "*) mv examples/store3 done 2> err ;; esac      # there is something to submit
  (cd examples && PATH=$work/bin:$PATH timeout 120 sh -c "$line") > out 2> err < /dev/null
  report $? "as pasted: $line"
  [ ! -d done ] || { rm -rf examples/store3; mv done examples/store3; }
  sed 's/^/# /' err | head -n 3
  [ -e examples/r.h5 ] || cp r.h5 examples
done < pasted

# ---- killed runs ----

long="--problem=logreg:reg=l2 --dataset=synthetic:rows=40,d=30 --clients=6 --up=topk:k=3 --flush=0.02 --progress=no"

# The rows of a killed run are the first rows of a run that was not.
rows_of_killed() {      # FILE: sets $rows
  rows=$(numbers "$1" /trace/round | wc -l)
  [ "$rows" -gt 0 ] || return 1
  run whole.h5 $long --rounds=$((rows - 1)) || return 1
  for c in round f grad_norm_sq bits_up bits_down msgs_up msgs_down oracle_calls samples; do
    numbers "$1" /trace/$c > killed.txt
    numbers whole.h5 /trace/$c > whole.txt
    cmp -s killed.txt whole.txt || { echo "# $c differs"; return 1; }
  done
}

after_kill() {      # FILE WORDS
  if [ -e "$1" ]; then ok "$2: the file opens" opens "$1"; fi
  ok "... show folds the journal in" sh -c "timeout 20 '$LACONIC' show $1 > out"
  ok "... h5dump opens it" opens "$1"
  is "... it is not complete" "$(attribute "$1" /complete) $(attribute "$1" /reason)" "0 interrupted"
  ok "... its rows are the first rows of an uninterrupted run" rows_of_killed "$1"
  echo "# $rows rows"
}

times="0.15 0.4"
[ -n "${LACONIC_SLOW:-}" ] && times="0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8 0.9 1.1 1.3 1.5"
for t in $times; do
  "$LACONIC" run $long --rounds=4000000 -o k$t.h5 > out 2> err &
  pid=$!
  sleep $t
  for i in $(seq 100); do [ -s k$t.h5.journal ] && break; sleep 0.05; done
  sleep 0.1
  kill -9 $pid
  wait $pid 2> /dev/null
  after_kill k$t.h5 "killed after $t s"
done
refused "a killed run is not overwritten silently" "--force" -- "$LACONIC" run $long --rounds=3 -o k$t.h5
ok "... --force starts again" run k$t.h5 $long --rounds=3
is "... and ends" "$(attribute k$t.h5 /complete) $(numbers k$t.h5 /trace/round | wc -l)" "1 4"

timeout 60 "$MPIEXEC" -n 2 "$LACONIC" run $long --rounds=4000000 -o m.h5 > out 2> err &
pid=$!
for i in $(seq 200); do [ -s m.h5.journal ] && break; sleep 0.05; done
sleep 0.3
victims=($(ranks_of $pid))
if [ ${#victims[@]} -eq 2 ]; then
  kill -9 ${victims[1]}
  wait $pid
  status=$?
  [ $status -ne 0 ] && [ $status -ne 124 ]
  report $? "a rank is killed: mpiexec ends with $status"
  sleep 0.2
  for p in ${victims[@]}; do [ -d /proc/$p ] && kill -9 $p; done
  after_kill m.h5 "a rank is killed"
else
  kill $pid
  wait $pid 2> /dev/null
  skip "cannot see the ranks of mpiexec" "a rank is killed"
fi
finish
