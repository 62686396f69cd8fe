/* play_engine - see play_engine.h. */
#include "play_engine.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_MOST 20000
#define MACROS 11

enum option { FOLLOW = 1, HOLD = 2, LEND = 4, NO_TAG = 8, NO_LOSS = 16 };

/* One session with what has to come of it. */
struct play {
    struct played *played;
    struct fuzz_input in;
    struct fx_engine *engine;
    struct fx_time now;
    unsigned random;
    size_t emitted; /* in all */
    /* of this session */
    uint64_t mails, messages, sessions; /* MAIL commands that count; records */
    uint64_t recipients;                /* RCPT commands of the message */
    uint64_t before; /* those of the message that the event that is fed may end */
    struct record_told last;
    bool aborted; /* nothing more belongs to the message */
    bool fresh;   /* the event that is fed has brought a record of a message */
    char *macro_text[MACROS];
    struct fx_macros macros;
};

/* ---- what the engine hands out ---- */

/* Keeps it, whose memory is the caller's no more. */
static struct record_told take_line(struct played *played, struct fx_slice line)
{
    const struct played *same = played->same;
    size_t i = played->count++;
    HOLDS(i < RECORDS);
    HOLDS(same == NULL || (i < same->count && fx_slice_eq(line, same->lines[i])));
    played->lines[i] = line;
    played->told[i] = same != NULL ? same->told[i] : record_rules(line, played->policy);
    return played->told[i];
}

static bool emit(void *arg, struct fx_record *record)
{
    struct play *p = arg;
    struct played *played = p->played;
    struct fx_text line;
    fx_text_init_growing(&line, FX_RECORD_MAX + 100);
    HOLDS(fx_record_line(record, 1, "", &line));
    struct record_told told = take_line(played, fx_text_slice(&line));
    HOLDS(told.flagged == record->flagged);
    HOLDS(!played->policy->flagged_only || record->flagged);
    HOLDS((record->summary.len > 0) == record->flagged);
    if (told.message) {
        HOLDS(told.number > p->last.number || p->messages == 0);
        HOLDS(told.recipients == p->recipients || told.recipients == p->before ||
              played->policy->flagged_only);
        if (told.recipients == p->recipients)
            p->recipients = 0;
        p->last = told;
        p->fresh = true;
        p->messages++;
    } else {
        p->sessions++;
    }
    p->emitted++;
    return played->full == 0 || p->emitted % (played->full + 1) != 0;
}

static void sight(void *arg, struct fx_sighting *sighting)
{
    (void)arg;
    HOLDS(sighting->recipient_count <= FX_MARKS_MAX);
    fx_sighting_finish(sighting);
}

static enum fx_hold ask_hold(void *arg, const struct fx_ruleset *rules)
{
    struct play *p = arg;
    HOLDS(rules->end_of_data.every > 0);
    return p->emitted % 3 == 0 ? FX_HOLD_FULL : FX_HOLD_YES;
}

/* ---- sessions ---- */

static void begin(struct play *p)
{
    static const char id[33] = "0123456789abcdef0123456789abcdef";
    unsigned options = p->played->options;
    const struct fx_engine_hooks hooks = {.emit = emit,
                                          .sight = options & FOLLOW ? sight : NULL,
                                          .hold = options & HOLD ? ask_hold : NULL,
                                          .arg = p};
    p->engine = fx_engine_create(p->played->policy, id, &hooks);
    HOLDS(p->engine != NULL);
    fx_engine_allow(p->engine, !(options & NO_TAG), !(options & NO_LOSS));
    p->mails = p->messages = p->sessions = p->recipients = 0;
    p->last = (struct record_told){0};
}

static void mix(struct play *p, uint64_t value)
{
    p->played->decisions = (p->played->decisions ^ value) * UINT64_C(0x100000001b3);
}

