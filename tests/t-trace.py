#!/usr/bin/python3
"""laconic trace: every recorded message is in the trace, with its bytes, on the way that the exchange says; and SimGrid's replay of it
takes as many seconds as a fluid model of the network, written here, says of the recorded messages.  TAP."""
import collections, json, math, os, re, subprocess, sys, time
sys.dont_write_bytecode = True
import truth
from truth import laconic, ok

try:
    import h5py
    import numpy as np
except ImportError:
    truth.skip_all("no python3-numpy")

tools = os.path.join(os.path.abspath(os.environ.get("srcdir", os.path.join(os.path.dirname(__file__), ".."))), "tools")
os.chdir(truth.folder.name)
CLIENTS, COMPUTE, HEADER = 6, 0.05, 16      # SMPI sends 16 bytes with every message
BIG = ["--problem=quadratic:d=20000", "--rounds=7", "--eval=3"]
RUNS = {
    "ef21": BIG + ["--algorithm=ef21:gamma=0.001", "--up=topk:k=20%"],
    "lengths that vary": BIG + ["--algorithm=ef21:gamma=0.001", "--up=natural+ans"],
    "sampling and dropout": BIG + ["--algorithm=fedavg:K=3,eta=0.001", "--sample=bernoulli:p=0.6", "--dropout=0.3", "--rounds=12"],
    "several phases": ["--problem=bilinear:half=400", "--algorithm=masha1:gamma=0.0001,tau=0.5", "--up=randk:k=20%", "--rounds=9"],
    "silent rounds": BIG + ["--algorithm=diloco:H=3", "--up=f32", "--rounds=9"],
    "late": BIG + ["--algorithm=diloco:H=4,tau=2,fragments=2,layer=100", "--up=f32", "--rounds=16"],
    "both ways": BIG + ["--algorithm=ef21bc:gamma=0.001", "--up=topk:k=3%", "--down=topk:k=4%"],
}


# ---- what was recorded ----

