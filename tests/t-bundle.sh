#!/bin/bash
# laconic bundle: an experiment as one file, judged elsewhere as here; the same bytes from the same files; hostile archives are refused in a
# sentence and leave no file.
. "${srcdir:-$(dirname "$0")/..}/tests/lib.sh"
python=${PYTHON3:-python3}
call() {      # COMMAND...: exit status in $status
  timeout $patience "$LACONIC" "$@" > out 2> err
  status=$?
}
mkdir here there && cd here || exit 99
cat > fig.ini << 'END'
dataset = synthetic:rows=20,d=12,hetero=1
clients = 4
rounds  = 60
[run EF21]
algorithm = ef21:gamma=theory*{1,8}
up = topk:k=1
[run GD]
algorithm = gd
[run again]
algorithm = gd
[figure]
x = bits_up_per_client
END
cat > fig.claims << 'END'
[claim larger-steps]
says = a larger step is faster
source = nobody
left = last(grad_norm_sq) of label=EF21, factor=8
relation = <
right = last(grad_norm_sq) of label=EF21, factor=1
[claim wrong]
says = EF21 is exact
source = nobody
left = last(grad_norm_sq) of label=EF21, factor=1
relation = <
right = 1e-300
END
call bundle fig.ini
is "without results: what to do" "$status $(grep -c 'run it first: laconic run' err) $(find . -name '*.tar.gz' | wc -l)" "1 1 0"
timeout $patience "$LACONIC" run fig.ini > run.out 2>&1
call claims fig.ini
cp out claims.want; cp figures/fig.verdicts verdicts.want
call bundle fig.ini
is "a bundle" "$status $(grep -c '^wrote fig.tar.gz' out)" "0 1"
tar -tzf fig.tar.gz > names
is "it has the experiment, its claims, results once each, verdicts, sums" \
  "$(grep -vE '^results/[0-9a-f]{16}[.]h5$' names | paste -s -d ' ')" \
  "MANIFEST README SHA256SUMS fig.claims fig.ini figures/fig.verdicts figures/fig.verdicts.md"
is "... three results of four runs" "$(grep -c '^results/' names)" 3
is "... sorted" "$(LC_ALL=C sort names | cmp - names && echo yes)" yes
mkdir unpacked && tar -xzf fig.tar.gz -C unpacked
is "sha256sum checks it" "$(cd unpacked && sha256sum -c SHA256SUMS 2>&1 | grep -vc ': OK$')" 0
is "results are those of the folder" "$(diff -r results unpacked/results && echo same)" same
is "the manifest has a line a run, and the data" \
  "$(grep -c '^run[[:space:]]' unpacked/MANIFEST) $(grep -c '^data[[:space:]]' unpacked/MANIFEST)" "4 1"
mkdir text && printf 'to be or not to be, that is the question%.0s ' {1..60} > text/a.txt
cat > lm.ini << 'END'
problem = lm:width=4,depth=1,heads=1,context=4,block=64
dataset = text
rounds  = 2
clients = 2
[run DP]
algorithm = dpadamw:lr=0.01
[figure]
x = round
y = test_loss
END
timeout $patience "$LACONIC" run lm.ini > run.out 2>&1
call bundle lm.ini
is "a text whose held-out windows are its own is named once" \
  "$status $(tar -xOzf lm.tar.gz MANIFEST | grep -c '^data[[:space:]]')" "0 1"
