/* check_view - see check_view.h. */
#include "check_view.h"

#include "terminal.h"

#include <inttypes.h>
#include <stdlib.h>

bool ctl_view_init(struct ctl_view *view, const struct fx_policy *policy)
{
    *view = (struct ctl_view){.policy = policy, .colour = ctl_terminal_colour(stdout)};
    view->behind = calloc(policy->profile_count + 1, sizeof *view->behind);
    return view->behind != NULL;
}

void ctl_view_finish(struct ctl_view *view)
{
    free(view->behind);
    view->behind = NULL;
}

/* What the firewall does, as the end of a sentence that began with the finding. */
static const char *action_words(const struct fx_finding *f, const struct fx_ruleset *rules)
{
    static const char *const words[FX_ACTION_COUNT] = {
        [FX_ACTION_NONE] = "nothing is done about it",
        [FX_ACTION_LOG] = "noted",
        [FX_ACTION_HIDE] = "the firewall would not have offered it",
        [FX_ACTION_MASK] = "the firewall overwrites it, the server answers 500",
        [FX_ACTION_NOOP] = "the firewall makes a NOOP of it",
        [FX_ACTION_OK] = "the firewall itself answers OK, the server never sees it",
        [FX_ACTION_BLANK] = "the firewall replaces the character",
        [FX_ACTION_DROP_CONNECTION] = "the firewall cuts the connection",
        [FX_ACTION_RESET] = "the firewall resets the connection",
        [FX_ACTION_HOLD] = "the end of data is never acknowledged",
        [FX_ACTION_TRUNCATE] = "the recipients over the limit are not taken",
        [FX_ACTION_REFUSE] = "the server refuses it",
    };
    if (f->action == FX_ACTION_LOG && rules->profiles[f->profile]->rule[f->rule].from.set)
        return "the firewall logs it";
    return words[f->action];
}

/* What a rule counts: "1 octet", "2 octets over 127". */
static void put_observed(const struct fx_finding *f)
{
    static const struct {
        const char *one, *more;
    } units[FX_RULE_COUNT] = {
        [FX_RULE_VERB_TOO_SHORT] = {"character", ""},
        [FX_RULE_VERB_MASKED_UPSTREAM] = {"character", ""},
        [FX_RULE_COMMAND_LINE_LENGTH] = {"octet", ""},
        [FX_RULE_SENDER_ADDRESS_LENGTH] = {"octet", ""},
        [FX_RULE_ADDRESS_CHARACTER] = {"character", ""},
        [FX_RULE_RECIPIENT_COUNT] = {"recipient", ""},
        [FX_RULE_HEADER_LINE_LENGTH] = {"octet", ""},
        [FX_RULE_BODY_LINE_LENGTH] = {"octet", ""},
        [FX_RULE_MIME_FILENAME_LENGTH] = {"octet", ""},
        [FX_RULE_BODY_8BIT] = {"octet", " over 127"},
        [FX_RULE_SIZE_MISMATCH] = {"octet", ""},
        [FX_RULE_MESSAGE_SIZE] = {"octet", ""},
        [FX_RULE_RECEIVED_HOPS] = {"hop", ""},
        [FX_RULE_CONTENT_TYPE_DUPLICATE] = {"field", ""},
        [FX_RULE_DKIM_KEY_SMALL] = {"octet", ""},
        [FX_RULE_DKIM_B_LENGTH] = {"octet", ""},
        [FX_RULE_DKIM_BH_LENGTH] = {"octet", ""},
        [FX_RULE_DKIM_L_PRESENT] = {"octet", ""},
        [FX_RULE_DKIM_L_LARGE] = {"octet", ""},
        [FX_RULE_DKIM_H_ABSENT] = {"time", " in h="},
        [FX_RULE_DKIM_H_OVERSIGN] = {"time", " in h="},
        [FX_RULE_DKIM_H_PARTIAL] = {"field", ""},
        [FX_RULE_DKIM_HDR_COUNT] = {"field", ""},
        [FX_RULE_DKIM_MULTI_SIG] = {"signature", ""},
    };
    fputs(f->at_least ? " at least " : " ", stdout);
    ctl_signature_number(f->rule, f->observed);
    if (units[f->rule].one != NULL)
        printf(" %s%s%s", units[f->rule].one, f->observed == 1 ? "" : "s", units[f->rule].more);
}

/* "SIZE" and "BODY=8BITMIME" already name the extension that the detail is. */
static bool repeats(struct fx_slice evidence, struct fx_slice detail)
{
    if (evidence.len > detail.len && evidence.ptr[evidence.len - detail.len - 1] == '=')
        evidence = fx_slice_from(evidence, evidence.len - detail.len);
    return fx_slice_eq_nocase(evidence, detail);
}

