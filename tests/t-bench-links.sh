#!/bin/bash
# laconic bench links: bytes of messages and on the wire by hand, columns that fit together, a corrupt byte is found, files that compare
# takes, what is refused.  No time is asserted.
. "${srcdir:-$(dirname "$0")/..}/tests/lib.sh"

links() {      # RANKS ARGUMENTS...: exit status in $status, table in out, complaint in err
  on "$1" bench links --iterations=3 --warm-up=1 "${@:2}" > out 2> all
  status=$?
  grep -v '^laconic: warning: .* ranks share' all > err
}
status_is() { is "$1" "$status" "$2"; }      # WORDS STATUS
# Fields of the CSV in out: the columns of a row, which begins with OP,EXCHANGE,CODEC.
column() { head -n 1 out | tr , '\n' | grep -nx "$1" | cut -d : -f 1; }      # NAME
field() {      # OP EXCHANGE CODEC COLUMN
  awk -F , -v row="\"$1\",\"$2\",\"$3\"" -v k="$(column "$4")" 'index($0, row ",") == 1 { print $k }' out
}

# ---- bytes by hand: 1000 doubles; a block on its way up has 32 bytes more (docs/exchanges.md) ----

sent() {      # OP EXCHANGE BYTES
  is "$1, $2, 3 ranks: bytes of messages, and on all links" \
    "$(field "$1" "$2" identity bytes_wire) $(field "$1" "$2" identity bytes_sent)" "$3"
}
operations=down,up,round,allgather,ring,up@tree:k=1,down@tree:k=1,up@tree:k=2,shards:s=2,down@shards:s=2
links 3 --sizes=8k --csv --operations=$operations,bcast,gather,mpi-allgather,allreduce
status_is "three ranks" 0
sent down star "8000 16000"
sent up star "24000 $((2 * 8032))"
sent round star "32000 $((16000 + 2 * 8032))"
sent round allgather "24000 $((2 * 3 * 8032))"
sent round ring "24000 $((2 * 3 * 8032))"
sent up tree:k=1 "24000 $(((1 + 2) * 8032))"
sent down tree:k=1 "8000 16000"
sent up tree:k=2 "24000 $((2 * 8032))"
# a piece has a word more; the third rank sends two of them, the two servers one, and each other three; down, half a message each
sent round shards:s=2 "32000 $((8 * (4 * 503 + 2 * 3 * 503) + 8000))"
sent down shards:s=2 "8000 8000"
sent bcast mpi "8000 "
sent gather mpi "24000 "
sent allgather mpi "24000 "
is "allreduce: a vector" "$(field allreduce mpi f64 bytes_wire)" 8000
is "a line an operation, in their order" "$(sed 1d out | cut -d , -f 1,2 | tr -d '"' | paste -s -d ' ')" \
  "down,star up,star round,star round,allgather round,ring up,tree:k=1 down,tree:k=1 up,tree:k=2 round,shards:s=2 down,shards:s=2 $(
  )bcast,mpi gather,mpi allgather,mpi allreduce,mpi"
all_of() { sed 1d out | cut -d , -f "$(column "$1")" | sort -u | paste -s -d ' '; }      # COLUMN
is "no rank has unpacked something else" "$(all_of wrong)" 0
is "so many ranks" "$(all_of ranks)" 3
is "so many repetitions" "$(all_of reps)" 3

# ---- columns fit together ----

