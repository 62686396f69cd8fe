/* chain_walk - see chain_walk.h: which key holds, whether hash and signature are right. */
#include "chain_walk_parts.h"

#include "json_valid.h"

#include "grow.h"

#include <stdlib.h>
#include <string.h>

#define NO_KEY SIZE_MAX
#define PLAIN ((size_t)0)

/* What a start, reload or head record says of the key. */
struct announced {
    bool told;
    bool sense; /* and it can be so */
    size_t key; /* NO_KEY: one that was not given */
    struct fx_slice id;
};

struct fx_chain_walk *fx_chain_walk_create(void)
{
    struct fx_chain_walk *walk = calloc(1, sizeof *walk);
    if (walk == NULL)
        return NULL;
    walk->key = NO_KEY;
    walk->key_break = walk->plain_break = walk->unsigned_break = WALK_NONE;
    walk->fold = walk->lost = WALK_NONE;
    if (!fx_chain_walk_key(walk, FX_ABSENT)) {
        fx_chain_walk_destroy(walk);
        return NULL;
    }
    return walk;
}

void fx_chain_walk_destroy(struct fx_chain_walk *walk)
{
    if (walk == NULL)
        return;
    for (size_t i = 0; i < walk->chain_count; i++)
        fx_chain_destroy(walk->chains[i]);
    free(walk->chains);
    free(walk->signers);
    free(walk->asked);
    free(walk);
}

bool fx_chain_walk_key(struct fx_chain_walk *walk, struct fx_slice key)
{
    if (walk->chain_count == walk->chain_cap) {
        struct fx_chain **more =
            fx_grown(walk->chains, &walk->chain_cap, sizeof(struct fx_chain *));
        if (more == NULL)
            return false;
        walk->chains = more;
    }
    struct fx_chain *chain = fx_chain_create(key);
    if (chain == NULL)
        return false;
    walk->chains[walk->chain_count++] = chain;
    return true;
}

bool fx_chain_walk_signer(struct fx_chain_walk *walk, struct fx_signer *signer)
{
    if (walk->signer_count == walk->signer_cap) {
        struct fx_signer **more =
            fx_grown(walk->signers, &walk->signer_cap, sizeof(struct fx_signer *));
        if (more == NULL)
            return false;
        walk->signers = more;
    }
    walk->signers[walk->signer_count++] = signer;
    return true;
}

bool fx_chain_walk_head(struct fx_chain_walk *walk, struct fx_slice hash)
{
    if (hash.len != FX_CHAIN_HEX)
        return false;
    for (size_t i = 0; i < hash.len; i++)
        if (fx_ascii_hex(hash.ptr[i]) < 0)
            return false;
    if (walk->asked_count == walk->asked_cap) {
        struct walk_asked *more =
            fx_grown(walk->asked, &walk->asked_cap, sizeof(struct walk_asked));
        if (more == NULL)
            return false;
        walk->asked = more;
    }
    struct walk_asked *asked = &walk->asked[walk->asked_count++];
    for (size_t i = 0; i < hash.len; i++)
        asked->hash[i] = fx_ascii_lower(hash.ptr[i]);
    return true;
}

const struct fx_chain_result *fx_chain_walk_result(const struct fx_chain_walk *walk)
{
    return &walk->result;
}

void fx_chain_walk_file(struct fx_chain_walk *walk)
{
    walk->file_count++;
    walk->file_begun = false;
}

static struct announced announcement(const struct fx_chain_walk *walk, struct fx_slice line,
                                     const struct fx_link *link)
{
    struct announced a = {.key = NO_KEY};
    if (!fx_slice_eq(link->type, (struct fx_slice)FX_LIT("start")) &&
        !fx_slice_eq(link->type, (struct fx_slice)FX_LIT("reload")) &&
        !fx_slice_eq(link->type, (struct fx_slice)FX_LIT("head")))
        return a;
    struct fx_slice chain = fx_link_object(line, "chain");
    struct fx_slice algorithm = fx_link_member(chain, "algorithm");
    a.told = fx_slice_told(algorithm);
    a.id = fx_link_member(chain, "key");
    a.sense = a.id.len == FX_CHAIN_ID &&
              fx_slice_eq(algorithm, (struct fx_slice)FX_LIT("hmac-sha256"));
    for (size_t i = 0; i < walk->chain_count; i++)
        if (fx_slice_eq(algorithm, fx_slice_str(fx_chain_algorithm(walk->chains[i]))) &&
            (i == PLAIN || fx_slice_eq(a.id, fx_slice_str(fx_chain_key_id(walk->chains[i])))))
            a.key = i;
    return a;
}

