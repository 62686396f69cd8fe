/* Tests of scan, built once with each version: beside references that look at one octet after
 * the other, at every place in memory and in a block, and with any cut into chunks. */
#include "scan.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* ---- the references ---- */

static void line_is_over(struct fx_scan_body *s, bool cr)
{
    uint64_t octets = s->line_octets - cr;
    if (octets > s->longest) {
        s->longest = octets;
        s->longest_line = s->line;
    }
}

static void body_reference(struct fx_scan_body *s, struct fx_slice chunk)
{
    for (size_t i = 0; i < chunk.len; i++) {
        unsigned char c = (unsigned char)chunk.ptr[i];
        s->octets_8bit += c > 127;
        if (c == '\n') {
            line_is_over(s, s->line_cr);
            s->line++;
            s->line_octets = 0;
        } else {
            s->line_octets++;
        }
        s->line_cr = c == '\r';
    }
}

static size_t pair_reference(struct fx_slice s, char first, char second)
{
    for (size_t i = 0; i + 1 < s.len; i++)
        if (s.ptr[i] == first && s.ptr[i + 1] == second)
            return i;
    return s.len;
}

static size_t relax_reference(const char *p, char *out)
{
    size_t n = 0;
    for (size_t i = 0; i < FX_SCAN_BLOCK; i++) {
        bool lost = fx_ascii_blank(p[i]) &&
                    (fx_ascii_blank(p[i + 1]) || (p[i + 1] == '\r' && p[i + 2] == '\n'));
        if (!lost)
            out[n++] = p[i] == '\t' ? ' ' : p[i];
    }
    return n;
}

/* ---- what most tests do ---- */

static unsigned dice(unsigned sides)
{
    static unsigned x = 7;
    x = x * 1103515245u + 12345u;
    return x / 65536u % sides;
}

/* Octets that differ in one bit from those looked for, or follow them, are among them. */
static void fill(char *p, size_t n, unsigned odd)
{
    static const char of[] =
        "\n\n\n\r\r\r\n-  \t\t\x8A\x8D\xA0\x89\xFF\x80\x0B\x0C\x7F!\0\x2D\x01";
    for (size_t i = 0; i < n; i++)
        p[i] = dice(odd) == 0 ? of[dice(sizeof of - 1)] : 'a';
}

/* In memory of its own, so that whoever reads beyond it is found; `off` moves its beginning. */
static void scan(struct fx_scan_body *s, struct fx_slice chunk, size_t off)
{
    char *copy = malloc(off + chunk.len + 1);
    assert_non_null(copy);
    memcpy(copy + off + 1, chunk.ptr, chunk.len);
    fx_scan_body(s, fx_slice(copy + off + 1, chunk.len));
    free(copy);
}

static void same(const struct fx_scan_body *is, const struct fx_scan_body *should)
{
    assert_int_equal(is->octets_8bit, should->octets_8bit);
    assert_int_equal(is->line, should->line);
    assert_int_equal(is->line_octets, should->line_octets);
    assert_int_equal(is->line_cr, should->line_cr);
    assert_int_equal(is->longest, should->longest);
    assert_int_equal(is->longest_line, should->longest_line);
}

static void same_as_reference(struct fx_slice body, size_t cut, size_t off)
{
    struct fx_scan_body is = {.line = 1}, should = {.line = 1};
    scan(&is, fx_slice_first(body, cut), off);
    scan(&is, fx_slice_from(body, cut), off);
    body_reference(&should, body);
    same(&is, &should);
}

/* ---- the tests ---- */

/* Two lines' ends anywhere in up to three blocks, with and without CR; the body cut there. */
static void two_ends(void **state)
{
    (void)state;
    char body[3 * FX_SCAN_BLOCK + 5];
    for (size_t first = 0; first < sizeof body; first++)
        for (size_t second = first + 1; second < sizeof body; second++)
            for (unsigned crs = 0; crs < 4; crs++) {
                memset(body, 'x', sizeof body);
                if ((crs & 1) != 0 && first > 0)
                    body[first - 1] = '\r';
                if ((crs & 2) != 0)
                    body[second - 1] = '\r';
                body[first] = body[second] = '\n';
                same_as_reference(fx_slice(body, sizeof body), sizeof body, 0);
                same_as_reference(fx_slice(body, sizeof body), second, 0);
            }
}

