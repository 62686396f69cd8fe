/* text - see text.h. */
#include "text.h"

#include <stdlib.h>
#include <string.h>

void fx_text_init_fixed(struct fx_text *t, char *buf, size_t cap)
{
    *t = (struct fx_text){.data = buf, .cap = cap};
}

void fx_text_init_growing(struct fx_text *t, size_t max)
{
    *t = (struct fx_text){.max = max};
}

void fx_text_finish(struct fx_text *t)
{
    if (t->max > 0)
        free(t->data);
    *t = (struct fx_text){.max = t->max};
}

void fx_text_reset(struct fx_text *t)
{
    t->len = 0;
    t->overflow = false;
}

struct fx_slice fx_text_slice(const struct fx_text *t)
{
    return fx_slice(t->data == NULL ? "" : t->data, t->len);
}

bool fx_text_make_room(struct fx_text *t, size_t n)
{
    if (t->max > 0 && n <= t->max && t->len <= t->max - n) {
        size_t want = t->cap < 256 ? 256 : t->cap;
        while (want < t->len + n)
            want = want > t->max / 2 ? t->max : want * 2;
        if (want > t->max)
            want = t->max;
        char *bigger = realloc(t->data, want);
        if (bigger != NULL) {
            t->data = bigger;
            t->cap = want;
            return true;
        }
    }
    t->overflow = true;
    return false;
}

void fx_text_add_padded(struct fx_text *t, uint64_t n, unsigned width)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + n % 10);
        n /= 10;
    } while (n > 0);
    while (at > 0 && sizeof digits - at < width)
        digits[--at] = '0';
    fx_text_add(t, fx_slice(digits + at, sizeof digits - at));
}

void fx_text_add_u64(struct fx_text *t, uint64_t n)
{
    fx_text_add_padded(t, n, 1);
}

size_t fx_utf8_character(struct fx_slice s, size_t *bad)
{
    const unsigned char *p = (const unsigned char *)s.ptr;
    size_t need;
    unsigned char low = 0x80, high = 0xBF;

    *bad = 1;
    if (p[0] < 0x80)
        return 1;
    if (p[0] >= 0xC2 && p[0] <= 0xDF) {
        need = 1;
    } else if (p[0] >= 0xE0 && p[0] <= 0xEF) {
        need = 2;
        low = p[0] == 0xE0 ? 0xA0 : 0x80;
        high = p[0] == 0xED ? 0x9F : 0xBF;
    } else if (p[0] >= 0xF0 && p[0] <= 0xF4) {
        need = 3;
        low = p[0] == 0xF0 ? 0x90 : 0x80;
        high = p[0] == 0xF4 ? 0x8F : 0xBF;
    } else {
        return 0;
    }
    for (size_t i = 1; i <= need; i++) {
        if (i >= s.len || p[i] < low || p[i] > high) {
            *bad = i;
            return 0;
        }
        low = 0x80;
        high = 0xBF;
    }
    return need + 1;
}

/* Characters that a terminal or a reader of lines may act upon: C1 controls, LINE and PARAGRAPH
 * SEPARATOR, and those that turn the direction of writing (Unicode, UAX #9). */
