/* Tests of the checks of commands and of the envelope, each alone: yes, no, unknown, and the
 * exact limits. */
#include "checks_fixture.h"

#include <string.h>

extern const struct fx_check fx_check_verb_not_allowed, fx_check_verb_too_short,
    fx_check_verb_masked_upstream, fx_check_extension_not_allowed, fx_check_extension_required,
    fx_check_command_line_length, fx_check_command_pipelining, fx_check_command_terminator,
    fx_check_sender_address_length, fx_check_address_character, fx_check_recipient_count;

static struct fx_event command(const char *line)
{
    return fixture_event(FX_EVENT_COMMAND, line);
}

static struct fx_event mail(const char *path, const char *parameters)
{
    return fixture_path(FX_EVENT_MAIL, path, parameters);
}

static struct fx_event rcpt(const char *path, const char *parameters)
{
    return fixture_path(FX_EVENT_RCPT, path, parameters);
}

static void verb_not_allowed(void **state)
{
    struct asking *a = *state;
    const struct fx_check *check = &fx_check_verb_not_allowed;
    assert_int_equal(ask(a, check, command("VRFY root")), FX_NO); /* no list, no rule */
    fixture_verbs(a->profile, FX_BIT(FX_VERB_NOOP) | FX_BIT(FX_VERB_EHLO));
    assert_int_equal(ask(a, check, command("noop x")), FX_NO);
    assert_int_equal(ask(a, check, command("VRFY root")), FX_YES);
    assert_report(a, 0, "VRFY", "-");
    assert_int_equal(ask(a, check, command("GOODMORNING")), FX_YES);
    assert_int_equal(ask(a, check, command("")), FX_YES);
    /* X's are another rule's */
    assert_int_equal(ask(a, check, command("XXXXXXXX")), FX_NO);
    assert_int_equal(ask(a, check, command("XXXXXXXA")), FX_YES);
    struct fx_event helo = fixture_event(FX_EVENT_HELO, "a.example.org");
    assert_int_equal(ask(a, check, helo), FX_UNKNOWN); /* HELO or EHLO: nobody told */
    helo.greeting = FX_GREETING_EHLO;
    assert_int_equal(ask(a, check, helo), FX_NO);
    helo.greeting = FX_GREETING_HELO;
    assert_int_equal(ask(a, check, helo), FX_YES);
    assert_report(a, 0, "HELO", "-");
    assert_int_equal(ask(a, check, fixture_event(FX_EVENT_DATA, NULL)), FX_YES);
    assert_report(a, 0, "DATA", "-");
}

static void verb_traces(void **state)
{
    struct asking *a = *state;
    const struct fx_check *check = &fx_check_verb_not_allowed;
    struct fx_macros m = {.tls_version = FX_LIT("TLSv1.3"), .auth_type = FX_LIT("PLAIN")};
    struct fx_macros asked = {.tls_asked = true, .auth_asked = true};
    struct fx_event e = mail("<>", "");
    fixture_verbs(a->profile, FX_BIT(FX_VERB_MAIL));
    assert_int_equal(ask(a, check, e), FX_UNKNOWN);
    e.macros = &asked;
    assert_int_equal(ask(a, check, e), FX_UNKNOWN); /* HELO or EHLO? */
    asked.r = FX_LIT("SMTP");
    assert_int_equal(ask(a, check, e), FX_NO);
    asked.r = FX_LIT("ESMTPS");
    assert_int_equal(ask(a, check, e), FX_YES);
    assert_int_equal(a->sink.count, 1);
    assert_report(a, 0, "EHLO", "macro r");
    assert_true(a->sink.reports[0].seen.past);
    e.macros = &m;
    assert_int_equal(ask(a, check, e), FX_YES);
    assert_int_equal(a->sink.count, 3);
    assert_report(a, 0, "STARTTLS", "-");
    assert_report(a, 1, "AUTH", "-");
    assert_report(a, 2, "EHLO", "STARTTLS");
    assert_true(a->sink.reports[2].seen.past);
    assert_false(a->sink.reports[0].seen.past);
    assert_int_equal(a->sink.reports[0].seen.basis, FX_BASIS_INFERRED);
    assert_int_equal(a->sink.reports[1].seen.basis, FX_BASIS_INFERRED);
    assert_false(a->sink.reports[0].seen.essential);
    a->policy->base.require = FX_BIT(FX_EXT_STARTTLS);
    assert_int_equal(ask(a, check, e), FX_YES);
    assert_true(a->sink.reports[0].seen.essential);
    assert_false(a->sink.reports[1].seen.essential);
    a->profile->verbs.set |=
        FX_BIT(FX_VERB_STARTTLS) | FX_BIT(FX_VERB_AUTH) | FX_BIT(FX_VERB_EHLO);
    assert_int_equal(ask(a, check, e), FX_NO);
}

