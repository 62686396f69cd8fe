/* What one message leaves behind: by what it is known again, and what of its recipients. */
#include "engine.h"
#include "fixture.h"

#include <string.h>

#define SEEN_MAX 8

struct watcher {
    struct fx_profile *profile;
    struct fx_policy *policy;
    struct fx_engine *engine;
    struct fx_sighting seen[SEEN_MAX];
    size_t count;
    bool full;
};

static struct watcher one;

static bool take_record(void *arg, struct fx_record *record)
{
    (void)record;
    return !((struct watcher *)arg)->full;
}

static void take_sighting(void *arg, struct fx_sighting *sighting)
{
    struct watcher *w = arg;
    assert_true(w->count < SEEN_MAX);
    w->seen[w->count++] = *sighting;
}

static void connect_as(struct watcher *w, const char *address)
{
    struct fx_event event = fixture_event(FX_EVENT_CONNECT, "mail.example.org");
    fx_engine_destroy(w->engine);
    w->engine = fx_engine_create(
        w->policy, FIXTURE_ID,
        &(struct fx_engine_hooks){.emit = take_record, .sight = take_sighting, .arg = w});
    assert_non_null(w->engine);
    assert_true(fx_address_parse(fx_slice_str(address), &event.client));
    event.client.port = (uint16_t)(40000 + w->count);
    fx_engine_feed(w->engine, &event);
}

static int set_up(void **state)
{
    memset(&one, 0, sizeof one);
    one.profile = fixture_profile("p");
    fixture_rule(one.profile, FX_RULE_RECIPIENT_COUNT, FX_ACTION_TRUNCATE, 2);
    one.profile->rule[FX_RULE_RECIPIENT_COUNT].overflow = FX_OVERFLOW_DEFER;
    one.policy = fixture_policy_of(FX_MODE_ENFORCE, one.profile);
    connect_as(&one, "192.0.2.1");
    *state = &one;
    return 0;
}

static int tear_down(void **state)
{
    struct watcher *w = *state;
    fx_engine_destroy(w->engine);
    fx_policy_destroy(w->policy);
    for (size_t i = 0; i < w->count; i++)
        fx_sighting_finish(&w->seen[i]);
    fixture_free();
    return 0;
}

static struct fx_decision feed(struct watcher *w, struct fx_event event)
{
    fixture_compile(w->policy); /* tests change it between events */
    return fx_engine_feed(w->engine, &event);
}

static void begin(struct watcher *w, const char *from, const char *const *recipients)
{
    feed(w, fixture_path(FX_EVENT_MAIL, from, ""));
    for (; *recipients != NULL; recipients++)
        feed(w, fixture_path(FX_EVENT_RCPT, *recipients, ""));
}

/* id NULL: no Message-ID. */
static void text(struct watcher *w, const char *id, const char *body)
{
    feed(w, fixture_event(FX_EVENT_DATA, NULL));
    feed(w, fixture_header("Subject", " x"));
    if (id != NULL)
        feed(w, fixture_header("Message-ID", id));
    feed(w, fixture_event(FX_EVENT_EOH, NULL));
    /* in two pieces, wherever they part */
    size_t half = strlen(body) / 2;
    struct fx_event piece = fixture_event(FX_EVENT_BODY, body);
    piece.text.len = half;
    feed(w, piece);
    feed(w, fixture_event(FX_EVENT_BODY, body + half));
    feed(w, fixture_event(FX_EVENT_EOM, NULL));
}

static const char *const user[] = {"<user@example.net>", NULL};
static const char *const users[] = {"<a@example.net>", "<b@example.net>", "<c@example.net>",
                                    "<A@Example.NET>", NULL};

static void whole(struct watcher *w, const char *from, const char *id, const char *body)
{
    begin(w, from, user);
    text(w, id, body);
}

static bool same(const struct fx_digest *a, const struct fx_digest *b)
{
    return memcmp(a->octets, b->octets, sizeof a->octets) == 0;
}

