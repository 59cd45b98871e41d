#include "run/batch.h"

#include <stdlib.h>
#include <string.h>

typedef struct { int replace, order; } params;
static const lac_option options[] = {
  { "replace", LAC_CHOICE, offsetof(params, replace), "no", NULL, "no|yes", "draw the rows of a batch with replacement" },
  { "order", LAC_CHOICE, offsetof(params, order), "random", NULL, "random|epoch", "random: new rows at every step; epoch: each row once" },
  { 0 }
};

static int parse_rows(lac_batch *b, const char *text)
{
  static const lac_option rows = { "batch", LAC_AMOUNT, 0, "", ">0", NULL, NULL };
  return strcmp(text, "full") == 0 ? LAC_OK : lac_option_set(&rows, &b->rows, "--", text);
}

static int parse_options(lac_batch *b, const char *pairs)
{
  lac_spec spec;
  char *text = lac_asprintf("batch:%s", pairs);
  int status = text ? lac_spec_parse(&spec, "--batch", text, options, sizeof(params)) : LAC_ENOMEM;
  free(text);
  LAC_TRY(status);
  b->replace = ((const params *)spec.params)->replace;
  b->order = ((const params *)spec.params)->order;
  lac_spec_free(&spec);
  if (b->rows.number == 0)
    return lac_fail(LAC_EUSER, "--batch=full uses all rows at every step; give a number of rows before the options, such as 32,%s", pairs);
  return b->replace && b->order == LAC_BATCH_EPOCH ?
         lac_fail(LAC_EUSER, "--batch: order=epoch uses each row once, and replace=yes does not; leave one of them out") : LAC_OK;
}

/* Without options the words are the user's: results are named by them. */
static int write_text(lac_batch *b, const char *rows)
{
  b->text = lac_asprintf("%s%s%s", rows, b->replace ? ",replace=yes" : "", b->order == LAC_BATCH_EPOCH ? ",order=epoch" : "");
  return b->text ? LAC_OK : LAC_ENOMEM;
}

int lac_batch_open(lac_batch *b, const char *text)
{
  *b = (lac_batch){ .least = 1, .most = 1 };
  size_t length = strcspn(text, ",");
  char *rows = lac_asprintf("%.*s", (int)length, text);
  int status = rows ? parse_rows(b, rows) : LAC_ENOMEM;
  if (status == LAC_OK && text[length])
    status = parse_options(b, text + length + 1);
  if (status == LAC_OK)
    status = write_text(b, rows);
  free(rows);
  return status;
}

void lac_batch_close(lac_batch *b)
{
  free(b->text);
  *b = (lac_batch){ 0 };
}
