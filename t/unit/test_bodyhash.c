/* Tests of bodyhash: the constants of the RFC, any cut of a body into chunks, any length,
 * random bodies beside the slow reference, what OpenSSL or memory may refuse. */
#include "body_reference.h"
#include "fixture.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

/* ---- calls that may fail; the linker puts these in their place ---- */

static unsigned long calls, fails_at; /* 0: none does */
static const char *missing;           /* a digest that OpenSSL lacks */

static bool fails(void)
{
    return ++calls == fails_at;
}

void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
EVP_MD *__real_EVP_MD_fetch(OSSL_LIB_CTX *c, const char *name, const char *properties);
EVP_MD_CTX *__real_EVP_MD_CTX_new(void);
int __real_EVP_DigestInit_ex2(EVP_MD_CTX *c, const EVP_MD *md, const OSSL_PARAM *params);
int __real_EVP_DigestUpdate(EVP_MD_CTX *c, const void *p, size_t n);
int __real_EVP_DigestFinal_ex(EVP_MD_CTX *c, unsigned char *out, unsigned *n);
int __real_EVP_MD_CTX_copy_ex(EVP_MD_CTX *to, const EVP_MD_CTX *from);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
EVP_MD *__wrap_EVP_MD_fetch(OSSL_LIB_CTX *c, const char *name, const char *properties);
EVP_MD_CTX *__wrap_EVP_MD_CTX_new(void);
int __wrap_EVP_DigestInit_ex2(EVP_MD_CTX *c, const EVP_MD *md, const OSSL_PARAM *params);
int __wrap_EVP_DigestUpdate(EVP_MD_CTX *c, const void *p, size_t n);
int __wrap_EVP_DigestFinal_ex(EVP_MD_CTX *c, unsigned char *out, unsigned *n);
int __wrap_EVP_MD_CTX_copy_ex(EVP_MD_CTX *to, const EVP_MD_CTX *from);

void *__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
    return fails() ? NULL : __real_realloc(p, size);
}

EVP_MD *__wrap_EVP_MD_fetch(OSSL_LIB_CTX *c, const char *name, const char *properties)
{
    if (fails() || (missing != NULL && strcmp(name, missing) == 0))
        return NULL;
    return __real_EVP_MD_fetch(c, name, properties);
}

EVP_MD_CTX *__wrap_EVP_MD_CTX_new(void)
{
    return fails() ? NULL : __real_EVP_MD_CTX_new();
}

int __wrap_EVP_DigestInit_ex2(EVP_MD_CTX *c, const EVP_MD *md, const OSSL_PARAM *params)
{
    return fails() ? 0 : __real_EVP_DigestInit_ex2(c, md, params);
}

int __wrap_EVP_DigestUpdate(EVP_MD_CTX *c, const void *p, size_t n)
{
    return fails() ? 0 : __real_EVP_DigestUpdate(c, p, n);
}

int __wrap_EVP_DigestFinal_ex(EVP_MD_CTX *c, unsigned char *out, unsigned *n)
{
    return fails() ? 0 : __real_EVP_DigestFinal_ex(c, out, n);
}

int __wrap_EVP_MD_CTX_copy_ex(EVP_MD_CTX *to, const EVP_MD_CTX *from)
{
    return fails() ? 0 : __real_EVP_MD_CTX_copy_ex(to, from);
}

/* ---- what most tests do ---- */

static struct fx_bodyhash_want whole(enum fx_canon canon, enum fx_body_digest digest)
{
    return (struct fx_bodyhash_want){.canon = canon, .digest = digest};
}

static struct fx_bodyhash_want cut_at(enum fx_canon canon, enum fx_body_digest digest,
                                      uint64_t length)
{
    return (struct fx_bodyhash_want){
        .canon = canon, .digest = digest, .limited = true, .length = length};
}

static size_t wanted(struct fx_bodyhash *b, struct fx_bodyhash_want want)
{
    size_t handle = SIZE_MAX;
    assert_true(fx_bodyhash_want(b, &want, &handle));
    return handle;
}

