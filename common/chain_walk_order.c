/* chain_walk_order - does a record follow the one before it, and what is it if not?
 *
 * The chain can go on at several places ("ends"): after the last record; before a gap, when the
 * missing records come later; within records that do not belong here. So a part that stands in
 * the wrong place, or twice, is one break, however long it is.
 */
#include "chain_walk_parts.h"

#include <string.h>

static bool same(const char *hash, struct fx_slice s)
{
    return s.len == FX_CHAIN_HEX && memcmp(hash, s.ptr, FX_CHAIN_HEX) == 0;
}

static bool zeros(struct fx_slice s)
{
    return same(FX_CHAIN_ZEROS, s);
}

static bool continues(const struct walk_end *e, const struct fx_link *link)
{
    return e->kind != END_UNUSED && link->seq == e->now.seq + 1 &&
           same(e->now.hash, link->prev);
}

/* The end stands at this record. */
static void advance(struct fx_chain_walk *walk, struct walk_end *e, const struct fx_link *link,
                    bool verified)
{
    e->before = e->now;
    e->now.seq = link->seq;
    memcpy(e->now.hash, link->hash.ptr, FX_CHAIN_HEX);
    e->skips = 0;
    e->unsure = !verified;
    e->run++;
    walk->active = (size_t)(e - walk->ends);
}

/* The records from a break on. */
static uint64_t run_of(const struct fx_chain_walk *walk, uint64_t opened)
{
    for (size_t i = 0; i < WALK_ENDS; i++)
        if (walk->ends[i].kind == END_MAIN && walk->ends[i].opened == opened)
            return walk->ends[i].run;
    return 1;
}

/* A gap is looked at for the last time: what was it? */
static void settle(struct fx_chain_walk *walk, struct walk_end *e)
{
    struct walk_break *b = e->kind == END_GAP ? walk_break_at(walk, e->opened) : NULL;
    if (b != NULL && b->open) {
        if (e->run > 0 && (e == &walk->ends[walk->active] || e->now.seq >= e->gap_to)) {
            b->why = WHY_STRAY; /* the log went on behind it */
            b->records = run_of(walk, e->opened);
            b->from = b->to = b->other_line = 0;
        } else if (e->run > 0) {
            b->from = e->now.seq + 1;
            b->other_line = 0;
        }
        b->open = false;
    }
    e->kind = END_UNUSED;
}

static struct walk_end *new_end(struct fx_chain_walk *walk)
{
    size_t i = 0;
    while (i < WALK_ENDS && walk->ends[i].kind != END_UNUSED)
        i++;
    if (i == WALK_ENDS) {
        do
            i = walk->oldest++ % WALK_ENDS;
        while (i == walk->active);
        settle(walk, &walk->ends[i]);
    }
    walk->ends[i] = (struct walk_end){.opened = WALK_NONE, .made = ++walk->made};
    return &walk->ends[i];
}

/* What was missing is there: the log goes on where it did before it was found. */
static void close_gap(struct fx_chain_walk *walk, struct walk_end *gap)
{
    struct walk_break *b = walk_break_at(walk, gap->opened);
    const struct walk_end *last = NULL;
    if (b != NULL) {
        b->why = WHY_BEHIND;
        b->other_word[0] = '\0';
        b->open = false;
    }
    gap->kind = END_UNUSED;
    for (size_t i = 0; i < WALK_ENDS; i++) {
        const struct walk_end *e = &walk->ends[i];
        if (e->kind == END_MAIN && (last == NULL || e->made > last->made))
            last = e;
    }
    if (last != NULL)
        walk->active = (size_t)(last - walk->ends);
}

/* A record that continues this end. */
static void go_on(struct fx_chain_walk *walk, struct walk_end *e, const struct fx_link *link,
                  bool verified)
{
    struct walk_break *b = walk_break_at(walk, e->opened);
    if (e->kind == END_GAP && e->run == 0 && b != NULL) {
        b->other_file = walk->file;
        b->other_line = walk->line;
    }
    advance(walk, e, link, verified);
    if (e->kind == END_GAP && e->now.seq == e->gap_to && same(e->need, link->hash))
        close_gap(walk, e);
}

