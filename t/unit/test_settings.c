/* The table of settings: sound in itself, the same as the example configuration, and the same
 * as the words of the policy. */
#include "config_tools.h"

#include "settings.h"

static void test_rows(void **state)
{
    const struct fx_setting_row *row;
    size_t n = 0;
    (void)state;
    for (; (row = fx_settings_row(n)) != NULL; n++) {
        assert_non_null(row->name);
        assert_non_null(row->help);
        assert_true(strlen(row->help) > 0 && strchr(row->help, '\n') == NULL);
        assert_ptr_equal(fx_settings_find(fx_slice_str(row->name)), row);
        bool is_number = row->type == FX_TYPE_NUMBER || row->type == FX_TYPE_OCTAL;
        if (is_number) {
            assert_true(row->min <= row->number && row->number <= row->max);
            assert_true(row->max > 0);
        }
        if (row->type == FX_TYPE_WORD) {
            assert_non_null(row->words);
            assert_non_null(row->unit);
            for (int64_t i = 0; i <= row->number; i++)
                assert_non_null(row->words[i]);
        }
        bool is_text = !is_number && row->type != FX_TYPE_WORD && row->type != FX_TYPE_BOOL;
        assert_int_equal(row->text != NULL, is_text);
        if (is_text && row->text[0] == '\0' && row->scope != FX_SCOPE_CLIENT)
            assert_true(row->may_be_empty);
    }
    assert_int_equal(n, FX_SETTING_COUNT);
    assert_null(fx_settings_find(FX_LIT("milter")));
    assert_null(fx_settings_find(FX_LIT("")));
    assert_null(fx_settings_find(FX_ABSENT));
}

static size_t count_words(const char *const *words)
{
    size_t n = 0;
    while (words[n] != NULL)
        n++;
    return n;
}

/* Words of the table that stand for an enum are in its order. */
static void test_words(void **state)
{
    const char *const *modes = fx_settings_row(FX_SETTING_POLICY_MODE)->words;
    const char *const *grades = fx_settings_row(FX_SETTING_POLICY_CONTENT_TYPE_GRADE)->words;
    const char *const *overflows =
        fx_settings_row(FX_SETTING_SIMULATE_RECIPIENTS_OVERFLOW)->words;
    (void)state;
    assert_int_equal(count_words(modes), FX_MODE_COUNT);
    for (size_t i = 0; i < FX_MODE_COUNT; i++)
        assert_string_equal(modes[i], fx_mode_name((enum fx_mode)i));
    assert_int_equal(count_words(grades), FX_GRADE_COUNT);
    for (size_t i = 0; i < FX_GRADE_COUNT; i++)
        assert_string_equal(grades[i], fx_grade_name((enum fx_grade)i));
    assert_int_equal(count_words(overflows), FX_OVERFLOW_COUNT);
    for (size_t i = 0; i < FX_OVERFLOW_COUNT; i++)
        assert_string_equal(overflows[i], fx_overflow_name((enum fx_overflow)i));
    const char *const *severities = fx_settings_row(FX_SETTING_POLICY_DKIM_SEVERITY)->words;
    assert_int_equal(count_words(severities), FX_SEVERITY_COUNT);
    assert_string_equal(severities[FX_SEVERITY_NONE], "off");
    for (size_t i = FX_SEVERITY_NONE + 1; i < FX_SEVERITY_COUNT; i++)
        assert_string_equal(severities[i], fx_severity_name((enum fx_severity)i));
    const char *const *errors = fx_settings_row(FX_SETTING_MILTER_ON_ERROR)->words;
    assert_string_equal(errors[FX_FAILURE_TEMPFAIL], "tempfail");
    assert_string_equal(errors[FX_FAILURE_ACCEPT], "accept");
    assert_string_equal(errors[FX_FAILURE_REJECT], "reject");
    const char *const *sandboxes = fx_settings_row(FX_SETTING_MILTER_SANDBOX)->words;
    assert_string_equal(sandboxes[FX_SANDBOX_AVAILABLE], "available");
    assert_string_equal(sandboxes[FX_SANDBOX_REQUIRED], "required");
    assert_string_equal(sandboxes[FX_SANDBOX_OFF], "off");
    const char *const *durabilities = fx_settings_row(FX_SETTING_LOG_DURABILITY)->words;
    assert_string_equal(durabilities[FX_DURABILITY_WRITE], "write");
    assert_string_equal(durabilities[FX_DURABILITY_FSYNC], "fsync");
    assert_string_equal(durabilities[FX_DURABILITY_ASYNC], "async");
}

