/* message - see message.h. Two machines of Postfix in a row: smtpd cuts the bytes into records,
 * cleanup (mime_state, cleanup_out_header) makes fields and body lines of them. */
#include "message.h"

#include "field.h"

#include <stdlib.h>
#include <string.h>

/* smtpd hands on lines longer than line_length_limit in pieces of this size. Only the pieces
 * explain what becomes of a NUL or of a very long field name. */
#define RECORD_MAX 2048
/* A cut field ends with a whole line when that costs at most a tenth of the limit. */
#define FIELD_NICE_CUT (FX_FIELD_PASSED - FX_FIELD_PASSED / 10)
#define MAILBOX_LINE "X-Mailbox-Line: "
/* A field grows while it is below the limit: by one record and the LF before it. */
#define FIELD_BUFFER (FX_FIELD_PASSED + RECORD_MAX + sizeof MAILBOX_LINE)

struct reader {
    const struct fx_message_source *source;
    fx_event_sink *sink;
    void *arg;
    struct fx_slice rest;
    bool first;    /* nothing but mailbox lines came yet */
    bool own;      /* the field before is the MTA's own Received, which no milter sees */
    bool carry_on; /* the record before did not end its line */
    bool in_body;
    char *field;
    size_t field_len;
    size_t name_len;
    char *body;
    size_t body_len;
};

/* A stray CR is handed on as a blank (cleanup_replace_stray_cr_lf, since 3.9 and 3.7.10). */
static void copy(char *to, struct fx_slice from)
{
    for (size_t i = 0; i < from.len; i++)
        to[i] = from.ptr[i] == '\r' ? ' ' : from.ptr[i];
}

static bool blank(char c)
{
    return fx_ascii_blank(c) || c == '\r';
}

/* Header text is handled as a C string: what follows a NUL in a record is lost, while the next
 * record and the next folded line are taken again. */
static struct fx_slice before_nul(struct fx_slice s)
{
    return fx_slice_first(s, fx_slice_find(s, '\0'));
}

/* One record as smtpd reads it. Any number of CRs before the LF belong to the line end, and the
 * last line counts as ended, as whoever sends the file has to end it. */
static bool next_record(struct reader *r, struct fx_slice *record, bool *whole)
{
    if (r->rest.len == 0)
        return false;
    size_t window = r->rest.len < RECORD_MAX ? r->rest.len : RECORD_MAX;
    struct fx_slice piece = fx_slice_first(r->rest, window);
    size_t end = fx_slice_find(piece, '\n');
    size_t taken = end;
    *whole = true;
    if (end < window) {
        taken = end + 1;
    } else if (window < r->rest.len && piece.ptr[window - 1] == '\r' &&
               r->rest.ptr[window] == '\n') {
        taken = window + 1; /* smtpd looks one further so as not to tear a CRLF */
    } else if (window < r->rest.len) {
        *whole = false;
    }
    while (*whole && end > 0 && piece.ptr[end - 1] == '\r')
        end--;
    *record = fx_slice_first(piece, end);
    r->rest = fx_slice_from(r->rest, taken);
    return true;
}

/* ">From ", ">>From ", ...: mboxrd writers put one '>' before each of these, mboxo writers
 * before "From " only, and both are undone by taking one off. */
static bool quoted_from(struct fx_slice s)
{
    size_t n = 0;
    while (n < s.len && s.ptr[n] == '>')
        n++;
    s = fx_slice_from(s, n);
    return n > 0 && s.len >= 5 && memcmp(s.ptr, "From ", 5) == 0;
}

