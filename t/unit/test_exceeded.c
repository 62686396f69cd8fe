/* Tests of limits: each one octet or thing below it, at it, over it and far over it. */
#include "engine_fixture.h"
#include "exceeded.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void feed(struct play *p, const struct fx_event *event)
{
    struct fx_decision d = fx_engine_feed(p->engine, event);
    assert_int_equal(d.what, FX_DO_CONTINUE); /* none of these is refused for it */
}

static void path(struct play *p, enum fx_event_kind kind, const char *text, size_t parameters)
{
    struct fx_event event = fixture_event(kind, text);
    for (; event.parameter_count < parameters; event.parameter_count++)
        event.parameters[event.parameter_count] = FX_LIT("A=b");
    feed(p, &event);
}

static void fields(struct play *p, size_t count, const char *name, const char *value)
{
    for (size_t i = 0; i < count; i++) {
        struct fx_event event = fixture_header(name, value);
        feed(p, &event);
    }
}

/* The line of the last record. */
static const char *record_of(struct play *p)
{
    assert_true(p->count > 0);
    return p->lines[p->count - 1];
}

/* The finding of this limit in the last record: what was observed; 0: there is none; 1: it does
 * not say. Once at most. */
static uint64_t told(struct play *p, const char *name)
{
    char evidence[96];
    (void)snprintf(evidence, sizeof evidence, "\"evidence\":\"%s\"", name);
    const char *at = strstr(record_of(p), evidence);
    if (at == NULL)
        return 0;
    assert_null(strstr(at + 1, evidence));
    const char *from = at;
    while (*from != '{')
        from--;
    assert_memory_equal(from, "{\"rule\":\"limit-exceeded\"", 24);
    assert_non_null(strstr(from, "\"enforced\":false"));
    const char *observed = strstr(from, "\"observed\":");
    return observed == NULL || observed > at ? 1 : strtoull(observed + 11, NULL, 10);
}

/* A message with so much of something, and what is told of its limit. */
typedef void some(struct play *p, uint64_t much);

static uint64_t message(struct play *p, const char *name, some *give, uint64_t much)
{
    play_again(p);
    play(p, "CH");
    give(p, much);
    play(p, "O");
    return told(p, name);
}

/* `observed` is what give makes of the number: the number itself, and so many more. */
static void around(struct play *p, const char *name, some *give, uint64_t limit, uint64_t more,
                   uint64_t far)
{
    if (limit > 1)
        assert_int_equal(message(p, name, give, limit - 1), 0);
    assert_int_equal(message(p, name, give, limit), 0);
    assert_int_equal(message(p, name, give, limit + 1), limit + 1 + more);
    assert_int_equal(message(p, name, give, far), far + more);
}

static void give_fields(struct play *p, uint64_t much)
{
    play(p, "MRD");
    fields(p, (size_t)much, "Subject", " x");
    play(p, "EB");
}

static void give_octets(struct play *p, uint64_t much)
{
    play(p, "MRD");
    for (; much > 0; much -= 8) /* "X: xyz" and its line end */
        fields(p, 1, "X", " xyz");
    play(p, "EB");
}

static void give_field(struct play *p, uint64_t much)
{
    char *value = malloc((size_t)much);
    assert_non_null(value);
    memset(value, '\n', (size_t)much); /* no line is long */
    play(p, "MRD");
    struct fx_event event = fixture_header("X", "");
    event.value = fx_slice(value, (size_t)much - 2);
    feed(p, &event);
    play(p, "EB");
    free(value);
}

static void give_sender(struct play *p, uint64_t much)
{
    path(p, FX_EVENT_MAIL, fixture_repeat('a', (size_t)much), 0);
    play(p, "RDFEB");
}

static void give_recipients(struct play *p, uint64_t much)
{
    play(p, "M");
    for (uint64_t i = 0; i < much; i++)
        path(p, FX_EVENT_RCPT, "<u@example.net>", 0);
    play(p, "DFEB");
}

static void give_parameters(struct play *p, uint64_t much)
{
    path(p, FX_EVENT_MAIL, "<a@example.org>", (size_t)much);
    play(p, "RDFEB");
}

static void give_signatures(struct play *p, uint64_t much)
{
    play(p, "MRD");
    fields(p, (size_t)much, "DKIM-Signature", " v=1");
    play(p, "EB");
}

