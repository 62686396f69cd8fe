/* engine - see engine.h. */
#include "engine.h"

#include "check.h"
#include "end_of_data.h"
#include "exceeded.h"
#include "tag.h"

#include <stdlib.h>

#define TAG_MAX 4096
#define TEXT_KEPT ((size_t)64 * 1024) /* of a record; a larger one is given back */

/* Empty while an engine has it, but for being there. */
struct fx_workplace {
    struct fx_message *message; /* NULL: none yet */
    struct fx_hash *hash;       /* likewise */
    struct fx_record record;
    struct fx_text tag;
};

struct fx_engine {
    struct fx_session *session;
    struct fx_workplace *workplace; /* where the memory for messages came from; NULL: ours */
    struct fx_record record;
    struct fx_text tag;
    struct fx_reply failure; /* what mail gets when we fail */
    struct fx_reply given;   /* the answer handed out last: outlives its message */
    struct fx_engine_hooks hooks;
    bool ended; /* the session's record was due, and is out */
    bool quiet; /* its records are not told to syslog one by one */
    bool may_tag, may_lose;
    bool waiting; /* aborted, its record not written: close may follow and says how it ended */
};

struct fx_engine *fx_engine_create(const struct fx_policy *policy, const char id[33],
                                   const struct fx_engine_hooks *hooks)
{
    struct fx_engine *e = calloc(1, sizeof *e);
    if (e == NULL)
        return NULL;
    e->session = fx_session_create(policy, id);
    if (e->session == NULL) {
        free(e);
        return NULL;
    }
    fx_record_init(&e->record);
    fx_text_init_growing(&e->tag, TAG_MAX);
    e->hooks = *hooks;
    e->session->follow = hooks->sight != NULL;
    e->may_tag = e->may_lose = true;
    return e;
}

void fx_engine_destroy(struct fx_engine *e)
{
    if (e == NULL)
        return;
    free(e->workplace); /* what was in it goes with the rest */
    fx_session_destroy(e->session);
    fx_record_finish(&e->record);
    fx_text_finish(&e->tag);
    free(e);
}

void fx_engine_allow(struct fx_engine *e, bool may_tag, bool may_lose)
{
    e->may_tag = may_tag;
    e->may_lose = may_lose;
}

struct fx_workplace *fx_workplace_create(void)
{
    struct fx_workplace *w = calloc(1, sizeof *w);
    if (w == NULL)
        return NULL;
    fx_record_init(&w->record);
    fx_text_init_growing(&w->tag, TAG_MAX);
    return w;
}

void fx_workplace_destroy(struct fx_workplace *w)
{
    if (w == NULL)
        return;
    fx_message_destroy(w->message);
    fx_hash_destroy(w->hash);
    fx_record_finish(&w->record);
    fx_text_finish(&w->tag);
    free(w);
}

bool fx_engine_occupy(struct fx_engine *e, struct fx_workplace *w)
{
    struct fx_session *s = e->session;
    if (w == NULL || e->workplace != NULL || s->message != NULL || s->hash != NULL)
        return false;
    fx_session_exchange_message(s, w->message);
    w->message = NULL;
    s->hash = w->hash;
    w->hash = NULL;
    fx_record_finish(&e->record);
    fx_text_finish(&e->tag);
    e->record = w->record;
    e->tag = w->tag;
    fx_record_init(&w->record);
    fx_text_init_growing(&w->tag, TAG_MAX);
    e->workplace = w;
    return true;
}

bool fx_engine_idle(const struct fx_engine *e)
{
    return !e->session->in_message;
}

struct fx_workplace *fx_engine_vacate(struct fx_engine *e)
{
    struct fx_session *s = e->session;
    struct fx_workplace *w = e->workplace;
    if (w == NULL || !fx_engine_idle(e))
        return NULL;
    e->workplace = NULL;
    w->message = fx_session_exchange_message(s, NULL);
    w->hash = s->hash;
    s->hash = NULL;
    w->record = e->record;
    w->tag = e->tag;
    fx_record_init(&e->record);
    fx_text_init_growing(&e->tag, TAG_MAX);
    if (w->record.text.cap > TEXT_KEPT)
        fx_text_finish(&w->record.text);
    return w;
}

