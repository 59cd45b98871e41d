#include "figures/gnuplot.h"
#include "figures/text.h"
#include "store/temporary.h"

#include "file.h"
#include "interrupt.h"
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* ---- one gnuplot ---- */

/* The environment in a locale of UTF-8, which is what the script is written in: in another one gnuplot complains.  Caller frees; NULL: no
   memory. */
static char **utf8_environment(void)
{
  char *locale = "LC_ALL=C.UTF-8";
  size_t count = 0, kept = 0;
  while (environ[count])
    count++;
  char **copy = lac_alloc((count + 2) * sizeof *copy);
  for (size_t i = 0; copy && i < count; i++)
    if (strncmp(environ[i], locale, strlen("LC_ALL=")))
      copy[kept++] = environ[i];
  if (copy)
    copy[kept] = locale;
  return copy;
}

/* Signals do not reach it any more before its number may be another process's. */
static int wait_for(pid_t child, int *result)
{
  pid_t ended;
  siginfo_t about;
  while (waitid(P_PID, (id_t)child, &about, WEXITED | WNOWAIT) < 0 && errno == EINTR)
    ;
  lac_interrupt_child(0);
  while ((ended = waitpid(child, result, 0)) < 0 && errno == EINTR)
    ;
  return ended < 0 ? lac_fail(LAC_EIO, "lost sight of gnuplot: %s", strerror(errno)) : LAC_OK;
}

/* argv[0], which is gnuplot or belongs to it. */
static int spawn_program(const posix_spawn_file_actions_t *actions, char **argv, int *result)
{
  pid_t child;
  char **environment = utf8_environment();
  if (!environment)
    return LAC_ENOMEM;
  int held = lac_interrupt_hold();
  int why = posix_spawnp(&child, argv[0], actions, NULL, argv, environment);
  if (!why)
    lac_interrupt_child(child);
  if (!held)
    lac_interrupt_release();
  free(environment);
  if (why == ENOENT)
    return lac_fail(LAC_EUSER, "there is no gnuplot here to draw with: apt-get install gnuplot-nox");
  return why ? lac_fail(LAC_EIO, "cannot start %s: %s", argv[0], strerror(why)) : wait_for(child, result);
}

/* ---- a question ---- */

static int read_whole(int fd, unsigned char **bytes, size_t *size)
{
  off_t end = lseek(fd, 0, SEEK_END);
  *size = end > 0 ? (size_t)end : 0;
  *bytes = lac_alloc(*size + 1);
  if (!*bytes)
    return LAC_ENOMEM;
  return pread(fd, *bytes, *size, 0) == end ? LAC_OK : lac_fail(LAC_EIO, "cannot read what gnuplot wrote: %s", strerror(errno));
}

static int ask(char **argv, int in, int out, unsigned char **answer, size_t *bytes)
{
  posix_spawn_file_actions_t actions;
  int result = 0;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  int status = spawn_program(&actions, argv, &result);
  posix_spawn_file_actions_destroy(&actions);
  return status == LAC_OK ? read_whole(out, answer, bytes) : status;
}

/* Files in memory, not pipes: neither side waits for the other. */
static int ask_program(char **argv, const char *text, size_t size, unsigned char **answer, size_t *bytes)
{
  int in = memfd_create("script", MFD_CLOEXEC), out = memfd_create("answer", MFD_CLOEXEC), status;
  *answer = NULL;
  *bytes = 0;
  if (in < 0 || out < 0 || lac_write_bytes(in, text, size) < size || lseek(in, 0, SEEK_SET) < 0)
    status = lac_fail(LAC_EIO, "no room for a script of gnuplot: %s", strerror(errno));
  else
    status = ask(argv, in, out, answer, bytes);
  if (in >= 0)
    close(in);
  if (out >= 0)
    close(out);
  return status;
}

int lac_gnuplot_ask(const char *script, size_t size, unsigned char **answer, size_t *bytes)
{
  char *argv[] = { "gnuplot", "-d", "-", NULL };
  return ask_program(argv, script, size, answer, bytes);
}

