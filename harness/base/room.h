/* room.h: how much memory there is for something that is about to be made. */
#ifndef LAC_ROOM_H
#define LAC_ROOM_H

#include <stddef.h>

/* Bytes, and whose limit that is. */
typedef struct { double bytes; char name[64]; } lac_room;

/* EUSER unless so many bytes fit; room NULL: they do.  `what` takes them, and the remedy begins with `remedy`. */
int lac_room_check(const lac_room *room, double bytes, const char *what, const char *remedy);

#endif
