/* play_engine - events from octets, fed to an engine; what it answers and records is looked at
 * on the way, and kept. */
#ifndef PLAY_ENGINE_H
#define PLAY_ENGINE_H

#include "config.h"
#include "engine.h"
#include "fuzz.h"
#include "record_rules.h"

#define RECORDS 512 /* after which no more events are fed */

struct played {
    const struct fx_policy *policy;
    const struct played *same; /* what has to come of it, too; NULL: nothing is known */
    unsigned options; /* bits: messages are followed; answers may be held; memory is lent; the
                         MTA allows no tag; no loss of recipients */
    unsigned full;    /* every so many records cannot be written; 0: none */
    unsigned seed;    /* how bodies are cut; 0: not at all */
    /* what came of it */
    struct fx_slice lines[RECORDS]; /* each owned */
    struct record_told told[RECORDS];
    size_t count;
    uint64_t decisions; /* a number of all of them */
};

void play_engine(struct played *played, struct fuzz_input in);
void played_finish(struct played *played);

#endif
