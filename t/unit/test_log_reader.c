/* test_log_reader - plain and compressed logs, damaged and hostile ones, as the reader of logs
 * takes them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "log_reader.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

static char path[] = "/tmp/test_log_reader.XXXXXX";

static void write_file(const void *data, size_t len)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(data, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

/* One gzip member, appended. */
static size_t member(unsigned char *to, size_t cap, const char *text, size_t len)
{
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (unsigned char *)(uintptr_t)text;
    z.avail_in = (unsigned)len;
    z.next_out = to;
    z.avail_out = (unsigned)cap;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    size_t made = cap - z.avail_out;
    deflateEnd(&z);
    return made;
}

static struct ctl_log *opened(void)
{
    enum ctl_exit code;
    const char *what = NULL;
    struct ctl_log *log = ctl_log_open(path, &code, &what);
    if (log == NULL)
        fail_msg("%s", what);
    return log;
}

static void wants(struct ctl_log *log, enum ctl_log_line kind, const char *text)
{
    struct fx_slice line;
    uint64_t number;
    assert_int_equal(ctl_log_next(log, &line, &number), kind);
    if (kind == CTL_LOG_END || kind == CTL_LOG_TROUBLE)
        return;
    assert_true(fx_slice_eq(line, fx_slice_str(text)));
}

static void wants_trouble(struct ctl_log *log, const char *says, enum ctl_exit code)
{
    enum ctl_exit got;
    wants(log, CTL_LOG_TROUBLE, NULL);
    const char *trouble = ctl_log_trouble(log, &got);
    assert_non_null(strstr(trouble, says));
    assert_int_equal(got, code);
    wants(log, CTL_LOG_END, NULL);
    ctl_log_close(log);
}

static void wants_end(struct ctl_log *log)
{
    enum ctl_exit code;
    wants(log, CTL_LOG_END, NULL);
    wants(log, CTL_LOG_END, NULL);
    assert_null(ctl_log_trouble(log, &code));
    ctl_log_close(log);
}

static void test_plain(void **state)
{
    (void)state;
    write_file("one\n\ntwo\nthree", 14);
    struct ctl_log *log = opened();
    wants(log, CTL_LOG_WHOLE, "one");
    wants(log, CTL_LOG_WHOLE, "");
    wants(log, CTL_LOG_WHOLE, "two");
    wants(log, CTL_LOG_TORN, "three");
    uint64_t taken, of;
    ctl_log_progress(log, &taken, &of);
    assert_int_equal(taken, 14);
    assert_int_equal(of, 14);
    wants_end(log);
    write_file("", 0);
    wants_end(opened());
    write_file("a\n", 2);
    log = opened();
    wants(log, CTL_LOG_WHOLE, "a");
    wants_end(log);
    write_file("\x1f", 1); /* the beginning of a beginning */
    log = opened();
    wants(log, CTL_LOG_TORN, "\x1f");
    wants_end(log);
}

static void test_nul(void **state)
{
    (void)state;
    struct fx_slice line;
    uint64_t number;
    write_file("a\0b\n\0", 5);
    struct ctl_log *log = opened();
    assert_int_equal(ctl_log_next(log, &line, &number), CTL_LOG_WHOLE);
    assert_true(fx_slice_eq(line, (struct fx_slice)FX_LIT("a\0b")));
    assert_int_equal(ctl_log_next(log, &line, &number), CTL_LOG_TORN);
    assert_true(fx_slice_eq(line, (struct fx_slice)FX_LIT("\0")));
    assert_int_equal(number, 2);
    wants_end(log);
}

static void test_gzip(void **state)
{
    (void)state;
    unsigned char data[4096];
    size_t n = member(data, sizeof data, "one\ntw", 6);
    n += member(data + n, sizeof data - n, "", 0);
    n += member(data + n, sizeof data - n, "o\nthree\n", 8);
    write_file(data, n);
    struct ctl_log *log = opened();
    wants(log, CTL_LOG_WHOLE, "one");
    wants(log, CTL_LOG_WHOLE, "two");
    wants(log, CTL_LOG_WHOLE, "three");
    wants_end(log);
    memset(data + n, 0, 1024); /* padding of a tape */
    write_file(data, n + 1024);
    log = opened();
    wants(log, CTL_LOG_WHOLE, "one");
    wants(log, CTL_LOG_WHOLE, "two");
    wants(log, CTL_LOG_WHOLE, "three");
    wants_end(log);
    memcpy(data + n, "text", 4);
    write_file(data, n + 4);
    log = opened();
    wants(log, CTL_LOG_WHOLE, "one");
    wants(log, CTL_LOG_WHOLE, "two");
    wants(log, CTL_LOG_WHOLE, "three");
    wants_trouble(log, "something else follows", CTL_EXIT_FOUND);
}

