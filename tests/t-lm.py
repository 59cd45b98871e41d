#!/usr/bin/python3
"""The language model against numbers computed elsewhere (LACONIC_TRUTH/models: the cases of lm, the counts of corpora), the same digest on
any number of ranks, what rows of the trace take, text that laconic sample prints, and what is refused.  TAP."""
import csv, gzip, lzma, math, os, pty, subprocess, sys
sys.dont_write_bytecode = True
import truth

# Relative but for x, which is absolute; at some step sizes 20 steps of gd let rounding grow.
tolerance = {"f64": {"loss": 1e-10, "grad": 1e-10, "sgd": 1e-9, "adamw": 1e-9, "x": 1e-9},
             "f32": {"loss": 1e-6, "grad": 2e-6, "sgd": 1e-5, "adamw": 1e-5, "x": 1e-5}}
grown = {"lm-a": 5e-4, "lm-b": 2e-4}
adamw = "diloco:H=1,eta_o=1,mu=0,lr=%s,beta2=0.95,wd=0.1"


def numbers(path):
    with open(path) as f:
        return [float(line) for line in f]


def norm(x):
    return math.sqrt(math.fsum(v * v for v in x))


def near(got, want, tolerance):
    return abs(got - want) <= tolerance * max(abs(want), 1e-300)


class Case:
    """A folder of the truth, with laconic's options for it in one precision."""

    def __init__(self, root, name, real):
        self.folder, self.words, self.name, self.tolerance = os.path.join(root, name), "%s, %s: " % (name, real), name, tolerance[real]
        with open(self.path("case.txt")) as f:
            self.about = dict(line.strip().split("=", 1) for line in f if "=" in line)
        keys = [k for k in ("width", "depth", "heads", "context", "vocab") if k in self.about]
        self.spec = "lm:%s,head=%s,holdout=0,real=%s" % (",".join("%s=%s" % (k, self.about[k]) for k in keys),
                                                       "tied" if self.about["tied"] == "1" else "untied", real)
        self.x0, self.rows = numbers(self.path("x0.txt")), int(self.about["rows"])

    def path(self, name):
        return os.path.join(self.folder, name)

    def table(self, name):
        with open(self.path(name)) as f:
            return list(csv.DictReader(f))

    def options(self, method, rounds, *more):
        return ["--problem=" + self.spec, "--dataset=" + self.path("corpus.txt"), "--clients=1", "--x0=file:path=" + self.path("x0.txt"),
                "--algorithm=" + method, "--rounds=%d" % rounds, *more]

    def report(self, words, why):
        truth.report(self.words + words, why)


def check_start(c):
    run, want = truth.Run(c.options("gd:gamma=1", 1)), numbers(c.path("grad.txt"))
    if run.error:
        return c.report("it runs", run.error)
    c.report("%d parameters" % len(want), None if len(run.x) == len(want) == int(c.about["parameters"]) else "%d" % len(run.x))
    loss, square = float(c.about["loss"]), float(c.about["grad_norm_sq"])
    c.report("loss at x0", None if near(run.trace["f"][0], loss, c.tolerance["loss"]) else "%.17g" % run.trace["f"][0])
    c.report("|gradient|^2 at x0", None if near(run.trace["grad_norm_sq"][0], square, 2 * c.tolerance["grad"])
             else "%.17g" % run.trace["grad_norm_sq"][0])
    gap = norm((a - b) - w for a, b, w in zip(c.x0, run.x, want)) / norm(want)
    c.report("gradient at x0", None if gap <= c.tolerance["grad"] else "relative error %.1e" % gap)


def check_layers(c):
    """A start tells where the tensors are: gains are 1, biases 0, and those that are drawn have the deviation that their names give."""
    run, depth = truth.Run(c.options("gd:gamma=1", 0, "--x0=auto")), int(c.about["depth"])
    wrong = run.error
    for row in c.table("layers.csv") if not wrong else []:
        name, size, offset = row["name"].rstrip("0123456789"), int(row["rows"]) * int(row["cols"]), int(row["offset"])
        part = run.x[offset:offset + size]
        drawn = name in ("wte", "wpe", "head") or name[0] == "W"
        want = 0.02 / math.sqrt(2 * depth) if name in ("Wo", "Wdown") else 0.02
        if not drawn and set(part) != {1.0 if name.endswith("g") else 0.0}:
            wrong = row["name"] + " is not what gains and biases are"
        if drawn and abs(norm(part) ** 2 / size / want ** 2 - 1) > 6 * math.sqrt(2 / size):
            wrong = row["name"] + " has deviation %.4g" % (norm(part) / math.sqrt(size))
    c.report("the tensors of layers.csv start as the problem says", wrong)


