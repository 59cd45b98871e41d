#!/usr/bin/python3
"""laconic model against other people's numbers and other formulas: compute utilisation (truth of two simulators, where it is here), volume
and speed-up of 1-bit Adam, sparse all-gather against dense ring, order statistics of stragglers.  TAP."""
import csv, math, os, random, sys
sys.dont_write_bytecode = True
import truth
from truth import ok, scratch
import h5py


def model(spec):
    """The columns of a table that laconic model wrote."""
    path = scratch("model.h5")
    made = truth.command(["model", spec, "-o", path])
    if made.returncode:
        print("# " + made.stderr.strip())
        sys.exit(99)
    with h5py.File(path) as f:
        return {name: [x.decode() if isinstance(x, bytes) else x for x in set_[:]] for name, set_ in f["bench"].items()}, dict(f.attrs)


def refused(what, sentence, *words):
    made = truth.command(["model", *words])
    good = made.returncode == 1 and sentence in made.stderr and made.stderr.count("\n") == 1
    ok(good, what, "" if good else ": %d %s" % (made.returncode, made.stderr.strip()))


def near(a, b, tolerance):
    return abs(a - b) <= tolerance * max(abs(a), abs(b))


# ---- utilisation ----

names = {"dp": "data parallel", "diloco": "DiLoCo", "stream": "streaming", "ovl": "overlapped", "ovlfp4": "overlapped FP4",
         "stream_tau0": "streaming", "stream_tau1": "overlapped", "stream_tau1_fp4": "overlapped FP4"}


def compare_curves(what, file, way, spec):
    """All points of a CSV of model, method, rate, utilisation, which has 10 and 12 digits."""
    root = os.path.join(os.environ.get("LACONIC_TRUTH", "/nonexistent"), "diloco", file)
    if not os.path.exists(root):
        truth.skip(what, "LACONIC_TRUTH has no diloco/" + file)
        return
    t, _ = model(spec)
    ours = {}
    for row in zip(t["model"], t["method"], t["way"], t["rate"], t["utilisation"]):
        if row[2] == way:
            ours.setdefault(row[:2], []).append(row[3:])
    rows = [r for r in csv.reader(l.split("#")[0].strip() for l in open(root)) if r and r[0] != "model"]
    place, bad, seen = {}, [], 0
    for m, method, rate, cu in rows:
        key = (m, names[method])
        i = place[key] = place.get(key, -1) + 1
        seen += 1
        if not (near(ours[key][i][0], float(rate), 1e-9) and near(ours[key][i][1], float(cu), 2e-9)):
            bad.append((key, rate, cu, ours[key][i]))
    ok(seen == 750 and not bad, "%s: %d points, relative error at most 2e-9" % (what, seen),
       ": %d bad, %s" % (len(bad), bad[:1]) if bad else "")


compare_curves("utilisation, buckets = the author's simulator (32 buckets, 400 steps)", "sim_web.csv", "buckets",
               "utilisation:buckets=32,steps=400")
compare_curves("utilisation, layers = the paper's graph of layers", "sim_dag.csv", "layers", "utilisation")

t, attributes = model("utilisation")
ok(attributes["model"] == "utilisation:table=curves,buckets=128,steps=2000" and attributes["reference"] == "arXiv:2501.18512",
   "a table says which model made it, with all options, and the paper")
rows = list(zip(t["model"], t["method"], t["way"], t["rate"], t["utilisation"]))
of = {way: {(m, k, r): u for m, k, w, r, u in rows if w == way} for way in ("closed", "buckets")}
far = max(abs(u - of["buckets"][key]) for key, u in of["closed"].items())
ok(len(of["closed"]) == 750 and far < 1e-9, "closed = buckets, at 750 points: %.2g" % far)

published = {}
for m, method, way, rate, u in rows:
    if way == "published":
        published[m, method, round(100 * u)] = rate
th, _ = model("utilisation:table=thresholds")
ok(all(d == abs(s) for d, s in zip(th["distance"], th["steps"])), "a distance is the absolute value of steps")
rows = list(zip(th["model"], th["method"], th["way"], th["level"], th["rate"], th["published"], th["steps"]))
ok(len(rows) == 225 and len(published) == 75 and all(published[m, k, round(level)] == p for m, k, w, level, r, p, s in rows),
   "thresholds stand beside the published 75")
