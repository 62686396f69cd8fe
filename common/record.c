/* record - see record.h. The order of the members is fixed. */
#include "record.h"

#include "chain.h"
#include "check.h"
#include "record_json.h"
#include "rewrite.h"
#include "timestamp.h"
#include "trail.h"

/* Where the list of recipients stops, so that findings have room. */
#define RECIPIENTS_UP_TO (FX_RECORD_MAX / 8 * 5)
#define SUMMARY_MAX ((size_t)8 * 1024)

void fx_record_init(struct fx_record *r)
{
    *r = (struct fx_record){0};
    fx_text_init_growing(&r->text, FX_RECORD_MAX);
    fx_text_init_growing(&r->summary, SUMMARY_MAX);
}

void fx_record_finish(struct fx_record *r)
{
    fx_text_finish(&r->text);
    fx_text_finish(&r->summary);
}

static void seconds(struct fx_text *t, int64_t micro)
{
    uint64_t n = micro < 0 ? 0 : (uint64_t)micro;
    fx_text_add_u64(t, n / 1000000);
    fx_text_add_char(t, '.');
    fx_text_add_padded(t, n % 1000000, 6);
}

/* Everything up to "type", which all records share. */
static void head(struct fx_record *r, struct fx_json *j, int64_t wall, const int64_t *elapsed,
                 struct fx_slice host, const char *type)
{
    fx_text_reset(&r->text);
    fx_text_reset(&r->summary);
    r->flagged = r->found = r->cut = false;
    *j = (struct fx_json){.text = &r->text};
    fx_json_open(j, NULL, '{');
    fx_json_number(j, "v", 1);
    fx_json_name(j, "time");
    fx_text_add_char(&r->text, '"');
    fx_timestamp_add(&r->text, wall);
    fx_text_add_char(&r->text, '"');
    if (elapsed != NULL) {
        fx_json_name(j, "elapsed");
        seconds(&r->text, *elapsed);
    }
    fx_json_string(j, "host", host);
    fx_json_name(j, "seq");
    r->seq_at = r->text.len;
    fx_json_string(j, "type", fx_slice_str(type));
}

static bool done(struct fx_record *r, struct fx_json *j)
{
    if (j->lossy)
        fx_json_bool(j, "lossy", true);
    fx_json_close(j, '}');
    r->cut = j->cut;
    return !r->text.overflow;
}

static const char *ended_name(enum fx_ended ended)
{
    static const char *const names[] = {[FX_ENDED_OPEN] = "close",
                                        [FX_ENDED_EOM] = "eom",
                                        [FX_ENDED_ANSWERED] = "answered",
                                        [FX_ENDED_ABORT] = "abort",
                                        [FX_ENDED_CLOSE] = "close"};
    return names[ended];
}

static void extensions(struct fx_json *j, uint64_t set)
{
    fx_json_open(j, "extensions", '[');
    for (int e = FX_EXT_UNKNOWN + 1; e < FX_EXT_COUNT; e++)
        if (set & FX_BIT(e))
            fx_json_string(j, NULL, fx_slice_str(fx_extension_name((enum fx_extension)e)));
    fx_json_close(j, ']');
}

static void recipients(struct fx_json *j, const struct fx_message *m)
{
    static const char *const results[] = {[FX_RECIPIENT_ACCEPTED] = "accepted",
                                          [FX_RECIPIENT_DEFERRED] = "deferred",
                                          [FX_RECIPIENT_REJECTED] = "rejected",
                                          [FX_RECIPIENT_LOST] = "lost"};
    fx_json_open(j, "to", '[');
    for (size_t i = 0; i < m->recipient_count && !j->cut; i++) {
        fx_json_open(j, NULL, '{');
        fx_json_string(j, "address", fx_kept_slice(&m->recipients[i].address));
        fx_json_string(j, "result", fx_slice_str(results[m->recipients[i].result]));
        fx_json_close(j, '}');
        j->cut = i + 1 < m->recipient_count && j->text->len >= RECIPIENTS_UP_TO;
    }
    fx_json_close(j, ']');
    fx_json_open(j, "recipients", '{');
    for (size_t r = 0; r < FX_RECIPIENT_RESULTS; r++)
        fx_json_number(j, results[r], m->results[r]);
    fx_json_close(j, '}');
}

static void reply(struct fx_json *j, const struct fx_reply *given)
{
    if (given == NULL) {
        fx_json_null(j, "reply");
        return;
    }
    char buffer[FX_REPLY_TEXT + 32];
    struct fx_text text;
    fx_text_init_fixed(&text, buffer, sizeof buffer);
    fx_reply_format(&text, given);
    fx_json_string(j, "reply", fx_text_slice(&text));
}

