/* Tests of record: time, order of members, escaping, numbers, seq, and what is left out. */
#include "fixture.h"
#include "policy.h"
#include "record.h"
#include "rewrite.h"
#include "session.h"

#include <string.h>

static struct fx_record record;
static struct fx_text line;

static int begin(void **state)
{
    (void)state;
    fx_record_init(&record);
    fx_text_init_growing(&line, (size_t)16 * 1024 * 1024);
    fixture_time_reset();
    return 0;
}

static int finish(void **state)
{
    (void)state;
    fx_record_finish(&record);
    fx_text_finish(&line);
    fixture_free();
    return 0;
}

/* A policy of "first" (header lines up to 20) and, when asked, a compared "second". */
static struct fx_policy *policy_of(bool compared)
{
    struct fx_profile *a = fixture_profile("first");
    struct fx_profile *const profiles[] = {a, compared ? fixture_profile("second") : NULL,
                                           NULL};
    return fixture_policy(FX_MODE_OBSERVE, profiles);
}

static void feed(struct fx_session *s, struct fx_event event, const struct fx_macros *macros)
{
    event.macros = macros;
    fx_session_observe(s, &event);
}

static struct fx_session *session_of(const struct fx_policy *policy)
{
    static const struct fx_macros m = {.j = FX_LIT("mx1.example.net"),
                                       .v = FX_LIT("Postfix 3.7.11"),
                                       .daemon_name = FX_LIT("smtpd"),
                                       .i = FX_ABSENT,
                                       .tls_asked = true,
                                       .auth_asked = true};
    struct fx_session *s = fx_session_create(policy, FIXTURE_ID);
    struct fx_event e = fixture_event(FX_EVENT_CONNECT, "mail.example.org");
    e.client = (struct fx_address){FX_FAMILY_INET, {192, 0, 2, 1}, 40000};
    feed(s, e, &m);
    feed(s, fixture_event(FX_EVENT_HELO, "mail.example.org"), &m);
    return s;
}

/* A message with one finding, ended as asked. */
static void message_in(struct fx_session *s, enum fx_ended ended)
{
    struct fx_macros asked = {.tls_asked = true, .auth_asked = true},
                     id = {.i = FX_LIT("4XyZ")};
    struct fx_finding f = {.rule = FX_RULE_HEADER_LINE_LENGTH,
                           .stage = FX_STAGE_HEADER,
                           .action = FX_ACTION_DROP_CONNECTION,
                           .would = FX_OUTCOME_DROP,
                           .has_observed = true,
                           .observed = 1203,
                           .has_limit = true,
                           .limit = 998};
    feed(s, fixture_path(FX_EVENT_MAIL, "<sender@example.org>", "SIZE=1 BODY=8BITMIME"),
         &asked);
    feed(s, fixture_path(FX_EVENT_RCPT, "<user@example.net>", ""), &id);
    feed(s, fixture_event(FX_EVENT_DATA, NULL), NULL);
    feed(s, fixture_header("Message-ID", " <1@example.org>"), NULL);
    fx_findings_add(&s->message->findings, &f, FX_LIT("X-Long"), FX_ABSENT, 64, 64);
    s->message->would.outcome[0] = FX_OUTCOME_DROP;
    if (ended == FX_ENDED_EOM || ended == FX_ENDED_ANSWERED)
        feed(s, fixture_event(FX_EVENT_EOH, NULL), NULL);
    s->message->ended = ended;
    s->message->ended_at = s->now;
}

static void assert_line(uint64_t seq, const char *extra, const char *want)
{
    assert_true(fx_record_line(&record, seq, extra, &line));
    assert_slice(fx_text_slice(&line), want);
}

#define BEFORE(time, elapsed)                                               \
    "{\"v\":1,\"time\":\"2026-11-21T10:00:" time "Z\",\"elapsed\":" elapsed \
    ",\"host\":\"mx1.example.net\",\"seq\":42,\"type\":"
