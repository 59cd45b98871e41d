#!/usr/bin/python3
"""--dp: clipped gradients against numbers computed elsewhere (LACONIC_TRUTH/models and DP-LoRA of LACONIC_TRUTH/robust-gossip, where they
are here) and against NumPy; batches and noise; the accountant against other formulas; ranks, a pause, refusals.  TAP."""
import csv, math, os, sys
sys.dont_write_bytecode = True
import truth
from truth import ok, report, scratch, write
import h5py, numpy as np

root = os.environ.get("LACONIC_TRUTH", "/nonexistent")


def numbers(path):
    return np.loadtxt(path, ndmin=1)


def vector(name, x):
    return write(name, ["%.17g" % v for v in x])


def size(x):
    return float(np.linalg.norm(x))


def one_step(options, x0, dp):
    """What one round of gd with step 1 subtracts."""
    run = truth.Run([*options, "--clients=1", "--rounds=1", "--algorithm=gd:gamma=1", "--x0=file:path=" + vector("x0.txt", x0),
                     "--dp=" + dp])
    return run.error or x0 - run.x


def compare(words, got, want, tolerance):
    report(words, got if isinstance(got, str) else None if size(got - want) <= tolerance * size(want) else
           "relative error %.1e" % (size(got - want) / size(want)))


# ---- clipped rows, computed elsewhere ----

def spec_of(folder, about, real):
    sizes = ("kind", "hidden", "channels", "fc", "activation", "pool", "width", "depth", "heads", "context", "vocab")
    keys = [k for k in sizes if k in about]
    spec = "%s:%s,real=%s" % (about["problem"], ",".join("%s=%s" % (k, about[k]) for k in keys), real)
    if about["problem"] == "lm":
        spec += ",holdout=0,head=" + ("tied" if about["tied"] == "1" else "untied")
    if "lora.rank" in about:
        spec = "lora:rank=%s,alpha=%s,on=%s,base=%s/base.txt+%s" % (about["lora.rank"], about["lora.alpha"], about["lora.on"], folder, spec)
    return spec


def check_case(name, real, tolerance):
    folder = os.path.join(root, "models", name)
    about = dict(line.strip().split("=", 1) for line in open(folder + "/case.txt") if "=" in line)
    data = folder + ("/corpus.txt" if about["problem"] == "lm" else
                     "/data.libsvm:d=%d" % (int(about["features"]) if "features" in about else int(about["side"]) ** 2))
    options = ["--problem=" + spec_of(folder, about, real), "--dataset=" + data]
    x0, row = numbers(folder + "/x0.txt"), list(csv.DictReader(open(folder + "/clipped.csv")))[0]
    g = one_step(options, x0, "gauss:clip=" + row["clip"])
    compare("%s, %s: %s rows clipped at %s" % (name, real, row["rows_clipped"], row["clip"]), g, numbers(folder + "/clipped-grad.txt"),
            tolerance)
    if isinstance(g, str) or real == "f32":
        return
    report("... and the length of their mean", None if abs(size(g) ** 2 / float(row["norm_sq_of_mean"]) - 1) <= 1e-9 else "%.17g" % size(g))
    wrong = []
    for r in list(csv.DictReader(open(folder + "/rows.csv")))[:5]:
        table = write("row", ["round,client,r0", "0,0," + r["row"]])
        norm, alone = float(r["grad_norm"]), [*options, "--batch=1", "--replay.batch=" + table]
        half, whole = one_step(alone, x0, "gauss:clip=%.17g" % (norm / 2)), one_step(alone, x0, "gauss:clip=%.17g" % (norm * 2))
        if isinstance(half, str) or size(2 * half - whole) > 1e-10 * norm or abs(size(whole) - norm) > 1e-10 * norm:
            wrong.append(half if isinstance(half, str) else (r["row"], size(half), size(whole), norm))
    report("... five rows alone: cut down to half of its length, and left as it is", repr(wrong[0]) if wrong else None)


