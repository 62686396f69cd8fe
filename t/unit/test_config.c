/* The configuration reader: what a file means, paths, includes, blocks of clients, what the
 * command line says over it, notices and the digest. Faulty files are in test_config_bad. */
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

static void test_defaults(void **state)
{
    (void)state;
    struct fx_config *c = load_good(NULL, shipped, NULL);
    const struct fx_policy *p = c->policy;
    assert_string_equal(c->settings.milter.socket, "unix:/run/fixup-milter/fixup-milter.sock");
    assert_int_equal(c->settings.milter.socket_mode, 0660);
    assert_string_equal(c->settings.log.file, "/var/log/fixup-milter/compliance.jsonl");
    assert_string_equal(c->settings.log.key_file, "");
    assert_true(c->settings.log.chain);
    assert_string_equal(c->settings.state.backend, "sqlite");
    assert_string_equal(p->base.profiles[0]->name, "asa-9");
    assert_int_equal(p->base.profile_count, 1);
    assert_int_equal(p->profile_count, 1);
    assert_int_equal(p->base.mode, FX_MODE_OBSERVE);
    for (size_t i = 0; i < FX_RULE_COUNT; i++) {
        assert_int_equal(p->base.rule_mode[i], FX_MODE_OBSERVE);
        assert_false(p->base.rule_named[i]);
    }
    assert_int_equal(p->base.require, 0);
    assert_int_equal(p->block_count, 0);
    assert_int_equal(p->limits.findings, 64);
    assert_int_equal(p->limits.evidence, 512);
    assert_int_equal(p->limits.recipients, 1000);
    assert_int_equal(p->limits.address, 1024);
    assert_int_equal(p->on_error, FX_FAILURE_TEMPFAIL);
    assert_int_equal(p->on_full, FX_FAILURE_TEMPFAIL);
    assert_false(p->flagged_only);
    assert_int_equal(c->notices.count, 0);
    fx_config_destroy(c);
    c = load("");
    assert_string_equal(c->policy->base.profiles[0]->name, "asa-9");
    fx_config_destroy(c);
    fx_config_destroy(NULL);
}

static void test_values(void **state)
{
    (void)state;
    struct fx_config *c = load(
        "milter : { socket = \"inet:8891@localhost\"; socket_mode = \"7\"; user = \"m\";\n"
        "  socket_group = \"mail\"; on_error = \"reject\"; drain_seconds = 0x10; };\n"
        "policy : { profile = \"pix-6.3\"; mode = \"enforce\"; require = [ \"starttls\" ]; };\n"
        "simulate : { recipients : { limit = 7; overflow = \"lose\"; }; };\n"
        "log : { records = \"flagged\"; durability = \"fsync\"; on_full = \"accept\";\n"
        "  syslog = false; chain = false; file = \"stdout\"; };\n"
        "limits : { findings = 1; evidence = 16; recipients = 0; address = 64; };\n");
    assert_string_equal(c->settings.milter.socket, "inet:8891@localhost");
    assert_int_equal(c->settings.milter.socket_mode, 7);
    assert_string_equal(c->settings.milter.user, "m");
    assert_string_equal(c->settings.milter.socket_group, "mail");
    assert_int_equal(c->settings.milter.drain_seconds, 16);
    assert_int_equal(c->policy->on_error, FX_FAILURE_REJECT);
    assert_int_equal(c->policy->on_full, FX_FAILURE_ACCEPT);
    assert_true(c->policy->flagged_only);
    assert_int_equal(c->settings.log.durability, FX_DURABILITY_FSYNC);
    assert_false(c->settings.log.chain);
    assert_false(c->settings.log.syslog);
    assert_string_equal(c->settings.log.file, "stdout");
    assert_string_equal(c->policy->base.profiles[0]->name, "pix-6.3");
    assert_int_equal(c->policy->base.mode, FX_MODE_ENFORCE);
    assert_int_equal(c->policy->base.require, FX_BIT(FX_EXT_STARTTLS));
    assert_int_equal(c->policy->base.recipients.limit, 7);
    assert_int_equal(c->policy->base.recipients.overflow, FX_OVERFLOW_LOSE);
    assert_int_equal(c->policy->limits.recipients, 0);
    assert_int_equal(c->notices.count, 0);
    fx_config_destroy(c);
    c = load("log : { rotate_bytes = 5000000000; };\n"); /* more than 32 bits, without an L */
    assert_true(c->settings.log.rotate_bytes == INT64_C(5000000000));
    fx_config_destroy(c);
    c = load("log : { rotate_bytes = 5000000000L; }\n# 9999999999 \"\n/* 8888888888 */");
    assert_true(c->settings.log.rotate_bytes == INT64_C(5000000000));
    fx_config_destroy(c);
}

