#!/usr/bin/python3
"""Pictures of laconic plot, measured: pages, fonts and lines have the sizes that were asked for, and no two texts overlap.  TAP."""
import itertools, os, re, shutil, subprocess, sys, zlib
sys.dont_write_bytecode = True
import truth
from truth import laconic, ok, skip

for program, package in ("gnuplot", "gnuplot-nox"), ("pdftotext", "poppler-utils"):
    if not shutil.which(program):
        truth.skip_all("no %s (Debian: %s)" % (program, package))
os.chdir(truth.folder.name)
column, text = 252 * 72 / 72.27, 516 * 72 / 72.27      # TeX's points in PostScript's

# ---- results, once; figures of any arrangement name them ----

head = "problem = quadratic:d=10,kind=isotropic,noise=0.1\nclients = 2\nrounds = %d\neval = %d\nup = identity\n"
longest = "a method of a very long name, with every option that it has, ×16 and more, which no column of a paper could ever hold"
names = ["EF21", "Größe ∇f(x)", "EControl (ours)", "a & b_c^d {e} %f #g $h ~", "EF21-SGDM, batch = 32", "WWWWWWWWWWWW",
         "iiiiiiiiiiiiiiii", "GD", "compressed SGD", "λ = 0.001, γ = 1/L", "Привет, мир", longest]

def experiment(curves, panels, settings, rounds=60, variants=1, every=1):
    runs = ""
    for i in range(curves):
        gammas = ",".join("%g" % (0.02 * (i + 1) + 0.001 * v) for v in range(variants))
        runs += "[run %s]\nalgorithm = gd:gamma={%s}\nseed = {%s}\n" % (names[i], gammas, ",".join(map(str, range(1, panels + 1))))
    return head % (rounds, every) + runs + "[figure]\npanels = seed\n" + "\n".join(settings) + "\n"

def plot(words, text, formats="pdf", settings=()):
    with open("p.ini", "w") as f:
        f.write(text)
    for command in ["run", "p.ini"], ["plot", "p.ini", "--formats=" + formats, *settings]:
        done = subprocess.run([laconic, *command], capture_output=True, text=True)
        if done.returncode:
            ok(False, words, ": " + done.stderr.strip())
            return False
    return True

# ---- what a PDF has ----

def page():
    out = subprocess.run(["pdfinfo", "figures/p.pdf"], capture_output=True, text=True, check=True).stdout
    return tuple(map(float, re.search(r"Page size: +(\S+) x (\S+) pts", out).groups()))

def words_of(pdf="figures/p.pdf"):
    out = subprocess.run(["pdftotext", "-bbox", pdf, "-"], capture_output=True, text=True, check=True).stdout
    boxes = re.findall(r'<word xMin="(\S+)" yMin="(\S+)" xMax="(\S+)" yMax="(\S+)">(.*)</word>', out)
    return [(tuple(map(float, b[:4])), b[4]) for b in boxes]

def drawing():
    """Sizes of fonts and widths of lines."""
    with open("figures/p.pdf", "rb") as f:
        whole = f.read()
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", whole, re.S):
        try:
            lines = zlib.decompress(stream)
        except zlib.error:
            continue
        if b" Tm" in lines:
            matrix = re.findall(rb"([-\d.]+) ([-\d.]+) [-\d.]+ [-\d.]+ [-\d.]+ [-\d.]+ Tm", lines)
            return ({round(max(abs(float(a)), abs(float(b))), 2) for a, b in matrix},
                    {float(w) for w in re.findall(rb"(?<![\d.])([\d.]+) w\b", lines)})
    raise AssertionError("no text in the picture")

def faults():
    """Words outside of the page, and words upon each other.  A box has room above and below its letters, which is nobody's."""
    width, height = page()
    found, boxes = [], []
    for (x0, y0, x1, y1), word in words_of():
        if x0 < 0 or y0 < 0 or x1 > width or y1 > height:
            found.append("'%s' leaves the page" % word)
        cut = 0.2 * min(x1 - x0, y1 - y0)
        boxes.append((x0 + min(cut, 0.3), y0 + cut, x1 - min(cut, 0.3), y1 - cut, word))
    for a, b in itertools.combinations(boxes, 2):
        if a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]:
            found.append("'%s' lies on '%s'" % (a[4], b[4]))
    return found