cases = os.path.join(root, "models")
for name in sorted(os.listdir(cases)) if os.path.isdir(cases) else []:
    if os.path.exists(os.path.join(cases, name, "clipped.csv")):
        check_case(name, "f64", 1e-10)
        check_case(name, "f32", 2e-6)
if not os.path.isdir(cases):
    truth.skip("clipped rows of models", "LACONIC_TRUTH has no models")

# ---- against NumPy: rows and what they share ----

rng = np.random.default_rng(8)
m, d, classes = 13, 9, 3


def data_of(words, density, labels):
    x = rng.standard_normal((m, d)) * (rng.random((m, d)) < density)
    return x, "--dataset=%s:d=%d" % (truth.write_rows(words, zip(labels, x)), d)


def clipped(rows, most):
    return sum(g * min(1, most / size(g)) if size(g) else g for g in rows) / len(rows)


for kind, density in ("dense", 1), ("sparse", 0.2):
    signs, of = np.where(rng.random(m) < 0.5, -1, 1), np.arange(m) % classes
    x, data = data_of("two", density, signs)
    v = rng.standard_normal(d)
    rows = [-s * a / (1 + math.exp(s * (a @ v))) for s, a in zip(signs, x)]
    compare("logreg, %s rows, with an l2 regulariser that is not clipped" % kind,
            one_step(["--problem=logreg:reg=l2,lambda=0.3", data], v, "gauss:clip=0.7"), clipped(rows, 0.7) + 0.3 * v, 1e-12)
    compare("lsq, %s rows, twice the mean of half squares" % kind,
            one_step(["--problem=lsq:scale=1/m", data], v, "gauss:clip=1.5"),
            clipped([2 * (a @ v - s) * a for s, a in zip(signs, x)], 1.5), 1e-12)
    x, data = data_of("many", density, of)
    W = rng.standard_normal((d, classes))
    p = np.exp(x @ W) / np.exp(x @ W).sum(1, keepdims=True) - np.eye(classes)[of]
    compare("softmax, %s rows" % kind, one_step(["--problem=softmax:reg=l2,lambda=0.2", data], W.ravel(), "gauss:clip=0.8"),
            clipped([np.outer(a, q).ravel() for a, q in zip(x, p)], 0.8) + 0.2 * W.ravel(), 1e-12)
    shape = [(4, d), (classes, 4)]
    W1, b1, W2, b2 = (rng.standard_normal(s) for s in (shape[0], 4, shape[1], classes))
    rows = []
    for a, c in zip(x, of):
        h = np.tanh(W1 @ a + b1)
        s = W2 @ h + b2
        e = np.exp(s - s.max()) / np.exp(s - s.max()).sum() - np.eye(classes)[c]
        back = (W2.T @ e) * (1 - h * h)
        rows.append(np.concatenate([np.outer(back, a).ravel(), back, np.outer(e, h).ravel(), e]))
    start = np.concatenate([W1.ravel(), b1, W2.ravel(), b2])
    compare("mlp, %s rows, with a regulariser" % kind, one_step(["--problem=mlp:hidden=4,lambda=0.1", data], start, "gauss:clip=1"),
            clipped(rows, 1) + 0.1 * start, 1e-12)

# ---- DP-LoRA, computed elsewhere: adapters of a linear model, clipped rows, noise of a table, factors averaged ----

fl = os.path.join(root, "robust-gossip", "fl", "dplora_")


