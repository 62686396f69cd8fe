/* Tests of mask: what firewalls made of banners, commands, EHLO replies and addresses, by the
 * samples that were published and the rules that were documented. */
#include "mask.h"
#include "fixture.h"

#include <string.h>

#define SPACE 4096

static char buffer[SPACE], other[SPACE];

static struct fx_slice banner(enum fx_banner style, const char *greeting)
{
    struct fx_text t;
    fx_text_init_fixed(&t, buffer, sizeof buffer);
    fx_mask_banner(&t, style, fx_slice_str(greeting));
    assert_false(t.overflow);
    return fx_text_slice(&t);
}

static void banner_stars_20(void **state)
{
    (void)state;
    /* a captured pair, its host names replaced by others of the same shape: the 2 survives */
    assert_slice(banner(FX_BANNER_STARS_20, "220 mail2.example.org ESMTP\r\n"),
                 "220 ****2******************\r\n");
    /* the tail of a date: "... 30 Jun 2009 10:20:00 -0700", a blank survives after a 0 only */
    assert_slice(banner(FX_BANNER_STARS_20, "220 h 30 Jun 2009 12:05:31 +0100"),
                 "220 ***0 ****200***2*0******0*00");
    assert_slice(banner(FX_BANNER_STARS_20, "220 v3.02 0 \r\n"), "220 ***02*0 \r\n");
    assert_slice(banner(FX_BANNER_STARS_20, "220-a\r\n220 b\r\n"), "220**\r\n220 *\r\n");
    assert_slice(banner(FX_BANNER_STARS_20, ""), "");
    assert_slice(banner(FX_BANNER_STARS_20, " 0"), "*0");
}

static void banner_stars(void **state)
{
    (void)state;
    assert_slice(banner(FX_BANNER_STARS, "220 mail20.example.org ESMTP 200 \r\n"),
                 "220 *****************************\r\n");
    assert_slice(banner(FX_BANNER_STARS, "220-a 2\r\n220 b\n"), "220-***\r\n220 *\n");
    assert_slice(banner(FX_BANNER_STARS, "22"), "22");
}

static void banner_cmap(void **state)
{
    (void)state;
    assert_slice(banner(FX_BANNER_CMAP, "220 mail.example.org ESMTP\r\n"),
                 "220 SMTP/cmap ready_______\r\n");
    assert_slice(banner(FX_BANNER_CMAP, "220 mx\r\n"), "220 SM\r\n");
    assert_slice(banner(FX_BANNER_CMAP, "220 mx.example.org\r\n220 more"),
                 "220 SMTP/cmap read\r\n220 SMTP");
}

static void banner_plain(void **state)
{
    (void)state;
    assert_slice(banner(FX_BANNER_PLAIN, "220 mail.example.org ESMTP\r\n"),
                 "220 mail.example.org ESMTP\r\n");
}

static void assert_command(enum fx_action action, const char *line, const char *server,
                           const char *client)
{
    struct fx_text s, c;
    fx_text_init_fixed(&s, buffer, sizeof buffer);
    fx_text_init_fixed(&c, other, sizeof other);
    fx_mask_command(&s, &c, action, fx_slice_str(line));
    assert_slice(fx_text_slice(&s), server);
    assert_slice(fx_text_slice(&c), client);
    fx_mask_command(NULL, NULL, action, fx_slice_str(line));
}

static void commands(void **state)
{
    (void)state;
    assert_command(FX_ACTION_MASK, "STARTTLS\r\n", "XXXXXXXX\r\n", "");
    assert_command(FX_ACTION_MASK, "STARTTLS", "XXXXXXXX", "");
    assert_command(FX_ACTION_MASK, "EHLO a.example\n", "XXXXXXXXXXXXXX\n", "");
    assert_command(FX_ACTION_MASK, "a\r\n", "X\r\n", "");
    assert_command(FX_ACTION_MASK, "\r\n", "\r\n", "");
    assert_command(FX_ACTION_MASK, "", "", "");
    assert_command(FX_ACTION_NOOP, "EHLO a.example\r\n", "NOOP          \r\n", "");
    assert_command(FX_ACTION_NOOP, "STARTTLS", "NOOP    ", "");
    assert_command(FX_ACTION_NOOP, "EHLO", "NOOP", "");
    assert_command(FX_ACTION_NOOP, "A\r\n", "NOOP\r\n", "");
    assert_command(FX_ACTION_OK, "EHLO a.example\r\n", "", "250 OK\r\n");
    assert_command(FX_ACTION_LOG, "EHLO a.example\r\n", "EHLO a.example\r\n", "");
    assert_command(FX_ACTION_DROP_CONNECTION, "VRFY x", "VRFY x", "");
}

