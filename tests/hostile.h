/* hostile.h: HDF5 files that laconic would not write, with a good seal: one strange thing in a result, a table or a checkpoint. */
#ifndef HOSTILE_H
#define HOSTILE_H

#include "store/store.h"

#include <stdlib.h>
#include <string.h>

typedef enum { IN_ROOT, IN_CONFIG, IN_TRACE, IN_FINAL, IN_BENCH, IN_COLUMN, PLACES } place;
typedef enum { AN_ATTRIBUTE, A_SET, A_SOFT_LINK, AN_EXTERNAL_LINK, A_HARD_LINK, A_GROUP, A_TYPE, THINGS } thing;
typedef enum { TEXT, COUNT, REAL, INT32, FLOAT32, FIXED_TEXT, OPAQUE, AN_ENUM, COMPOUND, AN_ARRAY, A_SEQUENCE, A_REFERENCE, BIT_FIELD,
               OTHER_ENDIAN, TYPES } type;
typedef enum { SCALAR, NOTHING, NONE, ROWS, TWO, THREE, VAST, VAST_TWO, SPACES } space;
typedef enum { CONTIGUOUS, COMPACT, CHUNKED, DEFLATED, EXTERNAL, UNALLOCATED, LAYOUTS } layout;
typedef struct { place place; thing thing; type type; space space; layout layout; const char *name; } strange;
enum { HOSTILE_ROWS = 3 };

static hid_t make_type(type t)
{
  hid_t made = -1;
  hsize_t many = 4096;
  int one = 1;
  switch (t) {
  case TEXT:
    made = H5Tcopy(H5T_C_S1);
    H5Tset_size(made, H5T_VARIABLE);
    return made;
  case COUNT: return H5Tcopy(H5T_NATIVE_UINT64);
  case REAL: return H5Tcopy(H5T_NATIVE_DOUBLE);
  case INT32: return H5Tcopy(H5T_NATIVE_INT32);
  case FLOAT32: return H5Tcopy(H5T_NATIVE_FLOAT);
  case FIXED_TEXT:
    made = H5Tcopy(H5T_C_S1);
    H5Tset_size(made, 5000);
    return made;
  case OPAQUE: return H5Tcreate(H5T_OPAQUE, 5000);
  case AN_ENUM:
    made = H5Tenum_create(H5T_NATIVE_INT);
    H5Tenum_insert(made, "one", &one);
    return made;
  case COMPOUND:
    made = H5Tcreate(H5T_COMPOUND, 5000);
    H5Tinsert(made, "a", 0, H5T_NATIVE_DOUBLE);
    return made;
  case AN_ARRAY: return H5Tarray_create2(H5T_NATIVE_DOUBLE, 1, &many);
  case A_SEQUENCE: return H5Tvlen_create(H5T_NATIVE_DOUBLE);
  case A_REFERENCE: return H5Tcopy(H5T_STD_REF_OBJ);
  case BIT_FIELD: return H5Tcopy(H5T_STD_B64LE);
  default: return H5Tcopy(H5T_IEEE_F64BE);
  }
}

static hid_t make_space(space s)
{
  static const hsize_t sizes[SPACES][3] = { [NONE] = { 0 }, [ROWS] = { HOSTILE_ROWS }, [TWO] = { HOSTILE_ROWS, 2 },
                                            [THREE] = { HOSTILE_ROWS, 1, 1 }, [VAST] = { (hsize_t)1 << 39 },
                                            [VAST_TWO] = { HOSTILE_ROWS, (hsize_t)1 << 61 } };
  return s == SCALAR || s == NOTHING ? H5Screate(s == SCALAR ? H5S_SCALAR : H5S_NULL) :
         H5Screate_simple(s == THREE ? 3 : s == TWO || s == VAST_TWO ? 2 : 1, sizes[s], NULL);
}

static int is_vast(space s) { return s == VAST || s == VAST_TWO; }

static hid_t make_how(layout l, space s)
{
  static const hsize_t chunk[3] = { 1, 1, 1 };
  int dimensions = s == THREE ? 3 : s == TWO || s == VAST_TWO ? 2 : 1;
  hid_t how = H5Pcreate(H5P_DATASET_CREATE);
  if (l == COMPACT)
    H5Pset_layout(how, H5D_COMPACT);
  if (l == CHUNKED || l == DEFLATED)
    H5Pset_chunk(how, dimensions, chunk);
  if (l == DEFLATED)
    H5Pset_deflate(how, 1);
  if (l == EXTERNAL)
    H5Pset_external(how, "/etc/passwd", 0, H5F_UNLIMITED);
  if (l == CONTIGUOUS && !is_vast(s))
    H5Pset_alloc_time(how, H5D_ALLOC_TIME_EARLY);
  return how;
}

