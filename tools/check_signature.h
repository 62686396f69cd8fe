/* check_signature - signatures for people: what a message carries, what an anomaly means, and
 * what to change where a firewall takes the name Content-Type in them for a second field.
 * Writes to stdout; not thread-safe. */
#ifndef FX_CHECK_SIGNATURE_H
#define FX_CHECK_SIGNATURE_H

#include "session.h"

/* A line for each signature of the message, nothing where it has none or nobody asked. */
void ctl_signatures_put(const struct fx_message *m, bool colour);

/* Of a finding about a signature: " signature 1 at octet 93"; else nothing. */
void ctl_signature_where(const struct fx_finding *f);

/* A number of this rule: a time where it is one, else as it is. */
void ctl_signature_number(enum fx_rule rule, uint64_t number);

/* Where the name Content-Type was found. */
struct ctl_embedded {
    bool signature, other; /* in a signature; in another field */
};
void ctl_embedded_note(struct ctl_embedded *seen, const struct fx_findings *list);
/* What to change at the signer, and what cures the firewall; nothing where nothing was found.
 */
void ctl_embedded_put(const struct ctl_embedded *seen);

#endif