/* The end that the record continues; NULL: none. That records belong here is better than that
 * they do not, and the last one is better than others. */
static struct walk_end *continued(struct fx_chain_walk *walk, const struct fx_link *link)
{
    struct walk_end *found = NULL;
    for (size_t i = 0; i < WALK_ENDS; i++) {
        struct walk_end *e = &walk->ends[(walk->active + i) % WALK_ENDS];
        if (continues(e, link) &&
            (found == NULL || (found->kind == END_STRAY && e->kind != END_STRAY)))
            found = e;
    }
    return found;
}

/* May it be joined without a word, after broken lines that were told already? */
static bool joins(struct fx_chain_walk *walk, const struct walk_end *e,
                  const struct fx_link *link, bool verified)
{
    struct walk_break *lost = walk_break_at(walk, walk->lost);
    if (e->unsure && verified && (link->seq == e->now.seq + 1 || same(e->now.hash, link->prev)))
        return true;
    if (lost != NULL && link->seq > e->now.seq) {
        if (link->seq > e->now.seq + 1) {
            lost->from = e->now.seq + 1;
            lost->to = link->seq - 1;
        }
        return true;
    }
    if (e->skips == 0)
        return false;
    return same(walk->bad_hash, link->prev) ||
           (link->seq > e->now.seq && link->seq - e->now.seq <= e->skips + 1);
}

static bool first_of_part(const struct fx_chain_walk *walk, const struct fx_link *link)
{
    for (size_t i = 0; i < walk->part_count; i++)
        if (same(walk->parts[i].hash, link->hash))
            return true;
    return false;
}

/* A record that no end goes on with, by the last one. */
static enum walk_why judge(const struct fx_chain_walk *walk, const struct walk_end *e,
                           const struct fx_link *link)
{
    uint64_t seq = link->seq;
    if (same(e->now.hash, link->hash) || first_of_part(walk, link))
        return WHY_AGAIN;
    if (zeros(link->prev))
        return WHY_RESTARTED;
    if (same(e->now.hash, link->prev))
        return WHY_NUMBER;
    if (seq == e->now.seq && same(e->before.hash, link->prev))
        return WHY_FORK;
    if (seq > e->now.seq)
        return seq == e->now.seq + 1 ? WHY_JOIN : WHY_REMOVED;
    return seq < walk->result.first_seq ? WHY_EARLY : WHY_STRAY;
}

/* Only hosts of the same kind of record tell of another log. */
static void note_host(const struct fx_chain_walk *walk, struct fx_slice line,
                      const struct fx_link *link, struct walk_break *b)
{
    struct fx_slice before = fx_slice_str(walk->hosts[fx_link_of_daemon(link)]);
    struct fx_slice host = fx_link_member(line, "host");
    host = fx_slice_first(host, WALK_WORD - 1);
    if (!fx_slice_told(host) || before.len == 0 || fx_slice_eq(host, before))
        return;
    walk_word(b->word, host);
    walk_word(b->other_word, before);
}

/* A part that begins with the first of all records may belong before one that was read. */
static bool may_be_early(const struct fx_chain_walk *walk, enum walk_why why,
                         const struct fx_link *link)
{
    size_t i = 0;
    while (i < walk->part_count && walk->parts[i].seq <= link->seq)
        i++;
    return why == WHY_RESTARTED && i < walk->part_count;
}

/* It does, where it leads to that one. */
static void join_part(struct fx_chain_walk *walk)
{
    const struct walk_end *e = &walk->ends[walk->active];
    struct walk_break *b = walk_break_at(walk, e->opened);
    if (b == NULL || !b->open || b->why != WHY_RESTARTED)
        return;
    for (size_t i = 0; i < walk->part_count; i++)
        if (walk->parts[i].seq == e->now.seq + 1 &&
            memcmp(walk->parts[i].prev, e->now.hash, FX_CHAIN_HEX) == 0) {
            b->why = WHY_EARLY;
            b->open = false;
        }
}

