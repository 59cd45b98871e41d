#!/usr/bin/python3
"""Methods with local steps: those that are equal on paper are equal, to the last digits, with and without sampling and batches; a
trajectory of each on a nonconvex problem, computed here in NumPy from the formulas of the papers, with the same samples, batches and
random coordinates; the same digest on 1, 2 and 3 ranks; what cannot be meant is refused in one sentence.  TAP."""
import itertools, sys
sys.dont_write_bytecode = True
import truth

try:
    import numpy as np
except ImportError:
    truth.skip_all("no python3-numpy")

# ---- equal on paper ----

PROBLEMS = {
    "quadratic": ["--problem=quadratic:mu=0.1"],
    "logreg, l2": ["--problem=logreg:reg=l2,lambda=0.05", "--dataset=synthetic:rows=20,d=15,hetero=1"],
    "logreg, nonconvex": ["--problem=logreg:reg=nonconvex,lambda=0.1", "--dataset=synthetic:rows=20,d=15,hetero=1"],
    "softmax": ["--problem=softmax:reg=l2,lambda=0.01", "--dataset=synthetic:rows=20,d=8,classes=4,hetero=1"],
}
WHO = {"all clients": [], "3 of 7": ["--sample=uniform:s=3"]}
ROWS = {"all rows": [], "batches": ["--batch=5"]}
base = ["--clients=7", "--rounds=60", "--eval=1", "--x0=normal:scale=0.3", "--up=identity", "--optimum=none"]


def gap(a, b):
    """The largest relative difference of two runs: f, |grad f|^2, the last iterate."""
    pairs = [(a.trace[c], b.trace[c]) for c in ("f", "grad_norm_sq")] + [(a.x, b.x)]
    return max(np.max(np.abs(u - v)) / np.max(np.abs(v)) for u, v in pairs)


def equal(words, one, other, tolerance, bits=1):
    """Two methods, of which the first sends `bits` times what the second sends."""
    cases = [("%s: %s, %s, %s" % (words, problem, who, rows), base + options + sample + batch)
             for (problem, options), (who, sample), (rows, batch) in itertools.product(PROBLEMS.items(), WHO.items(), ROWS.items())
             if not (batch and problem == "quadratic") and not (sample and "all clients" in words)]
    ones, others = (truth.runs([options + ["--algorithm=" + spec] for _, options in cases]) for spec in (one, other))
    for (words, _), a, b in zip(cases, ones, others):
        why = a.error or b.error
        if not why:
            difference, sent = gap(a, b), [run.trace["bits_up"] for run in (a, b)]
            why = "they differ by %.1e" % difference if difference > tolerance else None
            why = why or (None if np.array_equal(sent[0], bits * sent[1]) else "bits are %s and %s" % (sent[0][-1], sent[1][-1]))
        truth.report(words, why)


local = "K=4,eta=0.05"
for init in ("zero", "gradient"):
    start = ",init=" + init
    equal("SCALLION with alpha=1 is SCAFFOLD, c_i from " + init, "scallion:alpha=1," + local + start, "scaffold:" + local + start, 0)
    equal("SCAFCOM with beta=1 is SCAFFOLD, c_i from " + init, "scafcom:beta=1," + local + start, "scaffold:" + local + start, 1e-14)
equal("two vectors are one, in twice the bits", "scaffold:form=classic," + local, "scaffold:" + local, 1e-14, 2)
equal("FedGATE is SCAFFOLD, all clients", "fedgate:" + local, "scaffold:" + local, 1e-12)
equal("FedAvg with K=1 is gradient descent, all clients", "fedavg:K=1,eta=0.05", "gd:gamma=0.05", 1e-14)

# ---- trajectories, computed here ----

