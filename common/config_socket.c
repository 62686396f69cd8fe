/* config_socket - the syntax of socket addresses, and whether one is reachable from elsewhere.
 */
#include "config_reader.h"

#define UNIX_FORM "is not a socket; allowed: unix:/path, inet:port@host, inet6:port@host"

/* RFC 1123 section 2.1 and a little more: what a host name or a literal address consists of. */
static bool host_characters(struct fx_slice host)
{
    for (size_t i = 0; i < host.len; i++) {
        char c = host.ptr[i], l = fx_ascii_lower(c);
        if (!fx_ascii_digit(c) && !(l >= 'a' && l <= 'z') && c != '.' && c != '-' && c != ':' &&
            c != '_' && c != '[' && c != ']')
            return false;
    }
    return true;
}

static bool port_number(struct fx_slice text)
{
    uint64_t port;
    return fx_slice_u64(text, &port) && port >= 1 && port <= 65535;
}

/* host:port, which is inet:127.0.0.1:8895 in main.cf */
static bool postfix_order(struct fx_slice text)
{
    size_t colon = text.len;
    while (colon > 0 && text.ptr[colon - 1] != ':')
        colon--;
    return colon > 1 && port_number(fx_slice_from(text, colon)) &&
           host_characters(fx_slice_first(text, colon - 1));
}

static const char *check_inet(struct fx_slice text, enum fx_family family, bool *remote)
{
    size_t at = fx_slice_find(text, '@');
    struct fx_slice host = fx_slice_from(text, at + 1);
    struct fx_address a;

    if (at == text.len && postfix_order(text))
        return "has host and port in the order of Postfix; allowed: inet:port@host, "
               "inet6:port@host";
    if (!port_number(fx_slice_first(text, at)))
        return "has no port from 1 to 65535; allowed: inet:port@host, inet6:port@host";
    if (at == text.len) {
        *remote = true; /* without a host it listens on every address */
        return NULL;
    }
    if (host.len == 0 || !host_characters(host))
        return "has no host name or address after the @; allowed: inet:port@host";
    if (!fx_address_parse(host, &a)) {
        if (fx_slice_find(host, ':') < host.len || fx_slice_find(host, '[') < host.len ||
            fx_slice_find(host, ']') < host.len)
            return "has no host name or address after the @; allowed: inet:port@host";
        *remote = !fx_slice_eq_nocase(host, FX_LIT("localhost"));
        return NULL;
    }
    if (a.family != family)
        return family == FX_FAMILY_INET ? "has an IPv6 address; allowed: inet6:port@address"
                                        : "has an IPv4 address; allowed: inet:port@address";
    *remote = !fx_address_is_loopback(&a);
    return NULL;
}

struct fx_slice fx_socket_path(struct fx_slice text)
{
    if (fx_slice_starts_nocase(text, FX_LIT("unix:")))
        return fx_slice_from(text, 5);
    if (fx_slice_starts_nocase(text, FX_LIT("local:")))
        return fx_slice_from(text, 6);
    return FX_ABSENT;
}

const char *fx_socket_check(struct fx_slice text, bool *remote)
{
    struct fx_slice path = fx_socket_path(text);
    *remote = false;
    if (fx_slice_told(path))
        return path.len > 0 ? NULL : "has no path; allowed: unix:/path";
    if (fx_slice_starts_nocase(text, FX_LIT("inet:")))
        return check_inet(fx_slice_from(text, 5), FX_FAMILY_INET, remote);
    if (fx_slice_starts_nocase(text, FX_LIT("inet6:")))
        return check_inet(fx_slice_from(text, 6), FX_FAMILY_INET6, remote);
    return UNIX_FORM;
}

bool fx_port_check(struct fx_slice text)
{
    struct fx_address a;
    size_t colon = text.len;
    while (colon > 0 && text.ptr[colon - 1] != ':')
        colon--;
    if (colon < 2)
        return false;
    struct fx_slice host = fx_slice_first(text, colon - 1);
    /* without its brackets the end of an IPv6 address cannot be told from a port */
    return port_number(fx_slice_from(text, colon)) && fx_address_parse(host, &a) &&
           (a.family == FX_FAMILY_INET || host.ptr[0] == '[');
}
