/* checks_fixture - see checks_fixture.h. */
#include "checks_fixture.h"

#include "plan.h"

#include <string.h>

static struct asking one;

int asking_begin(void **state)
{
    one.profile = fixture_profile("p");
    one.policy = fixture_policy_of(FX_MODE_OBSERVE, one.profile);
    one.session = fx_session_create(one.policy, FIXTURE_ID);
    *state = &one;
    return one.session == NULL;
}

int asking_finish(void **state)
{
    (void)state;
    fx_session_destroy(one.session);
    fx_policy_destroy(one.policy);
    fixture_free();
    return 0;
}

void tell(struct asking *a, struct fx_event event)
{
    fx_session_observe(a->session, &event);
}

static void remember(char *to, size_t size, struct fx_slice s)
{
    size_t len = s.len < size - 1 ? s.len : size - 1;
    if (len > 0)
        memcpy(to, s.ptr, len);
    to[len] = '\0';
    if (s.ptr == NULL)
        memcpy(to, "-", 2);
}

enum fx_answer fx_report(const struct fx_check_input *in, const struct fx_observation *seen)
{
    struct fx_sink *sink = in->sink;
    if (sink->count < SINK_MAX) {
        sink->reports[sink->count].seen = *seen;
        sink->reports[sink->count].has_limit = in->setting->has_limit;
        sink->reports[sink->count].limit = in->setting->limit;
        remember(sink->reports[sink->count].evidence, sizeof sink->reports[0].evidence,
                 seen->evidence);
        remember(sink->reports[sink->count].detail, sizeof sink->reports[0].detail,
                 seen->detail);
    }
    sink->count++;
    return FX_YES;
}

/* What is reported is never passed over. */
static void ask_quietly(struct asking *a, const struct fx_check *check,
                        const struct fx_event *event, enum fx_answer answer)
{
    fixture_compile(a->policy); /* tests change it between questions */
    const struct fx_plan *plan = a->policy->base.plan;
    for (size_t i = 0; i < plan->count; i++)
        if (plan->steps[i].check == check && check->quiet != NULL &&
            check->quiet(a->session, event, &plan->steps[i].bounds))
            assert_int_not_equal(answer, FX_YES);
}

enum fx_answer ask(struct asking *a, const struct fx_check *check, struct fx_event event)
{
    struct fx_rule_setting setting = a->profile->rule[check->rule];
    assert_true((check->events & FX_EVENT_BIT(event.kind)) != 0);
    if (!setting.from.set)
        setting = (struct fx_rule_setting){
            .action = check->action, .has_limit = check->has_limit, .limit = check->limit};
    a->sink.count = 0;
    fx_session_observe(a->session, &event);
    struct fx_check_input in = {.session = a->session,
                                .event = &event,
                                .rules = a->session->in_message ? a->session->message->rules
                                                                : a->session->rules,
                                .profile = a->profile,
                                .setting = &setting,
                                .sink = &a->sink};
    enum fx_answer answer = check->evaluate(&in);
    assert_int_equal(answer == FX_YES, a->sink.count > 0);
    ask_quietly(a, check, &event, answer);
    return answer;
}