static bool disturbing(uint32_t c)
{
    return (c >= 0x80 && c <= 0x9F) || c == 0x61C || c == 0x200E || c == 0x200F ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

/* The character that n octets of valid UTF-8 stand for. */
static uint32_t utf8_value(struct fx_slice s, size_t n)
{
    static const unsigned char lead[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t value = (unsigned char)s.ptr[0] & lead[n];
    for (size_t i = 1; i < n; i++)
        value = value << 6 | ((unsigned char)s.ptr[i] & 0x3F);
    return value;
}

static void add_json_code(struct fx_text *t, uint32_t c)
{
    static const char hex[] = "0123456789abcdef";
    char code[6] = {'\\',       'u', hex[c >> 12 & 15], hex[c >> 8 & 15], hex[c >> 4 & 15],
                    hex[c & 15]};
    fx_text_add(t, fx_slice(code, 6));
}

static bool json_plain(char c)
{
    return (unsigned char)c >= 0x20 && (unsigned char)c < 0x7F && c != '"' && c != '\\';
}

#define ALL(octet) (UINT64_C(0x0101010101010101) * (octet))
/* The high bit of an octet is set where it is 0, and perhaps of those above it. */
#define ZEROS(x) (((x)-ALL(1)) & ~(x))

/* Eight octets, of which each is plain. What is below 0x20 borrows when 0x20 is taken off, 0x7F
 * carries when 1 is added; octets over 127 have the bit by themselves. */
static bool json_plain_8(uint64_t x)
{
    return ((x | (x - ALL(0x20)) | (x + ALL(1)) | ZEROS(x ^ ALL('"')) | ZEROS(x ^ ALL('\\'))) &
            ALL(0x80)) == 0;
}

static uint64_t eight(const char *p)
{
    uint64_t x;
    memcpy(&x, p, sizeof x);
    return x;
}

/* Less than eight octets as eight: some of them twice, or blanks. */
static uint64_t fewer(struct fx_slice s)
{
    uint32_t first, last;
    if (s.len < sizeof first) {
        char word[8] = "        ";
        for (size_t i = 0; i < s.len; i++)
            word[i] = s.ptr[i];
        return eight(word);
    }
    memcpy(&first, s.ptr, sizeof first);
    memcpy(&last, s.ptr + s.len - sizeof last, sizeof last);
    return first | (uint64_t)last << 32;
}

/* The whole of it stands in a JSON string as it is. */
static bool json_all_plain(struct fx_slice s)
{
    if (s.len < 8)
        return json_plain_8(fewer(s));
    for (size_t n = 0; n + 8 < s.len; n += 8)
        if (!json_plain_8(eight(s.ptr + n)))
            return false;
    return json_plain_8(eight(s.ptr + s.len - 8));
}

/* How many octets at the start of s do. */
static size_t json_run(struct fx_slice s)
{
    size_t n = 0;
    while (s.len - n >= 8 && json_plain_8(eight(s.ptr + n)))
        n += 8;
    while (n < s.len && json_plain(s.ptr[n]))
        n++;
    return n;
}

static void add_json_escape(struct fx_text *t, char c)
{
    static const char named[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
    const char *at = c == '\0' ? NULL : strchr(named, c);
    if (at != NULL) {
        char pair[2] = {'\\', letters[at - named]};
        fx_text_add(t, fx_slice(pair, 2));
    } else {
        add_json_code(t, (unsigned char)c);
    }
}

void fx_text_add_json(struct fx_text *t, struct fx_slice s, bool *lossy)
{
    if (json_all_plain(s) && fx_text_room(t, s.len + 2)) {
        char *out = t->data + t->len;
        out[0] = '"';
        if (s.len > 0)
            memcpy(out + 1, s.ptr, s.len);
        out[s.len + 1] = '"';
        t->len += s.len + 2;
        return;
    }
    fx_text_add_char(t, '"');
    for (size_t i = 0; i < s.len;) {
        size_t run = json_run(fx_slice_from(s, i));
        fx_text_add(t, fx_slice(s.ptr + i, run));
        i += run;
        if (i == s.len)
            break;
        if ((unsigned char)s.ptr[i] <= 0x7F) {
            add_json_escape(t, s.ptr[i++]);
            continue;
        }
        size_t bad;
        size_t n = fx_utf8_character(fx_slice_from(s, i), &bad);
        uint32_t c = n > 0 ? utf8_value(fx_slice_from(s, i), n) : 0;
        if (n > 0) {
            if (disturbing(c))
                add_json_code(t, c);
            else
                fx_text_add(t, fx_slice(s.ptr + i, n));
            i += n;
        } else {
            fx_text_add_str(t, "\\ufffd");
            *lossy = true;
            i += bad;
        }
    }
    fx_text_add_char(t, '"');
}

void fx_text_add_visible(struct fx_text *t, struct fx_slice s)
{
    static const char hex[] = "0123456789abcdef";
    while (s.len > 0) {
        size_t bad, n = fx_utf8_character(s, &bad);
        uint32_t c = n > 0 ? utf8_value(s, n) : 0;
        size_t len = n > 0 ? n : bad;
        bool plain = n > 0 && c >= 0x20 && c != 0x7F && !disturbing(c);
        for (size_t i = 0; i < len; i++) {
            unsigned char octet = (unsigned char)s.ptr[i];
            const char code[4] = {'\\', 'x', hex[octet >> 4], hex[octet & 15]};
            fx_text_add(t, plain ? fx_slice(s.ptr + i, 1) : fx_slice(code, sizeof code));
        }
        s = fx_slice_from(s, len);
    }
}
