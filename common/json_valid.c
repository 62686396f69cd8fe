/* json_valid - see json_valid.h. */
#include "json_valid.h"

#include "text.h"

struct reading {
    const char *at, *end;
    unsigned char open[FX_JSON_DEPTH_MAX / 8]; /* a bit for each level: an object */
    size_t depth;
};

static struct fx_slice rest_of(const struct reading *r)
{
    return fx_slice(r->at, (size_t)(r->end - r->at));
}

static bool next_is(const struct reading *r, char c)
{
    return r->at < r->end && *r->at == c;
}

static bool takes_char(struct reading *r, char c)
{
    if (!next_is(r, c))
        return false;
    r->at++;
    return true;
}

static bool takes(struct reading *r, struct fx_slice word)
{
    if (!fx_slice_eq(fx_slice_first(rest_of(r), word.len), word))
        return false;
    r->at += word.len;
    return true;
}

static void white(struct reading *r)
{
    while (r->at < r->end && fx_ascii_white(*r->at))
        r->at++;
}

/* How many octets an escape has, from its backslash on; 0: it is none. */
static size_t escape(struct fx_slice s)
{
    static const char letters[] = "\"\\/bfnrtu";
    if (s.len < 2 ||
        fx_slice_find(fx_slice(letters, sizeof letters - 1), s.ptr[1]) == sizeof letters - 1)
        return 0;
    if (s.ptr[1] != 'u')
        return 2;
    for (size_t i = 2; i < 6; i++)
        if (i >= s.len || fx_ascii_hex(s.ptr[i]) < 0)
            return 0;
    return 6;
}

/* Past the octets of a string that stand for themselves, as most do. */
static void plain(struct reading *r)
{
    while (r->at < r->end && (unsigned char)*r->at >= 0x20 && (unsigned char)*r->at < 0x80 &&
           *r->at != '"' && *r->at != '\\')
        r->at++;
}

static bool string(struct reading *r)
{
    size_t bad;
    if (!takes_char(r, '"'))
        return false;
    for (;;) {
        plain(r);
        if (r->at == r->end || (unsigned char)*r->at < 0x20)
            return false;
        if (takes_char(r, '"'))
            return true;
        size_t n = *r->at == '\\' ? escape(rest_of(r)) : fx_utf8_character(rest_of(r), &bad);
        if (n == 0)
            return false;
        r->at += n;
    }
}

static bool digits(struct reading *r)
{
    const char *from = r->at;
    while (r->at < r->end && fx_ascii_digit(*r->at))
        r->at++;
    return r->at > from;
}

static bool number(struct reading *r)
{
    (void)takes_char(r, '-');
    if (!takes_char(r, '0') && !digits(r))
        return false;
    if (takes_char(r, '.') && !digits(r))
        return false;
    if (!takes_char(r, 'e') && !takes_char(r, 'E'))
        return true;
    if (!takes_char(r, '+'))
        (void)takes_char(r, '-');
    return digits(r);
}

static bool in_object(const struct reading *r)
{
    size_t level = r->depth - 1;
    return (r->open[level / 8] >> (level % 8) & 1) != 0;
}

/* The name of a member and its colon. */
static bool name(struct reading *r)
{
    white(r);
    if (!string(r))
        return false;
    white(r);
    return takes_char(r, ':');
}

static bool enter(struct reading *r, bool object)
{
    if (r->depth == FX_JSON_DEPTH_MAX)
        return false;
    unsigned char bit = (unsigned char)(1U << (r->depth % 8));
    unsigned char *byte = &r->open[r->depth / 8];
    *byte = (unsigned char)(object ? *byte | bit : *byte & ~bit);
    r->depth++;
    return true;
}

/* The beginning of a value; *ended: it is over already. */
static bool value(struct reading *r, bool *ended)
{
    white(r);
    *ended = true;
    bool object = takes_char(r, '{');
    if (object || takes_char(r, '[')) {
        if (!enter(r, object))
            return false;
        white(r);
        if (takes_char(r, object ? '}' : ']')) {
            r->depth--;
            return true;
        }
        *ended = false;
        return !object || name(r);
    }
    if (next_is(r, '"'))
        return string(r);
    return takes(r, (struct fx_slice)FX_LIT("true")) ||
           takes(r, (struct fx_slice)FX_LIT("false")) ||
           takes(r, (struct fx_slice)FX_LIT("null")) || number(r);
}

/* What may follow a value: a further one, or the ends of what it is in. */
static bool after(struct reading *r)
{
    while (r->depth > 0) {
        bool object = in_object(r);
        white(r);
        if (takes_char(r, ','))
            return !object || name(r);
        if (!takes_char(r, object ? '}' : ']'))
            return false;
        r->depth--;
    }
    white(r);
    return r->at == r->end;
}

bool fx_json_valid(struct fx_slice text)
{
    if (text.len == 0)
        return false;
    struct reading r = {.at = text.ptr, .end = text.ptr + text.len};
    bool ended;
    do {
        if (!value(&r, &ended) || (ended && !after(&r)))
            return false;
    } while (r.depth > 0);
    return true;
}