static void look_at_reply(const struct fx_reply *r)
{
    size_t len = strlen(r->text);
    HOLDS(r->code >= 400 && r->code < 600 && len > 0 && len <= FX_REPLY_TEXT);
    HOLDS((unsigned)(r->xcode[0] - '0') == r->code / 100 && r->xcode[1] == '.');
    for (size_t i = 0; i < len; i++)
        HOLDS(r->text[i] >= ' ' && r->text[i] <= '~');
}

/* What is said to the MTA, and what the record says was said. */
static void look_at_decision(struct play *p, const struct fx_event *event,
                             const struct fx_decision *d)
{
    bool refused = d->what != FX_DO_CONTINUE;
    mix(p, (uint64_t)event->kind << 8 | (uint64_t)d->what);
    HOLDS(refused == (d->reply != NULL));
    if (refused) {
        look_at_reply(d->reply);
        HOLDS(d->what == (d->reply->code < 500 ? FX_DO_TEMPFAIL : FX_DO_REJECT));
        mix(p, d->reply->code);
        HOLDS(!d->tag && d->lost_count == 0 && d->hold_seconds == 0);
    }
    if (event->kind == FX_EVENT_HEADER || event->kind == FX_EVENT_EOH ||
        event->kind == FX_EVENT_BODY)
        HOLDS(!refused);
    if (event->kind != FX_EVENT_EOM)
        HOLDS(!d->tag && d->lost_count == 0 && d->hold_seconds == 0);
    for (size_t i = 0; d->tag && i < d->tag_value.len; i++) /* folds, and no other control */
        HOLDS(d->tag_value.ptr[i] >= ' ' || d->tag_value.ptr[i] == '\t' ||
              (d->tag_value.ptr[i] == '\n' && i + 1 < d->tag_value.len &&
               d->tag_value.ptr[i + 1] == '\t'));
    mix(p, d->tag_value.len + d->lost_count);
    /* with a log that can be written, answer and record say the same */
    if (p->fresh && p->played->full == 0 && event->kind == FX_EVENT_EOM) {
        HOLDS(p->last.answered == refused);
        HOLDS(!refused || p->last.reply == (int)d->reply->code);
    }
}

static void lend(struct play *p)
{
    struct fx_workplace *w = fx_workplace_create();
    HOLDS(w != NULL);
    if (!fx_engine_occupy(p->engine, w))
        fx_workplace_destroy(w);
}

static struct fx_decision feed(struct play *p, struct fx_event *event)
{
    const struct fx_session *s = fx_engine_session(p->engine);
    event->time = p->now;
    event->macros = &p->macros;
    p->now.wall += 1000;
    p->now.mono += 1000;
    p->fresh = false;
    p->before = p->recipients;
    if (event->kind == FX_EVENT_MAIL)
        p->recipients = 0;
    if (event->kind == FX_EVENT_MAIL && (p->played->options & LEND))
        lend(p);
    struct fx_decision decision = fx_engine_feed(p->engine, event);
    HOLDS(!s->no_memory);
    look_at_decision(p, event, &decision);
    if (event->kind == FX_EVENT_MAIL)
        p->mails += !s->in_message || fx_ruleset_active(s->message->rules);
    p->aborted = event->kind == FX_EVENT_ABORT || (p->aborted && event->kind != FX_EVENT_MAIL);
    if (p->random % 3 == 0 && (p->played->options & LEND) && fx_engine_idle(p->engine))
        fx_workplace_destroy(fx_engine_vacate(p->engine));
    return decision;
}

static void end(struct play *p)
{
    struct fx_event event = {.kind = FX_EVENT_CLOSE};
    const struct fx_session *s = fx_engine_session(p->engine);
    feed(p, &event);
    bool found = s->findings.count > 0 || s->findings.omitted > 0 || s->refused;
    HOLDS(!s->in_message && fx_engine_idle(p->engine));
    if (!p->played->policy->flagged_only)
        HOLDS(p->messages == p->mails);
    HOLDS(p->messages <= p->mails && p->sessions <= 1);
    HOLDS(p->sessions == 0 || found || s->messages == 0);
    fx_engine_destroy(p->engine);
    p->engine = NULL;
}

/* ---- the language ---- */

