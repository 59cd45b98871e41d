#!/usr/bin/python3
"""hidenseek against NumPy: SynFlow's masks of networks with and without convolutions, what clients send and learn, bits, who takes part;
any number of ranks, a pause; refusals.  TAP."""
import functools, itertools, sys
sys.dont_write_bytecode = True
import truth

try:
    import numpy as np
except ImportError:
    truth.skip_all("no python3-numpy")

n, m, features, classes, hidden, rounds, K = 5, 6, 4, 3, 7, 8, 3
source = np.random.RandomState(3)
A = source.standard_normal((n, m, features))
label = source.randint(classes, size=(n, m))
label[0, :classes] = range(classes)
number = lambda v: "%.17g" % v
data = truth.write_rows("rows", [(label[i, r], map(number, A[i, r])) for i in range(n) for r in range(m)])
shapes = [(hidden, features), (hidden, 1), (classes, hidden), (classes, 1)]
sizes = [a * b for a, b in shapes]
x0 = source.standard_normal(sum(sizes))
common = ["--problem=mlp:hidden=%d" % hidden, "--dataset=%s:d=%d" % (data, features), "--clients=%d" % n, "--rounds=%d" % rounds,
          "--eval=1", "--optimum=none", "--x0=file:path=" + truth.write("x0", map(number, x0))]


def parts(x):
    return [v.reshape(s) for v, s in zip(np.split(x, np.cumsum(sizes)[:-1]), shapes)]


