#!/usr/bin/python3
"""Loss and accuracy on a test set against NumPy, for every problem that takes data; resumed, swept, stopped by, drawn, refused.  TAP."""
import hashlib, os, shutil, sys
sys.dont_write_bytecode = True
import truth
from truth import Run, command, ok, report

try:
    import numpy as np
except ImportError:
    truth.skip_all("no python3-numpy")
import h5py

os.chdir(truth.folder.name)
source = np.random.RandomState(11)


# ---- data: (rows, labels) and the name of its file ----

def draw(rows, d, density, labels, ones=False):
    A = source.standard_normal((rows, d)) * (source.rand(rows, d) < density)
    if ones:
        A = (A != 0).astype(float)
    A[0, -1] = 1      # the last feature exists
    return A, labels(rows)


def two(rows): return np.where(source.rand(rows) < 0.4, 2, 7)
def four(rows): return source.choice([1, 3, 4, 9], rows)
def ends(rows): return source.choice([3, 9], rows)
def real(rows): return np.round(source.standard_normal(rows), 6)


def write(name, data):
    A, y = data
    return truth.write_rows(name, [("%.17g" % label, ["%.17g" % v for v in row]) for row, label in zip(A, y)])


# ---- losses of rows and how many are right, from the formulas ----

def pad(A, d): return np.hstack([A, np.zeros((len(A), d - A.shape[1]))])


def lsq(scale):
    return lambda A, y, x, known: (scale / 2 * np.sum((A @ x - y) ** 2), None)


def logreg(A, y, x, known):
    b, z = np.where(y == known[0], -1, 1), A @ x
    return np.sum(np.logaddexp(0, -b * z)), np.sum(np.where(z > 0, 1, -1) == b)


def of_scores(S, y, known):
    own, most = np.searchsorted(known, y), S.max(axis=1)
    return (np.sum(most + np.log(np.sum(np.exp(S - most[:, None]), axis=1)) - S[np.arange(len(y)), own]), np.sum(S.argmax(axis=1) == own))


def softmax(A, y, x, known): return of_scores(A @ x.reshape(A.shape[1], len(known)), y, known)


def mlp(phi, *hidden):
    def score(A, y, x, known):
        widths, at, a = [A.shape[1], *hidden, len(known)], 0, A
        for l, (before, width) in enumerate(zip(widths, widths[1:])):
            W = x[at:at + before * width].reshape(width, before)
            b = x[at + before * width:at + (before + 1) * width]
            at += (before + 1) * width
            a = a @ W.T + b
            a = phi(a) if l + 2 < len(widths) else a
        return of_scores(a, y, known)
    return score


def wrong(run, row, x, train, test, score, tolerance):
    """What is wrong with a row of the trace, or None."""
    known, d = np.unique(train[1]), train[0].shape[1]
    loss, right = score(pad(test[0], d), test[1], x, known)
    rows, found = len(test[1]), run.trace["test_loss"][row]
    if not abs(found - loss / rows) <= tolerance * abs(loss / rows):
        return "test_loss is %.17g in row %d and should be %.17g" % (found, row, loss / rows)
    if (right is None) != ("test_accuracy" not in run.trace):
        return "test_accuracy is there for real labels, or not for classes"
    if right is not None and run.trace["test_accuracy"][row] != right / rows:
        return "test_accuracy is %.17g in row %d and should be %.17g" % (run.trace["test_accuracy"][row], row, right / rows)


rounds = 4
local = ["--algorithm=fedavg:eta=0.05,K=2", "--sample=uniform:s=3", "--batch=3"]
plain = ["--algorithm=gd:gamma=0.05"]
relu = lambda z: np.maximum(z, 0)
cases = [      # words, problem, method, score, labels, training density, test rows, features and density, tolerance
    ("lsq", "lsq:reg=l2,lambda=0.1", plain, lsq(1), real, 1, 23, 9, 1, 1e-12),
    ("lsq of 1/m, sparse", "lsq:scale=1/m", local, lsq(2), real, 0.15, 23, 9, 0.15, 1e-12),
    ("lsq of sums", "lsq:scale=1/2", ["--algorithm=gd:gamma=0.001"], lsq(1), real, 1, 4, 9, 1, 1e-12),
    ("logreg", "logreg:reg=nonconvex", local, logreg, two, 1, 23, 9, 1, 1e-12),
    ("logreg, sparse, four rows", "logreg:reg=l2", plain, logreg, two, 0.15, 4, 9, 0.15, 1e-12),
    ("logreg, sparse, the test rows are dense and lack features", "logreg", local, logreg, two, 0.15, 23, 5, 1, 1e-12),
    ("logreg, dense, the test rows are sparse", "logreg", plain, logreg, two, 1, 23, 9, 0.15, 1e-12),
    ("softmax, two of four classes", "softmax:reg=l2", local, softmax, ends, 1, 23, 9, 1, 1e-12),
    ("softmax, sparse, one row", "softmax", plain, softmax, four, 0.15, 1, 9, 1, 1e-12),
    ("softmax in f32", "softmax:real=f32", plain, softmax, four, 1, 23, 9, 1, 1e-5),
    ("mlp", "mlp:hidden=6,lambda=0.01", local, mlp(np.tanh, 6), ends, 1, 23, 9, 1, 1e-12),
    ("mlp of two layers, sparse", "mlp:hidden=6,hidden2=5,activation=relu", plain, mlp(relu, 6, 5), four, 0.15, 23, 7, 0.3, 1e-12),
    ("mlp in f32, four rows", "mlp:hidden=6,real=f32", local, mlp(np.tanh, 6), four, 0.15, 4, 9, 0.15, 1e-5),
]

