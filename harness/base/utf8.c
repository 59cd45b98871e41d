#include "utf8.h"

#include "base.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

size_t lac_utf8_length(uint8_t first)
{
  return first < 0x80 ? 1 : first < 0xc0 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf8 ? 4 : 0;
}

/* Bytes of the character at p, which ends with a 0 somewhere, and its code; 0: not UTF-8. */
static size_t decode(const char *at, uint32_t *code)
{
  static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
  const unsigned char *p = (const unsigned char *)at;
  size_t length = lac_utf8_length(p[0]);
  *code = length > 1 ? p[0] & (0x7fu >> length) : p[0];
  for (size_t i = 1; i < length; i++) {
    if ((p[i] & 0xc0) != 0x80)
      return 0;
    *code = *code << 6 | (p[i] & 0x3f);
  }
  int is_surrogate = *code >= 0xd800 && *code < 0xe000;
  return length && *code >= least[length] && *code <= 0x10ffff && !is_surrogate ? length : 0;
}

typedef struct { uint32_t first, last; } range;

static int within(const range *ranges, size_t count, uint32_t code)
{
  for (size_t i = 0; i < count; i++)
    if (code >= ranges[i].first && code <= ranges[i].last)
      return 1;
  return 0;
}

static const range blanks[] = { { '\v', '\f' }, { 0xa0, 0xa0 }, { 0x1680, 0x1680 }, { 0x2000, 0x200b }, { 0x202f, 0x202f },
                                { 0x205f, 0x2060 }, { 0x3000, 0x3000 }, { 0xfeff, 0xfeff } };
static const range line_ends[] = { { '\r', '\r' }, { 0x85, 0x85 }, { 0x2028, 0x2029 } };
static const range unprintable[] = { { 0, 0x1f }, { 0x7f, 0x9f }, { 0xad, 0xad }, { 0x61c, 0x61c }, { 0x200b, 0x200f }, { 0x2028, 0x202e },
                                     { 0x2060, 0x206f }, { 0xfeff, 0xfeff }, { 0xfff0, 0xfffb }, { 0xe0000, 0xe0fff } };

/* `spared`: control characters that stay. */
static void make_printable(char *text, const char *spared)
{
  uint32_t code;
  for (size_t length; *text; text += length) {
    length = decode(text, &code);
    int shown = length && (!within(unprintable, LAC_COUNT(unprintable), code) || (length == 1 && strchr(spared, *text)));
    length += length == 0;
    if (!shown)
      memset(text, '?', length);
  }
}

void lac_printable(char *text) { make_printable(text, ""); }

int lac_print(FILE *to, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  char *text = NULL;
  int length = vasprintf(&text, format, args);
  va_end(args);
  if (length < 0)
    return fputs("?", to) < 0 ? -1 : 1;
  make_printable(text, "\t\n");
  fputs(text, to);
  free(text);
  return length;
}

/* ---- text files ---- */

static size_t line_of(const char *text, const char *at)
{
  size_t line = 1;
  for (const char *p = text; p < at; p++)
    line += *p == '\n' || (*p == '\r' && p[1] != '\n');
  return line;
}

static int starts(const char *text, size_t size, const char *mark, size_t length)
{
  return size >= length && memcmp(text, mark, length) == 0;
}

static int refuse_utf16(const char *name)
{
  return lac_fail(LAC_EUSER, "%s: is UTF-16 or UTF-32 text; save it as UTF-8 (iconv -t UTF-8 does it)", name);
}

static int is_usual(char c) { return ((unsigned char)c >= ' ' && (unsigned char)c < 0x80) || c == '\n' || c == '\t'; }

/* Most files are plain: one pass that the compiler makes vectors of. */
static int is_plain(const char *text, size_t size)
{
  unsigned strange = 0;
  for (size_t i = 0; i < size; i++)
    strange |= !is_usual(text[i]);
  return !strange;
}

/* DOS ended a text with ^Z. */
static void drop_end_mark(char *text, size_t size)
{
  while (size > 0 && strchr(" \t\r\n", text[size - 1]))
    size--;
  if (size > 0 && text[size - 1] == 0x1a)
    text[size - 1] = '\n';
}

/* The bytes of one character. */
static size_t clean_character(char *text)
{
  uint32_t code;
  size_t length = decode(text, &code);
  if (length == 0)
    return 1;
  if (within(line_ends, LAC_COUNT(line_ends), code)) {
    memset(text, ' ', length);
    if (code != '\r' || text[1] != '\n')
      text[length - 1] = '\n';
  } else if (within(blanks, LAC_COUNT(blanks), code))
    memset(text, ' ', length);
  return length;
}

int lac_clean_text(const char *name, char *text, size_t size)
{
  if (is_plain(text, size))
    return LAC_OK;
  if (starts(text, size, "\xff\xfe", 2) || starts(text, size, "\xfe\xff", 2) || starts(text, size, "\0\0\xfe\xff", 4))
    return refuse_utf16(name);
  const char *zero = memchr(text, 0, size);
  size_t k = zero ? (size_t)(zero - text) : size;
  if (k < 2 && size > 3 && text[1 - k] && !text[2 + k] && text[3 - k])
    return refuse_utf16(name);      /* every other byte is 0: no mark is needed to see it */
  if (zero)
    return lac_fail(LAC_EUSER, "%s, line %zu: a zero byte, which no text has: the file is binary or damaged", name, line_of(text, zero));
  drop_end_mark(text, size);
  for (size_t i = 0; i < size;)
    i += is_usual(text[i]) ? 1 : clean_character(text + i);
  return LAC_OK;
}