/* Cut anywhere: never the end, never a line that was not there. */
static void test_gzip_cut(void **state)
{
    (void)state;
    unsigned char data[4096];
    size_t n = member(data, sizeof data, "one\ntwo\n", 8);
    for (size_t cut = 4; cut < n; cut++) {
        struct fx_slice line;
        uint64_t number;
        enum ctl_log_line kind;
        write_file(data, cut);
        struct ctl_log *log = opened();
        while ((kind = ctl_log_next(log, &line, &number)) == CTL_LOG_WHOLE)
            assert_true(fx_slice_eq(line, fx_slice_str(number == 1 ? "one" : "two")));
        assert_int_equal(kind, CTL_LOG_TROUBLE);
        enum ctl_exit code;
        assert_string_equal(ctl_log_trouble(log, &code), "the compressed data ends early");
        ctl_log_close(log);
    }
}

static void test_gzip_damaged(void **state)
{
    (void)state;
    unsigned char data[4096];
    size_t n = member(data, sizeof data, "one\ntwo\n", 8);
    data[n - 6] ^= 1; /* the CRC */
    write_file(data, n);
    struct ctl_log *log = opened();
    wants(log, CTL_LOG_WHOLE, "one");
    wants(log, CTL_LOG_WHOLE, "two");
    wants_trouble(log, "damaged", CTL_EXIT_FOUND);
    data[10] = 0xff; /* a block of no type that there is */
    write_file(data, n);
    log = opened();
    wants_trouble(log, "damaged", CTL_EXIT_FOUND);
}

/* Lines around the limit, and one without an end far beyond it. */
static void test_long(void **state)
{
    (void)state;
    size_t len = 2 * CTL_LOG_LINE_MAX + 100;
    char *data = malloc(len);
    struct fx_slice line;
    uint64_t number;
    assert_non_null(data);
    memset(data, 'x', len);
    data[CTL_LOG_LINE_MAX] = '\n';
    memcpy(data + CTL_LOG_LINE_MAX + 1, "short\n", 6);
    write_file(data, CTL_LOG_LINE_MAX + 100);
    struct ctl_log *log = opened();
    assert_int_equal(ctl_log_next(log, &line, &number), CTL_LOG_WHOLE);
    assert_int_equal(line.len, CTL_LOG_LINE_MAX);
    wants(log, CTL_LOG_WHOLE, "short");
    assert_int_equal(ctl_log_next(log, &line, &number), CTL_LOG_TORN);
    wants_end(log);
    memset(data, 'x', len);
    data[CTL_LOG_LINE_MAX + 1] = '\n';
    memcpy(data + CTL_LOG_LINE_MAX + 2, "short\n", 6);
    write_file(data, CTL_LOG_LINE_MAX + 100);
    log = opened();
    assert_int_equal(ctl_log_next(log, &line, &number), CTL_LOG_TOO_LONG);
    assert_int_equal(line.len, CTL_LOG_LINE_HEAD);
    assert_int_equal(number, 1);
    wants(log, CTL_LOG_WHOLE, "short");
    assert_int_equal(ctl_log_next(log, &line, &number), CTL_LOG_TORN);
    wants_end(log);
    memset(data, 'x', len);
    write_file(data, len);
    log = opened();
    assert_int_equal(ctl_log_next(log, &line, &number), CTL_LOG_TOO_LONG);
    assert_int_equal(line.len, CTL_LOG_LINE_HEAD);
    assert_int_equal(line.ptr[CTL_LOG_LINE_HEAD - 1], 'x');
    wants_end(log);
    free(data);
}

