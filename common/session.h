/* session - what was observed, in three lifetimes: connection, message, recipient.
 *
 * Every fact belongs to exactly one of them and dies with it; each has one reset. Observing is
 * separate from judging: nothing here knows a profile. Not thread-safe; one session hangs on
 * one connection. Facts the source did not tell stay absent or FX_UNKNOWN.
 */
#ifndef FX_SESSION_H
#define FX_SESSION_H

#include "digest.h"
#include "embedded.h"
#include "event.h"
#include "finding.h"
#include "kept.h"
#include "limit.h"
#include "mailbox.h"
#include "mime.h"
#include "mta.h"
#include "policy.h"
#include "reply.h"
#include "scan.h"
#include "signatures.h"

/* How the client declared the body (BODY=, RFC 6152, RFC 3030). NONE: MAIL was seen without it.
 */
enum fx_body_type {
    FX_BODY_UNKNOWN,
    FX_BODY_NONE,
    FX_BODY_7BIT,
    FX_BODY_8BITMIME,
    FX_BODY_BINARYMIME
};

/* How a message ended; OPEN: it has not. */
enum fx_ended {
    FX_ENDED_OPEN,
    FX_ENDED_EOM,
    FX_ENDED_ANSWERED,
    FX_ENDED_ABORT,
    FX_ENDED_CLOSE
};

enum fx_recipient_result {
    FX_RECIPIENT_ACCEPTED,
    FX_RECIPIENT_DEFERRED,
    FX_RECIPIENT_REJECTED,
    FX_RECIPIENT_LOST,
    FX_RECIPIENT_RESULTS
};

struct fx_recipient {
    struct fx_kept address; /* without angle brackets; or what records have for it */
    enum fx_recipient_result result;
};

/* A file name that the current event brought to light (mime.h). */
struct fx_file_name {
    uint64_t octets;
    bool at_least, nested, sign_behind;
    const char *parameter;
    size_t text_len;
    char text[FX_MIME_NAME_KEPT];
};

/* A recipient as later sessions are to know it again: the beginning of the SHA-256 of its
 * address, letters in lower case. */
#define FX_MARK_OCTETS 16
struct fx_mark {
    unsigned char octets[FX_MARK_OCTETS];
    enum fx_recipient_result result;
    bool refused; /* by our 452 */
};

/* Outcome behind each profile of the ruleset, by its index. */
struct fx_would {
    unsigned char outcome[FX_MAX_PROFILES]; /* enum fx_outcome */
};

struct fx_message {
    uint64_t number; /* 1 for the first MAIL of the connection */
    struct fx_time began, ended_at;
    enum fx_ended ended;
    const struct fx_ruleset *rules;
    bool data; /* DATA (or BDAT) was seen */

    /* envelope */
    struct fx_kept queue_id;
    struct fx_kept from;   /* without angle brackets; or what records have for it */
    struct fx_kept sender; /* where the session is followed: the same as it came */
    uint64_t extensions;   /* FX_BIT(enum fx_extension): used, as far as traces tell */
    bool size_declared;
    uint64_t declared_size; /* octets, SIZE= */
    enum fx_body_type body_type;
    struct fx_recipient *recipients; /* the first limits.recipients of them */
    size_t recipient_count, recipient_cap;
    uint64_t recipients_seen; /* RCPT commands in this transaction, refused ones included */
    uint64_t results[FX_RECIPIENT_RESULTS];
    enum fx_recipient_result last_result; /* of the current RCPT */
    bool last_listed;                     /* and it is in `recipients` */
    struct fx_kept *lost; /* addresses of recipients with result LOST, for taking them out */
    size_t lost_count, lost_cap;

    struct fx_mark
        *marks; /* where the session is followed: the first FX_MARKS_MAX recipients */
    size_t mark_count, mark_cap;
    bool last_marked;     /* the current RCPT is the last of them */
    uint64_t refused_452; /* of all recipients, those that got 452 from us */
    /* of the recipients refused so far, as the MTA counts them ({nbadrcpts}), those that it has
     * not shown and we have not caused */
    uint64_t refusals;
    uint64_t refusals_then; /* that number when the last recipient was accepted */

