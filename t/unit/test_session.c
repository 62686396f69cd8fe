/* Tests of session: three lifetimes. Each kind of fact is set in one message and must be gone
 * in the next one of the same connection, however the first one ended; facts of the connection
 * stay, facts of one event or recipient go with it. */
#include "fixture.h"
#include "session.h"

#include <inttypes.h>
#include <string.h>

static void numbers(struct fx_text *t, const uint64_t *n, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        fx_text_add_char(t, ' ');
        fx_text_add_u64(t, n[i]);
    }
}
#define NUMBERS(t, ...)                           \
    numbers((t), (const uint64_t[]){__VA_ARGS__}, \
            sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t))

/* Every fact of a message, as text, but for its number, times and memory. */
static void describe(const struct fx_session *s, struct fx_text *t)
{
    const struct fx_message *m = s->message;
    bool lossy;
    fx_text_reset(t);
    fx_text_add_json(t, fx_kept_slice(&m->queue_id), &lossy);
    fx_text_add_json(t, fx_kept_slice(&m->from), &lossy);
    fx_text_add_json(t, fx_kept_slice(&m->message_id), &lossy);
    for (size_t i = 0; i < m->recipient_count; i++) {
        fx_text_add_json(t, fx_kept_slice(&m->recipients[i].address), &lossy);
        fx_text_add_u64(t, m->recipients[i].result);
    }
    NUMBERS(t, m->queue_id.told, m->from.told, m->message_id.told, m->data, m->ended);
    NUMBERS(t, m->extensions, m->size_declared, m->declared_size, m->body_type);
    NUMBERS(t, m->recipient_count, m->recipients_seen, m->results[0], m->results[1],
            m->results[2], m->results[3], m->last_result, m->last_listed, m->lost_count);
    NUMBERS(t, m->received, m->content_types, m->header_ended, m->tags, m->field_line,
            m->field_line_at_least);
    NUMBERS(t, m->size, m->size_added, m->name_count);
    NUMBERS(t, m->body.octets_8bit, m->body.line, m->body.line_octets, m->body.line_cr,
            m->body.longest, m->body.longest_line);
    NUMBERS(t, m->findings.count, m->findings.omitted, m->findings.notes.len,
            m->would.outcome[0], m->would.outcome[FX_MAX_PROFILES - 1]);
    NUMBERS(t, m->refused, m->recipient_refused, m->reply.code, (uint64_t)m->ended_at.wall);
    assert_false(t->overflow);
}

/* One message of the table: what happens between its MAIL and its end. Lines of events: the
 * first letter says which, the rest is its text. M parameters of this MAIL, R a recipient, r a
 * refused one, l a lost one, D data, H a field, E end of header, B body, q a queue id, f a
 * finding, w a verdict. */
static const struct {
    const char *fact, *events;
} facts[] = {
    {"queue id", "q4XyZ1k2Lq9z1"},
    {"declared size", "MSIZE=12345"},
    {"8bit body declared", "MBODY=8BITMIME"},
    {"binary body declared", "MBODY=BINARYMIME"},
    {"an extension of MAIL", "MSMTPUTF8"},
    {"an extension of RCPT", "R<a@example.net> NOTIFY=NEVER"},
    {"recipients", "R<a@example.net>\nR<b@example.net>\nR<c@example.net>"},
    {"a refused recipient", "r<a@example.net>"},
    {"a lost recipient", "l<lost@example.net>"},
    {"data", "D"},
    {"a field of the MTA's", "HDate: x"},
    {"message id", "HMessage-ID: <1@example.org>"},
    {"hops", "HReceived: from a\nHreceived: from b"},
    {"content types", "HContent-Type: text/plain"},
    {"forged tags", "HX-Fixup-Policy: asa-9; would=pass; rules=none"},
    {"the length of a field", "HX-A: 1234567890"},
    {"the end of the header", "E"},
    {"8-bit octets", "Ba\xFC\xFF"},
    {"an open line", "Babc"},
    {"an open line with CR", "Babc\r"},
    {"the longest line", "Babc\nab\n"},
    {"a name", "HContent-Disposition: attachment; filename=a"},
    {"an open multipart", "HContent-Type: multipart/mixed; boundary=b\nE\nB--b\r\n"},
    {"an open part",
     "HContent-Type: multipart/mixed; boundary=b\nE\nB--b\r\nContent-Type: a/b;"},
    {"a finding", "f"},
    {"a verdict", "w"},
};

static struct fx_macros macros;

