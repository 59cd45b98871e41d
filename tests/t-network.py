#!/usr/bin/python3
"""Seconds on a network against a second solution in Python, which reads /messages: stars of random unequal clients, phases, sampling, late
messages, other exchanges, stragglers; figures, claims, tables, best and show.  TAP."""
import csv, io, math, os, random, re, shutil, subprocess, sys
sys.dont_write_bytecode = True
import truth
from truth import laconic as program, ok
import h5py
import numpy as np

os.chdir(truth.folder.name)
source = random.Random(14)


def call(*words):
    return subprocess.run([program, *words], capture_output=True, text=True)


def run(path, *options):
    made = call("run", *options, "-o", path)
    if made.returncode:
        print("# " + made.stderr.strip())
    return made.returncode == 0


# ---- a second solution ----

def share(flows, link):
    """Arrivals of (start, bits, limit, client) on a link that is shared max-min, from event to event; messages of one client share its
    limit."""
    left, done, now = [f[1] for f in flows], [None] * len(flows), min(f[0] for f in flows)
    while None in done:
        open_ = [i for i in range(len(flows)) if done[i] is None and flows[i][0] <= now]
        own = {i: flows[i][2] / sum(flows[j][3] == flows[i][3] for j in open_) for i in open_}
        rate, rest, order = {}, link, sorted(open_, key=own.get)
        for k, i in enumerate(order):
            rate[i] = min(own[i], rest / (len(order) - k))
            rest -= rate[i]
        events = [flows[i][0] for i in range(len(flows)) if done[i] is None and flows[i][0] > now]
        events += [now + left[i] / rate[i] for i in open_]
        then = min(events)
        for i in open_:
            if now + left[i] / rate[i] <= then * (1 + 1e-15):
                done[i] = then
            left[i] -= rate[i] * (then - now)
        now = then
    return done


class Star:
    """A network: of client i the rates, latency and compute time, of the server its rates."""
    def __init__(self, up, down, latency, compute, server_up, server_down, codec=0, route="star", fan=1):
        self.__dict__.update(locals())

    def seconds(self, path):
        """At every row of the trace."""
        with h5py.File(path) as f:
            up, down, rounds = f["messages/up"][...].astype(float), f["messages/down"][...].astype(float), f["trace/round"][...]
            lag = int(f["messages/up"].attrs.get("lag", 0))
            part = f["messages/takes_part"][...] if "takes_part" in f["messages"] else np.ones(up.shape)
            calls = f["trace/oracle_calls"][...].astype(float)
        if up.ndim == 2:
            up, part = up[:, None, :], part[:, None, :]
        T, K, n = up.shape
        down = down.reshape(T, K)
        held = [[k == 0 or down[t, k] > 0 or up[t, k].any() for k in range(K)] for t in range(T)]
        each = np.zeros(T)
        for a, b, x, y in zip(rounds, rounds[1:], calls, calls[1:]):
            of = sum(part[t, k].sum() for t in range(int(a), int(b)) for k in range(K) if held[t][k])
            each[int(a):int(b)] = (y - x) / of if of else 0
        server, clock, end, flying = 0.0, [0.0] * n, [0.0], []
        for t in range(T):
            for k in range(K):
                if held[t][k]:
                    who = [i for i in range(n) if part[t, k, i]]
                    server = self.exchange(who, up[t, k], down[t, k], server, clock, each[t], t, lag, flying)
            end.append(server)
        return np.array([end[int(r)] for r in rounds])

    def exchange(self, who, up, down, server, clock, calls, t, lag, flying):
        """The server's clock behind it; the clients' go on, too.  flying: messages that are under way, or were, and their rounds."""
        wide = self.fan if self.route == "shards" else 1
        sent = server
        if down and self.route != "ring" and who:
            flows = [(max(server, clock[i]) + self.latency[i], down, self.down[i], i) for i in who]
            got = share(flows, wide * self.server_down)
            if self.route == "multicast":
                got = [f[0] + down / min(f[2], self.server_down) for f in flows]
            for i, at in zip(who, got):
                clock[i] = at
            sent = max(got)
        for i in who:
            clock[i] += calls * self.compute[i] + (self.codec if up[i] else 0)
        if self.route == "ring":
            if up.any():
                slow = min(self.up + self.down)
                server = max(clock) + (len(clock) - 1) * (max(self.latency) + max(up) / slow)
                clock[:] = [server] * len(clock)
            return server
        if not lag:
            flying.clear()
        flying += [(t, (max(server, clock[i]) + self.latency[i], up[i], self.up[i], i)) for i in who if up[i]]
        arrived = share([f for _, f in flying], wide * self.server_up) if flying else []
        due = [(f[3], at) for (sent_in, f), at in zip(flying, arrived) if sent_in == t - lag]
        for i, at in due:
            clock[i] = max(clock[i], at)
        return max([sent] + [at for _, at in due])


