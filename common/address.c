/* address - see address.h. The parsers are our own: inet_pton differs between systems over
 * leading zeros, and the text here comes with a length, not with a NUL. */
#include "address.h"

#include <string.h>

/* The first twelve octets of ::ffff:0:0/96. */
static const unsigned char mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

/* Four decimal octets; leading zeros are refused, since some programs read them as octal. */
static bool parse_inet(struct fx_slice text, unsigned char out[4])
{
    for (size_t part = 0; part < 4; part++) {
        size_t end = fx_slice_find(text, '.');
        struct fx_slice digits = fx_slice_first(text, end);
        uint64_t n;
        if ((part < 3) != (end < text.len) || digits.len > 3 || !fx_slice_u64(digits, &n) ||
            n > 255 || (digits.len > 1 && digits.ptr[0] == '0'))
            return false;
        out[part] = (unsigned char)n;
        text = fx_slice_from(text, end + 1);
    }
    return true;
}

/* One group of one to four hexadecimal digits at the start of *text. */
static bool take_group(struct fx_slice *text, unsigned *group)
{
    unsigned n = 0;
    size_t i = 0;
    while (i < text->len && fx_ascii_hex(text->ptr[i]) >= 0) {
        if (i == 4)
            return false;
        n = n * 16 + (unsigned)fx_ascii_hex(text->ptr[i++]);
    }
    if (i == 0)
        return false;
    *group = n;
    *text = fx_slice_from(*text, i);
    return true;
}

/* Groups separated by colons, the last two perhaps as an IPv4 address; at most 16 octets. */
static bool parse_groups(struct fx_slice text, unsigned char out[16], size_t *len)
{
    size_t n = 0;
    if (text.len == 0) {
        *len = 0;
        return true;
    }
    for (;;) {
        unsigned group;
        if (fx_slice_find(text, '.') < text.len && fx_slice_find(text, ':') == text.len) {
            if (n > 12 || !parse_inet(text, out + n))
                return false;
            *len = n + 4;
            return true;
        }
        if (n > 14 || !take_group(&text, &group))
            return false;
        out[n++] = (unsigned char)(group >> 8);
        out[n++] = (unsigned char)(group & 0xFF);
        if (text.len == 0) {
            *len = n;
            return true;
        }
        if (text.ptr[0] != ':')
            return false;
        text = fx_slice_from(text, 1);
    }
}

/* RFC 4291 section 2.2: eight groups, one run of them perhaps left out as "::". */
static bool parse_inet6(struct fx_slice text, unsigned char out[16])
{
    unsigned char head[16], tail[16];
    size_t head_len, tail_len, gap = 0;

    while (gap + 1 < text.len && !(text.ptr[gap] == ':' && text.ptr[gap + 1] == ':'))
        gap++;
    if (gap + 1 >= text.len) {
        if (!parse_groups(text, head, &head_len) || head_len != 16)
            return false;
        memcpy(out, head, 16);
        return true;
    }
    struct fx_slice before = fx_slice_first(text, gap);
    if (fx_slice_find(before, '.') < before.len || !parse_groups(before, head, &head_len) ||
        !parse_groups(fx_slice_from(text, gap + 2), tail, &tail_len) ||
        head_len + tail_len > 14)
        return false;
    memset(out, 0, 16);
    if (head_len > 0)
        memcpy(out, head, head_len);
    if (tail_len > 0)
        memcpy(out + 16 - tail_len, tail, tail_len);
    return true;
}

static bool is_mapped(const struct fx_address *a)
{
    return a->family == FX_FAMILY_INET6 && memcmp(a->bytes, mapped_prefix, 12) == 0;
}

/* The IPv4 address that a mapped one stands for; any other stays as it is. */
static struct fx_address unmapped(const struct fx_address *a)
{
    struct fx_address plain = *a;
    if (is_mapped(a)) {
        plain.family = FX_FAMILY_INET;
        memset(plain.bytes, 0, sizeof plain.bytes);
        memcpy(plain.bytes, a->bytes + 12, 4);
    }
    return plain;
}

/* As written: a mapped address stays IPv6, which the prefix length of a network needs. */
static bool parse_as_written(struct fx_slice text, struct fx_address *out)
{
    struct fx_address a = {.family = FX_FAMILY_INET};

    if (text.len >= 2 && text.ptr[0] == '[' && text.ptr[text.len - 1] == ']')
        text = fx_slice(text.ptr + 1, text.len - 2);
    if (fx_slice_starts_nocase(text, FX_LIT("IPv6:"))) {
        text = fx_slice_from(text, 5);
        a.family = FX_FAMILY_INET6;
    }
    if (a.family == FX_FAMILY_INET && !parse_inet(text, a.bytes))
        a.family = FX_FAMILY_INET6;
    if (a.family == FX_FAMILY_INET6 && !parse_inet6(text, a.bytes))
        return false;
    *out = a;
    return true;
}