const char *ctl_view_limit_word(enum fx_rule rule)
{
    static const char *const words[FX_RULE_COUNT] = {
        [FX_RULE_VERB_TOO_SHORT] = "minimum",  [FX_RULE_DKIM_KEY_SMALL] = "minimum",
        [FX_RULE_DKIM_B_LENGTH] = "wanted",    [FX_RULE_DKIM_BH_LENGTH] = "wanted",
        [FX_RULE_DKIM_L_PRESENT] = "signed",   [FX_RULE_DKIM_L_LARGE] = "the body has",
        [FX_RULE_DKIM_T_FUTURE] = "latest",    [FX_RULE_DKIM_X_PAST] = "earliest",
        [FX_RULE_DKIM_X_LE_T] = "made",        [FX_RULE_DKIM_H_ABSENT] = "there",
        [FX_RULE_DKIM_H_OVERSIGN] = "there",   [FX_RULE_DKIM_H_PARTIAL] = "signed",
        [FX_RULE_DKIM_ARC_INSTANCE] = "up to",
    };
    return words[rule] != NULL ? words[rule] : "limit";
}

void ctl_view_seen(const struct fx_findings *list, const struct fx_finding *f, bool limit)
{
    struct fx_slice evidence = fx_findings_note(list, &f->evidence);
    struct fx_slice detail = fx_findings_note(list, &f->detail);
    const char *before = f->signature > 0 ? "," : "";
    limit = limit && f->has_limit;
    ctl_signature_where(f);
    if (f->has_observed) {
        fputs(before, stdout);
        put_observed(f);
        before = ",";
    }
    if (limit) {
        printf("%s %s ", before, ctl_view_limit_word(f->rule));
        ctl_signature_number(f->rule, f->limit);
        before = ",";
    }
    if (evidence.len > 0) {
        printf("%s \"", before);
        ctl_put(stdout, evidence);
        fputs(f->evidence.cut ? "...\"" : "\"", stdout);
    }
    if (detail.len > 0 && !repeats(evidence, detail)) {
        fputs(" (", stdout);
        ctl_put(stdout, detail);
        fputs(f->detail.cut ? "...)" : ")", stdout);
    }
}

/* An anomaly of a signature: no firewall has a say in it. */
static void put_anomaly(const struct fx_findings *list, const struct fx_finding *f, bool colour)
{
    const struct fx_dkim_rule *rule = fx_dkim_rule(f->rule);
    printf("  %s [", fx_rule_name(f->rule));
    ctl_put_severity(stdout, f->severity, colour);
    if (f->basis != FX_BASIS_OBSERVED)
        printf(", %s", fx_basis_name(f->basis));
    fputs("]", stdout);
    ctl_view_seen(list, f, true);
    printf(": %s (%s)\n", rule->means, rule->source);
}

static void put_finding(const struct fx_findings *list, const struct fx_finding *f,
                        const struct fx_ruleset *rules)
{
    printf("  %s [", fx_rule_name(f->rule));
    ctl_put_str(stdout, rules->profiles[f->profile]->name);
    printf(", %s", fx_stage_name(f->stage));
    if (f->basis != FX_BASIS_OBSERVED)
        printf(", %s", fx_basis_name(f->basis));
    fputs("]", stdout);
    ctl_view_seen(list, f, true);
    printf(": %s", action_words(f, rules));
    if (f->instead != NULL)
        printf(" (%s)", f->instead);
    fputc('\n', stdout);
}

static void note_behind(struct ctl_view *view, const struct fx_profile *profile, bool counts,
                        enum fx_outcome outcome, bool message)
{
    size_t i = 0;
    while (i < view->policy->profile_count && view->policy->profiles[i] != profile)
        i++;
    bool held = outcome >= FX_OUTCOME_DEFER;
    view->behind[i].counted |= held && counts;
    view->behind[i].compared |= held && !counts;
    if (message && !counts)
        view->behind[i].outcomes[outcome]++;
}

static void put_others(struct ctl_view *view, const struct fx_ruleset *rules,
                       const struct fx_would *would, bool message)
{
    for (size_t p = 0; p < rules->profile_count; p++) {
        enum fx_outcome outcome = (enum fx_outcome)would->outcome[p];
        note_behind(view, rules->profiles[p], p == 0, outcome, message);
        if (p == 0)
            continue;
        fputs(p == 1 ? "  other profiles: " : ", ", stdout);
        ctl_put_str(stdout, rules->profiles[p]->name);
        fputc(' ', stdout);
        ctl_put_outcome(stdout, outcome, view->colour);
    }
    if (rules->profile_count > 1)
        fputc('\n', stdout);
}

void ctl_view_title(const char *name, bool many, const struct fx_session *s)
{
    ctl_put_str(stdout, name);
    if (!s->in_message)
        fputs(s->messages > 0 ? " (session)" : " (session without a message)", stdout);
    else if (many)
        /* no fault: clang-analyzer-core.NullDereference: in_message tells that there is one */
        printf(" (message %" PRIu64 ")", s->message->number);
}

