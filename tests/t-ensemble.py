#!/usr/bin/python3
"""laconic ensemble against a transformer in NumPy: held-out losses of every model, of their average and of their predictions together,
with equal priors and priors that move, of all models and of the K best; the same of every source; what is refused.  TAP."""
import csv, itertools, os, sys
sys.dont_write_bytecode = True
import truth

try:
    import h5py, numpy as np
except ImportError:
    truth.skip_all("no python3-numpy")

width, depth, heads, context, block, holdout, n = 8, 2, 2, 12, 100, 4, 3
source = np.random.RandomState(1)
words = [b"the ", b"cat ", b"sat ", b"on ", b"a ", b"mat.\n", b"dog ", b"ran\n"]
text = b"".join(words[k] for k in source.randint(8, size=700))
sources = text[:1010], text[1010:1090], text[1090:1900], text[1900:]      # the second holds nothing out
path = truth.scratch("words")
os.mkdir(path)
for s, part in enumerate(sources):
    with open(os.path.join(path, "words%d.txt" % s), "wb") as f:
        f.write(part)
spec = "lm:width=%d,depth=%d,heads=%d,context=%d,block=%d,holdout=%d,real=f64" % (width, depth, heads, context, block, holdout)


def trained(k, *more):
    out = truth.scratch("expert%d.h5" % k)
    run = truth.Run.__new__(truth.Run).take(truth.command(
        ["run", "--problem=" + spec, "--dataset=" + path, "--clients=2", "--batch=4", "--rounds=%d" % (10 + 5 * k), "--seed=%d" % k,
         "--algorithm=diloco:H=2,lr=0.02", "-o", out, "--force", *more]), out)
    if run.error:
        print("Bail out! " + run.error)
        sys.exit(99)
    return out, run


# ---- the model, and the windows that are held out ----

symbols = sorted(set(text))
shapes = [("wte", len(symbols), width), ("wpe", context, width)]
for l in range(depth):
    shapes += [("ln1g%d" % l, width, 1), ("ln1b%d" % l, width, 1), ("Wqkv%d" % l, 3 * width, width), ("bqkv%d" % l, 3 * width, 1),
               ("Wo%d" % l, width, width), ("bo%d" % l, width, 1), ("ln2g%d" % l, width, 1), ("ln2b%d" % l, width, 1),
               ("Wup%d" % l, 4 * width, width), ("bup%d" % l, 4 * width, 1), ("Wdown%d" % l, width, 4 * width), ("bdown%d" % l, width, 1)]
shapes += [("lnfg", width, 1), ("lnfb", width, 1), ("head", len(symbols), width)]


def tensors(x):
    found, at = {}, 0
    for name, rows, cols in shapes:
        found[name] = x[at:at + rows * cols].reshape((rows, cols) if cols > 1 else rows)
        at += rows * cols
    return found


def norm(h, g, b):
    mean = h.mean(-1, keepdims=True)
    return (h - mean) / np.sqrt(((h - mean) ** 2).mean(-1, keepdims=True) + 1e-5) * g + b


def log_p(x, window):
    """Of every symbol of a window but the first."""
    w, T, dh = tensors(x), context, width // heads
    h = w["wte"][window[:-1]] + w["wpe"]
    for l in range(depth):
        t = lambda name: w[name + str(l)]
        z = norm(h, t("ln1g"), t("ln1b")) @ t("Wqkv").T + t("bqkv")
        o = np.zeros((T, width))
        for e in range(heads):
            Q, K, V = (z[:, part * width + e * dh:part * width + (e + 1) * dh] for part in range(3))
            S = np.where(np.tril(np.ones((T, T))) > 0, Q @ K.T / np.sqrt(dh), -np.inf)
            A = np.exp(S - S.max(1, keepdims=True))
            o[:, e * dh:(e + 1) * dh] = A / A.sum(1, keepdims=True) @ V
        h = h + o @ t("Wo").T + t("bo")
        u = norm(h, t("ln2g"), t("ln2b")) @ t("Wup").T + t("bup")
        h = h + u / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (u + 0.044715 * u ** 3))) @ t("Wdown").T + t("bdown")
    s = norm(h, w["lnfg"], w["lnfb"]) @ w["head"].T
    m = s.max(1)
    return s[range(T), window[1:]] - m - np.log(np.exp(s - m[:, None]).sum(1))


