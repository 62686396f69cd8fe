/* reply - see reply.h. */
#include "reply.h"

#include "command.h"
#include "mask.h"

#include <string.h>

/* These say something about mail; refusing it would cure nothing (fixup-profile(5)). */
static bool never_refuses(enum fx_rule rule)
{
    switch (rule) {
    case FX_RULE_SIZE_MISMATCH:
    case FX_RULE_BODY_LINE_LENGTH:
    case FX_RULE_DUPLICATE_DELIVERY:
    case FX_RULE_RECIPIENT_TRUNCATION:
    case FX_RULE_MESSAGE_ENDED_EARLY:
    case FX_RULE_END_OF_DATA_HELD:
        return true;
    default:
        return rule >= FX_RULE_DKIM_FIRST && rule <= FX_RULE_DKIM_LAST;
    }
}

void fx_reply_set(struct fx_reply *reply, enum fx_outcome outcome, unsigned code,
                  const char *xcode, struct fx_slice text)
{
    *reply = (struct fx_reply){.code = code, .outcome = outcome, .transaction = true};
    struct fx_slice x = fx_slice_first(fx_slice_str(xcode), sizeof reply->xcode - 1);
    memcpy(reply->xcode, x.ptr, x.len);
    text = fx_slice_first(text, FX_REPLY_TEXT);
    for (size_t i = 0; i < text.len; i++)
        reply->text[i] = text.ptr[i] >= 0x20 && text.ptr[i] < 0x7F ? text.ptr[i] : '?';
}

void fx_reply_format(struct fx_text *t, const struct fx_reply *reply)
{
    fx_text_add_u64(t, reply->code);
    fx_text_add_char(t, ' ');
    fx_text_add_str(t, reply->xcode);
    fx_text_add_char(t, ' ');
    fx_text_add_str(t, reply->text);
}

/* What is answered. */
struct cause {
    const struct fx_session *session;
    const struct fx_findings *list;
    const struct fx_finding *finding;
};

/* ": 1203, limit 998", ": 2 Content-Type fields", ": folded in DKIM-Signature" */
static void add_seen(struct fx_text *text, const struct cause *why)
{
    const struct fx_finding *f = why->finding;
    if (f->rule == FX_RULE_CONTENT_TYPE_EMBEDDED) {
        fx_text_add_str(text, ": ");
        fx_text_add_str(text, fx_grade_name(f->grade));
        if (!f->evidence.pseudonym) { /* a reply is no place to have digests made */
            fx_text_add_str(text, " in ");
            fx_text_add(text, fx_findings_note(why->list, &f->evidence));
        }
    }
    if (!f->has_observed)
        return;
    fx_text_add_str(text, ": ");
    fx_text_add_u64(text, f->observed);
    if (f->rule == FX_RULE_CONTENT_TYPE_DUPLICATE)
        fx_text_add_str(text, " Content-Type fields");
    if (f->has_limit) {
        fx_text_add_str(text, ", limit ");
        fx_text_add_u64(text, f->limit);
    }
}

/* "<lead> (<rule>: 1203, limit 998; as asa-9 does)": a postmaster who reads it in a bounce can
 * look the rule up. */
static void compose(struct fx_reply *reply, enum fx_outcome outcome, unsigned code,
                    const char *xcode, const char *lead, const struct cause *why)
{
    const struct fx_session *s = why->session;
    char buffer[FX_REPLY_TEXT];
    struct fx_text text;
    const struct fx_ruleset *rules = s->in_message ? s->message->rules : s->rules;
    fx_text_init_fixed(&text, buffer, sizeof buffer);
    fx_text_add_str(&text, lead);
    fx_text_add_str(&text, " (");
    fx_text_add_str(&text, fx_rule_name(why->finding->rule));
    add_seen(&text, why);
    if (fx_ruleset_simulates(rules, why->finding->rule)) {
        fx_text_add_str(&text, "; simulated");
    } else if (why->finding->action != FX_ACTION_REFUSE) {
        fx_text_add_str(&text, "; as ");
        fx_text_add_str(&text, rules->profiles[0]->name);
        fx_text_add_str(&text, " does");
    }
    fx_text_add_char(&text, ')');
    fx_reply_set(reply, outcome, code, xcode, fx_text_slice(&text));
}

/* 500 with as many X's as the verb has letters: what the server says to the mangled command. */
static void masked(struct fx_reply *reply, struct fx_slice verb, bool transaction)
{
    char buffer[FX_REPLY_TEXT];
    struct fx_text text;
    fx_text_init_fixed(&text, buffer, sizeof buffer);
    fx_text_add_str(&text, "Command unrecognized: \"");
    fx_mask_command(&text, NULL, FX_ACTION_MASK, fx_slice_first(verb, 64));
    fx_text_add_char(&text, '"');
    fx_reply_set(reply, FX_OUTCOME_REJECT, 500, "5.5.1", fx_text_slice(&text));
    reply->transaction = transaction;
}