static void test_sockets(void **state)
{
    static const char *const good[] = {
        "inet:1@127.0.0.1",
        "inet:65535@127.255.0.9",
        "inet:8891@LOCALHOST",
        "inet6:8891@::1",
        "inet6:8891@[::1]",
        "inet6:8891@localhost",
        "unix:/a",
        "local:/a",
    };
    static const char *const remote[] = {
        "inet:8891@0.0.0.0",
        "inet:8891@192.0.2.1",
        "inet:8891@::ffff:192.0.2.1",
        "inet6:8891@::",
        "inet6:8891@2001:db8::1",
        "inet:8891@mx.example.org", /* whatever its addresses are */
        "inet:8891@localhost.example.org",
        "inet:8891@127.1",
        "inet:8891@0",
        "inet:8891",
        "inet6:8891",
    };
    static const char *const listeners[] = {
        "milter : { socket = \"%s\"; %s };",
        "command_filter : { listen = \"%s\"; }; milter : { %s };"};
    char text[256];
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        (void)snprintf(text, sizeof text, "milter : { socket = \"%s\"; };", good[i]);
        struct fx_config *c = load(text);
        assert_string_equal(c->settings.milter.socket, good[i]);
        fx_config_destroy(c);
    }
    for (size_t i = 0; i < 2 * sizeof remote / sizeof remote[0]; i++) {
        const char *format = listeners[i % 2], *socket = remote[i / 2];
        (void)snprintf(text, sizeof text, format, socket, "");
        check_fault(text, NULL, shipped, "beyond loopback");
        (void)snprintf(text, sizeof text, format, socket, "allow_remote = true;");
        struct fx_config *c = load(text);
        assert_true(c->settings.milter.allow_remote);
        fx_config_destroy(c);
    }
}

/* ---- policy ---- */

static void test_rules(void **state)
{
    (void)state;
    struct fx_config *c = load("policy : { mode = \"tag\"; rules : { body-8bit = \"off\";\n"
                               "  header-line-length = \"enforce\"; }; };");
    const struct fx_ruleset *r = &c->policy->base;
    assert_int_equal(r->rule_mode[FX_RULE_BODY_8BIT], FX_MODE_OFF);
    assert_int_equal(r->rule_mode[FX_RULE_HEADER_LINE_LENGTH], FX_MODE_ENFORCE);
    assert_int_equal(r->rule_mode[FX_RULE_BODY_LINE_LENGTH], FX_MODE_TAG);
    assert_true(r->rule_named[FX_RULE_BODY_8BIT]);
    assert_false(r->rule_named[FX_RULE_BODY_LINE_LENGTH]);
    fx_config_destroy(c);
}

/* Where in its block the group stands is nothing; names go before it, later blocks before both,
 * and nothing is named by it. */
