/* Tests of grow: more room, old elements kept, new ones zero; nothing lost without memory. */
#include "fixture.h"
#include "grow.h"

#include <stdlib.h>

static void twice_as_many(void **state)
{
    (void)state;
    size_t cap = 0;
    uint32_t *items = fx_grown(NULL, &cap, sizeof *items);
    assert_non_null(items);
    assert_true(cap > 0);
    for (size_t before = cap; before < 1000; before = cap) {
        for (size_t i = 0; i < cap; i++)
            items[i] = UINT32_MAX - (uint32_t)i;
        uint32_t *bigger = fx_grown(items, &cap, sizeof *bigger);
        assert_non_null(bigger);
        items = bigger;
        assert_int_equal(cap, 2 * before);
        for (size_t i = 0; i < cap; i++)
            assert_int_equal(items[i], i < before ? UINT32_MAX - (uint32_t)i : 0);
    }
    free(items);
}

static void too_many(void **state)
{
    (void)state;
    size_t cap = SIZE_MAX / 8 / 2 + 1; /* twice that is more than there can be */
    assert_null(fx_grown(NULL, &cap, 8));
    assert_int_equal(cap, SIZE_MAX / 8 / 2 + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(twice_as_many),
        cmocka_unit_test(too_many),
    };
    return cmocka_run_group_tests_name("grow", tests, NULL, NULL);
}
