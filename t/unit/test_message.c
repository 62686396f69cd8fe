/* Tests of message: what Postfix 3.7.11 handed to a milter for the same bytes, as measured. */
#include "event_log.h"
#include "message.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static const struct {
    const char *what;
    struct fx_slice bytes;
    const char *log;
} messages[] = {
    {"plain", FX_LIT("A: 1\nB:2\nC:  3\nD:\t4\nE:\nF: \n\nx\n"),
     "HEADER A: 1\nHEADER B:2\nHEADER C:  3\nHEADER D:\\x094\nHEADER E:\nHEADER F: \nEOH\n"
     "BODY x\\r\\n\n"},
    {"crlf", FX_LIT("A: 1\r\n\r\nx\r\ny\n"), "HEADER A: 1\nEOH\nBODY x\\r\\ny\\r\\n\n"},
    {"several CRs before an LF", FX_LIT("A: 1\r\r\n\r\r\nx\r\r\r\n"),
     "HEADER A: 1\nEOH\nBODY x\\r\\n\n"},
    {"stray CR", FX_LIT("A: 1\r2\n\r3\nB\r: 4\n\nx\ry\n"),
     "HEADER A: 1 2\\n 3\nHEADER B: 4\nEOH\nBODY x y\\r\\n\n"},
    {"stray CR in a name", FX_LIT("A: 1\nB\rC: 2\n"), "HEADER A: 1\nEOH\nBODY B C: 2\\r\\n\n"},
    {"blank before the colon", FX_LIT("A : 1\nB\t :2\n\n"), "HEADER A: 1\nHEADER B:2\nEOH\n"},
    {"folded", FX_LIT("A: 1\n 2\n\t3\nB: 4\r\n \r\n\n"),
     "HEADER A: 1\\n 2\\n\\x093\nHEADER B: 4\\n \nEOH\n"},
    {"no colon", FX_LIT("A: 1\nhello\nB: 2\n\nx\n"),
     "HEADER A: 1\nEOH\nBODY hello\\r\\nB: 2\\r\\n\\r\\nx\\r\\n\n"},
    {"blank in a name", FX_LIT("A: 1\nB C: 2\n\nx\n"),
     "HEADER A: 1\nEOH\nBODY B C: 2\\r\\n\\r\\nx\\r\\n\n"},
    {"no name", FX_LIT("A: 1\n: 2\n"), "HEADER A: 1\nEOH\nBODY : 2\\r\\n\n"},
    {"8-bit name", FX_LIT("A\xe9: 1\n"), "EOH\nBODY A\\xe9: 1\\r\\n\n"},
    {"control character in a name", FX_LIT("A\x01: 1\n"), "EOH\nBODY A\\x01: 1\\r\\n\n"},
    {"DEL in a name", FX_LIT("A\x7f: 1\n"), "EOH\nBODY A\\x7f: 1\\r\\n\n"},
    {"NUL in a value cuts its line", FX_LIT("A: 1\0z\n 2\0z\n 3\nB: 4\n\n"),
     "HEADER A: 1\\n 2\\n 3\nHEADER B: 4\nEOH\n"},
    {"NUL in a name", FX_LIT("A\0: 1\n"), "EOH\nBODY A\\x00: 1\\r\\n\n"},
    {"NUL in the body", FX_LIT("A: 1\n\nx\0y\n"), "HEADER A: 1\nEOH\nBODY x\\x00y\\r\\n\n"},
    {"mailbox line", FX_LIT("From x\nA: 1\n\nFrom y\n"),
     "HEADER X-Mailbox-Line: From x\nHEADER A: 1\nEOH\nBODY From y\\r\\n\n"},
    {"several mailbox lines", FX_LIT(">From x\nFrom y\0z\nA: 1\nFrom w\n"),
     "HEADER X-Mailbox-Line: >From x\nHEADER X-Mailbox-Line: From y\nHEADER A: 1\nEOH\n"
     "BODY From w\\r\\n\n"},
    {"no mailbox line", FX_LIT("Fromage\n"), "EOH\nBODY Fromage\\r\\n\n"},
    {"empty line first", FX_LIT("\nA: 1\n\nx\n"), "EOH\nBODY A: 1\\r\\n\\r\\nx\\r\\n\n"},
    {"blank first", FX_LIT(" A: 1\nB: 2\n"), "EOH\nBODY  A: 1\\r\\nB: 2\\r\\n\n"},
    {"stray CR first: taken for a fold of the Received that the MTA puts in front",
     FX_LIT("\rA: 1\nB: 2\n"), "HEADER B: 2\nEOH\n"},
    {"no body", FX_LIT("A: 1\n"), "HEADER A: 1\nEOH\n"},
    {"empty body", FX_LIT("A: 1\n\n"), "HEADER A: 1\nEOH\n"},
    {"no last line end", FX_LIT("A: 1"), "HEADER A: 1\nEOH\n"},
    {"no last line end in the body", FX_LIT("A: 1\n\nx\r"), "HEADER A: 1\nEOH\nBODY x\\r\\n\n"},
    {"body only", FX_LIT("hello\nworld\n"), "EOH\nBODY hello\\r\\nworld\\r\\n\n"},
    {"nothing", FX_LIT(""), "EOH\n"},
    {"an empty line", FX_LIT("\n"), "EOH\n"},
    {"empty lines of the body", FX_LIT("A: 1\n\n\n\nx\n"),
     "HEADER A: 1\nEOH\nBODY \\r\\n\\r\\nx\\r\\n\n"},
    {"fields no milter sees",
     FX_LIT("Bcc: a\n b\nA: 1\nreturn-path : x\nContent-Length: 1\nResent-bcc: x\nBccx: y\n"),
     "HEADER A: 1\nHEADER Bccx: y\nEOH\n"},
    {"a dot", FX_LIT("A: 1\n\n.\n..x\n"), "HEADER A: 1\nEOH\nBODY .\\r\\n..x\\r\\n\n"},
};