static void judgement(struct fx_json *j, const struct fx_ruleset *rules,
                      enum fx_outcome verdict, const struct fx_would *would,
                      const struct fx_reply *given)
{
    fx_json_string(j, "profile", fx_slice_str(rules->profiles[0]->name));
    fx_json_string(j, "mode", fx_slice_str(fx_mode_name(rules->mode)));
    fx_json_string(j, "verdict", fx_slice_str(fx_outcome_name(verdict)));
    fx_json_string(j, "would",
                   fx_slice_str(fx_outcome_name((enum fx_outcome)would->outcome[0])));
    reply(j, given);
}

/* The summary for syslog: key="value" words, escaped as JSON strings are, so that nothing from
 * mail can end a line or pass for another word. */
static void word(struct fx_text *t, const char *key, struct fx_slice value)
{
    bool lossy = false;
    if (!fx_slice_told(value))
        return;
    if (t->len > 0)
        fx_text_add_char(t, ' ');
    fx_text_add_str(t, key);
    fx_text_add_char(t, '=');
    fx_text_add_json(t, value, &lossy);
}

static void rule_word(struct fx_text *t, enum fx_rule rule, bool *listed, const char **before)
{
    if (listed[rule])
        return;
    listed[rule] = true;
    fx_text_add_str(t, *before);
    fx_text_add_str(t, fx_rule_name(rule));
    *before = ",";
}

/* Those for which there was no room in the list come last. */
static void rules_word(struct fx_text *t, const struct fx_findings *list)
{
    bool listed[FX_RULE_COUNT] = {false};
    const char *before = "";
    fx_text_add_str(t, " rules=\"");
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].profile == 0)
            rule_word(t, list->items[i].rule, listed, &before);
    for (size_t r = 0; r < FX_RULE_COUNT; r++)
        if (fx_findings_omit(list, (enum fx_rule)r))
            rule_word(t, (enum fx_rule)r, listed, &before);
    fx_text_add_char(t, '"');
}

static void summary(struct fx_record *r, const struct fx_session *s, const struct fx_message *m,
                    enum fx_outcome verdict)
{
    struct fx_text *t = &r->summary;
    const struct fx_would *would = m != NULL ? &m->would : &s->would;
    char buffer[64];
    struct fx_text address;
    fx_text_init_fixed(&address, buffer, sizeof buffer);
    fx_address_format(&address, &s->client);

    word(t, "session", fx_slice_str(s->id));
    if (m != NULL) {
        fx_text_add_str(t, " message=");
        fx_text_add_u64(t, m->number);
        word(t, "queue_id", fx_kept_slice(&m->queue_id));
    }
    word(t, "client", fx_text_slice(&address));
    if (m != NULL)
        word(t, "from", fx_kept_slice(&m->from));
    word(t, "profile", fx_slice_str((m != NULL ? m->rules : s->rules)->profiles[0]->name));
    word(t, "verdict", fx_slice_str(fx_outcome_name(verdict)));
    word(t, "would", fx_slice_str(fx_outcome_name((enum fx_outcome)would->outcome[0])));
    rules_word(t, m != NULL ? &m->findings : &s->findings);
}

/* The MTA's own name, else that of the machine. */
static struct fx_slice host_of(const struct fx_session *s)
{
    if (s->host.told)
        return fx_kept_slice(&s->host);
    return s->policy->host[0] == '\0' ? FX_ABSENT : fx_slice_str(s->policy->host);
}

bool fx_record_message(struct fx_record *r, const struct fx_session *s)
{
    const struct fx_message *m = s->message;
    enum fx_outcome verdict = fx_verdict_message(m);
    int64_t elapsed = m->ended_at.mono - m->began.mono;
    bool whole = m->ended == FX_ENDED_EOM || (m->ended == FX_ENDED_ANSWERED && m->header_ended);
    struct fx_json j;

    head(r, &j, m->ended_at.wall, &elapsed, host_of(s), "message");
    fx_json_string(&j, "session", fx_slice_str(s->id));
    fx_json_number(&j, "message", m->number);
    fx_json_string(&j, "queue_id", fx_kept_slice(&m->queue_id));
    fx_json_string(&j, "message_id", fx_kept_slice(&m->message_id));
    fx_json_connection(&j, s);
    extensions(&j, m->extensions);
    fx_json_string(&j, "from", fx_kept_slice(&m->from));
    recipients(&j, m);
    if (m->header_ended)
        fx_json_number(&j, "size", m->size);
    else
        fx_json_null(&j, "size");
    fx_json_string(&j, "ended", fx_slice_str(ended_name(m->ended)));
    judgement(&j, m->rules, verdict, &m->would,
              m->recipient_refused || (m->refused && m->ended == FX_ENDED_ANSWERED) ? &m->reply
                                                                                    : NULL);
    fx_json_findings(&j, &m->findings, m->rules);
    if (m->signatures != NULL && m->header_ended)
        fx_json_dkim(&j, s);
    fx_json_compare(&j, &m->would, m->rules, !whole);
    r->flagged = verdict != FX_OUTCOME_PASS;
    r->found = m->findings.count > 0;
    if (r->flagged)
        summary(r, s, m, verdict);
    return done(r, &j);
}