cp fig.tar.gz first.tar.gz
sleep 1; touch fig.ini results/*; call bundle fig.ini -o again.tar.gz
is "the same files, the same bytes" "$(cmp first.tar.gz again.tar.gz && echo same)" same

# ---- elsewhere: no experiment file, no results, no data ----

cp first.tar.gz ../there/fig.tar.gz; cp claims.want verdicts.want ../there; cd ../there || exit 99
unset LACONIC_DATA
call claims fig.tar.gz
is "the verdicts elsewhere" "$status $(diff verdicts.want figures/fig.verdicts && echo same)" "0 same"
is "... as they are printed" "$(cmp out claims.want && echo same)" same
call claims fig.tar.gz --strict
is "... strictly: one claim fails" $status 1
call table fig.tar.gz --csv --columns=label,digest
is "table reads it" "$status $(grep -c . out)" "0 5"
if command -v gnuplot > /dev/null; then
  call plot fig.tar.gz --formats=svg
  is "plot reads it" "$status $(test -s figures/fig.svg && echo drawn)" "0 drawn"
else
  skip "no gnuplot" "plot reads it"
fi
is "nothing was unpacked" "$(find . -name '*.h5' -o -name '*.ini' | wc -l)" 0
call claims fig.tar.gz --rounds=5
is "its settings are its own" "$status $(grep -c 'leave rounds out' err)" "1 1"
call bundle fig.tar.gz
is "a bundle of a bundle" "$status $(grep -c 'is a bundle already' err)" "1 1"
call bundle fig.ini -o fig.zip
is "the name of a bundle" "$status $(grep -c 'NAME.tar.gz' err)" "1 1"
if command -v "$MPIEXEC" > /dev/null; then
  timeout $patience "$MPIEXEC" -n 2 "$LACONIC" claims fig.tar.gz > two.out 2> two.err
  is "on two ranks, printed once" "$? $(cmp two.out claims.want && echo same)" "0 same"
else
  skip "no $MPIEXEC" "on two ranks"
fi
cp ../here/fig.tar.gz full.tar.gz
cd ../here || exit 99
call bundle fig.ini -o nowhere/fig.tar.gz
is "a place that cannot be written" "$status $(grep -c . err) $(grep -c -- --output err)" "1 1 1"
cd ../there || exit 99

# ---- settings of the command line that packed it; data that are not there ----

cd ../here || exit 99
sed 's/^dataset.*/dataset = {synthetic:rows=20\\,d=12,a1a}\nmissing = skip/; /again/,/^alg/d' fig.ini > skip.ini
cp fig.claims skip.claims
env -u LACONIC_DATA timeout $patience "$LACONIC" run skip.ini --rounds=7 > run.out 2>&1
unset LACONIC_DATA
call bundle skip.ini --rounds=7
cp skip.tar.gz ../there; cd ../there || exit 99
call table skip.tar.gz --csv --columns=label,rounds
is "settings and missing data come along" "$status $(grep -c ',7$' out)" "0 3"

# ---- hostile archives ----

command -v "$python" > /dev/null || { skip "no python3" "hostile archives"; finish; }
mkdir bad
cat > make.py << 'END'
import gzip, hashlib, io, random, tarfile
whole = open("full.tar.gz", "rb").read()
plain = gzip.decompress(whole)
files = {m.name: tarfile.open(fileobj=io.BytesIO(plain)).extractfile(m).read() for m in tarfile.open(fileobj=io.BytesIO(plain))}

def pack(items, sums=True, form=tarfile.USTAR_FORMAT):
    items = dict(items)
    if sums:
        names = sorted(k for k in items if k != "SHA256SUMS")
        items["SHA256SUMS"] = "".join("%s  %s\n" % (hashlib.sha256(items[k]).hexdigest(), k) for k in names).encode()
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as tar:
        for name, data in items.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return out.getvalue()

def put(name, tar, packed=True):
    open("bad/%s.tar.gz" % name, "wb").write(gzip.compress(tar, mtime=0) if packed else tar)

def special(name, kind, link=""):
    out = io.BytesIO(plain[:0])
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        member = tarfile.TarInfo(name)
        member.type, member.linkname = kind, link
        tar.addfile(member)
    return out.getvalue()[:512] + plain

def without(name):
    return {k: v for k, v in files.items() if k != name}

h5 = next(k for k in files if k.startswith("results/"))
put("repacked-good", pack(files))
for word, name in (("parent", "../evil"), ("middle", "results/../../evil"), ("absolute", "/tmp/laconic-evil"), ("hidden", ".evil"),
                   ("double", "results//evil"), ("control", "evil\x1b[2J"), ("backslash", "..\\evil")):
    put("name-" + word, pack({**files, name: b"x"}))
