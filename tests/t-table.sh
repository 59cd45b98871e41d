#!/bin/bash
# laconic table: every result is a row, in every format; laconic show in its formats.
. "${srcdir:-$(dirname "$0")/..}/tests/lib.sh"
python=${PYTHON3:-python3}
export LACONIC
table() {      # ARGUMENTS: exit status in $status
  "$LACONIC" table "$@" > out 2> err
  status=$?
}
refused() {      # WORDS-IN-THE-SENTENCE ARGUMENTS
  table "${@:2}"
  is "refused: ${*:2}" "$status $(grep -c . err) $(grep -c -- "$1" err)" "1 1 1"
}

cat > a.ini << 'END'
dataset = synthetic:rows=20,d=12,hetero=1
clients = 4
rounds  = 40
best    = smallest last(grad_norm_sq)
[run EF21]
algorithm = ef21:gamma=theory*{1,8}
up   = topk:k={1,3}
seed = {1,2}
[run GD_50%]
algorithm = gd
[figure]
x = bits_up_per_client
END
"$LACONIC" run a.ini > run.out 2>&1

# ---- for people ----

table a.ini
is "a head and a row a run" "$status $(grep -c . out)" "0 10"
is "columns: options that differ, and how it went" "$(head -n 1 out | tr -s ' ')" \
  "label algorithm up seed rounds |grad f|^2 bits/client ended"
is "columns stand below each other" "$(awk '{ print index($0, $2) }' out | sort -u | wc -l)" 1
table results
is "a folder: the same runs without labels" "$(grep -c . out) $(head -n 1 out | awk '{ print $1 }')" "10 algorithm"
table a.ini --best
is "--best: a run for each method and seed" "$(awk 'NR > 1 { print $1 }' out | paste -s -d ' ')" "EF21 EF21 GD_50%"
is "... the one that the rule chooses" "$(awk '$1 == "EF21" { print $2, $3 }' out | sort -u)" "ef21:gamma=theory*8 topk:k=3"
table results/*.h5 --sort=-rounds
is "files one by one" "$(grep -c . out)" 10
table a.ini --markdown
is "Markdown: all lines have all cells" "$(sed 's/\\|//g' out | awk -F '|' '{ print NF }' | sort -u)" 10
is "... and no markup of their own" "$(grep -c 'GD\\_50% | gd' out)" 1
table a.ini --best --latex
is "LaTeX: all rows have all cells" "$(grep -E '&' out | sed 's/\\&//g' | awk -F '&' '{ print NF }' | sort -u)" 8
is "... and no commands of their own" "$(grep -c '^GD\\_50\\% &' out)" 1
is "... powers of ten as such" "$("$LACONIC" table a.ini --best | grep -c 'e-')" "$(grep -c 'cdot10^{-' out)"

# ---- for programs ----

table results --csv
cp out all.csv
table results --json
cp out all.json
ok "CSV and JSON say the same, and what the results say" "$python" - << 'END'
import csv, json, subprocess, os
rows, texts = json.load(open("all.json")), list(csv.DictReader(open("all.csv")))
assert len(rows) == len(texts) == 9
for row, text in zip(rows, texts):
    assert list(row) == list(text)
    for key, value in row.items():
        if value is None: assert text[key] == ""
        elif isinstance(value, str): assert text[key] == value, key
        else: assert float(text[key]) == value, key
    last = subprocess.run([os.environ.get("LACONIC", "laconic"), "show", "--json", row["file"]], capture_output=True, text=True).stdout
    for name, value in json.loads(last)[-1].items():
        assert row["last." + name] == value, name
    assert isinstance(row["digest"], str) and len(row["digest"]) == 16
    assert row["rounds"] == 40 and row["clients"] == 4
END
table a.ini --json --columns=label,seed,last.grad_norm_sq --sort=last.grad_norm_sq
ok "--columns and --sort" "$python" - << 'END'
import json
rows = json.load(open("out"))
assert [list(r) for r in rows] == [["label", "seed", "last.grad_norm_sq"]] * 9
values = [r["last.grad_norm_sq"] for r in rows]
assert values == sorted(values) and len(set(values)) == 9
END
table a.ini --csv --columns=label,seed '--metric=rounds_to(grad_norm_sq,1e-4)'
is "--metric: a column, infinite where the level is never reached" \
  "$(awk -F , 'NR > 1 { print ($NF == "inf" ? "never" : $NF > 0 && $NF < 41 ? "reached" : $NF) }' out | sort -u | paste -s -d ' ')" \
  "never reached"
"$LACONIC" show --csv results/*.h5 > show.csv 2> err
is "show --csv: every row" "$(grep -c '^[0-9]' show.csv)" $((9 * 41))
first=$(find results -name '*.h5' | head -n 1)
is "show begins with the run in a line" \
  "$("$LACONIC" show "$first" | sed -n 2p | grep -cE ': 40 rounds, \|grad f\|\^2 [0-9.e-]+, [0-9]+ bits/client$')" 1
"$LACONIC" bench compressors --seconds=0.01 --size=2000 -i gaussian -e topk -o results/bench.h5 > bench.out 2>&1
table results
is "measurements in the folder are no runs" "$status $(grep -c . out)" "0 10"

if command -v h5dump > /dev/null; then
  type_of() { h5dump -a "$1" "$first" | sed -n 's/^ *DATATYPE *\(H5T_[A-Z0-9_]*\).*/\1/p'; }      # ATTRIBUTE
  is "an integer, a real and a text of /config are such" \
    "$(type_of /config/clients) $(type_of /config/L) $(type_of /config/algorithm) $(type_of /digest)" \
    "H5T_STD_I64LE H5T_IEEE_F64LE H5T_STRING H5T_STRING"
  is "a column says its unit" "$(h5dump -a /trace/bits_up/unit "$first" | grep -c '"bit"')" 1
else
  skip "no h5dump (Debian: hdf5-tools)" "numbers are numbers"
fi

# ---- mistakes ----

refused "needs results"
refused "no column 'nothing'" a.ini --csv --columns=nothing
refused "twice" a.ini --columns=seed,seed
refused "no column 'nothing'" a.ini --sort=nothing
refused "REDUCTION" a.ini --metric=best
refused "no column" a.ini '--metric=last(nothing)'
refused "one experiment file" a.ini results
refused "experiment file only" results --seed=2
refused "nothere" nothere
mkdir empty
refused "no .h5 file" empty
finish
