/* embedded - the name Content-Type within the value of another header field, which firewalls
 * before 7.2(3) took for a second Content-Type field (Cisco document 118550).
 *
 * A plain scan of the raw value: what a field means is not looked at, so it holds for h= and z=
 * of a signature (RFC 6376 section 3.5) as for any text. Nobody has said what exactly the
 * firewall looked for, hence three shapes, the strongest first (enum fx_grade):
 *
 * - folded: a continuation line begins with the name and a colon, white space around them allowed
 * - colon: the name anywhere, and a colon after it, with or without folding white space
 * - listed: the name anywhere
 *
 * The name counts whole and without case: next to it stands no letter, digit, hyphen or
 * underscore. X-Content-Type and Content-Type-Options are other names; "=", ";", "|", quotes
 * and the like delimit. Pure and thread-safe; any octets.
 */
#ifndef FX_EMBEDDED_H
#define FX_EMBEDDED_H

#include "terms.h"

/* The strongest shape in which the name stands in a value (folds kept, LF or CRLF), and the
 * octet at which it first does so. false, both untouched: it does not. */
bool fx_embedded_find(struct fx_slice value, enum fx_grade *grade, size_t *at);

/* Any other name: the octet at which it first stands, whole and without case. */
bool fx_embedded_name(struct fx_slice value, struct fx_slice name, size_t *at);

/* What the header of one message has of it: for each field name the strongest shape. */
#define FX_EMBEDDED_FIELDS 8
#define FX_EMBEDDED_NAME 64 /* octets kept of a field name; names alike so far are one */
struct fx_embedded_field {
    char name[FX_EMBEDDED_NAME];
    size_t name_len;
    bool sign_behind; /* an at sign stands in what is not kept of it */
    enum fx_grade grade;
};
struct fx_embedded {
    struct fx_embedded_field fields[FX_EMBEDDED_FIELDS]; /* in the order of the header */
    size_t count;
};

/* Takes one field of the header into *all (zeroed before the first). A name beyond the bound
 * takes the place of the weakest, if that is weaker: none can be hidden behind others. */
void fx_embedded_see(struct fx_embedded *all, struct fx_slice name, struct fx_slice value);

#endif
