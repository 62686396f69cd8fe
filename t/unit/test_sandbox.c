/* test_sandbox - what the daemon may reach, worked out from its configuration; the table of
 * calls; and a build in which no part can be had. What the parts themselves do:
 * t/live/test_sandbox.py. */
#include "config_tools.h"

#include "../../milter/sandbox.h"
#include "../../milter/sandbox_calls.h"
#include "../../milter/sandbox_plan.h"
#include "../../milter/say.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

static char said[2048];

static void keep(const char *format, va_list args)
{
    size_t len = strlen(said);
    vsnprintf(said + len, sizeof said - len - 1, format, args);
    strcat(said, "\n");
}

void say(int level, const char *format, ...)
{
    va_list args;
    (void)level;
    va_start(args, format);
    keep(format, args);
    va_end(args);
}

void say_at(int level, const char *place, const char *format, ...)
{
    va_list args;
    (void)level;
    strcat(said, place);
    va_start(args, format);
    keep(format, args);
    va_end(args);
}

/* ---- the table ---- */

static bool is_refused(const char *name)
{
    for (size_t i = 0; sandbox_calls_refused[i] != NULL; i++)
        if (strcmp(sandbox_calls_refused[i], name) == 0)
            return true;
    return false;
}

static void test_calls(void **state)
{
    const char *seen[512];
    size_t count = 0;
    (void)state;
    for (const struct sandbox_calls *c = sandbox_calls_allowed; c->names != NULL; c++)
        for (size_t i = 0; c->names[i] != NULL; i++) {
            assert_false(is_refused(c->names[i]));
            for (size_t k = 0; k < count; k++)
                assert_string_not_equal(seen[k], c->names[i]);
            assert_true(count < sizeof seen / sizeof seen[0]);
            seen[count++] = c->names[i];
        }
    assert_true(is_refused("execve") && is_refused("ptrace") && is_refused("setuid"));
}

/* ---- the plan ---- */

static const struct sandbox_path *planned(const struct sandbox_plan *plan, const char *path,
                                          enum sandbox_access access)
{
    for (size_t i = 0; i < plan->count; i++)
        if (plan->paths[i].access == access && strcmp(plan->paths[i].path, path) == 0)
            return &plan->paths[i];
    return NULL;
}

static struct folder folder;

static struct fx_config *config_of(const char *text)
{
    char conf[512], dir[512];
    const char *const dirs[] = {source_path(dir, sizeof dir, "etc/profiles"), NULL};
    folder_write(&folder, "more", "", 0);
    folder_write(&folder, "conf", text, strlen(text));
    return load_good(folder_path(&folder, "conf", conf, sizeof conf), dirs, NULL);
}

static void plan_of(const char *text, struct sandbox_plan *plan)
{
    char profiles[] = "/srv/profiles", *dirs[] = {profiles, NULL};
    const struct fx_profile_dirs where = {dirs};
    struct fx_config *config = config_of(text);
    said[0] = '\0';
    assert_true(sandbox_plan_init(config, &where, plan));
    fx_config_destroy(config);
}

static void test_plan(void **state)
{
    struct sandbox_plan plan;
    (void)state;
    plan_of("@include \"more\"\n"
            "milter : { socket = \"unix:/nothing/run/m.sock\"; };\n"
            "log : { file = \"/nothing/log/l.jsonl\"; key_file = \"/nothing/keys/k\"; };\n"
            "state : { path = \"/nothing/state/s.db\"; };\n",
            &plan);
    assert_non_null(planned(&plan, folder.path, SANDBOX_READ));
    assert_null(planned(&plan, folder.path, SANDBOX_WRITE));
    assert_non_null(planned(&plan, "/srv/profiles", SANDBOX_READ));
    assert_non_null(planned(&plan, "/nothing/log", SANDBOX_WRITE));
    assert_non_null(planned(&plan, "/nothing/state", SANDBOX_WRITE));
    assert_non_null(planned(&plan, "/nothing/run", SANDBOX_REMOVE));
    assert_non_null(planned(&plan, "/nothing/keys/k", SANDBOX_READ));
    assert_null(planned(&plan, "/nothing/keys", SANDBOX_READ));
    assert_null(planned(&plan, "/etc", SANDBOX_READ));
    assert_null(planned(&plan, "/etc/resolv.conf", SANDBOX_READ));
    assert_false(plan.names);
    assert_int_equal(plan.port_count, 0);
    assert_string_equal(said, "");
    sandbox_plan_finish(&plan);
    assert_null(plan.paths);
}

