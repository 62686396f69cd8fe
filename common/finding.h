/* finding - what a check found, and the bounded list of findings of one connection or message.
 *
 * The list keeps at most a set number of findings and counts the rest. Evidence and detail are
 * copied, cut at a set length. Not thread-safe; hangs on a session.
 */
#ifndef FX_FINDING_H
#define FX_FINDING_H

#include "terms.h"
#include "text.h"
#include "vocab.h"

/* A piece of the list's own text. */
struct fx_note {
    size_t at, len;
    uint64_t whole; /* its length, where it was cut and is known */
    bool told, cut;
    bool over;      /* limits.evidence cut it; else it was never kept as a whole */
    bool pseudonym; /* something in it stands for an address (pseudonym.h) */
};

struct fx_finding {
    enum fx_rule rule;
    unsigned profile; /* index into the ruleset in force: 0 is the enforced profile */
    uint64_t said_by; /* FX_BIT of `profile`, and of those compared that say the same as 0 */
    enum fx_stage stage;
    enum fx_action action;
    enum fx_overflow overflow;   /* with action truncate */
    enum fx_extension extension; /* the extension it is about, or FX_EXT_UNKNOWN */
    enum fx_basis basis;
    enum fx_outcome would;
    enum fx_mode mode;
    bool has_observed, has_limit;
    bool at_least; /* observed is a lower bound */
    bool past;     /* never refused for */
    bool enforced;
    bool fresh; /* made or repeated by the event that is being looked at */
    uint64_t observed, limit;
    enum fx_severity severity; /* of a signature anomaly */
    size_t signature;          /* number of the signature it is about, from 1; 0: none */
    bool has_offset;
    uint64_t offset; /* in the value of the field, octets */
    bool graded; /* of a Content-Type within another field: its shape; static: the tag of the */
    enum fx_grade grade; /* signature in which it stands, or NULL */
    const char *tag;
    struct fx_note evidence, detail;
    const char *instead; /* static; what was done where the MTA allows no such answer */
};

struct fx_findings {
    struct fx_finding *items;
    size_t count, cap;
    size_t share;     /* how many of one profile count for more than those of others; 0: any */
    uint64_t omitted; /* found, but over the limit or without memory */
    uint64_t omitted_rules[(FX_RULE_COUNT + 63) / 64]; /* of those the enforced profile's */
    struct fx_text notes;
};

void fx_findings_init(struct fx_findings *list);
void fx_findings_finish(struct fx_findings *list);
/* Empty again, memory kept. */
void fx_findings_reset(struct fx_findings *list);

/* Appends a copy of *finding with its evidence and detail (absent slices allowed), the former
 * cut at evidence_max octets. Returns it, borrowed until the next call; NULL when memory is
 * short or `max` findings are there already: it is then counted in `omitted`. But what is worth
 * more takes the place of the last that is worth least: first what enforce may act upon, then
 * the first of its rule and outcome for a profile, then what is within the share of its
 * profile, then what the enforced profile has found, then the worse outcome. So no client buys
 * itself free of a refusal by filling the list, nor of the reason why. Findings of
 * limit-exceeded stay.
 */
struct fx_finding *fx_findings_add(struct fx_findings *list, const struct fx_finding *finding,
                                   struct fx_slice evidence, struct fx_slice detail, size_t max,
                                   size_t evidence_max);
struct fx_slice fx_findings_note(const struct fx_findings *list, const struct fx_note *note);
/* Is the rule one of those of which the enforced profile had a finding left out? */
bool fx_findings_omit(const struct fx_findings *list, enum fx_rule rule);

#endif
