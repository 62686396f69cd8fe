/* Tests of the checks of header and body, each alone: yes, no, unknown, and the exact
 * limits. */
#include "checks_fixture.h"

extern const struct fx_check fx_check_header_line_length, fx_check_body_line_length,
    fx_check_mime_filename_length, fx_check_body_8bit, fx_check_size_mismatch,
    fx_check_received_hops, fx_check_content_type_duplicate, fx_check_content_type_embedded,
    fx_check_message_ended_early;

static void mail(struct asking *a, const char *parameters)
{
    tell(a, fixture_path(FX_EVENT_MAIL, "<a@example.org>", parameters));
}

static struct fx_event end(void)
{
    return fixture_event(FX_EVENT_EOM, NULL);
}

static void header_line_length(void **state)
{
    struct asking *a = *state;
    const struct fx_check *check = &fx_check_header_line_length;
    fixture_rule(a->profile, FX_RULE_HEADER_LINE_LENGTH, FX_ACTION_DROP_CONNECTION, 998);
    mail(a, "");
    /* "X-Long:" has seven octets */
    assert_int_equal(ask(a, check, fixture_header("X-Long", fixture_repeat('a', 991))), FX_NO);
    assert_int_equal(ask(a, check, fixture_header("X-Long", fixture_repeat('a', 992))), FX_YES);
    assert_int_equal(a->sink.reports[0].seen.observed, 999);
    assert_false(a->sink.reports[0].seen.at_least);
    assert_report(a, 0, "X-Long", "-");
    struct fx_event e = fixture_header("X", fixture_repeat('a', 60000));
    assert_int_equal(ask(a, check, e), FX_YES);
    assert_true(a->sink.reports[0].seen.at_least); /* Postfix cuts here */
}

/* Each line of a folded field by itself, its leading white space included. */
static void header_folds(void **state)
{
    struct asking *a = *state;
    const struct fx_check *check = &fx_check_header_line_length;
    fixture_rule(a->profile, FX_RULE_HEADER_LINE_LENGTH, FX_ACTION_DROP_CONNECTION, 10);
    mail(a, "");
    assert_int_equal(ask(a, check, fixture_header("X", " 1234567\n\t123456789")), FX_NO);
    assert_int_equal(ask(a, check, fixture_header("X", " 1234567\r\n\t123456789")), FX_NO);
    assert_int_equal(ask(a, check, fixture_header("X", " 1234567\n\t1234567890")), FX_YES);
    assert_int_equal(a->sink.reports[0].seen.observed, 11);
    assert_int_equal(ask(a, check, fixture_header("X", " 123456789\n\t1")), FX_YES);
    assert_int_equal(ask(a, check, fixture_header("X", "\n 1\n 12345678901\n 2")), FX_YES);
    assert_int_equal(a->sink.reports[0].seen.observed, 12);
    assert_int_equal(ask(a, check, fixture_header("X", "")), FX_NO);
    assert_int_equal(ask(a, check, fixture_header("12345678901", "")), FX_YES);
}

static void body_line_length(void **state)
{
    struct asking *a = *state;
    const struct fx_check *check = &fx_check_body_line_length;
    fixture_rule(a->profile, FX_RULE_BODY_LINE_LENGTH, FX_ACTION_LOG, 5);
    mail(a, "");
    assert_int_equal(ask(a, check, end()), FX_NO);
    mail(a, "");
    tell(a, fixture_event(FX_EVENT_BODY, "12345\r\n12345"));
    assert_int_equal(ask(a, check, end()), FX_NO);
    mail(a, "");
    tell(a, fixture_event(FX_EVENT_BODY, "12345\r\n123"));
    tell(a, fixture_event(FX_EVENT_BODY, "456\r\n1234567"));
    assert_int_equal(ask(a, check, end()), FX_YES);
    assert_int_equal(a->sink.count, 1);
    assert_int_equal(a->sink.reports[0].seen.observed, 7); /* the longest, without its end */
    assert_report(a, 0, "line 3", "-");
}

