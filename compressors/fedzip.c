/* FedZip: Top-z, a k-means codebook for the kept values, Huffman codes for their numbers.  It is another name for

     topk:k=Z + codebook:levels=LEVELS + huffman

   with the same message, alpha and memory.  The paper compresses every layer separately: layerwise+fedzip. */
#include "compressor.h"

typedef struct { lac_amount z; uint64_t levels; } params;
static const lac_option options[] = {
  { "z", LAC_AMOUNT, offsetof(params, z), "1%", ">0", NULL, "entries kept: a count or a percentage of d" },
  { "levels", LAC_UINT, offsetof(params, levels), "16", "[2,256]", NULL, "values in the codebook" },
  { 0 }
};

const lac_compressor_type lac_compressor_fedzip = {
  .name = "fedzip",
  .summary = "topk + codebook + huffman: few entries, few values, few bits; biased, alpha = (levels - 1)/d",
  .reference = "Malekijoo et al. 2021, arXiv:2102.01593",
  .options = options,
  .params_size = sizeof(params),
  .stands_for = "topk:k={z}+codebook:levels={levels}+huffman",
};
