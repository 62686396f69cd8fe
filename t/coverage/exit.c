/* exit.c - what lets gcov write its counts when the daemon ends. Linked by --enable-coverage only, with
 * --wrap for each of these:
 *   _exit         the daemon ends by it; gcov writes at exit
 *   syscall, seccomp_load
 *                 the sandbox is asked for, call by call, and not put on: it would keep gcov from its
 *                 files. test_sandbox.py, which proves it, is not among the tests of this build. */
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_landlock_restrict_self
#define SYS_landlock_restrict_self (-1L)
#endif

void __gcov_dump(void);
_Noreturn void __real__exit(int status);
_Noreturn void __wrap__exit(int status);
long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
int __wrap_seccomp_load(void *filter);

_Noreturn void __wrap__exit(int status)
{
    umask(0); /* the next run may be another user's */
    __gcov_dump();
    __real__exit(status);
}

long __wrap_syscall(long number, ...)
{
    long a[6];
    va_list list;
    if (number == SYS_landlock_restrict_self)
        return 0;
    va_start(list, number);
    for (int i = 0; i < 6; i++)
        a[i] = va_arg(list, long);
    va_end(list);
    return __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

int __wrap_seccomp_load(void *filter)
{
    (void)filter;
    return 0;
}