/* Is the hash right under this key? */
static bool fits(struct fx_chain_walk *walk, size_t key, const struct fx_link *link, bool *good)
{
    char hash[FX_CHAIN_HEX + 1];
    if (!fx_chain_hash(walk->chains[key], link->hashed, hash)) {
        *good = false;
        return false;
    }
    return memcmp(hash, link->hash.ptr, FX_CHAIN_HEX) == 0;
}

/* The first key from `from` on under which the hash is right; NO_KEY: none. */
static size_t fitting(struct fx_chain_walk *walk, size_t from, const struct fx_link *link,
                      bool *good)
{
    while (from < walk->chain_count && !fits(walk, from, link, good))
        from++;
    return from < walk->chain_count ? from : NO_KEY;
}

/* From here on this key holds. What could not be verified before it was one changed record, if
 * the next one by itself is right. */
static void use_key(struct fx_chain_walk *walk, size_t key, bool announced)
{
    struct walk_break *b = walk_break_at(walk, walk->key_break);
    if (b != NULL && b->open) {
        if (b->records == 1 && !announced)
            b->why = WHY_HASH;
        b->open = false;
    }
    walk->key_break = WALK_NONE;
    walk->wanted_id[0] = '\0';
    walk->key = key;
}

/* A record that cannot be verified. */
static void unverified(struct fx_chain_walk *walk, const struct fx_link *link,
                       const struct announced *a)
{
    struct walk_break *b = walk_break_at(walk, walk->key_break);
    bool other = a->told && !fx_slice_eq(a->id, fx_slice_str(walk->wanted_id));
    if (walk->key_break != WALK_NONE && !other) {
        if (b != NULL && b->open)
            b->records++;
        return;
    }
    walk_close(walk, walk->key_break);
    walk->key_break = walk_push(walk,
                                !a->told                ? WHY_KEY_ANY
                                : walk->chain_count > 1 ? WHY_KEY_OTHER
                                                        : WHY_KEY_MISSING,
                                link->seq);
    b = walk_break_at(walk, walk->key_break);
    b->open = true;
    walk_word(b->word, a->id);
    if (a->told) {
        memcpy(walk->wanted_id, a->id.ptr, FX_CHAIN_ID);
    }
    walk->key = NO_KEY;
}

/* The hash is not that of the line. */
static void changed(struct fx_chain_walk *walk, const struct fx_link *link, enum walk_why why)
{
    struct walk_break *b = walk_break_at(walk, walk->fold);
    if (b != NULL && b->why == why &&
        memcmp(walk->bad_hash, link->prev.ptr, FX_CHAIN_HEX) == 0) {
        b->records++;
    } else {
        walk_close(walk, walk->fold);
        walk->fold = walk_push(walk, why, link->seq);
        walk_break_at(walk, walk->fold)->open = true;
    }
    memcpy(walk->bad_hash, link->hash.ptr, FX_CHAIN_HEX);
    walk->bad_hash[FX_CHAIN_HEX] = '\0';
    walk_skip(walk);
}

/* Plain hashes where keys were given: they wait for one under a key. */
static void count_plain(struct fx_chain_walk *walk, uint64_t seq)
{
    struct walk_break *b = walk_break_at(walk, walk->plain_break);
    if (walk->key != PLAIN || walk->chain_count == 1) {
        walk->result.keyed = walk->result.keyed || walk->key != PLAIN;
        if (b != NULL && b->open) {
            b->why = WHY_NONE;
            b->open = false;
        }
        walk->plain_break = WALK_NONE;
    } else if (walk->plain_break != WALK_NONE) {
        if (b != NULL)
            b->records++;
    } else {
        walk->plain_break = walk_push(walk, WHY_KEY_PLAIN, seq);
        walk_break_at(walk, walk->plain_break)->open = true;
    }
}