n, d, m, rounds, S, K, k = 7, 6, 8, 25, 3, 3, 4
LAMBDA, ETA, ETA_G = 0.1, 0.1, 1.3
source = np.random.RandomState(11)
A, label = source.standard_normal((n, m, d)), np.where(source.uniform(size=(n, m)) < 0.5, -1.0, 1.0)
A += 0.7 * source.standard_normal((n, 1, d))      # clients that differ
x0 = source.standard_normal(d)
draw = lambda of, count: sorted(source.permutation(of)[:count])
sampled = {(t,): draw(n, S) for t in range(rounds)}
batches = {(t, i, s): draw(m, 3) for t in range(rounds) for i in range(n) for s in range(K + 1)}
coordinates = {(t, i): draw(d, k) for t in range(rounds) for i in range(n)}


def loss(i, x):
    return np.mean(np.logaddexp(0, -label[i] * (A[i] @ x))) + LAMBDA * np.sum(x ** 2 / (1 + x ** 2))


def gradient(i, x, rows=slice(None)):
    a, y = A[i, rows], label[i, rows]
    return a.T @ (-y / (1 + np.exp(y * (a @ x)))) / len(y) + LAMBDA * 2 * x / (1 + x ** 2) ** 2


def rand(v, at):
    out = np.zeros(d)
    out[coordinates[at]] = v[coordinates[at]] * d / k
    return out


def top(v, at):
    out, kept = np.zeros(d), np.argsort(-np.abs(v))[:2]
    out[kept] = v[kept]
    return out


same = lambda v, at: v


class State:
    """What a method keeps, and the options of its setting."""

    def __init__(self, partial, batch):
        self.x, self.c, self.partial, self.batch = x0.copy(), np.zeros(d), partial, batch
        self.dense = x0.copy()
        self.ci, self.vi, self.e = np.zeros((n, d)), np.zeros((n, d)), np.zeros((n, d))

    def g(self, t, i, step, y):
        return gradient(i, y, batches[t, i, step]) if self.batch else gradient(i, y)

    def walk(self, t, i, correction=lambda y: 0):
        y = self.x.copy()
        for step in range(K):
            y = y - ETA * (self.g(t, i, step, y) + correction(y))
        return y

    def drawn(self, t):
        return sampled[t,] if self.partial else range(n)


def averaging(s, t, C, mu=0.0, feedback=False):
    """FedAvg, FedProx, FedPAQ, Fed-EF."""
    total, x = np.zeros(d), s.x.copy()
    for i in s.drawn(t):
        moved = s.walk(t, i, lambda y: mu * (y - x)) - x
        want = moved + (s.e[i] if feedback else 0)
        sent = C(want, (t, i))
        s.e[i] = want - sent
        total += sent
    s.x = x + ETA_G * total / len(s.drawn(t))


def gate(s, t, C):
    """FedGATE, FedCOMGATE; ci is delta_i."""
    q = {i: C((s.x - s.walk(t, i, lambda y: -s.ci[i])) / ETA, (t, i)) for i in s.drawn(t)}
    mean = sum(q.values()) / len(q)
    s.x = s.x - ETA * ETA_G * mean
    for i in q:
        s.ci[i] += (q[i] - mean) / K


def scaffold(s, t, option):
    """Karimireddy et al., both options, two vectors a client."""
    dy, dc = np.zeros(d), np.zeros(d)
    for i in s.drawn(t):
        y = s.walk(t, i, lambda y: s.c - s.ci[i])
        new = s.ci[i] - s.c + (s.x - y) / (K * ETA) if option == 2 else s.g(t, i, K, s.x)
        dy, dc = dy + y - s.x, dc + new - s.ci[i]
        s.ci[i] = new
    s.x, s.c = s.x + ETA_G * dy / len(s.drawn(t)), s.c + dc / n


