/* Tests of paths: which folders, and which of them wins. */
#include "paths.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#define BUILT                                     \
    {                                             \
        FX_PROFILE_DATADIR, FX_PROFILE_SYSCONFDIR \
    }

static const struct {
    const char *value;
    const char *dirs[4]; /* a later one wins */
} paths[] = {
    {NULL, BUILT},
    {"", BUILT},
    {"/a", {"/a"}},
    {"/a:/b", {"/b", "/a"}},
    {":/a::b/c:", {"b/c", "/a"}},
    {":", {NULL}},
};

static void test_dirs(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct fx_profile_dirs dirs;
        size_t n = 0;
        assert_true(fx_profile_dirs_init(paths[i].value, &dirs));
        for (; dirs.dirs[n] != NULL; n++)
            assert_string_equal(dirs.dirs[n], paths[i].dirs[n]);
        assert_null(paths[i].dirs[n]);
        fx_profile_dirs_finish(&dirs);
        assert_null(dirs.dirs);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_dirs)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
