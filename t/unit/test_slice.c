/* Tests of slice: borrowed bytes, the difference between absent and empty, numbers at their
 * edges. */
#include "fixture.h"
#include "slice.h"

#include <string.h>

static void absent_is_not_empty(void **state)
{
    (void)state;
    assert_false(fx_slice_told(FX_ABSENT));
    assert_false(fx_slice_told(fx_slice_str(NULL)));
    assert_true(fx_slice_told(fx_slice_str("")));
    assert_true(fx_slice_told(FX_LIT("")));
    assert_int_equal(fx_slice_str("").len, 0);
    assert_int_equal(FX_LIT("a\0b").len, 3);
    assert_false(fx_slice_told(fx_slice_from(FX_ABSENT, 3)));
    assert_false(fx_slice_told(fx_slice_first(FX_ABSENT, 3)));
    assert_false(fx_slice_told(fx_slice_trim(FX_ABSENT)));
    assert_true(fx_slice_told(fx_slice_from(FX_LIT("ab"), 9)));
}

static void equality(void **state)
{
    (void)state;
    assert_true(fx_slice_eq(FX_LIT("a\0b"), FX_LIT("a\0b")));
    assert_false(fx_slice_eq(FX_LIT("a\0b"), FX_LIT("a\0c")));
    assert_false(fx_slice_eq(FX_LIT("a"), FX_LIT("A")));
    assert_false(fx_slice_eq(FX_LIT("a"), FX_LIT("aa")));
    assert_true(fx_slice_eq(FX_ABSENT, FX_ABSENT));
    assert_true(fx_slice_eq_nocase(FX_LIT("Az09_"), FX_LIT("aZ09_")));
    assert_false(fx_slice_eq_nocase(FX_LIT("az"), FX_LIT("az ")));
    /* ASCII only: no other letter has a case, and neighbours of A and Z are not letters */
    assert_false(fx_slice_eq_nocase(FX_LIT("\xC4"), FX_LIT("\xE4")));
    assert_false(fx_slice_eq_nocase(FX_LIT("@[`{"), FX_LIT("`{@[")));
    assert_true(fx_slice_starts_nocase(FX_LIT("FROM:<a>"), FX_LIT("from:")));
    assert_true(fx_slice_starts_nocase(FX_LIT("x"), FX_LIT("")));
    assert_false(fx_slice_starts_nocase(FX_LIT("fro"), FX_LIT("from")));
}

static void parts(void **state)
{
    (void)state;
    struct fx_slice s = FX_LIT("a=b=c");
    assert_int_equal(fx_slice_find(s, '='), 1);
    assert_int_equal(fx_slice_find(s, 'x'), 5);
    assert_int_equal(fx_slice_find(FX_ABSENT, 'x'), 0);
    assert_slice(fx_slice_from(s, 2), "b=c");
    assert_slice(fx_slice_from(s, 5), "");
    assert_slice(fx_slice_from(s, SIZE_MAX), "");
    assert_slice(fx_slice_first(s, 0), "");
    assert_slice(fx_slice_first(s, 5), "a=b=c");
    assert_slice(fx_slice_first(s, SIZE_MAX), "a=b=c");
    assert_slice(fx_slice_trim(FX_LIT(" \t\r\n a b \n\r\t ")), "a b");
    assert_slice(fx_slice_trim(FX_LIT(" \t\r\n ")), "");
    assert_slice(fx_slice_trim(FX_LIT("\va\f")), "\va\f");
}

static void lines(void **state)
{
    (void)state;
    static const char *const want[] = {"a", "", "b\rc", "\r", "d\r"};
    struct fx_slice rest = FX_LIT("a\n\r\nb\rc\n\r\r\nd\r\r"), line;
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        assert_true(fx_slice_line(&rest, &line));
        assert_slice(line, want[i]);
    }
    line = FX_LIT("untouched");
    assert_false(fx_slice_line(&rest, &line));
    assert_slice(line, "untouched");
}

