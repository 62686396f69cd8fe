/* Tests of what an event allocates: nothing for a header field once a connection has had a
 * message, and next to nothing for a whole message. malloc and its like of the core are counted
 * (the linker's --wrap), and those of libcrypto
 * by themselves. */
#include "../bench/engine_message.h"
#include "fixture.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

static size_t allocations, of_crypto;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *p, size_t size);

void *__wrap_malloc(size_t size)
{
    allocations++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    allocations++;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *p, size_t size)
{
    allocations++;
    return __real_realloc(p, size);
}

static void *crypto_malloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    of_crypto++;
    return __real_malloc(size);
}

static void *crypto_realloc(void *p, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    of_crypto++;
    return __real_realloc(p, size);
}

static void crypto_free(void *p, const char *file, int line)
{
    (void)file;
    (void)line;
    free(p);
}

static bool emit(void *arg, struct fx_record *record)
{
    size_t *records = arg;
    (void)record;
    ++*records;
    return true;
}

static void sight(void *arg, struct fx_sighting *sighting)
{
    (void)arg;
    fx_sighting_finish(sighting);
}

struct world {
    struct fx_policy *policy;
    struct fx_engine *engine;
    size_t records;
};

static void begin(struct world *w, bool follow)
{
    struct fx_profile *p = fixture_profile("p");
    fixture_rule(p, FX_RULE_HEADER_LINE_LENGTH, FX_ACTION_DROP_CONNECTION, 998);
    fixture_rule(p, FX_RULE_MIME_FILENAME_LENGTH, FX_ACTION_DROP_CONNECTION, 255);
    *w = (struct world){.policy = fixture_policy_of(FX_MODE_OBSERVE, p)};
    w->engine =
        fx_engine_create(w->policy, FIXTURE_ID,
                         &(struct fx_engine_hooks){
                             .emit = emit, .sight = follow ? sight : NULL, .arg = &w->records});
    assert_non_null(w->engine);
    engine_message_greet(w->engine);
}

static void finish(struct world *w)
{
    engine_message_close(w->engine);
    fx_engine_destroy(w->engine);
    fx_policy_destroy(w->policy);
}

/* Counting works at all: the first message has to allocate. */
static void the_first_message(void **state)
{
    (void)state;
    struct world w;
    begin(&w, false);
    allocations = 0;
    engine_message_feed(w.engine);
    assert_true(allocations > 10);
    finish(&w);
}

static void none_for_a_field(void **state)
{
    (void)state;
    struct world w;
    begin(&w, true);
    engine_message_feed(w.engine);
    for (int n = 0; n < 3; n++) {
        engine_message_envelope(w.engine);
        for (size_t i = 0; i < ENGINE_MESSAGE_FIELDS; i++) {
            allocations = of_crypto = 0;
            engine_message_field(w.engine, i);
            assert_int_equal(allocations + of_crypto, 0);
        }
        engine_message_rest(w.engine);
    }
    finish(&w);
    assert_int_equal(w.records, 4);
}

static void none_for_a_message(void **state)
{
    (void)state;
    struct world w;
    begin(&w, false);
    engine_message_feed(w.engine);
    allocations = of_crypto = 0;
    for (int n = 0; n < 3; n++)
        engine_message_feed(w.engine);
    assert_int_equal(allocations + of_crypto, 0);
    finish(&w);
}

/* The list of recipients, which goes to another thread. */
static void one_for_a_sighting(void **state)
{
    (void)state;
    struct world w;
    begin(&w, true);
    engine_message_feed(w.engine);
    allocations = of_crypto = 0;
    for (int n = 0; n < 3; n++)
        engine_message_feed(w.engine);
    assert_int_equal(allocations, 3);
    assert_true(of_crypto <= 3 * 4); /* OpenSSL 3.0 takes one for each of the digests */
    finish(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_message),
        cmocka_unit_test(none_for_a_field),
        cmocka_unit_test(none_for_a_message),
        cmocka_unit_test(one_for_a_sighting),
    };
    if (CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free) != 1)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
