#include "store/checkpoint.h"

#include "store/store.h"
#include "store/temporary.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <xxhash.h>

enum { RANK = 3 };                          /* client (or 1), vector, element */
static const size_t block = 64u << 20;      /* bytes that move at once: MPI counts in ints, and buffers stay small */
static const char format[] = "1";

struct lac_checkpoint {
  lac_comm *comm;
  char *path, *name;                        /* of the result; of the file at hand */
  lac_temporary temporary;                  /* on rank 0, while it is written */
  uint32_t n, first, last;
  hid_t file;
  int writing;
};

char *lac_checkpoint_path(const char *path, int generation)
{
  return generation ? lac_asprintf("%s.checkpoint.%d", path, generation) : lac_asprintf("%s.checkpoint", path);
}

static int is_root(const lac_checkpoint *c) { return lac_comm_rank(c->comm) == 0; }

/* HDF5 says ok or not on every rank; all leave with the same status. */
static int agree(lac_checkpoint *c, int code, int good, const char *problem)
{
  return lac_comm_agree(c->comm, good ? LAC_OK : lac_fail(code, "%s%s: %s", c->writing ? c->path : c->name,
                                                          c->writing ? ".checkpoint" : "", problem));
}

/* ---- sections ---- */

static hid_t type_of(const lac_state *s)
{
  return s->kind == LAC_STATE_REALS ? H5T_NATIVE_DOUBLE : s->kind == LAC_STATE_COUNTS ? H5T_NATIVE_UINT64 : H5T_NATIVE_UINT8;
}

static size_t width_of(const lac_state *s) { return s->kind == LAC_STATE_BYTES ? 1 : 8; }

/* Units of a section: its clients, or one. */
typedef struct { size_t all, first, count, most; } units;

static units units_of(const lac_checkpoint *c, const lac_state *s)
{
  size_t p = (size_t)lac_comm_size(c->comm);
  if (s->owner == LAC_STATE_CLIENTS)
    return (units){ c->n, c->first, c->last - c->first, (c->n + p - 1) / p };
  return (units){ 1, 0, is_root(c), 1 };
}

/* Of each unit one hash, and the hash of these: the same whoever holds them. */
static int hash_section(lac_checkpoint *c, const lac_state *s, uint64_t *sum)
{
  units u = units_of(c, s);
  uint64_t *hash = lac_alloc((u.count + 1) * sizeof *hash);
  XXH3_state_t *state = XXH3_createState();
  const uint8_t *at = s->at, *all;
  const size_t *starting;
  for (size_t i = 0; hash && state && i < u.count; i++) {
    XXH3_64bits_reset(state);
    for (size_t k = 0; k < s->vectors; k++)
      XXH3_64bits_update(state, at + (i * s->vectors + k) * s->stride * width_of(s), s->length * width_of(s));
    hash[i] = XXH3_64bits_digest(state);
  }
  int status = hash && state ? LAC_OK : lac_fail(LAC_ENOMEM, "out of memory for the checksums of a checkpoint");
  status = lac_comm_gather(c->comm, status, hash, u.count * sizeof *hash, &all, &starting);
  if (status == LAC_OK && is_root(c))
    *sum = XXH3_64bits(all, starting[lac_comm_size(c->comm)]);
  XXH3_freeState(state);
  free(hash);
  return status == LAC_OK ? lac_comm_bcast(c->comm, sum, sizeof *sum) : status;
}

/* A serial HDF5, as that of laconic-smpi, lets each rank read the file for itself; none but a single rank may write it. */
#ifdef H5_HAVE_PARALLEL
static int open_together(hid_t access, lac_comm *comm, int writing)
{
  MPI_Comm mpi;
  (void)writing;
  lac_comm_native(comm, &mpi);
  return H5Pset_fapl_mpio(access, mpi, MPI_INFO_NULL) >= 0;
}

static int move_together(hid_t transfer, int all)
{
  return H5Pset_dxpl_mpio(transfer, all ? H5FD_MPIO_COLLECTIVE : H5FD_MPIO_INDEPENDENT) >= 0;
}
#else
static int open_together(hid_t access, lac_comm *comm, int writing) { return (void)access, (void)comm, !writing; }
static int move_together(hid_t transfer, int all) { return (void)transfer, (void)all, 1; }
#endif

typedef struct { hid_t set, type, file, memory, transfer; int reading; void *at; } transfer;