grid = [10 ** (-1 + 4 * i / 49) for i in range(50)]
wrong = 0
for m, method, way, level, rate, p, steps in rows:
    first = next((i for i, u in enumerate([u for mm, k, w, r, u in zip(t["model"], t["method"], t["way"], t["rate"], t["utilisation"])
                                            if (mm, k, w) == (m, method, way)]) if u >= level / 100), 50)
    nearest = min(range(50), key=lambda i: abs(math.log(grid[i] / p)))
    wrong += steps != first - nearest or not (first == 50 and math.isinf(rate) or near(rate, grid[min(first, 49)], 1e-12))
ok(wrong == 0, "thresholds and their distances follow from the curves: %d of 225 do not" % wrong)
for m, b in (("1B", 12.0), ("10B", 7.5), ("100B", 5.4)):
    rate = next(r for mm, k, w, level, r, p, s in rows if (mm, k, w, level) == (m, "overlapped", "closed", 99))
    ok(rate / 1.2068 <= b <= rate * 1.0001 or abs(math.log(rate / b)) < math.log(1.2068),
       "99 %% with overlap needs S/(P (tau + 2/3) T) = %.1f Gbit/s for %s: %.3g on the grid" % (b, m, rate))

# ---- 1-bit Adam ----

a, _ = model("onebit_adam")
rows = list(zip(a["warmup"], a["rate"], a["dense"], a["onebit"], a["seconds"], a["speedup"], a["volume"]))
bad = 0
for w, rate, dense, onebit, seconds, speedup, volume in rows:
    w = float(w.rstrip("%")) / 100
    t32 = 2 * 63 / 64 * 340e6 / (rate * 1e9)      # seconds of 1 bit a parameter
    bad += not (near(dense - 0.1668, 16 * t32, 1e-9) and near(onebit - 0.1668, t32, 1e-6) and
                near(speedup, dense / (w * dense + (1 - w) * onebit), 1e-12) and near(seconds, dense / speedup, 1e-12) and
                near(volume, 1 / (w + (1 - w) / 16), 1e-12))
ok(len(rows) == 200 and bad == 0, "1-bit Adam: time, speed-up and volume at 200 points")
ok(all(abs(r[6] - 4.923) < 5e-4 for r in rows if r[0] == "15%"), "1-bit Adam: 4.92 times less volume with 15 % of warm-up")
slowest = {r[0]: r for r in rows if r[1] == min(x[1] for x in rows)}
ok(all(r[5] <= r[6] * (1 + 1e-12) for r in rows) and all(near(r[5], r[6], 0.06) for r in slowest.values()),
   "1-bit Adam: the speed-up tends to the volume where the exchange is all, and is never above it")

# ---- DGC ----

g, _ = model("dgc")
rows = list(zip(g["density"], g["ranks"], g["gathered"], g["reduced"], g["ratio"], g["crossover"]))
bad = 0
for density, p, gathered, reduced, ratio, crossover in rows:
    kept = float(density.rstrip("%")) / 100
    bad += not (near(gathered, (p - 1) * kept * 25557032 * 64, 1e-9) and near(reduced, 2 * (p - 1) / p * 32 * 25557032, 1e-9) and
                near(ratio, p / crossover, 1e-9) and (ratio < 1) == (gathered < reduced))
ok(len(rows) == 52 and bad == 0, "DGC: bits of all-gather and ring, and their ratio, at 52 points")
ok({r[0]: round(r[5], 6) for r in rows} == {"0.01%": 10000, "0.1%": 1000, "1%": 100, "10%": 10},
   "DGC: crossovers of 1000 ranks at 0.1 %, 100 at 1 %")

# ---- stragglers ----

s, _ = model("stragglers")
everything = list(zip(s["law"], s["waits_for"], s["clients"], s["first"], s["formula"], s["seconds"], s["standard_error"], s["sigmas"],
                      s["way"]))
rows = [r for r in everything if r[8] == "draws"]
ok(all(r[4] == r[5] and math.isnan(r[7]) for r in everything if r[8] == "formula") and len(everything) == 144,
   "stragglers: a row for the formula and one for the draws")
at = {(r[0], r[1], int(r[2])): r[4] for r in rows}
n = 64
harmonic = sum(1 / j for j in range(1, n + 1))
expected = {"exponential": 1 + harmonic / 2, "two": 1 + 3 * (1 - 0.95 ** n),
            "pareto": math.exp(math.lgamma(n + 1) + math.lgamma(1 - 1 / 3) - math.lgamma(n + 1 - 1 / 3))}
ok(all(near(at[law, "all", n], e, 1e-12) for law, e in expected.items()), "stragglers: E max of 64 = the published formulas")
ok(near(at["exponential", "50%", n], 1 + (harmonic - sum(1 / j for j in range(1, 33))) / 2, 1e-12),
   "stragglers: the 32 fastest of 64 take a + (H_64 - H_32)/mu")