static void run(struct event_log *log, struct fx_slice bytes, bool unquote)
{
    struct fx_message_source source = {.bytes = bytes, .unquote_from = unquote};
    event_log_init(log);
    assert_true(fx_message_events(&source, event_log_sink, log));
}

static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        struct event_log log;
        run(&log, messages[i].bytes, false);
        if (strcmp(event_log_text(&log), messages[i].log) != 0)
            fail_msg("%s:\n%s", messages[i].what, event_log_text(&log));
        event_log_finish(&log);
    }
}

/* Sizes only, for messages too large to write down. */
struct sizes {
    size_t value[8], fields, chunk[8], chunks, body;
};

static bool measure(void *arg, const struct fx_event *event)
{
    struct sizes *s = arg;
    if (event->kind == FX_EVENT_HEADER && s->fields < 8)
        s->value[s->fields++] = event->value.len;
    if (event->kind == FX_EVENT_BODY) {
        s->body += event->text.len;
        if (s->chunks < 8)
            s->chunk[s->chunks++] = event->text.len;
    }
    return true;
}

/* "X: " (or what `head` is), then `count` times `piece`, then `tail`. */
static struct sizes measure_built(const char *head, const char *fill, size_t length,
                                  size_t count, const char *tail)
{
    struct sizes s = {.fields = 0};
    size_t fill_len = strlen(fill), at = strlen(head);
    char *bytes = malloc(at + (length + 1) * count + strlen(tail) + 1);
    assert_non_null(bytes);
    memcpy(bytes, head, at);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < length; j++)
            bytes[at++] = j < fill_len ? fill[j] : 'a';
    memcpy(bytes + at, tail, strlen(tail));
    struct fx_message_source source = {.bytes = fx_slice(bytes, at + strlen(tail))};
    assert_true(fx_message_events(&source, measure, &s));
    free(bytes);
    return s;
}

