#!/bin/bash
# laconic cite: every plug-in and data set that names a paper has its entry, entries parse, and a file cites all that it used, once.
. "${srcdir:-$(dirname "$0")/..}/tests/lib.sh"
cite() {      # ARGUMENTS: exit status in $status
  timeout $patience "$LACONIC" cite "$@" > out 2> err
  status=$?
}
keys() { sed -nE 's/^@[a-z]+\{([^,]+),$/\1/p' "${1:-out}" | paste -s -d ' '; }

# Entries as BibTeX reads them, strictly: one a key, balanced braces, known fields, and those that their type needs.
cat > parse.awk <<'END'
function wrong(why) { print (key == "" ? "line " NR : key) ": " why; bad = 1 }
function count(text, mark) { return gsub(mark, "", text) }
/^%/ || /^$/ { if (inside) wrong("ends early"); next }
/^@[a-z]+[{][a-z0-9]+,$/ {
  type = key = $0; sub(/^@/, "", type); sub(/[{].*/, "", type); sub(/^.*[{]/, "", key); sub(/,$/, "", key)
  if (key in seen) wrong("twice")
  seen[key]; inside = 1; fields = " "; open = 0; entries++
  next
}
inside && /^}$/ {
  if (open) wrong("braces are not balanced")
  need = type == "article" ? "author title journal year volume" : type == "inproceedings" ? "author title booktitle year" \
    : type == "incollection" ? "author title booktitle publisher year" : type == "techreport" ? "author title institution year" : "title"
  n = split(need, field, " ")
  for (i = 1; i <= n; i++) if (!index(fields, " " field[i] " ")) wrong("has no " field[i])
  if (index(fields, " eprint ") && !index(fields, " archivePrefix ")) wrong("has a number and no archive")
  inside = 0
  next
}
!inside { wrong("is outside of an entry: " $0); next }
{
  if (!open) {
    if ($0 !~ /^  [a-zA-Z]+ = [{]/) wrong("has a line that begins no field: " $0)
    name = $1
    if (index(fields, " " name " ")) wrong("has two " name)
    if (index(" author title journal booktitle volume number pages year doi eprint archivePrefix series publisher editor institution" \
      " type howpublished note ", " " name " ") == 0) wrong("has a field " name)
    fields = fields name " "
  }
  open += count($0, "[{]") - count($0, "[}]")
  if (/[^ -~]/) wrong("has letters that BibTeX does not know")
  if (name == "year" && $0 !~ /[{][12][0-9][0-9][0-9][}],?$/) wrong("has a strange year")
  if (name == "eprint" && $0 !~ /[{][0-9][0-9][01][0-9][.][0-9][0-9][0-9][0-9][0-9]?[}],?$/) wrong("has a strange number")
  if (name == "doi" && $0 !~ /[{]10[.][0-9]+[/].*[}],?$/) wrong("has a strange doi")
  if (name == "pages" && $0 ~ /[0-9]-[0-9]/) wrong("has pages with one hyphen")
  if (name == "author" && /,[^}]*,[^}]*/ && $0 !~ / and /) wrong("has authors without and")
}
END { if (inside) wrong("does not end"); exit bad || !entries }
END

# ---- all of them ----

for kind in algorithms compressors problems generators splits datasets; do names_of $kind; done | sort -u > names
mapfile -t names < names
cite "${names[@]}" laconic
cp out all.bib
is "every name is known" "$status $(wc -l < err)" "0 0"
ok "entries parse, each once: $(keys all.bib | wc -w)" awk -f parse.awk all.bib
is "papers.bib has no entry that nothing names" "$(keys all.bib | tr ' ' '\n' | sort | paste -s -d ' ')" \
  "$({ keys "$srcdir/harness/registry/papers.bib"; echo laconic; } | tr ' ' '\n' | sort | paste -s -d ' ')"
# what help and the manifest name: arXiv:NUMBER, doi:DOI, bib:KEY
for name in "${names[@]}"; do timeout $patience "$LACONIC" help "$name" 2> /dev/null; done |
  cat - <(grep -v '^#' "$srcdir/datasets/MANIFEST") |
  grep -oE '(arXiv:[0-9.]+[0-9]|doi:[^[:space:];,]+|bib:[a-z0-9]+)' | sort -u > named
missing=$(while IFS=: read -r kind id; do
  case $kind in arXiv) line="  eprint = {$id}," ;; doi) line="  doi = {$id}" ;; bib) line="{$id," ;; esac
  grep -qF -- "$line" all.bib || echo "$kind:$id"
done < named)
is "every paper that a plug-in or data set names has an entry, $(wc -l < named) of them" "$missing" ""
silent=$(for name in "${names[@]}"; do
  timeout $patience "$LACONIC" help "$name" 2> /dev/null | grep -qE '(19|20)[0-9]{2}' && cite "$name" && ! keys | grep -q . && echo "$name"
done)
is "every plug-in with a year in its reference has an entry" "$silent" ""
is "laconic's entry has the title and the version of CITATION.cff" \
  "$("$LACONIC" cite | sed -nE 's/^  title = \{(.*)\},$/\1/p; s/^  note = \{Version ([0-9.]+),.*/\1/p' | paste -s -d '|')" \
  "$(sed -nE "s/^title: '(.*)'$/\1/p; s/^version: //p" "$srcdir/CITATION.cff" | paste -s -d '|')"

