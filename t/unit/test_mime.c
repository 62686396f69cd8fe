/* Tests of mime: whole messages in, the log of the names found out. Every message of the table
 * is fed in many ways of cutting, with CRLF and with LF; the log must always be the same. */
#include "mime.h"
#include "mime_param.h"
#include "text.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define TEN(s) s s s s s s s s s s
#define B250 TEN("0123456789abcdefghijklmno")
#define BLANKS TEN(TEN("   "))
#define A128 TEN("aaaaaaaaaaaa") "aaaaaaaa"

/* Messages are written in short: "|" is a line end, "{x}" a Content-Disposition field with the
 * file name x, "<x>" a Content-Type field of a multipart with the boundary x, "%" one of a
 * message; see spell(). The log of names found: "{x}" for a filename, "<x>" for a name, "^"
 * before those of the message's own header; see write_log(). Names that must not be found are
 * "no". */
static const struct {
    const char *what, *message, *log;
} messages[] = {
    {"no mime", "Subject: x||Content-Type: text/plain; name=no|{no}|", ""},
    {"no body", "Content-Type: text/plain; name=a|", "^<a>"},
    {"top", "CONTENT-type: text/plain;| name=\"a b\"|Subject: filename=no|{cd}|x|",
     "^<a b>^{cd}"},
    {"both forms once", "Content-Disposition: a; filename=a; filename*=''bcd||", "^{bcd}"},
    {"parts",
     "<b>{t}|{no}--b|Content-Type: a/b; name=n|{f}|{no}|--b||{no}--b|{g}|x|--b--|--b|{no}",
     "^{t}<n>{f}{g}"},
    {"first line", "<b>|--b|{f}|", "{f}"},
    {"no last line end", "<b>|--b|Content-Disposition: a;| filename=f", "{f}"},
    {"no value", "<b>|--b|Content-Disposition:|--b|Content-Disposition", ""},
    {"delimiter in a header", "<b>|--b|{f}--b|{g}--b--|{no}", "{f}{g}"},
    {"end in a header", "<b>|--b|<c>|--c|{f}--c--|{no}--b|{g}", "{f}{g}"},
    {"padding",
     "<b>|--b \t|{f}|--b" B250 "|{no}--b" BLANKS "|{g}|--b" BLANKS "x|{no}--b-- |--b|{no}",
     "{f}{g}"},
    {"no delimiters",
     "<b>|--bx|{no}-- b|{no} "
     "--b|{no}-b|{no}--b-|{no}--b---|{no}--B|{no}-|--|---b|{no}--b\rx|{no}",
     ""},
    {"quoted boundary", "<\"=?a?Q?b?= (c);:\">|--=?a?Q?b?= (c);:|{f}|", "{f}"},
    {"boundary ends in blanks", "<\"b \">|--b|{f}|", "{f}"},
    {"boundary of 256",
     "<" B250 "123456>|--" B250 "12345|{no}--" B250 "123456|{f}|--" B250 "123456-- |--" B250
     "123456|{no}",
     "{f}"},
    {"boundary in continuations",
     "Content-Type: multipart/mixed; boundary*1=c; boundary*0=b||--bc|{f}|", "{f}"},
    {"no boundary", "Content-Type: multipart/mixed; x=y||--|{no}|--|{no}", ""},
    {"empty boundary", "<\"\">|--|{no}|", ""},
    {"boundary of a text", "Content-Type: text/x; boundary=b||--b|{no}|", ""},
    {"nested", "<b>|--b|<bb>{m}|--bb|{f}|--bb|{g}|x|--bb--|{no}--bb|{no}--b|{h}|--b--|",
     "{m}{f}{g}{h}"},
    {"nested without its end", "<b>|--b|<c>|--c|{f}|--b|{g}|--c|{no}--b--|--b|{no}", "{f}{g}"},
    {"nested with the same boundary", "<b>|--b|<b>|--b|{f}|--b--|--b|{g}|", "{f}{g}"},
    {"nested without a boundary", "<b>|--b|Content-Type: multipart/x||--c|{no}--b|{f}|", "{f}"},
    {"message", "%{t}|Subject: x|{f}|{no}", "^{t}{f}"},
    {"message of messages",
     "<b>|--b|Content-Type: message/GLOBAL; name=n||%{f}|<c>{g}|--c|{h}|--c--|{no}--b|{i}|",
     "<n>{f}{g}{h}{i}"},
    {"message in base64", "<b>|--b|%|Y29udGVudA==|QUJD|--b|{f}", "{f}"},
    {"digest",
     "Content-Type: Multipart/Digest; boundary=b||--b||{f}|{no}--b|{p}|{g}|--b|"
     "Content-Type: text/plain||{no}",
     "{f}{p}{g}"},
    {"lines that are no fields", "%|From x@y Mon|no colon| continued|:|c|C:|{f}x| y=z||",
     "{f}"},
    {"names of fields",
     "%|cOntent-dIsposition \t: a; filename=f|Content-Dispositions: a; filename=no|"
     "X-Content-Type: a; name=no|Content-Typ: a; name=no|"
     "Content-Type" B250 ": a; name=no| Content-Type: a; name=no||",
     "{f}"},
    {"folded far", "%|Content-Disposition:| a| ;| filename| =| | \"f| g\"| ;| x||", "{f g}"},
    {"never closed", "<b>|--b|Content-Disposition: a; filename=\"f|--b||", "{f}"},
    {"never closed at the end", "%|Content-Disposition: a; filename=\"f\r", "{f}"},
    {"two types", "Content-Type: text/plain; name=n|<b><c>|--c|{no}--b|{f}|", "^<n>{f}"},
    {"blank line that is none", "%|X: y| |{f}|", "{f}"},
    {"eight bits", "%|Content-Type: a; name=\"\xC3\xA4\xFF\"||", "<\xC3\xA4\xFF>"},
};

