/* slice - borrowed bytes: a pointer and a length, never owned, never NUL-terminated.
 *
 * A slice whose ptr is NULL is ABSENT ("not told"); an empty slice has a non-NULL ptr and len
 * 0. The two are different answers: a missing macro is not an empty one. All functions are pure
 * and thread-safe; comparison "nocase" folds ASCII only (no locale).
 * What every octet passes through stands here, so that it costs no call.
 */
#ifndef FX_SLICE_H
#define FX_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct fx_slice {
    const char *ptr;
    size_t len;
};

#define FX_ABSENT ((struct fx_slice){NULL, 0})
/* A slice over a string literal. */
#define FX_LIT(s) ((struct fx_slice){"" s, sizeof(s) - 1})

/* The bytes [ptr, ptr+len). */
static inline struct fx_slice fx_slice(const char *ptr, size_t len)
{
    return (struct fx_slice){ptr, len};
}

/* A C string; NULL gives FX_ABSENT. */
static inline struct fx_slice fx_slice_str(const char *s)
{
    return s == NULL ? FX_ABSENT : (struct fx_slice){s, strlen(s)};
}

/* false for FX_ABSENT */
static inline bool fx_slice_told(struct fx_slice s)
{
    return s.ptr != NULL;
}

static inline bool fx_slice_eq(struct fx_slice a, struct fx_slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool fx_slice_eq_nocase(struct fx_slice a, struct fx_slice b);
bool fx_slice_starts_nocase(struct fx_slice s, struct fx_slice prefix);

/* Index of the first byte c, or s.len when there is none. */
static inline size_t fx_slice_find(struct fx_slice s, char c)
{
    if (s.len == 0)
        return 0;
    const char *at = memchr(s.ptr, c, s.len);
    return at == NULL ? s.len : (size_t)(at - s.ptr);
}

/* The part from byte n on (empty when n >= s.len), and the first n bytes (all when n >= s.len).
 */
static inline struct fx_slice fx_slice_from(struct fx_slice s, size_t n)
{
    if (s.ptr == NULL)
        return s;
    if (n > s.len)
        n = s.len;
    return (struct fx_slice){s.ptr + n, s.len - n};
}

static inline struct fx_slice fx_slice_first(struct fx_slice s, size_t n)
{
    if (n < s.len)
        s.len = n;
    return s;
}

/* Without SP, TAB, CR and LF at both ends. */
struct fx_slice fx_slice_trim(struct fx_slice s);
/* Takes the next line, without its line end, off *rest; LF and CRLF end a line.
 * Returns false, leaving *line alone, when *rest is empty. */
bool fx_slice_line(struct fx_slice *rest, struct fx_slice *line);
/* Takes the next run of bytes other than SP and TAB off *rest; false when there is none. */
bool fx_slice_word(struct fx_slice *rest, struct fx_slice *word);

/* Decimal digits only, at least one, whole slice; false on anything else or above UINT64_MAX.
 */
bool fx_slice_u64(struct fx_slice s, uint64_t *value);

/* ASCII helpers, independent of any locale. */
char fx_ascii_upper(char c);
static inline char fx_ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static inline bool fx_ascii_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool fx_ascii_letter(char c)
{
    c = fx_ascii_lower(c);
    return c >= 'a' && c <= 'z';
}

/* SP, TAB: WSP of RFC 5234 */
static inline bool fx_ascii_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* these, CR, LF: what folding white space is made of */
static inline bool fx_ascii_white(char c)
{
    return fx_ascii_blank(c) || c == '\r' || c == '\n';
}

int fx_ascii_hex(char c); /* what a hex digit stands for; -1: it is none */

#endif
