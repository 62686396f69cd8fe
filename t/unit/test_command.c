/* Tests of command: verbs, masked commands, octets of a line, and which extensions a session
 * used; what was not told stays unknown. */
#include "command.h"
#include "fixture.h"

#include <string.h>

static void verbs(void **state)
{
    (void)state;
    assert_slice(fx_command_verb(FX_LIT("NOOP")), "NOOP");
    assert_slice(fx_command_verb(FX_LIT("  noop\targ")), "noop");
    assert_slice(fx_command_verb(FX_LIT("")), "");
    assert_slice(fx_command_verb(FX_LIT(" \t")), "");
    /* the same verb, whether the MTA takes it off the line (before 3.10) or we do */
    assert_slice(fx_command_verb(FX_LIT("FOO\rBAR baz")), "FOO");
    assert_slice(fx_command_verb(FX_LIT("\rFOO\v")), "FOO");
    assert_slice(fx_command_verb(FX_LIT("FOO\bBAR\x0E")), "FOO\bBAR\x0E");
}

static void masked(void **state)
{
    (void)state;
    assert_true(fx_command_masked(FX_LIT("XX")));
    assert_true(fx_command_masked(FX_LIT("XXXXXXXX")));
    assert_false(fx_command_masked(FX_LIT("X")));
    assert_false(fx_command_masked(FX_LIT("")));
    assert_false(fx_command_masked(FX_LIT("XXXXx")));
    assert_false(fx_command_masked(FX_LIT("xxxx")));
    assert_false(fx_command_masked(FX_LIT("XXXX XXXX")));
    assert_false(fx_command_masked(FX_LIT("XXXXXXXA")));
}

static void assert_marked(const char *verb, const char *word, const char *back)
{
    char buffer[2 * FX_COMMAND_MARKED_MAX + 1];
    struct fx_text t;
    struct fx_slice found = FX_LIT("untouched");
    fx_text_init_fixed(&t, buffer, sizeof buffer);
    fx_command_add_marked(&t, fx_slice_str(verb));
    assert_false(t.overflow);
    assert_slice(fx_text_slice(&t), word);
    assert_int_equal(fx_command_unmark(fx_text_slice(&t), &found), back != NULL);
    assert_slice(found, back == NULL ? "untouched" : back);
    assert_false(fx_command_masked(fx_text_slice(&t)));
}

#define TEN_X "XXXXXXXXXX"
#define TEN_A "AAAAAAAAAA"

static void marked(void **state)
{
    (void)state;
    assert_marked("STARTTLS", "XXXXXXXX-STARTTLS", "STARTTLS");
    assert_marked("X-EXPS", "XXXXXX-X-EXPS", "X-EXPS");
    assert_marked("XXXX", "XXXX-XXXX", "XXXX");
    assert_marked("a", "X-a", "a");
    assert_marked("Subject: x", "XXXXXXX-Subject", "Subject");
    assert_marked(":x", "X", NULL);
    assert_marked("", "X", NULL);
    assert_marked(TEN_A TEN_A TEN_A TEN_A TEN_A TEN_A TEN_A,
                  TEN_X TEN_X TEN_X TEN_X TEN_X TEN_X
                  "XXXX-" TEN_A TEN_A TEN_A TEN_A TEN_A TEN_A "AAAA",
                  TEN_A TEN_A TEN_A TEN_A TEN_A TEN_A "AAAA");
    static const char *const others[] = {"",        "-",       "X",      "XX-A",  "X-AA",
                                         "XxX-ABC", "XXX_ABC", "X-EXPS", "XXXXA", "XXXX-"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct fx_slice found = FX_LIT("untouched");
        assert_false(fx_command_unmark(fx_slice_str(others[i]), &found));
        assert_slice(found, "untouched");
    }
    assert_slice(fx_command_verb(FX_LIT(" XXXX-VRFY")), "VRFY");
    /* ours has nothing behind it */
    assert_slice(fx_command_verb(FX_LIT("XXXX-VRFY root")), "XXXX-VRFY");
    assert_slice(fx_command_verb(FX_LIT("XXXX-VRFY ")), "XXXX-VRFY");
    bool whole = true;
    struct fx_event e = fixture_event(FX_EVENT_COMMAND, "XXXX-VRFY");
    e.whole_line = true;
    assert_int_equal(fx_command_octets(&e, &whole), 4);
    assert_false(whole);
    e = fixture_event(FX_EVENT_COMMAND, "XXXX-VRFY root");
    e.whole_line = true;
    assert_int_equal(fx_command_octets(&e, &whole), 14);
    assert_true(whole);
}

/* The cut does not fall within a character: of e-acute (2 octets) and of U+1F600 (4). */
static void marked_utf8(void **state)
{
    static const char *const tails[] = {"\xc3\xa9"
                                        "a",
                                        "\xf0\x9f\x98\x80"
                                        "a"};
    (void)state;
    for (size_t t = 0; t < 2; t++) {
        for (size_t before = 58; before <= 64; before++) {
            char word[80], buffer[2 * FX_COMMAND_MARKED_MAX + 1];
            struct fx_text in, out;
            struct fx_slice verb = FX_LIT("");
            fx_text_init_fixed(&in, word, sizeof word);
            for (size_t i = 0; i < before; i++)
                fx_text_add_char(&in, 'A');
            size_t character = strlen(tails[t]) - 1;
            fx_text_add_str(&in, tails[t]);
            fx_text_add_str(&in, "bbbbbb");
            fx_text_init_fixed(&out, buffer, sizeof buffer);
            fx_command_add_marked(&out, fx_text_slice(&in));
            assert_true(fx_command_unmark(fx_text_slice(&out), &verb));
            bool split = before < 64 && before + character > 64;
            assert_int_equal(verb.len, split ? before : 64);
        }
    }
}

