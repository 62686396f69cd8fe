/* Tests of mtaconf: which settings a profile gives, and that nothing of a profile's text gets
 * anywhere but into comments. What the settings do is shown by t/live/test_mtaconf*.py. */
#include "mtaconf.h"
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#define SPACE ((size_t)256 * 1024)

static struct fx_mtaconf_file files[FX_MTACONF_FILES];
static char *text[FX_MTACONF_FILES]; /* the same, NUL-terminated */

static int forget(void **state)
{
    (void)state;
    for (size_t i = 0; i < FX_MTACONF_FILES; i++) {
        fx_text_finish(&files[i].text);
        free(text[i]);
        text[i] = NULL;
    }
    return 0;
}

/* Writes both files; p stays the caller's. */
static void configure(enum fx_mtaconf_mta mta, const struct fx_mtaconf *wanted)
{
    forget(NULL);
    for (size_t i = 0; i < FX_MTACONF_FILES; i++)
        fx_text_init_growing(&files[i].text, SPACE);
    fx_mtaconf_write(mta, wanted, files);
    for (size_t i = 0; i < FX_MTACONF_FILES; i++) {
        assert_false(files[i].text.overflow);
        assert_non_null(files[i].name);
        text[i] = calloc(1, files[i].text.len + 1);
        assert_non_null(text[i]);
        if (files[i].text.len > 0)
            memcpy(text[i], files[i].text.data, files[i].text.len);
        assert_int_equal(strlen(text[i]), files[i].text.len); /* no NUL */
    }
}

static void of(enum fx_mtaconf_mta mta, const struct fx_profile *p)
{
    configure(mta, &(struct fx_mtaconf){.profile = p, .version = "1.2.3"});
}

static void has(size_t file, const char *part)
{
    if (strstr(text[file], part) == NULL)
        fail_msg("no \"%s\" in:\n%s", part, text[file]);
}

static void hasnt(size_t file, const char *part)
{
    if (strstr(text[file], part) != NULL)
        fail_msg("\"%s\" in:\n%s", part, text[file]);
}

static char *copy(const char *s)
{
    char *c = malloc(strlen(s) + 1);
    assert_non_null(c);
    return strcpy(c, s);
}

static void founded(struct fx_provenance *from, enum fx_confidence confidence)
{
    free(from->source);
    *from = (struct fx_provenance){true, confidence, copy("a document"), from->note};
}

static struct fx_profile *profile(void)
{
    struct fx_profile *p = fixture_profile("mine");
    p->title = copy("my firewall");
    return p;
}

/* HELO and the like only. */
static struct fx_profile *strict(enum fx_action action)
{
    struct fx_profile *p = profile();
    fixture_verbs(p, FX_BIT(FX_VERB_HELO) | FX_BIT(FX_VERB_MAIL) | FX_BIT(FX_VERB_X_EXPS));
    fixture_rule(p, FX_RULE_VERB_NOT_ALLOWED, action, -1);
    return p;
}

static void names(void **state)
{
    enum fx_mtaconf_mta mta = FX_MTACONF_COUNT;
    (void)state;
    for (size_t i = 0; i < FX_MTACONF_COUNT; i++) {
        assert_true(
            fx_mtaconf_find(fx_slice_str(fx_mtaconf_name((enum fx_mtaconf_mta)i)), &mta));
        assert_int_equal(mta, i);
    }
    assert_string_equal(fx_mtaconf_name(FX_MTACONF_COUNT), "");
    assert_false(fx_mtaconf_find(FX_LIT("Postfix"), &mta));
    assert_false(fx_mtaconf_find(FX_LIT("exim"), &mta));
    assert_false(fx_mtaconf_find(FX_LIT(""), &mta));
}

static void input(void **state)
{
    char longest[FX_MTACONF_BANNER_MAX + 1];
    (void)state;
    memset(longest, 'a', sizeof longest);
    assert_true(fx_mtaconf_banner_good(FX_LIT("mx.example.org ESMTP")));
    assert_true(fx_mtaconf_banner_good(FX_LIT("$")));
    assert_true(fx_mtaconf_banner_good(fx_slice(longest, FX_MTACONF_BANNER_MAX)));
    assert_false(fx_mtaconf_banner_good(fx_slice(longest, FX_MTACONF_BANNER_MAX + 1)));
    assert_false(fx_mtaconf_banner_good(FX_LIT("")));
    assert_false(fx_mtaconf_banner_good(FX_LIT(" a")));
    assert_false(fx_mtaconf_banner_good(FX_LIT("a ")));
    assert_false(fx_mtaconf_banner_good(FX_LIT("a\nb")));
    assert_false(fx_mtaconf_banner_good(FX_LIT("a\0b")));
    assert_false(fx_mtaconf_banner_good(FX_LIT("a\x7f")));
    assert_false(fx_mtaconf_banner_good(FX_LIT("\xe4")));
    assert_true(fx_mtaconf_directory_good(FX_LIT("/etc/$a-\xc3\xa4")));
    assert_false(fx_mtaconf_directory_good(FX_LIT("/a b")));
    assert_false(fx_mtaconf_directory_good(FX_LIT("/a,b")));
    assert_false(fx_mtaconf_directory_good(FX_LIT("/a{")));
    assert_false(fx_mtaconf_directory_good(FX_LIT("/a}")));
    assert_false(fx_mtaconf_directory_good(FX_LIT("/a\n")));
    assert_false(fx_mtaconf_directory_good(FX_LIT("/a\x7f")));
}

