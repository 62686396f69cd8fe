/* Tests of dkim: what a signature field says by itself. The fields are in dkim_vectors.c. */
#include "dkim_vectors.h"
#include "fixture.h"
#include "suffix.h"

#include <stdlib.h>
#include <string.h>

/* Told by what looks at the whole message. */
static const enum fx_rule of_message[] = {
    FX_RULE_DKIM_H_ABSENT,  FX_RULE_DKIM_H_OVERSIGN, FX_RULE_DKIM_H_PARTIAL,
    FX_RULE_DKIM_HDR_COUNT, FX_RULE_DKIM_MULTI_SIG,  FX_RULE_DKIM_ARC_DUPLICATE,
    FX_RULE_DKIM_ARC_CV,    FX_RULE_DKIM_L_LARGE,    FX_RULE_DKIM_BH_MISMATCH,
};

static bool same_text(struct fx_slice text, const char *begins)
{
    if (begins == NULL || !fx_slice_told(text))
        return (begins == NULL) == !fx_slice_told(text);
    size_t len = strlen(begins);
    return len == 0 ? text.len == 0 : text.len >= len && memcmp(text.ptr, begins, len) == 0;
}

static bool same(const struct fx_anomaly *is, const struct vector_anomaly *want,
                 const size_t *marks)
{
    const char *what = is->what == NULL ? "" : is->what;
    return is->rule == want->rule && is->has_at == (want->mark > 0) &&
           (!is->has_at || is->at == marks[want->mark - 1]) &&
           same_text(is->text, want->text) &&
           strcmp(what, want->what == NULL ? "" : want->what) == 0 &&
           is->has_observed == (want->numbers > 0) && is->has_limit == (want->numbers > 1) &&
           is->observed == want->observed && is->limit == want->limit &&
           is->basis == (want->inferred ? FX_BASIS_INFERRED : FX_BASIS_OBSERVED);
}

static void print(const struct fx_anomalies *all)
{
    for (size_t i = 0; i < all->count; i++) {
        const struct fx_anomaly *a = &all->list[i];
        print_message("  %s at %d '%.*s' (%s) %ju/%ju\n", fx_rule_name(a->rule),
                      a->has_at ? (int)a->at : -1, (int)a->text.len,
                      a->text.ptr == NULL ? "" : a->text.ptr, a->what == NULL ? "" : a->what,
                      (uintmax_t)a->observed, (uintmax_t)a->limit);
    }
}

static size_t wanted(const struct vector *v)
{
    size_t n = 0;
    while (n < 4 && v->anomalies[n].rule != 0)
        n++;
    return n;
}

static void vectors(void **state)
{
    (void)state;
    struct fx_signature s;
    size_t marks[8], len;
    for (size_t i = 0; i < dkim_vector_count; i++) {
        const struct vector *v = &dkim_vectors[i];
        char *value = vector_value(v, &len, marks);
        size_t count = wanted(v);
        fx_signature_parse(v->kind, fx_slice(value, len), VECTOR_NOW, &s);
        bool good = s.anomalies.count == count;
        for (size_t w = 0; w < count; w++) {
            bool found = false;
            for (size_t a = 0; a < s.anomalies.count; a++)
                found = found || same(&s.anomalies.list[a], &v->anomalies[w], marks);
            good = good && found;
        }
        if (!good || s.body_hash_known != v->body_hash) {
            print_message("body hash known: %d, found:\n", s.body_hash_known);
            print(&s.anomalies);
            fail_msg("vector %zu: %s: %s", i, fx_signature_field_name(v->kind), v->value);
        }
        free(value);
    }
}

