/* message - the bytes of a message file become the events a milter would have seen.
 *
 * Postfix hands its milters not the message but what its smtpd and cleanup made of it; a check
 * of a file has to see the same, or daemon and command line would disagree. The rules here were
 * measured with Postfix 3.7.11 and its default limits, against a milter that negotiated
 * SMFIP_HDR_LEADSPC. Not modelled: header fields inside MIME parts, which Postfix passes with
 * the blank before a colon and what follows a NUL taken out, and fields it adds or rewrites
 * itself (Message-Id, Date, From; only for its own clients).
 *
 * Pure; total: any bytes, any length; memory is bounded (one field, one body chunk).
 * Thread-safe.
 */
#ifndef FX_MESSAGE_H
#define FX_MESSAGE_H

#include "event.h"

/* Octets of a header field, name and colon included and folds as LF, that reach a milter. */
#define FX_FIELD_PASSED 60000
/* Octets of the largest body chunk (libmilter and Postfix agree on it). */
#define FX_BODY_CHUNK 65535

/* Takes one event; all it points to is borrowed for the call. false: stop. */
typedef bool fx_event_sink(void *arg, const struct fx_event *event);

struct fx_message_source {
    struct fx_slice bytes; /* line ends LF, CRLF or a mixture; borrowed */
    struct fx_time time;   /* of every event */
    bool unquote_from;     /* the bytes are from an mbox: one '>' comes off ">From " lines */
};

/* HEADER for each field, EOH always, BODY for each chunk; no MAIL, DATA or EOM. false: the sink
 * said stop, or there is no memory. */
bool fx_message_events(const struct fx_message_source *source, fx_event_sink *sink, void *arg);

#endif