def table(n, with_latency):
    """A file of random clients, and the same as numbers."""
    rows = [(10 ** source.uniform(4, 7), 10 ** source.uniform(4, 7), source.uniform(0, 0.1) if with_latency else 0.02,
             source.choice([0, source.uniform(0, 0.5)])) for i in range(n)]
    name = "clients%d.csv" % source.randrange(10 ** 9)
    order = list(range(n))
    source.shuffle(order)
    with open(name, "w") as f:
        f.write("down,client,up,compute,latency\n")
        for i in order:
            up, down, latency, compute = rows[i]
            f.write("%.17gkbit/s,%d,%.17g,%.17g ms,%.17gs\n" % (down / 1e3, i, up, compute * 1e3, latency))
    return name, [list(c) for c in zip(*rows)]


def seconds(path, network):
    """The last and the middle row by laconic table."""
    out = call("table", path, "--csv", "--metric=last(seconds(%s))" % network, "--metric=at(seconds(%s), 0.5)" % network)
    if out.returncode:
        print("# " + out.stderr.strip())
        return [math.nan] * 2
    row = list(csv.reader(io.StringIO(out.stdout)))[1]
    return [float(x) for x in row[-2:]]


def near(have, want):
    far = [abs(h / w - 1) if w else abs(h) for h, w in zip(have, want)]
    return math.inf if any(math.isnan(x) for x in far) else max(far)


common = ["--problem=logreg", "--dataset=synthetic:rows=40,d=30,hetero=1"]
runs = [("unequal messages", common + ["--clients=5", "--algorithm=ef21:gamma=0.1", "--up=topk:k=3+natural", "--rounds=40"]),
        ("eval=7", common + ["--clients=6", "--algorithm=ef21:gamma=0.1", "--up=qsgd+huffman", "--rounds=40", "--eval=7"]),
        ("sampling", common + ["--clients=7", "--algorithm=fedavg:K=3,eta=0.2", "--sample=uniform:s=3", "--rounds=40"]),
        ("dropout", common + ["--clients=5", "--algorithm=fedavg:K=2,eta=0.1", "--dropout=0.4", "--rounds=40"]),
        ("two phases", ["--problem=bilinear:half=4", "--clients=4", "--optimum=none", "--algorithm=extragradient", "--rounds=20"]),
        ("silent rounds", common + ["--clients=5", "--algorithm=diloco:H=3", "--rounds=20"]),
        ("late messages", common + ["--clients=4", "--algorithm=diloco:H=3,tau=2", "--rounds=30"]),
        ("messages of several rounds under way",
         common + ["--clients=4", "--algorithm=diloco:H=6,tau=5,fragments=3,layer=5", "--rounds=30"])]