static void check_default(const char *name, const char *want)
{
    char buf[128];
    struct fx_text t;
    const struct fx_setting_row *row = fx_settings_find(fx_slice_str(name));
    assert_non_null(row);
    fx_text_init_fixed(&t, buf, sizeof buf - 1);
    fx_settings_default(row, &t);
    buf[t.len] = '\0';
    assert_string_equal(buf, want);
}

static void test_defaults(void **state)
{
    (void)state;
    check_default("milter.socket", "\"unix:/run/fixup-milter/fixup-milter.sock\"");
    check_default("milter.socket_mode", "\"0660\"");
    check_default("milter.socket_group", "\"\"");
    check_default("milter.allow_remote", "false");
    check_default("milter.user", "\"\"");
    check_default("milter.on_error", "\"tempfail\"");
    check_default("milter.drain_seconds", "30");
    check_default("policy.profile", "\"asa-9\"");
    check_default("policy.compare", "[ ]");
    check_default("policy.mode", "\"observe\"");
    check_default("policy.rules", "{ }");
    check_default("policy.require", "[ ]");
    check_default("policy.content_type_grade", "\"folded\"");
    check_default("clients", "( )");
    check_default("simulate.recipients.limit", "0");
    check_default("simulate.recipients.overflow", "\"\"");
    check_default("simulate.end_of_data.every", "0");
    check_default("simulate.end_of_data.hold_seconds", "700");
    check_default("simulate.end_of_data.max_held", "100");
    check_default("log.file", "\"/var/log/fixup-milter/compliance.jsonl\"");
    check_default("log.records", "\"all\"");
    check_default("log.durability", "\"write\"");
    check_default("log.chain", "true");
    check_default("log.key_file", "\"\"");
    check_default("log.signing_key_file", "\"\"");
    check_default("log.head_records", "1000");
    check_default("log.head_seconds", "60");
    check_default("log.rotate_bytes", "0");
    check_default("log.addresses", "\"plain\"");
    check_default("log.address_key_file", "\"\"");
    check_default("log.syslog", "true");
    check_default("log.on_full", "\"tempfail\"");
    check_default("state.backend", "\"sqlite\"");
    check_default("state.path", "\"/var/lib/fixup-milter/state.db\"");
    check_default("state.uri", "\"\"");
    check_default("state.lost_after_seconds", "14400");
    check_default("command_filter.listen", "\"\"");
    check_default("command_filter.mark_ehlo", "false");
    check_default("metrics.listen", "\"\"");
    check_default("limits.findings", "64");
    check_default("limits.evidence", "512");
    check_default("limits.recipients", "1000");
    check_default("limits.address", "1024");
    check_default("limits.command_filter_connections", "256");
}

/* ---- the example configuration ---- */

static char example[65536];

static void read_example(void)
{
    char path[512];
    FILE *f = fopen(source_path(path, sizeof path, "etc/fixup-milter.conf"), "rb");
    assert_non_null(f);
    size_t n = fread(example, 1, sizeof example - 1, f);
    (void)fclose(f);
    assert_true(n > 0 && n < sizeof example - 1);
    example[n] = '\0';
}

/* Follows the groups of the file, line by line, and tells whether `name` is set to `value`. */
static bool example_sets(const char *name, const char *value)
{
    struct fx_slice rest = fx_slice_str(example), line;
    char group[3][32];
    size_t depth = 0;

    while (fx_slice_line(&rest, &line)) {
        char member[32], full[128];
        line = fx_slice_trim(line);
        if (line.len == 0 || line.ptr[0] == '#')
            continue;
        if (line.ptr[0] == '}') {
            assert_true(depth > 0);
            depth--;
            continue;
        }
        size_t end = fx_slice_find(line, ' ');
        assert_true(end < sizeof member && end + 3 <= line.len);
        memcpy(member, line.ptr, end);
        member[end] = '\0';
        if (line.ptr[line.len - 1] == '{') {
            assert_true(depth < 3);
            memcpy(group[depth++], member, end + 1);
            continue;
        }
        int n = snprintf(full, sizeof full, "%s%s%s%s%s", depth > 0 ? group[0] : "",
                         depth > 0 ? "." : "", depth > 1 ? group[1] : "", depth > 1 ? "." : "",
                         member);
        assert_true(n > 0 && (size_t)n < sizeof full);
        if (strcmp(full, name) != 0)
            continue;
        struct fx_slice got = fx_slice_from(line, end + 3);
        assert_true(got.len > 0 && got.ptr[got.len - 1] == ';');
        got.len--;
        return fx_slice_eq(got, fx_slice_str(value));
    }
    return false;
}

