/* side_by_side - see side_by_side.h. */
#include "side_by_side.h"

#include "check_view.h"
#include "record_json.h"
#include "settings.h"
#include "terminal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH 100 /* where there is no terminal */
#define GAP 2     /* between columns */
#define ROW_INDENT 4
#define FOLD_INDENT 6
#define TEXT_MAX ((size_t)256 * 1024 * 1024) /* 1000 findings, 4096 octets, 64 profiles */

/* One finding among those that are the same thing seen. */
struct ctl_joint {
    bool begins;       /* it is the first of them */
    size_t next;       /* the next of them, by index; 0: none */
    uint64_t profiles; /* in the first: FX_BIT of all that say it */
};

/* What is shown of one message or session. */
struct view {
    const struct fx_session *session;
    const struct fx_message *message; /* NULL: the session's own record */
    const struct fx_ruleset *rules;
    const struct fx_findings *list;
    const struct fx_would *would;
};

/* Where a finding comes from. source NULL: from no setting, it is the server's own rule. */
struct origin {
    const char *confidence; /* NULL: no profile says it */
    const char *source;
};

/* No rule is turned on or off by it: the plan of the ruleset (plan.h) stays as it is. */
static void lower(struct fx_ruleset *rules)
{
    if (rules->mode > FX_MODE_OBSERVE)
        rules->mode = FX_MODE_OBSERVE;
    for (size_t i = 0; i < FX_RULE_COUNT; i++)
        if (rules->rule_mode[i] > FX_MODE_OBSERVE)
            rules->rule_mode[i] = FX_MODE_OBSERVE;
}

void ctl_side_policy(struct fx_policy *policy)
{
    uint64_t most = (uint64_t)fx_settings_row(FX_SETTING_LIMITS_FINDINGS)->max;
    lower(&policy->base);
    for (size_t i = 0; i < policy->block_count; i++)
        lower(&policy->blocks[i].rules);
    policy->flagged_only = false;
    policy->limits.findings *= policy->profile_count;
    if (policy->limits.findings > most)
        policy->limits.findings = most;
    policy->limits.findings_share = policy->limits.findings / policy->profile_count;
}

void ctl_side_init(struct ctl_side *side, bool json)
{
    *side = (struct ctl_side){.json = json,
                              .colour = ctl_terminal_colour(stdout),
                              .width = ctl_terminal_width(stdout)};
    if (side->width == 0)
        side->width = WIDTH;
    fx_text_init_growing(&side->text, TEXT_MAX);
}

void ctl_side_finish(struct ctl_side *side)
{
    fx_text_finish(&side->text);
    free(side->joints);
    side->joints = NULL;
    side->joint_cap = 0;
}

