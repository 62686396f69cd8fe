/* What became of a message, found out from those that came after it. */
#include "fixture.h"
#include "record.h"
#include "trail_parts.h"

#include <string.h>

#define SECOND INT64_C(1000000)
#define START (INT64_C(1795255200) * SECOND)

static const struct fx_trail_terms terms = {.lost_after = 100 * SECOND,
                                            .remember = 1000 * SECOND};

struct told {
    struct fx_later last;
    size_t count;
};

static struct fx_state *state;
static struct told told;

static void take(void *arg, const struct fx_later *answer)
{
    struct told *t = arg;
    t->last = *answer;
    t->count++;
}

static int set_up(void **unused)
{
    (void)unused;
    state = fx_state_memory(1000);
    told = (struct told){0};
    return state == NULL ? -1 : 0;
}

static int tear_down(void **unused)
{
    (void)unused;
    fx_state_close(state);
    return 0;
}

static struct fx_digest digest_of(char c)
{
    struct fx_digest d;
    memset(d.octets, c, sizeof d.octets);
    return d;
}

/* A message that was sent, to recipients named by one letter each: lower case accepted, upper
 * case refused by 452. */
static struct fx_sighting sighting(const char *session, const char *recipients, int64_t at,
                                   struct fx_mark marks[32])
{
    struct fx_sighting s = {.message = 1,
                            .profile = "asa-9",
                            .host = "mx1.example.net",
                            .queue_id = "4XyZ",
                            .mode = FX_MODE_ENFORCE,
                            .began = START + at * SECOND,
                            .ended = START + at * SECOND,
                            .truncation = true,
                            .duplicates = true,
                            .identified = true,
                            .sent = true,
                            .identity = digest_of('i'),
                            .delivery = digest_of('d'),
                            .source = digest_of('s'),
                            .recipients = marks};
    memset(s.session, '0', 32);
    memcpy(s.session, session, strlen(session));
    for (; recipients[s.recipient_count] != '\0'; s.recipient_count++) {
        char c = recipients[s.recipient_count];
        struct fx_mark *m = &marks[s.recipient_count];
        bool refused = c >= 'A' && c <= 'Z';
        *m = (struct fx_mark){.result = refused ? FX_RECIPIENT_DEFERRED : FX_RECIPIENT_ACCEPTED,
                              .refused = refused};
        memset(m->octets, refused ? c - 'A' + 'a' : c, sizeof m->octets);
        s.refused += refused;
    }
    return s;
}

static void see(const struct fx_sighting *s)
{
    assert_true(fx_trail_see(state, s, &terms, take, &told));
}

static void sent(const char *session, const char *recipients, int64_t at)
{
    struct fx_mark marks[32];
    struct fx_sighting s = sighting(session, recipients, at, marks);
    see(&s);
}

static void given_up(const char *session, const char *recipients, int64_t at)
{
    struct fx_mark marks[32];
    struct fx_sighting s = sighting(session, recipients, at, marks);
    s.identified = s.sent = false;
    s.given_up = true;
    see(&s);
}

static void wait_until(int64_t at)
{
    bool more = true;
    assert_true(fx_trail_wait(state, START + at * SECOND, take, &told, &more));
    assert_false(more);
}

static void expect(size_t count, const char *session, const char *detail, uint64_t refused,
                   uint64_t returned)
{
    assert_int_equal(told.count, count);
    assert_int_equal(told.last.rule, FX_RULE_RECIPIENT_TRUNCATION);
    assert_memory_equal(told.last.session, session, strlen(session));
    assert_string_equal(told.last.detail, detail);
    assert_int_equal(told.last.count, refused);
    assert_int_equal(told.last.returned, returned);
    assert_string_equal(told.last.profile, "asa-9");
    assert_string_equal(told.last.queue_id, "4XyZ");
    assert_string_equal(told.last.host, "mx1.example.net");
}

static void nobody_refused_nothing_told(void **unused)
{
    (void)unused;
    sent("a", "xy", 0);
    wait_until(5000);
    assert_int_equal(told.count, 0);
}

static void all_come_again(void **unused)
{
    (void)unused;
    sent("a", "abCD", 0);
    sent("b", "cd", 10);
    expect(1, "a", "respected", 2, 2);
    assert_int_equal(told.last.basis, FX_BASIS_OBSERVED);
    wait_until(5000);
    assert_int_equal(told.count, 1);
}