/* One block; ranks that hold none of it take part with nothing. */
static int move_block(const transfer *t, int any, const hsize_t to[RANK], const hsize_t from[RANK], const hsize_t size[RANK])
{
  int ok = any ? H5Sselect_hyperslab(t->file, H5S_SELECT_SET, to, NULL, size, NULL) >= 0 &&
                 H5Sselect_hyperslab(t->memory, H5S_SELECT_SET, from, NULL, size, NULL) >= 0
               : H5Sselect_none(t->file) >= 0 && H5Sselect_none(t->memory) >= 0;
  herr_t status = t->reading ? H5Dread(t->set, t->type, t->memory, t->file, t->transfer, t->at)
                             : H5Dwrite(t->set, t->type, t->memory, t->file, t->transfer, t->at);
  return ok && status >= 0;
}

static hsize_t least(hsize_t a, hsize_t b) { return a < b ? a : b; }

/* All blocks, straight from or to the arena.  Every rank makes the same number of calls, whatever fails. */
static int move_blocks(const lac_state *s, const units *u, const transfer *t)
{
  size_t unit = s->vectors * s->length * width_of(s);
  hsize_t units_once = unit < block ? block / unit : 1, vectors_once = unit <= block ? s->vectors : 1;
  hsize_t elements_once = least(s->length, block / width_of(s));
  int ok = 1;
  for (hsize_t i = 0; i < u->most; i += units_once)
    for (hsize_t k = 0; k < s->vectors; k += vectors_once)
      for (hsize_t j = 0; j < s->length; j += elements_once) {
        hsize_t to[RANK] = { u->first + i, k, j }, from[RANK] = { i, k, j };
        hsize_t size[RANK] = { i < u->count ? least(units_once, u->count - i) : 0, vectors_once, least(elements_once, s->length - j) };
        ok = move_block(t, size[0] > 0, to, from, size) && ok;
      }
  return ok;
}

static int move_section(const lac_checkpoint *c, const lac_state *s, hid_t set, int reading)
{
  static uint64_t nothing;
  units u = units_of(c, s);
  hsize_t shape[RANK] = { u.count ? u.count : 1, s->vectors, s->stride };
  int together = s->owner == LAC_STATE_CLIENTS;
  if (!together && !is_root(c))
    return 1;
  transfer t = { .set = set, .type = type_of(s), .reading = reading, .at = u.count ? s->at : &nothing };
  t.file = H5Dget_space(set);
  t.memory = H5Screate_simple(RANK, shape, NULL);
  t.transfer = H5Pcreate(H5P_DATASET_XFER);
  int ok = t.file >= 0 && t.memory >= 0 && t.transfer >= 0 && (lac_comm_size(c->comm) == 1 || move_together(t.transfer, together));
  ok = move_blocks(s, &u, &t) && ok;
  H5Pclose(t.transfer);
  H5Sclose(t.memory);
  H5Sclose(t.file);
  return ok;
}

/* ---- attributes ---- */

enum { TEXT = 64 };      /* bytes of a text attribute */

static hid_t text_type(void)
{
  hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, TEXT);
  return type;
}

static int put_text(hid_t at, const char *key, const char *value)
{
  char text[TEXT] = "";
  hid_t type = text_type();
  snprintf(text, sizeof text, "%s", value);
  int ok = lac_store_scalar(at, key, type, text);
  H5Tclose(type);
  return ok;
}

static int get_text(hid_t at, const char *key, char text[TEXT])
{
  hid_t type = text_type();
  int ok = lac_load_attribute(at, key, type, text);
  text[TEXT - 1] = 0;
  H5Tclose(type);
  return ok;
}

/* ---- files ---- */

/* All metadata with checksums; one file for all ranks.  One rank may be without MPI. */
static hid_t access_of(lac_comm *comm, int writing)
{
  hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  if (H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_LATEST) >= 0 &&
      (lac_comm_size(comm) == 1 || open_together(access, comm, writing)))
    return access;
  H5Pclose(access);
  return -1;
}

static int make_checkpoint(lac_checkpoint **out, lac_comm *comm, uint32_t n, const char *path, char *name)
{
  lac_checkpoint *c = *out = lac_alloc(sizeof *c);
  if (!c || !name || !(c->path = lac_strdup(path))) {
    free(name);
    return LAC_ENOMEM;
  }
  c->comm = comm;
  c->name = name;
  c->temporary.fd = -1;
  c->n = n;
  c->file = -1;
  lac_comm_clients(comm, n, lac_comm_rank(comm), &c->first, &c->last);
  H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
  return LAC_OK;
}