/* The handle has the digest that the reference makes of this body. */
static void as_reference(const struct fx_bodyhash *b, size_t handle,
                         struct fx_bodyhash_want want, struct fx_slice body)
{
    unsigned char is[FX_BODYHASH_MAX], should[FX_BODYHASH_MAX];
    size_t size;
    char *canonical = body_reference(want.canon, body, &size);
    assert_non_null(canonical);
    assert_true(body_reference_digest(want.digest, canonical, size, &want, should));
    free(canonical);
    assert_true(fx_bodyhash_digest(b, handle, is));
    if (memcmp(is, should, sizeof is) != 0)
        fail_msg("%s, digest %d, length %lld: body of %zu octets, \"%.*s\"",
                 want.canon == FX_CANON_SIMPLE ? "simple" : "relaxed", want.digest,
                 want.limited ? (long long)want.length : -1, body.len,
                 body.len < 300 ? (int)body.len : 300, body.ptr);
    assert_int_equal(fx_bodyhash_octets(b, want.canon), size);
}

static const struct fx_slice bodies[] = {
    {"", 0},
    {"x", 1},
    {"\r", 1},
    {"\n", 1},
    {" ", 1},
    {"\t", 1},
    FX_LIT("\r\n"),
    FX_LIT("\n\r"),
    FX_LIT(" \r"),
    FX_LIT("\r\r\n"),
    FX_LIT("\r\n\r\n"),
    FX_LIT("\r\n\r\n\r\n\r"),
    FX_LIT("a \r\r\n \r\n"),
    FX_LIT(" \r \r\n\t\n \n"),
    FX_LIT("x\r\n\r\n"),
    FX_LIT("x \r\n \r\n\t \r\n"),
    FX_LIT("x\t"),
    FX_LIT("x \t \r"),
    FX_LIT(" \r\n\r\n \t y\r\n"),
    FX_LIT(" C \r\nD \t E\r\n\r\n\r\n"), /* section 3.4.5 */
    FX_LIT("\r\n\r\nlate"),
    FX_LIT("one\ntwo \n three\rfour \r five"),
    FX_LIT("\0 \0\t\0\r\n\0"),
    FX_LIT("\xFF \xA0\r\n\x80\t\x89\r\n\x0B \x0C\r\n"),
};
#define BODIES (sizeof bodies / sizeof bodies[0])

/* ---- the tests ---- */

