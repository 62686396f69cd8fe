/* Profiles as values, what makes sense in them, and every profile that ships: no setting
 * without a source and a confidence. */
#include "config_tools.h"

static void test_empty(void **state)
{
    (void)state;
    struct fx_profile *p = fx_profile_create("empty");
    assert_non_null(p);
    assert_string_equal(p->name, "empty");
    assert_int_equal(fx_profile_shows(p, FX_EXT_SIZE), FX_UNKNOWN);
    assert_int_equal(fx_profile_lets_through(p, FX_VERB_EHLO), FX_UNKNOWN);
    fx_profile_destroy(p);
    fx_profile_destroy(NULL);
}

static void test_sets(void **state)
{
    (void)state;
    struct fx_profile *p = fx_profile_create("sets");
    assert_non_null(p);
    p->extensions.from.set = true;
    p->extensions.set = FX_BIT(FX_EXT_SIZE);
    p->verbs.from.set = true;
    p->verbs.set = FX_BIT(FX_VERB_HELO);
    assert_int_equal(fx_profile_shows(p, FX_EXT_SIZE), FX_YES);
    assert_int_equal(fx_profile_shows(p, FX_EXT_DSN), FX_NO);
    assert_int_equal(fx_profile_shows(p, FX_EXT_UNKNOWN), FX_NO);
    assert_int_equal(fx_profile_lets_through(p, FX_VERB_HELO), FX_YES);
    assert_int_equal(fx_profile_lets_through(p, FX_VERB_EHLO), FX_NO);
    assert_int_equal(fx_profile_lets_through(p, FX_VERB_UNKNOWN), FX_NO);
    fx_profile_destroy(p);
}

static void test_names(void **state)
{
    enum fx_banner banner = FX_BANNER_COUNT;
    enum fx_ehlo_reply reply = FX_EHLO_REPLY_COUNT;
    (void)state;
    for (size_t i = 0; i < FX_BANNER_COUNT; i++) {
        const char *name = fx_banner_name((enum fx_banner)i);
        assert_true(name[0] != '\0');
        assert_true(fx_banner_find(fx_slice_str(name), &banner));
        assert_int_equal(banner, i);
    }
    for (size_t i = 0; i < FX_EHLO_REPLY_COUNT; i++) {
        const char *name = fx_ehlo_reply_name((enum fx_ehlo_reply)i);
        assert_true(name[0] != '\0');
        assert_true(fx_ehlo_reply_find(fx_slice_str(name), &reply));
        assert_int_equal(reply, i);
    }
    assert_false(fx_banner_find(FX_LIT("PLAIN"), &banner));
    assert_false(fx_ehlo_reply_find(FX_LIT(""), &reply));
    assert_string_equal(fx_banner_name(FX_BANNER_COUNT), "");
    assert_string_equal(fx_ehlo_reply_name(FX_EHLO_REPLY_COUNT), "");
}

static void test_rule_shapes(void **state)
{
    static const enum fx_rule with_limit[] = {
        FX_RULE_VERB_TOO_SHORT,        FX_RULE_COMMAND_LINE_LENGTH,
        FX_RULE_SENDER_ADDRESS_LENGTH, FX_RULE_RECIPIENT_COUNT,
        FX_RULE_HEADER_LINE_LENGTH,    FX_RULE_BODY_LINE_LENGTH,
        FX_RULE_MIME_FILENAME_LENGTH,  FX_RULE_MESSAGE_SIZE,
        FX_RULE_RECEIVED_HOPS};
    size_t count = 0;
    (void)state;
    for (size_t i = 0; i < FX_RULE_COUNT; i++) {
        enum fx_rule rule = (enum fx_rule)i;
        if (fx_profile_rule_unit(rule) != NULL)
            count++;
        assert_true(fx_profile_rule_allows(rule, FX_ACTION_LOG));
        assert_true(fx_profile_rule_allows(rule, FX_ACTION_NONE));
        assert_false(fx_profile_rule_allows(rule, FX_ACTION_COUNT));
        assert_int_equal(fx_profile_rule_allows(rule, FX_ACTION_TRUNCATE),
                         rule == FX_RULE_RECIPIENT_COUNT);
    }
    assert_int_equal(count, sizeof with_limit / sizeof with_limit[0]);
    for (size_t i = 0; i < count; i++)
        assert_non_null(fx_profile_rule_unit(with_limit[i]));
    assert_null(fx_profile_rule_unit(FX_RULE_COUNT));
    assert_false(fx_profile_rule_allows(FX_RULE_COUNT, FX_ACTION_LOG));
}

