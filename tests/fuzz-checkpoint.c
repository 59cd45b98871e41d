/* fuzz-checkpoint.c: libFuzzer target for checkpoints: strange attributes and sections in place of the right ones. */
#include "fuzz-file.h"

#include "store/checkpoint.h"
#include <mpi.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
static lac_comm *comm;
static const char *const names[] = { "server", "trace", "client", "config", "laconic_checkpoint", "laconic_version", "config_digest",
  "clients", "xxh3", "more" };
enum { CLIENTS = 2, LENGTH = 3 };

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
  require(MPI_Init(argc, argv) == MPI_SUCCESS && lac_comm_open(&comm) == LAC_OK);
  return 0;
}

/* Of rank 0 one vector, of each client two, a trace, texts: all of zeros or small numbers. */
static double server[LENGTH], client[CLIENTS * 2 * LENGTH];
static uint64_t trace[4 * LENGTH];
static uint8_t config[8];
static const lac_state sections[] = {
  { "server", LAC_STATE_ROOT, LAC_STATE_REALS, 1, LENGTH, LENGTH, server },
  { "client", LAC_STATE_CLIENTS, LAC_STATE_REALS, 2, LENGTH, LENGTH, client },
  { "trace", LAC_STATE_ROOT, LAC_STATE_COUNTS, 4, LENGTH, LENGTH, trace },
  { "config", LAC_STATE_ALL, LAC_STATE_BYTES, 1, sizeof config, sizeof config, config },
};

static void write_good(const char *path)
{
  lac_checkpoint *c = NULL;
  require(lac_checkpoint_create(&c, comm, CLIENTS, path, "digest", 1 << 16) == LAC_OK);
  for (size_t i = 0; i < LAC_COUNT(sections); i++)
    require(lac_checkpoint_put(c, &sections[i]) == LAC_OK);
  require(lac_checkpoint_commit(c) == LAC_OK);
  lac_checkpoint_close(c);
}

/* In the place of an attribute, of the file or of a section, or of a section itself. */
static void spoil(hid_t file, const uint8_t *b)
{
  const char *name = names[b[5] % LAC_COUNT(names)];
  strange s = { IN_ROOT, b[1] % THINGS, b[2] % TYPES, b[3] % SPACES, b[4] % LAYOUTS, name };
  hid_t at = b[0] % 2 && H5Lexists(file, "server", H5P_DEFAULT) > 0 ? H5Oopen(file, "server", H5P_DEFAULT) : -1;
  if (at < 0 && s.thing != AN_ATTRIBUTE && H5Lexists(file, name, H5P_DEFAULT) > 0)
    H5Ldelete(file, name, H5P_DEFAULT);
  if (at < 0 || s.thing == AN_ATTRIBUTE)
    put_thing(file, at < 0 ? file : at, &s);
  H5Oclose(at);
}

static void read_checkpoint(const char *path)
{
  lac_checkpoint *c = NULL;
  size_t vectors = 0, length = 0;
  int status = lac_checkpoint_open(&c, comm, CLIENTS, path, 0, "digest");
  if (status == LAC_OK)
    status = lac_checkpoint_shape(c, "trace", &vectors, &length);
  require(vectors < 1 << 16 && length < 1 << 16);
  for (size_t i = 0; i < LAC_COUNT(sections) && status == LAC_OK; i++)
    status = lac_checkpoint_get(c, &sections[i]);
  require(status == LAC_OK || *lac_error());
  lac_checkpoint_close(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
  static char file[128];
  static uint8_t good[1 << 16];
  static size_t length;
  const char *path = scratch("fuzz-checkpoint");
  if (!length) {
    write_good(path);
    snprintf(file, sizeof file, "%s.checkpoint", path);
    FILE *from = fopen(file, "rb");
    require(from && (length = fread(good, 1, sizeof good, from)) > 0 && length < sizeof good && fclose(from) == 0);
  }
  write_bytes(file, good, length);
  for (hid_t at; size >= 6 && (at = H5Fopen(file, H5F_ACC_RDWR, H5P_DEFAULT)) >= 0; bytes += 6, size -= 6) {
    spoil(at, bytes);
    H5Fclose(at);      /* with two links in one go HDF5 1.10 ends in a fault of its own when it writes them */
  }
  read_checkpoint(path);
  return 0;
}
