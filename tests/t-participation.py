#!/usr/bin/python3
"""Who takes part, whose message arrives and what it counts: --weights, --sample=weighted, --dropout and --sample of the methods that take
it, against NumPy, with the random streams computed here.  TAP."""
import sys
sys.dont_write_bytecode = True
import truth

try:
    import numpy as np
except ImportError:
    truth.skip_all("no python3-numpy")

n, d, rows, rounds, lam = 5, 6, 19, 12, 0.1
source = np.random.RandomState(7)
A, y = source.standard_normal((rows, d)) * np.linspace(0.5, 2, rows)[:, None], np.where(source.standard_normal(rows) > 0, 1, -1)
x0 = source.standard_normal(d)
data = truth.write_rows("rows.libsvm", [(int(y[r]), ["%.17g" % v for v in A[r]]) for r in range(rows)])
common = ["--problem=logreg:reg=nonconvex,lambda=%g" % lam, "--dataset=%s:d=%d" % (data, d), "--rounds=%d" % rounds,
          "--x0=file:path=" + truth.write("x0", ["%.17g" % v for v in x0])]
UNEQUAL = ["--clients=%d" % n, "--split=contiguous:rest=last"]
held = [list(range(3 * i, 3 * i + 3)) for i in range(n - 1)] + [list(range(3 * (n - 1), rows))]      # 3, 3, 3, 3 and 7 rows
sizes = np.array([len(h) for h in held])
SIZE, EVEN = sizes / rows, np.full(n, 1 / n)


def grad_rows(which, x):
    a, s = A[which], y[which]
    return a.T @ (-s / (1 + np.exp(s * (a @ x)))) / len(which) + 2 * lam * x / (1 + x * x) ** 2


def grad(i, x):
    return grad_rows(held[i], x)


def value_rows(which, x):
    return np.mean(np.logaddexp(0, -y[which] * (A[which] @ x))) + lam * np.sum(x * x / (1 + x * x))


# ---- the streams of rng.h: Philox4x32-10 ----

def philox(counter, key):
    c, k = list(counter), list(key)
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [b >> 32 ^ c[1] ^ k[0], b & 0xffffffff, a >> 32 ^ c[3] ^ k[1], a & 0xffffffff]
        k = [(k[0] + 0x9E3779B9) & 0xffffffff, (k[1] + 0xBB67AE85) & 0xffffffff]
    return c


def words(client, round, use, seed=1, axis=5):
    block = 0
    while True:
        yield from philox((block, client, round, axis << 24 | use), (seed & 0xffffffff, seed >> 32))
        block += 1


def double_words(stream):
    low = next(stream)
    return next(stream) << 32 | low


def lost(client, round, p, seed=1):
    return (double_words(words(client, round, 1, seed)) >> 11) * 2.0 ** -53 < p


def weighted_draw(round, s, seed=1):
    stream, times, fair = words(0, round, 0, seed), np.zeros(n, int), 2 ** 64 - 1 - (2 ** 64 - 1) % rows
    while times.sum() < s:
        u = double_words(stream)
        if u < fair:
            times[np.searchsorted(np.cumsum(sizes), u % rows, side="right")] += 1
    return times


# ---- who takes part: options, and for every round how often each client counts ----

def everyone():
    return [], [np.ones(n, int)] * rounds


def table_of(chosen, s):
    table = ["round," + ",".join("c%d" % k for k in range(s))] + ["%d,%s" % (t, ",".join(map(str, c))) for t, c in enumerate(chosen)]
    return "--replay.sample=" + truth.write("table%d" % source.randint(10 ** 9), table)


def uniform(s):
    chosen = [sorted(source.permutation(n)[:s]) for _ in range(rounds)]
    return ["--sample=uniform:s=%d" % s, table_of(chosen, s)], [np.bincount(c, minlength=n) for c in chosen]


def weighted(s):
    return ["--sample=weighted:s=%d" % s], [weighted_draw(t, s) for t in range(rounds)]


def weighted_table(s):
    chosen = [source.randint(n, size=s) for _ in range(rounds)]
    return ["--sample=weighted:s=%d" % s, table_of(chosen, s)], [np.bincount(c, minlength=n) for c in chosen]


def dropping(how, p):
    options, times = how
    return options + ["--dropout=%g" % p], [np.array([0 if lost(i, t, p) else k for i, k in enumerate(times[t])]) for t in range(rounds)]


