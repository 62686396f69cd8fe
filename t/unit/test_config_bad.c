/* Faulty configurations: each NAME.conf of t/config-bad gives exactly the lines of
 * NAME.expected. Profiles come from good/; for profile-*.conf those of profiles/ are there too.
 * with-redis* and without-redis* are for builds that have it, or have not.
 */
#include "config_tools.h"

#include <dirent.h>

static char **cases;
static size_t case_count;

static bool ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), m = strlen(end);
    return n > m && strcmp(s + n - m, end) == 0;
}

static bool of_this_build(const char *name)
{
#if FX_WITH_REDIS
    static const char other[] = "without-redis";
#else
    static const char other[] = "with-redis";
#endif
    return strncmp(name, other, sizeof other - 1) != 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int find_cases(void **state)
{
    char path[512];
    struct dirent *entry;
    (void)state;
    if (chdir(source_path(path, sizeof path, "t/config-bad")) != 0)
        return -1;
    DIR *dir = opendir(".");
    if (dir == NULL)
        return -1;
    while ((entry = readdir(dir)) != NULL) {
        if (!ends_with(entry->d_name, ".conf") || !of_this_build(entry->d_name))
            continue;
        char **more = realloc(cases, (case_count + 1) * sizeof *cases);
        char *name = malloc(strlen(entry->d_name) + 1);
        if (more == NULL || name == NULL)
            return -1;
        cases = more;
        memcpy(name, entry->d_name, strlen(entry->d_name) + 1);
        cases[case_count++] = name;
    }
    (void)closedir(dir);
    qsort(cases, case_count, sizeof *cases, by_name);
    return 0;
}

static int free_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < case_count; i++)
        free(cases[i]);
    free(cases);
    return 0;
}

/* The expected lines of a case, in memory that the caller frees. */
static char *expected_of(const char *name)
{
    char path[512];
    int n = snprintf(path, sizeof path, "%.*s.expected", (int)(strlen(name) - 5), name);
    assert_true(n > 0 && (size_t)n < sizeof path);
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        fail_msg("%s is missing", path);
    char *text = malloc(65536);
    assert_non_null(text);
    size_t len = fread(text, 1, 65535, f);
    assert_true(len < 65535);
    text[len] = '\0';
    (void)fclose(f);
    return text;
}

static bool check_case(const char *name)
{
    const char *dirs[] = {"good", strncmp(name, "profile-", 8) == 0 ? "profiles" : NULL, NULL};
    struct fx_faults faults = {0};
    struct fx_text got;
    char *want = expected_of(name);

    struct fx_config *config = fx_config_load(name, dirs, NULL, &faults);
    fx_text_init_growing(&got, 65536);
    for (size_t i = 0; i < faults.count; i++) {
        fx_text_add_str(&got, faults.lines[i]);
        fx_text_add_char(&got, '\n');
    }
    bool same = fx_slice_eq(fx_text_slice(&got), fx_slice_str(want)) && config == NULL &&
                faults.count > 0 && !faults.incomplete;
    if (!same)
        print_message("%s%s\n--- expected\n%s--- told\n%.*s---\n", name,
                      config != NULL ? " was taken" : "", want, (int)got.len,
                      got.data != NULL ? got.data : "");
    fx_config_destroy(config);
    fx_faults_finish(&faults);
    fx_text_finish(&got);
    free(want);
    return same;
}

static void test_cases(void **state)
{
    size_t wrong = 0;
    (void)state;
    assert_true(case_count >= 40);
    for (size_t i = 0; i < case_count; i++)
        if (!check_case(cases[i]))
            wrong++;
    assert_int_equal(wrong, 0);
}

/* Every line names a file, a line of it, and a setting. */
static void test_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < case_count; i++) {
        char *want = expected_of(cases[i]);
        struct fx_slice rest = fx_slice_str(want), line;
        while (fx_slice_line(&rest, &line)) {
            size_t colon = fx_slice_find(line, ':');
            struct fx_slice after = fx_slice_from(line, colon + 1);
            uint64_t number;
            assert_true(colon > 0 && colon < line.len);
            size_t end = fx_slice_find(after, ':');
            assert_true(fx_slice_u64(fx_slice_first(after, end), &number) && number > 0);
            after = fx_slice_from(after, end);
            assert_true(fx_slice_starts_nocase(after, FX_LIT(": ")));
            after = fx_slice_from(after, 2);
            assert_true(fx_slice_find(after, ':') < after.len);
        }
        free(want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_form),
    };
    return cmocka_run_group_tests(tests, find_cases, free_cases);
}
