/* scan_pass - the functions of scan.h, over what a version of it says of one block.
 *
 * Included once, by scan_sse2.c or scan_word.c, behind these of its own, where a block is the
 * 64 octets at p, aligned or not:
 *
 *     struct tally         counts of octets in at most SPAN blocks; zero to begin with
 *     equal(p, c)          bit i: octet i is c
 *     pairs(p, c, d)       bit i: octet i is c, and the one behind it d; reads 65
 *     count(t, p)          counts LF, and octets above 127
 *     lines(t) high(t)     how many there were
 *     may_change(p)        false: fx_scan_relax leaves the block as it is; reads 65
 *     without_tabs(p, as)  the block to `as`, each TAB as SP
 *     lowest(x) highest(x) number of that bit of x, which is not 0
 */
#ifndef FX_SCAN_PASS_H
#define FX_SCAN_PASS_H

#include <string.h>

#define BITS (~UINT64_C(0))
/* Octets of the longest line with both ends in one block. */
#define WITHIN (FX_SCAN_BLOCK - 2)

struct longest {
    uint64_t octets, line;
};

/* Are there `length` bits in a row? */
static inline bool in_a_row(uint64_t bits, uint64_t length)
{
    uint64_t have = 1;
    for (; have * 2 <= length && bits != 0; have *= 2)
        bits &= bits >> have;
    return (bits & bits >> (length - have)) != 0;
}

/* Lines with both ends in the block at p, the first of them `line`. One that is longer than all
 * before is rare. */
static inline struct longest lines_within(struct longest so_far, const char *p, uint64_t ends,
                                          uint64_t line)
{
    size_t from = lowest(ends);
    uint64_t text = ~ends & BITS << from & BITS >> (FX_SCAN_BLOCK - 1 - highest(ends));
    if (!in_a_row(text, so_far.octets + 1) ||
        !in_a_row(text & ~(equal(p, '\r') & ends >> 1), so_far.octets + 1))
        return so_far;
    for (ends &= ends - 1; ends != 0; ends &= ends - 1, line++) {
        size_t end = lowest(ends), octets = end - from - 1;
        octets -= p[end - 1] == '\r';
        if (octets > so_far.octets)
            so_far = (struct longest){octets, line};
        from = end;
    }
    return so_far;
}

/* At most SPAN blocks of a chunk that begins at `chunk`. */
static inline void span_of_body(struct fx_scan_body *s, const char *chunk, const char *p,
                                size_t n)
{
    char last[FX_SCAN_BLOCK];
    struct tally t = {0};
    struct longest longest = {s->longest, s->longest_line};
    uint64_t line_octets = s->line_octets;
    for (size_t octets = FX_SCAN_BLOCK; n > 0; p += octets, n -= octets) {
        const char *block = p;
        if (n < FX_SCAN_BLOCK) {
            octets = n;
            memset(last, 0, sizeof last);
            block = memcpy(last, p, n);
        }
        uint64_t ends = equal(block, '\n');
        line_octets += octets;
        if (ends != 0) {
            const char *end = p + lowest(ends);
            line_octets -= octets - lowest(ends);
            if (line_octets > longest.octets)
                line_octets -= end > chunk ? end[-1] == '\r' : s->line_cr;
            if (line_octets > longest.octets)
                longest = (struct longest){line_octets, s->line + lines(&t)};
            if (longest.octets < WITHIN && (ends & (ends - 1)) != 0)
                longest = lines_within(longest, block, ends, s->line + lines(&t) + 1);
            line_octets = octets - 1 - highest(ends);
        }
        count(&t, block);
    }
    s->longest = longest.octets;
    s->longest_line = longest.line;
    s->line_octets = line_octets;
    s->line += lines(&t);
    s->octets_8bit += high(&t);
}

void fx_scan_body(struct fx_scan_body *body, struct fx_slice chunk)
{
    const size_t span = (size_t)SPAN * FX_SCAN_BLOCK;
    for (size_t at = 0; at < chunk.len; at += span)
        span_of_body(body, chunk.ptr, chunk.ptr + at,
                     chunk.len - at < span ? chunk.len - at : span);
    if (chunk.len > 0)
        body->line_cr = chunk.ptr[chunk.len - 1] == '\r';
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
    uint64_t blank = equal(p, ' ') | equal(p, '\t');
    uint64_t cr = equal(p, '\r') >> 1, lf = equal(p, '\n') >> 2;
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
