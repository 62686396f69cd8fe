/* Tests of dkim with any octets: each beginning of each signature, and signatures with octets
 * changed, each in a piece of memory of its very length, so that a sanitizer sees a step
 * outside. What is found must lie within the field. */
#include "dkim_vectors.h"
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

static uint64_t random_state = 1;

/* xorshift64; the same run each time. */
static size_t pick(size_t below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (size_t)(random_state % below);
}

static void within(struct fx_slice piece, struct fx_slice all)
{
    if (!fx_slice_told(piece))
        return;
    uintptr_t from = (uintptr_t)piece.ptr, base = (uintptr_t)all.ptr;
    assert_true(from >= base && from + piece.len <= base + all.len);
}

/* Reads a copy of exactly these octets. */
static void reads(enum fx_signature_kind kind, const char *value, size_t len)
{
    struct fx_signature s;
    struct fx_slice rest, name;
    char *copy = malloc(len > 0 ? len : 1);
    assert_non_null(copy);
    if (len > 0)
        memcpy(copy, value, len);
    struct fx_slice all = fx_slice(copy, len);
    fx_signature_parse(kind, all, VECTOR_NOW, &s);
    for (size_t i = 0; i < FX_SIGNATURE_TAGS; i++)
        within(s.tag[i], all);
    for (size_t i = 0; i < s.anomalies.count; i++) {
        const struct fx_anomaly *a = &s.anomalies.list[i];
        within(a->text, all);
        assert_true(!a->has_at || a->at <= len);
        assert_true(a->rule >= FX_RULE_DKIM_FIRST && a->rule <= FX_RULE_DKIM_LAST);
    }
    assert_true(s.instance <= 50);
    for (rest = s.tag[FX_DKIM_TAG_H]; fx_signature_h_next(&rest, &name);)
        within(name, all);
    free(copy);
}

static void every_beginning(void **state)
{
    (void)state;
    size_t marks[8], len;
    for (size_t i = 0; i < dkim_vector_count; i++) {
        char *value = vector_value(&dkim_vectors[i], &len, marks);
        for (size_t n = 0; n <= len; n++)
            reads(dkim_vectors[i].kind, value, n);
        free(value);
    }
}

static void changed(void **state)
{
    (void)state;
    static const char octets[] = "=;:@./ \t\r\n-_aAzZ019vbhcdilqstx\0\x7f\x80\xff";
    size_t marks[8], len;
    for (size_t round = 0; round < 40; round++)
        for (size_t i = 0; i < dkim_vector_count; i++) {
            char *value = vector_value(&dkim_vectors[i], &len, marks);
            for (size_t n = 1 + pick(8); n > 0 && len > 0; n--)
                value[pick(len)] = octets[pick(sizeof octets)];
            reads((enum fx_signature_kind)pick(FX_SIGNATURE_KINDS), value, len);
            if (len > 0)
                reads(dkim_vectors[i].kind, value, pick(len));
            free(value);
        }
}

static void noise(void **state)
{
    (void)state;
    static const char octets[] = "=;:@. \n-abhdislqtxzcv01";
    char value[200];
    for (size_t round = 0; round < 20000; round++) {
        size_t len = pick(sizeof value);
        for (size_t i = 0; i < len; i++)
            value[i] = round % 4 == 0 ? (char)pick(256) : octets[pick(sizeof octets)];
        reads((enum fx_signature_kind)pick(FX_SIGNATURE_KINDS), value, len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_beginning),
        cmocka_unit_test(changed),
        cmocka_unit_test(noise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