/* In memory of its own. */
static struct fx_slice next_text(struct play *p)
{
    struct fuzz_input *in = &p->in;
    size_t n = 0;
    while (n < in->n && (unsigned char)in->p[n] < 0xFE)
        n++;
    struct fx_slice piece = fx_slice(in->p, n);
    in->p += n;
    in->n -= n;
    size_t times = fuzz_octet(in) == 0xFE ? fuzz_octet(in) + 1u : 1;
    if (n > 0 && times > TEXT_MOST / n)
        times = TEXT_MOST / n + 1;
    char *text = malloc(n * times + 1);
    HOLDS(text != NULL);
    for (size_t i = 0; i < times; i++)
        memcpy(text + i * n, piece.ptr, n);
    return fx_slice(text, n * times);
}

static void give_back(struct fx_slice text)
{
    free((void *)(uintptr_t)text.ptr);
}

static void connect_client(struct play *p)
{
    static const struct fx_address addresses[] = {
        {FX_FAMILY_INET, {192, 0, 2, 1}, 25000},
        {FX_FAMILY_INET, {192, 0, 2, 200}, 0},
        {FX_FAMILY_INET, {198, 51, 100, 9}, 1},
        {FX_FAMILY_INET6, {0x20, 0x01, 0x0d, 0xb8}, 65535},
        {FX_FAMILY_INET, {203, 0, 113, 7}, 12345},
        {.family = FX_FAMILY_UNIX},
        {.family = FX_FAMILY_UNKNOWN},
    };
    unsigned which = fuzz_octet(&p->in) % (sizeof addresses / sizeof addresses[0]);
    struct fx_event event = {
        .kind = FX_EVENT_CONNECT, .client = addresses[which], .text = next_text(p)};
    feed(p, &event);
    give_back(event.text);
}

static void command(struct play *p, enum fx_event_kind kind)
{
    unsigned bits = fuzz_octet(&p->in);
    struct fx_event event = {.kind = kind, .text = next_text(p)};
    event.greeting = (enum fx_greeting)(bits % 3);
    event.tls = (enum fx_answer)((bits >> 2) % 3);
    event.whole_line = (bits & 16) != 0;
    if (bits & 32)
        event.wire = (struct fx_wire){.pipelined = bits & 64 ? FX_YES : FX_NO,
                                      .terminator = (enum fx_terminator)(bits >> 6 | 1),
                                      .line_octets = event.text.len + 5};
    feed(p, &event);
    give_back(event.text);
}

static void path(struct play *p, enum fx_event_kind kind)
{
    unsigned bits = fuzz_octet(&p->in);
    const struct fx_session *s = fx_engine_session(p->engine);
    struct fx_event event = {.kind = kind, .text = next_text(p)};
    event.parameter_count = bits & 7;
    event.refused = (enum fx_answer)((bits >> 3) % 3);
    event.authenticated = bits & 32 ? FX_YES : FX_UNKNOWN;
    event.parameters_cut = (bits & 64) != 0;
    for (size_t i = 0; i < event.parameter_count; i++) {
        event.parameters[i] = next_text(p);
        event.parameters_octets += event.parameters[i].len + 1;
    }
    if (kind == FX_EVENT_RCPT)
        p->recipients += s->in_message && !p->aborted;
    feed(p, &event);
    for (size_t i = 0; i < event.parameter_count; i++)
        give_back(event.parameters[i]);
    give_back(event.text);
}

static void header(struct play *p)
{
    static const char *const names[] = {"DKIM-Signature",
                                        "DomainKey-Signature",
                                        "ARC-Seal",
                                        "ARC-Message-Signature",
                                        "ARC-Authentication-Results",
                                        "Content-Type",
                                        "Content-Disposition",
                                        "From",
                                        "Received",
                                        "Message-ID",
                                        "Date",
                                        "X-Fixup-Policy",
                                        "Subject",
                                        "To"};
    unsigned which = fuzz_octet(&p->in);
    struct fx_slice own = which < 14 ? FX_ABSENT : next_text(p);
    struct fx_event event = {.kind = FX_EVENT_HEADER,
                             .text = which < 14 ? fx_slice_str(names[which]) : own,
                             .value = next_text(p)};
    feed(p, &event);
    give_back(event.value);
    give_back(own);
}

