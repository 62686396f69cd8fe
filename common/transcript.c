/* transcript - see transcript.h. Here the lines are read and the client's side is put together
 * as one stream of bytes and cut into commands and data; transcript_session.c joins commands
 * and replies. */
#include "transcript.h"

#include "address.h"
#include "transcript_line.h"
#include "transcript_session.h"

#include <string.h>

#define SNIFF_LINES 20
#define GREETING 220

struct reader {
    const struct fx_transcript_source *source;
    enum fx_transcript_format format;
    struct fx_transcript_session session;
    uint64_t line;     /* number of the current line */
    struct fx_text in; /* bytes of the client that are not used yet */
    size_t in_at;      /* the first of them */
    size_t scanned;    /* data: the line that begins here is not looked at yet */
    bool outside;      /* data outside DATA was reported for this run of lines */
};

static void fault(struct reader *r, const char *what)
{
    if (r->source->fault != NULL)
        r->source->fault(r->source->arg, r->line, what);
}

static struct fx_slice unused(const struct reader *r)
{
    return fx_slice_from(fx_text_slice(&r->in), r->in_at);
}

static struct fx_slice without_cr(struct fx_slice s)
{
    while (s.len > 0 && s.ptr[s.len - 1] == '\r')
        s.len--;
    return s;
}

/* One command; line is without the end that `terminator` names. */
static void command(struct reader *r, struct fx_slice line, enum fx_terminator terminator)
{
    struct fx_transcript_session *s = &r->session;
    struct fx_wire wire = {.pipelined = !s->has_replies                    ? FX_UNKNOWN
                                        : fx_transcript_session_waiting(s) ? FX_YES
                                                                           : FX_NO};
    if (r->format == FX_TRANSCRIPT_PLAIN) { /* the others do not show the wire */
        wire.terminator = terminator;
        wire.line_octets = line.len;
    }
    if (s->mode == FX_TRANSCRIPT_ANSWER)
        s->mode = FX_TRANSCRIPT_COMMANDS;
    else
        fx_transcript_session_command(s, without_cr(line), &wire);
}

/* The next command off the stream; false when its line has not ended yet. */
static bool take_command(struct reader *r)
{
    struct fx_slice in = unused(r);
    size_t end = fx_slice_find(in, '\n');
    if (end == in.len)
        return false;
    bool crlf = end > 0 && in.ptr[end - 1] == '\r';
    r->in_at += end + 1;
    command(r, fx_slice_first(in, crlf ? end - 1 : end),
            crlf ? FX_TERMINATOR_CRLF : FX_TERMINATOR_LF);
    /* swaks and logs without any reply: only message data can follow DATA. */
    if (!r->session.has_replies && r->format != FX_TRANSCRIPT_PLAIN)
        fx_transcript_session_data_follows(&r->session);
    return true;
}

/* Undoes dot-stuffing (RFC 5321 section 4.5.2) in the stream's own memory; returns the length.
 */
static size_t unstuff(char *bytes, size_t len)
{
    size_t to = 0;
    bool start = true;
    for (size_t from = 0; from < len; from++) {
        bool stuffed = start && bytes[from] == '.';
        start = bytes[from] == '\n';
        if (!stuffed)
            bytes[to++] = bytes[from];
    }
    return to;
}

static void end_data(struct reader *r, size_t len, bool answered)
{
    size_t plain = len == 0 ? 0 : unstuff(r->in.data + r->in_at, len);
    fx_transcript_session_message(&r->session, fx_slice_first(unused(r), plain), answered);
    r->scanned = 0;
}

/* Looks for the final dot: a line of its own, ended by LF or CRLF (Postfix takes either). */
static bool take_data(struct reader *r)
{
    struct fx_slice in = unused(r);
    while (r->scanned < in.len) {
        struct fx_slice rest = fx_slice_from(in, r->scanned);
        size_t end = fx_slice_find(rest, '\n');
        if (end == rest.len)
            return false;
        size_t line = r->scanned;
        r->scanned += end + 1;
        if (fx_slice_eq(without_cr(fx_slice_first(rest, end)), FX_LIT("."))) {
            size_t used = r->scanned;
            end_data(r, line, false);
            r->in_at += used;
            return true;
        }
    }
    return false;
}

static bool take_chunk(struct reader *r)
{
    struct fx_slice in = unused(r);
    uint64_t want = r->session.chunk_octets;
    if (in.len == 0)
        return false;
    if (want < in.len)
        in = fx_slice_first(in, (size_t)want);
    r->in_at += in.len;
    fx_transcript_session_chunk(&r->session, in);
    return true;
}

