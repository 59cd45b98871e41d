#!/usr/bin/python3
"""Curves and claims over several seeds against NumPy, from the same result files: medians, means, quartiles, deviations at a common x, runs
of different length, runs that diverge or stop early, values of 0; what stands for the rows of a stretch; intervals of Student's t.  TAP."""
import csv, glob, math, os, re, subprocess, sys
sys.dont_write_bytecode = True
import truth

try:
    import numpy as np
except ImportError:
    truth.skip_all("no python3-numpy")
import h5py

home = truth.folder.name
os.makedirs(os.path.join(home, "bin"))
with open(os.path.join(home, "bin", "gnuplot"), "w") as stand_in:
    stand_in.write("#!/bin/sh\nexit 1\n")


def laconic(*words):
    return subprocess.run([truth.laconic, *words], cwd=home, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def write(name, text):
    with open(os.path.join(home, name), "w") as file:
        file.write(text)


def must(done):
    if done.returncode:
        print("Bail out! " + done.stderr)
        sys.exit(99)
    return done.stdout


# ---- an experiment ----

RUNS = """problem = quadratic:d=8,noise=0.1
clients = 3
rounds  = 150
seed    = {1,2,3,4,5}
x0      = normal
%s
[run PP]
sample = bernoulli:p=0.3
up = topk:k=2
algorithm = ef21pp:gamma=0.02
[run PP that is short]
label  = PP
sample = bernoulli:p=0.3
up = topk:k=2
seed   = 6
rounds = 90
algorithm = ef21pp:gamma=0.02
[run MARINA]
up = randk:k=2
problem = quadratic:d=8
algorithm = marina:gamma=0.01,p=0.3
seed = {1,2,3,4}
stop = grad_norm_sq:0.5
[run EF21]
up = topk:k=2
algorithm = ef21:gamma=0.02
seed = {1,2}
[run EF21 that diverges]
label = EF21
up = topk:k=2
seed = 3
algorithm = ef21:gamma=30
[run noise]
rounds = 3000
up = topk:k=2
seed = 1
algorithm = ef21:gamma=0.02
"""
XS, OVER = ["bits_up_per_client", "round", "bits_per_client"], ["seed", "rounds", "algorithm"]
write("runs.ini", RUNS % "")
must(laconic("run", "runs.ini"))


def read(file):
    with h5py.File(os.path.join(home, "results", file)) as h5:
        run = {name: column[:].astype(float) for name, column in h5["trace"].items()}
        run["reason"], run["clients"] = h5.attrs["reason"], float(h5["config"].attrs["clients"])
    return run


def column(run, name):
    if name.endswith("_relative"):
        values = column(run, name[:-len("_relative")])
        return values / values[0]
    if name.endswith("_per_client"):
        return column(run, name[:-len("_per_client")]) / run["clients"]
    return run["bits_up"] + run["bits_down"] if name == "bits" else run[name]


# ---- what the figure must be ----

def at(x, y, where, xlog, ylog):
    """The run at `where`, inside of its rows."""
    place = np.searchsorted(x, where, side="right") - 1
    if x[place] == where or place + 1 == len(x):
        return y[place]
    ends, values = x[place:place + 2], y[place:place + 2]
    if not np.isfinite(values).all():
        return math.inf
    if xlog:
        ends, where = np.log(ends), math.log(where)
    geometric = ylog and (values > 0).all()
    out = np.interp(where, ends, np.log(values) if geometric else values)
    return math.exp(out) if geometric else out


def group(runs, name, y_name, centre, band, xlog, ylog):
    """Rows of x, centre, low, high."""
    traces = []
    for run in runs:
        x, y = column(run, name), column(run, y_name)
        keep = x > 0 if xlog else x == x
        traces.append((x[keep], np.where(np.isfinite(y), y, math.inf)[keep], run["reason"]))
    points = []
    for where in np.unique(np.concatenate([x for x, y, why in traces])):
        if where < max(x[0] for x, y, why in traces):
            continue
        if any(where > x[-1] and why == "rounds" for x, y, why in traces):
            continue
        if 2 * sum(where <= x[-1] or why == "diverged" for x, y, why in traces) < len(traces):
            continue
        v = np.array([at(x, y, where, xlog, ylog) if where <= x[-1] else math.inf if why == "diverged" else y[-1] for x, y, why in traces])
        points.append((where, *spread(v, centre, band)))
    return np.array(points)


def spread(v, centre, band):
    with np.errstate(all="ignore"):
        middle = {"median": np.median, "mean": np.mean, "gmean": lambda v: math.exp(np.mean(np.log(v))) if (v > 0).all() else 0}[centre](v)
        if not math.isfinite(middle) and centre != "median":
            return middle, middle, middle
        if band == "none":
            return middle, middle, middle
        if band == "minmax":
            return middle, v.min(), v.max()
        if band == "quartiles":      # where NumPy has infinity - infinity, it is that of the values on both sides
            low, high = (np.percentile(v, q) if np.isfinite(v).all() else quartile(v, q) for q in (25, 75))
            return middle, low, high
        if centre == "gmean":
            factor = math.exp(np.std(np.log(v), ddof=1))
            return middle, middle / factor, middle * factor
        deviation = np.std(v, ddof=1)
        return (middle, middle - deviation, middle + deviation) if math.isfinite(deviation) else (middle, middle, middle)


def quartile(v, q):
    v, place = np.sort(v), q / 100 * (len(v) - 1)
    below, above = v[math.floor(place)], v[math.ceil(place)]
    return below if below == above else below + (place % 1) * (above - below)


def cut(points, ymax):
    """Up to the last row that is on the axis, and one more."""
    inside = np.flatnonzero(points[:, 1] <= ymax)
    end = inside[-1] + 1 if len(inside) else 0
    return points[:end + 1], end < len(points)


def thin(points, low, high, most, xlog, ylog, floor, is_group):
    if len(points) == 0:
        return points
    to_x = np.log if xlog else lambda x: x
    to_y = (lambda y: np.log(np.where(y > 0, y, floor))) if ylog else lambda y: y
    back_x, back_y = np.exp if xlog else lambda x: x, np.exp if ylog else lambda y: y
    stretch = np.clip(np.floor((to_x(points[:, 0]) - to_x(low)) / (to_x(high) - to_x(low)) * most), 0, most)
    stretch = np.where(points[:, 0] >= high, most - (points[:, 0] == high), stretch)
    out, wavy = [points[0]], False
    for number in np.unique(stretch[1:]):
        rows = np.flatnonzero(stretch == number)
        rows = rows[rows > 0]
        here = points[rows]
        steps = np.sign(np.diff(points[max(rows[0] - 1, 0):rows[-1] + 2, 1]))
        wavy = len(rows) > 1 and (steps > 0).any() and (steps < 0).any()
        if len(rows) == 1:
            out.append(here[0])
            continue
        mean = np.array([back_x(to_x(here[:, 0]).mean()), *back_y(to_y(here[:, 1:]).mean(axis=0))])
        if wavy and not is_group:
            mean[2:] = here[:, 2].min(), here[:, 3].max()
        out.append(mean)
    if out[-1][0] != points[-1, 0]:
        out.append(np.array([points[-1, 0], *(out[-1] if wavy else points[-1])[1:]]))
    return np.array(out)


def drawn(blocks, name, y_name, centre, band, xlog, ylog, ymin, ymax, most=200):
    """What stands in each block of this x, made from the result files that the block names."""
    all_points = [cut(group([read(f) for f in files], name, y_name, centre, band if len(files) > 1 else "none", xlog, ylog), ymax)
                  for files, table in blocks]
    low = min(p[:, 0].min() for p, leaves in all_points) if xlog else 0
    high = max(p[:, 0].max() for p, leaves in all_points)
    for (files, table), (points, leaves) in zip(blocks, all_points):
        inside = points[:len(points) - leaves]
        want = np.concatenate([thin(inside, low, high, most, xlog, ylog, ymin, len(files) > 1), points[len(points) - leaves:]])
        above = 10 * ymax if ylog else 2 * ymax - ymin
        line = np.where(want[:, 1] <= above, want[:, 1], above)
        plain = (want[:, 2] == want[:, 1]) & (want[:, 3] == want[:, 1])
        line = np.where((line <= 0) & ylog, ymin, line)
        for k in 2, 3:
            want[:, k] = np.where(plain, line, np.clip(want[:, k], ymin, ymax))
        want[:, 1] = line
        yield files, table, want


def blocks_of(path):
    """By x: (files, table) of every block of a .dat file, without its last column, which says where markers stand."""
    out = {}
    with open(path) as file:
        text = file.read()
    for block in re.findall(r"^\$curve\d+ << end\n(.*?)^end$", text, re.M | re.S):
        files = re.findall(r"^#.* result (\S+\.h5)", block, re.M)
        name = re.match(r"# ([^, ]+),", block).group(1)
        table = np.array([[float(v) for v in line.split()[:4]] for line in block.splitlines() if line and line[0] != "#"])
        out.setdefault(name, []).append((files, table))
    return out


def plot(name, settings, best=""):
    write(name + ".ini", RUNS % best + "[figure]\n" + settings)
    return laconic("plot", name + ".ini", "--formats=svg")


def compare(settings, centre, band, xlog, ylog, ymin, ymax):
    done = plot("figure", settings + "ymin = %g\nymax = %g\nx = %s\n" % (ymin, ymax, ", ".join(XS)))
    if done.returncode:
        return done.stderr.strip()
    blocks = blocks_of(os.path.join(home, "figures", "figure.dat"))
    y_name = (re.findall("^y = (.*)$", settings, re.M) or ["grad_norm_sq"])[0]
    if sorted(blocks) != sorted(XS):
        return "blocks of " + " ".join(blocks)
    for name in XS:
        if sorted(len(files) for files, table in blocks[name]) != [1, 3, 4, 6]:
            return "curves of %s runs" % [len(files) for files, table in blocks[name]]
        for files, table, want in drawn(blocks[name], name, y_name, centre, band, xlog, ylog, ymin, ymax):
            if table.shape != want.shape:
                return "%d runs over %s: %s points, not %s" % (len(files), name, table.shape, want.shape)
            error = abs(table - want) / np.maximum(abs(want), 1e-300)
            if not (error < 2e-5).all():
                worst = np.unravel_index(np.argmax(error), error.shape)
                return "%d runs over %s: row %s is %s, not %s" % (len(files), name, worst, table[worst[0]], want[worst[0]])
    return None


over = "over = %s\n" % ", ".join(OVER)
for words, text, centre, band, xlog, ylog in (
        ("median and quartiles are the default", "", "median", "quartiles", 0, 1),
        ("mean and deviation, where it is below 0, too", "centre = mean\n", "mean", "std", 0, 1),
        ("mean on a linear axis", "centre = mean\nyscale = linear\n", "mean", "std", 0, 0),
        ("geometric mean and its deviation, a factor", "centre = gmean\n", "gmean", "std", 0, 1),
        ("least and most", "band = minmax\n", "median", "minmax", 0, 1),
        ("no band", "band = none\ncentre = mean\n", "mean", "none", 0, 1),
        ("median with a deviation", "band = std\n", "median", "std", 0, 1),
        ("a logarithmic x", "xscale = log\n", "median", "quartiles", 1, 1),
        ("y over its value at the start", "y = grad_norm_sq_relative\n", "median", "quartiles", 0, 1),
        ("both axes linear", "yscale = linear\nband = quartiles\n", "median", "quartiles", 0, 0)):
    truth.report("figure: " + words, compare(over + text, centre, band, xlog, ylog, 0.02, 100))


# ---- what the caption says ----

def caption(settings):
    done = plot("figure", settings)
    if done.returncode:
        return done.stderr
    with open(os.path.join(home, "figures", "figure.svg")) as file:
        words = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", file.read()))
    return words


def says(words, settings, present, absent=()):
    text = caption(settings)
    wrong = ["no '%s'" % p for p in present if p not in text] + ["'%s'" % p for p in absent if p in text]
    truth.report(words, ", ".join(wrong) + " in: " + text[-600:] if wrong else None)


says("caption: what lines and bands are", over, ["median of 3 to 6 runs that differ in seed, rounds, algorithm; bands: quartiles",
                                                "A run that diverged counts as infinity.", "A run that reached its target keeps"])
says("caption: a single run is a mean of stretches", over, ["geometric mean over each of 200", "bands: least and most"])
says("caption: a linear axis has no geometric mean", over + "yscale = linear\n", ["Single runs: mean over"], ["geometric"])
says("legend: what its runs have in common", over + "y = f\nx = round\n", ["EF21"], ["gamma="])
says("legend: no seed where a curve is over seeds", over, ["MARINA"], ["seed=1", "seed=2", "rounds=90"])


# ---- what follows from columns, in metrics ----

HALF = "(grad_norm_sq_relative,0.5)"


def reached(run, name):
    """The first `name` at which |grad f|^2 is half of what it was."""
    below = np.flatnonzero(column(run, "grad_norm_sq_relative") <= 0.5)
    return column(run, name)[below[0]] if len(below) else math.inf


files = sorted(glob.glob(os.path.join(home, "results", "*.h5")))
clocks = {"rounds_to": "round", "bits_to": "bits_up_per_client", "all_bits_to": "bits_per_client"}
done = laconic("table", *files, "--csv", *("--metric=%s%s" % (reduction, HALF) for reduction in clocks))
rows = list(csv.DictReader(done.stdout.splitlines()))
wrong = [(file, reduction) for file, row in zip(files, rows) for reduction, clock in clocks.items()
         if float(row[reduction + HALF]) != reached(read(file), clock)]
truth.report("rounds and bits of both directions to half of the start, in %d runs" % len(rows),
             done.stderr or None if len(rows) == len(files) and not wrong else "%s %s" % (done.stderr, wrong))
spans = {len({reached(read(file), clock) for file in files}) for clock in clocks.values()}
truth.report("... which differ from run to run", None if min(spans) > 3 else spans)


# ---- values of 0 ----

done = plot("zero", over + "y = msgs_down\nx = round\n")
tables = blocks_of(os.path.join(home, "figures", "zero.dat")).get("round", []) if done.returncode == 0 else []
zeros = [read(files[0])["msgs_down"][0] for files, table in tables]
with open(os.path.join(home, "figures", "zero.gp")) as script:
    ymin = float(re.search(r"set yrange \[([^:]+):", script.read()).group(1))
at_edge = [table[0, 1] == ymin for (files, table), zero in zip(tables, zeros) if zero == 0]
truth.report("a value of 0 is drawn at the lower edge of a logarithmic axis", None if at_edge and all(at_edge) and ymin > 0 else
             "%s %s %s" % (done.stderr, zeros, ymin))


# ---- the choice of the best ----

GRID = """problem = quadratic:d=8,noise=0.1
clients = 3
rounds = 40
x0 = normal
best = smallest last(grad_norm_sq)
seed = {1,2,3,4,5}
[run A]
up = topk:k=2
algorithm = ef21:gamma={0.05,0.06,0.07,0.09,0.12}
[figure]
%s
"""


def chosen(settings):
    write("grid.ini", GRID % settings)
    must(laconic("run", "grid.ini"))
    must(laconic("plot", "grid.ini", "--formats=svg"))
    with open(os.path.join(home, "figures", "grid.best")) as file:
        row = dict(zip(*(line.rstrip("\n").split("\t") for line in file.readlines()[:2])))
    files = [f for files, table in blocks_of(os.path.join(home, "figures", "grid.dat"))["round"] for f in files]
    return row, sorted(files)


def points_of_grid():
    by = {}
    for path in glob.glob(os.path.join(home, "results", "*.h5")):
        with h5py.File(path) as h5:
            if h5["config"].attrs["rounds"] == 40:
                by.setdefault(float(h5["config"].attrs["ef21.gamma"]), []).append(os.path.basename(path))
    return by


for centre, function in (("median", np.median), ("mean", np.mean), ("gmean", lambda v: math.exp(np.mean(np.log(v))))):
    row, files = chosen("x = round\nover = seed\ncentre = " + centre)
    score = {gamma: function([read(f)["grad_norm_sq"][-1] for f in files]) for gamma, files in points_of_grid().items()}
    gamma = min(score, key=score.get)
    right = sorted(points_of_grid()[gamma]) == files and len(files) == 5 and abs(float(row["score"]) - score[gamma]) < 1e-12 * score[gamma]
    truth.report("best: all seeds of the step whose %s is the least" % centre, None if right and "seed" not in row["chosen"] else
                 "%s, %d files, %s" % (row, len(files), score))


# ---- claims ----

def claim(left, relation, right, more):
    """The rows of the verdict by column."""
    write("grid.ini", GRID % "over = seed")
    write("grid.claims", "[claim c]\nsays = x\nleft = %s\nrelation = %s\nright = %s\n%s\n" % (left, relation, right, more))
    done = laconic("claims", "grid.ini")
    if done.returncode:
        return done.stderr.strip(), []
    with open(os.path.join(home, "figures", "grid.verdicts")) as file:
        lines = [line.rstrip("\n").split("\t") for line in file]
    return done.stdout, [dict(zip(lines[0], line)) for line in lines[1:]]


def values(gamma, what=lambda run: run["grad_norm_sq"][-1]):
    """In the order of the seeds."""
    files = {}
    for file in points_of_grid()[gamma]:
        with h5py.File(os.path.join(home, "results", file)) as h5:
            files[int(h5["config"].attrs["seed"])] = what(read(file))
    return np.array([files[seed] for seed in sorted(files)])


# Quantiles of Student's t, from tables (two-sided 95% and 90%).
T = {(4, 95): 2.776445105198, (4, 90): 2.131846786327, (2, 95): 4.302652729749}
side = "last(grad_norm_sq) of ef21.gamma=%g, best=yes|no"


def interval(words, left, relation, right, confidence, factor=1, within=1):
    a, b = values(left), factor * values(right)
    text, rows = claim(side % left, relation, "%g * " % factor + side % right, "for each = seed\nconfidence = %d%%" % confidence)
    v = np.log(a / b)
    half = T[len(v) - 1, confidence] * v.std(ddof=1) / math.sqrt(len(v))
    low, high = math.exp(v.mean() - half), math.exp(v.mean() + half)
    holds = {"<": high < 1, "<=": high <= 1, ">": low > 1, ">=": low >= 1}.get(relation, low >= 1 / within and high <= within)
    right_row = rows and rows[0]["verdict"] == ("HOLDS" if holds else "FAILS") and rows[0]["interval of"] == "left / right" and \
        all(abs(float(rows[0][key]) - want) < 1e-9 * want for key, want in (("low", low), ("high", high), ("centre", math.exp(v.mean()))))
    shown = "between %.3g and %.3g with %d%% confidence" % (low, high, confidence)
    truth.report(words, None if right_row and shown in text else "%s %s; low %g high %g" % (text, rows[:1], low, high))
    return holds


seen = set()
for relation in "<", "<=", ">", ">=":
    for confidence in 95, 90:
        for pair in (0.05, 0.12), (0.12, 0.05), (0.06, 0.07):
            seen.add((relation, interval("interval: %g %s %g, %d%%" % (pair[0], relation, pair[1], confidence), pair[0], relation, pair[1],
                                         confidence)))
for factor in 0.3, 1, 4:
    seen.add(("within", interval("interval: within 2 of %g times" % factor, 0.06, "within 2 of", 0.07, 95, factor, 2)))
truth.ok(len(seen) == 10, "interval: every relation was seen to hold and to fail", " %s" % sorted(seen))

text, rows = claim("last(f) of ef21.gamma=0.05, best=yes|no", "<", "0", "for each = seed\nconfidence = 95%")
f = values(0.05, lambda run: run["f"][-1])
half = T[4, 95] * f.std(ddof=1) / math.sqrt(5)
want = "HOLDS" if f.mean() + half < 0 else "FAILS"
truth.report("interval: differences where a side is not above 0", None if rows and rows[0]["interval of"] == "left - right" and
             abs(float(rows[0]["low"]) - (f.mean() - half)) < 1e-9 * half and rows[0]["verdict"] == want else "%s %s" % (text, rows[:1]))

for few, why in ((2, "2 pairs"), (1, "1 pair")):
    seeds = "|".join(str(k + 1) for k in range(few))
    text, rows = claim(side % 0.05 + ", seed=" + seeds, "<", side % 0.06, "for each = seed\nconfidence = 95%")
    truth.report("interval: %s, NOT TESTED" % why, None if rows and rows[0]["verdict"] == "NOT TESTED" and
                 why in rows[0]["this sample"] else text)
reach = "rounds_to(grad_norm_sq, %g) of ef21.gamma=%g, best=yes|no"
text, rows = claim(reach % (1e-9, 0.05), ">", reach % (0.5, 0.06), "for each = seed\nconfidence = 95%\nnever = counts")
truth.report("interval: an infinite pair is NOT TESTED", None if rows and rows[0]["verdict"] == "NOT TESTED" and
             "infinite" in rows[0]["this sample"] else "%s %s" % (text, rows))

wins = int((values(0.06) < 1.35 * values(0.07)).sum())
for needed in range(1, 6):
    text, rows = claim(side % 0.06, "<", "1.35 * " + side % 0.07, "for each = seed\nin = %d of 5 seeds" % needed)
    want = "HOLDS" if wins >= needed else "FAILS"
    truth.report("in %d of 5 seeds, of which it holds in %d" % (needed, wins), None if rows and rows[0]["verdict"] == want and
                 rows[0]["holds in"] == "%d/5" % wins and "holds in %d of 5" % wins in text else "%s %s" % (text, rows[:1]))
truth.ok(0 < wins < 5, "in: there are seeds of both kinds")
text, rows = claim(side % 0.06, "<", "1.35 * " + side % 0.07, "for each = seed\nin = 1 of 4")
truth.report("in: other cases than these are NOT TESTED", None if rows and rows[0]["verdict"] == "NOT TESTED" and
             "there are 5 cases, not 4" in text else text)
text, rows = claim("last(grad_norm_sq) of best=yes|no", "<", "1.35 * last(grad_norm_sq) of ef21.gamma=0.07, best=yes|no",
                   "for each = ef21.gamma\nover = seed\nin = 3 of 5")
want = {"%g" % g: (values(g) < 1.35 * values(0.07)).sum() for g in (0.05, 0.06, 0.09, 0.12)}
got = {row["sample"]: int(row["holds in"].split("/")[0]) for row in rows if row["sample"] != "0.07"}
truth.report("over: a sample for each value of the other keys", None if got == want else "%s, not %s: %s" % (got, want, text))
truth.report("over: the same runs on both sides say nothing", None if [row["this sample"] for row in rows if row["sample"] == "0.07"][:1] ==
             ["it holds in 0 of 5 cases, and 5 say nothing"] else text)

for word, function in (("mean", np.mean), ("median", np.median)):
    text, rows = claim(word + " " + side % 0.05, "<", "0.5 * %s " % word + side % 0.12, "")
    a, b = function(values(0.05)), 0.5 * function(values(0.12))
    truth.report(word + " of a side", None if rows and rows[0]["verdict"] == ("HOLDS" if a < b else "FAILS") and
                 abs(float(rows[0]["left"]) - a) < 1e-12 * a and abs(float(rows[0]["right"]) - b) < 1e-12 * b and
                 rows[0]["left run"].endswith("(%s of 5)" % word) and len(rows[0]["left file"].split(",")) == 5 else "%s %s" % (text, rows))
text, rows = claim("median " + side % 0.05, "<=", "median " + side % 0.05, "")
truth.report("the same runs on both sides", None if rows and rows[0]["verdict"] == "NOT TESTED" else text)
reach = sorted(values(0.05, lambda run: run["grad_norm_sq"].min()))
level = (reach[2] + reach[3]) / 2      # 3 of 5 arrive
text, rows = claim("median rounds_to(grad_norm_sq, %.17g) of ef21.gamma=0.05, best=yes|no" % level, "<", "40.5", "")
truth.report("a median is known where more than half arrive", None if rows and rows[0]["verdict"] == "HOLDS" else text)
text, rows = claim("mean rounds_to(grad_norm_sq, %.17g) of ef21.gamma=0.05, best=yes|no" % level, "<", "40.5", "")
truth.report("... and a mean is not", None if rows and rows[0]["verdict"] == "NOT TESTED" and "never" in rows[0]["this case"] else text)


# ---- what is refused ----

def refused(words, sentence, settings=None, more=None, relation="<"):
    if settings is not None:
        done = plot("refused", settings)
        text, code = done.stderr, done.returncode
    else:
        text, rows = claim(side % 0.05, relation, side % 0.06 if relation == "<" else "seed", more)
        code = 1 if not rows else 0
    truth.report(words, None if code == 1 and sentence in text and text.strip().count("\n") == 0 else "%d: %s" % (code, text))


refused("over: an unknown option", "has no option 'sed'; did you mean seed", "over = sed\n")
refused("over: nothing", "over", "over = ,\n")
refused("over: the key of the series", "series is seed", "over = seed\nseries = seed\n")
refused("over: a key of the panels", "panels names seed", "over = seed\npanels = seed\n")
refused("over: runs of one curve in two series", "panels or series tells them apart", over + "series = ef21.gamma\n")
refused("centre without over", "say which: over = seed", "centre = mean\n")
refused("band without over", "say which: over = seed", "band = none\n")
refused("an unknown centre", "centre must be median, mean or gmean", "over = seed\ncentre = mode\n")
refused("an unknown band", "band must be none, quartiles, std or minmax", "over = seed\nband = iqr\n")
refused("an x that goes down", "does not only grow", over + "x = grad_norm_sq\n")
for text in "5 of 4", "0 of 5", "4", "4 of 5 dogs", "-4 of 5", "4 of -5", "4 of 5 of 6", "4.5 of 5", "99999999999999999999 of 5", "of", \
        "4of":
    refused("in = " + text, "in must be N of M", more="for each = seed\nin = " + text)
for text in "95", "0%", "100%", "49%", "-95%", "nan%", "inf%", "95%%", "95 percent", "1e3%", "%":
    refused("confidence = " + text, "confidence must be a percentage", more="for each = seed\nconfidence = " + text)
refused("in and confidence", "not both", more="for each = seed\nin = 1 of 5\nconfidence = 95%")
refused("over alone", "the claim has neither", more="for each = seed\nover = seed")
refused("in without cases", "say which: over = seed", more="in = 4 of 5")
refused("in with increases", "does not go with", more="for each = ef21.gamma\nin = 4 of 5", relation="increases with")
write("missing.ini", RUNS % "" + "[run not run]\nlabel = EF21\nseed = 4\nup = topk:k=2\nalgorithm = ef21:gamma=0.02\n"
      "[figure]\nover = seed\n")
done = laconic("plot", "missing.ini")
truth.report("a seed that is missing is named", None if done.returncode == 1 and "run it first" in done.stderr else done.stderr)
truth.finish()