static void known_by_sender_and_message_id(void **state)
{
    struct watcher *w = *state;
    whole(w, "<s@example.org>", " <1@example.org>", "one\r\n");
    whole(w, "<s@example.org>", "  <1@example.org>", "other text\r\n");
    whole(w, "<s@example.org>", " <2@example.org>", "one\r\n");
    whole(w, "<t@example.org>", " <1@example.org>", "one\r\n");
    assert_int_equal(w->count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_true(w->seen[i].identified && w->seen[i].sent && !w->seen[i].given_up);
        assert_int_equal(w->seen[i].message, i + 1);
        assert_string_equal(w->seen[i].session, FIXTURE_ID);
        assert_string_equal(w->seen[i].profile, "p");
    }
    assert_true(same(&w->seen[0].identity, &w->seen[1].identity));
    assert_false(same(&w->seen[0].identity, &w->seen[2].identity));
    assert_false(same(&w->seen[0].identity, &w->seen[3].identity));
    assert_false(same(&w->seen[0].identity, &w->seen[0].delivery));
    assert_true(same(&w->seen[0].source, &w->seen[2].source));
    assert_false(same(&w->seen[0].source, &w->seen[3].source));
}

static void without_a_message_id_by_the_body(void **state)
{
    struct watcher *w = *state;
    whole(w, "<s@example.org>", NULL, "one\r\n");
    whole(w, "<s@example.org>", NULL, "one\r\n");
    whole(w, "<s@example.org>", NULL, "two\r\n");
    whole(w, "<s@example.org>", " ", "one\r\n");
    assert_true(same(&w->seen[0].identity, &w->seen[1].identity));
    assert_false(same(&w->seen[0].identity, &w->seen[2].identity));
    assert_true(same(&w->seen[0].identity, &w->seen[3].identity));
}

/* An MTA gives each copy a Message-ID of its own, made of its queue id. */
static void a_message_id_of_the_mta_is_none(void **state)
{
    struct watcher *w = *state;
    static const char *const ids[] = {"4XyZ1k2Lq9z1", "4XyZ1k2Lq9z2"};
    static const char *const fields[] = {" <20261121100000.4XyZ1k2Lq9z1@mx1.example.net>",
                                         " <20261121100100.4XyZ1k2Lq9z2@mx1.example.net>"};
    for (size_t i = 0; i < 2; i++) {
        struct fx_macros macros = {.i = fx_slice_str(ids[i])};
        struct fx_event rcpt = fixture_path(FX_EVENT_RCPT, "<user@example.net>", "");
        rcpt.macros = &macros;
        feed(w, fixture_path(FX_EVENT_MAIL, "<s@example.org>", ""));
        feed(w, rcpt);
        text(w, fields[i], "one\r\n");
    }
    assert_int_equal(w->count, 2);
    assert_true(same(&w->seen[0].identity, &w->seen[1].identity));
    assert_string_equal(w->seen[1].queue_id, "4XyZ1k2Lq9z2");
}

static void a_delivery_is_of_one_client(void **state)
{
    struct watcher *w = *state;
    whole(w, "<s@example.org>", " <1@example.org>", "one\r\n");
    connect_as(w, "192.0.2.1");
    whole(w, "<s@example.org>", " <1@example.org>", "one\r\n");
    connect_as(w, "192.0.2.2");
    whole(w, "<s@example.org>", " <1@example.org>", "one\r\n");
    assert_true(same(&w->seen[0].delivery, &w->seen[1].delivery)); /* whatever the port */
    assert_false(same(&w->seen[0].delivery, &w->seen[2].delivery));
    assert_true(same(&w->seen[0].identity, &w->seen[2].identity));
    assert_false(same(&w->seen[0].source, &w->seen[2].source));
}

static void recipients_and_their_results(void **state)
{
    struct watcher *w = *state;
    begin(w, "<s@example.org>", users);
    text(w, " <1@example.org>", "one\r\n");
    const struct fx_sighting *s = &w->seen[0];
    assert_int_equal(s->recipient_count, 4);
    assert_int_equal(s->refused, 2);
    assert_int_equal(s->recipients[1].result, FX_RECIPIENT_ACCEPTED);
    assert_false(s->recipients[1].refused);
    assert_int_equal(s->recipients[2].result, FX_RECIPIENT_DEFERRED);
    assert_true(s->recipients[2].refused);
    /* the same address, whatever the case */
    assert_memory_equal(s->recipients[0].octets, s->recipients[3].octets, FX_MARK_OCTETS);
    assert_memory_not_equal(s->recipients[0].octets, s->recipients[1].octets, FX_MARK_OCTETS);
}

