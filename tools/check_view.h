/* check_view - the result of a check for people: one line a message, its findings below it, and
 * at the end what to do about it. Writes to stdout; not thread-safe. */
#ifndef FX_CHECK_VIEW_H
#define FX_CHECK_VIEW_H

#include "check_signature.h"
#include "policy.h"
#include "session.h"

/* What a profile made of mail. */
struct ctl_behind {
    bool counted;                        /* as the main one it held something up */
    bool compared;                       /* as another one */
    uint64_t outcomes[FX_OUTCOME_COUNT]; /* messages, as another one */
};

struct ctl_view {
    const struct fx_policy *policy; /* borrowed */
    bool colour;
    struct ctl_behind *behind; /* each of policy->profiles */
    struct ctl_embedded embedded;
    uint64_t records;                    /* shown so far */
    uint64_t outcomes[FX_OUTCOME_COUNT]; /* messages, by what the main profile makes of them */
};

/* false: no memory. */
bool ctl_view_init(struct ctl_view *view, const struct fx_policy *policy);
void ctl_view_finish(struct ctl_view *view);

/* The record that is due now: the live message's, or the session's own. `many`: the source can
 * hold several messages, so the line says which. */
void ctl_view_record(struct ctl_view *view, const char *name, bool many,
                     const struct fx_session *s);
/* Which record it is, for both views: the source, and the message or session in it. */
void ctl_view_title(const char *name, bool many, const struct fx_session *s);
/* What was seen, with a blank before it: " 1203 octets, limit 998, "X-Long""; `limit`: with it.
 */
void ctl_view_seen(const struct fx_findings *list, const struct fx_finding *f, bool limit);
/* What a limit of the rule is called. */
const char *ctl_view_limit_word(enum fx_rule rule);
/* What to do, where a profile held something up; and the sums, when there is more than one to
 * sum up. */
void ctl_view_end(const struct ctl_view *view, uint64_t sources);

#endif