static struct origin origin_of(const struct view *v, const struct fx_finding *f, unsigned p)
{
    const struct fx_profile *profile = v->rules->profiles[p];
    const struct fx_provenance *from = &profile->rule[f->rule].from;
    const struct fx_dkim_rule *anomaly = fx_dkim_rule(f->rule);
    bool simulated =
        v->rules->recipients.limit > 0 || v->rules->recipients.overflow != FX_OVERFLOW_NONE;
    if (f->rule == FX_RULE_RECIPIENT_COUNT && p == 0 && simulated)
        return (struct origin){.source = "simulate.recipients of the configuration"};
    if (anomaly != NULL)
        return (struct origin){.source = anomaly->source};
    /* Hidden without a rule that says so: it follows from the list of keywords. */
    if (!from->set && f->action == FX_ACTION_HIDE)
        from = &profile->extensions.from;
    if (!from->set)
        return (struct origin){0};
    return (struct origin){fx_confidence_name(from->confidence), from->source};
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_note(const struct view *v, const struct fx_note *a, const struct fx_note *b)
{
    return a->told == b->told && a->cut == b->cut &&
           fx_slice_eq(fx_findings_note(v->list, a), fx_findings_note(v->list, b));
}

/* The same thing seen, whatever each firewall does about it. */
static bool same_seen(const struct view *v, const struct fx_finding *a,
                      const struct fx_finding *b)
{
    return a->rule == b->rule && a->stage == b->stage && a->has_observed == b->has_observed &&
           a->observed == b->observed && a->at_least == b->at_least &&
           a->signature == b->signature && a->has_offset == b->has_offset &&
           a->offset == b->offset && same_note(v, &a->evidence, &b->evidence) &&
           same_note(v, &a->detail, &b->detail);
}

/* Adds finding i to those that begin with `first`. */
static void append(struct ctl_side *side, const struct view *v, size_t first, size_t i)
{
    size_t last = first;
    while (side->joints[last].next != 0)
        last = side->joints[last].next;
    side->joints[last].next = i;
    side->joints[i].begins = false;
    side->joints[first].profiles |= v->list->items[i].said_by;
}

/* A finding of a compared profile joins the last one that saw the same, unless this profile is
 * in there already: then it was seen twice. The main profile's come first of each. false: no
 * memory. */
static bool join(struct ctl_side *side, const struct view *v)
{
    size_t count = v->list->count;
    if (count > side->joint_cap) {
        struct ctl_joint *bigger = realloc(side->joints, count * sizeof *bigger);
        if (bigger == NULL)
            return false;
        side->joints = bigger;
        side->joint_cap = count;
    }
    for (size_t i = 0; i < count; i++) {
        const struct fx_finding *f = &v->list->items[i];
        side->joints[i] = (struct ctl_joint){.begins = true, .profiles = f->said_by};
        for (size_t n = f->profile == 0 ? 0 : i; n > 0; n--) {
            const struct ctl_joint *joint = &side->joints[n - 1];
            if (!joint->begins || (joint->profiles & f->said_by) != 0 ||
                !same_seen(v, &v->list->items[n - 1], f))
                continue;
            append(side, v, n - 1, i);
            break;
        }
    }
    return true;
}

/* ---- for people ---- */

/* Rules of the profile that are only assumed, and so have no say. */
static unsigned assumed_off(const struct view *v, size_t p)
{
    unsigned count = 0;
    for (size_t r = 0; r < FX_RULE_COUNT; r++) {
        const struct fx_rule_setting *s = &v->rules->profiles[p]->rule[r];
        count += s->from.set && s->action != FX_ACTION_NONE &&
                 !fx_ruleset_counts(v->rules, (enum fx_rule)r, s);
    }
    return count;
}

static void put_outcomes(const struct ctl_side *side, const struct view *v)
{
    size_t columns = strlen("profile");
    for (size_t p = 0; p < v->rules->profile_count; p++) {
        size_t needed = ctl_columns(fx_slice_str(v->rules->profiles[p]->name));
        columns = needed > columns ? needed : columns;
    }
    printf("  %-*s would\n", (int)columns + GAP - 1, "profile");
    for (size_t p = 0; p < v->rules->profile_count; p++) {
        struct fx_slice name = fx_slice_str(v->rules->profiles[p]->name);
        fputs("  ", stdout);
        ctl_put(stdout, name);
        printf("%*s", (int)(columns - ctl_columns(name)) + GAP, "");
        ctl_put_outcome(stdout, (enum fx_outcome)v->would->outcome[p], side->colour);
        unsigned off = assumed_off(v, p);
        if (off > 0)
            printf("  (%u rule%s only assumed, and off)", off, off == 1 ? "" : "s");
        fputc('\n', stdout);
    }
}

/* What profile p says of the thing seen that finding `first` begins, or NULL. */
static const struct fx_finding *finding_of(const struct ctl_side *side, const struct view *v,
                                           size_t first, unsigned p)
{
    size_t i = first;
    while ((v->list->items[i].said_by & FX_BIT(p)) == 0) {
        i = side->joints[i].next;
        if (i == 0)
            return NULL;
    }
    return &v->list->items[i];
}

static bool treated_alike(const struct view *v, const struct fx_finding *f, unsigned p,
                          const struct fx_finding *g, unsigned q)
{
    struct origin a = origin_of(v, f, p), b = origin_of(v, g, q);
    return f->action == g->action && f->overflow == g->overflow && f->basis == g->basis &&
           f->has_limit == g->has_limit && f->limit == g->limit &&
           same_text(a.confidence, b.confidence) && same_text(a.source, b.source);
}

/* "asa-9, asa-9-allow-tls: drop-connection, limit 998; documented: Cisco ..." from the colon on
 */
static void add_treatment(struct fx_text *t, const struct fx_finding *f, struct origin origin)
{
    fx_text_add_str(t, ": ");
    fx_text_add_str(t, fx_action_name(f->action));
    if (f->overflow != FX_OVERFLOW_NONE) {
        fx_text_add_str(t, " (");
        fx_text_add_str(t, fx_overflow_name(f->overflow));
        fx_text_add_char(t, ')');
    }
    if (f->has_limit) {
        fx_text_add_str(t, ", ");
        fx_text_add_str(t, ctl_view_limit_word(f->rule));
        fx_text_add_char(t, ' ');
        fx_text_add_u64(t, f->limit);
    }
    if (f->basis != FX_BASIS_OBSERVED) {
        fx_text_add_str(t, " (the finding is ");
        fx_text_add_str(t, fx_basis_name(f->basis));
        fx_text_add_char(t, ')');
    }
    fx_text_add_str(t, "; ");
    if (origin.confidence != NULL) {
        fx_text_add_str(t, origin.confidence);
        fx_text_add_str(t, ": ");
    }
    fx_text_add_str(t, origin.source != NULL
                           ? origin.source
                           : "no setting of the profile, a rule of the server's own");
}

/* A row for each way to treat it; false: no memory. */
static bool put_treatments(struct ctl_side *side, const struct view *v, size_t first)
{
    uint64_t done = 0;
    for (unsigned p = 0; p < v->rules->profile_count; p++) {
        const struct fx_finding *f = finding_of(side, v, first, p);
        if (f == NULL || (done & FX_BIT(p)) != 0)
            continue;
        fx_text_reset(&side->text);
        fx_text_add_str(&side->text, v->rules->profiles[p]->name);
        for (unsigned q = p + 1; q < v->rules->profile_count; q++) {
            const struct fx_finding *g = finding_of(side, v, first, q);
            if (g == NULL || !treated_alike(v, f, p, g, q))
                continue;
            done |= FX_BIT(q);
            fx_text_add_str(&side->text, ", ");
            fx_text_add_str(&side->text, v->rules->profiles[q]->name);
        }
        add_treatment(&side->text, f, origin_of(v, f, p));
        if (side->text.overflow)
            return false;
        printf("%*s", ROW_INDENT, "");
        ctl_put_folded(stdout, fx_text_slice(&side->text), ROW_INDENT, FOLD_INDENT,
                       side->width);
    }
    return true;
}

/* An anomaly of a signature is no matter of profiles. */
static bool put_meaning(struct ctl_side *side, const struct fx_finding *f)
{
    const struct fx_dkim_rule *rule = fx_dkim_rule(f->rule);
    fx_text_reset(&side->text);
    fx_text_add_str(&side->text, fx_severity_name(rule->severity));
    fx_text_add_str(&side->text, ", whatever the firewall: ");
    fx_text_add_str(&side->text, rule->means);
    fx_text_add_str(&side->text, "; ");
    fx_text_add_str(&side->text, rule->source);
    if (side->text.overflow)
        return false;
    printf("%*s", ROW_INDENT, "");
    ctl_put_folded(stdout, fx_text_slice(&side->text), ROW_INDENT, FOLD_INDENT, side->width);
    return true;
}

static bool put_text(struct ctl_side *side, const char *name, bool many, const struct view *v)
{
    bool good = true;
    if (!join(side, v))
        return false;
    if (side->records > 0)
        fputc('\n', stdout);
    ctl_view_title(name, many, v->session);
    fputc('\n', stdout);
    put_outcomes(side, v);
    for (size_t i = 0; i < v->list->count && good; i++) {
        const struct fx_finding *f = &v->list->items[i];
        if (!side->joints[i].begins)
            continue;
        printf("  %s [%s]", fx_rule_name(f->rule), fx_stage_name(f->stage));
        ctl_view_seen(v->list, f, fx_dkim_rule(f->rule) != NULL);
        fputc('\n', stdout);
        good =
            fx_dkim_rule(f->rule) != NULL ? put_meaning(side, f) : put_treatments(side, v, i);
    }
    if (v->list->omitted > 0)
        printf("  and %" PRIu64 " more\n", v->list->omitted);
    ctl_signatures_put(v->message, side->colour);
    ctl_embedded_note(&side->embedded, v->list);
    return good;
}

/* ---- JSON ---- */

static void add_number(struct fx_json *j, const char *name, bool told, uint64_t value)
{
    if (told)
        fx_json_number(j, name, value);
    else
        fx_json_null(j, name);
}

/* The members that are always there first, null where there is nothing to say. */
static void add_finding(struct fx_json *j, const struct view *v, const struct fx_finding *f,
                        unsigned p)
{
    struct origin origin = origin_of(v, f, p);
    fx_json_open(j, NULL, '{');
    fx_json_string(j, "rule", fx_slice_str(fx_rule_name(f->rule)));
    fx_json_string(j, "stage", fx_slice_str(fx_stage_name(f->stage)));
    fx_json_string(j, "action", fx_slice_str(fx_action_name(f->action)));
    add_number(j, "observed", f->has_observed, f->observed);
    add_number(j, "limit", f->has_limit, f->limit);
    fx_json_string(j, "evidence", fx_findings_note(v->list, &f->evidence));
    fx_json_string(j, "detail", fx_findings_note(v->list, &f->detail));
    fx_json_string(j, "basis", fx_slice_str(fx_basis_name(f->basis)));
    fx_json_string(j, "confidence", fx_slice_str(origin.confidence));
    fx_json_string(j, "source", fx_slice_str(origin.source));
    if (f->overflow != FX_OVERFLOW_NONE)
        fx_json_string(j, "overflow", fx_slice_str(fx_overflow_name(f->overflow)));
    if (f->at_least)
        fx_json_bool(j, "at_least", true);
    if (f->evidence.cut)
        fx_json_bool(j, "evidence_cut", true);
    fx_json_signature(j, f);
    fx_json_close(j, '}');
}

static void add_profile(struct fx_json *j, const struct view *v, unsigned p)
{
    enum fx_outcome would = (enum fx_outcome)v->would->outcome[p];
    fx_json_open(j, NULL, '{');
    fx_json_string(j, "name", fx_slice_str(v->rules->profiles[p]->name));
    fx_json_string(j, "would", fx_slice_str(fx_outcome_name(would)));
    fx_json_number(j, "assumed_off", assumed_off(v, p));
    fx_json_open(j, "findings", '[');
    for (size_t i = 0; i < v->list->count; i++)
        if ((v->list->items[i].said_by & FX_BIT(p)) != 0)
            add_finding(j, v, &v->list->items[i], p);
    fx_json_close(j, ']');
    fx_json_close(j, '}');
}

static bool put_json(struct ctl_side *side, const char *name, const struct view *v)
{
    struct fx_json j = {.text = &side->text};
    fx_text_reset(&side->text);
    fx_json_open(&j, NULL, '{');
    fx_json_string(&j, "source", fx_slice_str(name));
    fx_json_string(&j, "type", v->message != NULL ? FX_LIT("message") : FX_LIT("session"));
    fx_json_string(&j, "session", fx_slice_str(v->session->id));
    add_number(&j, "message", v->message != NULL, v->message != NULL ? v->message->number : 0);
    fx_json_open(&j, "profiles", '[');
    for (unsigned p = 0; p < v->rules->profile_count; p++)
        add_profile(&j, v, p);
    fx_json_close(&j, ']');
    if (v->list->omitted > 0)
        fx_json_number(&j, "findings_omitted", v->list->omitted);
    if (v->message != NULL && v->message->signatures != NULL && v->message->header_ended)
        fx_json_dkim(&j, v->session);
    if (j.lossy)
        fx_json_bool(&j, "lossy", true);
    fx_json_close(&j, '}');
    fx_text_add_char(&side->text, '\n');
    return !side->text.overflow &&
           fwrite(side->text.data, 1, side->text.len, stdout) == side->text.len;
}

bool ctl_side_record(struct ctl_side *side, const char *name, bool many,
                     const struct fx_session *s)
{
    const struct fx_message *m = s->in_message ? s->message : NULL;
    struct view v = {.session = s,
                     .message = m,
                     .rules = m != NULL ? m->rules : s->rules,
                     .list = m != NULL ? &m->findings : &s->findings,
                     .would = m != NULL ? &m->would : &s->would};
    bool good = side->json ? put_json(side, name, &v) : put_text(side, name, many, &v);
    side->records++;
    return good;
}

void ctl_side_end(const struct ctl_side *side)
{
    ctl_embedded_put(&side->embedded);
}
