/* content - see content.h. */
#include "content.h"

#include "grow.h"

#include <string.h>

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
    value = fx_slice_trim(value);
    if (!fx_kept_set(&s->message->message_id, value, (size_t)s->policy->limits.address))
        s->no_memory = true;
    if (s->message->message_id.cut)
        fx_session_over(s, FX_LIMIT_ADDRESS, value.len);
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

void fx_content_name(void *arg, const struct fx_mime_name *name)
{
    struct fx_session *s = arg;
    struct fx_message *m = s->message;
    m->names_seen++;
    if (m->beyond)
        return;
    if (m->name_count == FX_FILE_NAMES_MAX) {
        fx_session_over(s, FX_LIMIT_FILE_NAMES, m->names_seen);
        return;
    }
    if (m->name_count == m->name_cap) {
        struct fx_file_name *bigger = fx_grown(m->names, &m->name_cap, sizeof *bigger);
        if (bigger == NULL) {
            s->no_memory = true;
            return;
        }
        m->names = bigger;
    }
    struct fx_file_name *kept = &m->names[m->name_count++];
    *kept = (struct fx_file_name){.octets = name->octets,
                                  .at_least = name->at_least,
                                  .sign_behind = name->sign_behind,
                                  .nested = name->nested,
                                  .parameter = name->parameter};
    kept->text_len = name->text.len < sizeof kept->text ? name->text.len : sizeof kept->text;
    if (kept->text_len > 0)
        memcpy(kept->text, name->text.ptr, kept->text_len);
}

/* Whether the field is to be looked into. Beyond a limit no more is kept of it than of any
 * other: its length and its name count, for these are what somebody could want to hide there,
 * and so do Content-Type in it and the way into the body. */
static bool within_limits(struct fx_session *s, uint64_t octets)
{
    struct fx_message *m = s->message;
    const struct fx_limits *limits = &s->policy->limits;
    m->fields++;
    m->header_octets += octets + 2;
    if (m->fields > limits->header_fields)
        fx_session_over(s, FX_LIMIT_HEADER_FIELDS, m->fields);
    if (m->header_octets > limits->header_octets)
        fx_session_over(s, FX_LIMIT_HEADER_OCTETS, m->header_octets);
    if (octets > limits->line)
        fx_session_over(s, FX_LIMIT_LINE, octets);
    m->beyond = m->fields > limits->header_fields || m->header_octets > limits->header_octets;
    return !m->beyond && octets <= limits->line;
}

void fx_content_header(struct fx_session *s, const struct fx_event *event)
{
    struct fx_message *m = s->message;
    struct fx_slice name = event->text, value = event->value;
    enum fx_field_kind kind = fx_field_kind(name);

    measure(m, kind, name.len + 1, value);
    count(s, kind, value);
    bool whole = within_limits(s, name.len + 1 + value.len);
    bool signature =
        m->signatures != NULL &&
        fx_signatures_field(m->signatures, kind, name, value, s->now.wall / 1000000,
                            whole ? (size_t)s->policy->limits.signatures : 0);
    if (kind != FX_FIELD_CONTENT_TYPE && !signature)
        fx_embedded_see(&m->embedded, name, value);
    if (m->mime != NULL) {
        size_t most = (size_t)s->policy->limits.line;
        fx_mime_header(m->mime, name, fx_slice_first(value, most), value.len > most);
    }
    m->beyond = false;
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

/* Words of a signature stand in the record as others do. */
static void word_limit(struct fx_session *s, const struct fx_piece *piece)
{
    if (piece->len > s->policy->limits.address || piece->len > FX_RECORD_WORD_MAX)
        fx_session_over(s, FX_LIMIT_ADDRESS, piece->len);
}

static void signature_limits(struct fx_session *s)
{
    const struct fx_signatures *all = s->message->signatures;
    uint64_t there = 0;
    for (size_t i = 0; i < FX_SIGNATURE_KINDS; i++)
        there += all->kinds[i];
    if (there > s->policy->limits.signatures)
        fx_session_over(s, FX_LIMIT_SIGNATURES, there);
    if (all->full)
        fx_session_over(s, FX_LIMIT_SIGNATURE_OCTETS, 0);
    if (!fx_field_names_complete(all->names) || all->listed_lost)
        fx_session_over(s, FX_LIMIT_FIELD_NAMES, 0);
    for (size_t i = 0; i < all->count; i++) {
        word_limit(s, &all->list[i].domain);
        word_limit(s, &all->list[i].selector);
        word_limit(s, &all->list[i].algorithm);
    }
}

static void mime_limits(struct fx_session *s)
{
    unsigned limited = fx_mime_limited(s->message->mime);
    if ((limited & FX_MIME_OVER_FIELD) != 0)
        fx_session_over(s, FX_LIMIT_MIME_FIELD, 0);
    if ((limited & FX_MIME_OVER_PARAMETER) != 0)
        fx_session_over(s, FX_LIMIT_MIME_PARAMETER, 0);
    if ((limited & FX_MIME_OVER_DEPTH) != 0)
        fx_session_over(s, FX_LIMIT_MIME_DEPTH, 0);
}

void fx_content_header_end(struct fx_session *s)
{
    struct fx_message *m = s->message;
    if (m->signatures == NULL)
        return;
    fx_signatures_header_end(m->signatures, fx_ruleset_body_hash(m->rules));
    signature_limits(s);
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
    if (m->mime != NULL) {
        fx_mime_end(m->mime);
        mime_limits(s);
    }
}
