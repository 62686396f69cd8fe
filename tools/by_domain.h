/* by_domain - the signatures of a run summed up for each signing domain: how many, how many at
 * risk behind a firewall that takes a Content-Type in them for a second one, whether their body
 * is the one that was signed, and what else is wrong with them.
 *
 * A domain is d= in lower case; "(none)" where that is missing or empty. ARC-Seals sign no
 * fields by name, so they are no signatures here, but what is wrong with them is told. Memory
 * grows with the number of domains alone. Not thread-safe.
 */
#ifndef FX_BY_DOMAIN_H
#define FX_BY_DOMAIN_H

#include "session.h"

struct ctl_domains;

/* NULL: no memory. */
struct ctl_domains *ctl_domains_create(void);
void ctl_domains_destroy(struct ctl_domains *all); /* NULL allowed */

/* Counts the signatures of a message. false: no memory; those before are counted. */
bool ctl_domains_add(struct ctl_domains *all, const struct fx_message *m);

/* Writes all domains to stdout, those with the most signatures first, and their sum: a table,
 * or with json an object a line, the sum with a domain of null. What is wrong with a header as
 * a whole is no domain's and stands in the sum alone, and so do signatures beyond
 * limits.signatures. from: policy.content_type_grade, for the words below the table. false: no
 * memory, or stdout is at fault.
 */
bool ctl_domains_put(struct ctl_domains *all, bool json, enum fx_grade from);

#endif
