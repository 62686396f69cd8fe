/* log_tail - where an existing log left off: its last record, and a torn line. */
#ifndef FXM_LOG_TAIL_H
#define FXM_LOG_TAIL_H

#include "chain.h"

struct log_tail {
    struct fx_chain_place place; /* of the last whole record; seq 0: there is none, or it does not
                                    tell; hash "": it has none */
    bool altered;    /* its hash is not that of its octets by `chain` */
    bool same_key;   /* it says itself that it was written under the key of `chain` */
    char torn[4096]; /* the file a torn last line was moved to; "": there was none */
};

/* Looks at the end of the open file (read and write), whose name is `file`. A last line without
 * its line end, left by a crash, is moved to FILE.torn-TIME (`now`, seconds) and cut off, so
 * that the next record begins a line. chain: NULL, or what its hash is compared with. false: that failed, errno says why; nothing was lost. */
bool log_tail_read(int fd, const char *file, int64_t now, struct fx_chain *chain,
                   struct log_tail *tail);

#endif