static void only_452_is_a_refusal_to_follow(void **state)
{
    struct watcher *w = *state;
    w->profile->rule[FX_RULE_RECIPIENT_COUNT].overflow = FX_OVERFLOW_FAIL;
    begin(w, "<s@example.org>", users);
    text(w, " <1@example.org>", "one\r\n");
    assert_int_equal(w->seen[0].refused, 0);
    assert_int_equal(w->seen[0].recipients[2].result, FX_RECIPIENT_REJECTED);
}

static void given_up_by_the_client(void **state)
{
    struct watcher *w = *state;
    begin(w, "<s@example.org>", users);
    feed(w, fixture_event(FX_EVENT_ABORT, NULL));
    begin(w, "<s@example.org>", users);
    feed(w, fixture_event(FX_EVENT_CLOSE, NULL));
    assert_int_equal(w->count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_true(w->seen[i].given_up && !w->seen[i].sent && !w->seen[i].identified);
        assert_int_equal(w->seen[i].refused, 2);
    }
}

static void an_answer_of_ours_is_no_giving_up(void **state)
{
    struct watcher *w = *state;
    fixture_rule(w->profile, FX_RULE_HEADER_LINE_LENGTH, FX_ACTION_DROP_CONNECTION, 10);
    begin(w, "<s@example.org>", user);
    text(w, " <1@example.org>", "one\r\n");
    assert_int_equal(w->count, 1);
    assert_false(w->seen[0].sent || w->seen[0].given_up || w->seen[0].identified);
}

/* Cut at the daemon's own end. */
static void nor_is_an_end_of_ours(void **state)
{
    struct watcher *w = *state;
    struct fx_event cut = fixture_event(FX_EVENT_CLOSE, NULL);
    cut.cut = true;
    begin(w, "<s@example.org>", users);
    feed(w, cut);
    assert_int_equal(w->count, 0);
    connect_as(w, "192.0.2.1");
    begin(w, "<s@example.org>", users);
    feed(w, fixture_event(FX_EVENT_ABORT, NULL)); /* the client was faster */
    feed(w, cut);
    assert_int_equal(w->count, 1);
    assert_true(w->seen[0].given_up);
}

/* Refused for want of a record: the client comes again because we said so. */
static void without_its_record_nothing_is_followed(void **state)
{
    struct watcher *w = *state;
    w->full = true;
    whole(w, "<s@example.org>", " <1@example.org>", "one\r\n");
    assert_int_equal(w->count, 0);
    w->policy->on_full = FX_FAILURE_ACCEPT;
    whole(w, "<s@example.org>", " <1@example.org>", "one\r\n");
    assert_int_equal(w->count, 1);
}

static void rules_that_are_off(void **state)
{
    struct watcher *w = *state;
    w->policy->base.rule_mode[FX_RULE_DUPLICATE_DELIVERY] = FX_MODE_OFF;
    whole(w, "<s@example.org>", " <1@example.org>", "one\r\n");
    assert_true(w->seen[0].truncation && !w->seen[0].duplicates);
    w->policy->base.rule_mode[FX_RULE_RECIPIENT_TRUNCATION] = FX_MODE_OFF;
    whole(w, "<s@example.org>", " <2@example.org>", "one\r\n");
    assert_int_equal(w->count, 1);
}

/* Sendmail: {nbadrcpts} with each RCPT that was accepted, and at DATA. */
static struct fx_event counted(struct fx_event event, struct fx_macros *macros,
                               const char *count)
{
    *macros = (struct fx_macros){.nbadrcpts = fx_slice_str(count)};
    event.macros = macros;
    return event;
}

