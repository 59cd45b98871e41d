#!/usr/bin/python3
"""laconic report: the page is one whole file with the numbers of the other commands; in a browser it works from the disk, with a keyboard
and for a screen reader, and it shows a sweep that runs.  TAP."""
import glob, html, html.parser, json, os, re, shutil, signal, subprocess, sys, time
sys.dont_write_bytecode = True
import truth
from truth import laconic, ok, skip

os.chdir(truth.folder.name)
HOSTILE = """<script>document.title = 'taken'</script> "double" 'single' & </td> {/Bold x} @y"""

with open("small.ini", "wb") as f:
    f.write(("""problem = quadratic
clients = 4
rounds  = 200
[run %s]
algorithm = ef21:gamma=theory-qm*{1,4,256}
up = topk:k=1
[run GD]
algorithm = gd:gamma=theory-qm
[figure]
title   = A title </script><img src=x onerror=alert(1)> END
caption = ' onclick='alert(1)
x       = round, bits_up_per_client
""" % HOSTILE).encode().replace(b"END", b"\xff\xfe byte"))
with open("small.claims", "w") as f:
    f.write("""[claim true]
says     = gradient <b>descent</b> descends
left     = last(grad_norm_sq) of label=GD
relation = <
right    = first(grad_norm_sq) of label=GD
[claim false]
says     = the largest step helps
left     = last(grad_norm_sq) of factor=256
relation = <
right    = last(grad_norm_sq) of factor=1, label=%s
[claim untested]
says     = nothing was run with 7 clients
left     = last(f) of clients=7
relation = <
right    = 1
""" % HOSTILE.replace(",", ""))