/* ---- the profiles that ship ---- */

static const char *dirs_of(char *space, size_t cap)
{
    return source_path(space, cap, "etc/profiles");
}

struct seen {
    size_t count;
    char names[96][48];
};

static void look(void *arg, const char *name, struct fx_slice value,
                 const struct fx_provenance *from)
{
    struct seen *seen = arg;
    assert_true(fx_slice_told(value));
    assert_true(from->set);
    assert_true(from->confidence < FX_CONFIDENCE_COUNT);
    assert_non_null(from->source);
    assert_true(fx_slice_trim(fx_slice_str(from->source)).len > 0);
    for (size_t i = 0; i < seen->count; i++)
        assert_string_not_equal(seen->names[i], name);
    assert_true(seen->count < 96 && strlen(name) < 48);
    memcpy(seen->names[seen->count++], name, strlen(name) + 1);
}

static void test_shipped(void **state)
{
    char space[512];
    const char *dirs[] = {dirs_of(space, sizeof space), NULL};
    struct fx_faults faults = {0};
    char **names = NULL;
    size_t count = 0;

    (void)state;
    assert_true(fx_config_profile_names(dirs, &names, &count, &faults));
    assert_true(count >= 4);
    for (size_t i = 0; i < count; i++) {
        struct seen seen = {0};
        struct fx_profile *p = fx_config_load_profile(names[i], dirs, &faults);
        show_faults(&faults);
        assert_non_null(p);
        assert_string_equal(p->name, names[i]);
        assert_true(strlen(p->title) > 0 && strlen(p->applies) > 0);
        assert_non_null(p->remedy);
        assert_non_null(p->remedy[0]);
        fx_profile_each(p, look, &seen);
        assert_true(seen.count > 0);
        for (size_t r = 0; r < FX_RULE_COUNT; r++)
            if (p->rule[r].from.set) {
                assert_true(fx_profile_rule_allows((enum fx_rule)r, p->rule[r].action));
                assert_true(p->rule[r].has_limit ==
                            (fx_profile_rule_unit((enum fx_rule)r) != NULL));
            }
        if (i > 0)
            assert_true(strcmp(names[i - 1], names[i]) < 0);
        fx_profile_destroy(p);
    }
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
    fx_faults_finish(&faults);
}

static struct fx_profile *shipped(const char *name)
{
    char space[512];
    const char *dirs[] = {dirs_of(space, sizeof space), NULL};
    struct fx_faults faults = {0};
    struct fx_profile *p = fx_config_load_profile(name, dirs, &faults);
    show_faults(&faults);
    assert_non_null(p);
    fx_faults_finish(&faults);
    return p;
}

static void check_limit(const struct fx_profile *p, enum fx_rule rule, enum fx_action action,
                        uint64_t limit)
{
    assert_true(p->rule[rule].from.set);
    assert_int_equal(p->rule[rule].action, action);
    assert_int_equal(p->rule[rule].limit, limit);
}

static void test_asa_9(void **state)
{
    (void)state;
    struct fx_profile *p = shipped("asa-9");
    check_limit(p, FX_RULE_COMMAND_LINE_LENGTH, FX_ACTION_DROP_CONNECTION, 512);
    check_limit(p, FX_RULE_RECIPIENT_COUNT, FX_ACTION_DROP_CONNECTION, 100);
    check_limit(p, FX_RULE_BODY_LINE_LENGTH, FX_ACTION_LOG, 998);
    check_limit(p, FX_RULE_HEADER_LINE_LENGTH, FX_ACTION_DROP_CONNECTION, 998);
    check_limit(p, FX_RULE_SENDER_ADDRESS_LENGTH, FX_ACTION_DROP_CONNECTION, 320);
    check_limit(p, FX_RULE_MIME_FILENAME_LENGTH, FX_ACTION_DROP_CONNECTION, 255);
    assert_int_equal(fx_profile_shows(p, FX_EXT_STARTTLS), FX_NO);
    assert_int_equal(fx_profile_shows(p, FX_EXT_8BITMIME), FX_YES);
    assert_int_equal(fx_profile_lets_through(p, FX_VERB_STARTTLS), FX_NO);
    assert_int_equal(fx_profile_lets_through(p, FX_VERB_EHLO), FX_YES);
    assert_false(p->content_type_fault.on);
    assert_false(p->rule[FX_RULE_BODY_8BIT].from.set);
    fx_profile_destroy(p);
}

