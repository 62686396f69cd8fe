/* With addresses = "hash" no local part is left in any record or summary, wherever a client
 * puts an address, in whatever form, and wherever it is cut. */
#include "config_tools.h"
#include "fixture.h"

#include "engine.h"

#define PERSON "qxzvkjwq" /* no four letters of it stand anywhere else */
#define MANY 7500         /* times it stands in a long local part */

static struct folder dir;
static char profiles[512], long_address[MANY * (sizeof PERSON - 1) + 32];

struct listener {
    size_t records, leaks;
    bool plain; /* leaks are only counted */
    const char *what;
    struct fx_slice address;
    struct fx_text text; /* of all records, where it has room */
};

static bool leaks(struct fx_slice text)
{
    for (size_t i = 0; i + 4 <= text.len; i++)
        for (size_t n = 0; n + 4 < sizeof PERSON; n++)
            if (fx_slice_eq_nocase(fx_slice(text.ptr + i, 4), fx_slice(&PERSON[n], 4)))
                return true;
    return false;
}

static bool emit(void *arg, struct fx_record *record)
{
    struct listener *l = arg;
    struct fx_slice texts[] = {fx_text_slice(&record->text), fx_text_slice(&record->summary)};
    l->records++;
    fx_text_add(&l->text, texts[0]);
    fx_text_add_char(&l->text, '\0');
    for (size_t i = 0; i < 2; i++) {
        if (!leaks(texts[i]))
            continue;
        l->leaks++;
        if (!l->plain)
            fail_msg("%s with %.*s:\n%.*s", l->what, (int)l->address.len, l->address.ptr,
                     (int)texts[i].len, texts[i].ptr);
    }
    return true;
}

/* ---- one session, with a text in one place ---- */

struct place {
    const char *what;
    enum fx_event_kind kind;
    const char *before, *after; /* of the text, a command, path, parameter or value */
    const char *name;           /* of a field; "@": the text itself */
};

static struct fx_time now(void)
{
    return (struct fx_time){.wall = FIXTURE_WALL, .mono = 1};
}

static void feed(struct fx_engine *e, enum fx_event_kind kind, struct fx_slice text)
{
    struct fx_event event = {.kind = kind, .time = now(), .text = text};
    fx_engine_feed(e, &event);
}

static void feed_path(struct fx_engine *e, enum fx_event_kind kind, struct fx_slice path,
                      struct fx_slice parameter)
{
    struct fx_event event = {.kind = kind, .time = now(), .text = path};
    event.parameters[0] = parameter;
    event.parameter_count = fx_slice_told(parameter);
    fx_engine_feed(e, &event);
}

static void feed_field(struct fx_engine *e, struct fx_slice name, struct fx_slice value)
{
    struct fx_event event = {
        .kind = FX_EVENT_HEADER, .time = now(), .text = name, .value = value};
    fx_engine_feed(e, &event);
}

/* fill(place, text): before, text, after */
static struct fx_slice filled(struct fx_text *t, const struct place *place,
                              struct fx_slice address)
{
    fx_text_reset(t);
    fx_text_add_str(t, place->before);
    fx_text_add(t, address);
    fx_text_add_str(t, place->after);
    assert_false(t->overflow);
    return fx_text_slice(t);
}

static void session(const struct fx_config *config, const struct place *place,
                    struct fx_slice address, struct listener *l)
{
    struct fx_engine_hooks hooks = {.emit = emit, .arg = l};
    struct fx_engine *e = fx_engine_create(config->policy, FIXTURE_ID, &hooks);
    struct fx_text space;
    fx_text_init_growing(&space, 1024 * 1024);
    struct fx_slice text = filled(&space, place, address);
    struct fx_macros macros = {.auth_type = FX_LIT("PLAIN"), .auth_authen = text};
    bool path = place->name == NULL;
    enum fx_event_kind kind = place->kind;
    l->what = place->what;
    l->address = address;
    assert_non_null(e);
    feed(e, FX_EVENT_CONNECT, kind == FX_EVENT_CONNECT ? text : FX_LIT("mail.example.org"));
    feed(e, FX_EVENT_HELO, kind == FX_EVENT_HELO ? text : FX_LIT("mail.example.org"));
    if (kind == FX_EVENT_COMMAND)
        feed(e, kind, text);
    bool mail = kind == FX_EVENT_MAIL, rcpt = kind == FX_EVENT_RCPT;
    struct fx_event event = {.kind = FX_EVENT_MAIL,
                             .time = now(),
                             .macros = kind == FX_EVENT_DATA ? &macros : NULL,
                             .text = mail && path ? text : FX_LIT("<a@example.org>")};
    event.parameters[0] = text;
    event.parameter_count = mail && !path;
    fx_engine_feed(e, &event);
    feed_path(e, FX_EVENT_RCPT, rcpt && path ? text : FX_LIT("<b@example.net>"),
              rcpt && !path ? text : FX_ABSENT);
    feed_path(e, FX_EVENT_RCPT, FX_LIT("<b@example.net>"), FX_ABSENT);
    feed(e, FX_EVENT_DATA, FX_ABSENT);
    feed_field(e, FX_LIT("Content-Type"), FX_LIT(" multipart/mixed; boundary=b"));
    if (kind == FX_EVENT_HEADER)
        feed_field(e,
                   place->name[0] == '@' ? filled(&space, place, address)
                                         : fx_slice_str(place->name),
                   place->name[0] == '@' ? FX_LIT(" x\n Content-Type: y") : text);
    feed(e, FX_EVENT_EOH, FX_ABSENT);
    feed(e, FX_EVENT_BODY,
         kind == FX_EVENT_BODY ? text : FX_LIT("--b\r\n\r\ntext\r\n--b--\r\n"));
    feed(e, FX_EVENT_EOM, FX_ABSENT);
    feed(e, FX_EVENT_CLOSE, FX_ABSENT);
    fx_engine_destroy(e);
    fx_text_finish(&space);
}