static void consume(struct reader *r)
{
    bool more = true;
    while (more && r->session.ok) {
        if (r->session.mode == FX_TRANSCRIPT_DATA)
            more = take_data(r);
        else if (r->session.mode == FX_TRANSCRIPT_CHUNK)
            more = take_chunk(r);
        else
            more = take_command(r);
    }
    if (r->in_at > 0) {
        struct fx_slice left = unused(r);
        memmove(r->in.data, left.ptr, left.len);
        r->in.len = left.len;
        r->in_at = 0;
    }
}

/* The server answers, or nothing follows: a command whose line did not end is one all the same.
 */
static void flush_command(struct reader *r)
{
    struct fx_slice in = unused(r);
    if (in.len == 0 || r->session.mode == FX_TRANSCRIPT_DATA ||
        r->session.mode == FX_TRANSCRIPT_CHUNK)
        return;
    bool cr = in.ptr[in.len - 1] == '\r';
    command(r, fx_slice_first(in, cr ? in.len - 1 : in.len),
            cr ? FX_TERMINATOR_CR : FX_TERMINATOR_NONE);
    fx_text_reset(&r->in);
}

static void end_session(struct reader *r)
{
    if (!r->session.connected)
        return;
    flush_command(r);
    if (r->session.mode == FX_TRANSCRIPT_CHUNK)
        fault(r, "the session ends within a BDAT chunk");
    fx_transcript_session_close(&r->session);
    fx_text_reset(&r->in);
    r->scanned = 0;
}

static void client_line(struct reader *r, const struct fx_transcript_line *line)
{
    struct fx_transcript_session *s = &r->session;
    bool no_end = false;
    /* Some say QUIT even to a server that has gone. */
    if (s->over && !fx_slice_starts_nocase(line->text, FX_LIT("QUIT")))
        end_session(r);
    fx_transcript_session_open(s);
    fx_transcript_session_turn(s);
    if (line->speaker == FX_SPEAKER_DATA && s->mode == FX_TRANSCRIPT_COMMANDS &&
        !fx_transcript_session_data_follows(s)) {
        if (!r->outside)
            fault(r, "message data outside DATA and BDAT");
        r->outside = true;
        return;
    }
    r->outside = false;
    if (r->format != FX_TRANSCRIPT_PLAIN)
        fx_text_add(&r->in, line->text);
    else if (!fx_transcript_unescape(line->text, &r->in, &no_end))
        fault(r, "a backslash that is neither \\xNN nor \\\\ nor at the end");
    if (!no_end)
        fx_text_add_str(&r->in, "\r\n");
    if (r->in.overflow)
        s->ok = false;
    consume(r);
}

/* A reply while data is still coming: a server that takes the message saw its end, which the
 * transcript then lacks; any other reply breaks the transaction off. */
static void reply_in_data(struct reader *r, unsigned code, bool more)
{
    if (more || (code == 354 && r->in.len == 0))
        return;
    if (code < 300) {
        fault(r, "a reply before the final dot of the data; taken as the reply to it");
        end_data(r, unused(r).len, true);
    } else {
        fx_transcript_session_broken(&r->session);
        fx_transcript_session_reply(&r->session, code, more);
    }
    fx_text_reset(&r->in);
    r->scanned = 0;
}

static void server_line(struct reader *r, struct fx_slice text)
{
    struct fx_transcript_session *s = &r->session;
    uint64_t code;
    bool more = text.len > 3 && text.ptr[3] == '-';
    if (text.len < 3 || !fx_slice_u64(fx_slice_first(text, 3), &code) || code < 200 ||
        code > 599) {
        fault(r, "a line of the server without a reply code");
        return;
    }
    if (s->over && code == GREETING)
        end_session(r);
    fx_transcript_session_open(s);
    if (s->mode == FX_TRANSCRIPT_DATA) {
        reply_in_data(r, (unsigned)code, more);
        return;
    }
    if (s->mode == FX_TRANSCRIPT_CHUNK) {
        if (code < 400)
            fault(r, "a reply before all octets of a BDAT chunk");
        s->mode = FX_TRANSCRIPT_COMMANDS;
    }
    flush_command(r);
    fx_transcript_session_reply(s, (unsigned)code, more);
    consume(r);
}

