#include "sha256.h"

#include <nettle/sha2.h>
#include <stdio.h>

void lac_sha256(const void *bytes, size_t size, char text[static LAC_SHA256_TEXT])
{
  struct sha256_ctx hash;
  uint8_t digest[SHA256_DIGEST_SIZE];
  sha256_init(&hash);
  sha256_update(&hash, size, bytes);
  sha256_digest(&hash, sizeof digest, digest);
  for (size_t i = 0; i < sizeof digest; i++)
    snprintf(text + 2 * i, 3, "%02x", digest[i]);
}
