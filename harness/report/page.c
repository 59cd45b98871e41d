/* The frame of a report: head, summary, navigation, sections, and the script that sorts and draws. */
#include "report/report.h"

#include "report/html.h"
#include "report/texts.h"
#include <nettle/base64.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>


/* ---- head ---- */

/* The one script that the page's policy allows, by its hash. */
static void put_policy(FILE *to)
{
  struct sha256_ctx hash;
  uint8_t digest[SHA256_DIGEST_SIZE];
  char text[BASE64_ENCODE_RAW_LENGTH(SHA256_DIGEST_SIZE) + 1] = "";
  sha256_init(&hash);
  sha256_update(&hash, strlen(text_report_js), (const uint8_t *)text_report_js);
  sha256_digest(&hash, sizeof digest, digest);
  base64_encode_raw(text, sizeof digest, digest);
  fprintf(to, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'sha256-%s'; "
              "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n", text);
}

static void put_head(FILE *to, const lac_report_part *part, size_t parts, const lac_report_style *style)
{
  fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"generator\" content=\"laconic " PACKAGE_VERSION "\">\n", to);
  put_policy(to);
  if (style->refresh > 0)
    lac_html(to, "<noscript><meta http-equiv=\"refresh\" content=\"%g\"></noscript>\n", style->refresh);
  lac_html(to, "<title>%s%slaconic report</title>\n<style>\n%r</style>\n</head>\n", parts == 1 ? part->name : "", parts == 1 ? ": " : "",
           text_report_css);
}

/* ---- counts of all parts ---- */

typedef struct { size_t runs, of[LAC_RUN_STATES], claims, verdict[3]; double progress; } totals;

static totals add_up(const lac_report_part *part, size_t parts)
{
  totals t = { 0 };
  for (size_t i = 0; i < parts; i++) {
    t.runs += part[i].runs;
    t.claims += part[i].claims;
    t.progress += part[i].progress;
    for (size_t k = 0; k < LAC_RUN_STATES; k++)
      t.of[k] += part[i].of[k];
    for (size_t k = 0; k < 3; k++)
      t.verdict[k] += part[i].verdict[k];
  }
  return t;
}

static void put_tile(FILE *to, const char *class, size_t number, const char *words)
{
  lac_html(to, "<div class=\"tile %s\"><dt>%s</dt><dd>%u</dd></div>\n", class, words, number);
}

static void put_tiles(FILE *to, const totals *t)
{
  fputs("<dl class=\"tiles\">\n", to);
  if (t->claims) {
    put_tile(to, "holds", t->verdict[LAC_HOLDS], "claims HOLD");
    put_tile(to, "fails", t->verdict[LAC_FAILS], "claims FAIL");
    put_tile(to, "untested", t->verdict[LAC_NOT_TESTED], "claims NOT TESTED");
  }
  put_tile(to, "", t->of[LAC_RUN_ENDED], "runs done");
  for (lac_run_state s = LAC_RUN_RUNNING; s < LAC_RUN_STATES; s++)
    if (t->of[s]) {
      char *words = lac_asprintf("runs %s", s == LAC_RUN_ABSENT && t->of[LAC_RUN_RUNNING] ? "waiting" : lac_report_state(s));
      put_tile(to, s == LAC_RUN_RUNNING ? "running" : "", t->of[s], words ? words : "");
      free(words);
    }
  fputs("</dl>\n", to);
}

static void put_overview_row(FILE *to, const lac_report_part *p)
{
  static const lac_verdict verdicts[] = { LAC_HOLDS, LAC_FAILS, LAC_NOT_TESTED };
  lac_html(to, "<tr><th scope=\"row\"><a href=\"#%s\">%s</a></th><td>%s</td>", p->id, p->name, p->title);
  for (size_t i = 0; i < LAC_COUNT(verdicts); i++)
    lac_html(to, "<td class=\"n\" data-v=\"%u\">%u</td>", p->verdict[verdicts[i]], p->verdict[verdicts[i]]);
  lac_html(to, "<td data-v=\"%g\"><progress max=\"%u\" value=\"%g\" aria-label=\"runs done\"></progress> %u of %u%s</td></tr>\n",
           p->runs ? p->progress / (double)p->runs : 0, p->runs ? p->runs : (size_t)1, p->progress, p->of[LAC_RUN_ENDED], p->runs,
           p->of[LAC_RUN_RUNNING] ? ", running" : "");
}

