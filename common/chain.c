/* chain - see chain.h. */
#include "chain.h"

#include <stdlib.h>
#include <string.h>

static const struct fx_slice prev_key = FX_LIT(",\"prev\":\"");
static const struct fx_slice hash_key = FX_LIT("\",\"hash\":\"");
static const struct fx_slice line_end = FX_LIT("\"}");
static const struct fx_slice line_begin = FX_LIT("{\"v\":");
/* What a key's id is the HMAC of. */
static const struct fx_slice id_text = FX_LIT("fixup-milter key");

struct fx_chain {
    struct fx_hash *hash;
    bool keyed;
    char key_id[FX_CHAIN_ID + 1];
};

void fx_chain_begin(struct fx_chain_place *place)
{
    *place = (struct fx_chain_place){.hash = FX_CHAIN_ZEROS};
}

struct fx_chain *fx_chain_create(struct fx_slice key)
{
    struct fx_chain *chain = calloc(1, sizeof *chain);
    char id[FX_CHAIN_HEX + 1];
    if (chain == NULL)
        return NULL;
    chain->keyed = fx_slice_told(key);
    chain->hash = chain->keyed ? fx_hash_create_keyed(key) : fx_hash_create();
    if (chain->hash == NULL || (chain->keyed && !fx_chain_hash(chain, id_text, id))) {
        fx_chain_destroy(chain);
        return NULL;
    }
    if (chain->keyed)
        memcpy(chain->key_id, id, FX_CHAIN_ID);
    return chain;
}

void fx_chain_destroy(struct fx_chain *chain)
{
    if (chain == NULL)
        return;
    fx_hash_destroy(chain->hash);
    free(chain);
}

const char *fx_chain_algorithm(const struct fx_chain *chain)
{
    return chain->keyed ? "hmac-sha256" : "sha256";
}

const char *fx_chain_key_id(const struct fx_chain *chain)
{
    return chain->key_id;
}

bool fx_chain_hash(struct fx_chain *chain, struct fx_slice hashed, char out[FX_CHAIN_HEX + 1])
{
    struct fx_digest digest;
    fx_hash_add(chain->hash, hashed);
    if (!fx_hash_end(chain->hash, &digest))
        return false;
    fx_hex(digest.octets, sizeof digest.octets, out);
    return true;
}

bool fx_chain_close_line(struct fx_chain *chain, const struct fx_chain_place *last,
                         struct fx_text *line, struct fx_chain_place *now)
{
    struct fx_chain_place next = {.seq = last->seq + 1};
    fx_text_add(line, prev_key);
    fx_text_add_str(line, last->hash);
    fx_text_add_char(line, '"');
    if (line->overflow || !fx_chain_hash(chain, fx_text_slice(line), next.hash))
        return false;
    fx_text_add(line, fx_slice_from(hash_key, 1));
    fx_text_add_str(line, next.hash);
    fx_text_add(line, line_end);
    if (line->overflow)
        return false;
    *now = next;
    return true;
}

static bool hex_digits(struct fx_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!fx_ascii_digit(s.ptr[i]) && (s.ptr[i] < 'a' || s.ptr[i] > 'f'))
            return false;
    return true;
}

/* Takes so many octets off the end of *rest. */
static struct fx_slice take_last(struct fx_slice *rest, size_t n)
{
    if (n > rest->len)
        n = rest->len;
    struct fx_slice last = fx_slice_from(*rest, rest->len - n);
    *rest = fx_slice_first(*rest, rest->len - n);
    return last;
}