/* EHLO where HELO and EHLO look alike: what else there is, the weakest last. */
static void verb_ehlo_traces(void **state)
{
    struct asking *a = *state;
    const struct fx_check *check = &fx_check_verb_not_allowed;
    struct fx_macros auth = {
        .tls_asked = true, .auth_asked = true, .auth_type = FX_LIT("PLAIN")};
    struct fx_macros none = {.tls_asked = true, .auth_asked = true};
    fixture_verbs(a->profile, FX_BIT(FX_VERB_MAIL) | FX_BIT(FX_VERB_AUTH));
    struct fx_event e = mail("<>", "BODY=8BITMIME SIZE=1");
    e.macros = &none;
    assert_int_equal(ask(a, check, e), FX_YES);
    assert_int_equal(a->sink.count, 1);
    assert_report(a, 0, "EHLO", "BODY");
    assert_true(a->sink.reports[0].seen.past);
    assert_int_equal(a->sink.reports[0].seen.basis, FX_BASIS_INFERRED);
    e.macros = &auth;
    assert_int_equal(ask(a, check, e), FX_YES);
    assert_report(a, 0, "EHLO", "AUTH");
    auth.r = FX_LIT("SMTP"); /* who says it knows better */
    assert_int_equal(ask(a, check, e), FX_NO);
    auth.r = FX_LIT("UTF8SMTPA");
    assert_int_equal(ask(a, check, e), FX_YES);
    assert_report(a, 0, "EHLO", "macro r");
    auth.r = FX_LIT("LMTP");
    assert_int_equal(ask(a, check, e), FX_UNKNOWN);
}

/* Told at HELO, it is answered there, once. */
static void verb_ehlo_told(void **state)
{
    struct asking *a = *state;
    const struct fx_check *check = &fx_check_verb_not_allowed;
    struct fx_event helo = fixture_event(FX_EVENT_HELO, "mail.example.org");
    struct fx_event e = mail("<>", "SIZE=1");
    fixture_verbs(a->profile, FX_BIT(FX_VERB_MAIL));
    helo.greeting = FX_GREETING_EHLO;
    tell(a, helo);
    struct fx_macros none = {.tls_asked = true, .auth_asked = true};
    e.macros = &none;
    assert_int_equal(ask(a, check, e), FX_NO);
}

/* A mark says that the verb was not let through, whoever wrote it; it is no X of a firewall. */
static void verb_marked(void **state)
{
    struct asking *a = *state;
    fixture_verbs(a->profile, FX_BIT(FX_VERB_MAIL) | FX_BIT(FX_VERB_NOOP));
    assert_int_equal(ask(a, &fx_check_verb_not_allowed, command("XXXX-VRFY")), FX_YES);
    assert_report(a, 0, "VRFY", "-");
    assert_int_equal(ask(a, &fx_check_verb_not_allowed, command("XXXX-NOOP")), FX_YES);
    assert_report(a, 0, "NOOP", "-");
    assert_int_equal(ask(a, &fx_check_verb_not_allowed, command("XXXX-NOOP x")), FX_YES);
    assert_report(a, 0, "XXXX-NOOP", "-");
    assert_int_equal(ask(a, &fx_check_verb_not_allowed, command("XXX-XXX")), FX_YES);
    assert_report(a, 0, "XXX", "-");
    assert_int_equal(ask(a, &fx_check_verb_masked_upstream, command("XXX-XXX")), FX_NO);
    assert_int_equal(ask(a, &fx_check_verb_masked_upstream, command("XXXX-VRFY")), FX_NO);
    assert_int_equal(ask(a, &fx_check_verb_not_allowed, command("XXXX a")), FX_NO);
    assert_int_equal(ask(a, &fx_check_verb_masked_upstream, command("XXXX a")), FX_YES);
}

static void verb_too_short(void **state)
{
    struct asking *a = *state;
    const struct fx_check *check = &fx_check_verb_too_short;
    fixture_rule(a->profile, FX_RULE_VERB_TOO_SHORT, FX_ACTION_MASK, 4);
    assert_int_equal(ask(a, check, command("ABCD")), FX_NO);
    assert_int_equal(ask(a, check, command("ABC defghi")), FX_YES);
    assert_int_equal(a->sink.reports[0].seen.observed, 3);
    assert_report(a, 0, "ABC", "-");
    assert_int_equal(ask(a, check, command("")), FX_YES);
    assert_int_equal(a->sink.reports[0].seen.observed, 0);
    assert_int_equal(ask(a, check, command("XXX")), FX_NO); /* upstream's, not the client's */
    assert_int_equal(ask(a, check, command("X")), FX_YES);
}

