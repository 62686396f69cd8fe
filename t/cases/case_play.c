/* case_play - see case_play.h.
 *
 * Time tells the lines: the transcript reader gets a microsecond before each line, so that the
 * time of an event modulo one second is the number of the line it comes from. Everything else
 * gets whole seconds only; a case therefore waits in whole seconds.
 */
#include "case_play.h"

#include "command.h"
#include "engine.h"
#include "trail.h"
#include "transcript.h"

#include <stdlib.h>
#include <string.h>

#define START INT64_C(1795255200000000) /* 2026-11-21T10:00:00Z */
#define SECOND INT64_C(1000000)
#define LINE_SHOWN 100
#define REMEMBERED 100 /* messages */

struct player {
    const struct case_script *script;
    const struct fx_policy *policy;
    struct fx_engine *engine;
    struct fx_state *state; /* of all sessions of the case */
    struct fx_trail_terms terms;
    struct fx_time now;
    struct fx_text *out;
    struct fx_text *answers; /* per turn: what the policy answered; empty: nothing */
    const char *why;
    size_t shown; /* lines that are in the dialogue already */
    uint64_t seq, sessions, messages;
    uint64_t *turns;  /* by ruleset: messages of which some are held */
    bool tls, auth;   /* in force by now */
    bool ehlo;        /* the last greeting */
    bool over;        /* closed by the policy */
    uint64_t data[2]; /* lines and octets of data not yet shown */
    char id[40];
};

static void show_data(struct player *p)
{
    if (p->data[0] == 0)
        return;
    fx_text_add_str(p->out, "C| (");
    fx_text_add_u64(p->out, p->data[0]);
    fx_text_add_str(p->out, " lines, ");
    fx_text_add_u64(p->out, p->data[1]);
    fx_text_add_str(p->out, " octets)\n");
    p->data[0] = p->data[1] = 0;
}

static void show_text(struct player *p, struct fx_slice text)
{
    show_data(p);
    fx_text_add(p->out, fx_slice_first(text, LINE_SHOWN));
    if (text.len > LINE_SHOWN) {
        fx_text_add_str(p->out, "... (");
        fx_text_add_u64(p->out, text.len - 3);
        fx_text_add_str(p->out, " octets)");
    }
    fx_text_add_char(p->out, '\n');
}

static void show_line(struct player *p, const struct case_line *line)
{
    if (line->speaker == CASE_DATA && line->turn == CASE_NO_TURN) {
        p->data[0]++;
        p->data[1] += line->text.len > 3 ? line->text.len - 3 : 0;
    } else if (line->speaker == CASE_SERVER && line->turn != CASE_NO_TURN &&
               p->answers[line->turn].len > 0) {
        /* once for a reply of several lines: its last one */
        if (line->text.len < 7 || line->text.ptr[6] != '-')
            show_text(p, fx_text_slice(&p->answers[line->turn]));
    } else if (line->speaker != CASE_NONE) {
        show_text(p, line->text);
    }
}

/* The dialogue up to and with this line. */
static void show_to(struct player *p, size_t line)
{
    while (p->shown < line && p->shown < p->script->line_count)
        show_line(p, &p->script->lines[p->shown++]);
}

static bool take_record(void *arg, struct fx_record *record)
{
    struct player *p = arg;
    struct fx_text line;
    fx_text_init_growing(&line, (size_t)2 * 1024 * 1024);
    bool good = fx_record_line(record, ++p->seq, NULL, &line);
    show_data(p);
    fx_text_add_str(p->out, p->script->log_full ? "R! " : "R: ");
    fx_text_add(p->out, fx_text_slice(&line));
    fx_text_add_str(p->out, record->flagged ? " flagged\n" : "\n");
    fx_text_finish(&line);
    return good && !p->script->log_full;
}

/* As the daemon counts. */
static enum fx_hold ask_hold(void *arg, const struct fx_ruleset *rules)
{
    struct player *p = arg;
    uint64_t turn = ++p->turns[fx_policy_number(p->policy, rules)];
    if (turn % (uint64_t)rules->end_of_data.every != 0)
        return FX_HOLD_NO;
    return p->script->held_full ? FX_HOLD_FULL : FX_HOLD_YES;
}

