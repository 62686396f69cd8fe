/* side_by_side - the result of a check for all profiles at once: what becomes of the mail
 * behind each, and each finding with the setting that it rests on.
 *
 * Reads what the engine found, and judges nothing. Writes to stdout; not thread-safe.
 */
#ifndef FX_SIDE_BY_SIDE_H
#define FX_SIDE_BY_SIDE_H

#include "check_signature.h"
#include "policy.h"
#include "session.h"

struct ctl_joint; /* which findings are one thing seen */

struct ctl_side {
    bool json, colour;
    size_t width;     /* columns of a line */
    uint64_t records; /* shown so far */
    struct ctl_embedded embedded;
    struct fx_text text;      /* a row, or with json the line */
    struct ctl_joint *joints; /* for each finding of the record, by index */
    size_t joint_cap;
};

/* All profiles are to hear the whole of each session, so nothing is enforced: what is stronger
 * than observe becomes observe. log.records says what the daemon logs, not what is shown. And
 * limits.findings is there for each profile, up to its own maximum for all. */
void ctl_side_policy(struct fx_policy *policy);

void ctl_side_init(struct ctl_side *side, bool json);
void ctl_side_finish(struct ctl_side *side);

/* The record that is due now: the live message's, or the session's own. `many`: the source can
 * hold several messages, so the title says which. false: no memory, or stdout is at fault. */
bool ctl_side_record(struct ctl_side *side, const char *name, bool many,
                     const struct fx_session *s);
/* What to do about what was found; for people only. */
void ctl_side_end(const struct ctl_side *side);

#endif
