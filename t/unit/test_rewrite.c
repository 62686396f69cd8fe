/* Tests of rewrite: which lines stay, what the others become, and the marks of greetings. */
#include "fixture.h"
#include "rewrite.h"

#include <string.h>

static char space[FX_VERB_COUNT + 4200];
static struct fx_text out;
static struct fx_profile *profile;
static struct fx_policy *policy;

#define SEVEN                                                             \
    (FX_BIT(FX_VERB_HELO) | FX_BIT(FX_VERB_MAIL) | FX_BIT(FX_VERB_RCPT) | \
     FX_BIT(FX_VERB_DATA) | FX_BIT(FX_VERB_RSET) | FX_BIT(FX_VERB_NOOP) | \
     FX_BIT(FX_VERB_QUIT))

static int begin(void **state)
{
    (void)state;
    profile = fixture_profile("p");
    fixture_verbs(profile, SEVEN);
    fixture_rule(profile, FX_RULE_VERB_NOT_ALLOWED, FX_ACTION_MASK, -1);
    policy = fixture_policy_of(FX_MODE_ENFORCE, profile);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    fx_policy_destroy(policy);
    fixture_free();
    return 0;
}

static struct fx_rewrite rewrite(const char *line, bool mark)
{
    fx_text_init_fixed(&out, space, sizeof space);
    struct fx_rewrite r = fx_rewrite_line(&policy->base, mark, fx_slice_str(line), true, &out);
    assert_false(out.overflow);
    assert_true(out.len <= strlen(line) + 80);
    assert_int_equal(r.what == FX_REWRITE_NOTHING, out.len == 0);
    return r;
}

/* want NULL: the line stays. */
static void check(const char *line, enum fx_verb verb, const char *want)
{
    struct fx_rewrite r = rewrite(line, false);
    assert_int_equal(r.verb, verb);
    assert_int_equal(r.what, want == NULL ? FX_REWRITE_NOTHING : FX_REWRITE_COMMAND);
    assert_slice(fx_text_slice(&out), want == NULL ? "" : want);
}

static void stays(void **state)
{
    (void)state;
    check("MAIL FROM:<a@example.org>", FX_VERB_MAIL, NULL);
    check("quit", FX_VERB_QUIT, NULL);
    check("  NOOP x", FX_VERB_NOOP, NULL);
    check("", FX_VERB_UNKNOWN, NULL);
    check("  \t ", FX_VERB_UNKNOWN, NULL);
    check("XX", FX_VERB_UNKNOWN, NULL);
    check("XXXXXXXX x", FX_VERB_UNKNOWN, NULL);
}

static void masks(void **state)
{
    (void)state;
    check("STARTTLS", FX_VERB_STARTTLS, "XXXXXXXX-STARTTLS");
    check("starttls now", FX_VERB_STARTTLS, "XXXXXXXX-starttls");
    check("EHLO mail.example.org", FX_VERB_EHLO, "XXXX-EHLO");
    check("\t VRFY\troot", FX_VERB_VRFY, "XXXX-VRFY");
    check("GOODMORNING all", FX_VERB_UNKNOWN, "XXXXXXXXXXX-GOODMORNING");
    check("X", FX_VERB_UNKNOWN, "X-X");
    check("xx", FX_VERB_UNKNOWN, "XX-xx");
    check("XXX-ST", FX_VERB_UNKNOWN, "XXXXXX-XXX-ST");
    /* a client's own mark */
    check("XXXX-NOOP", FX_VERB_UNKNOWN, "XXXXXXXXX-XXXX-NOOP");
    check("XXXX-NOOP x", FX_VERB_UNKNOWN, "XXXXXXXXX-XXXX-NOOP");
    check("Subject: x", FX_VERB_UNKNOWN, "XXXXXXX-Subject");
    check(":", FX_VERB_UNKNOWN, "X");
    check("NOOP\r", FX_VERB_NOOP, NULL);
    check("STARTTLS\rx", FX_VERB_STARTTLS, "XXXXXXXX-STARTTLS");
}