/* What is known now of an earlier message. */
static void take_later(void *arg, const struct fx_later *later)
{
    struct player *p = arg;
    struct fx_record record;
    fx_record_init(&record);
    if (!fx_record_later(&record, &p->now, later) || !take_record(p, &record))
        p->why = "what is known later cannot be recorded";
    fx_record_finish(&record);
}

static void take_sighting(void *arg, struct fx_sighting *sighting)
{
    struct player *p = arg;
    if (!fx_trail_see(p->state, sighting, &p->terms, take_later, p))
        p->why = fx_state_why(p->state);
    fx_sighting_finish(sighting);
}

/* Time has passed. */
static void wait_for(struct player *p, struct fx_time now)
{
    bool more = true;
    p->now = now;
    while (more && p->why == NULL)
        if (!fx_trail_wait(p->state, now.wall, take_later, p, &more))
            p->why = fx_state_why(p->state);
}

static void show_changes(struct player *p, const struct fx_decision *d)
{
    struct fx_slice rest = d->tag_value, line;
    for (size_t i = 0; i < d->lost_count; i++) {
        fx_text_add_str(p->out, "T: recipient taken out: ");
        fx_text_add(p->out, fx_kept_slice(&d->lost[i]));
        fx_text_add_char(p->out, '\n');
    }
    if (d->hold_seconds > 0) {
        fx_text_add_str(p->out, "T: the answer is held, seconds: ");
        fx_text_add_u64(p->out, (uint64_t)d->hold_seconds);
        fx_text_add_char(p->out, '\n');
    }
    if (!d->tag)
        return;
    if (d->forged > 0) {
        fx_text_add_str(p->out, "T: policy fields taken out: ");
        fx_text_add_u64(p->out, d->forged);
        fx_text_add_char(p->out, '\n');
    }
    fx_text_add_str(p->out, "T: " FX_TAG_FIELD ": ");
    for (bool first = true; fx_slice_line(&rest, &line); first = false) {
        fx_text_add_str(p->out, first ? "" : "T|");
        fx_text_add(p->out, first ? fx_slice_trim(line) : line);
        fx_text_add_char(p->out, '\n');
    }
}

/* Each message of every case has the memory of the one before, as in the daemon. */
static struct fx_workplace *workplace;

static void occupy(struct player *p)
{
    if (workplace == NULL)
        workplace = fx_workplace_create();
    if (fx_engine_occupy(p->engine, workplace))
        workplace = NULL;
}

static void leave(struct player *p)
{
    struct fx_workplace *used = fx_engine_vacate(p->engine);
    if (used == NULL)
        return;
    fx_workplace_destroy(workplace);
    workplace = used;
}

static bool begin_session(struct player *p)
{
    fx_engine_destroy(p->engine);
    memset(p->id, '0', 32);
    p->id[31] = (char)('0' + ++p->sessions % 10);
    p->id[32] = '\0';
    p->tls = p->script->tls_version.len > 0 && !p->script->has_starttls;
    p->auth = p->script->auth_type.len > 0 && !p->script->has_auth;
    p->messages = 0;
    p->engine = fx_engine_create(
        p->policy, p->id,
        &(struct fx_engine_hooks){
            .emit = take_record, .sight = take_sighting, .hold = ask_hold, .arg = p});
    return p->engine != NULL;
}

static struct fx_slice or_else(struct fx_slice told, const char *other)
{
    return told.len > 0 ? told : fx_slice_str(other);
}

static bool sendmail(const struct player *p)
{
    return fx_slice_starts_nocase(p->script->mta, FX_LIT("Sendmail "));
}