for name, options in runs:
    path = name.replace(" ", "-") + ".h5"
    if not run(path, *options):
        ok(False, "a run: " + name)
        continue
    n = int(next(o for o in options if o.startswith("--clients=")).split("=")[1])
    worst = 0
    for trial in range(6):
        file, (up, down, latency, compute) = table(n, trial % 2)
        server, other = 10 ** source.uniform(4, 8), 10 ** source.uniform(4, 8)
        route, fan = [("star", 1), ("star", 1), ("shards", 3), ("multicast", 1), ("ring", 1), ("star", 1)][trial]
        if route == "ring" and any("tau=" in o for o in options):      # it takes no late messages
            continue
        word = "shards:s=3" if route == "shards" else route
        star = Star(up, down, latency, compute, server * 0.9, other * 0.9, 0.004, route, fan)
        star.up, star.down = [0.9 * x for x in up], [0.9 * x for x in down]
        all_ = star.seconds(path)
        have = seconds(path, "1Mbit/s,clients=%s,server_up=%.17gbit/s,server_down=%.17gbit/s,goodput=0.9,codec=4ms,%s"
                       % (file, server, other, word))
        worst = max(worst, near(have, [all_[-1], all_[int(0.5 * (len(all_) - 1))]]))
    ok(worst < 1e-9, "%s: networks of unequal clients within %.1e" % (name, worst))

# ---- SimGrid ----

def simulate(star, up, down):
    """Seconds of one round of the star in SimGrid's fluid model.  Bytes, each message with the 16 that SMPI adds.  Its lazy updates give
    messages that begin at once more than their links have, so all are updated."""
    n = len(up)
    hosts = [(star.server_down, star.server_up, 0)] + list(zip(star.up, star.down, star.latency))
    lines = {0: ["irecv %d 1 %d 6" % (i + 1, up[i] - 16) for i in range(n)] + ["isend %d 0 %d 6" % (i + 1, down - 16) for i in range(n)] +
             ["waitall"]}
    for i in range(n):
        lines[i + 1] = ["recv 0 0 %d 6" % (down - 16), "compute %.17g" % (1e9 * star.compute[i] + 1e-3), "send 0 1 %d 6" % (up[i] - 16)]
    with open("star.xml", "w") as f:
        f.write("<?xml version='1.0'?><!DOCTYPE platform SYSTEM \"https://simgrid.org/simgrid.dtd\">\n"
                "<platform version=\"4.1\"><zone id=\"c\" routing=\"Cluster\">\n")
        for i, (out, in_, latency) in enumerate(hosts):
            f.write('<host id="n%d" speed="1Gf"/><link id="u%d" bandwidth="%.17gbps" latency="%.17gs"/><link id="d%d" bandwidth="%.17gbps" '
                    'latency="%.17gs"/><host_link id="n%d" up="u%d" down="d%d"/>\n' % (i, i, out, latency, i, in_, latency, i, i, i))
        f.write("</zone></platform>\n")
    truth.write("star.hosts", ["n%d" % i for i in range(n + 1)])
    truth.write("star.trace", [truth.write("star.%d" % i, ["%d %s" % (i, x) for x in ["init"] + lines[i] + ["finalize"]])
                               for i in range(n + 1)])
    out = subprocess.run(["smpirun", "-np", str(n + 1), "-hostfile", "star.hosts", "-platform", "star.xml", "--cfg=network/model:CM02",
                          "--cfg=network/TCP-gamma:0", "--cfg=network/crosstraffic:0", "--cfg=network/optim:Full",
                          "--cfg=smpi/display-timing:yes", "-replay", "star.trace"], capture_output=True, text=True)
    told = re.search("Simulation time ([0-9.]+)", out.stdout + out.stderr)
    return float(told.group(1)) if told else math.nan


if shutil.which("smpirun"):
    worst = 0
    for n in (3, 5, 5, 5, 8, 16):
        star = Star([10 ** source.uniform(5, 7) for i in range(n)], [10 ** source.uniform(5, 7) for i in range(n)], [0.05] * n,
                    [source.choice([0, source.uniform(0, 5)]) for i in range(n)],
                    10 ** source.uniform(5.5, 7.5), 10 ** source.uniform(5.5, 7.5))
        up, down = [source.randrange(200000, 1000000) for i in range(n)], source.randrange(200000, 1000000)
        arrived = star.exchange(list(range(n)), 8.0 * np.array(up), 8.0 * down, 0.0, [0.0] * n, 1, 0, 0, [])
        simulated = simulate(star, up, down)
        worst = max(worst, abs(simulated - arrived)) if simulated == simulated else math.inf
    ok(worst < 2e-6, "6 stars of unequal clients in SimGrid's fluid model: within %.1e s, of which it prints 1e-6" % worst)
