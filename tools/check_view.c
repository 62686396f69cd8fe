/* check_view - see check_view.h. */
#include "check_view.h"

#include "terminal.h"

#include <inttypes.h>
#include <stdlib.h>

bool ctl_view_init(struct ctl_view *view, const struct fx_policy *policy)
{
    *view = (struct ctl_view){.policy = policy, .colour = ctl_terminal_colour(stdout)};
    view->hurt = calloc(policy->profile_count + 1, sizeof *view->hurt);
    return view->hurt != NULL;
}

void ctl_view_finish(struct ctl_view *view)
{
    free(view->hurt);
    view->hurt = NULL;
}

/* What the firewall does, as the end of a sentence that began with the finding. */
static const char *action_words(const struct fx_finding *f)
{
    static const char *const words[FX_ACTION_COUNT] = {
        [FX_ACTION_NONE] = "nothing is done about it",
        [FX_ACTION_LOG] = "the firewall logs it",
        [FX_ACTION_HIDE] = "the firewall would not have offered it",
        [FX_ACTION_MASK] = "the firewall overwrites it, the server answers 500",
        [FX_ACTION_NOOP] = "the firewall makes a NOOP of it",
        [FX_ACTION_OK] = "the firewall answers OK and keeps it",
        [FX_ACTION_BLANK] = "the firewall replaces the character",
        [FX_ACTION_DROP_CONNECTION] = "the firewall cuts the connection",
        [FX_ACTION_RESET] = "the firewall resets the connection",
        [FX_ACTION_HOLD] = "the end of data is never acknowledged",
        [FX_ACTION_TRUNCATE] = "the recipients over the limit are not taken",
        [FX_ACTION_REFUSE] = "the server refuses it",
    };
    return words[f->action];
}

static void put_finding(const struct fx_findings *list, const struct fx_finding *f,
                        const struct fx_ruleset *rules)
{
    struct fx_slice evidence = fx_findings_note(list, &f->evidence);
    struct fx_slice detail = fx_findings_note(list, &f->detail);
    printf("  %s [", fx_rule_name(f->rule));
    ctl_put_str(stdout, rules->profiles[f->profile]->name);
    printf(", %s", fx_stage_name(f->stage));
    if (f->basis != FX_BASIS_OBSERVED)
        printf(", %s", fx_basis_name(f->basis));
    fputs("]", stdout);
    if (f->has_observed)
        printf(" %s%" PRIu64, f->at_least ? "at least " : "", f->observed);
    if (f->has_limit)
        printf("%s limit %" PRIu64, f->has_observed ? "," : "", f->limit);
    if (evidence.len > 0) {
        fputs(f->has_observed || f->has_limit ? ", \"" : " \"", stdout);
        ctl_put(stdout, evidence);
        fputs(f->evidence.cut ? "...\"" : "\"", stdout);
    }
    if (detail.len > 0) {
        fputs(" (", stdout);
        ctl_put(stdout, detail);
        fputs(f->detail.cut ? "...)" : ")", stdout);
    }
    printf(": %s", action_words(f));
    if (f->instead != NULL)
        printf(" (%s)", f->instead);
    fputc('\n', stdout);
}

static void note_hurt(struct ctl_view *view, const struct fx_profile *profile)
{
    for (size_t i = 0; i < view->policy->profile_count; i++)
        if (view->policy->profiles[i] == profile)
            view->hurt[i] = true;
}

static void put_others(struct ctl_view *view, const struct fx_ruleset *rules,
                       const struct fx_would *would)
{
    for (size_t p = 0; p < rules->profile_count; p++) {
        enum fx_outcome outcome = (enum fx_outcome)would->outcome[p];
        if (outcome >= FX_OUTCOME_DEFER)
            note_hurt(view, rules->profiles[p]);
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
    ctl_put_str(stdout, name);
    if (m == NULL)
        fputs(" (session)", stdout);
    else if (many)
        printf(" (message %" PRIu64 ")", m->number);
    fputs(": ", stdout);
    ctl_put_outcome(stdout, main_outcome, view->colour);
    fputs(" (", stdout);
    ctl_put_str(stdout, rules->profiles[0]->name);
    fputs(")\n", stdout);
    for (size_t i = 0; i < list->count; i++)
        put_finding(list, &list->items[i], rules);
    if (list->omitted > 0)
        printf("  and %" PRIu64 " more\n", list->omitted);
    put_others(view, rules, would);
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

void ctl_view_end(const struct ctl_view *view, uint64_t sources)
{
    uint64_t messages = 0;
    const char *before = ": ";
    for (size_t i = 0; i < view->policy->profile_count; i++)
        if (view->hurt[i])
            put_remedy(view->policy->profiles[i]);
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
}
