#!/usr/bin/python3
"""Curves of one panel are told apart by all readers, in colour and in grey: read from the scripts that laconic plot writes.  TAP.

Vision without one kind of cone is simulated with the matrices of Machado, Oliveira and Fernandes, "A Physiologically-based Model for
Simulation of Color Vision Deficiency", IEEE TVCG 15(6), 2009, severity 1; distances are those of CIELAB (1976)."""
import itertools, math, os, re, shutil, subprocess, sys
sys.dont_write_bytecode = True
import truth
from truth import laconic, ok

if not shutil.which("gnuplot"):
    truth.skip_all("no gnuplot (Debian: gnuplot-nox)")
os.chdir(truth.folder.name)

vision = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
least_apart, least_grey, lightest = 12, 10, 80      # distance of colours; difference in lightness; on white paper

def times(matrix, vector):
    return [sum(a * b for a, b in zip(row, vector)) for row in matrix]

def lab(colour, eye="normal"):
    def linear(c):
        return c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
    seen = [min(1, max(0, c)) for c in times(vision[eye], [linear(int(colour[i:i + 2], 16) / 255) for i in (0, 2, 4)])]
    xyz = times(((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750), (0.0193339, 0.1191920, 0.9503041)), seen)
    f = [t ** (1 / 3) if t > 216 / 24389 else (24389 / 27 * t + 16) / 116 for t in (xyz[0] / 0.95047, xyz[1], xyz[2] / 1.08883)]
    return 116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])

def styles(script):
    """Of each curve: its colour, dashes and marker."""
    lines = dict((m[0], m[1:]) for m in re.findall(r"\$(curve\d+) using 1:2 lw \S+ dt (\S+) lc rgb '#(\w{6})'", script))
    points = dict(re.findall(r"\$(curve\d+) using 1:5 with points pt (\d+)", script))
    assert lines and lines.keys() == points.keys()
    return [(colour, dashes, points[curve]) for curve, (dashes, colour) in sorted(lines.items(), key=lambda item: int(item[0][5:]))]

def faults(script, variants):
    """What two curves of one panel have too much in common.  Dashes or marker must differ, which is all that grey paper may leave, and for
    two series one more of these and of lightness and, for every eye, colour.  Where every series is one curve, colours must differ."""
    found, curves = [], styles(script)
    for i, j in itertools.combinations(range(len(curves)), 2):
        a, b = curves[i], curves[j]
        forms = (a[1] != b[1]) + (a[2] != b[2])
        grey = abs(lab(a[0])[0] - lab(b[0])[0]) >= least_grey
        alike = [eye for eye in vision if math.dist(lab(a[0], eye), lab(b[0], eye)) < least_apart]
        if not forms or (i // variants != j // variants and forms + grey + (not alike) < 2):
            found.append("%s and %s are alike" % (a, b))
        if variants == 1 and alike:
            found.append("%s and %s are alike, %s" % (a[0], b[0], alike[0]))
    return found + ["%s is too light" % c for c, _, _ in curves if lab(c)[0] > lightest]

def draw(series, variants):
    head = "problem = quadratic:d=10\nclients = 2\nrounds = 20\nup = identity\n"
    runs = ["[run S%d]\nalgorithm = gd:gamma={%s}\n" % (s, ",".join("%g" % (0.001 * (1 + s + 10 * v)) for v in range(variants)))
            for s in range(series)]
    with open("p.ini", "w") as f:
        f.write(head + "".join(runs) + "[figure]\nx = round\n")
    for command in ["run", "p.ini"], ["plot", "p.ini", "--formats=svg"]:
        subprocess.run([laconic] + command, check=True, capture_output=True)
    with open("figures/p.gp") as f:
        return f.read()

for series, variants in (1, 1), (2, 1), (5, 1), (8, 1), (2, 4), (4, 2), (3, 2), (2, 3), (1, 8), (1, 12), (3, 8):
    script = draw(series, variants)
    found = faults(script, variants)
    ok(len(styles(script)) == series * variants and not found, "%d series with %d variants are told apart" % (series, variants),
       "".join("\n# " + fault for fault in found))
forms = [(dashes, marker) for _, dashes, marker in styles(draw(8, 2))]
ok(len(forms) == 16 and len(set(forms)) == 16, "8 series with 2 variants differ in dashes or marker", str(sorted(forms)))

# The check itself: every way to spoil these eight curves is found.
script = draw(8, 1)
seen = styles(script)
spoilt = {
    "a colour that another curve has": script.replace("#" + seen[0][0], "#" + seen[1][0]),
    "red and green of one lightness": script.replace("#" + seen[0][0], "#c04040").replace("#" + seen[1][0], "#577d2b"),
    "one marker, of lines with the same dashes": re.sub(r" dt \S+ ", " dt solid ", re.sub(r" pt \d+ ", " pt 7 ", script)),
    "yellow on white": script.replace("#" + seen[2][0], "#f0e442"),
}
for what, text in spoilt.items():
    ok(text != script and faults(text, 1), "found: " + what)
script = draw(1, 8)
ok(faults(re.sub(r" dt \S+ ", " dt solid ", script), 8), "found: variants with the same dashes")
truth.finish()