/* No rule is there that nobody has seen reported. */
static void every_rule(void **state)
{
    (void)state;
    for (int rule = FX_RULE_DKIM_FIRST; rule <= (int)FX_RULE_DKIM_LAST; rule++) {
        bool found = false;
        for (size_t i = 0; i < sizeof of_message / sizeof of_message[0]; i++)
            found = found || of_message[i] == (enum fx_rule)rule;
        for (size_t i = 0; i < dkim_vector_count; i++)
            for (size_t w = 0; w < wanted(&dkim_vectors[i]); w++)
                found = found || dkim_vectors[i].anomalies[w].rule == (enum fx_rule)rule;
        if (!found)
            fail_msg("no vector reports %s", fx_rule_name((enum fx_rule)rule));
        assert_non_null(fx_dkim_rule((enum fx_rule)rule)->means);
        assert_non_null(fx_dkim_rule((enum fx_rule)rule)->source);
    }
}

static struct fx_signature parsed(enum fx_signature_kind kind, const char *value, int64_t now)
{
    struct fx_signature s;
    fx_signature_parse(kind, fx_slice_str(value), now, &s);
    return s;
}

static bool says(const char *value, enum fx_rule rule, int64_t now)
{
    struct fx_signature s = parsed(FX_SIGNATURE_DKIM, value, now);
    return fx_anomaly_has(&s.anomalies, rule);
}

/* Without a clock t= and x= are compared with each other alone. */
static void the_clock(void **state)
{
    (void)state;
    assert_false(says("t=99999999999", FX_RULE_DKIM_T_FUTURE, -1));
    assert_false(says("x=1", FX_RULE_DKIM_X_PAST, -1));
    assert_true(says("t=9; x=1", FX_RULE_DKIM_X_LE_T, -1));
    assert_false(says("t=300", FX_RULE_DKIM_T_FUTURE, 0));
    assert_true(says("t=301", FX_RULE_DKIM_T_FUTURE, 0));
    assert_false(says("x=0", FX_RULE_DKIM_X_PAST, 300));
    assert_true(says("x=0", FX_RULE_DKIM_X_PAST, 301));
    assert_false(says("x=999999999999", FX_RULE_DKIM_X_PAST, 301));
    assert_true(says("x=999999999999", FX_RULE_DKIM_X_PAST, INT64_MAX));
    assert_false(says("t=999999999999", FX_RULE_DKIM_T_FUTURE, INT64_MAX));
}

#define HASH " bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;"

static void body_hash(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        enum fx_canon canon;
        enum fx_body_digest digest;
        bool limited;
        uint64_t length;
    } rows[] = {
        {"a=rsa-sha256;" HASH, FX_CANON_SIMPLE, FX_BODY_SHA256, false, 0},
        {HASH " a=ed25519-sha256; c=relaxed", FX_CANON_SIMPLE, FX_BODY_SHA256, false, 0},
        {"a=rsa-sha256; c=simple/relaxed; l=7;" HASH, FX_CANON_RELAXED, FX_BODY_SHA256, true,
         7},
        {"a=rsa-sha256; c=relaxed/simple; l=0;" HASH, FX_CANON_SIMPLE, FX_BODY_SHA256, true, 0},
        {"a=rsa-sha1; c=relaxed/relaxed; bh=2jmj7l5rSw0yVb/vlWAYkK/YBwk=", FX_CANON_RELAXED,
         FX_BODY_SHA1, false, 0},
        {"a=rsa-sha256; a=x; c=relaxed/relaxed; c=x; l=1; l=x;" HASH " bh=", FX_CANON_RELAXED,
         FX_BODY_SHA256, true, 1}, /* the first counts */
    };
    static const unsigned char start[] = {0xe3, 0xb0, 0xc4, 0x42},
                               end[] = {0x78, 0x52, 0xb8, 0x55};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fx_signature s = parsed(FX_SIGNATURE_DKIM, rows[i].value, -1);
        assert_true(s.body_hash_known);
        assert_int_equal(s.want.canon, rows[i].canon);
        assert_int_equal(s.want.digest, rows[i].digest);
        assert_int_equal(s.want.limited, rows[i].limited);
        assert_int_equal(s.want.length, rows[i].length);
        if (rows[i].digest == FX_BODY_SHA256) {
            assert_memory_equal(s.body_hash, start, 4);
            assert_memory_equal(s.body_hash + 28, end, 4);
        }
    }
    assert_false(parsed(FX_SIGNATURE_DOMAINKEY, rows[0].value, -1).body_hash_known);
    assert_false(parsed(FX_SIGNATURE_ARC_SEAL, rows[0].value, -1).body_hash_known);
    assert_true(parsed(FX_SIGNATURE_ARC_MESSAGE, rows[0].value, -1).body_hash_known);
}