def dp_lora():
    part = lambda name: np.loadtxt(fl + name + ".csv", delimiter=",")
    W0, A0, noise = part("W0"), part("A0"), part("noise")
    outputs, inputs, rank = *W0.shape, A0.shape[0]
    n = len(set(noise[:, 1]))
    rows = np.concatenate([np.concatenate([part("X%d" % i), part("Y%d" % i)], axis=1) for i in range(n)])
    data = "--dataset=%s:d=%d" % (truth.write_rows("dplora", [("0", ["%.17g" % v for v in r]) for r in rows]), inputs + outputs)
    split = rank * outputs      # B first there, A first here
    turned = np.concatenate([noise[:, :2], noise[:, 2 + split:], noise[:, 2:2 + split]], axis=1)
    table = write("dplora_noise", ["round,client," + ",".join("z%d" % j for j in range(turned.shape[1] - 2))] +
                  [",".join("%.17g" % v for v in r) for r in turned])
    x0 = np.concatenate([A0.ravel(), np.zeros(split)])
    want = list(csv.DictReader(open(fl + "traj.csv")))
    options = ["--problem=lora:rank=%d,base=%s+multilsq:responses=%d" % (rank, vector("dplora_W0", W0.ravel()), outputs), data,
               "--clients=%d" % n, "--x0=file:path=" + vector("dplora_x0", x0), "--algorithm=fedavg:K=1,eta=0.05",
               "--dp=gauss:clip=1,sigma=0.3", "--replay.dp=" + table]
    wrong = []
    for t in (1, 2, 5, len(want) - 1):
        run = truth.Run([*options, "--rounds=%d" % t], ranks=1 + t % 2)
        if run.error:
            return run.error
        row = want[t]
        end = [float(row["a%d" % j]) for j in range(rank * inputs)] + [float(row["b%d" % j]) for j in range(split)]
        gap = max(abs(run.x - end))
        if gap > 1e-12 or any(abs(run.trace["f"][k] * 1 - float(want[k]["loss"])) > 1e-12 for k in range(t + 1)):
            wrong.append("round %d: %.1e, f %.17g, not %s" % (t, gap, run.trace["f"][t], row["loss"]))
    return wrong[0] if wrong else None


if os.path.exists(fl + "traj.csv"):
    report("DP-LoRA: losses and both factors of every round", dp_lora())
else:
    truth.skip("DP-LoRA", "LACONIC_TRUTH has no robust-gossip/fl/dplora_traj.csv")

# ---- batches and noise ----

problem = ["--problem=logreg", "--dataset=synthetic:rows=400,d=30", "--clients=4"]
run = truth.Run([*problem, "--algorithm=gd:gamma=0.1", "--rounds=200", "--batch=20", "--dp=gauss:clip=1,sigma=1", "--eval=200"])
drawn = run.trace["samples"][-1]      # 4 clients, 200 steps, 400 rows each with probability 0.05
report("each row is in a batch by itself: 16000 +- 5 sigma of them", None if abs(drawn - 16000) < 5 * math.sqrt(320000 * 0.05 * 0.95) and
       drawn != 16000 else "%d" % drawn)
x0 = np.zeros(30)
g = one_step(problem[:2], x0, "gauss:clip=0.5,sigma=4")
same = one_step(problem[:2], x0, "gauss:clip=0.5")
z = (g - same) * 400 / (4 * 0.5)
deviation = size(z) / math.sqrt(30)
report("the noise of a batch of B rows has the deviation sigma C/B", None if 0.6 < deviation < 1.4 else "%g" % deviation)
other = one_step(problem[:2] + ["--seed.dp=7"], x0, "gauss:clip=0.5,sigma=4")
report("... and is another one with another seed", None if abs(other - g).min() > 0 else "no")
table = write("few", ["round,client," + ",".join("r%d" % k for k in range(5)), "0,0,1,3,5,7,9"])
batch = [one_step(problem[:2] + ["--batch=5", "--replay.batch=" + table] + o, x0, dp) for o, dp in (([], "gauss:clip=1e9"), ([], "none"))]
gap = size(batch[0] - batch[1])
report("with a clip that is never reached, a batch is that of no --dp", None if gap <= 1e-15 else "%g" % gap)
# Batches have as many rows as come, so that what no rows give is asked for.
w, A1, A2 = (np.random.RandomState(k).standard_normal(shape) for k, shape in ((1, 12 * 8 + 8 + 8 * 3 + 3), (2, (2, 12)), (3, (2, 8))))
factors = np.concatenate([A1.ravel(), np.zeros(16), A2.ravel(), np.zeros(6)])
options = ["--dataset=synthetic:rows=60,d=12,classes=3", "--batch=7", "--evaluate=all"]
whole = one_step(["--problem=mlp:hidden=8"] + options, w, "gauss:clip=1e9")
base = write("base.txt", ["%.17g" % v for v in w])
parts = one_step(["--problem=lora:rank=2,base=%s+mlp:hidden=8" % base] + options, factors, "gauss:clip=1e9")
if isinstance(whole, str) or isinstance(parts, str):
    report("lora: a batch of Poisson's", "%s %s" % (whole, parts))
