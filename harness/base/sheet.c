#include "sheet.h"

#include "utf8.h"
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void lac_sheet_init(lac_sheet *s, size_t rows) { *s = (lac_sheet){ .rows = rows }; }

static void free_columns(lac_sheet *s, size_t first)
{
  for (lac_sheet_column *c = s->column + first; c < s->column + s->columns; c++) {
    for (size_t i = 0; c->cell && i < s->rows; i++)
      free(c->cell[i].text);
    free(c->cell);
    free(c->name);
    free(c->head);
  }
  s->columns = first;
}

void lac_sheet_free(lac_sheet *s)
{
  free_columns(s, 0);
  free(s->column);
  *s = (lac_sheet){ 0 };
}

lac_sheet_cell *lac_sheet_add(lac_sheet *s, const char *name, const char *head, const char *digits)
{
  if (lac_grow(&s->column, &s->cap, s->columns + 1, sizeof *s->column) != LAC_OK)
    return NULL;
  lac_sheet_column *c = &s->column[s->columns++];
  *c = (lac_sheet_column){ lac_strdup(name), lac_strdup(head), digits, lac_alloc((s->rows + 1) * sizeof *c->cell) };
  for (size_t i = 0; c->cell && i < s->rows; i++)
    c->cell[i].real = NAN;
  return c->name && c->head ? c->cell : NULL;
}

lac_sheet_column *lac_sheet_find(const lac_sheet *s, const char *name)
{
  for (lac_sheet_column *c = s->column; c < s->column + s->columns; c++)
    if (strcmp(c->name, name) == 0)
      return c;
  return NULL;
}

/* ---- order ---- */

/* Column k becomes column `to`; those between move up. */
static void move_column(lac_sheet *s, size_t k, size_t to)
{
  lac_sheet_column moved = s->column[k];
  memmove(s->column + to + 1, s->column + to, (k - to) * sizeof moved);
  s->column[to] = moved;
}

int lac_sheet_select(lac_sheet *s, const char *names, size_t last)
{
  size_t kept = 0;
  for (size_t n; *names; names += n + (names[n] == ',')) {
    size_t k = kept;
    n = strcspn(names, ",");
    while (k + last < s->columns && (strncmp(s->column[k].name, names, n) || s->column[k].name[n]))
      k++;
    if (k + last >= s->columns)
      return lac_fail(LAC_EUSER, "there is no column '%.*s', or it is named twice", (int)n, names);
    move_column(s, k, kept++);
  }
  for (size_t k = s->columns - last; k < s->columns; k++)
    move_column(s, k, kept++);
  free_columns(s, kept);
  return LAC_OK;
}

/* 0 for numbers, 1 for texts, 2 for what is not known. */
static int class_of(const lac_sheet_cell *c) { return c->text ? 1 : isnan(c->real) ? 2 : 0; }

static int precedes(const lac_sheet_cell *a, const lac_sheet_cell *b, int descending)
{
  int x = class_of(a), y = class_of(b);
  if (x != y || x == 2)
    return x < y;
  int order = x ? strcmp(a->text, b->text) : (a->real > b->real) - (a->real < b->real);
  return descending ? order > 0 : order < 0;
}

int lac_sheet_sort(lac_sheet *s, const lac_sheet_column *by, int descending)
{
  size_t *from = lac_alloc((s->rows + 1) * sizeof *from);
  lac_sheet_cell *moved = lac_alloc((s->rows + 1) * sizeof *moved);
  if (from && moved) {
    for (size_t i = 0; i < s->rows; i++) {
      size_t at = i;
      for (; at > 0 && precedes(&by->cell[i], &by->cell[from[at - 1]], descending); at--)
        from[at] = from[at - 1];
      from[at] = i;
    }
    for (lac_sheet_column *c = s->column; c < s->column + s->columns; c++) {
      for (size_t i = 0; i < s->rows; i++)
        moved[i] = c->cell[from[i]];
      memcpy(c->cell, moved, s->rows * sizeof *moved);
    }
  }
  int status = from && moved ? LAC_OK : LAC_ENOMEM;
  free(from);
  free(moved);
  return status;
}

/* ---- for people ---- */

/* Places on a terminal: bytes that begin a character. */
static int width_of(const char *text)
{
  int width = 0;
  for (; *text; text++)
    width += (*text & 0xC0) != 0x80;
  return width;
}