/* "# client: 192.0.2.1 mail.example.org" */
static void comment(struct reader *r, struct fx_slice text)
{
    struct fx_slice word, rest = text;
    struct fx_address client;
    if (!fx_slice_starts_nocase(text, FX_LIT("client:")))
        return;
    if (r->session.over)
        end_session(r);
    rest = fx_slice_from(rest, 7);
    if (r->session.connected || !fx_slice_word(&rest, &word) ||
        !fx_address_parse(word, &client)) {
        fault(r, "client: an address is wanted, before the first line of the session");
        return;
    }
    r->session.client = client;
    fx_text_reset(&r->session.client_name);
    if (fx_slice_word(&rest, &word))
        fx_text_add(&r->session.client_name, word);
}

/* Lines beside the dialogue that tell where a session begins. */
static void information(struct reader *r, struct fx_slice text)
{
    static const struct fx_slice accepted = {"connection was accepted", 23};
    if (r->format == FX_TRANSCRIPT_PLAIN) {
        comment(r, text);
    } else if (r->format == FX_TRANSCRIPT_SWAKS) {
        if (fx_slice_starts_nocase(text, FX_LIT("=== Connected to")))
            end_session(r);
    } else {
        struct fx_slice word, rest = text;
        while (rest.len >= accepted.len && !fx_slice_starts_nocase(rest, accepted))
            rest = fx_slice_from(rest, 1);
        if (rest.len < accepted.len)
            return;
        end_session(r);
        fx_text_reset(&r->session.client_name);
        rest = fx_slice_from(rest, accepted.len);
        if (fx_slice_word(&rest, &word) && fx_slice_eq_nocase(word, FX_LIT("from")) &&
            fx_slice_word(&rest, &word))
            fx_text_add(&r->session.client_name, word);
    }
}

static void one_line(struct reader *r, struct fx_slice text)
{
    struct fx_transcript_line line = fx_transcript_line_read(r->format, text);
    struct fx_time *now = &r->session.now;
    if (now->wall <= INT64_MAX - line.wait && now->mono <= INT64_MAX - line.wait) {
        now->wall += line.wait;
        now->mono += line.wait;
    }
    switch (line.speaker) {
    case FX_SPEAKER_CLIENT:
    case FX_SPEAKER_DATA:
        client_line(r, &line);
        break;
    case FX_SPEAKER_SERVER:
        server_line(r, line.text);
        break;
    case FX_SPEAKER_BAD:
        fault(r, "not a line of an SMTP transcript");
        break;
    default:
        information(r, line.text);
        break;
    }
}

static bool any_reply(enum fx_transcript_format format, struct fx_slice bytes)
{
    struct fx_slice text;
    while (fx_slice_line(&bytes, &text))
        if (fx_transcript_line_read(format, text).speaker == FX_SPEAKER_SERVER)
            return true;
    return false;
}

bool fx_transcript_events(const struct fx_transcript_source *source)
{
    struct fx_slice rest = source->bytes, text;
    struct reader r = {.source = source};
    r.format = fx_transcript_format_of(source->bytes, SIZE_MAX);
    if (r.format == FX_TRANSCRIPT_NONE)
        r.format = FX_TRANSCRIPT_PLAIN;
    fx_text_init_growing(&r.in, SIZE_MAX);
    fx_transcript_session_init(&r.session, source->sink, source->arg);
    r.session.now = source->start;
    r.session.has_replies = any_reply(r.format, source->bytes);
    while (r.session.ok && fx_slice_line(&rest, &text)) {
        r.line++;
        one_line(&r, text);
    }
    end_session(&r);
    fx_transcript_session_finish(&r.session);
    fx_text_finish(&r.in);
    return r.session.ok;
}

/* Could the line be a header field, and no time stamp of a log? */
static bool field_like(struct fx_slice line)
{
    size_t colon = fx_slice_find(line, ':');
    struct fx_slice name = fx_slice_first(line, colon), word;
    char first = line.len > 0 ? fx_ascii_lower(line.ptr[0]) : '\0';
    if (colon == 1 && (line.ptr[0] == 'C' || line.ptr[0] == 'S'))
        return false; /* the plain notation; what follows will tell */
    return colon < line.len && first >= 'a' && first <= 'z' && fx_slice_word(&name, &word) &&
           !fx_slice_word(&name, &word);
}

bool fx_transcript_looks(struct fx_slice bytes)
{
    struct fx_slice line;
    for (size_t n = 0; n < SNIFF_LINES && fx_slice_line(&bytes, &line); n++) {
        if (field_like(line))
            return false;
        if (fx_transcript_format_of(line, 1) != FX_TRANSCRIPT_NONE)
            return true;
    }
    return false;
}