static void test_long_fields(void **state)
{
    static const struct {
        size_t length, count;
        const char *head, *fill;
        size_t value;
    } fields[] = {
        {59997, 1, "X: ", "", 59998},     /* 60,000 octets with the name */
        {59998, 1, "X: ", "", 59998},     /* one more is lost */
        {200000, 1, "X: ", "", 59998},    /* one line is cut where it reaches the limit */
        {998, 200, "X: 1", "\n ", 59882}, /* folded lines go as a whole */
        {999, 200, "X: 1", "\n ", 59942},  {1001, 200, "X: 1", "\n ", 59061},
        {2001, 200, "X: 1", "\n ", 58031}, {6999, 20, "X: 1", "\n ", 55994},
        {20000, 9, "X: 1", "\n ", 59998}, /* unless that would lose more than a tenth */
        {2, 40000, "X: 1", "\n ", 59998},
    };
    (void)state;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        struct sizes s = measure_built(fields[i].head, fields[i].fill, fields[i].length,
                                       fields[i].count, "\nY: 2\n\nb\n");
        assert_int_equal(s.fields, 2);
        assert_int_equal(s.value[0], fields[i].value);
        assert_int_equal(s.value[1], 2);
        assert_int_equal(s.body, 3);
    }
}

/* A name has to end within the first record of its line. */
static void test_long_names(void **state)
{
    (void)state;
    assert_int_equal(measure_built("", "", 2047, 1, ": a\n").fields, 1);
    assert_int_equal(measure_built("", "", 2046, 1, " : a\n").fields, 1);
    struct sizes s = measure_built("", "", 2048, 1, ": a\n");
    assert_int_equal(s.fields, 0);
    assert_int_equal(s.body, 2048 + 5);
}

/* Each record of a long line is cut at its own NUL. */
static void test_nul_in_pieces(void **state)
{
    char bytes[6000];
    struct sizes s = {.fields = 0};
    (void)state;
    memset(bytes, 'a', sizeof bytes);
    memcpy(bytes, "X: ", 3);
    bytes[100] = '\0';
    bytes[2048 + 10] = '\0';
    bytes[sizeof bytes - 1] = '\n';
    struct fx_message_source source = {.bytes = fx_slice(bytes, sizeof bytes)};
    assert_true(fx_message_events(&source, measure, &s));
    assert_int_equal(s.fields, 1);
    assert_int_equal(s.value[0], 98 + 10 + (sizeof bytes - 1 - 4096));
}

static void test_chunks(void **state)
{
    (void)state;
    struct sizes s = measure_built("X: 1\n\n", "x\n", 2, 100000, "");
    assert_int_equal(s.body, 300000);
    assert_int_equal(s.chunk[0], FX_BODY_CHUNK);
    assert_int_equal(s.chunk[3], FX_BODY_CHUNK);
    assert_int_equal(s.chunk[4], 300000 - 4 * FX_BODY_CHUNK);
    s = measure_built("X: 1\n\n", "", 10000000, 1, "");
    assert_int_equal(s.body, 10000002);
}

static void test_unquote(void **state)
{
    struct event_log log;
    struct fx_slice bytes = FX_LIT("A: >From x\n\n>From y\n>>From z\n> From\n>Fromage\n");
    (void)state;
    run(&log, bytes, true);
    assert_string_equal(event_log_text(&log), "HEADER A: >From x\nEOH\n"
                                              "BODY From y\\r\\n>From z\\r\\n> From\\r\\n"
                                              ">Fromage\\r\\n\n");
    event_log_finish(&log);
}

static void test_stop(void **state)
{
    struct fx_message_source source = {.bytes = FX_LIT("A: 1\nB: 2\n\nx\n")};
    (void)state;
    for (size_t n = 1; n <= 4; n++) {
        struct event_log log;
        event_log_init(&log);
        log.stop_at = n;
        assert_false(fx_message_events(&source, event_log_sink, &log));
        assert_int_equal(log.events, n);
        event_log_finish(&log);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),      cmocka_unit_test(test_long_fields),
        cmocka_unit_test(test_long_names), cmocka_unit_test(test_nul_in_pieces),
        cmocka_unit_test(test_chunks),     cmocka_unit_test(test_unquote),
        cmocka_unit_test(test_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