static const char *say(const lac_sheet_column *c, size_t row, char number[static 32])
{
  const lac_sheet_cell *cell = &c->cell[row];
  if (!cell->text)
    snprintf(number, 32, isnan(cell->real) ? "-" : c->digits, cell->real);
  return cell->text ? cell->text : number;
}

/* Numbers stand on the right. */
static int is_numeric(const lac_sheet *s, const lac_sheet_column *c)
{
  for (size_t i = 0; i < s->rows; i++)
    if (c->cell[i].text)
      return 0;
  return 1;
}

static void pad(FILE *to, int places)
{
  lac_print(to, "%*s", places > 0 ? places : 0, "");
}

static void print_text_cell(const char *text, int width, int right, int is_last, FILE *to)
{
  if (right)
    pad(to, width - width_of(text));
  lac_print(to, "%s", text);
  if (!is_last && !right)
    pad(to, width - width_of(text));
  lac_print(to, is_last ? "\n" : "  ");
}

static int print_text(const lac_sheet *s, FILE *to)
{
  char number[32];
  int *width = lac_alloc((s->columns + 1) * sizeof *width);
  if (!width)
    return LAC_ENOMEM;
  for (size_t k = 0; k < s->columns; k++) {
    width[k] = width_of(s->column[k].head);
    for (size_t i = 0; i < s->rows; i++)
      width[k] = (int)fmax(width[k], width_of(say(&s->column[k], i, number)));
  }
  for (size_t k = 0; k < s->columns; k++)
    print_text_cell(s->column[k].head, width[k], is_numeric(s, &s->column[k]), k + 1 == s->columns, to);
  for (size_t i = 0; i < s->rows; i++)
    for (size_t k = 0; k < s->columns; k++)
      print_text_cell(say(&s->column[k], i, number), width[k], is_numeric(s, &s->column[k]), k + 1 == s->columns, to);
  free(width);
  return LAC_OK;
}

/* What stands in the list becomes what stands beside it. */
static void print_replaced(const char *text, const char *const replace[][2], FILE *to)
{
  while (*text) {
    size_t k = 0;
    while (replace[k][0] && strncmp(text, replace[k][0], strlen(replace[k][0])))
      k++;
    if (replace[k][0])
      lac_print(to, "%s", replace[k][1]);
    else
      fputc((unsigned char)*text < ' ' ? '?' : *text, to);
    text += replace[k][0] ? strlen(replace[k][0]) : 1;
  }
}

static int print_markdown(const lac_sheet *s, FILE *to)
{
  static const char *const replace[][2] = { { "|", "\\|" }, { "\\", "\\\\" }, { "`", "\\`" }, { "*", "\\*" }, { "_", "\\_" },
                                            { "<", "&lt;" }, { "[", "\\[" }, { "~", "\\~" }, { "&", "&amp;" },
                                            { "@", "&#64;" }, { NULL, NULL } };
  char number[32];
  for (size_t k = 0; k < s->columns; k++) {
    lac_print(to, k ? " " : "| ");
    print_replaced(s->column[k].head, replace, to);
    lac_print(to, " |");
  }
  lac_print(to, "\n|");
  for (size_t k = 0; k < s->columns; k++)
    lac_print(to, is_numeric(s, &s->column[k]) ? "---:|" : "---|");
  for (size_t i = 0; i < s->rows; i++) {
    lac_print(to, "\n|");
    for (size_t k = 0; k < s->columns; k++) {
      lac_print(to, " ");
      print_replaced(say(&s->column[k], i, number), replace, to);
      lac_print(to, " |");
    }
  }
  lac_print(to, "\n");
  return LAC_OK;
}

/* "1.5e-07" as 1.5\cdot10^{-7}. */
static void print_latex_cell(const lac_sheet_column *c, size_t row, FILE *to)
{
  static const char *const replace[][2] = { { "|grad f|^2", "$\\|\\nabla f\\|^2$" }, { "\\", "\\textbackslash{}" }, { "_", "\\_" },
                                            { "%", "\\%" }, { "&", "\\&" }, { "#", "\\#" }, { "$", "\\$" },
                                            { "{", "\\{" }, { "}", "\\}" }, { "~", "\\textasciitilde{}" },
                                            { "^", "\\textasciicircum{}" }, { "|", "\\textbar{}" }, { NULL, NULL } };
  char number[32];
  const char *text = say(c, row, number), *e = c->cell[row].text ? NULL : strchr(text, 'e');
  if (c->cell[row].text || isnan(c->cell[row].real))
    print_replaced(text, replace, to);
  else if (isinf(c->cell[row].real))
    lac_print(to, c->cell[row].real > 0 ? "$\\infty$" : "$-\\infty$");
  else if (e)
    lac_print(to, "$%.*s\\cdot10^{%d}$", (int)(e - text), text, atoi(e + 1));
  else
    lac_print(to, "$%s$", text);
}