/* What the MTA tells at this stage; see macros.c of the daemon. */
static void macros_for(const struct player *p, const struct fx_event *event,
                       struct fx_macros *m, struct fx_text *queue_id)
{
    const struct case_script *s = p->script;
    *m = (struct fx_macros){0};
    if (s->macros_none)
        return;
    m->tls_asked = m->auth_asked = true;
    if (event->kind == FX_EVENT_CONNECT) {
        m->j = or_else(s->host, "mx1.example.net");
        m->daemon_name = or_else(s->listener, "smtpd");
        m->v = sendmail(p) ? fx_slice_from(s->mta, sizeof "Sendmail " - 1)
                           : or_else(s->mta, "Postfix 3.7.11");
    }
    if (event->kind == FX_EVENT_MAIL && sendmail(p))
        m->r = p->ehlo ? FX_LIT("ESMTP") : FX_LIT("SMTP");
    if ((event->kind == FX_EVENT_HELO || event->kind == FX_EVENT_MAIL) && p->tls) {
        m->tls_version = s->tls_version;
        m->cipher = s->cipher;
    }
    if (event->kind == FX_EVENT_MAIL && p->auth) {
        m->auth_type = s->auth_type;
        m->auth_authen = s->auth_user;
    }
    if (event->kind == FX_EVENT_RCPT && event->refused == FX_YES)
        m->rcpt_mailer = FX_LIT("error");
    if (event->kind >= (sendmail(p) ? FX_EVENT_MAIL : FX_EVENT_DATA) || s->local) {
        fx_text_add_str(queue_id, "4XyZ1k2Lq9z");
        fx_text_add_u64(queue_id, p->messages);
        m->i = fx_text_slice(queue_id);
    }
}

/* Postfix does so from 3.9 on. */
static bool answers_help(const struct player *p)
{
    const struct fx_mta *mta = &fx_engine_session(p->engine)->mta;
    return mta->kind == FX_MTA_POSTFIX &&
           (mta->major > 3 || (mta->major == 3 && mta->minor >= 9));
}

/* Commands that an MTA answers without telling its milters (facts of Postfix and Sendmail). */
static bool kept_from_milters(const struct player *p, struct fx_slice line)
{
    static const struct {
        enum fx_verb verb;
        bool postfix, sendmail;
    } rows[] = {
        {FX_VERB_NOOP, true, true},      {FX_VERB_RSET, true, true},
        {FX_VERB_VRFY, true, true},      {FX_VERB_EXPN, false, true},
        {FX_VERB_ETRN, true, true},      {FX_VERB_TURN, false, true},
        {FX_VERB_SEND, false, true},     {FX_VERB_SOML, false, true},
        {FX_VERB_SAML, false, true},     {FX_VERB_STARTTLS, true, true},
        {FX_VERB_AUTH, true, true},      {FX_VERB_BDAT, true, false},
        {FX_VERB_QUIT, true, true},      {FX_VERB_XCLIENT, true, false},
        {FX_VERB_XFORWARD, true, false}, {FX_VERB_MAIL, true, true},
        {FX_VERB_RCPT, true, true},      {FX_VERB_DATA, true, true},
        {FX_VERB_HELP, false, true},
    };
    struct fx_slice word;
    if (!fx_slice_word(&line, &word))
        return !sendmail(p);
    if (fx_verb_find(word) == FX_VERB_HELP && answers_help(p))
        return true;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].verb == fx_verb_find(word))
            return sendmail(p) ? rows[i].sendmail : rows[i].postfix;
    return false;
}

/* Takes from the event what a milter does not get; false: the whole event. */
static bool as_milter(const struct player *p, struct fx_event *event)
{
    struct fx_mta mta = fx_engine_session(p->engine)->mta;
    event->wire = (struct fx_wire){0};
    event->greeting = FX_GREETING_UNKNOWN;
    event->tls = event->authenticated = FX_UNKNOWN;
    if (event->kind == FX_EVENT_MAIL && event->refused == FX_YES)
        return false;
    if (event->kind != FX_EVENT_COMMAND)
        return true;
    if (kept_from_milters(p, event->text))
        return false;
    if (fx_mta_whole_line(&mta, 0) == FX_NO)
        event->text = fx_command_verb(event->text);
    event->whole_line = fx_mta_whole_line(&mta, event->text.len) != FX_NO;
    return true;
}

static void note_stages(struct player *p, const struct fx_event *event)
{
    if (event->kind == FX_EVENT_MAIL)
        p->messages++;
    if (event->kind == FX_EVENT_HELO)
        p->ehlo = event->greeting == FX_GREETING_EHLO;
    if (event->kind != FX_EVENT_COMMAND)
        return;
    if (p->script->tls_version.len > 0 &&
        fx_slice_starts_nocase(event->text, FX_LIT("STARTTLS")))
        p->tls = true;
    if (p->script->auth_type.len > 0 && fx_slice_starts_nocase(event->text, FX_LIT("AUTH ")))
        p->auth = true;
}

