/* Addresses and networks: what is read, what is refused, and the form they are written in. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <string.h>

#include "address.h"

static void check_form(const char *text, const char *form)
{
    struct fx_address a;
    char buf[64];
    struct fx_text t;
    if (!fx_address_parse(fx_slice_str(text), &a))
        fail_msg("%s is refused", text);
    fx_text_init_fixed(&t, buf, sizeof buf - 1);
    fx_address_format(&t, &a);
    assert_false(t.overflow);
    buf[t.len] = '\0';
    assert_string_equal(buf, form);
    assert_int_equal(a.port, 0);
}

static void test_good(void **state)
{
    (void)state;
    check_form("192.0.2.1", "192.0.2.1");
    check_form("0.0.0.0", "0.0.0.0");
    check_form("255.255.255.255", "255.255.255.255");
    check_form("[192.0.2.1]", "192.0.2.1");
    check_form("2001:db8::1", "2001:db8::1");
    check_form("2001:DB8::A", "2001:db8::a");
    check_form("IPv6:2001:db8::1", "2001:db8::1");
    check_form("ipv6:2001:db8::1", "2001:db8::1");
    check_form("[IPv6:2001:db8::1]", "2001:db8::1");
    check_form("[2001:db8::1]", "2001:db8::1");
    check_form("::", "::");
    check_form("::1", "::1");
    check_form("1::", "1::");
    check_form("2001:db8:0:0:0:0:0:1", "2001:db8::1");
    check_form("2001:db8:0000:0001:0000:0000:0000:0001", "2001:db8:0:1::1");
    check_form("2001:0:0:1:0:0:0:1", "2001:0:0:1::1");
    check_form("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"); /* the first of two equal runs */
    check_form("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"); /* one zero is not shortened */
    check_form("2001:db8::192.0.2.33", "2001:db8::c000:221");
    check_form("1:2:3:4:5:6:192.0.2.1", "1:2:3:4:5:6:c000:201");
    check_form("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0");
    check_form("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8");
    check_form("::ffff:192.0.2.1", "192.0.2.1");
    check_form("::ffff:c000:201", "192.0.2.1");
}

static void test_bad(void **state)
{
    static const char *const bad[] = {
        "",
        " ",
        "192.0.2",
        "192.0.2.1.1",
        "192.0.2.256",
        "192.0.2.01",
        "192.0.2.",
        ".192.0.2.1",
        "192.0.2.1 ",
        " 192.0.2.1",
        "192.0.2.-1",
        "192.0.2.+1",
        "0x7f.0.0.1",
        "2130706433",
        "192.0.2.1000",
        ":",
        ":::",
        "1",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1::2::3",
        "1:2:3:4:5:6:7:8::",
        "::1:2:3:4:5:6:7:8",
        "12345::",
        "g::",
        ":1",
        "1:",
        "::1:",
        "2001:db8::1%eth0",
        "::192.0.2.1.",
        "192.0.2.1::",
        "1:2:3:4:5:6:7:192.0.2.1",
        "[192.0.2.1",
        "192.0.2.1]",
        "[]",
        "[[::1]]",
        "IPv6:",
        "IPv6:192.0.2.1",
        "example.org",
        "unix",
        "unknown",
        "2001:db8::1/64",
    };
    struct fx_address a, before;
    (void)state;
    memset(&before, 0x5A, sizeof before);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        memcpy(&a, &before, sizeof a);
        if (fx_address_parse(fx_slice_str(bad[i]), &a))
            fail_msg("\"%s\" is taken for an address", bad[i]);
        assert_memory_equal(&a, &before, sizeof a);
    }
    assert_false(fx_address_parse(FX_ABSENT, &a));
    assert_false(fx_address_parse(fx_slice("::1\0", 4), &a));
}

/* The system's own parser agrees, on text made of the characters addresses are made of. */
static void test_like_inet_pton(void **state)
{
    static const char letters[] = "0123456789abcdf:::...";
    uint32_t seed = 1;
    (void)state;
    for (int round = 0; round < 200000; round++) {
        char text[24];
        unsigned char want[16];
        struct fx_address a;
        size_t n = 0;
        seed = seed * 1664525 + 1013904223;
        size_t len = 1 + (seed >> 16) % 20;
        while (n < len) {
            seed = seed * 1664525 + 1013904223;
            text[n++] = letters[(seed >> 16) % (sizeof letters - 1)];
        }
        text[n] = '\0';
        bool got = fx_address_parse(fx_slice(text, n), &a);
        if (inet_pton(AF_INET6, text, want) == 1) {
            assert_true(got);
            if (a.family == FX_FAMILY_INET6)
                assert_memory_equal(a.bytes, want, 16);
            else
                assert_memory_equal(a.bytes, want + 12, 4);
        } else if (inet_pton(AF_INET, text, want) == 1) {
            assert_true(got);
            assert_memory_equal(a.bytes, want, 4);
        } else if (got) {
            fail_msg("%s", text);
        }
    }
}

