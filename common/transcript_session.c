/* transcript_session - see transcript_session.h. */
#include "transcript_session.h"

#include "grow.h"
#include "transcript_command.h"

#include <stdlib.h>

#define GO_AHEAD 354 /* to DATA */
#define CONTINUE 334 /* to AUTH (RFC 4954 section 4) */
#define CLOSING 421
#define TLS_READY 220     /* to STARTTLS (RFC 3207 section 4) */
#define AUTHENTICATED 235 /* to AUTH (RFC 4954 section 6) */

void fx_transcript_session_init(struct fx_transcript_session *s, fx_event_sink *sink, void *arg)
{
    *s = (struct fx_transcript_session){.sink = sink, .arg = arg, .ok = true};
    fx_text_init_growing(&s->client_name, SIZE_MAX);
    fx_text_init_growing(&s->chunks, SIZE_MAX);
}

static void pending_finish(struct fx_transcript_pending *p)
{
    fx_text_finish(&p->line);
    fx_text_finish(&p->chunk);
}

void fx_transcript_session_finish(struct fx_transcript_session *s)
{
    for (size_t i = s->pending_at; i < s->pending_count; i++)
        pending_finish(&s->pending[i]);
    free(s->pending);
    fx_text_finish(&s->client_name);
    fx_text_finish(&s->chunks);
    *s = (struct fx_transcript_session){.ok = s->ok};
}

static void emit(struct fx_transcript_session *s, struct fx_event *event)
{
    if (s->ok)
        s->ok = s->sink(s->arg, event);
}

static void emit_plain(struct fx_transcript_session *s, enum fx_event_kind kind)
{
    struct fx_event event = {.kind = kind, .time = s->now};
    emit(s, &event);
}

static void give_up(struct fx_transcript_session *s)
{
    if (s->transaction)
        emit_plain(s, FX_EVENT_ABORT);
    s->transaction = false;
    s->chunks_begun = false;
    fx_text_reset(&s->chunks);
}

static void messages(struct fx_transcript_session *s, struct fx_slice bytes)
{
    struct fx_message_source source = {.bytes = bytes, .time = s->now};
    if (s->ok)
        s->ok = fx_message_events(&source, s->sink, s->arg);
    emit_plain(s, FX_EVENT_EOM);
    s->transaction = false;
    s->chunks_begun = false;
    fx_text_reset(&s->chunks);
}

static enum fx_answer refused(unsigned code)
{
    return code >= 400 ? FX_YES : code == 0 ? FX_UNKNOWN : FX_NO;
}

static void mail(struct fx_transcript_session *s, struct fx_event *event)
{
    /* Refused inside a transaction (nested MAIL): the transaction goes on, and so must the
     * message that the event would end. */
    if (event->refused == FX_YES && s->transaction)
        return;
    emit(s, event);
    s->transaction = true;
    if (event->refused == FX_YES)
        give_up(s);
}

static void chunk(struct fx_transcript_session *s, const struct fx_transcript_pending *p,
                  unsigned code)
{
    if (refused(code) == FX_YES || !s->transaction)
        return;
    if (!s->chunks_begun)
        emit_plain(s, FX_EVENT_DATA);
    s->chunks_begun = true;
    fx_text_add(&s->chunks, fx_text_slice(&p->chunk));
    if (s->chunks.overflow)
        s->ok = false;
    if (p->last)
        messages(s, fx_text_slice(&s->chunks));
}

/* What a command did to the session once its reply is known. */
static void after(struct fx_transcript_session *s, const struct fx_transcript_pending *p,
                  unsigned code)
{
    switch (p->verb) {
    case FX_VERB_RSET:
        if (refused(code) != FX_YES)
            give_up(s);
        break;
    case FX_VERB_BDAT:
        chunk(s, p, code);
        break;
    case FX_VERB_QUIT:
        s->over = true;
        break;
    case FX_VERB_STARTTLS:
        s->tls = s->tls || code == TLS_READY;
        break;
    case FX_VERB_AUTH:
        s->authenticated = s->authenticated || code == AUTHENTICATED;
        break;
    default:
        break;
    }
}

