#!/usr/bin/python3
"""Saddle points with a constraint, robust_lsq, robust_logreg and polmatrix, against their formulas in NumPy: value, operator, residual and
gap along trajectories of MASHA1 with a projection and with multiplicative steps; projections against other algorithms; solutions against
many steps of extragradient; test sets; methods that converge; the same digest on 1, 2 and 3 ranks and after a pause; refusals.  TAP."""
import itertools, sys
sys.dont_write_bytecode = True
import truth

try:
    import numpy as np
except ImportError:
    truth.skip_all("no python3-numpy")

source = np.random.RandomState(5)
n, m, h = 4, 7, 5
A = source.standard_normal((n, m, h)) + 0.5 * source.standard_normal((n, 1, h))
real = 2 + A @ [1, -0.5, 0.5, 0, 0.2] + 0.3 * source.standard_normal((n, m))      # no row has an intercept: r is not small
signs = np.where(A[:, :, 0] + source.uniform(size=(n, m)) < 0, -1.0, 1.0)


def rows_of(name, values, labels):
    return truth.write_rows(name, [("%.17g" % y, ["%.17g" % v for v in a]) for a, y in zip(values.reshape(-1, h), labels.ravel())])


data = {"robust_lsq": rows_of("real", A, real), "robust_logreg": rows_of("signs", A, signs)}
vectors = itertools.count()


def x0_of(x):
    return "--x0=file:path=" + truth.write("x0.%d" % next(vectors), ["%.17g" % v for v in x])


def near(words, found, want, tolerance):
    difference = np.max(np.abs(np.asarray(found) - want) / (1 + np.abs(want)))
    truth.report(words, None if difference <= tolerance else "they differ by %.1e" % difference)


# ---- projections, by other algorithms than the program's ----

def ball(radius):
    return lambda x: x if np.linalg.norm(x) <= radius else x * (radius / np.linalg.norm(x))


def box(radius):
    return lambda x: np.clip(x, -radius, radius)


def simplex(x):
    """By bisection for tau with sum max(x - tau, 0) = 1, then in closed form with the entries that are left."""
    low, high = np.min(x) - 1, np.max(x)
    for _ in range(200):
        tau = (low + high) / 2
        low, high = (tau, high) if np.sum(np.maximum(x - tau, 0)) > 1 else (low, tau)
    left = x > high
    return np.where(left, x - (np.sum(x[left]) - 1) / max(np.sum(left), 1), 0)


def softmax(x):
    e = np.exp(x - np.max(x))
    return e / np.sum(e)


def halves(first, second):
    def both(x):
        half = len(x) // 2
        return np.concatenate([first(x[:half]), second(x[half:])])
    return both


whole = lambda x: x
log = lambda x: np.log(np.maximum(x, 2.0 ** -1022))

# ---- operators ----

def robust(name, lam, beta):
    """(f_i, F_i) at x."""
    def of(i, x):
        w, r = x[:h], x[h:]
        z = (A[i] + r) @ w
        if name == "robust_lsq":
            loss, s = (z - real[i]) ** 2 / 2, z - real[i]
        else:
            loss, s = np.logaddexp(0, -signs[i] * z), -signs[i] / (1 + np.exp(signs[i] * z))
        f = np.mean(loss) + lam / 2 * w @ w - beta / 2 * r @ r
        return f, np.concatenate([(A[i] + r).T @ s / m + lam * w, -np.mean(s) * w + beta * r])
    return of


def mean(of, x, count=n):
    each = [of(i, x) for i in range(count)]
    return sum(f for f, F in each) / count, sum(F for f, F in each) / count


