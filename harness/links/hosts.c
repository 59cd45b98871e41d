#include "links/hosts.h"

#include "links/shape.h"
#include "links/wire.h"
#include "utf8.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int host_fd(unsigned host) { return LAC_HOST_FD + (int)host; }

/* A descriptor at its own number, above those of the rest. */
static int move_fd(int fd, int to)
{
  if (fd < 0 || dup3(fd, to, O_CLOEXEC) < 0)
    return lac_fail(LAC_EIO, "too few open files for so many hosts: %s; raise `ulimit -n`", strerror(errno));
  close(fd);
  return LAC_OK;
}

static int enter(int namespace)
{
  return setns(namespace, CLONE_NEWNET) == 0 ? LAC_OK : lac_fail(LAC_EIO, "cannot enter a network namespace: %s", strerror(errno));
}

/* ---- ip and tc ---- */

/* Input of a tool: a file in memory.  NULL, and lac_fail: no memory. */
static FILE *open_script(void)
{
  int fd = memfd_create("script", MFD_CLOEXEC);
  FILE *f = fd >= 0 ? fdopen(fd, "w+") : NULL;
  if (!f)
    lac_fail(LAC_ENOMEM, "no file in memory: %s", strerror(errno));
  return f;
}

static _Noreturn void become_tool(int namespace, const char *const *words, int in, int out, int err)
{
  sigset_t none;
  const char *path = getenv("PATH");
  char *longer = lac_asprintf("%s:/usr/sbin:/sbin", path ? path : "/usr/bin:/bin");      /* where a user's PATH does not lead */
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  if (!longer || setenv("PATH", longer, 1) || setns(namespace, CLONE_NEWNET) || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
    _exit(126);
  execvp(words[0], (char *const *)words);
  _exit(errno == ENOENT ? 127 : 126);
}

/* With the first line that a tool wrote to its standard error. */
static int tool_failed(const char *tool, const char *what, int state, FILE *said)
{
  char line[256] = "";
  rewind(said);
  if (!fgets(line, sizeof line, said) || !*line)
    snprintf(line, sizeof line, "status %d", WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state));
  line[strcspn(line, "\n")] = 0;
  if (WIFEXITED(state) && WEXITSTATUS(state) == 127)
    return lac_fail(LAC_EUSER, "links need the program %s; install it (Debian: iproute2)", tool);
  return lac_fail(LAC_EUSER, "links cannot be set up here: %s refuses %s: %s", tool, what, line);
}

/* A tool in a namespace, with `script` (NULL: nothing) as its input; what it prints goes to standard error.  what: for messages. */
static int run_tool(int namespace, const char *what, const char *const *words, FILE *script)
{
  int state;
  FILE *said = open_script();
  if (!said)
    return LAC_ENOMEM;
  if (script) {
    fflush(script);
    rewind(script);
  }
  int in = script ? fileno(script) : open("/dev/null", O_RDONLY | O_CLOEXEC);
  pid_t pid = fork();
  if (pid == 0)
    become_tool(namespace, words, in, STDERR_FILENO, fileno(said));
  if (!script)
    close(in);
  while (pid > 0 && waitpid(pid, &state, 0) < 0 && errno == EINTR)
    ;
  int status = pid < 0 ? lac_fail(LAC_EIO, "no process can be started: %s", strerror(errno)) :
               state ? tool_failed(words[0], what, state, said) : LAC_OK;
  fclose(said);
  return status;
}

/* Lines for `tool -batch -` in a namespace; `script` is closed. */
static int run_batch(int namespace, const char *what, const char *tool, FILE *script)
{
  int status = run_tool(namespace, what, (const char *const[]){ tool, "-batch", "-", NULL }, script);
  fclose(script);
  return status;
}

/* ---- making hosts ---- */

/* In the host. */
static int open_tun(int *tun, unsigned host)
{
  struct ifreq wanted = { .ifr_name = "wire", .ifr_flags = IFF_TUN | IFF_NO_PI };
  int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0)
    return lac_fail(LAC_EUSER, "links with latency need /dev/net/tun: %s; load the module tun, or leave the latency out", strerror(errno));
  if (ioctl(fd, TUNSETIFF, &wanted))
    return lac_fail(LAC_EUSER, "links with latency need TUN devices: %s", strerror(errno));
  *tun = host_fd(LAC_HOSTS_MOST + host);
  return move_fd(fd, *tun);
}

/* In a host: its congestion control, which it gets or has. */
static int set_congestion(const lac_links *l, char name[static 64])
{
  static const char path[] = "/proc/sys/net/ipv4/tcp_congestion_control";
  FILE *f = l->congestion ? fopen(path, "w") : NULL;
  int wrong = l->congestion && (!f || fputs(l->congestion, f) < 0);
  if (f)
    wrong |= fclose(f) != 0;
  if (wrong)
    return lac_fail(LAC_EUSER, "--congestion=%s: %s; /proc/sys/net/ipv4/tcp_allowed_congestion_control lists what may be set",
                    l->congestion, strerror(errno));
  lac_links_congestion(name);
  return LAC_OK;
}