def estimate(w, how, times, v):
    """sum w_i v_i, estimated from those that are heard: v[i] of client i."""
    q = SIZE if any(o.startswith("--sample=weighted") for o in how) else EVEN
    return sum(k * w[i] / q[i] * v[i] for i, k in enumerate(times) if k) / times.sum()


# ---- the methods ----

def descent(client, step):
    """x -= step * the estimate of the mean of client(i, x)."""
    def trajectory(w, how, times):
        x = x0.copy()
        for t in range(rounds):
            if times[t].sum():
                x = x - step * estimate(w, how, times[t], {i: client(i, x) for i in range(n) if times[t][i]})
        return x
    return trajectory


def walk(i, x, K, eta, mu=0.0, minus=0.0):
    z = x.copy()
    for _ in range(K):
        z -= eta * (grad(i, z) + mu * (z - x) - minus)
    return x - z


def top(v, k):
    out = np.zeros_like(v)
    keep = np.argsort(-abs(v), kind="stable")[:k]
    out[keep] = v[keep]
    return out


def ef21(gamma, k):
    """On the functions n w_i f_i; all clients."""
    def trajectory(w, how, times):
        x, g = x0.copy(), np.zeros((n, d))
        for t in range(rounds):
            for i in range(n):
                if times[t][i] or t == 0:
                    g[i] += top(n * w[i] * grad(i, x) - g[i], k)
            x = x - gamma * g.mean(0)
        return x
    return trajectory


def scaffold(K, eta, exact, single):
    """single: the server knows x - y less K eta c, and adds K eta c itself."""
    def trajectory(w, how, times):
        x, ci = x0.copy(), np.array([grad(i, x0) if exact else np.zeros(d) for i in range(n)])
        for t in range(rounds):
            c, S = w @ ci, np.flatnonzero(times[t])
            moved = single * K * eta * c
            for i in S:
                delta = walk(i, x, K, eta, minus=ci[i] - c)
                moved = moved + n / len(S) * w[i] * (delta - single * K * eta * c)
                ci[i] = ci[i] - c + delta / (K * eta)
            x = x - moved
        return x
    return trajectory


def fedcomgate(K, eta):
    def trajectory(w, how, times):
        x, delta = x0.copy(), np.zeros((n, d))
        for t in range(rounds):
            q = np.array([walk(i, x, K, eta, minus=delta[i]) / eta for i in range(n)])
            x, delta = x - eta * (w @ q), delta + (q - w @ q) / K
        return x
    return trajectory


def diana(gamma):
    """Without compression: m_i = grad f_i - h_i, and h_i is then that gradient."""
    def trajectory(w, how, times):
        x, h = x0.copy(), np.zeros((n, d))
        for t in range(rounds):
            S = np.flatnonzero(times[t])
            m = {i: n * w[i] * grad(i, x) - h[i] for i in S}
            x = x - gamma * (h.mean(0) + sum(m.values()) / len(S))
            for i in S:
                h[i] += m[i]
        return x
    return trajectory


def diloco(H, lr=0.01, mu=0.5, eta_o=0.7, beta=(0.9, 0.95), eps=1e-8):
    """AdamW without decay; the draw of round t - t mod H holds for H rounds, and a client counts its own steps."""
    def trajectory(w, how, times):
        g, b, m, v, count = x0.copy(), np.zeros(d), np.zeros((n, d)), np.zeros((n, d)), np.zeros(n, int)
        for t in range(0, rounds, H):
            theta, awake = {}, {i for i in range(n) if woke[t][i]}
            for i in awake:
                theta[i] = g.copy()
                for _ in range(H):
                    a = grad(i, theta[i])
                    count[i] += 1
                    m[i], v[i] = beta[0] * m[i] + (1 - beta[0]) * a, beta[1] * v[i] + (1 - beta[1]) * a * a
                    theta[i] -= lr * (m[i] / (1 - beta[0] ** count[i])) / (np.sqrt(v[i] / (1 - beta[1] ** count[i])) + eps)
            if times[t].sum():
                D = estimate(w, how, times[t], {i: g - theta[i] for i in awake})
                b = mu * b + D
                g = g - eta_o * (D + mu * b)
        return g
    woke = None

    def with_awake(w, how, times, awake):
        nonlocal woke
        woke = awake
        return trajectory(w, how, times)
    return with_awake