/* Writes out a message in short. */
static void spell(struct fx_text *out, const char *message, const char *line_end)
{
    for (const char *c = message; *c != '\0'; c++) {
        if (*c == '{')
            fx_text_add_str(out, "Content-Disposition: attachment; filename=");
        else if (*c == '<')
            fx_text_add_str(out, "Content-Type: multipart/mixed; boundary=");
        else if (*c == '%')
            fx_text_add_str(out, "Content-Type: message/rfc822");
        else if (*c != '|' && *c != '}' && *c != '>')
            fx_text_add_char(out, *c);
        if (*c == '|' || *c == '}' || *c == '>' || *c == '%')
            fx_text_add_str(out, line_end);
    }
}

/* Adds a name to the log, its length only where it is not that of the text. */
static void write_log(void *arg, const struct fx_mime_name *name)
{
    struct fx_text *log = arg;
    bool file = strcmp(name->parameter, "filename") == 0;
    assert_true(file || strcmp(name->parameter, "name") == 0);
    fx_text_add_str(log, name->nested ? "" : "^");
    fx_text_add_char(log, file ? '{' : '<');
    fx_text_add(log, name->text);
    if (name->octets != name->text.len || name->at_least) {
        fx_text_add_char(log, ':');
        fx_text_add_u64(log, name->octets);
        fx_text_add_str(log, name->at_least ? "+" : "");
    }
    fx_text_add_char(log, file ? '}' : '>');
}

/* Takes the header of a message off *rest, field by field as an MTA hands it over. */
static void feed_header(struct fx_mime *m, struct fx_slice *rest)
{
    while (rest->len > 0 && rest->ptr[0] != '\n' && rest->ptr[0] != '\r') {
        size_t end = 0;
        do
            end += fx_slice_find(fx_slice_from(*rest, end), '\n') + 1;
        while (end < rest->len && (rest->ptr[end] == ' ' || rest->ptr[end] == '\t'));
        struct fx_slice field = fx_slice_first(*rest, end);
        size_t colon = fx_slice_find(field, ':');
        fx_mime_header(m, fx_slice_first(field, colon), fx_slice_from(field, colon + 1), false);
        *rest = fx_slice_from(*rest, end);
    }
    struct fx_slice line;
    fx_slice_line(rest, &line);
}

static uint32_t seed = 20240229;

static size_t pick(size_t n)
{
    seed = seed * 1664525 + 1013904223;
    return (size_t)(seed >> 8) % n;
}

/* Walks a message, its body in chunks of n octets, 0: of any number. Each chunk is a copy of
 * its own, so that a sanitizer sees who reads beyond it or keeps it. */
