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
    assert_true(log_tail_read(fd, path, 1795255200, &tail));
    close(fd);
    assert_int_equal(tail.seq, seq);
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
    expect("{\"seq\":1}\n{\"seq\":41}\n", 41, "{\"seq\":1}\n{\"seq\":41}\n", NULL);
    expect("no record\n", 0, "no record\n", NULL);
    expect("\n", 0, "\n", NULL);
    /* the same words inside a string are escaped */
    expect("{\"host\":\"\\\"seq\\\":9\",\"seq\":7}\n", 7,
           "{\"host\":\"\\\"seq\\\":9\",\"seq\":7}\n", NULL);
    expect("{\"seq\":99999999999999999999}\n", 0, "{\"seq\":99999999999999999999}\n", NULL);
}

static void torn_lines(void **state)
{
    (void)state;
    expect("{\"seq\":1}\n{\"v\":1,\"se", 1, "{\"seq\":1}\n", "{\"v\":1,\"se");
    expect("{\"v\":1,\"seq\":5}", 0, "", "{\"v\":1,\"seq\":5}");
    expect("{\"seq\":3}\n\n{", 0, "{\"seq\":3}\n\n", "{");
}

static void a_torn_line_is_never_overwritten(void **state)
{
    (void)state;
    struct log_tail tail;
    int fd = log_with("{\"seq\":1}\nx", 11);
    assert_true(log_tail_read(fd, path, 5, &tail));
    assert_int_equal(write(fd, "y", 1), 1);
    struct log_tail again;
    assert_false(log_tail_read(fd, path, 5, &again)); /* the same second, the same name */
    size_t len;
    char *left = content(path, &len);
    assert_string_equal(left, "{\"seq\":1}\ny");
    free(left);
    close(fd);
    unlink(tail.torn);
}

static void long_logs(void **state)
{
    (void)state;
    struct log_tail tail;
    size_t size = 18 * 1024 * 1024;
    char *text = malloc(size);
    assert_non_null(text);
    memset(text, 'a', size);
    memcpy(text + size - 20, "\n{\"seq\":123456789}\nz", 20);
    int fd = log_with(text, size);
    assert_true(log_tail_read(fd, path, 6, &tail));
    assert_int_equal(tail.seq, 123456789);
    assert_int_equal(lseek(fd, 0, SEEK_END), (off_t)size - 1);
    close(fd);
    free(text);
    unlink(tail.torn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_lines),
        cmocka_unit_test(torn_lines),
        cmocka_unit_test(a_torn_line_is_never_overwritten),
        cmocka_unit_test(long_logs),
    };
    return cmocka_run_group_tests(tests, make, clear);
}
