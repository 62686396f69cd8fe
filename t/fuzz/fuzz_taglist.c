/* fuzz_taglist - tag lists beside the grammar of RFC 6376 section 3.2, read by the letter.
 *
 * Input: the text.
 */
#include "fuzz.h"
#include "taglist.h"

#include <stdlib.h>
#include <string.h>

static bool among(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

static bool alpha(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* FWS = [*WSP CRLF] 1*WSP (RFC 6376 section 2.8), several in a row as obsolete mail has them,
 * LF for CRLF as milters get it; a line end may be the last of the text. */
static bool white_space(const char *p, size_t n, bool last)
{
    for (size_t i = 0; i < n; i++) {
        bool crlf = p[i] == '\r' && i + 1 < n && p[i + 1] == '\n';
        if (crlf)
            i++;
        else if (!among(p[i], " \t\n"))
            return false;
        if (p[i] == '\n' && !(i + 1 < n ? among(p[i + 1], " \t") : last))
            return false;
    }
    return true;
}

static size_t white(const char *p, size_t n)
{
    size_t i = 0;
    while (i < n && among(p[i], " \t\r\n"))
        i++;
    return i;
}

/* Octets of the character of UTF-8 at the start (RFC 3629 section 3), by its value; 0: none. */
static size_t utf8(const char *p, size_t n)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char lead = (unsigned char)p[0];
    size_t len = lead >= 0xF8 ? 0 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 0;
    uint32_t value = lead & (0x7Fu >> len);
    if (len == 0 || len > n)
        return 0;
    for (size_t i = 1; i < len; i++) {
        if (((unsigned char)p[i] & 0xC0) != 0x80)
            return 0;
        value = value << 6 | ((unsigned char)p[i] & 0x3F);
    }
    bool surrogate = value >= 0xD800 && value <= 0xDFFF;
    return value < least[len] || value > 0x10FFFF || surrogate ? 0 : len;
}

/* tag-spec = [FWS] tag-name [FWS] "=" [FWS] tag-value [FWS]; last: the text ends with it. */
static bool spec_is_right(const char *p, size_t n, bool last)
{
    size_t i = white(p, n), name = i;
    if (!white_space(p, i, false) || i == n || !alpha(p[i]))
        return false;
    while (i < n && (alpha(p[i]) || (p[i] >= '0' && p[i] <= '9') || p[i] == '_'))
        i++;
    size_t gap = white(p + i, n - i);
    if (i == name || !white_space(p + i, gap, false) || i + gap == n || p[i + gap] != '=')
        return false;
    i += gap + 1;
    while (i < n) {
        size_t blanks = white(p + i, n - i);
        if (!white_space(p + i, blanks, last && i + blanks == n))
            return false;
        i += blanks;
        if (i == n)
            break;
        size_t wide = utf8(p + i, n - i); /* RFC 8616 section 5 */
        if (wide == 0 && (p[i] < 0x21 || p[i] > 0x7e || p[i] == ';'))
            return false;
        i += wide > 0 ? wide : 1;
    }
    return true;
}

/* The first octet and the last are no white space. */
static bool trimmed(struct fx_slice s)
{
    return s.len == 0 || (white(s.ptr, 1) == 0 && white(s.ptr + s.len - 1, 1) == 0);
}

static void look_at(struct fx_slice text, const struct fx_tag *tag, size_t from, size_t to)
{
    HOLDS(fuzz_within(tag->name, text) && fuzz_within(tag->value, text));
    HOLDS(tag->at >= from && tag->at <= to && tag->value_at >= from && tag->value_at <= to);
    if (tag->name.ptr == NULL)
        return;
    HOLDS(tag->name.ptr == text.ptr + tag->at && trimmed(tag->name));
    HOLDS(tag->value.ptr == text.ptr + tag->value_at && trimmed(tag->value));
    HOLDS(tag->at + tag->name.len < tag->value_at || tag->value.len == 0);
    HOLDS(tag->value_at + tag->value.len <= to);
}

FUZZ_TARGET(taglist)
{
    struct fuzz_input in = {(const char *)data, size};
    struct fx_slice text = fuzz_rest(&in);
    struct fx_taglist list = fx_taglist(text);
    struct fx_taglist_fault fault;
    struct fx_tag tag;
    enum fx_taglist_step step;
    size_t from = 0;
    while ((step = fx_taglist_next(&list, &tag, &fault)) != FX_TAGLIST_END) {
        size_t to = from + fx_slice_find(fx_slice_from(text, from), ';');
        HOLDS(from < text.len);
        look_at(text, &tag, from, to);
        HOLDS((step == FX_TAGLIST_TAG) ==
              spec_is_right(text.ptr + from, to - from, to == text.len));
        if (step == FX_TAGLIST_FAULT)
            HOLDS(fault.at >= from && fault.at <= to && fault.what != NULL);
        from = to + 1;
    }
    /* what was not told is nothing but the end of the list */
    HOLDS(from >= text.len ||
          (from > 0 && white(text.ptr + from, text.len - from) == text.len - from));
    free((void *)(uintptr_t)text.ptr);
}
