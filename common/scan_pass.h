/* scan_pass - the functions of scan.h, over what a version of it says of one block.
 *
 * Included once, by scan_sse2.c or scan_word.c, behind these of its own:
 *
 *     struct block         64 octets
 *     struct tally         counts of octets in at most SPAN blocks; zero to begin with
 *     load(p)              the 64 octets at p, aligned or not
 *     equal(b, c)          bit i: octet i is c
 *     pairs(p, c, d)       bit i: octet i at p is c, and the one behind it d; reads 65
 *     count(t, b)          counts LF, and octets above 127
 *     lines(t) high(t)     how many there were
 *     may_change(p)        false: fx_scan_relax leaves the block at p as it is; reads 65
 *     without_tabs(p, as)  the 64 octets at p to `as`, each TAB as SP
 *     lowest(x) highest(x) number of that bit of x, which is not 0
 */
#ifndef FX_SCAN_PASS_H
#define FX_SCAN_PASS_H

#include <string.h>

#define BITS (~UINT64_C(0))
/* Octets of the longest line with both ends in one block. */
#define WITHIN (FX_SCAN_BLOCK - 2)

/* Where a block is. */
struct place {
    const char *at; /* its first octet */
    size_t octets;  /* of the chunk in it */
    bool first;     /* no octet of the chunk before it */
};

/* The current line ends at octet `end` of the block; no other line that is longer than the
 * longest ended before that. */
static inline void line_ends(struct fx_scan_body *s, struct place block, size_t end,
                             uint64_t octets, uint64_t number)
{
    bool cr = end > 0 || !block.first ? block.at[(ptrdiff_t)end - 1] == '\r' : s->line_cr;
    octets -= cr;
    if (octets > s->longest) {
        s->longest = octets;
        s->longest_line = number;
    }
}

/* Are there `length` bits in a row? */
static inline bool in_a_row(uint64_t bits, uint64_t length)
{
    uint64_t have = 1;
    for (; have * 2 <= length && bits != 0; have *= 2)
        bits &= bits >> have;
    return (bits & bits >> (length - have)) != 0;
}

/* Lines with both ends in the block; one that is longer than all before is rare. `number` is
 * that of the first of them. */
static inline void lines_within(struct fx_scan_body *s, struct place block, uint64_t ends,
                                uint64_t crs, uint64_t number)
{
    uint64_t text = ~(ends | (crs & ends >> 1));
    size_t from = lowest(ends);
    text &= BITS << from & BITS >> (FX_SCAN_BLOCK - 1 - highest(ends));
    if (!in_a_row(text, s->longest + 1))
        return;
    for (ends &= ends - 1; ends != 0; ends &= ends - 1) {
        size_t end = lowest(ends);
        line_ends(s, block, end, end - from - 1, number++);
        from = end;
    }
}

static inline void block_of_body(struct fx_scan_body *s, struct tally *t, struct block b,
                                 struct place block)
{
    uint64_t ends = equal(b, '\n');
    if (ends == 0) {
        s->line_octets += block.octets;
    } else {
        size_t first = lowest(ends);
        if (s->line_octets + first > s->longest)
            line_ends(s, block, first, s->line_octets + first, s->line + lines(t));
        if (s->longest < WITHIN && (ends & (ends - 1)) != 0)
            lines_within(s, block, ends, equal(b, '\r'), s->line + lines(t) + 1);
        s->line_octets = block.octets - 1 - highest(ends);
    }
    count(t, b);
}

void fx_scan_body(struct fx_scan_body *body, struct fx_slice chunk)
{
    struct fx_scan_body s = *body;
    for (size_t at = 0; at < chunk.len;) {
        struct tally t = {0};
        for (size_t i = 0; i < SPAN && at < chunk.len; i++) {
            char last[FX_SCAN_BLOCK] = {0};
            size_t octets = chunk.len - at;
            const char *p = chunk.ptr + at;
            struct place block = {p, FX_SCAN_BLOCK, at == 0};
            if (octets < FX_SCAN_BLOCK) {
                memcpy(last, p, octets);
                p = last;
                block.octets = octets;
            }
            block_of_body(&s, &t, load(p), block);
            at += block.octets;
        }
        s.line += lines(&t);
        s.octets_8bit += high(&t);
    }
    if (chunk.len > 0)
        s.line_cr = chunk.ptr[chunk.len - 1] == '\r';
    *body = s;
}

void fx_scan_end(struct fx_scan_body *body)
{
    if (body->line_octets > body->longest) {
        body->longest = body->line_octets;
        body->longest_line = body->line;
    }
}

size_t fx_scan_pair(struct fx_slice s, char first, char second)
{
    size_t at = 0;
    for (; s.len - at > FX_SCAN_BLOCK; at += FX_SCAN_BLOCK) {
        uint64_t found = pairs(s.ptr + at, first, second);
        if (found != 0)
            return at + lowest(found);
    }
    for (; at + 1 < s.len; at++)
        if (s.ptr[at] == first && s.ptr[at + 1] == second)
            return at;
    return s.len;
}

size_t fx_scan_unchanged(const char *p, size_t n)
{
    size_t at = 0;
    while (n - at >= FX_SCAN_BLOCK && !may_change(p + at))
        at += FX_SCAN_BLOCK;
    return at;
}

/* Octets that go: blanks before another one, or before CRLF. */
static inline uint64_t lost(const char *p)
{
    const size_t last = FX_SCAN_BLOCK - 1;
    const char *behind = p + FX_SCAN_BLOCK;
    struct block b = load(p);
    uint64_t blank = equal(b, ' ') | equal(b, '\t');
    uint64_t cr = equal(b, '\r') >> 1, lf = equal(b, '\n') >> 2;
    cr |= (uint64_t)(behind[0] == '\r') << last;
    lf |= (uint64_t)(behind[0] == '\n') << (last - 1) | (uint64_t)(behind[1] == '\n') << last;
    return blank & (blank >> 1 | (uint64_t)fx_ascii_blank(behind[0]) << last | (cr & lf));
}

/* In steps of 16, so that up to 15 octets too many are read and written. */
static inline void copy(char *out, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i += 16)
        memcpy(out + i, p + i, 16);
}

size_t fx_scan_relax(const char *p, char *out)
{
    char as[FX_SCAN_ROOM];
    uint64_t go = lost(p);
    size_t n = 0, at = 0;
    memset(as + FX_SCAN_BLOCK, 0, sizeof as - FX_SCAN_BLOCK);
    without_tabs(p, as);
    while (go != 0) {
        uint64_t behind = go + (UINT64_C(1) << lowest(go)); /* its run of bits carries over */
        size_t from = lowest(go);
        copy(out + n, as + at, from - at);
        n += from - at;
        at = behind != 0 ? lowest(behind & ~go) : FX_SCAN_BLOCK;
        go &= behind;
    }
    copy(out + n, as + at, FX_SCAN_BLOCK - at);
    return n + FX_SCAN_BLOCK - at;
}

#endif
