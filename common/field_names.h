/* field_names - how often each field name stands in a header.
 *
 * Names are compared without case (RFC 5322 section 1.2.2). At most FX_FIELD_NAMES_MAX different
 * ones are counted, fewer where somebody chose them to be slow to find. Not thread-safe: one
 * owner; memory is kept from message to message.
 */
#ifndef FX_FIELD_NAMES_H
#define FX_FIELD_NAMES_H

#include "slice.h"

#define FX_FIELD_NAMES_MAX 4096

struct fx_field_names;

/* NULL: no memory. */
struct fx_field_names *fx_field_names_create(void);
void fx_field_names_destroy(struct fx_field_names *names); /* NULL allowed */
void fx_field_names_reset(struct fx_field_names *names);

/* One more field of this name. false: no memory, or too many different names; not counted. */
bool fx_field_names_add(struct fx_field_names *names, struct fx_slice name);
/* Every field since the reset was counted: a name that is not found stands nowhere. */
bool fx_field_names_complete(const struct fx_field_names *names);
/* Fields of this name so far, those that were counted. */
uint64_t fx_field_names_count(const struct fx_field_names *names, struct fx_slice name);

#endif