# name, options, lambda, beta, projection, whether w and r lie on the rim of their balls where it is solved
LSQ, LOGREG = ("robust_lsq", "lambda=1,beta=3,"), ("robust_logreg", "lambda=0.5,beta=0.5,")
ROBUST = [(name, weights + more, *numbers, prox, rim) for (name, weights), numbers, more, prox, rim in (
    (LSQ, (1, 3), "radius=0.3", halves(whole, ball(0.3)), (0, 1)),
    (LSQ, (1, 3), "radius=0.2,ball=linf", halves(whole, box(0.2)), (0, 1)),
    (LSQ, (1, 3), "radius=0.3,bound=0.5", halves(ball(0.5), ball(0.3)), (1, 1)),
    (LSQ, (1, 3), "radius=50", halves(whole, ball(50)), (0, 0)),
    (LSQ, (1, 3), "radius=0", halves(whole, lambda r: 0 * r), (0, 1)),
    (LOGREG, (0.5, 0.5), "radius=0.1", halves(whole, ball(0.1)), (0, 1)),
    (LOGREG, (0.5, 0.5), "radius=0.05,ball=linf,bound=0.3", halves(ball(0.3), box(0.05)), (1, 1)))]


def solve(of, prox, x, gamma, rounds):
    """Extragradient."""
    for _ in range(rounds):
        x = prox(x - gamma * mean(of, prox(x - gamma * mean(of, x)[1]))[1])
    return x


def common(name, options):
    return ["--problem=%s:%s" % (name, options), "--clients=%d" % n, "--dataset=%s:d=%d" % (data[name], h)]


eg = ["--algorithm=extragradient:gamma=0.05", "--up=identity"]
outside = 2 * source.standard_normal(2 * h)
for name, options, lam, beta, prox, rim in ROBUST:
    label, of = "%s:%s" % (name, options), robust(name, lam, beta)
    run = truth.Run(common(name, options) + eg + ["--rounds=0", x0_of(outside)])
    if run.error:
        truth.report(label, run.error)
        continue
    start = prox(outside)
    f, F = mean(of, start)
    near("%s: x0 moves into the domain" % label, run.x, start, 1e-15)
    found = [run.trace[c][0] for c in ("f", "grad_norm_sq", "residual_sq")]
    near("... f, |F|^2 and the residual there", found, [f, F @ F, np.sum((start - prox(start - F)) ** 2)], 1e-13)
    star = solve(of, prox, start, 0.05, 1500)
    off = np.abs(mean(of, star)[1]).reshape(2, h).max(1) > 1e-3
    truth.report("%s: w and r lie where they should" % label, None if tuple(off) == rim else "%s" % off)
    near("... |x - x*|^2 there", run.trace["dist_sq"][0], np.sum((start - star) ** 2), 1e-11)
    run = truth.Run(common(name, options) + eg + ["--rounds=0", x0_of(star)])
    truth.report("... and at the solution of extragradient in NumPy", run.error or (
        None if run.trace["dist_sq"][0] <= 1e-20 else "|x - x*|^2 is %.1e" % run.trace["dist_sq"][0]))
    run = truth.Run(common(name, options) + eg + ["--rounds=0", "--x0=normal"])
    near("... f_gap from another x0", run.trace["f"][0] - run.trace["f_gap"][0], mean(of, star)[0], 1e-11)

# ---- the game: A_i from what a client knows at vertices, by its formula, and what its options do ----

houses, coins = 6, lambda rounds: "--replay.coin=" + truth.write("coins", ["round,a"] + ["%d,0" % t for t in range(rounds)])
vertex = lambda k, l: np.concatenate([np.eye(houses)[k], np.eye(houses)[l]])


def matrices(options):
    """[client, house of the policeman, house of the burglar]"""
    found = np.zeros((n, houses, houses))
    for l in range(houses):
        kept = truth.clients_after(["--problem=polmatrix:houses=%d%s" % (houses, options), "--clients=%d" % n, "--up=identity",
                                    "--rounds=2", "--algorithm=masha1:gamma=0.01", coins(2), x0_of(vertex(l, l))], 1)
        if isinstance(kept, str):
            truth.report("polmatrix%s" % options, kept)
            return found
        found[:, :, l] = kept[:, 0, :houses]      # F_i = (A_i v, -A_i'u) at w^0
        near("polmatrix%s, vertex %d: row and column cross" % (options, l), kept[:, 0, houses + l], -found[:, l, l], 1e-15)
    return found


def escapes(theta):
    return 1 - np.exp(-theta * np.abs(np.subtract.outer(np.arange(houses), np.arange(houses))))


