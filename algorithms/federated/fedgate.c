/* FedGATE (Haddadpour, Kamani, Mokhtari, Mahdavi, AISTATS 2021): another name for fedcomgate, which without compression is FedGATE. */
#include "algorithm.h"

const lac_algorithm_type lac_algorithm_fedgate = {
  .name = "fedgate",
  .summary = "local steps that follow the mean direction",
  .reference = "Haddadpour, Kamani, Mokhtari, Mahdavi, AISTATS 2021, arXiv:2007.01154",
  .stands_for = "fedcomgate",
};