static void empty(void **state)
{
    struct fx_profile *p = profile();
    (void)state;
    for (size_t mta = 0; mta < FX_MTACONF_COUNT; mta++) {
        of((enum fx_mtaconf_mta)mta, p);
        has(0, "Profile mine: my firewall\n");
        has(0, "fixup-milter 1.2.3. For staging");
        hasnt(0, " = ");
        hasnt(0, "define(");
        hasnt(0, "not shown");
        assert_string_equal(text[1], "");
    }
    fx_profile_destroy(p);
}

static void banners(void **state)
{
    struct fx_profile *p = profile();
    struct fx_mtaconf wanted = {
        .profile = p, .version = "1", .banner = FX_LIT("mx2.example.org $x 2020 0")};
    (void)state;
    founded(&p->banner.from, FX_CONFIDENCE_INFERRED);
    p->banner.style = FX_BANNER_STARS_20;
    configure(FX_MTACONF_POSTFIX, &wanted);
    has(0, "# banner: stars-20 (inferred: a document)\n");
    has(0, "\nsmtpd_banner = **2****************2020 0\n");
    configure(FX_MTACONF_SENDMAIL, &wanted);
    has(0, "\ndefine(`confSMTP_LOGIN_MSG', `**2****************2020 0')dnl\n");
    p->banner.style = FX_BANNER_CMAP;
    configure(FX_MTACONF_POSTFIX, &wanted);
    has(0, "\nsmtpd_banner = SMTP/cmap ready__________\n");
    p->banner.style = FX_BANNER_STARS;
    wanted.banner = FX_ABSENT;
    configure(FX_MTACONF_POSTFIX, &wanted);
    has(0, "\nsmtpd_banner = ******************************\n");
    p->banner.style = FX_BANNER_PLAIN;
    configure(FX_MTACONF_POSTFIX, &wanted);
    hasnt(0, "smtpd_banner");
    p->banner.style = FX_BANNER_STARS;
    founded(&p->banner.from, FX_CONFIDENCE_ASSUMED);
    configure(FX_MTACONF_POSTFIX, &wanted);
    hasnt(0, "smtpd_banner");
    has(0, "# banner: only assumed, and so left alone.\n");
    fx_profile_destroy(p);
}

static void keywords(void **state)
{
    struct fx_profile *p = profile();
    (void)state;
    fixture_extensions(p, FX_BIT(FX_EXT_SIZE) | FX_BIT(FX_EXT_PIPELINING));
    of(FX_MTACONF_POSTFIX, p);
    has(0, "\nsmtpd_discard_ehlo_keywords = vrfy, etrn, starttls, auth, enhancedstatuscodes, "
           "8bitmime, dsn, smtputf8, chunking, xclient, xforward, silent-discard\n");
    has(0, "# CHUNKING: BDAT gets 521");
    hasnt(0, "# SIZE:");
    hasnt(0, "pipelining");
    hasnt(0, "smtpd_tls_security_level"); /* hiding a keyword is not refusing the command */
    of(FX_MTACONF_SENDMAIL, p);
    has(0, "authwarnings,noexpn')dnl\n");
    has(0, "define(`confDELIVER_BY_MIN', `-1')dnl\n");
    has(1, "\nSrv_Features:\tS A E D\n");

    founded(&p->ehlo_reply.from, FX_CONFIDENCE_DOCUMENTED);
    p->ehlo_reply.style = FX_EHLO_REPLY_PLAIN;
    of(FX_MTACONF_POSTFIX, p);
    hasnt(0, "smtpd_discard_ehlo_keywords");
    p->ehlo_reply.style = FX_EHLO_REPLY_X;
    of(FX_MTACONF_POSTFIX, p);
    has(0, "cannot print XXXXXXXA");
    has(0, "smtpd_discard_ehlo_keywords");

    fixture_extensions(p, 0);
    of(FX_MTACONF_POSTFIX, p);
    has(0, "\nsmtpd_forbid_unauth_pipelining = yes\n");
    has(0, "\nsmtpd_data_restrictions = reject_unauth_pipelining\n");
    fx_profile_destroy(p);
}