wealth = {}
for options, theta in (("", 0.8), (",hetero=0", 0.8), (",hetero=0.5", 0.8), (",theta=0.1", 0.1)):
    G = matrices(options)
    wealth[options] = np.array([[G[i, (l + 1) % houses, l] / escapes(theta)[(l + 1) % houses, l] for l in range(houses)] for i in range(n)])
    near("polmatrix%s: wealth times the chance to escape" % options, G, wealth[options][:, None, :] * escapes(theta), 1e-14)
same, other, mixed = wealth[",hetero=0"], wealth[""], wealth[",hetero=0.5"]
near("polmatrix: with hetero=0 all clients are the same", same, same[0] + np.zeros((n, 1)), 0)
near("polmatrix: theta leaves the wealth", wealth[",theta=0.1"], other, 1e-13)
part, own = np.sqrt(0.75) * same, 0.5 * other      # absolute values: their signs agree or do not
near("polmatrix: hetero=0.5 is sqrt(1 - 1/4) of the common part and a half of the client's", 0,
     np.minimum(abs(mixed - (part + own)), abs(mixed - abs(part - own))), 1e-12)
truth.report("polmatrix: with hetero=1 clients differ", None if np.min(np.std(other, axis=0)) > 0 else "they do not")
G = matrices("")
center = np.full(2 * houses, 1 / houses)


def game(i, x):
    u, v = x[:houses], x[houses:]
    return u @ G[i] @ v, np.concatenate([G[i] @ v, -G[i].T @ u])


def gap_of(x):
    M = G.mean(0)
    return np.max(M.T @ x[:houses]) - np.min(M @ x[houses:])


point = source.uniform(size=2 * houses)
onto = halves(simplex, simplex)
for scale, words in ((1, "near"), (1e-3, "inside, nearly"), (1e6, "far")):
    for sign in (1, -1):
        x = scale * sign * (point - 0.4)
        run = truth.Run(["--problem=polmatrix:houses=%d" % houses, "--clients=%d" % n, "--rounds=0", x0_of(x)] + eg)
        near("polmatrix: projection of a point, %s, %+d" % (words, sign), run.x, onto(x), 1e-15 * max(scale, 2))
run = truth.Run(["--problem=polmatrix:houses=%d,prox=entropic" % houses, "--clients=%d" % n, "--rounds=0", x0_of(point)] + eg)
near("polmatrix: by the entropy x0 is scaled", run.x, halves(lambda u: u / u.sum(), lambda v: v / v.sum())(point), 1e-14)
for prox in ("euclidean", "entropic"):
    run = truth.Run(["--problem=polmatrix:houses=%d,prox=%s" % (houses, prox), "--clients=%d" % n, "--rounds=0"] + eg)
    near("polmatrix: x0 = 0 becomes the centres, %s" % prox, run.x, center, 1e-15)

# ---- MASHA1 with a constraint, round by round ----

def masha1(of, count, size, prox, dual, x, rounds, gamma, tau, coin, mask):
    z, w = x, x
    known = [of(i, w)[1] for i in range(count)]
    path = [z]
    for t in range(rounds):
        Fw = sum(known) / count
        base = tau * dual(z) + (1 - tau) * dual(w) - gamma * Fw
        half, g = prox(base), np.zeros(size)
        for i in range(count):
            kept = mask[t, i]
            g[kept] += (of(i, half)[1] - known[i])[kept] * size / len(kept) / count
        if coin[t]:
            w = z
            known = [of(i, w)[1] for i in range(count)]
        z = prox(base - gamma * g)
        path.append(z)
    return path


rounds, k = 40, 3
coin = [int(source.uniform() < 0.3) for t in range(rounds)]


