#!/usr/bin/python3
"""lora: against numbers computed elsewhere (LACONIC_TRUTH/models, where they are here) and against NumPy: objective, gradient, steps;
starts; results as bases and as starts; merged vectors; freeze=A; ranks, a pause, refusals.  TAP."""
import csv, math, os, sys
sys.dont_write_bytecode = True
import truth
from truth import ok, report, scratch, write
import h5py, numpy as np

models = os.path.join(os.environ.get("LACONIC_TRUTH", "/nonexistent"), "models")


def numbers(path):
    return np.loadtxt(path, ndmin=1)


def vector(name, x):
    return write(name, ["%.17g" % v for v in x])


def near(got, want, tolerance):
    return abs(got - want) <= tolerance * max(abs(want), 1e-300)


def size(x):
    return float(np.linalg.norm(x))


def refused(words, sentence, options):
    run = truth.Run(options)
    good = run.error and sentence in run.error and "\n" not in run.error
    report(words + ": one sentence", None if good else repr(run.error))


# ---- numbers computed elsewhere ----

adamw = "diloco:H=1,eta_o=1,mu=0,lr=%s,beta2=0.95,wd=0.1"


class Case:
    def __init__(self, name):
        self.folder, self.name = os.path.join(models, name), name
        with open(self.path("case.txt")) as f:
            self.about = dict(line.strip().split("=", 1) for line in f if "=" in line)
        keys = [k for k in ("hidden", "activation", "width", "depth", "heads", "context", "vocab") if k in self.about]
        text = self.about["problem"] == "lm"
        base = "%s:%s,real=f64%s" % (self.about["problem"], ",".join("%s=%s" % (k, self.about[k]) for k in keys),
                                     ",holdout=0,head=" + ("tied" if self.about["tied"] == "1" else "untied") if text else "")
        self.problem = "lora:rank=%s,alpha=%s,on=%s,base=%s+%s" % (
            self.about["lora.rank"], self.about["lora.alpha"], self.about["lora.on"], self.path("base.txt"), base)
        self.data = "--dataset=" + (self.path("corpus.txt") if text else "%s:d=%s" % (self.path("data.libsvm"), self.about["features"]))
        self.counted = int(self.about["rows"]) * (int(self.about["context"]) if text else 1)
        self.x0 = numbers(self.path("x0.txt"))

    def path(self, name):
        return os.path.join(self.folder, name)

    def table(self, name):
        with open(self.path(name)) as f:
            return list(csv.DictReader(f))

    def run(self, method, rounds, *more):
        return truth.Run(["--problem=" + self.problem, self.data, "--clients=1", "--eval=1", "--x0=file:path=" + self.path("x0.txt"),
                          "--algorithm=" + method, "--rounds=%d" % rounds, *more])

    def report(self, words, why):
        report(self.name + ": " + words, why)


def check_case(c):
    run, want = c.run("gd:gamma=1", 1), numbers(c.path("grad.txt"))
    if run.error:
        return c.report("it runs", run.error)
    c.report("%s numbers" % c.about["parameters"], None if len(run.x) == int(c.about["parameters"]) else "%d" % len(run.x))
    c.report("loss", None if near(run.trace["f"][0], float(c.about["loss"]), 1e-10) else "%.17g" % run.trace["f"][0])
    gap = size((c.x0 - run.x) - want) / size(want)
    c.report("gradient", None if gap <= 1e-10 else "relative error %.1e" % gap)
    right = round(run.trace["accuracy"][0] * c.counted)
    c.report("rows or positions right", None if right == int(c.about["right0"]) else "%d" % right)
    for name, method in ("sgd", "gd:gamma=" + c.about["sgd.lr"]), ("adamw", adamw % c.about["adamw.lr"]):
        run, rows = c.run(method, 20), c.table(name + ".csv")
        wrong = [r["step"] for r in rows if not near(run.trace["f"][int(r["step"])], float(r["loss"]), 1e-9)]
        gap = max(abs(run.x - numbers(c.path(name + "-x20.txt"))))
        c.report("20 steps of " + name, None if len(rows) == 21 and not wrong and gap <= 1e-9 else "%s, %.1e" % (wrong, gap))
    for row in c.table("batches.csv"):
        rows = row["rows"].split()
        if len(set(rows)) < len(rows):
            continue
        table = write("batch", ["round,client," + ",".join("r%d" % k for k in range(len(rows))), "0,0," + ",".join(rows)])
        run = c.run("gd:gamma=1", 1, "--batch=%d" % len(rows), "--replay.batch=" + table)
        g = None if run.error else c.x0 - run.x
        square = float(row["grad_norm_sq"])
        good = g is not None and near(size(g) ** 2, square, 1e-9) and abs(g[0] - float(row["grad_first"])) <= 1e-10 * math.sqrt(square) \
            and abs(g[-1] - float(row["grad_last"])) <= 1e-10 * math.sqrt(square)
        c.report("batch " + row["rows"], None if good else run.error or "%.17g" % size(g))