else:
    truth.skip("stars in SimGrid's fluid model", "no smpirun")

# ---- what the run itself took ----

part = {}
for every in 1, 1000:
    run("measured.h5", "--problem=logreg", "--dataset=synthetic:rows=4000,d=1000", "--clients=1", "--algorithm=gd:gamma=0.1", "--rounds=15",
        "--eval=%d" % every, "--optimum=none", "--force")
    part[every] = seconds("measured.h5", "1Tbit/s,compute=measured")[0]
ok(part[1] > part[1000] / 10 > 0, "compute=measured counts gradients that the evaluation has computed, too: %.4f s with --eval=1, %.4f s "
   "without" % (part[1], part[1000]))

# ---- stragglers: the same for every method ----

a, b = (seconds(p, "1Gbit/s,compute=1s,stragglers=exponential:a=1,mu=1") for p in ("unequal-messages.h5", "eval=7.h5"))
c, d = (seconds(p, "1Gbit/s,compute=1s,stragglers=exponential:a=1,mu=1,seed=2") for p in ("unequal-messages.h5", "unequal-messages.h5"))
ok(c == d and c != a, "stragglers depend on the seed of the network alone")
harmonic = sum(1 / k for k in range(1, 6))
ok(abs(a[0] / 40 / (1 + harmonic) - 1) < 0.15, "the slowest of 5 in 40 rounds: %.3f s a round, %.3f by formula" % (a[0] / 40, 1 + harmonic))

# ---- experiment files ----

with open("a.ini", "w") as f:
    f.write("""problem = logreg
dataset = synthetic:rows=40,d=30,hetero=1
clients = 4
rounds = 300
best = smallest time_to(grad_norm_sq, 1e-3, wan)
[run dense]
algorithm = gd:gamma=theory*{1,4}
[run EF21]
algorithm = ef21:gamma=theory*32
up = topk:k=3
[figure]
x = seconds(wan), seconds(100Mbit/s, 20ms)
[network.wan]
rate = 1 Mbit/s
latency = 1 ms
[network.far]
rate = 1 Gbit/s
latency = 200 ms
[claim fewer-seconds]
says = EF21 needs fewer seconds on a slow network
left = time_to(grad_norm_sq, 1e-3, wan) of label=EF21
relation = <
right = time_to(grad_norm_sq, 1e-3, wan) of label=dense
[claim more-seconds]
says = but not on a fast one that is far away
left = time_to(grad_norm_sq, 1e-3, far) of label=EF21
relation = >=
right = time_to(grad_norm_sq, 1e-3, far) of label=dense
[claim never]
says = 1e-90 is never reached
left = time_to(grad_norm_sq, 1e-90, wan) of label=EF21
relation = >=
right = infinity
""")
made = call("run", "a.ini")
ok(made.returncode == 0, "an experiment with networks runs " + made.stderr.strip())
out = call("claims", "a.ini", "--tap")
print("\n".join("# " + line for line in (out.stdout + out.stderr).splitlines()))
verdicts = open("figures/a.verdicts.md").read() if out.returncode == 0 else ""
ok(out.returncode == 0 and "seconds on wan (1 Mbit/s, 1 ms, n = 4, star)" in verdicts, "claims name the network and its model")
ok("SKIP" not in out.stdout and "ok 3 - never" in out.stdout.replace("not ok 3", ""), "a level that is never reached takes for ever")
out = call("table", "a.ini", "--csv", "--metric=time_to(grad_norm_sq, 1e-3, wan)", "--metric=rounds_to(grad_norm_sq, 1e-3)",
           "--metric=time_to(oracle_calls, 9, wan)", "--metric=time_to(grad_norm_sq, 1e-90, wan)")