static int describe(const lac_checkpoint *c, const char *config_digest)
{
  uint64_t n = c->n;
  return put_text(c->file, "laconic_checkpoint", format) && put_text(c->file, "laconic_version", PACKAGE_VERSION) &&
         put_text(c->file, "config_digest", config_digest) && lac_store_scalar(c->file, "clients", H5T_NATIVE_UINT64, &n);
}

/* Room for so many bytes; where the file system cannot reserve it without writing, it is asked for what is free. */
static int has_room(int fd, int mode, uint64_t bytes)
{
  struct statvfs about;
  if (fallocate(fd, mode, 0, (off_t)bytes) == 0)
    return 1;
  if (errno != EOPNOTSUPP && errno != ENOSYS)
    return 0;
  int full = fstatvfs(fd, &about) == 0 && bytes / about.f_frsize >= about.f_bavail;
  errno = ENOSPC;
  return !full;
}

/* HDF5 1.10 does not survive a disk that fills up under a file it has open (it crashes in MPI_Finalize, or its ranks wait for each other),
   so rank 0 reserves the room: before HDF5 has the file, which says whether there is any, and once more when HDF5 has emptied it. */
static int reserve(const lac_checkpoint *c, int mode, uint64_t bytes)
{
  return has_room(c->temporary.fd, mode, bytes) ? LAC_OK :
         lac_fail(LAC_EIO, "cannot write %s.checkpoint: %s", c->path, strerror(errno));
}

static int create(lac_checkpoint *c, uint64_t bytes)
{
  LAC_TRY(lac_temporary_create(&c->temporary, c->name));
  return reserve(c, 0, bytes);
}

/* All ranks write to the temporary of rank 0. */
static int share_name(lac_checkpoint *c)
{
  size_t size = is_root(c) ? strlen(c->temporary.name) + 1 : 0;
  LAC_TRY(lac_comm_bcast(c->comm, &size, sizeof size));
  free(c->name);
  c->name = lac_alloc(size);
  LAC_TRY(lac_comm_agree(c->comm, c->name ? LAC_OK : LAC_ENOMEM));
  if (is_root(c))
    memcpy(c->name, c->temporary.name, size);
  return lac_comm_bcast(c->comm, c->name, size);
}

int lac_checkpoint_create(lac_checkpoint **out, lac_comm *comm, uint32_t n, const char *path, const char *config_digest, uint64_t bytes)
{
  LAC_TRY(lac_comm_agree(comm, make_checkpoint(out, comm, n, path, lac_checkpoint_path(path, 0))));
  lac_checkpoint *c = *out;
  c->writing = 1;
  LAC_TRY(lac_comm_agree(comm, is_root(c) ? create(c, bytes) : LAC_OK));
  LAC_TRY(share_name(c));
  hid_t access = access_of(comm, 1);
  LAC_TRY(agree(c, LAC_EIO, access >= 0, "this HDF5 cannot write from several ranks; leave out --checkpoint, or run on one rank"));
  c->file = H5Fcreate(c->name, H5F_ACC_TRUNC, H5P_DEFAULT, access);
  H5Pclose(access);
  LAC_TRY(agree(c, LAC_EIO, c->file >= 0, "cannot be made; is the folder there and writable?"));
  LAC_TRY(lac_comm_agree(comm, is_root(c) ? reserve(c, FALLOC_FL_KEEP_SIZE, bytes) : LAC_OK));
  return agree(c, LAC_EIO, describe(c, config_digest), "cannot be written; is the disk full?");
}

static hid_t create_set(const lac_checkpoint *c, const lac_state *s)
{
  hsize_t shape[RANK] = { units_of(c, s).all, s->vectors, s->length };
  hid_t space = H5Screate_simple(RANK, shape, NULL), how = H5Pcreate(H5P_DATASET_CREATE);
  H5Pset_alloc_time(how, H5D_ALLOC_TIME_EARLY);
  H5Pset_fill_time(how, H5D_FILL_TIME_NEVER);
  H5Pset_obj_track_times(how, 0);
  hid_t set = H5Dcreate2(c->file, s->name, type_of(s), space, H5P_DEFAULT, how, H5P_DEFAULT);
  H5Pclose(how);
  H5Sclose(space);
  return set;
}