# ---- no overlaps, whatever is drawn ----

caption = "caption = " + "A caption that is longer than a line, with words_of_every_length, 1e-9 and λ. " * 4
title = "title = A title that may be longer than the column in which it stands, as titles often are"
for curves, panels, variants, width, more in (
        (1, 1, 1, "column", []), (2, 1, 1, "column", [title, caption]), (3, 1, 2, "column", ["legend = a legend of its own"]),
        (5, 1, 1, "column", []), (12, 1, 1, "column", [title]), (12, 1, 1, "text", [caption]), (4, 1, 10, "column", []),
        (12, 2, 1, "text", []), (3, 2, 1, "column", ["x = round, bits_up_per_client"]), (6, 3, 1, "text", [title, caption]),
        (5, 4, 1, "column", []), (11, 5, 1, "text", []), (4, 5, 3, "text", []), (2, 6, 1, "text", ["x = bits_up, oracle_calls"]),
        (2, 5, 1, "text", ["x = bits_per_client"]),
        (3, 6, 1, "column", ["xscale = log"]), (7, 6, 1, "text", ["font = DejaVu Serif,10"]), (2, 2, 1, "40mm", ["font = 6"]),
        (3, 1, 1, "text", ["yscale = linear"])):
    what = "%d curves in %d panels, %s%s" % (curves * variants, panels, width, ", " + ", ".join(s[:20] for s in more) if more else "")
    if plot(what, experiment(curves, panels, ["width = " + width] + more, variants=variants)):
        found = faults()
        ok(not found and len(words_of()) > 10, what, "".join("\n# " + f for f in found))

# Labels of axes beside each other keep apart.
for panels in 3, 5:
    if plot("labels", experiment(2, panels, ["x = round, bits_per_client"])):
        ends, starts = ([box[k] for box, word in words_of() if word == w] for w, k in (("client", 2), ("kbit", 0)))
        gaps = [b - a for a, b in zip(sorted(ends), sorted(starts)[1:])]
        ok(len(gaps) == panels - 1 and min(gaps) > 4, "labels below %d panels are %.1f points apart" % (panels, min(gaps, default=0)))

# An axis of logarithms that has one power of ten, or none.
for rounds, every, width in (30, 10, "column"), (30, 10, "text"), (80, 20, "column"), (300, 4, "column"), (60, 7, "text"):
    what = "a logarithmic axis from %d to %d, %s" % (every, rounds, width)
    if plot(what, experiment(2, 3, ["x = round", "xscale = log", "width = " + width], rounds, every=every)):
        found = faults()
        ok(not found, what, "".join("\n# " + f for f in found))

# How high a panel is says how many decimals its numbers have, and these how much room is left for it.
for most, width in itertools.product((1.2, 2.1, 4.1), ("column", "text")):
    what = "a linear axis from 0 to %g, %s" % (most, width)
    if plot(what, experiment(2, 1, ["y = grad_norm_sq_relative", "yscale = linear", "ymin = 0", "ymax = %g" % most, "width = " + width])):
        found = faults()
        ok(not found, what, "".join("\n# " + f for f in found))

# ---- sizes ----

for settings, width, height in ((["width = column"], column, None), (["width = text", "height = 60mm"], text, 60 * 72 / 25.4),
                                (["width = 3in"], 216, None), (["width = 12cm", "height=200bp"], 12 * 72 / 2.54, 200)):
    what = ", ".join(settings)
    if plot(what, experiment(3, 2, settings)):
        seen = page()
        ok(0 <= width - seen[0] < 1 and (height is None or 0 <= height - seen[1] < 1), what + ": so is the page (%g x %g)" % seen)
