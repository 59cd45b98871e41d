/* hosts.h: the network namespaces of the hosts, their devices and rates.  Called by the first process of a PID namespace, in a network
   namespace of its own, which becomes the switch. */
#ifndef LAC_LINKS_HOSTS_H
#define LAC_LINKS_HOSTS_H

#include "links/links.h"

/* Host i, counted from 0, is /proc/1/fd/(LAC_HOST_FD + i). */
enum { LAC_HOST_FD = 64 };

typedef struct {
  int home;                            /* the switch */
  int tun[LAC_HOSTS_MOST];             /* with latency: the devices, for lac_wire_carry */
  char congestion[64];
} lac_hosts;

/* Make hosts and links.  EUSER: the tool or the part of the kernel that is missing. */
int lac_hosts_make(const lac_links *l, lac_hosts *h);
/* Wait until packets of host 1 come back from every other host; with TUN devices when somebody carries them. */
int lac_hosts_reach(const lac_links *l, const lac_hosts *h);
/* Print the queueing disciplines of all links as tc lists them (without latency), and the bytes of every host so far. */
int lac_hosts_print_rates(const lac_links *l, const lac_hosts *h);
int lac_hosts_print_bytes(const lac_links *l, const lac_hosts *h);

#endif
