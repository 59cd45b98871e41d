/* sha256.h: SHA-256 of bytes, as sha256sum prints it. */
#ifndef LAC_SHA_H
#define LAC_SHA_H

#include <stddef.h>

enum { LAC_SHA256_TEXT = 65 };      /* 64 hex digits and a 0 */
void lac_sha256(const void *bytes, size_t size, char text[static LAC_SHA256_TEXT]);

#endif
