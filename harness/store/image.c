#include "store/image.h"

#include "store/messages_log.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

static const lac_note *find_note(const lac_image *im, const char *group, const char *key)
{
  for (size_t i = 0; i < im->note_count; i++)
    if (strcmp(im->notes[i].key, key) == 0 && (!group || strcmp(im->notes[i].group, group) == 0))
      return &im->notes[i];
  return NULL;
}

int lac_image_note(lac_image *im, const char *group, const char *key, const char *value)
{
  lac_note *known = (lac_note *)find_note(im, group, key);
  if (known) {
    free(known->value);
    return (known->value = lac_strdup(value)) ? LAC_OK : LAC_ENOMEM;
  }
  LAC_TRY(lac_grow(&im->notes, &im->note_cap, im->note_count + 1, sizeof *im->notes));
  lac_note n = { lac_strdup(group), lac_strdup(key), lac_strdup(value) };
  im->notes[im->note_count++] = n;
  return n.group && n.key && n.value ? LAC_OK : LAC_ENOMEM;
}

int lac_image_columns(lac_image *im, const lac_column *columns, size_t count)
{
  im->columns = count;
  for (size_t k = 0; k < count; k++) {
    snprintf(im->names[k], sizeof im->names[k], "%s", columns[k].name);
    im->column[k] = (lac_column){ im->names[k], columns[k].is_real, columns[k].rises };
  }
  return LAC_OK;
}

int lac_image_row(lac_image *im, const lac_cell *cells)
{
  size_t width = im->columns + LAC_BESIDE;
  LAC_TRY(lac_grow(&im->cells, &im->cap, (im->rows + 1) * width, sizeof *im->cells));
  memcpy(im->cells + im->rows++ * width, cells, width * sizeof *cells);
  return LAC_OK;
}

void lac_image_free(lac_image *im)
{
  for (size_t i = 0; i < im->note_count; i++) {
    free(im->notes[i].group);
    free(im->notes[i].key);
    free(im->notes[i].value);
  }
  free(im->notes);
  free(im->cells);
  lac_message_log_close(&im->folded);
}

/* /trace and /final, names and bytes, and the hash of the messages. */
void lac_image_digest(const lac_image *im, char digest[static 17])
{
  XXH3_state_t *state = XXH3_createState();
  if (!state)
    abort();
  XXH3_64bits_reset(state);
  for (size_t k = 0; k < im->columns; k++) {
    XXH3_64bits_update(state, im->names[k], strlen(im->names[k]));
    for (size_t i = 0; i < im->rows; i++)
      XXH3_64bits_update(state, &im->cells[i * (im->columns + LAC_BESIDE) + k], sizeof(lac_cell));
  }
  XXH3_64bits_update(state, im->x, im->d * sizeof *im->x);
  XXH3_64bits_update(state, im->memory, im->memory_size * sizeof *im->memory);
  if (im->messages)
    XXH3_64bits_update(state, &im->messages->hash, sizeof im->messages->hash);
  snprintf(digest, 17, "%016llx", (unsigned long long)XXH3_64bits_digest(state));
  XXH3_freeState(state);
}

const char *lac_image_find(const lac_image *im, const char *key)
{
  const lac_note *n = find_note(im, NULL, key);
  return n ? n->value : NULL;
}

/* ---- HDF5 ---- */

static int write_column(hid_t at, const lac_image *im, const char *name, size_t k, int is_real)
{
  lac_cell *column = lac_alloc(im->rows * sizeof *column);
  for (size_t i = 0; column && i < im->rows; i++)
    column[i] = im->cells[i * (im->columns + LAC_BESIDE) + k];
  int ok = column && lac_store_vector(at, name, is_real ? H5T_NATIVE_DOUBLE : H5T_NATIVE_UINT64, column, im->rows);
  free(column);
  return ok;
}

/* What the numbers are. */
static int describe_column(hid_t trace, const char *name)
{
  const lac_column_words *about = lac_column_about(name);
  hid_t set = about ? H5Dopen2(trace, name, H5P_DEFAULT) : -1;
  int ok = !about || (set >= 0 && lac_store_text(set, "unit", about->unit) && lac_store_text(set, "long_name", about->long_name));
  if (set >= 0)
    H5Dclose(set);
  return ok;
}

static int write_group(hid_t file, const lac_image *im, const char *name)
{
  int ok = 1;
  hid_t group = *name ? H5Gcreate2(file, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT) : file;
  if (group < 0)
    return 0;
  for (size_t i = 0; ok && i < im->note_count; i++)
    if (strcmp(im->notes[i].group, name) == 0)
      ok = (*name ? lac_store_value : lac_store_text)(group, im->notes[i].key, im->notes[i].value);
  if (strcmp(name, "trace") == 0)
    for (size_t k = 0; ok && k < im->columns; k++)
      ok = write_column(group, im, im->names[k], k, im->column[k].is_real) && describe_column(group, im->names[k]);
  if (strcmp(name, "timing") == 0)
    ok = ok && write_column(group, im, "elapsed", im->columns + LAC_BESIDE_ELAPSED, 1) &&
         write_column(group, im, "wire_bytes", im->columns + LAC_BESIDE_WIRE, 0);
  if (strcmp(name, "final") == 0 && im->x)
    ok = ok && lac_store_vector(group, "x", H5T_NATIVE_DOUBLE, im->x, im->d);
  if (strcmp(name, "final") == 0 && im->merged)
    ok = ok && lac_store_vector(group, "merged", H5T_NATIVE_DOUBLE, im->merged, im->merged_d);
  if (strcmp(name, "final") == 0 && im->memory)
    ok = ok && lac_store_vector(group, "up_memory", H5T_NATIVE_DOUBLE, im->memory, im->memory_size);
  if (group != file)
    H5Gclose(group);
  return ok;
}

static int write_content(hid_t file, const void *self)
{
  const lac_image *im = self;
  static const char *const groups[] = { "", "config", "environment", "timing", "trace", "final" };
  for (size_t i = 0; i < LAC_COUNT(groups); i++)
    if (!write_group(file, im, groups[i]))
      return 0;
  if (im->messages && !lac_message_log_write(im->messages, file))
    return 0;
  return lac_store_text(file, "laconic_version", PACKAGE_VERSION) && lac_store_text(file, "complete", im->digest ? "1" : "0") &&
         (!im->digest || lac_store_text(file, "digest", im->digest));
}

int lac_image_make(const lac_image *im, lac_bytes *b) { return lac_store_make(b, write_content, im); }
int lac_image_write(const lac_image *im, const char *path) { return lac_store_file(path, write_content, im); }