def call(*words, **more):
    return subprocess.run([laconic, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace", **more)

def text_of(path):
    with open(path, "rb") as f:
        return f.read().decode()      # an error when a byte is not UTF-8

# ---- reading a page without a browser ----

VOID = {"meta", "input", "br", "img", "link", "hr"}

class Page(html.parser.HTMLParser):
    """Elements of a page, and what is wrong with its nesting."""

    def __init__(self, text):
        super().__init__()
        self.open, self.all, self.faults, self.tables, self.json = [], [], [], {}, {}
        self.cell = self.row = self.table = self.script = None
        self.feed(text)
        self.faults += ["<%s> is not closed" % name for name in self.open]

    def handle_starttag(self, name, attributes):
        a = dict(attributes)
        self.all.append((name, a))
        if len(a) != len(attributes):
            self.faults.append("<%s> has an attribute twice" % name)
        if name not in VOID:
            self.open.append(name)
        if name == "table":
            self.table = self.tables.setdefault(a.get("id"), [])
        elif name == "tr" and self.table is not None:
            self.row = []
            self.table.append(self.row)
        elif name in ("td", "th") and self.row is not None:
            self.cell = ""
        elif name == "script":
            self.script = a.get("id", "code") if a.get("type") == "application/json" else None

    def handle_startendtag(self, name, attributes):
        self.all.append((name, dict(attributes)))

    def handle_endtag(self, name):
        if not self.open or self.open.pop() != name:
            self.faults.append("</%s> closes another element" % name)
        if name in ("td", "th") and self.cell is not None:
            self.row.append(" ".join(self.cell.split()))
            self.cell = None
        elif name == "script":
            self.script = None

    def handle_data(self, text):
        if self.cell is not None:
            self.cell += text
        if self.script:
            self.json[self.script] = self.json.get(self.script, "") + text

def attributes(page, name):
    return [a[name] for _, a in page.all if name in a]

def names(page):
    return [name for name, _ in page.all]

def headings_in_order(page):
    levels = [int(name[1]) for name in names(page) if re.fullmatch("h[1-6]", name)]
    return levels.count(1) == 1 and levels[0] == 1 and all(b <= a + 1 for a, b in zip(levels, levels[1:]))

def outside(page):
    """What would ask a network or another file."""
    return [(name, key, a[key]) for name, a in page.all for key in ("src", "href", "xlink:href", "action", "data", "poster", "srcset")
            if key in a and not (a[key] or "").startswith("#")] + [u for a in attributes(page, "style") for u in re.findall(r"url\(", a)]

def contrast(a, b):
    def luminance(c):
        parts = [int(c[i:i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)

# ---- before there is any result ----

done = call("report", "small.ini", "--out=before.html", "--results=res ults")
before = text_of("before.html") if done.returncode == 0 else ""
ok(done.returncode == 0, "results that are not there are no error", done.stderr)
ok("laconic run small.ini '--results=res ults'" in before, "the page tells the command that computes what is missing")
ok(len(re.findall(r'class="state">missing<', before)) == 4, "every missing run is listed")
ok("NOT TESTED" in before and "HOLDS" not in before, "claims without results are not tested")
ok('id="live"' not in before and "http-equiv=\"refresh\"" not in before, "without --watch the page does not load itself again")

# ---- with all results ----

ok(call("run", "small.ini", "--results=res ults").returncode == 0, "the runs")
done = call("report", "small.ini", "--out=page.html", "--results=res ults")
ok(done.returncode == 0 and "4 of 4 runs done" in done.stdout, "the page", done.stderr)
text = text_of("page.html")
page = Page(text)
has_gnuplot = shutil.which("gnuplot") is not None
ok(not page.faults, "every element is closed where it was opened", "".join("\n# " + f for f in page.faults[:5]))
ids = attributes(page, "id")
ok(len(ids) == len(set(ids)), "no id stands twice")
referred = [i for key in ("aria-labelledby", "aria-describedby", "for") for a in attributes(page, key) for i in a.split()]
referred += [a[1:] for a in attributes(page, "href") + attributes(page, "xlink:href") if a.startswith("#")]
ok(set(referred) <= set(ids), "every id that is referred to is there", str(set(referred) - set(ids)))
ok(not outside(page), "nothing is taken from outside of the file", str(outside(page)[:3]))
ok(not re.search(r"@import|url\(\s*['\"]?(?!#)", text), "nor by the style")
policies = [a.get("content", "") for name, a in page.all if a.get("http-equiv", "").lower() == "content-security-policy"]
ok(len(policies) == 1 and "default-src 'none'" in policies[0] and "script-src 'sha256-" in policies[0], "a policy forbids any other script")
ok(("html", {"lang": "en"}) in page.all and headings_in_order(page), "the language, and headings in order")
ok(all(names(page).count(n) == 1 for n in ("header", "nav", "main", "footer")), "landmarks")
ok(names(page).count("table") == names(page).count("caption") > 3, "every table has a caption")
ok(all("scope" in a for n, a in page.all if n == "th"), "every head of a column or row says which")
ok("onerror" not in [k for _, a in page.all for k in a] and names(page).count("script") == 2 and "b" not in names(page),
   "texts of the files are no markup")
ok(text.count("\ufffd") == 0 and "?? byte" in text, "bytes that are not UTF-8 are replaced")
if has_gnuplot:
    ok(any(n == "svg" and a.get("role") == "img" for n, a in page.all) and "title" in names(page) and "desc" in names(page),
       "the drawing has a name and a description")
else:
    skip("the drawing has a name and a description", "no gnuplot")
data = json.loads(page.json["part1-data"])
ok(len(data["curves"]) == 4 and data["series"][0]["name"] == HOSTILE, "the data of the chart are JSON with the label as it is")
schemes = re.findall(r":root \{(.*?)\}", text, re.S)[:2]
worst = 99
for scheme in schemes:
    c = dict(re.findall(r"--(\w+): (#\w{6})", scheme))
    words = ("text", "soft", "link", "holds", "fails", "untested", "running")
    worst = min([worst] + [contrast(c[t], c[g]) for t in words for g in ("ground", "raised")])
ok(len(schemes) == 2 and worst >= 4.5, "texts have a contrast of at least 4.5, in the dark too", " (%.1f)" % worst)

# ---- the numbers are those of the other commands ----

def table_of_command():
    """laconic table --markdown as rows of cells."""
    lines = call("table", "small.ini", "--results=res ults", "--markdown").stdout.splitlines()
    rows = [re.split(r"(?<!\\) *\| *", line.strip("| ")) for line in lines]
    return [[re.sub(r"\\(.)", r"\1", html.unescape(c)).strip() for c in row] for k, row in enumerate(rows) if k != 1]

theirs = table_of_command()
ours = [row[:len(theirs[0])] for row in page.tables["part1-results"]]
ok(ours == theirs, "the results are those of laconic table", "\n# %s\n# %s" % (ours[:2], theirs[:2]) if ours != theirs else "")
done = call("claims", "small.ini", "--results=res ults", "--out=verdicts")
with open("verdicts/small.verdicts", errors="replace") as f:
    verdicts = dict(line.split("\t")[:2] for line in f.read().splitlines()[1:])
shown = {row[2]: row[0].split(" ", 1)[1] for row in page.tables["part1-claims"][1:]}
ok(shown == verdicts and set(shown.values()) == {"HOLDS", "FAILS", "NOT TESTED"}, "the verdicts are those of laconic claims", str(shown))
closest = {row[2]: row[4] for row in page.tables["part1-claims"][1:]}
numbers = re.findall(r"[0-9.]+e[-+][0-9]+", done.stdout)
ok(numbers and all(n in " ".join(closest.values()) for n in numbers), "and so are their numbers")

with open("small.ini", "rb") as f, open("best.ini", "wb") as to:
    to.write(b"best = smallest last(grad_norm_sq)\n" + f.read())
shutil.copy("small.claims", "best.claims")
call("claims", "best.ini", "--results=res ults", "--out=verdicts")
done = truth.command(["report", "best.ini", "--results=res ults", "--out=best.html"], 2)
ok(done.returncode == 0 and done.stdout.count("wrote best.html") == 1, "on two ranks one page is written", ": " + done.stderr.strip())
with open("verdicts/best.best", errors="replace") as f:
    best = [line.split("\t") for line in f.read().splitlines()[1:]]
ours = [[row[2], row[3], row[8]] for row in Page(text_of("best.html")).tables["part1-best"][1:]]
ok(len(ours) == 2 and ours == [[b[2] or "the only one", b[3] + ", at the edge" * (b[4] == "yes"), b[8]] for b in best],
   "the best runs are those that the rule has chosen", str(ours))

# ---- mistakes, other places ----

def refused(words, arguments, **more):
    done = call("report", *arguments, **more)
    ok(done.returncode == 1 and done.stderr.count("\n") == 1 and words in done.stderr, "refused: " + " ".join(arguments),
       ": " + done.stderr.strip())

with open("bare.ini", "w") as f:
    f.write("[run A]\nalgorithm = gd\n")
with open("wrong.ini", "w") as f:
    f.write("[run A]\nalgorithm = gd\n[figure]\nz = 1\n")
with open("wrong2.ini", "w") as f:
    f.write("[run A]\nalgorithm = gd\n[figure]\n[claim a]\nsays = nothing\n")
os.makedirs("nothing", exist_ok=True)
refused("cannot read nowhere.ini", ["nowhere.ini"])
refused("has no [figure]", ["bare.ini"])
refused("[figure] has no setting 'z'", ["wrong.ini"])
refused("needs says, left, relation", ["wrong2.ini"])
refused("neither an experiment file", ["small.claims"])
refused("needs experiment files", [])
refused("--out", ["small.ini", "--out=nowhere/at/all.html"])
refused("no .h5 file", ["nothing"])
refused("--watch must be", ["small.ini", "--watch=soon"])
refused("with experiment files only", ["res ults", "--rounds=3"])
ok(call("report", "res ults", "--out=folder.html").returncode == 0, "a folder of results")
folder = Page(text_of("folder.html"))
ok(not folder.faults and len(folder.tables["part1-results"]) == 5 and "part1-data" in folder.json, "has a table and a chart of them")
os.makedirs("papers/one", exist_ok=True)
shutil.copy("small.ini", "papers/one/small.ini")
shutil.copy("bare.ini", "papers/bare.ini")
done = call("report", "papers", "--results=res ults", "--out=papers.html")
ok(done.returncode == 0 and 'href="#part1">one/small</a>' in text_of("papers.html"),
   "a folder of experiment files, without those that draw nothing")
done = call("report", "small.ini", "--results=res ults", "--out=bare.html", env={**os.environ, "PATH": "/nonexistent"})
bare = text_of("bare.html")
ok(done.returncode == 0 and '<svg role="img"' not in bare and "there is no gnuplot" in bare and 'class="explore" open' in bare,
   "without gnuplot the chart alone is there, open", done.stderr)

# ---- a sweep that runs ----

def write_slow(rounds):
    with open("slow.ini", "w") as f:
        f.write("""problem = quadratic:d=2000
clients = 20
rounds = %d
eval = 10
[run slow]
algorithm = {gd:gamma=0.01,ef21:gamma=0.01}
[figure]
title = a sweep
x = round
""" % rounds)

def start(*words):
    return subprocess.Popen([laconic, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

def wait_for(what, seconds=60):
    """What it returns once that is true; None: it never was."""
    end = time.time() + seconds
    while time.time() < end:
        try:
            found = what()
        except Exception:      # the page is being loaded
            found = None
        if found:
            return found
        time.sleep(0.1)

def slow_page():
    return text_of("slow.html") if os.path.exists("slow.html") else ""

write_slow(1000000)
run = start("run", "slow.ini", "--results=slow", "--flush=0.2")
watch = start("report", "slow.ini", "--results=slow", "--out=slow.html", "--watch=1")
found = wait_for(lambda: re.search(r'class="state">running<.*?value="[1-9]', slow_page(), re.S))
ok(found is not None, "the page shows a run that is running, and its round")
ok('class="state">waiting<' in slow_page() and 'id="live"' in slow_page(), "and one that waits, and it loads itself again")
first = slow_page()
ok(wait_for(lambda: slow_page() != first), "it is written anew")
watch.send_signal(signal.SIGTERM)
ok(watch.wait(60) == -signal.SIGTERM and 'id="live"' not in slow_page() and slow_page().endswith("</html>\n"),
   "a signal ends the command, and the last page does not load itself again")
ok(not [f for f in os.listdir(".") if ".tmp." in f], "nothing stays behind")
run.send_signal(signal.SIGKILL)
run.wait()
call("report", "slow.ini", "--results=slow", "--out=slow.html")
ok('class="state">stopped<' in slow_page() and "laconic run slow.ini" in slow_page(), "a run that was killed is shown as stopped")
shutil.rmtree("slow")

# ---- in a browser ----

def no_browser():
    for program in ("chromium", "chromedriver"):
        if not shutil.which(program):
            return "no " + program + " (Debian: chromium-driver)"
    try:
        import selenium
    except ImportError:
        return "no python3-selenium"

why = no_browser()
if why:
    skip("the page in a browser", why)
    truth.finish()

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

options = webdriver.ChromeOptions()
options.binary_location = shutil.which("chromium")
for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1280,900",
             "--user-data-dir=" + os.path.abspath("profile")):
    options.add_argument(word)
options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
try:
    browser = webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)
except Exception as e:
    skip("the page in a browser", "chromium does not start: " + str(e).splitlines()[0])
    truth.finish()

def js(text, *more):
    return browser.execute_script(text, *more)

def get(ident):
    return browser.find_element(By.ID, ident)

def press(*keys):
    ActionChains(browser).send_keys(*keys).perform()

def show(path):
    browser.get("file://" + os.path.abspath(path))

def nodes():
    """The accessibility tree: (role, name) of what is not ignored."""
    browser.execute_cdp_cmd("Accessibility.enable", {})
    tree = browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    return [(n["role"]["value"], n.get("name", {}).get("value", "")) for n in tree if not n.get("ignored")]

def requests():
    """What pages from the disk have asked for; the browser has pages of its own."""
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [m["params"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    return [a["request"]["url"] for a in asked if a["documentURL"].startswith("file:")]

def errors():
    return [entry["message"] for entry in browser.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]

def is_open(ident):
    return js("return document.getElementById(arguments[0]).open", ident)

def tab_order():
    """What the tabulator reaches, from the top until it leaves the page."""
    js("document.activeElement.blur()")
    seen = []
    for _ in range(400):      # to the end, which leads to the beginning
        press(Keys.TAB)
        if js("return document.activeElement.className") == "skip":
            break
    for k in range(400):
        if k > 0:
            press(Keys.TAB)
        now = js("""const a = document.activeElement;
          if (!a || a === document.body) return '';
          a.dataset.tab = a.dataset.tab || Math.random();
          return a.dataset.tab""")
        if now == "" or now in seen:
            break
        seen.append(now)
    return seen

FOCUSABLE = """return Array.from(document.querySelectorAll('a[href], button, input, select, summary, [tabindex="0"]'))
  .filter(e => e.checkVisibility({ visibilityProperty: true }) && !e.disabled)
  .map(e => e.dataset.tab || e.outerHTML.slice(0, 80))"""

def in_browser():
    show("page.html")
    ok(js("return document.title") == "small: laconic report", "the page opens from the disk, and no label is run as a script")
    get("part1-chart-d").find_element(By.TAG_NAME, "summary").send_keys(Keys.ENTER)
    ok(wait_for(lambda: get("part1-panel")), "the chart opens with the keyboard")
    tree = nodes()
    roles = [role for role, _ in tree]
    ok(all(roles.count(r) == 1 for r in ("banner", "navigation", "main", "contentinfo")), "landmarks in the accessibility tree")
    wants_name = {"image", "img", "button", "combobox", "checkbox", "slider", "searchbox", "textbox", "link", "table", "region",
                  "progressbar", "progressIndicator", "navigation", "DisclosureTriangle"}
    nameless = [n for n in tree if n[0] in wants_name and not n[1].strip()]
    ok(not nameless, "everything that is used or looked at has a name", str(nameless[:5]))
    images = [name for role, name in tree if role in ("image", "img", "graphics-document") and name]
    ok(len(images) >= (2 if has_gnuplot else 1) and any("Chart of grad_norm_sq against round" in n for n in images),
       "the drawing and the chart have alternative texts", str(images))
    reached, wanted = tab_order(), js(FOCUSABLE)
    ok(reached == wanted, "the tabulator reaches every control, in the order of the page",
       " (%d of %d)" % (len(reached), len(wanted)) if reached == wanted else str([w for w in wanted if w not in reached][:5]))
    js("document.activeElement.blur(); getSelection().collapse(document.body, 0)")
    press(Keys.TAB)
    ok(js("return document.activeElement.className") == "skip", "the first of them skips to the results")
    outline = js("return getComputedStyle(document.activeElement).outlineStyle")
    ok(outline == "solid", "what has the focus is seen")
    press(Keys.ENTER)
    ok(js("return document.activeElement.id") == "main", "and it does so")

    # tables
    js("document.getElementById('part1-results-d').open = true")
    column = js("return Array.from(document.querySelectorAll('#part1-results thead th')).findIndex(h => h.textContent === '|grad f|^2')")
    values = lambda: js("""const rows = Array.from(document.querySelectorAll('#part1-results tbody tr'));
      return rows.map(r => Number(r.cells[arguments[0]].dataset.v))""", column)
    button = get("part1-results-sort-%d" % column)
    button.send_keys(Keys.ENTER)
    up = values()
    ok(up == sorted(up) and len(set(up)) > 2, "a key sorts a table by its numbers")
    heads = js("""const heads = Array.from(document.querySelectorAll('#part1-results th[aria-sort]'));
      return heads.map(h => [h.textContent, h.getAttribute('aria-sort')])""")
    ok(heads == [["|grad f|^2", "ascending"]], "the head of the column says so")
    button.send_keys(Keys.SPACE)
    ok(values() == up[::-1], "and again the other way round")

    # the chart
    def curves():
        return js("return Array.from(document.querySelectorAll('#part1-chart-d path.curve'), p => p.getAttribute('d')).join(' ')")
    before = curves()
    ok(before.count("M") == 4, "the chart has the four curves")
    Select(get("part1-x")).select_by_value("bits_up_per_client")
    other = curves()
    alternative = js("return document.querySelector('#part1-chart-d .chart > svg').getAttribute('aria-label')")
    ok(other != before and "bits_up_per_client" in (alternative or ""),
       "another x axis draws other curves, and the alternative text says which")
    Select(get("part1-y")).select_by_value("f")
    ok(curves() != other, "so does another y axis")
    Select(get("part1-y")).select_by_value("grad_norm_sq")
    other = curves()
    get("part1-ylog").send_keys(Keys.SPACE)
    ok(curves() != other, "and a linear axis in the place of a logarithmic one")
    get("part1-ylog").send_keys(Keys.SPACE)
    get("part1-series-0").send_keys(Keys.SPACE)
    ok(curves().count("M") == 1, "a series that is switched off is gone")
    get("part1-series-0").send_keys(Keys.SPACE)
    Select(get("part1-x")).select_by_value("round")
    get("part1-place").send_keys(Keys.HOME)
    start_text = get("part1-read").text
    get("part1-place").send_keys(Keys.PAGE_UP)
    ok("round = 0:" in start_text and get("part1-read").text != start_text, "values are read with the keyboard", start_text[:80])
    Select(get("part1-x")).select_by_value("bits_per_client")
    Select(get("part1-y")).select_by_value("grad_norm_sq_relative")
    get("part1-place").send_keys(Keys.HOME)
    relative = get("part1-read").text
    get("part1-place").send_keys(Keys.END)
    both = float(re.search(r"bits_per_client = (\S+?):", get("part1-read").text).group(1))
    results = [json.loads(call("show", path, "--json").stdout) for path in sorted(glob.glob("res ults/*.h5"))]
    most = max((rows[-1]["bits_up"] + rows[-1]["bits_down"]) / 4 for rows in results)
    ok(relative.count(" 1") == 4 and abs(both / most - 1) < 1e-3, "a column over its start is 1 there, and bits are of both directions",
       " (%g of %g)" % (both, most))
    Select(get("part1-x")).select_by_value("round")
    Select(get("part1-y")).select_by_value("grad_norm_sq")
    svg = browser.find_element(By.CSS_SELECTOR, "#part1-chart-d .chart > svg")
    js("arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' })", svg)
    ActionChains(browser).move_to_element(svg).move_by_offset(9, 9).perform()
    found = """const at = Number(document.getElementById('part1-place').value);
      return at > 400 && at < 600 && document.getElementById('part1-marked').value !== ''"""
    ok(wait_for(lambda: js(found)), "and with the pointer, which marks the nearest curve")
    get("part1-points-d").find_element(By.TAG_NAME, "summary").send_keys(Keys.ENTER)
    points = wait_for(lambda: js("return document.querySelectorAll('#part1-points-d tbody tr').length"))
    ok(points and points > 40, "the curves are there as a table, too")
    last = js("""const rows = Array.from(document.querySelectorAll('#part1-points-d tbody tr'));
      return rows.filter(r => r.cells[0].textContent === 'GD').pop().cells[2].textContent""")
    in_table = [row for row in page.tables["part1-results"] if row[0] == "GD"][0][column]
    ok(abs(float(last) / float(in_table) - 1) < 0.01, "with the last value of the table of results", " %s %s" % (last, in_table))

    # narrow, dark, print
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": 400, "height": 800, "deviceScaleFactor": 1, "mobile": False})
    wide = js("""return Array.from(document.querySelectorAll('body *')).filter(e => e.getBoundingClientRect().right > 400 &&
      !e.closest('.wide > *, pre > *, figure > *')).map(e => e.outerHTML.slice(0, 90))""")
    ok(js("return document.documentElement.scrollWidth") <= 400, "on 400 pixels nothing is wider than the page",
       "".join("\n# " + w for w in wide[:5]))
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    ground = lambda: js("return getComputedStyle(document.body).backgroundColor")
    emulate = lambda **more: browser.execute_cdp_cmd("Emulation.setEmulatedMedia", more)
    light = ground()
    emulate(features=[{"name": "prefers-color-scheme", "value": "dark"}])
    ok(ground() != light, "the page is dark for who prefers that")
    emulate(media="print", features=[])
    hidden = js("return getComputedStyle(document.querySelector('nav')).display")
    ok(hidden == "none" and ground() == light, "what cannot be used on paper is not printed")
    emulate(media="", features=[])
    for name in ("folder.html", "before.html", "papers.html", "bare.html"):
        show(name)
    found = errors()
    ok(not found, "nothing is reported on the console", "".join("\n# " + e for e in found[:5]))
    asked = requests()
    strangers = [u for u in asked if not re.fullmatch("file://" + re.escape(os.getcwd()) + "/[a-z]+[.]html", u)]
    ok(len(asked) >= 5 and not strangers, "no request leaves the page", str(strangers[:3]))

def rounds_shown():
    found = re.search(r"round (\d+) of", browser.find_element(By.ID, "part1-begun").text)
    return int(found.group(1)) if found else 0

def sweep_in_browser():
    """A sweep of two runs, followed by the page to its end.  It computes in turns of 10 ms while the page is looked at, and is
    stopped between: how fast the machine and the browser are decides nothing."""
    write_slow(50000)
    run = start("run", "slow.ini", "--results=slow", "--flush=0.1")
    run.send_signal(signal.SIGSTOP)
    def turn():
        run.send_signal(signal.SIGCONT)
        time.sleep(0.01)
        run.send_signal(signal.SIGSTOP)
    def wait_in_turns(what):
        return wait_for(lambda: turn() or what())
    watch = start("report", "slow.ini", "--results=slow", "--out=live.html", "--watch=1")
    try:
        running = re.compile(r'class="state">running<.*?value="[1-9]', re.S)
        ok(wait_in_turns(lambda: os.path.exists("live.html") and running.search(text_of("live.html"))), "a sweep is running")
        show("live.html")
        first = wait_for(rounds_shown)
        ok(first, "the page shows the round of its run")
        for ident in ("common", "chart"):
            wait_for(lambda: js("document.getElementById('part1-%s-d').open = true; return true" % ident))
        ok(wait_for(lambda: js("""const y = document.getElementById('part1-y');
          y.value = 'f'; y.dispatchEvent(new Event('change')); y.focus(); window.before = 1; return y.value === 'f'""")), "a chart of it")
        ok(wait_for(lambda: js("return window.before === undefined && document.readyState === 'complete'")), "the page loads itself again")
        ok(wait_for(lambda: is_open("part1-common-d") and js("return document.getElementById('part1-y').value") == "f"),
           "what was opened and chosen stays")
        ok(wait_for(lambda: js("return document.activeElement.id") == "part1-y"), "and so does the focus")
        ok(wait_in_turns(lambda: rounds_shown() > first), "the round goes on")
        stop = wait_for(lambda: get("live-stop"))
        ok(stop is not None and wait_for(lambda: get("live-stop").send_keys(Keys.ENTER) or "Load it again" in get("live-stop").text),
           "a button stops the page")
        js("window.before = 2")
        time.sleep(2.5)
        ok(js("return window.before") == 2, "then it stays as it is")
        wait_for(lambda: get("live-stop").send_keys(Keys.ENTER) or True)
        run.send_signal(signal.SIGCONT)
        run.wait(240)
        watch.wait(60)
        ok(run.returncode == 0 and watch.returncode == 0, "the command ends when the last run has ended")
        ok(wait_for(lambda: "2 done, of 2 runs" in browser.page_source and not browser.find_elements(By.ID, "live")),
           "the page shows that all is done, and loads itself no more")
        found = errors()
        ok(not found, "nothing is reported on the console meanwhile", "".join("\n# " + e for e in found[:5]))
    finally:
        for process in (run, watch):
            if process.poll() is None:
                process.kill()
                process.wait()

try:
    in_browser()
    sweep_in_browser()
finally:
    browser.quit()
truth.finish()
