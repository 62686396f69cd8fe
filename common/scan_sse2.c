/* scan_sse2 - scan.h with SSE2: 16 octets in a register, four of them a block. */
#include "scan.h"

#include <emmintrin.h>

#define SPAN 63 /* blocks until an octet of a tally, counting by four, might overflow */
#define PARTS 4
#define PART 16

struct block {
    __m128i part[PARTS];
};

struct tally {
    __m128i lf, high;
};

static inline __m128i part_at(const char *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

static inline struct block load(const char *p)
{
    return (struct block){
        {part_at(p), part_at(p + PART), part_at(p + 2 * PART), part_at(p + 3 * PART)}};
}

static inline uint64_t bits(__m128i part)
{
    return (uint64_t)(unsigned)_mm_movemask_epi8(part);
}

static inline uint64_t equal(struct block b, char c)
{
    __m128i all = _mm_set1_epi8(c);
    return bits(_mm_cmpeq_epi8(b.part[0], all)) | bits(_mm_cmpeq_epi8(b.part[1], all)) << 16 |
           bits(_mm_cmpeq_epi8(b.part[2], all)) << 32 |
           bits(_mm_cmpeq_epi8(b.part[3], all)) << 48;
}

static inline uint64_t pairs(const char *p, char first, char second)
{
    uint64_t found = 0;
    for (size_t i = 0; i < PARTS; i++, p += PART) {
        __m128i one = _mm_cmpeq_epi8(part_at(p), _mm_set1_epi8(first));
        __m128i two = _mm_cmpeq_epi8(part_at(p + 1), _mm_set1_epi8(second));
        found |= bits(_mm_and_si128(one, two)) << i * PART;
    }
    return found;
}

/* A comparison that holds is -1. */
static inline void count(struct tally *t, struct block b)
{
    for (size_t i = 0; i < PARTS; i++) {
        t->lf = _mm_sub_epi8(t->lf, _mm_cmpeq_epi8(b.part[i], _mm_set1_epi8('\n')));
        t->high = _mm_sub_epi8(t->high, _mm_cmplt_epi8(b.part[i], _mm_setzero_si128()));
    }
}

static inline uint64_t sum(__m128i octets)
{
    __m128i halves = _mm_sad_epu8(octets, _mm_setzero_si128());
    return (uint64_t)(unsigned)_mm_cvtsi128_si32(halves) +
           (uint64_t)(unsigned)_mm_cvtsi128_si32(_mm_unpackhi_epi64(halves, halves));
}

static inline uint64_t lines(const struct tally *t)
{
    return sum(t->lf);
}

static inline uint64_t high(const struct tally *t)
{
    return sum(t->high);
}

/* A blank before any octet up to SP is looked at closely: in text there are few that stay. */
static inline bool may_change(const char *p)
{
    __m128i changes = _mm_setzero_si128(), sp = _mm_set1_epi8(' ');
    for (size_t i = 0; i < PARTS; i++, p += PART) {
        __m128i part = part_at(p), next = part_at(p + 1);
        __m128i up_to_sp = _mm_cmpeq_epi8(_mm_min_epu8(next, sp), next);
        __m128i found = _mm_and_si128(_mm_cmpeq_epi8(part, sp), up_to_sp);
        found = _mm_or_si128(found, _mm_cmpeq_epi8(part, _mm_set1_epi8('\t')));
        changes = _mm_or_si128(changes, found);
    }
    return bits(changes) != 0;
}

static inline void without_tabs(const char *p, char *as)
{
    for (size_t i = 0; i < PARTS; i++, p += PART, as += PART) {
        __m128i part = part_at(p), tabs = _mm_cmpeq_epi8(part, _mm_set1_epi8('\t'));
        part = _mm_xor_si128(part, _mm_and_si128(tabs, _mm_set1_epi8('\t' ^ ' ')));
        _mm_storeu_si128((__m128i *)(void *)as, part);
    }
}

static inline size_t lowest(uint64_t x)
{
    return (size_t)__builtin_ctzll(x);
}

static inline size_t highest(uint64_t x)
{
    return (size_t)(63 - __builtin_clzll(x));
}

#include "scan_pass.h"
