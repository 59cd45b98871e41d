#include "commands.h"
int lac_command_claims(lac_comm *comm, int argc, char **argv) { (void)comm, (void)argc, (void)argv; return lac_fail(LAC_EUSER, "to come"); }