static void verb_masked_upstream(void **state)
{
    struct asking *a = *state;
    const struct fx_check *check = &fx_check_verb_masked_upstream;
    assert_int_equal(check->action, FX_ACTION_LOG);
    assert_int_equal(ask(a, check, command("XXXXXXXX")), FX_YES);
    assert_report(a, 0, "XXXXXXXX", "8 octets: STARTTLS, XFORWARD");
    assert_int_equal(a->sink.reports[0].seen.observed, 8);
    assert_int_equal(ask(a, check, command("XXXX XXXX")), FX_YES);
    assert_int_equal(strncmp(a->sink.reports[0].detail, "4 octets: ATRN, AUTH,", 21), 0);
    assert_non_null(strstr(a->sink.reports[0].detail, "EHLO"));
    assert_non_null(strstr(a->sink.reports[0].detail, "VRFY"));
    assert_int_equal(ask(a, check, command("XX")), FX_YES);
    assert_report(a, 0, "XX", "2 octets: no known verb alone has this length");
    assert_int_equal(ask(a, check, command("X")), FX_NO);
    assert_int_equal(ask(a, check, command("XXXy")), FX_NO);
    assert_int_equal(ask(a, check, command("")), FX_NO);
}

static void extension_not_allowed(void **state)
{
    struct asking *a = *state;
    const struct fx_check *check = &fx_check_extension_not_allowed;
    assert_int_equal(ask(a, check, mail("<>", "SIZE=1 X-Y=z")), FX_NO); /* no list, no rule */
    fixture_extensions(a->profile, FX_BIT(FX_EXT_SIZE));
    assert_int_equal(ask(a, check, mail("<>", "")), FX_NO);
    assert_int_equal(ask(a, check, mail("<>", "size=1")), FX_NO);
    assert_int_equal(ask(a, check, mail("<>", "SIZE=1 RET=HDRS ENVID=secret X-Y=z")), FX_YES);
    assert_int_equal(a->sink.count, 3);
    assert_report(a, 0, "RET", "DSN");
    assert_report(a, 1, "ENVID", "DSN"); /* the value is not shown */
    assert_report(a, 2, "X-Y", "-");
    assert_int_equal(ask(a, check, mail("<>", "BODY=8BITMIME")), FX_YES);
    assert_report(a, 0, "BODY=8BITMIME", "8BITMIME");
    assert_int_equal(a->sink.reports[0].seen.basis, FX_BASIS_ASSUMED);
    assert_int_equal(a->sink.reports[0].seen.extension, FX_EXT_8BITMIME);
    assert_false(a->sink.reports[0].seen.essential);
    assert_int_equal(ask(a, check, rcpt("<a@example.net>", "NOTIFY=NEVER")), FX_YES);
    assert_report(a, 0, "NOTIFY", "DSN");
    /* 64 parameters and more */
    struct fx_event e = mail("<>", "SIZE=1");
    e.parameters_cut = true;
    assert_int_equal(ask(a, check, e), FX_YES); /* nothing hides behind them */
    assert_report(a, 0, "too many to look at", "-");
    assert_int_equal(a->sink.reports[0].seen.basis, FX_BASIS_INFERRED);
}

static void extension_that_mail_needs(void **state)
{
    struct asking *a = *state;
    const struct fx_check *check = &fx_check_extension_not_allowed;
    fixture_extensions(a->profile, 0);
    assert_int_equal(ask(a, check, mail("<a@example.org>", "SMTPUTF8")), FX_YES);
    assert_false(a->sink.reports[0].seen.essential);
    assert_int_equal(ask(a, check, mail("<\xC3\xBC@example.org>", "SMTPUTF8")), FX_YES);
    assert_true(a->sink.reports[0].seen.essential);
    a->policy->base.require = FX_BIT(FX_EXT_DSN);
    assert_int_equal(ask(a, check, mail("<>", "RET=FULL SIZE=1")), FX_YES);
    assert_true(a->sink.reports[0].seen.essential);
    assert_false(a->sink.reports[1].seen.essential);
}