static void instance(void **state)
{
    (void)state;
    assert_int_equal(parsed(FX_SIGNATURE_ARC_MESSAGE, "i=1", -1).instance, 1);
    assert_int_equal(parsed(FX_SIGNATURE_ARC_SEAL, "cv=none; i=\n 50 ;", -1).instance, 50);
    assert_int_equal(parsed(FX_SIGNATURE_ARC_SEAL, "i=51", -1).instance, 0);
    assert_int_equal(parsed(FX_SIGNATURE_ARC_SEAL, "i=1; i=2", -1).instance, 1);
    assert_int_equal(parsed(FX_SIGNATURE_DKIM, "i=1", -1).instance, 0);
}

static void public_suffix(void **state)
{
    (void)state;
    bool list = fx_suffix_public(FX_LIT("co.uk")) != FX_UNKNOWN;
    assert_true(list == FX_WITH_PSL);
    if (!list) {
        assert_false(says("d=Co.UK", FX_RULE_DKIM_D_BAD, -1));
        return;
    }
    struct fx_signature s = parsed(FX_SIGNATURE_DKIM, "d=Co.UK", -1);
    for (size_t i = 0; i < s.anomalies.count; i++)
        if (s.anomalies.list[i].rule == FX_RULE_DKIM_D_BAD) {
            assert_string_equal(s.anomalies.list[i].what, "a public suffix");
            assert_int_equal(s.anomalies.list[i].at, 2);
        }
    assert_true(says("d=Co.UK", FX_RULE_DKIM_D_BAD, -1));
    assert_false(says("d=example.co.uk", FX_RULE_DKIM_D_BAD, -1));
    /* a rule with a star and its exception; a private suffix; a top-level domain that is none
     */
    assert_true(says("d=foo.ck", FX_RULE_DKIM_D_BAD, -1));
    assert_false(says("d=www.ck", FX_RULE_DKIM_D_BAD, -1));
    assert_false(says("d=github.io", FX_RULE_DKIM_D_BAD, -1));
    assert_false(says("d=foo.invalid", FX_RULE_DKIM_D_BAD, -1));
    assert_int_equal(fx_suffix_public(FX_LIT("org")), FX_YES);
    assert_int_equal(fx_suffix_public(FX_LIT("example.org")), FX_NO);
    assert_int_equal(fx_suffix_public(fx_slice_str(fixture_repeat('a', 254))), FX_NO);
    fixture_free();
}

/* The field of so many octets, by a tag that nobody knows. */
static struct fx_signature of_octets(size_t octets, char *buffer)
{
    struct fx_signature s;
    memset(buffer, 'x', octets);
    memcpy(buffer, "p=", 2);
    fx_signature_parse(FX_SIGNATURE_ARC_SEAL, fx_slice(buffer, octets), -1, &s);
    return s;
}

static void long_field(void **state)
{
    (void)state;
    static char buffer[5000];
    struct fx_signature s = of_octets(4096, buffer);
    assert_false(fx_anomaly_has(&s.anomalies, FX_RULE_DKIM_SIG_LONG));
    s = of_octets(4097, buffer);
    assert_int_equal(s.anomalies.list[0].rule, FX_RULE_DKIM_SIG_LONG);
    assert_true(s.anomalies.list[0].has_observed && s.anomalies.list[0].has_limit);
    assert_int_equal(s.anomalies.list[0].observed, 4097);
    assert_int_equal(s.anomalies.list[0].limit, 4096);
    assert_false(s.anomalies.list[0].has_at);
    assert_string_equal(s.anomalies.list[0].what, "octets of the field");
}

/* Of 64 different names without a meaning the repetition is seen, and of those with one,
 * however long the list goes on. */