def compressed(s, t, C, alpha=1.0, beta=None):
    """SCALLION (alpha), SCAFCOM (beta)."""
    total, count = np.zeros(d), len(s.drawn(t))
    for i in s.drawn(t):
        y = s.walk(t, i, lambda y: s.c - s.ci[i])
        if beta is None:
            delta = alpha * ((s.x - y) / (K * ETA) - s.c)
        else:
            s.vi[i] = (1 - beta) * s.vi[i] + beta * ((s.x - y) / (K * ETA) + s.ci[i] - s.c)
            delta = s.vi[i] - s.ci[i]
        sent = C(delta, (t, i))
        s.ci[i] += sent
        total += sent
    mean = total / count
    s.x, s.c = s.x - ETA_G * ETA * K * (mean + s.c), s.c + count / n * mean


def flasc(s, t, adam, frozen):
    """Kuo et al.: Top-2 of x down, momentum from there, Top-2 of what moved up; AdamW at the server, which has x in full."""
    x = s.dense
    start, total = top(x, t), np.zeros(d)
    for i in s.drawn(t):
        y, u = start.copy(), np.zeros(d)
        for step in range(K):
            u = 0.9 * u + s.g(t, i, step, y)
            y = y - ETA * u * (start != 0 if frozen else 1)
        total += top(start - y, t)
    mean = total / len(s.drawn(t))
    if not adam:
        s.x = s.dense = x - ETA_G * mean
        return
    s.c, s.e[0] = 0.9 * s.c + 0.1 * mean, 0.999 * s.e[0] + 0.001 * mean ** 2
    s.x = s.dense = x * (1 - ETA_G * 0.01) - ETA_G * s.c / (1 - 0.9 ** (t + 1)) / (np.sqrt(s.e[0] / (1 - 0.999 ** (t + 1))) + 1e-8)


def flasc_sent(s, t):
    """... and what is evaluated are the two coordinates that were sent."""
    kept = top(s.dense, t) != 0
    flasc(s, t, True, False)
    s.x = s.dense * kept


METHODS = {      # what computes a round; options of the method; of --up, further ones
    "fedavg": (lambda s, t: averaging(s, t, same), "", "identity"),
    "fedprox": (lambda s, t: averaging(s, t, same, mu=0.7), ",mu=0.7", "identity"),
    "fedpaq": (lambda s, t: averaging(s, t, rand), "", "randk:k=%d" % k),
    "fedef": (lambda s, t: averaging(s, t, top, feedback=True), "", "topk:k=2"),
    "fedgate": (lambda s, t: gate(s, t, same), "", "identity"),
    "fedcomgate": (lambda s, t: gate(s, t, rand), "", "randk:k=%d" % k),
    "scaffold": (lambda s, t: scaffold(s, t, 2), "", "identity"),
    "scaffold, option II in two vectors": (lambda s, t: scaffold(s, t, 2), ",form=classic", "identity"),
    "scaffold, option I": (lambda s, t: scaffold(s, t, 1), ",option=I,form=classic", "identity"),
    "scallion": (lambda s, t: compressed(s, t, rand, alpha=0.4), ",alpha=0.4", "randk:k=%d" % k),
    "scafcom": (lambda s, t: compressed(s, t, top, beta=0.3), ",beta=0.3", "topk:k=2"),
    "flasc": (lambda s, t: flasc(s, t, True, False), "", "topk:k=2", "--down=topk:k=2"),
    "flasc, at=sent": (flasc_sent, ",at=sent", "topk:k=2", "--down=topk:k=2"),
    "flasc, frozen": (lambda s, t: flasc(s, t, False, True), ",server=sgd,freeze=yes", "topk:k=2", "--down=topk:k=2"),
}


def table(name, names, choices):
    width = len(next(iter(choices.values())))
    return truth.write(name, [",".join(names + ["c%d" % j for j in range(width)])] +
                       [",".join(map(str, list(at) + list(row))) for at, row in choices.items()])


