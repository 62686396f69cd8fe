/* The configuration reader and the file system: relative paths, included files, folders of
 * profiles, files that are too long. */
#include "config_tools.h"

static struct folder dir;
static char profiles[512];
static const char *shipped[] = {profiles, NULL};

static int setup(void **state)
{
    (void)state;
    folder_create(&dir);
    source_path(profiles, sizeof profiles, "etc/profiles");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    folder_remove_file(&dir, "a.conf");
    (void)rmdir(dir.path);
    return 0;
}

static const char *file(const char *text)
{
    static char path[512];
    folder_write(&dir, "a.conf", text, strlen(text));
    return folder_path(&dir, "a.conf", path, sizeof path);
}

static struct fx_config *load(const char *text)
{
    return load_good(file(text), shipped, NULL);
}

/* One fault that contains `part`. */
static void check_fault(const char *text, const struct fx_config_override *override,
                        const char *const *dirs, const char *part)
{
    struct fx_faults faults = {0};
    assert_null(fx_config_load(text != NULL ? file(text) : NULL, dirs, override, &faults));
    if (faults.count != 1 || strstr(faults.lines[0], part) == NULL) {
        show_faults(&faults);
        fail_msg("not the one fault with: %s", part);
    }
    fx_faults_finish(&faults);
}

static void check_below(const char *path, const char *below)
{
    char want[1100];
    (void)snprintf(want, sizeof want, "%s/%s", dir.path, below);
    assert_string_equal(path, want);
}

static void test_relative_paths(void **state)
{
    char sub[512], socket[600];
    (void)state;
    assert_int_equal(mkdir(folder_path(&dir, "sub", sub, sizeof sub), 0700), 0);
    static const char b[] = "key_file = \"key\";\n@include \"c.conf\"\n";
    static const char c_conf[] = "address_key_file = \"../k2\";";
    folder_write(&dir, "sub/b.conf", b, sizeof b - 1);
    folder_write(&dir, "sub/c.conf", c_conf, sizeof c_conf - 1);
    struct fx_config *c = load("milter : { socket = \"unix:s.sock\"; };\n"
                               "log : {\n@include \"sub/b.conf\"\n file = \"log.jsonl\"; };\n"
                               "state : { path = \"/var/x\"; };\n"
                               "command_filter : { listen = \"unix:f.sock\"; };\n");
    (void)snprintf(socket, sizeof socket, "unix:%s/s.sock", dir.path);
    assert_string_equal(c->settings.milter.socket, socket);
    (void)snprintf(socket, sizeof socket, "unix:%s/f.sock", dir.path);
    assert_string_equal(c->settings.command_filter.listen, socket);
    check_below(c->settings.log.file, "log.jsonl");
    check_below(c->settings.log.key_file, "sub/key");
    check_below(c->settings.log.address_key_file, "sub/../k2");
    assert_string_equal(c->settings.log.signing_key_file, "");
    assert_string_equal(c->settings.state.path, "/var/x");
    fx_config_destroy(c);
    folder_remove_file(&dir, "sub/b.conf");
    folder_remove_file(&dir, "sub/c.conf");
    (void)rmdir(sub);
}

/* log.address_key_file is read for who asks for it, whatever log.addresses says; what is wrong
 * with it is told at its setting. */
static void test_address_keys(void **state)
{
    static const char hash[] =
        "log : {\n addresses = \"hash\";\n address_key_file = \"key\"; };";
    static const char plain[] = "log : {\n address_key_file = \"key\"; };";
    const struct fx_config_override keys = {.keys = FX_KEYS_ADDRESSES};
    char path[512];
    (void)state;
    folder_path(&dir, "key", path, sizeof path);
    check_fault(hash, &keys, shipped, "a.conf:3: log.address_key_file: \"");
    check_fault(plain, &keys, shipped, "/key\" cannot be read: No such file or directory");
    struct fx_config *c = load(hash); /* nobody asks */
    assert_true(c->settings.log.hash_addresses);
    assert_null(c->policy->pseudonyms);
    assert_null(c->pseudonyms);
    fx_config_destroy(c);
    folder_write(&dir, "key", "0123456789abcdef\nfedcba9876543210\n", 34);
    assert_int_equal(chmod(path, 0640), 0);
    check_fault(hash, &keys, shipped, "by others than its owner (mode 0640)");
    assert_int_equal(chmod(path, 0400), 0);
    c = load_good(file(hash), shipped, &keys);
    assert_int_equal(fx_pseudonyms_count(c->pseudonyms), 2);
    assert_ptr_equal(c->policy->pseudonyms, c->pseudonyms);
    fx_config_destroy(c);
    c = load_good(file(plain), shipped, &keys);
    assert_int_equal(fx_pseudonyms_count(c->pseudonyms), 2);
    assert_null(c->policy->pseudonyms);
    fx_config_destroy(c);
    folder_remove_file(&dir, "key");
    c = load_good(file(""), shipped, &keys);
    assert_null(c->pseudonyms);
    fx_config_destroy(c);
}

