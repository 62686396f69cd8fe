/* Addresses as they stand in records where they are hashed: digests, what is written of the
 * rest, and what a text with addresses in it becomes. */
#include "fixture.h"

#include "mailbox.h"
#include "pseudonym.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY "0123456789abcdef"

/* python3 -c 'import hmac,hashlib,sys; print(hmac.new(b"0123456789abcdef",
 *     sys.argv[1].encode(),hashlib.sha256).hexdigest()[:32])' alice@example.org */
#define ALICE "#bc55b6f5fdc8ddc19d55842db3456c44"
#define BOB "#cf8a0f1c1a2e8577b8b0b387927226a3"   /* bob@example.net */
#define SMITH "#2bd18a8089164baffbca2afeff165c36" /* smith@example.org */

static struct fx_pseudonyms *p;

static int setup(void **state)
{
    static const struct fx_slice keys[] = {{KEY, 16}, {"a former key, 23 octets", 23}};
    (void)state;
    p = fx_pseudonyms_create(keys, 2);
    assert_non_null(p);
    assert_int_equal(fx_pseudonyms_count(p), 2);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fx_pseudonyms_destroy(p);
    return 0;
}

static void is(struct fx_slice got, const char *want)
{
    if (!fx_slice_eq(got, fx_slice_str(want)))
        fail_msg("%.*s\n  is not %s", (int)got.len, got.ptr, want);
}

static void address_is(struct fx_slice address, const char *want)
{
    struct fx_text out;
    fx_text_init_growing(&out, 4096);
    assert_true(fx_pseudonym_address(p, 0, address, &out));
    assert_false(out.overflow);
    is(fx_text_slice(&out), want);
    fx_text_finish(&out);
}

