#!/bin/bash
# Slurm, on a cluster of this one machine: srun, job arrays of laconic sbatch, runs that are preempted, warned and cancelled.  Needs root.
. "${srcdir:-$(dirname "$0")/..}/tests/lib.sh"
export LACONIC builddir srcdir MPIEXEC

# ---- the scripts, without a cluster ----

if [ -z "${T_SLURM_INSIDE:-}" ]; then
  printf 'problem = quadratic\nclients = 4\nrounds = 5\nup = topk:k={1,2,3,2,4}\n[run a]\n' > small.ini
  script() { "$LACONIC" sbatch "$@" 2> err; }      # OPTIONS...
  lines() { grep -c -x -F -- "$1" out; }           # LINE
  script small.ini --ranks=3 --per-task=3 --at-once=2 --time=1-2 --partition=low --warn=90 --sbatch=--account=physics \
    --rounds=7 "--x0=file:path=a b" --x0=zeros > out
  is "the shell reads a script" "$(bash -n out 2>&1)" ""
  for line in --array=0-1%2 --ntasks=3 --time=1-2 --partition=low --signal=TERM@90 --requeue --account=physics "--chdir=$PWD"; do
    is "a script has $line" "$(lines "#SBATCH $line")" 1
  done
  is "four runs that differ, of five" "$(sed -n 2p out | grep -c '^# small.ini, 4 runs:') $(grep -c 'TASK_ID/2"' out)" "1 1"
  is "options of runs are told to them" "$(grep -c -- " --rounds=7 --x0='file:path=a b' --x0=zeros$" out)" 1
  is "what is not asked for is not there" "$(script small.ini | grep -c -e '--time=' -e '--partition=' -e %)" 0
  "$LACONIC" run small.ini --array=1/2 > run.out
  is "runs with a result are left out" "$(script small.ini | grep -e '#SBATCH --array' -e 'TASK_ID/')" \
    "#SBATCH --array=0,2
$(script small.ini | grep 'TASK_ID/4"')"
  is "... and counted" "$(script small.ini | grep -c '^# 2 more had a result')" 1
  script small.ini -o 'a job' > out
  is "-o writes a file and says what to do with it" "$(cat out) $(head -n 1 'a job')" \
    "wrote a job, 2 runs in 2 tasks; submit it with: sbatch 'a job' #!/bin/bash"
  # reports/cluster/README.md shows a script, with folders of its own.
  sed -n '/^#!\/bin\/bash/,/^```/{/^```/d;p;}' "$srcdir/reports/cluster/README.md" > shown
  cp "$srcdir/reports/cluster/sweep.ini" .
  # shellcheck disable=SC2046
  "$LACONIC" $(sed -n 's/^laconic \(sbatch sweep.ini .*\)/\1/p' "$srcdir/reports/cluster/README.md" | head -n 1) > out
  sed -e "s|^  $(readlink -f "$LACONIC") run|  /usr/local/bin/laconic run|" -e "s|chdir=.*|chdir=/home/ada/sweep|" -e s/=pmix/=pmi2/ \
    sweep.sbatch > have
  is "the script of reports/cluster/README.md" "$(cat have)" "$(cat shown)"
  printf 'checkpoint = 7\nrounds = 1\n[run a]\n' > point.ini
  is "a checkpoint that the file has stays" "$(script point.ini | grep -c -e --checkpoint)" 0
  is "... unless another is asked for" "$(script point.ini --checkpoint=2h | grep -c -e ' --checkpoint=2h')" 2      # also in the head

  refused() {      # WORDS PATTERN OPTIONS...
    local words=$1 sentence=$2 status
    shift 2
    "$LACONIC" sbatch "$@" > out 2> err
    status=$?
    is "$words: $(cat err)" "$status $(wc -c < out) $(wc -l < err) $(grep -c -e "$sentence" err)" "1 0 1 1"
  }
  refused "no file" "needs an experiment file"
  refused "a time of another form" "^laconic: --time must be" small.ini --time=1h
  refused "a time with too many parts" "^laconic: --time must be" small.ini --time=1:2:3:4
  refused "a time that is over before a state is saved" "60 seconds of --warn" small.ini --time=1
  refused "no option of sbatch" "^laconic: --sbatch: 'account=a'" small.ini --sbatch=account=a
  refused "no rank" "^laconic: --ranks" small.ini --ranks=0
  refused "no checkpoint" "^laconic: --checkpoint must be" small.ini --checkpoint=never
  refused "a line break" "line break" small.ini "--sbatch=--comment=a
