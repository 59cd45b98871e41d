#!/usr/bin/python3
"""--broadcast: what clients receive of vectors in full, against NumPy with a rounding of its own; bits down of every method; servers that
step with their clients hold what these hold; ranks, pauses, names, refusals.  TAP."""
import os, sys
sys.dont_write_bytecode = True
import truth

try:
    import numpy as np
except ImportError:
    truth.skip_all("no python3-numpy")

import h5py

n, d, rows, rounds, lam = 5, 7, 12, 12, 0.1
WIDTH = {"f64": 64, "f32": 32, "bf16": 16}


# ---- rounding to nearest, ties to even, by the definition: p significant bits, no exponent below -126 ----

def rounded(v, form):
    if form == "f64":
        return np.array(v)
    p = {"f32": 24, "bf16": 8}[form]
    unit = np.ldexp(1.0, np.maximum(np.frexp(v)[1], -125) - p)
    return np.rint(np.asarray(v) / unit) * unit


# ---- the problem: f_i(x) = mean log(1 + exp(-y a.x)) + lambda sum x_j^2/(1 + x_j^2) ----

source = np.random.RandomState(14)
A = source.standard_normal((n, rows, d)) * np.arange(1, n + 1)[:, None, None] / 2
y = np.where(source.standard_normal((n, rows)) > 0, 1, -1)
x0 = source.standard_normal(d)
coins = source.rand(rounds) < 0.4


def grad(i, x):
    weight = -y[i] / (1 + np.exp(y[i] * (A[i] @ x)))
    return A[i].T @ weight / rows + 2 * lam * x / (1 + x * x) ** 2


def mean_grad(x):
    return sum(grad(i, x) for i in range(n)) / n


def value(x):
    return np.mean([np.mean(np.logaddexp(0, -y[i] * (A[i] @ x))) for i in range(n)]) + lam * np.sum(x * x / (1 + x * x))


data = truth.write_rows("rows.libsvm", [(int(y[i, r]), ["%.17g" % v for v in A[i, r]]) for i in range(n) for r in range(rows)])
common = ["--problem=logreg:reg=nonconvex,lambda=%g" % lam, "--dataset=%s:d=%d" % (data, d), "--clients=%d" % n, "--rounds=%d" % rounds,
          "--optimum=none", "--x0=file:path=" + truth.write("x0", ["%.17g" % v for v in x0])]
of_coins = "--replay.coin=" + truth.write("coins", ["round,coin"] + ["%d,%d" % at for at in enumerate(coins)])


def top(v, k=2):
    keep = np.argsort(-abs(v), kind="stable")[:k]
    out = np.zeros_like(v)
    out[keep] = v[keep]
    return out


# ---- the methods: a generator of x_0, x_1, ...; R is what clients receive ----

def gd(R):
    x = x0
    while True:
        yield x
        x = x - 0.3 * mean_grad(R(x))


def ef21(R):
    x, g = x0, np.zeros((n, d))
    while True:
        yield x
        g = g + [top(grad(i, R(x)) - g[i]) for i in range(n)]
        x = x - 0.2 * g.mean(0)


def ef14(R):
    x, e = x0, np.zeros((n, d))
    while True:
        yield x
        want = e + [0.2 * grad(i, R(x)) for i in range(n)]
        sent = np.array([top(w) for w in want])
        e, x = want - sent, x - sent.mean(0)


def ef21bc(R):
    x, gi = x0, np.array([grad(i, x0) for i in range(n)])
    g = R(gi.mean(0))
    while True:
        yield x
        x = x - 0.2 * g
        gi = gi + [top(grad(i, x) - gi[i]) for i in range(n)]
        g = g + top(gi.mean(0) - g, 3)


def decsgd(R):
    x, e, h = x0, np.zeros((n, d)), np.zeros((n, d))
    while True:
        yield x
        g = np.array([grad(i, R(x)) for i in range(n)])
        want = e + g - h + R(h.mean(0))
        sent = np.array([top(w) for w in want])
        e, h, x = want - sent, g, x - 0.2 * sent.mean(0)


K, eta = 3, 0.1


def walk(i, x, shift):
    z = x
    for _ in range(K):
        z = z - eta * (grad(i, z) + shift)
    return (x - z) / (K * eta)


def fedavg(R):
    x = x0
    while True:
        yield x
        x = x - K * eta * sum(walk(i, R(x), 0) for i in range(n)) / n


