/* domain_view - what by_domain has counted, as a table or as JSON. Writes to stdout; not
 * thread-safe. */
#ifndef FX_DOMAIN_VIEW_H
#define FX_DOMAIN_VIEW_H

#include "signatures.h"

/* Of a signing domain, or of all. */
struct ctl_domain_counts {
    uint64_t signatures; /* ARC-Seals not among them */
    uint64_t omitted;    /* signature fields that were not looked at; of all alone */
    uint64_t kinds[FX_SIGNATURE_KINDS];
    uint64_t grades[FX_GRADE_COUNT]; /* those that name Content-Type; the others do not */
    uint64_t body_hash[FX_BODY_RESULTS];
    uint64_t anomalies[FX_ANOMALIES_MAX]; /* by rule from FX_RULE_DKIM_FIRST on */
};

struct ctl_domain {
    struct ctl_domain_counts of;
    uint64_t hash;
    bool cut; /* the name was longer */
    size_t name_len;
    char name[]; /* lower case */
};

/* In the order of the list, and the sum. from: the grade with which content-type-embedded
 * begins. false: no memory, or stdout is at fault. */
bool ctl_domain_table(struct ctl_domain *const *list, size_t count,
                      const struct ctl_domain_counts *sum, enum fx_grade from);
bool ctl_domain_json(struct ctl_domain *const *list, size_t count,
                     const struct ctl_domain_counts *sum);

#endif
