/* slice - see slice.h. */
#include "slice.h"

#include <string.h>

char fx_ascii_upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

int fx_ascii_hex(char c)
{
    if (fx_ascii_digit(c))
        return c - '0';
    c = fx_ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool fx_slice_starts_nocase(struct fx_slice s, struct fx_slice prefix)
{
    if (s.len < prefix.len)
        return false;
    for (size_t i = 0; i < prefix.len; i++)
        if (fx_ascii_lower(s.ptr[i]) != fx_ascii_lower(prefix.ptr[i]))
            return false;
    return true;
}

bool fx_slice_eq_nocase(struct fx_slice a, struct fx_slice b)
{
    return a.len == b.len && fx_slice_starts_nocase(a, b);
}

struct fx_slice fx_slice_trim(struct fx_slice s)
{
    while (s.len > 0 && fx_ascii_white(s.ptr[0])) {
        s.ptr++;
        s.len--;
    }
    while (s.len > 0 && fx_ascii_white(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

bool fx_slice_line(struct fx_slice *rest, struct fx_slice *line)
{
    if (rest->len == 0)
        return false;
    size_t end = fx_slice_find(*rest, '\n');
    struct fx_slice found = fx_slice_first(*rest, end);
    *rest = fx_slice_from(*rest, end < rest->len ? end + 1 : end);
    if (found.len > 0 && found.ptr[found.len - 1] == '\r')
        found.len--;
    *line = found;
    return true;
}

bool fx_slice_word(struct fx_slice *rest, struct fx_slice *word)
{
    struct fx_slice s = *rest;
    while (s.len > 0 && fx_ascii_blank(s.ptr[0])) {
        s.ptr++;
        s.len--;
    }
    size_t n = 0;
    while (n < s.len && !fx_ascii_blank(s.ptr[n]))
        n++;
    if (n == 0)
        return false;
    *word = fx_slice_first(s, n);
    *rest = fx_slice_from(s, n);
    return true;
}

bool fx_slice_u64(struct fx_slice s, uint64_t *value)
{
    uint64_t n = 0;
    if (s.len == 0)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (!fx_ascii_digit(s.ptr[i]))
            return false;
        uint64_t digit = (uint64_t)(s.ptr[i] - '0');
        if (n > (UINT64_MAX - digit) / 10)
            return false;
        n = n * 10 + digit;
    }
    *value = n;
    return true;
}