static void test_rule_group(void **state)
{
    (void)state;
    struct fx_config *c =
        load("policy : { rules : { dkim-l-present = \"tag\"; dkim-* = \"off\";\n"
             "    dkim-x-past = \"enforce\"; }; };\n"
             "clients = ( { daemon_name = \"a\"; rules : { dkim-* = \"tag\"; } },\n"
             "  { daemon_name = \"b\"; mode = \"off\"; rules : { dkim-x-past = \"tag\"; }; },\n"
             "  { daemon_name = \"c\"; rules : { dkim-h-absent = \"tag\"; }; } );");
    const struct fx_ruleset *r = &c->policy->base;
    assert_int_equal(r->rule_mode[FX_RULE_DKIM_FIRST], FX_MODE_OFF);
    assert_int_equal(r->rule_mode[FX_RULE_DKIM_LAST], FX_MODE_OFF);
    assert_int_equal(r->rule_mode[FX_RULE_DKIM_L_PRESENT], FX_MODE_TAG);
    assert_int_equal(r->rule_mode[FX_RULE_DKIM_X_PAST], FX_MODE_ENFORCE);
    assert_int_equal(r->rule_mode[FX_RULE_DKIM_FIRST - 1], FX_MODE_OBSERVE);
    assert_int_equal(r->rule_mode[FX_RULE_DKIM_LAST + 1], FX_MODE_OBSERVE);
    for (size_t i = 0; i < FX_RULE_COUNT; i++)
        assert_int_equal(r->rule_named[i],
                         i == FX_RULE_DKIM_L_PRESENT || i == FX_RULE_DKIM_X_PAST);
    r = &c->policy->blocks[0].rules;
    for (size_t i = FX_RULE_DKIM_FIRST; i <= FX_RULE_DKIM_LAST; i++)
        assert_int_equal(r->rule_mode[i], FX_MODE_TAG);
    assert_false(r->rule_named[FX_RULE_DKIM_H_ABSENT]);
    r = &c->policy->blocks[1].rules;
    for (size_t i = FX_RULE_DKIM_FIRST; i <= FX_RULE_DKIM_LAST; i++)
        assert_int_equal(r->rule_mode[i], i == FX_RULE_DKIM_X_PAST ? FX_MODE_TAG : FX_MODE_OFF);
    r = &c->policy->blocks[2].rules;
    assert_int_equal(r->rule_mode[FX_RULE_DKIM_H_ABSENT], FX_MODE_TAG);
    assert_int_equal(r->rule_mode[FX_RULE_DKIM_H_EMPTY], FX_MODE_OFF);
    fx_config_destroy(c);
}