else:
    compare("lora: with a clip that is never reached, a batch of any size has the base's gradient, projected", parts[24:40],
            (whole[:96].reshape(8, 12) @ A1.T).ravel(), 1e-12)
# A regulariser of the base is added once, whatever rows come and however they are clipped: what it adds at one point is its gradient.
for words, base_of, at, regulariser in ("mlp", "mlp:hidden=8", w, "lambda=0.3"), \
        ("softmax, nonconvex", "softmax", w[:36], "reg=nonconvex,lambda=0.3"):
    around, steps = "lora:rank=2,base=%s+" % write("base.txt", ["%.17g" % v for v in at]), {}
    start = np.random.RandomState(4).standard_normal(factors.size if len(at) == len(w) else 2 * (12 + 3))
    for dp in "none", "gauss:clip=1e-3", "gauss:clip=0.5":
        for on in 0, 1:
            spec = around + base_of + (("," if ":" in base_of else ":") + regulariser if on else "")
            steps[dp, on] = one_step(["--problem=" + spec] + options[:1] + (options[1:] if dp != "none" else options[2:]), start, dp)
    added = {dp: steps[dp, 1] - steps[dp, 0] if not isinstance(steps[dp, 1], str) else steps[dp, 1] for dp, on in steps}
    for dp in "gauss:clip=1e-3", "gauss:clip=0.5":
        compare("lora around a regularised %s, %s: the regulariser is not clipped" % (words, dp), added[dp], added["none"], 1e-12)
for spec, data in (("logreg", "rows=60,d=12"), ("lsq", "rows=60,d=12"), ("softmax", "rows=60,d=12,classes=3"),
                   ("mlp:hidden=8", "rows=60,d=12,classes=3"), ("lora:rank=2+mlp:hidden=8", "rows=60,d=12,classes=3"),
                   ("lora:rank=2+softmax", "rows=60,d=12,classes=3")):
    run = truth.Run(["--problem=" + spec, "--dataset=synthetic:" + data, "--clients=3", "--rounds=40", "--batch=1",
                     "--dp=gauss:clip=1,sigma=0.1",
                     "--x0=" + ("glorot" if spec.startswith("mlp") else "auto"), "--algorithm=gd:gamma=1e-3"])
    how = run.error or run.attrs["reason"]
    report("batches of one row, and often of none: " + spec, None if how == "rounds" else how)
options = ["--problem=lora:rank=2+mlp:hidden=8", "--dataset=synthetic:rows=60,d=12,classes=3", "--clients=5", "--rounds=6", "--batch=4",
           "--algorithm=fedavg:K=3,eta=0.1", "--dp=gauss:clip=1,sigma=0.8"]
ends = [truth.Run(options, ranks=n) for n in (1, 2, 3, 5)]
report("the same digest on 1, 2, 3 and 5 ranks",
       next((e.error for e in ends if e.error), None if len({e.attrs["digest"] for e in ends}) == 1 else "they differ"))
report("... of runs that did not diverge", ends[0].error or (None if ends[0].attrs["reason"] == "rounds" else ends[0].attrs["reason"]))
out = scratch("paused.h5")
truth.command(["run", *options, "-o", out, "--force", "--pause=2"])
resumed = truth.command(["run", *options, "-o", out, "--resume"], 2)
with h5py.File(out) as file:
    same = not resumed.returncode and file.attrs["digest"] == ends[0].attrs["digest"]
report("a run that pauses ends as the one that does not", None if same else resumed.stderr)
plain = [truth.Run(["--problem=logreg", "--rounds=3", "--algorithm=gd:gamma=0.1", *o]).attrs["digest"] for o in ([], ["--dp=none"])]
report("--dp=none changes no digest", None if plain[0] == plain[1] else "it does")

