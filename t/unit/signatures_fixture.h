/* signatures_fixture - messages for tests of signatures.c and what it joins. */
#ifndef FX_SIGNATURES_FIXTURE_H
#define FX_SIGNATURES_FIXTURE_H

#include "fixture.h"
#include "signatures.h"

/* A DKIM-Signature field with these tags beside those that it has to have; no fault by itself
 * and no bh= that fits anything. */
#define SIGNED(tags)                                                                  \
    "DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=s; c=simple/simple; b=" B128 \
    "; bh=" BH_EMPTY "; " tags "\n"
/* 128 octets, and the hash of an empty body (RFC 6376 section 3.4.3). */
#define B128                     \
    A40 A40 A40 A40 "AAAAAAAAAA" \
                    "A="
#define A40 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define BH_EMPTY "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY="

/* cmocka setup and teardown: *state is a struct fx_signatures. */
int signatures_begin(void **state);
int signatures_finish(void **state);

/* Gives it the fields of a header, each line ended by LF; at most max signatures are kept. */
void header_of(struct fx_signatures *all, const char *text, size_t max);
/* The same and the end of the header, body hashes wanted; starts anew before it. */
void message_of(struct fx_signatures *all, const char *text);

/* What was said by this rule of this signature (or FX_NO_SIGNATURE); NULL: nothing. */
const struct fx_anomaly_kept *said_of(const struct fx_signatures *all, size_t signature,
                                      enum fx_rule rule);
/* Text, observed and limit of it; text NULL: absent. */
#define assert_said(all, signature, rule, text, observed, limit) \
    said_is((all), (signature), (rule), (text), (observed), (limit), __FILE__, __LINE__)
void said_is(const struct fx_signatures *all, size_t signature, enum fx_rule rule,
             const char *text, uint64_t observed, uint64_t limit, const char *file, int line);

#endif
