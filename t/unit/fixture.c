/* fixture - see fixture.h. */
#include "fixture.h"

#include "plan.h"

#include <stdlib.h>
#include <string.h>

#define KEPT_MAX 64

static int64_t elapsed;
static char *kept[KEPT_MAX];
static size_t kept_count;

struct fx_profile *fixture_profile(const char *name)
{
    struct fx_profile *p = fx_profile_create(name);
    assert_non_null(p);
    return p;
}

void fixture_rule(struct fx_profile *p, enum fx_rule rule, enum fx_action action, int64_t limit)
{
    p->rule[rule] =
        (struct fx_rule_setting){.from = {.set = true, .confidence = FX_CONFIDENCE_DOCUMENTED},
                                 .action = action,
                                 .has_limit = limit >= 0,
                                 .limit = limit >= 0 ? (uint64_t)limit : 0};
}

void fixture_verbs(struct fx_profile *p, uint64_t set)
{
    p->verbs.from.set = true;
    p->verbs.set = set;
}

void fixture_extensions(struct fx_profile *p, uint64_t set)
{
    p->extensions.from.set = true;
    p->extensions.set = set;
}

void fixture_characters(struct fx_profile *p, const char *set)
{
    size_t len = strlen(set) + 1;
    p->address_characters.from.set = true;
    p->address_characters.set = malloc(len);
    assert_non_null(p->address_characters.set);
    memcpy(p->address_characters.set, set, len);
}

struct fx_policy *fixture_policy(enum fx_mode mode, struct fx_profile *const *profiles)
{
    struct fx_policy *policy = calloc(1, sizeof *policy);
    size_t count = 0;
    while (profiles[count] != NULL)
        count++;
    assert_non_null(policy);
    policy->profiles = calloc(count, sizeof(struct fx_profile *));
    assert_non_null(policy->profiles);
    policy->profile_count = policy->base.profile_count = count;
    for (size_t i = 0; i < count; i++) {
        policy->profiles[i] = profiles[i];
        policy->base.profiles[i] = profiles[i];
    }
    policy->base.mode = mode;
    for (size_t r = 0; r < FX_RULE_COUNT; r++)
        policy->base.rule_mode[r] = mode;
    policy->limits = (struct fx_limits){.findings = 64,
                                        .evidence = 512,
                                        .recipients = 1000,
                                        .signatures = 32,
                                        .address = 1024,
                                        .connections = 4096,
                                        .header_fields = 1000,
                                        .header_octets = 1048576,
                                        .line = 65536,
                                        .parameters = 64};
    fixture_compile(policy);
    return policy;
}

void fixture_compile(struct fx_policy *policy)
{
    assert_true(fx_policy_compile(policy));
}

struct fx_policy *fixture_policy_of(enum fx_mode mode, struct fx_profile *p)
{
    struct fx_profile *const profiles[] = {p, NULL};
    return fixture_policy(mode, profiles);
}

struct fx_event fixture_event(enum fx_event_kind kind, const char *text)
{
    int64_t micro = elapsed++ * 1000000;
    return (struct fx_event){.kind = kind,
                             .text = fx_slice_str(text),
                             .time = {.wall = FIXTURE_WALL + micro, .mono = 1000000 + micro}};
}

struct fx_event fixture_header(const char *name, const char *value)
{
    struct fx_event event = fixture_event(FX_EVENT_HEADER, name);
    event.value = fx_slice_str(value);
    return event;
}

struct fx_event fixture_path(enum fx_event_kind kind, const char *path, const char *parameters)
{
    struct fx_event event = fixture_event(kind, path);
    struct fx_slice rest = fx_slice_str(parameters), word;
    while (event.parameter_count < FX_MAX_PARAMETERS && fx_slice_word(&rest, &word))
        event.parameters[event.parameter_count++] = word;
    return event;
}

void fixture_time_reset(void)
{
    elapsed = 0;
}

char *fixture_repeat(char c, size_t n)
{
    char *s = malloc(n + 1);
    assert_non_null(s);
    assert_true(kept_count < KEPT_MAX);
    memset(s, c, n);
    s[n] = '\0';
    kept[kept_count++] = s;
    return s;
}

void fixture_free(void)
{
    while (kept_count > 0)
        free(kept[--kept_count]);
}

void fixture_slice(struct fx_slice s, const char *want, const char *file, int line)
{
    if (s.ptr == NULL && want == NULL)
        return;
    if (s.ptr == NULL || want == NULL || !fx_slice_eq(s, fx_slice_str(want)))
        fail_msg("%s:%d: \"%.*s\", not \"%s\"", file, line, s.ptr == NULL ? 8 : (int)s.len,
                 s.ptr == NULL ? "(absent)" : s.ptr, want == NULL ? "(absent)" : want);
}
