/* milter_client_own - one connection to a milter, as the two halves of milter_client see it:
 * what is sent (milter_send.c), and what comes back (milter_client.c). */
#ifndef MILTER_CLIENT_OWN_H
#define MILTER_CLIENT_OWN_H

#include "milter_client.h"

/* What Postfix 3.7 offers. */
#define MILTER_VERSION 6u
#define MILTER_ACTIONS 0x1FFu
#define MILTER_STEPS 0x1FFFFFu
#define MILTER_PACKET_MOST ((size_t)1024 * 1024 + 1)
#define MILTER_BUFFER ((size_t)4096) /* of Postfix, as its writes show */
#define MILTER_TEXT_MOST 256

enum milter_stage {
    NEGOTIATE,
    CONNECT,
    HELO,
    MAIL,
    RCPT,
    DATA,
    CONTENT,
    END,
    IDLE, /* the message is answered */
    STAGES
};

struct milter_client {
    int fd;
    struct milter_session session;
    const struct milter_content *content;
    const char *queue_id;
    enum milter_stage stage;
    size_t part; /* of the content, the next one */
    bool connecting, waiting;
    bool skip_body, over, hold_end;
    char wait_for; /* the command whose reply is owed */
    uint32_t actions, steps;
    char *lists[MILTER_LISTS]; /* the macros that the filter asked for; owned */
    struct fx_text in, out;
    size_t sent;
    int64_t moved;
    struct milter_times times;
    enum milter_answer answer;
    enum milter_error error;
    uint64_t progress, changes;
    char text[MILTER_TEXT_MOST];
};

/* Makes packets until a reply is owed, or the buffer is full. false: there is nothing to write.
 */
bool milter_send_on(struct milter_client *c, int64_t now);
/* What comes between two messages of a connection. */
void milter_send_abort(struct milter_client *c);
/* Notes the first error. what: kept as it is, cut. */
void milter_fail(struct milter_client *c, enum milter_error error, const char *what);
/* It has nothing to say, though the message is not at its end. */
bool milter_held(const struct milter_client *c);
uint32_t milter_read_u32(const char *p);

#endif
