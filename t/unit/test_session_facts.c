/* Tests of session: what is observed, and what stays unknown; facts of the connection last. */
#include "fixture.h"
#include "session.h"

#include <string.h>

struct world {
    struct fx_policy *policy;
    struct fx_session *session;
};

static int begin(void **state)
{
    static struct world w;
    w.policy = fixture_policy_of(FX_MODE_OBSERVE, fixture_profile("p"));
    w.session = fx_session_create(w.policy, FIXTURE_ID);
    *state = &w;
    return w.session == NULL;
}

static int finish(void **state)
{
    struct world *w = *state;
    fx_session_destroy(w->session);
    fx_policy_destroy(w->policy);
    fixture_free();
    return 0;
}

static struct fx_session *session_of(void **state)
{
    return ((struct world *)*state)->session;
}

static void feed(struct fx_session *s, struct fx_event event, const struct fx_macros *macros)
{
    event.macros = macros;
    fx_session_observe(s, &event);
}

static void paths(void **state)
{
    (void)state;
    assert_slice(fx_path_address(FX_LIT("<a@example.org>")), "a@example.org");
    assert_slice(fx_path_address(FX_LIT("<>")), "");
    assert_slice(fx_path_address(FX_LIT("a@example.org")), "a@example.org");
    assert_slice(fx_path_address(FX_LIT("<<a>>")), "<a>");
    assert_slice(fx_path_address(FX_LIT("<a")), "a");
    assert_slice(fx_path_address(FX_LIT("a>")), "a>");
    assert_slice(fx_path_address(FX_LIT("")), "");
}

static void tls_is_three_valued(void **state)
{
    struct fx_session *s = session_of(state);
    struct fx_macros none = {.tls_asked = false}, asked = {.tls_asked = true};
    struct fx_macros on = {.tls_asked = true,
                           .tls_version = FX_LIT("TLSv1.3"),
                           .cipher = FX_LIT("TLS_AES_256_GCM_SHA384")};
    feed(s, fixture_event(FX_EVENT_HELO, "a.example.org"), NULL);
    assert_int_equal(s->tls, FX_UNKNOWN);
    feed(s, fixture_event(FX_EVENT_HELO, "a.example.org"), &none);
    assert_int_equal(s->tls, FX_UNKNOWN);
    feed(s, fixture_event(FX_EVENT_HELO, "a.example.org"), &asked);
    assert_int_equal(s->tls, FX_NO);
    feed(s, fixture_path(FX_EVENT_MAIL, "<>", ""), &on);
    assert_int_equal(s->tls, FX_YES);
    assert_true((s->message->extensions & FX_BIT(FX_EXT_STARTTLS)) != 0);
    fx_session_end_message(s);
    /* TLS does not end before the connection does */
    feed(s, fixture_path(FX_EVENT_MAIL, "<>", ""), &asked);
    assert_int_equal(s->tls, FX_YES);
    assert_slice(fx_kept_slice(&s->tls_version), "TLSv1.3");
    assert_slice(fx_kept_slice(&s->cipher), "TLS_AES_256_GCM_SHA384");
}

static void auth_is_three_valued(void **state)
{
    struct fx_session *s = session_of(state);
    struct fx_macros none = {.auth_asked = false}, asked = {.auth_asked = true};
    struct fx_macros on = {
        .auth_asked = true, .auth_type = FX_LIT("PLAIN"), .auth_authen = FX_LIT("user")};
    feed(s, fixture_path(FX_EVENT_MAIL, "<>", ""), &none);
    assert_int_equal(s->authenticated, FX_UNKNOWN);
    feed(s, fixture_event(FX_EVENT_HELO, "a.example.org"), &asked); /* told at MAIL only */
    assert_int_equal(s->authenticated, FX_UNKNOWN);
    feed(s, fixture_path(FX_EVENT_MAIL, "<>", ""), &asked);
    assert_int_equal(s->authenticated, FX_NO);
    feed(s, fixture_path(FX_EVENT_MAIL, "<>", ""), &on);
    assert_int_equal(s->authenticated, FX_YES);
    assert_true((s->message->extensions & FX_BIT(FX_EXT_AUTH)) != 0);
    assert_slice(fx_kept_slice(&s->auth_type), "PLAIN");
    assert_slice(fx_kept_slice(&s->auth_user), "user");
}

/* MAIL AUTH= is a parameter, no login. */
static void auth_parameter_is_no_login(void **state)
{
    struct fx_session *s = session_of(state);
    struct fx_macros asked = {.auth_asked = true, .auth_authen = FX_LIT("")};
    feed(s, fixture_path(FX_EVENT_MAIL, "<>", "AUTH=<>"), &asked);
    assert_int_equal(s->authenticated, FX_NO);
    assert_true((s->message->extensions & FX_BIT(FX_EXT_AUTH)) != 0);
}