static void walk(struct fx_mime *m, struct fx_slice message, size_t n)
{
    fx_mime_reset(m);
    feed_header(m, &message);
    while (message.len > 0) {
        struct fx_slice chunk = fx_slice_first(message, n > 0 ? n : pick(40));
        char *copy = malloc(chunk.len == 0 ? 1 : chunk.len);
        assert_non_null(copy);
        memcpy(copy, chunk.ptr, chunk.len);
        fx_mime_body(m, fx_slice(copy, chunk.len));
        free(copy);
        message = fx_slice_from(message, chunk.len);
    }
    fx_mime_end(m);
}

static void check_walk(struct fx_mime *m, struct fx_text *log, struct fx_slice message,
                       size_t n, const char *what, struct fx_slice want)
{
    fx_text_reset(log);
    walk(m, message, n);
    if (!fx_slice_eq(fx_text_slice(log), want))
        fail_msg("%s, chunks of %u: \"%.*s\", not \"%.*s\"", what, (unsigned)n, (int)log->len,
                 log->data, (int)want.len, want.ptr);
}

static void test_messages(void **state)
{
    struct fx_text log, message;
    (void)state;
    fx_text_init_growing(&log, 1 << 20);
    fx_text_init_growing(&message, 1 << 20);
    struct fx_mime *m = fx_mime_create(write_log, &log);
    assert_non_null(m);
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        for (unsigned crlf = 0; crlf < 2; crlf++) {
            fx_text_reset(&message);
            spell(&message, messages[i].message, crlf != 0 ? "\r\n" : "\n");
            struct fx_slice whole = fx_text_slice(&message);
            struct fx_slice want = fx_slice_str(messages[i].log);
            check_walk(m, &log, whole, 1 << 20, messages[i].what, want);
            for (size_t n = 1; n <= 17; n++)
                check_walk(m, &log, whole, n, messages[i].what, want);
            for (unsigned round = 0; round < 100; round++)
                check_walk(m, &log, whole, 0, messages[i].what, want);
            assert_false(fx_mime_limited(m));
        }
    }
    fx_mime_destroy(m);
    fx_text_finish(&message);
    fx_text_finish(&log);
}

/* A walk with a log, and a message under construction. */
struct bench {
    struct fx_text log, text;
    struct fx_mime *m;
};

static void open_bench(struct bench *b)
{
    fx_text_init_growing(&b->log, 1 << 24);
    fx_text_init_growing(&b->text, 1 << 25);
    b->m = fx_mime_create(write_log, &b->log);
    assert_non_null(b->m);
}

static void close_bench(struct bench *b)
{
    assert_false(b->text.overflow || b->log.overflow);
    fx_mime_destroy(b->m);
    fx_text_finish(&b->log);
    fx_text_finish(&b->text);
}

static void add(struct bench *b, const char *message, size_t times)
{
    while (times-- > 0)
        spell(&b->text, message, "\n");
}

/* Walks the text in large, in random and in odd chunks; the log must be `want`. */
static void check_bench(struct bench *b, const char *want, bool limited)
{
    static const size_t chunks[] = {1 << 25, 65535, 997, 0};
    for (size_t i = 0; i < sizeof chunks / sizeof chunks[0]; i++) {
        check_walk(b->m, &b->log, fx_text_slice(&b->text), chunks[i], "bench",
                   fx_slice_str(want));
        assert_int_equal(fx_mime_limited(b->m) != 0, limited);
    }
    fx_text_reset(&b->text);
}

static void test_long_names(void **state)
{
    struct bench b;
    (void)state;
    open_bench(&b);
    add(&b, "Content-Type: message/rfc822; name=", 1);
    add(&b, "a", 128);
    add(&b, "||Content-Type: a; name=", 1);
    add(&b, "a", 60000);
    add(&b, "bc||", 1);
    check_bench(&b, "^<" A128 "><" A128 ":60002>", false);

    /* In the message's own header there is no limit, for nothing is held. */
    add(&b, "Content-Type: a; name=", 1);
    add(&b, "a", 10000000);
    add(&b, "||", 1);
    check_bench(&b, "^<" A128 ":10000000>", false);
    close_bench(&b);
}