static void any_place_and_length(void **state)
{
    (void)state;
    char body[2 * FX_SCAN_BLOCK + 9];
    for (unsigned odd = 1; odd < 40; odd += 3)
        for (size_t n = 0; n <= sizeof body; n++)
            for (size_t off = 0; off < FX_SCAN_BLOCK; off += 1 + (n & 3)) {
                fill(body, n, odd);
                same_as_reference(fx_slice(body, n), dice((unsigned)n + 1), off);
            }
}

static void any_cuts(void **state)
{
    (void)state;
    char body[150];
    for (unsigned odd = 1; odd < 60; odd += 9) {
        struct fx_scan_body should = {.line = 1};
        fill(body, sizeof body, odd);
        body_reference(&should, fx_slice(body, sizeof body));
        for (size_t i = 0; i <= sizeof body; i++)
            for (size_t k = i; k <= sizeof body; k++) {
                struct fx_scan_body is = {.line = 1};
                scan(&is, fx_slice(body, i), 0);
                scan(&is, fx_slice(body + i, k - i), 0);
                scan(&is, fx_slice(body + k, sizeof body - k), 0);
                same(&is, &should);
            }
    }
}

/* Lines of one length, then one that is longer by an octet: nothing may be skipped then. */
static void one_octet_longer(void **state)
{
    (void)state;
    char body[4096];
    for (size_t usual = 0; usual < 90; usual++)
        for (unsigned cr = 0; cr < 2; cr++) {
            size_t n = 0;
            for (unsigned line = 0; n + usual + 4 < sizeof body; line++) {
                size_t octets = usual + (line == 11);
                memset(body + n, 'x', octets);
                n += octets;
                if (cr != 0)
                    body[n++] = '\r';
                body[n++] = '\n';
            }
            struct fx_scan_body is = {.line = 1};
            scan(&is, fx_slice(body, n), 0);
            assert_int_equal(is.longest, usual + 1);
            assert_int_equal(is.longest_line, 12);
            same_as_reference(fx_slice(body, n), n / 3, 1);
        }
}

/* More than octets can count. */
static void many(void **state)
{
    (void)state;
    const size_t size = 300000;
    char *body = malloc(size);
    assert_non_null(body);
    memset(body, '\n', size);
    same_as_reference(fx_slice(body, size), 65535, 0);
    memset(body, 0xFF, size);
    same_as_reference(fx_slice(body, size), 65535, 0);
    for (unsigned odd = 1; odd < 5000; odd = odd * 3 + 1) {
        struct fx_scan_body is = {.line = 1}, should = {.line = 1};
        fill(body, size, odd);
        body_reference(&should, fx_slice(body, size));
        for (size_t at = 0, n; at < size; at += n) {
            n = dice(2) == 0 ? dice(100) : 2 * dice(32768);
            n = n < size - at ? n : size - at;
            scan(&is, fx_slice(body + at, n), 0);
        }
        same(&is, &should);
    }
    free(body);
}

