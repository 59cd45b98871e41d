#!/usr/bin/python3
"""Neural models against numbers computed elsewhere: LACONIC_TRUTH/models, the cases of mlp and cnn, in f64 and in f32.  TAP."""
import csv, math, os, sys
sys.dont_write_bytecode = True
import truth

root = truth.find("models")
slow = os.environ.get("LACONIC_SLOW") == "1"

# Relative but for x, which is absolute: the loss, the gradient, losses of 20 steps of gd and of AdamW, x after the latter.
tolerance = {"f64": {"loss": 1e-10, "grad": 1e-10, "sgd": 1e-9, "adamw": 1e-9, "x": 1e-9},
             "f32": {"loss": 1e-6, "grad": 2e-6, "sgd": 1e-5, "adamw": 1e-5, "x": 1e-5}}
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

    def __init__(self, name, real):
        self.folder, self.words, self.tolerance = os.path.join(root, name), "%s, %s: " % (name, real), tolerance[real]
        with open(self.path("case.txt")) as f:
            self.about = dict(line.strip().split("=", 1) for line in f if "=" in line)
        keys = [k for k in ("kind", "hidden", "channels", "fc", "activation", "pool") if k in self.about]
        self.spec = "%s:%s,real=%s" % (self.about["problem"], ",".join("%s=%s" % (k, self.about[k]) for k in keys), real)
        self.features = int(self.about["features"]) if "features" in self.about else int(self.about["side"]) ** 2
        self.x0, self.rows = numbers(self.path("x0.txt")), int(self.about["rows"])
        with open(self.path("data.libsvm")) as f:
            self.lines = f.read().splitlines()

    def path(self, name):
        return os.path.join(self.folder, name)

    def table(self, name):
        with open(self.path(name)) as f:
            return list(csv.DictReader(f))

    def run(self, method, rounds, *more, lines=None):
        data = truth.write("rows", lines) if lines else self.path("data.libsvm")
        return truth.Run(["--problem=" + self.spec, "--dataset=%s:d=%d" % (data, self.features), "--clients=1", "--eval=1",
                          "--x0=file:path=" + self.path("x0.txt"), "--algorithm=" + method, "--rounds=%d" % rounds, *more])

    def gradient(self, *more, lines=None):
        """(loss of all lines, the gradient of one step of gd), or a sentence."""
        run = self.run("gd:gamma=1", 1, *more, lines=lines)
        return run.error or (run.trace["f"][0], [a - b for a, b in zip(self.x0, run.x)])

    def report(self, words, why):
        truth.report(self.words + words, why)


def check_start(c):
    """The loss, the gradient and the rows classified right at x0."""
    run, want = c.run("gd:gamma=1", 1), numbers(c.path("grad.txt"))
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
    """A start by glorot tells where the tensors are: biases are 0, and entries of the others fill an interval that their sizes give."""
    run = truth.Run(["--problem=" + c.spec, "--dataset=%s:d=%d" % (c.path("data.libsvm"), c.features), "--clients=1", "--rounds=1",
                     "--x0=glorot", "--algorithm=gd:gamma=1e-300"])
    wrong = run.error
    for row in c.table("layers.csv") if not wrong else []:
        rows, cols, offset = (int(row[k]) for k in ("rows", "cols", "offset"))
        part = [abs(v) for v in run.x[offset:offset + rows * cols]]
        taps = 25 if row["name"].startswith("C") else 1
        most = math.sqrt(6 / (cols + rows * taps)) if row["name"].isupper() or row["name"][0] in "WC" else 0
        least = most * max(0, 1 - 12 / len(part))      # the largest of so many is below that once in 10^5 times
        if max(part) > max(most, 1e-290) or max(part) < least:
            wrong = "the entries of %s go to %.4g, not to %.4g" % (row["name"], max(part), most)
    c.report("the tensors of layers.csv start as glorot wants it", wrong)


def of_rows(c, chosen):
    """(loss, gradient) of the mean over the chosen rows.  A data set of these alone would lack classes, so the loss comes from one with all
    rows and many copies of those; so does the gradient, where a row comes twice, and else it is that of a batch."""
    copies = 4 * c.rows
    base, more = c.gradient(), c.gradient(lines=c.lines + [c.lines[int(r)] for r in chosen] * copies)
    table = truth.write("batch", ["round,client," + ",".join("r%d" % k for k in range(len(chosen)))] +
                        ["%d,0,%s" % (t, ",".join(chosen)) for t in (0, 1)])
    batch = c.gradient("--batch=%d" % len(chosen), "--replay.batch=" + table) if len(set(chosen)) == len(chosen) else None
    for answer in (base, more, batch):
        if isinstance(answer, str):
            return answer
    share = c.rows / (copies * len(chosen))
    g = batch[1] if batch else [m + share * (m - b) for m, b in zip(more[1], base[1])]
    return more[0] + share * (more[0] - base[0]), g