static struct fx_slice ehlo(struct fx_profile *p, const char *reply)
{
    struct fx_text t;
    fx_text_init_fixed(&t, buffer, sizeof buffer);
    fx_mask_ehlo_reply(&t, p, fx_slice_str(reply));
    assert_false(t.overflow);
    return fx_text_slice(&t);
}

static struct fx_profile *inspecting(enum fx_ehlo_reply style)
{
    struct fx_profile *p = fixture_profile("made");
    fixture_extensions(p, FX_BIT(FX_EXT_SIZE) | FX_BIT(FX_EXT_ETRN) |
                              FX_BIT(FX_EXT_PIPELINING) | FX_BIT(FX_EXT_DSN) |
                              FX_BIT(FX_EXT_ENHANCEDSTATUSCODES) | FX_BIT(FX_EXT_8BITMIME) |
                              FX_BIT(FX_EXT_BINARYMIME) | FX_BIT(FX_EXT_AUTH));
    p->ehlo_reply.style = style;
    return p;
}

/* A reply of Exchange 2003, as captured behind an ASA: nine masked lines, the last letter runs
 * to I; arguments are masked with their keyword, and "OK" becomes "XI". */
static void ehlo_exchange(void **state)
{
    (void)state;
    struct fx_profile *p = inspecting(FX_EHLO_REPLY_X);
    assert_slice(ehlo(p, "250-mail.example.org Hello [192.0.2.1]\r\n"
                         "250-TURN\r\n"
                         "250-SIZE\r\n"
                         "250-ETRN\r\n"
                         "250-PIPELINING\r\n"
                         "250-DSN\r\n"
                         "250-ENHANCEDSTATUSCODES\r\n"
                         "250-8bitmime\r\n"
                         "250-BINARYMIME\r\n"
                         "250-CHUNKING\r\n"
                         "250-VRFY\r\n"
                         "250-X-EXPS GSSAPI NTLM LOGIN\r\n"
                         "250-X-EXPS=LOGIN\r\n"
                         "250-AUTH GSSAPI NTLM LOGIN\r\n"
                         "250-AUTH=LOGIN\r\n"
                         "250-X-LINK2STATE\r\n"
                         "250-XEXCH50\r\n"
                         "250 OK\r\n"),
                 "250-mail.example.org Hello [192.0.2.1]\r\n"
                 "250-XXXA\r\n"
                 "250-SIZE\r\n"
                 "250-ETRN\r\n"
                 "250-PIPELINING\r\n"
                 "250-DSN\r\n"
                 "250-ENHANCEDSTATUSCODES\r\n"
                 "250-8bitmime\r\n"
                 "250-BINARYMIME\r\n"
                 "250-XXXXXXXB\r\n"
                 "250-XXXC\r\n"
                 "250-XXXXXXXXXXXXXXXXXXXXXXXD\r\n"
                 "250-XXXXXXXXXXXE\r\n"
                 "250-AUTH GSSAPI NTLM LOGIN\r\n"
                 "250-XXXXXXXXXF\r\n"
                 "250-XXXXXXXXXXXG\r\n"
                 "250-XXXXXXH\r\n"
                 "250 XI\r\n");
    fx_profile_destroy(p);
}

/* Cisco document 118550. */
static void ehlo_cisco(void **state)
{
    (void)state;
    struct fx_profile *p = inspecting(FX_EHLO_REPLY_X);
    assert_slice(ehlo(p, "250-mail.example.org\r\n250-8BITMIME\r\n250-SIZE 14680064\r\n"
                         "250 STARTTLS\r\n"),
                 "250-mail.example.org\r\n250-8BITMIME\r\n250-SIZE 14680064\r\n"
                 "250 XXXXXXXA\r\n");
    fx_profile_destroy(p);
}