def follow(words, options, of, size, prox, dual, x, gamma, residual, gap=None):
    mask = {(t, i): sorted(source.permutation(size)[:k]) for t in range(rounds) for i in range(n)}
    replay = ["--replay.coin=" + truth.write("coin", ["round,a"] + ["%d,%d" % at for at in enumerate(coin)]),
              "--replay.noise=" + truth.write("noise", ["round,client" + ",".join([""] + ["c%d" % j for j in range(k)])] + [
                  ",".join(map(str, list(at) + list(v))) for at, v in mask.items()])]
    run = truth.Run(options + replay + ["--rounds=%d" % rounds, "--algorithm=masha1:gamma=%g,tau=0.7" % gamma, "--up=randk:k=%d" % k,
                                        "--eval=1", "--optimum=none", x0_of(x)])
    if run.error:
        truth.report(words, run.error)
        return
    path = masha1(of, n, size, prox, dual, x, rounds, gamma, 0.7, coin, mask)
    near("%s: f" % words, run.trace["f"], [mean(of, z)[0] for z in path], 1e-12)
    near("... the residual", run.trace["residual_sq"], [np.sum((z - residual(z, mean(of, z)[1])) ** 2) for z in path], 1e-12)
    if gap:
        near("... the gap", run.trace["gap"], [gap(z) for z in path], 1e-12)
    near("... the last iterate", run.x, path[-1], 1e-12)
    truth.report("... which is not where it began", None if np.max(abs(run.x - x)) > 1e-3 else "it did not move")


for name, options, lam, beta, prox, rim in ROBUST:
    follow("MASHA1, %s:%s" % (name, options), common(name, options), robust(name, lam, beta), 2 * h, prox, whole, prox(outside / 4), 0.05,
           lambda z, F: prox(z - F))
play = ["--problem=polmatrix:houses=%d" % houses, "--clients=%d" % n]
follow("MASHA1, a game, projections", play, game, 2 * houses, onto, whole, onto(point), 0.2, lambda z, F: onto(z - F), gap_of)
multiply = halves(softmax, softmax)
follow("MASHA1, a game, by the entropy", [play[0] + ",prox=entropic", play[1]], game, 2 * houses, multiply, log, multiply(point), 0.2,
       lambda z, F: multiply(log(z) - F), gap_of)

# ---- methods that converge ----

METHODS = {"extragradient:gamma=0.1": ["--up=identity"], "masha1:gamma=0.1": ["--up=randk:k=50%"], "masha2:gamma=0.1": ["--up=topk:k=50%"],
           "vr_masha1:gamma=0.05": ["--up=randk:k=50%", "--batch=3"], "vr_masha2:gamma=0.05": ["--up=topk:k=50%", "--batch=3"],
           "optimistic_masha:eta=0.05": ["--up=permk"], "gd:gamma=0.05": ["--up=identity"]}
for (name, options, *_), (method, more) in itertools.product([ROBUST[0], ROBUST[1], ROBUST[6]], METHODS.items()):
    run = truth.Run(common(name, options) + more + ["--algorithm=" + method, "--rounds=3000", "--eval=3000", "--x0=normal"])
    fell = None if run.error else [run.trace[c][-1] / run.trace[c][0] for c in ("residual_sq", "dist_sq")]
    truth.report("%s solves %s:%s" % (method, name, options), run.error or (None if max(fell) < 1e-12 else "%s" % fell))
for method, more in (("extragradient:gamma=0.3", ["--up=identity"]), ("masha1:gamma=0.2", ["--up=randk:k=50%"])):
    for prox, least in (("euclidean", 1e-8), ("entropic", 0.2)):
        run = truth.Run([play[0] + ",prox=" + prox, play[1], "--algorithm=" + method, "--rounds=3000", "--eval=1000"] + more)
        fell = None if run.error else run.trace["gap"][-1] / run.trace["gap"][0]
        truth.report("%s: the gap of a game falls, %s" % (method, prox), run.error or (None if 0 <= fell < least else "to %g" % fell))
run = truth.Run(common(*ROBUST[0][:2]) + ["--algorithm=extragradient:gamma=1e9", "--up=identity", "--rounds=50"])
truth.report("a step that is too large diverges, and that is a result", run.error or (
    None if run.attrs["reason"] in ("diverged", b"diverged") else "%s" % run.attrs["reason"]))

# ---- a test set ----

