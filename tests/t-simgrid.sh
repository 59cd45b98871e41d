#!/bin/bash
# laconic on the simulated ranks of SimGrid: the digest of one real rank, seconds that can be told by hand, mistakes in one sentence.  More
# ranks with LACONIC_SLOW.  Skips what SimGrid or laconic-smpi is needed for where they are not there.
. "${srcdir:-$(dirname "$0")/..}/tests/lib.sh"
export LACONIC_SMPI=${LACONIC_SMPI:-$builddir/laconic-smpi}

simulate() { timeout -s KILL 300 "$srcdir/tools/simulate" "$@"; }
refuses() {      # WORDS SENTENCE OPTION...
  local words=$1 want=$2 have
  shift 2
  have=$(simulate "$@" 2>&1) && have="$have, exit status 0"
  is "$words" "$have" "simulate: $want"
}
net=--network=100Mbit/s,20ms

command -v smpirun > /dev/null || { simulate --hosts=2 $net run 2>&1 | grep -q 'install it (Debian: libsimgrid-dev)' &&
  skip_all "no smpirun (Debian: libsimgrid-dev)"; }
[ -f "$LACONIC_SMPI" ] || skip_all "no $LACONIC_SMPI; configure --with-simgrid"
need_h5dump

# ---- digests ----

same() {      # WORDS RANKS OPTIONS...
  local words=$1 ranks=$2 want
  shift 2
  want=$(digest 1 "$@")
  ok "$words: one real rank" grep -qx '[0-9a-f]*' <<< "$want"
  simulate --hosts="$ranks" $net run "$@" -o r.h5 --force > out 2> err
  is "$words: on $ranks simulated ranks the digest of one real rank" \
    "$(sed -n 's/.* digest \([0-9a-f]*\)$/\1/p' out)$(cat err)" "$want"
}
star="--algorithm=ef21 --up=topk --rounds=10"
late="--problem=mlp:hidden=4 --dataset=synthetic:d=6,classes=3,rows=8 --x0=glorot --algorithm=diloco:H=4,fragments=2,tau=2 --up=fp4
  --rounds=24 --eval=8"
same star 4 $star --clients=9
same "late messages" 4 $late --clients=5
if [ -n "${LACONIC_SLOW:-}" ]; then
  for ranks in 8 64; do
    same star $ranks $star --clients=$ranks
    same "late messages" $ranks $late --clients=$ranks
  done
else skip "LACONIC_SLOW is not set" "8 and 64 simulated ranks"; fi

# ---- the result says what it is ----

attribute() { h5dump -a "$2" "$1" | sed -n 's/^ *(0): "\{0,1\}\([^"]*\)"\{0,1\}$/\1/p'; }      # FILE ATTRIBUTE
total() {      # ROUNDS OPTION... ; the options of run in $run
  local rounds=$1
  shift
  simulate "$@" run $run --rounds="$rounds" --eval=100 -o t.h5 --force > out 2> err || sed 's/^/# /' err
  attribute t.h5 /timing/total
}
# What happens before and after the rounds is in both.
per_round() { awk -v a="$(total 2 "$@")" -v b="$(total 6 "$@")" 'BEGIN { printf "%.12g", (b - a) / 4 }'; }
near() { awk -v a="$1" -v b="$2" -v e="$3" 'BEGIN { exit !(a - b < e && b - a < e) }'; }      # A B ERROR

run="--problem=quadratic:d=10000 --clients=2 --algorithm=ef21:gamma=0.001 --up=identity"
wide=$(per_round --hosts=2 --network=100Mbit/s,0ms)
is "/environment says what was simulated" "$(attribute t.h5 /environment/simulated)" "2 hosts, 100Mbit/s,0ms, cm02"
bits=640000
ok "a message of m bits takes m/B seconds down and up ($wide s)" near "$wide" "$(awk "BEGIN { print 2 * $bits / 100e6 }")" 1e-4
slow=$(per_round --hosts=2 --network=10Mbit/s,0ms)
ok "... ten times as long at a tenth of the rate ($slow s)" near "$slow" "$(awk "BEGIN { print 10 * $wide }")" 1e-6
far=$(per_round --hosts=2 --network=100Mbit/s,10ms) farther=$(per_round --hosts=2 --network=100Mbit/s,30ms)
ok "latency adds what it is, and three times it three times that" \
  near "$(awk "BEGIN { print $farther - $wide }")" "$(awk "BEGIN { print 3 * ($far - $wide) }")" 1e-6
