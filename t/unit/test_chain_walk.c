/* Tests of chain_walk: what becomes of a log whose lines are moved, left out, changed or added.
 * A log is written as a word: a letter for each line (see lines_of). t/tools/test_verify.py has
 * the same and more from outside. */
#include "chain_walk.h"
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 26, LINE = 400 };

struct log {
    char lines[MOST][LINE];
    size_t count;
};

static const struct fx_slice key_one = FX_LIT("0123456789abcdef");

static void add(struct log *log, struct fx_chain *chain, struct fx_chain_place *place,
                const char *host, const char *rest)
{
    struct fx_text t;
    char *line = log->lines[log->count++];
    char begin[200];
    snprintf(begin, sizeof begin, "{\"v\":1,\"host\":\"%s\",\"seq\":%d%s", host,
             (int)place->seq + 1, rest);
    fx_text_init_fixed(&t, line, LINE - 1);
    fx_text_add_str(&t, begin);
    assert_true(fx_chain_close_line(chain, place, &t, place));
    line[t.len] = '\0';
}

/* Records from number `first` on, of this host. */
static void make(struct log *log, struct fx_slice key, uint64_t first, const char *host,
                 size_t count)
{
    struct fx_chain_place place;
    struct fx_chain *chain = fx_chain_create(key);
    assert_non_null(chain);
    fx_chain_begin(&place);
    place.seq = first - 1;
    if (first > 1)
        memset(place.hash, 'e', FX_CHAIN_HEX);
    log->count = 0;
    while (log->count < count)
        add(log, chain, &place, host, ",\"type\":\"message\"");
    fx_chain_destroy(chain);
}

/* A letter is a line: a-z those of the log, A-Z those of another one, * a changed one in the
 * place of the next letter, ? something else, | the next file, . the end of a torn line after a
 * letter, ! a line that is too long, # data that is damaged. */
static void feed(struct fx_chain_walk *walk, const struct log *log, const struct log *other,
                 const char *word)
{
    char changed[LINE];
    uint64_t number = 0;
    fx_chain_walk_file(walk);
    for (; *word != '\0'; word++) {
        enum fx_chain_line kind = FX_CHAIN_WHOLE;
        const char *text = "something else";
        if (*word == '|') {
            fx_chain_walk_file(walk);
            number = 0;
            continue;
        }
        if (*word >= 'a' && *word <= 'z')
            text = log->lines[*word - 'a'];
        else if (*word >= 'A' && *word <= 'Z')
            text = other->lines[*word - 'A'];
        else if (*word == '*') {
            snprintf(changed, sizeof changed, "%s", log->lines[*++word - 'a']);
            changed[5] = '2';
            text = changed;
        } else if (*word == '!')
            kind = FX_CHAIN_TOO_LONG;
        else if (*word == '#')
            kind = FX_CHAIN_DAMAGED;
        size_t len = strlen(text);
        if (word[1] == '.') {
            kind = FX_CHAIN_TORN;
            len /= 2;
            word++;
        }
        assert_true(fx_chain_walk_feed(walk, kind, fx_slice(text, len), ++number));
    }
    fx_chain_walk_end(walk);
}

/* "FILE:LINE kind, ..." */
static void broken(const struct log *log, const struct log *other, const char *word,
                   const char *wanted)
{
    struct fx_chain_walk *walk = fx_chain_walk_create();
    struct fx_chain_break b;
    char told[1024] = "";
    assert_non_null(walk);
    feed(walk, log, other, word);
    while (fx_chain_walk_next(walk, &b)) {
        size_t len = strlen(told);
        snprintf(told + len, sizeof told - len, "%s%u:%d %s", len > 0 ? ", " : "", b.file,
                 (int)b.line, fx_break_word(b.kind));
        assert_true(b.detail[0] != '\0');
    }
    if (strcmp(told, wanted) != 0)
        fail_msg("%s: \"%s\", wanted \"%s\"", word, told, wanted);
    fx_chain_walk_destroy(walk);
}

