/* Tests of taglist: name=value lists, tag by tag, with the offset of everything. */
#include "fixture.h"
#include "taglist.h"

#include <string.h>

#define STEPS 6
#define OCTET "an octet that no value may have"

struct step {
    const char *name, *value; /* NULL: absent */
    size_t at, value_at;
    const char *fault; /* NULL: none */
    size_t fault_at;
};

static const struct row {
    const char *text;
    size_t len; /* 0: up to the NUL */
    struct step steps[STEPS];
    size_t count;
} rows[] = {
    {"", 0, {{0}}, 0},
    {"a=b", 0, {{"a", "b", 0, 2, NULL, 0}}, 1},
    {"a=b;", 0, {{"a", "b", 0, 2, NULL, 0}}, 1},
    {"a=b; \r\n\t", 0, {{"a", "b", 0, 2, NULL, 0}}, 1},
    {"\n a\n\t=\r\n  b c\n d \n ;e=",
     0,
     {{"a", "b c\n d", 2, 10, NULL, 0}, {"e", "", 20, 22, NULL, 0}},
     2},
    {"a==b=;A=", 0, {{"a", "=b=", 0, 2, NULL, 0}, {"A", "", 6, 8, NULL, 0}}, 2},
    {"a= ;b_1=x", 0, {{"a", "", 0, 3, NULL, 0}, {"b_1", "x", 4, 8, NULL, 0}}, 2},
    {"a=!~<>:,", 0, {{"a", "!~<>:,", 0, 2, NULL, 0}}, 1},
    {" ", 0, {{NULL, NULL, 1, 1, "no tag", 0}}, 1},
    {";", 0, {{NULL, NULL, 0, 0, "no tag before a semicolon", 0}}, 1},
    {"a=b;;",
     0,
     {{"a", "b", 0, 2, NULL, 0}, {NULL, NULL, 4, 4, "no tag before a semicolon", 4}},
     2},
    {"a=b; ;c=d",
     0,
     {{"a", "b", 0, 2, NULL, 0},
      {NULL, NULL, 5, 5, "no tag before a semicolon", 4},
      {"c", "d", 6, 8, NULL, 0}},
     3},
    {"a; b=c", 0, {{NULL, NULL, 0, 0, "no equals sign", 0}, {"b", "c", 3, 5, NULL, 0}}, 2},
    {"=c", 0, {{"", "c", 0, 1, "no tag name", 0}}, 1},
    {"1a=c", 0, {{"1a", "c", 0, 3, "no tag name", 0}}, 1},
    {"_a=c", 0, {{"_a", "c", 0, 3, "no tag name", 0}}, 1},
    {"a b=c", 0, {{"a b", "c", 0, 4, "no tag name", 1}}, 1},
    {"ab-=c", 0, {{"ab-", "c", 0, 4, "no tag name", 2}}, 1},
    {"a=b\nc;d=e", 0, {{"a", "b\nc", 0, 2, OCTET, 3}, {"d", "e", 6, 8, NULL, 0}}, 2},
    {"a=b\rc", 0, {{"a", "b\rc", 0, 2, OCTET, 3}}, 1},
    {"a=b\r\n c", 0, {{"a", "b\r\n c", 0, 2, NULL, 0}}, 1},
    {"a=b\0c", 5, {{"a", NULL, 0, 2, OCTET, 3}}, 1}, /* NULL: has one */
    {"a=\x80", 0, {{"a", "\x80", 0, 2, OCTET, 2}}, 1},
    {"a=\x1f", 0, {{"a", "\x1f", 0, 2, OCTET, 2}}, 1},
    {"a\x01=b", 0, {{"a\x01", "b", 0, 3, "no tag name", 1}}, 1},
    {"a=b\x7f;c=d", 0, {{"a", "b\x7f", 0, 2, OCTET, 3}, {"c", "d", 5, 7, NULL, 0}}, 2},
};

static void check_piece(struct fx_slice is, const char *want)
{
    if (want != NULL)
        assert_slice(is, want);
    else
        assert_false(fx_slice_told(is) && memchr(is.ptr, '\0', is.len) == NULL);
}

static void lists(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        struct fx_slice text =
            row->len > 0 ? fx_slice(row->text, row->len) : fx_slice_str(row->text);
        struct fx_taglist list = fx_taglist(text);
        for (size_t n = 0; n < row->count; n++) {
            const struct step *want = &row->steps[n];
            struct fx_taglist_fault fault = {.what = NULL};
            struct fx_tag tag;
            enum fx_taglist_step step = fx_taglist_next(&list, &tag, &fault);
            assert_int_equal(step, want->fault != NULL ? FX_TAGLIST_FAULT : FX_TAGLIST_TAG);
            check_piece(tag.name, want->name);
            check_piece(tag.value, want->value);
            assert_int_equal(tag.at, want->at);
            assert_int_equal(tag.value_at, want->value_at);
            if (want->fault != NULL) {
                assert_string_equal(fault.what, want->fault);
                assert_int_equal(fault.at, want->fault_at);
            }
        }
        struct fx_taglist_fault fault;
        struct fx_tag tag;
        assert_int_equal(fx_taglist_next(&list, &tag, &fault), FX_TAGLIST_END);
        assert_int_equal(fx_taglist_next(&list, &tag, &fault), FX_TAGLIST_END);
    }
}

static void absent(void **state)
{
    (void)state;
    struct fx_taglist list = fx_taglist(FX_ABSENT);
    struct fx_taglist_fault fault;
    struct fx_tag tag;
    assert_int_equal(fx_taglist_next(&list, &tag, &fault), FX_TAGLIST_END);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists),
        cmocka_unit_test(absent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