static void connection_facts_stay(void **state)
{
    struct fx_session *s = session_of(state);
    struct fx_macros m = {.j = FX_LIT("mx1.example.net"),
                          .v = FX_LIT("Postfix 3.7.11"),
                          .daemon_name = FX_LIT("smtpd")};
    struct fx_event e = fixture_event(FX_EVENT_CONNECT, "mail.example.org");
    e.client = (struct fx_address){FX_FAMILY_INET, {192, 0, 2, 1}, 40000};
    feed(s, e, &m);
    feed(s, fixture_event(FX_EVENT_HELO, "helo.example.org"), NULL);
    for (unsigned i = 1; i <= 2; i++) {
        feed(s, fixture_path(FX_EVENT_MAIL, "<>", ""), NULL);
        assert_int_equal(s->messages, i);
        fx_session_end_message(s);
    }
    assert_slice(fx_kept_slice(&s->host), "mx1.example.net");
    assert_slice(fx_kept_slice(&s->listener), "smtpd");
    assert_slice(fx_kept_slice(&s->client_name), "mail.example.org");
    assert_slice(fx_kept_slice(&s->helo), "helo.example.org");
    assert_int_equal(s->mta.kind, FX_MTA_POSTFIX);
    assert_int_equal(s->client.port, 40000);
    assert_int_equal(s->began.wall, e.time.wall);
    assert_false(s->local);
}

/* Postfix's cleanup has a queue id at connect, its smtpd never; Sendmail always has one. */
static void local_submission(void **state)
{
    struct fx_session *s = session_of(state);
    struct fx_macros m = {.v = FX_LIT("8.17.1"), .i = FX_LIT("A1")};
    feed(s, fixture_event(FX_EVENT_CONNECT, "localhost"), &m);
    assert_false(s->local);
    m.v = FX_LIT("Postfix 3.7.11");
    feed(s, fixture_event(FX_EVENT_CONNECT, "localhost"), &m);
    assert_true(s->local);
}

/* A queue id belongs to the message; a macro that is not told does not unsay it. */
static void queue_id(void **state)
{
    struct fx_session *s = session_of(state);
    struct fx_macros m = {.i = FX_LIT("A1")}, none = {.i = FX_ABSENT};
    feed(s, fixture_path(FX_EVENT_MAIL, "<>", ""), &none);
    assert_slice(fx_kept_slice(&s->message->queue_id), NULL);
    feed(s, fixture_path(FX_EVENT_RCPT, "<a@example.net>", ""), &m);
    feed(s, fixture_event(FX_EVENT_DATA, NULL), &none);
    assert_slice(fx_kept_slice(&s->message->queue_id), "A1");
}

static void size_and_lines(void **state)
{
    struct fx_session *s = session_of(state);
    struct fx_event e;
    feed(s, fixture_path(FX_EVENT_MAIL, "<>", "SIZE=x"), NULL);
    assert_false(s->message->size_declared);
    feed(s, fixture_header("A", " 1\n\t234567"), NULL); /* A: 1 CRLF TAB 234567 CRLF */
    assert_int_equal(s->message->field_line, 7);
    assert_int_equal(s->message->size, 6 + 9);
    feed(s, fixture_header("A", " 1\r\n\t234567"), NULL);
    assert_int_equal(s->message->field_line, 7);
    assert_int_equal(s->message->size, 2 * (6 + 9));
    feed(s, fixture_event(FX_EVENT_EOH, NULL), NULL);
    assert_int_equal(s->message->size, 2 * (6 + 9) + 2);
    /* cut anywhere, between CR and LF too */
    static const char *const chunks[] = {"ab", "c\r", "\n", "\r\n12345", "6\r\nxy\rz\nlast"};
    for (size_t i = 0; i < sizeof chunks / sizeof chunks[0]; i++) {
        e = fixture_event(FX_EVENT_BODY, chunks[i]);
        feed(s, e, NULL);
    }
    assert_int_equal(s->message->body.line, 5);
    assert_int_equal(s->message->body.longest, 6);
    assert_int_equal(s->message->body.longest_line, 3);
    assert_int_equal(s->message->size, 2 * 15 + 2 + 5 + 2 + 8 + 5 + 4);
    feed(s, fixture_event(FX_EVENT_BODY, "longer"), NULL);
    feed(s, fixture_event(FX_EVENT_EOM, NULL), NULL);
    assert_int_equal(s->message->body.longest, 10);
    assert_int_equal(s->message->body.longest_line, 5);
    assert_int_equal(s->message->body.octets_8bit, 0);
}

