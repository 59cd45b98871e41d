/* style.h: how large a picture is, in which font, and what is shown in it: settings of [figure], and options of laconic plot. */
#ifndef LAC_STYLE_H
#define LAC_STYLE_H

#include "base.h"

enum { LAC_SHOW_TITLE = 1, LAC_SHOW_CAPTION = 2, LAC_SHOW_LEGEND = 4, LAC_SHOW_SIZES = 8 };      /* sizes: of the data, above a panel */

/* Lengths are points of PostScript, 72 to the inch. */
typedef struct {
  double width, height;                      /* 0: automatic */
  const char *family;                        /* of the font: so many bytes of this text */
  int family_length;
  double size, line;                         /* of the font; width of a curve */
  unsigned show;
} lac_look;

enum { LAC_LOOK_KEYS = 5 };
extern const char *const lac_look_key[LAC_LOOK_KEYS];      /* width, height, font, linewidth, show */
extern const lac_look lac_look_default;

/* One setting; its text must live as long as the look.  *is_key: there is such a setting.  EUSER: it cannot have the value; `before` stands
   before the key in the sentence, "[figure] " or "--". */
int lac_look_set(lac_look *l, const char *before, const char *key, const char *value, int *is_key);

#endif
