/* progress - see progress.h. */
#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define FIRST_MS 1000
#define EVERY_MS 200

static int64_t milliseconds(void)
{
    struct timespec ts;
    if (clock_gettime(CLOCK_MONOTONIC, &ts) != 0)
        return 0;
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void ctl_progress_begin(struct ctl_progress *p, bool silent)
{
    *p = (struct ctl_progress){.wanted = !silent && isatty(STDERR_FILENO) != 0,
                               .due = milliseconds() + FIRST_MS};
}

void ctl_progress_step(struct ctl_progress *p, uint64_t octets)
{
    p->sources++;
    p->octets += octets;
    if (!p->wanted)
        return;
    int64_t now = milliseconds();
    if (now < p->due)
        return;
    fprintf(stderr, "\r%" PRIu64 " read, %" PRIu64 " kB", p->sources, p->octets / 1000);
    fflush(stderr);
    p->shown = true;
    p->due = now + EVERY_MS;
}

void ctl_progress_clear(struct ctl_progress *p)
{
    if (!p->shown)
        return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    p->shown = false;
}