static void mime_filename_length(void **state)
{
    struct asking *a = *state;
    const struct fx_check *check = &fx_check_mime_filename_length;
    fixture_rule(a->profile, FX_RULE_MIME_FILENAME_LENGTH, FX_ACTION_DROP_CONNECTION, 5);
    mail(a, "");
    struct fx_event e = fixture_header("Content-Disposition", " a; filename=\"12345\"");
    assert_int_equal(ask(a, check, e), FX_NO);
    e = fixture_header("Content-Disposition", " a; filename*0=123; filename*1=456");
    assert_int_equal(ask(a, check, e), FX_YES);
    assert_report(a, 0, "123456", "filename");
    assert_int_equal(a->sink.reports[0].seen.observed, 6);
    e = fixture_header("Content-Type",
                       " multipart/mixed; boundary=b; name=\"=?us-ascii?Q?=41bcdef?=\"");
    assert_int_equal(ask(a, check, e), FX_YES);
    assert_report(a, 0, "Abcdef", "name");
    assert_int_equal(ask(a, check, fixture_header("Subject", " filename=1234567")), FX_NO);
    tell(a, fixture_event(FX_EVENT_EOH, NULL));
    e = fixture_event(FX_EVENT_BODY, "--b\r\nContent-Type: a/b; name=123456\r\n\r\n--b\r\n"
                                     "Content-Type: a/b; name=1234567\r\n\r\n"
                                     "--b\r\nContent-Disposition: a; filename=abcdef");
    assert_int_equal(ask(a, check, e), FX_YES);
    assert_int_equal(a->sink.count, 2);
    assert_report(a, 1, "1234567", "name");
    assert_int_equal(ask(a, check, end()), FX_YES); /* the header that the message ends in */
    assert_report(a, 0, "abcdef", "filename");
}

static void body_8bit(void **state)
{
    struct asking *a = *state;
    const struct fx_check *check = &fx_check_body_8bit;
    mail(a, "");
    assert_int_equal(ask(a, check, end()), FX_NO);
    mail(a, "");
    tell(a, fixture_event(FX_EVENT_BODY, "\x7F\x80"));
    assert_int_equal(ask(a, check, end()), FX_YES);
    assert_int_equal(a->sink.reports[0].seen.observed, 1);
    assert_int_equal(a->sink.reports[0].seen.action, FX_ACTION_NONE); /* the setting's */
    mail(a, "BODY=7BIT");
    tell(a, fixture_event(FX_EVENT_BODY, "\x80"));
    assert_int_equal(ask(a, check, end()), FX_YES);
    mail(a, "BODY=8BITMIME");
    tell(a, fixture_event(FX_EVENT_BODY, "\x80"));
    assert_int_equal(ask(a, check, end()), FX_NO);
    tell(a, fixture_event(FX_EVENT_MAIL, NULL)); /* no envelope: nobody knows */
    tell(a, fixture_event(FX_EVENT_BODY, "\x80"));
    assert_int_equal(ask(a, check, end()), FX_UNKNOWN);
}

/* Where the firewall hides 8BITMIME such a body cannot be sent at all. */
static void body_8bit_hidden(void **state)
{
    struct asking *a = *state;
    const struct fx_check *check = &fx_check_body_8bit;
    fixture_extensions(a->profile, FX_BIT(FX_EXT_SIZE));
    mail(a, "BODY=8BITMIME");
    tell(a, fixture_event(FX_EVENT_BODY, "\x80"));
    assert_int_equal(ask(a, check, end()), FX_YES);
    assert_true(a->sink.reports[0].seen.essential);
    assert_int_equal(a->sink.reports[0].seen.action, FX_ACTION_HIDE);
    assert_int_equal(a->sink.reports[0].seen.basis, FX_BASIS_ASSUMED);
    mail(a, "BODY=8BITMIME");
    tell(a, fixture_event(FX_EVENT_BODY, "ascii"));
    assert_int_equal(ask(a, check, end()), FX_NO);
    fixture_extensions(a->profile, FX_BIT(FX_EXT_8BITMIME));
    mail(a, "BODY=8BITMIME");
    tell(a, fixture_event(FX_EVENT_BODY, "\x80"));
    assert_int_equal(ask(a, check, end()), FX_NO);
}

static void message_of(struct asking *a, const char *parameters)
{
    mail(a, parameters); /* "A: b" CRLF CRLF "123": eleven octets */
    tell(a, fixture_header("A", " b"));
    tell(a, fixture_event(FX_EVENT_EOH, NULL));
    tell(a, fixture_event(FX_EVENT_BODY, "123"));
}