#define CONNECTION                                                                     \
    "\"client\":{\"addr\":\"192.0.2.1\",\"port\":40000,\"name\":\"mail.example.org\"," \
    "\"helo\":\"mail.example.org\"},\"listener\":\"smtpd\",\"mta\":\"Postfix "         \
    "3.7.11\",\"tls\":null,\"auth\":null,"
#define ENVELOPE                                                                         \
    "\"message\":1,\"queue_id\":\"4XyZ\",\"message_id\":\"<1@example.org>\"," CONNECTION \
    "\"extensions\":[\"8BITMIME\",\"SIZE\"],\"from\":\"sender@example.org\","            \
    "\"to\":[{\"address\":\"user@example.net\",\"result\":\"accepted\"}],"               \
    "\"recipients\":{\"accepted\":1,\"deferred\":0,\"rejected\":0,\"lost\":0},"
#define FINDING                                                                               \
    "{\"rule\":\"header-line-length\",\"profile\":\"first\",\"stage\":\"header\","            \
    "\"action\":\"drop-connection\",\"observed\":1203,\"limit\":998,\"evidence\":\"X-Long\"," \
    "\"would\":\"drop\",\"enforced\":false}"

/* The contract's own example, member by member, in its order. */
static void a_message(void **state)
{
    (void)state;
    struct fx_policy *policy = policy_of(false);
    struct fx_session *s = session_of(policy);
    message_in(s, FX_ENDED_EOM);
    assert_true(fx_record_message(&record, s));
    assert_true(record.flagged);
    assert_line(
        42, NULL,
        BEFORE("06.123456", "4.000000") "\"message\",\"session\":\"" FIXTURE_ID "\"," ENVELOPE
                                        "\"size\":31,\"ended\":\"eom\",\"profile\":\"first\","
                                        "\"mode\":\"observe\",\"verdict\":\"flag\",\"would\":"
                                        "\"drop\",\"reply\":null,"
                                        "\"findings\":[" FINDING "],\"dkim\":[]}");
    fx_session_destroy(s);
    fx_policy_destroy(policy);
}

