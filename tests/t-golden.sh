#!/bin/bash
# Trajectories as they were: every number of tests/golden/*.tsv to a relative 1e-9 (another CPU may differ in the last bits).
. "${srcdir:-$(dirname "$0")/..}/tests/lib.sh"
need_h5dump
golden=$srcdir/tests/golden

# Same heads and shape, counts equal, reals close: relative to the larger, or a thousandth of that to the largest of the column.
same_table() {      # WANT HAVE
  paste -d '\t' "$1" "$2" | awk -F '\t' '
    function abs(x) { return x < 0 ? -x : x }
    function bad(why) { if (!failed) print "# row " NR - 1 ": " why; failed = 1 }
    NF % 2 { bad("not the same number of columns") }
    { n = NF / 2 }
    NR == 1 { for (k = 1; k <= n; k++) { name[k] = $k; if ($k != $(n + k)) bad($(n + k) " instead of " $k) } next }
    {
      for (k = 1; k <= n; k++) {
        real = name[k] ~ /^(f|grad_norm_sq|f_gap|dist_sq)$/
        if (abs($k) > most[k]) most[k] = abs($k)
        size = abs($k) > abs($(n + k)) ? abs($k) : abs($(n + k))
        if ($k == "" || $(n + k) == "" || (real ? abs($k - $(n + k)) > 1e-9 * size + 1e-12 * most[k] : $k != $(n + k)))
          bad(name[k] " is " $(n + k) ", was " $k)
      }
    }
    END { exit failed || NR < 5 }'
}

names=$(sed -n 's/^\([a-z0-9-]*\) .*/\1/p' "$golden/RUNS")
for name in $names; do
  bash "$golden/trace" "$name" "$LACONIC" > have.tsv 2> err
  same_table "$golden/$name.tsv" have.tsv
  report $? "$name: $(awk -F '\t' 'NR > 1 { n += NF } END { print n + 0 }' have.tsv) numbers as they were, to a relative 1e-9"
  sed 's/^/# /' err
done
is "every golden file has its run" "$(cd "$golden" && ls -- *.tsv | sed 's/\.tsv$//' | sort | paste -s)" \
  "$(printf '%s\n' $names | sort | paste -s)"
is "none is long" "$(for f in "$golden"/*.tsv; do awk -v f="$f" 'END { if (NR > 31) print f }' "$f"; done)" ""
finish
