/* Tests of field_names: how often each field name stands in a header. */
#include "field_names.h"
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int begin(void **state)
{
    *state = fx_field_names_create();
    return *state == NULL;
}

static int finish(void **state)
{
    fx_field_names_destroy(*state);
    return 0;
}

static uint64_t count(const struct fx_field_names *names, const char *name)
{
    return fx_field_names_count(names, fx_slice_str(name));
}

static bool add(struct fx_field_names *names, const char *name)
{
    return fx_field_names_add(names, fx_slice_str(name));
}

static bool add_number(struct fx_field_names *names, unsigned number)
{
    char name[32];
    snprintf(name, sizeof name, "X-%u", number);
    return add(names, name);
}

static uint64_t count_number(const struct fx_field_names *names, unsigned number)
{
    char name[32];
    snprintf(name, sizeof name, "x-%u", number);
    return count(names, name);
}

static void counts_without_case(void **state)
{
    struct fx_field_names *names = *state;
    assert_int_equal(count(names, "From"), 0);
    assert_true(add(names, "From"));
    assert_true(add(names, "fROM"));
    assert_true(add(names, "Froma"));
    assert_true(add(names, ""));
    assert_int_equal(count(names, "FROM"), 2);
    assert_int_equal(count(names, "froma"), 1);
    assert_int_equal(count(names, "Fro"), 0);
    assert_int_equal(count(names, ""), 1);
    assert_true(fx_field_names_complete(names));
}

static void forgets_with_the_reset(void **state)
{
    struct fx_field_names *names = *state;
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < 1000; i++)
            assert_true(add_number(names, i));
        fx_field_names_reset(names);
        for (unsigned i = 0; i < 1000; i++)
            assert_int_equal(count_number(names, i), 0);
    }
}

static void as_many_as_promised(void **state)
{
    struct fx_field_names *names = *state;
    assert_true(add_number(names, 7));
    for (unsigned i = 0; i < FX_FIELD_NAMES_MAX; i++)
        assert_true(add_number(names, i));
    assert_true(fx_field_names_complete(names));
    assert_false(add_number(names, FX_FIELD_NAMES_MAX));
    assert_false(fx_field_names_complete(names));
    assert_int_equal(count_number(names, FX_FIELD_NAMES_MAX), 0);
    /* those that are known go on being counted */
    assert_true(add_number(names, 7));
    for (unsigned i = 0; i < FX_FIELD_NAMES_MAX; i++)
        assert_int_equal(count_number(names, i), i == 7 ? 3 : 1);
    fx_field_names_reset(names);
    assert_true(fx_field_names_complete(names));
    assert_true(add_number(names, FX_FIELD_NAMES_MAX));
}

/* The hash of the table, to choose names that all want the same slot. */
static uint64_t hash_of(const char *name)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (; *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * UINT64_C(1099511628211);
    return hash;
}

/* Names that somebody chose are given up in time, and the table says so. */
static void chosen_names(void **state)
{
    struct fx_field_names *names = *state;
    char name[32];
    unsigned wanted = 0, counted = 0;
    for (unsigned i = 0; wanted < 400; i++) {
        snprintf(name, sizeof name, "x-%u", i);
        if ((hash_of(name) & 8191) >= 64)
            continue;
        wanted++;
        counted += add(names, name);
        if (wanted == 100)
            assert_true(fx_field_names_complete(names));
    }
    assert_false(fx_field_names_complete(names));
    assert_in_range(counted, 100, 64 + 128);
    assert_int_equal(count(names, name), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(counts_without_case, begin, finish),
        cmocka_unit_test_setup_teardown(forgets_with_the_reset, begin, finish),
        cmocka_unit_test_setup_teardown(as_many_as_promised, begin, finish),
        cmocka_unit_test_setup_teardown(chosen_names, begin, finish),
    };
    return cmocka_run_group_tests_name("field_names", tests, NULL, NULL);
}