def compare(words, algorithm, expected, how, up="identity"):
    """With --weights=size and without."""
    options, times = how
    for name, w in (("size", SIZE), ("uniform", EVEN)):
        run = truth.Run(common + UNEQUAL + ["--algorithm=" + algorithm, "--up=" + up, "--weights=" + name] + options)
        why = run.error
        if not why:
            x = expected(w, options, times)
            f = sum(w[i] * value_rows(held[i], x) for i in range(n))
            gap = max(np.max(abs(run.x - x)) / np.max(abs(x)), abs(run.trace["f"][-1] - f) / abs(f))
            why = None if gap < 1e-11 else "off by %.2g" % gap
        truth.report("%s, weights=%s, as NumPy has it" % (words, name), why)


fedavg = descent(lambda i, x: walk(i, x, 3, 0.2), 1.3)
for words_of, how in (("all clients", everyone()), ("2 of 5", uniform(2)), ("3 draws by size", weighted(3)),
                      ("9 draws by size", weighted(9)), ("a table of draws", weighted_table(4)),
                      ("a third is lost", dropping(everyone(), 0.33)),
                      ("a third of 2 is lost", dropping(uniform(2), 0.33)), ("half of 3 draws is lost", dropping(weighted(3), 0.5)),
                      ("a table of draws, some lost", dropping(weighted_table(3), 0.4))):
    compare("gd, " + words_of, "gd:gamma=0.4", descent(grad, 0.4), how)
    compare("fedavg, " + words_of, "fedavg:K=3,eta=0.2,eta_g=1.3", fedavg, how)
compare("fedprox, 3 draws by size", "fedprox:K=3,eta=0.2,mu=0.7", descent(lambda i, x: walk(i, x, 3, 0.2, mu=0.7), 1), weighted(3))
compare("fedpaq, 2 of 5", "fedpaq:K=3,eta=0.2", descent(lambda i, x: walk(i, x, 3, 0.2), 1), uniform(2))
compare("ef21, all clients", "ef21:gamma=0.1", ef21(0.1, 2), everyone(), "topk:k=2")
compare("ef21pp, 3 of 5", "ef21pp:gamma=0.1", ef21(0.1, 2), uniform(3), "topk:k=2")
for form in ("single", "classic"):
    compare("scaffold, %s, all clients" % form, "scaffold:K=3,eta=0.2,form=" + form, scaffold(3, 0.2, False, form == "single"), everyone())
    compare("scaffold, %s, from the gradients, 2 of 5" % form, "scaffold:K=3,eta=0.2,init=gradient,form=" + form,
            scaffold(3, 0.2, True, form == "single"), uniform(2))
compare("scallion, 2 of 5", "scallion:K=3,eta=0.2", scaffold(3, 0.2, False, True), uniform(2))
compare("scafcom, 2 of 5", "scafcom:K=3,eta=0.2,beta=1", scaffold(3, 0.2, False, True), uniform(2))
compare("fedcomgate, all clients", "fedcomgate:K=3,eta=0.2", fedcomgate(3, 0.2), everyone())
compare("diana, all clients", "diana:gamma=0.2", diana(0.2), everyone())
compare("diana, 3 of 5", "diana:gamma=0.2", diana(0.2), uniform(3))
for words_of, how, awake in (("all clients", everyone(), None), ("2 of 5", uniform(2), None), ("4 draws by size", weighted(4), None),
                             ("a third is lost", dropping(everyone(), 0.33), everyone()[1])):
    compare("diloco, " + words_of, "diloco:H=3,lr=0.01,mu=0.5,eta_o=0.7,wd=0",
            lambda w, o, t, awake=awake: diloco(3)(w, o, t, awake or t), how)

# ---- every method: equal shards, and any split of the same rows ----

names = truth.command(["list", "--names", "algorithms"]).stdout.split()
equal = ["--clients=%d" % rows]
for name in names:
    plain, weighed = (truth.Run(common + equal + ["--algorithm=" + name, "--rounds=6"] + more) for more in ([], ["--weights=size"]))
    if plain.error and "saddle" not in plain.error:
        truth.report("%s runs" % name, plain.error)
        continue
    same = not plain.error and not weighed.error and np.array_equal(plain.x, weighed.x) and plain.attrs["digest"] == weighed.attrs["digest"]
    truth.report("%s: with equal shards --weights=size changes no bit" % name, None if same else weighed.error or "the digests differ")