/* Postfix takes these out before a milter sees the message (message_drop_headers). */
static bool dropped(struct fx_slice name)
{
    static const struct fx_slice names[] = {
        {"Bcc", 3}, {"Content-Length", 14}, {"Resent-Bcc", 10}, {"Return-Path", 11}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (fx_slice_eq_nocase(name, names[i]))
            return true;
    return false;
}

/* How much of the collected field is passed on: a line that crosses the limit goes as a whole
 * when that costs little, else it is cut at the limit (cleanup_out_header). */
static size_t passed(struct fx_slice field)
{
    size_t line = 0;
    while (line <= field.len) {
        size_t end = line + fx_slice_find(fx_slice_from(field, line), '\n');
        if (end > FX_FIELD_PASSED)
            return line > FIELD_NICE_CUT ? line - 1 : FX_FIELD_PASSED;
        line = end + 1;
    }
    return field.len;
}

static bool emit(struct reader *r, struct fx_event *event)
{
    event->time = r->source->time;
    return r->sink(r->arg, event);
}

static bool flush_field(struct reader *r)
{
    struct fx_slice field = fx_slice(r->field, r->field_len);
    struct fx_slice name = fx_slice_first(field, r->name_len);
    if (field.len == 0)
        return true;
    r->field_len = 0;
    if (dropped(name))
        return true;
    field = fx_slice_first(field, passed(field));
    struct fx_event event = {
        .kind = FX_EVENT_HEADER, .text = name, .value = fx_slice_from(field, name.len + 1)};
    return emit(r, &event);
}

static void add_to_field(struct reader *r, struct fx_slice s)
{
    s = before_nul(s);
    copy(r->field + r->field_len, s);
    r->field_len += s.len;
}

static bool flush_body(struct reader *r)
{
    if (r->body_len == 0)
        return true;
    struct fx_event event = {.kind = FX_EVENT_BODY, .text = fx_slice(r->body, r->body_len)};
    r->body_len = 0;
    return emit(r, &event);
}

static bool add_to_body(struct reader *r, struct fx_slice s)
{
    while (s.len > 0) {
        struct fx_slice part = fx_slice_first(s, FX_BODY_CHUNK - r->body_len);
        copy(r->body + r->body_len, part);
        r->body_len += part.len;
        s = fx_slice_from(s, part.len);
        if (r->body_len == FX_BODY_CHUNK && !flush_body(r))
            return false;
    }
    return true;
}

static bool body_record(struct reader *r, struct fx_slice record, bool whole)
{
    if (!add_to_body(r, record))
        return false;
    if (!whole)
        return true;
    /* Not through copy(): this CR is no stray one. */
    for (size_t i = 0; i < 2; i++) {
        r->body[r->body_len++] = "\r\n"[i];
        if (r->body_len == FX_BODY_CHUNK && !flush_body(r))
            return false;
    }
    return true;
}

static bool end_of_header(struct reader *r, struct fx_slice record, bool whole)
{
    struct fx_event event = {.kind = FX_EVENT_EOH};
    r->in_body = true;
    if (!emit(r, &event))
        return false;
    /* An empty line separates; any other line that is no field is the first of the body. */
    return record.len == 0 || body_record(r, record, whole);
}

static bool header_record(struct reader *r, struct fx_slice record, bool whole)
{
    struct fx_field field;
    size_t at;
    bool folded = record.len > 0 && blank(record.ptr[0]);
    if (r->own && (r->carry_on || folded))
        return true;
    r->own = false;
    if (r->field_len > 0 && (r->carry_on || folded)) {
        if (r->field_len >= FX_FIELD_PASSED)
            return true;
        if (!r->carry_on)
            r->field[r->field_len++] = '\n';
        add_to_field(r, record);
        return true;
    }
    if (!flush_field(r))
        return false;
    if (!fx_field_split(record, &field, &at))
        return end_of_header(r, record, whole);
    r->name_len = field.name.len;
    add_to_field(r, field.name);
    add_to_field(r, FX_LIT(":")); /* "name :" is passed on as "name:" */
    add_to_field(r, field.value);
    return true;
}

/* smtpd's part: a mailbox line at the very start becomes a field, and a message that begins
 * with a blank has no header. */
static bool one_record(struct reader *r, struct fx_slice record, bool whole)
{
    char mailbox[sizeof MAILBOX_LINE + RECORD_MAX];
    bool text = true;
    if (r->first) {
        size_t n = 0;
        while (n < record.len && record.ptr[n] == '>')
            n++;
        if (record.len - n >= 5 && memcmp(record.ptr + n, "From ", 5) == 0) {
            record = before_nul(record);
            memcpy(mailbox, MAILBOX_LINE, sizeof MAILBOX_LINE - 1);
            memcpy(mailbox + sizeof MAILBOX_LINE - 1, record.ptr, record.len);
            record = fx_slice(mailbox, sizeof MAILBOX_LINE - 1 + record.len);
        } else {
            r->first = false;
            if (record.len > 0 && fx_ascii_blank(record.ptr[0])) {
                text = header_record(r, FX_LIT(""), true);
                r->carry_on = false;
            }
        }
    }
    if (text)
        text = r->in_body ? body_record(r, record, whole) : header_record(r, record, whole);
    r->carry_on = !whole;
    return text;
}

static bool read_all(struct reader *r)
{
    struct fx_slice record;
    bool whole;
    while (true) {
        if (r->source->unquote_from && !r->carry_on && quoted_from(r->rest))
            r->rest = fx_slice_from(r->rest, 1);
        if (!next_record(r, &record, &whole))
            break;
        if (!one_record(r, record, whole))
            return false;
    }
    if (!flush_field(r))
        return false;
    if (!r->in_body)
        return end_of_header(r, FX_LIT(""), true);
    return flush_body(r);
}

bool fx_message_events(const struct fx_message_source *source, fx_event_sink *sink, void *arg)
{
    struct reader r = {.source = source,
                       .sink = sink,
                       .arg = arg,
                       .rest = source->bytes,
                       .first = true,
                       .own = true};
    r.field = malloc(FIELD_BUFFER);
    r.body = malloc(FX_BODY_CHUNK);
    bool done = r.field != NULL && r.body != NULL && read_all(&r);
    free(r.field);
    free(r.body);
    return done;
}
