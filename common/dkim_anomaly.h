/* dkim_anomaly - what can be wrong with a signature, as a table: severity, meaning, source.
 *
 * An anomaly is named by its rule (dkim-*). Its severity says what a verifier may make of it:
 * RFC 6376 section 6.1.1 tells it to refuse a signature for any fault of syntax. Whatever needs
 * the public key is not here. All functions are pure and thread-safe.
 */
#ifndef FX_DKIM_ANOMALY_H
#define FX_DKIM_ANOMALY_H

#include "terms.h"

struct fx_dkim_rule {
    enum fx_severity severity;
    const char *means;  /* one sentence for people, without a full stop */
    const char *source; /* where that is written: "RFC 6376 section 3.2" */
};

/* The row of a rule; NULL when it is no signature anomaly. */
const struct fx_dkim_rule *fx_dkim_rule(enum fx_rule rule);

/* One anomaly of one signature. Slices are borrowed from its field. */
struct fx_anomaly {
    enum fx_rule rule;
    enum fx_basis basis;
    bool has_at, has_observed, has_limit;
    bool personal; /* the text may hold an address, or parts of one */
    size_t at;                /* offset in the value of the field, octets */
    uint64_t observed, limit; /* numbers of the rule: octets, seconds since 1970, fields */
    struct fx_slice text;     /* the piece of the field that it is about; absent: none */
    size_t text_octets;       /* of what `text` is only the beginning; 0: it is all */
    const char *what;         /* a few words besides, static; NULL: none */
};

#define FX_ANOMALIES_MAX (FX_RULE_DKIM_LAST - FX_RULE_DKIM_FIRST + 1)

/* Each rule at most once, in the order found. Zeroed: none yet. */
struct fx_anomalies {
    struct fx_anomaly list[FX_ANOMALIES_MAX];
    size_t count;
};

/* Adds one, unless its rule is there already. */
void fx_anomaly_add(struct fx_anomalies *all, const struct fx_anomaly *one);
bool fx_anomaly_has(const struct fx_anomalies *all, enum fx_rule rule);

#endif
