/* signatures - the signature fields of one message, and what is to be said of each.
 *
 * Part of observing (session.c): fields come in their order, then the end of the header, the
 * body in chunks, the end. What is kept does not depend on any profile. At most a set number of
 * signature fields is kept, and 14 MB of them; the rest is counted. Not thread-safe: hangs on a
 * message; memory is kept from one message to the next, unless it is much.
 */
#ifndef FX_SIGNATURES_H
#define FX_SIGNATURES_H

#include "dkim.h"
#include "field_kind.h"
#include "field_names.h"
#include "text.h"

/* A piece of the text that is kept for a message. */
struct fx_piece {
    size_t at, len;
    bool told;
};

/* What became of bh=. UNCHECKED: no bh=, an unknown a= or c=, a bad l=, body not seen or not
 * looked at. */
enum fx_body_result {
    FX_BODY_RESULT_UNCHECKED,
    FX_BODY_RESULT_MATCH,
    FX_BODY_RESULT_MISMATCH,
    FX_BODY_RESULTS
};
const char *fx_body_result_name(enum fx_body_result result);

struct fx_signature_seen {
    enum fx_signature_kind kind;
    struct fx_piece domain, selector, algorithm; /* d=, s=, a= as they stand there */
    struct fx_piece h;                           /* the value of h= */
    size_t h_at;             /* where that begins in the value of the field */
    unsigned instance;       /* of ARC; 0: none */
    bool names_content_type; /* and in which shape, first where (embedded.h) */
    enum fx_grade grade;
    size_t grade_at;                 /* offset in the value of the field */
    enum fx_signature_tag grade_tag; /* the tag it stands in; FX_SIGNATURE_TAGS: none */
    bool unicode, unicode_selector;  /* d= or s= has a label in Unicode; it is s= */
    size_t unicode_at;               /* and begins there */
    size_t l_at, bh_at;              /* offsets of the values of l= and bh= */
    bool wants_body;                 /* bh= can be compared */
    struct fx_bodyhash_want want;
    unsigned char body_hash[FX_BODYHASH_MAX]; /* bh= */
    bool hashing;                             /* `handle` is */
    size_t handle;
    enum fx_body_result result;
    uint64_t said; /* anomalies that are kept, as bits from FX_RULE_DKIM_FIRST on */
};

/* An anomaly that is kept; of which signature: from 0, FX_NO_SIGNATURE for the message's own.
 */
#define FX_NO_SIGNATURE SIZE_MAX
struct fx_anomaly_kept {
    size_t signature;
    struct fx_anomaly is; /* its text is absent; `text` below is it */
    struct fx_piece text;
};

/* The ARC sets of a message: of each kind of field the instances that are there, bit 1 to bit
 * 50 (RFC 8617 section 4.2.1). */
enum fx_arc_kind { FX_ARC_RESULTS, FX_ARC_MESSAGE, FX_ARC_SEAL, FX_ARC_KINDS };
struct fx_arc {
    uint64_t instances[FX_ARC_KINDS];
};

/* Fields of the header that are counted by themselves (dkim_header.c). */
#define FX_COUNTED_FIELDS (FX_FIELD_COUNTED_LAST - FX_FIELD_COUNTED_FIRST + 1)

struct fx_signatures {
    struct fx_signature_seen *list; /* in the order of the header */
    size_t count, cap;
    uint64_t omitted;                    /* signature fields over the limits */
    uint64_t kinds[FX_SIGNATURE_KINDS];  /* signature fields of each kind, those over it too */
    uint64_t counted[FX_COUNTED_FIELDS]; /* fields of those names */
    struct fx_arc arc;
    bool internationalized; /* a field that is no signature has UTF-8 (RFC 6532) */
    bool header_over;
    bool full;        /* one was left out because of all the octets that are kept */
    bool listed_lost; /* not all names in an h= were told apart */
    struct fx_anomaly_kept *anomalies; /* in the order found */
    size_t anomaly_count, anomaly_cap;
    uint64_t said;                 /* of the message's own, as `said` of a signature */
    struct fx_text text;           /* of all pieces */
    struct fx_field_names *names;  /* of the header */
    struct fx_field_names *listed; /* of one h= after the other */
    struct fx_bodyhash *body;
    bool no_memory; /* sticky until the reset: something is missing */
};

/* In which shape it names Content-Type, "none" where it does not, or where the message has no
 * such field (`real`): no firewall takes the name for a second one then. */
const char *fx_signature_content_type(const struct fx_signature_seen *s, bool real);

/* NULL: no memory. */
struct fx_signatures *fx_signatures_create(void);
void fx_signatures_destroy(struct fx_signatures *all); /* NULL allowed */
/* Nothing seen, ready for the next message. */
void fx_signatures_reset(struct fx_signatures *all);

/* The next field of the header. field: what its name is; now: as fx_signature_parse has it;
 * max: signature fields kept of a message. true: it is a signature, and kept. */
bool fx_signatures_field(struct fx_signatures *all, enum fx_field_kind field,
                         struct fx_slice name, struct fx_slice value, int64_t now, size_t max);
/* The header is over, for the first time. body: body hashes are wanted. */
void fx_signatures_header_end(struct fx_signatures *all, bool body);
void fx_signatures_body(struct fx_signatures *all, struct fx_slice chunk);
/* The whole body was seen. A body whose header never ended leaves its hashes unchecked. */
void fx_signatures_end(struct fx_signatures *all);

/* Adds an anomaly of a signature that is kept, or of the message; each rule once for each, the
 * first one stays. Its text is copied, and must not be a piece of those that are kept. */
void fx_signatures_add(struct fx_signatures *all, size_t signature,
                       const struct fx_anomaly *one);
/* The same with a text that is such a piece; the text of *one does not count. */
void fx_signatures_add_kept(struct fx_signatures *all, size_t signature,
                            const struct fx_anomaly *one, struct fx_piece text);
/* There is an anomaly of the message itself (FX_NO_SIGNATURE). */
bool fx_signatures_of_message(const struct fx_signatures *all);
/* Whether a value of a signature holds an at sign, plain or in quoted-printable: an address in
 * it may be folded and encoded anywhere, and is not read. */
bool fx_signature_personal(struct fx_slice value);
/* Borrowed until the next field or the reset. */
struct fx_slice fx_signatures_piece(const struct fx_signatures *all,
                                    const struct fx_piece *piece);

#endif