for words, problem, method, score, labels, density, rows, features, test_density, tolerance in cases:
    train = draw(60, 9, density, four if labels is ends else labels)
    test = draw(rows, features, test_density, labels)
    d = {"softmax": 9 * 4}.get(problem.split(":")[0], 9)
    start = ["--x0=glorot"] if problem.startswith("mlp") else []
    options = ["--problem=" + problem, "--dataset=" + write("train", train), "--clients=5", "--rounds=%d" % rounds, *method, *start]
    without, tested = Run(options), Run(options + ["--test-dataset=" + write("test", test)])
    why = tested.error or without.error or wrong(tested, rounds, tested.x, train, test, score, tolerance)
    if not why and not start:
        why = wrong(tested, 0, np.zeros(d), train, test, score, max(tolerance, 1e-12))
    if not why and [name for name in without.trace if not np.array_equal(without.trace[name], tested.trace[name])]:
        why = "other columns differ from those of a run without a test set"
    if not why and set(tested.trace) - set(without.trace) != {"test_loss"} | ({"test_accuracy"} if labels is not real else set()):
        why = "it has columns that nobody asked for"
    report(words, why)
    if not shutil.which(truth.mpiexec):
        truth.skip("  on more ranks", "no " + truth.mpiexec)
        continue
    others = [Run(options + ["--test-dataset=test"], ranks) for ranks in (2, 3)]
    report("  the same digest on 2 and 3 ranks", next((o.error for o in others if o.error), None) or
           (None if {o.attrs["digest"] for o in others} == {tested.attrs["digest"]} else "it differs"))

# Long columns of ones have a storage of their own.
train, test = draw(300, 40, 0.12, two, True), draw(1000, 40, 0.12, two, True)
ones = Run(["--dataset=" + write("train", train), "--test-dataset=" + write("test", test), "--clients=2", "--rounds=4", *plain])
report("logreg on columns of ones", ones.error or wrong(ones, 4, ones.x, train, test, logreg, 1e-12))


# ---- of a whole run ----

train, test = draw(80, 6, 1, two), draw(31, 6, 1, two)
direction = source.standard_normal(6)
for A, y in (train, test):
    y[:] = np.where(A @ direction > 0, 7, 2)
write("train", train)
write("test", test)
base = ["--dataset=train", "--test-dataset=test", "--clients=5", "--rounds=12", "--algorithm=scaffold:eta=0.1,K=3", "--sample=uniform:s=2"]

whole = Run(base)
for ranks in (1, 2) if shutil.which(truth.mpiexec) else (1,):
    shutil.rmtree("cut", ignore_errors=True)
    os.mkdir("cut")
    cut = ["run", *base, "-o", "cut/r.h5"]
    paused, resumed = command(cut + ["--pause=5"], ranks), command(cut + ["--resume=yes"], 3 - ranks if ranks == 1 else 1)
    digest = h5py.File("cut/r.h5").attrs["digest"] if resumed.returncode == 0 else resumed.stderr
    ok(paused.returncode == 75 and digest == whole.attrs["digest"],
       "paused on 1 rank, resumed on 2" if ranks == 1 else "paused on 2 ranks, resumed on 1")

near = (whole.trace["test_accuracy"][0] + whole.trace["test_accuracy"].max()) / 2
stopped = Run(base + ["--stop=test_accuracy:%.17g" % near])
rises = whole.trace["test_accuracy"] >= near
ok(not stopped.error and stopped.attrs["reason"] == "converged" and len(stopped.trace["round"]) == np.argmax(rises) + 1 > 1,
   "--stop=test_accuracy ends where it rises to the level")
