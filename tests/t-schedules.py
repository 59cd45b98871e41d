#!/usr/bin/python3
"""Schedules of step sizes, --clip, optimisers and H in passes, against NumPy; every method takes a schedule.  TAP."""
import sys
sys.dont_write_bytecode = True
import truth

try:
    import numpy as np
except ImportError:
    truth.skip_all("no python3-numpy")

# ---- a problem whose gradients NumPy knows: logistic regression, M clients of m rows ----

M, m, d, lam = 3, 6, 5, 0.05
draw = np.random.default_rng(7)
A = draw.normal(size=(M, m, d)) * np.array([1, 2, 4]).reshape(M, 1, 1)      # clients whose gradients differ in length
y = np.where(draw.random((M, m)) < 0.5, -1.0, 1.0)
x0 = draw.normal(size=d)
data = truth.write_rows("rows", [("%d" % y[i, r], ["%.17g" % v for v in A[i, r]]) for i in range(M) for r in range(m)])
base = ["--problem=logreg:reg=l2,lambda=%g" % lam, "--dataset=%s:d=%d" % (data, d), "--clients=%d" % M,
        "--x0=file:path=" + truth.write("x0", ["%.17g" % v for v in x0]), "--up=identity"]

def f(x):
    return np.mean(np.log1p(np.exp(-y * (A @ x)))) + lam / 2 * x @ x

def gradient(i, x, clip=None):
    g = -(y[i] / (1 + np.exp(y[i] * (A[i] @ x)))) @ A[i] / m + lam * x
    norm = np.sqrt(g @ g)
    return g * clip / norm if clip and norm > clip else g

# ---- schedules ----

