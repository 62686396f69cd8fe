/* sigwait - keeps libmilter's hands off our signals.
 *
 * libmilter starts a thread of its own that takes HUP, TERM and INT with sigwait(3) and then
 * stops the whole daemon, cutting running sessions. Since the executable defines sigwait, that
 * thread lands here and stays; signals.c takes the signals with sigwaitinfo(2).
 */
#include <signal.h>
#include <unistd.h>

int sigwait(const sigset_t *restrict set, int *restrict sig);

int sigwait(const sigset_t *restrict set, int *restrict sig)
{
    (void)set;
    (void)sig;
    for (;;)
        pause();
}
