/* Tests of field: name and value of a header field, or where it is none. */
#include "field.h"
#include "fixture.h"

#include <string.h>

static void fields(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        {"Subject: a", "Subject", " a"},
        {"a:", "a", ""},
        {"a:b:c", "a", "b:c"},
        {"Subject \t: a\n b\r\n\tc", "Subject", " a\n b\r\n\tc"},
        {"Subject\r:a", "Subject", "a"},
        {"!#$%&'*+-/=?^_`{|}~.\"(),;<>@[\\]1: x", "!#$%&'*+-/=?^_`{|}~.\"(),;<>@[\\]1", " x"},
        {"a:\x80\x01", "a", "\x80\x01"},
        {"a : : ", "a", " : "},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fx_field field;
        size_t at;
        assert_true(fx_field_split(fx_slice_str(rows[i][0]), &field, &at));
        assert_slice(field.name, rows[i][1]);
        assert_slice(field.value, rows[i][2]);
        assert_true(fx_slice_told(field.value));
    }
}

/* '~' marks where it shows. */
static void no_fields(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "~",         "~:",         "~ :",      "~ a:",      "~\ta: b",
        "Subject~",  "Subject~ x", "From~ a:", "a~\nb: c",  "a~\x80: b",
        "a~\x7f: b", "a~\x01:",    "a~\n:",    "a~\r\n: b", "abc  ~",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fx_field field = {.name = FX_LIT("kept"), .value = FX_ABSENT};
        char text[32];
        size_t mark = strcspn(rows[i], "~"), at = 99;
        memcpy(text, rows[i], mark);
        memcpy(text + mark, rows[i] + mark + 1, strlen(rows[i]) - mark);
        if (fx_field_split(fx_slice_str(text), &field, &at) || at != mark)
            fail_msg("%s: at %zu", rows[i], at);
        assert_slice(field.name, "kept");
    }
    struct fx_field field;
    size_t at;
    assert_false(fx_field_split(fx_slice("a\0: b", 5), &field, &at));
    assert_int_equal(at, 1);
    assert_false(fx_field_split(FX_ABSENT, &field, &at));
    assert_int_equal(at, 0);
}

static void names(void **state)
{
    (void)state;
    size_t at;
    assert_true(fx_field_name(FX_LIT("X-a_1.~"), &at));
    assert_false(fx_field_name(FX_LIT(""), &at));
    assert_int_equal(at, 0);
    assert_false(fx_field_name(FX_LIT("ab:"), &at));
    assert_int_equal(at, 2);
    assert_false(fx_field_name(FX_LIT("a b"), &at));
    assert_int_equal(at, 1);
    assert_false(fx_field_name(FX_LIT("abc\x7f"), &at));
    assert_int_equal(at, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields),
        cmocka_unit_test(no_fields),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
