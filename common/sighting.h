/* sighting - what one message leaves behind for judgements that other sessions decide.
 *
 * A value: digests instead of addresses and texts, so that a store of them tells nobody who
 * wrote to whom. Made at the end of a message, out of the session; owned by whoever made it.
 */
#ifndef FX_SIGHTING_H
#define FX_SIGHTING_H

#include "digest.h"
#include "session.h"

/* Words of the record, copied and cut. */
#define FX_SIGHTING_WORD 128

struct fx_sighting {
    char session[33];
    uint64_t message;
    char queue_id[FX_SIGHTING_WORD], profile[FX_SIGHTING_WORD], host[256]; /* "": not told */
    enum fx_mode mode;
    int64_t began, ended;        /* microseconds since 1970 */
    bool truncation, duplicates, limits; /* the rules that are not off */
    /* The message as such: sender, and Message-ID, or body where it brought none. identified is
     * false where it was never sent. */
    bool identified;
    struct fx_digest identity; /* of sender and message */
    struct fx_digest delivery; /* of client, sender and message */
    struct fx_digest source;   /* of client and sender */
    bool sent;     /* the client came to the end of data, and was not refused there */
    bool given_up; /* the client ended the transaction before that */
    struct fx_mark *recipients; /* owned; the first FX_MARKS_MAX of them */
    size_t recipient_count;
    uint64_t refused; /* of all recipients, those that got 452 */
    uint64_t unnamed; /* refused by the MTA, which told how many, not which */
};

/* Fills *out; give it back with fx_sighting_finish. false: nobody wants to know of this
 * message, or there is no memory (s->no_memory is then set). */
bool fx_sighting_of(struct fx_session *s, struct fx_sighting *out);
void fx_sighting_finish(struct fx_sighting *sighting);

#endif