/* Such an address goes nowhere without SMTPUTF8, whichever command it stands in. */
static void recipient_that_needs_smtputf8(void **state)
{
    struct asking *a = *state;
    const struct fx_check *check = &fx_check_extension_not_allowed;
    fixture_extensions(a->profile, 0);
    tell(a, mail("<a@example.org>", "SMTPUTF8"));
    assert_int_equal(ask(a, check, rcpt("<a@example.net>", "")), FX_NO);
    assert_int_equal(ask(a, check, rcpt("<\xC3\xBC@example.net>", "")), FX_YES);
    assert_true(a->sink.reports[0].seen.essential);
    fixture_extensions(a->profile, FX_BIT(FX_EXT_SMTPUTF8));
    assert_int_equal(ask(a, check, rcpt("<\xC3\xBC@example.net>", "")), FX_NO);
}

static void extension_required(void **state)
{
    struct asking *a = *state;
    const struct fx_check *check = &fx_check_extension_required;
    assert_int_equal(check->action, FX_ACTION_REFUSE);
    assert_int_equal(ask(a, check, mail("<>", "")), FX_NO);
    a->policy->base.require = FX_BIT(FX_EXT_STARTTLS) | FX_BIT(FX_EXT_SIZE);
    assert_int_equal(ask(a, check, mail("<>", "SIZE=1")), FX_UNKNOWN); /* of TLS */
    assert_int_equal(ask(a, check, mail("<>", "")), FX_YES);
    assert_int_equal(a->sink.count, 1);
    assert_report(a, 0, "SIZE", "-");
    struct fx_macros asked = {.tls_asked = true};
    struct fx_event e = mail("<>", "");
    e.macros = &asked;
    assert_int_equal(ask(a, check, e), FX_YES);
    assert_int_equal(a->sink.count, 2);
    asked.tls_version = FX_LIT("TLSv1.2");
    e = mail("<>", "SIZE=1");
    e.macros = &asked;
    assert_int_equal(ask(a, check, e), FX_NO);
    a->policy->base.require = FX_BIT(FX_EXT_PIPELINING);
    assert_int_equal(ask(a, check, e), FX_UNKNOWN);
}

static void command_line_length(void **state)
{
    struct asking *a = *state;
    const struct fx_check *check = &fx_check_command_line_length;
    fixture_rule(a->profile, FX_RULE_COMMAND_LINE_LENGTH, FX_ACTION_DROP_CONNECTION, 512);
    struct fx_event e = command(fixture_repeat('A', 512));
    assert_int_equal(ask(a, check, e), FX_UNKNOWN); /* arguments may be missing */
    e.whole_line = true;
    assert_int_equal(ask(a, check, e), FX_NO);
    e = command(fixture_repeat('A', 513));
    assert_int_equal(ask(a, check, e), FX_YES);
    assert_true(a->sink.reports[0].seen.at_least);
    assert_int_equal(a->sink.reports[0].seen.basis, FX_BASIS_INFERRED);
    e.whole_line = true;
    assert_int_equal(ask(a, check, e), FX_YES);
    assert_false(a->sink.reports[0].seen.at_least);
    assert_int_equal(a->sink.reports[0].seen.basis, FX_BASIS_OBSERVED);
    assert_int_equal(a->sink.reports[0].seen.observed, 513);
    /* "MAIL FROM:" has ten octets, "RCPT TO:" eight, "HELO " five */
    assert_int_equal(ask(a, check, mail(fixture_repeat('a', 502), "")), FX_UNKNOWN);
    assert_int_equal(ask(a, check, mail(fixture_repeat('a', 503), "")), FX_YES);
    assert_report(a, 0, "MAIL", "-");
    assert_int_equal(ask(a, check, rcpt(fixture_repeat('a', 504), "")), FX_UNKNOWN);
    assert_int_equal(ask(a, check, rcpt(fixture_repeat('a', 505), "")), FX_YES);
    e = fixture_event(FX_EVENT_HELO, fixture_repeat('a', 507));
    assert_int_equal(ask(a, check, e), FX_UNKNOWN);
    e.wire.line_octets = 512;
    assert_int_equal(ask(a, check, e), FX_NO);
    e.wire.line_octets = 513;
    assert_int_equal(ask(a, check, e), FX_YES);
}

