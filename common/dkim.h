/* dkim - a signature field as slices: DKIM-Signature (RFC 6376 section 3.5), DomainKey-Signature
 * (RFC 4870 section 3.3), ARC-Message-Signature and ARC-Seal (RFC 8617 section 4.1).
 *
 * Total: any octets give what can be told of them, and anomalies with their offset. Nothing here
 * looks at the rest of the message, and nothing needs the key. Pure and thread-safe; allocates
 * nothing, slices are borrowed from the value.
 */
#ifndef FX_DKIM_H
#define FX_DKIM_H

#include "bodyhash.h"
#include "dkim_anomaly.h"
#include "field_kind.h"

enum fx_signature_kind {
    FX_SIGNATURE_DKIM,
    FX_SIGNATURE_DOMAINKEY,
    FX_SIGNATURE_ARC_MESSAGE,
    FX_SIGNATURE_ARC_SEAL,
    FX_SIGNATURE_KINDS
};

/* The kind that a field of this name is (case does not count); false: none. */
bool fx_signature_kind_find(struct fx_slice field_name, enum fx_signature_kind *kind);
/* The same of a name that was looked up. */
bool fx_signature_kind_of(enum fx_field_kind field, enum fx_signature_kind *kind);
const char *fx_signature_field_name(enum fx_signature_kind kind); /* "DKIM-Signature" */
const char *fx_signature_kind_name(enum fx_signature_kind kind);  /* "dkim", "arc" */

enum fx_signature_tag {
    FX_DKIM_TAG_V,
    FX_DKIM_TAG_A,
    FX_DKIM_TAG_B,
    FX_DKIM_TAG_BH,
    FX_DKIM_TAG_C,
    FX_DKIM_TAG_CV, /* ARC-Seal */
    FX_DKIM_TAG_D,
    FX_DKIM_TAG_H,
    FX_DKIM_TAG_I, /* identity; of ARC the instance */
    FX_DKIM_TAG_L,
    FX_DKIM_TAG_Q,
    FX_DKIM_TAG_S,
    FX_DKIM_TAG_T,
    FX_DKIM_TAG_X,
    FX_DKIM_TAG_Z,
    FX_SIGNATURE_TAGS
};

/* "h"; NULL for FX_SIGNATURE_TAGS. */
const char *fx_signature_tag_name(enum fx_signature_tag tag);

struct fx_signature {
    enum fx_signature_kind kind;
    struct fx_slice value;                  /* the whole field */
    struct fx_slice tag[FX_SIGNATURE_TAGS]; /* the first of each name; absent: not there */
    /* what the tags come to, where they are as they should be */
    bool body_hash_known;              /* algorithm, canonicalisation and bh= are */
    struct fx_bodyhash_want want;      /* how bh= was made */
    unsigned char body_hash[FX_BODYHASH_MAX];
    unsigned instance;                 /* of ARC, 1 to 50; 0: none */
    struct fx_slice unicode; /* the first of d= and s= with a label in Unicode, which only an
                                internationalized message may have; absent: neither */
    size_t unicode_at;       /* offset of the first such character in the value */
    struct fx_anomalies anomalies;     /* of the field by itself */
};

/* Reads the value of a field of this kind, folds (LF or CRLF) kept. now: seconds since 1970, for
 * t= and x=; negative: not known, they are not compared with it. */
void fx_signature_parse(enum fx_signature_kind kind, struct fx_slice value, int64_t now,
                        struct fx_signature *out);

/* The names in h=, in their order: takes the next off *rest (at first the value of h=), folding
 * white space taken off; false when there is none left. A name may be empty or no field name. */
bool fx_signature_h_next(struct fx_slice *rest, struct fx_slice *name);

#endif
