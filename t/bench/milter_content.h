/* milter_content - a message as an MTA hands it to its milters: fields, end of header, chunks.
 */
#ifndef MILTER_CONTENT_H
#define MILTER_CONTENT_H

#include "text.h"

/* What is sent after DATA, in its order, and the envelope before it. */
struct milter_part {
    char command;               /* 'L' field, 'N' end of header, 'B' body */
    size_t name_len, value_len; /* of a field; a body has only a value */
    size_t at;                  /* where both lie in the bytes, one behind the other */
    size_t mark;                /* unique: where in the value the queue ID goes; 0: nowhere */
};

struct milter_content {
    const char *sender, *recipient; /* with angle brackets; borrowed */
    struct fx_text bytes;
    struct milter_part *parts;
    size_t count;
    uint64_t octets; /* of header and body */
};

/* From the bytes of a message file. false: no memory. */
bool milter_content_make(struct milter_content *content, struct fx_slice bytes,
                         const char *sender, const char *recipient);
/* Each message that is sent shall have a Message-ID of its own (RFC 5322 section 3.6.4): the
 * queue ID goes behind the bracket. false: the message has none. */
bool milter_content_unique(struct milter_content *content);
void milter_content_finish(struct milter_content *content);

#endif
