/* base64 - see base64.h. */
#include "base64.h"

static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (fx_ascii_digit(c))
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool fx_base64_decode(struct fx_slice text, unsigned char *out, size_t cap, size_t *len,
                      size_t *at)
{
    uint32_t bits = 0;
    size_t characters = 0, padding = 0, count = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        int value = value_of(c);
        if (fx_ascii_white(c))
            continue;
        *at = i;
        if (c == '=' && characters % 4 >= 2 && characters % 4 + padding < 4) {
            padding++;
            continue;
        }
        if (value < 0 || padding > 0)
            return false;
        bits = bits << 6 | (uint32_t)value;
        if (characters++ % 4 == 0)
            continue;
        if (count < cap)
            out[count] = (unsigned char)(bits >> (6 - 2 * ((characters - 1) % 4)));
        count++;
    }
    *at = text.len;
    if (characters % 4 + padding != 0 && characters % 4 + padding != 4)
        return false;
    *len = count;
    return true;
}