rows = truth.write_rows("federated.libsvm", [("%g" % label[i, r], ["%.17g" % v for v in A[i, r]]) for i in range(n) for r in range(m)])
common = ["--problem=logreg:reg=nonconvex,lambda=%g" % LAMBDA, "--dataset=%s:d=%d" % (rows, d), "--clients=%d" % n,
          "--rounds=%d" % rounds, "--eval=1", "--optimum=none", "--x0=file:path=" + truth.write("federated.x0", ["%.17g" % v for v in x0])]
of_noise = ["--replay.noise=" + table("noise.csv", ["round", "client"], coordinates)]
of_sample = ["--sample=uniform:s=%d" % S, "--replay.sample=" + table("sample.csv", ["round"], sampled)]
mean = lambda of, x: sum(of(i, x) for i in range(n)) / n


def batch_options(steps):
    own = {at: row for at, row in batches.items() if at[2] < steps}
    return ["--batch=3", "--replay.batch=" + table("batch.csv", ["round", "client", "step"], own)]


def trajectory(name, partial, batch):
    step, options, up, *further = METHODS[name]
    spec = "%s:eta=%g,eta_g=%g,K=%d%s" % (name.partition(",")[0], ETA, ETA_G, K, options)
    run = truth.Run(common + ["--algorithm=" + spec, "--up=" + up] + further + (of_noise if up.startswith("randk") else []) +
                    (of_sample if partial else []) + (batch_options(K + ("option=I" in options)) if batch else []))
    if run.error:
        return run.error
    s = State(partial, batch)
    for t in range(rounds + 1):
        for column, value in (("f", mean(loss, s.x)), ("grad_norm_sq", np.sum(mean(gradient, s.x) ** 2))):
            if not abs(run.trace[column][t] - value) <= 1e-9 * abs(value):
                return "row %d: %s is %.17g, not %.17g" % (t, column, run.trace[column][t], value)
        if t < rounds:
            step(s, t)
    return None if np.max(np.abs(run.x - s.x)) <= 1e-9 * np.max(np.abs(s.x)) else "the last iterate differs"


for name, partial, batch in itertools.product(METHODS, (False, True), (False, True)):
    truth.report("NumPy: %s, %s, %s" % (name, "%d of %d" % (S, n) if partial else "all clients", "batches" if batch else "all rows"),
                 trajectory(name, partial, batch))

# ---- any number of ranks ----

networks = {
    "softmax": ["--problem=softmax:reg=nonconvex,lambda=0.1", "--dataset=synthetic:rows=15,d=10,classes=4,hetero=1", "--x0=normal"],
    "mlp": ["--problem=mlp:hidden=6,hidden2=5,activation=relu", "--dataset=synthetic:rows=15,d=10,classes=4,hetero=1", "--x0=glorot"],
}
cases = []
for (problem, options), (name, (_, more, up, *further)) in itertools.product(networks.items(), METHODS.items()):
    up = {"identity": "identity", "topk:k=2": "topk:k=10%"}.get(up, "randk:k=60%")
    cases.append(("%s, %s" % (name, problem), options + ["--clients=8", "--rounds=6", "--sample=uniform:s=3", "--batch=4", "--up=" + up,
                                                         "--algorithm=%s:eta=0.05,K=3%s" % (name.partition(",")[0], more)] + further))
on_ranks = [truth.runs([settings for _, settings in cases], ranks) for ranks in (1, 2, 3)]
for (words, _), *runs in zip(cases, *on_ranks):
    digests = [run.error or run.attrs["digest"] for run in runs]
    truth.report("1, 2, 3 ranks: " + words, None if len(set(digests)) == 1 and not runs[0].error else "%s" % digests)

# ---- refused ----