bool fx_address_parse(struct fx_slice text, struct fx_address *out)
{
    struct fx_address a;
    if (!parse_as_written(text, &a))
        return false;
    *out = unmapped(&a);
    return true;
}

/* The first `bits` bits of a and b agree. */
static bool same_prefix(const unsigned char *a, const unsigned char *b, unsigned bits)
{
    size_t whole = bits / 8;
    unsigned rest = bits % 8;
    if (memcmp(a, b, whole) != 0)
        return false;
    return rest == 0 || ((unsigned)(a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

static bool bits_beyond(const struct fx_address *a, unsigned bits, unsigned width)
{
    for (unsigned i = bits; i < width; i++)
        if ((a->bytes[i / 8] >> (7 - i % 8)) & 1)
            return true;
    return false;
}

bool fx_network_parse(struct fx_slice text, struct fx_network *out)
{
    struct fx_network network;
    size_t slash = fx_slice_find(text, '/');
    uint64_t bits;

    if (!parse_as_written(fx_slice_first(text, slash), &network.base))
        return false;
    unsigned width = network.base.family == FX_FAMILY_INET ? 32 : 128;
    if (slash == text.len)
        bits = width;
    else if (text.len - slash > 4 || !fx_slice_u64(fx_slice_from(text, slash + 1), &bits) ||
             bits > width)
        return false;
    network.bits = (unsigned)bits;
    if (bits_beyond(&network.base, network.bits, width))
        return false;
    if (is_mapped(&network.base) && network.bits >= 96) {
        network.base = unmapped(&network.base);
        network.bits -= 96;
    }
    *out = network;
    return true;
}

bool fx_network_contains(const struct fx_network *network, const struct fx_address *address)
{
    struct fx_address a = unmapped(address);
    if (a.family != network->base.family ||
        (a.family != FX_FAMILY_INET && a.family != FX_FAMILY_INET6))
        return false;
    return same_prefix(a.bytes, network->base.bytes, network->bits);
}

static void format_inet(struct fx_text *t, const unsigned char *bytes)
{
    for (size_t i = 0; i < 4; i++) {
        if (i > 0)
            fx_text_add_char(t, '.');
        fx_text_add_u64(t, bytes[i]);
    }
}

static void add_group(struct fx_text *t, unsigned group)
{
    static const char digits[] = "0123456789abcdef";
    bool started = false;
    for (int shift = 12; shift >= 0; shift -= 4) {
        unsigned digit = (group >> shift) & 15;
        if (digit != 0 || started || shift == 0) {
            fx_text_add_char(t, digits[digit]);
            started = true;
        }
    }
}

/* RFC 5952 section 4: lower case, no leading zeros, the first longest run of two or more groups
 * of zero as "::". */
static void format_inet6(struct fx_text *t, const unsigned char *bytes)
{
    unsigned groups[8];
    size_t best = 8, best_len = 1;

    for (size_t i = 0; i < 8; i++)
        groups[i] = (unsigned)bytes[2 * i] << 8 | bytes[2 * i + 1];
    for (size_t i = 0; i < 8; i++) {
        size_t run = 0;
        while (i + run < 8 && groups[i + run] == 0)
            run++;
        if (run > best_len) {
            best = i;
            best_len = run;
        }
    }
    for (size_t i = 0; i < 8; i++) {
        if (i == best) {
            fx_text_add_str(t, "::");
            i += best_len - 1;
            continue;
        }
        if (i > 0 && i != best + best_len)
            fx_text_add_char(t, ':');
        add_group(t, groups[i]);
    }
}

void fx_address_format(struct fx_text *t, const struct fx_address *address)
{
    struct fx_address a = unmapped(address);
    switch (a.family) {
    case FX_FAMILY_INET:
        format_inet(t, a.bytes);
        return;
    case FX_FAMILY_INET6:
        format_inet6(t, a.bytes);
        return;
    case FX_FAMILY_UNIX:
        fx_text_add_str(t, "unix");
        return;
    case FX_FAMILY_UNKNOWN:
        break;
    }
    fx_text_add_str(t, "unknown");
}

bool fx_address_is_loopback(const struct fx_address *address)
{
    static const struct fx_network v4 = {{FX_FAMILY_INET, {127}, 0}, 8};
    static const struct fx_network v6 = {{FX_FAMILY_INET6, {[15] = 1}, 0}, 128};
    return fx_network_contains(&v4, address) || fx_network_contains(&v6, address);
}