for name in sorted(os.listdir(models)) if os.path.isdir(models) else []:
    if name.startswith("lora-"):
        check_case(Case(name))
if not os.path.isdir(models):
    truth.skip("adapters of models", "LACONIC_TRUTH has no models")

# ---- against NumPy: matrices of a softmax model and of a network, adapters on some of them ----

rng = np.random.default_rng(5)
features, hidden, classes, rows = 7, 6, 3, 12
data_x, data_y = rng.standard_normal((rows, features)), np.arange(rows) % classes
data = "--dataset=%s:d=%d" % (truth.write_rows("rows.libsvm", [(c, x) for c, x in zip(data_y, data_x)]), features)
network = "mlp:hidden=%d,activation=tanh" % hidden
w = 0.5 * rng.standard_normal(hidden * features + hidden + classes * hidden + classes)
base = vector("base.txt", w)


def loss_and_gradient(v, of=slice(None)):
    """Of the network at v, the mean over some rows."""
    a0, y = data_x[of], data_y[of]
    cut = np.cumsum([hidden * features, hidden, classes * hidden])
    W1, b1, W2, b2 = np.split(v, cut)
    W1, W2 = W1.reshape(hidden, features), W2.reshape(classes, hidden)
    a1 = np.tanh(a0 @ W1.T + b1)
    s = a1 @ W2.T + b2
    e = np.exp(s - s.max(1, keepdims=True))
    p = e / e.sum(1, keepdims=True)
    f = -np.log(p[np.arange(len(y)), y]).mean()
    d2 = (p - np.eye(classes)[y]) / len(y)
    d1 = (d2 @ W2) * (1 - a1 ** 2)
    return f, np.concatenate([(d1.T @ a0).ravel(), d1.sum(0), (d2.T @ a1).ravel(), d2.sum(0)])


places = {"W1": (hidden, features, 0), "W2": (classes, hidden, hidden * features + hidden)}


def unpack(x, on, rank, frozen=None):
    """[(rows, cols, offset, A, B)], A of `frozen` where x is the B alone."""
    out, at = [], 0
    for k, name in enumerate(on):
        m, n, offset = places[name]
        A = frozen[k] if frozen else x[at:at + rank * n].reshape(rank, n)
        at += 0 if frozen else rank * n
        out.append((m, n, offset, A, x[at:at + m * rank].reshape(m, rank)))
        at += m * rank
    return out


def merged(x, on, rank, alpha, frozen=None):
    v = w.copy()
    for m, n, offset, A, B in unpack(x, on, rank, frozen):
        v[offset:offset + m * n] += (alpha / rank * B @ A).ravel()
    return v


def lora(x, on, rank, alpha, of=slice(None), frozen=None):
    f, G = loss_and_gradient(merged(x, on, rank, alpha, frozen), of)
    g = []
    for m, n, offset, A, B in unpack(x, on, rank, frozen):
        part = alpha / rank * G[offset:offset + m * n].reshape(m, n)
        g += ([] if frozen else [(B.T @ part).ravel()]) + [(part @ A.T).ravel()]
    return f, np.concatenate(g)


def one(spec, x0, *more, rounds=1, method="gd:gamma=1", clients=1):
    start = ["--x0=file:path=" + vector("x0.txt", x0)] if x0 is not None else []
    return truth.Run(["--problem=" + spec, data, "--clients=%d" % clients, "--algorithm=" + method, "--rounds=%d" % rounds, *start, *more])


for words, on, rank, alpha in ("W1", ["W1"], 2, 5), ("W2", ["W2"], 3, 3), ("W1+W2", ["W1", "W2"], 3, 1), ("W", ["W1", "W2"], 1, 2):
    spec = "lora:rank=%d,alpha=%d,on=%s,base=%s+%s" % (rank, alpha, words, base, network)
    x = rng.standard_normal(rank * sum(places[k][0] + places[k][1] for k in on))
    run, (f, g) = one(spec, x), lora(x, on, rank, alpha)
    if run.error:
        report("on=%s, rank %d" % (words, rank), run.error)
        continue
    good = near(run.trace["f"][0], f, 1e-12) and size(x - run.x - g) <= 1e-12 * size(g)
    report("on=%s, rank %d, alpha %d: objective and gradient" % (words, rank, alpha), None if good else "%g" % size(x - run.x - g))
    with h5py.File(scratch("out.h5")) as file:
        gap = max(abs(file["final/merged"][:] - merged(run.x, on, rank, alpha)))
    report("... and its merged vector", None if gap <= 1e-14 else "%g" % gap)

