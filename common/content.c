/* content - see content.h. */
#include "content.h"

/* Postfix hands over the first 60,000 octets of a field, folds counted as LF. A line that
 * crosses the limit is cut there; one that begins beyond 54,000 is left out whole (tested
 * with 3.7). Where either may have happened, the longest line seen is a lower bound. */
#define FIELD_CUT 60000
#define FIELD_DROP 54000

/* Fields that Postfix adds to mail of local clients before a milter sees it. */
static bool added_by_mta(struct fx_slice name)
{
    return fx_slice_eq_nocase(name, FX_LIT("Message-ID")) ||
           fx_slice_eq_nocase(name, FX_LIT("Date")) || fx_slice_eq_nocase(name, FX_LIT("From"));
}

static void keep_message_id(struct fx_session *s, struct fx_slice value)
{
    if (!fx_kept_set(&s->message->message_id, fx_slice_trim(value),
                     (size_t)s->policy->limits.address))
        s->no_memory = true;
}

void fx_content_header(struct fx_session *s, const struct fx_event *event)
{
    struct fx_message *m = s->message;
    struct fx_slice name = event->text, rest = event->value, line;
    uint64_t octets = name.len + 1 + event->value.len;
    uint64_t before = name.len + 1; /* of the first line: name and colon */
    bool folded = false;

    m->field_line = before;
    m->size += octets + 2;
    if (added_by_mta(name))
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
    bool content_type = fx_slice_eq_nocase(name, FX_LIT("Content-Type"));
    if (content_type)
        m->content_types++;
    else if (fx_slice_eq_nocase(name, FX_LIT("Received")))
        m->received++;
    else if (fx_slice_eq_nocase(name, FX_LIT("X-Fixup-Policy")))
        m->tags++;
    else if (fx_slice_eq_nocase(name, FX_LIT("Message-ID")) && !m->message_id.told)
        keep_message_id(s, event->value);
    bool signature =
        m->signatures != NULL &&
        fx_signatures_field(m->signatures, name, event->value, s->now.wall / 1000000,
                            (size_t)s->policy->limits.signatures);
    if (!content_type && !signature)
        fx_embedded_see(&m->embedded, name, event->value);
    if (m->mime != NULL)
        fx_mime_header(m->mime, name, event->value);
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