# ---- values from elsewhere ----

field() { sed -n "s/^  $1 = {\(.*\)},*$/\1/p" out; }
cite ef21
is "ef21: the paper" "$(field title)|$(field eprint)|$(field year)" \
  "{EF21}: A New, Simpler, Theoretically Better, and Practically Faster Error Feedback|2106.05203|2021"
cite scaffold
is "scaffold names two" "$(keys)" "karimireddy2020scaffold huang2024scafcom"
cite dcgd gd
is "two names, one paper" "$(keys)" "khirirat2018"
cite identity
is "without a paper: a comment" "$(cat out) $status" "% identity: no paper is named for it 0"
cite mushrooms mnist.t
is "data sets" "$(keys)" "chang2011libsvm lecun1998mnist mushroom1981"

# ---- files ----

cat > a.ini <<'END'
clients = 4
rounds = 5
[run EF21]
dataset = synthetic:rows=20,d=12
split = dirichlet
algorithm = ef21
up = {topk:k=3,topk:k=3+natural+ans,fedzip}
[run saddle]
problem = bilinear:half=4
algorithm = extragradient
END
used="laconic korpelevich1976 duda2013ans bonfield2022cram aji2017sparse stich2018sparsified horvath2019natural hsu2019dirichlet"
used="$used malekijoo2021fedzip richtarik2021ef21 beznosikov2022masha"
cite a.ini
is "an experiment file cites all that its runs use, each once" "$(keys)" "$used"
ok "... and parses" awk -f parse.awk out
run r.h5 --algorithm=ef21 --up=fedzip --dataset=synthetic:rows=20,d=12 --clients=4 --rounds=3
cite r.h5
is "a result, also names that stand for others" "$(keys)" \
  "laconic huffman1952 deutsch1996deflate han2016deep aji2017sparse stich2018sparsified malekijoo2021fedzip richtarik2021ef21"
mapfile -t every < <(find "$srcdir/reports" -name '*.ini' -exec grep -l '^\[run ' {} +)
cite "${every[@]}"
is "every experiment file of reports/" "$status $(wc -l < err)" "0 0"
if command -v bibtex > /dev/null; then
  { echo '\relax'; sed -nE 's/^@[a-z]+\{([^,]+),$/\\citation{\1}/p' all.bib; echo '\bibstyle{plain}'; echo '\bibdata{all}'; } > all.aux
  bibtex all > bibtex.out 2>&1
  is "bibtex takes all entries, warnings for want of a date or an author alone" \
    "$? $(grep -c '^Warning' bibtex.out) $(grep '^Warning' bibtex.out | grep -vcE 'empty (year|author)|to sort, need')" \
    "0 $(grep -c '^Warning' bibtex.out) 0"
  is "... and writes them" "$(grep -c '^.bibitem' all.bbl)" "$(keys all.bib | wc -w)"
else
  skip "no bibtex (Debian: texlive-binaries)" "bibtex takes all entries"
fi

# ---- a plug-in outside of the tree ----

if command -v "${CC:-cc}" > /dev/null && "$LACONIC" new compressor mine > /dev/null 2>&1 && [ -d mine ]; then
  outside() {      # LINES OF THE STRUCT: builds mine.so
    sed -E "s|^  .reference = .*|$1|" mine/mine.c > own.c
    ${CC:-cc} -shared -fPIC -ffp-contract=off -I"$builddir/harness" -I"$builddir/harness/contract" -I"$srcdir/harness" \
      -I"$srcdir/harness/contract" -I"$srcdir/harness/base" own.c -o mine.so > cc.out 2>&1 || sed 's/^/# /' cc.out
  }
  outside '  .reference = "Doe 2030, arXiv:3001.00001",\n  .bibtex = "@misc{doe2030,\\n  title = {Mine},\\n  year = {2030}\\n}",'
  cite --plugin=mine.so mine mine topk
  is "a plug-in outside of the tree brings its own entry" "$(keys)" "aji2017sparse stich2018sparsified doe2030"
  ok "... which parses" awk -f parse.awk out
  outside '  .reference = "Doe 2030, arXiv:3001.00001",'
  cite --plugin=mine.so mine
  is "... or is a comment" "$(cat out)" "% mine: Doe 2030, arXiv:3001.00001"
  outside '  .reference = "of ef21: arXiv:2106.05203",'
  cite --plugin=mine.so mine
  is "... or names a paper that laconic knows" "$(keys)" "richtarik2021ef21"
else
  skip "no compiler" "a plug-in outside of the tree brings its own entry"
fi

# ---- mistakes ----

refused() {      # WORDS-IN-THE-SENTENCE ARGUMENTS
  cite "${@:2}"
  is "refused: ${*:2}" "$status $(grep -c . err) $(grep -c -- "$1" err) $(wc -c < out)" "1 1 1 0"
}
refused "did you mean ef21" eff21
refused "did you mean mushrooms" mushroms
refused "did you mean laconic" laconik
refused "nothing is called 'qqqqqqqq'" qqqqqqqq
refused "nothere.ini" nothere.ini
refused "nothere.h5" nothere.h5
finish
