#!/usr/bin/python3
"""Trajectories computed elsewhere: DGC, 1-bit Adam and SPSA of LACONIC_TRUTH/diloco.  TAP."""
import math, os, sys
sys.dont_write_bytecode = True
import truth

root = truth.find("diloco")
tolerance, clients = 1e-9, 4


def table(name):
    return truth.table("%s/%s" % (root, name))


def problem(letter):
    """Options of problem A or B."""
    head, *rows = table("data_%s.csv" % letter)
    data = truth.write_rows(letter + ".libsvm", [(r[1], r[2:]) for r in rows])
    x0 = truth.write("x0_" + letter, [r[0] for r in table("theta0_%s.csv" % letter)[1:]])
    return ["--problem=logreg:reg=l2,lambda=0.01", "--dataset=%s:d=%d" % (data, len(head) - 2), "--clients=%d" % clients,
            "--x0=file:path=" + x0]


dgc = "dgc:gamma=0.2,mu=0.9,clip=0.5"
sparse = ["--up=schedule:values=16/8,every=8+topk:k=4"]
signs = ["--up=sign:scale=l2,zero=plus", "--down=sign:scale=l2,zero=plus"]
adam = "onebit_adam:gamma=0.005,beta1=0.9,beta2=0.99,eps=1e-8,freeze="
spsa = "spsa:gamma=0.2,eps=0.001,code=%s,scale=%s"
codes = {"exact": "exact", "byte8": "byte", "log9": "log9"}


def method(name):
    """The letter of the problem and the options, or None."""
    if name.startswith("dgc_"):
        extra = {"momentum": "", "nesterov": ",nesterov=yes", "nomask": ",mask=no", "nocorrection": ",correction=no",
                 "nocorr": ",correction=no", "plain": ",correction=no"}.get(name[4:])
        return extra is not None and ("B", ["--algorithm=" + dgc + extra] + sparse)
    if name == "dense_msgd":
        return "B", ["--algorithm=dgc:gamma=0.2,mu=0.9,mask=no", "--up=identity"]
    if name.startswith("onebit_adam"):
        wd = {"onebit_adam": "", "onebit_adam_wd": ",wd=0.01"}.get(name)
        return wd is not None and ("B", ["--algorithm=%s20%s" % (adam, wd)] + signs)
    if name == "adam_nobias":
        return "B", ["--algorithm=%s0" % adam]
    if name.startswith("spsa_") and name.count("_") == 2:
        code, scale = name.split("_")[1:]
        z = "--replay.direction=%s/spsa_z.csv" % root
        return code in codes and ("A", ["--algorithm=" + spsa % (codes[code], scale), z])
    return None


def gap(ours, theirs):
    return max(abs(a - float(b)) / max(1e-3, abs(float(b))) for a, b in zip(ours, theirs))


def compare(options, head, rows):
    """F at every step; x in the middle and at the end; the same digest on any number of ranks."""
    first, half = head.index("th0"), len(rows) // 2
    digest = None
    for ranks, steps in (1, len(rows) - 1), (3, len(rows) - 1), (1, half):
        run = truth.Run(options + ["--rounds=%d" % steps], ranks)
        if run.error:
            return run.error
        for t in range(steps + 1):
            if not abs(run.trace["f"][t] - float(rows[t][1])) <= tolerance * abs(float(rows[t][1])):
                return "step %d: F is %.17g, not %s" % (t, run.trace["f"][t], rows[t][1])
        if gap(run.x, rows[steps][first:]) > tolerance:
            return "x after step %d differs by %.1e" % (steps, gap(run.x, rows[steps][first:]))
        if steps == len(rows) - 1:
            digest = digest or run.attrs["digest"]
            if digest != run.attrs["digest"]:
                return "another digest on %d ranks" % ranks
    return None


def bits(options, expected, rounds):
    """Of all clients, up, before each round."""
    run = truth.Run(options + ["--rounds=%d" % rounds])
    if run.error:
        return run.error
    ours, sums = [int(b) for b in run.trace["bits_up"]], [0]
    for t in range(rounds):
        sums.append(sums[-1] + clients * expected(t))
    return None if ours == sums else "bits are %s, not %s" % (ours[-3:], sums[-3:])


def held_errors(options, rows):
    """The norms of what each client of 1-bit Adam did not send, after some steps."""
    for row in rows[0], rows[1], rows[len(rows) // 2]:
        held = truth.clients_after(options + ["--rounds=60"], int(row[0]))
        if isinstance(held, str):
            return held
        for k in range(clients):
            ours = math.sqrt(sum(v * v for v in held[k][0][:64]))
            if abs(ours - float(row[9 + k])) > tolerance:
                return "after step %s client %d holds back %.17g, not %s" % (row[0], k, ours, row[9 + k])
    return None


def same_codes(options, head, rows):
    """The codes of the truth, from the bits of the server's messages: x follows them, and so does every copy of x."""
    out = truth.scratch("copies.h5")
    done = truth.command(["run", *options, "--rounds=50", "-o", out, "--force", "--pause=25"], 3)
    if done.returncode != 75:
        return done.stderr.strip() or "exit status %d" % done.returncode
    with truth.h5py.File(out + ".checkpoint") as file:
        server, mirror = file["server"][:].reshape(-1)[:12], file["mirror"][:].reshape(-1)[:12]
    if server.tobytes() != mirror.tobytes():
        return "the server and the clients hold another x"
    at = head.index("th0")
    return None if gap(server, rows[25][at:]) < tolerance else "x after step 25 differs by %.1e" % gap(server, rows[25][at:])


B, A = problem("B"), problem("A")
for file in sorted(os.listdir(root)):
    found = method(file[:-4]) if file.endswith(".csv") else None
    if not found:
        continue
    letter, options = found
    head, *rows = table(file)
    options = (A if letter == "A" else B) + options
    truth.report(file[:-4], compare(options, head, rows))
    if file == "onebit_adam.csv":
        truth.report("onebit_adam: bits of 20 steps in full, then a bit a coordinate and a scale",
                     bits(options, lambda t: 64 * 64 if t < 20 else 64 + 64, 40))
        if os.path.exists(root + "/onebit_adam_aux.csv"):
            truth.report("onebit_adam: what each client holds back", held_errors(options, table("onebit_adam_aux.csv")[1:]))
    if file.startswith("spsa_"):
        width = {"exact": 64, "byte": 8, "log9": 9}[codes[file.split("_")[1]]]
        truth.report(file[:-4] + ": bits", bits(options, lambda t, width=width: width, 20))
        truth.report(file[:-4] + ": copies of x", same_codes(options, head, rows))
truth.finish()
