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

static struct fx_finding of(enum fx_rule rule, unsigned profile, enum fx_outcome would)
{
    return (struct fx_finding){.rule = rule, .profile = profile, .would = would};
}

static void add(struct fx_findings *list, struct fx_finding f)
{
    fx_findings_add(list, &f, FX_ABSENT, FX_ABSENT, 3, 10);
}

static void expect(const struct fx_findings *list, size_t i, struct fx_finding f)
{
    assert_int_equal(list->items[i].rule, f.rule);
    assert_int_equal(list->items[i].profile, f.profile);
    assert_int_equal(list->items[i].would, f.would);
}

/* What is observed only: nobody hides the reason for an outcome behind many findings. */
static void a_full_list_keeps_the_reasons(void **state)
{
    (void)state;
    const struct fx_finding flag = of(FX_RULE_ADDRESS_CHARACTER, 0, FX_OUTCOME_FLAG),
                            compared = of(FX_RULE_VERB_NOT_ALLOWED, 2, FX_OUTCOME_DROP),
                            drop = of(FX_RULE_HEADER_LINE_LENGTH, 0, FX_OUTCOME_DROP),
                            worse = of(FX_RULE_ADDRESS_CHARACTER, 0, FX_OUTCOME_REJECT);
    struct fx_findings list;
    fx_findings_init(&list);
    for (unsigned i = 0; i < 9; i++)
        add(&list, flag);
    add(&list, drop); /* in the place of a second flag */
    expect(&list, 0, flag);
    expect(&list, 2, drop);
    add(&list, drop); /* not the first, and worse than the other flag */
    expect(&list, 1, drop);
    add(&list, compared); /* the first of its kind */
    expect(&list, 2, compared);
    add(&list, worse); /* the same rule, and another outcome: before what is compared */
    expect(&list, 2, worse);
    add(&list, compared);
    add(&list, flag);
    expect(&list, 0, flag);
    expect(&list, 1, drop);
    expect(&list, 2, worse);
    assert_int_equal(list.count, 3);
    assert_int_equal(list.omitted, 12);
    fx_findings_finish(&list);
}

/* Each compared profile has reasons of its own; a limit that was gone over keeps its place. */
static void each_profile_has_its_reasons(void **state)
{
    (void)state;
    const struct fx_finding one = of(FX_RULE_VERB_NOT_ALLOWED, 1, FX_OUTCOME_FLAG),
                            two = of(FX_RULE_VERB_NOT_ALLOWED, 2, FX_OUTCOME_FLAG),
                            limit = of(FX_RULE_LIMIT_EXCEEDED, 0, FX_OUTCOME_PASS);
    struct fx_findings list;
    fx_findings_init(&list);
    for (unsigned i = 0; i < 4; i++)
        add(&list, one);
    add(&list, two);
    expect(&list, 2, two);
    fx_findings_reset(&list);
    for (unsigned i = 0; i < 3; i++)
        add(&list, limit);
    add(&list, one);
    for (size_t i = 0; i < 3; i++)
        expect(&list, i, limit);
    fx_findings_finish(&list);
}

/* Where each profile has a share, the enforced one has no more than the others. */
static void a_share_for_each(void **state)
{
    (void)state;
    const struct fx_finding own = of(FX_RULE_VERB_NOT_ALLOWED, 0, FX_OUTCOME_DROP),
                            other = of(FX_RULE_VERB_NOT_ALLOWED, 1, FX_OUTCOME_FLAG);
    struct fx_findings list;
    fx_findings_init(&list);
    list.share = 2;
    for (unsigned i = 0; i < 2; i++) {
        for (unsigned n = 0; n < 9; n++)
            fx_findings_add(&list, &own, FX_ABSENT, FX_ABSENT, 4, 10);
        for (unsigned n = 0; n < 9; n++)
            fx_findings_add(&list, &other, FX_ABSENT, FX_ABSENT, 4, 10);
    }
    expect(&list, 0, own);
    expect(&list, 1, own);
    expect(&list, 2, other);
    expect(&list, 3, other);
    assert_int_equal(list.share, 2);
    fx_findings_finish(&list);
}

/* Whose finding was left out, displaced or not, is known by its rule. */
static void rules_left_out_are_known(void **state)
{
    (void)state;
    struct fx_findings list;
    fx_findings_init(&list);
    for (unsigned i = 0; i < 3; i++)
        add(&list, of(FX_RULE_HEADER_LINE_LENGTH, 0, FX_OUTCOME_FLAG));
    add(&list, of(FX_RULE_VERB_NOT_ALLOWED, 1, FX_OUTCOME_PASS));
    add(&list, of(FX_RULE_VERB_NOT_ALLOWED, 1, FX_OUTCOME_PASS));
    assert_true(fx_findings_omit(&list, FX_RULE_HEADER_LINE_LENGTH));
    assert_false(fx_findings_omit(&list, FX_RULE_VERB_NOT_ALLOWED));
    for (unsigned r = 0; r < FX_RULE_COUNT; r++)
        add(&list, of((enum fx_rule)r, 0, FX_OUTCOME_FLAG));
    assert_true(fx_findings_omit(&list, (enum fx_rule)(FX_RULE_COUNT - 1)));
    fx_findings_reset(&list);
    for (unsigned r = 0; r < FX_RULE_COUNT; r++)
        assert_false(fx_findings_omit(&list, (enum fx_rule)r));
    fx_findings_finish(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounded_and_counted),
        cmocka_unit_test(evidence_is_a_cut_copy),
        cmocka_unit_test(weighty_ones_find_room),
        cmocka_unit_test(fresh_ones_stay),
        cmocka_unit_test(notes_survive_growth),
        cmocka_unit_test(a_full_list_keeps_the_reasons),
        cmocka_unit_test(each_profile_has_its_reasons),
        cmocka_unit_test(a_share_for_each),
        cmocka_unit_test(rules_left_out_are_known),
    };
    return cmocka_run_group_tests_name("finding", tests, NULL, NULL);
}
