/* scan_word - scan.h with numbers of 64 bits: 8 octets in each, eight of them a block. In
 * masks 0x80 stands for an octet that is meant, 0 for the others. */
#include "scan.h"

#include <string.h>

#define SPAN 31 /* blocks until an octet of a tally, counting by eight, might overflow */
#define WORDS 8
#define WORD 8

#define EACH(octet) (UINT64_C(0x0101010101010101) * (octet))
#define TOPS EACH(0x80)

struct tally {
    uint64_t lf, high;
};

static inline uint64_t word_at(const char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

static inline uint64_t equal_word(uint64_t word, char c)
{
    uint64_t x = word ^ EACH((unsigned char)c);
    return ~(((x & ~TOPS) + ~TOPS) | x) & TOPS;
}

/* One bit of each octet of the mask, moved to the top by the product; the first octet in memory
 * is the lowest bit. */
static inline uint64_t bits(uint64_t mask)
{
    const unsigned char one[WORD] = {1};
    const uint64_t lowest_first = UINT64_C(0x0102040810204080);
    const uint64_t highest_first = UINT64_C(0x8040201008040201);
    return (mask >> 7) * (word_at((const char *)one) == 1 ? lowest_first : highest_first) >> 56;
}

static inline uint64_t equal(const char *p, char c)
{
    uint64_t found = 0;
    for (size_t i = 0; i < WORDS; i++, p += WORD)
        found |= bits(equal_word(word_at(p), c)) << i * WORD;
    return found;
}

static inline uint64_t pairs(const char *p, char first, char second)
{
    uint64_t found = 0;
    for (size_t i = 0; i < WORDS; i++, p += WORD)
        found |= bits(equal_word(word_at(p), first) & equal_word(word_at(p + 1), second))
                 << i * WORD;
    return found;
}

static inline void count(struct tally *t, const char *p)
{
    for (size_t i = 0; i < WORDS; i++, p += WORD) {
        t->lf += equal_word(word_at(p), '\n') >> 7;
        t->high += word_at(p) >> 7 & EACH(1);
    }
}

static inline uint64_t sum(uint64_t octets)
{
    const uint64_t every_other = UINT64_C(0x00FF00FF00FF00FF);
    uint64_t two = (octets & every_other) + (octets >> 8 & every_other);
    return two * UINT64_C(0x0001000100010001) >> 48;
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
    uint64_t changes = 0;
    for (size_t i = 0; i < WORDS; i++, p += WORD) {
        uint64_t word = word_at(p), next = word_at(p + 1);
        uint64_t over_sp = ((next & ~TOPS) + EACH(0x7F - ' ')) | next;
        changes |= equal_word(word, '\t') | (equal_word(word, ' ') & ~over_sp);
    }
    return changes != 0;
}

static inline void without_tabs(char *p)
{
    for (size_t i = 0; i < FX_SCAN_BLOCK; i += WORD) {
        uint64_t word = word_at(p + i);
        word ^= (equal_word(word, '\t') >> 7) * ('\t' ^ ' ');
        /* no fault: use-of-uninitialized-value: word_at has filled all of it */
        memcpy(p + i, &word, sizeof word);
    }
}

/* Number of the one bit in x: de Bruijn's sequence has each six bits in a row once. */
static inline size_t number_of(uint64_t x)
{
    static const unsigned char numbers[64] = {
        0,  1,  2,  53, 3,  7,  54, 27, 4,  38, 41, 8,  34, 55, 48, 28, 62, 5,  39, 46, 44, 42,
        22, 9,  24, 35, 59, 56, 49, 18, 29, 11, 63, 52, 6,  26, 37, 40, 33, 47, 61, 45, 43, 21,
        23, 58, 17, 10, 51, 25, 36, 32, 60, 20, 57, 16, 50, 31, 19, 15, 30, 14, 13, 12};
    return numbers[x * UINT64_C(0x022FDD63CC95386D) >> 58];
}

static inline size_t lowest(uint64_t x)
{
    return number_of(x & (~x + 1));
}

static inline size_t highest(uint64_t x)
{
    for (unsigned by = 1; by < 64; by *= 2)
        x |= x >> by;
    return number_of(x - (x >> 1));
}

#include "scan_pass.h"
