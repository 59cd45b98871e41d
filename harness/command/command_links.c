/* laconic links: a command on hosts of this machine, joined by links of a given rate and latency. */
#include "command/commands.h"
#include "links/links.h"
#include "links/shape.h"
#include "options.h"
#include "registry/outside.h"
#include "utf8.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HOSTS = 1, NETWORK, UP, DOWN, HOST, QUEUE, CONGESTION, VERBOSE, CHECK };

typedef struct {
  lac_links links;
  const char *network, *up, *down;
  const char *host[LAC_HOSTS_MOST];      /* what --host said */
  size_t host_count;
  int check;
} arguments;

static const struct argp_option options[] = {
  { "hosts", HOSTS, "N", 0, "hosts, a rank each; rank 0 is on host 1 [2]", 1 },
  { "network", NETWORK, "NETWORK", 0, "rate and latency, as 100Mbit/s,20ms; or FILE.ini with a section [network]", 1 },
  { "up", UP, "RATE", 0, "what hosts but the first send at, if not at the rate of --network", 1 },
  { "down", DOWN, "RATE", 0, "what hosts but the first receive at, if not at the rate of --network", 1 },
  { "host", HOST, "I:KEY=VALUE,...", 0, "rate, up, down or latency of host I, from 2 on; may be given for several", 1 },
  { "queue", QUEUE, "BYTES", 0, "what may wait at a link, as 4MiB; what comes then is lost [1MiB]", 1 },
  { "congestion", CONGESTION, "NAME", 0, "congestion control of TCP [the system's]", 1 },
  { "verbose", VERBOSE, NULL, 0, "say what was set up, and the bytes that passed", 2 },
  { "check", CHECK, NULL, 0, "say whether links work here", 2 },
  { 0 }
};

static int read_hosts(const char *value, unsigned *hosts)
{
  char *end;
  unsigned long n = strtoul(value, &end, 10);
  if (*end || *value < '0' || *value > '9' || n < 2 || n > LAC_HOSTS_MOST)
    return lac_fail(LAC_EUSER, "--hosts=%.40s: give a number from 2 to %d", value, LAC_HOSTS_MOST);
  *hosts = (unsigned)n;
  return LAC_OK;
}

static int read_queue(const char *value, uint32_t *queue)
{
  double bytes;
  if (!lac_network_size_of(value, &bytes) || bytes < LAC_QUEUE_LEAST || bytes > LAC_QUEUE_MOST)
    return lac_fail(LAC_EUSER, "--queue=%.40s: give a size from 64KiB to 1024MiB, in B, kB, MB, KiB or MiB", value);
  *queue = (uint32_t)bytes;
  return LAC_OK;
}

static int add_host(arguments *a, const char *value)
{
  if (a->host_count == LAC_COUNT(a->host))
    return lac_fail(LAC_EUSER, "--host is given more than %d times; give it once for a host", LAC_HOSTS_MOST);
  a->host[a->host_count++] = value;
  return LAC_OK;
}

static error_t parse(int key, char *value, struct argp_state *state)
{
  arguments *a = state->input;
  switch (key) {
  case HOSTS:
    return read_hosts(value, &a->links.hosts);
  case NETWORK:
    a->network = value;
    return 0;
  case UP:
    a->up = value;
    return 0;
  case DOWN:
    a->down = value;
    return 0;
  case HOST:
    return add_host(a, value);
  case QUEUE:
    return read_queue(value, &a->links.queue);
  case CONGESTION:
    a->links.congestion = value;
    return 0;
  case VERBOSE:
    return (a->links.verbose = 1, 0);
  case CHECK:
    return (a->check = 1, 0);
  default:
    return ARGP_ERR_UNKNOWN;
  }
}

/* The place of the command: behind our own options, and the values that stand alone behind some of them. */
static int find_command(int argc, char **argv)
{
  int at = 1;
  for (; at < argc && argv[at][0] == '-' && argv[at][1]; at++) {
    if (strcmp(argv[at], "--") == 0)
      return at + 1;
    for (const struct argp_option *o = options; o->name; o++)
      at += o->arg && argv[at] && argv[at][1] == '-' && strcmp(argv[at] + 2, o->name) == 0;
  }
  return at < argc ? at : argc;
}

static int check_command(char *const *command)
{
  static const char *const launchers[] = { "mpiexec", "mpirun", "srun" };
  if (!command[0])
    return lac_fail(LAC_EUSER, "links need a command that the hosts run, as laconic links --network=100Mbit/s laconic run");
  const char *slash = strrchr(command[0], '/'), *name = slash ? slash + 1 : command[0];
  for (size_t i = 0; i < LAC_COUNT(launchers); i++)
    if (strncmp(name, launchers[i], strlen(launchers[i])) == 0)
      return lac_fail(LAC_EUSER, "links start a rank on each of --hosts; give the command without %.40s", name);
  return LAC_OK;
}

static int in_path(const char *name)
{
  const char *path = getenv("PATH");
  char *copy = lac_strdup(path ? path : "/usr/bin:/bin"), *rest = copy, *folder;
  int found = 0;
  while (!found && copy && (folder = strsep(&rest, ":"))) {
    char *file = lac_asprintf("%s/%s", *folder ? folder : ".", name);
    found = file && access(file, X_OK) == 0;
    free(file);
  }
  free(copy);
  return found;
}