/* Where EHLO does not get through, no keyword is shown anyway. */
static void no_ehlo(void **state)
{
    struct fx_profile *p = strict(FX_ACTION_NOOP);
    (void)state;
    fixture_extensions(p, 0);
    founded(&p->ehlo_reply.from, FX_CONFIDENCE_DOCUMENTED);
    p->ehlo_reply.style = FX_EHLO_REPLY_NONE;
    of(FX_MTACONF_POSTFIX, p);
    hasnt(0, "smtpd_discard_ehlo_keywords =");
    has(0, "EHLO itself is rewritten below");
    p->rule[FX_RULE_VERB_NOT_ALLOWED].action = FX_ACTION_LOG;
    of(FX_MTACONF_POSTFIX, p);
    has(0, "\nsmtpd_discard_ehlo_keywords = pipelining, size,");
    fx_profile_destroy(p);
}

static unsigned count(size_t file, const char *line)
{
    unsigned n = 0;
    for (const char *at = text[file]; (at = strstr(at, line)) != NULL; at += strlen(line))
        n++;
    return n;
}

static void balanced(void)
{
    assert_int_equal(count(1, "\nif "), count(1, "endif\n"));
}

static void verbs(void **state)
{
    static const enum fx_action marking[] = {FX_ACTION_MASK, FX_ACTION_DROP_CONNECTION,
                                             FX_ACTION_RESET};
    static const enum fx_action answering[] = {FX_ACTION_NOOP, FX_ACTION_OK};
    struct fx_profile *p = strict(FX_ACTION_MASK);
    (void)state;
    for (size_t i = 0; i < sizeof marking / sizeof marking[0]; i++) {
        p->rule[FX_RULE_VERB_NOT_ALLOWED].action = marking[i];
        of(FX_MTACONF_POSTFIX, p);
        has(0, "\nsmtpd_command_filter = pcre:/etc/postfix/fixup-commands.pcre\n");
        has(0, "\nsmtpd_tls_security_level = none\n");
        has(0, "\nsmtpd_sasl_auth_enable = no\n");
        has(0, "\ndisable_vrfy_command = yes\n");
        has(1, "\nif !/^\\s*(?:HELO|MAIL|X-EXPS)(?:\\s|$)/\n");
        has(1, "\n/^\\s*([^\\s:]{4})(?:[\\s:]|$)/ XXXX-${1}\n");
        has(1, "\n/^\\s*([^\\s:]{64})/ XXXXXXXX");
        has(1, "XXX-${1}\n/^\\s*:/ X\nendif\n");
        hasnt(1, "NOOP\n");
        assert_int_equal(count(1, "-${1}\n"), 64 + 4 + 1);
        assert_true((strstr(text[1], "421") != NULL) == (marking[i] != FX_ACTION_MASK));
    }
    for (size_t i = 0; i < sizeof answering / sizeof answering[0]; i++) {
        p->rule[FX_RULE_VERB_NOT_ALLOWED].action = answering[i];
        of(FX_MTACONF_POSTFIX, p);
        has(1, "\nif !/^\\s*(?:HELO|MAIL|X-EXPS)(?:\\s|$)/\n/^\\s*\\S/ NOOP\nendif\n");
        hasnt(1, "${1}");
        assert_true((strstr(text[1], "250 OK") != NULL) == (answering[i] == FX_ACTION_OK));
    }
    p->verbs.set = 0;
    of(FX_MTACONF_POSTFIX, p);
    hasnt(1, "(?:)");
    assert_int_equal(count(1, "endif\n"), 1);
    p->rule[FX_RULE_VERB_NOT_ALLOWED].action = FX_ACTION_LOG;
    of(FX_MTACONF_POSTFIX, p);
    assert_string_equal(text[1], "");
    hasnt(0, " = ");
    fx_profile_destroy(p);
}

