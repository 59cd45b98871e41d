/* wire.h: rates and latencies by a process that carries every packet from TUN device to TUN device. */
#ifndef LAC_LINKS_WIRE_H
#define LAC_LINKS_WIRE_H

#include "links/links.h"

enum {
  LAC_WIRE_MTU = 1500,         /* of the devices */
  LAC_WIRE_HEADER = 14         /* bytes of an Ethernet header, which a TUN packet has not and a rate counts */
};

/* Until a read fails or memory is short; tun[i] is the device of host i, counted from 0, and does not block. */
int lac_wire_carry(const lac_links *l, const int *tun);

#endif
