/* milter_client - the MTA's side of one connection to a milter, as Postfix 3.7 speaks it.
 *
 * A state machine over a socket that never blocks: the caller polls, and says what time it is.
 * It offers what Postfix offers, sends the macros that the filter asked for or Postfix's usual
 * ones, and waits for no reply where none was agreed upon. Of what the filter changes in a
 * message it keeps the number. It is written from the protocol's values (libmilter's mfdef.h)
 * and what Postfix was seen to send, and shares no code with the daemon's side. Not
 * thread-safe.
 */
#ifndef MILTER_CLIENT_H
#define MILTER_CLIENT_H

#include "milter_content.h"

#include <sys/socket.h>

#define MILTER_LISTS 7 /* of macros, by SMFIM_ */

/* What became of a message. */
enum milter_answer {
    MILTER_PASSED,    /* accepted, or no objection at its end */
    MILTER_DISCARDED, /* accepted, and thrown away */
    MILTER_DEFERRED,  /* 4xx */
    MILTER_REJECTED,  /* 5xx */
    MILTER_DROPPED,   /* 421 */
    MILTER_ANSWERS
};

enum milter_state {
    MILTER_BUSY,     /* poll and turn */
    MILTER_HELD,     /* greeted without a message, or before an end that is held */
    MILTER_ANSWERED, /* the message is, and another may follow on this connection */
    MILTER_OVER,     /* the message is answered, and nothing may follow */
    MILTER_FAILED    /* see the error */
};

enum milter_error {
    MILTER_NO_ERROR,
    MILTER_ERROR_CONNECT,
    MILTER_ERROR_CLOSED,   /* the filter hung up, or the connection broke */
    MILTER_ERROR_PROTOCOL, /* an answer that makes no sense */
    MILTER_ERROR_TIMEOUT,
    MILTER_ERROR_MEMORY,
    MILTER_ERRORS
};

/* One SMTP session as the filter is told of it; all borrowed until the client is destroyed. */
struct milter_session {
    const char *address; /* the client's, as text */
    unsigned port;
    const char *name, *helo; /* its host name, and what it says in EHLO */
};

/* Times are in microseconds of the caller's clock; 0: not yet. */
struct milter_times {
    int64_t began; /* the message, or for the first one the connection */
    int64_t end;   /* the end of message is handed over */
    int64_t answered;
};

struct milter_client;

/* Connects to the filter. NULL: no memory, or no socket (errno). *later: the listener's queue
 * is full, try again. */
struct milter_client *milter_client_create(const struct sockaddr *address, socklen_t length,
                                           const struct milter_session *session, int64_t now,
                                           bool *later);
/* Says good-bye where the connection stands, and closes it. NULL allowed. */
void milter_client_destroy(struct milter_client *c);

/* Begins a message, the first as soon as there is a client and another when the one before is
 * MILTER_ANSWERED. All borrowed until it is answered. queue_id: as the MTA would give. */
void milter_client_message(struct milter_client *c, const struct milter_content *content,
                           const char *queue_id, int64_t now);

/* hold: from now on no end of message is sent. */
void milter_client_hold_end(struct milter_client *c, bool hold);

int milter_client_descriptor(const struct milter_client *c);
short milter_client_events(const struct milter_client *c); /* for poll(2) */
/* Reads and writes what can be, after poll(2) said so. */
enum milter_state milter_client_turn(struct milter_client *c, short events, int64_t now);
/* Gives up what has not moved for so long, in microseconds; progress counts as moving. */
enum milter_state milter_client_timeout(struct milter_client *c, int64_t most, int64_t now);

enum milter_answer milter_client_answer(const struct milter_client *c);
struct milter_times milter_client_times(const struct milter_client *c);
enum milter_error milter_client_error(const struct milter_client *c);
/* The error in words, the answer's text for the rest; "" when there is none. */
const char *milter_client_text(const struct milter_client *c);
bool milter_client_at_end(const struct milter_client *c); /* waits for the last answer */
/* What the filter negotiated; lists are those of macros that it asked for, by SMFIM_, or NULL;
 * borrowed. */
struct milter_terms {
    uint32_t actions, steps;
    const char *lists[MILTER_LISTS];
};
struct milter_terms milter_client_terms(const struct milter_client *c);
/* Of the message. */
uint64_t milter_client_progress(const struct milter_client *c);
uint64_t milter_client_changes(const struct milter_client *c);

#endif