def factor(t, T, warmup=0, decay=None, floor=0.0, each=0):
    """As docs/steps.md has it."""
    if t < warmup:
        return (t + 1) / warmup
    q = (t - warmup) / (T - warmup)
    if decay == "cosine":
        return floor + (1 - floor) * (1 + np.cos(np.pi * q)) / 2
    if decay == "linear":
        return floor + (1 - floor) * (1 - q)
    return floor ** ((t - warmup) // each) if decay == "step" else 1.0

T = 20
SCHEDULES = [      # options, and what they mean in 20 rounds
    ("warmup=5", dict(warmup=5)), ("warmup=25%", dict(warmup=5)), ("decay=cosine:0.1", dict(decay="cosine", floor=0.1)),
    ("warmup=4,decay=cosine:0", dict(warmup=4, decay="cosine")), ("decay=linear:0.2", dict(decay="linear", floor=0.2)),
    ("warmup=20%,decay=linear:0", dict(warmup=4, decay="linear")), ("decay=step:0.5:6", dict(decay="step", floor=0.5, each=6)),
    ("warmup=10,decay=step:0.1:30%", dict(warmup=10, decay="step", floor=0.1, each=3)), ("warmup=20", dict(warmup=20))]

# ---- optimisers and methods ----

class Optimiser:
    def __init__(self, kind, beta1=0.9, beta2=0.95, eps=1e-8, wd=0.1, bias=True):
        self.kind, self.beta1, self.beta2, self.eps, self.wd, self.bias = kind, beta1, beta2, eps, wd if kind == "adamw" else 0, bias
        self.s, self.m, self.v = 0, np.zeros(d), np.zeros(d)

    def step(self, x, g, lr):
        self.s += 1
        if self.kind == "sgd":
            return x - lr * g
        if self.kind in ("momentum", "nesterov"):
            self.m = self.beta1 * self.m + g
            return x - lr * (self.m if self.kind == "momentum" else g + self.beta1 * self.m)
        self.m = self.beta1 * self.m + (1 - self.beta1) * g
        self.v = self.beta2 * self.v + (1 - self.beta2) * g * g
        m, v = (self.m / (1 - self.beta1 ** self.s), self.v / (1 - self.beta2 ** self.s)) if self.bias else (self.m, self.v)
        return x * (1 - lr * self.wd) - lr * m / (np.sqrt(v) + self.eps)

def parallel(lr, kind="sgd", clip=None, **more):
    """gd, dpadamw"""
    o = Optimiser(kind, **more)
    return lambda t, x, k: o.step(x, np.mean([gradient(i, x, clip) for i in range(M)], axis=0), k * lr)

def local(lr, H, kind="sgd", mu=0.0, eta_o=1.0, late=False, gap=None, phi=None, clip=None, weights=None):
    """fedavg, local_sgd, slowmo, co2"""
    inner, u, past = [Optimiser(kind) for _ in range(M)], np.zeros(d), []
    w = np.ones(M) / M if weights is None else weights
    def step(t, x, k):
        nonlocal u
        ends = []
        for i in range(M):
            theta = x
            for _ in range(H):
                theta = inner[i].step(theta, gradient(i, theta, clip), k * lr)
            ends.append(theta)
        past.append((x, x - sum(w[i] * ends[i] for i in range(M))))
        if late and t == 0:
            return x
        before, D = past[t - 1 if late else t]
        Lambda = 1 + np.linalg.norm(x - before) / (np.linalg.norm(D) + 1e-12) if gap == "aware" else gap or 1
        u = mu * u + D / (k * lr * Lambda)
        if phi:
            u = np.clip(u, -phi, phi)
        return x - eta_o * k * lr * u
    return step

def diloco(lr, H, kind="adamw", outer="nesterov", eta_o=0.7, mu=0.9, clip=None, **more):
    """One fragment, tau = 0."""
    inner, out, theta = [Optimiser(kind) for _ in range(M)], Optimiser(outer, beta1=mu, **more), [None] * M
    def step(t, G, k):
        for i in range(M):
            theta[i] = inner[i].step(G if t % H == 0 else theta[i], gradient(i, G if t % H == 0 else theta[i], clip), k * lr)
        return out.step(G, np.mean([G - theta[i] for i in range(M)], axis=0), eta_o) if (t + 1) % H == 0 else G
    return step

def differs(spec, step, meaning={}, more=(), rounds=T, of=f):
    """None, or where f or the last point is not what NumPy finds."""
    x, values = x0, []
    for t in range(rounds):
        values.append(of(x))
        x = step(t, x, factor(t, rounds, **meaning))
    run = truth.Run(base + ["--algorithm=" + spec, "--rounds=%d" % rounds, *more])
    if run.error:
        return run.error
    for t in range(rounds):
        if not abs(run.trace["f"][t] - values[t]) <= 1e-11 * abs(values[t]):
            return "round %d: f is %.17g, not %.17g" % (t, run.trace["f"][t], values[t])
    gap = np.max(np.abs(run.x - x)) / np.max(np.abs(x))
    return None if gap <= 1e-10 else "the last point differs by %.1e" % gap

for options, meaning in SCHEDULES:
    truth.report("gd with " + options, differs("gd:gamma=0.3," + options, parallel(0.3), meaning))
both, meaning = "warmup=20%,decay=cosine:0.1", dict(warmup=4, decay="cosine", floor=0.1)
ADAM_O = "outer=adam,eta_o=0.1,mu=0.8,beta2_o=0.9,eps_o=0.01"
METHODS = [
    ("fedavg:K=3,eta=0.1", local(0.1, 3)),
    ("dpadamw:lr=0.05", parallel(0.05, "adamw")),
    ("dpadamw:optimiser=adam,lr=0.05,beta2=0.9", parallel(0.05, "adam", beta2=0.9)),
    ("dpadamw:optimiser=adam,bias=no,lr=0.05", parallel(0.05, "adam", bias=False)),
    ("dpadamw:optimiser=momentum,lr=0.1,beta1=0.8", parallel(0.1, "momentum", beta1=0.8)),
    ("dpadamw:optimiser=nesterov,lr=0.1", parallel(0.1, "nesterov")),
    ("local_sgd:H=3,inner=adamw,lr=0.02", local(0.02, 3, "adamw")),
    ("slowmo:H=3,lr=0.1,mu=0.6,eta_o=0.8", local(0.1, 3, mu=0.6, eta_o=0.8)),
    ("slowmo:H=2,inner=nesterov,lr=0.05", local(0.05, 2, "nesterov", mu=0.5)),
    ("co2:H=3,lr=0.1,mu=0.4,eta_o=0.5", local(0.1, 3, mu=0.4, eta_o=0.5, late=True)),
    ("co2:H=3,lr=0.1,gap=aware", local(0.1, 3, mu=0.2, late=True, gap="aware")),
    ("co2:H=2,inner=adamw,lr=0.02,lambda=2,phi=0.5", local(0.02, 2, "adamw", mu=0.2, late=True, gap=2, phi=0.5)),
    ("diloco:H=4,lr=0.02", diloco(0.02, 4)),
    ("diloco:H=2,inner=momentum,lr=0.02,outer=sgd,eta_o=1", diloco(0.02, 2, "momentum", "sgd", 1)),
    ("diloco:H=2,inner=nesterov,lr=0.02,outer=momentum,mu=0.5", diloco(0.02, 2, "nesterov", "momentum", mu=0.5)),
    ("diloco:H=2,inner=adam,lr=0.02," + ADAM_O, diloco(0.02, 2, "adam", "adam", 0.1, 0.8, beta2=0.9, eps=0.01)),
    ("diloco:H=2,inner=sgd,lr=0.1,outer=adamw,eta_o=0.1,mu=0.8,wd_o=0.3",
     diloco(0.1, 2, "sgd", "adamw", 0.1, 0.8, beta2=0.99, eps=0.1, wd=0.3))]
for spec, step in METHODS:
    truth.report("%s with %s" % (spec, both), differs("%s,%s" % (spec, both), step, meaning))

# ---- clipping ----

for C in 0.3, 2:
    for spec, step in [("gd:gamma=0.3", parallel(0.3, clip=C)), ("fedavg:K=3,eta=0.1", local(0.1, 3, clip=C)),
                       ("dpadamw:lr=0.05", parallel(0.05, "adamw", clip=C)),
                       ("diloco:H=4,lr=0.02,inner=sgd", diloco(0.02, 4, "sgd", clip=C))]:
        truth.report("%s with --clip=%g" % (spec, C), differs(spec, step, more=["--clip=%g" % C]))
plain, long = (truth.Run(base + ["--algorithm=gd:gamma=0.3", "--rounds=9", *more]) for more in ([], ["--clip=1e9"]))
truth.report("a norm that no gradient has changes nothing", plain.error or long.error or (
    None if plain.attrs["digest"] == long.attrs["digest"] else "another digest"))

# Unequal clients: 3, 6 and 9 rows, and f their mean over all rows.
parts = [[(y[i, r % m], A[i, r % m] * (1 + r / 9)) for r in range(3 * (i + 1))] for i in range(M)]
rows, sizes = sum(parts, []), np.array([3, 6, 9]) / 18

def loss_of_all(x):
    return np.mean([np.log1p(np.exp(-l * (a @ x))) for l, a in rows]) + lam / 2 * x @ x

def weighted(t, x, k):
    step = np.zeros(d)
    for i in range(M):
        g = np.mean([-l / (1 + np.exp(l * (a @ x))) * a for l, a in parts[i]], axis=0) + lam * x
        step += sizes[i] * g * min(1, 0.3 / np.sqrt(g @ g))
    return x - 0.3 * step

uneven = ["--dataset=%s:d=%d" % (truth.write_rows("uneven", [("%d" % l, ["%.17g" % v for v in a]) for l, a in rows]), d),
          "--split=natural:file=" + truth.write("groups", [str(i) for i in range(M) for _ in parts[i]])]
truth.report("a gradient is clipped before its client's weight multiplies it",
             differs("gd:gamma=0.3", weighted, more=uneven + ["--weights=size", "--clip=0.3"], of=loss_of_all))

# ---- H in passes over the rows, fragments by --up2 ----

def same(words, one, other, attribute="digest", bits=None):
    """One and other are options of two runs."""
    a, b = truth.Run(base + one), truth.Run(base + other)
    why = a.error or b.error
    if not why and bits and a.trace["bits_up"][-1] != bits:
        why = "%d bits, not %d" % (a.trace["bits_up"][-1], bits)
    truth.report(words, why or (None if a.attrs[attribute] == b.attrs[attribute] else "they differ"))

epochs = ["--batch=4,order=epoch", "--rounds=13"]
same("H=epochs:2 of 6 rows in batches of 4 is H=4", epochs + ["--algorithm=diloco:H=epochs:2"], epochs + ["--algorithm=diloco:H=4"])
same("... and a round of local_sgd has 4 steps", epochs + ["--algorithm=local_sgd:H=epochs:2"], epochs + ["--algorithm=local_sgd:H=4"])
same("H=epochs:3 without --batch is H=3", ["--rounds=13", "--algorithm=diloco:H=epochs:3"], ["--rounds=13", "--algorithm=diloco:H=3"])
streams = ["--algorithm=diloco:H=4,fragments=2,layer=2,spacing=2", "--rounds=9"]      # coordinates 0, 1, 4 and 2, 3; sent at 4, 8 and at 6
apart = [streams[0] + ",up2=0x1", streams[1], "--up2=fp4"]
same("all fragments by --up2 are as by --up", apart, streams + ["--up=fp4"])
same("... and one of them has bits of its own", [streams[0] + ",up2=1", streams[1], "--up=fp4", "--up2=bf16"],
     [streams[0] + ",up2=1", streams[1], "--up=fp4", "--up2=bf16"], bits=M * (2 * (64 + 3 * 4) + 2 * 16))

# ---- every method ----

def help_of(method):
    return [line.split("\t")[0] for line in truth.command(["help", "--options=" + method]).stdout.splitlines()]

methods = truth.command(["list", "algorithms", "--names"]).stdout.split()
listed = {name: help_of(name) for name in methods}
lacking = [name for name, options in listed.items() if not {"warmup", "decay"} <= set(options)]
shared = set(truth.command(["list", "compressors", "--names"]).stdout.split())      # names whose help is that of two plug-ins
twice = [name for name, options in listed.items() if len(set(options)) < len(options) and name not in shared]
truth.report("every method has warmup and decay (%d methods)" % len(methods), "not " + " ".join(lacking) if lacking else None)
truth.report("... and no two options of one name", " ".join(twice) if twice else None)

small = ["--problem=quadratic:d=6,mu=0.1", "--clients=4", "--rounds=12", "--x0=normal", "--up=identity"]

def spec_of(name, more=""):
    step = next(k for k in ("gamma", "eta", "lr") if k in listed[name])
    step = "eta" if name == "optimistic_masha" else step
    size = 4 if name == "hidenseek" else 0.05      # of its scores, whose size is 1
    return "--algorithm=%s:%s=%g%s" % (name, step, size, more)

def each(more, ranks=1):
    return truth.runs([small + [spec_of(name, more)] for name in methods], ranks)

def equal_digests(one, other):
    """None, or the methods whose runs differ."""
    error = next((r.error for r in one + other if r.error), None)
    names = [name for name, a, b in zip(methods, one, other) if not error and a.attrs["digest"] != b.attrs["digest"]]
    return error or " ".join(names) or None

DECAY = ",warmup=3,decay=linear:0"
bare, ones, scheduled = each(""), each(",warmup=1,decay=step:1:2"), each(DECAY)
truth.report("a schedule whose factors are 1 changes no method", equal_digests(bare, ones))
unmoved = [name for name, a, b in zip(methods, bare, scheduled) if not a.error and not b.error and list(a.x) == list(b.x)]
truth.report("... and one that falls changes every method", " ".join(unmoved) or None)
truth.report("a schedule gives the same digests on 3 ranks", equal_digests(scheduled, each(DECAY, 3)))

def resumed(name):
    """Stopped in the warm-up, and in the decay."""
    out, options = truth.scratch("stopped.h5"), small + [spec_of(name, DECAY), "-o", truth.scratch("stopped.h5")]
    for k, more in enumerate((["--force", "--pause=2"], ["--resume=yes", "--pause=7"], ["--resume=yes"])):
        done = truth.command(["run", *options, *more])
        if done.returncode != (75 if k < 2 else 0):
            return done.stderr
    return None if truth.Run.__new__(truth.Run).take(done, out).attrs["digest"] == scheduled[methods.index(name)].attrs["digest"] else \
        "another digest"

for name in "gd", "ef21", "powersgd", "diloco", "co2", "scaffold", "masha1", "allreduce":
    truth.report(name + " is resumed in its schedule to the same digest", resumed(name))
truth.report("hosts of powersgd make the server's step of the round before", differs(
    "powersgd:gamma=0.3,rank=1000000," + both, parallel(0.3), meaning))

# ---- names and notes ----

run = truth.Run(base + ["--algorithm=gd:gamma=theory*0.5,warmup=25%,decay=cosine:0.10", "--rounds=4"])
truth.report("a schedule is in the name of its run, in one spelling", run.error or (
    None if run.config["algorithm"] == "gd:gamma=theory*0.5,warmup=25%,decay=cosine:0.1" else run.config["algorithm"]))
truth.report("... and the result tells the step size of the theory, and the schedule", run.error or (
    None if float(run.config["gd.gamma"]) > 0 and run.config["gd.decay"] == "cosine:0.1" and run.config["gd.warmup"] == "25%" else
    str(run.config)))
bare = truth.Run(base + ["--algorithm=gd:gamma=0.3,warmup=0,decay=none", "--clip=0", "--rounds=4"])
truth.report("what is at its default is not", bare.error or (None if bare.config["algorithm"] == "gd:gamma=0.3" and not [
    k for k in bare.config if "warmup" in k or "decay" in k or "clip" in k] else str(bare.config)))

# ---- what is refused ----

REFUSED = [
    (["--algorithm=gd:warmup=30"], "warmup=30 is more than the 20 rounds"), (["--algorithm=gd:warmup=1.5"], "a count"),
    (["--algorithm=gd:warmup=101%"], "a percentage"), (["--algorithm=gd:decay=cosine"], "cosine:FLOOR"),
    (["--algorithm=gd:decay=cosine:2"], "in [0,1]"), (["--algorithm=gd:decay=cosine:5%"], "in [0,1]"),
    (["--algorithm=gd:decay=linear:0.1:3"], "linear:FLOOR"), (["--algorithm=gd:decay=step:0.5"], "step:FACTOR:EVERY"),
    (["--algorithm=gd:decay=step:0:5"], "(0,1]"), (["--algorithm=gd:decay=step:0.5:0"], "a count or a percentage"),
    (["--algorithm=gd:decay=step:0.5:2.5"], "a count or a percentage"), (["--algorithm=gd:decay=fast"], "must be one of"),
    (["--algorithm=slowmo:decay=step:1e-200:1"], "down to 0 within the 20 rounds"),
    (["--algorithm=gd:decay=step:1e-155:9"], "down to 0 within the 20 rounds"),
    (["--clip=-1"], "clip"), (["--algorithm=diloco:H=epochs:1", *uneven, "--batch=2,order=epoch"], "H=epochs:E is not the same"),
    (["--algorithm=diloco:H=epochs:0"], "epochs:NUMBER"), (["--algorithm=diloco:fragments=2,up2=2"], "up2 lists a fragment"),
    *(([option], "[%d,4294967295]" % least) for option, least in (
        ("--algorithm=diloco:H=18446744073709551615", 1), ("--algorithm=diloco:fragments=18446744073709551615", 1),
        ("--algorithm=diloco:fragments=2,spacing=9223372036854775808", 0), ("--algorithm=diloco:layer=18446744073709551615", 0))),
    (["--algorithm=diloco:fragments=2", "--up2=fp4"], "leave --up2 out"), (["--algorithm=diloco:outer=lion"], "adamw|sgd"),
    (["--algorithm=co2", "--sample=uniform:s=2"], "every client in every round"), (["--algorithm=co2:phi=-1"], "phi")]
for options, words in REFUSED:
    done = truth.command(["run", *base, "--rounds=20", *options, "-o", truth.scratch("no.h5")])
    one = done.stderr.strip()
    truth.report(" ".join(o for o in options if not o.startswith(("--dataset", "--split"))) + " is refused",
                 None if done.returncode == 1 and words in one and "\n" not in one else "%d: %s" % (done.returncode, one))
truth.finish()