# ---- the accountant ----


def rho(a, q, sigma):
    """Of one step and order a, by Simpson's rule on a fine grid, in logarithms."""
    if q == 1:
        return a / (2 * sigma ** 2)
    t = np.linspace(-14, a / sigma + 14, 40001)
    u = (2 * sigma * t - 1) / (2 * sigma ** 2)
    e = a * np.logaddexp(math.log(1 - q), math.log(q) + u) - t * t / 2
    weight = np.ones(len(t))
    weight[1:-1:2], weight[2:-1:2] = 4, 2
    total = e.max() + math.log((weight * np.exp(e - e.max())).sum() * (t[1] - t[0]) / 3 / math.sqrt(2 * math.pi))
    return total / (a - 1)


def whole_order(a, q, sigma):
    """The closed form of a whole order: Mironov, Talwar, Zhang 2019, section 3.3."""
    terms = [math.lgamma(a + 1) - math.lgamma(k + 1) - math.lgamma(a - k + 1) + k * math.log(q) + (a - k) * math.log(1 - q) +
             (k * k - k) / (2 * sigma ** 2) for k in range(a + 1)]
    return float(np.logaddexp.reduce(terms)) / (a - 1)


def epsilon(of, orders, T, delta):
    return min(T * of(a) + math.log((a - 1) / a) - (math.log(delta) + math.log(a)) / (a - 1) for a in orders)


def model(spec):
    made = truth.command(["model", spec, "--csv"])
    if made.returncode:
        return made.stderr.strip()
    head, *rows = csv.reader(made.stdout.splitlines())
    return {h.split(",")[0]: float(v) for h, v in zip(head, rows[-1])}


cases = [(0.01, 4, 10000, 1e-5), (0.01, 1.1, 1000, 1e-5), (0.004, 0.7, 14000, 1e-6), (1, 20, 500, 1e-5), (1, 2, 1, 1e-3),
         (0.2, 3, 100, 1e-8), (0.05, 0.4, 50, 1e-5), (0.5, 1, 1, 1e-5)]
for q, sigma, T, delta in cases:
    got = model("privacy:q=%r,sigma=%r,steps=%d,delta=%r" % (q, sigma, T, delta))
    if isinstance(got, str):
        report("epsilon", got)
        continue
    fine = epsilon(lambda a: rho(a, q, sigma), [1 + 10 ** (k / 40) for k in range(-60, 120)], T, delta)
    low = epsilon(lambda a: whole_order(a, q, sigma), range(2, 400), T, delta) if q < 1 else math.inf
    good = fine * (1 - 2e-3) <= got["epsilon"] <= fine * (1 + 5e-3) and got["epsilon"] <= low * (1 + 5e-3)
    report("q=%g, sigma=%g, %d steps, delta=%g: epsilon=%.4g, by a fine grid of orders %.4g, by whole orders %.4g" %
           (q, sigma, T, delta, got["epsilon"], fine, low), None if good else "no")
# The figure that Abadi et al. 2016 print for q=0.01, sigma=4, 10000 steps, with their moments and their conversion: 1.26.
theirs = min(10000 * whole_order(a, 0.01, 4) + math.log(1e5) / (a - 1) for a in range(2, 65))
got = model("privacy:q=0.01,sigma=4,steps=10000,delta=1e-5")["epsilon"]
report("the moments accountant of Abadi et al. gives 1.26 there, and this conversion no more", None if abs(theirs - 1.26) < 0.005 and
       0.6 * theirs < got <= theirs else "%g, %g" % (theirs, got))
for target in 0.5, 2, 8:
    got = model("privacy:q=0.02,epsilon=%g,steps=2000" % target)
    back = model("privacy:q=0.02,sigma=%r,steps=2000" % (got["sigma"] * 0.999))
    report("sigma for epsilon=%g: it keeps to it, and one a thousandth lower does not" % target,
           None if got["epsilon"] <= target < back["epsilon"] < target * 1.01 else "%r %r" % (got, back))