# ---- the start ----

run = one("lora:rank=2,base=%s+%s" % (base, network), None, rounds=0)
parts = unpack(run.x, ["W1", "W2"], 2)
report("it starts at B = 0 and A uniform in -+1/sqrt(cols), where f is the base's",
       None if near(run.trace["f"][0], loss_and_gradient(w)[0], 1e-13) and
       all(not B.any() and 0.4 / math.sqrt(n) < abs(A).max() <= 1 / math.sqrt(n) and A.min() < 0 < A.max() for m, n, o, A, B in parts)
       else repr(run.x))
step = one("lora:rank=2,base=%s+%s" % (base, network), None)
report("there the gradient by A is 0 exactly", None if all((A == A0).all() and B.any() for (_, _, _, A, B), (_, _, _, A0, _) in
                                                          zip(unpack(step.x, ["W1", "W2"], 2), parts)) else "A moves")
twice = [one("lora:rank=2+" + network, None, *seed).x for seed in ([], [], ["--seed.x0=2"])]
report("without a base, what is frozen is the problem's own start, another one with another seed",
       None if (twice[0] == twice[1]).all() and (twice[0] != twice[2]).all() else "no")

# ---- results ----

options = [data, "--clients=3", "--algorithm=gd:gamma=0.3"]
trained, adapted = scratch("trained.h5"), scratch("adapted.h5")
first = truth.Run(["--problem=" + network, "--x0=glorot", "--rounds=20", *options])
os.rename(scratch("out.h5"), trained)
run = truth.Run(["--problem=" + network, "--x0=result:path=" + trained, "--rounds=3", *options])
whole = truth.Run(["--problem=" + network, "--x0=glorot", "--rounds=23", *options])
report("--x0=result: 20 rounds and 3 more are 23", run.error or (None if (run.x == whole.x).all() else "another end"))
config = lambda: h5py.File(scratch("out.h5"))["config"].attrs
run = truth.Run(["--problem=" + network, "--x0=result:path=" + trained, "--rounds=3", *options])
report("... and its name has the digest of that result", None if run.config.get("x0_digest") == first.attrs["digest"] else
       repr(run.config.get("x0_digest")))
run = truth.Run(["--problem=lora:rank=2,base=%s+%s" % (trained, network), "--rounds=5", *options])
report("base=R.h5: f begins where the result ended", run.error or (None if near(run.trace["f"][0], first.trace["f"][-1], 1e-13) else
                                                                   "%.17g" % run.trace["f"][0]))
report("... and the digest of the base is in the name", None if run.config.get("base_digest") == first.attrs["digest"] else "it is not")
os.rename(scratch("out.h5"), adapted)
for words, spec in ("--x0=result of adapters around it", None), ("base= of adapters around it", "lora:rank=1,base=%s+" % adapted):
    more = truth.Run(["--problem=" + (spec or "") + network, "--rounds=0", *options] + ([] if spec else ["--x0=result:path=" + adapted]))
    report(words + ": their merged vector", more.error or (None if near(more.trace["f"][0], run.trace["f"][-1], 1e-12) else
                                                          "%.17g" % more.trace["f"][0]))
again = truth.Run(["--problem=lora:rank=2,base=%s+%s" % (trained, network), "--x0=result:path=" + adapted, "--rounds=2", *options])
whole = truth.Run(["--problem=lora:rank=2,base=%s+%s" % (trained, network), "--rounds=7", *options])
report("--x0=result of the same adapters goes on", again.error or (None if (again.x == whole.x).all() else "another end"))

# ---- freeze=A ----

A = [rng.standard_normal((2, places[k][1])) for k in ("W1", "W2")]
spec = "lora:rank=2,alpha=3,freeze=A,factors=%s,base=%s+%s" % (vector("factors.txt", np.concatenate([a.ravel() for a in A])), base, network)
x = rng.standard_normal(2 * (hidden + classes))
run, (f, g) = one(spec, x), lora(x, ["W1", "W2"], 2, 3, frozen=A)
good = not run.error and len(run.x) == len(x) and near(run.trace["f"][0], f, 1e-12) and size(x - run.x - g) <= 1e-12 * size(g)
report("freeze=A: x is the B alone; objective and gradient", None if good else run.error or "%g" % size(x - run.x - g))
run = one(spec, None, rounds=3, clients=3, method="fedavg:K=2,eta=0.1")
report("... it starts at 0, and a message has 64 bits for each number of B",
       run.error or (None if run.trace["bits_up"][-1] == 3 * 3 * 64 * len(x) and run.trace["f"][-1] < run.trace["f"][0] else "no"))