pooled = None
for split, clients in (("contiguous:rest=last", 5), ("dirichlet:alpha=0.3", 4), ("sorted", 3), ("shuffled", 1)):
    run = truth.Run(common + ["--clients=%d" % clients, "--split=" + split, "--weights=size", "--algorithm=gd", "--optimum=solve"])
    why = run.error
    if not why:
        pooled = pooled if pooled is not None else run
        f = [value_rows(list(range(rows)), x0), run.trace["f"][0]]
        L = [run.x, pooled.x]
        gap = max(abs(f[0] - f[1]) / f[0], np.max(abs(L[0] - L[1])) / np.max(abs(L[1])),
                  np.max(abs(run.trace["f_gap"] - pooled.trace["f_gap"])))
        why = None if gap < 1e-9 else "off by %.2g" % gap
    truth.report("weights=size: f, L, x* and the iterates of gd are those of all rows together (%s, %d clients)" % (split, clients), why)

# ---- draws by size: how often, and without bias ----

counts, draws = np.zeros(n), 4000
for t in range(draws):
    counts += weighted_draw(t, 3)
chi = np.sum((counts - 3 * draws * SIZE) ** 2 / (3 * draws * SIZE))
truth.report("draws by size: 12000 of them have the frequencies of the sizes", None if chi < 18.5 else "chi squared %.1f, 4 degrees" % chi)
for name, w in (("size", SIZE), ("uniform", EVEN)):
    for how in (["--sample=weighted:s=2"], ["--sample=weighted:s=3", "--dropout=0.5"], ["--sample=uniform:s=2"], ["--dropout=0.4"]):
        runs = truth.runs([common + UNEQUAL + ["--algorithm=gd:gamma=1", "--rounds=1", "--weights=" + name, "--seed.sample=%d" % s] + how
                           for s in range(1, 61)])
        why = next((r.error for r in runs if r.error), None)
        if not why:
            g = np.array([x0 - r.x for r in runs if np.any(r.x != x0)])      # where somebody was heard
            true = sum(w[i] * grad(i, x0) for i in range(n))
            error = np.max(abs(g.mean(0) - true) / (g.std(0) / np.sqrt(len(g)) + 1e-15))
            why = None if error < 4.2 else "off by %.1f standard errors" % error
        truth.report("60 seeds: the step is an unbiased gradient, weights=%s, %s" % (name, " ".join(how)), why)

# ---- what is counted ----

p = 0.4
run = truth.Run(common + UNEQUAL + ["--algorithm=fedavg:K=3,eta=0.2", "--dropout=%g" % p])
heard = np.array([[not lost(i, t, p) for i in range(n)] for t in range(rounds)]).sum(1).cumsum()
steps = np.arange(1, rounds + 1) * n
for column, each, expected in (("bits_up", 64 * d, heard), ("msgs_up", 1, heard), ("bits_down", 64 * d, steps), ("msgs_down", 1, steps),
                               ("oracle_calls", 3, steps)):
    good = not run.error and list(run.trace[column][1:]) == list(each * expected) and 0 < heard[-1] < steps[-1]
    truth.report("dropout: %s counts %s" % (column, "those that were heard" if expected is heard else "all that took part"),
                 None if good else run.error or "it does not")
p = 0.9
run = truth.Run(common + ["--clients=2", "--algorithm=fedavg", "--rounds=40", "--dropout=%g" % p])
silent = [all(lost(i, t, p) for i in range(2)) for t in range(40)]
good = not run.error and [bool(a == b) for a, b in zip(run.trace["f"], run.trace["f"][1:])] == silent and 0 < sum(silent) < 40
truth.report("dropout: a round of which nothing arrives changes nothing, others do", None if good else run.error or "it does not hold")
run = truth.Run(common + UNEQUAL + ["--algorithm=gd:gamma=0.1", "--sample=weighted:s=9"])
good = not run.error and list(np.diff(run.trace["msgs_up"])) == [np.count_nonzero(weighted_draw(t, 9)) for t in range(rounds)]
truth.report("draws by size: a client that is drawn several times works and sends once", None if good else run.error or "it does not")

# ---- ranks, and runs that stop ----

mlp = ["--problem=mlp:hidden=4", "--x0=glorot", "--dataset=" + data, "--split=dirichlet:alpha=0.4", "--clients=5", "--rounds=9",
       "--weights=size", "--batch=50%"]
WAYS = (["--algorithm=fedavg:K=2", "--sample=weighted:s=3", "--dropout=0.3"], ["--algorithm=scaffold:K=2", "--sample=uniform:s=2"],
        ["--algorithm=ef21pp:gamma=0.1", "--up=topk:k=3", "--sample=uniform:s=2"], ["--algorithm=gd:gamma=0.1", "--dropout=0.5"],
        ["--algorithm=diloco:H=2", "--sample=uniform:s=2", "--dropout=0.2"])
