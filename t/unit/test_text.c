/* Tests of text: bounded building, the sticky overflow mark, JSON strings over every edge of
 * UTF-8 (RFC 3629). */
#include "fixture.h"
#include "text.h"

#include <string.h>

static void fixed_fills_to_the_last_octet(void **state)
{
    (void)state;
    char buffer[6] = {'#', '#', '#', '#', '#', '#'};
    struct fx_text t;
    fx_text_init_fixed(&t, buffer, 5);
    fx_text_add_str(&t, "abc");
    fx_text_add_str(&t, "de");
    assert_false(t.overflow);
    assert_slice(fx_text_slice(&t), "abcde");
    fx_text_add_char(&t, 'f');
    assert_true(t.overflow);
    assert_slice(fx_text_slice(&t), "abcde");
    assert_int_equal(buffer[5], '#');
}

static void overflow_is_sticky_and_pieces_are_whole(void **state)
{
    (void)state;
    char buffer[4];
    struct fx_text t;
    fx_text_init_fixed(&t, buffer, sizeof buffer);
    fx_text_add_str(&t, "ab");
    fx_text_add_str(&t, "cde"); /* does not fit: left out as a whole */
    assert_true(t.overflow);
    assert_slice(fx_text_slice(&t), "ab");
    fx_text_add_str(&t, "c"); /* would fit: the mark stays */
    assert_true(t.overflow);
    fx_text_add(&t, FX_ABSENT);
    fx_text_add_str(&t, "");
    assert_true(t.overflow);
    fx_text_reset(&t);
    assert_false(t.overflow);
    assert_slice(fx_text_slice(&t), "");
    fx_text_add_str(&t, "abcd");
    assert_false(t.overflow);
}

static void growing_stops_at_its_maximum(void **state)
{
    (void)state;
    static const size_t maxima[] = {1, 255, 256, 257, 1000, 1024};
    for (size_t m = 0; m < sizeof maxima / sizeof maxima[0]; m++) {
        struct fx_text t;
        fx_text_init_growing(&t, maxima[m]);
        assert_slice(fx_text_slice(&t), "");
        for (size_t i = 0; i < maxima[m]; i++)
            fx_text_add_char(&t, (char)('a' + i % 26));
        assert_false(t.overflow);
        assert_int_equal(t.len, maxima[m]);
        fx_text_add_char(&t, 'x');
        assert_true(t.overflow);
        assert_int_equal(t.len, maxima[m]);
        for (size_t i = 0; i < maxima[m]; i++)
            assert_int_equal(t.data[i], 'a' + i % 26);
        fx_text_finish(&t);
        assert_int_equal(t.len, 0);
        fx_text_add_char(&t, 'y'); /* still of use */
        assert_slice(fx_text_slice(&t), "y");
        fx_text_finish(&t);
    }
}

static void growing_takes_large_pieces(void **state)
{
    (void)state;
    struct fx_text t;
    fx_text_init_growing(&t, 100000);
    fx_text_add(&t, fx_slice(fixture_repeat('z', 100001), 100001));
    assert_true(t.overflow);
    assert_int_equal(t.len, 0);
    fx_text_reset(&t);
    fx_text_add(&t, fx_slice(fixture_repeat('z', 100000), 100000));
    assert_false(t.overflow);
    assert_int_equal(t.len, 100000);
    fx_text_add_char(&t, 'z');
    assert_true(t.overflow);
    fx_text_finish(&t);
    fixture_free();
}

static void numbers(void **state)
{
    (void)state;
    char buffer[256];
    struct fx_text t;
    fx_text_init_fixed(&t, buffer, sizeof buffer);
    fx_text_add_u64(&t, 0);
    fx_text_add_char(&t, ' ');
    fx_text_add_u64(&t, UINT64_MAX);
    fx_text_add_char(&t, ' ');
    fx_text_add_padded(&t, 7, 3);
    fx_text_add_char(&t, ' ');
    fx_text_add_padded(&t, 1234, 3);
    fx_text_add_char(&t, ' ');
    fx_text_add_padded(&t, 0, 0);
    fx_text_add_char(&t, ' ');
    fx_text_add_padded(&t, 1, 20);
    assert_slice(fx_text_slice(&t), "0 18446744073709551615 007 1234 0 00000000000000000001");
}

static void check_json(struct fx_slice in, const char *want, bool want_lossy)
{
    char buffer[512];
    struct fx_text t;
    bool lossy = false;
    fx_text_init_fixed(&t, buffer, sizeof buffer);
    fx_text_add_json(&t, in, &lossy);
    assert_slice(fx_text_slice(&t), want);
    assert_int_equal(lossy, want_lossy);
}