const struct fx_session *fx_engine_session(const struct fx_engine *e)
{
    return e->session;
}

static struct fx_decision go_on(void)
{
    return (struct fx_decision){.what = FX_DO_CONTINUE};
}

static struct fx_decision answer(const struct fx_reply *reply)
{
    return (struct fx_decision){.what = reply->code < 500 ? FX_DO_TEMPFAIL : FX_DO_REJECT,
                                .reply = reply};
}

/* Our own fault: mail gets what the configuration says. */
static struct fx_decision fail(struct fx_engine *e, enum fx_failure how, const char *why)
{
    if (how == FX_FAILURE_ACCEPT)
        return go_on();
    if (how == FX_FAILURE_REJECT)
        fx_reply_set(&e->failure, FX_OUTCOME_REJECT, 554, "5.3.0", fx_slice_str(why));
    else
        fx_reply_set(&e->failure, FX_OUTCOME_DEFER, 451, "4.3.0", fx_slice_str(why));
    return answer(&e->failure);
}

/* false: a record that was due could not be written. */
static bool emit(struct fx_engine *e, bool built)
{
    if (!built)
        return false;
    if (e->session->policy->flagged_only && !e->record.flagged)
        return true;
    if (e->quiet)
        fx_text_reset(&e->record.summary);
    return e->hooks.emit(e->hooks.arg, &e->record);
}

/* Recipients and findings that its record has no room for are told in it. */
static bool message_record(struct fx_engine *e)
{
    struct fx_session *s = e->session;
    fx_exceeded_message(s);
    bool built = fx_record_message(&e->record, s);
    if (!e->record.cut)
        return built;
    fx_over_note(&s->message->over, FX_LIMIT_RECORD, FX_STAGE_END, 0);
    fx_exceeded_message(s);
    return fx_record_message(&e->record, s);
}

/* The message is over: its record goes out, and whoever follows messages is told. */
static bool end_message(struct fx_engine *e, enum fx_ended how, struct fx_time when)
{
    struct fx_session *s = e->session;
    struct fx_sighting sighting;
    s->message->ended = how;
    s->message->ended_at = when;
    e->waiting = false;
    bool written = !fx_ruleset_active(s->message->rules) || emit(e, message_record(e));
    /* without its record the message is refused, and what follows is no consequence of it */
    bool stands = written || s->policy->on_full == FX_FAILURE_ACCEPT;
    if (stands && s->follow && fx_sighting_of(s, &sighting))
        e->hooks.sight(e->hooks.arg, &sighting);
    return written;
}

/* The session is over, or an answer of ours ends it: its record, where one is due, goes out
 * once. */
static bool end_session(struct fx_engine *e)
{
    struct fx_session *s = e->session;
    if (e->ended)
        return true;
    e->ended = true;
    fx_exceeded_session(s);
    bool found = s->findings.count > 0 || s->findings.omitted > 0 || s->refused;
    if (!fx_ruleset_active(s->rules) || (!found && s->messages > 0))
        return true;
    return emit(e, fx_record_session(&e->record, s));
}

/* log.on_full "accept" means that mail is judged as if nothing were wrong with the log. */
static struct fx_decision unwritten(struct fx_engine *e, struct fx_decision decision)
{
    if (e->session->policy->on_full == FX_FAILURE_ACCEPT)
        return decision;
    return fail(e, e->session->policy->on_full, "The policy log cannot be written");
}

static struct fx_decision message_answer(struct fx_engine *e, enum fx_ended how,
                                         struct fx_decision decision)
{
    struct fx_session *s = e->session;
    bool written = end_message(e, how, s->now);
    if (s->message->refused && s->message->reply.outcome == FX_OUTCOME_DROP)
        written = end_session(e) && written;
    return written ? decision : unwritten(e, decision);
}

static void refuse_recipient(struct fx_session *s, const struct fx_reply *reply)
{
    s->message->recipient_refused = true;
    s->message->reply = *reply;
    if (reply->code == 452)
        fx_session_recipient_refused(s);
    else
        fx_session_last_recipient(s, reply->code < 500 ? FX_RECIPIENT_DEFERRED
                                                       : FX_RECIPIENT_REJECTED);
}

