/* Tests of mime_param: one field in, one decoded value out. Most are rows of a table, because
 * what matters is the number of ways a file name can be written. */
#include "mime_param.h"
#include "text.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

struct row {
    const char *field, *want; /* want NULL: no such parameter */
};

static void check(struct fx_slice field, const char *name, enum fx_mime_reading reading,
                  bool cut, const char *want)
{
    struct fx_mime_param found = {.octets = 4711};
    bool there = fx_mime_param_find(field, fx_slice_str(name), reading, cut, &found);
    if (there != (want != NULL) ||
        (there && (found.octets != strlen(want) || found.kept != strlen(want) ||
                   memcmp(found.text, want, found.kept) != 0)))
        fail_msg("%.*s: \"%.*s\" (%u octets), not \"%s\"", (int)field.len, field.ptr,
                 there ? (int)found.kept : 0, found.text, (unsigned)found.octets,
                 want == NULL ? "(none)" : want);
    if (!there)
        assert_int_equal(found.octets, 4711);
    else
        assert_int_equal(found.at_least, cut);
}

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check(fx_slice_str(rows[i].field), "filename", FX_MIME_READ_NAME, false, rows[i].want);
}

#define CHECK_ROWS(rows) check_rows(rows, sizeof(rows) / sizeof((rows)[0]))

static void test_plain(void **state)
{
    static const struct row rows[] = {
        {" attachment; filename=a.txt", "a.txt"},
        {"attachment; filename=\"a b.txt\"", "a b.txt"},
        {"attachment; FileName=a.txt", "a.txt"},
        {"attachment; filename = a.txt", "a.txt"},
        {"attachment;filename\t=\t\"a\"", "a"},
        {"attachment; filename=a.txt   ; size=3", "a.txt"},
        {"attachment; size=3; filename=a.txt  \r\n", "a.txt"},
        {"attachment;; ;filename=a;;", "a"},
        {"; = ; =x; \"q;filename=no\"; filename=a", "a"},
        {"attachment; filename=", ""},
        {"attachment; filename=\"\"", ""},
        {"attachment; filename=; filename=b", "b"},
        {"attachment; filename=abc; filename=de", "abc"},
        {"attachment; filename=de; filename=abc", "abc"},
        {"attachment; filename=ab; filename=cd", "ab"},
        {"attachment; =filename=b", "b"},
        {"attachment; filename=my report (1).pdf; x=y", "my report (1).pdf"},
        {"attachment filename=a", "a"},
        {"attachment; filename=\"a\" size=3", "a"},
        {"attachment; filename=\"a\" x; size=3", "a"},
        {"filename=a", "a"},
        {"attachment; filename=C:\\a", "C:\\a"},
        {"attachment; filename=\xC3\xA4\xFF", "\xC3\xA4\xFF"},
        {"attachment; filename", NULL},
        {"attachment; xfilename=a", NULL},
        {"attachment; filenames=a", NULL},
        {"attachment; file name=a", NULL},
        {"attachment; x=filename=a", NULL},
        {"attachment; x=\"; filename=a\"", NULL},
        {"", NULL},
    };
    (void)state;
    CHECK_ROWS(rows);
    check(FX_ABSENT, "filename", FX_MIME_READ_NAME, false, NULL);
    check(FX_LIT("text/plain; NAME=a; filename=bc"), "name", FX_MIME_READ_NAME, false, "a");
}