rm -rf /"
  refused "a run that cannot be" "\[run a\]: .*topk" small.ini --up=topk:k=100
  printf 'rounds = 1\n[run a]\n[figure]\ncolour = red\n' > figure.ini
  refused "a figure that cannot be" "colour" figure.ini
  "$LACONIC" run small.ini > run.out
  refused "no run is left" "all 4 results are there" small.ini

  # The cluster: daemons and ranks are below one process, init of their namespace, which dies with this one, however that ends.
  trap 'exit 1' TERM INT HUP
  missing() {
    [ "$(id -u)" -eq 0 ] || { echo "a cluster needs root"; return; }
    for program in munged slurmctld slurmd srun sbatch scancel ip unshare setpriv; do
      command -v $program > /dev/null || { echo "no $program (Debian: slurmctld, slurmd, slurm-client, munge, iproute2)"; return; }
    done
    unshare --pid --net --mount --fork true 2> err || echo "no namespaces here: $(cat err)"
  }
  reason=$(missing)
  if [ -n "$reason" ]; then
    skip "$reason" "a cluster of one machine"
    finish
  fi
  export T_SLURM_INSIDE=$count T_SLURM_FAILED=$failed TMPDIR=$work
  setpriv --pdeathsig KILL unshare --pid --net --mount --fork --kill-child --mount-proc bash "$srcdir/tests/t-slurm.sh" "$pattern" &
  wait $!
  exit $?
fi

# ---- the cluster ----

