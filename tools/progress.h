/* progress - how far a long run has come, on stderr, for people only.
 *
 * Silent unless stderr is a terminal, and for the first second. Not thread-safe.
 */
#ifndef FX_PROGRESS_H
#define FX_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct ctl_progress {
    bool wanted;
    bool shown;  /* the line stands on the terminal now */
    int64_t due; /* when to write next, milliseconds */
    uint64_t sources, octets;
    uint64_t looked; /* octets of the present source when the clock was last asked */
};

/* silent: never say anything (--json). */
void ctl_progress_begin(struct ctl_progress *p, bool silent);
/* One source of so many octets is done. */
void ctl_progress_step(struct ctl_progress *p, uint64_t octets);
/* Within a long source: so many octets of it are done, of how many (0: not known). Cheap enough
 * for every line. */
void ctl_progress_within(struct ctl_progress *p, uint64_t octets, uint64_t of);
/* Takes the line away: before other output, and at the end. */
void ctl_progress_clear(struct ctl_progress *p);

#endif