rows = list(csv.reader(io.StringIO(out.stdout)))
heads = rows[0] if rows else []
right = counted = 0
for row in rows[1:]:
    with h5py.File(row[heads.index("file")]) as f:
        star = Star([1e6] * 4, [1e6] * 4, [1e-3] * 4, [0] * 4, 1e6, 1e6)
        g, at = f["trace/grad_norm_sq"][...], star.seconds(row[heads.index("file")])
        calls = np.flatnonzero(f["trace/oracle_calls"][...] >= 9)
    first = np.flatnonzero(g <= 1e-3)
    want = at[first[0]] if len(first) else math.inf
    have = float(row[-4])
    counted += len(calls) > 0 and calls[0] > 0 and abs(float(row[-2]) / at[calls[0]] - 1) < 1e-12
    right += (have == want or abs(have / want - 1) < 1e-12) and float(row[-1]) == math.inf
ok(right == 3, "time_to of 3 runs is the time at the first row at the level " + out.stderr.strip())
ok(counted == 3, "... of a count at the first row that has it")
out = call("plot", "a.ini", "--formats=svg")
svg = open("figures/a.svg").read() if out.returncode == 0 else out.stderr
ok("seconds on wan (1 Mbit/s, 1 ms, n = 4, star)" in svg and "seconds on 100 Mbit/s, 20 ms (n = 4, star)" in svg,
   "axes name the networks and their models " + out.stderr.strip())
ok("best  dense" in out.stdout and "time_to(grad_norm_sq, 1e-3, wan)" in out.stdout, "best chooses by seconds")
out = call("plot", "a.ini", "--formats=svg", "--x=round,seconds(far,ring)")
svg = open("figures/a.svg").read() if out.returncode == 0 else out.stderr
ok("seconds on far (1 Gbit/s, 200 ms, n = 4, ring)" in svg, "plot --x " + out.stderr.strip())

# ---- over the rate ----

RATES = """
[claim overtaken]
says = EF21 is faster below a rate
left = time_to(grad_norm_sq, 1e-3, wan) of label=EF21
relation = < below %s
right = time_to(grad_norm_sq, 1e-3, wan) of label=dense
"""


def over_rate(name, y="time_to(grad_norm_sq, 1e-3, wan)", lines="", relation="10kbit/s..10Gbit/s"):
    """a.ini with x = rate, as NAME.ini."""
    text = open("a.ini").read().replace("x = seconds(wan), seconds(100Mbit/s, 20ms)", "x = rate\ny = %s\n%s" % (y, lines))
    with open(name + ".ini", "w") as f:
        f.write(text + RATES % relation)
    return call("plot", name + ".ini", "--formats=svg")


def time_at(path, rate):
    star = Star([rate] * 4, [rate] * 4, [1e-3] * 4, [0] * 4, rate, rate)
    with h5py.File(path) as f:
        return star.seconds(path)[np.flatnonzero(f["trace/grad_norm_sq"][...] <= 1e-3)[0]]


files = {}
for row in rows[1:]:
    if math.isfinite(float(row[-3])):
        label = row[heads.index("label")]
        files[label] = min(files.get(label, row[heads.index("file")]), row[heads.index("file")], key=lambda p: time_at(p, 1e6))
out = over_rate("rate", lines="rates = 10kbit/s..1Gbit/s, 4")
curves = open("figures/rate.dat").read().split("\n$curve")[1:] if out.returncode == 0 else []
worst, points = 0.0, 0
for curve, label in zip(curves, ("dense", "EF21")):
    for line in curve.splitlines():
        number = line.split()
        if len(number) > 2 and line[0].isdigit() and number[1] != "<<":
            points += 1
            worst = max(worst, abs(float(number[1]) / time_at(files[label], float(number[0])) - 1))
ok(points == 42 and worst < 1e-5, "x = rate: %d times of 2 runs over 5 decades, 4 a decade, are those of the second implementation, "
   "within %.1e of files with 7 digits %s" % (points, worst, out.stderr.strip()))
out = call("claims", "rate.ini")
found = re.search(r"EF21.* < dense.* up to ([0-9.]+) ([kMG])bit/s, seconds on wan \(1 ms, n = 4, star\)", out.stdout)
cross = float(found[1]) * {"k": 1e3, "M": 1e6, "G": 1e9}[found[2]] if found else 0
ok(found and time_at(files["EF21"], 0.98 * cross) < time_at(files["dense"], 0.98 * cross) and
   time_at(files["EF21"], 1.02 * cross) > time_at(files["dense"], 1.02 * cross), "the rate at which one method overtakes another: "
   "%g bit/s %s" % (cross, out.stderr.strip()))
