/* test_json_valid - texts that are JSON by RFC 8259, and texts that are nearly. */
#include "json_valid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void good(void **state)
{
    static const char *const texts[] = {
        "{}",
        "[]",
        "0",
        "-0",
        "1",
        "-12.50e+3",
        "1E9",
        "0e-1",
        "true",
        "false",
        "null",
        "\"\"",
        "\"a\"",
        " \t\r\n[ 1 , 2 ] ",
        "{\"a\":1}",
        "{ \"a\" : [ { } , [ ] , \"x\" ] }",
        "{\"a\":{\"b\":{\"c\":[[[1]]]}},\"d\":null}",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\"",
        "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x93\xa7\"",
        "\"\\ud800\"",
        "[\"]\",\"}\"]",
        "\"\x7f\"",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (!fx_json_valid(fx_slice_str(texts[i])))
            fail_msg("refused: %s", texts[i]);
    }
}

static void bad(void **state)
{
    static const char *const texts[] = {
        "",
        " ",
        "{",
        "}",
        "[",
        "]",
        "{]",
        "[}",
        "{}}",
        "[1,]",
        "[,1]",
        "{,}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "{1:1}",
        "[1 2]",
        "{\"a\":1 \"b\":2}",
        "01",
        "-",
        "+1",
        "1.",
        ".5",
        "1e",
        "1e+",
        "0x1",
        "NaN",
        "Infinity",
        "-Infinity",
        "nul",
        "tru",
        "truer",
        "True",
        "'a'",
        "\"",
        "\"a",
        "\"\\\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"\\",
        "\"\n\"",
        "\"\x01\"",
        "\"\x80\"",
        "\"\xc3\"",
        "\"\xed\xa0\x80\"",
        "\"\xc0\xaf\"",
        "{}{}",
        "1,2",
        "\xef\xbb\xbf{}",
        "{\"a\":1}x",
        "[1]]",
        "// \n1",
        "\v1",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (fx_json_valid(fx_slice_str(texts[i])))
            fail_msg("taken: %s", texts[i]);
    }
    assert_false(fx_json_valid(FX_LIT("1\0")));
    assert_false(fx_json_valid(FX_LIT("\"\0\"")));
}

static void deep(void **state)
{
    char text[2 * FX_JSON_DEPTH_MAX + 4];
    (void)state;
    memset(text, '[', FX_JSON_DEPTH_MAX);
    memset(text + FX_JSON_DEPTH_MAX, ']', FX_JSON_DEPTH_MAX);
    assert_true(fx_json_valid(fx_slice(text, (size_t)2 * FX_JSON_DEPTH_MAX)));
    memset(text, '[', FX_JSON_DEPTH_MAX + 1);
    memset(text + FX_JSON_DEPTH_MAX + 1, ']', FX_JSON_DEPTH_MAX + 1);
    assert_false(fx_json_valid(fx_slice(text, (size_t)2 * FX_JSON_DEPTH_MAX + 2)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good),
        cmocka_unit_test(bad),
        cmocka_unit_test(deep),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