static void json_escapes(void **state)
{
    (void)state;
    check_json(FX_LIT(""), "\"\"", false);
    check_json(FX_ABSENT, "\"\"", false);
    check_json(FX_LIT("a \"b\" \\ /"), "\"a \\\"b\\\" \\\\ /\"", false);
    check_json(FX_LIT("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\"", false);
    check_json(FX_LIT("\0\x01\x0b\x1f\x7f "), "\"\\u0000\\u0001\\u000b\\u001f\\u007f \"",
               false);
}

#define R "\\ufffd"

static void json_keeps_what_is_utf8(void **state)
{
    (void)state;
    static const char *const good[] = {
        "\xC2\xA0",         "\xDF\xBF",         "\xE0\xA0\x80",     "\xE1\x80\x80",
        "\xEC\xBF\xBF",     "\xED\x80\x80",     "\xED\x9F\xBF",     "\xEE\x80\x80",
        "\xEF\xBF\xBD",     "\xEF\xBF\xBF",     "\xF0\x90\x80\x80", "\xF1\x80\x80\x80",
        "\xF3\xBF\xBF\xBF", "\xF4\x8F\xBF\xBF", "\xEF\xBB\xBF",     "\xE2\x80\xA7",
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        char want[16] = "\"";
        strcat(want, good[i]);
        strcat(want, "\"");
        check_json(fx_slice_str(good[i]), want, false);
    }
}

/* Each octet at each place of a long run: what is looked at many at a time is none the less
 * looked at. */
static void json_of_long_runs(void **state)
{
    (void)state;
    for (size_t len = 1; len <= 26; len++)
        for (size_t at = 0; at < len; at++)
            for (unsigned c = 0; c <= 0xFF; c++) {
                char in[32], one[16], want[64];
                struct fx_text t, w;
                bool lossy = false, as_one = false;
                memset(in, 'a', len);
                in[at] = (char)c;
                fx_text_init_fixed(&t, one, sizeof one);
                fx_text_add_json(&t, fx_slice(in + at, 1), &as_one);
                fx_text_init_fixed(&w, want, sizeof want);
                fx_text_add_char(&w, '"');
                fx_text_add(&w, fx_slice(in, at));
                fx_text_add(&w, fx_slice(one + 1, t.len - 2));
                fx_text_add(&w, fx_slice(in + at + 1, len - at - 1));
                fx_text_add(&w, FX_LIT("\"\0"));
                char got[64];
                fx_text_init_fixed(&t, got, sizeof got);
                fx_text_add_json(&t, fx_slice(in, len), &lossy);
                assert_slice(fx_text_slice(&t), want);
                assert_int_equal(lossy, as_one);
            }
}

/* What does not fit is left out piece by piece, as with a string that is not plain. */
static void json_without_room(void **state)
{
    (void)state;
    static const char *const want[] = {"", "\"", "\"\"", "\"\"", "\"abc", "\"abc\""};
    for (size_t room = 0; room < sizeof want / sizeof want[0]; room++) {
        char buffer[8];
        struct fx_text t;
        bool lossy = false;
        fx_text_init_fixed(&t, buffer, room);
        fx_text_add_json(&t, FX_LIT("abc"), &lossy);
        assert_slice(fx_text_slice(&t), want[room]);
        assert_int_equal(t.overflow, room < 5);
    }
}

/* Valid, and yet nothing to hand to a terminal or to a reader of lines. */
static void json_escapes_what_disturbs(void **state)
{
    (void)state;
    static const struct {
        const char *in, *want;
    } rows[] = {
        {"\xC2\x80", "\"\\u0080\""},     {"\xC2\x85", "\"\\u0085\""},
        {"\xC2\x9B", "\"\\u009b\""},     {"\xC2\x9F", "\"\\u009f\""},
        {"\xE2\x80\xA8", "\"\\u2028\""}, {"\xE2\x80\xA9", "\"\\u2029\""},
        {"\xE2\x80\xAE", "\"\\u202e\""}, {"\xE2\x81\xA6", "\"\\u2066\""},
        {"\xE2\x80\x8F", "\"\\u200f\""}, {"\xD8\x9C", "\"\\u061c\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        check_json(fx_slice_str(rows[i].in), rows[i].want, false);
}

static void json_replaces_what_is_not(void **state)
{
    (void)state;
    static const struct {
        const char *in, *want;
    } rows[] = {
        {"\x80", R},                         /* a continuation alone */
        {"\xBF\x80", R R},                   /* each by itself */
        {"\xC0\x80", R R},                   /* overlong NUL */
        {"\xC1\xBF", R R},                   /* overlong */
        {"\xE0\x80\x80", R R R},             /* overlong */
        {"\xE0\x9F\xBF", R R R},             /* the last overlong of three */
        {"\xED\xA0\x80", R R R},             /* the first surrogate */
        {"\xED\xBF\xBF", R R R},             /* the last surrogate */
        {"\xF0\x80\x80\x80", R R R R},       /* overlong */
        {"\xF0\x8F\xBF\xBF", R R R R},       /* the last overlong of four */
        {"\xF4\x90\x80\x80", R R R R},       /* over U+10FFFF */
        {"\xF5\x80\x80\x80", R R R R},       /* F5 begins nothing */
        {"\xF8\x88\x80\x80\x80", R R R R R}, /* five octets of old */
        {"\xFE\xFF", R R},                   /* never in UTF-8 */
        {"\xC2", R},                         /* cut */
        {"\xE1\x80", R},                     /* cut: one run, one sign */
        {"\xF1\x80\x80", R},                 /* cut */
        {"\xF1\x80\x80"
         "A",
         R "A"},                            /* broken off by a letter */
        {"\xE1\x80\xC2\xA0", R "\xC2\xA0"}, /* broken off by a character */
        {"\xF0\x90\x80\xF0\x90\x80\x80", R "\xF0\x90\x80\x80"},
        {"\xC2"
         "\"",
         R "\\\""}, /* a quote is never swallowed */
        {"\xE1\x80"
         "\\",
         R "\\\\"},
        {"a\xFF"
         "b",
         "a" R "b"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char want[64] = "\"";
        strcat(want, rows[i].want);
        strcat(want, "\"");
        check_json(fx_slice_str(rows[i].in), want, true);
    }
}

/* What comes after the slice is none of its business. */
static void json_does_not_read_on(void **state)
{
    (void)state;
    check_json(fx_slice("\xC2\x80", 1), "\"" R "\"", true);
    check_json(fx_slice("\xF0\x90\x80\x80", 3), "\"" R "\"", true);
    check_json(fx_slice("ab", 1), "\"a\"", false);
}

static void lossy_is_left_alone_otherwise(void **state)
{
    (void)state;
    char buffer[16];
    struct fx_text t;
    bool lossy = true;
    fx_text_init_fixed(&t, buffer, sizeof buffer);
    fx_text_add_json(&t, FX_LIT("good"), &lossy);
    assert_true(lossy);
}

/* What acts upon a terminal or ends a line becomes visible; backslashes are not doubled. */
static void visible_lines(void **state)
{
    static const struct {
        struct fx_slice in;
        const char *out;
    } cases[] = {
        {FX_LIT("a \"b\" \\x0a %s%n <script> \xc3\xa4"),
         "a \"b\" \\x0a %s%n <script> \xc3\xa4"},
        {FX_LIT("a\r\nb\tc\x1b[31m\x7f\0z"), "a\\x0d\\x0ab\\x09c\\x1b[31m\\x7f\\x00z"},
        {FX_LIT("\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0"), "\\xc2\\x80\\xc2\\x9b\\xc2\\x9f\xc2\xa0"},
        {FX_LIT("\xe2\x80\xa8\xe2\x80\xae\xe2\x81\xa6\xe2\x81\xa9"),
         "\\xe2\\x80\\xa8\\xe2\\x80\\xae\\xe2\\x81\\xa6\\xe2\\x81\\xa9"},
        {FX_LIT("\xff\xc3(\xe2\x82\xf0\x9f\x98\x80"), "\\xff\\xc3(\\xe2\\x82\xf0\x9f\x98\x80"},
        {FX_LIT(""), ""},
    };
    char buffer[256];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fx_text t;
        fx_text_init_fixed(&t, buffer, sizeof buffer);
        fx_text_add_visible(&t, cases[i].in);
        assert_slice(fx_text_slice(&t), cases[i].out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fixed_fills_to_the_last_octet),
        cmocka_unit_test(overflow_is_sticky_and_pieces_are_whole),
        cmocka_unit_test(growing_stops_at_its_maximum),
        cmocka_unit_test(growing_takes_large_pieces),
        cmocka_unit_test(numbers),
        cmocka_unit_test(json_escapes),
        cmocka_unit_test(json_of_long_runs),
        cmocka_unit_test(json_without_room),
        cmocka_unit_test(json_keeps_what_is_utf8),
        cmocka_unit_test(json_escapes_what_disturbs),
        cmocka_unit_test(json_replaces_what_is_not),
        cmocka_unit_test(json_does_not_read_on),
        cmocka_unit_test(visible_lines),
        cmocka_unit_test(lossy_is_left_alone_otherwise),
    };
    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
