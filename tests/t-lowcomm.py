#!/usr/bin/python3
"""DGC, 1-bit Adam, 0/1 Adam, 1-bit LAMB and SPSA against NumPy, in all of their options: iterates, bits both ways, ranks, pauses,
weights, batches, refusals.  TAP."""
import sys
sys.dont_write_bytecode = True
import truth

try:
    import numpy as np
except ImportError:
    truth.skip_all("no python3-numpy")

n, d, rows, rounds = 3, 10, 6, 24
source = np.random.RandomState(5)
A, y, x0 = source.standard_normal((n, rows, d)), source.standard_normal((n, rows)), source.standard_normal(d)
data = truth.write_rows("lowcomm.libsvm", [("%.17g" % y[i, r], ["%.17g" % v for v in A[i, r]]) for i in range(n) for r in range(rows)])
common = ["--problem=lsq", "--dataset=%s:d=%d" % (data, d), "--clients=%d" % n, "--rounds=%d" % rounds,
          "--x0=file:path=" + truth.write("lowcomm.x0", ["%.17g" % v for v in x0])]


def value(i, x, take=None):
    take = range(rows) if take is None else take
    return np.mean([(A[i, r] @ x - y[i, r]) ** 2 for r in take]) / 2


def grad(i, x):
    return A[i].T @ (A[i] @ x - y[i]) / rows


# ---- compressors ----

def topk(k):
    def compress(v, t):
        count = k(t) if callable(k) else k
        keep = sorted(range(len(v)), key=lambda j: (-abs(v[j]), j))[:count]
        out = np.zeros(len(v))
        out[keep] = v[keep]
        return out
    return compress


def sign(v, t):
    return np.linalg.norm(v) / np.sqrt(len(v)) * np.where(v < 0, -1, 1)


def whole(v, t):
    return v.copy()


# ---- methods ----

def dgc(gamma, mu, C, clip=0, nesterov=False, correction=True, mask=True, D=whole):
    x, u, v, momentum, rest = x0.copy(), np.zeros((n, d)), np.zeros((n, d)), np.zeros(d), np.zeros(d)
    for t in range(rounds):
        total = np.zeros(d)
        for i in range(n):
            g = grad(i, x) / n      # as in the paper
            norm = np.linalg.norm(g)
            if clip and norm > clip / np.sqrt(n):
                g *= clip / np.sqrt(n) / norm
            if not correction:
                v[i] += g
            elif nesterov:
                u[i] = mu * (u[i] + g)
                v[i] += u[i] + g
            else:
                u[i] = mu * u[i] + g
                v[i] += u[i]
            c = C(v[i], t)
            v[i] -= c
            if mask:
                u[i][c != 0] = 0
            total += c
        total, rest = D(total + rest, t), total + rest - D(total + rest, t)
        if not correction:
            momentum = mu * momentum + total
            total = total + mu * momentum if nesterov else momentum
        x = x - gamma * total
    return x