REFUSED = [      # method, compressor, further options; parts of the sentence: the option and the remedy
    ("fedavg:K=0", "identity", [], "--algorithm=fedavg", "K must be epochs:NUMBER or a whole number in [1,65535]"),
    ("fedgate:K=0", "identity", [], "--algorithm=fedgate", "K must be epochs:NUMBER or a whole number in [1,65535]"),
    ("scaffold:K=65536", "identity", [], "K must be epochs:NUMBER or a whole number in [1,65535]"),
    ("scafcom:K=2.5", "topk:k=1", [], "K must be epochs:NUMBER or a whole number"),
    ("scaffold:eta=0", "identity", [], "--algorithm=scaffold", "eta must be a positive number, theory or theory*FACTOR"),
    ("scaffold:eta_g=-1", "identity", [], "--algorithm=scaffold", "eta_g must be a number >0"),
    ("fedavg:eta=nan", "identity", [], "eta must be a positive number, theory or theory*FACTOR"),
    ("fedprox:mu=-1", "identity", [], "--algorithm=fedprox", "mu must be a number >=0"),
    ("scafcom:beta=0", "topk:k=1", [], "--algorithm=scafcom", "beta must be a number in (0,1]"),
    ("scafcom:beta=1.1", "topk:k=1", [], "beta must be a number in (0,1]"),
    ("scallion:alpha=0", "randk:k=25%", [], "--algorithm=scallion", "alpha must be a positive number"),
    ("scaffold:init=x0", "identity", [], "--algorithm=scaffold", "init must be one of zero|gradient"),
    ("scaffold:gamma=1", "identity", [], "scaffold has no option 'gamma'", "it has eta"),
    ("scallion:alpha=0.52", "randk:k=10,scale=yes", [], "alpha=0.52", "below 2/(1+omega) = 0.4"),
    ("scallion:alpha=theory*2", "randk:k=10", [], "alpha=0.4", "below 2/(1+omega) = 0.4"),
    ("scallion", "topk:k=1", [], "scallion needs an unbiased compressor", "scafcom"),
    ("fedcomgate", "randk:k=25", [], "omega below 1", "scallion takes others"),
    ("fedcomgate", "topk:k=1", [], "fedcomgate needs an unbiased compressor"),
    ("fedpaq", "topk:k=1", [], "fedpaq needs an unbiased compressor", "fedef"),
    ("fedef", "randk:k=1", [], "fedef needs a contractive compressor", "topk"),
    ("scafcom", "randk:k=1", [], "scafcom needs a contractive compressor", "topk"),
    ("fedavg", "topk:k=1", [], "fedpaq and fedef compress"),
    ("fedprox", "randk:k=1", [], "fedpaq and fedef compress"),
    ("scaffold", "topk:k=1", [], "scallion and scafcom"),
    ("scaffold:option=I", "identity", [], "option=I needs form=classic"),
    ("scaffold:option=I,form=single", "identity", [], "option=I needs form=classic"),
    ("scaffold", "identity", ["--sample=uniform:s=8"], "--sample=uniform", "s=8 is more than the 7 clients"),
    ("scaffold", "identity", ["--sample=uniform:s=0"], "--sample=uniform", "s must be a whole number"),
    ("scaffold", "identity", ["--sample=bernoulli:p=0"], "--sample=bernoulli", "p must be a number in (0,1]"),
    ("fedavg", "identity", ["--problem=quadratic", "--batch=2"], "--batch", "quadratic has no rows"),
    ("fedavg", "identity", ["--problem=bilinear"], "fedavg minimises", "extragradient"),
    ("fedavg", "identity", ["--down=topk:k=1"], "--down", "leave --down out"),
    ("flasc", "topk:k=1", ["--broadcast=bf16"], "flasc", "leave --broadcast out"),
]
for ranks in (1, 2):
    for spec, up, more, *parts in REFUSED[::8] if ranks > 1 else REFUSED:
        run = truth.Run(["--clients=7", "--rounds=2", "--algorithm=" + spec, "--up=" + up, *more], ranks)
        good = run.error and run.error.startswith("laconic: ") and "\n" not in run.error and all(p in run.error for p in parts)
        truth.report("refused, %d: %s" % (ranks, " ".join([spec, up, *more])), None if good else "%s" % run.error)
truth.finish()
