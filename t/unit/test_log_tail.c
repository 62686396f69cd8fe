/* test_log_tail - where an existing log left off, and torn lines. */
#include "../../milter/log_tail.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/fixup-tail-XXXXXX", path[128];

static int make(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return 1;
    snprintf(path, sizeof path, "%s/log", folder);
    return 0;
}

static int clear(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static int log_with(const char *text, size_t len)
{
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, len), (ssize_t)len);
    return fd;
}

/* What the file holds, NUL-terminated; the caller frees it. */
static char *content(const char *name, size_t *len)
{
    FILE *f = fopen(name, "rb");
    assert_non_null(f);
    char *text = calloc(1, 20 * 1024 * 1024);
    assert_non_null(text);
    *len = fread(text, 1, 20 * 1024 * 1024 - 1, f);
    fclose(f);
    return text;
}

static void expect(const char *text, uint64_t seq, const char *stays, const char *torn)
{
    struct log_tail tail;
    size_t len;
    int fd = log_with(text, strlen(text));
    assert_true(log_tail_read(fd, path, 1795255200, NULL, &tail));
    close(fd);
    assert_int_equal(tail.place.seq, seq);
    char *left = content(path, &len);
    assert_string_equal(left, stays);
    free(left);
    if (torn == NULL) {
        assert_string_equal(tail.torn, "");
        return;
    }
    char *aside = content(tail.torn, &len);
    assert_string_equal(aside, torn);
    free(aside);
    unlink(tail.torn);
}

static void whole_lines(void **state)
{
    (void)state;
    expect("", 0, "", NULL);
    expect("{\"v\":1,\"seq\":1}\n", 1, "{\"v\":1,\"seq\":1}\n", NULL);
    expect("{\"v\":1,\"seq\":1}\n{\"v\":1,\"seq\":41}\n", 41, "{\"v\":1,\"seq\":1}\n{\"v\":1,\"seq\":41}\n", NULL);
    expect("no record\n", 0, "no record\n", NULL);
    expect("\n", 0, "\n", NULL);
    /* the same words inside a string are escaped */
    expect("{\"v\":1,\"host\":\"\\\"seq\\\":9\",\"seq\":7}\n", 7,
           "{\"v\":1,\"host\":\"\\\"seq\\\":9\",\"seq\":7}\n", NULL);
    expect("{\"v\":1,\"seq\":99999999999999999999}\n", 0, "{\"v\":1,\"seq\":99999999999999999999}\n", NULL);
}

/* Where the chain stands, and whether the last record is as it was written. */
static void chained_lines(void **state)
{
    (void)state;
    char buffer[512];
    struct fx_text line;
    struct log_tail tail;
    struct fx_chain_place place;
    struct fx_chain *chain = fx_chain_create(FX_ABSENT), *keyed = fx_chain_create(FX_LIT("key"));
    assert_non_null(chain);
    assert_non_null(keyed);
    fx_chain_begin(&place);
    place.seq = 6;
    fx_text_init_fixed(&line, buffer, sizeof buffer);
    fx_text_add_str(&line, "{\"v\":1,\"seq\":7,\"host\":\"a\"");
    assert_true(fx_chain_close_line(chain, &place, &line, &place));
    fx_text_add_char(&line, '\n');

    int fd = log_with(line.data, line.len);
    assert_true(log_tail_read(fd, path, 5, chain, &tail));
    assert_int_equal(tail.place.seq, 7);
    assert_string_equal(tail.place.hash, place.hash);
    assert_false(tail.altered);
    assert_true(log_tail_read(fd, path, 5, keyed, &tail));
    assert_true(tail.altered);
    assert_true(log_tail_read(fd, path, 5, NULL, &tail));
    assert_false(tail.altered);
    close(fd);

    char *host = strstr(buffer, "\"a\"");
    assert_non_null(host);
    host[1] = 'b';
    fd = log_with(line.data, line.len);
    assert_true(log_tail_read(fd, path, 5, chain, &tail));
    assert_string_equal(tail.place.hash, place.hash);
    assert_true(tail.altered);
    close(fd);
    fx_chain_destroy(chain);
    fx_chain_destroy(keyed);
}

static void torn_lines(void **state)
{
    (void)state;
    expect("{\"v\":1,\"seq\":1}\n{\"v\":1,\"se", 1, "{\"v\":1,\"seq\":1}\n", "{\"v\":1,\"se");
    expect("{\"v\":1,\"seq\":5}", 0, "", "{\"v\":1,\"seq\":5}");
    expect("{\"v\":1,\"seq\":3}\n\n{", 0, "{\"v\":1,\"seq\":3}\n\n", "{");
}

static void a_torn_line_is_never_overwritten(void **state)
{
    (void)state;
    struct log_tail tail;
    int fd = log_with("{\"v\":1,\"seq\":1}\nx", 17);
    assert_true(log_tail_read(fd, path, 5, NULL, &tail));
    assert_int_equal(write(fd, "y", 1), 1);
    struct log_tail again;
    assert_true(log_tail_read(fd, path, 5, NULL, &again)); /* the same second, another name */
    assert_string_not_equal(again.torn, tail.torn);
    size_t len;
    char *first = content(tail.torn, &len), *second = content(again.torn, &len);
    assert_string_equal(first, "x");
    assert_string_equal(second, "y");
    free(first);
    free(second);
    close(fd);
    unlink(tail.torn);
    unlink(again.torn);
}

static void long_logs(void **state)
{
    (void)state;
    struct log_tail tail;
    size_t size = 18 * 1024 * 1024;
    char *text = malloc(size);
    assert_non_null(text);
    memset(text, 'a', size);
    memcpy(text + size - 26, "\n{\"v\":1,\"seq\":123456789}\nz", 26);
    int fd = log_with(text, size);
    assert_true(log_tail_read(fd, path, 6, NULL, &tail));
    assert_int_equal(tail.place.seq, 123456789);
    assert_int_equal(lseek(fd, 0, SEEK_END), (off_t)size - 1);
    close(fd);
    unlink(tail.torn);
    memset(text, 'a', size); /* no line at all */
    fd = log_with(text, size);
    assert_true(log_tail_read(fd, path, 6, NULL, &tail));
    off_t end = lseek(fd, 0, SEEK_END);
    char last = 0;
    assert_int_equal(end, (off_t)size - 16 * 1024 * 1024 + 1);
    assert_int_equal(pread(fd, &last, 1, end - 1), 1);
    assert_int_equal(last, '\n');
    close(fd);
    free(text);
    unlink(tail.torn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_lines),
        cmocka_unit_test(chained_lines), cmocka_unit_test(torn_lines),
        cmocka_unit_test(a_torn_line_is_never_overwritten),
        cmocka_unit_test(long_logs),
    };
    return cmocka_run_group_tests(tests, make, clear);
}