    /* header */
    struct fx_kept message_id;
    bool body_hashed;                 /* no Message-ID of its own: the body stands for it */
    uint64_t fields, header_octets;   /* as they would be sent */
    bool beyond;                      /* the current field is over a limit of the header */
    uint64_t received;                /* Received fields */
    uint64_t content_types;           /* Content-Type fields */
    struct fx_embedded embedded;      /* fields other than these that name Content-Type */
    struct fx_signatures *signatures; /* NULL: nothing is to be said of any */
    struct fx_signatures *signatures_memory; /* what `signatures` is when it is not NULL */
    bool header_ended;
    uint64_t tags;       /* X-Fixup-Policy fields that came with the message */
    uint64_t field_line; /* octets of the longest line of the current field */
    bool field_line_at_least;

    /* body */
    uint64_t size;        /* octets of header and body as they would be sent */
    uint64_t size_added;  /* of these: fields that an MTA adds where the client sent none */
    struct fx_scan_body body;
    struct fx_mime *mime;
    struct fx_file_name *names; /* found by the current event */
    size_t name_count, name_cap;
    uint64_t names_seen; /* by it, those that are not kept too */

    /* judgement */
    struct fx_over over; /* limits that were gone over */
    struct fx_findings findings;
    struct fx_would would;
    bool refused;           /* `reply` is our answer that ends the message */
    bool recipient_refused; /* a single RCPT was refused by us; `reply` holds the latest */
    struct fx_reply reply;
};

struct fx_session {
    const struct fx_policy *policy; /* borrowed; in force from connect to close */
    char id[33];                    /* 32 hex digits, random, given by the caller */
    bool no_memory;                 /* sticky: an allocation failed; mail gets on_error */
    bool follow;                    /* what is needed for a sighting is kept */
    struct fx_hash *hash;           /* of whatever needs a digest now; NULL until then */

    /* connection */
    const struct fx_ruleset *rules; /* chosen at connect */
    struct fx_time began, now;
    struct fx_address client;
    struct fx_kept client_name, helo, host, listener, tls_version, cipher, auth_type, auth_user;
    struct fx_kept mta_version; /* the macro v as told; `mta` is what it means */
    struct fx_mta mta;
    enum fx_greeting greeting; /* the last one; UNKNOWN where nothing told at HELO */
    enum fx_answer tls, authenticated;
    bool local; /* not an SMTP client: Postfix's non_smtpd_milters */
    bool wire;  /* the source shows commands as they came: a transcript */
    uint64_t messages;
    uint64_t connections_most;   /* there may be; of a session that is one too many */
    enum fx_stage stage;         /* of the event that is being looked at */
    struct fx_over over;         /* limits that were gone over outside a message */
    struct fx_findings findings; /* found outside a message */
    struct fx_would would;
    bool refused; /* `reply` is an answer of ours outside a message */
    struct fx_reply reply;

    struct fx_message
        *message;    /* NULL before the first MAIL; kept and reset between messages */
    bool in_message; /* `message` is live: open, or ended with its record still due */
};

/* Takes what the event tells about the connection and the message into the session: the first
 * half of each step. MAIL opens a message. Never fails outward: without memory it sets
 * no_memory and keeps what it can. */
void fx_session_observe(struct fx_session *s, const struct fx_event *event);

/* The message is over and its record written: forget it, keep its memory. */
void fx_session_end_message(struct fx_session *s);

/* A limit is gone over by the current event: of the message where there is one, else of the
 * session. observed: how much there is, as far as is known now; 0: it is not known. */
void fx_session_over(struct fx_session *s, enum fx_limit limit, uint64_t observed);

/* The recipient that the current RCPT named ends with this result instead of the one noted. */
void fx_session_last_recipient(struct fx_session *s, enum fx_recipient_result result);

/* The same for one that was refused by our 452. */
void fx_session_recipient_refused(struct fx_session *s);

/* The memory of a message goes from one session to another: with `message` the session takes it
 * over, and with NULL it is without any until its next MAIL. Not while one is live. Gives what it
 * had, NULL: nothing, or nothing worth keeping (it is incomplete, or large). */
struct fx_message *fx_session_exchange_message(struct fx_session *s, struct fx_message *message);
void fx_message_destroy(struct fx_message *m); /* NULL allowed */

/* The current RCPT's recipient is to be lost: noted as such and kept for its removal at end of
 * message. False without memory, when too many are kept, or when the same address was accepted
 * before (the MTA would take out both): it stays accepted. */
bool fx_session_lose_recipient(struct fx_session *s, struct fx_slice path);

/* A session without events yet; id is 32 hex digits and a NUL. NULL when there is no memory, or
 * the policy is not compiled (plan.h). */
struct fx_session *fx_session_create(const struct fx_policy *policy, const char id[33]);
void fx_session_destroy(struct fx_session *s); /* NULL allowed */

#endif