steps=$(awk "BEGIN { print ($far - $wide) / 0.01 }")
ok "... in whole steps ($steps)" near "$steps" "$(awk "BEGIN { print int($steps + 0.5) }")" 1e-4
ok "... 2 at least" awk "BEGIN { exit !($steps > 1.9) }"
busy=$(per_round --hosts=2 --network=100Mbit/s,0ms --compute=0.25)
ok "a gradient takes --compute=0.25 ($busy s)" near "$(awk "BEGIN { print $busy - $wide }")" 0.25 1e-9
is "... and is oracle time" "$(attribute t.h5 /timing/oracle)" "$(awk "BEGIN { print 0.25 * 6 }")"

# ---- a platform of one's own ----

cat > two.xml <<'END'
<?xml version='1.0'?>
<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">
<platform version="4.1"><zone id="all" routing="Full"><host id="left" speed="1Gf"/><host id="right" speed="500Mf"/>
<link id="wire" bandwidth="100Mbps" latency="0s" sharing_policy="SPLITDUPLEX"/>
<route src="left" dst="right"><link_ctn id="wire" direction="UP"/></route></zone></platform>
END
own=$(per_round --platform=two.xml --compute=0.25)
ok "a host of half the speed computes twice as long ($own s)" near "$own" "$(awk "BEGIN { print $wide + 0.5 }")" 1e-4
is "... and the result names the file" "$(attribute t.h5 /environment/simulated)" "two.xml, cm02, 0.25 s a gradient"

# ---- what cannot be ----

refuses "more ranks than hosts" "3 ranks are more than 2 hosts; a rank needs a host of its own" --platform=two.xml --ranks=3 run
refuses "no network" "a network is needed: --network=100Mbit/s,20ms, or --platform=FILE.xml" --hosts=2 run
refuses "negative latency" "--network: latency: -1ms must be 0 or more" --hosts=2 --network=1Mbit/s,-1ms run
units=$(simulate --hosts=2 --network=1Mbps run 2>&1)
is "units that do not exist" "${units%one of*}" "simulate: --network: rate: '1Mbps' is no number with "
refuses "negative seconds" "--compute=-1 is no number of seconds from 0 on, such as 0.05" --hosts=2 $net --compute=-1 run
refuses "hosts that are no number" "--hosts=two is no whole number from 1 to 999999" --hosts=two $net run
refuses "no command" "a command is needed, such as run --algorithm=ef21 --up=topk; see tools/simulate --help" --hosts=2 $net
refuses "another command" "only run is simulated, not 'plot'" --hosts=2 $net plot
refuses "an option that does not exist" "there is no option --host=2, or it lacks its value; see tools/simulate --help" --host=2 $net run
refuses "a model that does not exist" "there is no model 'ns3'; take cm02 or smpi" --hosts=2 $net --model=ns3 run
sed 's/500Mf/fast/' two.xml > bad.xml
refuses "a platform that SimGrid refuses" "SimGrid ends without a run on bad.xml: Parse error at bad.xml:3: cannot parse number:fast" \
  --platform=bad.xml run
sed '/<route/,$d' two.xml > bad.xml && echo '</zone></platform>' >> bad.xml
refused=$(simulate --platform=bad.xml run --clients=2 --rounds=1 -o x.h5 2>&1)
is "hosts without a way between them" "${refused%%connecting*}" \
  "simulate: SimGrid ends without a run on bad.xml: You're trying to send data from right to left but there is no "
LACONIC_SMPI=nowhere refuses "a program that is not there" "LACONIC_SMPI=nowhere: there is no such file" --hosts=2 $net run
simulate --hosts=2 $net run --clients=0 > out 2> err
is "a mistake of the run ends as it does elsewhere" "$? $(cut -c 1-18 err)" "1 laconic: --clients"
simulate --hosts=2 $net --compute=0.1 run --clients=2 --rounds=30 --checkpoint=1s -o c.h5 > out 2> err
grep -q 'cannot write from several ranks; leave out --checkpoint' err
report $? "a checkpoint that several ranks cannot write is a sentence"
finish
