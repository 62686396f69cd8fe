/* The configuration reader and bytes of all kinds: random ones, the shipped files with some of
 * them changed, and random sequences of the words of the syntax. Nothing may crash, leak or
 * hang, and what is refused has a fault. */
#include "config_tools.h"

/* libconfig 1.5 itself loses the strings it has read when it meets a syntax error; what is ours
 * is still looked for. Called by the leak checker, if there is one. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libconfig.so";
}

static struct folder dir;
static char profiles[512], sub[512];
static uint32_t seed = 20260101;

static int setup(void **state)
{
    (void)state;
    folder_create(&dir);
    source_path(profiles, sizeof profiles, "etc/profiles");
    return mkdir(folder_path(&dir, "p", sub, sizeof sub), 0700);
}

static int teardown(void **state)
{
    (void)state;
    folder_remove_file(&dir, "p/r.conf");
    folder_remove_file(&dir, "r.conf");
    (void)rmdir(sub);
    (void)rmdir(dir.path);
    return 0;
}

static uint32_t any(uint32_t below)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % below;
}

static bool try_config(const char *text, size_t len)
{
    char path[512];
    const char *dirs[] = {profiles, NULL};
    struct fx_faults faults = {0};
    folder_write(&dir, "r.conf", text, len);
    struct fx_config *c =
        fx_config_load(folder_path(&dir, "r.conf", path, sizeof path), dirs, NULL, &faults);
    assert_true((c != NULL) == (faults.count == 0));
    bool good = c != NULL;
    fx_config_destroy(c);
    fx_faults_finish(&faults);
    return good;
}

static bool try_profile(const char *text, size_t len)
{
    const char *dirs[] = {profiles, sub, NULL};
    struct fx_faults faults = {0};
    folder_write(&dir, "p/r.conf", text, len);
    struct fx_profile *p = fx_config_load_profile("r", dirs, &faults);
    assert_true((p != NULL) == (faults.count == 0));
    bool good = p != NULL;
    fx_profile_destroy(p);
    fx_faults_finish(&faults);
    return good;
}

static void test_random_bytes(void **state)
{
    char text[512];
    (void)state;
    for (int round = 0; round < 1500; round++) {
        size_t len = any(sizeof text);
        for (size_t i = 0; i < len; i++)
            text[i] = (char)(unsigned char)any(round % 2 == 0 ? 256 : 128);
        (void)try_config(text, len);
        (void)try_profile(text, len);
    }
}

static size_t read_source(const char *name, char *text, size_t cap)
{
    char path[512];
    FILE *f = fopen(source_path(path, sizeof path, name), "rb");
    assert_non_null(f);
    size_t n = fread(text, 1, cap, f);
    (void)fclose(f);
    assert_true(n > 0 && n < cap);
    return n;
}

/* Some octets changed, taken out or doubled. */
static size_t spoil(char *text, size_t len)
{
    uint32_t changes = 1 + any(3);
    for (uint32_t i = 0; i < changes && len > 8; i++) {
        size_t at = any((uint32_t)len - 4);
        size_t n = 1 + any(4);
        switch (any(4)) {
        case 0:
            text[at] = (char)(unsigned char)any(256);
            break;
        case 1:
            memmove(text + at, text + at + n, len - at - n);
            len -= n;
            break;
        case 2:
            text[at] = "{}()[]\";=:,#/*0-@\n"[any(18)];
            break;
        default:
            len = any(8) == 0 ? at : len;
            break;
        }
    }
    return len;
}

static void test_spoilt(void **state)
{
    static char original[65536], text[65536];
    size_t good = 0;
    (void)state;
    size_t len = read_source("etc/fixup-milter.conf", original, sizeof original);
    for (int round = 0; round < 1500; round++) {
        memcpy(text, original, len);
        good += try_config(text, spoil(text, len)) ? 1 : 0;
    }
    assert_true(good > 0 && good < 1500); /* both happen: most of the file is comment */
    good = 0;
    len = read_source("etc/fixup-profile.conf", original, sizeof original);
    for (int round = 0; round < 1500; round++) {
        memcpy(text, original, len);
        good += try_profile(text, spoil(text, len)) ? 1 : 0;
    }
    assert_true(good > 0 && good < 1500);
}