static void read_chain(struct fx_slice line, struct fx_link *link)
{
    struct fx_slice rest = line, hash, prev;
    link->chained = fx_slice_eq(take_last(&rest, line_end.len), line_end) &&
                    (hash = take_last(&rest, FX_CHAIN_HEX)).len == FX_CHAIN_HEX &&
                    hex_digits(hash) && fx_slice_eq(take_last(&rest, hash_key.len), hash_key) &&
                    (prev = take_last(&rest, FX_CHAIN_HEX)).len == FX_CHAIN_HEX &&
                    hex_digits(prev) && fx_slice_eq(take_last(&rest, prev_key.len), prev_key);
    if (!link->chained)
        return;
    link->hash = hash;
    link->prev = prev;
    /* up to and with the quote that ends prev */
    link->hashed = fx_slice_first(line, (size_t)(hash.ptr - line.ptr) - hash_key.len + 1);
}

/* The end of the string that begins at `at`, after its quote; s.len: it has none. */
static size_t string_end(struct fx_slice s, size_t at)
{
    size_t i = at + 1;
    while (i < s.len && s.ptr[i] != '"')
        i += s.ptr[i] == '\\' ? 2 : 1;
    return i < s.len ? i + 1 : s.len;
}

/* What follows the colon of a member of the outermost object, up to the end of the line. */
static struct fx_slice value_of(struct fx_slice line, struct fx_slice name)
{
    size_t depth = 0;
    for (size_t i = 0; i < line.len;) {
        char c = line.ptr[i];
        if (c != '"') {
            if (c == '{' || c == '[')
                depth++;
            else if ((c == '}' || c == ']') && depth > 0)
                depth--;
            i++;
            continue;
        }
        size_t end = string_end(line, i);
        if (depth == 1 && end < line.len && line.ptr[end] == ':' &&
            fx_slice_eq(fx_slice(line.ptr + i + 1, end - i - 2), name))
            return fx_slice_from(line, end + 1);
        i = end;
    }
    return FX_ABSENT;
}

struct fx_slice fx_link_member(struct fx_slice line, const char *name)
{
    struct fx_slice value = value_of(line, fx_slice_str(name));
    if (!fx_slice_told(value) || value.len == 0 || value.ptr[0] != '"')
        return FX_ABSENT;
    value = fx_slice_from(value, 1);
    size_t end = fx_slice_find(value, '"');
    return end < value.len ? fx_slice_first(value, end) : FX_ABSENT;
}

bool fx_link_has(struct fx_slice line, const char *name)
{
    return fx_slice_told(value_of(line, fx_slice_str(name)));
}

struct fx_slice fx_link_object(struct fx_slice line, const char *name)
{
    struct fx_slice value = value_of(line, fx_slice_str(name));
    size_t depth = 0;
    if (!fx_slice_told(value) || value.len == 0 || value.ptr[0] != '{')
        return FX_ABSENT;
    for (size_t i = 0; i < value.len;) {
        char c = value.ptr[i];
        if (c == '{')
            depth++;
        else if (c == '}' && --depth == 0)
            return fx_slice_first(value, i + 1);
        i = c == '"' ? string_end(value, i) : i + 1;
    }
    return FX_ABSENT;
}

bool fx_link_number(struct fx_slice line, const char *name, uint64_t *value)
{
    struct fx_slice text = value_of(line, fx_slice_str(name));
    size_t digits = 0;
    while (digits < text.len && fx_ascii_digit(text.ptr[digits]))
        digits++;
    return fx_slice_u64(fx_slice_first(text, digits), value);
}

bool fx_link_read(struct fx_slice line, struct fx_link *link)
{
    if (!fx_slice_eq(fx_slice_first(line, line_begin.len), line_begin) ||
        line.ptr[line.len - 1] != '}')
        return false;
    *link = (struct fx_link){.type = fx_link_member(line, "type")};
    (void)fx_link_number(line, "seq", &link->seq);
    read_chain(line, link);
    return true;
}

bool fx_link_of_daemon(const struct fx_link *link)
{
    static const struct fx_slice types[] = {FX_LIT("start"), FX_LIT("reload"), FX_LIT("stop"),
                                            FX_LIT("head")};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (fx_slice_eq(link->type, types[i]))
            return true;
    return false;
}