/* A pattern of fontconfig, in which a hyphen ends the name. */
static char *font_pattern(const lac_look *look)
{
  char *pattern = NULL;
  size_t size;
  FILE *to = open_memstream(&pattern, &size);
  for (int i = 0; to && i < look->family_length; i++)
    fprintf(to, look->family[i] == '-' ? "\\%c" : "%c", look->family[i]);
  if (to && fclose(to) == 0)
    return pattern;
  free(pattern);
  return NULL;
}

/* Is it among these, "DejaVu Sans,DejaVu Sans Condensed"? */
static int has_family(const char *names, const lac_look *look)
{
  size_t n = (size_t)look->family_length, length;
  for (; *names; names += length + (names[length] == ',')) {
    length = strcspn(names, ",");
    if (length == n && strncasecmp(names, look->family, n) == 0)
      return 1;
  }
  return 0;
}

char *lac_gnuplot_font(const lac_look *look)
{
  char *pattern = font_pattern(look), *argv[] = { "fc-match", "-f", "%{family}", "--", pattern, NULL };
  unsigned char *answer = NULL;
  size_t bytes = 0;
  int is_told = pattern && ask_program(argv, "", 0, &answer, &bytes) == LAC_OK && bytes;
  free(pattern);
  if (is_told && !has_family((char *)answer, look))
    return (char *)answer;
  free(answer);
  return NULL;
}

/* ---- a drawing ---- */

/* gnuplot runs inside the folder, on names that begin with "./": no path is ever taken for a pipe or an option. */
static int run_script(const char *folder, char **argv, int *result)
{
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addchdir_np(&actions, folder);
  int status = spawn_program(&actions, argv, result);
  posix_spawn_file_actions_destroy(&actions);
  return status;
}

/* A picture that was cut has no end: "%%EOF", "</svg>", the chunk IEND. */
static int is_whole(const char *path, const char *format)
{
  static const struct { const char *format, *end; } ends[] = { { "pdf", "%%EOF" }, { "svg", "</svg>" }, { "png", "IEND" },
                                                             { "tex", "\\endgroup" } };
  char tail[64];
  FILE *f = fopen(path, "rb");
  size_t n = 0;
  if (f && fseek(f, 0, SEEK_END) == 0) {
    long size = ftell(f);
    if (size >= 0 && fseek(f, size > (long)sizeof tail ? -(long)sizeof tail : -size, SEEK_END) == 0)
      n = fread(tail, 1, sizeof tail, f);
  }
  if (f)
    fclose(f);
  for (size_t i = 0; i < LAC_COUNT(ends); i++)
    if (strcmp(format, ends[i].format) == 0)
      return n > 0 && memmem(tail, n, ends[i].end, strlen(ends[i].end)) != NULL;
  return 0;
}

/* What the script takes from its caller; caller frees. */
static char *make_settings(const char *format, const char *picture)
{
  char *text = NULL;
  size_t size;
  FILE *to = open_memstream(&text, &size);
  if (to) {
    fprintf(to, "format='%s'; picture=", format);
    lac_put_name(to, picture);
  }
  if (to && fclose(to) == 0)
    return text;
  free(text);
  return NULL;
}

/* `picture` is what the script writes, `path` the same from here. */
static int draw_picture(const char *folder, const char *name, const char *format, const char *picture, const char *path)
{
  char *script = lac_asprintf("./%s.gp", name), *settings = make_settings(format, picture);
  char *argv[] = { "gnuplot", "-d", "-e", settings, script, NULL };
  int result = 0, status = script && settings ? run_script(folder, argv, &result) : LAC_ENOMEM;
  free(script);
  free(settings);
  if (status == LAC_OK && (result || !is_whole(path, format)))
    return lac_fail(LAC_EIO, "gnuplot could not draw %s/%s.%s from %s.gp; is there room on the disk, or a limit on the size of files?",
                    folder, name, format, name);
  return status;
}

