/* Tests of state_uri: where a Redis server is. */
#include "fixture.h"
#include "state_uri.h"

#include <string.h>

static const struct {
    const char *text, *host, *path;
    uint16_t port;
    uint32_t db;
    const char *user, *password;
} good[] = {
    {"redis://localhost", "localhost", "", 6379, 0, "", ""},
    {"REDIS://redis.example.net/", "redis.example.net", "", 6379, 0, "", ""},
    {"redis://192.0.2.1:7000/3", "192.0.2.1", "", 7000, 3, "", ""},
    {"redis://[2001:db8::1]", "2001:db8::1", "", 6379, 0, "", ""},
    {"redis://[2001:db8::1]:65535/65535", "2001:db8::1", "", 65535, 65535, "", ""},
    {"redis://:secret@localhost:1", "localhost", "", 1, 0, "", "secret"},
    {"redis://mail:secret@localhost/1", "localhost", "", 6379, 1, "mail", "secret"},
    {"redis://m%3Ail:s%40%2f%25%c3%A4@localhost", "localhost", "", 6379, 0, "m:il",
     "s@/%\xc3\xa4"},
    {"redis://mail:a@b/c:d@localhost/1", "localhost", "", 6379, 1, "mail", "a@b/c:d"},
    {"unix:///run/redis/redis.sock", "", "/run/redis/redis.sock", 6379, 0, "", ""},
    {"unix:///run/a@b%3f.sock?db=12", "", "/run/a@b?.sock", 6379, 12, "", ""},
    {"unix://mail:secret@/s?DB=0", "", "/s", 6379, 0, "mail", "secret"},
    {"unix://:se@cret@/s", "", "/s", 6379, 0, "", "se@cret"},
};

static void takes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct fx_state_uri uri;
        const char *wrong = fx_state_uri_parse(fx_slice_str(good[i].text), &uri);
        if (wrong != NULL)
            fail_msg("%s %s", good[i].text, wrong);
        assert_string_equal(uri.host, good[i].host);
        assert_string_equal(uri.path, good[i].path);
        assert_int_equal(uri.port, good[i].port);
        assert_int_equal(uri.db, good[i].db);
        assert_string_equal(uri.user, good[i].user);
        assert_string_equal(uri.password, good[i].password);
    }
}

static const struct {
    const char *text, *why;
} bad[] = {
    {"localhost", "is not the address"},
    {"localhost:6379", "is not the address"},
    {"redis:localhost", "is not the address"},
    {"http://localhost", "is not the address"},
    {"rediss://localhost", "TLS"},
    {"redis://", "has no host"},
    {"redis:///1", "has no host"},
    {"redis://:6379", "has no host"},
    {"redis://under%20way", "has no host"},
    {"redis://2001:db8::1", "has no port"},
    {"redis://[2001:db8::1", "has no IPv6 address"},
    {"redis://[192.0.2.1]", "has no IPv6 address"},
    {"redis://[]", "has no IPv6 address"},
    {"redis://[2001:db8::1]7000", "behind the brackets"},
    {"redis://[2001:db8::1]:", "has no port"},
    {"redis://localhost:", "has no port"},
    {"redis://localhost:0", "has no port"},
    {"redis://localhost:65536", "has no port"},
    {"redis://localhost:+1", "has no port"},
    {"redis://localhost/one", "has no number"},
    {"redis://localhost/-1", "has no number"},
    {"redis://localhost/65536", "has no number"},
    {"redis://localhost/1/2", "has no number"},
    {"redis://localhost/1?x=y", "has no number"},
    {"redis://secret@localhost", "a name without a password"},
    {"redis://mail:@localhost", "an empty password"},
    {"redis://mail:%@localhost", "two hex digits"},
    {"redis://mail:%4@localhost", "two hex digits"},
    {"redis://mail:%4g@localhost", "two hex digits"},
    {"redis://mail:%00@localhost", "two hex digits"},
    {"redis://se cret:x@localhost", "has a blank"},
    {"redis://local\thost", "has a blank"},
    {"redis://l\xc3\xb6"
     "cal",
     "has a blank"},
    {"unix://run/redis.sock", "begins with /"},
    {"unix://", "begins with /"},
    {"unix:///s?db=", "db=NUMBER"},
    {"unix:///s?db=x", "db=NUMBER"},
    {"unix:///s?password=secret", "db=NUMBER"},
    {"unix:///s?", "db=NUMBER"},
    {"unix:///s%", "two hex digits"},
};

static void refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct fx_state_uri uri;
        const char *wrong = fx_state_uri_parse(fx_slice_str(bad[i].text), &uri);
        if (wrong == NULL)
            fail_msg("%s is taken", bad[i].text);
        if (strstr(wrong, bad[i].why) == NULL)
            fail_msg("%s %s", bad[i].text, wrong);
        assert_null(strstr(wrong, "secret"));
        assert_non_null(strstr(wrong, "; allowed: redis://"));
    }
}

/* `before`, n times c, and `after`. */
static const char *parse_long(const char *before, size_t n, char c, const char *after)
{
    static char text[2000];
    struct fx_state_uri uri;
    size_t len = strlen(before);
    memcpy(text, before, len);
    memset(text + len, c, n);
    memcpy(text + len + n, after, strlen(after) + 1);
    return fx_state_uri_parse(fx_slice_str(text), &uri);
}

static void lengths(void **state)
{
    (void)state;
    assert_null(parse_long("redis://", 255, 'h', ":1"));
    assert_non_null(parse_long("redis://", 256, 'h', ":1"));
    assert_null(parse_long("unix:///", 106, 'p', ""));
    assert_non_null(parse_long("unix:///", 107, 'p', ""));
    assert_null(parse_long("redis://", 127, 'u', ":p@h"));
    assert_non_null(parse_long("redis://", 128, 'u', ":p@h"));
    assert_null(parse_long("redis://:", 511, 'p', "@h"));
    assert_non_null(parse_long("redis://:", 512, 'p', "@h"));
}

/* Every beginning of good texts, and every one with an octet of another kind in it. */
static void cut_and_changed(void **state)
{
    static const char octets[] = {'\0', ' ', '%', '/', ':', '@', '[', ']', '?', '\xff'};
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        char text[64];
        struct fx_state_uri uri;
        size_t len = strlen(good[i].text);
        assert_true(len < sizeof text);
        for (size_t at = 0; at < len; at++) {
            char *cut = test_malloc(at + 1); /* just so long, for a sanitizer to see */
            memcpy(cut, good[i].text, at);
            (void)fx_state_uri_parse(fx_slice(cut, at), &uri);
            test_free(cut);
            for (size_t o = 0; o < sizeof octets; o++) {
                memcpy(text, good[i].text, len);
                text[at] = octets[o];
                (void)fx_state_uri_parse(fx_slice(text, len), &uri);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes),
        cmocka_unit_test(refuses),
        cmocka_unit_test(lengths),
        cmocka_unit_test(cut_and_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