static void ends(void **state)
{
    (void)state;
    static const struct {
        enum fx_ended ended;
        const char *want;
        bool partial;
    } rows[] = {
        {FX_ENDED_EOM, "\"ended\":\"eom\"", false},
        {FX_ENDED_ANSWERED, "\"ended\":\"answered\"", false},
        {FX_ENDED_ABORT, "\"ended\":\"abort\"", true},
        {FX_ENDED_CLOSE, "\"ended\":\"close\"", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fx_policy *policy = policy_of(true);
        struct fx_session *s = session_of(policy);
        message_in(s, rows[i].ended);
        assert_true(fx_record_message(&record, s));
        assert_true(fx_record_line(&record, 1, NULL, &line));
        fx_text_add_char(&line, '\0');
        assert_non_null(strstr(line.data, rows[i].want));
        assert_non_null(strstr(line.data, "\"compare\":{\"second\":\"pass\"}"));
        assert_int_equal(
            strstr(line.data, "\"compare\":{\"second\":\"pass\"},\"partial\":true}") != NULL,
            rows[i].partial);
        assert_int_equal(strstr(line.data, "\"size\":null") != NULL, rows[i].partial);
        fx_session_destroy(s);
        fx_policy_destroy(policy);
    }
}

/* Answered at MAIL, before the rest could be known. */
static void answered_early_is_partial(void **state)
{
    (void)state;
    struct fx_policy *policy = policy_of(true);
    struct fx_session *s = session_of(policy);
    feed(s, fixture_path(FX_EVENT_MAIL, "<>", ""), NULL);
    s->message->ended = FX_ENDED_ANSWERED;
    s->message->ended_at = s->now;
    s->message->refused = true;
    fx_reply_set(&s->message->reply, FX_OUTCOME_DROP, 421, "4.7.0", FX_LIT("gone \"now\""));
    assert_true(fx_record_message(&record, s));
    assert_true(fx_record_line(&record, 1, NULL, &line));
    fx_text_add_char(&line, '\0');
    assert_non_null(strstr(line.data, "\"partial\":true}"));
    assert_non_null(strstr(line.data, "\"verdict\":\"drop\""));
    assert_non_null(strstr(line.data, "\"reply\":\"421 4.7.0 gone \\\"now\\\"\""));
    fx_session_destroy(s);
    fx_policy_destroy(policy);
}

static void what_was_not_told(void **state)
{
    (void)state;
    struct fx_policy *policy = policy_of(false);
    struct fx_session *s = fx_session_create(policy, FIXTURE_ID);
    struct fx_event e = fixture_event(FX_EVENT_CONNECT, NULL);
    feed(s, e, NULL);
    feed(s, fixture_event(FX_EVENT_MAIL, NULL), NULL);
    s->message->ended = FX_ENDED_ABORT;
    s->message->ended_at = s->now;
    assert_true(fx_record_message(&record, s));
    assert_true(fx_record_line(&record, 42, NULL, &line));
    assert_slice(fx_text_slice(&line),
                 "{\"v\":1,\"time\":\"2026-11-21T10:00:01.123456Z\",\"elapsed\":0.000000,"
                 "\"host\":null,\"seq\":42,\"type\":\"message\",\"session\":\"" FIXTURE_ID
                 "\",\"message\":1,\"queue_id\":null,\"message_id\":null,"
                 "\"client\":{\"addr\":null,\"name\":null,\"helo\":null},\"listener\":null,"
                 "\"extensions\":[],\"from\":null,\"to\":[],\"recipients\":{\"accepted\":0,"
                 "\"deferred\":0,\"rejected\":0,\"lost\":0},\"size\":null,\"ended\":\"abort\","
                 "\"profile\":\"first\",\"mode\":\"observe\",\"verdict\":\"pass\","
                 "\"would\":\"pass\",\"reply\":null,\"findings\":[]}");
    assert_false(record.flagged);
    assert_int_equal(record.summary.len, 0);
    fx_session_destroy(s);
    fx_policy_destroy(policy);
}

/* "host": the MTA's macro j, else the host name. */
static void the_host(void **state)
{
    (void)state;
    struct fx_policy *policy = policy_of(false);
    struct fx_session *s = fx_session_create(policy, FIXTURE_ID);
    struct fx_macros m = {.j = FX_LIT("mx1.example.net")};
    memcpy(policy->host, "h.example.net", 14);
    feed(s, fixture_event(FX_EVENT_CONNECT, NULL), NULL);
    assert_true(fx_record_session(&record, s));
    assert_true(fx_record_line(&record, 1, NULL, &line));
    fx_text_add_char(&line, '\0');
    assert_non_null(strstr(line.data, ",\"host\":\"h.example.net\","));
    feed(s, fixture_event(FX_EVENT_HELO, NULL), &m);
    assert_true(fx_record_session(&record, s));
    assert_true(fx_record_line(&record, 1, NULL, &line));
    fx_text_add_char(&line, '\0');
    assert_non_null(strstr(line.data, ",\"host\":\"mx1.example.net\","));
    fx_session_destroy(s);
    fx_policy_destroy(policy);
}

static void a_session(void **state)
{
    (void)state;
    struct fx_policy *policy = policy_of(false);
    struct fx_session *s = session_of(policy);
    s->authenticated = FX_NO;
    assert_true(fx_record_session(&record, s));
    assert_line(42, NULL,
                BEFORE("01.123456", "1.000000") "\"session\",\"session\":\"" FIXTURE_ID
                                                "\",\"messages\":0," CONNECTION
                                                "\"profile\":\"first\",\"mode\":\"observe\","
                                                "\"verdict\":\"pass\",\"would\":\"pass\","
                                                "\"reply\":null,\"findings\":[]}");
    fx_session_destroy(s);
    fx_policy_destroy(policy);
}

static void the_daemons(void **state)
{
    (void)state;
    struct fx_policy *policy = policy_of(false);
    struct fx_time now = {.wall = FIXTURE_WALL};
    memcpy(policy->digest, "abc", 4);
    memcpy(policy->host, "h.example.net", 14);
    assert_true(fx_record_daemon(&record, "start", &now, policy,
                                 &(struct fx_daemon_told){.torn = FX_LIT("a \"b\"")}));
    assert_line(1, ",\"prev\":\"p\",\"hash\":\"h\"",
                "{\"v\":1,\"time\":\"2026-11-21T10:00:00.123456Z\",\"host\":\"h.example.net\","
                "\"seq\":1,\"type\":\"start\",\"policy\":\"abc\",\"profile\":\"first\","
                "\"mode\":\"observe\",\"torn\":\"a \\\"b\\\"\",\"prev\":\"p\",\"hash\":\"h\"}");
    fx_policy_destroy(policy);
}

static void the_command_filters(void **state)
{
    (void)state;
    struct fx_policy *policy = policy_of(false);
    struct fx_time now = {.wall = FIXTURE_WALL};
    struct fx_command_counts counts = {
        .seen = {
            [FX_VERB_UNKNOWN] = UINT64_MAX, [FX_VERB_EHLO] = 12, [FX_VERB_X_LINK2STATE] = 3}};
    assert_true(fx_record_daemon(&record, "stop", &now, policy,
                                 &(struct fx_daemon_told){.counts = &counts}));
    assert_true(fx_record_line(&record, 1, NULL, &line));
    fx_text_add_char(&line, '\0');
    assert_non_null(strstr(line.data, ",\"mode\":\"observe\",\"commands\":{\"EHLO\":12,"
                                      "\"X-LINK2STATE\":3,\"unknown\":18446744073709551615},"
                                      "\"rewritten\":{}}"));
    fx_policy_destroy(policy);
}

static void seq_and_limits_of_a_line(void **state)
{
    (void)state;
    struct fx_policy *policy = policy_of(false);
    struct fx_time now = {.wall = FIXTURE_WALL};
    char small[20];
    struct fx_text t;
    assert_true(fx_record_daemon(&record, "stop", &now, policy, &(struct fx_daemon_told){0}));
    assert_true(fx_record_line(&record, UINT64_MAX, NULL, &line));
    fx_text_add_char(&line, '\0');
    assert_non_null(strstr(line.data, ",\"seq\":18446744073709551615,\"type\":\"stop\""));
    fx_text_init_fixed(&t, small, sizeof small);
    assert_false(fx_record_line(&record, 1, NULL, &t));
    fx_record_finish(&record);
    fx_record_init(&record);
    assert_false(fx_record_line(&record, 1, NULL, &line)); /* there is no record in it */
    fx_policy_destroy(policy);
}

static void bytes_of_any_kind(void **state)
{
    (void)state;
    struct fx_policy *policy = policy_of(false);
    struct fx_session *s = session_of(policy);
    feed(s, fixture_path(FX_EVENT_MAIL, "<\"a\"\\\xFF\xC3\xBC\n@example.org>", ""), NULL);
    s->message->ended = FX_ENDED_CLOSE;
    assert_true(fx_record_message(&record, s));
    assert_true(fx_record_line(&record, 1, NULL, &line));
    fx_text_add_char(&line, '\0');
    assert_non_null(
        strstr(line.data, "\"from\":\"\\\"a\\\"\\\\\\ufffd\xC3\xBC\\n@example.org\""));
    assert_non_null(strstr(line.data, "\"lossy\":true}"));
    /* the mark is of one record, not of the next */
    feed(s, fixture_path(FX_EVENT_MAIL, "<>", ""), NULL);
    s->message->ended = FX_ENDED_CLOSE;
    assert_true(fx_record_message(&record, s));
    assert_true(fx_record_line(&record, 1, NULL, &line));
    fx_text_add_char(&line, '\0');
    assert_null(strstr(line.data, "lossy"));
    fx_session_destroy(s);
    fx_policy_destroy(policy);
}

/* Lists are cut at their limits, sums count all. */
static void limits(void **state)
{
    (void)state;
    struct fx_policy *policy = policy_of(false);
    struct fx_session *s = session_of(policy);
    struct fx_finding f = {.rule = FX_RULE_BODY_8BIT};
    policy->limits.recipients = 1;
    feed(s, fixture_path(FX_EVENT_MAIL, "<>", ""), NULL);
    for (unsigned i = 0; i < 5; i++)
        feed(s, fixture_path(FX_EVENT_RCPT, "<a@example.net>", ""), NULL);
    for (unsigned i = 0; i < 5; i++)
        fx_findings_add(&s->message->findings, &f, FX_LIT("123456"), FX_ABSENT, 2, 5);
    s->message->ended = FX_ENDED_CLOSE;
    assert_true(fx_record_message(&record, s));
    assert_true(fx_record_line(&record, 1, NULL, &line));
    fx_text_add_char(&line, '\0');
    assert_non_null(strstr(line.data, "\"to\":[{\"address\":\"a@example.net\",\"result\":"
                                      "\"accepted\"}],\"recipients\":{\"accepted\":5,"));
    assert_non_null(strstr(line.data, "\"evidence\":\"12345\",\"evidence_cut\":true"));
    assert_non_null(strstr(line.data, "],\"findings_omitted\":3"));
    fx_session_destroy(s);
    fx_policy_destroy(policy);
}

/* As much as signatures, recipients and findings can ask for still makes a record. */
static void as_large_as_can_be(void **state)
{
    (void)state;
    struct fx_policy *policy = policy_of(false);
    policy->limits = (struct fx_limits){.findings = 1000,
                                        .evidence = 4096,
                                        .recipients = 100000,
                                        .signatures = 200,
                                        .address = 65536,
                                        .header_fields = 1000,
                                        .header_octets = 1 << 30,
                                        .line = 65536,
                                        .parameters = 64};
    policy->profiles[0]->applies = strdup(fixture_repeat('\x01', 10000));
    struct fx_session *s = session_of(policy);
    struct fx_finding f = {.rule = FX_RULE_CONTENT_TYPE_EMBEDDED, .said_by = 1, .graded = true};
    char *octets = fixture_repeat('\x01', 60000), *value = fixture_repeat(' ', 60016);
    memcpy(value, "d=", 2);
    memcpy(value + 2, octets, 20000);
    memcpy(value + 20002, ";s=", 3);
    memcpy(value + 20005, octets, 20000);
    memcpy(value + 40005, ";a=", 3);
    memcpy(value + 40008, octets, 20000);
    feed(s, fixture_path(FX_EVENT_MAIL, "<>", ""), NULL);
    for (unsigned i = 0; i < 20; i++)
        feed(s, fixture_path(FX_EVENT_RCPT, octets, ""), NULL);
    for (unsigned i = 0; i < 201; i++)
        feed(s, fixture_header("DKIM-Signature", value), NULL);
    for (unsigned i = 0; i < 1000; i++)
        fx_findings_add(&s->message->findings, &f, fx_slice(octets, 4096), FX_ABSENT, 1000,
                        4096);
    feed(s, fixture_event(FX_EVENT_EOH, NULL), NULL);
    s->message->ended = FX_ENDED_EOM;
    assert_true(fx_record_message(&record, s));
    assert_true(fx_record_line(&record, 1, NULL, &line));
    fx_text_add_char(&line, '\0');
    assert_true(line.len > (size_t)7 * 1024 * 1024);
    assert_non_null(strstr(line.data, "\"findings_omitted\":"));
    assert_non_null(strstr(line.data, "],\"signatures_omitted\":"));
    fx_findings_reset(&s->message->findings);
    policy->limits.address = 10;
    assert_true(fx_record_message(&record, s));
    assert_true(fx_record_line(&record, 1, NULL, &line));
    fx_text_add_char(&line, '\0');
    const char *end = strstr(line.data, "],\"signatures_omitted\":1,\"dkim_message\":[\"dkim-");
    assert_non_null(end);
    assert_non_null(strstr(line.data, "\"algorithm\":\"\\u0001\\u0001\\u0001\\u0001\\u0001"
                                      "\\u0001\\u0001\\u0001\\u0001\\u0001\","));
    fx_session_destroy(s);
    fx_policy_destroy(policy);
}

/* The products behind which it happens: each once, as profiles say it, else by name. */
static void firewalls(void **state)
{
    (void)state;
    struct fx_profile *const profiles[] = {fixture_profile("first"), fixture_profile("second"),
                                           fixture_profile("third"), fixture_profile("fourth"),
                                           NULL};
    struct fx_policy *policy = fixture_policy(FX_MODE_OBSERVE, profiles);
    profiles[0]->applies = strdup("PIX 6");
    profiles[1]->applies = strdup("PIX 6");
    profiles[2]->applies = strdup("ASA");
    struct fx_session *s = session_of(policy);
    struct fx_finding f = {.rule = FX_RULE_CONTENT_TYPE_EMBEDDED,
                           .said_by = FX_BIT(0) | FX_BIT(1) | FX_BIT(3),
                           .graded = true,
                           .grade = FX_GRADE_COLON,
                           .tag = "z",
                           .signature = 2,
                           .has_offset = true,
                           .offset = 7};
    feed(s, fixture_path(FX_EVENT_MAIL, "<>", ""), NULL);
    fx_findings_add(&s->message->findings, &f, FX_LIT("DKIM-Signature"), FX_LIT("colon, in z="),
                    9, 99);
    s->message->ended = FX_ENDED_CLOSE;
    assert_true(fx_record_message(&record, s));
    assert_true(fx_record_line(&record, 1, NULL, &line));
    fx_text_add_char(&line, '\0');
    assert_non_null(strstr(line.data,
                           "\"signature\":2,\"offset\":7,\"grade\":\"colon\",\"tag\":\"z\","
                           "\"evidence\":\"DKIM-Signature\",\"detail\":\"colon, in z=\","
                           "\"firewalls\":[\"PIX 6\",\"fourth\"],\"would\""));
    assert_null(strstr(line.data, "dkim\"")); /* no header was seen */
    fx_session_destroy(s);
    fx_policy_destroy(policy);
}

/* Nothing from mail may look like another word, or end the line. */
static void summary_for_syslog(void **state)
{
    (void)state;
    struct fx_policy *policy = policy_of(true);
    struct fx_session *s = session_of(policy);
    struct fx_finding f = {.rule = FX_RULE_BODY_8BIT, .profile = 1};
    message_in(s, FX_ENDED_EOM);
    fx_findings_add(&s->message->findings, &f, FX_ABSENT, FX_ABSENT, 64, 5);
    assert_true(fx_kept_set(&s->message->from, FX_LIT("a\" rules=\"x\n\xFF"), 99));
    assert_true(fx_record_message(&record, s));
    assert_slice(fx_text_slice(&record.summary),
                 "session=\"" FIXTURE_ID "\" message=1 queue_id=\"4XyZ\" client=\"192.0.2.1\" "
                 "from=\"a\\\" rules=\\\"x\\n\\ufffd\" profile=\"first\" verdict=\"flag\" "
                 "would=\"drop\" rules=\"header-line-length\"");
    /* what found no room in the list is among the rules, of the profile in force alone */
    f.rule = FX_RULE_VERB_NOT_ALLOWED;
    fx_findings_add(&s->message->findings, &f, FX_ABSENT, FX_ABSENT, 1, 5);
    f.profile = 0;
    f.rule = FX_RULE_BODY_8BIT;
    fx_findings_add(&s->message->findings, &f, FX_ABSENT, FX_ABSENT, 1, 5);
    assert_true(fx_record_message(&record, s));
    fx_text_add_char(&record.summary, '\0');
    assert_non_null(strstr(record.summary.data, " rules=\"header-line-length,body-8bit\""));
    fx_session_destroy(s);
    fx_policy_destroy(policy);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, begin, finish)
    const struct CMUnitTest tests[] = {
        T(a_message),
        T(ends),
        T(answered_early_is_partial),
        T(what_was_not_told),
        T(the_host),
        T(a_session),
        T(the_daemons),
        T(the_command_filters),
        T(seq_and_limits_of_a_line),
        T(bytes_of_any_kind),
        T(limits),
        T(as_large_as_can_be),
        T(firewalls),
        T(summary_for_syslog),
    };
    return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
