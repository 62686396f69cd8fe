/* text - a bounded text builder with a sticky overflow mark.
 *
 * A builder writes into memory it was given (fixed) or grows its own up to a maximum (growing).
 * What does not fit, or cannot be allocated, is left out as a whole piece and sets `overflow`,
 * which stays set: one test at the end is enough. Not thread-safe; one owner at a time.
 */
#ifndef FX_TEXT_H
#define FX_TEXT_H

#include "slice.h"

struct fx_text {
    char *data;    /* not NUL-terminated */
    size_t len;    /* octets in use */
    size_t cap;    /* octets there are */
    size_t max;    /* growing: the most there may be; fixed: 0 */
    bool overflow; /* sticky */
};

/* Writes into [buf, buf+cap), which the caller owns. */
void fx_text_init_fixed(struct fx_text *t, char *buf, size_t cap);
/* Allocates when needed, at most max octets. */
void fx_text_init_growing(struct fx_text *t, size_t max);
/* Frees what a growing builder allocated; the builder is empty afterwards. */
void fx_text_finish(struct fx_text *t);
/* Empty again, overflow mark cleared, memory kept. */
void fx_text_reset(struct fx_text *t);
struct fx_slice fx_text_slice(const struct fx_text *t);

/* Room for n more octets, made where there is none yet; false: the overflow mark is set. */
bool fx_text_make_room(struct fx_text *t, size_t n);
static inline bool fx_text_room(struct fx_text *t, size_t n)
{
    return n <= t->cap - t->len || fx_text_make_room(t, n);
}

/* absent adds nothing */
static inline void fx_text_add(struct fx_text *t, struct fx_slice s)
{
    if (s.len == 0 || !fx_text_room(t, s.len))
        return;
    /* no fault: null-argument: a slice without text has no length */
    memcpy(t->data + t->len, s.ptr, s.len);
    t->len += s.len;
}

static inline void fx_text_add_str(struct fx_text *t, const char *s)
{
    fx_text_add(t, fx_slice_str(s));
}

static inline void fx_text_add_char(struct fx_text *t, char c)
{
    if (fx_text_room(t, 1))
        t->data[t->len++] = c;
}

void fx_text_add_u64(struct fx_text *t, uint64_t n);
/* n with at least `width` digits, zeros in front (width up to 20). */
void fx_text_add_padded(struct fx_text *t, uint64_t n, unsigned width);

/* How many octets at the start of s, which is not empty, form one UTF-8 character (RFC 3629
 * section 4), 0 for none; *bad is then how many belong to the broken sequence, at least 1. */
size_t fx_utf8_character(struct fx_slice s, size_t *bad);

/* s as a JSON string with its quotes (RFC 8259 section 7). Control characters, line separators
 * and marks of direction are escaped; octets that are not UTF-8 (RFC 3629) become \ufffd, one
 * for each maximal bad run of a sequence, and set *lossy, which is otherwise left alone. */
void fx_text_add_json(struct fx_text *t, struct fx_slice s, bool *lossy);

/* s as part of one line for people and for syslog: control characters, line separators, marks of
 * direction, and octets that are not UTF-8 become \xNN each octet; all else stays, backslashes
 * too, so that what was escaped before is not escaped twice. */
void fx_text_add_visible(struct fx_text *t, struct fx_slice s);

#endif