def held_out():
    """Windows and the numbers of their sources."""
    pieces = [(part[at:at + block], s) for s, part in enumerate(sources) for at in range(0, len(part), block)]
    for piece, s in [(p, s) for p, s in pieces if len(p) > context][holdout - 1::holdout]:
        for at in range(0, len(piece) - context, context):
            yield np.array([symbols.index(byte) for byte in piece[at:at + context + 1]]), s


windows, source_of = map(list, zip(*held_out()))


def together(L, top, decay):
    """L[model, window, position]: logarithms.  The loss of every window."""
    prior, losses = np.full(n, 1 / n), []
    for w in range(len(windows)):
        sum = 0.0
        score = np.log(prior)
        for t in range(context):
            share = np.exp(score - score.max())
            share[np.argsort(-score, kind="stable")[top or n:]] = 0
            sum -= np.log(share @ np.exp(L[:, w, t]) / share.sum())
            score = score + L[:, w, t]
        after = np.exp(score - score.max())
        prior = (1 - decay) * prior + decay * after / after.sum()
        losses.append(sum / context)
    return np.array(losses)


experts = [trained(k) for k in range(n)]
files = [out for out, _ in experts]
L = np.array([[log_p(run.x, w) for w in windows] for _, run in experts])
average = -np.array([log_p(np.mean([run.x for _, run in experts], 0), w).mean() for w in windows])


def printed(*more):
    """The losses, in the order of the rows; or a sentence."""
    done = truth.command(["ensemble", *files, "--csv", "--dataset=" + path, *more])
    return done.stderr.strip() if done.returncode else [float(r["test_loss"]) for r in csv.DictReader(done.stdout.splitlines())]


def compare(top, decay):
    got = printed("--top=%d" % top, "--decay=%g" % decay)
    if isinstance(got, str):
        return got
    want = list(-L.mean((1, 2))) + [average.mean(), together(L, top, decay).mean()]
    gap = np.max(np.abs(np.array(got) / want - 1)) if len(got) == len(want) else np.inf
    return None if gap < 1e-10 else "%s, not %s" % (got, want)


for top, decay in itertools.product((0, 1, 2, 9), (0, 0.3)):
    truth.report("NumPy: %d models, --top=%d, --decay=%g" % (n, top, decay), compare(top, decay))
traced = [run.trace["test_loss"][-1] for _, run in experts]
got = printed()
truth.report("every model has the held-out loss of its run", got if isinstance(got, str) else
             None if np.allclose(got[:n], traced, rtol=1e-12, atol=0) else "%s, not %s" % (got[:n], traced))
chain = np.mean(-np.log(np.mean(np.exp(L.sum(2)), 0))) / context      # the probability of a window is the mean of theirs
truth.report("with equal priors the loss of a window is that of the mean of its probabilities", got if isinstance(got, str) else
             None if abs(got[-1] / chain - 1) < 1e-10 else "%.17g, not %.17g" % (got[-1], chain))

done = truth.command(["ensemble", *files, "--csv", "--dataset=" + path, "--sources", "--top=2", "--decay=0.3"])
rows = list(csv.DictReader(done.stdout.splitlines()))
losses = [*-L.mean(2), average, together(L, 2, 0.3)]
want = []
for s in sorted(set(source_of)) + ["all"]:
    for model, loss in zip(files + ["average", "ensemble"], losses):
        want.append((str(s), model, np.mean([l for l, of in zip(loss, source_of) if s in (of, "all")])))
same = [(r["source"], r["model"]) for r in rows] == [w[:2] for w in want] and all(
    abs(float(r["test_loss"]) / w[2] - 1) < 1e-10 for r, w in zip(rows, want))
truth.report("NumPy: --sources, of %d sources of %d something is held out" % (len(set(source_of)), len(sources)),
             None if same and len(set(source_of)) == 3 else done.stderr.strip() or "%s, not %s" % (rows, want))