/* gnuplot writes the temporary by its name. */
static int draw_temporary(const char *folder, const char *name, const char *format, const char *temporary)
{
  char *picture = lac_asprintf(".%s", strrchr(temporary, '/'));
  int status = picture ? draw_picture(folder, name, format, picture, temporary) : LAC_ENOMEM;
  free(picture);
  return status;
}

static int draw_format(const char *folder, const char *name, const char *format)
{
  lac_temporary t;
  LAC_TRY(lac_temporary_open(&t, "--out", "%s/%s.%s", folder, name, format));
  return lac_temporary_close(&t, draw_temporary(folder, name, format, t.name ? t.name : t.path));
}

/* ---- a drawing for LaTeX: its lines in one file, its texts in another, which names the first ---- */

static int check_latex_name(const char *name)
{
  for (const char *p = name; *p; p++)
    if (!(*p & 0x80) && !isalnum((unsigned char)*p) && !strchr("-_.+ ", *p))
      return lac_fail(LAC_EUSER, "--formats: LaTeX includes no picture with '%c' in its name; leave out tex, or rename the file", *p);
  return LAC_OK;
}

/* The file, with `to` for each `from`. */
static int copy_replaced(const char *path, const char *from, const char *to, FILE *out)
{
  char *line = NULL, *at;
  size_t cap = 0, n = strlen(from);
  FILE *in = fopen(path, "rb");
  if (!in)
    return lac_fail(LAC_EIO, "cannot read %s: %s", path, strerror(errno));
  for (ssize_t size; (size = getline(&line, &cap, in)) >= 0;) {
    char *rest = line, *end = line + size;
    for (; n && (at = memmem(rest, (size_t)(end - rest), from, n)); rest = at + n) {
      fwrite(rest, 1, (size_t)(at - rest), out);
      fputs(to, out);
    }
    fwrite(rest, 1, (size_t)(end - rest), out);
  }
  int failed = ferror(in);
  free(line);
  fclose(in);
  return failed ? lac_fail(LAC_EIO, "cannot read %s", path) : LAC_OK;
}

static int move_copy(const char *path, const char *from, const char *to, const char *folder, const char *name, const char *end)
{
  lac_temporary t;
  LAC_TRY(lac_temporary_open(&t, "--out", "%s/%s%s", folder, name, end));
  return lac_temporary_close(&t, copy_replaced(path, from, to, t.to));
}

/* The text names its lines by the name without an ending. */
static int draw_latex_in(const lac_workplace *w, const char *folder, const char *name)
{
  const char *tex = w->file[0], *pdf = w->file[1];
  char *bare = lac_asprintf("%.*s", (int)(strlen(tex) - strlen(".tex")), tex), *own = lac_asprintf("%s-tex", name);
  int status = bare && own ? draw_picture(folder, name, "tex", tex, tex) : LAC_ENOMEM;
  if (status == LAC_OK && !is_whole(pdf, "pdf"))
    status = lac_fail(LAC_EIO, "gnuplot could not draw %s; is there room on the disk?", pdf);
  if (status == LAC_OK)
    status = move_copy(pdf, "", "", folder, name, "-tex.pdf");
  if (status == LAC_OK)
    status = move_copy(tex, bare, own, folder, name, ".tex");
  free(bare);
  free(own);
  return status;
}

static int draw_latex(const char *folder, const char *name)
{
  static const char *const names[] = { "picture.tex", "picture.pdf" };
  lac_workplace w;
  LAC_TRY(check_latex_name(name));
  int status = lac_workplace_make(&w, names, LAC_COUNT(names));
  if (status == LAC_OK)
    status = draw_latex_in(&w, folder, name);
  lac_workplace_remove(&w);
  return status;
}

int lac_gnuplot_draw(const char *folder, const char *name, const char *format)
{
  fflush(stdout);
  return strcmp(format, "tex") ? draw_format(folder, name, format) : draw_latex(folder, name);
}
