/* bodyhash - digests of the canonical body (RFC 6376 sections 3.4.3 to 3.4.5 and 3.7),
 * streamed.
 *
 * One pass over the body serves any number of signatures: each digest of a canonicalisation
 * runs once, whatever lengths are wanted of it. Memory does not grow with the body, and is kept
 * from one body to the next. Digests by OpenSSL's EVP.
 *
 * A line ends in CRLF. A CR or LF by itself is an octet of its line, as in dkimpy, Mail::DKIM
 * and OpenDKIM without FixCRLF; an MTA hands its milters CRLF. A last line without CRLF is a
 * line, its blanks at the end included (in relaxed dkimpy keeps one of them there). A body of
 * nothing but ends of lines is an empty one: CRLF in simple, nothing in relaxed, and there also
 * when its lines hold blanks.
 *
 * Not thread-safe: one owner at a time; different objects may be used at the same time.
 */
#ifndef FX_BODYHASH_H
#define FX_BODYHASH_H

#include "slice.h"

#define FX_BODYHASH_MAX 32 /* octets of the longest digest */

enum fx_canon { FX_CANON_SIMPLE, FX_CANON_RELAXED, FX_CANON_COUNT };
enum fx_body_digest { FX_BODY_SHA1, FX_BODY_SHA256, FX_BODY_DIGESTS };

/* Octets of a digest: 20, 32 (FIPS 180-4). Pure. */
size_t fx_body_digest_octets(enum fx_body_digest digest);

/* What one signature asks for. */
struct fx_bodyhash_want {
    enum fx_canon canon;
    enum fx_body_digest digest;
    bool limited;    /* l= was given */
    uint64_t length; /* octets of the canonical body; with limited */
};

struct fx_bodyhash;

/* Owned by the caller. NULL: no memory. */
struct fx_bodyhash *fx_bodyhash_create(void);
void fx_bodyhash_destroy(struct fx_bodyhash *b); /* NULL allowed */
/* Nothing wanted, ready for the next body; memory is kept. */
void fx_bodyhash_reset(struct fx_bodyhash *b);

/* Before the first octet of the body. *handle stands for the digest until the reset, the same
 * one where it is wanted already. false, *handle left alone: no memory, this OpenSSL has no
 * such digest, or the body has begun. */
bool fx_bodyhash_want(struct fx_bodyhash *b, const struct fx_bodyhash_want *want,
                      size_t *handle);
/* The next chunk of the body, of any length, cut anywhere; borrowed for the call. An absent one
 * is an empty one; after the end it is ignored. */
void fx_bodyhash_body(struct fx_bodyhash *b, struct fx_slice chunk);
/* There is no more. A second time nothing happens. */
void fx_bodyhash_end(struct fx_bodyhash *b);

/* After the end. out has room for FX_BODYHASH_MAX octets; those behind the digest are 0. Where
 * the canonical body is shorter than a length, the digest is that of all of it: whoever asked
 * compares with fx_bodyhash_octets (RFC 6376 section 3.5, l=). false, out left alone: no end
 * yet, no such handle, or OpenSSL failed on the way. */
bool fx_bodyhash_digest(const struct fx_bodyhash *b, size_t handle, unsigned char *out);
/* After the end: octets of the whole canonical body, whatever lengths are wanted. An empty body
 * has 2 in simple, 0 in relaxed. 0 too for a canonicalisation that nobody wanted. */
uint64_t fx_bodyhash_octets(const struct fx_bodyhash *b, enum fx_canon canon);

#endif
