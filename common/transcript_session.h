/* transcript_session - one SMTP session of a transcript: commands wait for their replies, then
 * become events.
 *
 * Private to transcript.c, which reads lines and cuts the client's bytes into commands and
 * data. Pure; not thread-safe.
 */
#ifndef FX_TRANSCRIPT_SESSION_H
#define FX_TRANSCRIPT_SESSION_H

#include "message.h"
#include "text.h"
#include "vocab.h"

/* What the client's next bytes are. */
enum fx_transcript_mode {
    FX_TRANSCRIPT_COMMANDS,
    FX_TRANSCRIPT_ANSWER, /* a line that answers a 334: credentials, no command */
    FX_TRANSCRIPT_DATA,
    FX_TRANSCRIPT_CHUNK /* the octets of a BDAT */
};

/* A command whose reply has not come yet. */
struct fx_transcript_pending {
    struct fx_text line;
    struct fx_text chunk; /* what came with a BDAT */
    struct fx_time time;
    struct fx_wire wire;
    enum fx_verb verb;
    bool last;        /* BDAT ... LAST */
    bool end_of_data; /* the final dot: has a reply, but is no command */
};

struct fx_transcript_session {
    fx_event_sink *sink;
    void *arg;
    bool ok;          /* sticky: the sink said stop, or no memory */
    bool has_replies; /* the transcript has lines of the server at all */
    struct fx_time now;
    bool connected, over; /* over: QUIT was answered, or the server closed */
    struct fx_address client;
    struct fx_text client_name;

    enum fx_transcript_mode mode;
    uint64_t chunk_octets;   /* still to come */
    bool transaction;        /* MAIL was not refused */
    bool tls, authenticated; /* STARTTLS, AUTH were answered with success */
    bool chunks_begun;
    struct fx_text chunks; /* accepted BDAT data */

    struct fx_transcript_pending *pending;
    size_t pending_at, pending_count, pending_cap; /* pending_at: the oldest */
    bool reply_open;                               /* "250-" came, "250 " not yet */
    unsigned reply_code;
};

void fx_transcript_session_init(struct fx_transcript_session *s, fx_event_sink *sink,
                                void *arg);
void fx_transcript_session_finish(struct fx_transcript_session *s);

/* CONNECT, when that has not come yet; and everything that is due up to CLOSE. */
void fx_transcript_session_open(struct fx_transcript_session *s);
void fx_transcript_session_close(struct fx_transcript_session *s);

bool fx_transcript_session_waiting(const struct fx_transcript_session *s);
/* A command of the client, without its line end. The mode afterwards says what comes next. */
void fx_transcript_session_command(struct fx_transcript_session *s, struct fx_slice line,
                                   const struct fx_wire *wire);
/* Octets of a BDAT chunk; at most chunk_octets. */
void fx_transcript_session_chunk(struct fx_transcript_session *s, struct fx_slice octets);
/* The whole message after DATA, dots already taken off; `answered`: the reply came before. */
void fx_transcript_session_message(struct fx_transcript_session *s, struct fx_slice message,
                                   bool answered);
/* The server broke into the data: the transaction is gone. */
void fx_transcript_session_broken(struct fx_transcript_session *s);
/* A line of a reply; more: a '-' after the code. */
void fx_transcript_session_reply(struct fx_transcript_session *s, unsigned code, bool more);
/* The client speaks again: a reply that was cut short in the transcript is complete. */
void fx_transcript_session_turn(struct fx_transcript_session *s);
/* Message data follows though the transcript has no 354: true when DATA is the newest command
 * without a reply, which is then taken as accepted. */
bool fx_transcript_session_data_follows(struct fx_transcript_session *s);
/* The transcript tells no (more) replies: all that wait become events as they are. */
void fx_transcript_session_unanswered(struct fx_transcript_session *s);

#endif
