/* progress - see progress.h. */
#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define FIRST_MS 1000
#define EVERY_MS 200
#define LOOK_OCTETS 65536
#define BAR 30

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

static bool is_due(struct ctl_progress *p)
{
    int64_t now = p->wanted ? milliseconds() : 0;
    if (!p->wanted || now < p->due)
        return false;
    p->due = now + EVERY_MS;
    return true;
}

void ctl_progress_step(struct ctl_progress *p, uint64_t octets)
{
    p->sources++;
    p->octets += octets;
    p->looked = 0;
    if (!is_due(p))
        return;
    fprintf(stderr, "\r\033[K%" PRIu64 " read, %" PRIu64 " kB", p->sources, p->octets / 1000);
    fflush(stderr);
    p->shown = true;
}

void ctl_progress_within(struct ctl_progress *p, uint64_t octets, uint64_t of)
{
    char bar[BAR + 1];
    if (!p->wanted || octets - p->looked < LOOK_OCTETS)
        return;
    p->looked = octets;
    if (!is_due(p))
        return;
    double part = of > 0 && octets < of ? (double)octets / (double)of : of > 0 ? 1 : 0;
    for (int i = 0; i < BAR; i++)
        bar[i] = i < (int)(part * BAR) ? '#' : '.';
    bar[BAR] = '\0';
    fprintf(stderr, "\r\033[K%" PRIu64 " read, ", p->sources);
    if (of > 0)
        fprintf(stderr, "[%s] %3.0f %% of %" PRIu64 " kB", bar, part * 100, of / 1000);
    else
        fprintf(stderr, "%" PRIu64 " kB of the next one", octets / 1000);
    fflush(stderr);
    p->shown = true;
}

void ctl_progress_clear(struct ctl_progress *p)
{
    if (!p->shown)
        return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    p->shown = false;
}
