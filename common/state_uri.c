/* state_uri - see state_uri.h. */
#include "state_uri.h"

#include "address.h"

#include <string.h>

#define FORMS                                                                               \
    "; allowed: redis://[[USER]:PASSWORD@]HOST[:PORT][/DB], unix://[[USER]:PASSWORD@]/PATH" \
    "[?db=DB]"

/* The text with its %XX decoded, into cap octets with a NUL; false: it is too long, has a NUL
 * or a percent sign without two hex digits. */
static bool decode(struct fx_slice text, char *out, size_t cap)
{
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        int c = (unsigned char)text.ptr[i];
        if (c == '%') {
            int high = i + 2 < text.len ? fx_ascii_hex(text.ptr[i + 1]) : -1;
            int low = i + 2 < text.len ? fx_ascii_hex(text.ptr[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = high * 16 + low;
            i += 2;
        }
        if (c == '\0' || len + 1 >= cap)
            return false;
        out[len++] = (char)c;
    }
    out[len] = '\0';
    return true;
}

/* Takes "[USER]:PASSWORD@" off the front, where it is. */
static const char *take_credentials(struct fx_slice *rest, struct fx_state_uri *uri)
{
    size_t at = rest->len;
    /* a password may have @ and /, written by those who do not know of %XX: the last @ counts
     */
    while (at > 0 && rest->ptr[0] != '/' && rest->ptr[at - 1] != '@')
        at--;
    if (at == 0 || rest->ptr[0] == '/')
        return NULL;
    struct fx_slice words = fx_slice_first(*rest, at - 1);
    size_t colon = fx_slice_find(words, ':');
    if (colon == words.len)
        return "has a name without a password" FORMS;
    if (!decode(fx_slice_first(words, colon), uri->user, sizeof uri->user) ||
        !decode(fx_slice_from(words, colon + 1), uri->password, sizeof uri->password))
        return "has a user or password that is too long, or a % without two hex digits" FORMS;
    if (uri->password[0] == '\0')
        return "has an empty password" FORMS;
    *rest = fx_slice_from(*rest, at);
    return NULL;
}

static bool take_db(struct fx_slice text, struct fx_state_uri *uri)
{
    uint64_t db;
    if (!fx_slice_u64(text, &db) || db > FX_STATE_URI_DB_MAX)
        return false;
    uri->db = (uint32_t)db;
    return true;
}

/* RFC 1123 section 2.1, and underscores, as people have them. */
static bool host_name(struct fx_slice host)
{
    for (size_t i = 0; i < host.len; i++) {
        char l = fx_ascii_lower(host.ptr[i]);
        if (!fx_ascii_digit(l) && !(l >= 'a' && l <= 'z') && l != '.' && l != '-' && l != '_')
            return false;
    }
    return host.len > 0;
}

static const char *parse_host(struct fx_slice rest, struct fx_state_uri *uri)
{
    size_t slash = fx_slice_find(rest, '/');
    struct fx_slice host = fx_slice_first(rest, slash), port = FX_ABSENT;
    struct fx_slice db = fx_slice_from(rest, slash + 1);
    struct fx_address address;
    uint64_t number = FX_STATE_URI_PORT;

    if (host.len > 0 && host.ptr[0] == '[') {
        size_t end = fx_slice_find(host, ']');
        struct fx_slice after = fx_slice_from(host, end + 1);
        struct fx_slice within = fx_slice_from(fx_slice_first(host, end), 1);
        if (end == host.len || !fx_address_parse(within, &address) ||
            address.family != FX_FAMILY_INET6)
            return "has no IPv6 address between its brackets" FORMS;
        if (after.len > 0 && after.ptr[0] != ':')
            return "has something behind the brackets of its host" FORMS;
        if (after.len > 0)
            port = fx_slice_from(after, 1);
        host = within;
    } else {
        size_t colon = fx_slice_find(host, ':');
        if (colon < host.len)
            port = fx_slice_from(host, colon + 1);
        host = fx_slice_first(host, colon);
        if (!host_name(host))
            return "has no host" FORMS;
    }
    if (fx_slice_told(port) && (!fx_slice_u64(port, &number) || number < 1 || number > 65535))
        return "has no port from 1 to 65535" FORMS;
    if (db.len > 0 && !take_db(db, uri))
        return "has no number of a database after the host" FORMS;
    if (!decode(host, uri->host, sizeof uri->host))
        return "has a host that is too long" FORMS;
    uri->port = (uint16_t)number;
    return NULL;
}

static const char *parse_path(struct fx_slice rest, struct fx_state_uri *uri)
{
    size_t question = fx_slice_find(rest, '?');
    struct fx_slice query = fx_slice_from(rest, question + 1);
    if (rest.len == 0 || rest.ptr[0] != '/')
        return "has no path that begins with /" FORMS;
    if (question < rest.len && (!fx_slice_starts_nocase(query, FX_LIT("db=")) ||
                                !take_db(fx_slice_from(query, 3), uri)))
        return "has no db=NUMBER after the question mark" FORMS;
    if (!decode(fx_slice_first(rest, question), uri->path, sizeof uri->path))
        return "has a path that is too long for a unix socket, or a % without two hex "
               "digits" FORMS;
    return NULL;
}

const char *fx_state_uri_parse(struct fx_slice text, struct fx_state_uri *uri)
{
    static const struct fx_slice redis = {"redis://", 8}, local = {"unix://", 7};
    const char *wrong;
    *uri = (struct fx_state_uri){.port = FX_STATE_URI_PORT};
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] <= ' ' || text.ptr[i] > '~')
            return "has a blank, a control character or an octet over 126" FORMS;
    if (fx_slice_starts_nocase(text, FX_LIT("rediss://")))
        return "asks for TLS, which is not there" FORMS;
    bool network = fx_slice_starts_nocase(text, redis);
    if (!network && !fx_slice_starts_nocase(text, local))
        return "is not the address of a Redis server" FORMS;
    struct fx_slice rest = fx_slice_from(text, network ? redis.len : local.len);
    if ((wrong = take_credentials(&rest, uri)) != NULL)
        return wrong;
    return network ? parse_host(rest, uri) : parse_path(rest, uri);
}