static void test_words(void **state)
{
    static const char *const words[] = {
        "milter",      "policy",
        "clients",     "simulate",
        "recipients",  "rules",
        "verbs",       "value",
        "source",      "mode",
        "networks",    "compare",
        "require",     "limit",
        "action",      "inherit",
        "title",       "log",
        "limits",      "=",
        ":",           "{",
        "}",           "(",
        ")",           "[",
        "]",           ";",
        ",",           "true",
        "false",       "0",
        "99999999999", "-1",
        "1.5",         "\"asa-9\"",
        "\"all\"",     "\"r\"",
        "\"off\"",     "\"\"",
        "\"log\"",     "0x",
        "# x\n",       "/* x */",
        "\n",          "@include \"r.conf\"\n",
        "\"\\x00\"",   "body-8bit",
        "extensions",  "banner",
        "confidence",  "\"192.0.2.0/24\"",
        "variants",    "\"asa-9+pipe-only\"",
        "\"r+x\"",     "x",
    };
    (void)state;
    for (int round = 0; round < 3000; round++) {
        char text[2048];
        struct fx_text t;
        uint32_t count = 1 + any(40);
        fx_text_init_fixed(&t, text, sizeof text);
        for (uint32_t i = 0; i < count; i++) {
            fx_text_add_str(&t, words[any(sizeof words / sizeof words[0])]);
            fx_text_add_char(&t, any(6) == 0 ? '\n' : ' ');
        }
        (void)try_config(t.data, t.len);
        (void)try_profile(t.data, t.len);
    }
}

/* Whole settings with any value of any type: the tree is always sound, so every check is
 * reached. */
static void test_values(void **state)
{
    static const char *const values[] = {
        "true",
        "0",
        "-7",
        "5000000000",
        "2.5",
        "\"\"",
        "\"asa-9\"",
        "\"asa-9+pipe-only\"",
        "\"asa-9+\"",
        "\"all\"",
        "\"enforce\"",
        "[ ]",
        "[ \"x\" ]",
        "[ 1 ]",
        "[ true ]",
        "( )",
        "{ }",
        "( { } )",
        "( 1, \"a\" )",
        "{ body-8bit = \"tag\"; }",
        "{ x = { y = ( [ ] ); }; }",
        "[ \"192.0.2.0/24\", \"SIZE\", \"asa-9\" ]",
    };
    const struct fx_setting_row *row;
    (void)state;
    for (size_t n = 0; (row = fx_settings_row(n)) != NULL; n++)
        for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
            char text[512];
            struct fx_text t;
            struct fx_slice rest = fx_slice_str(row->name);
            size_t depth = 0;
            fx_text_init_fixed(&t, text, sizeof text);
            bool client = row->scope == FX_SCOPE_CLIENT;
            if (client) {
                fx_text_add_str(&t, "clients = ( { ");
                rest = fx_slice_from(rest, strlen("clients."));
            }
            for (size_t dot = fx_slice_find(rest, '.'); dot < rest.len;
                 dot = fx_slice_find(rest, '.')) {
                fx_text_add(&t, fx_slice_first(rest, dot));
                fx_text_add_str(&t, " : { ");
                rest = fx_slice_from(rest, dot + 1);
                depth++;
            }
            fx_text_add(&t, rest);
            fx_text_add_str(&t, " = ");
            fx_text_add_str(&t, values[i]);
            fx_text_add_str(&t, "; ");
            while (depth-- > 0)
                fx_text_add_str(&t, "}; ");
            if (client)
                fx_text_add_str(&t, "} );");
            assert_false(t.overflow);
            (void)try_config(t.data, t.len);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_bytes),
        cmocka_unit_test(test_spoilt),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_values),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