bool fx_record_session(struct fx_record *r, const struct fx_session *s)
{
    enum fx_outcome verdict = fx_verdict_session(s);
    int64_t elapsed = s->now.mono - s->began.mono;
    struct fx_json j;

    head(r, &j, s->now.wall, &elapsed, host_of(s), "session");
    fx_json_string(&j, "session", fx_slice_str(s->id));
    fx_json_number(&j, "messages", s->messages);
    fx_json_connection(&j, s);
    judgement(&j, s->rules, verdict, &s->would, s->refused ? &s->reply : NULL);
    fx_json_findings(&j, &s->findings, s->rules);
    fx_json_compare(&j, &s->would, s->rules, false);
    r->flagged = verdict != FX_OUTCOME_PASS;
    r->found = s->findings.count > 0;
    if (r->flagged)
        summary(r, s, NULL, verdict);
    return done(r, &j);
}

static struct fx_slice word_or_absent(const char *word)
{
    return word[0] == '\0' ? FX_ABSENT : fx_slice_str(word);
}

/* The only one that is known later. */
static void later_limit(struct fx_json *j)
{
    char space[64];
    struct fx_text name;
    fx_text_init_fixed(&name, space, sizeof space);
    fx_limit_name(FX_LIMIT_STATE_ENTRIES, &name);
    fx_json_string(j, "evidence", fx_text_slice(&name));
}

/* The one finding, with the members of its rule. */
static void later_finding(struct fx_json *j, const struct fx_later *later)
{
    bool lost = later->returned < later->count;
    bool truncation = later->rule == FX_RULE_RECIPIENT_TRUNCATION;
    fx_json_open(j, "findings", '[');
    fx_json_open(j, NULL, '{');
    fx_json_string(j, "rule", fx_slice_str(fx_rule_name(later->rule)));
    fx_json_string(j, "profile", fx_slice_str(later->profile));
    fx_json_string(j, "stage", fx_slice_str(fx_stage_name(FX_STAGE_LATER)));
    fx_json_string(j, "action", fx_slice_str(fx_action_name(FX_ACTION_LOG)));
    fx_json_number(j, "observed",
                   truncation && lost ? later->count - later->returned : later->count);
    if (later->rule == FX_RULE_DUPLICATE_DELIVERY) {
        fx_json_name(j, "interval");
        seconds(j->text, later->interval);
    }
    if (later->rule == FX_RULE_LIMIT_EXCEEDED) {
        fx_json_number(j, "limit", later->limit);
        later_limit(j);
    }
    if (later->detail != NULL)
        fx_json_string(j, "detail", fx_slice_str(later->detail));
    if (later->basis != FX_BASIS_OBSERVED)
        fx_json_string(j, "basis", fx_slice_str(fx_basis_name(later->basis)));
    fx_json_string(j, "would", fx_slice_str(fx_outcome_name(FX_OUTCOME_FLAG)));
    fx_json_bool(j, "enforced", false);
    fx_json_close(j, '}');
    fx_json_close(j, ']');
}

static void later_summary(struct fx_record *r, const struct fx_later *later)
{
    struct fx_text *t = &r->summary;
    word(t, "session", fx_slice_str(later->session));
    fx_text_add_str(t, " message=");
    fx_text_add_u64(t, later->message);
    word(t, "queue_id", word_or_absent(later->queue_id));
    word(t, "profile", fx_slice_str(later->profile));
    word(t, "rules", fx_slice_str(fx_rule_name(later->rule)));
    if (later->detail != NULL)
        word(t, "detail", fx_slice_str(later->detail));
    fx_text_add_str(t, " count=");
    fx_text_add_u64(t, later->count);
}