static void test_plan_elsewhere(void **state)
{
    struct sandbox_plan plan;
    (void)state;
    plan_of("milter : { socket = \"inet:8895@127.0.0.1\"; };\n"
            "command_filter : { listen = \"unix:/nothing/filter/f.sock\"; };\n"
            "log : { file = \"stdout\"; };\n"
            "state : { backend = \"memory\"; };\n",
            &plan);
    assert_int_equal(plan.port_count, 1);
    assert_int_equal(plan.ports[0], 8895);
    assert_non_null(planned(&plan, "/nothing/filter", SANDBOX_REMOVE));
    for (size_t i = 0; i < plan.count; i++)
        assert_true(plan.paths[i].access != SANDBOX_WRITE ||
                    strcmp(plan.paths[i].path, "/dev/null") == 0);
    sandbox_plan_finish(&plan);

    plan_of("log : { file = \"/tmp/l.jsonl\"; };\n", &plan);
    assert_non_null(planned(&plan, "/tmp", SANDBOX_WRITE));
    assert_non_null(strstr(said, "log.file makes the whole of /tmp writable"));
    sandbox_plan_finish(&plan);
}

static void test_plan_redis(void **state)
{
    static const struct {
        const char *uri;
        bool names;
        size_t ports;
    } cases[] = {
        {"unix:///nothing/redis.sock", false, 0},
        {"redis://192.0.2.1:6380", false, 1},
        {"redis://[2001:db8::1]:6380", false, 1},
        {"redis://cache.example.net:6380", true, 2},
    };
    char text[512];
    (void)state;
    for (size_t i = 0; FX_WITH_REDIS && i < sizeof cases / sizeof cases[0]; i++) {
        struct sandbox_plan plan;
        snprintf(text, sizeof text,
                 "milter : { socket = \"unix:/nothing/run/m.sock\"; };\n"
                 "log : { file = \"/nothing/log/l.jsonl\"; };\n"
                 "state : { backend = \"redis\"; uri = \"%s\"; };\n",
                 cases[i].uri);
        plan_of(text, &plan);
        assert_int_equal(plan.names, cases[i].names);
        assert_int_equal(plan.port_count, cases[i].ports);
        if (cases[i].ports > 0)
            assert_int_equal(plan.ports[0], 6380);
        assert_int_equal(planned(&plan, "/etc/resolv.conf", SANDBOX_READ) != NULL,
                         cases[i].names);
        sandbox_plan_finish(&plan);
    }
}

static void test_shared(void **state)
{
    (void)state;
    assert_true(sandbox_plan_shared("/") && sandbox_plan_shared("/etc") &&
                sandbox_plan_shared("/tmp") && sandbox_plan_shared("/var/log"));
    assert_false(sandbox_plan_shared("/etc/fixup-milter") ||
                 sandbox_plan_shared("/var/log/fixup-milter"));
}

/* ---- a build without any part ---- */

static int enter(const char *word)
{
    char text[128], *dirs[] = {NULL};
    const struct fx_profile_dirs where = {dirs};
    snprintf(text, sizeof text, "milter : { sandbox = \"%s\"; };\n", word);
    struct fx_config *config = config_of(text);
    said[0] = '\0';
    sandbox_prepare(&config->settings);
    int code = sandbox_enter(config, &where);
    fx_config_destroy(config);
    return code;
}

static void test_none(void **state)
{
    static const char line[] =
        "sandbox: core files allowed (not in this build), "
        "capabilities kept (not in this build), no-new-privileges absent (not in this build), "
        "Landlock absent (not in this build), seccomp absent (not in this build)\n";
    (void)state;
    assert_int_equal(enter("available"), 0);
    assert_string_equal(said, line);
    assert_int_equal(enter("required"), EX_UNAVAILABLE);
    assert_int_equal(strncmp(said, line, strlen(line)), 0);
    assert_non_null(strstr(said, "milter.sandbox is \"required\", and cannot be had: "
                                 "not dumpable, no capabilities, no new privileges, Landlock, "
                                 "seccomp\n"));
    assert_int_equal(enter("off"), 0);
    assert_string_equal(said, "sandbox: off\n");
    said[0] = '\0';
    sandbox_explain();
    assert_string_equal(said, "");
    assert_false(sandbox_refused("/etc/passwd"));
}

static int set_up(void **state)
{
    (void)state;
    folder_create(&folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    folder_remove_file(&folder, "conf");
    folder_remove_file(&folder, "more");
    return rmdir(folder.path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_calls),          cmocka_unit_test(test_plan),
        cmocka_unit_test(test_plan_elsewhere), cmocka_unit_test(test_plan_redis),
        cmocka_unit_test(test_shared),         cmocka_unit_test(test_none),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