/* A sender with many recipients is refused some of them several times over. */
static void each_refusal_has_its_own_answer(void **unused)
{
    (void)unused;
    sent("a", "abCDEF", 0);
    sent("b", "cdEF", 10);
    expect(1, "a", "respected", 4, 4);
    sent("c", "ef", 20);
    expect(2, "b", "respected", 2, 2);
    wait_until(5000);
    assert_int_equal(told.count, 2);
}

static void some_do_not_come(void **unused)
{
    (void)unused;
    sent("a", "abCDE", 0);
    sent("b", "d", 10);
    assert_int_equal(told.count, 0);
    wait_until(99);
    assert_int_equal(told.count, 0);
    wait_until(100);
    expect(1, "a", "lost", 3, 1);
    wait_until(5000);
    assert_int_equal(told.count, 1);
}

static void too_late_is_lost(void **unused)
{
    (void)unused;
    sent("a", "aB", 0);
    wait_until(100);
    expect(1, "a", "lost", 1, 0);
    sent("b", "b", 200);
    assert_int_equal(told.count, 1);
}

static void another_message_is_none_of_them(void **unused)
{
    (void)unused;
    struct fx_mark marks[32];
    sent("a", "aB", 0);
    struct fx_sighting s = sighting("b", "b", 10, marks);
    s.identity = digest_of('j');
    s.delivery = digest_of('e');
    see(&s);
    assert_int_equal(told.count, 0);
}

static void a_message_given_up(void **unused)
{
    (void)unused;
    given_up("a", "abC", 0);
    wait_until(100);
    expect(1, "a", "abandoned", 1, 0);
}

/* All were refused: there was nothing that could have been sent. */
static void nothing_to_give_up(void **unused)
{
    (void)unused;
    given_up("a", "AB", 0);
    wait_until(100);
    expect(1, "a", "lost", 2, 0);
}

static void given_up_and_split(void **unused)
{
    (void)unused;
    given_up("a", "abCD", 0);
    sent("b", "ab", 1);
    assert_int_equal(told.count, 0);
    sent("c", "cd", 2);
    expect(1, "a", "respected", 2, 2);
    assert_int_equal(told.last.basis, FX_BASIS_INFERRED);
}

static void given_up_again_and_again(void **unused)
{
    (void)unused;
    given_up("a", "abC", 0);
    given_up("b", "abC", 10);
    assert_int_equal(told.count, 0);
    wait_until(110);
    assert_int_equal(told.count, 2);
    assert_string_equal(told.last.detail, "abandoned");
}

/* Sendmail tells how many, not which. */
static void unnamed_ones(void **unused)
{
    (void)unused;
    struct fx_mark marks[32];
    struct fx_sighting s = sighting("a", "ab", 0, marks);
    s.unnamed = 2;
    see(&s);
    sent("b", "c", 10);
    assert_int_equal(told.count, 0);
    sent("c", "d", 20);
    expect(1, "a", "respected", 2, 2);
    assert_int_equal(told.last.basis, FX_BASIS_INFERRED);
}

/* Nobody comes again twice: not the same address, and not the same sighting. */
static void unnamed_ones_count_once(void **unused)
{
    (void)unused;
    struct fx_mark marks[32];
    struct fx_sighting s = sighting("a", "ab", 0, marks);
    s.unnamed = 3;
    see(&s);
    sent("b", "cc", 10);
    sent("b", "cc", 10);
    sent("c", "c", 20);
    sent("d", "d", 30);
    assert_int_equal(told.count, 1); /* the copy of "c" */
    wait_until(101);
    expect(2, "a", "lost", 3, 2);
}

/* Of more recipients than are marked, those beyond are waited for as well. */
static void more_recipients_than_are_marked(void **unused)
{
    (void)unused;
    struct fx_mark marks[32];
    struct fx_sighting s = sighting("a", "aBC", 0, marks);
    s.refused = 4;
    see(&s);
    sent("b", "bc", 10);
    sent("c", "a", 20);
    sent("d", "d", 30);
    sent("e", "b", 40);
    wait_until(101);
    expect(3, "a", "lost", 4, 3);
}