falls = (whole.trace["test_loss"][0] + whole.trace["test_loss"].min()) / 2
stopped = Run(base + ["--stop=test_loss:%.17g" % falls])
ok(not stopped.error and len(stopped.trace["round"]) == np.argmax(whole.trace["test_loss"] <= falls) + 1 > 1,
   "--stop=test_loss ends where it falls to the level")

done = command(["run", *base, "-o", "p.h5", "--force", "--progress=yes", "--rounds=20000", "--eval=10"])
ok(done.returncode == 0 and "test accuracy 0." in done.stderr, "the progress line tells the accuracy")
ok("tested on test (31 rows)" in done.stdout, "the run names its test set")
with h5py.File("p.h5") as file:
    config, sha256 = file["config"].attrs, hashlib.sha256(open("test", "rb").read()).hexdigest()
    ok(config["test-dataset"] == "test:d=6" and config["test-dataset.rows"] == 31 and file.attrs["test_dataset_sha256"] == sha256,
       "the result names it, its rows and its hash")
calls = [Run([o for o in base if o != left]).trace["oracle_calls"] for left in ("", "--test-dataset=test")]
ok(np.array_equal(*calls), "it costs no oracle calls")


# ---- a sweep, what is made of it ----

with open("sweep.ini", "w") as file:
    file.write("""dataset = train
test-dataset = test
clients = 5
rounds = 12
[run a]
algorithm = gd:gamma={0.01,0.1}
problem = {logreg,lsq}
[run b]
algorithm = scaffold:eta=0.1,K=3
problem = softmax
""")
swept = command(["run", "sweep.ini"])
found = {}
for name in os.listdir("results") if swept.returncode == 0 else []:
    with h5py.File("results/" + name) as file:
        found[file["config"].attrs["problem"].split(":")[0], file["config"].attrs["algorithm"].split(",")[0]] = file.attrs["digest"]
alone = {}
singles = [(problem, "gd:gamma=" + gamma) for problem in ("logreg", "lsq") for gamma in ("0.01", "0.1")]
for problem, algorithm in singles + [("softmax", "scaffold:eta=0.1,K=3")]:
    run = Run(base[:4] + ["--problem=" + problem, "--algorithm=" + algorithm])
    alone[problem, algorithm.split(",")[0]] = run.error or run.attrs["digest"]
ok(len(found) == 5 and found == alone, "runs of a sweep are the same as alone" + ("" if found == alone else ": %s %s" % (found, alone)))

with open("one.ini", "w") as file:
    file.write("dataset = train\ntest-dataset = test\nclients = 5\nrounds = 12\nalgorithm = scaffold:eta=0.1,K=3\nsample = uniform:s=2\n"
               "best = smallest rounds_to(test_accuracy, %.17g)\n[run a]\n[figure]\ny = test_accuracy\nyscale = linear\n" % near)
with open("one.claims", "w") as file:
    file.write("[claim early]\nsays = it does\nsource = us\nleft = rounds_to(test_accuracy, %.17g) of label=a\nrelation = <=\nright = %d\n"
               "[claim late]\nsays = it does\nsource = us\nleft = rounds_to(test_accuracy, %.17g) of label=a\nrelation = >=\nright = %d\n"
               % (near, np.argmax(rises), near, np.argmax(rises)))
ran, judged = command(["run", "one.ini"]), command(["claims", "one.ini"])
ok(ran.returncode == 0 and judged.returncode == 0 and judged.stdout.count("HOLDS") >= 2, "claims: rounds until an accuracy is reached",
   "" if judged.returncode == 0 else ": " + judged.stdout + judged.stderr)
if shutil.which("gnuplot"):
    drawn = command(["plot", "one.ini", "--formats=svg"])
    ok(drawn.returncode == 0 and "test accuracy" in open("figures/one.svg").read(), "a figure of the accuracy says so", ": " + drawn.stderr)
    with open("kept.ini", "w") as file:
        file.write("dataset = train\ntest-dataset = test\nevaluate = held-out\nclients = 5\nrounds = 4\n"
                   "[run a]\nalgorithm = gd:gamma=0.01\n")
    command(["run", "kept.ini"])
    drawn = command(["plot", "kept.ini", "--formats=svg"])
    ok(drawn.returncode == 0 and "test loss" in open("figures/kept.svg").read(), "a figure of held-out rows alone is of their loss",
       ": " + drawn.stderr)
