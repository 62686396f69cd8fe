/* Tests of field_kind: every name is found, in any case, and nothing else is. */
#include "field_kind.h"
#include "fixture.h"

#include <string.h>

static void every_name(void **state)
{
    (void)state;
    for (size_t i = FX_FIELD_OTHER + 1; i < FX_FIELD_KINDS; i++) {
        enum fx_field_kind kind = (enum fx_field_kind)i;
        struct fx_slice name = fx_field_kind_name(kind);
        char text[64];
        assert_true(name.len > 0 && name.len + 1 < sizeof text);
        assert_int_equal(strlen(name.ptr), name.len);
        assert_int_equal(fx_field_kind(name), kind);
        for (size_t n = 0; n < name.len; n++)
            text[n] = n % 2 == 0 ? fx_ascii_upper(name.ptr[n]) : fx_ascii_lower(name.ptr[n]);
        assert_int_equal(fx_field_kind(fx_slice(text, name.len)), kind);
        text[name.len] = 's';
        assert_int_equal(fx_field_kind(fx_slice(text, name.len + 1)), FX_FIELD_OTHER);
        assert_int_equal(fx_field_kind(fx_slice(text, name.len - 1)), FX_FIELD_OTHER);
        text[name.len - 1] = '_';
        assert_int_equal(fx_field_kind(fx_slice(text, name.len)), FX_FIELD_OTHER);
        text[0] = '\0';
        assert_int_equal(fx_field_kind(fx_slice(text, name.len)), FX_FIELD_OTHER);
    }
}

static void other_names(void **state)
{
    (void)state;
    static const char *const names[] = {"",
                                        "X",
                                        "Cd",
                                        "Frome",
                                        "List-Id",
                                        "X-Mailer-Policy",
                                        "Content-Transfer-Encodings-And-More"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_int_equal(fx_field_kind(fx_slice_str(names[i])), FX_FIELD_OTHER);
    assert_int_equal(fx_field_kind(FX_ABSENT), FX_FIELD_OTHER);
    assert_int_equal(fx_field_kind(fx_slice("To\0", 3)), FX_FIELD_OTHER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name),
        cmocka_unit_test(other_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
