/* Tests of reply: legal by construction, over every action, rule and event; and the exact codes
 * of the contract's table. */
#include "fixture.h"
#include "session.h"
#include "vocab.h"

#include <stdio.h>
#include <string.h>

struct world {
    struct fx_policy *policy;
    struct fx_session *session;
    struct fx_findings list;
};

static struct world w;

static int begin(void **state)
{
    w.policy = fixture_policy_of(FX_MODE_ENFORCE, fixture_profile("asa-9"));
    w.session = fx_session_create(w.policy, FIXTURE_ID);
    fx_findings_init(&w.list);
    *state = &w;
    return w.session == NULL;
}

static int finish(void **state)
{
    (void)state;
    fx_findings_finish(&w.list);
    fx_session_destroy(w.session);
    fx_policy_destroy(w.policy);
    fixture_free();
    return 0;
}

static void check_legal(const struct fx_reply *r)
{
    size_t len = strlen(r->text);
    assert_true(r->code >= 400 && r->code < 600);
    assert_true(r->outcome == FX_OUTCOME_DROP     ? r->code == 421
                : r->outcome == FX_OUTCOME_DEFER  ? r->code / 100 == 4 && r->code != 421
                : r->outcome == FX_OUTCOME_REJECT ? r->code / 100 == 5
                                                  : false);
    assert_true(strlen(r->xcode) >= 5 && strlen(r->xcode) < sizeof r->xcode);
    assert_int_equal((unsigned)(r->xcode[0] - '0'), r->code / 100);
    for (const char *p = r->xcode; *p != '\0'; p++)
        assert_true((p - r->xcode) % 2 == 1 ? *p == '.' : fx_ascii_digit(*p));
    assert_true(len > 0 && len <= FX_REPLY_TEXT);
    /* doubled per cent signs and "554 5.6.1 " still fit libmilter's 980 octets */
    assert_true(2 * len + 16 < 980);
    for (size_t i = 0; i < len; i++)
        assert_true(r->text[i] >= 0x20 && r->text[i] < 0x7F);
}

/* Of a command, the verb that was found is that of the event. */
static const struct fx_event *event_of(enum fx_event_kind kind, const struct fx_finding *f)
{
    static struct fx_event event;
    event = fixture_event(kind, "x");
    if (f->evidence.told)
        event.text = fx_findings_note(&w.list, &f->evidence);
    return &event;
}

static bool reply_for(const struct fx_finding *f, enum fx_event_kind kind, struct fx_reply *r)
{
    const char *instead = "untouched";
    bool given = fx_reply_for(w.session, event_of(kind, f), &w.list, f, r, &instead);
    assert_true(instead == NULL || strcmp(instead, "untouched") != 0);
    assert_true(instead == NULL || !given);
    if (instead != NULL)
        assert_true(strlen(instead) > 0);
    return given;
}

/* Every action, rule, event, overflow and three extensions, with nasty evidence. */
static void legal_by_construction(void **state)
{
    (void)state;
    unsigned given = 0;
    struct fx_reply r;
    static const char *const evidence[] = {"VERB", "", "%s%n%\r\n250 ok\xFF\x01"};
    for (size_t e = 0; e < 4; e++)
        for (int rule = 0; rule < FX_RULE_COUNT; rule++)
            for (int action = 0; action < FX_ACTION_COUNT; action++)
                for (int kind = 0; kind < FX_EVENT_KINDS; kind++)
                    for (int over = 0; over < FX_OVERFLOW_COUNT; over++) {
                        struct fx_finding f = {.rule = (enum fx_rule)rule,
                                               .action = (enum fx_action)action,
                                               .overflow = (enum fx_overflow)over,
                                               .extension = (enum fx_extension)(over % 3),
                                               .has_observed = over % 2,
                                               .observed = UINT64_MAX,
                                               .has_limit = true,
                                               .limit = UINT64_MAX};
                        fx_findings_reset(&w.list);
                        struct fx_slice text = e == 3 ? fx_slice(fixture_repeat('V', 0), 0)
                                                      : fx_slice_str(evidence[e]);
                        const struct fx_finding *added =
                            fx_findings_add(&w.list, &f, text, FX_ABSENT, 9, 4096);
                        if (reply_for(added, (enum fx_event_kind)kind, &r)) {
                            check_legal(&r);
                            given++;
                        }
                        fixture_free();
                    }
    assert_true(given > 1000);
}