[ $$ -eq 1 ] || { echo "Bail out! this is no namespace"; exit 99; }
trap '{ kill -KILL -1; wait; } 2> /dev/null; rm -rf "$work"' EXIT      # -1: all of this namespace, and nothing else
trap 'exit 1' TERM INT HUP
count=$T_SLURM_INSIDE failed=$T_SLURM_FAILED
unset T_SLURM_INSIDE T_SLURM_FAILED
export PATH=$PATH:/usr/sbin:/sbin
place=$work/cluster here=$(hostname -s)
mkdir -p "$place/state" "$place/key"
chmod 755 "$work" "$place"
chmod 700 "$place/key"
head -c 128 /dev/urandom > "$place/key/key"
chmod 400 "$place/key/key"
export SLURM_CONF=$place/slurm.conf
# 16 CPUs, whatever there is.  In low, jobs make room for those in high.  A job that was requeued may start after cred_expire seconds.
cat > "$SLURM_CONF" <<END
ClusterName=one
SlurmctldHost=$here(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$place/socket,cred_expire=5
StateSaveLocation=$place/state
SlurmdSpoolDir=$place/spool
SlurmctldPidFile=$place/slurmctld.pid
SlurmdPidFile=$place/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0
KillWait=20
MinJobAge=86400
SlurmdParameters=config_overrides
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
NodeName=one NodeHostname=$here NodeAddr=127.0.0.1 CPUs=16 RealMemory=1000
PartitionName=high Nodes=one Default=YES PriorityTier=2 PreemptMode=OFF
PartitionName=low Nodes=one PriorityTier=1 PreemptMode=REQUEUE
END
# An address that is not of the loopback, or getaddrinfo finds none at all.
ip link set lo up && ip addr add 10.77.9.1/32 dev lo || skip_all "no loopback in a namespace"

until_true() {      # COMMAND...
  local i
  for i in $(seq 3000); do "$@" && return; sleep 0.1; done
  return 1
}
munged --foreground --force --key-file="$place/key/key" --socket="$place/socket" --pid-file="$place/munged.pid" \
  --log-file="$place/munged.log" --seed-file="$place/key/seed" > "$place/munged.out" 2>&1 &
until_true test -S "$place/socket"
slurmctld -D -c > "$place/slurmctld.log" 2>&1 &
slurmd -D -c -N one > "$place/slurmd.log" 2>&1 &
is_idle() { sinfo -h -o %T 2> /dev/null | grep -q idle; }
until_true is_idle
report $? "a cluster of one machine starts"
is_idle || { tail -n 3 "$place"/*.log | sed 's/^/# /'; finish; }

ended() { [ -z "$(squeue -h -j "$1" 2>&1)" ]; }      # JOB
states() { scontrol show job "$1" | sed -n 's/^ *JobState=\([A-Z]*\).*/\1/p' | sort | uniq -c | xargs; }      # JOB
restarts() { scontrol show job "$1" | sed -n 's/.*Restarts=\([0-9]*\).*/\1/p'; }      # JOB or JOB_TASK
# Of every result of an experiment file its name and digest.
results() {      # FOLDER
  local file
  for file in "$1"/*.h5; do echo "$(basename "$file") $("$LACONIC" show "$file" | sed -n 's/^ *digest  *//p')"; done
}

# How many of them are of a run that went on from a checkpoint.
resumed() { local file; for file in "$1"/*.h5; do "$LACONIC" show --all "$file"; done | grep -c resumed_after_round; }      # FOLDER

# ---- srun ----

printf 'rounds = 1\n[run a]\n' > mpi.ini
mpi=$("$LACONIC" sbatch mpi.ini | sed -n 's/^srun --mpi=\([a-z0-9]*\) .*/\1/p')
if ! srun --mpi=list 2>&1 | grep -q -w "$mpi"; then
  skip "this srun does not start ranks by $mpi" "srun"
  finish
fi
options="--problem=quadratic --clients=8 --rounds=20 --up=topk:k=2 --progress=no"
whole=$(digest 1 $options)
if command -v "$MPIEXEC" > /dev/null; then is "mpiexec" "$(digest 2 $options)" "$whole"; fi
for ranks in 2 4; do
  timeout 60 srun --mpi=$mpi -n $ranks "$LACONIC" run $options -o srun$ranks.h5 > out 2> err
  is "srun with $ranks ranks has the digest of one: $(cat err)" "$(sed -n 's/.* digest //p' out)" "$whole"
done

# ---- jobs, all at once ----

mkdir "a b's" && cd "a b's" || exit 99
printf 'problem = quadratic\nclients = 4\nrounds = 50\nup = topk:k={1,2,3,2}\n[run a]\n' > small.ini
# The long run last: its job has the number of the array.
long='problem = quadratic:d=100\nclients = 8\neval = 1000\nup = topk:k=2\n'
printf "$long"'[run short]\nrounds = 9\n[run long]\nrounds = 120000\n' > two.ini
sed 's/120000/1000000000/' two.ini > endless.ini      # one that is cancelled
printf "$long"'rounds = 60000\n[run one]\n' > one.ini
printf 'problem = quadratic\nrounds = 9\n[run setup]\n' > setup.ini
# In the place of laconic: the first time it ends as a rank does that gets SIGTERM before its first round.
printf '#!/bin/sh\n[ -n "$SLURM_RESTART_COUNT" ] || kill -TERM $$\nexec "$LACONIC" "$@"\n' > ends-early
chmod +x ends-early
submit() { local file=$1; shift; "$LACONIC" sbatch "$file" "$@" > "$file.sh" && sbatch --parsable "$file.sh"; }      # FILE OPTIONS...
# The ranks that write into a folder.  They are stopped at a known place, so that no test depends on the speed of the machine.
ranks_in() {      # FOLDER
  local process
  for process in /proc/[0-9]*; do
    [ "$(readlink "$process/exe")" = "$(readlink -f "$LACONIC")" ] && grep -q -z -x -e "--results=$1" "$process/cmdline" &&
      echo "${process#/proc/}"
  done
}
signal() { kill -s "$2" $(ranks_in "$1"); }      # FOLDER SIGNAL
has_state() { compgen -G "$1/*.checkpoint" > /dev/null; }      # FOLDER
hold() { until [ $SECONDS -ge 300 ] || has_state "$1"; do sleep 0.01; done; signal "$1" STOP; }      # FOLDER

cancelled=$(submit endless.ini --results=cancelled --checkpoint=5000)
warned=$(submit two.ini --results=warned --checkpoint=5000)
preempted=$(submit one.ini --ranks=2 --partition=low --results=preempted --checkpoint=2000 --sbatch=--cpus-per-task=4)
early=$("$LACONIC" sbatch setup.ini --results=early | sed "s|^  $(readlink -f "$LACONIC") run|  ./ends-early run|" | sbatch --parsable)
holds=
for folder in cancelled warned preempted; do
  hold $folder &
  holds="$holds $!"
done
wait $holds
scancel "$cancelled"
scancel --signal=TERM "${warned}_1"      # as at the end of its time: to its ranks alone
signal warned CONT
sbatch -n 9 -o high.out --wrap=true > high.id      # more CPUs than there are beside that of low priority, which Slurm makes go on
array=$(submit small.ini --ranks=2 --at-once=2)
pair=$(submit small.ini --per-task=2 --results=pair)
for file in small two one setup; do "$LACONIC" run $file.ini --results=whole.$file > out; done

until_true ended "$array"
is "an array: all tasks complete" "$(states "$array")" "3 COMPLETED"
is "... to the results of one command" "$(results results)" "$(results whole.small)"
until_true ended "$pair"
is "two runs a task" "$(states "$pair")" "2 COMPLETED"
is "... to the same results" "$(results pair)" "$(results whole.small)"

until_true ended "$warned"
is "a task that is warned is queued again" "$(restarts "${warned}_1") $(states "$warned")" "1 2 COMPLETED"
is "... alone" "$(restarts "${warned}_0")" 0
is "... goes on from its state" "$(resumed warned)" 1
is "... and ends as a run that nobody stopped" "$(results warned)" "$(results whole.two)"

until_true ended "$preempted"
is "a task is preempted and queued again" "$(restarts "${preempted}_0") $(states "$preempted")" "1 1 COMPLETED"
is "... goes on from its state" "$(resumed preempted)" 1
is "... and ends as a run that nobody stopped" "$(results preempted)" "$(results whole.one)"

until_true ended "$early"
is "a task that is ended before its first round is queued again" "$(restarts "${early}_0") $(states "$early")" "1 1 COMPLETED"
is "... and ends as a run that nobody stopped" "$(results early)" "$(results whole.setup)"

until_true ended "$cancelled"
is "a task that is cancelled is not queued again" "$(restarts "${cancelled}_1") $(states "${cancelled}_1")" "0 1 CANCELLED"

# Slurm looks at the clock every 30 seconds.
if [ -n "${LACONIC_SLOW:-}" ]; then
  timed=$(submit one.ini --time=1 --warn=50 --rounds=20000000 --results=timed)
  saved() { grep -q 'stopped as asked after .* by SIGTERM' "slurm-${timed}_0.out"; }
  until_true saved
  report $? "a task saves its state before its time is over"
  requeued() { [ "$(restarts "${timed}_0")" = 1 ]; }
  until_true requeued
  report $? "... and is queued again"
  scancel "$timed"
fi
[ $failed -eq 0 ] || head -n 50 slurm-*.out "$place"/slurm*.log | sed 's/^/# /'
finish
