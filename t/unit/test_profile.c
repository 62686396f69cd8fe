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

/* The profiles of this release, in the order of their names. */
static const char *const shipped_names[] = {
    "asa-8.0", "asa-9",   "asa-9-allow-tls", "fwsm-2.3",    "pix-4.1", "pix-4.4",
    "pix-5.1", "pix-6.3", "pix-7.2.2",       "stormshield", "zorp"};

#define SHIPPED (sizeof shipped_names / sizeof shipped_names[0])

struct seen {
    const struct fx_profile *profile; /* whose variants the notes may name */
    size_t count;
    char names[96][48];
    bool named[16]; /* variants that a note names */
};

/* Each "variant NAME" in a note is one of the profile. */
static void look_at_note(struct seen *seen, struct fx_slice note)
{
    static const char word[] = "variant ";
    size_t len = sizeof word - 1;
    for (size_t i = 0; i + len < note.len; i++) {
        if (memcmp(note.ptr + i, word, len) != 0)
            continue;
        struct fx_slice name = fx_slice_from(note, i + len);
        size_t end = strcspn(name.ptr, " .,;:");
        size_t v = 0;
        name = fx_slice_first(name, end);
        while (v < seen->profile->variant_count &&
               !fx_slice_eq(name, fx_slice_str(seen->profile->variants[v]->name)))
            v++;
        if (v == seen->profile->variant_count)
            fail_msg("%s: a note names %.*s", seen->profile->name, (int)name.len, name.ptr);
        seen->named[v] = true;
    }
}

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
    if (from->note != NULL)
        look_at_note(seen, fx_slice_str(from->note));
}

static void look_at_whole(const struct fx_profile *p, struct seen *seen)
{
    assert_non_null(p->title);
    assert_non_null(p->applies);
    assert_true(strlen(p->title) > 0 && strlen(p->applies) > 0);
    assert_non_null(p->remedy);
    assert_non_null(p->remedy[0]);
    fx_profile_each(p, look, seen);
    assert_true(seen->count > 0);
    for (size_t r = 0; r < FX_RULE_COUNT; r++)
        if (p->rule[r].from.set) {
            assert_true(fx_profile_rule_allows((enum fx_rule)r, p->rule[r].action));
            assert_true(p->rule[r].has_limit ==
                        (p->rule[r].action != FX_ACTION_NONE &&
                         fx_profile_rule_unit((enum fx_rule)r) != NULL));
        }
}