static void feed(struct player *p, struct fx_event *event, size_t line)
{
    char buffer[40];
    struct fx_text queue_id;
    struct fx_macros macros;
    fx_text_init_fixed(&queue_id, buffer, sizeof buffer);
    macros_for(p, event, &macros, &queue_id);
    event->macros = &macros;
    if (event->kind == FX_EVENT_MAIL)
        occupy(p);
    struct fx_decision d = fx_engine_feed(p->engine, event);
    show_changes(p, &d);
    if (d.what == FX_DO_CONTINUE)
        return;
    size_t turn = line > 0 ? p->script->lines[line - 1].turn : CASE_NO_TURN;
    if (turn == CASE_NO_TURN || d.reply == NULL) {
        p->why = "the policy answers where there is nothing to answer";
        return;
    }
    struct fx_text *answer = &p->answers[turn];
    fx_text_reset(answer);
    fx_text_add_str(answer, "P: ");
    fx_reply_format(answer, d.reply);
    if (d.reply->code != 421)
        return;
    show_text(p, fx_text_slice(answer));
    fx_text_add_str(p->out, "-- closed by the policy\n");
    p->over = true;
    struct fx_event close = {.kind = FX_EVENT_CLOSE, .time = event->time};
    fx_engine_feed(p->engine, &close);
}

static bool take_event(void *arg, const struct fx_event *event)
{
    struct player *p = arg;
    struct fx_event copy = *event;
    size_t line = (size_t)((event->time.wall - START) % SECOND);
    copy.time.wall -= (int64_t)line;
    copy.time.mono -= (int64_t)line;
    if (event->kind == FX_EVENT_CONNECT && !begin_session(p))
        return false;
    show_to(p, line);
    wait_for(p, copy.time);
    bool seen = !p->script->milter_only || as_milter(p, &copy);
    if (seen) {
        if (event->kind == FX_EVENT_MAIL)
            note_stages(p, event);
        feed(p, &copy, line);
        leave(p);
    }
    if (event->kind != FX_EVENT_MAIL)
        note_stages(p, event);
    return !p->over && p->why == NULL;
}

static void take_fault(void *arg, uint64_t line, const char *what)
{
    struct player *p = arg;
    fx_text_add_str(p->out, "-- line ");
    fx_text_add_u64(p->out, line / 2);
    fx_text_add_str(p->out, ": ");
    fx_text_add_str(p->out, what);
    fx_text_add_char(p->out, '\n');
}

static bool prepare(struct player *p, const struct fx_config *config)
{
    p->answers = calloc(p->script->turn_count + 1, sizeof *p->answers);
    p->turns = calloc(p->policy->block_count + 1, sizeof *p->turns);
    p->state = fx_state_memory(REMEMBERED);
    p->terms = (struct fx_trail_terms){
        .lost_after = config->settings.state.lost_after_seconds * SECOND,
        .remember = config->settings.state.remember_seconds * SECOND};
    for (size_t i = 0; p->answers != NULL && i < p->script->turn_count; i++)
        fx_text_init_growing(&p->answers[i], 1024);
    return p->answers != NULL && p->turns != NULL && p->state != NULL;
}

static void clear(struct player *p)
{
    for (size_t i = 0; p->answers != NULL && i < p->script->turn_count; i++)
        fx_text_finish(&p->answers[i]);
    free(p->answers);
    free(p->turns);
    fx_engine_destroy(p->engine);
    fx_state_close(p->state);
}

bool case_play(const struct case_script *script, const struct fx_config *config,
               struct fx_text *out, const char **why)
{
    struct player p = {.script = script, .policy = config->policy, .out = out};
    bool played = prepare(&p, config);
    if (!played)
        p.why = "no memory";
    struct fx_transcript_source source = {.bytes = fx_text_slice(&script->stamped),
                                          .start = {.wall = START, .mono = START},
                                          .sink = take_event,
                                          .fault = take_fault,
                                          .arg = &p};
    played = played && (fx_transcript_events(&source) || p.over);
    if (played && !p.over)
        show_to(&p, script->line_count);
    show_data(&p);
    clear(&p);
    *why = p.why != NULL ? p.why : "the transcript cannot be played";
    return played && p.why == NULL && !out->overflow;
}