put("symlink", special("results/link", tarfile.SYMTYPE, "/etc/passwd"))
put("hardlink", special("results/link", tarfile.LNKTYPE, "fig.ini"))
put("folder", special("results", tarfile.DIRTYPE))
put("device", special("null", tarfile.CHRTYPE))
put("fifo", special("fifo", tarfile.FIFOTYPE))
put("longname", pack({**files, "x" * 300: b"x"}, form=tarfile.GNU_FORMAT))
put("twice", pack(files)[:512 * (1 + (len(next(iter(files.values()))) + 511) // 512)] + pack(files))
put("cut", plain[:len(plain) // 2])
put("cut-in-end", plain[:-1024])
put("behind", plain + b"more" + bytes(508))
open("bad/cut-packed.tar.gz", "wb").write(whole[:len(whole) // 2])
open("bad/empty.tar.gz", "wb").write(b"")
open("bad/text.tar.gz", "wb").write(b"hello")
open("bad/more.tar.gz", "wb").write(whole + b"more")
put("not-a-tar", b"hello" * 1000)
put("only-zeros", bytes(10240))
big = bytearray(special("huge", tarfile.REGTYPE)[:512])
big[124:136] = b"77777777777\0"
big[148:156] = b" " * 8
big[148:156] = b"%06o\0 " % sum(big)
put("huge-entry", bytes(big) + plain)
big[124:136] = b"\x80" + b"\xff" * 11
big[148:156] = b" " * 8
big[148:156] = b"%06o\0 " % sum(big)
put("huge-binary", bytes(big) + plain)
put("bomb", bytes(600 << 20))
for name in ("MANIFEST", "SHA256SUMS", "fig.ini", h5):
    put("without-" + name.replace("/", "-"), pack(without(name), sums=name != "SHA256SUMS"))
put("wrong-hash", pack({**files, "fig.claims": files["fig.claims"].replace(b"1e-300", b"1e+300")}, sums=False))
put("unlisted", pack({**files, "more": b"x"}, sums=False))
put("damaged-result", pack({**files, h5: files[h5][:-100] + bytes(100)}))
put("text-result", pack({**files, h5: b"hello"}))
put("mixed-up", pack({**files, "MANIFEST": files["MANIFEST"].replace(b"run\t0", b"run\t9")}))
lines = files["MANIFEST"].decode().split("\n")
runs = [k for k, line in enumerate(lines) if line.startswith("run\t")]
swapped = list(lines)
one, two = swapped[runs[0]].split("\t"), swapped[runs[1]].split("\t")
swapped[runs[0]], swapped[runs[1]] = "\t".join(one[:3] + two[3:]), "\t".join(two[:3] + one[3:])
put("swapped", pack({**files, "MANIFEST": "\n".join(swapped).encode()}))
put("fewer-runs", pack({**files, "MANIFEST": "\n".join(line for k, line in enumerate(lines) if k != runs[-1]).encode()}))
put("other-format", pack({**files, "MANIFEST": files["MANIFEST"].replace(b"laconic-bundle\t1", b"laconic-bundle\t2")}))
put("zeros-in-manifest", pack({**files, "MANIFEST": files["MANIFEST"] + b"\0run"}))
put("bad-ini", pack({**files, "fig.ini": b"[nothing]\nx = 1\n"}))
random.seed(2)
for k in range(40):      # damage as a disk makes it, and behind gzip's checksum as somebody may
    at = random.randrange(len(whole))
    open("bad/flip-%d.tar.gz" % k, "wb").write(whole[:at] + bytes([whole[at] ^ 1 << random.randrange(8)]) + whole[at + 1:])
    tar = bytearray(plain)
    for _ in range(1 + k % 3):
        tar[random.choice([random.randrange(len(tar)), random.randrange(512)])] = random.randrange(256)      # half of them in a header
    put("behind-gzip-%d" % k, bytes(tar))
END
"$python" make.py
report $? "hostile archives are made"
call claims bad/repacked-good.tar.gz
is "repacked by tar in another way: taken" "$status $(grep -c FAILS out)" "0 1"
rm bad/repacked-good.tar.gz
crashed="" silent="" taken="" left=""
find . > "$work/before"
for bad in bad/*.tar.gz; do
  (ldd "$LACONIC" | grep -q libasan || ulimit -v 6000000; timeout 60 "$LACONIC" claims "$bad" --out=no > out 2> err)
  status=$?
  case $status:$(grep -c . err) in
  1:1) ;;
  0:*) diff <(grep -v ^wrote out) <(grep -v ^wrote claims.want) > /dev/null || taken="$taken $bad" ;;      # bytes that mean nothing
  1:*) silent="$silent $bad" ;;
  *) crashed="$crashed $bad($status)" ;;
  esac
  case $bad in bad/behind-gzip* | bad/flip*) ;; *) [ $status -eq 1 ] || taken="$taken $bad" ;; esac
  LC_ALL=C grep -q '[[:cntrl:]]' err && silent="$silent $bad"
  rm -rf no
done
is "none crashes or hangs, of $(find bad -name '*.gz' | wc -l)" "$crashed" ""
is "each is refused in one sentence" "$silent" ""
is "none is taken, but with the verdicts of the true one" "$taken" ""
find . > "$work/after"
is "nothing is left" "$(diff "$work/before" "$work/after"; find /tmp/laconic-evil ../evil ../../evil 2> /dev/null)" ""
why() { timeout 60 "$LACONIC" claims "bad/$1.tar.gz" 2>&1 | head -n 1; }
for pair in "name-parent:no plain name" "symlink:link, a folder or a device" "cut-packed:cut short" "wrong-hash:SHA-256 differs" \
  "huge-entry:larger than what is there" "bomb:unpacks to more than" "swapped:configuration of .run EF21" "unlisted:SHA256SUMS names" \
  "damaged-result:not a whole file\|checksum is wrong" "fewer-runs:MANIFEST has 3 runs" "text:not packed with gzip" "twice:there twice"; do
  is "${pair%%:*}: ${pair#*:}" "$(why "${pair%%:*}" | grep -c "${pair#*:}")" 1
done
finish
