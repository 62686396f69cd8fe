/* Tests of chain: known digests, a line as it is written and as it is read. */
#include "chain.h"
#include "fixture.h"

#include <string.h>

static void hash_is(struct fx_slice key, const char *text, const char *wanted)
{
    char hash[FX_CHAIN_HEX + 1] = "";
    struct fx_chain *chain = fx_chain_create(key);
    assert_non_null(chain);
    assert_true(fx_chain_hash(chain, fx_slice_str(text), hash));
    assert_string_equal(hash, wanted);
    assert_true(fx_chain_hash(chain, fx_slice_str(text), hash)); /* begins anew */
    assert_string_equal(hash, wanted);
    assert_string_equal(fx_chain_algorithm(chain),
                        fx_slice_told(key) ? "hmac-sha256" : "sha256");
    assert_int_equal(strlen(fx_chain_key_id(chain)), fx_slice_told(key) ? FX_CHAIN_ID : 0);
    fx_chain_destroy(chain);
}

/* FIPS 180-4 by its published examples; RFC 4231 sections 4.2, 4.3 and 4.7. */
static void known_digests(void **state)
{
    (void)state;
    static char key1[20], key6[131];
    memset(key1, 0x0b, sizeof key1);
    memset(key6, 0xaa, sizeof key6);
    hash_is(FX_ABSENT, "abc",
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    hash_is(FX_ABSENT, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    hash_is(fx_slice(key1, sizeof key1), "Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    hash_is((struct fx_slice)FX_LIT("Jefe"), "what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    hash_is(fx_slice(key6, sizeof key6),
            "Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void key_ids(void **state)
{
    (void)state;
    struct fx_chain *a = fx_chain_create((struct fx_slice)FX_LIT("0123456789abcdef"));
    struct fx_chain *b = fx_chain_create((struct fx_slice)FX_LIT("0123456789abcdeg"));
    assert_non_null(a);
    assert_non_null(b);
    assert_string_not_equal(fx_chain_key_id(a), fx_chain_key_id(b));
    assert_null(fx_chain_create((struct fx_slice)FX_LIT("")));
    fx_chain_destroy(a);
    fx_chain_destroy(b);
    fx_chain_destroy(NULL);
}

static void written_and_read(void **state)
{
    (void)state;
    char buffer[512];
    struct fx_text line;
    struct fx_link link;
    struct fx_chain_place place;
    struct fx_chain *chain = fx_chain_create(FX_ABSENT);
    assert_non_null(chain);
    fx_chain_begin(&place);
    for (uint64_t seq = 1; seq <= 2; seq++) {
        char before[FX_CHAIN_HEX + 1], hash[FX_CHAIN_HEX + 1];
        memcpy(before, place.hash, sizeof before);
        fx_text_init_fixed(&line, buffer, sizeof buffer);
        fx_text_add_str(&line, "{\"v\":1,\"seq\":");
        fx_text_add_u64(&line, seq);
        fx_text_add_str(&line, ",\"type\":\"stop\"");
        assert_true(fx_chain_close_line(chain, &place, &line, &place));
        assert_int_equal(place.seq, seq);
        assert_true(fx_link_read(fx_text_slice(&line), &link));
        assert_true(link.chained);
        assert_int_equal(link.seq, seq);
        assert_true(fx_slice_eq(link.type, (struct fx_slice)FX_LIT("stop")));
        assert_true(fx_slice_eq(link.prev, fx_slice_str(before)));
        assert_true(fx_slice_eq(link.hash, fx_slice_str(place.hash)));
        assert_true(fx_chain_hash(chain, link.hashed, hash));
        assert_string_equal(hash, place.hash);
    }
    fx_text_init_fixed(&line, buffer, 60); /* no room: nothing moves */
    struct fx_chain_place now = place;
    assert_false(fx_chain_close_line(chain, &place, &line, &now));
    assert_int_equal(now.seq, place.seq);
    fx_chain_destroy(chain);
}

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define CHAIN ",\"prev\":\"" HEX64 "\",\"hash\":\"" HEX64 "\"}"

static void what_is_a_record(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        bool ours, chained;
        uint64_t seq;
    } rows[] = {
        {"{\"v\":1,\"seq\":7" CHAIN, true, true, 7},
        {"{\"v\":1,\"seq\":7}", true, false, 7},
        {"{\"v\":1" CHAIN, true, true, 0},
        {"{\"v\":1,\"x\":{\"seq\":9},\"seq\":8" CHAIN, true, true, 8},
        {"{\"v\":1,\"x\":\"\\\",\\\"seq\\\":9\",\"seq\":8" CHAIN, true, true, 8},
        {"{\"v\":1,\"seq\":99999999999999999999" CHAIN, true, true, 0},
        {"{\"v\":1,\"seq\":-1" CHAIN, true, true, 0},
        {"{\"v\":1,\"seq\":7,\"prev\":\"" HEX64 "\",\"hash\":\"" HEX64 "\",\"x\":1}", true,
         false, 7},
        {"{\"v\":1,\"seq\":7,\"prev\":\"" HEX64 "\",\"hash\":\"0123456789ABCDEF0123456789abcdef"
         "0123456789abcdef0123456789abcdef\"}",
         true, false, 7},
        {"{\"v\":1,\"seq\":7" CHAIN " ", false, false, 0},
        {" {\"v\":1,\"seq\":7" CHAIN, false, false, 0},
        {"{\"seq\":7" CHAIN, false, false, 0},
        {"{\"v\":}", true, false, 0},
        {"{\"v\":", false, false, 0},
        {"}", false, false, 0},
        {"", false, false, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fx_link link = {0};
        assert_int_equal(fx_link_read(fx_slice_str(rows[i].line), &link), rows[i].ours);
        assert_int_equal(link.chained, rows[i].chained);
        assert_int_equal(link.seq, rows[i].seq);
    }
}

static void members(void **state)
{
    (void)state;
    struct fx_slice line =
        fx_slice_str("{\"v\":1,\"a\":\"x\",\"o\":{\"k\":\"}\",\"n\":12,\"p\":{}}"
                     ",\"k\":\"y\",\"open\":{\"z\":1");
    struct fx_slice o = fx_link_object(line, "o");
    uint64_t n = 0;
    assert_true(fx_slice_eq(fx_link_member(line, "a"), (struct fx_slice)FX_LIT("x")));
    assert_true(fx_slice_eq(fx_link_member(line, "k"), (struct fx_slice)FX_LIT("y")));
    assert_true(fx_slice_eq(fx_link_member(o, "k"), (struct fx_slice)FX_LIT("}")));
    assert_true(fx_slice_eq(o, fx_slice_str("{\"k\":\"}\",\"n\":12,\"p\":{}}")));
    assert_true(fx_link_number(o, "n", &n));
    assert_int_equal(n, 12);
    assert_true(fx_link_has(o, "p"));
    assert_false(fx_link_has(o, "a"));
    assert_false(fx_link_number(line, "a", &n));
    assert_false(fx_slice_told(fx_link_object(line, "open"))); /* it does not end */
    assert_false(fx_slice_told(fx_link_object(line, "a")));
    assert_false(fx_slice_told(fx_link_member(line, "o")));
    assert_false(fx_slice_told(fx_link_member(FX_ABSENT, "a")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_digests),    cmocka_unit_test(key_ids),
        cmocka_unit_test(written_and_read), cmocka_unit_test(what_is_a_record),
        cmocka_unit_test(members),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