static void never_refusing_rules(void **state)
{
    (void)state;
    struct fx_reply r;
    for (int rule = 0; rule < FX_RULE_COUNT; rule++) {
        bool never = rule == FX_RULE_SIZE_MISMATCH || rule == FX_RULE_BODY_LINE_LENGTH ||
                     rule == FX_RULE_DUPLICATE_DELIVERY ||
                     rule == FX_RULE_RECIPIENT_TRUNCATION ||
                     rule == FX_RULE_MESSAGE_ENDED_EARLY || rule == FX_RULE_END_OF_DATA_HELD ||
                     (rule >= FX_RULE_DKIM_FIRST && rule <= FX_RULE_DKIM_LAST);
        struct fx_finding f = {.rule = (enum fx_rule)rule, .action = FX_ACTION_DROP_CONNECTION};
        assert_int_equal(reply_for(&f, FX_EVENT_EOM, &r), !never);
    }
}

struct row {
    enum fx_rule rule;
    enum fx_action action;
    enum fx_overflow overflow;
    enum fx_extension extension;
    enum fx_event_kind kind;
    unsigned code; /* 0: no answer */
    const char *xcode;
    enum fx_outcome outcome;
    bool transaction;
};

/* The contract's table of actions, line by line. */
static const struct row rows[] = {
    {FX_RULE_VERB_NOT_ALLOWED, FX_ACTION_LOG, 0, 0, FX_EVENT_COMMAND, 0, "", 0, false},
    {FX_RULE_EXTENSION_NOT_ALLOWED, FX_ACTION_HIDE, 0, FX_EXT_DSN, FX_EVENT_MAIL, 555, "5.5.4",
     FX_OUTCOME_REJECT, true},
    {FX_RULE_EXTENSION_NOT_ALLOWED, FX_ACTION_HIDE, 0, FX_EXT_UNKNOWN, FX_EVENT_MAIL, 555,
     "5.5.4", FX_OUTCOME_REJECT, true},
    {FX_RULE_EXTENSION_NOT_ALLOWED, FX_ACTION_HIDE, 0, FX_EXT_DSN, FX_EVENT_RCPT, 555, "5.5.4",
     FX_OUTCOME_REJECT, false},
    {FX_RULE_EXTENSION_NOT_ALLOWED, FX_ACTION_HIDE, 0, FX_EXT_8BITMIME, FX_EVENT_MAIL, 554,
     "5.6.1", FX_OUTCOME_REJECT, true},
    {FX_RULE_BODY_8BIT, FX_ACTION_HIDE, 0, FX_EXT_8BITMIME, FX_EVENT_EOM, 554, "5.6.1",
     FX_OUTCOME_REJECT, true},
    {FX_RULE_VERB_NOT_ALLOWED, FX_ACTION_MASK, 0, 0, FX_EVENT_COMMAND, 500, "5.5.1",
     FX_OUTCOME_REJECT, false},
    {FX_RULE_VERB_NOT_ALLOWED, FX_ACTION_MASK, 0, FX_EXT_STARTTLS, FX_EVENT_MAIL, 500, "5.5.1",
     FX_OUTCOME_REJECT, true},
    {FX_RULE_VERB_NOT_ALLOWED, FX_ACTION_NOOP, 0, 0, FX_EVENT_COMMAND, 0, "", 0, false},
    {FX_RULE_VERB_NOT_ALLOWED, FX_ACTION_OK, 0, 0, FX_EVENT_COMMAND, 0, "", 0, false},
    {FX_RULE_VERB_NOT_ALLOWED, FX_ACTION_NOOP, 0, 0, FX_EVENT_MAIL, 0, "", 0, false},
    {FX_RULE_ADDRESS_CHARACTER, FX_ACTION_BLANK, 0, 0, FX_EVENT_MAIL, 0, "", 0, false},
    {FX_RULE_HEADER_LINE_LENGTH, FX_ACTION_DROP_CONNECTION, 0, 0, FX_EVENT_HEADER, 421, "4.7.0",
     FX_OUTCOME_DROP, true},
    {FX_RULE_SENDER_ADDRESS_LENGTH, FX_ACTION_RESET, 0, 0, FX_EVENT_MAIL, 421, "4.7.0",
     FX_OUTCOME_DROP, true},
    {FX_RULE_RECIPIENT_COUNT, FX_ACTION_TRUNCATE, FX_OVERFLOW_DEFER, 0, FX_EVENT_RCPT, 452,
     "4.5.3", FX_OUTCOME_DEFER, false},
    {FX_RULE_RECIPIENT_COUNT, FX_ACTION_TRUNCATE, FX_OVERFLOW_DROP_CONNECTION, 0, FX_EVENT_RCPT,
     421, "4.7.0", FX_OUTCOME_DROP, true},
    {FX_RULE_RECIPIENT_COUNT, FX_ACTION_TRUNCATE, FX_OVERFLOW_LOSE, 0, FX_EVENT_RCPT, 0, "", 0,
     false},
    {FX_RULE_RECIPIENT_COUNT, FX_ACTION_TRUNCATE, FX_OVERFLOW_FAIL, 0, FX_EVENT_RCPT, 550,
     "5.5.3", FX_OUTCOME_REJECT, false},
    {FX_RULE_EXTENSION_REQUIRED, FX_ACTION_REFUSE, 0, 0, FX_EVENT_MAIL, 530, "5.7.0",
     FX_OUTCOME_REJECT, true},
    {FX_RULE_RECEIVED_HOPS, FX_ACTION_REFUSE, 0, 0, FX_EVENT_EOH, 554, "5.4.6",
     FX_OUTCOME_REJECT, true},
};