enum verified {
    IS_GOOD,
    IS_BAD,
    IS_UNKNOWN,
    IS_UNTOLD /* good, by a key that no record names */
};

static enum verified verify(struct fx_chain_walk *walk, struct fx_slice line,
                            const struct fx_link *link, bool *good)
{
    struct announced a = announcement(walk, line, link);
    size_t key;
    if (a.told && a.key != NO_KEY) {
        if (!fits(walk, a.key, link, good))
            return IS_BAD;
        use_key(walk, a.key, true);
    } else if (a.told) {
        if (!a.sense)
            return IS_BAD;
        unverified(walk, link, &a);
        return IS_UNKNOWN;
    } else if (walk->key != NO_KEY) {
        if (fits(walk, walk->key, link, good))
            return IS_GOOD;
        key = fitting(walk, PLAIN + 1, link, good);
        if (key == NO_KEY)
            return IS_BAD;
        walk->key = key;
        return IS_UNTOLD;
    } else {
        key = fitting(walk, PLAIN + 1, link, good);
        if (key == NO_KEY && walk->wanted_id[0] == '\0' && fits(walk, PLAIN, link, good))
            key = PLAIN;
        if (key == NO_KEY) {
            unverified(walk, link, &a);
            return IS_UNKNOWN;
        }
        use_key(walk, key, false);
    }
    return IS_GOOD;
}

static void bad_signature(struct fx_chain_walk *walk, enum walk_why why, uint64_t seq,
                          struct fx_slice signer)
{
    uint64_t number = walk_push(walk, why, seq);
    walk_word(walk_break_at(walk, number)->word, signer);
    walk->signature_break = true;
}

static void unsigned_head(struct fx_chain_walk *walk, uint64_t seq)
{
    if (walk->signer_count == 0 || walk->unsigned_break != WALK_NONE)
        return;
    walk->unsigned_break = walk_push(walk, WHY_UNSIGNED, seq);
    walk_break_at(walk, walk->unsigned_break)->open = true;
}

static void look_at_head(struct fx_chain_walk *walk, struct fx_slice line,
                         const struct fx_link *link)
{
    struct fx_slice signature = fx_link_member(line, "signature");
    struct fx_slice id = fx_link_member(line, "signer");
    size_t i = 0;
    walk->result.heads++;
    if (!fx_slice_told(signature)) {
        unsigned_head(walk, link->seq);
        return;
    }
    walk->result.signed_heads++;
    while (i < walk->signer_count &&
           !fx_slice_eq(id, fx_slice_str(fx_signer_id(walk->signers[i]))))
        i++;
    if (walk->signer_count == 0)
        return;
    if (i == walk->signer_count) {
        bad_signature(walk, WHY_SIGNER, link->seq, id);
        return;
    }
    if (!fx_signer_verify(walk->signers[i], link->prev, signature)) {
        bad_signature(walk, WHY_SIGNATURE, link->seq, id);
        return;
    }
    struct walk_break *b = walk_break_at(walk, walk->unsigned_break);
    if (b != NULL && b->open) {
        b->why = WHY_NONE;
        b->open = false;
    }
    walk->unsigned_break = WALK_NONE;
    walk->result.good_heads++;
    walk->result.after_good = 1; /* a signature covers prev, and not the head itself */
}

/* What records tell of the log itself. */
static void take_notes(struct fx_chain_walk *walk, struct fx_slice line,
                       const struct fx_link *link)
{
    uint64_t unwritten = 0;
    if (fx_link_number(fx_link_object(line, "unwritten"), "records", &unwritten))
        walk->result.unwritten += unwritten;
    if (!fx_slice_eq(link->type, (struct fx_slice)FX_LIT("start")))
        return;
    walk->result.torn += fx_link_has(line, "torn");
    walk->result.missing += fx_link_has(line, "missing") || fx_link_has(line, "rewritten_log");
}

static void look_for_asked(struct fx_chain_walk *walk, struct fx_slice hash)
{
    for (size_t i = 0; i < walk->asked_count; i++)
        if (memcmp(walk->asked[i].hash, hash.ptr, FX_CHAIN_HEX) == 0)
            walk->asked[i].seen = true;
}