/* An answer of ours outside end of message. */
static struct fx_decision refuse(struct fx_engine *e, const struct fx_event *event,
                                 const struct fx_reply *reply)
{
    struct fx_session *s = e->session;
    if (!s->in_message) {
        s->refused = true;
        s->reply = *reply;
        if (reply->outcome == FX_OUTCOME_DROP && !end_session(e))
            return unwritten(e, answer(&s->reply));
        return answer(&s->reply);
    }
    struct fx_message *m = s->message;
    e->given = *reply;
    if (event->kind == FX_EVENT_RCPT)
        refuse_recipient(s, reply);
    if (reply->transaction) {
        m->refused = true;
        m->reply = *reply;
        struct fx_decision decision = message_answer(e, FX_ENDED_ANSWERED, answer(&e->given));
        fx_session_end_message(s);
        return decision;
    }
    return answer(&e->given);
}

/* What goes with a message that is not refused. The tag comes last, since it tells the
 * findings. */
static void let_through(struct fx_engine *e, struct fx_decision *decision, bool tag)
{
    struct fx_session *s = e->session;
    struct fx_message *m = s->message;
    decision->lost = m->lost; /* the paths stay as they are until the next RCPT */
    decision->lost_count = m->lost_count;
    if (e->hooks.hold != NULL && fx_end_of_data_wanted(s) &&
        fx_end_of_data_hold(s, e->hooks.hold(e->hooks.arg, m->rules)))
        decision->hold_seconds = m->rules->end_of_data.hold_seconds;
    if (!tag)
        return;
    fx_exceeded_message(s);
    fx_text_reset(&e->tag);
    fx_tag_value(&e->tag, m);
    decision->tag = true;
    decision->forged = m->tags;
    decision->tag_value = fx_text_slice(&e->tag);
}

static struct fx_decision at_eom(struct fx_engine *e)
{
    struct fx_session *s = e->session;
    struct fx_message *m = s->message;
    struct fx_decision decision = go_on();

    bool tag = fx_tag_wanted(m->rules) && !m->refused;
    bool failed = s->no_memory || (tag && !e->may_tag);
    /* More are an attack: the MTA takes each out on its own, at a cost that grows with the square
     * (Postfix 3.7 gives up at 10,000). */
    if (tag && m->tags > FX_POLICY_FIELDS_MAX) {
        fx_session_over(s, FX_LIMIT_POLICY_FIELDS, m->tags);
        m->refused = true;
        fx_reply_set(&m->reply, FX_OUTCOME_REJECT, 554, "5.6.0",
                     FX_LIT("Too many " FX_TAG_FIELD " fields"));
    }
    if (failed && s->policy->on_error != FX_FAILURE_ACCEPT && !m->refused) {
        decision = fail(e, s->policy->on_error, "The policy filter failed");
        m->refused = true;
        m->reply = e->failure;
    } else if (m->refused) {
        decision = answer(&m->reply);
    } else {
        let_through(e, &decision, tag && e->may_tag);
    }
    if (decision.reply != NULL) {
        e->given = *decision.reply;
        decision.reply = &e->given;
    }
    decision = message_answer(e, m->refused ? FX_ENDED_ANSWERED : FX_ENDED_EOM, decision);
    fx_session_end_message(s);
    return decision;
}

/* Over the limit, and the client is not told. */
static void lose(struct fx_engine *e, const struct fx_event *event, struct fx_findings *list)
{
    struct fx_finding *f = fx_verdict_loses(list);
    if (f == NULL)
        return;
    f->enforced = e->may_lose && fx_session_lose_recipient(e->session, event->text);
    f->instead = f->enforced ? NULL : "accepted: this recipient cannot be taken out by itself";
}

/* Nothing that follows can make a difference. */
static bool enough(const struct fx_session *s, enum fx_event_kind kind)
{
    if (kind == FX_EVENT_MAIL)
        return !fx_ruleset_active(s->message->rules);
    return kind == FX_EVENT_CONNECT &&
           fx_policy_ignores(s->policy, &s->client, fx_kept_slice(&s->listener));
}