static void give_long_lines(struct play *p, uint64_t much)
{
    play(p, "MRD");
    fields(p, (size_t)much, "X-Long",
           " aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
           "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    play(p, "EB");
}

static void settings_of_a_message(void **state)
{
    struct play *p = *state;
    struct fx_limits *limits = &p->policy->limits;
    for (size_t r = FX_RULE_DKIM_FIRST; r <= FX_RULE_DKIM_LAST; r++)
        p->policy->base.rule_mode[r] =
            r == FX_RULE_DKIM_V_UNKNOWN ? FX_MODE_OBSERVE : FX_MODE_OFF;
    fixture_compile(p->policy);
    limits->header_fields = 20;
    around(p, "limits.header_fields", give_fields, 20, 0, 5000);
    limits->header_fields = 100000;
    limits->header_octets = 800;
    assert_int_equal(message(p, "limits.header_octets", give_octets, 800), 0);
    assert_int_equal(message(p, "limits.header_octets", give_octets, 808), 808);
    assert_int_equal(message(p, "limits.header_octets", give_octets, 80000), 80000);
    limits->header_octets = 1048576;
    limits->line = 512;
    around(p, "limits.line", give_field, 512, 0, 100000);
    around(p, "limits.line", give_sender, 512, 0, 100000);
    limits->line = 65536;
    limits->address = 64;
    around(p, "limits.address", give_sender, 64, 0, 5000);
    limits->recipients = 3;
    around(p, "limits.recipients", give_recipients, 3, 0, 5000);
    limits->parameters = 5;
    around(p, "limits.parameters", give_parameters, 5, 0, 64);
    limits->signatures = 4;
    around(p, "limits.signatures", give_signatures, 4, 0, 500);
    limits->findings = 6;
    around(p, "limits.findings", give_long_lines, 6, 0, 200);
}

/* What somebody could hide behind the limit is found all the same. */
static void nothing_is_hidden(void **state)
{
    struct play *p = *state;
    p->policy->limits.header_fields = 2;
    play(p, "CHMRDFFFVVLXXEBO");
    assert_int_equal(told(p, "limits.header_fields"), 8);
    assert_non_null(strstr(record_of(p), "header-line-length"));
    play_mode(p, FX_MODE_TAG);
    p->policy->limits.header_fields = 2;
    struct fx_decision d = play(p, "CHMRDFFFXXEBO");
    assert_true(d.tag);
    assert_int_equal(d.forged, 2);
    char value[256];
    assert_true(d.tag_value.len < sizeof value);
    memcpy(value, d.tag_value.ptr, d.tag_value.len);
    value[d.tag_value.len] = '\0';
    assert_non_null(strstr(value, "limit-exceeded"));
}

static void it_refuses_nothing(void **state)
{
    struct play *p = *state;
    play_mode(p, FX_MODE_ENFORCE);
    p->policy->limits.header_fields = 2;
    assert_int_equal(message(p, "limits.header_fields", give_fields, 50), 50);
    assert_non_null(strstr(record_of(p), "\"verdict\":\"flag\",\"would\":\"flag\""));
    p->policy->limits.header_fields = 1000;
    p->policy->limits.recipients = 1;
    assert_int_equal(message(p, "limits.recipients", give_recipients, 2), 2);
    assert_non_null(strstr(record_of(p), "\"verdict\":\"flag\",\"would\":\"pass\""));
}

static void off_is_silent(void **state)
{
    struct play *p = *state;
    p->policy->limits.header_fields = 2;
    p->policy->base.rule_mode[FX_RULE_LIMIT_EXCEEDED] = FX_MODE_OFF;
    assert_int_equal(message(p, "limits.header_fields", give_fields, 50), 0);
    assert_non_null(strstr(record_of(p), "\"verdict\":\"pass\""));
}

/* Each message has its own; a session tells of what is outside. */
static void lifetimes(void **state)
{
    struct play *p = *state;
    p->policy->limits.header_fields = 2;
    play(p, "CH");
    give_fields(p, 3);
    play(p, "O");
    assert_int_equal(told(p, "limits.header_fields"), 3);
    play(p, "MRDFEBO");
    assert_int_equal(told(p, "limits.header_fields"), 0);
    play(p, "MRDFFFA");
    play(p, "Z");
    assert_int_equal(told(p, "limits.header_fields"), 3);
    play_again(p);
    p->policy->limits.address = 64;
    play(p, "C");
    path(p, FX_EVENT_HELO, fixture_repeat('h', 65), 0);
    play(p, "MRDFEBO");
    assert_int_equal(told(p, "limits.address"), 0);
    play(p, "Z");
    assert_int_equal(told(p, "limits.address"), 65);
    assert_non_null(strstr(record_of(p), "\"type\":\"session\""));
}

static void one_connection_too_many(void **state)
{
    struct play *p = *state;
    static const enum fx_do what[] = {FX_DO_TEMPFAIL, FX_DO_CONTINUE, FX_DO_REJECT};
    for (size_t i = 0; i < 3; i++) {
        play_again(p);
        p->policy->on_error = (enum fx_failure)i;
        struct fx_event event = fixture_event(FX_EVENT_CONNECT, "mail.example.org");
        event.connections = 51;
        event.connections_most = 50;
        struct fx_decision d = fx_engine_feed(p->engine, &event);
        assert_int_equal(d.what, what[i]);
        assert_int_equal(d.enough, what[i] == FX_DO_CONTINUE);
        assert_int_equal(told(p, "limits.connections"), 51);
        size_t count = p->count;
        play(p, "Z");
        assert_int_equal(p->count, count);
    }
}

static void within(void **state)
{
    struct fx_event event = fixture_event(FX_EVENT_MAIL, "<abc@example.org>"), space;
    (void)state;
    event.parameters[0] = FX_LIT("SIZE=10");
    event.parameters[1] = FX_LIT("BODY=7BIT");
    event.parameter_count = 2;
    assert_ptr_equal(fx_event_within(&event, 35, 2, false, &space), &event);
    const struct fx_event *cut = fx_event_within(&event, 34, 2, false, &space);
    assert_ptr_equal(cut, &space);
    assert_int_equal(cut->parameter_count, 2);
    assert_true(fx_slice_eq(cut->parameters[0], FX_LIT("SIZE=10")));
    assert_true(fx_slice_eq(cut->parameters[1], FX_LIT("BODY")));
    assert_int_equal(cut->line_all, 35);
    assert_false(cut->parameters_cut);
    assert_int_equal(cut->text_cut, 0);
    cut = fx_event_within(&event, 2048, 1, false, &space);
    assert_int_equal(cut->parameter_count, 1);
    assert_true(cut->parameters_cut);
    assert_int_equal(cut->parameters_all, 2);
    assert_int_equal(cut->line_all, 0);
    cut = fx_event_within(&event, 3, 2, false, &space);
    assert_true(fx_slice_eq(cut->text, FX_LIT("<ab")));
    assert_int_equal(cut->text_cut, 14);
    cut = fx_event_within(&event, 3, 2, true, &space);
    assert_true(fx_slice_eq(cut->text, FX_LIT("#")));
    assert_int_equal(cut->text.len + cut->text_cut, 17);
    event.kind = FX_EVENT_BODY;
    assert_ptr_equal(fx_event_within(&event, 3, 1, true, &space), &event);
}

/* Every limit has a name of its own, and says what becomes of the rest. */
static void table(void **state)
{
    (void)state;
    for (size_t i = 0; i < FX_LIMIT_COUNT; i++) {
        char space[2][96];
        struct fx_text t[2];
        fx_text_init_fixed(&t[0], space[0], sizeof space[0]);
        fx_limit_name((enum fx_limit)i, &t[0]);
        assert_true(t[0].len > 6 && !t[0].overflow);
        assert_non_null(fx_limit_row((enum fx_limit)i)->beyond);
        for (size_t k = 0; k < i; k++) {
            fx_text_init_fixed(&t[1], space[1], sizeof space[1]);
            fx_limit_name((enum fx_limit)k, &t[1]);
            assert_false(fx_slice_eq(fx_text_slice(&t[0]), fx_text_slice(&t[1])));
        }
    }
    assert_null(fx_limit_row(FX_LIMIT_COUNT));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, play_begin, play_finish)
    const struct CMUnitTest tests[] = {
        TEST(settings_of_a_message), TEST(nothing_is_hidden), TEST(it_refuses_nothing),
        TEST(off_is_silent),         TEST(lifetimes),         TEST(one_connection_too_many),
        cmocka_unit_test(within),    cmocka_unit_test(table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