static void octets_of_any_value(void **state)
{
    struct fx_session *s = session_of(state);
    char all[256];
    for (int i = 0; i < 256; i++)
        all[i] = (char)(unsigned char)i;
    feed(s, fixture_path(FX_EVENT_MAIL, "<>", ""), NULL);
    struct fx_event e = fixture_event(FX_EVENT_BODY, "");
    e.text = fx_slice(all, sizeof all);
    feed(s, e, NULL);
    assert_int_equal(s->message->body.octets_8bit, 128);
    assert_int_equal(s->message->size, 256);
    e = fixture_header("X", NULL);
    e.text = fx_slice(all, 10);
    e.value = fx_slice(all, sizeof all);
    feed(s, e, NULL);
    feed(s, fixture_header("", ""), NULL);
    assert_int_equal(s->message->field_line, 1);
}

/* The longest line of a whole body, and all else, by another way than octets in order. */
static void as_counted(const struct fx_message *m, struct fx_slice body)
{
    uint64_t longest = 0, longest_line = 0, lines = 0, over_127 = 0;
    for (size_t i = 0; i < body.len; i++)
        over_127 += (body.ptr[i] & 0x80) != 0;
    for (size_t from = 0, end; from < body.len; from = end + 1, lines++) {
        for (end = from; end < body.len && body.ptr[end] != '\n';)
            end++;
        bool cr = end < body.len && end > from && body.ptr[end - 1] == '\r';
        if (end - from - cr > longest) {
            longest = end - from - cr;
            longest_line = lines + 1;
        }
    }
    assert_int_equal(m->size, body.len);
    assert_int_equal(m->body.octets_8bit, over_127);
    assert_int_equal(m->body.longest, longest);
    assert_int_equal(m->body.longest_line, longest_line);
}

/* Lines of all lengths, with a few odd octets, in chunks of any length. */
static void any_body_in_any_chunks(void **state)
{
    struct fx_session *s = session_of(state);
    static const char odd[] = "\n\n\r\n\r\r\n\x8A\x8D\xFF\x80 -\0";
    static char body[20000];
    unsigned dice = 1;
#define DICE(sides) ((dice = dice * 1103515245u + 12345u) / 65536u % (unsigned)(sides))
    for (unsigned round = 0; round < 2000; round++) {
        size_t len = DICE(round % 50 == 0 ? sizeof body : 500);
        unsigned usual = 1 + DICE(90), most = round % 3 == 0 ? 9 : 9000;
        for (size_t i = 0; i < len; i++)
            body[i] = DICE(usual) == 0 ? odd[DICE(sizeof odd - 1)] : 'a';
        feed(s, fixture_path(FX_EVENT_MAIL, "<>", ""), NULL);
        for (size_t at = 0, n; at < len; at += n) {
            struct fx_event e = fixture_event(FX_EVENT_BODY, "");
            n = 1 + DICE(most);
            n = n < len - at ? n : len - at;
            e.text = fx_slice(body + at, n);
            feed(s, e, NULL);
        }
        feed(s, fixture_event(FX_EVENT_EOM, NULL), NULL);
        as_counted(s->message, fx_slice(body, len));
    }
#undef DICE
}

static void limits_bound_what_is_kept(void **state)
{
    struct fx_session *s = session_of(state);
    struct world *w = *state;
    w->policy->limits.address = 64;
    char *path = fixture_repeat('a', 1000);
    feed(s, fixture_event(FX_EVENT_HELO, path), NULL);
    feed(s, fixture_path(FX_EVENT_MAIL, path, ""), NULL);
    feed(s, fixture_header("Message-ID", path), NULL);
    feed(s, fixture_path(FX_EVENT_RCPT, path, ""), NULL);
    assert_int_equal(s->helo.len, 64);
    assert_int_equal(s->message->from.len, 64);
    assert_int_equal(s->message->message_id.len, 64);
    assert_int_equal(s->message->recipients[0].address.len, 64);
}

static void the_first_message_id_counts(void **state)
{
    struct fx_session *s = session_of(state);
    feed(s, fixture_path(FX_EVENT_MAIL, "<>", ""), NULL);
    feed(s, fixture_header("Message-Id", "\n <1@example.org> "), NULL);
    feed(s, fixture_header("Message-ID", "<2@example.org>"), NULL);
    assert_slice(fx_kept_slice(&s->message->message_id), "<1@example.org>");
}

int main(void)
{
#define WITH_SESSION(test) cmocka_unit_test_setup_teardown(test, begin, finish)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths),
        WITH_SESSION(tls_is_three_valued),
        WITH_SESSION(auth_is_three_valued),
        WITH_SESSION(auth_parameter_is_no_login),
        WITH_SESSION(connection_facts_stay),
        WITH_SESSION(local_submission),
        WITH_SESSION(queue_id),
        WITH_SESSION(size_and_lines),
        WITH_SESSION(octets_of_any_value),
        WITH_SESSION(any_body_in_any_chunks),
        WITH_SESSION(limits_bound_what_is_kept),
        WITH_SESSION(the_first_message_id_counts),
    };
    return cmocka_run_group_tests_name("session_facts", tests, NULL, NULL);
}