static void more_refusals_than_are_kept(void **unused)
{
    (void)unused;
    char session[8] = "s00";
    for (int i = 0; i < 20; i++) {
        session[1] = (char)('0' + i / 10);
        session[2] = (char)('0' + i % 10);
        sent(session, "aB", i);
    }
    /* each comes again in the next one, so that one is open at a time */
    assert_string_equal(told.last.detail, "respected");
    for (int i = 0; i < 20; i++) {
        session[0] = 'g';
        session[1] = (char)('0' + i / 10);
        session[2] = (char)('0' + i % 10);
        given_up(session, "aB", 50 + i);
    }
    told.count = 0;
    wait_until(1000);
    assert_int_equal(told.count, FX_TRAIL_ANSWERS + 1);
}

static void the_same_sighting_counts_once(void **unused)
{
    (void)unused;
    sent("a", "aB", 0);
    sent("a", "aB", 0);
    sent("b", "b", 10);
    assert_int_equal(told.count, 1);
    sent("b", "b", 10);
    assert_int_equal(told.count, 1);
}

static void copies_are_counted(void **unused)
{
    (void)unused;
    static const int64_t at[] = {0, 60, 121, 181};
    for (size_t i = 0; i < 4; i++) {
        char session[2] = {(char)('a' + i), '\0'};
        sent(session, "ab", at[i]);
        assert_int_equal(told.count, i);
        if (i == 0)
            continue;
        assert_int_equal(told.last.rule, FX_RULE_DUPLICATE_DELIVERY);
        assert_int_equal(told.last.count, i + 1);
        assert_int_equal(told.last.interval, at[i] * SECOND / (int64_t)i);
        assert_int_equal(told.last.session[0], session[0]);
        assert_null(told.last.detail);
    }
}

static void other_recipients_are_no_copies(void **unused)
{
    (void)unused;
    sent("a", "abc", 0);
    sent("b", "def", 60);
    assert_int_equal(told.count, 0);
    sent("c", "abc", 120);
    assert_int_equal(told.count, 1);
    assert_int_equal(told.last.count, 2);
    assert_int_equal(told.last.interval, 120 * SECOND);
    sent("d", "def", 180);
    assert_int_equal(told.last.count, 2);
}

static void refused_messages_are_no_copies(void **unused)
{
    (void)unused;
    struct fx_mark marks[32];
    struct fx_sighting s = sighting("a", "ab", 0, marks);
    s.sent = s.identified = false;
    see(&s);
    sent("b", "ab", 60);
    assert_int_equal(told.count, 0);
}

static void named_twice_is_one_recipient(void **unused)
{
    (void)unused;
    sent("a", "aa", 0);
    assert_int_equal(told.count, 0);
}

static void only_a_steady_interval_is_told(void **unused)
{
    (void)unused;
    sent("a", "a", 0);
    sent("b", "a", 60);  /* one interval is steady */
    sent("c", "a", 180); /* twice as long: a queue that waits longer */
    assert_int_equal(told.count, 2);
    sent("d", "a", 190); /* out of turn */
    sent("e", "a", 500);
    assert_int_equal(told.count, 2);
    sent("f", "a", 800);
    assert_int_equal(told.count, 3);
    assert_int_equal(told.last.count, 6);
}

/* The answer to the first was held until the second was there. */
static void known_in_another_order(void **unused)
{
    (void)unused;
    sent("b", "aa", 600);
    sent("a", "aa", 0);
    assert_int_equal(told.count, 1);
    assert_int_equal(told.last.count, 2);
    assert_int_equal(told.last.interval, 600 * SECOND);
    sent("c", "a", 1200);
    assert_int_equal(told.count, 2);
    assert_int_equal(told.last.count, 3);
    assert_int_equal(told.last.interval, 600 * SECOND);
}

static void the_clock_set_back(void **unused)
{
    (void)unused;
    sent("a", "a", 1000);
    sent("b", "a", 1060);
    sent("c", "a", 10);
    sent("d", "a", 70);
    sent("e", "a", 130);
    assert_int_equal(told.last.count, 5);
    assert_in_range(told.last.interval, SECOND, 1060 * SECOND); /* no number that cannot be */
}