def check_rows(c):
    """Every row alone."""
    for row in c.table("rows.csv"):
        answer = of_rows(c, [row["row"]])
        if isinstance(answer, str):
            return c.report("rows", answer)
        if not near(answer[0], float(row["loss"]), c.tolerance["loss"]) or \
                not near(norm(answer[1]), float(row["grad_norm"]), c.tolerance["grad"]):
            return c.report("rows", "row %s has loss %.17g, norm %.17g" % (row["row"], answer[0], norm(answer[1])))
    c.report("%d rows one by one" % c.rows, None)


def check_batches(c):
    """Lists of rows, one with a row twice."""
    for row in c.table("batches.csv"):
        answer = of_rows(c, row["rows"].split())
        if isinstance(answer, str):
            return c.report("batch " + row["rows"], answer)
        loss, g, square = *answer, float(row["grad_norm_sq"])
        size = math.sqrt(square) * c.tolerance["grad"]
        good = near(norm(g) ** 2, square, 2 * c.tolerance["grad"]) and near(loss, float(row["loss"]), c.tolerance["loss"]) and \
            abs(g[0] - float(row["grad_first"])) <= size and abs(g[-1] - float(row["grad_last"])) <= size
        c.report("batch " + row["rows"], None if good else "loss %.17g, |gradient|^2 %.17g, from %.17g to %.17g" %
                 (loss, norm(g) ** 2, g[0], g[-1]))


def check_steps(c, name, method):
    """20 steps: all losses, the end, and the rows right at both ends."""
    run, want = c.run(method, 20), c.table(name + ".csv")
    if run.error:
        return c.report("20 steps of " + name, run.error)
    wrong = [row["step"] for row in want if not near(run.trace["f"][int(row["step"])], float(row["loss"]), c.tolerance[name])]
    c.report("losses of 20 steps of " + name, "at step " + wrong[0] if wrong or len(want) != 21 else None)
    gap = max(abs(a - b) for a, b in zip(run.x, numbers(c.path(name + "-x20.txt"))))
    c.report("x after 20 steps of " + name, None if gap <= c.tolerance["x"] else "it differs by %.1e" % gap)
    right = [round(run.trace["accuracy"][t] * c.rows) for t in (0, 20)]
    known = [int(c.about["right0"]), int(c.about["right_%s20" % name])]
    c.report("rows classified right before and after: %d, %d" % tuple(known), None if right == known else "%d, %d" % tuple(right))


def full_size():
    """The networks of the papers on MNIST: [words, [(key, value)]], the gradient by coordinates."""
    with open(os.path.join(root, "full-size.txt")) as f:
        blocks = [b.splitlines() for b in f.read().split("\n\n")]
    return {b[0].split()[0] + ":" + b[0].split()[1]: b for b in blocks if b and b[0].startswith(("cnn ", "mlp "))}


def check_full(spec, lines):
    about = dict(line.split("=") for line in lines[1:5])
    start = truth.write("start", ["%.17g" % (0.05 * math.sin(j)) for j in range(1, int(about["parameters"]) + 1)])
    run = truth.Run(["--problem=%s,real=f64" % spec, "--dataset=mnist.t", "--clients=1", "--x0=file:path=" + start, "--rounds=1",
                     "--eval=1", "--algorithm=gd:gamma=1"])
    if run.error and "mnist" in run.error:
        return truth.skip(spec + " at full size", "LACONIC_DATA has no mnist.t")
    if run.error:
        return truth.report(spec + " at full size", run.error)
    x0 = numbers(start)
    size = math.sqrt(float(about["grad_norm_sq"]))
    wrong = [at for at, g in (line.split(",") for line in lines[6:]) if not abs(x0[int(at)] - run.x[int(at)] - float(g)) <= 1e-10 * size]
    truth.report(spec + " at full size: %d coordinates of the gradient" % len(lines[6:]), "coordinate " + wrong[0] if wrong else None)
    for key, column in ("loss", "f"), ("grad_norm_sq", "grad_norm_sq"):
        truth.report("... " + key, None if near(run.trace[column][0], float(about[key]), 1e-10) else "%.17g" % run.trace[column][0])
    right = round(run.trace["accuracy"][0] * 10000)
    truth.report("... %s rows right" % about["right"], None if right == int(about["right"]) else "%d" % right)


for name in sorted(os.listdir(root)):
    if name.startswith(("mlp-", "cnn-")):
        for real in ("f64", "f32"):
            try:
                case = Case(name, real)
                check_start(case)
                check_layers(case)
                check_steps(case, "sgd", "gd:gamma=" + case.about["sgd.lr"])
                check_steps(case, "adamw", adamw % case.about["adamw.lr"])
                check_batches(case)
                check_rows(case)
            except FileNotFoundError as e:
                truth.skip(name + ", " + real, "there is no " + os.path.basename(e.filename))
for spec, lines in full_size().items() if os.path.exists(os.path.join(root, "full-size.txt")) else []:
    if slow or "fedavg" not in spec:
        check_full(spec, lines)
    else:
        truth.skip(spec + " at full size", "it takes a minute: make check-slow, or LACONIC_SLOW=1")
truth.finish()
