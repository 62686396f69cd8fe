/* exit.c - the daemon ends by _exit, and gcov writes its counts at exit: here is the place where both
 * meet. Linked with --wrap=_exit by --enable-coverage only. */
#include <sys/stat.h>
#include <unistd.h>

void __gcov_dump(void);
_Noreturn void __real__exit(int status);
_Noreturn void __wrap__exit(int status);

void __wrap__exit(int status)
{
    umask(0); /* the next run may be another user's */
    __gcov_dump();
    __real__exit(status);
}