static void names(void **state)
{
    (void)state;
    struct fx_event e = fixture_event(FX_EVENT_HELO, "host.example.org");
    assert_slice(fx_command_name(&e), "HELO");
    e.greeting = FX_GREETING_EHLO;
    assert_slice(fx_command_name(&e), "EHLO");
    e = fixture_path(FX_EVENT_MAIL, "<>", "");
    assert_slice(fx_command_name(&e), "MAIL");
    e = fixture_path(FX_EVENT_RCPT, "<a@example.net>", "");
    assert_slice(fx_command_name(&e), "RCPT");
    e = fixture_event(FX_EVENT_DATA, NULL);
    assert_slice(fx_command_name(&e), "DATA");
    e = fixture_event(FX_EVENT_COMMAND, "VRFY root");
    assert_slice(fx_command_name(&e), "VRFY");
}

static void octets(void **state)
{
    (void)state;
    bool whole = true;
    struct fx_event e = fixture_path(FX_EVENT_MAIL, "<a@example.org>", "SIZE=10 BODY=7BIT");
    /* "MAIL FROM:<a@example.org> SIZE=10 BODY=7BIT" */
    assert_int_equal(fx_command_octets(&e, &whole), 43);
    assert_false(whole);
    e = fixture_path(FX_EVENT_RCPT, "<a@example.org>", "");
    assert_int_equal(fx_command_octets(&e, &whole), 23);
    assert_false(whole);
    e = fixture_event(FX_EVENT_HELO, "x.example.org");
    assert_int_equal(fx_command_octets(&e, &whole), 18);
    assert_false(whole);
    e = fixture_event(FX_EVENT_COMMAND, "VERB");
    assert_int_equal(fx_command_octets(&e, &whole), 4);
    assert_false(whole);
    e.whole_line = true;
    assert_int_equal(fx_command_octets(&e, &whole), 4);
    assert_true(whole);
    e.whole_line = false;
    /* more parameters than are kept are counted all the same */
    struct fx_event many = fixture_path(FX_EVENT_MAIL, "<>", "SIZE=1");
    assert_int_equal(fx_command_octets(&many, &whole), 19);
    many.parameters_octets = 7 * 280;
    assert_int_equal(fx_command_octets(&many, &whole), 12 + 7 * 280);
    e.wire.line_octets = 600;
    assert_int_equal(fx_command_octets(&e, &whole), 600);
    assert_true(whole);
}

struct used {
    struct fx_policy *policy;
    struct fx_session *session;
};

static void begin(struct used *u)
{
    u->policy = fixture_policy_of(FX_MODE_OBSERVE, fixture_profile("p"));
    u->session = fx_session_create(u->policy, FIXTURE_ID);
    assert_non_null(u->session);
}

static void finish(struct used *u)
{
    fx_session_destroy(u->session);
    fx_policy_destroy(u->policy);
}

static void extensions_before_mail(void **state)
{
    (void)state;
    struct used u;
    begin(&u);
    for (int e = FX_EXT_UNKNOWN + 1; e < FX_EXT_COUNT; e++)
        assert_int_equal(fx_extension_used(u.session, (enum fx_extension)e), FX_UNKNOWN);
    u.session->tls = FX_NO;
    u.session->authenticated = FX_YES;
    assert_int_equal(fx_extension_used(u.session, FX_EXT_STARTTLS), FX_NO);
    assert_int_equal(fx_extension_used(u.session, FX_EXT_AUTH), FX_YES);
    finish(&u);
}

static void extensions_at_mail(void **state)
{
    (void)state;
    struct used u;
    begin(&u);
    struct fx_event e = fixture_path(FX_EVENT_MAIL, "<a@example.org>", "SIZE=1 BODY=8BITMIME");
    fx_session_observe(u.session, &e);
    assert_int_equal(fx_extension_used(u.session, FX_EXT_SIZE), FX_YES);
    assert_int_equal(fx_extension_used(u.session, FX_EXT_8BITMIME), FX_YES);
    assert_int_equal(fx_extension_used(u.session, FX_EXT_BINARYMIME), FX_NO);
    assert_int_equal(fx_extension_used(u.session, FX_EXT_SMTPUTF8), FX_NO);
    assert_int_equal(fx_extension_used(u.session, FX_EXT_DSN), FX_NO);
    /* no parameter tells of these, and nothing was told of TLS and AUTH */
    assert_int_equal(fx_extension_used(u.session, FX_EXT_PIPELINING), FX_UNKNOWN);
    assert_int_equal(fx_extension_used(u.session, FX_EXT_STARTTLS), FX_UNKNOWN);
    assert_int_equal(fx_extension_used(u.session, FX_EXT_AUTH), FX_UNKNOWN);
    finish(&u);
}

/* A message file without an envelope: nothing is known of it. */
static void extensions_without_envelope(void **state)
{
    (void)state;
    struct used u;
    begin(&u);
    struct fx_event e = fixture_event(FX_EVENT_MAIL, NULL);
    fx_session_observe(u.session, &e);
    assert_int_equal(fx_extension_used(u.session, FX_EXT_SIZE), FX_UNKNOWN);
    assert_int_equal(fx_extension_used(u.session, FX_EXT_BINARYMIME), FX_UNKNOWN);
    finish(&u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verbs),
        cmocka_unit_test(masked),
        cmocka_unit_test(marked),
        cmocka_unit_test(marked_utf8),
        cmocka_unit_test(names),
        cmocka_unit_test(octets),
        cmocka_unit_test(extensions_before_mail),
        cmocka_unit_test(extensions_at_mail),
        cmocka_unit_test(extensions_without_envelope),
    };
    return cmocka_run_group_tests_name("command", tests, NULL, NULL);
}