static void resolve(struct fx_transcript_session *s, const struct fx_transcript_pending *p,
                    unsigned code)
{
    struct fx_event event = {.time = p->time, .wire = p->wire};
    struct fx_slice line = fx_text_slice(&p->line);
    if (code == CLOSING)
        s->over = true;
    if (p->end_of_data)
        return;
    fx_transcript_command(line, &event);
    bool nested = event.kind == FX_EVENT_MAIL && s->transaction && refused(code) == FX_YES;
    if (nested || (event.kind == FX_EVENT_RCPT && !s->transaction) ||
        (event.kind == FX_EVENT_DATA && code != GO_AHEAD))
        event = (struct fx_event){.kind = FX_EVENT_COMMAND,
                                  .time = p->time,
                                  .wire = p->wire,
                                  .text = line,
                                  .whole_line = true};
    event.refused =
        event.kind == FX_EVENT_MAIL || event.kind == FX_EVENT_RCPT ? refused(code) : FX_UNKNOWN;
    if (event.kind == FX_EVENT_HELO || event.kind == FX_EVENT_MAIL) {
        event.tls = s->tls ? FX_YES : FX_UNKNOWN;
        event.authenticated = s->authenticated ? FX_YES : FX_UNKNOWN;
    }
    if (event.kind == FX_EVENT_HELO && refused(code) != FX_YES)
        give_up(s);
    if (event.kind == FX_EVENT_MAIL)
        mail(s, &event);
    else
        emit(s, &event);
    if (event.kind == FX_EVENT_DATA)
        s->mode = FX_TRANSCRIPT_DATA;
    after(s, p, code);
}

static void resolve_oldest(struct fx_transcript_session *s, unsigned code)
{
    s->reply_open = false;
    if (!fx_transcript_session_waiting(s))
        return;
    struct fx_transcript_pending p = s->pending[s->pending_at++];
    if (s->pending_at == s->pending_count)
        s->pending_at = s->pending_count = 0;
    resolve(s, &p, code);
    pending_finish(&p);
}

bool fx_transcript_session_waiting(const struct fx_transcript_session *s)
{
    return s->pending_at < s->pending_count;
}

void fx_transcript_session_unanswered(struct fx_transcript_session *s)
{
    while (fx_transcript_session_waiting(s))
        resolve_oldest(s, 0);
}

static struct fx_transcript_pending *push(struct fx_transcript_session *s)
{
    if (s->pending_count == s->pending_cap) {
        struct fx_transcript_pending *bigger =
            fx_grown(s->pending, &s->pending_cap, sizeof *bigger);
        if (bigger == NULL) {
            s->ok = false;
            return NULL;
        }
        s->pending = bigger;
    }
    struct fx_transcript_pending *p = &s->pending[s->pending_count++];
    *p = (struct fx_transcript_pending){.time = s->now};
    fx_text_init_growing(&p->line, SIZE_MAX);
    fx_text_init_growing(&p->chunk, SIZE_MAX);
    return p;
}

/* "BDAT 1000 LAST" (RFC 3030 section 2); without a size nothing follows. */
static void begin_chunk(struct fx_transcript_session *s, struct fx_transcript_pending *p)
{
    struct fx_slice rest = fx_text_slice(&p->line), word;
    uint64_t octets;
    fx_slice_word(&rest, &word);
    if (!fx_slice_word(&rest, &word) || !fx_slice_u64(word, &octets))
        return;
    p->last = fx_slice_word(&rest, &word) && fx_slice_eq_nocase(word, FX_LIT("LAST"));
    s->chunk_octets = octets;
    if (octets > 0)
        s->mode = FX_TRANSCRIPT_CHUNK;
}