/* A line that is no chained record; several in a row are one break. */
static void folded(struct fx_chain_walk *walk, enum walk_why why, uint64_t seq)
{
    struct walk_break *b = walk_break_at(walk, walk->fold);
    walk_skip(walk);
    if (b != NULL && b->why == why) {
        b->records++;
        return;
    }
    walk_close(walk, walk->fold);
    walk->fold = walk_push(walk, why, seq);
    walk_break_at(walk, walk->fold)->open = true;
}

static bool record(struct fx_chain_walk *walk, struct fx_slice line, const struct fx_link *link)
{
    bool good = true;
    enum verified v = verify(walk, line, link, &good);
    if (v == IS_BAD || !fx_json_valid(line)) {
        changed(walk, link, v == IS_BAD ? WHY_HASH : WHY_NO_JSON);
        return good;
    }
    walk_close(walk, walk->fold);
    walk->fold = WALK_NONE;
    walk->result.after_good++;
    if (v != IS_UNKNOWN)
        count_plain(walk, link->seq);
    uint64_t known = walk->pushed;
    walk_follow(walk, line, link, v != IS_UNKNOWN);
    if (v == IS_UNTOLD && walk->pushed == known) /* else what is missing may have named it */
        (void)walk_push(walk, WHY_KEY_UNTOLD, link->seq);
    if (fx_slice_eq(link->type, (struct fx_slice)FX_LIT("head")))
        look_at_head(walk, line, link);
    take_notes(walk, line, link);
    look_for_asked(walk, link->hash);
    return good;
}

/* A line that is no whole line, and so no record. */
static void not_whole(struct fx_chain_walk *walk, enum fx_chain_line kind, struct fx_slice line)
{
    walk_close(walk, walk->fold);
    walk->fold = WALK_NONE;
    uint64_t number = walk_push(walk,
                                kind == FX_CHAIN_TORN       ? WHY_TORN
                                : kind == FX_CHAIN_TOO_LONG ? WHY_TOO_LONG
                                                            : WHY_DAMAGED,
                                0);
    struct walk_break *b = walk_break_at(walk, number);
    walk_skip(walk);
    if (kind == FX_CHAIN_TOO_LONG)
        return;
    if (kind == FX_CHAIN_DAMAGED)
        walk_word(b->word, line);
    walk_close(walk, walk->lost);
    walk->lost = number;
    b->open = true;
}

bool fx_chain_walk_feed(struct fx_chain_walk *walk, enum fx_chain_line kind,
                        struct fx_slice line, uint64_t number)
{
    struct fx_link link;
    bool good = true;
    bool whole = kind == FX_CHAIN_WHOLE || kind == FX_CHAIN_TORN;
    walk->file = walk->file_count > 0 ? walk->file_count - 1 : 0;
    walk->line = number;
    walk->result.lines++;
    bool ours = whole && fx_link_read(line, &link);
    walk->result.records += ours;
    if (kind == FX_CHAIN_TORN && ours && link.chained) {
        (void)walk_push(walk, WHY_TORN_WHOLE, link.seq);
        good = record(walk, line, &link);
    } else if (kind != FX_CHAIN_WHOLE)
        not_whole(walk, kind, line);
    else if (!ours)
        folded(walk, WHY_FOREIGN, 0);
    else if (!link.chained)
        folded(walk, WHY_UNCHAINED, link.seq);
    else
        good = record(walk, line, &link);
    /* What may still change does not keep back more than the queue holds. */
    if (walk->pushed - walk->given > WALK_QUEUE - 8)
        walk->queue[walk->given % WALK_QUEUE].open = false;
    return good;
}

void fx_chain_walk_end(struct fx_chain_walk *walk)
{
    walk_order_end(walk);
    if (walk->signer_count > 0 && walk->result.records > 0 && walk->result.good_heads == 0 &&
        !walk->signature_break && walk->unsigned_break == WALK_NONE)
        (void)walk_push(walk, WHY_NO_HEAD, 0);
    for (size_t i = 0; i < walk->asked_count; i++)
        if (!walk->asked[i].seen) {
            uint64_t number = walk_push(walk, WHY_CUT, 0);
            walk_word(walk_break_at(walk, number)->word, fx_slice_str(walk->asked[i].hash));
        }
    walk->over = true;
}