over_rate("late", relation="%gbit/s..10Gbit/s" % (2 * cross))
over_rate("early", relation="10kbit/s..%gbit/s" % (cross / 2))
verdicts = [call("claims", name + ".ini", "--tap").stdout for name in ("late", "early")]
ok(all("not ok 4 - overtaken" in v for v in verdicts), "a range above that rate fails, and one below it")
out = over_rate("never", y="time_to(grad_norm_sq, 1e-90, wan)")
svg = open("figures/never.svg").read() if out.returncode == 0 else ""
ok(svg.count(": never") == 2, "what never arrives has no curve, and the legend says so " + out.stderr.strip())
out = call("report", "rate.ini", "--out=rate.html")
page = open("rate.html").read() if out.returncode == 0 else ""
ok('"rate":[' in page, "a page has it, too " + out.stderr.strip())
for what, text, y, lines, relation in (
        ("no time", "there is time_to(COLUMN, LEVEL, NETWORK), not 'f'", "f", "", "1Mbit/s..1Gbit/s"),
        ("rates from high to low", "is not two rates, the lower one first", "time_to(f, 1, wan)", "rates = 1Gbit/s..1Mbit/s",
         "1Mbit/s..1Gbit/s"),
        ("rates without a unit", "is not two rates", "time_to(f, 1, wan)", "rates = 1..10", "1Mbit/s..1Gbit/s"),
        ("a negative rate", "is not two rates", "time_to(f, 1, wan)", "rates = -1Mbit/s..10Mbit/s", "1Mbit/s..1Gbit/s"),
        ("1000 a decade", "how many there are in a decade", "time_to(f, 1, wan)", "rates = 1Mbit/s..10Mbit/s, 1000", "1Mbit/s..1Gbit/s"),
        ("links of their own", "no link of the network follows its rate", "time_to(f, 1, up=1Mbit/s,down=1Mbit/s,server_rate=1Gbit/s)", "",
         "1Mbit/s..1Gbit/s"),
        ("one rate", "is not two rates", "time_to(f, 1, wan)", "", "1Mbit/s"),
        ("rates without the axis", "rates is about the rate of a network", "f\nx = round", "rates = 1Mbit/s..1Gbit/s", "1Mbit/s..1Gbit/s")):
    if what == "rates without the axis":
        open("bad.ini", "w").write(open("a.ini").read().replace("[figure]", "[figure]\nrates = 1Mbit/s..1Gbit/s"))
        out = call("plot", "bad.ini", "--formats=svg")
    else:
        out = over_rate("bad", y, lines, relation)
    ok(out.returncode == 1 and text in out.stderr and out.stderr.count("\n") == 1, "refused: " + what +
       ("" if text in out.stderr else " " + out.stderr))

out = call("report", "a.ini", "--out=a.html")
page = open("a.html").read() if out.returncode == 0 else ""
ok('"seconds(wan)":[' in page, "a page has the column of seconds " + out.stderr.strip())

# ---- a bundle ----

made = call("bundle", "a.ini", "--output=a.tar.gz") if os.path.exists("figures/a.verdicts.md") else None
os.rename("results", "gone")
out = call("claims", "a.tar.gz", "--tap")
os.rename("gone", "results")
ok(made is not None and made.returncode == 0 and out.stdout.count("\nok ") == 3,
   "a bundle has the messages that seconds are made of " +
   (made.stderr if made else "") + out.stderr.strip())

# ---- show ----