static void test_field_limit(void **state)
{
    struct bench b;
    const size_t room = FX_MIME_FIELD_MAX - strlen(" a; name=\n");
    (void)state;
    open_bench(&b);
    add(&b, "%|Content-Type: a; name=", 1);
    add(&b, "a", room);
    add(&b, "||", 1);
    check_bench(&b, "<" A128 ":65526>", false);

    add(&b, "%|Content-Type: a; name=", 1);
    add(&b, "a", room + 2);
    add(&b, "|{f}|", 1);
    check_bench(&b, "<" A128 ":65527+>{f}", true);

    /* One line of 10 MB, then fields that are whole again. */
    add(&b, "<b>|--b|Content-Disposition: a; filename=\"", 1);
    add(&b, "a", 10000000);
    add(&b, "\"|{f}|--b|{g}", 1);
    check_bench(&b, "{" A128 ":65522+}{f}{g}", true);

    /* Many lines; the name begins after the cut. */
    add(&b, "<b>|--b|Content-Disposition: a|", 1);
    add(&b, " ; x=y|", 100000);
    add(&b, " ; filename=no|{f}|", 1);
    check_bench(&b, "{f}", true);

    /* Fields that nobody wants have no limit. */
    add(&b, "%|Counter: ", 1);
    add(&b, "x| a", 1000000);
    add(&b, "|{f}|", 1);
    check_bench(&b, "{f}", false);
    close_bench(&b);
}

static void test_other_limits(void **state)
{
    struct bench b;
    (void)state;
    open_bench(&b);
    add(&b, "<" B250 "1234567>|--" B250 "1234567|{no}", 1);
    check_bench(&b, "", true);

    add(&b, "Content-Disposition: a", 1);
    for (size_t i = 0; i <= FX_MIME_SECTIONS; i++) {
        add(&b, "; filename*", 1);
        fx_text_add_u64(&b.text, i);
        add(&b, "=a", 1);
    }
    add(&b, "||", 1);
    check_bench(&b, "^{" A128 ":256+}", true);

    /* The number of parts has none. */
    add(&b, "<b>|", 1);
    add(&b, "--b|{abc}|x|", 100000);
    fx_text_reset(&b.log);
    walk(b.m, fx_text_slice(&b.text), 65536);
    assert_int_equal(b.log.len, 100000 * strlen("{abc}"));
    assert_false(fx_mime_limited(b.m));
    close_bench(&b);
}

static void add_numbered(struct bench *b, const char *before, size_t n, const char *after)
{
    add(b, before, 1);
    fx_text_add_u64(&b->text, n);
    add(b, after, 1);
}

/* `depth` multiparts within each other, each with a name before and after the next. */
static void nest(struct bench *b, size_t depth)
{
    for (size_t i = 0; i < depth; i++) {
        if (i > 0)
            add_numbered(b, "|--b", i - 1, "|{f}");
        add_numbered(b, "<b", i, ">|");
    }
    for (size_t i = depth; i-- > 0;) {
        add_numbered(b, "|--b", i, "|{ab}|x|");
        add_numbered(b, "--b", i, "--|");
    }
}

static void check_depth(struct bench *b, size_t depth, size_t down, size_t up)
{
    struct fx_text want;
    fx_text_init_growing(&want, 1 << 20);
    while (down-- > 0)
        fx_text_add_str(&want, "{f}");
    while (up-- > 0)
        fx_text_add_str(&want, "{ab}");
    fx_text_add_char(&want, '\0');
    nest(b, depth);
    check_bench(b, want.data, depth > FX_MIME_DEPTH_MAX);
    fx_text_finish(&want);
}

static void test_depth(void **state)
{
    struct bench b;
    (void)state;
    open_bench(&b);
    check_depth(&b, 1, 0, 1);
    check_depth(&b, FX_MIME_DEPTH_MAX, 31, 32);
    /* Too deep: all is seen on the way down, and on the way up what is within the limit. */
    check_depth(&b, FX_MIME_DEPTH_MAX + 1, 32, 32);
    check_depth(&b, 1000, 999, 32);
    /* Messages within messages need no memory and have no limit. */
    add(&b, "%|", 10000);
    add(&b, "{f}|", 1);
    check_bench(&b, "{f}", false);
    close_bench(&b);
}

/* Begins a message that is a multipart with the boundary b. */
static void begin(struct bench *b, const char *body)
{
    fx_mime_reset(b->m);
    fx_mime_header(b->m, FX_LIT(" content-type\t"), FX_LIT("multipart/mixed; boundary=b"), false);
    if (body != NULL)
        fx_mime_body(b->m, fx_slice_str(body));
}

