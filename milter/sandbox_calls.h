/* sandbox_calls - the system calls of the daemon, as a table: what is allowed, for whom, and
 * what is refused for good. Knows nothing of how they are kept to.
 *
 * There are three answers. What stands in the list is done. What is refused for good, since
 * nothing the daemon does ever needs it and somebody who has taken it over would want it (to
 * execute a program, look into another process, mount, load code into the kernel, become root),
 * is answered EPERM: the caller is told that it may not. Everything else is answered ENOSYS, as
 * by a kernel that does not have it: libraries try newer calls first and take the old ones
 * where those are not there (clone3 and clone, statx and fstat, openat2, rseq), and would take
 * EPERM for a failure.
 *
 * Nothing is answered by killing the process. A call that is refused does no harm; a mail
 * server whose filter is gone does, and a library that is newer than this table must not bring
 * that about. Only calls by the convention of another processor, which no library makes, end
 * it.
 *
 * Names are those of Linux on any architecture, syscalls(2). A name that an architecture, or
 * libseccomp, does not know is passed over.
 */
#ifndef FXM_SANDBOX_CALLS_H
#define FXM_SANDBOX_CALLS_H

#include <stdbool.h>
#include <stddef.h>

struct sandbox_calls {
    const char *what;         /* needs them */
    bool names_only;          /* allowed only where host names are looked up */
    const char *const *names; /* NULL-terminated */
};

/* Allowed whatever their arguments. Ends with a row whose names are NULL. */
extern const struct sandbox_calls sandbox_calls_allowed[];
/* Refused for good whatever their arguments; NULL-terminated. */
extern const char *const sandbox_calls_refused[];

#endif
