/* The processes: this one waits; its child is the first of a PID namespace, sets up the hosts, and starts mpiexec and the process that
   carries packets. */
#include "links/links.h"

#include "links/hosts.h"
#include "links/shape.h"
#include "links/wire.h"
#include "utf8.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The program that mpiexec calls in the place of ssh is /proc/1/fd/REMOTE_FD. */
enum { REMOTE_FD = LAC_HOST_FD - 1 };

/* What the first process of the namespace has of the one outside. */
typedef struct {
  int go[2];                   /* closed without a byte: the one outside is gone */
  int fault[2];                /* the sentence of what fails inside */
} pipes;

/* ---- signals ---- */

static void passed_signals(sigset_t *set)
{
  static const int numbers[] = { SIGINT, SIGTERM, SIGQUIT, SIGUSR1, SIGUSR2, SIGHUP };
  struct sigaction hangup;
  sigemptyset(set);
  sigaddset(set, SIGCHLD);
  for (size_t i = 0; i < LAC_COUNT(numbers); i++)
    sigaddset(set, numbers[i]);
  if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler == SIG_IGN)      /* nohup */
    sigdelset(set, SIGHUP);
}

/* Wait for the end of `child`, or of any process when `other` is given and that one ends first; signals go to the child. */
static pid_t wait_for(pid_t child, pid_t other, int *state)
{
  sigset_t set;
  passed_signals(&set);
  for (;;) {
    pid_t ended;
    while ((ended = waitpid(-1, state, WNOHANG)) > 0)
      if (ended == child || ended == other)
        return ended;
    int signal = sigwaitinfo(&set, NULL);
    if (signal > 0 && signal != SIGCHLD)
      kill(child, signal);
  }
}

/* What a started command begins with: no signal of ours blocked or ignored. */
static void reset_signals(void)
{
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  signal(SIGXFSZ, SIG_DFL);
}

/* ---- a host from inside ---- */

/* /sys shows the devices of the namespace that it was mounted in, and UCX looks for its devices there.  The limits of the cgroup stay to be
   seen. */
static int show_devices(void)
{
  char path[64];
  int alone = unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_SLAVE, NULL) == 0;
  int cgroup = open("/sys/fs/cgroup", O_PATH | O_CLOEXEC);      /* its mount, under the new one */
  if (!alone || mount("sysfs", "/sys", "sysfs", 0, NULL))
    return lac_fail(LAC_EUSER, "cannot mount /sys for a host: %s", strerror(errno));
  snprintf(path, sizeof path, "/proc/self/fd/%d", cgroup);
  if (cgroup >= 0 && mount(path, "/sys/fs/cgroup", NULL, MS_BIND | MS_REC, NULL))
    return lac_fail(LAC_EUSER, "cannot mount /sys/fs/cgroup for a host: %s", strerror(errno));
  if (cgroup >= 0)
    close(cgroup);
  return LAC_OK;
}

static int enter_host(unsigned long host)
{
  char path[64];
  snprintf(path, sizeof path, "/proc/1/fd/%lu", LAC_HOST_FD + host);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || setns(fd, CLONE_NEWNET))
    return lac_fail(LAC_EIO, "cannot enter host %lu: %s", host + 1, strerror(errno));
  close(fd);
  return show_devices();
}

int lac_links_enter(char *const *words)
{
  while (*words && **words == '-')
    words++;
  const char *number = *words ? strrchr(*words, '.') : NULL;
  unsigned long host = number ? strtoul(number + 1, NULL, 10) : 0;
  if (host < 1 || host > LAC_HOSTS_MOST || !words[1])
    return lac_fail(LAC_EUSER, "links --enter is for mpiexec of laconic links alone");
  char *command = lac_strdup("");
  for (words++; command && *words; words++) {
    char *longer = lac_asprintf("%s %s", command, *words);
    free(command);
    command = longer;
  }
  int status = command ? enter_host(host - 1) : LAC_ENOMEM;
  if (status == LAC_OK) {
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    status = lac_fail(LAC_EIO, "/bin/sh: %s", strerror(errno));
  }
  free(command);
  return status;
}

/* ---- mpiexec ---- */

/* A script in memory, so that nothing is left in a folder: it calls this program as the one that enters a host. */
static int make_remote(void)
{
  char self[PATH_MAX];
  ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
  int fd = memfd_create("remote", MFD_CLOEXEC);
  if (length < 0 || dup3(fd, REMOTE_FD, O_CLOEXEC) < 0)
    return lac_fail(LAC_EIO, "no file in memory: %s", strerror(errno));
  close(fd);
  self[length] = 0;
  if (strchr(self, '\''))
    return lac_fail(LAC_EUSER, "%s: links cannot be started from a path with a quote", self);
  dprintf(REMOTE_FD, "#!/bin/sh\nexec '%s' links --enter \"$@\"\n", self);
  return LAC_OK;
}

