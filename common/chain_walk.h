/* chain_walk - verifies a log: line after line, is the chain whole, and where is it broken?
 *
 * Pure: lines come from the caller, nothing is read or written here. Memory is constant. The
 * chain is joined again after each break, so every broken place is told, and one fault is one
 * break: what follows from it is not told again. Not thread-safe: one owner each.
 *
 * Keys: start, reload and head records say which key holds from them on. Before the first of
 * them that is read any key may fit. Where keys are given, records under plain SHA-256 count
 * only if one under a key follows, which covers them: anybody can compute plain hashes. In the
 * same way a head without a signature counts only if one with a good signature follows.
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
    FX_BREAK_CHANGED,   /* its hash is not that of its octets, or it does not follow */
    FX_BREAK_KEY,       /* the key is wrong or missing, from here on */
    FX_BREAK_REMOVED,   /* records are missing before it */
    FX_BREAK_INSERTED,  /* it does not belong here */
    FX_BREAK_REORDERED, /* it stands elsewhere than it was written */
    FX_BREAK_RESTARTED, /* a new chain begins, which nothing ties to what was before */
    FX_BREAK_SIGNATURE, /* of a head: not by a key that was given over its prev */
    FX_BREAK_TORN,      /* the last line has no line end */
    FX_BREAK_TOO_LONG,
    FX_BREAK_DAMAGED, /* the file cannot be read on from here */
    FX_BREAK_CUT      /* a head that was asked for is not in the log: cut at its end */
};

/* "foreign", "no-chain", "changed", "key", ... Static. */
const char *fx_break_word(enum fx_break kind);

#define FX_CHAIN_DETAIL 320

struct fx_chain_break {
    enum fx_break kind;
    unsigned file;     /* how many files were begun before its own */
    uint64_t line;     /* in it, from 1 */
    uint64_t seq;      /* of the record; 0: it does not tell */
    uint64_t records;  /* how many lines it is about, from this one on */
    uint64_t from, to; /* numbers of the records that are missing, or out of order; 0: none */
    /* A sentence without its full stop. It holds words of the log: not for a terminal as it is.
     */
    char detail[FX_CHAIN_DETAIL];
};

/* What was read so far. */
struct fx_chain_result {
    uint64_t lines, records;
    uint64_t first_seq; /* 0: no chained record was read */
    bool earlier;       /* the first one names a record before it, which was not given */
    struct fx_chain_place last;
    uint64_t heads, signed_heads, good_heads; /* good: by a key that was given */
    uint64_t after_good; /* records that none of those covers, from the last one on */
    uint64_t breaks;     /* that fx_chain_walk_next has given */
    uint64_t torn;       /* start records that name a torn line set aside */
    uint64_t unwritten;  /* records that could not be written, as later ones say */
    uint64_t missing;    /* start records that say that records are gone, or others than were */
    bool keyed;          /* hashes were under a key, as far as they could be verified */
};

enum fx_chain_line {
    FX_CHAIN_WHOLE,
    FX_CHAIN_TORN,     /* the last of its file, without a line end */
    FX_CHAIN_TOO_LONG, /* only its beginning is there */
    FX_CHAIN_DAMAGED   /* the file cannot be read on; the text says why */
};

struct fx_chain_walk;

/* NULL: no memory, or no SHA-256. */
struct fx_chain_walk *fx_chain_walk_create(void);
void fx_chain_walk_destroy(struct fx_chain_walk *walk); /* NULL allowed */

/* Before the first line, any number of each. A key is that of log.key_file, copied; a signer is
 * a public key, borrowed until the end; a head is a hash that has to be that of a record, 64
 * hex digits. false: no memory, or no such hash. */
bool fx_chain_walk_key(struct fx_chain_walk *walk, struct fx_slice key);
bool fx_chain_walk_signer(struct fx_chain_walk *walk, struct fx_signer *signer);
bool fx_chain_walk_head(struct fx_chain_walk *walk, struct fx_slice hash);

/* The next file begins; also before the first. */
void fx_chain_walk_file(struct fx_chain_walk *walk);
/* A line of it, without its line end. false: the digest failed. Ask fx_chain_walk_next until it
 * says false before the next line. */
bool fx_chain_walk_feed(struct fx_chain_walk *walk, enum fx_chain_line kind,
                        struct fx_slice line, uint64_t number);
/* All lines were fed. */
void fx_chain_walk_end(struct fx_chain_walk *walk);

/* The next broken place, in the order of the lines; false: none is known yet. Some are told
 * later than their line, since what follows says what they are. */
bool fx_chain_walk_next(struct fx_chain_walk *walk, struct fx_chain_break *out);

/* Borrowed; changes with each line. */
const struct fx_chain_result *fx_chain_walk_result(const struct fx_chain_walk *walk);

#endif