static void test_inherited(void **state)
{
    (void)state;
    struct fx_profile *p = shipped("asa-9-allow-tls"), *parent = shipped("asa-9");
    assert_int_equal(fx_profile_shows(p, FX_EXT_STARTTLS), FX_YES);
    assert_int_equal(fx_profile_lets_through(p, FX_VERB_STARTTLS), FX_YES);
    assert_true(p->tls_ends_inspection.on);
    assert_int_equal(p->verbs.set, parent->verbs.set | FX_BIT(FX_VERB_STARTTLS));
    assert_int_equal(p->extensions.set, parent->extensions.set | FX_BIT(FX_EXT_STARTTLS));
    assert_string_equal(p->address_characters.set, parent->address_characters.set);
    assert_string_not_equal(p->title, parent->title);
    for (size_t i = 0; i < FX_RULE_COUNT; i++) {
        assert_int_equal(p->rule[i].from.set, parent->rule[i].from.set);
        assert_int_equal(p->rule[i].action, parent->rule[i].action);
        assert_int_equal(p->rule[i].limit, parent->rule[i].limit);
        if (p->rule[i].from.set)
            assert_string_equal(p->rule[i].from.source, parent->rule[i].from.source);
    }
    fx_profile_destroy(p);
    fx_profile_destroy(parent);
}

static void test_older(void **state)
{
    (void)state;
    struct fx_profile *p = shipped("pix-6.3");
    assert_int_equal(p->rule[FX_RULE_VERB_NOT_ALLOWED].action, FX_ACTION_NOOP);
    assert_int_equal(fx_profile_lets_through(p, FX_VERB_EHLO), FX_NO);
    assert_int_equal(p->ehlo_reply.style, FX_EHLO_REPLY_NONE);
    assert_int_equal(fx_profile_shows(p, FX_EXT_SIZE), FX_NO);
    assert_true(p->content_type_fault.on);
    assert_false(p->split_end_of_data.on);
    assert_false(p->rule[FX_RULE_HEADER_LINE_LENGTH].from.set);
    check_limit(p, FX_RULE_VERB_TOO_SHORT, FX_ACTION_NOOP, 4);
    fx_profile_destroy(p);
    p = shipped("pix-7.2.2");
    assert_int_equal(p->rule[FX_RULE_VERB_NOT_ALLOWED].action, FX_ACTION_MASK);
    assert_int_equal(p->ehlo_reply.style, FX_EHLO_REPLY_X);
    assert_int_equal(fx_profile_shows(p, FX_EXT_SIZE), FX_YES);
    assert_true(p->content_type_fault.on);
    fx_profile_destroy(p);
}

/* The commented example of the format is a profile itself. */
static void test_example(void **state)
{
    char space[512], path[512], *text;
    struct folder f;
    long size;
    (void)state;
    FILE *file = fopen(source_path(path, sizeof path, "etc/fixup-profile.conf"), "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    size = ftell(file);
    assert_true(size > 0);
    rewind(file);
    text = malloc((size_t)size);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, (size_t)size, file), size);
    (void)fclose(file);
    folder_create(&f);
    folder_write(&f, "site.conf", text, (size_t)size);
    free(text);
    const char *dirs[] = {dirs_of(space, sizeof space), f.path, NULL};
    struct fx_faults faults = {0};
    struct fx_profile *p = fx_config_load_profile("site", dirs, &faults);
    show_faults(&faults);
    assert_non_null(p);
    assert_int_equal(p->banner.style, FX_BANNER_PLAIN);
    assert_int_equal(p->rule[FX_RULE_RECIPIENT_COUNT].overflow, FX_OVERFLOW_DEFER);
    assert_int_equal(p->rule[FX_RULE_MIME_FILENAME_LENGTH].action, FX_ACTION_NONE);
    assert_false(p->rule[FX_RULE_MIME_FILENAME_LENGTH].has_limit);
    check_limit(p, FX_RULE_HEADER_LINE_LENGTH, FX_ACTION_DROP_CONNECTION, 998);
    fx_profile_destroy(p);
    folder_remove_file(&f, "site.conf");
    (void)rmdir(f.path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),     cmocka_unit_test(test_sets),
        cmocka_unit_test(test_names),     cmocka_unit_test(test_rule_shapes),
        cmocka_unit_test(test_shipped),   cmocka_unit_test(test_asa_9),
        cmocka_unit_test(test_inherited), cmocka_unit_test(test_older),
        cmocka_unit_test(test_example),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
