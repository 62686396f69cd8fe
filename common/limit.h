/* limit - everything that a peer can choose has one; what each is called, and what is over.
 *
 * One table of all: those that are settings, and those that are constants, by the name under
 * which a finding (exceeded.h), the documents and syslog tell of them. fixup-milter.conf(5) is
 * compared with it by a test. Pure and thread-safe; a struct fx_over belongs to what it hangs on.
 */
#ifndef FX_LIMIT_H
#define FX_LIMIT_H

#include "settings.h"

/* Constants that a peer can reach. */
#define FX_MARKS_MAX 1000         /* recipients followed of one message (session.h) */
#define FX_RECORD_WORD_MAX 4096 /* octets of a domain, selector or algorithm, whose limit is
                                  limits.address; a domain has 255 (RFC 1035 section 2.3.4) */
#define FX_LOST_MAX 10000         /* recipients taken out of one message */
#define FX_FILE_NAMES_MAX 4096    /* found by one event; a chunk of a body is at most 64 kB */
#define FX_POLICY_FIELDS_MAX 100  /* X-Fixup-Policy fields that a message may bring */
#define FX_SIGNATURE_FIELDS_OCTETS ((size_t)14 * 1024 * 1024) /* of one message, kept */

enum fx_limit {
    FX_LIMIT_FINDINGS,
    FX_LIMIT_EVIDENCE,
    FX_LIMIT_RECIPIENTS,
    FX_LIMIT_SIGNATURES,
    FX_LIMIT_ADDRESS,
    FX_LIMIT_CONNECTIONS,
    FX_LIMIT_HEADER_FIELDS,
    FX_LIMIT_HEADER_OCTETS,
    FX_LIMIT_LINE,
    FX_LIMIT_PARAMETERS,
    FX_LIMIT_COMMAND_FILTER_CONNECTIONS,
    FX_LIMIT_STATE_ENTRIES,
    FX_LIMIT_MAX_HELD,
    FX_LIMIT_FOLLOWED,
    FX_LIMIT_LOST,
    FX_LIMIT_POLICY_FIELDS,
    FX_LIMIT_FIELD_NAMES,
    FX_LIMIT_SIGNATURE_OCTETS,
    FX_LIMIT_FILE_NAMES,
    FX_LIMIT_MIME_FIELD,
    FX_LIMIT_MIME_PARAMETER,
    FX_LIMIT_MIME_DEPTH,
    FX_LIMIT_RECORD,
    FX_LIMIT_COUNT
};

/* Where going over it is told. */
enum fx_limit_told {
    FX_TOLD_MESSAGE, /* in the record of the message */
    FX_TOLD_SESSION, /* of the session; of what both have: whichever it is */
    FX_TOLD_LATER,   /* in a `later` record */
    FX_TOLD_SYSLOG   /* no session is there */
};

struct fx_limit_row {
    enum fx_setting setting; /* FX_SETTING_COUNT: it is a constant */
    const char *name;        /* of a constant: what it counts */
    uint64_t constant;
    enum fx_limit_told told;
    bool unjudged;      /* something is not looked at beyond it; else shown or kept only */
    const char *beyond; /* a few words: what becomes of the rest */
};

const struct fx_limit_row *fx_limit_row(enum fx_limit limit);
/* As findings name it: "limits.header_fields", "4096 file names". */
void fx_limit_name(enum fx_limit limit, struct fx_text *t);

/* What one message, or one session outside any, has gone over. Zero: nothing. */
struct fx_over {
    uint64_t which;                    /* FX_BIT(enum fx_limit) */
    uint64_t observed[FX_LIMIT_COUNT]; /* the most; 0: not known */
    unsigned char stage[FX_LIMIT_COUNT]; /* enum fx_stage: of the first time */
};
void fx_over_note(struct fx_over *over, enum fx_limit limit, enum fx_stage stage,
                  uint64_t observed);

#endif