/* 0: HDF5 refuses to make it. */
static int put_thing(hid_t file, hid_t group, const strange *s)
{
  static const char zeros[6 * 4096 * 8];
  hid_t type = make_type(s->type), space = make_space(s->space), how = make_how(s->layout, s->space), made = -1;
  int ok = 0;
  switch (s->thing) {
  case AN_ATTRIBUTE:
    if (H5Aexists(group, s->name) > 0)
      H5Adelete(group, s->name);
    made = is_vast(s->space) ? -1 : H5Acreate2(group, s->name, type, space, H5P_DEFAULT, H5P_DEFAULT);      /* it lies in memory */
    if (made >= 0 && s->type == TEXT) {
      const char *texts[6] = { "\033[31mred\r\n", "b", "c", "d", "e", "f" };
      H5Awrite(made, type, texts);
    } else if (made >= 0 && s->type != A_SEQUENCE)
      H5Awrite(made, type, zeros);
    ok = made >= 0;
    H5Aclose(made);
    break;
  case A_SET:
    made = H5Dcreate2(group, s->name, type, space, H5P_DEFAULT, how, H5P_DEFAULT);
    if (s->type == TEXT && !is_vast(s->space) && s->layout != UNALLOCATED) {
      const char *texts[6] = { "\033[31mred\r\n", "b", "c", "d", "e", "f" };
      H5Dwrite(made, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, texts);
    }
    ok = made >= 0;
    H5Dclose(made);
    break;
  case A_SOFT_LINK:
    ok = H5Lcreate_soft("/trace/f", group, s->name, H5P_DEFAULT, H5P_DEFAULT) >= 0;
    break;
  case AN_EXTERNAL_LINK:
    ok = H5Lcreate_external("other.h5", "/trace/f", group, s->name, H5P_DEFAULT, H5P_DEFAULT) >= 0;
    break;
  case A_HARD_LINK:
    ok = H5Lcreate_hard(file, "/", group, s->name, H5P_DEFAULT, H5P_DEFAULT) >= 0;
    break;
  case A_GROUP:
    ok = (made = H5Gcreate2(group, s->name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT)) >= 0;
    H5Gclose(made);
    break;
  default:
    ok = H5Tcommit2(group, s->name, type, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT) >= 0;
  }
  H5Pclose(how);
  H5Sclose(space);
  H5Tclose(type);
  return ok;
}

typedef struct { const strange *all; size_t count; } hostile;

/* A small result (or a table, when something is strange in one) with strange things added; those take the place of what has their name. */
static int put_hostile(hid_t file, const void *self)
{
  static const uint64_t rounds[HOSTILE_ROWS] = { 0, 1, 2 };
  static const double f[HOSTILE_ROWS] = { 3, 2, 1 };
  const hostile *h = self;
  int is_table = 0, ok = 1;
  for (size_t i = 0; i < h->count; i++)
    is_table |= h->all[i].place == IN_BENCH || h->all[i].place == IN_COLUMN;
  hid_t config = H5Gcreate2(file, "config", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  hid_t trace = H5Gcreate2(file, is_table ? "bench" : "trace", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  hid_t final = H5Gcreate2(file, "final", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  lac_store_text(config, "algorithm", "ef21");
  lac_store_vector(trace, "round", H5T_NATIVE_UINT64, rounds, HOSTILE_ROWS);
  lac_store_vector(trace, "f", H5T_NATIVE_DOUBLE, f, HOSTILE_ROWS);
  lac_store_vector(final, "x", H5T_NATIVE_DOUBLE, f, HOSTILE_ROWS);
  for (size_t i = 0; i < h->count; i++) {
    const strange *s = &h->all[i];
    hid_t column = s->place == IN_COLUMN ? H5Dopen2(trace, "f", H5P_DEFAULT) : -1;
    hid_t at = s->place == IN_ROOT ? file : s->place == IN_CONFIG ? config : s->place == IN_FINAL ? final : column >= 0 ? column : trace;
    if (s->thing != AN_ATTRIBUTE && H5Lexists(at, s->name, H5P_DEFAULT) > 0)
      H5Ldelete(at, s->name, H5P_DEFAULT);
    ok = put_thing(file, at, s) && ok;
    H5Dclose(column);
  }
  H5Gclose(final);
  H5Gclose(trace);
  H5Gclose(config);
  return ok;
}

#endif
