/* content - see content.h. */
#include "content.h"

/* Postfix hands over the first 60,000 octets of a field, folds counted as LF. A line that
 * crosses the limit is cut there; one that begins beyond 54,000 is left out whole (tested
 * with 3.7). Where either may have happened, the longest line seen is a lower bound. */
#define FIELD_CUT 60000
#define FIELD_DROP 54000

/* Fields that Postfix adds to mail of local clients before a milter sees it. */
static bool added_by_mta(enum fx_field_kind kind)
{
    return kind == FX_FIELD_MESSAGE_ID || kind == FX_FIELD_DATE || kind == FX_FIELD_FROM;
}

static void keep_message_id(struct fx_session *s, struct fx_slice value)
{
    if (!fx_kept_set(&s->message->message_id, fx_slice_trim(value),
                     (size_t)s->policy->limits.address))
        s->no_memory = true;
}

/* Size and lines; before: octets of the name and the colon. */
static void measure(struct fx_message *m, enum fx_field_kind kind, uint64_t before,
                    struct fx_slice value)
{
    uint64_t octets = before + value.len;
    struct fx_slice rest = value, line;
    bool folded = false;

    m->field_line = before; /* the first line has name and colon */
    m->size += octets + 2;
    if (added_by_mta(kind))
        m->size_added += octets + 2;
    while (fx_slice_line(&rest, &line)) {
        if (before + line.len > m->field_line)
            m->field_line = before + line.len;
        if (rest.len > 0) {
            folded = true;
            if (line.ptr[line.len] == '\n')
                m->size++; /* the fold came as LF and goes out as CRLF */
        }
        before = 0;
    }
    m->field_line_at_least = octets >= (folded ? FIELD_DROP : FIELD_CUT);
}

static void count(struct fx_session *s, enum fx_field_kind kind, struct fx_slice value)
{
    struct fx_message *m = s->message;
    switch (kind) {
    case FX_FIELD_CONTENT_TYPE:
        m->content_types++;
        break;
    case FX_FIELD_RECEIVED:
        m->received++;
        break;
    case FX_FIELD_POLICY:
        m->tags++;
        break;
    case FX_FIELD_MESSAGE_ID:
        if (!m->message_id.told)
            keep_message_id(s, value);
        break;
    default:
        break;
    }
}

void fx_content_header(struct fx_session *s, const struct fx_event *event)
{
    struct fx_message *m = s->message;
    struct fx_slice name = event->text, value = event->value;
    enum fx_field_kind kind = fx_field_kind(name);

    measure(m, kind, name.len + 1, value);
    count(s, kind, value);
    bool signature =
        m->signatures != NULL &&
        fx_signatures_field(m->signatures, kind, name, value, s->now.wall / 1000000,
                            (size_t)s->policy->limits.signatures);
    if (kind != FX_FIELD_CONTENT_TYPE && !signature)
        fx_embedded_see(&m->embedded, name, value);
    if (m->mime != NULL)
        fx_mime_header(m->mime, name, value);
}

void fx_content_body(struct fx_message *m, struct fx_slice chunk)
{
    m->size += chunk.len;
    fx_scan_body(&m->body, chunk);
    if (m->signatures != NULL)
        fx_signatures_body(m->signatures, chunk);
    if (m->mime != NULL)
        fx_mime_body(m->mime, chunk);
}

void fx_content_header_end(struct fx_session *s)
{
    struct fx_message *m = s->message;
    if (m->signatures != NULL)
        fx_signatures_header_end(m->signatures, fx_ruleset_body_hash(m->rules));
}

void fx_content_end(struct fx_session *s)
{
    struct fx_message *m = s->message;
    fx_scan_end(&m->body);
    if (m->signatures != NULL) {
        fx_signatures_end(m->signatures);
        if (m->signatures->no_memory)
            s->no_memory = true;
    }
    if (m->mime != NULL)
        fx_mime_end(m->mime);
}
