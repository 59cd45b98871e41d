# lib.sh: what the shell tests share.  Each begins with:   . "${srcdir:-$(dirname "$0")/..}/tests/lib.sh"
# It leaves the test in an empty folder of its own, which is removed at the end.
# With an argument, tests/t-cli.sh PATTERN, everything runs, and what has PATTERN in its words is reported.
set -u
export LC_ALL=C
srcdir=$(cd "${srcdir:-$(dirname "$0")/..}" && pwd)
builddir=$(cd "${builddir:-.}" && pwd)
LACONIC=${LACONIC:-$builddir/laconic}
MPIEXEC=${MPIEXEC:-mpiexec.mpich}
# Open MPI: root starts more ranks than there are cores, and mpiexec adds no words to a sentence of laconic's.  MPICH does that unasked.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
export OMPI_MCA_orte_execute_quiet=1
export HWLOC_PLUGINS_PATH=/nonexistent HWLOC_COMPONENTS=-linuxio OMP_NUM_THREADS=1 LACONIC_OVERSUBSCRIBE=1
[ -x "$LACONIC" ] || { echo "Bail out! there is no $LACONIC; set LACONIC or builddir"; exit 99; }
work=$(mktemp -d) || exit 99
count=0 failed=0 pattern=${1:-}
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 99

skip_all() {      # REASON
  echo "1..0 # SKIP $1"
  exit 0
}

selected() { [ -z "$pattern" ] || [ "${1#*"$pattern"}" != "$1" ]; }      # WORDS

report() {      # STATUS WORDS
  selected "$2" || return 0
  count=$((count + 1))
  if [ "$1" -eq 0 ]; then echo "ok $count - $2"; else echo "not ok $count - $2"; failed=1; fi
}

ok() {      # WORDS COMMAND...
  local words=$1
  shift
  "$@"
  report $? "$words"
}

is() {      # WORDS HAVE WANT
  [ "$2" = "$3" ]
  report $? "$1"
  if [ "$2" != "$3" ] && selected "$1"; then printf '%s\n' "have $2" "want $3" | sed 's/^/# /'; fi
}

skip() {      # REASON WORDS
  selected "$2" || return 0
  count=$((count + 1))
  echo "ok $count - $2 # SKIP $1"
}

# TAP of laconic, numbered anew.
adopt() {      # FILE
  local line verdict words
  while IFS= read -r line; do
    case $line in
    'ok '* | 'not ok '*)
      verdict=${line%% - *} words=${line#* - }
      if [ "${words%' # SKIP '*}" != "$words" ]; then skip "${words##*' # SKIP '}" "${words%' # SKIP '*}"
      else report "$(case $verdict in not*) echo 1 ;; *) echo 0 ;; esac)" "$words"; fi ;;
    '#'*) echo "$line" ;;
    esac
  done < "$1"
}

finish() {
  if [ $count -eq 0 ]; then
    echo "Bail out! no test${pattern:+ has \"$pattern\" in its words}"
    exit 99
  fi
  echo "1..$count"
  exit $failed
}

# A process and all below it, and those of them that are laconic.  /proc knows both; ps is not in every minimal system.
family() {      # PID
  local child
  echo "$1"
  for child in $(cat /proc/"$1"/task/*/children 2> /dev/null); do family "$child"; done
}
ranks_of() {      # PID
  local pid
  family "$1" | while read -r pid; do [ "$(cat /proc/"$pid"/comm 2> /dev/null)" = "$(basename "$LACONIC")" ] && echo "$pid"; done
}

# Open MPI's mpiexec kills ranks a second after it sent them a signal: before a test of what they do in that time.  (It waits as long when
# a rank fails, so this is not for all tests.)
leave_time() { export OMPI_MCA_odls_base_sigkill_timeout=20; }

# laconic on so many ranks, never for longer than $patience seconds.
patience=120
on() {      # RANKS ARGUMENTS...
  local ranks=$1
  shift
  if [ "$ranks" -eq 1 ]; then timeout $patience "$LACONIC" "$@"; else timeout $patience "$MPIEXEC" -n "$ranks" "$LACONIC" "$@"; fi
}

# The digest of a run, or its one line of complaint.
digest() {      # RANKS OPTIONS...
  local ranks=$1
  shift
  on "$ranks" run "$@" -o digest.h5 --force > digest.out 2> digest.err
  sed -n 's/.* digest \([0-9a-f]*\)$/\1/p' digest.out
  sed "/^laconic: warning: [0-9]* ranks share/d" digest.err
}

# Runs of one experiment file: a start of several ranks takes longer than most of them.  Of two values of an option the later one wins.
section() {      # LABEL --KEY=VALUE...
  local label=$1 word
  local -A value=()
  shift
  for word; do
    word=${word#--}
    value[${word%%=*}]=${word#*=}
  done
  echo "[run $label]"
  for word in "${!value[@]}"; do echo "$word = ${value[$word]}"; done
}

# A run that must work: FILE and its options.  When it does not, no FILE of a run before is left to be taken for its own.
run() {      # FILE OPTIONS...
  local file=$1
  shift
  timeout 120 "$LACONIC" run "$@" -o "$file" --force > run.out 2> run.err && return
  rm -f "$file"
  sed 's/^/# /' run.err
  return 1
}

need_h5dump() { command -v h5dump > /dev/null || skip_all "no h5dump (Debian: hdf5-tools)"; }

# The numbers of a data set, one a line, all digits.
numbers() {      # FILE DATASET
  h5dump -A 0 -d "$2" -y -w 1 -m %.17g "$1" | sed -n '/DATA {/,/}/{/[{}]/d;s/[ ,]//g;p;}'
}

last() { numbers "$1" "$2" | tail -n 1; }      # FILE DATASET

# Are two lists of numbers the same within a relative tolerance (of the larger, and of the largest in the lists)?
close_to() {      # TOLERANCE FILE FILE
  paste "$2" "$3" | awk -v tolerance="$1" '
    function abs(x) { return x < 0 ? -x : x }
    NF != 2 { bad = 1 }
    { a[NR] = $1; b[NR] = $2; if (abs($1) > most) most = abs($1) }
    END {
      for (i = 1; i <= NR; i++) {
        size = abs(a[i]) > abs(b[i]) ? abs(a[i]) : abs(b[i])
        if (!(abs(a[i] - b[i]) <= tolerance * size + 1e-3 * tolerance * most)) { bad = 1; print "# row " i ": " a[i] " and " b[i]; break }
      }
      exit bad || NR == 0
    }'
}

same_numbers() {      # TOLERANCE FILE FILE DATASET
  numbers "$2" "$4" > same.a && numbers "$3" "$4" > same.b && close_to "$1" same.a same.b
}

names_of() { "$LACONIC" list --names "$1"; }      # KIND
