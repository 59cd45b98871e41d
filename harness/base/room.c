#include "room.h"

#include "base.h"

int lac_room_check(const lac_room *room, double bytes, const char *what, const char *remedy)
{
  if (!room || bytes <= room->bytes)
    return LAC_OK;
  return lac_fail(LAC_EUSER, "%s takes %.3g GB; %s leaves %.3g GB: take %s, more machines or fewer ranks on each", what, bytes / 1e9,
                  room->name, room->bytes / 1e9, remedy);
}