static char *host_list(unsigned hosts)
{
  char *all = lac_strdup("10.77.0.1");
  for (unsigned i = 2; all && i <= hosts; i++) {
    char *longer = lac_asprintf("%s,10.77.0.%u", all, i);
    free(all);
    all = longer;
  }
  return all;
}

/* UCX knows that hosts share this machine and would send through memory.  Ranks that spin while they wait keep the others, and the process
   that carries packets, from their cores. */
static int set_environment(const lac_links *l, const lac_hosts *h)
{
  char *text = lac_links_text(l, h->congestion);
  int wrong = !text || setenv("LACONIC_LINKS", text, 1) || setenv("UCX_TLS", "tcp,self", 1) || setenv("UCX_NET_DEVICES", "wire", 1) ||
              setenv("LACONIC_OVERSUBSCRIBE", "1", 0);
  free(text);
  return wrong ? LAC_ENOMEM : LAC_OK;
}

/* mpiexec forwards its input to rank 0, and dies of SIGPIPE where that has ended before all other hosts have started (MPICH 4.0).  It does
   not forward what it cannot read; of an empty input, nothing is lost. */
static void forward_no_empty_input(void)
{
  struct stat input, null;
  if (fstat(STDIN_FILENO, &input) || stat("/dev/null", &null) || !S_ISCHR(input.st_mode) || input.st_rdev != null.st_rdev)
    return;
  int fd = open("/dev/null", O_WRONLY);
  if (fd > STDIN_FILENO) {
    dup2(fd, STDIN_FILENO);
    close(fd);
  }
}

static int become_mpiexec(const lac_links *l)
{
  static const char *const programs[] = { "mpiexec.mpich", "mpiexec.hydra", "mpiexec" };
  char remote[64], ranks[16], *hosts = host_list(l->hosts);
  size_t words = 0;
  while (l->command[words])
    words++;
  const char **argv = lac_alloc((words + 16) * sizeof *argv);
  if (!argv || !hosts)
    return LAC_ENOMEM;
  snprintf(remote, sizeof remote, "/proc/1/fd/%d", REMOTE_FD);
  snprintf(ranks, sizeof ranks, "%u", l->hosts);
  const char *const first[] = { NULL, "-iface", "wire", "-launcher", "ssh", "-launcher-exec", remote, "-hosts", hosts, "-n", ranks };
  memcpy(argv, first, sizeof first);
  memcpy(argv + LAC_COUNT(first), l->command, words * sizeof *argv);
  LAC_TRY(enter_host(0));
  reset_signals();
  forward_no_empty_input();
  argv[0] = getenv("MPIEXEC");
  if (argv[0])
    execvp(argv[0], (char *const *)argv);
  for (size_t i = 0; !getenv("MPIEXEC") && i < LAC_COUNT(programs); i++) {
    argv[0] = programs[i];
    execvp(programs[i], (char *const *)argv);
  }
  return lac_fail(LAC_EUSER, "%s: %s; links start ranks with MPICH's mpiexec (Debian: mpich; another path: MPIEXEC=PATH)", argv[0],
                  strerror(errno));
}

/* ---- inside ---- */

/* The sentence of the last failure goes outside; the process ends. */
static _Noreturn void end_with_fault(const pipes *p)
{
  const char *sentence = lac_error();
  ssize_t written = write(p->fault[1], sentence, strlen(sentence));
  _exit(written < 0);
}

static int start_wire(const lac_links *l, lac_hosts *h, const pipes *p, pid_t *wire)
{
  *wire = fork();
  if (*wire == 0) {
    /* Who waits for a core when a packet is due adds to every latency; without the right to go first it does so on a busy machine. */
    sched_setscheduler(0, SCHED_RR, &(struct sched_param){ .sched_priority = 1 });
    lac_wire_carry(l, h->tun);
    end_with_fault(p);
  }
  for (unsigned i = 0; i < l->hosts; i++)
    close(h->tun[i]);
  return *wire > 0 ? LAC_OK : lac_fail(LAC_EIO, "no process can be started: %s", strerror(errno));
}

static int make_links(const lac_links *l, lac_hosts *h, const pipes *p, pid_t *wire)
{
  if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) || mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL))
    return lac_fail(LAC_EUSER, "links cannot be set up here: mounting /proc: %s", strerror(errno));
  LAC_TRY(lac_hosts_make(l, h));
  if (lac_links_delayed(l))
    LAC_TRY(start_wire(l, h, p, wire));
  LAC_TRY(lac_hosts_reach(l, h));
  if (!l->verbose)
    return LAC_OK;
  char *text = lac_links_text(l, h->congestion);
  lac_print(stderr, "links: %s\n", text ? text : "");
  free(text);
  return lac_hosts_print_rates(l, h);
}