def scaffold(R):
    x, ci, c = x0, np.zeros((n, d)), np.zeros(d)
    while True:
        yield x
        change = np.array([walk(i, R(x), R(c) - ci[i]) - R(c) for i in range(n)])
        x, ci, c = x - K * eta * (change.mean(0) + c), ci + change, c + change.mean(0)


def fedcomgate(R):
    x, delta, left = x0, np.zeros((n, d)), np.zeros(d)
    while True:
        yield x
        q = K * np.array([walk(i, R(x), -delta[i]) for i in range(n)])
        wanted = q.mean(0) + left
        told = R(wanted)
        left, delta, x = wanted - told, delta + (q - told) / K, x - eta * q.mean(0)


def diloco(R):
    """A round is an inner step; every third ends an outer one."""
    x, heard, b, theta, t = x0, x0, np.zeros(d), np.tile(x0, (n, 1)), 0
    while True:
        yield x
        theta = theta - [0.1 * grad(i, theta[i]) for i in range(n)]
        t += 1
        if t % 3 == 0:
            mean = (heard - theta).mean(0)
            b = 0.5 * b + mean
            x = x - 0.7 * (mean + 0.5 * b)
            heard = R(x)
            theta = np.tile(heard, (n, 1))


def extragradient(R):
    x = x0
    while True:
        yield x
        half = x - 0.3 * mean_grad(R(x))
        x = x - 0.3 * mean_grad(R(half))


def masha1(R):
    z, w, fw, tau, gamma = x0, x0, R(mean_grad(x0)), 0.6, 0.2
    for coin in coins:
        yield z
        half = tau * z + (1 - tau) * w - gamma * fw
        g = mean_grad(half) - mean_grad(w)
        w, z = z if coin else w, half - gamma * g
        fw = R(mean_grad(w)) if coin else fw
    yield z


def powersgd(R):
    """The vector is no matrix: it goes in full, and the memory keeps what rounding leaves."""
    x, e = x0, np.zeros((n, d))
    while True:
        yield x
        want = e + [grad(i, x) for i in range(n)]
        mean = R(want.mean(0))
        e, x = want - mean, x - 0.3 * mean


TWINS = [(gd, "gd:gamma=0.3", []), (ef21, "ef21:gamma=0.2", ["--up=topk:k=2"]), (ef14, "ef14:gamma=0.2", ["--up=topk:k=2"]),
         (ef21bc, "ef21bc:gamma=0.2,init=exact", ["--up=topk:k=2", "--down=topk:k=3"]),
         (decsgd, "decsgd:gamma=0.2", ["--up=topk:k=2", "--up2=identity"]),
         (fedavg, "fedavg:K=3,eta=0.1", []), (scaffold, "scaffold:K=3,eta=0.1", []), (fedcomgate, "fedcomgate:K=3,eta=0.1", []),
         (diloco, "diloco:H=3,inner=sgd,lr=0.1,mu=0.5,eta_o=0.7", []), (extragradient, "extragradient:gamma=0.3", []),
         (masha1, "masha1:gamma=0.2,tau=0.6", [of_coins]), (powersgd, "powersgd:gamma=0.3", [])]


def compare(run, path):
    if run.error:
        return run.error
    for t, x in zip(range(rounds + 1), path):
        g = mean_grad(x)
        if not abs(run.trace["f"][t] - value(x)) <= 1e-12 * value(x):
            return "row %d: f is %.17g, not %.17g" % (t, run.trace["f"][t], value(x))
        if not abs(run.trace["grad_norm_sq"][t] - g @ g) <= 1e-12 * (1 + g @ g):
            return "row %d: |grad f|^2 is %.17g, not %.17g" % (t, run.trace["grad_norm_sq"][t], g @ g)
    gap = max(abs(run.x - x))
    return None if gap <= 1e-12 else "the last iterate differs by %.1e" % gap


settings = [(twin, form, common + ["--algorithm=" + spec, "--broadcast=" + form] + more) for twin, spec, more in TWINS for form in WIDTH]
for (twin, form, _), run in zip(settings, truth.runs([options for *_, options in settings])):
    truth.report("%s with --broadcast=%s is that of NumPy" % (twin.__name__, form), compare(run, twin(lambda v: rounded(v, form))))

# ---- bits down: W a coordinate in full, and what else there is ----