options = ["--problem=logreg", "--dataset=synthetic:rows=100,d=30", "--clients=4", "--rounds=30", "--batch=10",
           "--algorithm=fedavg:K=4,eta=0.1"]
run = truth.Run([*options, "--dp=gauss:clip=1,epsilon=3"])
want = epsilon(lambda a: rho(a, 0.1, float(run.config["dp.sigma"])), [1 + 10 ** (k / 40) for k in range(-60, 120)], 120, 1e-5)
report("a run with a target finds sigma for its %d gradients, and spends it: %.4g" % (30 * 4, run.trace["epsilon"][-1]), run.error or (
    None if abs(want / 3 - 1) < 5e-3 and 2.99 < run.trace["epsilon"][-1] <= 3 and run.trace["epsilon"][0] == 0 and
    all(np.diff(run.trace["epsilon"]) > 0) else "%g" % want))
said = [float(run.config["dp." + key]) for key in ("q", "steps")]
report("... and the result says from what it is counted", None if said == [0.1, 4] else repr(said))
said = truth.command(["run", *options, "--dp=gauss:clip=1,sigma=2", "-o", scratch("said.h5"), "--force"]).stdout
report("a run prints its epsilon", None if "-private: sigma=2, q=0.1, 120 gradients" in said else said)
stopped = truth.Run([*options, "--dp=gauss:clip=1,sigma=2", "--stop=epsilon:1"])
report("--stop=epsilon:1 ends where it is spent", stopped.error or (
    None if stopped.trace["epsilon"][-1] >= 1 > stopped.trace["epsilon"][-2] else "%r" % stopped.trace["epsilon"]))
loss = [truth.Run([*options, "--dp=gauss:clip=1" + e]).trace["f"][-1] for e in ("", ",epsilon=8", ",epsilon=0.3")]
report("f at the end without noise, at epsilon=8 and at 0.3: %.3f, %.3f, %.3f" % tuple(loss),
       None if max(loss[:2]) < loss[2] - 0.01 else "no")


# ---- refusals ----

def refused(words, sentence, *more):
    run = truth.Run([*options, *more])
    good = run.error and sentence in run.error and "\n" not in run.error
    report(words + ": one sentence", None if good else repr(run.error))


refused("an epsilon that sigma does not keep to", "which is more than epsilon=1", "--dp=gauss:sigma=0.5,epsilon=1")
refused("an epsilon that nothing reaches", "cannot be reached by any noise", "--dp=gauss:epsilon=1e-4,delta=1e-9")
refused("another mechanism", "--dp must be none or gauss", "--dp=laplace")
refused("clip=0", "clip must be a number >0", "--dp=gauss:clip=0")
refused("a method that takes gradients of all rows now and then", "asks for gradients of all rows as they are",
        "--algorithm=ef21page:gamma=0.1", "--up=topk:k=3", "--dp=gauss:sigma=1")
refused("a method that takes gradients of all rows", "takes gradients of all rows as they are", "--algorithm=marina:gamma=0.1,p=0.1",
        "--batch=full", "--dp=gauss:sigma=1")
refused("order=epoch", "leave replace and order", "--batch=10,order=epoch", "--dp=gauss:sigma=1")
refused("more gradients than are counted", "laconic: --dp: fedavg asks a client for more gradients in a round than the 1",
        "--dp=gauss:sigma=1,steps=1")
refused("a method that takes losses", "laconic: --dp: spsa takes losses", "--algorithm=spsa", "--dp=gauss:sigma=1")
table = write("z", ["round,client,z0"] + ["%d,%d,0" % (t, i) for t in range(30) for i in range(4)])
refused("noise without --dp", "--replay.dp is the noise", "--replay.dp=" + table)
refused("noise of another length", "its rows have 1 numbers, and the noise has d=30", "--dp=gauss:sigma=1", "--replay.dp=" + scratch("z"))
run = truth.Run(["--problem=quadratic", "--rounds=1", "--algorithm=gd", "--dp=gauss:sigma=1"])
report("a problem without rows: one sentence", None if run.error and "quadratic has no rows" in run.error else repr(run.error))
truth.finish()