def gradient_of(c, rows):
    """Of the mean over rows, each once, by a replayed batch; or a sentence."""
    table = truth.write("batch", ["round,client," + ",".join("r%d" % k for k in range(len(rows)))] +
                        ["%d,0,%s" % (t, ",".join(rows)) for t in (0, 1)])
    run = truth.Run(c.options("gd:gamma=1", 1, "--batch=%d" % len(rows), "--replay.batch=" + table))
    return run.error or [a - b for a, b in zip(c.x0, run.x)]


def check_lists(c, name, lists):
    """Norms of gradients of lists of rows; a table has no row twice, so such a list is put together of its rows."""
    for rows, want in lists:
        twice = len(set(rows)) < len(rows)
        parts = [gradient_of(c, [r]) for r in rows] if twice else [gradient_of(c, rows)]
        wrong = next((p for p in parts if isinstance(p, str)), None)
        size = 0 if wrong else norm(math.fsum(at) / len(parts) for at in zip(*parts))
        if wrong or not near(size, want, c.tolerance["grad"]):
            return c.report(name, "rows %s: %s" % (" ".join(rows), wrong or "|gradient| %.17g" % size))
    c.report(name, None)


def check_steps(c, name, method):
    run, want = truth.Run(c.options(method, 20)), c.table(name + ".csv")
    if run.error:
        return c.report("20 steps of " + name, run.error)
    most = c.tolerance[name]
    if name == "sgd" and most > 1e-8:
        most = grown.get(c.name, most)
    wrong = [row["step"] for row in want if not near(run.trace["f"][int(row["step"])], float(row["loss"]), most)]
    c.report("losses of 20 steps of " + name, "at step " + wrong[0] if wrong or len(want) != 21 else None)
    gap = max(abs(a - b) for a, b in zip(run.x, numbers(c.path(name + "-x20.txt"))))
    limit = c.tolerance["x"] if most <= 1e-5 else 10 * most
    c.report("x after 20 steps of " + name, None if gap <= limit else "it differs by %.1e" % gap)
    positions = c.rows * int(c.about["context"])
    right = [round(run.trace["accuracy"][t] * positions) for t in (0, 20)]
    known = [int(c.about["right0"]), int(c.about["right_%s20" % name])]
    c.report("positions right before and after %s: %d, %d" % (name, *known), None if right == known else "%d, %d" % tuple(right))


def check_greedy(c):
    """The text that is drawn behind the first symbol of the corpus after 20 steps of AdamW."""
    with open(c.path("corpus.txt"), "rb") as f:
        corpus = f.read()
    with open(c.path("greedy.csv")) as f:
        want = [int(v) for v in f.read().split()[1:]]
    alphabet = list(range(256)) if c.about["vocab"] == "bytes" else sorted(set(corpus))
    out = truth.scratch("greedy.h5")
    done = truth.command(["run", *c.options(adamw % c.about["adamw.lr"], 20), "-o", out, "--force"])
    text = bytes_of(["sample", out, "--greedy", "--length=%d" % (len(want) - 1), "--prompt=" + os.fsdecode(corpus[:1])])
    got = [alphabet.index(b) for b in text] if not done.returncode else done.stderr
    c.report("laconic sample --greedy", None if got == want else "%s" % got)


def bytes_of(options):
    return subprocess.run([truth.laconic, *options], stdout=subprocess.PIPE).stdout


def check_case(root, name):
    for real in ("f64", "f32"):
        try:
            c = Case(root, name, real)
            check_start(c)
            check_layers(c)
            check_steps(c, "sgd", "gd:gamma=" + c.about["sgd.lr"])
            check_steps(c, "adamw", adamw % c.about["adamw.lr"])
            check_lists(c, "batches", [(r["rows"].split(), math.sqrt(float(r["grad_norm_sq"]))) for r in c.table("batches.csv")])
            check_lists(c, "rows", [([r["row"]], float(r["grad_norm"])) for r in c.table("rows.csv")])
            check_greedy(c)
        except FileNotFoundError as e:
            truth.skip(name + ", " + real, "there is no " + os.path.basename(e.filename))


# ---- corpora ----

small = "width=4,depth=1,heads=1"