# Bytes that pass the busiest link in one direction, over those of all messages.
fits=$(for name in t_min t_med t_max t_codec t_wire bytes_dense bytes_wire algbw busbw effbw; do printf '%s ' "$(column $name)"; done)
misfits() {
  sed 1d out | awk -F , -v fits="$fits" '
    function near(a, b) { return a > 0 && a - b < 1e-2 * a && b - a < 1e-2 * a }      # blocks have 32 bytes more
    BEGIN {
      split(fits, at, " ")
      f["down,star"] = 2; f["up,star"] = f["up,tree:k=1"] = f["up,tree:k=2"] = f["gather,mpi"] = f["allgather,mpi"] = 2 / 3
      f["round,star"] = 1; f["down,tree:k=1"] = f["bcast,mpi"] = 1; f["allreduce,mpi"] = 4 / 3; f["down,shards:s=2"] = 1 / 2
    }
    { gsub(/"/, ""); low = $at[1]; med = $at[2]; high = $at[3]; codec = $at[4]; wire = $at[5]; key = $1 "," $2
      if (!(0 < low && low <= med && med <= high && codec >= 0 && wire > 0)) print key ": times"
      if (!near($at[8] * wire, $at[7])) print key ": algbw"
      if (!near($at[10] * med, $at[6])) print key ": effbw"
      if (key in f && !near($at[9] * wire, f[key] * $at[7])) print key ": busbw" }'
}
is "rates are bytes over seconds" "$(misfits)" ""

links 2 --sizes=80:8k:10 --up=identity:value=f32/topk:k=20 --down=identity --operations=down,up,round,allreduce --csv
status_is "two ranks, three sizes, two compressors" 0
is "what packs no message of a compressor is measured once" "$(grep -c '^"down",\|^"allreduce",' out)" 6
is "half a double each" "$(field up star identity:value=f32 bytes_wire | paste -s -d ' ')" "80 800 8000"
is "up by one, down by the other" "$(field round star identity:value=f32/identity bytes_wire | paste -s -d ' ')" "160 1600 16000"
is "what cannot serve is left out" "$(grep -c 'k=20 is more than the d=10 coordinates' out)" 2
is "... the others are there" "$(field up star topk:k=20 wrong | paste -s -d ' ')" " 0 0"
links 2 --sizes=8Ki:32Ki:2 --operations=up --csv
is "sizes by powers of two" "$(field up star identity bytes_dense | paste -s -d ' ')" "16384 32768 65536"

# ---- text ----

links 2 --sizes=8k --operations=down,up@ring
columns=$(awk '/^operation/ { print NF }' out)
is "text: a column each" "$(awk '/^down |^up@ring / { gsub(/ (B|kB|MB|us|ms|s) /, " "); print NF }' out | sort -u)" "$columns"
ok "... and the average bus bandwidth" grep -qE '^average bus bandwidth: [0-9.]+ MB/s, of 2 lines$' out
links 2 --sizes=8k --operations=down,up --json
rows='import json; print(*[(r["op"], r["wrong"]) for r in json.load(open("out"))])'
is "JSON" "$("${PYTHON3:-python3}" -c "$rows")" "('down', 0) ('up', 0)"

# ---- files ----

links 3 --sizes=8k --operations=up,ring,bcast -o good.h5
ok "compare takes the file" grep -q '^no change' <("$LACONIC" compare good.h5 good.h5 2>&1)
links 3 --sizes=8k --operations=up,ring,bcast --up=identity -o nowhere/b.h5
status_is "a file that cannot be written" 1

# ---- a byte that changes on its way ----

cat > corrupt.c << 'END'
/* What rank 1 sends has another lowest bit of a double, in every long message. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
int MPI_Isend(const void *bytes, int count, void *type, int to, int tag, void *comm, void *request)
{
  int (*send)(const void *, int, void *, int, int, void *, void *) =
    (int (*)(const void *, int, void *, int, int, void *, void *))dlsym(RTLD_NEXT, "MPI_Isend");
  const char *rank = getenv("PMI_RANK") ? getenv("PMI_RANK") : getenv("OMPI_COMM_WORLD_RANK");
  if (rank && strcmp(rank, "1") == 0 && count >= 900)
    ((char *)bytes)[400] ^= 1;
  return send(bytes, count, type, to, tag, comm, request);
}
END
if ldd "$LACONIC" | grep -q libasan; then
  skip "sanitizers must be loaded first" "a corrupt byte"
elif command -v "${CC:-cc}" > /dev/null && ${CC:-cc} -shared -fPIC -w corrupt.c -o corrupt.so -ldl 2> cc.err; then
  export LD_PRELOAD=$PWD/corrupt.so
  links 3 --sizes=8k --operations=down,up,ring,up@tree:k=1 --csv -o bad.h5
  unset LD_PRELOAD
  status_is "a corrupt byte: the exit status" 1
  is "... in a message of rank 1 to rank 0" "$(field up star identity wrong)" 1
  is "... in messages that others pass on" "$(awk -v wrong="$(field round ring identity wrong)" 'BEGIN { print (wrong >= 2) }')" 1
  is "... a chain: that of rank 1, or the one that it passes on" "$(field up tree:k=1 identity wrong)" 1
  is "... and not where rank 1 sends nothing" "$(field down star identity wrong)" 0
  ok "... in a sentence" grep -qE '^laconic: bench links: on 1 of 3 ranks something else was unpacked than was sent, first by up with' err
  "$LACONIC" compare good.h5 bad.h5 > out 2>&1
  ok "... and compare finds it" grep -qE 'WORSE.* star up .*wrong' out
else
  skip "no compiler" "a corrupt byte"
fi

# ---- mistakes ----

links 1
is "one rank" "$(cat err)" "laconic: bench links measures messages between ranks; start two or more, as mpiexec -n 2 laconic bench links"
refused() {      # WORDS SENTENCE ARGUMENTS...
  links 2 "${@:3}"
  [ $status -eq 1 ] && [ ! -s out ] && [ "$(grep -c '^laconic: ' err)" -eq 1 ] && grep -q "^laconic: .*$2" err
  report $? "refused: $1"
  sed 's/^/# /' err
}
refused "an unknown operation" "there is no 'pingpong'; take down, up" --operations=up,pingpong
refused "an unknown exchange" "there is no 'up@rign'; take" --operations=up@rign
refused "an option out of its range" "k must be a whole number" --operations=tree:k=0
refused "a broadcast by an exchange" "there is no 'bcast@star'" --operations=bcast@star
refused "nothing goes down" "every rank is a server there, so nothing goes down; take up@ring" --operations=down@ring
refused "an empty word" "has an empty word" --operations=up,,down
refused "sizes that are none" "give MIN:MAX:FACTOR in bytes" --sizes=8x
refused "... three of which are given, and more" "give MIN:MAX:FACTOR in bytes" --sizes=8:80:10:2
refused "less than a number" "from 8 bytes" --sizes=7
refused "sizes that fall" "the smaller one first" --sizes=8k:80
refused "a size without end" "give MIN:MAX:FACTOR" --sizes=8:inf
refused "a size beyond memory" "to 1G" --sizes=8:2G
refused "a factor of one" "of at least 1.01" --sizes=8:80:1
refused "a baseline" "zstd packs no messages of a method" --up=zstd
refused "an unknown compressor" "there is no 'tpok'" --up=tpok
refused "two compressors down" "names 2 compressors; give one" --down=topk/randk
refused "no repetition" "iterations must be" --iterations=0
refused "cold connections" "warm-up must be" --warm-up=0
refused "an argument" "takes options alone, not 'up'" up
finish