static void test_quoting(void **state)
{
    static const struct row rows[] = {
        {"a; filename=\"a\\\"b\\\\c\\d\"", "a\"b\\cd"},
        {"a; filename=\"x;y=z(c)\"; b=c", "x;y=z(c)"},
        {"a; filename=\"never closed; b=c", "never closed; b=c"},
        {"a; filename=\"", ""},
        {"a; filename=\"ab\\", "ab"},
        {"a; filename=\"ab\\\"", "ab\""},
        {"a; filename=\"ab \"", "ab "},
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void test_comments(void **state)
{
    static const struct row rows[] = {
        {"(c)attachment(c);(c)filename(c)=(c)a(c);(c)size=1", "a"},
        {"a; filename (x (y) \\) z) = \"a\" (c)", "a"},
        {"a (; filename=no); filename=yes", "yes"},
        {"a; filename=a.txt(;)", "a.txt"},
        {"a; filename=a (b) (c) ; x=y", "a"},
        {"a; filename=a(b)c", "a(b)c"},
        {"a; filename=a(b; x=y", "a(b"},
        {"a; filename=((((a", "((((a"},
        {"( a; filename=a", "a"},
        {"a; filename=()", ""},
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void test_folding(void **state)
{
    static const struct row rows[] = {
        {" attachment;\r\n filename=\"a\"", "a"},
        {"a;\n\tfilename\n =\r\n\t(c\r\n c)\"a\"\r\n", "a"},
        {"a; filename=\"a\r\n b\n\tc\"", "a b\tc"},
        {"a; filename=a\r\n b;x=y", "a b"},
        {"a; filename=\"a\\\r\n b\"", "a b"},
        {"a; filename=\"a\rb\"", "a\rb"},
        {"a; filename=\"a\n\"", "a"},
        {"a; filename=\"a\r\n\"", "a"},
        {"a;\r\n filename*0=\"ab\";\r\n filename*1=\"cd\"\r\n", "abcd"},
        {"a; filename==?utf-8?Q?a?=\r\n =?utf-8?Q?b?=\r\n", "ab"},
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* RFC 2231 section 3. */
static void test_continuations(void **state)
{
    static const struct row rows[] = {
        {"a; filename*0=ab; filename*1=cd", "abcd"},
        {"a; filename*1=\"cd\"; x=y; FILENAME*0=\"ab\"", "abcd"},
        {"a; filename*2=e; filename*10=no; filename*0=ab; filename*1=cd", "abcde"},
        {"a; filename*0=ab; filename*2=no", "ab"},
        {"a; filename*1=no", NULL},
        {"a; filename*0=ab; filename*0=xyz", "ab"},
        {"a; filename*0=; filename*1=b", "b"},
        {"a; filename*0=a; filename*1=b; filename=longer", "longer"},
        {"a; filename*0=longer; filename*1=er; filename=short", "longerer"},
        {"a; filename*x=a; filename**=b; filename*-1=c; filename*1x=d; filename*0x*=e", NULL},
        {"a; filename*99999999999999999999=a; filename*256=b", NULL},
        {"a; filename*0=\"=?utf-8?Q?a=4\"; filename*1=\"2c?=\"", "aBc"},
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* RFC 2231 section 4. */
static void test_extended(void **state)
{
    static const struct row rows[] = {
        {"a; filename*=utf-8''%e2%82%AC.txt", "\xE2\x82\xAC.txt"},
        {"a; filename*=utf-8'en'a%20b", "a b"},
        {"a; filename*=\"utf-8''a%20b\"", "a b"},
        {"a; filename*=''a'b", "a'b"},
        {"a; filename*=no%20charset", "no charset"},
        {"a; filename*=one'quote", "one'quote"},
        {"a; filename*=''%zz%4%", "%zz%4%"},
        {"a; filename*=''%01%23%45%67%89%ab%cd%ef", "\x01#Eg\x89\xAB\xCD\xEF"},
        {"a; filename*=''%1A%BC%DE%F0", "\x1A\xBC\xDE\xF0"},
        {"a; filename*=''%3D%3Futf-8%3FQ%3Fa%3F%3D", "=?utf-8?Q?a?="},
        {"a; filename*=''=?utf-8?Q?a?=", "=?utf-8?Q?a?="},
        {"a; filename=\"%41\"", "%41"},
        {"a; filename*0*=utf-8''a%41; filename*1=%41; filename*2*=%42'x'", "aA%41B'x'"},
        {"a; filename*1*=%42; filename*0=''a%41", "''a%41B"},
        {"a; filename=short; filename*=utf-8''longer%21", "longer!"},
        {"a; filename=longer-one; filename*=utf-8''short", "longer-one"},
        {"a; filename*", NULL},
    };
    (void)state;
    CHECK_ROWS(rows);
}

/* RFC 2047; within parameters not allowed, but common. */
static void test_words(void **state)
{
    static const struct row rows[] = {
        {"a; filename=\"=?utf-8?Q?a_b=C3=A4?=\"", "a b\xC3\xA4"},
        {"a; filename==?iso-8859-1?q?a=e4?=", "a\xE4"},
        {"a; filename==?utf-8?Q?a;b(c?=; x=y", "a;b(c"},
        {"a; filename=\"=?utf-8?B?YWJj?=\"", "abc"},
        {"a; filename=\"=?utf-8?b?YWI=?=\"", "ab"},
        {"a; filename=\"=?utf-8?B?YQ==?=\"", "a"},
        {"a; filename=\"=?utf-8?B?YQ?=\"", "a"},
        {"a; filename=\"=?utf-8?B?+/+/?=\"", "\xFB\xFF\xBF"},
        {"a; filename==?u?B?QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJz?=",
         "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrs"},
        {"a; filename==?u?B?dHV2d3h5ejAxMjM0NTY3ODk+Pz/4+A?=", "tuvwxyz0123456789>??\xF8\xF8"},
        {"a; filename=\"=?utf-8*en?Q?a?=\"", "a"},
        {"a; filename=\"=?utf-8?Q?\?=\"", ""},
        {"a; filename=\"=?utf-8?Q?a?= \t=?utf-8?B?Yg==?=\"", "ab"},
        {"a; filename==?utf-8?Q?a?= =?utf-8?Q?b?= ; x=y", "ab"},
        {"a; filename=\"=?utf-8?Q?a?==?utf-8?Q?b?=\"", "ab"},
        {"a; filename=\"=?utf-8?Q?a?= c =?utf-8?Q?b?= \"", "a c b "},
        {"a; filename=\"x=?utf-8?Q?a?=.txt\"", "xa.txt"},
        {"a; filename=\"=?=?u?Q?a?=\"", "=?a"},
        {"a; filename=\"=?utf-8?Q?a\\=41?=\"", "aA"},
        {"a; filename=\"=?utf-8?Q?a b?=\"", "=?utf-8?Q?a b?="},
        {"a; filename=\"=?utf-8?Q?a=4x?=\"", "=?utf-8?Q?a=4x?="},
        {"a; filename=\"=?utf-8?Q?a=4\"", "=?utf-8?Q?a=4"},
        {"a; filename=x?u?Q?a;b?=", "x?u?Q?a"},
        {"a; filename==?u?Q?a;b?x; c=d", "=?u?Q?a"},
        {"a; filename=\"=?u?Q?=0A=A0~?=\"", "\n\xA0~"},
        {"a; filename=\"=?u~?Q?a?=\"", "a"},
        {"a; filename=\"=?u 8?Q?a?=\"", "=?u 8?Q?a?="},
        {"a; filename=\"=?u?Q?a =x\"", "=?u?Q?a =x"},
        {"a; filename=\"=?u?Q?=zz=x\"", "=?u?Q?=zz=x"},
        {"a; filename=\"=?u?B?YQ!=x\"", "=?u?B?YQ!=x"},
        {"a; filename=\"=?utf-8?Q?a?\"", "=?utf-8?Q?a?"},
        {"a; filename=\"=?utf-8?X?a?=\"", "=?utf-8?X?a?="},
        {"a; filename=\"=?utf-8?B?Y?=\"", "=?utf-8?B?Y?="},
        {"a; filename=\"=?utf-8?B?Y=Q?=\"", "=?utf-8?B?Y=Q?="},
        {"a; filename=\"=?utf-8?B?YQ===?=\"", "=?utf-8?B?YQ===?="},
        {"a; filename=\"=?utf-8?B?Y!Q?=\"", "=?utf-8?B?Y!Q?="},
        {"a; filename=\"=?\?Q?a?=\"", "=?\?Q?a?="},
        {"a; filename=\"=?u?Q?a?= =?u?Q\"", "a =?u?Q"},
        {"a; filename=\"=?\"", "=?"},
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void test_boundary(void **state)
{
    (void)state;
    const enum fx_mime_reading how = FX_MIME_READ_BOUNDARY;
    check(FX_LIT("m/x; boundary=\"=?u?Q?a?=\""), "boundary", how, false, "=?u?Q?a?=");
    check(FX_LIT("m/x; boundary=a; boundary=bcd"), "boundary", how, false, "a");
    check(FX_LIT("m/x; boundary=; boundary=bcd"), "boundary", how, false, "bcd");
    check(FX_LIT("m/x; boundary*1=b; boundary*0=a"), "boundary", how, false, "ab");
}

/* What is open where a field was cut counts as the least it can become. */
static void test_cut(void **state)
{
    static const struct row rows[] = {
        {"a; filename=\"ab", "ab"},
        {"a; filename=ab  ", "ab"},
        {"a; filename=a(b", "a"},
        {"a; filename=\"ab\"; x=y", "ab"},
        {"a; filename=\"ab\\", "ab"},
        {"a; filename*=utf-8'", ""},
        {"a; filename*=utf-8''ab%4", "ab"},
        {"a; filename*=utf-8''ab%41", "abA"},
        {"a; filename=\"x=?utf-8", "x"},
        {"a; filename=\"x=", "x"},
        {"a; filename=\"x=?utf-8?Q?ab=4", "xab"},
        {"a; filename=\"x=?utf-8?B?YWJjY", "xabc"},
        {"a; filename=\"x=?utf-8?B?YWJj?", "xabc"},
        {"a; filename=\"=?u?Q?a\"; x=\"", "=?u?Q?a"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        check(fx_slice_str(rows[i].field), "filename", FX_MIME_READ_NAME, true, rows[i].want);
}

static void test_nul(void **state)
{
    struct fx_mime_param found;
    (void)state;
    assert_true(fx_mime_param_find(FX_LIT("a\0b; filename=\"a\0b\\\0\"; \0=\0"),
                                   FX_LIT("filename"), FX_MIME_READ_NAME, false, &found));
    assert_int_equal(found.octets, 4);
    assert_memory_equal(found.text, "a\0b\0", 4);
}

/* Long values are counted in full and kept in part. */
static void test_long(void **state)
{
    struct fx_text field;
    struct fx_mime_param found;
    (void)state;
    fx_text_init_growing(&field, 1 << 20);
    fx_text_add_str(&field, "a; filename*=utf-8''");
    for (unsigned i = 0; i < 10000; i++)
        fx_text_add_str(&field, "%C3%A4-");
    assert_false(field.overflow);
    assert_true(fx_mime_param_find(fx_text_slice(&field), FX_LIT("filename"), FX_MIME_READ_NAME,
                                   false, &found));
    assert_int_equal(found.octets, 30000);
    assert_int_equal(found.kept, FX_MIME_PARAM_KEPT);
    assert_memory_equal(found.text + 252, "\xC3\xA4-\xC3", 4);
    assert_false(found.at_least);
    fx_text_finish(&field);
}

static void check_sections(unsigned first, unsigned last, bool want, unsigned octets,
                           bool at_least)
{
    struct fx_text field;
    struct fx_mime_param found;
    fx_text_init_growing(&field, 1 << 20);
    fx_text_add_str(&field, "a");
    for (unsigned i = last + 1; i-- > first;) {
        fx_text_add_str(&field, "; filename*");
        fx_text_add_u64(&field, i);
        fx_text_add_str(&field, "=xy");
    }
    assert_int_equal(fx_mime_param_find(fx_text_slice(&field), FX_LIT("filename"),
                                        FX_MIME_READ_NAME, false, &found),
                     want);
    if (want) {
        assert_int_equal(found.octets, octets);
        assert_int_equal(found.at_least, at_least);
    }
    fx_text_finish(&field);
}

static void test_section_limit(void **state)
{
    (void)state;
    check_sections(0, 255, true, 512, false);
    check_sections(0, 256, true, 512, true);
    check_sections(0, 2000, true, 512, true);
    check_sections(1, 2000, false, 0, false);
}

static void test_media_type(void **state)
{
    char buffer[FX_MIME_TYPE_KEPT];
    static const struct row rows[] = {
        {" Text/PLAIN", "text/plain"},
        {"(c) multipart/mixed (d); boundary=x", "multipart/mixed"},
        {"message\r\n / rfc822\r\n", "message/rfc822"},
        {"", ""},
        {";", ""},
        {"0123456789012345678901234567890123456789012345",
         "0123456789012345678901234567890123456789"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_true(fx_slice_eq(fx_mime_media_type(fx_slice_str(rows[i].field), buffer),
                                fx_slice_str(rows[i].want)));
}

/* The time must be linear: these take many minutes when anything is quadratic. */
static void test_hostile_repeats(void **state)
{
    static const char *const pieces[] = {
        "(",      "()",         "=?",     "=?a?Q?",
        "\"",     "\\",         ";",      "filename=",
        "=",      "\r\n ",      "a ",     "filename*0=a;",
        "=\r\n ", "=?a?Q?b?= ", "=?a?B?", "filename=\"=?a?Q?b\";"};
    struct fx_text field;
    struct fx_mime_param found;
    (void)state;
    fx_text_init_growing(&field, 1 << 22);
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
        for (unsigned quoted = 0; quoted < 2; quoted++) {
            fx_text_reset(&field);
            fx_text_add_str(&field, quoted != 0 ? "a; filename=\"x" : "a; filename=x");
            while (field.len < 1000000)
                fx_text_add_str(&field, pieces[i]);
            assert_true(fx_mime_param_find(fx_text_slice(&field), FX_LIT("filename"),
                                           FX_MIME_READ_NAME, false, &found));
            assert_true(fx_mime_param_find(fx_text_slice(&field), FX_LIT("filename"),
                                           FX_MIME_READ_NAME, true, &found));
            assert_true(found.octets >= 1 && found.octets <= field.len);
        }
    }
    fx_text_finish(&field);
}

/* Any bytes are read, from a copy of their exact size, so that a sanitizer sees each step too
 * far; nothing decoded is longer than the field, and no cut reads more than the whole. */
static void test_hostile_random(void **state)
{
    static const char letters[] = "filename*=?QqBb01'%\"\\();: \t\r\n\0\xFF"
                                  "az";
    uint32_t seed = 20240229;
    (void)state;
    for (unsigned round = 0; round < 200000; round++) {
        size_t len = 0;
        char draft[160];
        if (round % 2 != 0) {
            memcpy(draft, "a; filename=", 12);
            len = 12;
        }
        for (seed = seed * 1664525 + 1013904223; len < (seed >> 8) % sizeof draft; len++) {
            seed = seed * 1664525 + 1013904223;
            draft[len] = letters[(seed >> 16) % (sizeof letters - 1)];
            if (seed >> 30 == 0 && len + 9 < sizeof draft) {
                memcpy(draft + len, "filename*", 9);
                len += 8;
            }
        }
        char *bytes = malloc(len == 0 ? 1 : len);
        assert_non_null(bytes);
        memcpy(bytes, draft, len);
        struct fx_mime_param found;
        for (unsigned cut = 0; cut < 2; cut++)
            if (fx_mime_param_find(fx_slice(bytes, len), FX_LIT("filename"), FX_MIME_READ_NAME,
                                   cut != 0, &found))
                assert_true(found.octets <= len && found.kept <= found.octets);
        char type[FX_MIME_TYPE_KEPT];
        assert_true(fx_mime_media_type(fx_slice(bytes, len), type).len <= sizeof type);
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_quoting),
        cmocka_unit_test(test_comments),
        cmocka_unit_test(test_folding),
        cmocka_unit_test(test_continuations),
        cmocka_unit_test(test_extended),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_boundary),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_nul),
        cmocka_unit_test(test_long),
        cmocka_unit_test(test_section_limit),
        cmocka_unit_test(test_media_type),
        cmocka_unit_test(test_hostile_repeats),
        cmocka_unit_test(test_hostile_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