static void remembered_for_a_time(void **unused)
{
    (void)unused;
    sent("a", "a", 0);
    wait_until(999);
    sent("b", "a", 999);
    assert_int_equal(told.count, 1);
    wait_until(2000);
    sent("c", "a", 2000);
    assert_int_equal(told.count, 1);
}

static void rules_that_are_off(void **unused)
{
    (void)unused;
    struct fx_mark marks[32];
    for (int i = 0; i < 2; i++) {
        struct fx_sighting s = sighting(i == 0 ? "a" : "b", "aB", 60 * i, marks);
        s.truncation = false;
        see(&s);
    }
    wait_until(200);
    assert_int_equal(told.count, 1);
    assert_int_equal(told.last.rule, FX_RULE_DUPLICATE_DELIVERY);
    for (int i = 0; i < 2; i++) {
        struct fx_sighting s = sighting(i == 0 ? "c" : "d", "aB", 300 + 60 * i, marks);
        s.duplicates = false;
        see(&s);
    }
    assert_int_equal(told.count, 2);
    assert_int_equal(told.last.rule, FX_RULE_RECIPIENT_TRUNCATION);
}

/* ---- bytes that are not ours ---- */

static bool put(void *arg, const struct fx_state_value *old, struct fx_state_value *fresh)
{
    (void)old;
    *fresh = *(const struct fx_state_value *)arg;
    return true;
}

static struct fx_text kept;

static bool copy(void *arg, const struct fx_state_value *old, struct fx_state_value *fresh)
{
    (void)arg;
    (void)fresh;
    fx_text_reset(&kept);
    fx_text_add(&kept, old->bytes);
    return false;
}

/* Whatever stands in the store, and however much of it: no crash, and the next message is seen
 * as if nothing had been there, or rightly. */
static void broken_values(void **unused)
{
    (void)unused;
    static const char letters[] = {'d', 'r', 'g'};
    static const char digests[] = {'d', 'i', 's'};
    fx_text_init_growing(&kept, FX_STATE_VALUE_MAX);
    for (size_t k = 0; k < 3; k++) {
        char key[FX_STATE_KEY], bytes[4096];
        struct fx_digest d = digest_of(digests[k]);
        key[0] = letters[k];
        fx_hex(d.octets, sizeof d.octets, key + 1);
        sent("a", "abCD", 0);
        given_up("b", "abCD", 1);
        assert_true(fx_state_change(state, key, copy, NULL));
        size_t len = kept.len;
        assert_true(len > 40 && len < sizeof bytes);
        memcpy(bytes, kept.data, len);
        for (size_t i = 0; i < 2 * len; i++) {
            struct fx_state_value v = {fx_slice(bytes, i % len), START};
            char was = bytes[i % len];
            if (i >= len) {
                bytes[i % len] = (char)(was ^ 0x55);
                v.bytes.len = len;
            }
            assert_true(fx_state_change(state, key, put, &v));
            sent("c", "abcd", 10);
            assert_true(fx_state_change(state, key, put, &v));
            wait_until(100000);
            bytes[i % len] = was;
        }
    }
    fx_text_finish(&kept);
}

/* Values of the right form with numbers that cannot be. */
static void numbers_that_cannot_be(void **unused)
{
    (void)unused;
    static const int64_t first[] = {0, INT64_MIN, INT64_MAX, -1, 5};
    static const uint64_t copies[] = {1, UINT64_MAX, UINT64_MAX / 2 + 1, 2};
    struct fx_digest d = digest_of('d');
    char key[FX_STATE_KEY] = "d";
    fx_hex(d.octets, sizeof d.octets, key + 1);
    fx_text_init_growing(&kept, FX_STATE_VALUE_MAX);
    for (size_t i = 0; i < 5 * 5 * 5 * 4; i++) {
        fx_text_reset(&kept);
        fx_pack_number(&kept, 1, 1);
        fx_pack_word(&kept, "z");
        fx_pack_number(&kept, 1, 8);
        fx_pack_number(&kept, 1, 2);
        fx_pack_octets(&kept, "aaaaaaaaaaaaaaaa", FX_MARK_OCTETS);
        fx_pack_number(&kept, (uint64_t)first[i % 5], 8);
        fx_pack_number(&kept, (uint64_t)first[i / 5 % 5], 8);
        fx_pack_number(&kept, (uint64_t)first[i / 25 % 5], 8);
        fx_pack_number(&kept, copies[i / 125], 8);
        struct fx_state_value v = {fx_text_slice(&kept), START};
        assert_true(fx_state_change(state, key, put, &v));
        told = (struct told){0};
        sent("a", "a", 10);
        assert_true(told.count == 0 || (told.last.interval >= 0 && told.last.count < 1000));
    }
    fx_text_finish(&kept);
}

