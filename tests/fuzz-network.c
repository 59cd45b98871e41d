/* fuzz-network.c: libFuzzer target for networks: a text, and a file of sections in which its first word is looked up. */
#include "fuzz.h"
#include "base.h"
#include "ini.h"
#include "network/network.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Taken: what the formulas divide by is above 0, and nothing is negative.  Refused: with one sentence. */
static void check(const lac_networks *all, const char *text)
{
  lac_network w;
  int status = lac_network_find(&w, all, text);
  if (status != LAC_OK) {
    require((status == LAC_EUSER || status == LAC_EIO) && *lac_error() && !strchr(lac_error(), '\n') && !w.name);
    return;
  }
  require(w.each.up > 0 && w.each.down > 0 && w.server_up > 0 && w.server_down > 0 && w.each.latency >= 0 && w.overhead >= 0 &&
          w.goodput > 0 && w.goodput <= 1 && w.fan <= 1000000 && w.words && !(w.each.compute < 0) && !(w.codec < 0));
  require(isfinite(w.each.up + w.each.down + w.server_up + w.server_down + w.each.latency + w.overhead));
  char *label = lac_network_label(&w, 1, 2);
  require(label != NULL);
  free(label);
  lac_network_free(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
  lac_ini ini;
  lac_networks *all = NULL;
  char *text = malloc(size + 1);
  require(text != NULL);
  memcpy(text, bytes, size);
  text[size] = 0;
  if (lac_ini_parse(&ini, "F", text, size) == LAC_OK) {
    if (lac_networks_new(&all, "F", ini.entry, ini.count) != LAC_OK)
      require(*lac_error() && !all);
    lac_ini_free(&ini);
  }
  for (char *word = text, *end; *word; word = end) {
    end = word + strcspn(word, "\n");
    end += *end ? 1 : 0;
    if (end > word && end[-1] == '\n')
      end[-1] = 0;
    if (*word)
      check(all, word);
  }
  lac_networks_free(all);
  free(text);
  return 0;
}