static unsigned random_number(struct play *p)
{
    p->random = p->random * 1103515245u + 12345u;
    return p->random >> 16;
}

/* Each piece in memory that ends where it does. */
static void feed_body(struct play *p, struct fx_slice piece)
{
    char *copy = malloc(piece.len + 1);
    HOLDS(copy != NULL);
    memcpy(copy + 1, piece.ptr, piece.len);
    struct fx_event event = {.kind = FX_EVENT_BODY, .text = fx_slice(copy + 1, piece.len)};
    struct fx_time now = p->now;
    feed(p, &event);
    p->now = now;
    free(copy);
}

static void body(struct play *p)
{
    struct fx_slice text = next_text(p), rest = text;
    uint64_t before = p->played->decisions;
    while (p->played->seed != 0 && rest.len > 1) {
        unsigned r = random_number(p);
        size_t n = r % 4 == 0 ? r % 1000 : r % 7 + 1;
        feed_body(p, fx_slice_first(rest, n));
        rest = fx_slice_from(rest, n);
    }
    feed_body(p, rest);
    p->played->decisions = before;
    give_back(text);
}

static void macro(struct play *p)
{
    struct fx_macros *m = &p->macros;
    struct fx_slice *const slots[MACROS] = {&m->j,           &m->v,           &m->r,
                                            &m->i,           &m->daemon_name, &m->tls_version,
                                            &m->cipher,      &m->auth_type,   &m->auth_authen,
                                            &m->rcpt_mailer, &m->nbadrcpts};
    unsigned bits = fuzz_octet(&p->in), which = (bits & 15) % MACROS;
    struct fx_slice text = next_text(p);
    free(p->macro_text[which]);
    p->macro_text[which] = (char *)(uintptr_t)text.ptr;
    *slots[which] = bits & 128 ? FX_ABSENT : text;
    m->tls_asked = (bits & 64) != 0;
    m->auth_asked = (bits & 32) != 0;
}

static void simple(struct play *p, enum fx_event_kind kind)
{
    struct fx_event event = {.kind = kind};
    feed(p, &event);
}

static void step(struct play *p)
{
    int64_t later;
    switch (fuzz_octet(&p->in) % 14) {
    case 0:
        connect_client(p);
        break;
    case 1:
        command(p, FX_EVENT_HELO);
        break;
    case 2:
        command(p, FX_EVENT_COMMAND);
        break;
    case 3:
        path(p, FX_EVENT_MAIL);
        break;
    case 4:
        path(p, FX_EVENT_RCPT);
        break;
    case 5:
        simple(p, FX_EVENT_DATA);
        break;
    case 6:
        header(p);
        break;
    case 7:
        simple(p, FX_EVENT_EOH);
        break;
    case 8:
        body(p);
        break;
    case 9:
        simple(p, FX_EVENT_EOM);
        break;
    case 10:
        simple(p, FX_EVENT_ABORT);
        break;
    case 11:
        end(p);
        begin(p);
        break;
    case 12:
        macro(p);
        break;
    default:
        later = fuzz_two(&p->in) * INT64_C(100000);
        p->now.mono += later;
        p->now.wall += later;
        break;
    }
}

void play_engine(struct played *played, struct fuzz_input in)
{
    struct play p = {.played = played, .in = in, .random = played->seed};
    p.now = (struct fx_time){.wall = INT64_C(1795255200000000), .mono = 1};
    begin(&p);
    while (p.in.n > 0 && played->count + 4 < RECORDS) /* one event brings two at most */
        step(&p);
    end(&p);
    for (size_t i = 0; i < MACROS; i++)
        free(p.macro_text[i]);
}

void played_finish(struct played *played)
{
    for (size_t i = 0; i < played->count; i++)
        give_back(played->lines[i]);
}