static void unfounded(void **state)
{
    struct fx_profile *p = strict(FX_ACTION_MASK);
    (void)state;
    founded(&p->rule[FX_RULE_VERB_NOT_ALLOWED].from, FX_CONFIDENCE_ASSUMED);
    fixture_rule(p, FX_RULE_RECIPIENT_COUNT, FX_ACTION_DROP_CONNECTION, 5);
    founded(&p->rule[FX_RULE_RECIPIENT_COUNT].from, FX_CONFIDENCE_ASSUMED);
    for (size_t mta = 0; mta < FX_MTACONF_COUNT; mta++) {
        of((enum fx_mtaconf_mta)mta, p);
        assert_string_equal(text[1], "");
        hasnt(0, " = ");
        hasnt(0, "define(");
        has(0, "# rules.verb-not-allowed: only assumed, and so left alone.\n");
        has(0, "# rules.recipient-count: only assumed, and so left alone.\n");
    }
    fx_profile_destroy(p);
}

static void short_verbs(void **state)
{
    struct fx_profile *p = strict(FX_ACTION_LOG);
    (void)state;
    fixture_rule(p, FX_RULE_VERB_TOO_SHORT, FX_ACTION_NOOP, 4);
    of(FX_MTACONF_POSTFIX, p);
    has(1, "\nif !/^\\s*(?:HELO|MAIL|X-EXPS)(?:\\s|$)/\nif /^\\s*\\S{1,3}(?:\\s|$)/\n/^\\s*\\S/ "
           "NOOP\nendif\nendif\nendif\n");
    hasnt(0, "disable_vrfy_command"); /* has four letters */
    p->rule[FX_RULE_VERB_TOO_SHORT].limit = 5;
    of(FX_MTACONF_POSTFIX, p);
    has(0, "\ndisable_vrfy_command = yes\n");
    has(0, "# rules.verb-too-short: noop 5 (");
    hasnt(0, "smtpd_tls_security_level");
    p->rule[FX_RULE_VERB_TOO_SHORT].limit = 1;
    of(FX_MTACONF_POSTFIX, p);
    assert_string_equal(text[1], "");
    p->rule[FX_RULE_VERB_TOO_SHORT].limit = (uint64_t)FX_PROFILE_LIMIT_MAX;
    of(FX_MTACONF_POSTFIX, p);
    has(1, "{1,65535}");
    p->verbs.from.set =
        false; /* silent about verbs: the daemon rewrites nothing then, either */
    of(FX_MTACONF_POSTFIX, p);
    assert_string_equal(text[1], "");
    fx_profile_destroy(p);
}

static void recipients(void **state)
{
    static const struct {
        enum fx_action action;
        enum fx_overflow overflow;
        bool set, exact;
    } cases[] = {
        {FX_ACTION_DROP_CONNECTION, FX_OVERFLOW_NONE, true, false},
        {FX_ACTION_TRUNCATE, FX_OVERFLOW_DEFER, true, true},
        {FX_ACTION_TRUNCATE, FX_OVERFLOW_NONE, true, true},
        {FX_ACTION_TRUNCATE, FX_OVERFLOW_FAIL, true, false},
        {FX_ACTION_TRUNCATE, FX_OVERFLOW_LOSE, false, false},
        {FX_ACTION_LOG, FX_OVERFLOW_NONE, false, false},
    };
    struct fx_profile *p = profile();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fixture_rule(p, FX_RULE_RECIPIENT_COUNT, cases[i].action, 7);
        p->rule[FX_RULE_RECIPIENT_COUNT].overflow = cases[i].overflow;
        of(FX_MTACONF_POSTFIX, p);
        assert_int_equal(count(0, "\nsmtpd_recipient_limit = 7\n"), cases[i].set);
        assert_int_equal(count(0, "one answer only"), cases[i].set && !cases[i].exact);
        of(FX_MTACONF_SENDMAIL, p);
        assert_int_equal(count(0, "\ndefine(`confMAX_RCPTS_PER_MESSAGE', `7')dnl\n"),
                         cases[i].set);
    }
    fx_profile_destroy(p);
}

static void directory(void **state)
{
    struct fx_profile *p = strict(FX_ACTION_MASK);
    (void)state;
    configure(
        FX_MTACONF_POSTFIX,
        &(struct fx_mtaconf){.profile = p, .version = "1", .directory = FX_LIT("/srv/$a$")});
    has(0, "\nsmtpd_command_filter = pcre:/srv/$$a$$/fixup-commands.pcre\n");
    fx_profile_destroy(p);
}

/* Each line of a file begins with one of these, and none is longer than a screen unless it is a
 * setting or one long word. */
static void lines_begin(size_t file, const char *const *beginnings)
{
    struct fx_slice rest = fx_text_slice(&files[file].text), line;
    while (fx_slice_line(&rest, &line)) {
        bool known = line.len == 0;
        for (const char *const *b = beginnings; !known && *b != NULL; b++)
            known = fx_slice_eq(fx_slice_first(line, strlen(*b)), fx_slice_str(*b));
        if (!known)
            fail_msg("line of %s: %.*s", files[file].name, (int)line.len, line.ptr);
        for (size_t i = 0; i < line.len; i++)
            assert_true(line.ptr[i] == '\t' || (line.ptr[i] >= ' ' && line.ptr[i] <= '~'));
    }
}