static void command_wire(void **state)
{
    struct asking *a = *state;
    struct fx_event e = command("RSET");
    assert_int_equal(ask(a, &fx_check_command_pipelining, e), FX_UNKNOWN);
    assert_int_equal(ask(a, &fx_check_command_terminator, e), FX_UNKNOWN);
    e.wire = (struct fx_wire){.pipelined = FX_NO, .terminator = FX_TERMINATOR_CRLF};
    assert_int_equal(ask(a, &fx_check_command_pipelining, e), FX_NO);
    assert_int_equal(ask(a, &fx_check_command_terminator, e), FX_NO);
    static const char *const how[] = {"LF", "CR", "none"};
    for (int t = FX_TERMINATOR_LF; t <= FX_TERMINATOR_NONE; t++) {
        e.wire = (struct fx_wire){.pipelined = FX_YES, .terminator = (enum fx_terminator)t};
        assert_int_equal(ask(a, &fx_check_command_pipelining, e), FX_YES);
        assert_int_equal(ask(a, &fx_check_command_terminator, e), FX_YES);
        assert_report(a, 0, "RSET", how[t - FX_TERMINATOR_LF]);
    }
}

static void sender_address_length(void **state)
{
    struct asking *a = *state;
    const struct fx_check *check = &fx_check_sender_address_length;
    fixture_rule(a->profile, FX_RULE_SENDER_ADDRESS_LENGTH, FX_ACTION_DROP_CONNECTION, 320);
    char path[323];
    memset(path, 'a', sizeof path);
    path[0] = '<';
    path[321] = '>';
    path[322] = '\0';
    assert_int_equal(ask(a, check, mail(path, "")), FX_NO); /* 320 between the brackets */
    assert_int_equal(ask(a, check, mail(fixture_repeat('a', 320), "")), FX_NO);
    assert_int_equal(ask(a, check, mail(fixture_repeat('a', 321), "")), FX_YES);
    assert_int_equal(a->sink.reports[0].seen.observed, 321);
    assert_int_equal(ask(a, check, mail("<>", "")), FX_NO);
    assert_int_equal(ask(a, check, mail(NULL, "")), FX_UNKNOWN);
}

static void address_character(void **state)
{
    struct asking *a = *state;
    const struct fx_check *check = &fx_check_address_character;
    assert_int_equal(ask(a, check, mail("<a|b@example.org>", "")), FX_NO);
    fixture_characters(a->profile, "|<>");
    assert_int_equal(ask(a, check, mail("<a|b@example.org>", "")), FX_YES);
    assert_report(a, 0, "a|b@example.org", "|");
    assert_int_equal(ask(a, check, mail("<a@example.org>", "")), FX_NO);
    assert_int_equal(ask(a, check, mail("<>", "")), FX_NO);
    assert_int_equal(ask(a, check, rcpt("<a<b>|<c@example.net>", "")), FX_YES);
    assert_int_equal(a->sink.reports[0].seen.observed, 4);
    assert_report(a, 0, "a<b>|<c@example.net", "<>|");
    assert_int_equal(ask(a, check, rcpt("a@example.net>", "")), FX_YES);
    assert_int_equal(ask(a, check, rcpt(NULL, "")), FX_UNKNOWN);
}

static void recipient_count(void **state)
{
    struct asking *a = *state;
    const struct fx_check *check = &fx_check_recipient_count;
    fixture_rule(a->profile, FX_RULE_RECIPIENT_COUNT, FX_ACTION_DROP_CONNECTION, 2);
    tell(a, mail("<>", ""));
    assert_int_equal(ask(a, check, rcpt("<a@example.net>", "")), FX_NO);
    struct fx_event refused = rcpt("<b@example.net>", "");
    refused.refused = FX_YES; /* the firewall sees the command all the same */
    assert_int_equal(ask(a, check, refused), FX_NO);
    assert_int_equal(ask(a, check, rcpt("<c@example.net>", "")), FX_YES);
    assert_int_equal(a->sink.reports[0].seen.observed, 3);
    assert_true(a->sink.reports[0].seen.merge);
    tell(a, mail("<>", "")); /* counted for each transaction */
    assert_int_equal(ask(a, check, rcpt("<a@example.net>", "")), FX_NO);
}

int main(void)
{
#define ASKING(test) cmocka_unit_test_setup_teardown(test, asking_begin, asking_finish)
    const struct CMUnitTest tests[] = {
        ASKING(verb_not_allowed),
        ASKING(verb_traces),
        ASKING(verb_ehlo_traces),
        ASKING(verb_ehlo_told),
        ASKING(verb_marked),
        ASKING(verb_too_short),
        ASKING(verb_masked_upstream),
        ASKING(extension_not_allowed),
        ASKING(extension_that_mail_needs),
        ASKING(recipient_that_needs_smtputf8),
        ASKING(extension_required),
        ASKING(command_line_length),
        ASKING(command_wire),
        ASKING(sender_address_length),
        ASKING(address_character),
        ASKING(recipient_count),
    };
    return cmocka_run_group_tests_name("checks_command", tests, NULL, NULL);
}