#define N10 "nnnnnnnnnn"
#define N100 N10 N10 N10 N10 N10 N10 N10 N10 N10 N10
#define SIGNED "v=1; a=rsa-sha256; d=example.org; s=s; h=from; b=YQ==; bh=YQ==; "
#define COMMAND(before)                                       \
    {                                                         \
        "command " before, FX_EVENT_COMMAND, before, "", NULL \
    }
#define PARAMETER(kind, before)                                   \
    {                                                             \
#kind " parameter " before, kind, before, "", "parameter" \
    }
#define FIELD(name, before, after)                                 \
    {                                                              \
        name ": " before, FX_EVENT_HEADER, " " before, after, name \
    }
#define TAG(tag) FIELD("DKIM-Signature", SIGNED tag, "")
#define FILE_NAME(before)                                                  \
    {                                                                      \
        "file name " before, FX_EVENT_BODY,                                \
            "--b\r\nContent-Disposition: attachment; filename*=''" before, \
            N100 N100 ".pdf\r\n\r\nx\r\n--b--\r\n", NULL                   \
    }

/* Where an address may stand in any form. */
static const struct place places[] = {
    {"client name", FX_EVENT_CONNECT, "", "", NULL},
    {"HELO", FX_EVENT_HELO, "", "", NULL},
    COMMAND(""),
    COMMAND("<"),
    COMMAND("VRFY "),
    COMMAND("EXPN <"),
    COMMAND("SEND FROM:<"),
    COMMAND("mailto:"),
    {"login", FX_EVENT_DATA, "", "", NULL},
    {"MAIL path", FX_EVENT_MAIL, "<", ">", NULL},
    {"MAIL path, bare", FX_EVENT_MAIL, "", "", NULL},
    {"MAIL path, route", FX_EVENT_MAIL, "<@a.example,@b.example:", ">", NULL},
    {"MAIL path, bad", FX_EVENT_MAIL, "<a|<", ">>", NULL},
    {"MAIL path, open", FX_EVENT_MAIL, "<", "", NULL},
    {"RCPT path", FX_EVENT_RCPT, "<", ">", NULL},
    {"RCPT path, bad", FX_EVENT_RCPT, "<a|", ">", NULL},
    PARAMETER(FX_EVENT_MAIL, ""),
    PARAMETER(FX_EVENT_MAIL, "AUTH="),
    PARAMETER(FX_EVENT_MAIL, "AUTH=<"),
    PARAMETER(FX_EVENT_MAIL, "BODY="),
    PARAMETER(FX_EVENT_MAIL, "ENVID="),
    PARAMETER(FX_EVENT_MAIL, "SIZE="),
    PARAMETER(FX_EVENT_MAIL, "SUBMITTER="),
    PARAMETER(FX_EVENT_MAIL, "XFOO="),
    PARAMETER(FX_EVENT_RCPT, ""),
    PARAMETER(FX_EVENT_RCPT, "ORCPT=rfc822;"),
    PARAMETER(FX_EVENT_RCPT, "XFOO="),
    FIELD("From", "A Name <", ">"),
    FIELD("To", N100 N100 N100 N100 N100 N100 N100 N100 N100 N100 "<", ">"),
    FIELD("Received", "from x by y for <", ">; now"),
    FIELD("Subject", "Content-Type: x ", ""),
    {"field name", FX_EVENT_HEADER, "", "", "@"},
    {"field name, at the bound", FX_EVENT_HEADER, N10 N10 N10 N10 N10 "nnnnn", "", "@"},
    {"field name, over it", FX_EVENT_HEADER, N100, "", "@"},
    TAG("i="),
    TAG("i==zz"),
    TAG("z=From:"),
    TAG("z=To:<x>|From:"),
    TAG("t="),
    TAG("x="),
    TAG("l="),
    TAG("q="),
    TAG("q=x:"),
    TAG(""),
    FIELD("DKIM-Signature", SIGNED "i=", "; i=x"),
    FIELD("DKIM-Signature", "v=1; a=rsa-sha256; s=s; h=from; b=YQ==; bh=YQ==; d=", ""),
    FIELD("DKIM-Signature", "v=1; a=rsa-sha256; d=example.org; h=from; bh=YQ==; s=", ""),
    FIELD("DKIM-Signature", "v=1; d=example.org; s=s; h=from; bh=YQ==; b=YQ==; a=", ""),
    FIELD("DKIM-Signature", "a=rsa-sha256; d=example.org; s=s; h=from:x:", "; v="),
    FIELD("DKIM-Signature", "a=rsa-sha256; d=example.org; s=s; h=from; bh=", ""),
    FIELD("DKIM-Signature", "a=rsa-sha256; d=example.org; s=s; h=from; b=", ""),
    FIELD("DKIM-Signature", "a=rsa-sha256; d=example.org; s=s; h=from; c=", ""),
    FIELD("DKIM-Signature", "a=rsa-sha256; d=example.org; s=s; h=from; v=", ""),
    FIELD("ARC-Seal", "i=1; cv=", ""),
    FIELD("ARC-Seal", "cv=none; i=", ""),
    FIELD("ARC-Seal", "i=1; cv=none; h=", ""),
    FIELD("ARC-Message-Signature", "i=1; d=", ""),
    FIELD("ARC-Authentication-Results", "i=", ""),
    FIELD("DomainKey-Signature", "a=rsa-sha1; q=dns; c=simple; s=s; d=", ""),
    FILE_NAME(""),
    FILE_NAME("to "),
    FILE_NAME(N100 "of "),
    FILE_NAME(N100 "nnnnnnnnnn of "),
    FILE_NAME(N100 "nnnnnnnnnnnnnnnnnn of "),
    FILE_NAME(N100 "nnnnnnnnnnnnnnnnnnnnnnnnnnn "),
    FILE_NAME(N100 N100 "%22"),
};
#define PLACES (sizeof places / sizeof places[0])