static void test_severity(void **state)
{
    static const struct {
        const char *text;
        enum fx_severity want;
    } cases[] = {
        {"", FX_SEVERITY_WEAK},
        {"policy : { dkim_severity = \"off\"; };", FX_SEVERITY_NONE},
        {"policy : { dkim_severity = \"fault\"; };", FX_SEVERITY_FAULT},
        {"policy : { dkim_severity = \"weak\"; };", FX_SEVERITY_WEAK},
        {"policy : { dkim_severity = \"note\"; };", FX_SEVERITY_NOTE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fx_config *c = load(cases[i].text);
        assert_int_equal(c->policy->base.dkim_severity, cases[i].want);
        fx_config_destroy(c);
    }
}

static void test_clients(void **state)
{
    (void)state;
    struct fx_config *c = load(
        "policy : { mode = \"enforce\"; compare = [ \"pix-6.3\" ]; require = [ \"SIZE\" ];\n"
        "  rules : { body-8bit = \"off\"; body-line-length = \"observe\"; }; };\n"
        "simulate : { recipients : { limit = 9; overflow = \"fail\"; }; };\n"
        "clients = (\n"
        "  { networks = [ \"192.0.2.0/24\", \"2001:db8::/32\" ]; mode = \"off\"; },\n"
        "  { authenticated = true; profile = \"pix-6.3\"; require = [ ];\n"
        "    rules : { body-8bit = \"tag\"; }; simulate : { recipients : { limit = 1; }; }; "
        "},\n"
        "  { authenticated = false; daemon_name = \"staging\"; compare = [ ]; }\n"
        ");\n");
    const struct fx_policy *p = c->policy;
    assert_int_equal(p->block_count, 3);
    const struct fx_ruleset *r = &p->blocks[0].rules;
    assert_int_equal(p->blocks[0].network_count, 2);
    assert_int_equal(p->blocks[0].authenticated, FX_UNKNOWN);
    assert_null(p->blocks[0].daemon_name);
    assert_int_equal(r->mode, FX_MODE_OFF);
    assert_int_equal(r->rule_mode[FX_RULE_HEADER_LINE_LENGTH], FX_MODE_OFF);
    /* off means all of it: rules of the policy do not shine through */
    assert_int_equal(r->rule_mode[FX_RULE_BODY_LINE_LENGTH], FX_MODE_OFF);
    assert_false(r->rule_named[FX_RULE_BODY_LINE_LENGTH]);
    assert_string_equal(r->profiles[0]->name, "asa-9");
    assert_int_equal(r->profile_count, 2);
    assert_int_equal(r->recipients.limit, 9);
    assert_int_equal(r->require, FX_BIT(FX_EXT_SIZE));
    r = &p->blocks[1].rules;
    assert_int_equal(p->blocks[1].authenticated, FX_YES);
    assert_string_equal(r->profiles[0]->name, "pix-6.3");
    assert_int_equal(r->profile_count, 1); /* what is compared is now enforced */
    assert_int_equal(r->mode, FX_MODE_ENFORCE);
    assert_int_equal(r->rule_mode[FX_RULE_BODY_8BIT], FX_MODE_TAG);
    assert_int_equal(r->rule_mode[FX_RULE_BODY_LINE_LENGTH], FX_MODE_OBSERVE);
    assert_int_equal(r->require, 0);
    assert_int_equal(r->recipients.limit, 1);
    assert_int_equal(r->recipients.overflow, FX_OVERFLOW_FAIL);
    assert_int_equal(p->blocks[2].authenticated, FX_NO);
    assert_string_equal(p->blocks[2].daemon_name, "staging");
    assert_int_equal(p->blocks[2].rules.profile_count, 1);
    assert_int_equal(p->profile_count, 2);
    assert_ptr_equal(p->blocks[1].rules.profiles[0], p->base.profiles[1]); /* read once */
    fx_config_destroy(c);
}

static void test_compare(void **state)
{
    size_t count = 0;
    char **names;
    (void)state;
    struct fx_config *c =
        load("policy : { compare = [ \"pix-6.3\", \"asa-9\", \"pix-6.3\" ]; };");
    assert_int_equal(c->policy->base.profile_count, 2);
    assert_string_equal(c->policy->base.profiles[1]->name, "pix-6.3");
    fx_config_destroy(c);
    assert_true(fx_config_profile_names(shipped, &names, &count, NULL));
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
    c = load("policy : { compare = \"all\"; };\n"
             "clients = ( { authenticated = true; profile = \"pix-7.2.2\"; } );");
    assert_int_equal(c->policy->base.profile_count, count);
    assert_int_equal(c->policy->profile_count, count);
    assert_string_equal(c->policy->base.profiles[0]->name, "asa-9");
    assert_int_equal(c->policy->blocks[0].rules.profile_count, count);
    assert_string_equal(c->policy->blocks[0].rules.profiles[0]->name, "pix-7.2.2");
    fx_config_destroy(c);
}

/* A variant is accepted wherever a profile is, and "all" has none. */
static void test_variants(void **state)
{
    char plain[sizeof((struct fx_policy *)0)->digest];
    (void)state;
    struct fx_config *c = load("policy : { profile = \"pix-6.3\"; };");
    memcpy(plain, c->policy->digest, sizeof plain);
    fx_config_destroy(c);
    c = load("policy : { profile = \"pix-6.3+masked-verbs\"; };");
    assert_string_not_equal(c->policy->digest, plain);
    assert_string_equal(c->policy->base.profiles[0]->name, "pix-6.3+masked-verbs");
    assert_int_equal(c->policy->profile_count, 1); /* the plain one is not in use */
    fx_config_destroy(c);
    c = load("policy : { profile = \"asa-9\"; compare = [ \"pix-6.3+ok-verbs\", \"pix-6.3\",\n"
             "  \"pix-6.3+ok-verbs\" ]; };\n"
             "clients = ( { authenticated = true; profile = \"asa-9+pipe-only+stars-banner\";\n"
             "  compare = \"all\"; } );");
    assert_int_equal(c->policy->base.profile_count, 3);
    const struct fx_ruleset *r = &c->policy->blocks[0].rules;
    assert_string_equal(r->profiles[0]->name, "asa-9+pipe-only+stars-banner");
    assert_string_equal(r->profiles[0]->address_characters.set, "|");
    assert_int_equal(r->profiles[0]->banner.style, FX_BANNER_STARS);
    for (size_t i = 1; i < r->profile_count; i++)
        assert_null(strchr(r->profiles[i]->name, '+'));
    fx_config_destroy(c);
}

/* ---- the command line ---- */

static void test_override(void **state)
{
    static const char *const names[] = {"pix-7.2.2", "pix-6.3"};
    struct fx_config_override o = {.socket = "inet:8891@127.0.0.1"};
    const char *text = "milter : { socket = \"unix:/a\"; };\n"
                       "policy : { profile = \"pix-6.3\"; compare = [ \"pix-7.2.2\" ]; };\n"
                       "clients = ( { authenticated = true; profile = \"asa-9-allow-tls\"; },\n"
                       "            { authenticated = false; mode = \"off\"; } );";
    (void)state;
    struct fx_config *c = load_good(file(text), shipped, &o);
    assert_string_equal(c->settings.milter.socket, "inet:8891@127.0.0.1");
    assert_string_equal(c->policy->base.profiles[0]->name, "pix-6.3");
    assert_int_equal(c->policy->base.profile_count, 2);
    fx_config_destroy(c);
    o = (struct fx_config_override){.profile = "asa-9"};
    c = load_good(file(text), shipped, &o);
    assert_string_equal(c->settings.milter.socket, "unix:/a");
    assert_string_equal(c->policy->base.profiles[0]->name, "asa-9");
    assert_int_equal(c->policy->base.profile_count, 1); /* the file's comparison went with it */
    assert_string_equal(c->policy->blocks[0].rules.profiles[0]->name, "asa-9-allow-tls");
    assert_string_equal(c->policy->blocks[1].rules.profiles[0]->name, "asa-9");
    fx_config_destroy(c);
    o = (struct fx_config_override){.compare = names, .compare_count = 2};
    c = load_good(NULL, shipped, &o);
    assert_string_equal(c->policy->base.profiles[0]->name, "asa-9");
    assert_int_equal(c->policy->base.profile_count, 3);
    assert_string_equal(c->policy->base.profiles[1]->name, "pix-7.2.2");
    fx_config_destroy(c);
    o = (struct fx_config_override){.profile = "pix-6.3", .compare_all = true};
    c = load_good(NULL, shipped, &o);
    assert_string_equal(c->policy->base.profiles[0]->name, "pix-6.3");
    assert_true(c->policy->base.profile_count >= 4);
    fx_config_destroy(c);
    o = (struct fx_config_override){.socket = "inet:8891@192.0.2.1"};
    check_fault("", &o, shipped,
                "command-line:1: milter.socket: \"inet:8891@192.0.2.1\" is open");
    o = (struct fx_config_override){.socket = "nonsense"};
    check_fault("", &o, shipped, "command-line:1: milter.socket: \"nonsense\" is not a socket");
    o = (struct fx_config_override){.profile = "nonsense"};
    check_fault("", &o, shipped,
                "command-line:1: policy.profile: \"nonsense\" is not a profile");
}

/* ---- notices ---- */

static void test_notices_of_the_log(void **state)
{
    (void)state;
    struct fx_config *c =
        load("log : { chain = false;\n key_file = \"k\";\n signing_key_file = \"s\";\n"
             " file = \"stdout\"; rotate_bytes = 5000; };\n");
    assert_int_equal(c->notices.count, 3);
    assert_non_null(strstr(c->notices.lines[0],
                           "/"
                           "a.conf:2: log.key_file: has no effect while log.chain is false"));
    assert_non_null(
        strstr(c->notices.lines[1],
               "/"
               "a.conf:3: log.signing_key_file: has no effect while log.chain is false"));
    assert_non_null(strstr(c->notices.lines[2],
                           "/"
                           "a.conf:4: log.rotate_bytes: has no effect on stdout"));
    fx_config_destroy(c);
}

static void test_notices(void **state)
{
    static const char *const want[] = {
        "a.conf:7: metrics.listen: has no effect yet",
        "a.conf:6: policy.rules.dsn-symptom: has no effect yet",
        "a.conf:8: clients[0].rules.dsn-symptom: has no effect yet",
        "a.conf:8: clients[0].rules.message-size: has no effect yet",
    };
    (void)state;
    struct fx_config *c =
        load("simulate : { end_of_data : { every = 5; hold_seconds = 700; }; };\n"
             "log : { durability = \"async\"; head_records = 5; head_seconds = 60; key_file = "
             "\"\";\n"
             "  chain = true; };\n"
             "state : { backend = \"memory\"; };\n"
             "policy : { content_type_grade = \"listed\";\n"
             "  rules : { dsn-symptom = \"tag\"; body-8bit = \"tag\"; }; };\n"
             "metrics : { listen = \"127.0.0.1:9797\"; };\n"
             "clients = ( { authenticated = true; rules : { dsn-symptom = \"tag\";\n"
             " message-size = \"off\"; }; } );\n");
    size_t count = sizeof want / sizeof want[0];
    if (c->notices.count != count)
        show_faults(&c->notices);
    assert_int_equal(c->notices.count, count);
    for (size_t i = 0; i < count; i++) {
        size_t n = strlen(want[i]), m = strlen(c->notices.lines[i]);
        const char *line = c->notices.lines[i] + (m > n ? m - n : 0);
        if (i == count - 1) /* the line of the last one is its own */
            assert_non_null(strstr(c->notices.lines[i], "clients[0].rules.message-size"));
        else
            assert_string_equal(line, want[i]);
    }
    fx_config_destroy(c);
}

/* ---- digest ---- */

static void digest_of(const char *text, char out[65])
{
    struct fx_config *c = load(text);
    memcpy(out, c->policy->digest, 65);
    assert_int_equal(strlen(out), 64);
    fx_config_destroy(c);
}

static void test_digest(void **state)
{
    static const char *const same[] = {
        "# nothing\n",
        "policy : { mode = \"observe\"; profile = \"asa-9\"; }; /* as it is */\n",
        "limits : { evidence = 0x200; findings = 64; };\npolicy = { };\n",
        "milter : { user = \"o\"; socket = \"unix:/x\"; };\nlog : { file = \"stdout\"; };\n",
        "clients = ( );\n",
        "policy : { rules : { dkim-* = \"observe\"; }; };\n",
    };
    static const char *const different[] = {
        "policy : { mode = \"tag\"; };",
        "policy : { profile = \"pix-6.3\"; };",
        "policy : { compare = [ \"pix-6.3\" ]; };",
        "policy : { rules : { body-8bit = \"observe\"; }; };",
        "policy : { require = [ \"SIZE\" ]; };",
        "policy : { content_type_grade = \"colon\"; };",
        "policy : { dkim_severity = \"off\"; };",
        "policy : { rules : { dkim-* = \"off\"; }; };",
        "policy : { rules : { dkim-* = \"tag\"; }; };",
        "policy : { rules : { dkim-* = \"off\"; dkim-x-past = \"off\"; }; };",
        "policy : { rules : { dkim-* = \"off\"; dkim-x-past = \"observe\"; }; };",
        "policy : { rules : { dkim-x-past = \"observe\"; }; };",
        "policy : { dkim_severity = \"fault\"; };",
        "simulate : { recipients : { limit = 1; }; };",
        "simulate : { recipients : { overflow = \"defer\"; }; };",
        "simulate : { end_of_data : { every = 1; }; };",
        "limits : { recipients = 99; };",
        "milter : { on_error = \"accept\"; };",
        "log : { on_full = \"accept\"; };",
        "log : { records = \"flagged\"; };",
        "clients = ( { authenticated = true; } );",
        "clients = ( { authenticated = false; } );",
        "clients = ( { daemon_name = \"a\"; } );",
        "clients = ( { networks = [ \"192.0.2.0/24\" ]; } );",
        "clients = ( { networks = [ \"192.0.2.0/25\" ]; } );",
    };
    char base[65], digests[sizeof different / sizeof different[0] + 1][65];
    (void)state;
    digest_of("", base);
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        char got[65];
        digest_of(same[i], got);
        assert_string_equal(got, base);
    }
    memcpy(digests[0], base, 65);
    for (size_t i = 0; i < sizeof different / sizeof different[0]; i++) {
        digest_of(different[i], digests[i + 1]);
        for (size_t j = 0; j <= i; j++)
            if (strcmp(digests[j], digests[i + 1]) == 0)
                fail_msg("the same digest: %s", different[i]);
    }
    char a[65], b[65];
    digest_of("policy : { compare = [ \"pix-6.3\", \"pix-7.2.2\" ]; require = [ \"DSN\", "
              "\"SIZE\" ];\n"
              "rules : { body-8bit = \"off\"; body-line-length = \"tag\"; }; };",
              a);
    digest_of("policy : { rules : { body-line-length = \"tag\"; body-8bit = \"off\"; };\n"
              "require = [ \"SIZE\", \"DSN\" ]; compare = [ \"pix-7.2.2\", \"pix-6.3\" ]; };",
              b);
    assert_string_equal(a, b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults), cmocka_unit_test(test_values),
        cmocka_unit_test(test_sockets),  cmocka_unit_test(test_rules),
        cmocka_unit_test(test_severity), cmocka_unit_test(test_rule_group),
        cmocka_unit_test(test_clients),  cmocka_unit_test(test_compare),
        cmocka_unit_test(test_variants), cmocka_unit_test(test_override),
        cmocka_unit_test(test_notices),  cmocka_unit_test(test_notices_of_the_log),
        cmocka_unit_test(test_digest),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