static void ehlo_odd(void **state)
{
    (void)state;
    struct fx_profile *p = inspecting(FX_EHLO_REPLY_X);
    assert_slice(ehlo(p, ""), "");
    assert_slice(ehlo(p, "250 mail.example.org\r\n"), "250 mail.example.org\r\n");
    assert_slice(ehlo(p, "500 5.5.2 Error\r\n"), "500 5.5.2 Error\r\n");
    assert_slice(ehlo(p, "502-a\r\n502 STARTTLS\r\n"), "502-a\r\n502 STARTTLS\r\n");
    assert_slice(ehlo(p, "250-h\r\n250-\r\n250"), "250-h\r\n250-\r\n250");
    assert_slice(ehlo(p, "250-h\n250-Q\n250 VRFY"), "250-h\n250-A\n250 XXXB");
    struct fx_text in, want;
    char reply[SPACE], expected[SPACE];
    fx_text_init_fixed(&in, reply, sizeof reply - 1);
    fx_text_init_fixed(&want, expected, sizeof expected - 1);
    fx_text_add_str(&in, "250-h\r\n");
    fx_text_add_str(&want, "250-h\r\n");
    for (unsigned i = 0; i < 28; i++) {
        fx_text_add_str(&in, "250-VRFY\r\n");
        fx_text_add_str(&want, "250-XXX");
        fx_text_add_char(&want, (char)('A' + i % 26));
        fx_text_add_str(&want, "\r\n");
    }
    reply[in.len] = expected[want.len] = '\0';
    assert_slice(ehlo(p, reply), expected);
    fx_profile_destroy(p);
}

static void ehlo_removed(void **state)
{
    (void)state;
    struct fx_profile *p = inspecting(FX_EHLO_REPLY_REMOVED);
    assert_slice(ehlo(p, "250-h\r\n250-VRFY\r\n250-SIZE 10\r\n250-DSN\r\n250-VRFY\r\n"
                         "250 CHUNKING\r\n"),
                 "250-h\r\n250-SIZE 10\r\n250 DSN\r\n");
    assert_slice(ehlo(p, "250-h\r\n250 CHUNKING\r\n"), "250 h\r\n");
    assert_slice(ehlo(p, "250-h\r\n250 SIZE\r\n"), "250-h\r\n250 SIZE\r\n");
    assert_slice(ehlo(p, "500 no\r\n"), "500 no\r\n");
    assert_slice(ehlo(p, "25\r\n"), "25\r\n");
    fx_profile_destroy(p);
}

static void ehlo_untouched(void **state)
{
    (void)state;
    static const char reply[] = "250-h\r\n250-VRFY\r\n250 SIZE\r\n";
    struct fx_profile *p = inspecting(FX_EHLO_REPLY_PLAIN);
    assert_slice(ehlo(p, reply), reply);
    p->ehlo_reply.style = FX_EHLO_REPLY_NONE;
    assert_slice(ehlo(p, reply), reply);
    fx_profile_destroy(p);
    p = fixture_profile("silent");
    p->ehlo_reply.style = FX_EHLO_REPLY_X;
    assert_slice(ehlo(p, reply), reply);
    fx_profile_destroy(p);
}

static struct fx_slice address(const char *characters, const char *path)
{
    struct fx_text t;
    fx_text_init_fixed(&t, buffer, sizeof buffer);
    fx_mask_address(&t, characters, fx_slice_str(path));
    return fx_text_slice(&t);
}

static void addresses(void **state)
{
    (void)state;
    assert_slice(address("|<>", "<a|b@example.org>"), "<a b@example.org>");
    assert_slice(address("|<>", "a|b|@example.org"), "a b @example.org");
    assert_slice(address("|<>", "<<a>b@example.org>"), "< a b@example.org>");
    assert_slice(address("|<>", "<a@example.org"), "<a@example.org");
    assert_slice(address("|<>", "<>"), "<>");
    assert_slice(address("|<>", "|"), " ");
    assert_slice(address("|<>", ""), "");
    assert_slice(address("|", "<a>b|@example.org>"), "<a>b @example.org>");
    assert_slice(address(NULL, "<a|b@example.org>"), "<a|b@example.org>");
}

/* What does not fit is marked, never written past the end. */
static void too_small(void **state)
{
    (void)state;
    char small[8];
    struct fx_text t;
    fx_text_init_fixed(&t, small, sizeof small);
    fx_mask_banner(&t, FX_BANNER_STARS, FX_LIT("220 mail.example.org"));
    assert_true(t.overflow);
    fx_text_init_fixed(&t, small, sizeof small);
    fx_mask_command(&t, NULL, FX_ACTION_MASK, FX_LIT("STARTTLS\r\n"));
    assert_true(t.overflow);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(banner_stars_20), cmocka_unit_test(banner_stars),
        cmocka_unit_test(banner_cmap),     cmocka_unit_test(banner_plain),
        cmocka_unit_test(commands),        cmocka_unit_test(ehlo_exchange),
        cmocka_unit_test(ehlo_cisco),      cmocka_unit_test(ehlo_odd),
        cmocka_unit_test(ehlo_removed),    cmocka_unit_test(ehlo_untouched),
        cmocka_unit_test(addresses),       cmocka_unit_test(too_small),
    };
    return cmocka_run_group_tests_name("mask", tests, NULL, NULL);
}
