/* transcript - SMTP sessions written down become the events of the session.
 *
 * Three notations, told apart by their first lines:
 *   plain  "C: " what the client sent, "S: " what the server said, "C| " message data, "# "
 *          comment, "+SECONDS " before a line for time passed (fractions allowed, also alone on
 * a line). \xNN is a byte, \\ a backslash, and a single \ at the end of a line says that no
 *          CRLF followed. "# client: ADDRESS [NAME]" tells the client's address.
 *   swaks  "->" and "~>" client, "<-", "<**", "<~", "<~*" server, "===" and "***" information.
 *   log    "<<<" what the server received, ">>>" what it said, anything before them a time
 * stamp; lines without either are information. "A connection was accepted from NAME" starts a
 *          new session.
 * The client's side is one stream of bytes: a command ends at its LF, wherever lines of the
 * transcript break. A reply belongs to the oldest command that has none. Events come in the
 * order of the commands, each once its reply is known; what has no reply in the transcript is
 * unknown. A transcript without any server line tells nothing about replies, nor about
 * pipelining.
 *
 * Events are what a milter would see, with two differences: commands that no MTA passes on are
 * there too (COMMAND), and what only the wire shows is told (fx_wire; for swaks and logs
 * neither line end nor octets, as they do not show the wire). DATA counts once the server said
 * 354. BDAT is a COMMAND, and the first accepted chunk a DATA besides. A MAIL that the server
 * refused is given up at once; inside a transaction it is a COMMAND only. What was begun and
 * not ended when the session ends is given up (ABORT) before CLOSE.
 *
 * A file may hold several sessions: CONNECT opens, CLOSE ends each. Pure; total: any bytes, any
 * length; memory in proportion to the longest message. Thread-safe.
 */
#ifndef FX_TRANSCRIPT_H
#define FX_TRANSCRIPT_H

#include "message.h"

/* A line that cannot be read; the first line is 1. The words are static. */
typedef void fx_transcript_fault(void *arg, uint64_t line, const char *what);

struct fx_transcript_source {
    struct fx_slice bytes;      /* borrowed */
    struct fx_time start;       /* time of the first event */
    fx_event_sink *sink;        /* all an event points to is borrowed for the call */
    fx_transcript_fault *fault; /* NULL: bad lines are passed over in silence */
    void *arg;                  /* for both */
};

/* false: the sink said stop, or there is no memory. */
bool fx_transcript_events(const struct fx_transcript_source *source);

/* Do the first lines look like a transcript, and like nothing else? For input without a name.
 */
bool fx_transcript_looks(struct fx_slice bytes);

#endif