class TwoWay:
    """Both errors; what a round exchanges."""

    def __init__(self, C, D, chunks):
        self.C, self.D, self.e, self.E = C, D, np.zeros((n, d)), np.zeros(d)
        self.edges = [d * j // chunks for j in range(chunks + 1)]

    def mean(self, z, t):
        total = self.E.copy()
        for i in range(n):
            c = self.C(z[i] + self.e[i], t)
            self.e[i] += z[i] - c
            total += c / n
        sent = np.concatenate([self.D(total[a:b], t) if b > a else total[a:b] for a, b in zip(self.edges, self.edges[1:])])
        self.E = total - sent
        return sent


def onebit_adam(C, D, freeze, gamma=0.01, beta1=0.9, beta2=0.99, eps=1e-6, wd=0, chunks=n, naive=False):
    x, m, v, both = x0.copy(), np.zeros(d), np.zeros(d), TwoWay(C, D, chunks)
    for t in range(1, rounds + 1):
        g = [grad(i, x) for i in range(n)]
        if not freeze or t <= freeze or naive:
            mean = np.mean(g, 0) if not freeze or t <= freeze else both.mean(g, t - 1)
            m = beta1 * m + (1 - beta1) * mean
            v = beta2 * v + (1 - beta2) * mean ** 2
        else:
            m = both.mean([beta1 * m + (1 - beta1) * h for h in g], t - 1)
        x = x - gamma * (m / (np.sqrt(v) + eps) + wd * x)
    return x


def zeroone_adam(C, D, freeze, kappa, stretch, H, gamma=0.01, beta1=0.9, beta2=0.99, eps=1e-6, wd=0, chunks=n):
    """With the counters of the authors' code."""
    x, m, v, both = x0.copy(), np.zeros(d), np.zeros(d), TwoWay(C, D, chunks)
    interval, counter, local, steps, frozen = 1, 0, 1, 0, False
    own = [None] * n
    for t in range(1, rounds + 1):
        if not frozen:
            g = [grad(i, x) for i in range(n)]
            if t % interval == 0:
                m = beta1 * m + (1 - beta1) * np.mean(g, 0)
                v = beta2 * v + (1 - beta2) * np.mean(g, 0) ** 2
                counter += 1
                if counter == kappa:
                    counter, interval = 0, 2 * interval
            else:
                m = beta1 * m + (1 - beta1) * both.mean(g, t - 1)
            x = x - gamma * (m / (np.sqrt(v) + eps) + wd * x)
            if t == freeze:
                frozen, both, lrs = True, TwoWay(C, D, chunks), 0
                own = [(x.copy(), m.copy()) for i in range(n)]
            continue
        lrs += gamma
        for i in range(n):
            at, mi = own[i]
            mi = beta1 * mi + (1 - beta1) * grad(i, at)
            own[i] = at - gamma * (mi / (np.sqrt(v) + eps) + wd * at), mi
        if t % local == 0:
            moved = both.mean([(own[i][0] - x) * (np.sqrt(v) + eps) for i in range(n)], t - 1)
            x, m = x + moved / (np.sqrt(v) + eps), -moved / lrs
            own, lrs = [(x.copy(), m.copy()) for i in range(n)], 0
        steps += 1
        if steps == stretch:
            steps, local = 0, min(H, 2 * local)
    return x


def onebit_lamb(C, D, freeze, gamma=0.05, beta1=0.9, beta2=0.99, eps=1e-6, wd=0, chunks=n, beta3=0.9, layers=None):
    layers = layers or [slice(0, d)]
    norm = np.linalg.norm
    x, m, v, both, scale = x0.copy(), np.zeros(d), np.zeros(d), TwoWay(C, D, chunks), np.ones(d)
    trust, factor = [0] * len(layers), [1] * len(layers)
    for t in range(1, rounds + 1):
        g = [grad(i, x) for i in range(n)]
        if t <= freeze:
            m = beta1 * m + (1 - beta1) * np.mean(g, 0)
            v = beta2 * v + (1 - beta2) * np.mean(g, 0) ** 2
            w, update = v.copy(), m / (np.sqrt(v) + eps) + wd * x
            for k, l in enumerate(layers):
                ratio = np.clip(norm(x[l]) / norm(update[l]), 0.01, 10)
                trust[k] = beta3 * trust[k] + (1 - beta3) * ratio
                x[l] -= gamma * ratio * update[l]
            sizes = [norm(m[l]) / np.sqrt(l.stop - l.start) for l in layers]
            for k, l in enumerate(layers):
                scale[l] = np.mean(sizes) / sizes[k]
            continue
        last, m = m, both.mean([scale * (beta1 * m + (1 - beta1) * h) for h in g], t - 1) / scale
        w = beta2 * w + (1 - beta2) * ((m - beta1 * last) / (1 - beta1)) ** 2
        denominator = np.sqrt(v) + eps
        first = m / denominator
        update = first + wd * x
        for k, l in enumerate(layers):
            ratio = (denominator[l] / (np.sqrt(w[l]) + eps)).max()
            if wd:
                share = min(1, norm(first[l]) / norm(update[l]))
                ratio = ratio * share + 1 - share
            factor[k] = np.clip(np.clip(ratio, 0.5, 4), factor[k] * 0.9, factor[k] * 1.1)
            x[l] -= gamma * trust[k] * factor[k] * update[l]
    return x


def quantised(code, g):
    if code == "exact" or g == 0:
        return g
    per, low, high = (8, -95, 31) if code == "byte" else (16, -127, 127)
    return np.copysign(np.exp(np.clip(np.rint(per * np.log(abs(g))), low, high) / per), g)


def spsa(z, gamma=0.05, eps=0.001, samples=1, code="byte", scale="mean", batch=None):
    x = x0.copy()
    count = n * samples
    for t in range(rounds):
        move = np.zeros(d)
        for i in range(n):
            for k in range(samples):
                take = batch[t, i, 0, k] if batch else None
                g = (value(i, x + eps * z[t, i, k], take) - value(i, x - eps * z[t, i, k], take)) / (2 * eps)
                move += quantised(code, g) * z[t, i, k]
        x = x - gamma / (count if scale == "mean" else np.sqrt(count)) * move
    return x


# ---- trajectories ----

cases = 0


def same(words, spec, options, theirs, tolerance=1e-10):
    """On one rank; every third case is stopped, too, and resumed on three."""
    global cases
    cases += 1
    options = common + ["--algorithm=" + spec] + options
    first = truth.Run(options)
    if first.error:
        return truth.report(words, first.error)
    far = np.abs(first.x - theirs).max()
    truth.ok(far < tolerance, words, " (largest difference %.1e)" % far)
    if cases % 3 != 1:
        return None
    out, stop = truth.scratch("stopped.h5"), (14, 5, 11, 15)[cases % 4]
    done = truth.command(["run", *options, "-o", out, "--force", "--pause=%d" % stop])
    if done.returncode != 75:
        return truth.report("... stopped", done.stderr.strip())
    again = truth.Run.__new__(truth.Run).take(truth.command(["run", *options, "-o", out, "--resume"], 3), out)
    same_digest = not again.error and again.attrs["digest"] == first.attrs["digest"]
    truth.report("... stopped after %d rounds and resumed on 3 ranks: the same digest" % stop,
                 None if same_digest else again.error or "another one")


to_top = ["--up=topk:k=2"]
signs = ["--up=sign:scale=l2,zero=plus", "--down=sign:scale=l2,zero=plus"]
for words, extra, more in (
        ("", "", {}), (", mask=no", ",mask=no", {"mask": False}), (", nesterov", ",nesterov=yes", {"nesterov": True}),
        (", clip", ",clip=1", {"clip": 1}), (", without correction", ",correction=no", {"correction": False}),
        (", without correction, nesterov", ",correction=no,nesterov=yes", {"correction": False, "nesterov": True})):
    same("dgc" + words, "dgc:gamma=0.02,mu=0.8" + extra, to_top, dgc(0.02, 0.8, topk(2), **more))
for D, down in (whole, "threshold:tau=1e-300"), (topk(4), "topk:k=4"):
    same("dgc with --down=" + down, "dgc:gamma=0.02,mu=0.8", to_top + ["--down=" + down], dgc(0.02, 0.8, topk(2), D=D))
same("dgc with a schedule of its density", "dgc:gamma=0.02,mu=0.8", ["--up=schedule:values=5/30%,every=6+topk:k=1"],
     dgc(0.02, 0.8, topk(lambda t: (5, 3)[t // 6] if t < 12 else 1)))
base = "gamma=0.01,beta1=0.9,beta2=0.99,eps=1e-6"
for words, extra, more in (("", ",freeze=8", {}), (", two chunks and decay", ",freeze=8,chunks=2,wd=0.1", {"chunks": 2, "wd": 0.1}),
                           (", a chunk a coordinate", ",freeze=8,chunks=10", {"chunks": 10}),
                           (" of compressed gradients", ",freeze=8,compress=gradient", {"naive": True})):
    same("onebit_adam" + words, "onebit_adam:" + base + extra, signs, onebit_adam(sign, sign, 8, **more))
same("onebit_adam that never freezes", "onebit_adam:%s,freeze=0" % base, [], onebit_adam(sign, sign, 0))
same("onebit_adam by top-k", "onebit_adam:%s,freeze=8" % base, ["--up=topk:k=3", "--down=topk:k=1"],
     onebit_adam(topk(3), topk(1), 8))
for freeze, kappa, stretch, H, wd in (12, 2, 3, 4, 0), (10, 1, 100, 16, 0.1), (6, 3, 2, 8, 0), (40, 2, 3, 4, 0):
    how = "freeze=%d,kappa=%d,stretch=%d,H=%d,wd=%g" % (freeze, kappa, stretch, H, wd)
    same("zeroone_adam, " + how, "zeroone_adam:%s,%s" % (base, how), signs, zeroone_adam(sign, sign, freeze, kappa, stretch, H, wd=wd))
for words, wd in ("", 0), (", decay", 0.1):
    same("onebit_lamb" + words, "onebit_lamb:gamma=0.05,beta1=0.9,beta2=0.99,eps=1e-6,freeze=8,wd=%g" % wd, signs,
         onebit_lamb(sign, sign, 8, wd=wd))


def directions(samples):
    z = {(t, i, k): source.standard_normal(d) for t in range(rounds) for i in range(n) for k in range(samples)}
    head = "round,client" + (",step" if samples > 1 else "") + "".join(",z%d" % j for j in range(d))
    lines = [",".join(["%d" % v for v in (at if samples > 1 else at[:2])] + ["%.17g" % v for v in z[at]]) for at in z]
    return z, ["--replay.direction=" + truth.write("z%d.csv" % samples, [head] + lines)]


for code, scale, samples in ("exact", "mean", 1), ("byte", "mean", 1), ("log9", "sqrt", 1), ("byte", "sqrt", 3), ("byte", "mean", 5):
    z, replay = directions(samples)
    how = "code=%s,scale=%s,samples=%d" % (code, scale, samples)
    same("spsa, " + how, "spsa:gamma=0.05," + how, replay,
         spsa(z, code=code, scale=scale, samples=samples))
z, replay = directions(2)
batch = {(t, i, 0, k): sorted(source.permutation(rows)[:2]) for t in range(rounds) for i in range(n) for k in range(2)}
lines = ["round,client,phase,step,a,b"] + [",".join(map(str, at + tuple(take))) for at, take in batch.items()]
same("spsa with batches: both losses of a direction are of the same rows", "spsa:gamma=0.02,code=exact,samples=2",
     replay + ["--batch=2", "--replay.batch=" + truth.write("rows.csv", lines)], spsa(z, 0.02, samples=2, code="exact", batch=batch))

# ---- bits ----


def traffic(words, spec, options, up, down):
    """Bits of one client in a round, up and down, as functions of the round."""
    run = truth.Run(common + ["--algorithm=" + spec] + options)
    if run.error:
        return truth.report(words, run.error)
    ours = [tuple(map(int, v)) for v in zip(run.trace["bits_up"], run.trace["bits_down"])]
    theirs = [(n * sum(map(up, range(t))), n * sum(map(down, range(t)))) for t in range(rounds + 1)]
    wrong = [t for t in range(rounds + 1) if ours[t] != theirs[t]]
    truth.report(words, "before round %d they are %s, not %s" % (wrong[0], ours[wrong[0]], theirs[wrong[0]]) if wrong else None)


full, bit = 64 * d, d + 64
traffic("onebit_adam: bits", "onebit_adam:freeze=8", signs, lambda t: full if t < 8 else bit, lambda t: full if t < 8 else d + 64 * n)
for method, last in ("onebit_adam", d + 64 * n), ("zeroone_adam", d + 64 * n), ("onebit_lamb", d + 64 * n):
    traffic(method + ": bits of f32 in full", method + ":freeze=8,value=f32", signs + ["--broadcast=f32"],
            lambda t: 32 * d if t < 8 else bit, lambda t: 32 * d if t < 8 else last)
traffic("onebit_adam: bits of f32 scales and two chunks", "onebit_adam:freeze=8,chunks=2",
        [o + ",value=f32" for o in signs] + ["--broadcast=f32"], lambda t: full if t < 8 else d + 32,
        lambda t: 32 * d if t < 8 else d + 32 * 2)
renewed, exchanged = {1, 2, 4, 6, 8, 12}, {13, 14, 15, 16, 18, 20, 24}
traffic("zeroone_adam: bits, none where clients walk alone", "zeroone_adam:freeze=12,kappa=2,stretch=3,H=4", signs,
        lambda t: full if t + 1 in renewed else bit if t < 12 or t + 1 in exchanged else 0,
        lambda t: full if t + 1 in renewed else d + 64 * n if t < 12 or t + 1 in exchanged else 0)
for code, width in ("exact", 64), ("byte", 8), ("log9", 9):
    traffic("spsa: bits, code=%s, and x back where that is shorter" % code, "spsa:code=%s,samples=5" % code, [], lambda t: 5 * width,
            lambda t: 64 * d)
    traffic("spsa: bits, code=" + code, "spsa:code=%s,samples=3" % code, [], lambda t: 3 * width, lambda t: 3 * n * width)
# ---- layers: a network of tanh units and a softmax ----

hidden, classes, lsq = 4, 3, (common, d, grad, x0)
shapes = [(hidden, d), (hidden, 1), (classes, hidden), (classes, 1)]
edges = np.cumsum([0] + [a * b for a, b in shapes])
layers = [slice(int(a), int(b)) for a, b in zip(edges, edges[1:])]
labels = np.array([[r % classes for r in range(rows)] for i in range(n)])


def network_grad(i, x):
    W1, b1, W2, b2 = [x[l].reshape(shape) for l, shape in zip(layers, shapes)]
    H = np.tanh(A[i] @ W1.T + b1.T)
    Z = H @ W2.T + b2.T
    P = np.exp(Z - Z.max(1, keepdims=True))
    P /= P.sum(1, keepdims=True)
    P[range(rows), labels[i]] -= 1
    P /= rows
    E = (P @ W2) * (1 - H ** 2)
    return np.concatenate([(E.T @ A[i]).ravel(), E.sum(0), (P.T @ H).ravel(), P.sum(0)])


images = truth.write_rows("network.libsvm", [(labels[i, r], ["%.17g" % v for v in A[i, r]]) for i in range(n) for r in range(rows)])
d, grad, x0 = int(edges[-1]), network_grad, source.standard_normal(int(edges[-1])) / 2
common = ["--problem=mlp:hidden=%d" % hidden, "--dataset=%s:d=10" % images, "--clients=%d" % n, "--rounds=%d" % rounds,
          "--x0=file:path=" + truth.write("network.x0", ["%.17g" % v for v in x0])]


def by_layer(C, dense=()):
    def compress(v, t):
        return np.concatenate([v[l] if k in dense else C(v[l], t) for k, l in enumerate(layers)])
    return compress


def dgc_of_biases(gamma, mu, C):
    """Biases: u alone, in full."""
    x, u, v, biases = x0.copy(), np.zeros((n, d)), np.zeros((n, d)), np.zeros(d, bool)
    biases[layers[1]] = biases[layers[3]] = True
    for t in range(rounds):
        total = np.zeros(d)
        for i in range(n):
            u[i] = mu * u[i] + grad(i, x)
            v[i] += u[i]
            c = by_layer(C, (1, 3))(v[i], t)
            v[i] -= c
            u[i][(c != 0) & ~biases] = 0
            total += c / n
        x = x - gamma * total
    return x


same("dgc of every layer by itself", "dgc:gamma=0.05,mu=0.8", ["--up=layerwise+topk:k=2"], dgc(0.05, 0.8, by_layer(topk(2))))
same("dgc of every layer by itself, with a schedule", "dgc:gamma=0.05,mu=0.8",
     ["--up=layerwise+schedule:values=50%,every=6+topk:k=1"],
     dgc(0.05, 0.8, by_layer(lambda v, t: topk(int(len(v) / 2 + 0.5) if t < 6 else 1)(v, t))))
same("dgc with biases in full", "dgc:gamma=0.05,mu=0.8,dense=biases", ["--up=topk:k=2"], dgc_of_biases(0.05, 0.8, topk(2)))
traffic("dgc with biases in full: bits", "dgc:dense=biases", ["--up=topk:k=2,index=fixed"],
        lambda t: 2 * (64 + 6) + 64 * hidden + 2 * (64 + 4) + 64 * classes, lambda t: 64 * d)
for wd in 0, 0.1:
    same("onebit_lamb, layers with scales of their own, wd=%g" % wd,
         "onebit_lamb:gamma=0.05,beta1=0.9,beta2=0.99,eps=1e-6,freeze=8,wd=%g" % wd, signs,
         onebit_lamb(sign, sign, 8, wd=wd, layers=layers), 1e-9)
common, d, grad, x0 = lsq

# ---- copies: what the server and every host hold of x is the same to the last bit ----


def copies(words, spec, options, at):
    """at: the number of x among the server's vectors; in the mirror it is 0."""
    out = truth.scratch("copies.h5")
    done = truth.command(["run", *common, "--algorithm=" + spec, *options, "-o", out, "--force", "--pause=17"], 2)
    if done.returncode != 75:
        return truth.report(words, done.stderr.strip())
    with truth.h5py.File(out + ".checkpoint") as file:
        server, mirror = file["server"][:].reshape(-1, d)[at], file["mirror"][:].reshape(-1, d)[0]
    truth.ok(server.tobytes() == mirror.tobytes() and list(server) != list(x0), words)


for form in "f64", "f32", "bf16":
    copies("onebit_adam, --broadcast=%s: copies of x are equal" % form, "onebit_adam:gamma=0.01,freeze=8",
           signs + ["--broadcast=" + form], 2)
copies("zeroone_adam: copies of x are equal", "zeroone_adam:gamma=0.01,freeze=8,kappa=2,H=4", signs + ["--broadcast=bf16"], 2)
copies("onebit_lamb: copies of x are equal", "onebit_lamb:gamma=0.01,freeze=8", signs, 2)
copies("dgc: copies of x are equal", "dgc:gamma=0.01,correction=no", to_top + ["--down=topk:k=4"], 0)
copies("spsa: copies of x are equal", "spsa:code=byte,samples=2", [], 0)

calls = truth.Run(common + ["--algorithm=spsa:samples=3", "--batch=2"])
truth.ok(not calls.error and calls.trace["oracle_calls"][-1] == 2 * 3 * n * rounds and calls.trace["samples"][-1] == 2 * 2 * 3 * n * rounds,
         "spsa: two losses of a batch for every direction are counted")

# ---- what draws itself, and refusals ----

same_z = truth.runs([common + ["--algorithm=spsa", "--seed.direction=%d" % s, "--seed=%d" % k] for s, k in ((1, 1), (1, 2), (2, 1))])
truth.ok(not any(r.error for r in same_z) and list(same_z[0].x) == list(same_z[1].x) != list(same_z[2].x),
         "the directions of spsa are drawn from --seed.direction alone")


def refused(words, options, part):
    done = truth.command(["run", *options, "-o", truth.scratch("refused.h5"), "--force"])
    text = done.stderr.strip()
    truth.ok(done.returncode == 1 and part in text and text.count("\n") == 0, words + " is refused", ": %s" % text)


refused("spsa with --up", common + ["--algorithm=spsa", "--up=topk"], "leave --up out")
refused("spsa with a rounded broadcast", common + ["--algorithm=spsa", "--broadcast=f32"], "leave --broadcast out")
refused("spsa with clipped gradients, of which it takes none", common + ["--algorithm=spsa", "--clip=1"], "--clip: spsa takes losses")
refused("spsa with --sample", common + ["--algorithm=spsa", "--sample=uniform:s=2"], "slopes of all clients")
refused("a table without directions for all", common + ["--algorithm=spsa", "--replay.direction=" + truth.write(
    "short.csv", ["round,client,z"] + ["%d,%d,1" % (t, i) for t in range(rounds) for i in range(n)])], "1 choices where 10")
refused("dgc with an unbiased compressor", common + ["--algorithm=dgc", "--up=randk:k=2"], "grows from round to round")
refused("dgc with a rounded broadcast", common + ["--algorithm=dgc", "--broadcast=f32"], "leave --broadcast out")
refused("dgc with --sample", common + ["--algorithm=dgc", "--sample=uniform:s=2"], "messages of all rounds")
refused("dgc with dense biases where there are none", common + ["--algorithm=dgc:dense=biases"], "no biases")
refused("... where there are layers", ["--problem=lora:rank=2+mlp:hidden=4", "--dataset=synthetic:rows=20,d=5,classes=3", "--clients=2",
                                       "--algorithm=dgc:dense=biases"], "no biases")
refused("onebit_adam with an unbiased compressor", common + ["--algorithm=onebit_adam", "--up=randk:k=2"], "grows from round to round")
refused("onebit_adam with too many chunks", common + ["--algorithm=onebit_adam:chunks=11"], "chunks")
for method in "onebit_adam", "onebit_lamb":
    for more in [signs[0]], [signs[1]], ["--up=identity:value=f32"], ["--algorithm=%s:freeze=0,chunks=2" % method]:
        refused("%s that never freezes, with %s" % (method, more[0]), common + ["--algorithm=%s:freeze=0" % method] + more,
                "with freeze=0 all rounds go in full")
refused("onebit_adam with more chunks than have draws of their own", common + ["--algorithm=onebit_adam:chunks=65537"], "[0,65536]")
wide = truth.write("wide.libsvm", ["%d %d:1" % (k % 2, k + 1) for k in range(65537)])
refused("... a chunk a client", ["--problem=logreg", "--dataset=" + wide, "--clients=65537", "--algorithm=onebit_adam:gamma=0.01"],
        "give chunks=65536 or fewer")
refused("a chunk shorter than k", common + ["--algorithm=onebit_adam", "--down=topk:k=4"], "lower chunks=")
refused("onebit_lamb with crossed bounds", common + ["--algorithm=onebit_lamb:factor_min=5"], "at most")
refused("a schedule of an option that is none", common + ["--algorithm=dgc", "--up=schedule:param=q,values=1+topk"],
        "has none of that name")
refused("a schedule of nothing", common + ["--algorithm=dgc", "--up=schedule:values=1"], "no compressor behind it")
truth.finish()
