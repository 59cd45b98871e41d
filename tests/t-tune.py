#!/usr/bin/python3
"""laconic tune against brute force: the winner of a grid by time_to of all its runs; killed, stopped and asked again, on two ranks, on
several networks; ties, edges, runs that diverge; a target out of reach; refusals.  TAP."""
import json, os, random, re, shutil, signal, statistics, subprocess, sys, time
sys.dont_write_bytecode = True
import truth
from truth import laconic as program, ok
import h5py

os.chdir(truth.folder.name)
TARGET = "grad_norm_sq:1e-9"
WAN, LAN = "100kbit/s,1ms", "1Gbit/s,20ms"
GRID = """problem = logreg:reg=nonconvex,lambda=0.1
dataset = synthetic:rows=60\\,d=24
clients = 4
rounds = 2000
seed.noise = {1,2,3}
[network.wan]
rate = 100 kbit/s
latency = 1 ms
[run EF21]
algorithm = ef21:gamma=theory*{2,4,8}
up = topk:k={1,4}
seed.noise = 1
[run GD]
algorithm = gd:gamma={theory,theory*1.6,theory*1.9,100}
seed.noise = 1
[run DIANA]
algorithm = diana:gamma=theory*{0.5,1,2}
up = {natural,randk:k=2}
"""


def write(path, text):
    with open(path, "w") as f:
        f.write(text)


def call(*words, ranks=1):
    start = [truth.mpiexec, "-n", str(ranks)] if ranks > 1 else []
    return subprocess.run(start + [program, *words], capture_output=True, text=True)


def ranking(*words):
    """Rows by --json, as they are printed."""
    out = call("tune", *words, "--json")
    try:
        return json.loads(out.stdout)
    except ValueError:
        print("# " + out.stderr.strip())
        return []


def attributes(path):
    with h5py.File(path) as f:
        return {**f["config"].attrs, **f.attrs}


def results(folder):
    return sorted(os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".h5"))


def digests(folder):
    return sorted(attributes(path)["digest"] for path in results(folder) if int(attributes(path).get("complete", 0)))


def stamps(folder):
    return {path: os.stat(path).st_mtime_ns for path in results(folder)}


def complete(folder):
    return {path: stamp for path, stamp in stamps(folder).items() if int(attributes(path).get("complete", 0))}


# ---- brute force: every run to the target, and the median over seeds ----

write("grid.ini", GRID)
call("run", "grid.ini", "--stop=" + TARGET, "--results=brute")


def brute_force(network):
    """The median seconds of every (algorithm, up), resolved ones without what the grid does not say."""
    out = call("table", "brute", "--json", "--metric=time_to(grad_norm_sq,1e-9,%s)" % network)
    points = {}
    for row in json.loads(out.stdout):
        time_to = [value for key, value in row.items() if key.startswith("time_to")][0]
        point = row["algorithm"].split(",")[0], re.sub("(:round=|:value=|,).*", "", row["up"])
        points.setdefault(point, []).append(float(time_to))
    return {point: statistics.median(times) for point, times in points.items()}


def point_of(name):
    """ "DIANA, diana:gamma=theory*2, up=natural" """
    words = name.split(", ")[1:] + ["up=identity"]
    return re.sub(r"\*1$", "", words[0]), words[1][3:]


winner = {}
for network in (WAN, LAN):
    best = brute_force(network)
    order = sorted(best, key=best.get)
    for budget in ("60", "--rounds"):
        shutil.rmtree("results", ignore_errors=True)
        rows = ranking("grid.ini", "--target=" + TARGET, "--network=" + network, *(["--budget=" + budget] if budget != "--rounds" else []))
        first = rows[0]["candidate"] if rows else ", nothing"
        ok(point_of(first) == order[0], "on %s, budget %s: the winner of brute force, %s" % (network, budget, first))
        winner[network] = first
        arrived = [row for row in rows if row["seconds"] is not None]
        same = [point_of(row["candidate"]) == point and abs(float(row["seconds"]) / best[point] - 1) < 1e-12
                for row, point in zip(arrived, order)]
        ok(len(same) > 0 and all(same), "  the first %d of brute force, to the same seconds" % len(same))
        if budget == "60":
            ok(any(row["state"] == "dropped" for row in rows), "  candidates were dropped on the way")