def printed_for(results, *more):
    done = truth.command(["ensemble", *results, "--csv", "--dataset=" + path, *more])
    return done.stderr.strip() if done.returncode else [float(r["test_loss"]) for r in csv.DictReader(done.stdout.splitlines())]


def of_numbers(k, x):
    """A result of these numbers."""
    x0 = truth.write("x%d" % k, ["%.17g" % v for v in x])
    return trained(k, "--x0=file:path=" + x0, "--rounds=0")[0]


def read(name, part):
    with h5py.File(name) as file:
        return file["final/" + part][:]


# Logits 3000 times as large: most symbols have a probability below the least number.
head = len(symbols) * width
sharp = [of_numbers(30 + k, np.concatenate([run.x[:-head], 3000 * run.x[-head:]])) for k, (_, run) in enumerate(experts)]
log_one = np.array([[log_p(read(f, "x"), w) for w in windows] for f in sharp])
for top in 1, 2, 0:
    want = 0.0
    for w in range(len(windows)):
        score = np.zeros(n)
        for t in range(context):
            after, best = score + log_one[:, w, t], np.argsort(-score, kind="stable")[:top or n]
            want -= np.logaddexp.reduce(after[best]) - np.logaddexp.reduce(score[best])
            score = after
    want /= len(windows) * context
    got = printed_for(sharp, "--top=%d" % top)
    truth.report("NumPy: probabilities below the least number, --top=%d" % top, got if isinstance(got, str) else
                 None if log_one.max(0).min() < -800 and abs(got[-1] / want - 1) < 1e-10 else "%.17g, not %.17g" % (got[-1], want))

around = [trained(20 + k, "--problem=lora:rank=2,base=%s+%s" % (files[0], spec)) for k in range(2)]
merged = [of_numbers(40 + k, read(f, "merged")) for k, (f, _) in enumerate(around)]
got, want = printed_for([f for f, _ in around]), printed_for(merged)
same = [got[k] == want[k] for k in (0, 1, 2, 3)] if not isinstance(got, str) and not isinstance(want, str) else [False]
truth.report("adapters around a model: its merged vectors", None if all(same) and got[0] != got[1] else "%s, not %s" % (got, want))

more = truth.scratch("more")      # symbols that the text lacks
os.mkdir(more)
with open(os.path.join(more, "more.txt"), "wb") as f:
    f.write(text + b"XYZ!?" * 40)
wide, _ = trained(9, "--dataset=" + more)
goes_on, _ = trained(10, "--x0=result:path=" + wide)
for words, results, part in (("models of other symbols", [files[0], goes_on], "(alphabet differs); leave one out"),
                             ("models of other symbols, the larger one first", [goes_on, files[0]], "(alphabet differs); leave one out")):
    got = printed_for(results)
    truth.report("refused: " + words, None if isinstance(got, str) and part in got and "\n" not in got else "%s" % (got,))
got = printed_for([goes_on, goes_on])
truth.report("models that know more symbols than the text has", got if isinstance(got, str) else None if len(got) == 4 else "%s" % got)

backwards = truth.scratch("backwards.txt")
with open(backwards, "wb") as f:
    f.write(text[::-1])
other, _ = trained(7, "--problem=" + spec.replace("width=8", "width=4"))
few, _ = trained(8, "--problem=" + spec.replace("holdout=4", "holdout=0"), "--evaluate=all")
softmax = truth.scratch("softmax.h5")
truth.command(["run", "--problem=softmax", "--rounds=1", "-o", softmax, "--force"])
for words, command, part in (("no results", [], "needs results"), ("models of two sizes", [files[0], other], "not results of one"),
                             ("nothing held out", [few], "held no windows out"), ("another problem", [softmax], "--problem=lm"),
                             ("another text", [files[0], "--dataset=" + backwards], "is not the text"),
                             ("--decay=1", [files[0], "--decay=1"], "--decay")):
    done = truth.command(["ensemble", *command, *([] if any(o.startswith("--dataset") for o in command) else ["--dataset=" + path])])
    good = done.returncode and done.stderr.count("\n") == 1 and part in done.stderr
    truth.report("refused: " + words, None if good else done.stderr.strip() or "it was not")
truth.finish()
