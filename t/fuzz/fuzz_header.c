/* fuzz_header - the bytes of a message file as events, its fields, and what is said of its
 * signatures: each body hash beside the slow reference.
 *
 * Input: the bytes.
 */
#include "body_reference.h"
#include "embedded.h"
#include "field.h"
#include "fuzz.h"
#include "message.h"
#include "signatures.h"

#include <stdlib.h>
#include <string.h>

#define SIGNATURES 8

struct seen {
    struct fx_signatures *all;
    struct fx_embedded embedded;
    bool eoh;
    char *body; /* all of it */
    size_t body_len, body_cap;
};

/* "Name:value" is split where it was put together, or the name is none. */
static void look_at_field(struct fx_slice name, struct fx_slice value)
{
    char *text = malloc(name.len + 1 + value.len);
    struct fx_field field;
    size_t at, bad;
    HOLDS(text != NULL);
    memcpy(text, name.ptr, name.len);
    text[name.len] = ':';
    memcpy(text + name.len + 1, value.ptr, value.len);
    struct fx_slice whole = fx_slice(text, name.len + 1 + value.len);
    if (fx_field_name(name, &bad)) {
        HOLDS(fx_field_split(whole, &field, &at));
        HOLDS(field.name.len == name.len && field.value.len == value.len);
        HOLDS(field.name.ptr == text && field.value.ptr == text + name.len + 1);
    }
    free(text);
}

/* Nothing that an MTA would not hand over: no NUL, no CR, LF but in folds. */
static void look_at_octets(struct fx_slice name, struct fx_slice value)
{
    HOLDS(fx_slice_find(name, '\n') == name.len && fx_slice_find(name, '\r') == name.len);
    HOLDS(fx_slice_find(name, '\0') == name.len && fx_slice_find(value, '\0') == value.len);
    HOLDS(fx_slice_find(value, '\r') == value.len);
    for (size_t i = 0; i < value.len; i++)
        HOLDS(value.ptr[i] != '\n' || i + 1 == value.len || value.ptr[i + 1] == ' ' ||
              value.ptr[i + 1] == '\t');
}

/* Any octets: no read outside, and what comes out is a name and what is behind its colon. */
static void look_at_split(struct fx_slice text)
{
    struct fx_field field;
    size_t at, bad;
    if (fx_field_split(text, &field, &at)) {
        HOLDS(fx_field_name(field.name, &bad) && field.name.ptr == text.ptr);
        HOLDS(text.len - field.value.len > field.name.len);
        HOLDS(text.ptr[text.len - field.value.len - 1] == ':');
    } else {
        HOLDS(at <= text.len);
    }
}

static void look_at_embedded(struct fx_slice value)
{
    enum fx_grade grade;
    size_t at;
    if (!fx_embedded_find(value, &grade, &at))
        return;
    HOLDS(grade < FX_GRADE_COUNT && at <= value.len);
    HOLDS(fx_slice_starts_nocase(fx_slice_from(value, at), FX_LIT("Content-Type")));
}

static void add_body(struct seen *seen, struct fx_slice chunk)
{
    if (seen->body_cap - seen->body_len < chunk.len) {
        seen->body_cap = (seen->body_cap + chunk.len) * 2;
        seen->body = realloc(seen->body, seen->body_cap);
        HOLDS(seen->body != NULL);
    }
    memcpy(seen->body + seen->body_len, chunk.ptr, chunk.len);
    seen->body_len += chunk.len;
}

static bool take(void *arg, const struct fx_event *event)
{
    struct seen *seen = arg;
    switch (event->kind) {
    case FX_EVENT_HEADER:
        HOLDS(!seen->eoh);
        HOLDS(event->text.len + 1 + event->value.len <= FX_FIELD_PASSED);
        look_at_octets(event->text, event->value);
        look_at_field(event->text, event->value);
        look_at_embedded(event->value);
        fx_embedded_see(&seen->embedded, event->text, event->value);
        fx_signatures_field(seen->all, fx_field_kind(event->text), event->text, event->value,
                            1795255200, SIGNATURES);
        break;
    case FX_EVENT_EOH:
        HOLDS(!seen->eoh);
        seen->eoh = true;
        fx_signatures_header_end(seen->all, true);
        break;
    default:
        HOLDS(event->kind == FX_EVENT_BODY && seen->eoh);
        HOLDS(event->text.len > 0 && event->text.len <= FX_BODY_CHUNK);
        add_body(seen, event->text);
        fx_signatures_body(seen->all, event->text);
        break;
    }
    return true;
}

static void compare(const struct fx_signature_seen *s, struct fx_slice body)
{
    unsigned char should[FX_BODYHASH_MAX];
    size_t size;
    char *canonical = body_reference(s->want.canon, body, &size);
    HOLDS(canonical != NULL);
    HOLDS(body_reference_digest(s->want.digest, canonical, size, &s->want, should));
    bool match = memcmp(should, s->body_hash, fx_body_digest_octets(s->want.digest)) == 0;
    free(canonical);
    if (s->want.limited && s->want.length > size)
        HOLDS(s->result == FX_BODY_RESULT_UNCHECKED);
    else
        HOLDS(s->result == (match ? FX_BODY_RESULT_MATCH : FX_BODY_RESULT_MISMATCH));
}

FUZZ_TARGET(header)
{
    static struct fx_signatures *all; /* one for all, as messages of a connection have it */
    struct fuzz_input in = {(const char *)data, size};
    struct fx_slice bytes = fuzz_rest(&in);
    const struct fx_message_source source = {.bytes = bytes};
    if (all == NULL)
        all = fx_signatures_create();
    HOLDS(all != NULL);
    fx_signatures_reset(all);
    struct seen seen = {.all = all};
    look_at_split(bytes);
    look_at_embedded(bytes);
    HOLDS(fx_message_events(&source, take, &seen));
    HOLDS(seen.eoh);
    fx_signatures_end(all);
    HOLDS(all->count <= SIGNATURES && !all->no_memory);
    for (size_t i = 0; i < all->count; i++)
        if (all->list[i].wants_body)
            compare(&all->list[i], fx_slice(seen.body, seen.body_len));
        else
            HOLDS(all->list[i].result == FX_BODY_RESULT_UNCHECKED);
    free(seen.body);
    free((void *)(uintptr_t)bytes.ptr);
}