/* Each by its name, whole; and each is named where the profile contradicts it. */
static void look_at_variants(const struct fx_profile *p, const char *const *dirs,
                             const struct seen *seen)
{
    struct fx_faults faults = {0};
    assert_true(p->variant_count <= sizeof seen->named);
    for (size_t i = 0; i < p->variant_count; i++) {
        struct seen own = {.profile = p}, all = {.profile = p};
        char name[160];
        (void)snprintf(name, sizeof name, "%s+%s", p->name, p->variants[i]->name);
        if (!seen->named[i])
            fail_msg("%s is named in no note", name);
        fx_profile_each(p->variants[i], look, &own);
        assert_true(own.count > 0);
        assert_true(strlen(p->variants[i]->title) > 0);
        struct fx_profile *variant = fx_config_load_profile(name, dirs, &faults);
        show_faults(&faults);
        assert_non_null(variant);
        assert_string_equal(variant->name, name);
        assert_int_equal(variant->variant_count, 0);
        look_at_whole(variant, &all);
        assert_true(all.count >= own.count);
        fx_profile_destroy(variant);
    }
    fx_faults_finish(&faults);
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
    for (size_t i = 0; i < count && i < SHIPPED; i++)
        assert_string_equal(names[i], shipped_names[i]);
    assert_int_equal(count, SHIPPED);
    for (size_t i = 0; i < count; i++) {
        struct fx_profile *p = fx_config_load_profile(names[i], dirs, &faults);
        show_faults(&faults);
        assert_non_null(p);
        assert_string_equal(p->name, names[i]);
        struct seen seen = {.profile = p};
        look_at_whole(p, &seen);
        look_at_variants(p, dirs, &seen);
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

/* What the families are told apart by. */
static void test_generations(void **state)
{
    static const struct {
        const char *name;
        enum fx_banner banner;
        bool split, fault;
        enum fx_action action;
    } wanted[] = {
        {"pix-4.1", FX_BANNER_CMAP, true, true, FX_ACTION_OK},
        {"pix-4.4", FX_BANNER_STARS, true, true, FX_ACTION_OK},
        {"pix-4.4+cmap-banner", FX_BANNER_CMAP, true, true, FX_ACTION_OK},
        {"pix-5.1", FX_BANNER_STARS_20, true, true, FX_ACTION_NOOP},
        {"pix-5.1+ok-verbs", FX_BANNER_STARS_20, true, true, FX_ACTION_OK},
        {"pix-6.3", FX_BANNER_STARS_20, false, true, FX_ACTION_NOOP},
        {"pix-6.3+masked-verbs", FX_BANNER_STARS_20, false, true, FX_ACTION_MASK},
        {"fwsm-2.3", FX_BANNER_STARS, false, true, FX_ACTION_NOOP},
        {"pix-7.2.2", FX_BANNER_STARS_20, false, true, FX_ACTION_MASK},
        {"pix-7.2.2+content-type-fixed", FX_BANNER_STARS_20, false, false, FX_ACTION_MASK},
        {"asa-8.0", FX_BANNER_STARS_20, false, false, FX_ACTION_MASK},
        {"asa-8.0+content-type-fault", FX_BANNER_STARS_20, false, true, FX_ACTION_MASK},
        {"asa-8.0+split-dot+stars-banner", FX_BANNER_STARS, true, false, FX_ACTION_MASK},
        {"asa-9", FX_BANNER_STARS_20, false, false, FX_ACTION_MASK},
        {"zorp", FX_BANNER_PLAIN, false, false, FX_ACTION_MASK},
    };
    (void)state;
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        struct fx_profile *p = shipped(wanted[i].name);
        assert_int_equal(p->banner.style, wanted[i].banner);
        assert_int_equal(p->split_end_of_data.on, wanted[i].split);
        assert_int_equal(p->content_type_fault.on, wanted[i].fault);
        assert_int_equal(p->rule[FX_RULE_VERB_NOT_ALLOWED].action, wanted[i].action);
        fx_profile_destroy(p);
    }
}

/* A setting of a variant replaces that of the profile, with its source; later ones lie over
 * earlier ones; the rest is the profile's. */
static void test_variants(void **state)
{
    (void)state;
    struct fx_profile *base = shipped("zorp"), *p = shipped("zorp+auth-shown+request-256");
    assert_int_equal(p->extensions.set, base->extensions.set | FX_BIT(FX_EXT_AUTH));
    assert_string_not_equal(p->extensions.from.source, base->extensions.from.source);
    assert_null(p->extensions.from.note);
    assert_int_equal(p->rule[FX_RULE_COMMAND_LINE_LENGTH].limit, 256);
    assert_int_equal(base->rule[FX_RULE_COMMAND_LINE_LENGTH].limit, 512);
    assert_int_equal(p->verbs.set, base->verbs.set);
    assert_string_equal(p->verbs.from.source, base->verbs.from.source);
    assert_string_equal(p->remedy[0], base->remedy[0]);
    assert_int_equal(base->variant_count, 4);
    assert_string_equal(base->variants[0]->name, "auth-shown");
    assert_false(base->variants[0]->verbs.from.set);
    fx_profile_destroy(base);
    fx_profile_destroy(p);
    p = shipped("zorp+auth-shown+starttls-hidden");
    assert_int_equal(fx_profile_shows(p, FX_EXT_AUTH), FX_NO);
    fx_profile_destroy(p);
    p = shipped("zorp+starttls-hidden+auth-shown");
    assert_int_equal(fx_profile_shows(p, FX_EXT_AUTH), FX_YES);
    assert_int_equal(fx_profile_lets_through(p, FX_VERB_STARTTLS), FX_NO);
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
    assert_int_equal(p->variant_count, 1); /* none of asa-9 */
    fx_profile_destroy(p);
    p = fx_config_load_profile("site+file-names", dirs, &faults);
    show_faults(&faults);
    assert_non_null(p);
    check_limit(p, FX_RULE_MIME_FILENAME_LENGTH, FX_ACTION_DROP_CONNECTION, 255);
    fx_profile_destroy(p);
    folder_remove_file(&f, "site.conf");
    (void)rmdir(f.path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),       cmocka_unit_test(test_sets),
        cmocka_unit_test(test_names),       cmocka_unit_test(test_rule_shapes),
        cmocka_unit_test(test_shipped),     cmocka_unit_test(test_asa_9),
        cmocka_unit_test(test_inherited),   cmocka_unit_test(test_older),
        cmocka_unit_test(test_generations), cmocka_unit_test(test_variants),
        cmocka_unit_test(test_example),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
