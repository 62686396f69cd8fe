/* log_mark - FILE.head: where the chain of a log stands, for the case that the log is gone.
 *
 * One line of constant length, {"seq":42,"hash":"..."}, written in place after each record: one
 * pwrite(2), no rename. The file is never rotated, and locked as the log is, so that two daemons
 * cannot carry on one chain while the log is being renamed. Not thread-safe.
 */
#ifndef FXM_LOG_MARK_H
#define FXM_LOG_MARK_H

#include "chain.h"

/* Opens and locks the mark of the log `file`. -1: errno says why; EWOULDBLOCK: another process
 * has it. */
int log_mark_open(const char *file);
/* What stands in it. false: nothing, or nothing that makes sense; *damaged tells which. */
bool log_mark_read(int fd, struct fx_chain_place *place, bool *damaged);
/* false: errno says why. */
bool log_mark_write(int fd, const struct fx_chain_place *place);

#endif