bool fx_record_later(struct fx_record *r, const struct fx_time *now,
                     const struct fx_later *later)
{
    struct fx_json j;
    head(r, &j, now->wall, NULL, word_or_absent(later->host), "later");
    fx_json_string(&j, "session", fx_slice_str(later->session));
    fx_json_number(&j, "message", later->message);
    fx_json_string(&j, "queue_id", word_or_absent(later->queue_id));
    if (later->rule == FX_RULE_RECIPIENT_TRUNCATION) {
        fx_json_open(&j, "recipients", '{');
        fx_json_number(&j, "refused", later->count);
        fx_json_number(&j, "returned", later->returned);
        fx_json_number(&j, "lost", later->count - later->returned);
        fx_json_close(&j, '}');
    }
    fx_json_string(&j, "profile", fx_slice_str(later->profile));
    fx_json_string(&j, "mode", fx_slice_str(fx_mode_name(later->mode)));
    later_finding(&j, later);
    r->flagged = r->found = true;
    later_summary(r, later);
    return done(r, &j);
}

/* "name":{"EHLO":12,"unknown":1}: what was counted at all. */
static void verbs(struct fx_json *j, const char *name, const uint64_t *counts)
{
    fx_json_open(j, name, '{');
    for (int v = FX_VERB_UNKNOWN + 1; v < FX_VERB_COUNT; v++)
        if (counts[v] > 0)
            fx_json_number(j, fx_verb_name((enum fx_verb)v), counts[v]);
    if (counts[FX_VERB_UNKNOWN] > 0)
        fx_json_number(j, "unknown", counts[FX_VERB_UNKNOWN]);
    fx_json_close(j, '}');
}

/* "chain":{"algorithm":"hmac-sha256","key":"..."}: how to verify it from here on. */
static void chain_member(struct fx_json *j, const struct fx_chain *chain)
{
    if (chain == NULL)
        return;
    fx_json_open(j, "chain", '{');
    fx_json_string(j, "algorithm", fx_slice_str(fx_chain_algorithm(chain)));
    fx_json_string(j, "key", word_or_absent(fx_chain_key_id(chain)));
    fx_json_close(j, '}');
}

bool fx_record_daemon(struct fx_record *r, const char *type, const struct fx_time *now,
                      const struct fx_policy *policy, const struct fx_daemon_told *told)
{
    struct fx_json j;
    head(r, &j, now->wall, NULL, word_or_absent(policy->host), type);
    fx_json_string(&j, "policy", fx_slice_str(policy->digest));
    fx_json_string(&j, "profile", fx_slice_str(policy->base.profiles[0]->name));
    fx_json_string(&j, "mode", fx_slice_str(fx_mode_name(policy->base.mode)));
    if (fx_slice_told(told->fault))
        fx_json_string(&j, "fault", told->fault);
    chain_member(&j, told->chain);
    if (fx_slice_told(told->torn))
        fx_json_string(&j, "torn", told->torn);
    if (told->missing_from > 0) {
        fx_json_open(&j, "missing", '{');
        fx_json_number(&j, "from", told->missing_from);
        fx_json_number(&j, "to", told->missing_to);
        fx_json_close(&j, '}');
    }
    if (told->rewritten)
        fx_json_bool(&j, "rewritten_log", true);
    if (told->counts != NULL) {
        verbs(&j, "commands", told->counts->seen);
        verbs(&j, "rewritten", told->counts->rewritten);
    }
    return done(r, &j);
}

bool fx_record_head(struct fx_record *r, const struct fx_time *now, struct fx_slice host,
                    const struct fx_chain *chain, struct fx_slice signer,
                    struct fx_slice signature)
{
    struct fx_json j;
    head(r, &j, now->wall, NULL, host, "head");
    chain_member(&j, chain);
    if (fx_slice_told(signature)) {
        fx_json_string(&j, "signer", signer);
        fx_json_string(&j, "signature", signature);
    }
    return done(r, &j);
}

bool fx_record_begin_line(const struct fx_record *r, uint64_t seq, const char *extra,
                          struct fx_text *line)
{
    struct fx_slice all = fx_text_slice(&r->text);
    if (all.len == 0)
        return false;
    fx_text_reset(line);
    fx_text_add(line, fx_slice_first(all, r->seq_at));
    fx_text_add_u64(line, seq);
    all = fx_slice_from(all, r->seq_at);
    fx_text_add(line, fx_slice_first(all, all.len - 1));
    fx_text_add_str(line, extra);
    return !line->overflow;
}

bool fx_record_line(const struct fx_record *r, uint64_t seq, const char *extra,
                    struct fx_text *line)
{
    if (!fx_record_begin_line(r, seq, extra, line))
        return false;
    fx_text_add_char(line, '}');
    return !line->overflow;
}
