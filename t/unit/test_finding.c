/* Tests of finding: the list is bounded and counts what it leaves out; evidence is copied and
 * cut. */
#include "finding.h"
#include "fixture.h"

#include <string.h>

static void bounded_and_counted(void **state)
{
    (void)state;
    struct fx_findings list;
    struct fx_finding f = {.rule = FX_RULE_BODY_8BIT};
    fx_findings_init(&list);
    for (unsigned i = 0; i < 10; i++) {
        f.observed = i;
        struct fx_finding *added = fx_findings_add(&list, &f, FX_ABSENT, FX_ABSENT, 7, 10);
        assert_int_equal(added != NULL, i < 7);
        if (added != NULL)
            assert_int_equal(added->observed, i);
    }
    assert_int_equal(list.count, 7);
    assert_int_equal(list.omitted, 3);
    for (unsigned i = 0; i < 7; i++)
        assert_int_equal(list.items[i].observed, i);
    fx_findings_reset(&list);
    assert_int_equal(list.count + list.omitted + list.notes.len, 0);
    assert_null(fx_findings_add(&list, &f, FX_LIT("x"), FX_ABSENT, 0, 10));
    assert_int_equal(list.omitted, 1);
    assert_int_equal(list.notes.len, 0);
    fx_findings_finish(&list);
    assert_int_equal(list.count + list.omitted, 0);
}

static void evidence_is_a_cut_copy(void **state)
{
    (void)state;
    char lent[] = "12345";
    struct fx_findings list;
    struct fx_finding f = {.rule = FX_RULE_BODY_8BIT};
    fx_findings_init(&list);
    struct fx_finding *a =
        fx_findings_add(&list, &f, fx_slice_str(lent), FX_LIT("abcdef"), 9, 5);
    memset(lent, '#', 5);
    assert_slice(fx_findings_note(&list, &a->evidence), "12345");
    assert_false(a->evidence.cut);
    assert_slice(fx_findings_note(&list, &a->detail), "abcdef"); /* our own words */
    assert_false(a->detail.cut);
    struct fx_finding *b = fx_findings_add(&list, &f, FX_ABSENT, FX_LIT(""), 9, 5);
    assert_slice(fx_findings_note(&list, &b->evidence), NULL);
    assert_slice(fx_findings_note(&list, &b->detail), "");
    assert_slice(fx_findings_note(&list, &list.items[0].evidence), "12345");
    fx_findings_finish(&list);
}

/* What enforce may act upon finds room in a full list, in the place of what it may not. */
static void weighty_ones_find_room(void **state)
{
    (void)state;
    struct fx_findings list;
    struct fx_finding light = {
        .rule = FX_RULE_ADDRESS_CHARACTER, .action = FX_ACTION_BLANK, .mode = FX_MODE_ENFORCE};
    struct fx_finding weighty = {.rule = FX_RULE_HEADER_LINE_LENGTH,
                                 .action = FX_ACTION_DROP_CONNECTION,
                                 .mode = FX_MODE_ENFORCE};
    fx_findings_init(&list);
    for (unsigned i = 0; i < 4; i++)
        fx_findings_add(&list, &light, FX_ABSENT, FX_ABSENT, 2, 10);
    assert_non_null(fx_findings_add(&list, &weighty, FX_LIT("x"), FX_ABSENT, 2, 10));
    assert_int_equal(list.count, 2);
    assert_int_equal(list.omitted, 3);
    assert_int_equal(list.items[0].rule, FX_RULE_ADDRESS_CHARACTER);
    assert_int_equal(list.items[1].rule, FX_RULE_HEADER_LINE_LENGTH);
    assert_slice(fx_findings_note(&list, &list.items[1].evidence), "x");
    weighty.mode = FX_MODE_OBSERVE; /* nothing will be done about it */
    assert_null(fx_findings_add(&list, &weighty, FX_ABSENT, FX_ABSENT, 2, 10));
    weighty.mode = FX_MODE_ENFORCE;
    weighty.profile = 1;
    assert_null(fx_findings_add(&list, &weighty, FX_ABSENT, FX_ABSENT, 2, 10));
    fx_findings_finish(&list);
}

/* The text of notes grows and moves; what was noted before stays right. */
static void notes_survive_growth(void **state)
{
    (void)state;
    struct fx_findings list;
    struct fx_finding f = {.rule = FX_RULE_BODY_8BIT};
    char text[8];
    fx_findings_init(&list);
    for (unsigned i = 0; i < 1000; i++) {
        memset(text, (char)('a' + i % 26), sizeof text);
        assert_non_null(fx_findings_add(&list, &f, fx_slice(text, i % 9), FX_ABSENT, 1000, 8));
    }
    for (unsigned i = 0; i < 1000; i++) {
        struct fx_slice note = fx_findings_note(&list, &list.items[i].evidence);
        assert_int_equal(note.len, i % 9);
        for (size_t n = 0; n < note.len; n++)
            assert_int_equal(note.ptr[n], 'a' + i % 26);
    }
    fx_findings_finish(&list);
}

static void fresh_ones_stay(void **state)
{
    (void)state;
    struct fx_findings list;
    struct fx_finding f = {.mode = FX_MODE_ENFORCE, .action = FX_ACTION_REFUSE};
    fx_findings_init(&list);
    fx_findings_add(&list, &f, FX_ABSENT, FX_ABSENT, 2, 10);
    f.fresh = true;
    f.rule = FX_RULE_RECIPIENT_COUNT;
    fx_findings_add(&list, &f, FX_ABSENT, FX_ABSENT, 2, 10);
    f.rule = FX_RULE_EXTENSION_NOT_ALLOWED;
    fx_findings_add(&list, &f, FX_ABSENT, FX_ABSENT, 2, 10);
    assert_int_equal(list.count, 2);
    assert_true(list.items[0].fresh && list.items[1].fresh);
    assert_int_equal(list.items[1].rule, FX_RULE_RECIPIENT_COUNT);
    fx_findings_finish(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounded_and_counted),    cmocka_unit_test(evidence_is_a_cut_copy),
        cmocka_unit_test(weighty_ones_find_room), cmocka_unit_test(fresh_ones_stay),
        cmocka_unit_test(notes_survive_growth),
    };
    return cmocka_run_group_tests_name("finding", tests, NULL, NULL);
}