/* PATH ends with the folder of this program. */
static int extend_path(void)
{
  const char *path = getenv("PATH");
  char self[4096] = "", *longer = NULL;
  if (readlink("/proc/self/exe", self, sizeof self - 1) > 0 && strrchr(self, '/')) {
    *strrchr(self, '/') = 0;
    longer = lac_asprintf("%s:%s", path ? path : "/usr/bin:/bin", self);
  }
  int wrong = !longer || setenv("PATH", longer, 1);
  free(longer);
  return wrong ? LAC_ENOMEM : LAC_OK;
}

/* mpiexec's own words for a program that is not there are many.  laconic is there, also when no PATH leads to it. */
static int find_program(const char *program)
{
  if (strchr(program, '/'))
    return access(program, X_OK) == 0 ? LAC_OK : lac_fail(LAC_EUSER, "%s is no program that can be run", program);
  if (!in_path(program))
    LAC_TRY(extend_path());
  return in_path(program) ? LAC_OK : lac_fail(LAC_EUSER, "%s is not in PATH; give the path of a program", program);
}

/* --plugin was taken out of all words, the command's, too. */
static int hand_on_plugins(void)
{
  const lac_outside *o;
  char *all = NULL;
  for (size_t i = 0; (o = lac_outside_entry(i)); i++) {
    char *longer = all ? lac_asprintf("%s:%s", all, o->path) : lac_strdup(o->path);
    free(all);
    if (!(all = longer))
      return LAC_ENOMEM;
  }
  int wrong = all && setenv("LACONIC_PLUGINS", all, 1);
  free(all);
  return wrong ? LAC_ENOMEM : LAC_OK;
}

static int check_mpi(void)
{
  char version[128];
  lac_comm_version(version);
  return strncmp(version, "MPICH", 5) == 0 ? LAC_OK :
         lac_fail(LAC_EUSER, "links start ranks with MPICH's mpiexec, and this laconic was built with another MPI");
}

/* ---- laconic links --check ---- */

static int print_check(const char *label, int status)
{
  lac_print(stdout, "%-24s%s%s\n", label, status == LAC_OK ? "yes" : "no: ", status == LAC_OK ? "" : lac_error());
  return status;
}

static int try_links(const char *label, const char *text)
{
  lac_links l = { .hosts = 2, .queue = LAC_QUEUE };
  int exit_status, status = lac_shape_all(&l, text);
  if (status == LAC_OK)
    status = lac_links_run(&l, &exit_status);
  return print_check(label, status);
}

static int check_links(void)
{
  char congestion[64];
  int rates = try_links("rates (veth, tbf)", "100Mbit/s"), latencies = try_links("latencies (TUN)", "100Mbit/s,1ms");
  int ranks = print_check("ranks (MPICH)", check_mpi());
  lac_links_congestion(congestion);
  lac_print(stdout, "%-24s%s\n", "congestion control", congestion);
  return rates == LAC_OK && latencies == LAC_OK && ranks == LAC_OK ? LAC_OK : lac_fail(LAC_EUSER, "not all links work here");
}

/* ---- laconic links ---- */

static int shape_links(arguments *a)
{
  if (!a->network)
    return lac_fail(LAC_EUSER, "links need a network; give its rate, as --network=100Mbit/s or --network=100Mbit/s,20ms");
  char *all = lac_asprintf("%s%s%s%s%s", a->network, a->up ? ",up=" : "", a->up ? a->up : "", a->down ? ",down=" : "",
                           a->down ? a->down : "");
  int status = all ? lac_shape_all(&a->links, all) : LAC_ENOMEM;
  for (size_t i = 0; status == LAC_OK && i < a->host_count; i++)
    status = lac_shape_host(&a->links, all, a->host[i]);
  free(all);
  return status;
}

static int prepare(arguments *a, char **command)
{
  LAC_TRY(shape_links(a));
  LAC_TRY(check_command(command));
  LAC_TRY(find_program(*command));
  LAC_TRY(check_mpi());
  a->links.command = command;
  return hand_on_plugins();
}

static const char doc[] =
  "Run a command on hosts of this machine, a rank each, that are joined by links of a given rate and latency.  A message passes the up "
  "link of the sender and the down link of the receiver; the latency is that of both together, one way.\v"
  "A host is a network namespace.  Rates are tbf at pairs of veth; with a latency, a process carries the packets of TUN devices.  It "
  "takes root, or a user namespace, and nothing is left when it ends, in whatever way.  100 Mbit/s is what two cores carry; see "
  "docs/links.md.  A network is written as laconic plot --x='seconds(NETWORK)' takes it (docs/networks.md); links have its rate, up, "
  "down, server_rate and latency.\n\n"
  "  laconic links --hosts=4 --network=100Mbit/s,1ms laconic run --rounds=20\n"
  "  laconic links --network=1Gbit/s --host=2:up=10Mbit/s laconic run --rounds=20\n"
  "  laconic links --check";

int lac_command_links(lac_comm *comm, int argc, char **argv)
{
  arguments a = { .links = { .hosts = 2, .queue = LAC_QUEUE } };
  struct argp argp = { options, parse, "COMMAND ...", doc, NULL, NULL, NULL };
  int done = 0, exit_status = 0, own = find_command(argc, argv);
  if (argc > 1 && strcmp(argv[1], "--enter") == 0)
    return lac_links_enter(argv + 2);
  if (lac_comm_size(comm) > 1)
    return lac_fail(LAC_EUSER, "links start ranks themselves; call laconic links without mpiexec");
  LAC_TRY(lac_argp(comm, &argp, own, argv, &a, &done));
  if (done)
    return LAC_OK;
  if (a.check)
    return check_links();
  LAC_TRY(prepare(&a, argv + own));
  LAC_TRY(lac_links_run(&a.links, &exit_status));
  if (exit_status)
    exit(exit_status);
  return LAC_OK;
}
