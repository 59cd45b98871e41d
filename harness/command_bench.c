#include "commands.h"
int lac_command_bench(lac_comm *comm, int argc, char **argv) { (void)comm, (void)argc, (void)argv; return lac_fail(LAC_EUSER, "bench: to come"); }
int lac_command_plot(lac_comm *comm, int argc, char **argv) { (void)comm, (void)argc, (void)argv; return lac_fail(LAC_EUSER, "to come"); }
int lac_command_claims(lac_comm *comm, int argc, char **argv) { (void)comm, (void)argc, (void)argv; return lac_fail(LAC_EUSER, "to come"); }