static void words(void **state)
{
    (void)state;
    struct fx_slice rest = FX_LIT(" \t MAIL \tFROM:<a>\r"), word = FX_LIT("untouched");
    assert_true(fx_slice_word(&rest, &word));
    assert_slice(word, "MAIL");
    assert_true(fx_slice_word(&rest, &word));
    assert_slice(word, "FROM:<a>\r");
    assert_false(fx_slice_word(&rest, &word));
    assert_slice(word, "FROM:<a>\r");
    rest = FX_LIT(" \t ");
    assert_false(fx_slice_word(&rest, &word));
}

static void numbers(void **state)
{
    (void)state;
    static const struct {
        struct fx_slice text;
        bool good;
        uint64_t value;
    } rows[] = {
        {FX_LIT("0"), true, 0},
        {FX_LIT("007"), true, 7},
        {FX_LIT("18446744073709551615"), true, UINT64_MAX},
        {FX_LIT("18446744073709551616"), false, 0},
        {FX_LIT("99999999999999999999"), false, 0},
        {FX_LIT("18446744073709551610"), true, UINT64_MAX - 5},
        {FX_LIT(""), false, 0},
        {FX_LIT("-1"), false, 0},
        {FX_LIT("+1"), false, 0},
        {FX_LIT(" 1"), false, 0},
        {FX_LIT("1 "), false, 0},
        {FX_LIT("1\0"), false, 0},
        {FX_LIT("0x1"), false, 0},
        {FX_LIT("1:"), false, 0},
        {FX_LIT("1/"), false, 0},
        {{NULL, 0}, false, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint64_t value = 4711;
        assert_int_equal(fx_slice_u64(rows[i].text, &value), rows[i].good);
        assert_true(value == (rows[i].good ? rows[i].value : 4711));
    }
}

/* Every octet, since char may be signed. */
static void ascii(void **state)
{
    (void)state;
    for (int i = 0; i < 256; i++) {
        char c = (char)(unsigned char)i;
        bool lower = i >= 'a' && i <= 'z', upper = i >= 'A' && i <= 'Z';
        assert_int_equal((unsigned char)fx_ascii_upper(c), lower ? i - 32 : i);
        assert_int_equal((unsigned char)fx_ascii_lower(c), upper ? i + 32 : i);
        assert_int_equal(fx_ascii_digit(c), i >= '0' && i <= '9');
        assert_int_equal(fx_ascii_letter(c), lower || upper);
        assert_int_equal(fx_ascii_blank(c), i == ' ' || i == '\t');
        assert_int_equal(fx_ascii_white(c), i == ' ' || i == '\t' || i == '\r' || i == '\n');
        static const char hex[] = "0123456789abcdefABCDEF";
        const char *found = i == 0 ? NULL : strchr(hex, i);
        long at = found == NULL ? -1 : (long)(found - hex);
        assert_int_equal(fx_ascii_hex(c), at > 15 ? at - 6 : at);
    }
}

/* Each length, and an octet over 127 at each place. */
static void ascii_runs(void **state)
{
    (void)state;
    char text[40];
    assert_int_equal(fx_slice_ascii(FX_ABSENT), 0);
    for (size_t len = 0; len < sizeof text; len++) {
        memset(text, 0x7F, len);
        assert_int_equal(fx_slice_ascii(fx_slice(text, len)), len);
        for (size_t at = 0; at < len; at++) {
            text[at] = (char)(at % 2 == 0 ? 0x80 : 0xFF);
            assert_int_equal(fx_slice_ascii(fx_slice(text, len)), at);
            text[at] = '\0';
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(absent_is_not_empty),
        cmocka_unit_test(equality),
        cmocka_unit_test(parts),
        cmocka_unit_test(lines),
        cmocka_unit_test(words),
        cmocka_unit_test(numbers),
        cmocka_unit_test(ascii),
        cmocka_unit_test(ascii_runs),
    };
    return cmocka_run_group_tests_name("slice", tests, NULL, NULL);
}