void ctl_view_record(struct ctl_view *view, const char *name, bool many,
                     const struct fx_session *s)
{
    const struct fx_message *m = s->in_message ? s->message : NULL;
    const struct fx_ruleset *rules = m != NULL ? m->rules : s->rules;
    const struct fx_findings *list = m != NULL ? &m->findings : &s->findings;
    const struct fx_would *would = m != NULL ? &m->would : &s->would;
    enum fx_outcome main_outcome = (enum fx_outcome)would->outcome[0];

    view->records++;
    if (m != NULL)
        view->outcomes[main_outcome]++;
    ctl_view_title(name, many, s);
    fputs(": ", stdout);
    ctl_put_outcome(stdout, main_outcome, view->colour);
    fputs(" (", stdout);
    ctl_put_str(stdout, rules->profiles[0]->name);
    fputs(")\n", stdout);
    for (size_t i = 0; i < list->count; i++) {
        if (fx_dkim_rule(list->items[i].rule) != NULL)
            put_anomaly(list, &list->items[i], view->colour);
        else
            put_finding(list, &list->items[i], rules);
    }
    if (list->omitted > 0)
        printf("  and %" PRIu64 " more\n", list->omitted);
    ctl_signatures_put(m, view->colour);
    ctl_embedded_note(&view->embedded, list);
    put_others(view, rules, would, m != NULL);
}

static void put_remedy(const struct fx_profile *p)
{
    if (p->remedy == NULL || p->remedy[0] == NULL)
        return;
    fputs("\nwhat to do behind ", stdout);
    ctl_put_str(stdout, p->name);
    if (p->applies != NULL && p->applies[0] != '\0') {
        fputs(" (", stdout);
        ctl_put_str(stdout, p->applies);
        fputc(')', stdout);
    }
    fputs(":\n", stdout);
    for (size_t i = 0; p->remedy[i] != NULL; i++) {
        fputs("  ", stdout);
        ctl_put_str(stdout, p->remedy[i]);
        fputc('\n', stdout);
    }
}

/* The commands for the profiles that count, and where to find those for the others. */
static void put_remedies(const struct ctl_view *view)
{
    bool any = false;
    for (size_t i = 0; i < view->policy->profile_count; i++)
        if (view->behind[i].counted)
            put_remedy(view->policy->profiles[i]);
    for (size_t i = 0; i < view->policy->profile_count; i++) {
        if (view->behind[i].counted || !view->behind[i].compared)
            continue;
        fputs(any ? " " : "\nwhat to do behind others that hold mail up: fixupctl profiles ",
              stdout);
        ctl_put_str(stdout, view->policy->profiles[i]->name);
        any = true;
    }
    if (any)
        fputc('\n', stdout);
}

/* "behind others: pix-6.3 3 drop, 1 reject; pix-7.2.2 12 drop": how many messages each of those
 * that were compared would have held up. */
static void put_behind(const struct ctl_view *view)
{
    const char *before = "behind others: ";
    for (size_t i = 0; i < view->policy->profile_count; i++) {
        const char *name = view->policy->profiles[i]->name;
        for (int o = FX_OUTCOME_COUNT - 1; o >= FX_OUTCOME_DEFER; o--) {
            uint64_t messages = view->behind[i].outcomes[o];
            if (messages == 0)
                continue;
            fputs(before, stdout);
            if (name != NULL) {
                ctl_put_str(stdout, name);
                fputc(' ', stdout);
            }
            printf("%" PRIu64 " ", messages);
            ctl_put_outcome(stdout, (enum fx_outcome)o, view->colour);
            name = NULL;
            before = ", ";
        }
        if (name == NULL)
            before = "; ";
    }
    if (before[0] == ';')
        fputc('\n', stdout);
}

void ctl_view_end(const struct ctl_view *view, uint64_t sources)
{
    uint64_t messages = 0;
    const char *before = ": ";
    put_remedies(view);
    ctl_embedded_put(&view->embedded);
    for (size_t o = 0; o < FX_OUTCOME_COUNT; o++)
        messages += view->outcomes[o];
    if (sources < 2 && view->records < 2)
        return;
    printf("\n%" PRIu64 " message%s", messages, messages == 1 ? "" : "s");
    for (size_t o = 0; o < FX_OUTCOME_COUNT; o++) {
        if (view->outcomes[o] == 0)
            continue;
        printf("%s%" PRIu64 " ", before, view->outcomes[o]);
        ctl_put_outcome(stdout, (enum fx_outcome)o, view->colour);
        before = ", ";
    }
    fputs(" (", stdout);
    ctl_put_str(stdout, view->policy->base.profiles[0]->name);
    fputs(")\n", stdout);
    put_behind(view);
}