static void the_contracts_codes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        struct fx_finding f = {.rule = row->rule,
                               .action = row->action,
                               .overflow = row->overflow,
                               .extension = row->extension};
        struct fx_reply r = {0};
        bool given = reply_for(&f, row->kind, &r);
        if (given != (row->code != 0) || (given && r.code != row->code))
            fail_msg("row %zu: %u, not %u", i, given ? r.code : 0, row->code);
        if (!given)
            continue;
        assert_string_equal(r.xcode, row->xcode);
        assert_int_equal(r.outcome, row->outcome);
        assert_int_equal(r.transaction, row->transaction);
    }
}

/* "500 5.5.1 with the X's": as many as the verb has letters. */
static void as_many_x_as_letters(void **state)
{
    (void)state;
    static const char *const verbs[] = {"A", "EHLO", "STARTTLS", "GOODMORNING"};
    for (size_t i = 0; i < 4; i++) {
        struct fx_finding f = {.rule = FX_RULE_VERB_NOT_ALLOWED, .action = FX_ACTION_MASK};
        struct fx_reply r;
        fx_findings_reset(&w.list);
        const struct fx_finding *added =
            fx_findings_add(&w.list, &f, fx_slice_str(verbs[i]), FX_ABSENT, 9, 99);
        assert_true(reply_for(added, FX_EVENT_COMMAND, &r));
        size_t n = 0;
        for (const char *p = r.text; *p != '\0'; p++)
            n += *p == 'X';
        assert_int_equal(n, strlen(verbs[i]));
    }
}

/* A refused recipient would be lost there: nobody is left to tell. */
static void local_mail_is_not_refused_at_rcpt(void **state)
{
    (void)state;
    struct fx_finding f = {.rule = FX_RULE_RECIPIENT_COUNT,
                           .action = FX_ACTION_DROP_CONNECTION};
    struct fx_reply r;
    w.session->local = true;
    assert_false(reply_for(&f, FX_EVENT_RCPT, &r));
    assert_true(reply_for(&f, FX_EVENT_EOM, &r));
}