static void broken(struct fx_chain_walk *walk, struct fx_slice line, const struct fx_link *link,
                   bool verified)
{
    struct walk_end *old = &walk->ends[walk->active];
    enum walk_why why = judge(walk, old, link);
    uint64_t number = walk_push(walk, why, link->seq);
    struct walk_break *b = walk_break_at(walk, number);
    bool twice = why == WHY_AGAIN && same(old->now.hash, link->hash);
    b->after = old->now.seq;
    if (why == WHY_JOIN || why == WHY_REMOVED || why == WHY_STRAY || why == WHY_EARLY)
        note_host(walk, line, link, b);
    if (twice) /* what continues the one continues the other */
        return;
    bool stray = why == WHY_AGAIN || why == WHY_STRAY || why == WHY_EARLY;
    struct walk_end *e = new_end(walk);
    e->kind = stray ? END_STRAY : END_MAIN;
    e->opened = number;
    if (why == WHY_REMOVED) { /* they may follow yet */
        b->from = old->now.seq + 1 + old->skips;
        b->to = link->seq - 1;
        b->open = true;
        old->kind = END_GAP;
        old->opened = number;
        old->run = 0;
        old->gap_to = b->to;
        memcpy(old->need, link->prev.ptr, FX_CHAIN_HEX);
    }
    b->open = b->open || stray || may_be_early(walk, why, link);
    advance(walk, e, link, verified);
}

/* A stray one goes on: its break counts. */
static void count_stray(struct fx_chain_walk *walk)
{
    const struct walk_end *e = &walk->ends[walk->active];
    struct walk_break *b = e->kind == END_STRAY ? walk_break_at(walk, e->opened) : NULL;
    if (b != NULL && b->open)
        b->records = e->run;
    for (size_t i = 0; i < WALK_ENDS; i++)
        if (i != walk->active && walk->ends[i].kind == END_STRAY)
            walk_close(walk, walk->ends[i].opened);
}

static void begin(struct fx_chain_walk *walk, const struct fx_link *link, bool verified)
{
    struct walk_end *e = new_end(walk);
    e->kind = END_MAIN;
    walk->result.first_seq = link->seq;
    walk->result.earlier = !zeros(link->prev);
    advance(walk, e, link, verified);
    if (link->seq == 1 && walk->result.earlier && verified)
        (void)walk_push(walk, WHY_FIRST, 1);
}

void walk_follow(struct fx_chain_walk *walk, struct fx_slice line, const struct fx_link *link,
                 bool verified)
{
    struct walk_end *e = &walk->ends[walk->active];
    struct walk_end *next = continued(walk, link);
    if (e->kind == END_UNUSED)
        begin(walk, link, verified);
    else if (next != NULL)
        go_on(walk, next, link, verified);
    else if (joins(walk, e, link, verified))
        advance(walk, e, link, verified);
    else
        broken(walk, line, link, verified);
    e = &walk->ends[walk->active];
    if (e->kind != END_STRAY)
        walk->result.last = e->now;
    count_stray(walk);
    join_part(walk);
    walk_close(walk, walk->lost);
    walk->lost = WALK_NONE;
    walk->bad_hash[0] = '\0';
    walk_word(walk->hosts[fx_link_of_daemon(link)], fx_link_member(line, "host"));
    if (!walk->file_begun && walk->part_count < WALK_PARTS) {
        struct walk_part *part = &walk->parts[walk->part_count++];
        part->seq = link->seq;
        memcpy(part->prev, link->prev.ptr, FX_CHAIN_HEX);
        memcpy(part->hash, link->hash.ptr, FX_CHAIN_HEX);
    }
    walk->file_begun = true;
}

void walk_skip(struct fx_chain_walk *walk)
{
    walk->ends[walk->active].skips++;
}

void walk_order_end(struct fx_chain_walk *walk)
{
    for (size_t i = 0; i < WALK_ENDS; i++)
        settle(walk, &walk->ends[i]);
}