/* What is of a person though no address follows: without an at sign, encoded, or cut. */
#define MARKED "XXXXXXXXXXXXXXXX"
static const struct place without_address[] = {
    {"marked verb", FX_EVENT_COMMAND,
     MARKED MARKED MARKED MARKED "-" PERSON PERSON PERSON PERSON PERSON PERSON PERSON PERSON,
     "", NULL},
    PARAMETER(FX_EVENT_MAIL, "BODY=" PERSON "+40example.org"),
    {"MAIL path of two words", FX_EVENT_MAIL, "<" PERSON " |b@example.org>", "", NULL},
    {"MAIL path, long", FX_EVENT_MAIL, "<" PERSON " " N100 N100 N100 N100 "@example.org>", "",
     NULL},
    {"RCPT path of two words", FX_EVENT_RCPT, "<" PERSON " |b@example.org>", "", NULL},
    TAG("i=" PERSON),
    TAG("i==zz" PERSON),
    TAG("z=From:" PERSON),
    FIELD("DKIM-Signature",
          "v=1; a=rsa-sha256; d=example.org; s=s; b=YQ==; bh=YQ==; h=" PERSON "=40x:from", ""),
};

static struct fx_slice address_at(size_t n)
{
    static const struct fx_slice all[] = {
        {"" PERSON "@example.org", 20},
        {"QXZVKJWQ@EXAMPLE.ORG", 20},
        {"\"" PERSON "\"@example.org", 22},
        {"\"qxzv kjwq\"@example.org", 23},
        {"\"to qxzvkjwq@example.org\"", 25},
        {"x\"qxzvkjwq@example.org\"", 23},
        {"qxzv.\"kj wq\"@example.org", 24},
        {"qxzvkjwq\0x@example.org", 22},
        {"qxzvkjwq\r\n\t@example.org", 23},
        {"qxzvkjwq @ example.org", 22},
        {"\xff" PERSON "\xfe@example.org", 22},
        {PERSON "@a@example.org", 22},
        {"a\\@" PERSON "@example.org", 23},
        {PERSON "@\"x\"", 12},
        {PERSON "@[192.0.2.1]", 20},
        {PERSON "@", 9},
        {"a:" PERSON "@example.org", 22},
        {"a|" PERSON "=x@example.org,b@example.net", 38},
    };
    size_t count = sizeof all / sizeof all[0];
    if (n < count)
        return all[n];
    return n == count ? fx_slice(long_address, strlen(long_address)) : FX_ABSENT;
}