static void size_mismatch(void **state)
{
    struct asking *a = *state;
    const struct fx_check *check = &fx_check_size_mismatch;
    fixture_rule(a->profile, FX_RULE_SIZE_MISMATCH, FX_ACTION_LOG, -1);
    message_of(a, "SIZE=11");
    assert_int_equal(ask(a, check, end()), FX_NO);
    message_of(a, "SIZE=10");
    assert_int_equal(ask(a, check, end()), FX_YES);
    assert_int_equal(a->sink.reports[0].seen.observed, 11);
    assert_true(a->sink.reports[0].has_limit);
    assert_int_equal(a->sink.reports[0].limit, 10);
    message_of(a, "");
    assert_int_equal(ask(a, check, end()), FX_NO);
    message_of(a, "SIZE=1x");
    assert_int_equal(ask(a, check, end()), FX_NO);
    tell(a, fixture_event(FX_EVENT_MAIL, NULL));
    assert_int_equal(ask(a, check, end()), FX_UNKNOWN);
}

/* "25 or more hops, the MTA's own unseen one included" */
static void received_hops(void **state)
{
    struct asking *a = *state;
    const struct fx_check *check = &fx_check_received_hops;
    assert_int_equal(check->action, FX_ACTION_REFUSE);
    mail(a, "");
    for (unsigned i = 0; i < 23; i++)
        tell(a, fixture_header("received", " from a by b"));
    assert_int_equal(ask(a, check, fixture_event(FX_EVENT_EOH, NULL)), FX_NO);
    tell(a, fixture_header("Received", " from a by b"));
    assert_int_equal(ask(a, check, fixture_event(FX_EVENT_EOH, NULL)), FX_YES);
    assert_int_equal(a->sink.reports[0].seen.observed, 25);
    assert_int_equal(a->sink.reports[0].limit, 25);
    mail(a, "");
    assert_int_equal(ask(a, check, fixture_event(FX_EVENT_EOH, NULL)), FX_NO);
}

static void content_type_duplicate(void **state)
{
    struct asking *a = *state;
    const struct fx_check *check = &fx_check_content_type_duplicate;
    mail(a, "");
    tell(a, fixture_header("Content-Type", " text/plain"));
    tell(a, fixture_header("X-Content-Type", " text/plain"));
    assert_int_equal(ask(a, check, end()), FX_NO);
    tell(a, fixture_header("CONTENT-TYPE", " text/plain"));
    assert_int_equal(ask(a, check, end()), FX_YES);
    assert_int_equal(a->sink.reports[0].seen.observed, 2);
}

/* Only beside a real Content-Type, from the grade that counts, each field name once. */
static void content_type_embedded(void **state)
{
    struct asking *a = *state;
    const struct fx_check *check = &fx_check_content_type_embedded;
    assert_int_equal(check->action, FX_ACTION_NONE); /* a firewall's fault, no server's rule */
    mail(a, "");
    tell(a, fixture_header("DKIM-Signature", " h=from:\n content-type:date"));
    tell(a, fixture_header("ARC-Message-Signature", " h=from:content-type:date"));
    tell(a, fixture_header("X-Other", " content-type"));
    assert_int_equal(ask(a, check, end()), FX_NO);
    tell(a, fixture_header("content-type", " text/plain; x=\n Content-Type:"));
    assert_int_equal(ask(a, check, end()), FX_YES);
    assert_int_equal(a->sink.count, 1);
    assert_report(a, 0, "DKIM-Signature", "folded");
    assert_int_equal(a->sink.reports[0].seen.signature, 1);
    assert_int_equal(a->sink.reports[0].seen.offset, 10);
    assert_string_equal(a->sink.reports[0].seen.tag, "h");
    a->policy->base.content_type_grade = FX_GRADE_COLON;
    assert_int_equal(ask(a, check, end()), FX_YES);
    assert_int_equal(a->sink.count, 2);
    assert_report(a, 1, "ARC-Message-Signature", "colon");
    a->policy->base.content_type_grade = FX_GRADE_LISTED;
    assert_int_equal(ask(a, check, end()), FX_YES);
    assert_int_equal(a->sink.count, 3);
    assert_report(a, 2, "X-Other", "listed, in a field that is no signature");
    assert_int_equal(a->sink.reports[2].seen.signature, 0);
    assert_null(a->sink.reports[2].seen.tag);
    mail(a, ""); /* the next message has nothing of it */
    tell(a, fixture_header("Content-Type", " text/plain"));
    assert_int_equal(ask(a, check, end()), FX_NO);
}