void lac_links_congestion(char name[static 64])
{
  FILE *f = fopen("/proc/sys/net/ipv4/tcp_congestion_control", "r");
  if (!f || !fgets(name, 64, f))
    snprintf(name, 64, "unknown");
  name[strcspn(name, "\n")] = 0;
  if (f)
    fclose(f);
}

static int make_namespace(const lac_links *l, lac_hosts *h, unsigned host)
{
  if (unshare(CLONE_NEWNET))
    return lac_fail(LAC_EUSER, "no network namespace for host %u: %s", host + 1, strerror(errno));
  LAC_TRY(move_fd(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), host_fd(host)));
  LAC_TRY(set_congestion(l, h->congestion));
  return lac_links_delayed(l) ? open_tun(&h->tun[host], host) : LAC_OK;
}

static int make_devices(const lac_links *l, unsigned host)
{
  FILE *ip = open_script();
  if (!ip)
    return LAC_ENOMEM;
  fprintf(ip, "link set lo up\n");
  if (!lac_links_delayed(l))
    fprintf(ip, "link add wire type veth peer name p%u netns /proc/1/ns/net\n", host + 1);
  fprintf(ip, "link set wire addrgenmode none\n"      /* no address of IPv6, for which the kernel would wait */
          "link set wire mtu %d txqueuelen 1000\n"
          "addr add 10.77.0.%u/24 dev wire\n"
          "link set wire up\n", LAC_WIRE_MTU, host + 1);
  return run_batch(host_fd(host), lac_links_delayed(l) ? "a TUN device" : "veth", "ip", ip);
}

static void write_rate(FILE *tc, const lac_links *l, double rate, const char *device)
{
  fprintf(tc, "qdisc add dev %s root tbf rate %.0fbit burst %.0f limit %u\n", device, rate, lac_links_burst(rate), l->queue);
}

static int make_rate(const lac_links *l, unsigned host)
{
  FILE *tc = open_script();
  if (!tc)
    return LAC_ENOMEM;
  write_rate(tc, l, l->link[host].up, "wire");
  return run_batch(host_fd(host), "a rate by tbf", "tc", tc);
}

static int make_switch(const lac_links *l, const lac_hosts *h)
{
  FILE *ip = open_script();
  if (!ip)
    return LAC_ENOMEM;
  fprintf(ip, "link add name switch type bridge\nlink set switch addrgenmode none\nlink set switch up\n");
  for (unsigned i = 1; i <= l->hosts; i++)
    fprintf(ip, "link set p%u addrgenmode none\nlink set p%u master switch\nlink set p%u up\n", i, i, i);
  LAC_TRY(run_batch(h->home, "a bridge", "ip", ip));
  FILE *tc = open_script();
  if (!tc)
    return LAC_ENOMEM;
  for (unsigned i = 0; i < l->hosts; i++) {
    char device[16];
    snprintf(device, sizeof device, "p%u", i + 1);
    write_rate(tc, l, l->link[i].down, device);
  }
  return run_batch(h->home, "a rate by tbf", "tc", tc);
}

int lac_hosts_make(const lac_links *l, lac_hosts *h)
{
  h->home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  if (h->home < 0)
    return lac_fail(LAC_EIO, "/proc/self/ns/net: %s", strerror(errno));
  int status = LAC_OK;
  for (unsigned i = 0; status == LAC_OK && i < l->hosts; i++)
    status = make_namespace(l, h, i);
  LAC_TRY(status);
  LAC_TRY(enter(h->home));
  for (unsigned i = 0; i < l->hosts; i++)
    LAC_TRY(make_devices(l, i));
  if (lac_links_delayed(l))
    return LAC_OK;
  for (unsigned i = 0; i < l->hosts; i++)
    LAC_TRY(make_rate(l, i));
  return make_switch(l, h);
}

/* ---- whether packets pass ---- */

enum { PATIENCE = 20, DISCARD = 9 };      /* seconds; a port where nobody listens */

/* UCX does not use a device before the kernel says that it runs, which it does up to a second after it is up. */
static int runs(int socket_of_host)
{
  struct ifreq wire = { .ifr_name = "wire" };
  return ioctl(socket_of_host, SIOCGIFFLAGS, &wire) == 0 && wire.ifr_flags & IFF_RUNNING;
}

static void pause_briefly(void) { nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL); }

static int wait_running(unsigned host, double until)
{
  LAC_TRY(enter(host_fd(host)));
  int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), yes;
  while (!(yes = s >= 0 && runs(s)) && lac_seconds() < until)
    pause_briefly();
  if (s >= 0)
    close(s);
  return yes ? LAC_OK : lac_fail(LAC_EIO, "the link of host %u does not come up", host + 1);
}