zeros = one(spec, None, "--x0=zeros")
report("... and --x0=zeros is its start", zeros.error or (None if (zeros.x == one(spec, None).x).all() and zeros.x.any() else "no"))
drawn = ["--problem=lora:rank=2,freeze=A,base=%s+%s" % (base, network), *options]
start = truth.Run([*drawn, "--rounds=1"])
os.rename(scratch("out.h5"), scratch("drawn.h5"))
refused("a start with other A, which another seed drew",
        "other frozen numbers; give the same files (base, factors) and, for what is drawn, the same --seed.x0",
        [*drawn, "--rounds=1", "--seed.x0=9", "--x0=result:path=" + scratch("drawn.h5")])
again = truth.Run([*drawn, "--rounds=1", "--x0=result:path=" + scratch("drawn.h5")])
report("... and one with the same A goes on", start.error or again.error)

# ---- around others, ranks, a pause ----

for words, around in (("softmax", "softmax"), ("cnn, on C1 and W2", "cnn:channels=2x3,fc=5"),
                      ("adapters around adapters", "lora:rank=2+mlp:hidden=5")):
    images = ["--dataset=synthetic:d=%d,classes=3,rows=40" % (64 if "cnn" in words else 9), "--clients=5", "--rounds=6"]
    spec = ("lora:rank=1,on=C1+W2+" if "cnn" in words else "lora:rank=1+") + around
    ends = [truth.Run(["--problem=" + spec, *images, "--algorithm=ef21:gamma=0.1", "--up=topk:k=2"], ranks=n) for n in (1, 2, 3)]
    report("around %s: the same digest on 1, 2 and 3 ranks" % words,
           next((e.error for e in ends if e.error), None if len({e.attrs["digest"] for e in ends}) == 1 else "they differ"))
spec = ["--problem=lora:rank=2+mlp:hidden=6", "--dataset=synthetic:d=9,classes=3,rows=40", "--clients=5", "--rounds=8",
        "--algorithm=fedavg:K=2,eta=0.1", "--batch=3"]
whole = truth.Run(spec)
out = scratch("paused.h5")
stopped = truth.command(["run", *spec, "-o", out, "--force", "--pause=3"])
resumed = truth.command(["run", *spec, "-o", out, "--resume"], 2)
with h5py.File(out) as file:
    same = stopped.returncode == 75 and resumed.returncode == 0 and file.attrs["digest"] == whole.attrs["digest"]
report("a run that pauses ends as the one that does not", None if same else resumed.stderr)
tested = truth.Run(["--problem=lora:rank=2+mlp:hidden=6", "--dataset=synthetic:d=9,classes=3,rows=40",
                    "--test-dataset=synthetic:d=9,classes=3,rows=25", "--clients=5", "--rounds=2", "--algorithm=gd:gamma=0.1"])
report("it is scored on a test set", tested.error or (None if 0 <= tested.trace["test_accuracy"][0] <= 1 else "no"))

# ---- around a language model ----

abc, abcd = write("abc.txt", ["abcabcacb" * 12]), write("abcd.txt", ["abcdabc" * 12])
lm = "lm:width=8,depth=1,heads=2,context=6,block=60,holdout=0"
text = ["--dataset=" + abc, "--clients=2", "--algorithm=fedavg:K=2,eta=0.3"]
trained_lm = scratch("lm.h5")
first = truth.Run(["--problem=" + lm, *text, "--rounds=4"])
os.rename(scratch("out.h5"), trained_lm)
few = write("few.txt", ["abab" * 20])
run = truth.Run(["--problem=lora:rank=2,base=%s+%s" % (trained_lm, lm), *text, "--dataset=" + few, "--rounds=3"])
size_of = 2 * (24 + 8 + 8 + 8)
report("a text with fewer symbols: those of the base rule", run.error or (None if len(run.x) == size_of else "%d" % len(run.x)))
said = truth.command(["sample", scratch("out.h5"), "--length=20", "--prompt=abc"])
report("laconic sample prints text of the merged model", None if said.returncode == 0 and len(said.stdout) >= 20 else said.stderr)
run = truth.Run(["--problem=" + lm, *text, "--dataset=" + few, "--x0=result:path=" + trained_lm, "--rounds=1"])
report("... and those of a start", run.error or (None if len(run.x) == len(first.x) else "%d" % len(run.x)))
refused("a symbol that the base lacks", "has the byte 0x64",
        ["--problem=lora:rank=2,base=%s+%s" % (trained_lm, lm), *text, "--dataset=" + abcd, "--rounds=1"])