out = call("show", "unequal-messages.h5", "--network=100Mbit/s,20ms,compute=10ms,codec=1ms", "--csv")
rows = {r[0]: [float(x) for x in r[1:]] for r in list(csv.reader(io.StringIO(out.stdout)))[1:]}
last = seconds("unequal-messages.h5", "100Mbit/s,20ms,compute=10ms,codec=1ms")[0]
ok(rows and abs(rows["total"][0] / last - 1) < 1e-12 and abs(sum(v[0] for k, v in rows.items() if k != "total") / last - 1) < 1e-12 and
   abs(rows["latency"][0] - 40 * 0.04) < 1e-9 and abs(rows["compute"][0] - 0.4) < 1e-9 and abs(rows["codec"][0] - 0.04) < 1e-9,
   "show --network: the parts make the whole " + out.stderr.strip())
with h5py.File("unequal-messages.h5") as f:
    up, down = f["messages/up"][...].astype(float), f["messages/down"][...].astype(float)
limit = (64 * 30 * (np.count_nonzero(up) + 5 * np.count_nonzero(down)) - up.sum() - 5 * down.sum()) / 1e-3 / 40
for codec, says in ("codec=none", "0, as the network says"), ("codec=0s", "0, as the network says"), \
        ("codec=measured", "as measured in this run"):
    out = call("show", "unequal-messages.h5", "--network=100Mbit/s,20ms," + codec)
    told = [line for line in out.stdout.splitlines() if "codec_per_message" in line]
    ok(len(told) == 1 and told[0].endswith(says), "%s: %s" % (codec, " ".join(told).strip()))
out = call("show", "unequal-messages.h5", "--network=100Mbit/s,20ms,codec=1ms")
told = [line.split() for line in out.stdout.splitlines() if "pays_below_64_bits" in line]
unit = {"bit/s;": 1, "kbit/s;": 1e3, "Mbit/s;": 1e6, "Gbit/s;": 1e9}
ok(len(told) == 1 and abs(float(told[0][1]) * unit[told[0][2]] / limit - 1) < 1e-4,
   "below %.6g bit/s compression pays: %s" % (limit, " ".join(told[0]) if told else out.stdout + out.stderr))

# ---- what cannot be ----

run("summary.h5", *common, "--clients=5", "--algorithm=gd:gamma=0.1", "--rounds=3", "--messages=summary")
with open("b.ini", "w") as f:
    f.write("clients = 3\n[run a]\nproblem = quadratic\nalgorithm = gd\n[network.wan]\nrate = 1 Mbit/s\nlatncy = 3 ms\n")
with open("c.csv", "w") as f:
    f.write("client,up\n0,1e6\n1,1e6\n")
subprocess.run([truth.mpiexec, "-n", "2", program, "run", *common, "--clients=2", "--algorithm=gd:gamma=0.1", "--rounds=3",
                "--server=own", "-o", "own.h5"], capture_output=True)
cases = [("what a server without clients measures", ["table", "own.h5", "--metric=last(seconds(1Mbit/s,compute=measured))"],
          "no time of gradients"),
         ("a summary of messages", ["table", "summary.h5", "--metric=last(seconds(1Mbit/s))"], "messages"),
         ("a name that is not there", ["table", "eval=7.h5", "--metric=last(seconds(wan))"], "there is none called 'wan'"),
         ("no network", ["table", "eval=7.h5", "--metric=time_to(f, 1)"], "time_to takes a column, a number and a network"),
         ("no column", ["table", "eval=7.h5", "--metric=time_to(g, 1, 1Mbit/s)"], "no column 'g'"),
         ("a key that is not there", ["run", "b.ini"], "did you mean latency"),
         ("fewer clients than the run", ["show", "eval=7.h5", "--network=1Mbit/s,clients=c.csv"], "table of 2 clients, and the run has 6"),
         ("two phases late or --all", ["show", "eval=7.h5", "--network=1Mbit/s", "--all"], "not both"),
         ("constants", ["show", "eval=7.h5", "--network=1Mbit/s", "--constants"], "with result files"),
         ("an x that is no network", ["plot", "a.ini", "--x=seconds(nowhere)"], "there is none called 'nowhere' (known: wan, far)")]
for name, words, sentence in cases:
    out = call(*words)
    ok(out.returncode == 1 and sentence in out.stderr and out.stderr.count("\n") == 1, "refused: %s %s" % (name, out.stderr.strip()))
truth.finish()
