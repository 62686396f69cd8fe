/* Tests of mbox: which lines start a message, and where messages end. */
#include "mbox.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void test_from_lines(void **state)
{
    static const char *const good[] = {
        "From a@example.org Sat Jan  3 01:05:34 1996",
        "From a@example.org  Sat Jan 03 01:05 1996",
        "From MAILER-DAEMON Fri Jul  8 12:08:34 2011",
        "From - Mon Feb 29 23:59:60 2016",
        "From a b c Mon Feb 29 23:59:00 2016",
        "From a@example.org Sat Jan  3 01:05:34 MET DST 1996",
        "From a@example.org Sat Jan  3 01:05:34 1996 +0100",
        "From a@example.org Sat Jan  3 01:05:34 1996 remote from host",
        "From  Sat Jan  3 01:05:34 1996",
        "From Mon Mon Jan  3 01:05:34 1996",
    };
    static const char *const bad[] = {
        "",
        "From",
        "From ",
        "From x",
        "from a Sat Jan  3 01:05:34 1996",
        ">From a Sat Jan  3 01:05:34 1996",
        " From a Sat Jan  3 01:05:34 1996",
        "From: Sat Jan  3 01:05:34 1996",
        "From a Sat Jan  3 01:05:34",
        "From a Sat Jan 3 1996",
        "From a Sat Jan  32 01:05:34 1996",
        "From a Sat Jan  3 24:05:34 1996",
        "From a Sat Jan  3 01:60:34 1996",
        "From a Sat Jan  3 01:05:61 1996",
        "From a Sat Jan  3 01:05:34x 1996",
        "From a Sat Jan  3 01:05x 1996",
        "From a Sat Jan  3x 01:05:34 1996",
        "From a Sat Foo  3 01:05:34 1996",
        "From a Saturday Jan  3 01:05:34 1996",
        "From a Jan  3 01:05:34 1996",
        "From a Sat Jan  3 01:05:34 96",
        "From a Sat Jan  3 : 1996",
        "From a Sat Jan  3 1: 1996",
        "From now on Sat is off",
    };
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        if (!fx_mbox_from_line(fx_slice_str(good[i])))
            fail_msg("not taken: %s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (fx_mbox_from_line(fx_slice_str(bad[i])))
            fail_msg("taken: %s", bad[i]);
}

#define F "From a@example.org Sat Jan  3 01:05:34 1996"

static const struct {
    const char *what, *file;
    const char *messages[4];
} files[] = {
    {"two", F "\nA: 1\n\nx\n\n" F "\nB: 2\n\ny\n\n", {"A: 1\n\nx\n", "B: 2\n\ny\n"}},
    {"crlf", F "\r\nA: 1\r\n\r\nx\r\n\r\n" F "\r\nB: 2\r\n", {"A: 1\r\n\r\nx\r\n", "B: 2\r\n"}},
    {"not after an empty line", F "\nA: 1\n\nx\n" F "\ny\n", {"A: 1\n\nx\n" F "\ny\n"}},
    {"without a date", F "\nA: 1\n\nx\n\nFrom you\n", {"A: 1\n\nx\n\nFrom you\n"}},
    {"only the writer's empty line goes",
     F "\nA: 1\n\nx\n\n\n\n" F "\nB: 2\n",
     {"A: 1\n\nx\n\n\n", "B: 2\n"}},
    {"header only", F "\nA: 1\n\n" F "\nB: 2\n\n", {"A: 1\n", "B: 2\n"}},
    {"quoted lines stay", F "\nA: 1\n\n>" F "\n", {"A: 1\n\n>" F "\n"}},
    {"no last line end", F "\nA: 1\n\nx", {"A: 1\n\nx"}},
    {"empty message", F "\n\n" F "\nA: 1\n", {"", "A: 1\n"}},
    {"nothing after the line", F, {""}},
    {"two lines at once", F "\n" F "\nA: 1\n", {F "\nA: 1\n"}},
    {"something before", "x\n\n" F "\nA: 1\n", {"A: 1\n"}},
    {"no mbox", "A: 1\n\nx\n", {NULL}},
    {"empty", "", {NULL}},
};

static void test_messages(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct fx_slice rest = fx_slice_str(files[i].file), message;
        size_t n = 0;
        for (; fx_mbox_next(&rest, &message); n++) {
            assert_true(n < 4 && files[i].messages[n] != NULL);
            if (!fx_slice_eq(message, fx_slice_str(files[i].messages[n])))
                fail_msg("%s, message %zu: %.*s", files[i].what, n + 1, (int)message.len,
                         message.ptr);
        }
        assert_true(n == 4 || files[i].messages[n] == NULL);
    }
}

static void test_looks(void **state)
{
    (void)state;
    assert_true(fx_mbox_looks(FX_LIT(F "\n")));
    assert_true(fx_mbox_looks(FX_LIT(F "\r\nA: 1\r\n")));
    assert_false(fx_mbox_looks(FX_LIT("\n" F "\n")));
    assert_false(fx_mbox_looks(FX_LIT("From a\nA: 1\n")));
    assert_false(fx_mbox_looks(FX_LIT("")));
}

/* Total: any bytes give pieces of the file, in order. */
static void test_any_bytes(void **state)
{
    static const char *const pieces[] = {F,      "\n", "\r\n", "\n\n", "From ",
                                         "Sat ", "\r", "x",    ">"};
    unsigned seed = 1;
    char file[2048];
    (void)state;
    for (int round = 0; round < 2000; round++) {
        size_t len = 0;
        for (int i = 0; i < 30; i++) {
            seed = seed * 1103515245u + 12345u;
            const char *piece = pieces[(seed >> 16) % (sizeof pieces / sizeof pieces[0])];
            memcpy(file + len, piece, strlen(piece));
            len += strlen(piece);
        }
        char *exact = malloc(len);
        assert_non_null(exact);
        memcpy(exact, file, len);
        struct fx_slice rest = fx_slice(exact, len), message;
        size_t before = rest.len;
        while (fx_mbox_next(&rest, &message)) {
            assert_true(message.ptr >= exact && message.ptr + message.len <= exact + len);
            assert_true(rest.len < before);
            before = rest.len;
        }
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_from_lines),
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_looks),
        cmocka_unit_test(test_any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