static void refused_by_the_mta(void **state)
{
    struct watcher *w = *state;
    struct fx_macros m;
    static const struct {
        const char *first, *second, *at_data;
        uint64_t unnamed;
    } rows[] = {
        {"0", "0", "0", 0}, {"0", "0", "3", 3},
        {"1", "2", "2", 0}, /* refused before others were accepted: not for their number */
        {"1", "2", "5", 3}, {"0", "x", "-1", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        feed(w, fixture_path(FX_EVENT_MAIL, "<s@example.org>", ""));
        feed(w, counted(fixture_path(FX_EVENT_RCPT, "<a@example.net>", ""), &m, rows[i].first));
        feed(w,
             counted(fixture_path(FX_EVENT_RCPT, "<b@example.net>", ""), &m, rows[i].second));
        feed(w, counted(fixture_event(FX_EVENT_DATA, NULL), &m, rows[i].at_data));
        feed(w, fixture_event(FX_EVENT_EOH, NULL));
        feed(w, counted(fixture_event(FX_EVENT_EOM, NULL), &m, rows[i].at_data));
        assert_int_equal(w->seen[i].unnamed, rows[i].unnamed);
    }
}

/* Those that we refused are in Sendmail's count, and known already. */
static void refused_by_us_and_the_mta(void **state)
{
    struct watcher *w = *state;
    struct fx_macros m;
    begin(w, "<s@example.org>", users);
    feed(w, counted(fixture_event(FX_EVENT_DATA, NULL), &m, "2"));
    feed(w, fixture_event(FX_EVENT_EOH, NULL));
    feed(w, counted(fixture_event(FX_EVENT_EOM, NULL), &m, "2"));
    assert_int_equal(w->seen[0].refused, 2);
    assert_int_equal(w->seen[0].unnamed, 0);
}

static void many_recipients_are_counted(void **state)
{
    struct watcher *w = *state;
    w->profile->rule[FX_RULE_RECIPIENT_COUNT].limit = 10;
    feed(w, fixture_path(FX_EVENT_MAIL, "<s@example.org>", ""));
    for (size_t i = 0; i < FX_MARKS_MAX + 5; i++)
        feed(w, fixture_path(FX_EVENT_RCPT, "<a@example.net>", ""));
    text(w, " <1@example.org>", "one\r\n");
    assert_int_equal(w->seen[0].recipient_count, FX_MARKS_MAX);
    assert_int_equal(w->seen[0].refused, FX_MARKS_MAX + 5 - 10);
}

/* FIPS 180-4's "abc", and pieces that could be taken for others. */
static void digests(void **state)
{
    (void)state;
    struct fx_hash *h = fx_hash_create();
    struct fx_digest a, b;
    char hex[2 * FX_DIGEST_OCTETS + 1];
    assert_non_null(h);
    fx_hash_add(h, FX_LIT("a"));
    fx_hash_add(h, FX_LIT("bc"));
    assert_true(fx_hash_end(h, &a));
    fx_hex(a.octets, sizeof a.octets, hex);
    assert_string_equal(hex,
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    fx_hash_add_piece(h, FX_LIT("a"));
    fx_hash_add_piece(h, FX_LIT("bc"));
    assert_true(fx_hash_end(h, &a));
    fx_hash_add_piece(h, FX_LIT("ab"));
    fx_hash_add_piece(h, FX_LIT("c"));
    assert_true(fx_hash_end(h, &b));
    assert_false(same(&a, &b));
    fx_hash_add(h, FX_LIT("lost"));
    fx_hash_reset(h);
    fx_hash_add_piece(h, FX_LIT("ab"));
    fx_hash_add_piece(h, FX_LIT("c"));
    assert_true(fx_hash_end(h, &a));
    assert_true(same(&a, &b));
    fx_hash_destroy(h);
    fx_hash_destroy(NULL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(known_by_sender_and_message_id),
        TEST(without_a_message_id_by_the_body),
        TEST(a_message_id_of_the_mta_is_none),
        TEST(a_delivery_is_of_one_client),
        TEST(recipients_and_their_results),
        TEST(only_452_is_a_refusal_to_follow),
        TEST(given_up_by_the_client),
        TEST(an_answer_of_ours_is_no_giving_up),
        TEST(nor_is_an_end_of_ours),
        TEST(without_its_record_nothing_is_followed),
        TEST(rules_that_are_off),
        TEST(refused_by_the_mta),
        TEST(refused_by_us_and_the_mta),
        TEST(many_recipients_are_counted),
        cmocka_unit_test(digests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