static struct fx_event make(char kind, const char *text)
{
    struct fx_event event;
    char *colon;
    switch (kind) {
    case 'M':
        return fixture_path(FX_EVENT_MAIL, "<s@example.org>", text);
    case 'R':
    case 'r':
    case 'l':
        colon = strchr(text, ' ');
        event = fixture_path(FX_EVENT_RCPT, text, colon == NULL ? "" : colon);
        event.text = fx_slice_first(event.text, fx_slice_find(event.text, ' '));
        event.refused = kind == 'r' ? FX_YES : FX_NO;
        return event;
    case 'H':
        event = fixture_header(text, "");
        event.text = fx_slice_first(event.text, fx_slice_find(event.text, ':'));
        event.value = fx_slice_from(fx_slice_str(text), event.text.len + 1);
        return event;
    case 'q':
        macros = (struct fx_macros){.i = fx_slice_str(text)};
        event = fixture_event(FX_EVENT_DATA, NULL);
        event.macros = &macros;
        return event;
    case 'E':
        return fixture_event(FX_EVENT_EOH, NULL);
    case 'B':
        return fixture_event(FX_EVENT_BODY, text);
    default:
        return fixture_event(FX_EVENT_DATA, NULL);
    }
}

/* What the engine does to a message besides. */
static void judge(struct fx_session *s, char kind)
{
    struct fx_finding f = {.rule = FX_RULE_BODY_8BIT};
    if (kind == 'f')
        fx_findings_add(&s->message->findings, &f, FX_LIT("evidence"), FX_ABSENT, 1, 9);
    if (kind == 'f')
        fx_findings_add(&s->message->findings, &f, FX_ABSENT, FX_ABSENT, 1, 9);
    if (kind == 'l')
        assert_true(fx_session_lose_recipient(s, FX_LIT("<lost@example.net>")));
    if (kind == 'w') {
        s->message->refused = s->message->recipient_refused = true;
        s->message->would.outcome[0] = s->message->would.outcome[FX_MAX_PROFILES - 1] = 3;
        s->message->ended = FX_ENDED_ANSWERED;
        s->message->ended_at.wall = 1;
        fx_reply_set(&s->message->reply, FX_OUTCOME_REJECT, 554, "5.6.1", FX_LIT("no"));
    }
}

static void play(struct fx_session *s, const char *events)
{
    char line[256];
    while (*events != '\0') {
        /* only the kinds that take a single line are followed by others */
        size_t len = *events == 'B' ? strlen(events) : strcspn(events, "\n");
        assert_true(len < sizeof line);
        memcpy(line, events, len);
        line[len] = '\0';
        struct fx_event event = make(line[0], line + 1);
        fx_session_observe(s, &event);
        judge(s, line[0]);
        events += len;
        events += *events == '\n';
    }
}

static void mail(struct fx_session *s)
{
    struct fx_event event = fixture_path(FX_EVENT_MAIL, "<>", "");
    fx_session_observe(s, &event);
}

/* A second message that would show a walk of the first that still goes on. */
static void probe_walk(struct fx_session *s)
{
    play(s, "E\nB\r\n--b\r\nContent-Disposition: a; filename=f\r\n\r\n");
    assert_int_equal(s->message->name_count, 0);
}

enum way { WAY_END, WAY_NESTED, WAY_EOM, WAYS };

static void check_fact(size_t n, enum way way, struct fx_slice clean, struct fx_text *t)
{
    struct fx_policy *policy = fixture_policy_of(FX_MODE_OBSERVE, fixture_profile("p"));
    struct fx_session *s = fx_session_create(policy, FIXTURE_ID);
    mail(s);
    play(s, facts[n].events);
    describe(s, t);
    if (fx_slice_eq(fx_text_slice(t), clean) && strstr(facts[n].events, "boundary") == NULL)
        fail_msg("%s leaves no trace in its own message", facts[n].fact);
    if (way == WAY_EOM) {
        struct fx_event event = fixture_event(FX_EVENT_EOM, NULL);
        fx_session_observe(s, &event);
    }
    if (way != WAY_NESTED) {
        fx_session_end_message(s);
        assert_false(s->in_message);
    }
    mail(s);
    assert_int_equal(s->message->number, facts[n].events[0] == 'M' ? 3 : 2);
    describe(s, t);
    if (!fx_slice_eq(fx_text_slice(t), clean))
        fail_msg("%s is still there in the next message: %.*s", facts[n].fact, (int)t->len,
                 t->data);
    probe_walk(s);
    fx_session_destroy(s);
    fx_policy_destroy(policy);
}

static void facts_of_a_message_die_with_it(void **state)
{
    (void)state;
    struct fx_policy *policy = fixture_policy_of(FX_MODE_OBSERVE, fixture_profile("p"));
    struct fx_session *s = fx_session_create(policy, FIXTURE_ID);
    struct fx_text clean, t;
    fx_text_init_growing(&clean, 4096);
    fx_text_init_growing(&t, 4096);
    mail(s);
    describe(s, &clean);
    fx_session_destroy(s);
    fx_policy_destroy(policy);
    for (size_t n = 0; n < sizeof facts / sizeof facts[0]; n++)
        for (int way = WAY_END; way < WAYS; way++)
            check_fact(n, (enum way)way, fx_text_slice(&clean), &t);
    fx_text_finish(&clean);
    fx_text_finish(&t);
}