static void numbers_go_there_and_back(void **unused)
{
    (void)unused;
    struct fx_text t;
    char word[8];
    fx_text_init_growing(&t, 1000);
    fx_pack_number(&t, 0x0102030405060708u, 8);
    fx_pack_number(&t, 255, 1);
    fx_pack_word(&t, "1234567");
    struct fx_unpack u = {.rest = fx_text_slice(&t), .good = true};
    assert_int_equal(t.data[0], 1);
    assert_true(fx_unpack_number(&u, 8) == 0x0102030405060708u);
    assert_int_equal(fx_unpack_number(&u, 1), 255);
    fx_unpack_word(&u, word, sizeof word);
    assert_string_equal(word, "1234567");
    assert_true(u.good && u.rest.len == 0);
    assert_int_equal(fx_unpack_number(&u, 1), 0);
    assert_false(u.good);
    u = (struct fx_unpack){.rest = fx_slice_from(fx_text_slice(&t), 9), .good = true};
    fx_unpack_word(&u, word, sizeof word - 1);
    assert_false(u.good);
    assert_string_equal(word, "");
    fx_text_finish(&t);
}

/* ---- the record ---- */

static void as_record(void **unused)
{
    (void)unused;
    struct fx_record r;
    struct fx_text line;
    struct fx_time now = {.wall = START};
    fx_record_init(&r);
    fx_text_init_growing(&line, 4096);
    sent("a", "abCDE", 0);
    sent("b", "d", 10);
    wait_until(100);
    assert_true(fx_record_later(&r, &now, &told.last));
    assert_true(r.flagged);
    assert_true(fx_record_line(&r, 7, NULL, &line));
    fx_text_add_char(&line, '\0');
    assert_string_equal(
        line.data,
        "{\"v\":1,\"time\":\"2026-11-21T10:00:00.000000Z\",\"host\":\"mx1.example.net\","
        "\"seq\":7,"
        "\"type\":\"later\",\"session\":\"a0000000000000000000000000000000\",\"message\":1,"
        "\"queue_id\":\"4XyZ\",\"recipients\":{\"refused\":3,\"returned\":1,\"lost\":2},"
        "\"profile\":\"asa-9\",\"mode\":\"enforce\","
        "\"findings\":[{\"rule\":\"recipient-truncation\",\"profile\":\"asa-9\","
        "\"stage\":\"later\",\"action\":\"log\",\"observed\":2,\"detail\":\"lost\","
        "\"would\":\"flag\",\"enforced\":false}]}");
    fx_text_finish(&line);
    fx_record_finish(&r);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nobody_refused_nothing_told),
        TEST(all_come_again),
        TEST(each_refusal_has_its_own_answer),
        TEST(some_do_not_come),
        TEST(too_late_is_lost),
        TEST(another_message_is_none_of_them),
        TEST(a_message_given_up),
        TEST(nothing_to_give_up),
        TEST(given_up_and_split),
        TEST(given_up_again_and_again),
        TEST(unnamed_ones),
        TEST(unnamed_ones_count_once),
        TEST(more_recipients_than_are_marked),
        TEST(more_refusals_than_are_kept),
        TEST(the_same_sighting_counts_once),
        TEST(copies_are_counted),
        TEST(other_recipients_are_no_copies),
        TEST(refused_messages_are_no_copies),
        TEST(named_twice_is_one_recipient),
        TEST(only_a_steady_interval_is_told),
        TEST(known_in_another_order),
        TEST(the_clock_set_back),
        TEST(remembered_for_a_time),
        TEST(rules_that_are_off),
        TEST(broken_values),
        TEST(numbers_that_cannot_be),
        TEST(numbers_go_there_and_back),
        TEST(as_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