static void hostile(void **state)
{
    static const char evil[] = "a\nsmtpd_banner = evil\n/^/ evil\ndefine(`evil')\r\n "
                               "evil\n\tevil\vevil\x1b[31m\x7f\xff "
                               "')dnl include(`evil') $evil ${evil} \\\n";
    static const char *const main_cf[] = {"#",
                                          "smtpd_banner = **",
                                          "smtpd_discard_ehlo_keywords = pipelining",
                                          "smtpd_tls_security_level = none",
                                          "smtpd_sasl_auth_enable = no",
                                          "disable_vrfy_command = yes",
                                          "smtpd_recipient_limit = 7",
                                          "smtpd_forbid_unauth_pipelining = yes",
                                          "smtpd_data_restrictions = reject",
                                          "smtpd_command_filter = pcre:/etc/postfix/",
                                          NULL};
    static const char *const table[] = {"#", "if ", "endif", "/^\\s*([^", "/^\\s*:/ X", NULL};
    static const char *const mc[] = {"dnl #",
                                     "define(`confSMTP_LOGIN_MSG', `**",
                                     "define(`confPRIVACY_FLAGS', `authw",
                                     "define(`HELP_FILE', `/dev/null')",
                                     "define(`confDELIVER_BY_MIN', `-1')",
                                     "define(`confMAX_RCPTS_PER_MESSAGE', `7')",
                                     NULL};
    static const char *const access[] = {"#", "Srv_Features:\tS A P E D", NULL};
    struct fx_profile *p = fixture_profile(evil);
    (void)state;
    p->title = copy(evil);
    p->applies = copy(evil);
    fixture_verbs(p, FX_BIT(FX_VERB_HELO) | FX_BIT(FX_VERB_EHLO));
    fixture_extensions(p, 0);
    for (size_t i = 0; i < FX_RULE_COUNT; i++)
        fixture_rule(p, (enum fx_rule)i, FX_ACTION_DROP_CONNECTION, 7);
    founded(&p->banner.from, FX_CONFIDENCE_DOCUMENTED);
    founded(&p->ehlo_reply.from, FX_CONFIDENCE_DOCUMENTED);
    p->banner.style = FX_BANNER_STARS;
    p->ehlo_reply.style = FX_EHLO_REPLY_X;
    struct fx_provenance *all[] = {&p->verbs.from,
                                   &p->extensions.from,
                                   &p->banner.from,
                                   &p->ehlo_reply.from,
                                   &p->rule[FX_RULE_VERB_NOT_ALLOWED].from,
                                   &p->rule[FX_RULE_RECIPIENT_COUNT].from};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        free(all[i]->source);
        all[i]->source = copy(evil);
    }
    of(FX_MTACONF_POSTFIX, p);
    lines_begin(0, main_cf);
    lines_begin(1, table);
    has(0, "\\x0asmtpd_banner");
    balanced();
    of(FX_MTACONF_SENDMAIL, p);
    lines_begin(0, mc);
    lines_begin(1, access);
    fx_profile_destroy(p);
}

/* What does not fit is marked, for any size. */
static void too_small(void **state)
{
    struct fx_profile *p = strict(FX_ACTION_MASK);
    static char space[FX_MTACONF_FILES][6000];
    (void)state;
    for (size_t size = 0; size < sizeof space[0]; size += 131) {
        struct fx_mtaconf_file small[FX_MTACONF_FILES] = {{0}, {0}};
        for (size_t i = 0; i < FX_MTACONF_FILES; i++)
            fx_text_init_fixed(&small[i].text, space[i], size);
        fx_mtaconf_write(FX_MTACONF_POSTFIX, &(struct fx_mtaconf){.profile = p, .version = "1"},
                         small);
        assert_true(size > 3000 || small[0].text.overflow || small[1].text.overflow);
    }
    fx_profile_destroy(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),       cmocka_unit_test(input),
        cmocka_unit_test(empty),       cmocka_unit_test(banners),
        cmocka_unit_test(keywords),    cmocka_unit_test(no_ehlo),
        cmocka_unit_test(verbs),       cmocka_unit_test(unfounded),
        cmocka_unit_test(short_verbs), cmocka_unit_test(recipients),
        cmocka_unit_test(directory),   cmocka_unit_test(hostile),
        cmocka_unit_test(too_small),
    };
    return cmocka_run_group_tests_name("mtaconf", tests, NULL, forget);
}