on_ranks = [truth.runs([mlp + options for options in WAYS], ranks) for ranks in (1, 2, 3)]
for options, *runs in zip(WAYS, *on_ranks):
    errors = [r.error for r in runs if r.error]
    truth.report("1, 2 and 3 ranks are one: " + " ".join(options), errors[0] if errors else
                 None if len({r.attrs["digest"] for r in runs}) == 1 else "the digests differ")
    out = truth.scratch("stopped.h5")
    stopped = truth.command(["run", *mlp, *options, "-o", out, "--force", "--pause=4"], 2)
    again = truth.command(["run", *mlp, *options, "-o", out, "--resume"], 3)
    good = stopped.returncode == 75 and again.returncode == 0 and not errors and str(runs[0].attrs["digest"]) in again.stdout
    truth.report("stopped and resumed, it ends the same: " + " ".join(options), None if good else again.stderr.strip() or "another digest")

# ---- names ----

def named(options):
    done = truth.command(["run", *common, *UNEQUAL, "--rounds=1", "--results=" + truth.scratch("results"), "--force", *options])
    return next((word for word in done.stdout.split() if word.endswith(".h5")), done.stderr.strip())


default = named([])
truth.report("a result's name holds --weights and --dropout only when they are not the default",
             None if default == named(["--weights=uniform", "--dropout=0"]) and default.endswith(".h5") and
             len({default, named(["--weights=size"]), named(["--algorithm=gd:gamma=0.1", "--dropout=0.1"])}) == 3 else default)
run = truth.command(["show", named(["--weights=size"])])
truth.report("laconic show says the weights", None if "weights" in run.stdout else run.stdout + run.stderr)

# ---- what is refused ----

for words_of, options, needs in (
        ("weights without rows", ["--problem=quadratic", "--weights=size"], "--weights=size: the clients of problem quadratic have"),
        ("draws by size without rows", ["--problem=quadratic", "--algorithm=fedavg", "--sample=weighted:s=2"],
         "--sample=weighted: the clients"),
        ("more than the clients", common + UNEQUAL + ["--algorithm=fedavg", "--sample=uniform:s=6"], "s=6 is more than the 5 clients"),
        ("no draws", common + UNEQUAL + ["--algorithm=fedavg", "--sample=weighted:s=0"], "--sample"),
        ("a table that names another client", common + UNEQUAL + ["--algorithm=fedavg", "--sample=weighted:s=1", "--replay.sample=" +
         truth.write("other", ["round,c"] + ["%d,5" % t for t in range(rounds)])], "chooses 5 of 5"),
        ("more clients than rows", common + ["--clients=20", "--weights=size", "--algorithm=gd"], "--clients"),
        ("all messages lost", common + UNEQUAL + ["--algorithm=fedavg", "--dropout=1"], "--dropout must be a number in [0,1)"),
        ("lost messages of ef21", common + UNEQUAL + ["--algorithm=ef21", "--dropout=0.1"], "--dropout: ef21 needs every client"),
        ("fedcomgate, weighted and sampled", common + UNEQUAL + ["--algorithm=fedcomgate", "--weights=size", "--sample=uniform:s=2"],
         "weighted sum of its delta_i"),
        ("gd with some clients has no theory", common + UNEQUAL + ["--algorithm=gd", "--sample=uniform:s=2"], "give gamma=NUMBER"),
        ("diloco, late and sampled", common + UNEQUAL + ["--algorithm=diloco:H=4,tau=1", "--sample=uniform:s=2"], "tau=0"),
        ("diloco, kept and sampled", common + UNEQUAL + ["--algorithm=diloco:H=4,alpha=0.5", "--sample=uniform:s=2"], "alpha=0")):
    error = truth.Run(options).error or ""
    truth.report("refused in one sentence: " + words_of, None if needs in error and "\n" not in error else error or "it runs")
for name in names:
    for option in ("--sample=uniform:s=2", "--sample=weighted:s=2", "--dropout=0.2"):
        error = truth.Run(common + UNEQUAL + ["--algorithm=" + name, "--rounds=2", option]).error
        if error and "give gamma=NUMBER" in error:      # there is no theory for some clients
            error = truth.Run(common + UNEQUAL + ["--algorithm=%s:gamma=0.1" % name, "--rounds=2", option]).error
        good = not error or ("\n" not in error and (option.split("=")[0] + ":" in error or option.split(":")[0] + ":" in error) and
                             "nothing is known" not in error and " %s " % name in error.replace("dcgd", "gd") + " " + name + " ")
        truth.report("%s takes %s, or says why not" % (name, option), None if good else error)
truth.finish()
