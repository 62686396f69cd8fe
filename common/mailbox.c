/* mailbox - see mailbox.h. */
#include "mailbox.h"

struct fx_slice fx_path_address(struct fx_slice path)
{
    if (path.len > 0 && path.ptr[0] == '<') {
        path = fx_slice_from(path, 1);
        if (path.len > 0 && path.ptr[path.len - 1] == '>')
            path.len--;
    }
    return path;
}

struct fx_slice fx_address_without_route(struct fx_slice address)
{
    size_t colon = fx_slice_find(address, ':');
    bool route = address.len > 0 && address.ptr[0] == '@' && colon < address.len;
    return route ? fx_slice_from(address, colon + 1) : address;
}

struct fx_mailbox fx_mailbox_split(struct fx_slice address)
{
    struct fx_mailbox m = {.local = address, .domain = FX_ABSENT};
    bool quoted = false;
    for (size_t i = 0; i < address.len; i++) {
        char c = address.ptr[i];
        if (c == '\\') {
            i++;
        } else if (c == '"') {
            quoted = !quoted;
        } else if (c == '@' && !quoted) {
            m.local = fx_slice_first(address, i);
            m.domain = fx_slice_from(address, i + 1);
        }
    }
    return m;
}

static bool domain_char(char c)
{
    return fx_ascii_letter(c) || fx_ascii_digit(c) || c == '.' || c == '-' || c == '_' ||
           (unsigned char)c > 0x7F;
}

size_t fx_mailbox_domain_len(struct fx_slice s)
{
    bool literal = s.len > 0 && s.ptr[0] == '[';
    size_t n = literal ? 1 : 0;
    while (n < s.len && (domain_char(s.ptr[n]) || (literal && s.ptr[n] == ':')))
        n++;
    if (!literal)
        return n;
    return n < s.len && s.ptr[n] == ']' ? n + 1 : 0;
}

bool fx_mailbox_domain_plain(struct fx_slice domain)
{
    return fx_mailbox_domain_len(domain) == domain.len;
}

size_t fx_quoted_string_len(struct fx_slice s)
{
    for (size_t i = 1; i < s.len; i++) {
        if (s.ptr[i] == '\\')
            i++;
        else if (s.ptr[i] == '"')
            return i + 1;
    }
    return 0;
}