static void put_summary(FILE *to, const lac_report_part *part, size_t parts)
{
  totals t = add_up(part, parts);
  fputs("<section id=\"summary\" aria-labelledby=\"summary-h\">\n<h2 id=\"summary-h\">Summary</h2>\n", to);
  put_tiles(to, &t);
  fputs("<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-labelledby=\"summary-caption\">\n<table id=\"overview\">\n"
        "<caption id=\"summary-caption\">Experiments, their claims and their runs</caption>\n<thead><tr><th scope=\"col\">experiment</th>"
        "<th scope=\"col\">title</th><th scope=\"col\">hold</th><th scope=\"col\">fail</th><th scope=\"col\">not tested</th>"
        "<th scope=\"col\">runs done</th></tr></thead>\n<tbody>\n", to);
  for (size_t i = 0; i < parts; i++)
    put_overview_row(to, &part[i]);
  fputs("</tbody>\n</table>\n</div>\n</section>\n", to);
}

/* ---- header and navigation ---- */

/* Seconds since 1970 let the page see that nobody writes it anew any more. */
static void put_header(FILE *to, const lac_report_style *style)
{
  time_t now = time(NULL);
  char when[32];
  struct utsname host;
  uname(&host);
  strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S UTC", gmtime(&now));
  fputs("<body>\n<a class=\"skip\" href=\"#main\">Skip to the results</a>\n<header>\n<h1>laconic report</h1>\n", to);
  lac_html(to, "<p>Written by laconic " PACKAGE_VERSION " at %s on %s.</p>\n", when, host.nodename);
  if (style->refresh > 0) {
    lac_html(to, "<p id=\"live\" data-refresh=\"%g\"", style->refresh);
    fprintf(to, " data-written=\"%lld\"><span role=\"status\" id=\"live-status\">Some runs have not ended: this page is written anew "
                "and loads itself again.</span></p>\n", (long long)now);
  }
  fputs("</header>\n", to);
}

/* Parts of one folder under its name. */
static void put_nav(FILE *to, const lac_report_part *part, size_t parts)
{
  size_t open = 0;
  fputs("<nav aria-label=\"Sections\">\n<ul>\n<li><a href=\"#summary\">Summary</a></li>\n", to);
  for (size_t i = 0; i < parts; i++) {
    const char *name = part[i].name, *slash = strchr(name, '/');
    size_t n = slash ? (size_t)(slash - name) : 0;
    int same = i > 0 && open == n && strncmp(part[i - 1].name, name, n) == 0;
    if (!same && open)
      fputs("</ul></li>\n", to);
    if (!same && n) {
      char *folder = lac_asprintf("%.*s", (int)n, name);
      lac_html(to, "<li>%s\n<ul>\n", folder);
      free(folder);
    }
    open = n;
    lac_html(to, "<li><a href=\"#%s\">%s</a>", part[i].id, slash ? slash + 1 : name);
    if (part[i].verdict[LAC_FAILS])
      lac_html(to, " <span class=\"verdict fails\">%u FAIL</span>", part[i].verdict[LAC_FAILS]);
    fputs("</li>\n", to);
  }
  fputs(open ? "</ul></li>\n</ul>\n</nav>\n" : "</ul>\n</nav>\n", to);
}

int lac_report_write(FILE *to, const lac_report_part *part, size_t parts, const lac_report_style *style)
{
  put_head(to, part, parts, style);
  put_header(to, style);
  put_nav(to, part, parts);
  fputs("<main id=\"main\" tabindex=\"-1\">\n", to);
  put_summary(to, part, parts);
  for (size_t i = 0; i < parts; i++)
    if (part[i].section)
      fputs(part[i].section, to);
  lac_html(to, "</main>\n<footer>\n<p>Everything on this page is in this file; it asks no network for anything. The numbers are those of "
               "the result files, as <code>laconic table</code> and <code>laconic claims</code> print them.</p>\n</footer>\n"
               "<script>%r</script>\n</body>\n</html>\n", text_report_js);
  return LAC_OK;
}