static void addresses(void **state)
{
    static const struct {
        struct fx_slice address;
        const char *want;
    } rows[] = {
        {FX_LIT("alice@example.org"), ALICE "@example.org"},
        {FX_LIT("Alice@EXAMPLE.Org"), ALICE "@EXAMPLE.Org"},
        {FX_LIT("\"alice\"@example.org"), ALICE "@example.org"},
        {FX_LIT("\"al\\ice\"@example.org"), ALICE "@example.org"},
        {FX_LIT("al\\ice@example.org"), ALICE "@example.org"},
        {FX_LIT(" alice@example.org\t"), ALICE "@example.org"},
        {FX_LIT("@a.example,@b.example:alice@example.org"), ALICE "@example.org"},
        {FX_LIT("\"Al ice\"@example.org"), "#8380762c9014650fb0745e2947b343f5@example.org"},
        {FX_LIT("al ice@example.org"), "#8380762c9014650fb0745e2947b343f5@example.org"},
        {FX_LIT("\"a@b\"@example.org"), "#bf28c4e1c80dd61f49253b521333493b@example.org"},
        {FX_LIT("a@b@example.org"), "#bf28c4e1c80dd61f49253b521333493b@example.org"},
        {FX_LIT("a.\"B c\"@example.org"), "#817616a1ca7cd637ba77acc05eb8c758@example.org"},
        {FX_LIT("x@[192.0.2.1]"), "#66ab081b327f690a367e4022db7b5dbd@[192.0.2.1]"},
        {FX_LIT("x@[IPv6:2001:db8::1]"),
         "#55e1368287812c3e4e730d09fd3ad4c2@[IPv6:2001:db8::1]"},
        {FX_LIT("a\0b@example.org"), "#8742b7f86cf6401c0155c6fedc2bc5f6@example.org"},
        {FX_LIT("\xff\xfe@example.org"), "#d65a643598de5261efd0fb52f1eb0f34@example.org"},
        /* the case of ASCII letters alone */
        {FX_LIT("\xc3\xa4\xc3\x96@\xc3\x84.example.org"),
         "#c1ff70590aa444734daadd519c5de1dc@\xc3\x84.example.org"},
        /* no domain */
        {FX_LIT("alice"), "#fdbf8b1cacd3d578e062d0e41104357d"},
        {FX_LIT("Postmaster"), "#ea365f18031ff8cecf450203ce38b1c0"},
        {FX_LIT("alice@"), "#a0433e1cd82439a8cd95ec74ab17bce4@"},
        /* the at sign is quoted, for all that can be told */
        {FX_LIT("\"a@b"), "#1a96317a95e681022442aa2a173cf256"},
        /* none that there is: part of a person's name may stand there */
        {FX_LIT("x@\"weird\""), "#9ca2a0c4e3ac5fcf064c2aa779919d0a"},
        {FX_LIT(""), ""},
        {FX_LIT("  "), ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        address_is(rows[i].address, rows[i].want);
}

static void long_addresses(void **state)
{
    size_t len = 60000;
    char *text = malloc(len + 16);
    (void)state;
    assert_non_null(text);
    memset(text, 'A', len);
    memcpy(text + len, "@example.org", 12);
    address_is(fx_slice(text, len + 12), "#5d24f00d22c553b6f1f5f5fc52ce34cb@example.org");
    /* lengths about the piece that is hashed at once */
    for (size_t n = 250; n < 262; n++) {
        struct fx_text a, b;
        fx_text_init_growing(&a, 4096);
        fx_text_init_growing(&b, 4096);
        memset(text, 'x', n);
        memcpy(text + n, "@example.org", 12);
        assert_true(fx_pseudonym_address(p, 0, fx_slice(text, n + 12), &a));
        text[0] = '"';
        memset(text + 1, 'X', n);
        memcpy(text + n + 1, "\"@example.org", 13);
        assert_true(fx_pseudonym_address(p, 0, fx_slice(text, n + 14), &b));
        assert_int_equal(a.len, 45);
        assert_true(fx_slice_eq(fx_text_slice(&a), fx_text_slice(&b)));
        fx_text_finish(&a);
        fx_text_finish(&b);
    }
    free(text);
}

/* A former key gives another digest; the domain is cut, a digest never. */
static void keys_and_room(void **state)
{
    struct fx_slice alice = FX_LIT("alice@example.org");
    char buffer[64];
    struct fx_text out;
    (void)state;
    fx_text_init_fixed(&out, buffer, sizeof buffer);
    assert_true(fx_pseudonym_address(p, 1, alice, &out));
    assert_int_equal(out.len, 33 + 12);
    assert_memory_equal(out.data + 33, "@example.org", 12);
    assert_memory_not_equal(out.data, ALICE, 33);
    for (size_t cap = 0; cap < 50; cap++) {
        fx_text_init_fixed(&out, buffer, cap);
        assert_true(fx_pseudonym_address(p, 0, alice, &out));
        assert_int_equal(out.overflow, cap < 45);
        assert_int_equal(out.len, cap < 33 ? 0 : cap < 45 ? cap : 45);
        assert_memory_equal(out.data, ALICE "@example.org", out.len);
    }
    assert_null(fx_pseudonyms_create(NULL, 0));
    assert_null(fx_pseudonyms_create(&(struct fx_slice){"", 0}, 1));
    fx_pseudonyms_destroy(NULL);
}

static void text_is(struct fx_slice text, enum fx_of_person what, const char *want)
{
    struct fx_text out;
    fx_text_init_growing(&out, 8192);
    assert_true(fx_pseudonym_text(p, text, what, &out));
    is(fx_text_slice(&out), want);
    fx_text_finish(&out);
}

static void texts(void **state)
{
    static const struct {
        struct fx_slice text;
        const char *want;
    } rows[] = {
        {FX_LIT(""), ""},
        {FX_LIT("STARTTLS"), "STARTTLS"},
        {FX_LIT("  two  words \t"), "  two  words \t"},
        {FX_LIT("alice@example.org"), ALICE "@example.org"},
        {FX_LIT("to Alice@Example.org now"), "to " ALICE "@Example.org now"},
        {FX_LIT("<alice@example.org>,<bob@example.net>"),
         "<" ALICE "@example.org>,<" BOB "@example.net>"},
        {FX_LIT("alice@example.org,bob@example.net;"),
         ALICE "@example.org," BOB "@example.net;"},
        {FX_LIT("mailto:alice@example.org"), "#:" ALICE "@example.org"},
        {FX_LIT("alice:smith@example.org"), "#:" SMITH "@example.org"},
        {FX_LIT("alice@example.org."), ALICE "@example.org."},
        {FX_LIT("alice@example.org..."), ALICE "@example.org#"},
        {FX_LIT("alice@example.org/x"), ALICE "@example.org#"},
        {FX_LIT("alice @ example.org"), ALICE "@example.org"},
        {FX_LIT("alice\r\n\t@example.org x"), ALICE "@example.org x"},
        {FX_LIT("\"alice\"@example.org"), ALICE "@example.org"},
        {FX_LIT("\"al ice\"@example.org"), "#8380762c9014650fb0745e2947b343f5@example.org"},
        {FX_LIT("a.\"b c\"@example.org"), "#817616a1ca7cd637ba77acc05eb8c758@example.org"},
        {FX_LIT("\"Alice Smith\"<alice@example.org>"), "#<" ALICE "@example.org>"},
        {FX_LIT("a\\@b@example.org"), "#bf28c4e1c80dd61f49253b521333493b@example.org"},
        {FX_LIT("a@b@example.org"), "#bf28c4e1c80dd61f49253b521333493b@example.org"},
        {FX_LIT("for \"alice@example.org\".pdf"), "for #"},
        {FX_LIT("for \"alice@example.org\""), "for \"" ALICE "@example.org\""},
        {FX_LIT("\"to alice@example.org now\""), "\"to " ALICE "@example.org now\""},
        {FX_LIT("\"\\\"alice@example.org\""), "\"#\""},
        {FX_LIT("\"no at sign\""), "\"no at sign\""},
        {FX_LIT("x@[192.0.2.1]."), "#66ab081b327f690a367e4022db7b5dbd@[192.0.2.1]."},
        {FX_LIT("a\0b@example.org"), "#8742b7f86cf6401c0155c6fedc2bc5f6@example.org"},
        {FX_LIT("@example.org"), "@example.org"},
        {FX_LIT("@example.org:alice@example.org"), "@example.org:" ALICE "@example.org"},
        {FX_LIT("@"), "@"},
        {FX_LIT("bounce-alice=example.net@example.org"),
         "#f79b8884fad3f35c599307ffb0712f24@example.org"},
        /* the rest of a quoted local part may have been taken off */
        {FX_LIT("\"alice"), "#"},
        {FX_LIT("to \"alice smith"), "to #"},
        {FX_LIT("a 5\" disk"), "a #"},
        {FX_LIT("\"al ice\"\"\"@example.org,"),
         "#8380762c9014650fb0745e2947b343f5@example.org,"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        text_is(rows[i].text, FX_PERSON_MAYBE, rows[i].want);
    text_is(FX_LIT("alice@example.org"), FX_PERSON_ADDRESS, ALICE "@example.org");
    text_is(FX_LIT("alice"), FX_PERSON_PART, "#");
}

static void cut_texts(void **state)
{
    char word[1002];
    (void)state;
    text_is(FX_LIT("alice@example.org and ali"), FX_PERSON_OPEN, ALICE "@example.org and #");
    text_is(FX_LIT("alice@example.org"), FX_PERSON_OPEN, "#");
    text_is(FX_LIT("to alice "), FX_PERSON_OPEN, "to #");
    text_is(FX_LIT("a report.p"), FX_PERSON_CUT, "a report.p");
    text_is(FX_LIT("of alice@exam"), FX_PERSON_CUT, "of #");
    memset(word, 'a', sizeof word);
    text_is(fx_slice(word, 1001), FX_PERSON_MAYBE, "#");
    word[1001] = '\0';
    text_is(fx_slice(word, 1001), FX_PERSON_CUT, word);
    word[1000] = '\0';
    text_is(fx_slice(word, 1000), FX_PERSON_MAYBE, word);
}

/* Cut where there is no more room: nothing of a digest, and nothing behind it. */
static void text_room(void **state)
{
    static const char want[] = "to " ALICE "@example.org now";
    char buffer[64];
    (void)state;
    for (size_t cap = 0; cap < sizeof buffer; cap++) {
        struct fx_text out;
        fx_text_init_fixed(&out, buffer, cap);
        assert_true(
            fx_pseudonym_text(p, FX_LIT("to alice@example.org now"), FX_PERSON_MAYBE, &out));
        assert_int_equal(out.overflow, cap < sizeof want - 1);
        size_t most = cap >= 3 && cap < 3 + 33 ? 3
                      : cap < sizeof want - 1  ? cap
                                               : sizeof want - 1;
        assert_int_equal(out.len, most);
        assert_memory_equal(out.data, want, out.len);
    }
}

static size_t domain_before(const char *text, size_t at)
{
    while (at > 0 && fx_mailbox_domain_len(fx_slice(&text[at - 1], 1)) == 1)
        at--;
    return at;
}

/* Not well read is still not shown: whatever a word with an at sign is made of, of it nothing
 * is left but domains, digests and punctuation. */
static void any_word(void **state)
{
    static const char of[] = "qqqq@@.\"\\<>:;[](),|=-d\xff";
    unsigned seed = 1;
    char text[24], buffer[2048];
    (void)state;
    for (int n = 0; n < 300000; n++) {
        size_t len = 0;
        struct fx_text out;
        for (len = 0; len < 1 + (size_t)n % sizeof text; len++) {
            seed = seed * 1103515245 + 12345;
            text[len] = of[(seed >> 16) % (sizeof of - 1)];
        }
        struct fx_slice in = fx_slice(text, len);
        fx_text_init_fixed(&out, buffer, sizeof buffer);
        assert_true(fx_pseudonym_text(p, in, FX_PERSON_MAYBE, &out));
        assert_false(out.overflow);
        for (size_t i = 0; i < out.len && fx_slice_find(in, '@') < len; i++) {
            if (out.data[i] != 'q')
                continue;
            size_t from = domain_before(out.data, i);
            if (from > 0 && strchr("[:", out.data[from - 1]) != NULL) { /* a literal */
                while (from > 0 && out.data[from - 1] != '[')
                    from = domain_before(out.data, from - 1);
                from -= from > 0;
            }
            if (from == 0 || out.data[from - 1] != '@')
                fail_msg("%.*s: %.*s", (int)len, text, (int)out.len, out.data);
        }
    }
}

static void mailboxes(void **state)
{
    (void)state;
    is(fx_path_address(FX_LIT("<a@b>")), "a@b");
    is(fx_path_address(FX_LIT("<>")), "");
    is(fx_path_address(FX_LIT("<")), "");
    is(fx_path_address(FX_LIT("a>")), "a>");
    is(fx_address_without_route(FX_LIT("@a:b@c")), "b@c");
    is(fx_address_without_route(FX_LIT("@a")), "@a");
    is(fx_address_without_route(FX_LIT("a:b@c")), "a:b@c");
    assert_int_equal(fx_mailbox_domain_len(FX_LIT("a-b_c.d/e")), 7);
    assert_int_equal(fx_mailbox_domain_len(FX_LIT("[a:b")), 0);
    assert_int_equal(fx_mailbox_domain_len(FX_LIT("[a:b]c")), 5);
    assert_false(fx_mailbox_domain_plain(FX_LIT("[a")));
    assert_true(fx_mailbox_domain_plain(FX_LIT("")));
    assert_int_equal(fx_quoted_string_len(FX_LIT("\"a\\\"b\"c")), 6);
    assert_int_equal(fx_quoted_string_len(FX_LIT("\"a\\\"")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses),     cmocka_unit_test(long_addresses),
        cmocka_unit_test(keys_and_room), cmocka_unit_test(texts),
        cmocka_unit_test(cut_texts),     cmocka_unit_test(text_room),
        cmocka_unit_test(mailboxes),     cmocka_unit_test(any_word),
    };
    return cmocka_run_group_tests_name("pseudonym", tests, setup, teardown);
}
