/* Tests of kept: a bounded copy; absent, empty, cut; nothing of the old value stays. */
#include "fixture.h"
#include "kept.h"

static void absent_empty_told(void **state)
{
    (void)state;
    struct fx_kept k = {0};
    assert_slice(fx_kept_slice(&k), NULL);
    assert_true(fx_kept_set(&k, FX_LIT(""), 10));
    assert_true(k.told);
    assert_slice(fx_kept_slice(&k), "");
    assert_true(fx_kept_set(&k, FX_LIT("word"), 10));
    assert_slice(fx_kept_slice(&k), "word");
    assert_true(fx_kept_set(&k, FX_ABSENT, 10));
    assert_false(k.told);
    assert_slice(fx_kept_slice(&k), NULL);
    fx_kept_finish(&k);
    assert_slice(fx_kept_slice(&k), NULL);
}

static void it_is_a_copy(void **state)
{
    (void)state;
    char lent[] = "lent";
    struct fx_kept k = {0};
    assert_true(fx_kept_set(&k, fx_slice_str(lent), 10));
    lent[0] = 'b';
    assert_slice(fx_kept_slice(&k), "lent");
    fx_kept_finish(&k);
}

static void cut_at_the_limit_and_not_before(void **state)
{
    (void)state;
    struct fx_kept k = {0};
    assert_true(fx_kept_set(&k, FX_LIT("12345"), 5));
    assert_false(k.cut);
    assert_slice(fx_kept_slice(&k), "12345");
    assert_true(fx_kept_set(&k, FX_LIT("123456"), 5));
    assert_true(k.cut);
    assert_slice(fx_kept_slice(&k), "12345");
    assert_true(fx_kept_set(&k, FX_LIT("1"), 5));
    assert_false(k.cut);
    assert_slice(fx_kept_slice(&k), "1");
    assert_true(fx_kept_set(&k, FX_LIT("123456"), 0));
    assert_true(k.told && k.cut);
    assert_slice(fx_kept_slice(&k), "");
    fx_kept_finish(&k);
}

static void reset_keeps_memory_only(void **state)
{
    (void)state;
    struct fx_kept k = {0};
    assert_true(fx_kept_set(&k, FX_LIT("123456"), 3));
    size_t cap = k.cap;
    fx_kept_reset(&k);
    assert_false(k.told || k.cut);
    assert_int_equal(k.len, 0);
    assert_int_equal(k.cap, cap);
    assert_slice(fx_kept_slice(&k), NULL);
    fx_kept_finish(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(absent_empty_told),
        cmocka_unit_test(it_is_a_copy),
        cmocka_unit_test(cut_at_the_limit_and_not_before),
        cmocka_unit_test(reset_keeps_memory_only),
    };
    return cmocka_run_group_tests_name("kept", tests, NULL, NULL);
}