int lac_checkpoint_put(lac_checkpoint *c, const lac_state *s)
{
  uint64_t sum = 0;
  if (s->vectors == 0 || s->length == 0)
    return LAC_OK;
  LAC_TRY(hash_section(c, s, &sum));
  hid_t set = create_set(c, s);
  int ok = lac_comm_agree(c->comm, set >= 0 ? LAC_OK : LAC_EIO) == LAC_OK;
  if (ok) {
    ok = move_section(c, s, set, 0);
    ok = lac_store_scalar(set, "xxh3", H5T_NATIVE_UINT64, &sum) && ok;
  }
  H5Dclose(set);
  return agree(c, LAC_EIO, ok, "cannot be written; is the disk full?");
}

/* From temporary to name, the older one kept; on disk before that, so that it is not away for long. */
static int take_name(lac_checkpoint *c)
{
  const char *newest = c->temporary.path;
  char *older = lac_checkpoint_path(c->path, 1);
  int status = older ? LAC_OK : LAC_ENOMEM;
  if (status == LAC_OK && (fsync(c->temporary.fd) || (rename(newest, older) && errno != ENOENT)))
    status = lac_fail(LAC_EIO, "cannot write %s: %s", newest, strerror(errno));
  free(older);
  return status == LAC_OK ? lac_temporary_settle(&c->temporary) : status;
}

/* The flush is an fsync on every rank: on a file system of several machines rank 0's alone would not do. */
int lac_checkpoint_commit(lac_checkpoint *c)
{
  LAC_TRY(agree(c, LAC_EIO, H5Fflush(c->file, H5F_SCOPE_GLOBAL) >= 0, "cannot be written; is the disk full?"));
  int ok = H5Fclose(c->file) >= 0;
  c->file = -1;
  LAC_TRY(agree(c, LAC_EIO, ok, "cannot be written; is the disk full?"));
  int status = lac_comm_agree(c->comm, is_root(c) ? take_name(c) : LAC_OK);
  c->writing = status != LAC_OK;
  return status;
}

static int check_header(const lac_checkpoint *c, const char *config_digest)
{
  char text[TEXT];
  uint64_t n;
  if (!get_text(c->file, "laconic_checkpoint", text))
    return lac_fail(LAC_EFORMAT, "%s is not a checkpoint of laconic, or damaged", c->name);
  if (strcmp(text, format) || !get_text(c->file, "laconic_version", text) || strcmp(text, PACKAGE_VERSION))
    return lac_fail(LAC_EFORMAT, "%s was written by another version of laconic (%s, this is %s)", c->name, text, PACKAGE_VERSION);
  if (!get_text(c->file, "config_digest", text) || !lac_load_attribute(c->file, "clients", H5T_NATIVE_UINT64, &n))
    return lac_fail(LAC_EFORMAT, "%s is damaged: it does not say what it is of", c->name);
  if (strcmp(text, config_digest) || n != c->n)
    return lac_fail(LAC_EFORMAT, "%s is of another configuration (digest %s, this run is %s)", c->name, text, config_digest);
  return LAC_OK;
}

int lac_checkpoint_open(lac_checkpoint **out, lac_comm *comm, uint32_t n, const char *path, int generation, const char *config_digest)
{
  LAC_TRY(lac_comm_agree(comm, make_checkpoint(out, comm, n, path, lac_checkpoint_path(path, generation))));
  lac_checkpoint *c = *out;
  struct stat about;
  LAC_TRY(agree(c, LAC_EFORMAT, !is_root(c) || (stat(c->name, &about) == 0 && S_ISREG(about.st_mode)), "no regular file"));
  hid_t access = access_of(comm, 0);
  LAC_TRY(agree(c, LAC_EIO, access >= 0, "HDF5 cannot read in parallel here"));
  c->file = H5Fopen(c->name, H5F_ACC_RDONLY, access);
  H5Pclose(access);
  LAC_TRY(agree(c, LAC_EFORMAT, c->file >= 0, "not a whole HDF5 file: not there, cut short, damaged or something else"));
  return lac_comm_agree(comm, check_header(c, config_digest));
}

