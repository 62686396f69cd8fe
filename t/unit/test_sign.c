/* Tests of sign: RFC 8032 section 7.1, what is no key, and what is no signature. */
#include "sign.h"
#include "fixture.h"

#include <string.h>

#define PRIVATE(text) "-----BEGIN PRIVATE KEY-----\n" text "\n-----END PRIVATE KEY-----\n"
#define PUBLIC(text) "-----BEGIN PUBLIC KEY-----\n" text "\n-----END PUBLIC KEY-----\n"

/* TEST 1 and TEST 2. */
static const struct {
    const char *private, *public;
    struct fx_slice message;
    const char *signature;
} rows[] = {
    {PRIVATE("MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g"),
     PUBLIC("MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="), FX_LIT(""),
     "5VZDAMNgrHKQhuLMgG6CioSHfx645dl02HPgZSJJAVVfuIIVkKM7rMYeOXAc+bRr0lv18FlbviRlUUFDjnoQCw="
     "="},
    {PRIVATE("MC4CAQAwBQYDK2VwBCIEIEzNCJso/5banbbDRuwRTg9bijGfNaumJNqM9u1PuKb7"),
     PUBLIC("MCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw="), FX_LIT("\x72"),
     "kqAJqfDUyrhyDoILX2QlQKKye1QWUD+Ps3YiI+vbadoIWsHkPhWZbkWPNhPQ8R2MOHsurrQwKu6wDSkWErsMAA="
     "="},
};

static void known_signatures(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char buffer[128];
        struct fx_text text;
        struct fx_signer *signer = fx_signer_create(fx_slice_str(rows[i].private));
        struct fx_signer *public = fx_signer_create_public(fx_slice_str(rows[i].public));
        struct fx_signer *half = fx_signer_create_public(fx_slice_str(rows[i].private));
        assert_non_null(signer);
        assert_non_null(public);
        assert_non_null(half);
        assert_string_equal(fx_signer_id(signer), fx_signer_id(public));
        assert_string_equal(fx_signer_id(signer), fx_signer_id(half));
        fx_text_init_fixed(&text, buffer, sizeof buffer);
        assert_true(fx_signer_sign(signer, rows[i].message, &text));
        assert_true(fx_slice_eq(fx_text_slice(&text), fx_slice_str(rows[i].signature)));
        assert_true(fx_signer_verify(public, rows[i].message, fx_slice_str(rows[i].signature)));
        assert_true(fx_signer_verify(half, rows[i].message, fx_text_slice(&text)));
        assert_false(fx_signer_verify(public, (struct fx_slice)FX_LIT("other"),
                                      fx_slice_str(rows[i].signature)));
        assert_false(
            fx_signer_verify(public, rows[i].message, fx_slice_str(rows[1 - i].signature)));
        /* it can go on after a failure */
        assert_true(fx_signer_verify(public, rows[i].message, fx_slice_str(rows[i].signature)));
        fx_signer_destroy(signer);
        fx_signer_destroy(public);
        fx_signer_destroy(half);
    }
}

static void id_is_of_the_public_key(void **state)
{
    (void)state;
    struct fx_signer *signer = fx_signer_create_public(fx_slice_str(rows[0].public));
    assert_non_null(signer);
    assert_string_equal(fx_signer_id(signer), "21fe31dfa154a261");
    fx_signer_destroy(signer);
    fx_signer_destroy(NULL);
}

static void no_signature(void **state)
{
    (void)state;
    struct fx_signer *signer = fx_signer_create_public(fx_slice_str(rows[0].public));
    char changed[89];
    assert_non_null(signer);
    assert_false(fx_signer_verify(signer, rows[0].message, (struct fx_slice)FX_LIT("")));
    assert_false(fx_signer_verify(signer, rows[0].message, (struct fx_slice)FX_LIT("AAAA")));
    assert_false(fx_signer_verify(signer, rows[0].message, (struct fx_slice)FX_LIT("?")));
    for (size_t i = 0; i < 86; i++) {
        memcpy(changed, rows[0].signature, sizeof changed);
        changed[i] = changed[i] == 'A' ? 'Q' : 'A';
        assert_false(
            fx_signer_verify(signer, rows[0].message, fx_slice(changed, sizeof changed - 1)));
    }
    fx_signer_destroy(signer);
}

static void no_key(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "secret",
        PRIVATE("MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v"),
        /* X25519: other curve, same length (RFC 8410) */
        PUBLIC("MCowBQYDK2VuAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="),
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_null(fx_signer_create(fx_slice_str(texts[i])));
        assert_null(fx_signer_create_public(fx_slice_str(texts[i])));
    }
    assert_null(fx_signer_create(fx_slice_str(rows[0].public)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_signatures),
        cmocka_unit_test(id_is_of_the_public_key),
        cmocka_unit_test(no_signature),
        cmocka_unit_test(no_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