/* A connection to every host that has not answered yet. */
static void call_hosts(unsigned hosts, const uint8_t *answered, struct pollfd *calls)
{
  for (unsigned i = 1; i < hosts; i++) {
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(DISCARD), .sin_addr.s_addr = htonl(0x0a4d0001 + i) };
    int fd = answered[i] ? -1 : socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0)
      connect(fd, (struct sockaddr *)&to, sizeof to);
    calls[i] = (struct pollfd){ .fd = fd, .events = POLLOUT };
  }
}

static void hang_up(unsigned hosts, const uint8_t *answered, struct pollfd *calls, int all)
{
  for (unsigned i = 1; i < hosts; i++)
    if (calls[i].fd >= 0 && (all || answered[i])) {
      close(calls[i].fd);
      calls[i].fd = -1;
    }
}

/* A host where nobody listens refuses, and so has answered.  How many are left. */
static unsigned take_answers(unsigned hosts, uint8_t *answered, struct pollfd *calls)
{
  unsigned left = 0;
  for (unsigned i = 1; i < hosts; i++) {
    int error = 0;
    socklen_t size = sizeof error;
    if (calls[i].fd >= 0 && calls[i].revents && getsockopt(calls[i].fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0)
      answered[i] |= error == 0 || error == ECONNREFUSED;
    left += !answered[i];
  }
  hang_up(hosts, answered, calls, 0);
  return left;
}

/* In host 1.  A call that is lost is made again; one that is slow gets as long as the slowest link may need. */
static unsigned call_until(unsigned hosts, uint8_t *answered, double patience)
{
  struct pollfd calls[LAC_HOSTS_MOST];
  unsigned left = hosts - 1;
  double until = lac_seconds() + patience;
  while (left && lac_seconds() < until) {
    double again = lac_seconds() + patience / 5;
    for (call_hosts(hosts, answered, calls); left && lac_seconds() < again; left = take_answers(hosts, answered, calls))
      poll(calls + 1, hosts - 1, 100);
    hang_up(hosts, answered, calls, 1);
  }
  return left;
}

/* Seconds one way of the host that is farthest away. */
static double most_latency(const lac_links *l)
{
  double most = 0;
  for (unsigned i = 1; i < l->hosts; i++)
    most = l->link[i].latency > most ? l->link[i].latency : most;
  return most;
}

static int reach_from_first(const lac_links *l)
{
  uint8_t answered[LAC_HOSTS_MOST] = { 1 };
  if (call_until(l->hosts, answered, PATIENCE + 20 * most_latency(l)) == 0)
    return LAC_OK;
  unsigned silent = 0;
  while (answered[silent])
    silent++;
  return lac_fail(LAC_EIO, "host %u does not answer host 1 on its link", silent + 1);
}

int lac_hosts_reach(const lac_links *l, const lac_hosts *h)
{
  double until = lac_seconds() + PATIENCE;
  int status = LAC_OK;
  for (unsigned i = 0; status == LAC_OK && i < l->hosts; i++)
    status = wait_running(i, until);
  if (status == LAC_OK)
    status = enter(host_fd(0));
  if (status == LAC_OK)
    status = reach_from_first(l);
  int back = enter(h->home);
  return status == LAC_OK ? back : status;
}

/* ---- what is said ---- */

int lac_hosts_print_rates(const lac_links *l, const lac_hosts *h)
{
  if (lac_links_delayed(l))
    return LAC_OK;
  lac_print(stderr, "links: the up links of hosts 1 to %u, and at p1 to p%u of the switch their down links\n", l->hosts, l->hosts);
  for (unsigned i = 0; i < l->hosts; i++)
    LAC_TRY(run_tool(host_fd(i), "a list", (const char *const[]){ "tc", "qdisc", "show", "dev", "wire", NULL }, NULL));
  return run_tool(h->home, "a list", (const char *const[]){ "tc", "qdisc", "show", NULL }, NULL);
}

/* In a host. */
static void print_counters(unsigned host)
{
  char line[512];
  FILE *f = fopen("/proc/self/net/dev", "r");
  while (f && fgets(line, sizeof line, f)) {
    unsigned long long received, sent;
    if (sscanf(line, " wire: %llu %*u %*u %*u %*u %*u %*u %*u %llu", &received, &sent) == 2)
      lac_print(stderr, "links: host %u sent %llu bytes, received %llu\n", host + 1, sent, received);
  }
  if (f)
    fclose(f);
}

int lac_hosts_print_bytes(const lac_links *l, const lac_hosts *h)
{
  for (unsigned i = 0; i < l->hosts; i++) {
    LAC_TRY(enter(host_fd(i)));
    print_counters(i);
  }
  return enter(h->home);
}
