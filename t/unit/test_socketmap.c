/* Tests of socketmap: requests whole, in pieces at every place, long, and what is none. */
#include "fixture.h"
#include "socketmap.h"

#include <string.h>

static struct fx_socketmap map;

/* What a stream gave: each request as "[name|key]", with + for a cut one, then !fault. */
static char seen[2 * FX_SOCKETMAP_KEPT];
static struct fx_text said;

static void listen(void)
{
    fx_socketmap_init(&map);
    fx_text_init_fixed(&said, seen, sizeof seen);
}

static void feed(struct fx_slice input)
{
    for (;;) {
        struct fx_socketmap_request r;
        enum fx_socketmap_step step = fx_socketmap_feed(&map, &input, &r);
        if (step == FX_SOCKETMAP_MORE) {
            assert_int_equal(input.len, 0);
            assert_null(fx_socketmap_fault(&map));
            return;
        }
        if (step == FX_SOCKETMAP_FAULT) {
            assert_non_null(fx_socketmap_fault(&map));
            assert_false(fx_socketmap_within(&map));
            if (said.len == 0 || said.data[said.len - 1] != '!')
                fx_text_add_char(&said, '!');
            return;
        }
        assert_false(fx_socketmap_within(&map));
        fx_text_add_char(&said, '[');
        fx_text_add(&said, r.name);
        fx_text_add_char(&said, '|');
        fx_text_add(&said, r.key);
        fx_text_add_str(&said, r.cut ? "+]" : "]");
    }
}

/* In one piece, octet by octet, and split in two at every place. */
static void check_stream(struct fx_slice stream, const char *want)
{
    listen();
    feed(stream);
    assert_slice(fx_text_slice(&said), want);
    listen();
    for (size_t i = 0; i < stream.len; i++)
        feed(fx_slice(stream.ptr + i, 1));
    assert_slice(fx_text_slice(&said), want);
    for (size_t at = 0; at <= stream.len; at++) {
        listen();
        feed(fx_slice_first(stream, at));
        feed(fx_slice_from(stream, at));
        assert_slice(fx_text_slice(&said), want);
    }
}
#define CHECK(stream, want) check_stream(FX_LIT(stream), want)

static void requests(void **state)
{
    (void)state;
    CHECK("", "");
    CHECK("10:verbs NOOP,", "[verbs|NOOP]");
    CHECK("14:verbs EHLO a b,", "[verbs|EHLO a b]");
    CHECK("6:verbs ,", "[verbs|]");
    CHECK("2: x,", "[|x]");
    CHECK("1: ,", "[|]");
    CHECK("7:verbs  ,", "[verbs| ]");
    CHECK("10:verbs NOOP,10:verbs QUIT,6:a b,c,,", "[verbs|NOOP][verbs|QUIT][a|b,c,]");
    CHECK("10:verbs NOOP,10:verbs QU", "[verbs|NOOP]");
    CHECK("9:verbs 1:,,5:a 2:b,", "[verbs|1:,][a|2:b]");
}

static void nul_octets(void **state)
{
    (void)state;
    listen();
    struct fx_slice input = FX_LIT("9:a\0 b\0\r\n\xff,,");
    struct fx_socketmap_request r;
    assert_int_equal(fx_socketmap_feed(&map, &input, &r), FX_SOCKETMAP_REQUEST);
    assert_int_equal(r.name.len, 2);
    assert_memory_equal(r.name.ptr, "a\0", 2);
    assert_int_equal(r.key.len, 6);
    assert_memory_equal(r.key.ptr, "b\0\r\n\xff,", 6);
    CHECK("\0", "!");
    CHECK("3\0:a b,", "!");
}

static void faults(void **state)
{
    (void)state;
    CHECK("a", "!");
    CHECK("hello\r\n", "!");
    CHECK(":a b,", "!");
    CHECK("-3:a b,", "!");
    CHECK("+3:a b,", "!");
    CHECK(" 3:a b,", "!");
    CHECK("3 :a b,", "!");
    CHECK("0x3:a b,", "!");
    CHECK("03:a b,", "!");
    CHECK("00:,", "!");
    CHECK("3;a b,", "!");
    CHECK("3:a b;", "!");
    CHECK("3:a bc,", "!");
    CHECK("3:a b\n3:a b,", "!");
    CHECK("0:,", "!");
    CHECK("5:verbs,", "!");
    CHECK("5:a\tb c,", "[a\tb|c]");
    CHECK("10:verbs NOOP,x10:verbs NOOP,", "[verbs|NOOP]!");
}

/* A fault stays, whatever comes after it. */
static void lost(void **state)
{
    (void)state;
    struct fx_socketmap_request r;
    listen();
    feed(FX_LIT("nonsense"));
    const char *fault = fx_socketmap_fault(&map);
    struct fx_slice good = FX_LIT("10:verbs NOOP,");
    assert_int_equal(fx_socketmap_feed(&map, &good, &r), FX_SOCKETMAP_FAULT);
    assert_ptr_equal(fx_socketmap_fault(&map), fault);
}

