/* scan_sse2 - scan.h with SSE2: 16 octets in a register, four of them a block. */
#include "scan.h"

#include <emmintrin.h>

#define SPAN 63 /* blocks until an octet of a tally, counting by four, might overflow */
#define PART 16

struct tally {
    __m128i lf, high;
};

static inline __m128i part_at(const char *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

static inline uint64_t bits(__m128i part)
{
    return (uint64_t)(unsigned)_mm_movemask_epi8(part);
}

static inline uint64_t equal(const char *p, char c)
{
    __m128i all = _mm_set1_epi8(c);
    return bits(_mm_cmpeq_epi8(part_at(p), all)) |
           bits(_mm_cmpeq_epi8(part_at(p + PART), all)) << PART |
           bits(_mm_cmpeq_epi8(part_at(p + 2 * PART), all)) << 2 * PART |
           bits(_mm_cmpeq_epi8(part_at(p + 3 * PART), all)) << 3 * PART;
}

static inline uint64_t pairs_of_part(const char *p, char first, char second)
{
    __m128i one = _mm_cmpeq_epi8(part_at(p), _mm_set1_epi8(first));
    return bits(_mm_and_si128(one, _mm_cmpeq_epi8(part_at(p + 1), _mm_set1_epi8(second))));
}

static inline uint64_t pairs(const char *p, char first, char second)
{
    return pairs_of_part(p, first, second) | pairs_of_part(p + PART, first, second) << PART |
           pairs_of_part(p + 2 * PART, first, second) << 2 * PART |
           pairs_of_part(p + 3 * PART, first, second) << 3 * PART;
}

/* A comparison that holds is -1. */
static inline void count_part(struct tally *t, const char *p)
{
    __m128i part = part_at(p);
    t->lf = _mm_sub_epi8(t->lf, _mm_cmpeq_epi8(part, _mm_set1_epi8('\n')));
    t->high = _mm_sub_epi8(t->high, _mm_cmplt_epi8(part, _mm_setzero_si128()));
}

static inline void count(struct tally *t, const char *p)
{
    count_part(t, p);
    count_part(t, p + PART);
    count_part(t, p + 2 * PART);
    count_part(t, p + 3 * PART);
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
static inline __m128i changes(const char *p)
{
    __m128i part = part_at(p), next = part_at(p + 1), sp = _mm_set1_epi8(' ');
    __m128i up_to_sp = _mm_cmpeq_epi8(_mm_min_epu8(next, sp), next);
    return _mm_or_si128(_mm_cmpeq_epi8(part, _mm_set1_epi8('\t')),
                        _mm_and_si128(_mm_cmpeq_epi8(part, sp), up_to_sp));
}

static inline bool may_change(const char *p)
{
    return bits(_mm_or_si128(_mm_or_si128(changes(p), changes(p + PART)),
                             _mm_or_si128(changes(p + 2 * PART), changes(p + 3 * PART)))) != 0;
}

static inline void without_tabs(const char *p, char *as)
{
    for (size_t i = 0; i < FX_SCAN_BLOCK; i += PART) {
        __m128i part = part_at(p + i), tabs = _mm_cmpeq_epi8(part, _mm_set1_epi8('\t'));
        part = _mm_xor_si128(part, _mm_and_si128(tabs, _mm_set1_epi8('\t' ^ ' ')));
        _mm_storeu_si128((__m128i *)(void *)(as + i), part);
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
