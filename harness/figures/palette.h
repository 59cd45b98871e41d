/* palette.h: by what curves differ: colour, dashes and marker.  Curves differ in dashes or marker, so that they are told apart in grey and
   by readers with any colour vision; tests/t-palette.py checks that of the pictures. */
#ifndef LAC_PALETTE_H
#define LAC_PALETTE_H

#include <stddef.h>

typedef struct {
  unsigned colour;             /* 0xrrggbb */
  const char *dashes;          /* for `dt` of gnuplot; units of the line's width */
  int marker;                  /* a point type of gnuplot */
  int is_dots, is_cells;       /* without a line; a cell of a map */
} lac_curve_style;

/* Of variant v of a series that has so many.  Colour and the shape of the marker are the series', and so are the dashes when no series has
   variants (`alone`); variants go from light to dark, with dashes and full or open markers of their own. */
lac_curve_style lac_curve_style_of(size_t series, size_t variant, size_t variants, int alone);

#endif
