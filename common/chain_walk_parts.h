/* chain_walk_parts - what the three files of chain_walk share, and nobody else. */
#ifndef FX_CHAIN_WALK_PARTS_H
#define FX_CHAIN_WALK_PARTS_H

#include "chain_walk.h"

#define WALK_QUEUE 256 /* breaks that are not told yet */
#define WALK_ENDS 8
#define WALK_PARTS 64
#define WALK_WORD 160 /* a name out of the log, a hash, a reason */
#define WALK_NONE UINT64_MAX

/* What exactly is wrong: a sentence each. */
enum walk_why {
    WHY_NONE,
    WHY_FOREIGN,
    WHY_UNCHAINED,
    WHY_HASH,
    WHY_NO_JSON,
    WHY_JOIN,
    WHY_NUMBER,
    WHY_FIRST,
    WHY_KEY_MISSING,
    WHY_KEY_OTHER,
    WHY_KEY_ANY,
    WHY_KEY_UNTOLD,
    WHY_KEY_PLAIN,
    WHY_REMOVED,
    WHY_BEHIND,
    WHY_EARLY,
    WHY_AGAIN,
    WHY_FORK,
    WHY_STRAY,
    WHY_RESTARTED,
    WHY_SIGNATURE,
    WHY_SIGNER,
    WHY_UNSIGNED,
    WHY_NO_HEAD,
    WHY_TORN,
    WHY_TORN_WHOLE,
    WHY_TOO_LONG,
    WHY_DAMAGED,
    WHY_CUT
};

struct walk_break {
    enum walk_why why;
    bool open; /* what follows may change it */
    unsigned file;
    uint64_t line, seq, records, from, to;
    uint64_t after;             /* the number of the record that was before */
    unsigned other_file;        /* where what belongs before it stands */
    uint64_t other_line;        /* 0: nowhere */
    char word[WALK_WORD];       /* a host, a key's id, a hash, a reason */
    char other_word[WALK_WORD]; /* the host before */
};

/* A place where the chain can go on. */
struct walk_end {
    enum { END_UNUSED, END_MAIN, END_GAP, END_STRAY } kind;
    struct fx_chain_place now, before;
    uint64_t skips;              /* broken lines since */
    bool unsure;                 /* of an unverified line: its hash is what it states */
    uint64_t run;                /* records since it was made */
    uint64_t made;               /* the higher the later */
    uint64_t opened;             /* which break made it; WALK_NONE */
    uint64_t gap_to;             /* GAP: the last record that is missing, */
    char need[FX_CHAIN_HEX + 1]; /* and its hash, by what follows */
};

/* The first record of a file. */
struct walk_part {
    uint64_t seq;
    char prev[FX_CHAIN_HEX], hash[FX_CHAIN_HEX];
};

struct walk_asked {
    char hash[FX_CHAIN_HEX + 1];
    bool seen;
};

struct fx_chain_walk {
    struct fx_chain_result result;
    struct fx_chain **chains; /* [0] is plain */
    size_t chain_count, chain_cap;
    struct fx_signer **signers;
    size_t signer_count, signer_cap;
    struct walk_asked *asked;
    size_t asked_count, asked_cap;

    size_t key;                      /* which chain holds now; SIZE_MAX: not known */
    char wanted_id[FX_CHAIN_ID + 1]; /* of a key that holds and was not given; "" */
    uint64_t key_break;              /* open, while no key is known; WALK_NONE */
    uint64_t plain_break;            /* open, while nothing under a key follows; WALK_NONE */
    uint64_t unsigned_break;         /* the same of heads; WALK_NONE */
    uint64_t fold;                   /* the break of the line before, which may grow */
    uint64_t lost;                   /* the break after which records may be missing */
    bool signature_break;            /* one was told */
    char bad_hash[FX_CHAIN_HEX + 1]; /* what the last changed record states; "" */

    unsigned file, file_count;
    bool file_begun; /* a record of this file was followed */
    uint64_t line;
    struct walk_part parts[WALK_PARTS];
    size_t part_count;
    char hosts[2][WALK_WORD]; /* of the last record: [1] of the daemon's own, [0] of others */

    struct walk_end ends[WALK_ENDS];
    size_t active; /* where the last record is; END_UNUSED: there was none */
    uint64_t made;
    unsigned oldest; /* the end to be given up next */

    struct walk_break queue[WALK_QUEUE];
    uint64_t pushed, given;
    bool over;
};

/* A break at the present line; its number. */
uint64_t walk_push(struct fx_chain_walk *walk, enum walk_why why, uint64_t seq);
/* NULL: it was given away already. */
struct walk_break *walk_break_at(struct fx_chain_walk *walk, uint64_t number);
void walk_close(struct fx_chain_walk *walk, uint64_t number);
void walk_word(char to[WALK_WORD], struct fx_slice from);

/* A record whose hash is right (verified), or cannot be told (not). */
void walk_follow(struct fx_chain_walk *walk, struct fx_slice line, const struct fx_link *link,
                 bool verified);
/* A line that is not followed. */
void walk_skip(struct fx_chain_walk *walk);
/* No gap can be filled any more. */
void walk_order_end(struct fx_chain_walk *walk);

#endif