/* All at once, so that no fact hides another. */
static void a_rich_message_and_a_poor_one(void **state)
{
    (void)state;
    struct fx_policy *policy = fixture_policy_of(FX_MODE_OBSERVE, fixture_profile("p"));
    struct fx_session *s = fx_session_create(policy, FIXTURE_ID);
    struct fx_text first, t;
    fx_text_init_growing(&first, 4096);
    fx_text_init_growing(&t, 4096);
    mail(s);
    describe(s, &first);
    for (unsigned round = 0; round < 3; round++) {
        for (size_t n = 0; n < sizeof facts / sizeof facts[0]; n++)
            if (facts[n].events[0] != 'M')
                play(s, facts[n].events);
        fx_session_end_message(s);
        mail(s);
        describe(s, &t);
        assert_true(fx_slice_eq(fx_text_slice(&t), fx_text_slice(&first)));
    }
    fx_text_finish(&first);
    fx_text_finish(&t);
    fx_session_destroy(s);
    fx_policy_destroy(policy);
}

static void facts_of_an_event_die_with_it(void **state)
{
    (void)state;
    struct fx_policy *policy = fixture_policy_of(FX_MODE_OBSERVE, fixture_profile("p"));
    struct fx_session *s = fx_session_create(policy, FIXTURE_ID);
    mail(s);
    play(s, "HContent-Disposition: a; filename=f");
    assert_int_equal(s->message->name_count, 1);
    assert_int_equal(s->message->field_line, 34);
    play(s, "HX: y");
    assert_int_equal(s->message->name_count, 0);
    assert_int_equal(s->message->field_line, 4);
    struct fx_event event = fixture_header("X", NULL);
    event.value = fx_slice(fixture_repeat('a', 60000), 60000);
    fx_session_observe(s, &event);
    assert_true(s->message->field_line_at_least);
    play(s, "HX: y");
    assert_false(s->message->field_line_at_least);
    fx_session_destroy(s);
    fx_policy_destroy(policy);
    fixture_free();
}

static void facts_of_a_recipient(void **state)
{
    (void)state;
    struct fx_policy *policy = fixture_policy_of(FX_MODE_OBSERVE, fixture_profile("p"));
    struct fx_session *s = fx_session_create(policy, FIXTURE_ID);
    policy->limits.recipients = 2;
    mail(s);
    struct fx_message *m = s->message;
    play(s, "r<a@example.net>");
    assert_int_equal(m->last_result, FX_RECIPIENT_REJECTED);
    play(s, "R<b@example.net>");
    assert_int_equal(m->last_result, FX_RECIPIENT_ACCEPTED);
    fx_session_last_recipient(s, FX_RECIPIENT_DEFERRED);
    assert_int_equal(m->recipients[1].result, FX_RECIPIENT_DEFERRED);
    assert_int_equal(m->recipients[0].result, FX_RECIPIENT_REJECTED);
    play(s, "R<c@example.net>"); /* not listed any more, but counted */
    fx_session_last_recipient(s, FX_RECIPIENT_REJECTED);
    assert_int_equal(m->recipient_count, 2);
    assert_int_equal(m->recipients[1].result, FX_RECIPIENT_DEFERRED);
    assert_int_equal(m->recipients_seen, 3);
    assert_int_equal(m->results[FX_RECIPIENT_ACCEPTED], 0);
    assert_int_equal(m->results[FX_RECIPIENT_DEFERRED], 1);
    assert_int_equal(m->results[FX_RECIPIENT_REJECTED], 2);
    fx_session_destroy(s);
    fx_policy_destroy(policy);
}

/* What is taken out at the end must be this recipient and no other. */
static void losing_a_recipient(void **state)
{
    (void)state;
    struct fx_policy *policy = fixture_policy_of(FX_MODE_OBSERVE, fixture_profile("p"));
    struct fx_session *s = fx_session_create(policy, FIXTURE_ID);
    mail(s);
    play(s, "R<a@example.net>\nR<A@Example.NET>");
    /* the same address again: taking it out would take out the first one too */
    assert_false(fx_session_lose_recipient(s, FX_LIT("<A@Example.NET>")));
    assert_int_equal(s->message->results[FX_RECIPIENT_ACCEPTED], 2);
    /* the MTA knows it without its route */
    play(s, "R<@x.example,@y.example:b@example.net>");
    assert_true(fx_session_lose_recipient(s, FX_LIT("<@x.example,@y.example:b@example.net>")));
    assert_slice(fx_kept_slice(&s->message->lost[0]), "b@example.net");
    assert_int_equal(s->message->results[FX_RECIPIENT_LOST], 1);
    assert_int_equal(s->message->results[FX_RECIPIENT_ACCEPTED], 2);
    /* longer than a record keeps, but not than a command may be */
    char path[3000];
    memset(path, 'r', sizeof path);
    play(s, "R<long@example.net>");
    assert_true(fx_session_lose_recipient(s, fx_slice(path, sizeof path)));
    assert_int_equal(s->message->lost[1].len, sizeof path);
    fx_session_destroy(s);
    fx_policy_destroy(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts_of_a_message_die_with_it),
        cmocka_unit_test(a_rich_message_and_a_poor_one),
        cmocka_unit_test(facts_of_an_event_die_with_it),
        cmocka_unit_test(losing_a_recipient),
        cmocka_unit_test(facts_of_a_recipient),
    };
    return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