class Recorded:
    """up[t][k][i], part[t][k][i] and down[t][k], in bytes; calls[t]: gradients of a client that takes part, in each exchange."""

    def __init__(self, path):
        with h5py.File(path) as f:
            m = {k: v[...] for k, v in f["messages"].items()}
            self.lag = int(f["messages/up"].attrs["lag"])
            rows, calls = f["trace/round"][...].astype(int), f["trace/oracle_calls"][...]
        n = m["up"].shape[-1]
        up = m["up"].reshape(len(m["up"]), -1, n)
        part = m["takes_part"].reshape(up.shape) > 0 if "takes_part" in m else np.ones(up.shape, bool)
        bytes_of = np.vectorize(lambda bits: -(-int(bits) // 8))
        self.up, self.down, self.part = bytes_of(up), bytes_of(m["down"]), part
        self.held = (self.down > 0) | (up > 0).any(2)
        self.held[:, 0] = True
        self.calls = np.zeros(len(up))
        for i in range(len(rows) - 1):
            span = slice(rows[i], rows[i + 1])
            parts = (part[span] & self.held[span][:, :, None]).sum()
            self.calls[span] = (calls[i + 1] - calls[i]) / parts if parts else 0
        self.rounds, self.phases, self.n = up.shape

    def star(self):
        """(from, to) -> the bytes of its messages, in their order."""
        sent = collections.defaultdict(list)
        for t, k in np.ndindex(self.rounds, self.phases):
            for i in range(self.n):
                if self.part[t, k, i] and self.down[t, k]:
                    sent[0, 1 + i].append(self.down[t, k])
                if self.up[t, k, i]:
                    sent[1 + i, 0].append(self.up[t, k, i])
        return sent


results = {}
for name, run in RUNS.items():
    results[name] = name.replace(" ", "-") + ".h5"
    truth_run = truth.command(["run", *run, "--clients=%d" % CLIENTS, "--optimum=none", "--output=" + results[name]])
    if truth_run.returncode:
        print("# %s: %s" % (name, truth_run.stderr.strip()))


# ---- the trace ----

def trace(name, folder, *more):
    subprocess.run(["rm", "-rf", folder])
    return truth.command(["trace", results[name], "-o", folder, *more])


class Trace:
    """What the lines say: sends and receives of each pair, and their faults: a wait for nothing, a request that nobody waits for."""

    def __init__(self, folder):
        with open(folder + "/trace") as f:
            names = f.read().split()
        self.sent, self.received = collections.defaultdict(list), collections.defaultdict(list)
        self.flop, self.faults, self.ended = collections.Counter(), [], collections.Counter()
        open_requests = collections.Counter()
        self.most_open = 0
        for name in names:
            for line in open(os.path.join(folder, name)):
                rank, action, *rest = line.split()
                rank = int(rank)
                if action in ("isend", "irecv"):
                    partner, tag, size, kind = map(int, rest)
                    ends = (rank, partner) if action == "isend" else (partner, rank)
                    (self.sent if action == "isend" else self.received)[ends].append(size)
                    open_requests[(rank, *ends, tag)] += 1
                    if open_requests[(rank, *ends, tag)] > 1 or kind != 6 or size <= 0:
                        self.faults.append(line)
                elif action == "wait":
                    key = (rank, *map(int, rest))
                    open_requests[key] -= 1
                    if open_requests[key] < 0:
                        self.faults.append(line)
                elif action == "compute":
                    self.flop[rank] += float(rest[0])
                else:
                    self.ended[rank, action] += 1
        self.faults += ["open: %s" % (k,) for k, v in open_requests.items() if v]
        self.ranks = len([1 for _, action in self.ended if action == "finalize"])
        if self.sent != self.received:
            self.faults.append("what is sent is not what is received")


for name in RUNS:
    r = Recorded(results[name])
    done = trace(name, "t", "--compute=%r" % COMPUTE)
    said, t = re.search(r"(\d+) ranks, (\d+) rounds, (\d+) messages", done.stdout), Trace("t")
    want = r.star()
    count = sum(map(len, want.values()))
    ok(dict(t.sent) == dict(want), "%s: each of the %d messages, with its bytes, in its order" % (name, count))
    ok(not t.faults and all(t.ended[k, a] == 1 for k in range(CLIENTS + 1) for a in ("init", "finalize")),
       "%s: what is posted is waited for once, and every rank begins and ends %s" % (name, "".join(t.faults[:2])))
    ok(said and list(map(int, said.groups())) == [CLIENTS + 1, r.rounds, count], "%s: it says so" % name)
    flop = (r.part & r.held[:, :, None]).sum(1).T @ r.calls * 1e9 * COMPUTE
    ok(np.allclose([t.flop[1 + i] for i in range(CLIENTS)], flop, rtol=1e-12) and not t.flop[0],
       "%s: as many gradients as were computed" % name)

r = Recorded(results["lengths that vary"])
ups, rounds, n = r.up[:, 0, :], r.rounds, CLIENTS
for exchange, want in {
    "allgather": {(1 + i, 1 + j): list(ups[:, i]) for i in range(n) for j in range(n) if i != j},
    "ring": {(1 + i, 1 + (i + 1) % n): [ups[t, (i - s) % n] for t in range(rounds) for s in range(n - 1)] for i in range(n)},
    "tree:k=2": {**{((i - 1) // 2, i): list(r.down[:, 0]) for i in range(1, n + 1)},
                 **{(i, (i - 1) // 2): list(sum(ups[:, c - 1] for c in range(1, n + 1) if i in (c, (c - 1) // 2)))
                    for i in range(1, n + 1)}},
}.items():
    trace("lengths that vary", "t", "--exchange=" + exchange)
    t = Trace("t")
    ok(dict(t.sent) == want and not t.faults, "%s: the bytes of every message between any two ranks %s" % (exchange, "".join(t.faults[:2])))
trace("lengths that vary", "t", "--exchange=shards:s=3")
t = Trace("t")
parts = {i: np.array([t.sent[3 + i, j] for j in range(3)]) for i in range(n)}
ok(not t.faults and t.ranks == n + 3 and
   all((parts[i].sum(0) == ups[:, i]).all() and np.ptp(parts[i], axis=0).max() <= 1 for i in range(n)),
   "shards:s=3: each server gets a third of every message")
ok(all((np.array([t.sent[j, 3 + i] for j in range(3)]).sum(0) == r.down[:, 0]).all() for i in range(n)), "... and sends a third of its own")
trace("ef21", "t", "--rounds=2:5")
ok({k: len(v) for k, v in Trace("t").sent.items()} == {k: 3 for k in Recorded(results["ef21"]).star()},
   "--rounds=2:5: three rounds")
for exchange in "star", "allgather", "ring", "tree:k=3", "shards:s=2":
    trace("sampling and dropout", "t", "--exchange=" + exchange)
    t, r = Trace("t"), Recorded(results["sampling and dropout"])
    copies = {"allgather": n - 1, "ring": n - 1}.get(exchange)
    up = sum(sum(v) for (a, b), v in t.sent.items() if b < a or copies)
    ok(not t.faults and (exchange.startswith("tree") or up == (copies or 1) * r.up.sum()),
       "%s of some clients: all of their bytes" % exchange)


# ---- seconds: processes that send and receive over links that are shared max-min fairly ----

class Net:
    """A flow waits for its latency when both ends have posted it, and then shares the links of its ends with weight 1/latency."""

    def __init__(self, up, down, latency, speed, header=HEADER):
        self.header = header
        self.up, self.down, self.latency = up, down, latency      # bit/s and seconds of each host's own links
        self.speed = speed                                        # Gflop/s
        self.now, self.flows, self.half = 0.0, [], {}
        self.ready = []

    def post(self, a, b, tag, size, end):
        """One end of the message from a to b: its flow."""
        flow = self.half.setdefault((a, b, tag), {"a": a, "b": b, "left": 8.0 * (size + self.header), "ends": set(), "done": False,
                                                  "size": size})
        flow["ends"].add(end)
        if len(flow["ends"]) == 2:
            del self.half[a, b, tag]
            flow["wait"] = self.latency[a] + self.latency[b]
            flow["weight"] = 1 / flow["wait"] if flow["wait"] else 1.0
            self.flows.append(flow)
        return flow

    def rates(self, active):
        links = collections.defaultdict(list)
        for f in active:
            links["up", f["a"]].append(f)
            links["down", f["b"]].append(f)
        left = {k: (self.up if k[0] == "up" else self.down)[k[1]] for k in links}
        free = {id(f): f for f in active}
        while free:
            share = {k: left[k] / sum(f["weight"] for f in fs if id(f) in free) for k, fs in links.items()
                     if any(id(f) in free for f in fs)}
            tight = min(share, key=share.get)
            for f in [f for f in links[tight] if id(f) in free]:
                f["rate"] = share[tight] * f["weight"]
                del free[id(f)]
                for k in ("up", f["a"]), ("down", f["b"]):
                    left[k] -= f["rate"]

    def run(self, processes):
        """Generators that yield flows to wait for, or seconds to sleep; the time at which the last one ends."""
        sleeping, waiting = [[0.0, p] for p in processes], []
        while sleeping or waiting:
            active = [f for f in self.flows if f["wait"] <= 0]
            self.rates(active)
            steps = [s[0] - self.now for s in sleeping] + [f["wait"] for f in self.flows if f["wait"] > 0]
            steps += [f["left"] / f["rate"] for f in active]
            step = max(0.0, min(steps))
            self.now += step
            for f in self.flows:
                if f["wait"] > 0:
                    f["wait"] = 0.0 if f["wait"] - step < 1e-12 else f["wait"] - step
                else:
                    f["left"] -= f["rate"] * step
                    f["done"] = f["left"] < 1e-3
            self.flows = [f for f in self.flows if not f["done"]]
            ready = [p for at, p in sleeping if at <= self.now + 1e-12] + [p for f, p in waiting if f["done"]]
            sleeping = [s for s in sleeping if s[0] > self.now + 1e-12]
            waiting = [w for w in waiting if not w[0]["done"]]
            for p in ready:
                self.advance(p, sleeping, waiting)
        return self.now

    def advance(self, p, sleeping, waiting):
        for wish in p:
            if isinstance(wish, float):
                if wish > 0:
                    sleeping.append([self.now + wish, p])
                    return
            elif not wish["done"]:
                waiting.append((wish, p))
                return


def server(net, r):
    """Sends to all, is ready for all at once, and goes on when it has all."""
    due = collections.deque()
    for t in range(r.rounds):
        for k in range(r.phases):
            down = [net.post(0, 1 + i, ("down", t, k), r.down[t, k], "a") for i in range(r.n)
                    if r.part[t, k, i] and r.down[t, k]]
            due.append((t, [net.post(1 + i, 0, ("up", t, k), r.up[t, k, i], "b") for i in range(r.n) if r.up[t, k, i]]))
            if r.lag:
                yield from down
            while due and due[0][0] + r.lag <= t:
                yield from due.popleft()[1]
            yield from down
    for _, flows in due:
        yield from flows


def client(net, r, i):
    """It waits for the server's message, if there is one, and goes on when its own has arrived."""
    due = collections.deque()
    for t in range(r.rounds):
        for k in range(r.phases):
            if not r.held[t, k]:
                continue
            if r.part[t, k, i]:
                if r.down[t, k]:
                    yield net.post(0, 1 + i, ("down", t, k), r.down[t, k], "b")
                yield float(r.calls[t] * COMPUTE / net.speed[1 + i])
            if r.up[t, k, i]:
                due.append((t, net.post(1 + i, 0, ("up", t, k), r.up[t, k, i], "a")))
            while due and due[0][0] + r.lag <= t:
                yield due.popleft()[1]
    while due:
        yield due.popleft()[1]


def star_seconds(r, net):
    return net.run([server(net, r)] + [client(net, r, i) for i in range(r.n)])


# The model itself, by hand.
class ByHand(Recorded):
    def __init__(self, up, down, rounds=1):
        self.n, self.rounds, self.phases, self.lag = len(up), rounds, 1, 0
        self.up, self.down = np.array([[up]] * rounds), np.array([[down]] * rounds)
        self.part, self.held, self.calls = np.ones(self.up.shape, bool), np.ones((rounds, 1), bool), np.ones(rounds)


hand = ByHand([1000 - HEADER] * 3, 2000 - HEADER, 2)
seconds = star_seconds(hand, Net([8e3] * 4, [8e3] * 4, [0.5] * 4, [1] * 4))
ok(abs(seconds - 2 * (1 + 3 * 2 + COMPUTE + 1 + 3 * 1)) < 1e-9,
   "the model, equal clients: L + n D/B + T + L + n U/B, twice: %.12g s" % seconds)
hand = ByHand([1000 - HEADER] * 2, 1000 - HEADER)
seconds = star_seconds(hand, Net([8e3] * 3, [8e3, 2e3, 8e3], [0] * 3, [1] * 3))
# Down: 2 kbit/s to the slow client and 6 to the fast one, which has its 8 kbit after 4/3 s and has sent them before the slow one begins.
ok(abs(seconds - (4 + COMPUTE + 1)) < 1e-9, "the model, a slow client: %.12g s" % seconds)


# ---- SimGrid ----

def table(name, columns, rows):
    return truth.write(name, [",".join(columns)] + [",".join(map(str, row)) for row in rows])


UNEQUAL = [(0, "50Mbit/s", 1e8, 0.05), (1, "10Mbit/s", 2e7, 0.2), (2, "100Mbit/s", 1e8, 0.05), (3, "5Mbit/s", 1e9, 0.01),
           (4, "100Mbit/s", 3e6, 0.05), (5, "100Mbit/s", 1e8, 0.05)]
FAR = [(0, "5ms"), (1, "10ms"), (2, "200ms"), (3, "10ms"), (4, "10ms"), (5, "30ms")]


def hosts_of(up, down, latency, server, server_up=None, rows=(), far=(), header=HEADER):
    """The network that the table describes."""
    net = Net([server] + [up] * CLIENTS, [server_up or server] + [down] * CLIENTS, [latency / 2] * (CLIENTS + 1), [1.0] * (CLIENTS + 1),
              header)
    for i, u, d, compute in rows:
        net.up[1 + i], net.down[1 + i], net.speed[1 + i] = 1e6 * float(u[:-len("Mbit/s")]), d, COMPUTE / compute
    for i, text in far:
        net.latency[1 + i] = float(text[:-2]) / 1e3 - latency / 2
    return net


unequal = table("unequal.csv", ("client", "up", "down", "compute"), UNEQUAL)
far = table("far.csv", ("client", "latency"), FAR)
NETWORKS = {
    "equal clients": ("100Mbit/s,20ms", dict(up=1e8, down=1e8, latency=0.02, server=1e8)),
    "equal clients, a faster server, slow uplinks": ("100Mbit/s,20ms,up=10Mbit/s,server_rate=250Mbit/s",
                                                     dict(up=1e7, down=1e8, latency=0.02, server=2.5e8)),
    "unequal clients": ("100Mbit/s,2ms,compute=%rs,server_down=120Mbit/s,server_up=90Mbit/s,clients=%s" % (COMPUTE, unequal),
                        dict(up=1e8, down=1e8, latency=0.002, server=1.2e8, server_up=9e7, rows=UNEQUAL)),
    "unequal latencies": ("100Mbit/s,10ms,clients=" + far, dict(up=1e8, down=1e8, latency=0.01, server=1e8, far=FAR)),
}


def tool(name, *arguments):
    return subprocess.run([os.path.join(tools, name), *arguments], capture_output=True, text=True)


def simulated(folder, *platform):
    with open(folder + "/about") as f:
        ranks = re.search(r"ranks = (\d+)", f.read())[1]
    made = tool("platform", *platform, "--hosts=" + ranks, "-o", "p.xml", "--hostfile=p.hosts")
    done = tool("simulate-replay", folder, "p.xml", "p.hosts")
    found = re.match(r"simulated ([\d.]+) s", done.stdout)
    if not found:
        print("# " + made.stderr.strip() + done.stderr.strip())
    return float(found[1]) if found else math.nan


missing = subprocess.run(["sh", "-c", "command -v smpirun"], capture_output=True).returncode


def compare(words, want, folder, *platform):
    """Want: a function, for seconds that are not asked for where there is no SimGrid."""
    if missing:
        return truth.skip(words, "no smpirun")
    want, have = want(), simulated(folder, *platform)
    ok(abs(have / want - 1) < 1e-3, "%s: %.6f s, want %.6f" % (words, have, want))


for name in RUNS:
    trace(name, "t", "--compute=%r" % COMPUTE)
    for label, (text, shape) in NETWORKS.items():
        compare("SimGrid replays %s, %s, in the seconds of the model" % (name, label),
                lambda: star_seconds(Recorded(results[name]), hosts_of(**shape)), "t", "switch", "--network=" + text)

# The closed model of docs/networks.md, of the same result.
def closed(name, network):
    done = truth.command(["show", results[name], "--network=" + network, "--json"])
    try:
        return next(row["seconds"] for row in json.loads(done.stdout) if row["part"] == "total")
    except (ValueError, StopIteration):
        print("# " + done.stderr.strip())
        return math.nan


for name in RUNS:
    for label in (label for label in NETWORKS if label != "unequal latencies"):
        text, shape = NETWORKS[label]
        have = closed(name, text if "compute" in text else text + ",compute=%rs" % COMPUTE)
        want = star_seconds(Recorded(results[name]), hosts_of(**shape, header=0))
        ok(abs(have / want - 1) < 1e-5, "laconic show --network, %s, %s: %.6f s, the model %.6f" % (name, label, have, want))

# The closed model and the replay by other exchanges.
if not missing:
    RUNS["many"] = ["--problem=quadratic:d=20000", "--algorithm=fedavg:K=2,eta=0.001", "--dropout=0.2", "--rounds=3", "--eval=3",
                    "--clients=21"]
    results["many"] = "many.h5"
    truth.command(["run", *RUNS["many"], "--optimum=none", "--output=many.h5"])
for name, label, exchanges in (("lengths that vary", "equal clients", ("tree:k=3", "tree:k=4", "tree:k=1", "shards:s=3")),
                               ("sampling and dropout", "unequal clients", ("tree:k=2", "tree:k=4")),
                               ("silent rounds", "unequal clients", ("tree:k=3",)),
                               ("silent rounds", "equal clients", ("allgather", "ring")),
                               ("late", "equal clients", ("allgather", "shards:s=2")),
                               ("many", "equal clients", ("tree:k=2", "tree:k=5"))):
    text = NETWORKS[label][0]
    for exchange in exchanges:
        trace(name, "t", "--compute=%r" % COMPUTE, "--exchange=" + exchange)
        compare("SimGrid replays %s, %s, %s, in the seconds of laconic show --network" % (name, label, exchange),
                lambda: closed(name, (text if "compute" in text else text + ",compute=%rs" % COMPUTE) + "," + exchange), "t", "switch",
                "--network=" + text)

# The other exchanges, where all messages are equally long.  L, and seconds of D and U on a link.
r = Recorded(results["ef21"])
L, D, U = 0.02, (r.down[0, 0] + HEADER) * 8 / 1e8, (r.up[0, 0, 0] + HEADER) * 8 / 1e8
for exchange, seconds, words in (("allgather", L + (n - 1) * U, "T + L + (n-1) U/B"), ("ring", (n - 1) * (L + U), "T + (n-1) (L + U/B)"),
                                 ("tree:k=2", 4 * L + 4 * D + 8 * U, "T + 4 L + (2 + 2) D/B + (2 + 6) U/B"),
                                 ("tree:k=6", 2 * L + n * D + n * U, "T + 2 L + n (D + U)/B"),
                                 ("shards:s=3", 2 * L + n * (D + U) / 3, "T + 2 L + n (D + U)/(s B)")):
    trace("ef21", "t", "--compute=%r" % COMPUTE, "--exchange=" + exchange)
    compare("SimGrid replays %s: a round takes %s" % (exchange, words), lambda: r.rounds * (COMPUTE + seconds), "t", "switch",
            "--network=100Mbit/s,20ms")

# The other platforms.
trace("ef21", "t", "--compute=%r" % COMPUTE)
compare("homes: the links of the homes are the bottleneck", lambda: r.rounds * (COMPUTE + 2 * L + D + 5 * U), "t", "homes")
compare("cluster: clients of other groups share the uplink of the server's group",
        lambda: r.rounds * (COMPUTE + 2 * 0.03 + 5 * 10 * (D + U)), "t", "cluster", "--group=2", "--network=100Mbit/s,20ms",
        "--uplink=10Mbit/s,10ms")


# By the tool that also runs the program.
text, shape = NETWORKS["unequal clients"]
words = "tools/simulate --replay, unequal clients, in the seconds of the model"
if missing:
    truth.skip(words, "no smpirun")
else:
    done = tool("simulate", "--replay=t", "--network=" + text)
    have = re.match(r"simulated ([\d.]+) s", done.stdout)
    want = star_seconds(r, hosts_of(**shape))
    ok(have and abs(float(have[1]) / want - 1) < 1e-3, "%s: %s%s, by hand %.6f" % (words, done.stdout.strip(), done.stderr.strip(), want))


def by_hand(pairs, ranks, size=1000000000):
    os.makedirs("hand", exist_ok=True)
    lines = ["%d init" % k for k in range(ranks)]
    lines += ["%d send %d 0 %d 6\n%d recv %d 0 %d 6" % (a, b, size, b, a, size) for a, b in pairs]
    truth.write("hand/actions", lines + ["%d finalize" % k for k in range(ranks)])
    truth.write("hand/trace", ["actions"])
    truth.write("hand/about", ["ranks = %d" % ranks])


# Two short messages of one sender, one behind the other.
by_hand([(0, 1), (0, 2)], 3, 984)
compare("simulate-replay: a sender waits for a short message, too", lambda: 2 * (0.02 + 1e3 * 8 / 1e8), "hand", "switch",
        "--network=100Mbit/s,20ms")
words = "tools/simulate --replay takes the same seconds"
if missing:
    truth.skip(words, "no smpirun")
else:
    same = [tool("simulate-replay", "hand", "p.xml", "p.hosts"), tool("simulate", "--replay=hand", "--network=100Mbit/s,20ms")]
    seconds = [re.match(r"simulated ([\d.]+) s", done.stdout) for done in same]
    ok(all(seconds) and seconds[0][1] == seconds[1][1], "%s: %s" % (words, " and ".join(s[1] if s else "none" for s in seconds)))


for words, pairs, seconds in (("between two dies of a node, 50 GB/s", [(0, 7)], 0.02), ("between groups, 50 GB/s", [(0, 1024)], 0.02),
                              ("from eight dies to eight of another node, 100 GB/s", [(k, 8 + k) for k in range(8)], 0.08)):
    by_hand(pairs, 1025)
    compare("frontier: 1 GB " + words, lambda: seconds, "hand", "frontier")


# ---- refusals ----

def refused(words, done, says):
    ok(done.returncode == 1 and says in done.stderr and done.stderr.count("\n") == 1, "%s: %s" % (words, done.stderr.strip()))


again = truth.command(["trace", results["ef21"], "-o", "t"])
refused("a folder that is not empty", again, "t is not empty")
with h5py.File("none.h5", "w") as f:
    f.create_group("trace")
refused("a file that is no result", truth.command(["trace", "none.h5", "-o", "u"]), "none.h5")
summary = truth.command(["run", *RUNS["ef21"], "--messages=summary", "--optimum=none", "-o", "summary.h5"])
refused("a result without messages", truth.command(["trace", "summary.h5", "-o", "u"]), "summary.h5")
for option, says in (("--exchange=star:k=2", "star"), ("--exchange=mesh", "star, allgather, ring, tree:k=2, shards:s=2"),
                     ("--exchange=tree:k=0", "k"), ("--compute=-1", "--compute"), ("--compute=nan", "--compute"),
                     ("--compute=1s", "--compute"), ("--rounds=3", "A:B"), ("--rounds=5:5", "A:B"),
                     ("--rounds=0:8", "rounds 0 to 6"), ("--rounds=7:", "rounds 0 to 6"),
                     ("--rounds=99999999999999999999999:", "A:B")):
    refused(option, truth.command(["trace", results["ef21"], "-o", "u", option]), says)
for exchange in "ring", "tree:k=2":
    refused("seconds of late messages by " + exchange,
            truth.command(["show", results["late"], "--network=1Mbit/s,exchange=" + exchange]), "rounds later")
    refused("late messages by " + exchange, truth.command(["trace", results["late"], "-o", "u", "--exchange=" + exchange]), "rounds later")
ok(not os.path.exists("u"), "what was refused left no folder")
PLATFORMS = (("mesh --hosts=3", "mesh"), ("switch --hosts=3", "--network"), ("switch --hosts=0 --network=1Gbit/s", "--hosts"),
             ("cluster --hosts=3 --uplink=up=1Gbit/s,down=1Gbit/s,server_rate=1Gbit/s", "--uplink: there is no key 'up'"),
             ("cluster --hosts=3 --uplink=latency=1ms", "--uplink: the link of a group needs a rate"),
             ("cluster --hosts=3 --uplink=1Gbit/s,goodput=2", "--uplink: goodput"),
             ("frontier --hosts=3 --network=1Gbit/s", "--network is an option of switch, cluster, homes, not of frontier"),
             ("switch --hosts=3 --network=1Gbit/s --uplink=1Gbit/s", "--uplink is an option of cluster, not of switch"),
             ("switch --hosts=3 --network=1Gbit/s --spread=0", "--spread is an option of homes, not of switch"),
             ("homes --hosts=3 --group=32", "--group is an option of cluster, not of homes"),
             ("cluster --hosts=3 --seed=1", "--seed is an option of homes, not of cluster"))
NETWORK_FAULTS = (("20ms", "rate"), ("1Gbit/s,-1ms", "latency"), ("0bit/s", "above 0"), ("1Gbps", "bit/s"),
                  ("1Gbit/s,1ms,colour=red", "colour"), ("infMbit/s", "rate"), ("1Gbit/s,goodput=2", "goodput"),
                  ("1Gbit/s,clients=" + unequal, "compute"), ("1Gbit/s,50ms,clients=" + far, "less latency"),
                  ("1Gbit/s,clients=nowhere.csv", "nowhere.csv"))
TABLES = ((0, 1, 2, 3, 4, 6), "client '6'"), ((0, 1, 2, 3, 4), "client 5 is missing"), ((0, 1, 2, 3, 4, 4), "client '4'")
for clients, says in TABLES:
    file = table("clients.%d.csv" % len(NETWORK_FAULTS), ("client", "up"), [(i, 1e6) for i in clients])
    NETWORK_FAULTS += (("1Gbit/s,clients=" + file, says),)
for line, says in PLATFORMS + tuple(("switch --hosts=7 --network=" + text, says) for text, says in NETWORK_FAULTS):
    arguments = line.split()
    refused("platform " + " ".join(arguments), tool("platform", *arguments), says)
if not missing:
    tool("platform", "switch", "--hosts=5", "--network=1Gbit/s,1ms", "-o", "few.xml", "--hostfile=few.hosts")
    truth.write("broken.xml", ["<platform"])
    refused("more ranks than hosts", tool("simulate-replay", "t", "few.xml", "few.hosts"), "7 ranks and the platform has 5 hosts")
    refused("... of the platform", tool("simulate-replay", "t", "few.xml"), "7 ranks and the platform has 5 hosts")
    refused("a platform that SimGrid refuses", tool("simulate-replay", "t", "broken.xml", "p.hosts"), "does not replay t on broken.xml")
    refused("... of tools/simulate", tool("simulate", "--replay=t", "--hosts=5", "--network=1Gbit/s"), "a rank needs a host of its own")
    refused("no trace", tool("simulate-replay", ".", "few.xml"), "no trace")

    # A signal leaves nobody behind.
    by_hand([(0, 1)] * 500000, 2)
    going = subprocess.Popen([tools + "/simulate-replay", "hand", "few.xml", "few.hosts"], stderr=subprocess.DEVNULL)

    def parent_of(pid):
        try:
            with open("/proc/%s/stat" % pid) as f:
                return f.read().rpartition(")")[2].split()[1]
        except OSError:
            return None

    def simulators():
        below = {str(going.pid)}
        for _ in range(4):      # the shell, smpirun, smpimain
            below |= {pid for pid in os.listdir("/proc") if pid.isdigit() and parent_of(pid) in below}
        return [pid for pid in below if "smpimain" in command_of(pid)]

    def command_of(pid):
        try:
            with open("/proc/%s/cmdline" % pid) as f:
                return f.read().split("\0")[0]
        except OSError:
            return ""

    until = time.time() + 60
    while not simulators() and going.poll() is None and time.time() < until:
        time.sleep(0.05)
    started = simulators()
    going.terminate()
    status = going.wait()
    while any(os.path.exists("/proc/" + pid) for pid in started) and time.time() < until:
        time.sleep(0.05)
    ok(started and status == 1 and not any(os.path.exists("/proc/" + pid) for pid in started), "SIGTERM ends the replayer, too")

truth.finish()