source, draws = random.Random(3), 4000
times = {"exponential": lambda: 1 + source.expovariate(2), "pareto": lambda: source.paretovariate(3),
         "two": lambda: 4 if source.random() < 0.05 else 1}
bad = []
for law, draw in times.items():
    for words, share in (("all", 1), ("90%", 0.9), ("50%", 0.5)):
        values = [sorted(draw() for _ in range(16))[math.ceil(share * 16 - 1e-9) - 1] for _ in range(draws)]
        mean = sum(values) / draws
        error = math.sqrt(sum((v - mean) ** 2 for v in values) / draws / draws) + 1e-3
        if abs(mean - at[law, words, 16]) > 4 * error:
            bad.append((law, words, mean, at[law, words, 16]))
ok(not bad, "stragglers: formulas of 16 clients against draws of Python", ": %s" % bad if bad else "")
ok(len(rows) == 72 and all(r[7] <= 4 for r in rows),
   "stragglers: draws of networks agree with the formulas, 72 means within 4 standard errors",
   ": worst %.3g" % max(r[7] for r in rows))
other, _ = model("stragglers:seed=2")
ok(other["formula"] == s["formula"] and other["seconds"] != s["seconds"], "stragglers: another seed has other draws and the same formulas")

# ---- exchange ----

codecs = scratch("codecs.h5")
made = truth.command(["bench", "compressors", "--compressors=identity/sign/topk:k=1%", "--size=1000", "--size=1e5", "--input=gaussian",
                      "--input=heavy", "--seconds=0.001", "-o", codecs])
with h5py.File(codecs) as f:
    bench = [dict(zip(("name", "input", "d", "encode", "decode", "bits"), row)) for row in zip(*(
        f["bench"][k][:].tolist() for k in ("compressor", "input", "d", "encode_rate", "decode_rate", "bits_written")))]
codec = {(b["name"].decode(), b["d"]): (8e-9 * b["d"] * (1 / b["encode"] + 1 / b["decode"]), b["bits"] * b["d"])
         for b in bench if b["input"] == b"gaussian" and b["name"] != b"memcpy"}
e, _ = model("exchange:bench=%s,a_decade=2" % codecs)
rows = list(zip(e["compressor"], e["d"], e["rate"], e["seconds"], e["gain"], e["wins"], e["pays_below"]))
good, firsts = 0, 0
for name, d, rate, seconds, gain, wins, below in rows:
    all_of = {other: c + bits / rate for (other, length), (c, bits) in codec.items() if length == d}
    (c, bits), (c0, bits0) = codec[name, d], codec["identity", d]
    pays = math.nan if name == "identity" else (bits0 - bits) / (c - c0) if c > c0 else math.inf
    good += near(seconds, all_of[name], 1e-12) and near(gain, all_of["identity"] / all_of[name], 1e-12) and \
        wins == (min(all_of, key=all_of.get) == name) and \
        (math.isnan(pays) and math.isnan(below) or pays == below or near(pays, below, 1e-9))
    firsts += wins
ok(good == len(rows) == 66 and firsts == 22,
   "exchange: %d of %d rows follow from the measured codecs, and each of 11 rates and 2 lengths has a first" % (good, len(rows)))
refused("no measurements", "bench:", "exchange:bench=%s" % scratch("nowhere.h5"))
refused("an input that was not measured", "no compressor with input ties", "exchange:bench=%s,input=ties" % codecs)
refused("a dense codec that was not measured", "dense: f32 was not measured", "exchange:bench=%s,dense=f32" % codecs)
refused("a table without codecs", "has no column 'compressor'", "exchange:bench=%s" % scratch("model-of-dgc.h5")) \
    if truth.command(["model", "dgc", "-o", scratch("model-of-dgc.h5")]).returncode == 0 else ok(0, "a table of dgc", "")

# ---- bad input ----

refused("an unknown model", "there is no model 'utilization'; did you mean utilisation; laconic model lists them", "utilization")
refused("an unknown option", "did you mean buckets?", "utilisation:bucket=3")
refused("an option out of range", "ranks", "onebit_adam:ranks=1")
refused("no name for a file", "which model?", "-o", scratch("x.h5"))
refused("a file of another kind", "must end in .h5", "dgc", "-o", scratch("x.csv"))
refused("two models", "one model at a time", "dgc", "stragglers")
refused("a folder that is not there", "", "dgc", "-o", scratch("nowhere/x.h5"))
printed = truth.command(["model", "dgc", "--csv"]).stdout.splitlines()
ok(printed[0] == "density,ranks,gathered,reduced,ratio,crossover,less" and len(printed) == 53, "--csv prints the table")
truth.finish()