static void within(void **state)
{
    static const struct fx_slice request = FX_LIT("10:verbs NOOP,");
    (void)state;
    for (size_t at = 0; at <= request.len; at++) {
        listen();
        feed(fx_slice_first(request, at));
        assert_int_equal(fx_socketmap_within(&map), at > 0 && at < request.len);
    }
}

static enum fx_socketmap_step announce(const char *length)
{
    struct fx_socketmap_request r;
    struct fx_slice s = fx_slice_str(length);
    listen();
    return fx_socketmap_feed(&map, &s, &r);
}

static void too_long(void **state)
{
    (void)state;
    assert_int_equal(announce("100000:"), FX_SOCKETMAP_MORE);
    assert_int_equal(announce("100001"), FX_SOCKETMAP_FAULT);
    assert_int_equal(announce("1000000"), FX_SOCKETMAP_FAULT);
    assert_int_equal(announce("99999999999999999999999999999999"), FX_SOCKETMAP_FAULT);
    assert_int_equal(announce("18446744073709551617"), FX_SOCKETMAP_FAULT);
}

/* What is kept has a limit; the request is read to its end all the same. */
static void cut(void **state)
{
    static const size_t keys[] = {FX_SOCKETMAP_KEPT - 7, FX_SOCKETMAP_KEPT - 6,
                                  FX_SOCKETMAP_KEPT - 5, 99994};
    (void)state;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct fx_socketmap_request r;
        struct fx_slice key = fx_slice(fixture_repeat('k', keys[i]), keys[i]);
        struct fx_slice head = FX_LIT("verbs "), tail = FX_LIT(",10:verbs NOOP,");
        char length[16];
        struct fx_text t;
        fx_text_init_fixed(&t, length, sizeof length);
        fx_text_add_u64(&t, head.len + key.len);
        fx_text_add_char(&t, ':');
        struct fx_slice announced = fx_text_slice(&t);
        listen();
        assert_int_equal(fx_socketmap_feed(&map, &announced, &r), FX_SOCKETMAP_MORE);
        assert_int_equal(fx_socketmap_feed(&map, &head, &r), FX_SOCKETMAP_MORE);
        assert_int_equal(fx_socketmap_feed(&map, &key, &r), FX_SOCKETMAP_MORE);
        assert_int_equal(fx_socketmap_feed(&map, &tail, &r), FX_SOCKETMAP_REQUEST);
        bool whole = keys[i] + 6 <= FX_SOCKETMAP_KEPT;
        assert_int_equal(r.cut, !whole);
        assert_int_equal(r.key.len, whole ? keys[i] : FX_SOCKETMAP_KEPT - 6);
        assert_int_equal(r.key.ptr[r.key.len - 1], 'k');
        assert_int_equal(fx_socketmap_feed(&map, &tail, &r), FX_SOCKETMAP_REQUEST);
        assert_slice(r.key, "NOOP");
        assert_false(r.cut);
    }
    fixture_free();
}

/* A name without an end within what is kept is none. */
static void endless_name(void **state)
{
    char *name = fixture_repeat('n', 5000);
    struct fx_socketmap_request r;
    (void)state;
    listen();
    name[4500] = ' ';
    struct fx_slice head = FX_LIT("5000:"), text = fx_slice(name, 5000), end = FX_LIT(",");
    assert_int_equal(fx_socketmap_feed(&map, &head, &r), FX_SOCKETMAP_MORE);
    assert_int_equal(fx_socketmap_feed(&map, &text, &r), FX_SOCKETMAP_MORE);
    assert_int_equal(fx_socketmap_feed(&map, &end, &r), FX_SOCKETMAP_FAULT);
    fixture_free();
}

static void replies(void **state)
{
    static const struct {
        enum fx_socketmap_reply kind;
        const char *text, *want;
    } rows[] = {
        {FX_SOCKETMAP_OK, "NOOP", "7:OK NOOP,"},
        {FX_SOCKETMAP_NOTFOUND, "", "9:NOTFOUND ,"},
        {FX_SOCKETMAP_TEMP, "x", "6:TEMP x,"},
        {FX_SOCKETMAP_TIMEOUT, "late", "12:TIMEOUT late,"},
        {FX_SOCKETMAP_PERM, "a b", "8:PERM a b,"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char buffer[64];
        struct fx_text t;
        fx_text_init_fixed(&t, buffer, FX_SOCKETMAP_REPLY_MAX(strlen(rows[i].text)));
        fx_socketmap_add_reply(&t, rows[i].kind, fx_slice_str(rows[i].text));
        assert_false(t.overflow);
        assert_slice(fx_text_slice(&t), rows[i].want);
        fx_text_init_fixed(&t, buffer, strlen(rows[i].want) - 1);
        fx_socketmap_add_reply(&t, rows[i].kind, fx_slice_str(rows[i].text));
        assert_true(t.overflow);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests), cmocka_unit_test(nul_octets),   cmocka_unit_test(faults),
        cmocka_unit_test(lost),     cmocka_unit_test(within),       cmocka_unit_test(too_long),
        cmocka_unit_test(cut),      cmocka_unit_test(endless_name), cmocka_unit_test(replies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