/* A client could have digests made of any address, and read them here. */
static void no_digest_in_a_reply(void **state)
{
    struct fx_finding f = {.rule = FX_RULE_CONTENT_TYPE_EMBEDDED,
                           .action = FX_ACTION_DROP_CONNECTION,
                           .grade = FX_GRADE_COLON};
    struct fx_reply r;
    (void)state;
    fx_findings_reset(&w.list);
    struct fx_finding *added = fx_findings_add(&w.list, &f, FX_LIT("#00@x"), FX_ABSENT, 9, 99);
    added->evidence.pseudonym = true;
    assert_true(reply_for(added, FX_EVENT_EOM, &r));
    assert_string_equal(r.text,
                        "Connection dropped (content-type-embedded: colon; as asa-9 does)");
}

/* Whoever reads it in a bounce learns what the firewall took for what. */
static void the_reply_says_why(void **state)
{
    static const struct {
        enum fx_rule rule;
        uint64_t observed; /* 0: none */
        const char *evidence, *detail, *text;
        enum fx_grade grade;
    } why[] = {
        {FX_RULE_HEADER_LINE_LENGTH, 1203, "X", NULL, "header-line-length: 1203",
         FX_GRADE_FOLDED},
        {FX_RULE_CONTENT_TYPE_DUPLICATE, 2, NULL, NULL,
         "content-type-duplicate: 2 Content-Type fields", FX_GRADE_FOLDED},
        {FX_RULE_CONTENT_TYPE_EMBEDDED, 0, "DKIM-Signature",
         "folded, in z=", "content-type-embedded: folded in DKIM-Signature", FX_GRADE_FOLDED},
        {FX_RULE_CONTENT_TYPE_EMBEDDED, 0, "X\xE4\r\n%s", "colon",
         "content-type-embedded: colon in X???%s", FX_GRADE_COLON},
    };
    (void)state;
    for (size_t i = 0; i < sizeof why / sizeof why[0]; i++) {
        struct fx_reply r;
        struct fx_finding f = {.rule = why[i].rule,
                               .action = FX_ACTION_DROP_CONNECTION,
                               .graded = why[i].detail != NULL,
                               .grade = why[i].grade,
                               .has_observed = why[i].observed > 0,
                               .observed = why[i].observed};
        char wanted[FX_REPLY_TEXT];
        snprintf(wanted, sizeof wanted, "Connection dropped (%s; as asa-9 does)", why[i].text);
        fx_findings_reset(&w.list);
        const struct fx_finding *added = fx_findings_add(
            &w.list, &f, fx_slice_str(why[i].evidence), fx_slice_str(why[i].detail), 9, 4096);
        assert_true(reply_for(added, FX_EVENT_EOM, &r));
        assert_string_equal(r.text, wanted);
        check_legal(&r);
    }
}

static void text_is_made_legal(void **state)
{
    (void)state;
    struct fx_reply r;
    fx_reply_set(&r, FX_OUTCOME_REJECT, 554, "5.6.1", FX_LIT("a\r\nb\tc\x7F\x80\xFF\0d 100%"));
    assert_string_equal(r.text, "a??b?c????d 100%");
    fx_reply_set(&r, FX_OUTCOME_REJECT, 554, "5.6.1",
                 fx_slice(fixture_repeat('a', 5000), 5000));
    assert_int_equal(strlen(r.text), FX_REPLY_TEXT);
    fx_reply_set(&r, FX_OUTCOME_REJECT, 554, "5.6.1", FX_LIT("x"));
    assert_string_equal(r.text, "x"); /* nothing of the text before */
    char buffer[400];
    struct fx_text t;
    fx_text_init_fixed(&t, buffer, sizeof buffer);
    fx_reply_format(&t, &r);
    assert_slice(fx_text_slice(&t), "554 5.6.1 x");
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, begin, finish)
    const struct CMUnitTest tests[] = {
        T(legal_by_construction),
        T(never_refusing_rules),
        T(the_contracts_codes),
        T(as_many_x_as_letters),
        T(local_mail_is_not_refused_at_rcpt),
        T(no_digest_in_a_reply),
        T(the_reply_says_why),
        T(text_is_made_legal),
    };
    return cmocka_run_group_tests_name("reply", tests, NULL, NULL);
}