else:
    for words in "a figure of the accuracy says so", "a figure of held-out rows alone is of their loss":
        truth.skip(words, "no gnuplot (Debian: gnuplot-nox)")
shown = command(["table", "results", "--csv", "--metric=last(test_loss)"])
ok(shown.returncode == 0 and "last(test_loss)" in shown.stdout, "a table of the loss")


# ---- a generator: what a model learns of its rows, it knows of those that are held out ----

few = ["--dataset=synthetic:rows=200,d=10", "--clients=4", "--rounds=60", "--algorithm=gd:gamma=1"]
run = Run(few + ["--test-dataset=synthetic:rows=400,d=10"])
known = run.error or run.trace["test_accuracy"]
ok(not run.error and known[0] < 0.6 < 0.9 < known[-1] < 1 and abs(run.trace["test_loss"][-1] - run.trace["f"][-1]) < 0.1,
   "rows that a generator holds out", ": %s" % (run.error or known[-1]))
ok(not run.error and len({run.attrs["digest"], Run(few + ["--test-dataset=synthetic:rows=400,d=10"], 3).attrs["digest"]}) == 1,
   "  the same digest on 3 ranks")


# ---- IDX ----

def idx(name, A, y, high, wide):
    images, labels = name + "-images-idx3-ubyte", name + "-labels-idx1-ubyte"
    with open(images, "wb") as file:
        file.write(bytes([0, 0, 8, 3]) + b"".join(int(k).to_bytes(4, "big") for k in (len(A), high, wide)) + A.astype(np.uint8).tobytes())
    with open(labels, "wb") as file:
        file.write(bytes([0, 0, 8, 1]) + len(y).to_bytes(4, "big") + y.astype(np.uint8).tobytes())
    return images


pictures = [(source.randint(0, 256, (rows, 12)), labels(rows)) for rows, labels in ((60, four), (17, ends))]
names = [idx(name, *of, 3, 4) for name, of in zip(("train", "t10k"), pictures)]
run = Run(["--problem=softmax", "--dataset=" + names[0], "--test-dataset=" + names[1], "--clients=3", "--rounds=4", *plain])
scaled = [(A / 255, y) for A, y in pictures]
report("IDX images", run.error or wrong(run, 4, run.x, *scaled, softmax, 1e-12))


# ---- refused ----

def refused(words, options, *parts):
    run = Run(options + ["--rounds=2"])
    ok(run.error and all(part in run.error for part in ("--test-dataset", *parts)) and "\n" not in run.error, "refused: " + words,
       "" if run.error else ": it runs")


wide, foreign = draw(5, 8, 1, two), draw(5, 6, 1, four)
write("wide", wide)
write("foreign", foreign)
truth.write("bad", ["2 1:0.5", "7 1:x"])
refused("more features", ["--dataset=train", "--test-dataset=wide"], "8 features", "d=8")
ok(not Run(["--dataset=train:d=8", "--test-dataset=wide", "--rounds=2"]).error, "the remedy that it names works")
refused("a label that training does not have", ["--dataset=train", "--test-dataset=foreign"], "foreign", "label")
ok(not Run(["--problem=lsq", "--dataset=train", "--test-dataset=foreign", "--rounds=2"]).error, "real labels need not be known")
refused("the training set", ["--dataset=train", "--test-dataset=train"], "same bytes")
shutil.copy("train", "copy")
refused("a copy of it", ["--dataset=train", "--test-dataset=copy:d=6"], "same bytes")
refused("a file that is not there", ["--dataset=train", "--test-dataset=./nowhere"], "not there")
refused("a generator that does not draw the training set", ["--dataset=train", "--test-dataset=synthetic:rows=3"], "synthetic", "file")
refused("a generator that holds no rows out", ["--problem=lsq", "--dataset=spectral", "--test-dataset=spectral"], "spectral", "file")
refused("a generator with other options", ["--dataset=synthetic:hetero=1", "--test-dataset=synthetic"], "hetero=0", "hetero=1")
refused("nothing", ["--dataset=train", "--test-dataset="], "empty")
refused("a problem without data", ["--problem=quadratic", "--test-dataset=test"], "quadratic")
run = Run(["--dataset=train", "--test-dataset=bad", "--rounds=2"])
ok(run.error and "bad" in run.error and "2" in run.error and "\n" not in run.error, "refused: a file that is not LIBSVM text, by its line")
run = Run(["--dataset=train", "--rounds=2", "--stop=test_loss:1"])
ok(run.error and "--stop" in run.error, "refused: to stop at the loss of a test set that is not given")
truth.finish()