ok(winner[WAN] != winner[LAN], "another network, another winner")

# ---- asked again, on two ranks, killed, stopped ----

words = ["tune", "grid.ini", "--target=" + TARGET, "--network=wan", "--network=" + LAN]
shutil.rmtree("results", ignore_errors=True)
reference = call(*words)
ok(reference.returncode == 0 and reference.stderr == "", "two networks " + reference.stderr.strip())
before, reference_digests = complete("results"), digests("results")
again = call(*words)
ok(again.stdout == reference.stdout and complete("results") == before, "a search that is done says the same and computes nothing")
alone = call(*(words[:-2] + ["--network=" + LAN]))
ok(complete("results") == before and alone.stdout.count("\n1 Gbit/s, 20 ms") == 1, "another network makes use of what is there")
both = call(*(words[:-2] + ["--network=wan," + LAN]))
grid = call(*(words[:-2] + ["--network={wan,1Gbit/s\\,20ms}"]))
ok(both.stdout == reference.stdout and grid.stdout == reference.stdout, "networks between commas, and as a grid")
if shutil.which(truth.mpiexec):
    other = call(*words, "--results=two", ranks=2)
    ok(other.stdout == reference.stdout and digests("two") == reference_digests,
       "two ranks: the same words and digests " + other.stderr.strip())
else:
    truth.skip("two ranks: the same words and digests", "no " + truth.mpiexec)

# Some runs end in the first rung, the others are paused.
write("kill.ini", GRID + "[run short]\nrounds = {5,6,7}\nalgorithm = gd\nseed.noise = 1\n")
far = ["tune", "kill.ini", "--target=" + TARGET, "--network=wan", "--budget=300", "--eta=2"]
undisturbed = call(*far, "--results=undisturbed")
kills, kept, lost, source = 0, 0, 0, random.Random(3)


def changes(folder):
    return {(entry.name, entry.stat().st_mtime_ns) for entry in os.scandir(folder)} if os.path.isdir(folder) else set()


