/* socketmap - see socketmap.h. */
#include "socketmap.h"

#include <string.h>

void fx_socketmap_init(struct fx_socketmap *m)
{
    m->state = FX_SOCKETMAP_AT_START;
    m->length = m->got = 0;
    m->fault = NULL;
}

static enum fx_socketmap_step lost(struct fx_socketmap *m, const char *fault)
{
    m->state = FX_SOCKETMAP_LOST;
    m->fault = fault;
    return FX_SOCKETMAP_FAULT;
}

/* One octet of "LENGTH:"; false after a fault. */
static bool take_length(struct fx_socketmap *m, char c)
{
    bool digit = fx_ascii_digit(c);
    if (m->state == FX_SOCKETMAP_AT_START && digit) {
        m->state = FX_SOCKETMAP_AT_LENGTH;
        m->length = (size_t)(c - '0');
        m->got = 0;
        return true;
    }
    if (m->state == FX_SOCKETMAP_AT_LENGTH && c == ':') {
        m->state = FX_SOCKETMAP_AT_TEXT;
        return true;
    }
    if (!digit) {
        lost(m, "the request is not a netstring");
        return false;
    }
    if (m->length == 0) {
        lost(m, "the length of the request begins with 0");
        return false;
    }
    m->length = m->length * 10 + (size_t)(c - '0');
    if (m->length > FX_SOCKETMAP_REQUEST_MAX) {
        lost(m, "the request is too long");
        return false;
    }
    return true;
}

static void take_text(struct fx_socketmap *m, struct fx_slice *input)
{
    struct fx_slice part = fx_slice_first(*input, m->length - m->got);
    if (m->got < sizeof m->kept) {
        struct fx_slice keep = fx_slice_first(part, sizeof m->kept - m->got);
        memcpy(m->kept + m->got, keep.ptr, keep.len);
    }
    m->got += part.len;
    *input = fx_slice_from(*input, part.len);
    if (m->got == m->length)
        m->state = FX_SOCKETMAP_AT_COMMA;
}

static enum fx_socketmap_step finish(struct fx_socketmap *m, char c,
                                     struct fx_socketmap_request *request)
{
    if (c != ',')
        return lost(m, "the request does not end with a comma");
    struct fx_slice text = fx_slice_first(fx_slice(m->kept, sizeof m->kept), m->length);
    size_t blank = fx_slice_find(text, ' ');
    if (blank == text.len)
        return lost(m, "the request has no blank after the name of a map");
    m->state = FX_SOCKETMAP_AT_START;
    *request = (struct fx_socketmap_request){.name = fx_slice_first(text, blank),
                                             .key = fx_slice_from(text, blank + 1),
                                             .cut = m->length > sizeof m->kept};
    return FX_SOCKETMAP_REQUEST;
}

enum fx_socketmap_step fx_socketmap_feed(struct fx_socketmap *m, struct fx_slice *input,
                                         struct fx_socketmap_request *request)
{
    while (input->len > 0 && m->state != FX_SOCKETMAP_LOST) {
        char c = input->ptr[0];
        if (m->state == FX_SOCKETMAP_AT_TEXT) {
            take_text(m, input);
            continue;
        }
        *input = fx_slice_from(*input, 1);
        if (m->state == FX_SOCKETMAP_AT_COMMA)
            return finish(m, c, request);
        if (!take_length(m, c))
            break;
    }
    return m->state == FX_SOCKETMAP_LOST ? FX_SOCKETMAP_FAULT : FX_SOCKETMAP_MORE;
}

bool fx_socketmap_within(const struct fx_socketmap *m)
{
    return m->state != FX_SOCKETMAP_AT_START && m->state != FX_SOCKETMAP_LOST;
}

const char *fx_socketmap_fault(const struct fx_socketmap *m)
{
    return m->fault;
}

void fx_socketmap_add_reply(struct fx_text *out, enum fx_socketmap_reply kind,
                            struct fx_slice text)
{
    static const struct fx_slice words[] = {
        [FX_SOCKETMAP_OK] = FX_LIT("OK "),     [FX_SOCKETMAP_NOTFOUND] = FX_LIT("NOTFOUND "),
        [FX_SOCKETMAP_TEMP] = FX_LIT("TEMP "), [FX_SOCKETMAP_TIMEOUT] = FX_LIT("TIMEOUT "),
        [FX_SOCKETMAP_PERM] = FX_LIT("PERM "),
    };
    struct fx_slice word = words[kind];
    fx_text_add_u64(out, word.len + text.len);
    fx_text_add_char(out, ':');
    fx_text_add(out, word);
    fx_text_add(out, text);
    fx_text_add_char(out, ',');
}
