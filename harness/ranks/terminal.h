/* terminal.h: whether somebody watches standard error. */
#ifndef LAC_TERMINAL_H
#define LAC_TERMINAL_H

/* Standard error is a terminal, or a pipe to an mpiexec on this machine whose own standard error is one. */
int lac_stderr_is_terminal(void);

#endif