/* What the policy says of this event, and what enforce makes of it. */
static struct fx_decision judge(struct fx_engine *e, const struct fx_event *event)
{
    struct fx_session *s = e->session;
    struct fx_message *m = s->message;
    bool within = s->in_message; /* else m may be none */
    struct fx_findings *list = within ? &m->findings : &s->findings;
    const struct fx_ruleset *rules = within ? m->rules : s->rules;
    struct fx_reply reply;

    fx_evaluate(s, event, rules, list, within ? &m->would : &s->would);
    /* The first refusal in time ends the matter; what the server refused itself is refused. */
    bool settled = within && (m->refused || (event->kind == FX_EVENT_RCPT &&
                                             m->last_result == FX_RECIPIENT_REJECTED));
    bool refused = !settled && fx_verdict_choose(s, event, list, &reply);
    if (event->kind == FX_EVENT_RCPT && !settled && !refused)
        lose(e, event, list);
    switch (event->kind) {
    case FX_EVENT_DATA:
    case FX_EVENT_HEADER:
    case FX_EVENT_EOH:
    case FX_EVENT_BODY:
    case FX_EVENT_EOM:
        if (refused && within) {
            m->refused = true;
            m->reply = reply;
        }
        return event->kind == FX_EVENT_EOM ? at_eom(e) : go_on();
    default:
        if (refused)
            return refuse(e, event, &reply);
        return (struct fx_decision){.what = FX_DO_CONTINUE, .enough = enough(s, event->kind)};
    }
}

static bool needs_message(enum fx_event_kind kind)
{
    return kind == FX_EVENT_RCPT || kind == FX_EVENT_HEADER || kind == FX_EVENT_EOH ||
           kind == FX_EVENT_BODY || kind == FX_EVENT_EOM;
}

/* Writes what an abort left waiting, as ended by `how`. */
static void settle(struct fx_engine *e, enum fx_ended how)
{
    end_message(e, how, e->waiting ? e->session->message->ended_at : e->session->now);
    fx_session_end_message(e->session);
}

static void close_session(struct fx_engine *e, const struct fx_event *event)
{
    struct fx_session *s = e->session;
    struct fx_message *m = s->message;
    if (event->cut && !e->waiting)
        s->follow = false; /* what we end says nothing of the client */
    if (s->in_message) {
        m->ended = FX_ENDED_CLOSE;
        m->ended_at = e->waiting ? m->ended_at : s->now;
        fx_evaluate(s, event, m->rules, &m->findings, &m->would);
        settle(e, FX_ENDED_CLOSE);
    }
    s->now = event->time;
    end_session(e);
}

/* One session more than there may be: told in its record, and answered as when we fail. */
static struct fx_decision turn_away(struct fx_engine *e)
{
    struct fx_session *s = e->session;
    struct fx_decision decision = fail(e, s->policy->on_error, "Too many connections");
    decision.enough = decision.what == FX_DO_CONTINUE;
    if (decision.reply != NULL) {
        s->refused = true;
        s->reply = *decision.reply;
    }
    e->quiet = true;
    return end_session(e) ? decision : unwritten(e, decision);
}

struct fx_decision fx_engine_feed(struct fx_engine *e, const struct fx_event *told)
{
    struct fx_session *s = e->session;
    const struct fx_limits *limits = &s->policy->limits;
    struct fx_event space;
    const struct fx_event *event = fx_event_within(told, limits->line, limits->parameters,
                                                   s->policy->pseudonyms != NULL, &space);

    if (event->kind == FX_EVENT_CLOSE) {
        s->now = e->waiting ? s->now : event->time;
        close_session(e, event);
        return go_on();
    }
    if (e->waiting)
        settle(e, FX_ENDED_ABORT);
    if (event->kind == FX_EVENT_ABORT) {
        if (s->in_message) {
            e->waiting = true;
            s->message->ended_at = event->time;
        }
        return go_on();
    }
    if (event->kind == FX_EVENT_MAIL && s->in_message) {
        s->now = event->time;
        settle(e, FX_ENDED_ABORT);
    }
    if (needs_message(event->kind) && !s->in_message)
        return go_on();
    fx_session_observe(s, event);
    if (event->kind == FX_EVENT_MAIL && !s->in_message)
        return fail(e, s->policy->on_error, "The policy filter failed");
    if (event->kind == FX_EVENT_CONNECT && event->connections > 0)
        return turn_away(e);
    return judge(e, event);
}
