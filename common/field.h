/* field - a raw header field, "Name: value", as its two parts (RFC 5322 section 2.2).
 *
 * Total: any octets give name and value, or the offset at which it shows that this is no field.
 * Pure and thread-safe; allocates nothing, slices are borrowed from the text.
 */
#ifndef FX_FIELD_H
#define FX_FIELD_H

#include "slice.h"

struct fx_field {
    struct fx_slice name;  /* without blanks before the colon (obsolete: section 4.5) */
    struct fx_slice value; /* all behind the colon, blanks and folds kept */
};

/* A field name: printable ASCII but the colon, at least one. false: *at is the offset of the
 * octet that is none; of an empty name 0. */
bool fx_field_name(struct fx_slice name, size_t *at);

/* Splits a field, or its first line. A stray CR before the colon counts as the blank that mail
 * servers make of it. false: *field untouched, *at the offset of the octet that no field has
 * there, of a missing colon the length. */
bool fx_field_split(struct fx_slice text, struct fx_field *field, size_t *at);

#endif
