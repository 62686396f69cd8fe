/* html - see html.h. */
#include "html.h"

#include "digest.h"
#include "terminal.h"

#include <openssl/evp.h>

#include <string.h>

static const char *reference(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void ctl_html_add(struct fx_text *page, struct fx_slice s)
{
    char room[CTL_VISIBLE_ROOM];
    while (s.len > 0) {
        struct fx_slice out = ctl_visible(&s, room);
        const char *name = out.len == 1 ? reference(out.ptr[0]) : NULL;
        if (name != NULL)
            fx_text_add_str(page, name);
        else
            fx_text_add(page, out);
    }
}

void ctl_html_add_str(struct fx_text *page, const char *s)
{
    ctl_html_add(page, fx_slice_str(s));
}

static void add_base64(struct fx_text *page, const unsigned char *octets, size_t len)
{
    /* EVP_EncodeBlock ends what it writes with a NUL */
    unsigned char out[4 * 256 + 1];
    for (size_t at = 0; at < len;) {
        size_t take = len - at > 3 * 256 ? 3 * 256 : len - at;
        int got = EVP_EncodeBlock(out, octets + at, (int)take);
        fx_text_add(page, fx_slice((const char *)out, (size_t)got));
        at += take;
    }
}

void ctl_html_add_svg(struct fx_text *page, struct fx_slice svg)
{
    fx_text_add_str(page, "data:image/svg+xml;base64,");
    add_base64(page, (const unsigned char *)svg.ptr, svg.len);
}

bool ctl_html_add_hash(struct fx_text *page, struct fx_slice text)
{
    struct fx_digest digest;
    struct fx_hash *hash = fx_hash_create();
    if (hash == NULL)
        return false;
    fx_hash_add(hash, text);
    bool good = fx_hash_end(hash, &digest);
    fx_hash_destroy(hash);
    if (!good)
        return false;
    fx_text_add_str(page, "'sha256-");
    add_base64(page, digest.octets, sizeof digest.octets);
    fx_text_add_str(page, "'");
    return true;
}