def value_grad(i, x):
    W1, b1, W2, b2 = parts(x)
    h = np.tanh(A[i] @ W1.T + b1.T)
    s = h @ W2.T + b2.T
    p = np.exp(s - s.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    loss = -np.mean(np.log(p[range(m), label[i]]))
    p[range(m), label[i]] -= 1
    D2 = p / m
    D1 = (D2 @ W2) * (1 - h * h)
    return loss, np.concatenate([v.ravel() for v in (D1.T @ A[i], D1.sum(0), D2.T @ h, D2.sum(0))])


# ---- SynFlow: R is linear in every weight, so a score is R less R without the weight ----

@functools.lru_cache(maxsize=None)
def mask_of(density, T):
    return prune(flow_of_mlp, x0, weights, density, T)


def prune(R, w, is_weight, density, T):
    mask = is_weight.copy()
    for t in range(1, T + 1):
        size = np.abs(w) * mask
        score = np.zeros(len(w))
        for j in np.flatnonzero(mask):
            without = size.copy()
            without[j] = 0
            score[j] = R(size) - R(without)
        order = np.argsort(-score, kind="stable")[:round(is_weight.sum() * density ** (t / T))]
        mask = np.zeros(len(w), bool)
        mask[order] = True
    return mask


def flow_of_mlp(x):
    W1, _, W2, _ = parts(x)
    return np.sum(W2 @ (W1 @ np.ones(features)))


weights = np.concatenate([np.full(size, shape[1] > 1) for size, shape in zip(sizes, shapes)])

# ---- a run ----


def some(size):
    """Options, and the clients of every round."""
    drawn = [sorted(source.permutation(n)[:size]) for _ in range(rounds)]
    table = [",".join(["round"] + ["c%d" % k for k in range(size)])] + [",".join(map(str, [t, *c])) for t, c in enumerate(drawn)]
    return ["--sample=uniform:s=%d" % size, "--replay.sample=" + truth.write("sample", table)], drawn



class Method:
    def __init__(self, density=0.5, prunings=100, magnitude="layer", mask="sign", tells="mean", eta=1.0, inner="sgd"):
        self.mask, self.tells, self.eta, self.inner = mask, tells, eta, inner
        self.kept = mask_of(density, prunings)
        w = x0.copy()
        if magnitude == "layer":
            for at, size, shape in zip(np.cumsum([0] + sizes), sizes, shapes):
                share = self.kept[at:at + size].mean()
                if share > 0:
                    w[at:at + size] = np.where(x0[at:at + size] < 0, -1, 1) * np.sqrt(2 / (shape[1] * share))
        w = np.where(self.kept, w, 0)
        self.base, self.bias = np.abs(w) if mask == "sign" else w, np.where(weights, 0, x0)
        self.S = np.where(w < 0, -1.0, 1.0) if mask == "sign" else np.ones(len(w))
        self.least = np.inf

    def w(self, s):
        return self.bias + self.base * np.where(s < 0, -1.0 if self.mask == "sign" else 0.0, 1.0)

    def step(self, k, slope, m, v):
        """The direction of step k; m and v are changed in place."""
        if self.inner == "sgd":
            return slope
        m *= 0.9
        if self.inner == "momentum":
            m += slope
            return m
        m += 0.1 * slope
        v[:] = 0.999 * v + 0.001 * slope ** 2
        return m / (1 - 0.9 ** k) / (np.sqrt(v / (1 - 0.999 ** k)) + 1e-8)

    def round(self, clients):
        start = np.where(self.S < 0, -1.0, 1.0) if self.tells == "sign" else self.S
        votes = np.zeros(len(x0))
        for i in clients:
            s, m, v = start.copy(), np.zeros(len(x0)), np.zeros(len(x0))
            for k in range(1, K + 1):
                s = s - self.eta * self.step(k, self.base * value_grad(i, self.w(s))[1] * self.kept, m, v)
                self.least = min(self.least, np.min(np.abs(s[self.kept])))
            votes += np.where(s < 0, -1, 1)
        self.S = votes / len(clients)


def compare(clients, more, **how):
    run = truth.Run(common + more + ["--algorithm=hidenseek:K=%d,%s" % (K, ",".join("%s=%s" % pair for pair in how.items()))])
    if run.error:
        return run.error
    method, moved = Method(**how), 0
    kept, sent = method.kept.sum(), 0
    for t in range(rounds + 1):
        x = method.w(method.S)
        f = np.mean([value_grad(i, x)[0] for i in range(n)])
        if not abs(run.trace["f"][t] - f) <= 1e-10 * f:
            return "row %d: f is %.17g, not %.17g; a score came as near to 0 as %.0e" % (t, run.trace["f"][t], f, method.least)
        down = kept * (64 if method.tells == "mean" else 1)
        if [run.trace["bits_up"][t], run.trace["bits_down"][t]] != [sent * kept, sent * down]:
            return "row %d: %d bits up and %d down for %d messages" % (t, run.trace["bits_up"][t], run.trace["bits_down"][t], sent)
        if t < rounds:
            method.round(clients[t])
            sent += len(clients[t])
            moved += np.any(method.w(method.S) != x)
    if np.max(np.abs(run.x - method.w(method.S))) > 1e-12:
        return "the last iterate differs"
    return None if moved > 1 else "nothing was learnt in it"


# With equal magnitudes, what a unit with outputs of one sign learns is rounding; it tells where two clients disagree.
for how in ({}, {"tells": "sign"}, {"magnitude": "start", "density": 0.3}, {"mask": "zero_one"},
            {"mask": "zero_one", "magnitude": "start", "tells": "sign", "eta": 8.0, "prunings": 1}, {"density": 1},
            {"inner": "momentum", "magnitude": "start"}, {"inner": "adam", "magnitude": "start", "eta": 0.6}):
    how = {"eta": 4.0, **how}
    truth.report("NumPy: %s, all clients" % how, compare([range(n)] * rounds, [], **how))
    size = 2 if "magnitude" in how else 3
    more, drawn = some(size)
    truth.report("NumPy: %s, %d of 5" % (how, size), compare(drawn, more, **how))

if truth.pattern == "NumPy":      # that of a wrong method, tests/mutants
    truth.finish()

# ---- convolutions: explicit, on a torus ----

side, channels, full, K_classes = 8, (2, 3), 4, 3
cnn_shapes = [(channels[0], 25), (channels[0], 1), (channels[1], 25 * channels[0]), (channels[1], 1),
              (full, channels[1] * (side // 4) ** 2), (full, 1), (K_classes, full), (K_classes, 1)]
cnn_sizes = [a * b for a, b in cnn_shapes]


def convolve(C, maps):
    out = np.zeros((len(C),) + maps.shape[1:])
    for (o, row), c, i, j in itertools.product(enumerate(C), range(len(maps)), range(5), range(5)):
        out[o] += row[25 * c + 5 * i + j] * np.roll(maps[c], (2 - i, 2 - j), (0, 1))
    return out.reshape(len(C), out.shape[1] // 2, 2, out.shape[2] // 2, 2).mean((2, 4))


def flow_of_cnn(x):
    C1, _, C2, _, W1, _, W2, _ = [v.reshape(s) for v, s in zip(np.split(x, np.cumsum(cnn_sizes)[:-1]), cnn_shapes)]
    return np.sum(W2 @ (W1 @ convolve(C2, convolve(C1, np.ones((1, side, side)))).ravel()))


w = np.concatenate([source.standard_normal(size) if shape[1] > 1 else np.zeros(size) for size, shape in zip(cnn_sizes, cnn_shapes)])
images = truth.write_rows("images", [(r % K_classes, map(number, source.uniform(size=side * side))) for r in range(6)])
run = truth.Run(["--problem=cnn:channels=2x3,fc=4", "--dataset=%s:d=%d" % (images, side * side), "--clients=1", "--rounds=1",
                 "--optimum=none", "--x0=file:path=" + truth.write("w", map(number, w)),
                 "--algorithm=hidenseek:eta=1e-9,density=0.4,prunings=3,magnitude=start"])
truth.report("cnn: SynFlow keeps what it keeps on a torus", run.error or
             (None if np.array_equal(run.x, np.where(prune(flow_of_cnn, w, w != 0, 0.4, 3), w, 0)) else "another mask"))

# ---- ranks, a pause ----

how = common + ["--algorithm=hidenseek:mask=sign,eta=2", "--weights=size", "--dropout=0.2", "--batch=3"]
whole = [truth.Run(how, ranks) for ranks in (1, 2, 3, 5)]
truth.report("1, 2, 3, 5 ranks", whole[0].error or (None if len({r.attrs["digest"] for r in whole}) == 1 else "digests differ"))
out = truth.scratch("paused.h5")
stopped = truth.command(["run", *how, "-o", out, "--force", "--pause=3"], 2)
again = truth.command(["run", *how, "-o", out, "--resume"], 3)
truth.report("stopped on 2 ranks and resumed on 3, it ends the same", None if stopped.returncode == 75 and again.returncode == 0 and
             whole[0].attrs["digest"] in again.stdout else again.stderr.strip() or "another digest")

# ---- refused ----

for more, part in ((["--up=topk:k=2", "--algorithm=hidenseek"], "leave --up out"), (["--algorithm=hidenseek:density=0"], "density must be"),
                   (["--algorithm=hidenseek:tells=sign", "--broadcast=bf16"], "tells=mean"),
                   (["--algorithm=hidenseek:density=1.1"], "density must be"), (["--algorithm=hidenseek:eta=theory"], "give eta=NUMBER")):
    run = truth.Run(common + more)
    truth.report("refused: " + " ".join(more), None if run.error and "\n" not in run.error and part in run.error else "%s" % run.error)
truth.finish()