static bool reply_mask(const struct fx_session *s, const struct fx_event *event,
                       struct fx_slice verb, struct fx_reply *reply, const char **instead)
{
    if (event->kind == FX_EVENT_MAIL) {
        masked(reply, verb, true);
        return true;
    }
    if (event->kind != FX_EVENT_COMMAND) {
        *instead = "no milter can change the answer to this command";
        return false;
    }
    if (fx_mta_unknown_text(&s->mta) == FX_NO) {
        *instead = "500 5.5.2 in the words of the MTA";
        return false;
    }
    masked(reply, fx_command_verb(event->text), false);
    return true;
}

static bool reply_hide(const struct cause *why, const struct fx_event *event,
                       struct fx_reply *reply)
{
    enum fx_extension hidden = why->finding->extension;
    if (hidden == FX_EXT_8BITMIME || hidden == FX_EXT_BINARYMIME)
        compose(reply, FX_OUTCOME_REJECT, 554, "5.6.1", "Body type not supported", why);
    else
        compose(reply, FX_OUTCOME_REJECT, 555, "5.5.4", "Parameter not recognized", why);
    reply->transaction = event->kind != FX_EVENT_RCPT;
    return true;
}

static bool reply_truncate(const struct cause *why, struct fx_reply *reply)
{
    switch (why->finding->overflow) {
    case FX_OVERFLOW_DROP_CONNECTION:
        compose(reply, FX_OUTCOME_DROP, 421, "4.7.0", "Connection dropped", why);
        return true;
    case FX_OVERFLOW_FAIL:
        compose(reply, FX_OUTCOME_REJECT, 550, "5.5.3", "Too many recipients", why);
        reply->transaction = false;
        return true;
    case FX_OVERFLOW_LOSE:
        return false;
    default:
        compose(reply, FX_OUTCOME_DEFER, 452, "4.5.3", "Too many recipients", why);
        reply->transaction = false;
        return true;
    }
}

static bool reply_refuse(const struct cause *why, struct fx_reply *reply)
{
    const struct fx_finding *f = why->finding;
    if (f->rule == FX_RULE_RECEIVED_HOPS) {
        compose(reply, FX_OUTCOME_REJECT, 554, "5.4.6", "Too many hops, mail loop", why);
        return true;
    }
    char buffer[FX_REPLY_TEXT];
    struct fx_text text;
    fx_text_init_fixed(&text, buffer, sizeof buffer);
    fx_text_add(&text, fx_findings_note(why->list, &f->evidence));
    fx_text_add_str(&text, " is required here, and was not used (");
    fx_text_add_str(&text, fx_rule_name(f->rule));
    fx_text_add_char(&text, ')');
    fx_reply_set(reply, FX_OUTCOME_REJECT, 530, "5.7.0", fx_text_slice(&text));
    return true;
}

bool fx_reply_for(const struct fx_session *s, const struct fx_event *event,
                  const struct fx_findings *list, const struct fx_finding *f,
                  struct fx_reply *reply, const char **instead)
{
    const struct cause why = {s, list, f};
    *instead = NULL;
    if (never_refuses(f->rule))
        return false;
    if (f->past) {
        *instead = "nothing: EHLO was answered before, and HELO would have done";
        return false;
    }
    if (s->local && event->kind == FX_EVENT_RCPT) {
        /* Postfix takes such mail apart and queues it; refusing a recipient here loses it. */
        *instead = "nothing: mail submitted on this host is not refused at RCPT";
        return false;
    }
    switch (f->action) {
    case FX_ACTION_MASK:
        return reply_mask(s, event, fx_findings_note(list, &f->evidence), reply, instead);
    case FX_ACTION_NOOP:
    case FX_ACTION_OK:
        *instead = event->kind == FX_EVENT_MAIL
                       ? "nothing: the session stands as it is"
                       : "the answer of the MTA; a milter cannot say 250 here";
        return false;
    case FX_ACTION_HIDE:
        return reply_hide(&why, event, reply);
    case FX_ACTION_DROP_CONNECTION:
    case FX_ACTION_RESET:
        compose(reply, FX_OUTCOME_DROP, 421, "4.7.0", "Connection dropped", &why);
        return true;
    case FX_ACTION_TRUNCATE:
        return reply_truncate(&why, reply);
    case FX_ACTION_REFUSE:
        return reply_refuse(&why, reply);
    default:
        return false;
    }
}