/* The policy may do as little as it likes with what it shows: all of it is asked for. */
static struct fx_config *load(const char *limits, const char *mode, const char *addresses)
{
    static const char *shipped[] = {profiles, NULL};
    char text[1024], path[512];
    const struct fx_config_override override = {.keys = FX_KEYS_ADDRESSES};
    int n = snprintf(text, sizeof text,
                     "policy : { profile = \"pix-6.3\"; compare = \"all\"; mode = \"%s\"; "
                     "dkim_severity = \"note\"; content_type_grade = \"listed\"; };\n"
                     "log : { addresses = \"%s\"; address_key_file = \"key\"; };\n"
                     "limits : { %s };\n",
                     mode, addresses, limits);
    assert_true(n > 0 && (size_t)n < sizeof text);
    folder_write(&dir, "a.conf", text, (size_t)n);
    struct fx_config *config =
        load_good(folder_path(&dir, "a.conf", path, sizeof path), shipped, &override);
    assert_non_null(config->pseudonyms);
    return config;
}

static size_t play_all(const struct fx_config *config, struct listener *l)
{
    size_t places_that_leak = 0;
    for (size_t i = 0; i < PLACES; i++) {
        size_t before = l->leaks;
        for (size_t n = 0; fx_slice_told(address_at(n)); n++)
            session(config, &places[i], address_at(n), l);
        places_that_leak += l->leaks > before;
    }
    for (size_t i = 0; i < sizeof without_address / sizeof without_address[0]; i++) {
        size_t before = l->leaks;
        session(config, &without_address[i], FX_LIT(""), l);
        bool never = strstr(without_address[i].what, "BODY") != NULL;
        if (l->plain && l->leaks == before && !never)
            fail_msg("%s shows nothing", without_address[i].what);
    }
    return places_that_leak;
}

static void nothing_is_left(void **state)
{
    static const char *const limits[] = {"", "evidence = 16; address = 64;",
                                         "evidence = 4096; address = 65536; findings = 1000;"};
    static const char *const modes[] = {"observe", "enforce"};
    (void)state;
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++)
        for (size_t m = 0; m < 2; m++) {
            struct fx_config *config = load(limits[i], modes[m], "hash");
            struct listener l = {.plain = false};
            play_all(config, &l);
            assert_true(l.records >= PLACES * 16);
            fx_config_destroy(config);
        }
}

/* No digest of half an address, which nobody would find again. */
static void cut_is_marked(void **state)
{
    static const struct place in_domain = FILE_NAME(N100 "nnnnnnnnnnnnn of ");
    struct fx_config *config = load("", "observe", "hash");
    struct listener l = {.plain = false};
    (void)state;
    fx_text_init_growing(&l.text, 1024 * 1024);
    session(config, &in_domain, address_at(0), &l);
    assert_non_null(strstr(l.text.data, "n of #\""));
    fx_text_finish(&l.text);
    fx_config_destroy(config);
}

/* The places are good ones: with plain addresses most of them show the person. */
static void the_test_can_fail(void **state)
{
    (void)state;
    struct fx_config *config = load("evidence = 4096;", "observe", "plain");
    struct listener l = {.plain = true};
    size_t places_that_leak = play_all(config, &l);
    print_message("# %zu of %zu places show it plain\n", places_that_leak, PLACES);
    assert_true(places_that_leak >= 40);
    fx_config_destroy(config);
}

static int setup(void **state)
{
    char path[512];
    (void)state;
    source_path(profiles, sizeof profiles, "etc/profiles");
    for (size_t i = 0; i < MANY; i++)
        memcpy(long_address + i * (sizeof PERSON - 1), PERSON, sizeof PERSON);
    strcat(long_address, "@example.org");
    folder_create(&dir);
    folder_write(&dir, "key", "0123456789abcdef\nfedcba9876543210\n", 34);
    return chmod(folder_path(&dir, "key", path, sizeof path), 0600);
}

static int teardown(void **state)
{
    (void)state;
    folder_remove_file(&dir, "key");
    folder_remove_file(&dir, "a.conf");
    return rmdir(dir.path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_left),
        cmocka_unit_test(cut_is_marked),
        cmocka_unit_test(the_test_can_fail),
    };
    return cmocka_run_group_tests_name("privacy", tests, setup, teardown);
}
