/* links.h: hosts on this machine, joined by links of a given rate and latency, and a command that runs on all of them under mpiexec, a
   rank a host.

   A host is a network namespace with the one device `wire`, address 10.77.0.NUMBER.  A message passes the sender's up link and the
   receiver's down link.  Without latency both are tbf of the kernel at a pair of veth and a bridge joins them; with latency a process
   (wire.h) carries every packet of TUN devices, for kernels without netem.  Both count Ethernet frames.

   Everything lives in a PID namespace whose first process the kernel kills with this one, and is held by file descriptors alone: when this
   process ends in any way, SIGKILL too, the kernel removes processes, devices and namespaces. */
#ifndef LAC_LINKS_H
#define LAC_LINKS_H

#include "base.h"

enum {
  LAC_HOSTS_MOST = 250,
  LAC_QUEUE_LEAST = 1 << 16, LAC_QUEUE = 1 << 20, LAC_QUEUE_MOST = 1 << 30
};

/* Of one host.  Bits a second; seconds one way between it and host 1.  Between two others the mean of theirs passes. */
typedef struct { double up, down, latency; } lac_link;

typedef struct {
  unsigned hosts;                      /* 2 to LAC_HOSTS_MOST */
  lac_link link[LAC_HOSTS_MOST];       /* 0 is host 1, which has rank 0: the server's */
  uint32_t queue;                      /* bytes that may wait at a link, LAC_QUEUE_LEAST to LAC_QUEUE_MOST: what comes then is lost, as in a
                                          switch */
  const char *congestion;              /* a name of the kernel's; NULL: what it has */
  char *const *command;                /* ends with NULL; NULL: none, the links are tried and go */
  int verbose;                         /* say on stderr what was set up and how many bytes passed */
} lac_links;

/* Set up the links, run the command, and wait for its end; signals are passed on to mpiexec.  *exit_status: mpiexec's.  EUSER: what is
   missing here, with the words of the tool that refused. */
int lac_links_run(const lac_links *l, int *exit_status);

/* In the place of ssh, which mpiexec of lac_links_run calls: words are [OPTION ...] HOST COMMAND ..., and end with NULL.  Returns only
   when it fails. */
int lac_links_enter(char *const *words);

/* The congestion control of this machine's TCP, where links begin with it. */
void lac_links_congestion(char name[static 64]);

#endif