/* Where in a signature: said when it is not h=, as far as that can be told. */
static void content_type_in_tags(void **state)
{
    static const struct {
        const char *value, *tag, *detail;
    } rows[] = {
        {" d=x; h=Content-Type:To", "h", "colon"},
        {" d=x; z=Content-Type:a|\n\tTo:b", "z", "colon, in z="},
        {" d=x; h=Content-Type; z=Content-Type:b", "z", "colon, in z="},
        {" d=x; z=To:b; i=Content-Type", "i", "listed, in i="},
        {" d=x; other=Content-Type", NULL, "listed"},
        {" Content-Type", NULL, "listed"},
    };
    struct asking *a = *state;
    a->policy->base.content_type_grade = FX_GRADE_LISTED;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        mail(a, "");
        tell(a, fixture_header("Content-Type", " text/plain"));
        tell(a, fixture_header("DomainKey-Signature", rows[i].value));
        assert_int_equal(ask(a, &fx_check_content_type_embedded, end()), FX_YES);
        assert_report(a, 0, "DomainKey-Signature", rows[i].detail);
        assert_int_equal(a->sink.reports[0].seen.tag == NULL, rows[i].tag == NULL);
        if (rows[i].tag != NULL)
            assert_string_equal(a->sink.reports[0].seen.tag, rows[i].tag);
    }
    a->policy->limits.signatures = 1;
    mail(a, "");
    tell(a, fixture_header("Content-Type", " text/plain"));
    tell(a, fixture_header("DKIM-Signature", " h=From"));
    tell(a, fixture_header("DKIM-Signature", " h=Content-Type:From"));
    assert_int_equal(ask(a, &fx_check_content_type_embedded, end()), FX_YES);
    assert_report(a, 0, "DKIM-Signature",
                  "colon"); /* without a number, and still a signature */
    assert_int_equal(a->sink.reports[0].seen.signature, 0);
}

static struct fx_event closed(struct asking *a, int64_t after)
{
    struct fx_event e = fixture_event(FX_EVENT_CLOSE, NULL);
    a->session->message->ended_at = e.time;
    a->session->message->ended_at.mono -= after;
    return e;
}

static void message_ended_early(void **state)
{
    struct asking *a = *state;
    const struct fx_check *check = &fx_check_message_ended_early;
    mail(a, "");
    assert_int_equal(ask(a, check, closed(a, 0)), FX_NO); /* DATA was not begun */
    tell(a, fixture_event(FX_EVENT_DATA, NULL));
    assert_int_equal(ask(a, check, closed(a, 0)), FX_YES);
    assert_int_equal(a->sink.reports[0].seen.basis, FX_BASIS_INFERRED);
    struct fx_event e = closed(a, 0);
    e.cut = true; /* by us */
    assert_int_equal(ask(a, check, e), FX_UNKNOWN);
    a->session->mta.kind = FX_MTA_POSTFIX;
    assert_int_equal(ask(a, check, closed(a, 1000000)), FX_YES);
    a->session->mta.kind = FX_MTA_SENDMAIL;
    assert_int_equal(ask(a, check, closed(a, 10000)), FX_YES);
    assert_int_equal(ask(a, check, closed(a, 10001)), FX_NO); /* it refused by itself */
    static const enum fx_event_kind seen[] = {FX_EVENT_HEADER, FX_EVENT_EOH, FX_EVENT_BODY};
    for (size_t i = 0; i < sizeof seen / sizeof seen[0]; i++) {
        mail(a, "");
        tell(a, fixture_event(FX_EVENT_DATA, NULL));
        tell(a, i == 0 ? fixture_header("X", "") : fixture_event(seen[i], "x"));
        assert_int_equal(ask(a, check, closed(a, 0)), FX_NO); /* the final dot had come */
    }
    mail(a, "");
    e = fixture_event(FX_EVENT_DATA, NULL);
    e.wire.terminator = FX_TERMINATOR_CRLF; /* a transcript */
    tell(a, e);
    assert_int_equal(ask(a, check, closed(a, 0)), FX_YES);
    assert_int_equal(a->sink.reports[0].seen.basis, FX_BASIS_OBSERVED);
}

int main(void)
{
#define ASKING(test) cmocka_unit_test_setup_teardown(test, asking_begin, asking_finish)
    const struct CMUnitTest tests[] = {
        ASKING(header_line_length),
        ASKING(header_folds),
        ASKING(body_line_length),
        ASKING(mime_filename_length),
        ASKING(body_8bit),
        ASKING(body_8bit_hidden),
        ASKING(size_mismatch),
        ASKING(received_hops),
        ASKING(content_type_duplicate),
        ASKING(content_type_embedded),
        ASKING(content_type_in_tags),
        ASKING(message_ended_early),
    };
    return cmocka_run_group_tests_name("checks_message", tests, NULL, NULL);
}