static void test_other_families(void **state)
{
    struct fx_address unix_client = {.family = FX_FAMILY_UNIX}, unknown = {0};
    struct fx_network everything;
    char buf[16];
    struct fx_text t;
    (void)state;
    fx_text_init_fixed(&t, buf, sizeof buf);
    fx_address_format(&t, &unix_client);
    fx_address_format(&t, &unknown);
    assert_true(fx_slice_eq(fx_text_slice(&t), FX_LIT("unixunknown")));
    assert_true(fx_network_parse(FX_LIT("0.0.0.0/0"), &everything));
    assert_false(fx_network_contains(&everything, &unix_client));
    assert_false(fx_network_contains(&everything, &unknown));
}

static void check_contains(const char *net, const char *address, bool want)
{
    struct fx_network n;
    struct fx_address a;
    assert_true(fx_network_parse(fx_slice_str(net), &n));
    assert_true(fx_address_parse(fx_slice_str(address), &a));
    if (fx_network_contains(&n, &a) != want)
        fail_msg("%s in %s: not %d", address, net, want);
}

static void test_networks(void **state)
{
    struct fx_network n;
    struct fx_address mapped = {.family = FX_FAMILY_INET6,
                                .bytes = {[10] = 0xFF, [11] = 0xFF, 192, 0, 2, 7}};
    (void)state;
    check_contains("192.0.2.0/24", "192.0.2.255", true);
    check_contains("192.0.2.0/24", "192.0.3.0", false);
    check_contains("192.0.2.1", "192.0.2.1", true);
    check_contains("192.0.2.1", "192.0.2.2", false);
    check_contains("192.0.2.128/25", "192.0.2.127", false);
    check_contains("192.0.2.128/25", "192.0.2.128", true);
    check_contains("192.0.2.4/31", "192.0.2.5", true);
    check_contains("192.0.2.4/31", "192.0.2.6", false);
    check_contains("0.0.0.0/0", "255.255.255.255", true);
    check_contains("0.0.0.0/0", "2001:db8::1", false);
    check_contains("::/0", "2001:db8::1", true);
    check_contains("::/0", "192.0.2.1", false); /* mapped or not, it counts as IPv4 */
    check_contains("2001:db8::/33", "2001:db8:7fff::1", true);
    check_contains("2001:db8::/33", "2001:db8:8000::1", false);
    check_contains("[2001:db8::1]/128", "2001:db8::1", true);
    check_contains("::ffff:192.0.2.0/120", "192.0.2.9", true);
    check_contains("::ffff:192.0.2.0/120", "192.0.3.9", false);
    check_contains("::ffff:0:0/96", "192.0.2.1", true);
    assert_true(fx_network_parse(FX_LIT("192.0.2.0/24"), &n));
    assert_true(fx_network_contains(&n, &mapped));
    assert_int_equal(n.bits, 24);
}

static void test_bad_networks(void **state)
{
    static const char *const bad[] = {"",
                                      "/24",
                                      "192.0.2.0/",
                                      "192.0.2.0/33",
                                      "192.0.2.0/-1",
                                      "192.0.2.0/24/24",
                                      "192.0.2.1/24",
                                      "192.0.2.0/255.255.255.0",
                                      "192.0.2.0/ 24",
                                      "0.0.0.1/0",
                                      "2001:db8::/129",
                                      "2001:db8::1/64",
                                      "::ffff:192.0.2.1/120",
                                      "::ffff:0:0/80",
                                      "192.0.2.0/4294967320",
                                      "192.0.2.0/99999999999999999999",
                                      "192.0.2/24",
                                      "localhost"};
    struct fx_network n;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (fx_network_parse(fx_slice_str(bad[i]), &n))
            fail_msg("\"%s\" is taken for a network", bad[i]);
    assert_false(fx_network_parse(FX_ABSENT, &n));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),           cmocka_unit_test(test_bad),
        cmocka_unit_test(test_like_inet_pton), cmocka_unit_test(test_other_families),
        cmocka_unit_test(test_networks),       cmocka_unit_test(test_bad_networks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