def check_corpus(row):
    words = "%s, context=%s, stride=%s" % (row["corpus"], row["context"], row["stride"])
    default = row["corpus"].startswith("common-licenses")
    spec = "--problem=lm:%s,context=%s,stride=%s" % (small, row["context"], row["stride"])
    data = [] if default else ["--dataset=" + row["corpus"]]
    if default and not os.path.isdir("/usr/share/common-licenses"):
        return truth.skip(words, "there is no /usr/share/common-licenses")
    blocks, sources = int(row["training_blocks"]), int(row["sources"])
    run = truth.Run([spec, *data, "--clients=1", "--rounds=0", "--algorithm=gd:gamma=1"])
    if run.error and "there is no text" in run.error:
        return truth.skip(words, "LACONIC_DATA has no " + row["corpus"])
    if run.error:
        return truth.report(words, run.error)
    got = {"symbols": len(run.config["alphabet"]) // 2, "training_rows": int(run.config["dataset.rows"]),
           "heldout_rows": int(run.config["test-dataset.rows"])}
    wrong = ["%s %d" % (k, v) for k, v in got.items() if v != int(row[k])]
    for clients, split, number in (blocks + 1, "contiguous", blocks), (sources + 1, "source", sources):
        error = truth.Run([spec, *data, "--clients=%d" % clients, "--split=" + split, "--rounds=0", "--algorithm=gd:gamma=1"]).error or ""
        wrong += [] if " %d " % number in error else ["%d clients: %s" % (clients, error)]
    truth.report("%s: %s symbols, %s rows, %s of them held out" % (words, row["symbols"], row["training_rows"], row["heldout_rows"]),
                 "; ".join(wrong) if wrong else None)


# ---- a text of our own: blocks, sources, packed files ----

def write_bytes(name, data):
    path = truth.scratch(name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)
    return path


def make_text(length, seed):
    out, state = bytearray(), seed
    while len(out) < length:
        state = (state * 1103515245 + 12345) % 2 ** 31
        out += [b"the ", b"cat ", b"sat ", b"on ", b"a ", b"mat.\n", b"dog ", b"ran\n"][state >> 20 & 7]
    return bytes(out[:length])


def own_options(*more):
    return ["--problem=lm:width=8,depth=2,heads=2,context=12,block=100,holdout=5", "--dataset=" + corpus, "--clients=4", "--split=shuffled",
            "--algorithm=diloco:H=2,eta_o=0.7,mu=0.9,lr=0.01", "--batch=3", "--rounds=6", *more]


def check_ranks():
    want = truth.Run(own_options())
    for ranks in (2, 3, 5):
        got = truth.Run(own_options(), ranks)
        truth.report("the same digest on %d ranks" % ranks, got.error or want.error or
                     (None if got.attrs["digest"] == want.attrs["digest"] else "another one"))
    both = truth.Run(own_options("--evaluate=all"))
    same = not both.error and all((both.trace[k] == want.trace[k]).all() for k in want.trace) and (both.x == want.x).all()
    truth.report("--evaluate=all adds f, grad_norm_sq and accuracy and changes nothing else", both.error or
                 (None if same and set(both.trace) - set(want.trace) == {"f", "grad_norm_sq", "accuracy"} else "it does"))
    three = truth.Run(own_options("--evaluate=all"), 3)
    truth.report("... and takes a rank or three", three.error or
                 (None if three.attrs["digest"] == both.attrs["digest"] else "another digest"))
    test = want.trace
    gap = max(abs(b * math.log(2) / a - 1) + abs(math.exp(a) / p - 1)
              for a, b, p in zip(test["test_loss"], test["test_bits_per_char"], test["test_perplexity"]))
    truth.report("bits and perplexity follow from nats", None if gap < 1e-12 else "off by %.1e" % gap)


def check_resume():
    """Paused on two ranks after 3 of 6 rounds, resumed on one."""
    want, out = truth.Run(own_options()), truth.scratch("paused.h5")
    paused = truth.command(["run", *own_options(), "-o", out, "--force", "--pause=3"], 2)
    done = truth.command(["run", *own_options(), "-o", out, "--resume"])
    got = truth.Run.__new__(truth.Run).take(done, out)
    truth.report("paused on two ranks and resumed on one: the same digest", got.error or
                 (None if paused.returncode == 75 and got.attrs["digest"] == want.attrs["digest"] else "another one"))