static void end(void **state)
{
    (void)state;
    static const struct {
        struct fx_slice body;
        uint64_t longest, line;
    } rows[] = {
        {FX_LIT(""), 0, 0},
        {FX_LIT("\r\n\n\r\n"), 0, 0},
        {FX_LIT("ab\r\nxyz"), 3, 2},
        {FX_LIT("ab\r\nx\r"), 2, 1},
        {FX_LIT("ab\r\nxy\r"), 3, 2},
        {FX_LIT("abc\nxyz\r\n"), 3, 1},
        {FX_LIT("a\rb\r\r\nx"), 4, 1},
        {FX_LIT("\r"), 1, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fx_scan_body s = {.line = 1};
        scan(&s, rows[i].body, 0);
        for (int twice = 0; twice < 2; twice++) {
            fx_scan_end(&s);
            assert_int_equal(s.longest, rows[i].longest);
            assert_int_equal(s.longest_line, rows[i].line);
        }
    }
    struct fx_scan_body s = {.line = 1};
    fx_scan_body(&s, FX_ABSENT);
    assert_int_equal(s.line, 1);
}

static void pairs(void **state)
{
    (void)state;
    char text[4 * FX_SCAN_BLOCK];
    for (size_t n = 0; n <= sizeof text; n++)
        for (unsigned odd = 1; odd < 400; odd = odd * 2 + 1) {
            size_t off = dice(FX_SCAN_BLOCK);
            char *copy = malloc(off + n + 1);
            assert_non_null(copy);
            fill(copy + off + 1, n, odd);
            struct fx_slice s = fx_slice(copy + off + 1, n);
            assert_int_equal(fx_scan_pair(s, '\n', '-'), pair_reference(s, '\n', '-'));
            assert_int_equal(fx_scan_pair(s, '\r', '\n'), pair_reference(s, '\r', '\n'));
            assert_int_equal(fx_scan_pair(s, '\xFF', '\x80'),
                             pair_reference(s, '\xFF', '\x80'));
            free(copy);
        }
    for (size_t at = 0; at + 1 < sizeof text; at++) {
        memset(text, 'x', sizeof text);
        text[at] = '\n';
        text[at + 1] = '-';
        assert_int_equal(fx_scan_pair(fx_slice(text, sizeof text), '\n', '-'), at);
        assert_int_equal(fx_scan_pair(fx_slice(text, at + 1), '\n', '-'), at + 1);
    }
    assert_int_equal(fx_scan_pair(FX_ABSENT, '\n', '-'), 0);
}

static void relax_one(const char *p)
{
    char is[FX_SCAN_ROOM], should[FX_SCAN_BLOCK];
    char *copy = malloc(FX_SCAN_BLOCK + FX_SCAN_LOOK);
    assert_non_null(copy);
    memcpy(copy, p, FX_SCAN_BLOCK + FX_SCAN_LOOK);
    size_t n = relax_reference(p, should);
    assert_int_equal(fx_scan_relax(copy, is), n);
    assert_memory_equal(is, should, n);
    if (fx_scan_unchanged(copy, FX_SCAN_BLOCK) != 0) {
        assert_int_equal(n, FX_SCAN_BLOCK);
        assert_memory_equal(should, p, n);
    }
    free(copy);
}

static void relax(void **state)
{
    (void)state;
    static const char *const pieces[] = {" ",   "\t",  "  ",   " \t", "\t ",  " \r\n", "\t\r\n",
                                         " \r", " \n", "\r\n", "\r",  " \r ", "\xA0 ", "\x89"};
    char text[FX_SCAN_BLOCK + FX_SCAN_LOOK];
    for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++)
        for (size_t at = 0; at < sizeof text; at++) {
            size_t n = strlen(pieces[i]), room = sizeof text - at;
            memset(text, 'x', sizeof text);
            memcpy(text + at, pieces[i], n < room ? n : room);
            relax_one(text);
        }
    memset(text, ' ', sizeof text);
    relax_one(text);
    for (size_t at = 0; at < sizeof text; at++) {
        memset(text, at % 2 == 0 ? ' ' : '\t', sizeof text);
        text[at] = 'x';
        relax_one(text);
    }
    for (unsigned round = 0; round < 40000; round++) {
        fill(text, sizeof text, 1 + round % 30);
        relax_one(text);
    }
}

/* Ordinary text is passed over as a whole; up to the first change otherwise. */
static void unchanged(void **state)
{
    (void)state;
    char text[10 * FX_SCAN_BLOCK + FX_SCAN_LOOK];
    const size_t n = sizeof text - FX_SCAN_LOOK;
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = "Words, and ends of lines.\r\n\r\n\xC3\xA4 \xC3\xB6"[i % 34];
    assert_int_equal(fx_scan_unchanged(text, n), n);
    assert_int_equal(fx_scan_unchanged(text, n - 1), n - FX_SCAN_BLOCK);
    assert_int_equal(fx_scan_unchanged(text, FX_SCAN_BLOCK - 1), 0);
    assert_int_equal(fx_scan_unchanged(text, 0), 0);
    for (size_t at = 0; at < n; at++) {
        char was = text[at];
        text[at] = '\t';
        size_t from = at > 0 && text[at - 1] == ' ' ? at - 1 : at; /* which goes then */
        assert_int_equal(fx_scan_unchanged(text, n), from / FX_SCAN_BLOCK * FX_SCAN_BLOCK);
        text[at] = was;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_ends),  cmocka_unit_test(any_place_and_length),
        cmocka_unit_test(any_cuts),  cmocka_unit_test(one_octet_longer),
        cmocka_unit_test(many),      cmocka_unit_test(end),
        cmocka_unit_test(pairs),     cmocka_unit_test(relax),
        cmocka_unit_test(unchanged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