MASHA = 64 * d + 1      # a round's C(g), here in full by --down=identity, and the coin
OTHERS = {"masha1": MASHA, "masha2": MASHA, "vr_masha1": MASHA, "vr_masha2": MASHA, "optimistic_masha": MASHA, "three_pillars": MASHA,
          "ef21bc:init=exact": 64 * d - 64 * d / rounds}
STEP = {"decsgd": "gamma=0.1", "ef21bc:init=exact": "gamma=0.1", "ecideal": None, "ef21p": None, "allreduce": None,
        "dgc": None, "flasc": None, "spsa": None, "zeroone_adam": "kappa=1000", "ef21page": "gamma=0.1,p=0.5"}
names = ["ef21bc:init=exact" if name == "ef21bc" else name for name in
         truth.command(["list", "--names", "algorithms"]).stdout.split()]
names = [name for name in names if name not in STEP or STEP[name]]
specs = [name + ((":" if ":" not in name else ",") + STEP[name] if name in STEP else "") for name in names]
bits = {}
for form in WIDTH:
    plain = ["--problem=quadratic:d=%d,mu=0.1" % d, "--clients=%d" % n, "--rounds=%d" % rounds, "--optimum=none", "--broadcast=" + form]
    for name, run in zip(names, truth.runs([plain + ["--algorithm=" + s] for s in specs])):
        bits[name, form] = run.error if run.error else (int(run.trace["bits_down"][-1]), int(run.trace["bits_up"][-1]))
for name in names:
    got = [bits[name, form] for form in WIDTH]
    why = next((b for b in got if isinstance(b, str)), None)
    if not why:
        down, other = [b[0] for b in got], n * rounds * OTHERS.get(name, 0)
        full = down[0] - other
        want = [other + full * WIDTH[form] / 64 for form in WIDTH]
        why = None if full > 0 and full % (64 * n) == 0 and down == want and len({b[1] for b in got}) == 1 else "%s, not %s" % (got, want)
    truth.report("%s: 64, 32 and 16 bits a coordinate in full, all else the same" % name, why)

# ---- servers that make the steps of their clients ----

PAUSE = 7
SAME = [("masha1", "masha1:gamma=0.2", ["--up=randk:k=3", "--down=randk:k=4"], range(5), 0),
        ("masha2", "masha2:gamma=0.1", ["--up=topk:k=3", "--down=topk:k=4"], range(5), 0),
        ("optimistic_masha", "optimistic_masha:eta=0.05", ["--up=randk:k=3"], range(6), 0),
        ("three_pillars", "three_pillars:gamma=0.1", ["--up=randk:k=3"], (0, 1, 2, 3, 4, 6), 0),      # F_1(w), F_1(u) are passed on
        ("ef21bc", "ef21bc:gamma=0.1,init=exact", ["--up=topk:k=2", "--down=topk:k=3"], (0,), 0),
        ("powersgd", "powersgd:gamma=0.1,rank=1", [], (0, 1, 2), 1)]      # clients hear Q with the next round
MATRIX = ["--problem=softmax", "--dataset=synthetic:rows=20,d=6,classes=4", "--clients=3", "--rounds=%d" % rounds, "--optimum=none"]


def held(options, stop, section):
    out = truth.scratch("held.h5")
    done = truth.command(["run", *options, "-o", out, "--force", "--pause=%d" % stop])
    if done.returncode != 75:
        return done.stderr.strip() or "exit status %d" % done.returncode
    with h5py.File(out + ".checkpoint") as file:
        return file[section][0]


for name, spec, more, vectors, later in SAME:
    for form in ("f32", "bf16"):
        base = (MATRIX if name == "powersgd" else common) + ["--algorithm=" + spec, "--broadcast=" + form] + more
        server, clients = held(base, PAUSE, "server"), held(base, PAUSE + later, "mirror")
        why = next((v for v in (server, clients) if isinstance(v, str)), None)
        if why is None:
            off = [k for k in vectors if not np.array_equal(server[k], clients[k])]
            why = "vectors %s differ" % off if off or not np.any(server[0]) else None
        truth.report("%s, %s: server and clients hold the same" % (name, form), why)

# ---- where it ends: near the solution, by the size of a rounding; at the solution where what is sent vanishes ----

ENDS = [("gd", [], 1), ("ef21", ["--up=topk:k=3"], 1), ("fedcomgate", [], 1), ("scaffold", [], 1),
        ("decsgd:gamma=0.1", ["--up=topk:k=3"], 1), ("masha1", [], 0), ("powersgd", [], 0)]
