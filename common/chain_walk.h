/* chain_walk - verifies a log: line after line, is the chain whole, and where is it first broken?
 *
 * Pure: lines come from the caller, nothing is read or written here. Memory is constant. The
 * chain is joined again after each break, so every broken place is told, each once. Not
 * thread-safe.
 */
#ifndef FX_CHAIN_WALK_H
#define FX_CHAIN_WALK_H

#include "chain.h"
#include "sign.h"

/* What is wrong with a line. */
enum fx_break {
    FX_BREAK_NONE,
    FX_BREAK_FOREIGN,   /* no record of ours at all */
    FX_BREAK_UNCHAINED, /* a record without prev and hash */
    FX_BREAK_CHANGED,   /* its hash is not that of its octets */
    FX_BREAK_KEY,       /* as that, but all before or after it are too: the wrong key, or none */
    FX_BREAK_REMOVED,   /* records are missing before it */
    FX_BREAK_INSERTED,  /* it does not belong here */
    FX_BREAK_REORDERED, /* it stands elsewhere in the log */
    FX_BREAK_SIGNATURE, /* of a head: not by this key over its prev */
    FX_BREAK_TORN,      /* the last line has no line end */
    FX_BREAK_TOO_LONG,
    FX_BREAK_CUT        /* a head that was asked for is not in the log: cut at its end */
};

struct fx_chain_walk;

/* key: of log.key_file, or absent. signer: NULL, or the public key; borrowed. NULL: no memory. */
struct fx_chain_walk *fx_chain_walk_create(struct fx_slice key, struct fx_signer *signer);
void fx_chain_walk_destroy(struct fx_chain_walk *walk); /* NULL allowed */

#endif