/* A tabular of the package booktabs. */
static int print_latex(const lac_sheet *s, FILE *to)
{
  lac_sheet_cell cell;
  lac_print(to, "\\begin{tabular}{");
  for (size_t k = 0; k < s->columns; k++)
    lac_print(to, is_numeric(s, &s->column[k]) ? "r" : "l");
  lac_print(to, "}\n\\toprule\n");
  for (size_t k = 0; k < s->columns; k++) {
    cell = (lac_sheet_cell){ .text = s->column[k].head };
    print_latex_cell(&(lac_sheet_column){ .cell = &cell }, 0, to);
    lac_print(to, k + 1 < s->columns ? " & " : " \\\\\n\\midrule\n");
  }
  for (size_t i = 0; i < s->rows; i++)
    for (size_t k = 0; k < s->columns; k++) {
      print_latex_cell(&s->column[k], i, to);
      lac_print(to, k + 1 < s->columns ? " & " : " \\\\\n");
    }
  lac_print(to, "\\bottomrule\n\\end{tabular}\n");
  return LAC_OK;
}

/* ---- for programs ---- */

static void print_quoted(const char *text, FILE *to)
{
  fputc('"', to);
  for (; *text; text++) {
    if (*text == '"')
      fputc('"', to);
    fputc(*text, to);
  }
  fputc('"', to);
}

static int print_csv(const lac_sheet *s, FILE *to)
{
  char number[32];
  for (size_t k = 0; k < s->columns; k++) {
    if (strpbrk(s->column[k].name, ",\""))
      print_quoted(s->column[k].name, to);
    else
      lac_print(to, "%s", s->column[k].name);
    lac_print(to, k + 1 < s->columns ? "," : "\n");
  }
  for (size_t i = 0; i < s->rows; i++)
    for (size_t k = 0; k < s->columns; k++) {
      const lac_sheet_cell *c = &s->column[k].cell[i];
      if (c->text)
        print_quoted(c->text, to);
      else if (!isnan(c->real))
        lac_print(to, "%s", lac_format_real(c->real, number));
      lac_print(to, k + 1 < s->columns ? "," : "\n");
    }
  return LAC_OK;
}

static json_t *json_of(const lac_sheet_cell *c)
{
  if (c->text)
    return json_stringn_nocheck(c->text, strlen(c->text));
  if (isnan(c->real))
    return json_null();
  if (isinf(c->real))
    return json_string(c->real > 0 ? "inf" : "-inf");
  return fabs(c->real) < 0x1p53 && c->real == floor(c->real) ? json_integer((json_int_t)c->real) : json_real(c->real);
}

static int print_object(const lac_sheet *s, size_t row, FILE *to)
{
  json_t *object = json_object();
  int failed = !object;
  for (size_t k = 0; !failed && k < s->columns; k++)
    failed = json_object_set_new_nocheck(object, s->column[k].name, json_of(&s->column[k].cell[row]));
  failed = failed || json_dumpf(object, to, 0);
  json_decref(object);
  return failed ? lac_fail(LAC_ENOMEM, "a row of the table cannot be written as JSON") : LAC_OK;
}

/* An array of objects, one a row and line. */
static int print_json(const lac_sheet *s, FILE *to)
{
  lac_print(to, "[");
  for (size_t i = 0; i < s->rows; i++) {
    lac_print(to, i ? ",\n" : "\n");
    LAC_TRY(print_object(s, i, to));
  }
  lac_print(to, "\n]\n");
  return LAC_OK;
}

int lac_sheet_print(const lac_sheet *s, lac_sheet_format format, FILE *to)
{
  static int (*const print[])(const lac_sheet *, FILE *) = { print_text, print_markdown, print_latex, print_csv, print_json };
  return print[format](s, to);
}