/* A few kilobytes that are 1 GB of one line: memory stays below that. */
static void test_gzip_bomb(void **state)
{
    (void)state;
    z_stream z = {0};
    static unsigned char zeros[1 << 20], out[2 << 20];
    assert_int_equal(deflateInit2(&z, 1, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_out = out;
    z.avail_out = sizeof out;
    for (int i = 0; i < 256; i++) {
        z.next_in = zeros;
        z.avail_in = sizeof zeros;
        assert_int_equal(deflate(&z, Z_NO_FLUSH), Z_OK);
    }
    z.next_in = (unsigned char *)(uintptr_t) "\nend\n";
    z.avail_in = 5;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    write_file(out, sizeof out - z.avail_out);
    deflateEnd(&z);
    struct fx_slice line;
    uint64_t number;
    struct ctl_log *log = opened();
    assert_int_equal(ctl_log_next(log, &line, &number), CTL_LOG_TOO_LONG);
    wants(log, CTL_LOG_WHOLE, "end");
    wants_end(log);
}

#if FX_WITH_ZSTD
#include <zstd.h>

static size_t frame(unsigned char *to, size_t cap, const char *text, int window_log)
{
    ZSTD_CCtx *c = ZSTD_createCCtx();
    ZSTD_outBuffer out = {to, cap, 0};
    ZSTD_inBuffer in = {text, strlen(text), 0};
    assert_non_null(c);
    if (window_log > 0)
        ZSTD_CCtx_setParameter(c, ZSTD_c_windowLog, window_log);
    ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
    while (in.pos < in.size) /* without the end: its size shall not be in the frame */
        assert_false(ZSTD_isError(ZSTD_compressStream2(c, &out, &in, ZSTD_e_flush)));
    assert_int_equal(ZSTD_compressStream2(c, &out, &in, ZSTD_e_end), 0);
    ZSTD_freeCCtx(c);
    return out.pos;
}

static void test_zstd(void **state)
{
    (void)state;
    unsigned char data[4096];
    size_t n = frame(data, sizeof data, "one\ntw", 0);
    memcpy(data + n, "\x50\x2a\x4d\x18\x03\0\0\0abc", 11); /* to be skipped */
    n += 11;
    n += frame(data + n, sizeof data - n, "o\nthree\n", 0);
    write_file(data, n);
    struct ctl_log *log = opened();
    wants(log, CTL_LOG_WHOLE, "one");
    wants(log, CTL_LOG_WHOLE, "two");
    wants(log, CTL_LOG_WHOLE, "three");
    wants_end(log);
    write_file(data, n - 5); /* within the last block, which is empty */
    log = opened();
    wants(log, CTL_LOG_WHOLE, "one");
    wants(log, CTL_LOG_WHOLE, "two");
    wants(log, CTL_LOG_WHOLE, "three");
    wants_trouble(log, "ends early", CTL_EXIT_FOUND);
    data[n - 1] ^= 1; /* the checksum; libzstd keeps back what goes with it */
    write_file(data, n);
    log = opened();
    wants(log, CTL_LOG_WHOLE, "one");
    wants_trouble(log, "damaged", CTL_EXIT_FOUND);
}

static void test_zstd_window(void **state)
{
    (void)state;
    unsigned char data[4096];
    size_t n = frame(data, sizeof data, "one\n", 27);
    write_file(data, n);
    struct ctl_log *log = opened();
    wants(log, CTL_LOG_WHOLE, "one");
    wants_end(log);
    n = frame(data, sizeof data, "one\n", 28);
    write_file(data, n);
    wants_trouble(opened(), "128 MB", CTL_EXIT_IO);
}
#endif

static void test_cannot(void **state)
{
    (void)state;
    enum ctl_exit code;
    const char *what;
    assert_null(ctl_log_open("/nowhere/at/all", &code, &what));
    assert_int_equal(code, CTL_EXIT_NO_INPUT);
    assert_null(ctl_log_open("/", &code, &what));
    assert_int_equal(code, CTL_EXIT_NO_INPUT);
    ctl_log_close(NULL);
}

static int setup(void **state)
{
    (void)state;
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int teardown(void **state)
{
    (void)state;
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_nul),
        cmocka_unit_test(test_gzip),
        cmocka_unit_test(test_gzip_cut),
        cmocka_unit_test(test_gzip_damaged),
        cmocka_unit_test(test_long),
        cmocka_unit_test(test_gzip_bomb),
#if FX_WITH_ZSTD
        cmocka_unit_test(test_zstd),
        cmocka_unit_test(test_zstd_window),
#endif
        cmocka_unit_test(test_cannot)
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
