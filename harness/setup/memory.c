#include "setup/memory.h"

#include "setup/vectors.h"
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* ---- what there is ---- */

typedef struct { double bytes; char name[64]; } limit;

static void lower(limit *least, double bytes, const char *name)
{
  if (bytes >= least->bytes)
    return;
  least->bytes = bytes > 0 ? bytes : 0;
  snprintf(least->name, sizeof least->name, "%s", name);
}

/* The number that follows `key` in a file of /proc or /sys; DBL_MAX: there is none ("max", too). */
static double number_in(const char *path, const char *key)
{
  char line[256];
  double value = DBL_MAX;
  FILE *file = fopen(path, "r");
  while (file && value == DBL_MAX && fgets(line, sizeof line, file))
    if (strncmp(line, key, strlen(key)) == 0 && sscanf(line + strlen(key), "%lf", &value) != 1)
      break;
  if (file)
    fclose(file);
  return value;
}

/* Files of cgroups, one below the other: a limit and what is used of it, version 2 and version 1. */
static void lower_to_group(limit *least, const char *root, const char *group, const char *most, const char *used)
{
  char path[PATH_MAX], below[1024];
  snprintf(below, sizeof below, "%s", group);
  for (char *slash = below + strlen(below);; *slash = 0) {
    snprintf(path, sizeof path, "%s%s/%s", root, below, most);
    double bytes = number_in(path, "");
    snprintf(path, sizeof path, "%s%s/%s", root, below, used);
    double now = number_in(path, "");
    if (bytes < 0x1p60 && now < DBL_MAX)
      lower(least, bytes - now, "the memory limit of the control group");
    if (!(slash = strrchr(below, '/')))
      return;
  }
}

static void lower_to_groups(limit *least)
{
  char line[1024];
  FILE *file = fopen("/proc/self/cgroup", "r");
  while (file && fgets(line, sizeof line, file)) {
    line[strcspn(line, "\n")] = 0;
    char *group = strrchr(line, ':'), *memory = strstr(line, ":memory:");
    if (memory)
      lower_to_group(least, "/sys/fs/cgroup/memory", group + 1, "memory.limit_in_bytes", "memory.usage_in_bytes");
    if (strncmp(line, "0::", 3) == 0)
      lower_to_group(least, "/sys/fs/cgroup", line + 3, "memory.max", "memory.current");
  }
  if (file)
    fclose(file);
}

static double megabytes(const char *name)
{
  const char *text = getenv(name);
  double value = text ? atof(text) : 0;
  return value > 0 ? value * 0x1p20 : DBL_MAX;
}

/* For this rank: its share of what the ranks of a node have together, and what a process may have. */
static limit find_limit(const lac_comm *comm)
{
  static const struct { int what; const char *name; } process[] = {
    { RLIMIT_AS, "the limit of ulimit -v" }, { RLIMIT_DATA, "the limit of ulimit -d" },
  };
  const char *cpus = getenv("SLURM_CPUS_ON_NODE");
  limit least = { DBL_MAX, "" };
  lower(&least, number_in("/proc/meminfo", "MemAvailable:") * 1024, "what is free on this machine");
  lower_to_groups(&least);
  lower(&least, megabytes("SLURM_MEM_PER_NODE"), "SLURM_MEM_PER_NODE");
  lower(&least, megabytes("SLURM_MEM_PER_CPU") * (cpus && atof(cpus) >= 1 ? atof(cpus) : 1), "SLURM_MEM_PER_CPU");
  least.bytes /= lac_comm_here(comm);
  double pages = number_in("/proc/self/statm", ""), used = pages < DBL_MAX ? pages * (double)sysconf(_SC_PAGESIZE) : 0;
  for (size_t i = 0; i < LAC_COUNT(process); i++) {
    struct rlimit most;
    if (getrlimit(process[i].what, &most) == 0 && most.rlim_cur != RLIM_INFINITY)
      lower(&least, (double)most.rlim_cur - (process[i].what == RLIMIT_AS ? used : 0), process[i].name);
  }
  return least;
}