static void one_fault_is_one_break(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"abcdefgh", ""},
        {"defgh", ""},
        {"", ""},
        {"abc|de||fgh", ""},
        {"abdefgh", "0:3 removed"},
        {"abgh", "0:3 removed"},
        {"abfhi", "0:3 removed, 0:4 removed"},
        {"abdcefgh", "0:3 reordered"},
        {"adbcefgh", "0:2 reordered"},
        {"acdebfgh", "0:2 reordered"},
        {"abefcdgh", "0:3 reordered"},
        {"abehcdfgij", "0:3 reordered, 0:4 reordered"},
        {"abccdefgh", "0:4 inserted"},
        {"abcdebfgh", "0:6 inserted"},
        {"abcdebcfgh", "0:6 inserted"},
        {"abcABdefgh", "0:4 inserted"},
        {"abcABde", "0:4 inserted"},
        {"abc?defgh", "0:4 foreign"},
        {"abc???defgh", "0:4 foreign"},
        {"abc?efgh", "0:4 foreign"},
        {"abc?fgh", "0:4 foreign, 0:5 removed"},
        {"abc*defgh", "0:4 changed"},
        {"abc*d*efgh", "0:4 changed"},
        {"abc*de*fgh", "0:4 changed, 0:6 changed"},
        {"*abcd", "0:1 changed"},
        {"abc*d", "0:4 changed"},
        {"abc!efgh", "0:4 too-long"},
        {"abcd.|efgh", "0:4 torn"},
        {"abcd.|gh", "0:4 torn"},
        {"abc#|gh", "0:4 damaged"},
        {"abcd.", "0:4 torn"},
        {"def|abc|gh", "1:1 reordered"},
        {"abc|gh|def", "1:1 reordered"},
        {"abc|gh|def|ij", "1:1 reordered"},
        {"gh|def|abc", "1:1 reordered, 2:1 reordered"},
        {"abc|abc|def", "1:1 inserted"},
        {"abc|def|abc|gh", "2:1 inserted"},
        {"???", "0:1 foreign"},
    };
    static struct log log, other;
    make(&log, FX_ABSENT, 1, "mx1.example.net", 12);
    make(&other, FX_ABSENT, 900, "mx2.example.net", 3);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        broken(&log, &other, rows[i][0], rows[i][1]);
    make(&other, FX_ABSENT, 2, "mx2.example.net", 3);
    broken(&log, &other, "abcdefABCgh", "0:7 inserted");
    make(&other, FX_ABSENT, 1, "mx2.example.net", 3);
    broken(&log, &other, "abcABC", "0:4 restarted");
    broken(&log, &other, "abc|A|def", "1:1 restarted");
}

/* What is said goes on, however much of it there is, and the first is never lost. */
static void many_breaks(void **state)
{
    (void)state;
    static struct log log;
    struct fx_chain_walk *walk = fx_chain_walk_create();
    struct fx_chain_break b;
    uint64_t told = 0;
    assert_non_null(walk);
    make(&log, FX_ABSENT, 1, "mx1.example.net", 26);
    fx_chain_walk_file(walk);
    assert_true(fx_chain_walk_feed(walk, FX_CHAIN_WHOLE, fx_slice_str(log.lines[0]), 1));
    for (uint64_t i = 2; i < 20000; i++) {
        const char *text = i % 2 == 0 ? "x" : log.lines[i % 13 * 2 + 1 - i % 2];
        assert_true(fx_chain_walk_feed(walk, FX_CHAIN_WHOLE, fx_slice_str(text), i));
        while (fx_chain_walk_next(walk, &b)) {
            if (told++ == 0)
                assert_int_equal(b.line, 2);
        }
    }
    fx_chain_walk_end(walk);
    while (fx_chain_walk_next(walk, &b))
        told++;
    assert_true(told > 9000);
    assert_int_equal(told, fx_chain_walk_result(walk)->breaks);
    fx_chain_walk_destroy(walk);
}

static void result(void **state)
{
    (void)state;
    static struct log log;
    struct fx_chain_walk *walk = fx_chain_walk_create();
    assert_non_null(walk);
    make(&log, key_one, 1, "mx1.example.net", 9);
    assert_true(fx_chain_walk_key(walk, key_one));
    assert_false(fx_chain_walk_head(walk, (struct fx_slice)FX_LIT("abc")));
    feed(walk, &log, NULL, "cdefg");
    const struct fx_chain_result *r = fx_chain_walk_result(walk);
    assert_int_equal(r->lines, 5);
    assert_int_equal(r->records, 5);
    assert_int_equal(r->first_seq, 3);
    assert_int_equal(r->last.seq, 7);
    assert_true(r->earlier);
    assert_true(r->keyed);
    assert_non_null(strstr(log.lines[6], r->last.hash));
    fx_chain_walk_destroy(walk);
    fx_chain_walk_destroy(NULL);
}

/* What start records and others say of the log. */
static void notes(void **state)
{
    (void)state;
    static struct log log;
    struct fx_chain_place place;
    struct fx_chain_break b;
    struct fx_chain *chain = fx_chain_create(FX_ABSENT);
    struct fx_chain_walk *walk = fx_chain_walk_create();
    assert_non_null(chain);
    assert_non_null(walk);
    fx_chain_begin(&place);
    log.count = 0;
    add(&log, chain, &place, "a", ",\"type\":\"start\",\"torn\":\"log.torn-1\"");
    add(&log, chain, &place, "a", ",\"type\":\"message\",\"unwritten\":{\"records\":3}");
    add(&log, chain, &place, "a", ",\"type\":\"stop\",\"torn\":\"x\"");
    add(&log, chain, &place, "a", ",\"type\":\"start\",\"missing\":{\"from\":1,\"to\":2}");
    add(&log, chain, &place, "a", ",\"type\":\"start\",\"rewritten_log\":true");
    feed(walk, &log, NULL, "abcde");
    assert_false(fx_chain_walk_next(walk, &b));
    const struct fx_chain_result *r = fx_chain_walk_result(walk);
    assert_int_equal(r->torn, 1);
    assert_int_equal(r->unwritten, 3);
    assert_int_equal(r->missing, 2);
    fx_chain_walk_destroy(walk);
    fx_chain_destroy(chain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_fault_is_one_break),
        cmocka_unit_test(many_breaks),
        cmocka_unit_test(result),
        cmocka_unit_test(notes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