static int run_command(const lac_links *l, const lac_hosts *h, const pipes *p, pid_t wire, int *state)
{
  LAC_TRY(make_remote());
  LAC_TRY(set_environment(l, h));
  pid_t mpiexec = fork();
  if (mpiexec == 0) {
    become_mpiexec(l);
    end_with_fault(p);
  }
  if (mpiexec < 0)
    return lac_fail(LAC_EIO, "no process can be started: %s", strerror(errno));
  if (wait_for(mpiexec, wire, state) != mpiexec)
    return lac_fail(LAC_EIO, "the process that carries packets has ended: status %d", *state);
  return l->verbose ? lac_hosts_print_bytes(l, h) : LAC_OK;
}

/* The end of this process is the end of all in its namespace. */
static _Noreturn void be_inside(const lac_links *l, const pipes *p)
{
  lac_hosts h = { 0 };
  pid_t wire = -1;
  int state = 0;
  char byte;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  close(p->go[1]);
  close(p->fault[0]);
  if (read(p->go[0], &byte, 1) != 1)
    _exit(1);
  setsid();      /* a terminal's signals reach the process outside, which passes them on once */
  int status = make_links(l, &h, p, &wire);
  if (status == LAC_OK && l->command)
    status = run_command(l, &h, p, wire, &state);
  if (status != LAC_OK)
    end_with_fault(p);
  _exit(WIFSIGNALED(state) ? 128 + WTERMSIG(state) : WEXITSTATUS(state));
}

/* ---- outside ---- */

/* Who is not root is root of a user namespace, where the system lets users have one. */
static int write_map(pid_t pid, const char *name, const char *text)
{
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
  int fd = open(path, O_WRONLY | O_CLOEXEC), wrong = fd < 0 || write(fd, text, strlen(text)) < 0;
  int error = errno;
  if (fd >= 0)
    close(fd);
  return wrong ? lac_fail(LAC_EUSER, "links need root, or a user namespace: %s: %s", path, strerror(error)) : LAC_OK;
}

static int map_user(pid_t pid)
{
  char users[64], groups[64];
  snprintf(users, sizeof users, "0 %u 1", (unsigned)geteuid());
  snprintf(groups, sizeof groups, "0 %u 1", (unsigned)getegid());
  LAC_TRY(write_map(pid, "setgroups", "deny"));
  LAC_TRY(write_map(pid, "gid_map", groups));
  return write_map(pid, "uid_map", users);
}

/* The sentence from inside; LAC_OK when there is none. */
static int read_fault(int from)
{
  char sentence[1024];
  size_t length = 0;
  ssize_t n;
  while (length < sizeof sentence - 1 && (n = read(from, sentence + length, sizeof sentence - 1 - length)) > 0)
    length += (size_t)n;
  sentence[length] = 0;
  return length ? lac_fail(LAC_EUSER, "%s", sentence) : LAC_OK;
}

static int wait_outside(pid_t inside, const pipes *p, int *exit_status)
{
  int state;
  wait_for(inside, -1, &state);
  LAC_TRY(read_fault(p->fault[0]));
  if (WIFSIGNALED(state))
    return lac_fail(LAC_EIO, "signal %d ended the links", WTERMSIG(state));
  *exit_status = WEXITSTATUS(state);
  return LAC_OK;
}

static int start_inside(const lac_links *l, const pipes *p, pid_t *inside)
{
  int root = geteuid() == 0;
  unsigned long flags = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | (root ? 0 : CLONE_NEWUSER) | SIGCHLD;
  fflush(NULL);
  *inside = (pid_t)syscall(SYS_clone, flags, NULL, NULL, NULL, 0);
  if (*inside == 0)
    be_inside(l, p);
  close(p->go[0]);
  close(p->fault[1]);
  if (*inside < 0)
    return lac_fail(LAC_EUSER, root ? "links need the right to make namespaces, which root has not here: %s" :
                    "links need root, or a user namespace, which this system does not give: %s", strerror(errno));
  int status = root ? LAC_OK : map_user(*inside);
  if (status == LAC_OK && write(p->go[1], "", 1) != 1)
    status = lac_fail(LAC_EIO, "the links have ended: %s", strerror(errno));
  return status;
}

int lac_links_run(const lac_links *l, int *exit_status)
{
  pipes p;
  pid_t inside;
  sigset_t set, before;
  if (pipe2(p.go, O_CLOEXEC) || pipe2(p.fault, O_CLOEXEC))
    return lac_fail(LAC_EIO, "no pipe: %s", strerror(errno));
  passed_signals(&set);
  sigprocmask(SIG_BLOCK, &set, &before);
  int status = start_inside(l, &p, &inside);
  close(p.go[1]);
  if (status == LAC_OK)
    status = wait_outside(inside, &p, exit_status);
  else if (inside > 0)
    waitpid(inside, NULL, 0);
  close(p.fault[0]);
  sigprocmask(SIG_SETMASK, &before, NULL);
  return status;
}