/* ---- what is wanted ---- */

/* Rows that a generator makes for the clients of this rank; those of a file are in memory already, once, and the shards copy them. */
static double rows_of(const lac_run *r, double share)
{
  if (!r->instance.problem.data || r->instance.shard)      /* none, or those of the run before */
    return 0;
  const lac_data_info *about = lac_data_about(r->instance.problem.data);
  double m = (double)about->rows * share, nnz = (double)about->nnz * share, d = (double)about->d;
  int sparse = 4 * nnz <= m * d;
  return m * (sizeof(double) + (sparse ? sizeof(size_t) : (double)(about->d < 8 ? about->d : lac_stride(about->d)) * sizeof(double))) +
         (sparse ? nnz * (sizeof(double) + sizeof(uint32_t)) : 0);
}

/* One message of a client, as it is declared for the first round. */
static double message_bytes(const lac_run *r)
{
  int exact;
  return (double)(r->recipe.method->uplink_bits(&r->env, &exact) / 8) + 16;
}

int lac_memory_check(const lac_run *r)
{
  static const char *const store[LAC_STORES][2] = {
    [LAC_STORE_SERVER] = { "the vectors of the server", "a smaller d" },
    [LAC_STORE_MIRROR] = { "what a rank knows from broadcasts", "a smaller d" },
    [LAC_STORE_CLIENT] = { "the vectors of the clients", "fewer clients, a smaller d" },
    [LAC_STORE_ABOUT] = { "what the server keeps of every client", "fewer clients, a smaller d" },
    [LAC_STORE_UP_MEMORY] = { "what the clients' compressors remember", "another compressor, fewer clients" },
    [LAC_STORE_DOWN_MEMORY] = { "what the server's compressor remembers", "another compressor" },
    [LAC_STORE_SCRATCH] = { "the vectors of one client at work", "a smaller d" },
  };
  int root = lac_comm_rank(r->comm) == 0, alone = lac_comm_size(r->comm) == 1;
  double local = r->instance.last - r->instance.first, n = r->env.n, d = (double)r->env.d, all = 0;
  double nodes = 2 + log2(n);      /* of the tree of sums: one a level */
  struct { const char *name, *remedy; double bytes; } part[LAC_STORES + 4] = {
    { "the rows of the data", "fewer or shorter rows", rows_of(r, local / n) },
    { "x_0, the evaluation and its sums", "a smaller d", 8 * d * (4 + nodes * (root && !alone ? 2 : 1)) },
    { "the messages of a round", "a compressor that sends less, fewer clients",
      message_bytes(r) * (local + (root && !alone ? n : 0)) * (double)(1 + (r->recipe.method->lag ? r->recipe.method->lag(&r->env) : 0)) },
    { "what is kept of each client", "fewer clients", 8 * (local + n) + n },
  };
  size_t most = 0;
  for (int k = 0; k < LAC_STORES; k++) {
    part[4 + k].name = store[k][0];
    part[4 + k].remedy = store[k][1];
    part[4 + k].bytes = (double)lac_vectors_row_bytes(r, k);
  }
  for (size_t i = 0; i < LAC_COUNT(part); i++) {
    all += part[i].bytes;
    most = part[i].bytes > part[most].bytes ? i : most;
  }
  limit there = find_limit(r->comm);
  if (all <= there.bytes)
    return LAC_OK;
  return lac_fail(LAC_EUSER, "d=%zu with %u clients takes %.3g GB on rank %d, %.3g GB of it for %s; %s leaves %.3g GB: take %s, more "
                  "machines or fewer ranks on each", r->env.d, r->env.n, all / 1e9, lac_comm_rank(r->comm), part[most].bytes / 1e9,
                  part[most].name, there.name, there.bytes / 1e9, part[most].remedy);
}
