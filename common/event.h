/* event - what a milter callback or a transcript line tells, as plain values.
 *
 * All slices are borrowed for the duration of the call they are handed to. A slice that is
 * absent and an answer that is FX_UNKNOWN mean "the source did not tell".
 */
#ifndef FX_EVENT_H
#define FX_EVENT_H

#include "settings.h"

enum fx_event_kind {
    FX_EVENT_CONNECT,
    FX_EVENT_HELO,
    FX_EVENT_COMMAND, /* a command that opens or continues no transaction */
    FX_EVENT_MAIL,
    FX_EVENT_RCPT,
    FX_EVENT_DATA,
    FX_EVENT_HEADER,
    FX_EVENT_EOH,
    FX_EVENT_BODY,
    FX_EVENT_EOM,
    FX_EVENT_ABORT, /* the transaction was given up (RSET, HELO, failure) */
    FX_EVENT_CLOSE,
    FX_EVENT_KINDS
};
#define FX_EVENT_BIT(kind) (1u << (kind))

/* Two clocks, read by the caller. Microseconds. */
struct fx_time {
    int64_t wall; /* since 1970-01-01T00:00:00Z */
    int64_t mono; /* monotonic, any origin */
};

enum fx_family { FX_FAMILY_UNKNOWN, FX_FAMILY_UNIX, FX_FAMILY_INET, FX_FAMILY_INET6 };

/* A client address; bytes in network order, 4 or 16 of them in use. */
struct fx_address {
    enum fx_family family;
    unsigned char bytes[16];
    uint16_t port; /* host order; 0: not told */
};

/* What the MTA tells beside the callback (milter macros, without their braces). */
struct fx_macros {
    struct fx_slice j;           /* the MTA's own host name */
    struct fx_slice v;           /* MTA version: "Postfix 3.7.11", "8.17.1.9/..." */
    struct fx_slice r;           /* Sendmail: SMTP, ESMTP, ESMTPS */
    struct fx_slice i;           /* queue id */
    struct fx_slice daemon_name; /* the listener */
    struct fx_slice tls_version; /* set once TLS is on */
    struct fx_slice cipher;
    struct fx_slice auth_type; /* set once the client has authenticated */
    struct fx_slice auth_authen;
    struct fx_slice rcpt_mailer; /* "error": the MTA refused this recipient itself */
    struct fx_slice nbadrcpts;   /* Sendmail: recipients refused so far, by whomever */
    bool tls_asked;              /* false: the source cannot tell about TLS at all */
    bool auth_asked;             /* false: the source cannot tell about AUTH at all */
};

/* How a command came over the wire; only transcripts and the relay know. */
enum fx_terminator {
    FX_TERMINATOR_UNKNOWN,
    FX_TERMINATOR_CRLF,
    FX_TERMINATOR_LF,
    FX_TERMINATOR_CR,
    FX_TERMINATOR_NONE
};
struct fx_wire {
    enum fx_answer pipelined; /* sent before the reply to the command before it */
    enum fx_terminator terminator;
    uint64_t line_octets; /* without the line end; 0: not told */
};

/* Which greeting: Postfix does not tell, Sendmail does, a transcript does. */
enum fx_greeting { FX_GREETING_UNKNOWN, FX_GREETING_HELO, FX_GREETING_EHLO };

#define FX_MAX_PARAMETERS FX_PARAMETERS_MAX

struct fx_event {
    enum fx_event_kind kind;
    struct fx_time time;
    const struct fx_macros *macros; /* NULL: none at this stage */
    struct fx_wire wire;            /* HELO, COMMAND, MAIL, RCPT, DATA */
    /* which of these are in use depends on the kind */
    struct fx_slice text;  /* CONNECT: client name. HELO: argument. COMMAND: verb or line. MAIL,
                              RCPT: the path as sent, with its angle brackets. HEADER: field
                              name. BODY: a chunk, CRLF line ends */
    struct fx_slice value; /* HEADER: what follows the colon, folds (LF or CRLF + WSP) kept */
    struct fx_address client;  /* CONNECT */
    enum fx_greeting greeting; /* HELO */
    /* HELO, MAIL: in force, as a transcript shows; a milter is told by macros */
    enum fx_answer tls, authenticated;
    bool whole_line; /* COMMAND: text is the whole line, not just the verb */
    struct fx_slice parameters[FX_MAX_PARAMETERS]; /* MAIL, RCPT: each as sent */
    size_t parameter_count;
    bool parameters_cut;        /* there were more than are here */
    uint64_t parameters_all;    /* how many there were, where any are missing */
    uint64_t text_cut;          /* octets of the text that are missing at its end */
    uint64_t line_all;          /* octets of the command, where it was longer than is looked at */
    /* CONNECT: how many there are where that is too many, and how many there may be; else 0 */
    uint64_t connections, connections_most;
    uint64_t parameters_octets; /* of all, each with the blank before it; 0: as kept */
    enum fx_answer refused;     /* MAIL, RCPT: YES: the server itself refused it */
    bool cut;                   /* CLOSE: we end the session, not the client or the server */
};

/* The stage to which what is found at an event of this kind belongs. */
enum fx_stage fx_stage_of(enum fx_event_kind kind);

/* The event as far as it is looked at: command lines of up to `line` octets, of MAIL and RCPT
 * `parameters` parameters. It itself, or a copy in *space, which says what is missing. personal:
 * of an address nothing may be seen but the whole; "#" then stands for a text that was cut within
 * one. */
const struct fx_event *fx_event_within(const struct fx_event *event, uint64_t line,
                                       uint64_t parameters, bool personal,
                                       struct fx_event *space);

#endif