/* A file named without a folder: paths start at the working directory, and are absolute. */
static void test_working_directory(void **state)
{
    char here[512], absolute[1100];
    const char *dirs[] = {absolute, NULL};
    (void)state;
    assert_non_null(getcwd(here, sizeof here));
    if (profiles[0] == '/')
        (void)snprintf(absolute, sizeof absolute, "%s", profiles);
    else
        (void)snprintf(absolute, sizeof absolute, "%s/%s", here, profiles);
    (void)file("log : { file = \"l\"; };\n");
    assert_int_equal(chdir(dir.path), 0);
    struct fx_config *c = load_good("a.conf", dirs, NULL);
    check_below(c->settings.log.file, "l");
    fx_config_destroy(c);
    assert_int_equal(chdir(here), 0);
}

static void test_absolute_include(void **state)
{
    char text[700], path[512];
    (void)state;
    folder_write(&dir, "more.conf", "mode = \"tag\"", 12);
    (void)snprintf(text, sizeof text, "policy : {\n \t@include \"%s\" # a comment\n};\n",
                   folder_path(&dir, "more.conf", path, sizeof path));
    struct fx_config *c = load(text);
    assert_int_equal(c->policy->base.mode, FX_MODE_TAG);
    fx_config_destroy(c);
    /* within a comment or a string it is none */
    c = load("/*\n@include \"none\"\n*/\nmilter : { user = \"\n@include \\\"none\\\"\"; };\n");
    assert_string_equal(c->settings.milter.user, "\n@include \"none\"");
    fx_config_destroy(c);
    folder_remove_file(&dir, "more.conf");
}

static void test_too_long(void **state)
{
    char *text = malloc(1200000);
    (void)state;
    assert_non_null(text);
    memset(text, '\n', 70000);
    text[70000] = '\0';
    check_fault(text, NULL, shipped, "too long");
    memset(text, ' ', 1199999);
    text[1199999] = '\0';
    check_fault(text, NULL, shipped, "cannot be read");
    memset(text, '(', 100000);
    memcpy(text, "clients = ", 10);
    text[100000] = '\0';
    check_fault(text, NULL, shipped, "a.conf:1: syntax:");
    free(text);
}

static void test_profile_folders(void **state)
{
    char own[512], text[] = "inherit = \"pix-6.3\"; title = \"mine\";", **names;
    const char *dirs[] = {profiles, own, "/nonexistent/profiles", NULL};
    struct fx_faults faults = {0};
    size_t count = 0;
    (void)state;
    assert_int_equal(mkdir(folder_path(&dir, "own", own, sizeof own), 0700), 0);
    folder_write(&dir, "own/asa-9.conf", text, strlen(text));
    folder_write(&dir, "own/.hidden.conf", text, strlen(text));
    folder_write(&dir, "own/notes.txt", text, strlen(text));
    struct fx_config *c = load_good(NULL, dirs, NULL);
    assert_string_equal(c->policy->base.profiles[0]->title, "mine");
    assert_int_equal(c->policy->profile_count, 1); /* the parent is not in use itself */
    fx_config_destroy(c);
    assert_true(fx_config_profile_names(dirs, &names, &count, &faults));
    size_t same = 0;
    for (size_t i = 0; i < count; i++) {
        same += strcmp(names[i], "asa-9") == 0 ? 1 : 0;
        assert_true(strcmp(names[i], "notes") != 0 && names[i][0] != '.');
        free(names[i]);
    }
    assert_int_equal(same, 1);
    free(names);
    folder_remove_file(&dir, "own/asa-9.conf");
    folder_remove_file(&dir, "own/.hidden.conf");
    folder_remove_file(&dir, "own/notes.txt");
    (void)rmdir(own);
    assert_null(fx_config_load_profile("../profiles/asa-9", dirs, &faults));
    assert_null(fx_config_load_profile("", dirs, &faults));
    assert_int_equal(faults.count, 2);
    fx_faults_finish(&faults);
    check_fault("", NULL, NULL, "\"asa-9\" is not a profile; allowed: none; looked in no folder");
}

static void test_too_many(void **state)
{
    char many[512], name[64];
    const char *text = "title = \"t\"; applies = \"a\"; remedy = [ \"r\" ];";
    const char *dirs[] = {many, NULL};
    (void)state;
    assert_int_equal(mkdir(folder_path(&dir, "many", many, sizeof many), 0700), 0);
    folder_write(&dir, "many/asa-9.conf", text, strlen(text));
    for (int i = 1; i < FX_MAX_PROFILES; i++) {
        (void)snprintf(name, sizeof name, "many/p%d.conf", i);
        folder_write(&dir, name, text, strlen(text));
    }
    struct fx_config *c = load_good(file("policy : { compare = \"all\"; };"), dirs, NULL);
    assert_int_equal(c->policy->base.profile_count, FX_MAX_PROFILES);
    fx_config_destroy(c);
    folder_write(&dir, "many/p64.conf", text, strlen(text));
    folder_write(&dir, "many/p65.conf", text, strlen(text));
    check_fault("policy : { compare = \"all\"; };", NULL, dirs,
                "policy.compare: has too many profiles; allowed: 64 in all");
    folder_remove_file(&dir, "many/asa-9.conf");
    for (int i = 1; i <= 65; i++) {
        (void)snprintf(name, sizeof name, "many/p%d.conf", i);
        folder_remove_file(&dir, name);
    }
    (void)rmdir(many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_relative_paths),    cmocka_unit_test(test_address_keys),
        cmocka_unit_test(test_working_directory), cmocka_unit_test(test_absolute_include),
        cmocka_unit_test(test_too_long),          cmocka_unit_test(test_profile_folders),
        cmocka_unit_test(test_too_many),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
