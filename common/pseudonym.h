/* pseudonym - how the address of a person stands in a record where log.addresses is "hash".
 *
 * "#<32 hex digits>@domain": the first 16 octets of HMAC-SHA-256 (RFC 2104) over local part,
 * "@" and domain; the local part without quotes and backslashes (RFC 5321 section 4.1.2), both
 * in ASCII lower case. The domain is written as it came. Without a domain the HMAC is over the
 * local part alone, and "#<32 hex digits>" is all; so it is where the domain holds what no
 * domain has. A "#" without digits stands for what may be of an address, but is not all of it:
 * no digest stands where it could not be found again.
 *
 * Nothing but the digest is changed by a key: whoever has none cannot tell who it is, nor make
 * the digest of somebody. One object for the life of a configuration, immutable, for any
 * number of threads. Pure.
 */
#ifndef FX_PSEUDONYM_H
#define FX_PSEUDONYM_H

#include "text.h"

#define FX_PSEUDONYM_HEX 32

struct fx_pseudonyms;

/* The first key is in use, the others are former ones; they are copied. NULL: no key, an empty
 * one, no memory, or no HMAC in this OpenSSL. */
struct fx_pseudonyms *fx_pseudonyms_create(const struct fx_slice *keys, size_t count);
void fx_pseudonyms_destroy(struct fx_pseudonyms *p); /* NULL allowed */
size_t fx_pseudonyms_count(const struct fx_pseudonyms *p);

/* Adds the pseudonym of an address (without angle brackets; white space at its ends and a
 * source route are dropped; "" stays "") by key n, 0 for the one in use. A domain for which
 * there is no room is cut and sets out->overflow, a digest is never. false: no memory; "#" was
 * added. */
bool fx_pseudonym_address(const struct fx_pseudonyms *p, size_t key, struct fx_slice address,
                          struct fx_text *out);

/* What a piece of text is, for the next. */
enum fx_of_person {
    FX_PERSON_MAYBE, /* a text; each address in it is one of somebody */
    FX_PERSON_CUT,   /* the same, and it went on, without an at sign in what was cut off */
    FX_PERSON_OPEN,  /* the same, and it is not known how it went on */
    FX_PERSON_ADDRESS,
    FX_PERSON_PART /* may hold an address, or parts of one, in a form that is not read here */
};

/* Adds a text as it may stand in a record. In words with an at sign, addresses become their
 * pseudonyms and all else but punctuation "#"; a word that may have lost an at sign, be it
 * behind a cut, an open quote or 1000 octets, becomes "#". false: no memory. */
bool fx_pseudonym_text(const struct fx_pseudonyms *p, struct fx_slice text,
                       enum fx_of_person what, struct fx_text *out);

#endif
