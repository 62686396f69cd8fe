/* body_reference - see body_reference.h. Slow, and meant to be seen to be right. */
#include "body_reference.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

/* Octets up to the next CRLF, or all. */
static size_t line_length(const char *p, size_t n)
{
    size_t i = 0;
    while (i < n && !(i + 1 < n && p[i] == '\r' && p[i + 1] == '\n'))
        i++;
    return i;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static size_t relaxed_line(char *out, const char *p, size_t n)
{
    size_t len = 0;
    while (n > 0 && is_blank(p[n - 1]))
        n--;
    for (size_t i = 0; i < n; i++) {
        if (!is_blank(p[i]))
            out[len++] = p[i];
        else if (i == 0 || !is_blank(p[i - 1]))
            out[len++] = ' ';
    }
    return len;
}

char *body_reference(enum fx_canon canon, struct fx_slice body, size_t *size)
{
    char *out = malloc(body.len + 2);
    size_t len = 0, end = 0; /* end: of the last line that is not empty */
    if (out == NULL)
        return NULL;
    for (size_t at = 0; at < body.len;) {
        size_t n = line_length(body.ptr + at, body.len - at);
        size_t line = n;
        if (canon == FX_CANON_RELAXED)
            line = relaxed_line(out + len, body.ptr + at, n);
        else
            memcpy(out + len, body.ptr + at, n);
        memcpy(out + len + line, "\r\n", 2);
        len += line + 2;
        if (line > 0)
            end = len;
        at += n + 2;
    }
    if (end == 0 && canon == FX_CANON_SIMPLE) {
        memcpy(out, "\r\n", 2);
        end = 2;
    }
    *size = end;
    return out;
}

bool body_reference_digest(enum fx_body_digest digest, const char *canonical, size_t size,
                           const struct fx_bodyhash_want *want, unsigned char *out)
{
    const EVP_MD *md = digest == FX_BODY_SHA1 ? EVP_sha1() : EVP_sha256();
    if (want->limited && want->length < size)
        size = (size_t)want->length;
    memset(out, 0, FX_BODYHASH_MAX);
    return EVP_Digest(canonical, size, out, NULL, md, NULL) == 1;
}