static void many_tags(void **state)
{
    (void)state;
    static char list[60000];
    size_t at = 0;
    struct fx_signature s;
    for (size_t i = 0; i < 14999; i++, at += 4) {
        memcpy(list + at, "aa=;", 4);
        list[at] = (char)('b' + i / 20 % 20);
        list[at + 1] = (char)('a' + i % 20);
    }
    fx_signature_parse(FX_SIGNATURE_DOMAINKEY, fx_slice(list, at), -1, &s);
    assert_true(fx_anomaly_has(&s.anomalies, FX_RULE_DKIM_TAG_DUP));
    for (size_t i = 0; i < s.anomalies.count; i++)
        if (s.anomalies.list[i].rule == FX_RULE_DKIM_TAG_DUP) {
            assert_slice(s.anomalies.list[i].text, "ba");
            assert_int_equal(s.anomalies.list[i].at, 1600);
        }
    /* a known one behind them is found, and told apart from none of them */
    memcpy(list + at, "d=x;", 4);
    fx_signature_parse(FX_SIGNATURE_DOMAINKEY, fx_slice(list, at + 4), -1, &s);
    assert_slice(s.tag[FX_DKIM_TAG_D], "x");
    /* and its repetition, behind names that all differ */
    for (size_t i = 0; i < 100; i++) {
        list[4 * i] = (char)('b' + i / 10);
        list[4 * i + 1] = (char)('a' + i % 10);
    }
    memcpy(list + 400, "d=x;d=y;", 8);
    fx_signature_parse(FX_SIGNATURE_DKIM, fx_slice(list, 408), -1, &s);
    assert_true(fx_anomaly_has(&s.anomalies, FX_RULE_DKIM_TAG_DUP));
    assert_slice(s.tag[FX_DKIM_TAG_D], "x");
}

static void kinds(void **state)
{
    (void)state;
    enum fx_signature_kind kind;
    assert_true(fx_signature_kind_find(FX_LIT("dkim-SIGNATURE"), &kind));
    assert_int_equal(kind, FX_SIGNATURE_DKIM);
    assert_true(fx_signature_kind_find(FX_LIT("DomainKey-Signature"), &kind));
    assert_int_equal(kind, FX_SIGNATURE_DOMAINKEY);
    assert_true(fx_signature_kind_find(FX_LIT("ARC-Message-Signature"), &kind));
    assert_int_equal(kind, FX_SIGNATURE_ARC_MESSAGE);
    assert_true(fx_signature_kind_find(FX_LIT("ARC-Seal"), &kind));
    assert_int_equal(kind, FX_SIGNATURE_ARC_SEAL);
    assert_false(fx_signature_kind_find(FX_LIT("ARC-Authentication-Results"), &kind));
    assert_false(fx_signature_kind_find(FX_LIT("DKIM-Signatur"), &kind));
    assert_false(fx_signature_kind_find(FX_LIT(""), &kind));
}

static void names_in_h(void **state)
{
    (void)state;
    struct fx_slice rest = FX_LIT(" From\n :\tTo:: Date "), name;
    static const char *const want[] = {"From", "To", "", "Date"};
    for (size_t i = 0; i < 4; i++) {
        assert_true(fx_signature_h_next(&rest, &name));
        assert_slice(name, want[i]);
    }
    assert_false(fx_signature_h_next(&rest, &name));
    rest = FX_ABSENT;
    assert_false(fx_signature_h_next(&rest, &name));
    rest = FX_LIT("");
    assert_true(fx_signature_h_next(&rest, &name));
    assert_int_equal(name.len, 0);
    assert_false(fx_signature_h_next(&rest, &name));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors),    cmocka_unit_test(every_rule),
        cmocka_unit_test(the_clock),  cmocka_unit_test(body_hash),
        cmocka_unit_test(instance),   cmocka_unit_test(public_suffix),
        cmocka_unit_test(long_field), cmocka_unit_test(many_tags),
        cmocka_unit_test(kinds),      cmocka_unit_test(names_in_h),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