static void actions(void **state)
{
    static const struct {
        enum fx_action action;
        const char *want;
    } rows[] = {
        {FX_ACTION_MASK, "XXXX-ETRN"},  {FX_ACTION_DROP_CONNECTION, "XXXX-ETRN"},
        {FX_ACTION_RESET, "XXXX-ETRN"}, {FX_ACTION_NOOP, "NOOP"},
        {FX_ACTION_OK, "NOOP"},         {FX_ACTION_LOG, NULL},
        {FX_ACTION_NONE, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        profile->rule[FX_RULE_VERB_NOT_ALLOWED].action = rows[i].action;
        check("ETRN example.org", FX_VERB_ETRN, rows[i].want);
    }
}

static void modes(void **state)
{
    (void)state;
    for (int mode = 0; mode < FX_MODE_COUNT; mode++) {
        policy->base.rule_mode[FX_RULE_VERB_NOT_ALLOWED] = (enum fx_mode)mode;
        check("VRFY a", FX_VERB_VRFY, mode == FX_MODE_ENFORCE ? "XXXX-VRFY" : NULL);
    }
}

/* It is the mode of the rule that counts, not that of the policy. */
static void mode_of_the_rule(void **state)
{
    (void)state;
    policy->base.mode = FX_MODE_OBSERVE;
    check("VRFY a", FX_VERB_VRFY, "XXXX-VRFY");
}

static void assumed(void **state)
{
    (void)state;
    profile->rule[FX_RULE_VERB_NOT_ALLOWED].from.confidence = FX_CONFIDENCE_ASSUMED;
    check("VRFY a", FX_VERB_VRFY, NULL);
    policy->base.rule_named[FX_RULE_VERB_NOT_ALLOWED] = true;
    check("VRFY a", FX_VERB_VRFY, "XXXX-VRFY");
}

static void silent(void **state)
{
    (void)state;
    profile->verbs.from.set = false;
    fixture_rule(profile, FX_RULE_VERB_TOO_SHORT, FX_ACTION_MASK, 4);
    check("VRFY a", FX_VERB_VRFY, NULL);
    check("A", FX_VERB_UNKNOWN, NULL);
    profile->verbs.from.set = true;
    profile->rule[FX_RULE_VERB_NOT_ALLOWED].from.set = false;
    check("VRFY a", FX_VERB_VRFY, NULL);
    check("ABC d", FX_VERB_UNKNOWN, "XXX-ABC");
}

/* verb-too-short has its say where verb-not-allowed changes nothing. */
static void too_short(void **state)
{
    (void)state;
    fixture_rule(profile, FX_RULE_VERB_TOO_SHORT, FX_ACTION_NOOP, 4);
    check("ABC", FX_VERB_UNKNOWN, "XXX-ABC");
    policy->base.rule_mode[FX_RULE_VERB_NOT_ALLOWED] = FX_MODE_OBSERVE;
    check("ABC", FX_VERB_UNKNOWN, "NOOP");
    check("ABCD", FX_VERB_UNKNOWN, NULL);
    policy->base.rule_mode[FX_RULE_VERB_NOT_ALLOWED] = FX_MODE_ENFORCE;
    profile->rule[FX_RULE_VERB_NOT_ALLOWED].action = FX_ACTION_LOG;
    check("ABC", FX_VERB_UNKNOWN, "NOOP");
}

/* ---- greetings ---- */

static void greet(const char *line, const char *want)
{
    struct fx_rewrite r = rewrite(line, true);
    assert_int_equal(r.what, want == NULL ? FX_REWRITE_NOTHING : FX_REWRITE_GREETING);
    assert_slice(fx_text_slice(&out), want == NULL ? "" : want);
}

static void marks(void **state)
{
    (void)state;
    profile->verbs.set |= FX_BIT(FX_VERB_EHLO);
    greet("EHLO mail.example.org", "EHLO ehlo.mail.example.org");
    greet("ehlo  a b ", "ehlo ehlo.a b");
    greet("\tHelo\ta", "Helo helo.a");
    greet("EHLO [192.0.2.1]", "EHLO ehlo.[192.0.2.1]");
    greet("EHLO ehlo.x", "EHLO ehlo.ehlo.x");
    greet("HELO ehlo.x", "HELO helo.ehlo.x");
    greet("EHLO", NULL);
    greet("HELO  ", NULL);
    greet("NOOP x", NULL);
    check("EHLOX a", FX_VERB_UNKNOWN, "XXXXX-EHLOX");
}

/* A line of which only the beginning is there would come out shortened. */
static void marks_whole_lines(void **state)
{
    (void)state;
    fx_text_init_fixed(&out, space, sizeof space);
    struct fx_rewrite r =
        fx_rewrite_line(&policy->base, true, FX_LIT("HELO aaaa"), false, &out);
    assert_int_equal(r.what, FX_REWRITE_NOTHING);
    assert_int_equal(out.len, 0);
    r = fx_rewrite_line(&policy->base, true, FX_LIT("VRFY aaaa"), false, &out);
    assert_int_equal(r.what, FX_REWRITE_COMMAND);
}

/* In observe an EHLO that the profile would not let through is marked like any other. */
static void marks_in_every_mode(void **state)
{
    (void)state;
    assert_int_equal(rewrite("EHLO a", true).what, FX_REWRITE_COMMAND);
    for (int mode = 0; mode < FX_MODE_ENFORCE; mode++) {
        policy->base.rule_mode[FX_RULE_VERB_NOT_ALLOWED] = (enum fx_mode)mode;
        greet("EHLO a", "EHLO ehlo.a");
    }
}

static void check_unmark(const char *argument, enum fx_greeting greeting, const char *want)
{
    struct fx_slice s = fx_slice_str(argument);
    assert_int_equal(fx_rewrite_unmark(&s), greeting);
    assert_slice(s, want);
}

static void unmarks(void **state)
{
    (void)state;
    check_unmark("ehlo.a.example.org", FX_GREETING_EHLO, "a.example.org");
    check_unmark("helo.a", FX_GREETING_HELO, "a");
    check_unmark("ehlo.ehlo.x", FX_GREETING_EHLO, "ehlo.x");
    check_unmark("helo.ehlo.x", FX_GREETING_HELO, "ehlo.x");
    check_unmark("ehlo.", FX_GREETING_EHLO, "");
    check_unmark("a.example.org", FX_GREETING_UNKNOWN, "a.example.org");
    check_unmark("EHLO.x", FX_GREETING_UNKNOWN, "EHLO.x");
    check_unmark("ehlo", FX_GREETING_UNKNOWN, "ehlo");
    check_unmark("", FX_GREETING_UNKNOWN, "");
    struct fx_slice absent = FX_ABSENT;
    assert_int_equal(fx_rewrite_unmark(&absent), FX_GREETING_UNKNOWN);
    assert_false(fx_slice_told(absent));
}

/* The longest replacements of the longest line stay within what the header says. */
static void long_lines(void **state)
{
    char *line = fixture_repeat('A', 4096);
    (void)state;
    assert_int_equal(rewrite(line, true).what, FX_REWRITE_COMMAND);
    memcpy(line, "HELO ", 5);
    assert_int_equal(rewrite(line, true).what, FX_REWRITE_GREETING);
    assert_int_equal(out.len, 4101);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, finish)
    const struct CMUnitTest tests[] = {
        TEST(stays),
        TEST(masks),
        TEST(actions),
        TEST(modes),
        TEST(mode_of_the_rule),
        TEST(assumed),
        TEST(silent),
        TEST(too_short),
        TEST(marks),
        TEST(marks_whole_lines),
        TEST(marks_in_every_mode),
        TEST(unmarks),
        TEST(long_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
