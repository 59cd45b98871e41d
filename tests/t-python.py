#!/usr/bin/python3
"""tools/python/laconic.py: frames hold what `laconic table --json` and `laconic show --json` print, and files that are damaged, no results
or of unfinished runs are refused in one sentence.  TAP."""
import json, os, random, struct, subprocess, sys
sys.dont_write_bytecode = True
import truth
from truth import laconic as program, ok

try:
    import pandas as pd
except ImportError:
    truth.skip_all("no python3-pandas")
import h5py
import numpy as np
home = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools", "python")
sys.path.insert(0, home)
import laconic

os.chdir(truth.folder.name)

def call(*words):
    return subprocess.run([program, *words], capture_output=True, text=True)

with open("a.ini", "w") as f:
    f.write("""clients = 4
rounds = 40
[run EF21]
dataset = synthetic:rows=20,d=12,hetero=1
algorithm = ef21:gamma=theory*{1,8}
up = topk:k={1,3}
seed = {1,2}
[run saddle]
problem = bilinear:half=4
algorithm = extragradient
optimum = none
[run MLP]
problem = mlp:hidden=3
dataset = synthetic:rows=20,d=12
x0 = glorot
algorithm = gd:gamma=0.1
""")
made = call("run", "a.ini")
ok(made.returncode == 0, "an experiment runs " + made.stderr.strip())
runs, rows = laconic.frame("results/"), laconic.traces("results/")

# ---- the same as laconic prints ----

def same(value, told):
    """A cell of a frame, and what JSON says: null for what is missing, texts of infinite numbers."""
    if told is None:
        return value is None or value is pd.NA or value != value
    return float(value) == float(told) if isinstance(told, (int, float)) or told in ("inf", "-inf") else value == told

table = json.loads(call("table", "results", "--json").stdout)
ok(len(table) == len(runs) == 10, "a row a run")
names = {name for row in table for name in row} - {"complete", "problem_files"}      # texts that look like numbers
differ = [(name, row["file"]) for k, row in enumerate(table) for name in names if not same(runs[name].iloc[k], row.get(name))]
ok(not differ, "%d columns are those of laconic table --json %s" % (len(names), differ[:3]))
ok(set(runs.columns) >= names and set(runs.columns) - names <= {"problem_files"}, "... and there are no others")

shown = [dict(row, file=file) for file in runs["file"] for row in json.loads(call("show", "--json", file).stdout)]
names = {name for row in shown for name in row}
ok(len(rows) == len(shown) and set(rows.columns) == names, "traces have the rows and columns of laconic show --json")
differ = [(name, k) for name in names for k, row in enumerate(shown) if not same(rows[name].iloc[k], row.get(name))]
ok(not differ, "... and its numbers, %d of them %s" % (len(shown) * len(names), differ[:3]))

# ---- types and units ----

kinds = {name: str(runs[name].dtype) for name in ("seed", "clients", "topk.k", "ef21.gamma", "last.grad_norm_sq", "last.bits_up", "digest")}
ok(kinds == {"seed": "int64", "clients": "int64", "topk.k": "Int64", "ef21.gamma": "float64", "last.grad_norm_sq": "float64",
             "last.bits_up": "int64", "digest": "object"}, "options have their types, also where some runs have none: %s" % kinds)
with h5py.File(runs["file"].iloc[0], "r") as file:
    units = {name: column.attrs["unit"] for name, column in file["trace"].items()}
ok(units.items() <= rows.attrs["units"].items() and units["bits_up"] == "bit", "columns have their units in attrs")
ok(rows.attrs["long_names"]["bits_up"] == "bits that all clients have sent", "... and say what they are")
ok(list(rows.columns[:2]) == ["file", "round"], "traces begin with the file and the round")

# ---- one result ----

run = laconic.read(runs["file"].iloc[0])
with h5py.File(run.path, "r") as file:
    ok(np.array_equal(run.x, file["final/x"][:]) and len(run.x) == run.config["d"], "read: the iterate")
    ok(all(run.config[key] == value for key, value in file["config"].attrs.items()) and len(run.config) == len(file["config"].attrs) and
       type(run.config["clients"]) is int and type(run.config["up"]) is str, "... the options, as int, float and str")
ok(run.about["digest"] == runs["digest"].iloc[0] and run.about["reason"] == "rounds", "... how it ended")
ok(all(np.array_equal(run.trace[name], rows.loc[rows["file"] == run.path, name]) for name in run.trace), "... the trace")

# ---- the group-by that the page shows ----