/* A section of this type and its shape: as many bytes as the shape says are in the file. */
static hid_t open_set(const lac_checkpoint *c, const char *name, hid_t type, size_t width, hsize_t shape[RANK])
{
  hsize_t bytes = 0;
  hid_t set = lac_load_object(c->file, name, H5I_DATASET), own = set >= 0 ? H5Dget_type(set) : -1;
  int ok = own >= 0 && H5Tequal(own, type) > 0 && lac_load_shape(set, RANK, shape) && H5Fget_filesize(c->file, &bytes) >= 0;
  for (int k = 0; k < RANK; k++) {
    ok = ok && shape[k] > 0 && shape[k] <= bytes / width;
    bytes = ok ? bytes / shape[k] : 0;
  }
  ok = ok && H5Dget_storage_size(set) >= shape[0] * shape[1] * shape[2] * width;
  H5Tclose(own);
  if (ok)
    return set;
  H5Dclose(set);
  return -1;
}

int lac_checkpoint_shape(lac_checkpoint *c, const char *name, size_t *vectors, size_t *length)
{
  hsize_t shape[RANK] = { 0, 0, 0 };
  int there = H5Lexists(c->file, name, H5P_DEFAULT) > 0;
  hid_t set = there ? open_set(c, name, H5T_NATIVE_UINT64, 8, shape) : -1;
  *vectors = set >= 0 ? (size_t)shape[1] : 0;
  *length = set >= 0 ? (size_t)shape[2] : 0;
  H5Dclose(set);
  return agree(c, LAC_EFORMAT, !there || set >= 0, "damaged: a section's shape cannot be read");
}

/* Is the section what the run expects?  Its checksum. */
static int check_set(const lac_checkpoint *c, const lac_state *s, hid_t *set, uint64_t *sum)
{
  hsize_t shape[RANK] = { 0, 0, 0 };
  *set = open_set(c, s->name, type_of(s), width_of(s), shape);
  return *set >= 0 && shape[0] == units_of(c, s).all && shape[1] == s->vectors && shape[2] == s->length &&
         lac_load_attribute(*set, "xxh3", H5T_NATIVE_UINT64, sum) ? LAC_OK :
         lac_fail(LAC_EFORMAT, "%s is damaged: section %s is not there or has another shape", c->name, s->name);
}

static int read_section(lac_checkpoint *c, const lac_state *s, hid_t *set)
{
  uint64_t written = 0, have = 0;
  LAC_TRY(lac_comm_agree(c->comm, check_set(c, s, set, &written)));
  LAC_TRY(agree(c, LAC_EFORMAT, move_section(c, s, *set, 1), "damaged: a section cannot be read"));
  LAC_TRY(hash_section(c, s, &have));
  if (have != written)
    return lac_fail(LAC_EFORMAT, "%s is damaged: the checksum of section %s is wrong", c->name, s->name);
  for (size_t k = 0; s->owner == LAC_STATE_ALL && k < s->vectors; k++)
    LAC_TRY(lac_comm_bcast(c->comm, (char *)s->at + k * s->stride * width_of(s), s->length * width_of(s)));
  return LAC_OK;
}

int lac_checkpoint_get(lac_checkpoint *c, const lac_state *s)
{
  if (s->vectors == 0 || s->length == 0)
    return LAC_OK;
  hid_t set = -1;
  int status = read_section(c, s, &set);
  H5Dclose(set);
  return status;
}

void lac_checkpoint_close(lac_checkpoint *c)
{
  if (!c)
    return;
  /* its room is given back first: a close that finds no room for what HDF5 still holds ends in a crash */
  int emptied = c->file >= 0 && c->writing && is_root(c) && ftruncate(c->temporary.fd, 0) == 0;
  (void)emptied;
  if (c->file >= 0)
    H5Fclose(c->file);
  lac_temporary_drop(&c->temporary);
  free(c->path);
  free(c->name);
  free(c);
}

/* ---- rank 0 ---- */

int lac_checkpoint_exists(const char *path, int generation)
{
  char *name = lac_checkpoint_path(path, generation);
  int yes = name && access(name, F_OK) == 0;
  free(name);
  return yes;
}

void lac_checkpoint_promote(const char *path)
{
  char *newest = lac_checkpoint_path(path, 0), *older = lac_checkpoint_path(path, 1), *bad = lac_asprintf("%s.checkpoint.bad", path);
  if (newest && older && bad) {
    rename(newest, bad);
    rename(older, newest);
  }
  free(newest);
  free(older);
  free(bad);
}

void lac_checkpoint_remove(const char *path)
{
  static const char *const endings[] = { "", ".1", ".bad" };
  for (size_t i = 0; i < LAC_COUNT(endings); i++) {
    char *name = lac_asprintf("%s.checkpoint%s", path, endings[i]);
    if (name)
      unlink(name);
    free(name);
  }
}