UNIT = {"f32": 2.0 ** -24, "bf16": 1 / 257}
long = ["--problem=quadratic:d=10,mu=0.1", "--clients=5", "--rounds=4000", "--eval=4000", "--optimum=solve"]
cases = [(spec, form, sent, long + ["--algorithm=" + spec, "--broadcast=" + form] + more) for spec, more, sent in ENDS for form in UNIT]
for (spec, form, sent, _), run in zip(cases, truth.runs([options for *_, options in cases])):
    off = np.sqrt(run.trace["dist_sq"][-1]) / np.linalg.norm(run.x) if not run.error else np.nan
    good = UNIT[form] / 50 < off < 3 * UNIT[form] if sent else off < 1e-11
    truth.report("%s, %s: it ends %s the solution" % (spec, form, "a rounding from" if sent else "at"),
                 None if good else run.error or "|x - x*| is %.1e |x|" % off)

# ---- ranks, and runs that stop ----

WAYS = (["--algorithm=ef21:gamma=0.2", "--up=topk:k=2", "--broadcast=f32"],
        ["--algorithm=ef21:gamma=0.2", "--up=topk:k=2", "--broadcast=bf16"],
        ["--algorithm=fedcomgate:K=2", "--sample=bernoulli:p=0.6", "--broadcast=bf16"],
        ["--algorithm=masha1:gamma=0.2", "--up=randk:k=3", "--down=randk:k=4", "--broadcast=bf16"],
        ["--algorithm=diloco:H=4,fragments=3,tau=1", "--broadcast=bf16"])
on_ranks = [truth.runs([common + options for options in WAYS], ranks) for ranks in (1, 2, 3)]
for options, *runs in zip(WAYS, *on_ranks):
    errors = [r.error for r in runs if r.error]
    truth.report("1, 2 and 3 ranks are one: " + " ".join(options), errors[0] if errors else
                 None if len({r.attrs["digest"] for r in runs}) == 1 else "the digests differ")
    out = truth.scratch("stopped.h5")
    stopped = truth.command(["run", *common, *options, "-o", out, "--force", "--pause=5"], 2)
    again = truth.command(["run", *common, *options, "-o", out, "--resume"], 3)
    good = stopped.returncode == 75 and again.returncode == 0 and not errors and str(runs[0].attrs["digest"]) in again.stdout
    truth.report("stopped and resumed, it ends the same: " + " ".join(options), None if good else again.stderr.strip() or "another digest")

# ---- names ----

def named(options):
    done = truth.command(["run", *common, "--results=" + truth.scratch("results"), "--force", *options])
    return next((word for word in done.stdout.split() if word.endswith(".h5")), done.stderr.strip())


default, other = named([]), named(["--broadcast=f32"])
truth.report("a result's name holds --broadcast only when it is not the default",
             None if default == named(["--broadcast=f64"]) and default.endswith(".h5") and
             len({default, other, named(["--broadcast=bf16"])}) == 3 else default)
shown = truth.command(["show", other])
truth.report("laconic show says the format", None if "broadcast" in shown.stdout else shown.stdout + shown.stderr)

# ---- numbers beyond the format, and what is refused ----

for form, size, reason in (("f64", 1e39, "rounds"), ("f32", 1e39, "diverged"), ("bf16", 1e39, "diverged"), ("f32", 3e38, "rounds"),
                           ("bf16", 3e38, "rounds")):
    start = truth.write("large", ["%.17g" % size] + ["0"] * (d - 1))
    run = truth.Run(["--problem=quadratic:d=%d" % d, "--optimum=none", "--rounds=2", "--algorithm=gd:gamma=0.1", "--broadcast=" + form,
                     "--x0=file:path=" + start])
    got = run.error or run.attrs["reason"]
    truth.report("%g in %s: %s" % (size, form, reason), None if got in (reason, reason.encode()) else str(got))
for words_of, options, needs in (
        ("a format that is none", ["--broadcast=f16"], "--broadcast must be one of f64|f32|bf16, not 'f16'"),
        ("nothing", ["--broadcast="], "--broadcast is empty"),
        ("ef21p", ["--algorithm=ef21p", "--broadcast=f32"], "ef21p: the server sends no vector in full"),
        ("ef21bc", ["--algorithm=ef21bc", "--broadcast=bf16"], "unless init=exact; leave --broadcast out")):
    error = truth.Run(common + options).error or ""
    truth.report("refused in one sentence: " + words_of, None if needs in error and "\n" not in error else error or "it runs")
truth.finish()