some = runs[runs["algorithm"].str.startswith("ef21")]
mean = some.groupby(["algorithm", "up"])["last.grad_norm_sq"].agg(["mean", "std", "count"])
by_hand = {}
for row in table:
    if row["algorithm"].startswith("ef21"):
        by_hand.setdefault((row["algorithm"], row["up"]), []).append(row["last.grad_norm_sq"])
ok(len(mean) == 4 and (mean["count"] == 2).all() and (mean["std"] > 0).all(), "a group for each setting, of two seeds")
ok(all(abs(mean.loc[key, "mean"] - sum(values) / 2) <= 1e-15 * abs(sum(values)) for key, values in by_hand.items()), "... with its mean")
both = rows.merge(runs[["file", "algorithm", "up"]], on="file")
wide = both.groupby(["algorithm", "up", "round"])["grad_norm_sq"].mean().unstack("round")
ok(wide.shape == (6, 41), "the mean trace over seeds")

# ---- which files ----

first, second = runs["file"].iloc[:2]
ok(list(laconic.frame(first)["file"]) == [first] and list(laconic.frame([first, second])["file"]) == [first, second], "a file, a list")
call("bench", "compressors", "--seconds=0.01", "--size=2000", "-i", "gaussian", "-e", "topk", "-o", "results/bench.h5")
ok(os.path.exists("results/bench.h5") and len(laconic.frame("results")) == 10, "a table of laconic bench in the folder is no run")

def refused(words, why, function, *arguments):
    try:
        function(*arguments)
        ok(False, "refused: " + words)
    except laconic.Error as error:
        text = str(error)
        ok(why in text and "\n" not in text, "refused: %s: %s" % (words, text))

whole = open(first, "rb").read()

def put(name, data):
    with open(name, "wb") as f:
        f.write(data)
    return name

def sealed(name):
    """The HDF5 file with the seal that laconic would give it."""
    body = open(name, "rb").read()
    return put(name, body + b"lacseal1" + struct.pack("<Q", laconic._xxh3(body)))

ok(laconic._xxh3(whole[:-16]) == struct.unpack("<Q", whole[-8:])[0], "the checksum is that of laconic")
refused("a file that is not there", "No such file", laconic.read, "nothere.h5")
refused("a folder without results", "no .h5 file", laconic.frame, home)
refused("a text", "not a whole file", laconic.read, put("text.h5", b"hello" * 100))
refused("an empty file", "not a whole file", laconic.read, put("empty.h5", b""))
refused("a result cut short", "not a whole file", laconic.read, put("cut.h5", whole[:-100]))
refused("a table of measurements", "laconic bench", laconic.read, "results/bench.h5")
refused("a folder of tables", "no result of a run", laconic.frame, "results/bench.h5")
random.seed(1)
let_through = 0
for k in range(200):
    at = random.randrange(len(whole))
    put("bad.h5", whole[:at] + bytes([whole[at] ^ 1 << random.randrange(8)]) + whole[at + 1:])
    try:
        laconic.read("bad.h5")
        let_through += 1
    except laconic.Error:
        pass
ok(let_through == 0, "a flipped bit is found, in %d of 200 places it is not" % let_through)
call("run", "--problem=quadratic:d=4", "--rounds=40", "--pause=10", "-o", "paused.h5")
refused("a run that has not ended", "has not ended", laconic.read, "paused.h5")
refused("... in a list, too", "paused.h5 is of a run that has not ended", laconic.frame, [first, "paused.h5"])
for name, spoil, why in (("trace", lambda f: f.__delitem__("trace"), "is not a result of laconic"),
                         ("final", lambda f: f.__delitem__("final/x"), "no result that can be read"),
                         ("end", lambda f: f.attrs.__setitem__("complete", "0"), "has not ended")):
    put("spoilt.h5", whole[:-16])
    with h5py.File("spoilt.h5", "r+") as file:
        spoil(file)
    refused("a sealed file without its " + name, why, laconic.read, sealed("spoilt.h5"))
put("spoilt.h5", whole[:-16])
with h5py.File("spoilt.h5", "r+") as file:
    del file["trace/f"]
    file["trace/f"] = np.zeros(3)
refused("columns of two lengths", "no result that can be read", laconic.read, sealed("spoilt.h5"))

# ---- results of 0.1.0, with numbers as texts ----

put("old.h5", whole[:-16])
with h5py.File("old.h5", "r+") as file:
    for group in (file["config"], file["timing"]):
        for key in group.attrs:
            group.attrs[key] = str(group.attrs[key])
old, new = laconic.frame(sealed("old.h5")), laconic.frame(first)
ok(list(old.dtypes) == list(new.dtypes) and all(same(old[k].iloc[0], new[k].iloc[0]) or k == "file" or new[k].isna().all() for k in new),
   "numbers that are texts are read as numbers")
truth.finish()