# Killed when it has written some files more, and not after a time: how long a search takes depends on what else runs.
while kills < 4:
    have = complete("killed") if os.path.isdir("killed") else {}
    process = subprocess.Popen([program, *far, "--results=killed"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    seen, more = changes("killed"), source.randint(30, 60)
    while process.poll() is None and more > 0:
        time.sleep(0.005)
        try:
            now = changes("killed")
        except FileNotFoundError:      # renamed since
            continue
        more, seen = more - len(now - seen), now
    if process.poll() is not None:
        break
    process.kill()
    process.wait()
    kills += 1
    now = complete("killed")
    lost += sum(now.get(path) != stamp for path, stamp in have.items())
    kept += len(have)
after = call(*far, "--results=killed")
ok(kills > 1 and kept > 0 and after.stdout == undisturbed.stdout and digests("killed") == digests("undisturbed"),
   "kill -9, %d times: the same words and digests in the end " % kills + after.stderr.strip())
ok(lost == 0, "  no complete result was computed again (%d seen)" % kept)

stopped = subprocess.Popen([program, *far, "--results=stopped"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
while stopped.poll() is None and not (os.path.isdir("stopped") and len(os.listdir("stopped")) > 4):
    time.sleep(0.01)
stopped.send_signal(signal.SIGTERM)
stopped.communicate()
after = call(*far, "--results=stopped")
ok(stopped.returncode in (75, -signal.SIGTERM, 143) and after.stdout == undisturbed.stdout,
   "SIGTERM: it stops (status %s), and goes on when it is asked again" % stopped.returncode)

# ---- the winner as a file, the ranking as a table ----

out = call(*words, "-o", "winner.ini", "--table=t.h5")
ok(out.returncode == 0 and out.stdout == reference.stdout + "wrote winner.ini\n", "the winners are written " + out.stderr.strip())
made = call("run", "winner.ini", "--results=anew")
winners = {os.path.basename(path): attributes(path)["digest"] for path in results("anew")}
ok(made.returncode == 0 and 3 <= len(winners) <= 6 and
   all(attributes(os.path.join("results", name))["digest"] == digest for name, digest in winners.items()),
   "  and run to the same digests (%d runs) %s" % (len(winners), made.stderr.strip()))
ok("kept from before" in call("run", "winner.ini").stdout, "  where results are, they are kept")
rows = ranking("grid.ini", "--target=" + TARGET, "--network=wan," + LAN)
with h5py.File("t.h5") as f:
    names = [name.decode() for name in f["bench/candidate"][...]]
    ok(f.attrs["target"] in (TARGET, TARGET.encode()) and names == [r["candidate"] for r in rows] and
       list(f["bench/rate"][...]) == [r["rate"] for r in rows] and f["bench/seconds"][0] == rows[0]["seconds"] and
       f["bench/slower"][0] == 1 and len(rows) == 32, "  a table has all candidates of all networks")
call("tune", "grid.ini", "--target=" + TARGET, "--network=wan", "--results=results", "-o", "one.ini")
with open("one.ini") as f:
    text = f.read()
ok(text.count("[run ") == 1 and "seed.noise = {1,2,3}" in text and "results" not in text, "  of one network, one section with its seeds")

# ---- ties, edges ----

write("edge.ini", "problem = quadratic\nclients = 4\nrounds = 500\n[run first]\nalgorithm = gd:gamma=theory*{0.1,0.2,0.4}\n"
                  "[run same]\nrounds = 499\nalgorithm = gd:gamma=theory*0.4\n")
edge = call("tune", "edge.ini", "--target=grad_norm_sq:1e-3", "--network=1Mbit/s", "--results=edge")
ok("fastest: first, gd:gamma=theory*0.4" in edge.stdout and
   "at the edge of the grid: 0.4 in algorithm = gd:gamma=theory*0.4 is the largest" in edge.stdout,
   "the winner is at the edge of its grid " + edge.stderr.strip())
ok("as good, to the same second: same\n" in edge.stdout, "a tie is named")
write("inside.ini", "problem = quadratic\nclients = 4\nrounds = 500\n[run first]\nalgorithm = gd:gamma=theory{*0.25,,*1000}\n")
inside = call("tune", "inside.ini", "--target=grad_norm_sq:1e-6", "--network=1Mbit/s", "--results=edge")
ok(inside.returncode == 0 and "fastest: first, gd:gamma=theory, " in inside.stdout and "edge" not in inside.stdout and
   "diverged" in inside.stdout.splitlines()[-4], "no edge inside of the grid; what diverges is the last " + inside.stderr.strip())

# ---- a target that rises; one out of reach ----

write("rises.ini", "problem = logreg\ndataset = synthetic:rows=80\\,d=6\ntest-dataset = synthetic:rows=80\\,d=6\nclients = 4\nrounds = 60\n"
                   "[run GD]\nalgorithm = gd:gamma=theory*{0.01,0.1,1}\n")
rows = ranking("rises.ini", "--target=test_accuracy:1.1", "--network=1Mbit/s", "--results=rises")
values = [row["value"] for row in rows]
ok(values and values == sorted(values, reverse=True), "of an accuracy the larger is the better")
far = call("tune", "grid.ini", "--target=grad_norm_sq:1e-9", "--network=wan", "--budget=9", "--results=far", "-o", "far.ini")
ok(far.returncode == 1 and "no candidate reaches grad_norm_sq:1e-9 on wan" in far.stderr and "give a larger --budget" in far.stderr and
   "none arrives in" in far.stdout and not os.path.exists("far.ini"), "a budget that is too small says so " + far.stderr.strip())
far = call("tune", "edge.ini", "--target=grad_norm_sq:1e-300", "--network=1Mbit/s", "--results=edge")
ok(far.returncode == 1 and "more --rounds" in far.stderr, "runs that have done their rounds " + far.stderr.strip())

# ---- rounds that take no time ----

def silent(run, *more, network="100Mbit/s,20ms"):
    """Clients that send once in many rounds; killed when it does not end."""
    write("silent.ini", "problem = quadratic:d=10\nclients = 2\nrounds = 200\n[run D]\n" + run)
    shutil.rmtree("silent", ignore_errors=True)
    try:
        return subprocess.run([program, "tune", "silent.ini", "--target=grad_norm_sq:1e-2", "--network=" + network, "--results=silent",
                               *more], capture_output=True, text=True, timeout=60)
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess([], -1, "", "it does not end")


diloco = "algorithm = diloco:H={%s},inner=sgd,lr=0.01\n"
for intervals in "50,100", "20,150":
    out = silent(diloco % intervals)
    call("run", "silent.ini", "--results=all-" + intervals)
    times = call("table", "all-" + intervals, "--json", "--metric=time_to(grad_norm_sq,1e-2,100Mbit/s,20ms)").stdout
    least = min(float(value) for row in json.loads(times) for key, value in row.items() if key.startswith("time_to"))
    ok(out.returncode == 0 and 0 < least < 1 and ", %.6g s; the next" % least in out.stdout,
       "clients that send once in %s rounds: timed over more rounds, %g s as of all runs %s" % (intervals, least, out.stderr.strip()))
out = silent(diloco % "500,600")
ok(out.returncode == 1 and "no run takes any time on it; give more --rounds, or the network compute=10ms" in out.stderr and
   out.stderr.count("\n") == 1, "clients that never send: " + out.stderr.strip())

# ---- before anything is run ----

dry = call(*words, "--dry-run", "--results=dry", "--budget=90s")
ok(dry.returncode == 0 and "16 candidates, 28 runs" in dry.stdout and "90 modelled seconds a run" in dry.stdout and
   not os.path.exists("dry"), "--dry-run says what would be and leaves nothing")
refusals = [
    ("no file", ["--target=f:1", "--network=1Mbit/s"], "needs an experiment file"),
    ("no target", ["grid.ini", "--network=wan"], "--target is needed"),
    ("no network", ["grid.ini", "--target=f:1"], "--network is needed"),
    ("a target without a value", ["grid.ini", "--target=grad_norm_sq", "--network=wan"], "METRIC:VALUE"),
    ("a target that is no number", ["grid.ini", "--target=f:x", "--network=wan"], "'x' is not a number"),
    ("a metric that is not there", ["grid.ini", "--target=nonesuch:1", "--network=wan"], "with a metric of f, grad_norm_sq"),
    ("a count", ["grid.ini", "--target=bits_up:1e9", "--network=wan"], "bits_up is a count"),
    ("a network that is not there", ["grid.ini", "--target=f:1", "--network=nowhere"], "there is none called 'nowhere'"),
    ("a network twice", ["grid.ini", "--target=f:1", "--network=wan", "--network=wan"], "given twice"),
    ("measured times", ["grid.ini", "--target=f:1", "--network=wan,compute=measured"], "has a time that is measured"),
    ("a budget", ["grid.ini", "--target=f:1", "--network=wan", "--budget=3 miles"], "--budget must be a time"),
    ("eta", ["grid.ini", "--target=f:1", "--network=wan", "--eta=1"], "eta"),
    ("--stop", ["grid.ini", "--target=f:1", "--network=wan", "--stop=f:2"], "leave out --stop"),
    ("no grid", ["one.ini", "--target=f:1", "--network=1Mbit/s"], "one candidate alone"),
    ("several tasks", ["tasks.ini", "--target=f:1", "--network=1Mbit/s"], "differ in dataset"),
    ("an output of its own", ["output.ini", "--target=f:1", "--network=1Mbit/s"], "leave out output = x.h5"),
    ("a summary of messages", ["summary.ini", "--target=f:1", "--network=1Mbit/s"], "leave out messages = summary"),
    ("a target that is met", ["edge.ini", "--target=grad_norm_sq:1e300", "--network=1Mbit/s"], "before its first round"),
    ("a folder that is not there", ["grid.ini", "--target=f:1", "--network=wan", "-o", "none/w.ini"], "--output"),
]
write("tasks.ini", "rounds = 5\nclients = 2\n[run a]\ndataset = {synthetic:rows=20,synthetic:rows=30}\n")
write("output.ini", "rounds = 5\nclients = 2\n[run a]\noutput = x.h5\nalgorithm = gd:gamma={1,2}\n")
write("summary.ini", "rounds = 5\nclients = 2\nmessages = summary\n[run a]\nalgorithm = gd:gamma={1,2}\n")
for name, given, sentence in refusals:
    out = call("tune", *given, "--results=refused")
    ok(out.returncode == 1 and sentence in out.stderr and out.stderr.count("\n") == 1, "refused: %s: %s" % (name, out.stderr.strip()))
truth.finish()
