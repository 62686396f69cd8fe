/* Tests of base64: values, folding white space anywhere, and where a fault shows. */
#include "base64.h"
#include "fixture.h"

#include <string.h>

/* RFC 4648 section 10, and white space. */
static void values(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"", ""},
        {"Zg==", "f"},
        {"Zm8=", "fo"},
        {"Zm9v", "foo"},
        {"Zm9vYg==", "foob"},
        {"Zm9vYmE=", "fooba"},
        {"Zm9vYmFy", "foobar"},
        {" Z\tm\r\n 9\nv ", "foo"},
        {"Zg\n =\t= ", "f"},
        {"+/+/", "\xfb\xff\xbf"},
        {"AAAA", "\0\0\0"},
        {" \n ", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        unsigned char out[16];
        size_t len, at, want = strcmp(rows[i][0], "AAAA") == 0 ? 3 : strlen(rows[i][1]);
        assert_true(fx_base64_decode(fx_slice_str(rows[i][0]), out, sizeof out, &len, &at));
        assert_int_equal(len, want);
        assert_memory_equal(out, rows[i][1], want);
    }
}

/* '^' marks where the fault shows. */
static void faults(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "^=",     "A^=",       "A^",     "AA^",     "AAA^",         "AA=^",         "AA==^=",
        "AA==^A", "AAA=^A",    "AAA=^=", "AAAA^=",  "AAAA^-",       "A^_AA",        "AA\n A^,",
        "AAAAA^", "AAAA\nA^=", "^\x80",  "AA= ^A=", "AAAA AA=\n ^", "AAAAAAAAAA^*",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[32];
        size_t mark = strcspn(rows[i], "^"), len, at = 99;
        memcpy(text, rows[i], mark);
        memcpy(text + mark, rows[i] + mark + 1, strlen(rows[i]) - mark);
        if (fx_base64_decode(fx_slice_str(text), NULL, 0, &len, &at) || at != mark)
            fail_msg("%s: at %zu", rows[i], at);
    }
    size_t len, at;
    assert_false(fx_base64_decode(fx_slice("AA\0A", 4), NULL, 0, &len, &at));
    assert_int_equal(at, 2);
}

/* No more than asked for is written, all is counted. */
static void room(void **state)
{
    (void)state;
    unsigned char out[4] = {9, 9, 9, 9};
    size_t len, at;
    assert_true(fx_base64_decode(FX_LIT("Zm9vYmFy"), out, 3, &len, &at));
    assert_int_equal(len, 6);
    assert_memory_equal(out, "foo\x09", 4);
    assert_true(fx_base64_decode(FX_LIT("Zm9vYmFy"), NULL, 0, &len, &at));
    assert_int_equal(len, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),
        cmocka_unit_test(faults),
        cmocka_unit_test(room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