if plot("font", experiment(3, 2, ["width = column"])):
    sizes, lines = drawing()
    ok({8.0, 7.5} < sizes and min(sizes) >= 6, "texts of 8 points and none below 6: %s" % sorted(sizes))
    ok(1.0 in lines, "curves 1 point wide: %s" % sorted(lines))
if plot("font", experiment(3, 2, ["width = text", "font = DejaVu Serif,11", "linewidth = 1.7"])):
    sizes, lines = drawing()
    ok({11.0, 10.5} < sizes, "font = 11: texts of 11 points: %s" % sorted(sizes))
    ok(1.7 in lines, "linewidth = 1.7: so are the curves: %s" % sorted(lines))
    fonts = subprocess.run(["pdffonts", "figures/p.pdf"], capture_output=True, text=True, check=True).stdout.splitlines()[2:]
    ok(fonts and all("DejaVuSerif" in f for f in fonts), "font = DejaVu Serif: and no other (%s)" % [f.split()[0] for f in fonts])
    ok(fonts and all(re.search(r" yes (yes|no) +(yes|no) ", f) for f in fonts), "embedded")

with open("p.ini", "w") as f:
    f.write(experiment(2, 1, ["font = No-such family,9"]))
subprocess.run([laconic, "run", "p.ini"], capture_output=True)
said = subprocess.run([laconic, "plot", "p.ini", "--formats=pdf"], capture_output=True, text=True).stdout
if shutil.which("fc-match"):
    ok("No-such family is not on this machine" in said, "a font that is not here is told: %s" % re.findall("note.*", said))
    said = subprocess.run([laconic, "plot", "p.ini", "--formats=pdf", "--font=DejaVu Sans"], capture_output=True, text=True).stdout
    ok("drew" in said and "note" not in said, "... one that is, is not")
else:
    skip("a font that is not here is told", "no fc-match")

# ---- what is shown ----

words = [title, "caption = captionword here"]
shown = {"title": "longer", "caption": "captionword", "legend": "EF21", "none": None}
for what in shown:
    if plot(what, experiment(1, 2, words + ["show = " + what])):
        seen = {w for _, w in words_of()}
        ok(all((word in seen) == (part == what) for part, word in shown.items() if word), "show = " + what)
if plot("--show", experiment(1, 2, words), settings=["--show=title", "--width=100mm"]):
    ok(abs(page()[0] - 283) < 1 and "captionword" not in {w for _, w in words_of()}, "the same as options of the command")

# ---- LaTeX ----

document = r"""\documentclass[10pt,twocolumn]{article}
\usepackage[textwidth=516pt,columnsep=12pt]{geometry}
\usepackage{graphicx,color}
\begin{document}
\begin{figure}\input{p}\end{figure}
\end{document}
"""
if plot("tex", experiment(6, 2, ["width = column", title, caption]), formats="pdf,tex"):
    files = sorted(os.listdir("figures"))
    ok(files == ["p-tex.pdf", "p.dat", "p.gp", "p.pdf", "p.tex"], "tex and pdf side by side: %s" % files)
    with open("figures/p.tex") as f:
        tex = f.read()
    ok(r"$\|\nabla f(x)\|^2$" in tex and r"a \& b\_c\textasciicircum{}d \{e\}" in tex, "math, and names that LaTeX would read are escaped")
    if shutil.which("pdflatex"):
        with open("figures/doc.tex", "w") as f:
            f.write(document)
        done = subprocess.run(["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "doc.tex"], cwd="figures", capture_output=True)
        log = done.stdout.decode("latin-1")
        ok(done.returncode == 0 and "Overfull" not in log, "pdflatex takes it, and it fits into a column of 252pt",
           "".join("\n# " + line for line in log.splitlines() if line.startswith("!")))
        fonts = subprocess.run(["pdffonts", "figures/doc.pdf"], capture_output=True, text=True).stdout
        ok("CMR8" in fonts and "DejaVu" not in fonts, "texts have the document's font")
    else:
        skip("pdflatex takes it", "no pdflatex (Debian: texlive-latex-base)")

truth.finish()