test, test_signs = source.standard_normal((9, h)), np.where(source.uniform(size=9) < 0.5, -1.0, 1.0)
for name, labels in (("robust_lsq", source.standard_normal(9)), ("robust_logreg", test_signs)):
    run = truth.Run(common(name, "radius=0.3") + eg + ["--rounds=5", "--test-dataset=" + rows_of("test", test, labels)])
    if run.error:
        truth.report("%s: test rows" % name, run.error)
        continue
    z = (test + run.x[h:]) @ run.x[:h]
    loss = (z - labels) ** 2 / 2 if name == "robust_lsq" else np.logaddexp(0, -labels * z)
    near("%s: test_loss" % name, run.trace["test_loss"][-1], np.mean(loss), 1e-13)
    if name == "robust_logreg":
        near("... and test_accuracy", run.trace["test_accuracy"][-1], np.mean(np.sign(z) == labels), 1e-15)

# ---- ranks, a pause ----

for words, options in (("robust_lsq", common(*ROBUST[2][:2])), ("robust_logreg", common(*ROBUST[6][:2])), ("polmatrix", play),
                       ("polmatrix, entropic", [play[0] + ",prox=entropic", play[1]])):
    options = options + ["--algorithm=masha1:gamma=0.05", "--up=randk:k=3", "--rounds=20", "--x0=normal"]
    runs = [truth.Run(options, ranks) for ranks in (1, 2, 3)]
    why = next((run.error for run in runs if run.error), None)
    digests = [] if why else [run.attrs["digest"] for run in runs]
    truth.report("%s: one digest on 1, 2 and 3 ranks" % words, why or (None if len(set(digests)) == 1 else "%s" % digests))
    out = truth.scratch("pause.h5")
    paused = truth.command(["run", *options, "-o", out, "--force", "--pause=7"])
    done = truth.command(["run", *options, "-o", out, "--resume"], 2)
    good = not why and paused.returncode == 75 and done.returncode == 0
    if good:
        with truth.h5py.File(out) as file:
            good = file.attrs["digest"] == digests[0]
    truth.report("... and after a pause", None if good else (paused.stderr + done.stderr).strip() or "another digest")

# ---- refused ----

def refused(words, options, *parts):
    run = truth.Run(options)
    good = run.error and run.error.startswith("laconic: ") and "\n" not in run.error and all(p in run.error for p in parts)
    truth.report("refused: " + words, None if good else "%s" % run.error)


for option, why in (("radius=-1", "radius"), ("beta=0", "beta"), ("beta=-2", "beta"), ("lambda=-1", "lambda"), ("bound=-1", "bound"),
                    ("ball=l1", "ball"), ("radius=nan", "radius"), ("beta=", "beta"), ("gamma=1", "gamma")):
    for name in data:
        refused("%s:%s" % (name, option), common(name, option) + eg, "--problem", why)
for option, why in (("houses=0", "houses"), ("theta=0", "theta"), ("hetero=2", "hetero"), ("hetero=-1", "hetero"), ("prox=l2", "prox")):
    refused("polmatrix:" + option, ["--problem=polmatrix:" + option] + eg, "--problem", why)
three = rows_of("three", A, np.arange(n * m).reshape(n, m) % 3)
refused("three labels", common("robust_logreg", "radius=1")[:2] + ["--dataset=" + three] + eg, "robust_logreg", "two distinct",
        "robust_lsq")
for name, options in (("robust_lsq", "radius=1"), ("robust_logreg", "radius=1")):
    refused("%s with ef21" % name, common(name, options) + ["--algorithm=ef21", "--up=topk:k=1"], "--algorithm", "ef21")
refused("polmatrix with ef21", play + ["--algorithm=ef21", "--up=topk:k=1"], "--algorithm", "ef21")
refused("the solution of a game", play + eg + ["--optimum=solve"], "--optimum", "polmatrix", "--optimum=none")
refused("a saddle point that is too large", ["--problem=robust_lsq", "--dataset=synthetic:d=1001"] + eg, "--optimum", "2000")
refused("no saddle point to be found: w is not unique, and F not monotone",
        ["--problem=robust_lsq:lambda=0,beta=3", "--clients=1", "--seed=3", "--x0=normal"] + eg, "--optimum=none", "monotone")
refused("a constant that is not known", common("robust_lsq", "radius=1") + ["--algorithm=extragradient", "--up=identity"], "step size")
truth.finish()