refused("a start of another context", "context=6, and here it is context=5",
        ["--problem=" + lm.replace("context=6", "context=5"), *text, "--x0=result:path=" + trained_lm, "--rounds=1"])

# ---- refusals ----

common = [data, "--clients=1", "--rounds=1", "--algorithm=gd:gamma=1"]
around = lambda o, inner=network: ["--problem=lora:%s+%s" % (o, inner), *common]
refused("a rank larger than a matrix", "rank=4 is more than that of W2, which is 3 x 6", around("rank=4"))
refused("a matrix that is not there", "mlp has no matrix 'Wqkv'; it has W", around("rank=1,on=Wqkv"))
for listed in "W1+", "+W1", "W1++W2":
    refused("an empty word, on=" + listed, "mlp has no matrix ''; it has W", around("rank=1,on=" + listed))
refused("a bias", "b1 of mlp is no weight matrix", around("rank=1,on=W1+b1"))
refused("a problem without layers", "logreg has none", ["--problem=lora+logreg", "--dataset=synthetic", "--rounds=1", "--algorithm=gd"])
refused("an unknown base", "no 'mpl' among the problems; did you mean mlp", ["--problem=lora:rank=1+mpl", *common])
refused("something behind a problem that stands alone", "mlp does not stand around another problem", ["--problem=mlp+lora", *common])
refused("--x0=glorot", "leave --x0 out", around("rank=1") + ["--x0=glorot"])
refused("--x0=zeros", "use --x0=auto", around("rank=1") + ["--x0=zeros"])
refused("a base of another length", "holds 5 numbers", around("rank=1,base=" + vector("short.txt", range(5))))
refused("a result of another network", "activation=tanh, and here it is activation=relu",
        ["--problem=mlp:hidden=%d,activation=relu" % hidden, "--x0=result:path=" + trained, *common])
refused("a result of another size", "hidden=%d, and here it is hidden=5" % hidden,
        ["--problem=mlp:hidden=5", "--x0=result:path=" + trained, *common])
elsewhere = ["--dataset=synthetic:d=9,classes=3,rows=12", *common[1:]]
refused("a result of other data, with more numbers", "holds %d numbers but the problem has d=81" % len(w),
        ["--problem=" + network, "--x0=result:path=" + trained, *elsewhere])
refused("... as a base", "holds %d numbers but the problem has d=81" % len(w),
        ["--problem=lora:rank=1,base=%s+%s" % (trained, network), *elsewhere])
refused("a result of another problem", "is a result of mlp, not of softmax", ["--problem=softmax", "--x0=result:path=" + trained, *common])
refused("adapters around another base", "around other frozen numbers",
        ["--problem=lora:rank=2,base=%s+%s" % (base, network), "--x0=result:path=" + adapted, *common])
refused("a start that is no result", "no result of laconic", ["--problem=" + network, "--x0=result:path=" + base, *common])
refused("factors without freeze=A", "factors=F is for freeze=A", around("rank=1,factors=F"))
several = lambda k: ["--problem=multilsq:responses=%d" % k, "--dataset=%s:d=5" % scratch("several.libsvm"), "--clients=1", "--rounds=1",
                     "--algorithm=gd:gamma=1e-3"]
truth.write_rows("several.libsvm", [(c, a[:5]) for c, a in zip(data_y, data_x)])
truth.Run(several(2))
os.rename(scratch("out.h5"), scratch("several.h5"))
refused("a matrix of another shape and as many numbers", "multilsq with responses=2, and here it is responses=3",
        [*several(3), "--x0=result:path=" + scratch("several.h5")])
diverged = truth.Run(["--problem=lsq", "--dataset=synthetic:labels=real", "--algorithm=gd:gamma=1e6", "--rounds=300"])
os.rename(scratch("out.h5"), scratch("diverged.h5"))
refused("a result that diverged", "its run diverged", ["--problem=lsq", "--dataset=synthetic:labels=real", "--algorithm=gd", "--rounds=1",
                                                 "--x0=result:path=" + scratch("diverged.h5")])
truth.command(["run", "--problem=" + network, *common, "--rounds=9", "--x0=glorot", "-o", scratch("half.h5"), "--pause=2"])
refused("a result whose run has not ended", "has not ended", ["--problem=" + network, *common, "--x0=result:path=" + scratch("half.h5")])
truth.finish()