def check_packed():
    with open(corpus, "rb") as f:
        data = f.read()
    want = truth.Run(own_options())
    for suffix, pack in (".gz", gzip.compress), (".xz", lzma.compress):
        got = truth.Run(own_options("--dataset=" + write_bytes("packed/text" + suffix, pack(data))))
        truth.report("a text in %s is the text" % suffix, got.error or (None if (got.x == want.x).all() else "it is another"))
    folder = os.path.dirname(os.path.dirname(write_bytes("data/texts/ours.txt.xz", lzma.compress(data))))
    for name in "ours.txt", "ours":
        got = truth.Run(own_options("--dataset=" + name, "--data-dir=" + folder))
        truth.report("it is found in a folder below --data-dir as " + name, got.error or
                     (None if (got.x == want.x).all() and got.config["dataset"] == "ours.txt" else "another is"))


def check_blocks():
    """Which bytes train and which are held out, by hand: a folder of three sources."""
    data, block, context, stride, holdout = [make_text(n, n) for n in (730, 195, 1041)], 100, 12, 5, 3
    for k, text in enumerate(data):
        write_bytes("folder/%d" % k, text)
    os.symlink("0", truth.scratch("folder/link"))
    write_bytes("folder/sub/deeper", b"not a source ~")
    pieces = [t[a:a + block] for t in data for a in range(0, len(t), block)]
    pieces = [p for p in pieces if len(p) > context]
    train, held = ([p for b, p in enumerate(pieces) if (b % holdout == holdout - 1) == h] for h in (0, 1))
    rows = sum((len(p) - context - 1) // stride + 1 for p in train)
    tests = sum((len(p) - context - 1) // context + 1 for p in held)
    spec = "--problem=lm:%s,context=%d,stride=%d,block=%d,holdout=%d" % (small, context, stride, block, holdout)
    run = truth.Run([spec, "--dataset=" + truth.scratch("folder"), "--clients=3", "--split=source", "--rounds=1",
                     "--algorithm=gd:gamma=0.1", "--evaluate=all"])
    got = run.error or "%s, %s" % (run.config["dataset.rows"], run.config["test-dataset.rows"])
    truth.report("a folder: %d training rows, %d held out" % (rows, tests), None if got == "%d, %d" % (rows, tests) else got)
    truth.report("links and folders in it do not count", run.error or
                 (None if bytes.fromhex(run.config["alphabet"]) == bytes(sorted(set(b"".join(data)))) else "they do"))
    moved = truth.Run([spec, "--dataset=" + truth.scratch("folder/0"), "--clients=1", "--rounds=0", "--algorithm=gd:gamma=0.1"])
    truth.report("a source of it is another data set", moved.error or
                 (None if moved.attrs["dataset_sha256"] != run.attrs["dataset_sha256"] else "it has the same hash"))


def shown_by(options):
    """What a terminal is told."""
    ours, theirs = pty.openpty()
    child = subprocess.Popen([truth.laconic, *options], stdout=theirs)
    os.close(theirs)
    said = b""
    try:
        while (more := os.read(ours, 4096)):
            said += more
    except OSError:      # how Linux says that nobody writes any more
        pass
    os.close(ours)
    return said.replace(b"\r\n", b"\n") if child.wait() == 0 else b"refused"


def check_terminal():
    whole, broken = "\u00e9\u20ac\U0001f600".encode(), b"\x9b31m\xc3a\xe2\x82b\xf0\x9f\xc3\xa9\x1b\x7f\xff"
    out, c1 = truth.scratch("terminal.h5"), "\u009b\u200b".encode()
    truth.command(["run", "--problem=lm:width=8,depth=1,heads=2,context=4,holdout=0,vocab=bytes", "--dataset=" + corpus, "--rounds=1",
                   "--clients=1", "--algorithm=gd:gamma=0.1", "-o", out, "--force"])
    for words, prompt, want in (("characters of several bytes whole", whole + b"\ta\n", whole + b"\ta\n"),
                                ("'?' for a byte of a control character or of half a character", broken, b"?31m?a??b??\xc3\xa9???"),
                                ("'?' for controls and marks in UTF-8", c1, b"?????"),
                                ("'?' for a character that does not end", b"a\xe2\x82", b"a??")):
        options = ["sample", out, "--length=0", "--prompt=" + os.fsdecode(prompt)]
        said = shown_by(options)
        truth.report("a terminal is told " + words, None if said == want + b"\n" else "%r" % said)
        truth.report("... and a file the bytes as they are", None if bytes_of(options) == prompt else "%r" % bytes_of(options))


def check_sample():
    out = truth.scratch("sample.h5")
    truth.command(["run", *own_options(), "-o", out, "--force"])
    texts = [bytes_of(["sample", out, "--length=60", *more]) for more in
             (["--seed=3"], ["--seed=3"], ["--seed=4"], ["--temperature=1e-9", "--seed=5"], ["--greedy"], ["--top=1", "--seed=6"])]
    truth.ok(len(texts[0]) == 61 and texts[0] == texts[1] != texts[2], "sample: a line feed and 60 symbols, the same for one seed")
    truth.ok(texts[4] == texts[5] == texts[3], "at a low temperature or among the likeliest alone, the likeliest symbol")
    prompt = bytes_of(["sample", out, "--prompt=the cat sat on a mat the cat", "--length=0"])
    truth.ok(prompt == b"the cat sat on a mat the cat", "a prompt longer than the context, and nothing behind it")
    refuse("--prompt", "0x7e", ["sample", out, "--prompt=a~"])
    refuse("--temperature=0", "--temperature", ["sample", out, "--temperature=0"])
    cold = bytes_of(["sample", out, "--length=60", "--temperature=1e-310"])
    truth.ok(cold == texts[4] and len(set(cold)) > 2, "a temperature by which logits become infinite draws the likeliest symbol")
    for option in "--temperature=1", "--top=5", "--seed=2":
        refuse("--greedy with " + option, "%s says how to draw one; leave one" % option.split("=")[0], ["sample", out, "--greedy", option])
        refuse(option + " with --greedy", "--greedy draws no symbol", ["sample", out, option, "--greedy"])
    other = truth.scratch("other.h5")
    truth.command(["run", "--rounds=1", "-o", other, "--force"])
    refuse("a result of another problem", "predicts no text", ["sample", other])


def refuse(words, part, options):
    done = truth.command(options)
    lines = done.stderr.strip().splitlines()
    truth.ok(done.returncode == 1 and len(lines) == 1 and part in lines[0], "refused, %s: %s" % (words, lines[0] if lines else "nothing"))


def check_refusals():
    run = lambda *more: ["run", "--rounds=1", "--clients=1", "--algorithm=gd:gamma=1", "-o", truth.scratch("no.h5"), "--force", *more]
    short = write_bytes("short", b"to be")
    refuse("a text shorter than the context", "context", run("--problem=lm", "--dataset=" + short))
    refuse("width", "heads=5", run("--problem=lm:heads=5"))
    refuse("rows of numbers", "synthetic", run("--problem=lm", "--dataset=synthetic:rows=9"))
    refuse("no such text", "no-such-text", run("--problem=lm", "--dataset=no-such-text"))
    refuse("an empty folder", "holds no file", run("--problem=lm", "--dataset=" + os.path.dirname(write_bytes("empty/sub/x", b""))[:-4]))
    refuse("a test set", "--test-dataset", run("--problem=lm", "--test-dataset=" + corpus))
    refuse("more clients than sources", "sources", run("--problem=lm:context=8,block=99", "--dataset=" + corpus, "--split=source",
                                                       "--clients=2"))
    refuse("sources of rows", "sources", run("--problem=logreg", "--split=source", "--dataset=" + truth.write_rows(
        "rows.libsvm", [(k % 2, ["1", str(k)]) for k in range(9)])))
    refuse("a factor on features", "scale", run("--problem=lm:context=8,block=99", "--dataset=" + corpus, "--split=shuffled:scale=1..2",
                                         "--clients=2"))
    refuse("nothing held out", "--evaluate", run("--evaluate=held-out"))
    refuse("gains of 0", "--x0=auto", run("--problem=lm:context=8,block=99", "--dataset=" + corpus, "--x0=zeros"))


corpus = write_bytes("text", make_text(4321, 7))
check_ranks()
check_resume()
check_packed()
check_blocks()
check_sample()
check_terminal()
check_refusals()
root = truth.find("models") if os.environ.get("LACONIC_TRUTH") else None
for name in sorted(os.listdir(root)) if root else []:
    if name.startswith("lm-"):
        check_case(root, name)
if root and os.path.exists(os.path.join(root, "corpora.csv")):
    with open(os.path.join(root, "corpora.csv")) as f:
        for line in csv.DictReader(f):
            check_corpus(line)
truth.finish()