static void constants(void **state)
{
    (void)state;
    static const struct {
        enum fx_canon canon;
        enum fx_body_digest digest;
        const char *base64;
    } rows[] = {
        {FX_CANON_SIMPLE, FX_BODY_SHA1, "uoq1oCgLlTqpdDX/iUbLy7J1Wic="},
        {FX_CANON_SIMPLE, FX_BODY_SHA256, "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY="},
        {FX_CANON_RELAXED, FX_BODY_SHA1, "2jmj7l5rSw0yVb/vlWAYkK/YBwk="},
        {FX_CANON_RELAXED, FX_BODY_SHA256, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="},
    };
    struct fx_bodyhash *b = fx_bodyhash_create();
    assert_non_null(b);
    for (int lines = 0; lines < 4; lines++) {
        size_t handle[4];
        fx_bodyhash_reset(b);
        for (size_t i = 0; i < 4; i++)
            handle[i] = wanted(b, whole(rows[i].canon, rows[i].digest));
        for (int i = 0; i < lines; i++)
            fx_bodyhash_body(b, FX_LIT("\r\n"));
        fx_bodyhash_end(b);
        for (size_t i = 0; i < 4; i++) {
            unsigned char out[FX_BODYHASH_MAX], text[48];
            size_t octets = fx_body_digest_octets(rows[i].digest);
            assert_true(fx_bodyhash_digest(b, handle[i], out));
            int n = EVP_EncodeBlock(text, out, (int)octets);
            assert_int_equal(n, strlen(rows[i].base64));
            assert_memory_equal(text, rows[i].base64, (size_t)n);
            for (size_t k = octets; k < FX_BODYHASH_MAX; k++)
                assert_int_equal(out[k], 0);
        }
        assert_int_equal(fx_bodyhash_octets(b, FX_CANON_SIMPLE), 2);
        assert_int_equal(fx_bodyhash_octets(b, FX_CANON_RELAXED), 0);
    }
    fx_bodyhash_destroy(b);
    fx_bodyhash_destroy(NULL);
}

/* The reference itself, by RFC 6376 section 3.4.5 and by hand. */
static void reference(void **state)
{
    (void)state;
    static const struct {
        enum fx_canon canon;
        struct fx_slice body, canonical;
    } rows[] = {
        {FX_CANON_RELAXED, FX_LIT(" C \r\nD \t E\r\n\r\n\r\n"), FX_LIT(" C\r\nD E\r\n")},
        {FX_CANON_SIMPLE, FX_LIT(" C \r\nD \t E\r\n\r\n\r\n"), FX_LIT(" C \r\nD \t E\r\n")},
        {FX_CANON_SIMPLE, FX_LIT(""), FX_LIT("\r\n")},
        {FX_CANON_RELAXED, FX_LIT(""), FX_LIT("")},
        {FX_CANON_SIMPLE, FX_LIT("x"), FX_LIT("x\r\n")},
        {FX_CANON_RELAXED, FX_LIT("x \t"), FX_LIT("x\r\n")},
        {FX_CANON_SIMPLE, FX_LIT(" \r\n\r\n"), FX_LIT(" \r\n")},
        {FX_CANON_RELAXED, FX_LIT(" \r\n\t\r\n"), FX_LIT("")},
        {FX_CANON_RELAXED, FX_LIT("\r\n a \r b\n \t\r\n"), FX_LIT("\r\n a \r b\n\r\n")},
        {FX_CANON_SIMPLE, FX_LIT("a\r"), FX_LIT("a\r\r\n")},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t size;
        char *canonical = body_reference(rows[i].canon, rows[i].body, &size);
        assert_non_null(canonical);
        assert_int_equal(size, rows[i].canonical.len);
        assert_memory_equal(canonical, rows[i].canonical.ptr, size);
        free(canonical);
    }
}

struct all_four {
    struct fx_bodyhash *b;
    size_t handle[FX_CANON_COUNT][FX_BODY_DIGESTS];
};

static void four_wanted(struct all_four *four)
{
    fx_bodyhash_reset(four->b);
    for (size_t c = 0; c < FX_CANON_COUNT; c++)
        for (size_t d = 0; d < FX_BODY_DIGESTS; d++)
            four->handle[c][d] =
                wanted(four->b, whole((enum fx_canon)c, (enum fx_body_digest)d));
}

static void four_right(const struct all_four *four, struct fx_slice body)
{
    for (size_t c = 0; c < FX_CANON_COUNT; c++)
        for (size_t d = 0; d < FX_BODY_DIGESTS; d++)
            as_reference(four->b, four->handle[c][d],
                         whole((enum fx_canon)c, (enum fx_body_digest)d), body);
}

/* A chunk that ends where its memory does. */
static void feed(struct fx_bodyhash *b, struct fx_slice chunk)
{
    char *copy = malloc(chunk.len > 0 ? chunk.len : 1);
    assert_non_null(copy);
    memcpy(copy, chunk.ptr, chunk.len);
    fx_bodyhash_body(b, fx_slice(copy, chunk.len));
    free(copy);
}

/* Whole, octet by octet, and cut at any two places. */
static void every_cut(struct all_four *four, struct fx_slice body)
{
    four_wanted(four);
    for (size_t i = 0; i < body.len; i++)
        feed(four->b, fx_slice(body.ptr + i, 1));
    fx_bodyhash_end(four->b);
    four_right(four, body);
    for (size_t i = 0; i <= body.len; i++)
        for (size_t k = i; k <= body.len; k++) {
            four_wanted(four);
            feed(four->b, fx_slice(body.ptr, i));
            feed(four->b, fx_slice(body.ptr + i, k - i));
            feed(four->b, fx_slice(body.ptr + k, body.len - k));
            fx_bodyhash_end(four->b);
            four_right(four, body);
        }
}

static void cuts(void **state)
{
    (void)state;
    struct all_four four = {.b = fx_bodyhash_create()};
    assert_non_null(four.b);
    for (size_t i = 0; i < BODIES; i++)
        every_cut(&four, bodies[i]);
    /* long enough for blocks */
    char text[96];
    for (size_t n = 0; n < sizeof text; n++)
        text[n] = "word \t \r\n\r\n two"[n % 15];
    every_cut(&four, fx_slice(text, sizeof text));
    fx_bodyhash_destroy(four.b);
}

static unsigned dice(unsigned sides)
{
    static unsigned x = 7;
    x = x * 1103515245u + 12345u;
    return x / 65536u % sides;
}

/* Mostly text, or mostly what is not. */
static size_t random_body(char *out, size_t most)
{
    static const char *const odd[] = {
        "\r",  "\n",     " ",    "\t",   "\r\n", " \r\n",    "\r\n\r\n", "  ",
        "\t ", "\r\r\n", "\xFF", "\x80", "\xA0", "\x89\xA0", " \x8D\n",  " \r\x8A"};
    unsigned of = 1 + dice(20);
    size_t len = dice((unsigned)most), at = 0;
    while (at < len) {
        const char *piece = dice(of) == 0 ? odd[dice(sizeof odd / sizeof odd[0])] : "a";
        size_t n = strlen(piece) < len - at ? strlen(piece) : len - at;
        memcpy(out + at, piece, n);
        at += n;
    }
    return at;
}

/* Lengths and all four whole ones at once, in random chunks. */
static void random_bodies(void **state)
{
    (void)state;
    static char body[70000];
    struct all_four four = {.b = fx_bodyhash_create()};
    assert_non_null(four.b);
    for (int round = 0; round < 4000; round++) {
        size_t len = random_body(body, round % 200 == 0 ? sizeof body : 600);
        struct fx_bodyhash_want limited[6];
        size_t handle[6];
        four_wanted(&four);
        for (size_t i = 0; i < 6; i++) {
            limited[i] = cut_at((enum fx_canon)dice(2), (enum fx_body_digest)dice(2),
                                dice((unsigned)len + 3));
            handle[i] = wanted(four.b, limited[i]);
        }
        unsigned chunk = dice(2) == 0 ? 8 : 3000;
        for (size_t at = 0; at < len;) {
            size_t n = dice(chunk) + 1;
            n = n < len - at ? n : len - at;
            feed(four.b, fx_slice(body + at, n));
            at += n;
        }
        fx_bodyhash_end(four.b);
        four_right(&four, fx_slice(body, len));
        for (size_t i = 0; i < 6; i++)
            as_reference(four.b, handle[i], limited[i], fx_slice(body, len));
    }
    fx_bodyhash_destroy(four.b);
}

/* Each length from nothing to more than there is, alone and all at once, in any order. */
static void lengths(void **state)
{
    (void)state;
    struct fx_bodyhash *b = fx_bodyhash_create();
    assert_non_null(b);
    for (size_t i = 0; i < BODIES; i++)
        for (size_t c = 0; c < FX_CANON_COUNT; c++) {
            size_t most = bodies[i].len + 4, handle[64];
            assert_true(most < 64);
            for (size_t l = 0; l <= most; l++) {
                struct fx_bodyhash_want want = cut_at((enum fx_canon)c, FX_BODY_SHA256, l);
                fx_bodyhash_reset(b);
                handle[l] = wanted(b, want);
                feed(b, fx_slice_first(bodies[i], l / 2));
                feed(b, fx_slice_from(bodies[i], l / 2));
                fx_bodyhash_end(b);
                as_reference(b, handle[l], want, bodies[i]);
            }
            fx_bodyhash_reset(b);
            for (size_t k = 0; k <= most; k++) {
                size_t l = (k * 37) % (most + 1);
                handle[k] = wanted(b, cut_at((enum fx_canon)c, FX_BODY_SHA1, l));
            }
            feed(b, bodies[i]);
            fx_bodyhash_end(b);
            for (size_t k = 0; k <= most; k++)
                as_reference(b, handle[k],
                             cut_at((enum fx_canon)c, FX_BODY_SHA1, (k * 37) % (most + 1)),
                             bodies[i]);
        }
    fx_bodyhash_destroy(b);
}

/* Ends of lines, about as many as are given back at once, and more than any buffer holds; with
 * something behind them and without. */
static void many_ends_of_lines(void **state)
{
    (void)state;
    struct all_four four = {.b = fx_bodyhash_create()};
    static char body[100001];
    assert_non_null(four.b);
    for (size_t i = 0; i + 1 < sizeof body; i++)
        body[i] = i % 2 == 0 ? '\r' : '\n';
    for (size_t lines = 240; lines < 280; lines++) {
        four_wanted(&four);
        feed(four.b, fx_slice(body, lines * 2));
        feed(four.b, FX_LIT("x"));
        fx_bodyhash_end(four.b);
        assert_int_equal(fx_bodyhash_octets(four.b, FX_CANON_RELAXED), lines * 2 + 3);
    }
    for (size_t last = 0; last < 2; last++) {
        struct fx_slice all = fx_slice(body, sizeof body - 1 + last);
        body[sizeof body - 1] = 'x';
        four_wanted(&four);
        for (size_t at = 0; at < all.len; at += 7777)
            feed(four.b, fx_slice_first(fx_slice_from(all, at), 7777));
        fx_bodyhash_end(four.b);
        four_right(&four, all);
    }
    fx_bodyhash_destroy(four.b);
}

static void sharing(void **state)
{
    (void)state;
    struct fx_bodyhash *b = fx_bodyhash_create();
    assert_non_null(b);
    for (int round = 0; round < 2; round++) {
        size_t one = wanted(b, whole(FX_CANON_SIMPLE, FX_BODY_SHA256));
        size_t two = wanted(b, cut_at(FX_CANON_SIMPLE, FX_BODY_SHA256, 3));
        struct fx_bodyhash_want odd = whole(FX_CANON_SIMPLE, FX_BODY_SHA256);
        odd.length = 17; /* says nothing without l= */
        assert_int_equal(wanted(b, odd), one);
        assert_int_equal(wanted(b, cut_at(FX_CANON_SIMPLE, FX_BODY_SHA256, 3)), two);
        assert_int_not_equal(two, one);
        assert_int_not_equal(wanted(b, whole(FX_CANON_RELAXED, FX_BODY_SHA256)), one);
        assert_int_not_equal(wanted(b, whole(FX_CANON_SIMPLE, FX_BODY_SHA1)), one);
        assert_int_not_equal(wanted(b, cut_at(FX_CANON_SIMPLE, FX_BODY_SHA256, 4)), two);
        fx_bodyhash_reset(b);
    }
    /* a digest runs once, whatever lengths are wanted of it */
    for (uint64_t l = 0; l < 50; l++)
        wanted(b, cut_at(FX_CANON_SIMPLE, FX_BODY_SHA256, 1000 + l));
    calls = 0;
    fx_bodyhash_body(b, FX_LIT("some octets"));
    assert_int_equal(calls, 1);
    /* and no longer than the largest of them */
    fx_bodyhash_reset(b);
    wanted(b, cut_at(FX_CANON_SIMPLE, FX_BODY_SHA256, 5));
    fx_bodyhash_body(b, FX_LIT("some octets"));
    calls = 0;
    fx_bodyhash_body(b, FX_LIT("and more"));
    assert_int_equal(calls, 0);
    fx_bodyhash_destroy(b);
}

static void sealed(void **state)
{
    (void)state;
    struct fx_bodyhash *b = fx_bodyhash_create();
    unsigned char out[FX_BODYHASH_MAX] = {42}, again[FX_BODYHASH_MAX];
    struct fx_bodyhash_want want = whole(FX_CANON_RELAXED, FX_BODY_SHA256), other = want;
    assert_non_null(b);
    size_t handle = wanted(b, want), none = 99;
    fx_bodyhash_body(b, FX_ABSENT);
    other.digest = FX_BODY_SHA1;
    assert_true(fx_bodyhash_want(b, &other, &none));
    fx_bodyhash_body(b, FX_LIT("a b"));
    assert_false(fx_bodyhash_digest(b, handle, out));
    assert_int_equal(out[0], 42);
    other.canon = FX_CANON_SIMPLE;
    none = 99;
    assert_false(fx_bodyhash_want(b, &other, &none));
    assert_int_equal(none, 99);
    assert_true(fx_bodyhash_want(b, &want, &none));
    assert_int_equal(none, handle);
    fx_bodyhash_end(b);
    assert_true(fx_bodyhash_digest(b, handle, out));
    fx_bodyhash_body(b, FX_LIT("more"));
    fx_bodyhash_end(b);
    assert_true(fx_bodyhash_digest(b, handle, again));
    assert_memory_equal(out, again, sizeof out);
    assert_int_equal(fx_bodyhash_octets(b, FX_CANON_RELAXED), 5);
    assert_int_equal(fx_bodyhash_octets(b, FX_CANON_SIMPLE), 0);
    assert_false(fx_bodyhash_digest(b, 2, again));
    assert_false(fx_bodyhash_want(b, &other, &none));
    fx_bodyhash_reset(b);
    assert_false(fx_bodyhash_digest(b, handle, again));
    fx_bodyhash_end(b); /* nobody wants anything */
    assert_int_equal(fx_bodyhash_octets(b, FX_CANON_RELAXED), 0);
    fx_bodyhash_destroy(b);
}

/* Whatever was left of the body before, be it cut off in the middle. */
static void begins_anew(void **state)
{
    (void)state;
    static const struct fx_slice left[] = {FX_LIT("a"), FX_LIT("a "), FX_LIT("a\r\n\r\n"),
                                           FX_LIT("a\r"), FX_LIT(" \r")};
    struct all_four four = {.b = fx_bodyhash_create()};
    struct fx_bodyhash_want want = whole(FX_CANON_SIMPLE, FX_BODY_SHA1);
    size_t handle;
    assert_non_null(four.b);
    for (size_t i = 0; i < sizeof left / sizeof left[0]; i++) {
        four_wanted(&four);
        feed(four.b, left[i]);
        four_wanted(&four);
        feed(four.b, FX_LIT("\nb"));
        fx_bodyhash_end(four.b);
        feed(four.b, FX_LIT("more"));
        fx_bodyhash_end(four.b);
        four_right(&four, FX_LIT("\nb"));
    }
    fx_bodyhash_reset(four.b);
    fx_bodyhash_end(four.b);
    assert_false(fx_bodyhash_want(four.b, &want, &handle));
    fx_bodyhash_destroy(four.b);
}

static void a_digest_is_missing(void **state)
{
    (void)state;
    struct fx_bodyhash_want sha1 = whole(FX_CANON_SIMPLE, FX_BODY_SHA1);
    struct fx_bodyhash_want sha256 = whole(FX_CANON_SIMPLE, FX_BODY_SHA256);
    size_t handle = 99;
    missing = "SHA1";
    struct fx_bodyhash *b = fx_bodyhash_create();
    missing = NULL;
    assert_non_null(b);
    assert_false(fx_bodyhash_want(b, &sha1, &handle));
    assert_int_equal(handle, 99);
    assert_true(fx_bodyhash_want(b, &sha256, &handle));
    fx_bodyhash_body(b, FX_LIT("x\r\n"));
    fx_bodyhash_end(b);
    as_reference(b, handle, sha256, FX_LIT("x\r\n"));
    fx_bodyhash_destroy(b);
}

/* Two bodies with what may be wanted. Each handle is given and has the right digest, or says
 * that it has none; false: something failed. */
static bool one_life(void)
{
    const struct fx_bodyhash_want wants[] = {
        cut_at(FX_CANON_RELAXED, FX_BODY_SHA256, 3),  whole(FX_CANON_RELAXED, FX_BODY_SHA256),
        cut_at(FX_CANON_RELAXED, FX_BODY_SHA256, 90), whole(FX_CANON_SIMPLE, FX_BODY_SHA1),
        cut_at(FX_CANON_SIMPLE, FX_BODY_SHA1, 0),     cut_at(FX_CANON_SIMPLE, FX_BODY_SHA1, 5)};
    struct fx_bodyhash *b = fx_bodyhash_create();
    bool good = b != NULL;
    for (int round = 0; b != NULL && round < 2; round++) {
        struct fx_slice body = bodies[BODIES - 1 - (size_t)round];
        size_t handle[6] = {SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX, SIZE_MAX};
        unsigned char out[FX_BODYHASH_MAX];
        for (size_t i = 0; i < 6; i++)
            good &= fx_bodyhash_want(b, &wants[i], &handle[i]);
        feed(b, body);
        fx_bodyhash_end(b);
        for (size_t i = 0; i < 6; i++) {
            bool told = fx_bodyhash_digest(b, handle[i], out);
            if (told)
                as_reference(b, handle[i], wants[i], body);
            good &= told;
        }
        fx_bodyhash_reset(b);
    }
    fx_bodyhash_destroy(b);
    return good;
}

static void whatever_fails(void **state)
{
    (void)state;
    unsigned long n = 0;
    for (bool good = false; !good;) {
        calls = 0;
        fails_at = ++n;
        good = one_life();
        assert_int_equal(good, calls < n);
    }
    fails_at = 0;
    assert_true(n > 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constants),      cmocka_unit_test(reference),
        cmocka_unit_test(cuts),           cmocka_unit_test(random_bodies),
        cmocka_unit_test(lengths),        cmocka_unit_test(many_ends_of_lines),
        cmocka_unit_test(sharing),        cmocka_unit_test(sealed),
        cmocka_unit_test(begins_anew),    cmocka_unit_test(a_digest_is_missing),
        cmocka_unit_test(whatever_fails),
    };
    return cmocka_run_group_tests_name("bodyhash", tests, NULL, NULL);
}