/* Where there is nothing to walk no octet is touched: the length given here is not there. */
static void test_nothing_to_walk(void **state)
{
    struct bench b;
    const struct fx_slice far = fx_slice("x", (size_t)1 << 30);
    (void)state;
    open_bench(&b);
    fx_mime_body(b.m, far);
    fx_mime_body(b.m, far);
    fx_mime_end(b.m);
    begin(&b, "--b\n\n--b--\n");
    fx_mime_body(b.m, far);
    fx_mime_end(b.m);
    fx_mime_body(b.m, far);
    assert_int_equal(b.log.len, 0);
    close_bench(&b);
    fx_mime_destroy(NULL);
}

/* Nothing of a message may show in the next, nor what comes after its end. */
static void test_reset(void **state)
{
    static const char *const begun[] = {NULL, "x", "--b\n", "--b\nContent-Type: a; name=no"};
    const struct fx_slice field = FX_LIT("Content-Type: a; name=no\n\n");
    const struct fx_slice part = FX_LIT("\n--b\nContent-Type: a; name=no\n\n");
    struct bench b;
    (void)state;
    open_bench(&b);
    for (size_t i = 0; i < sizeof begun / sizeof begun[0]; i++) {
        begin(&b, begun[i]);
        fx_mime_reset(b.m);
        fx_mime_end(b.m);
        fx_mime_reset(b.m);
        fx_mime_body(b.m, field);
        fx_mime_body(b.m, part);
        fx_mime_header(b.m, FX_LIT("Content-Type"), FX_LIT("a; name=no"), false);
        if (i == 3)
            break;
        begin(&b, begun[i]);
        fx_mime_end(b.m);
        fx_mime_body(b.m, part);
    }
    assert_int_equal(b.log.len, 0);
    nest(&b, 40);
    walk(b.m, fx_text_slice(&b.text), 64);
    assert_true(fx_mime_limited(b.m));
    fx_mime_reset(b.m);
    assert_false(fx_mime_limited(b.m));
    close_bench(&b);
}

/* Random messages of random bytes and of telling pieces: never a crash, and the same names
 * whatever the chunks. */
static void test_random(void **state)
{
    static const char *const pieces[] = {"--b",
                                         "--",
                                         "\r|",
                                         "|",
                                         "|--b|",
                                         "|--b--",
                                         " ",
                                         "\r",
                                         "Content-Type:",
                                         "||",
                                         "<c>",
                                         "|content-disposition: a;",
                                         "multipart/mixed;boundary=b",
                                         "|{f}",
                                         "|--b|{g}|",
                                         "<b>|",
                                         "|%",
                                         "filename=",
                                         "name*0=",
                                         "\"",
                                         "|--c|",
                                         "b",
                                         "-",
                                         "|Content-Type: a; name="};
    struct bench b;
    struct fx_text first;
    size_t found = 0;
    (void)state;
    open_bench(&b);
    fx_text_init_growing(&first, 1 << 20);
    for (unsigned round = 0; round < 20000; round++) {
        fx_text_reset(&b.text);
        add(&b, round % 4 == 0 ? "%|" : "<b>|--b|", 1);
        for (size_t n = pick(40); n > 0; n--) {
            if (pick(8) == 0)
                fx_text_add_char(&b.text, (char)(unsigned char)pick(256));
            else
                add(&b, pieces[pick(sizeof pieces / sizeof pieces[0])], 1);
        }
        fx_text_reset(&b.log);
        walk(b.m, fx_text_slice(&b.text), 1 << 20);
        fx_text_reset(&first);
        fx_text_add(&first, fx_text_slice(&b.log));
        found += first.len > 6;
        for (size_t n = 0; n < 4; n++)
            check_walk(b.m, &b.log, fx_text_slice(&b.text), n, "random", fx_text_slice(&first));
    }
    assert_true(found > 1000);
    fx_text_finish(&first);
    close_bench(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages),    cmocka_unit_test(test_long_names),
        cmocka_unit_test(test_field_limit), cmocka_unit_test(test_other_limits),
        cmocka_unit_test(test_depth),       cmocka_unit_test(test_nothing_to_walk),
        cmocka_unit_test(test_reset),       cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