static void test_example_has_all(void **state)
{
    const struct fx_setting_row *row;
    (void)state;
    read_example();
    for (size_t i = 0; (row = fx_settings_row(i)) != NULL; i++) {
        char value[128];
        struct fx_text t;
        if (row->scope == FX_SCOPE_CLIENT) {
            /* a criterion has no default: it stands in the example of a block */
            assert_non_null(strstr(example, strrchr(row->name, '.') + 1));
            continue;
        }
        fx_text_init_fixed(&t, value, sizeof value - 1);
        fx_settings_default(row, &t);
        value[t.len] = '\0';
        if (!example_sets(row->name, value))
            fail_msg("etc/fixup-milter.conf: %s is not %s", row->name, value);
    }
}

static void test_example_is_default(void **state)
{
    char path[512], dir[512];
    const char *dirs[] = {source_path(dir, sizeof dir, "etc/profiles"), NULL};
    (void)state;
    struct fx_config *none = load_good(NULL, dirs, NULL);
    struct fx_config *all =
        load_good(source_path(path, sizeof path, "etc/fixup-milter.conf"), dirs, NULL);
    const struct fx_settings *a = &none->settings, *b = &all->settings;

    assert_int_equal(all->notices.count, 0);
    assert_int_equal(none->notices.count, 0);
    assert_string_equal(none->policy->digest, all->policy->digest);
    assert_int_equal(strlen(all->policy->digest), 64);
    assert_string_equal(a->milter.socket, b->milter.socket);
    assert_string_equal(a->milter.socket_group, b->milter.socket_group);
    assert_string_equal(a->milter.user, b->milter.user);
    assert_int_equal(a->milter.socket_mode, b->milter.socket_mode);
    assert_int_equal(a->milter.allow_remote, b->milter.allow_remote);
    assert_int_equal(a->milter.drain_seconds, b->milter.drain_seconds);
    assert_memory_equal(&all->policy->base.end_of_data, &none->policy->base.end_of_data,
                        sizeof all->policy->base.end_of_data);
    assert_string_equal(a->log.file, b->log.file);
    assert_string_equal(a->log.key_file, b->log.key_file);
    assert_string_equal(a->log.signing_key_file, b->log.signing_key_file);
    assert_string_equal(a->log.address_key_file, b->log.address_key_file);
    assert_int_equal(a->log.durability, b->log.durability);
    assert_int_equal(a->log.chain, b->log.chain);
    assert_int_equal(a->log.head_records, b->log.head_records);
    assert_int_equal(a->log.head_seconds, b->log.head_seconds);
    assert_int_equal(a->log.rotate_bytes, b->log.rotate_bytes);
    assert_int_equal(a->log.hash_addresses, b->log.hash_addresses);
    assert_int_equal(a->log.syslog, b->log.syslog);
    assert_string_equal(a->state.backend, b->state.backend);
    assert_string_equal(a->state.path, b->state.path);
    assert_string_equal(a->state.uri, b->state.uri);
    assert_int_equal(a->state.lost_after_seconds, b->state.lost_after_seconds);
    assert_string_equal(a->command_filter.listen, b->command_filter.listen);
    assert_int_equal(a->command_filter.mark_ehlo, b->command_filter.mark_ehlo);
    assert_int_equal(a->command_filter.connections, b->command_filter.connections);
    assert_string_equal(a->metrics_listen, b->metrics_listen);
    fx_config_destroy(none);
    fx_config_destroy(all);
}

/* The example of `clients`, taken out of its comment, is a configuration that loads. */
static void test_commented_clients(void **state)
{
    char dir[512], path[512], text[4096];
    const char *dirs[] = {source_path(dir, sizeof dir, "etc/profiles"), NULL};
    struct folder f;
    struct fx_text t;
    struct fx_slice rest, line;
    (void)state;
    read_example();
    const char *begin = strstr(example, "#   clients = (");
    assert_non_null(begin);
    fx_text_init_fixed(&t, text, sizeof text);
    rest = fx_slice_str(begin);
    while (fx_slice_line(&rest, &line) && line.len > 0 && line.ptr[0] == '#') {
        fx_text_add(&t, fx_slice_from(line, 1));
        fx_text_add_char(&t, '\n');
    }
    assert_false(t.overflow);
    folder_create(&f);
    folder_write(&f, "clients.conf", t.data, t.len);
    struct fx_config *c =
        load_good(folder_path(&f, "clients.conf", path, sizeof path), dirs, NULL);
    assert_int_equal(c->policy->block_count, 4);
    fx_config_destroy(c);
    folder_remove_file(&f, "clients.conf");
    (void)rmdir(f.path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_example_has_all),
        cmocka_unit_test(test_example_is_default),
        cmocka_unit_test(test_commented_clients),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