void fx_transcript_session_command(struct fx_transcript_session *s, struct fx_slice line,
                                   const struct fx_wire *wire)
{
    struct fx_event event = {.kind = FX_EVENT_COMMAND};
    if (!s->has_replies)
        fx_transcript_session_unanswered(s);
    struct fx_transcript_pending *p = push(s);
    if (p == NULL)
        return;
    fx_text_add(&p->line, line);
    if (p->line.overflow)
        s->ok = false;
    p->wire = *wire;
    p->verb = fx_transcript_command(line, &event);
    if (p->verb == FX_VERB_BDAT)
        begin_chunk(s, p);
    /* Without replies only the data itself can tell whether DATA was accepted. */
    if (!s->has_replies && p->verb != FX_VERB_DATA && s->mode != FX_TRANSCRIPT_CHUNK)
        fx_transcript_session_unanswered(s);
}

void fx_transcript_session_chunk(struct fx_transcript_session *s, struct fx_slice octets)
{
    s->chunk_octets -= octets.len;
    if (s->chunk_octets == 0)
        s->mode = FX_TRANSCRIPT_COMMANDS;
    if (!fx_transcript_session_waiting(s))
        return;
    /* The BDAT is the newest command: its octets follow it at once. */
    struct fx_transcript_pending *p = &s->pending[s->pending_count - 1];
    fx_text_add(&p->chunk, octets);
    if (p->chunk.overflow)
        s->ok = false;
    if (s->chunk_octets == 0 && !s->has_replies)
        fx_transcript_session_unanswered(s);
}

void fx_transcript_session_message(struct fx_transcript_session *s, struct fx_slice message,
                                   bool answered)
{
    s->mode = FX_TRANSCRIPT_COMMANDS;
    messages(s, message);
    if (answered || !s->has_replies)
        return;
    struct fx_transcript_pending *p = push(s);
    if (p != NULL)
        p->end_of_data = true;
}

void fx_transcript_session_broken(struct fx_transcript_session *s)
{
    s->mode = FX_TRANSCRIPT_COMMANDS;
    give_up(s);
}

bool fx_transcript_session_data_follows(struct fx_transcript_session *s)
{
    if (!fx_transcript_session_waiting(s) ||
        s->pending[s->pending_count - 1].verb != FX_VERB_DATA)
        return false;
    while (s->pending_count - s->pending_at > 1)
        resolve_oldest(s, 0);
    resolve_oldest(s, GO_AHEAD);
    return true;
}

void fx_transcript_session_turn(struct fx_transcript_session *s)
{
    if (s->reply_open)
        resolve_oldest(s, s->reply_code);
}

void fx_transcript_session_reply(struct fx_transcript_session *s, unsigned code, bool more)
{
    if (s->reply_open && code != s->reply_code)
        resolve_oldest(s, s->reply_code);
    s->reply_open = more;
    s->reply_code = code;
    if (more)
        return;
    if (!fx_transcript_session_waiting(s)) {
        s->over = s->over || code == CLOSING; /* unasked for, as the greeting is */
        return;
    }
    if (code == CONTINUE && s->pending[s->pending_at].verb == FX_VERB_AUTH) {
        s->mode = FX_TRANSCRIPT_ANSWER;
        return;
    }
    resolve_oldest(s, code);
}

void fx_transcript_session_open(struct fx_transcript_session *s)
{
    if (s->connected)
        return;
    s->connected = true;
    struct fx_event event = {.kind = FX_EVENT_CONNECT,
                             .time = s->now,
                             .client = s->client,
                             .text = s->client_name.len > 0 ? fx_text_slice(&s->client_name)
                                                            : FX_ABSENT};
    emit(s, &event);
}

void fx_transcript_session_close(struct fx_transcript_session *s)
{
    if (!s->connected)
        return;
    fx_transcript_session_turn(s);
    fx_transcript_session_unanswered(s);
    give_up(s);
    emit_plain(s, FX_EVENT_CLOSE);
    s->connected = s->over = s->reply_open = s->tls = s->authenticated = false;
    s->mode = FX_TRANSCRIPT_COMMANDS;
    s->client = (struct fx_address){.family = FX_FAMILY_UNKNOWN};
    fx_text_reset(&s->client_name);
}
