/* tag - the field X-Fixup-Policy of tag mode. Pure and thread-safe. */
#ifndef FX_TAG_H
#define FX_TAG_H

#include "session.h"

/* True when this message is to carry the field: the mode, or the mode of one rule, is tag. */
bool fx_tag_wanted(const struct fx_ruleset *rules);

/* The field's value, "<profile>; would=<outcome>; rules=<id>,<id>", for the enforced profile
 * and the rules whose mode is tag or more; each rule once, in the
 * order found; folded (LF and TAB) before 78 columns (RFC 5322 section 2.1.1). */
void fx_tag_value(struct fx_text *t, const struct fx_message *m);

#endif
