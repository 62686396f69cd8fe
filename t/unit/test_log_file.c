/* test_log_file - the file of the log: where its chain goes on, what FILE.head knows, and names
 * that lead elsewhere. */
#include "../../milter/log_file.h"
#include "../../milter/log_mark.h"
#include "../../milter/say.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmocka.h>

#include <signal.h>

static char folder[] = "/tmp/fixup-file-XXXXXX", path[64], mark[80];
static struct fx_chain *chain;

/* Diagnostics, the last one. */
static char said[512];

void say(int level, const char *format, ...)
{
    va_list ap;
    (void)level;
    va_start(ap, format);
    vsnprintf(said, sizeof said, format, ap);
    va_end(ap);
}

static void clear(void)
{
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *e; (e = readdir(dir)) != NULL;) {
        char name[600];
        snprintf(name, sizeof name, "%s/%s", folder, e->d_name);
        if (e->d_name[0] != '.')
            unlink(name);
    }
    closedir(dir);
    said[0] = '\0';
}

static int make(void **state)
{
    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    chain = fx_chain_create(FX_ABSENT);
    if (mkdtemp(folder) == NULL || chain == NULL)
        return 1;
    snprintf(path, sizeof path, "%s/log", folder);
    snprintf(mark, sizeof mark, "%s.head", path);
    return 0;
}

static int clear_up(void **state)
{
    (void)state;
    clear();
    fx_chain_destroy(chain);
    return rmdir(folder);
}

static bool append(struct log_file *file)
{
    char buffer[512];
    struct fx_text line;
    struct fx_chain_place now;
    fx_text_init_fixed(&line, buffer, sizeof buffer);
    fx_text_add_str(&line, "{\"v\":1,\"seq\":");
    fx_text_add_u64(&line, file->place.seq + 1);
    assert_true(fx_chain_close_line(chain, &file->place, &line, &now));
    fx_text_add_char(&line, '\n');
    return log_file_append(file, fx_text_slice(&line), &now);
}

/* A log of so many records, closed again; where its chain stands. */
static struct fx_chain_place written(size_t records)
{
    struct log_file file;
    struct log_found found;
    assert_int_equal(log_file_open(path, chain, &file, &found), 0);
    for (size_t i = 0; i < records; i++)
        assert_true(append(&file));
    struct fx_chain_place place = file.place;
    log_file_close(&file);
    return place;
}

static off_t size_of(const char *name)
{
    struct stat st;
    return stat(name, &st) == 0 ? st.st_size : -1;
}

/* Opens what is there, and expects the chain to go on from `place`. */
static struct log_found opened(const struct fx_chain_place *place)
{
    struct log_file file;
    struct log_found found;
    assert_int_equal(log_file_open(path, chain, &file, &found), 0);
    assert_int_equal(file.place.seq, place->seq);
    assert_string_equal(file.place.hash, place->hash);
    log_file_close(&file);
    return found;
}

static void begins_and_goes_on(void **state)
{
    (void)state;
    struct fx_chain_place zeros;
    clear();
    fx_chain_begin(&zeros);
    struct log_found found = opened(&zeros);
    assert_true(found.fresh);
    assert_false(found.continues);
    struct fx_chain_place place = written(3);
    assert_int_equal(place.seq, 3);
    found = opened(&place);
    assert_false(found.fresh || found.continues || found.rewritten);
    assert_int_equal(found.missing_from, 0);
    assert_string_equal(said, "");
}

static void a_log_that_is_gone_goes_on_from_its_mark(void **state)
{
    (void)state;
    clear();
    struct fx_chain_place place = written(2);
    unlink(path);
    struct log_found found = opened(&place);
    assert_true(found.fresh && found.continues);
    assert_int_equal(found.missing_from, 0);
}

/* Records cut off the end, while nobody looked: the chain goes on after them. */
static void a_log_that_was_cut(void **state)
{
    (void)state;
    clear();
    struct fx_chain_place place = written(2);
    off_t two = size_of(path);
    place = written(3);
    assert_int_equal(place.seq, 5);
    assert_int_equal(truncate(path, two), 0);
    struct log_found found = opened(&place);
    assert_int_equal(found.missing_from, 3);
    assert_int_equal(found.missing_to, 5);
    assert_non_null(strstr(said, "records 3 to 5"));
}

static void a_last_record_that_is_another(void **state)
{
    (void)state;
    clear();
    struct fx_chain_place place = written(2);
    char text[2048];
    FILE *f = fopen(path, "r+");
    assert_non_null(f);
    size_t len = fread(text, 1, sizeof text, f);
    text[len - 4] = text[len - 4] == '0' ? '1' : '0'; /* a digit of its hash */
    rewind(f);
    assert_int_equal(fwrite(text, 1, len, f), len);
    fclose(f);
    assert_true(opened(&place).rewritten);

    f = fopen(path, "a"); /* a line of somebody else */
    assert_non_null(f);
    fputs("hello\n", f);
    fclose(f);
    struct log_found found = opened(&place);
    assert_true(found.rewritten);
    assert_int_equal(found.missing_from, 0);
}

/* Another key since the last start is no change of the log. */
static void a_key_that_changed(void **state)
{
    (void)state;
    struct log_file file;
    struct log_found found;
    struct fx_chain *keyed = fx_chain_create(FX_LIT("0123456789abcdef"));
    assert_non_null(keyed);
    clear();
    written(2);
    assert_int_equal(log_file_open(path, keyed, &file, &found), 0);
    log_file_close(&file);
    assert_false(found.rewritten);
    assert_string_equal(said, "");
    unlink(mark); /* nobody vouches for the hash: it may be either */
    assert_int_equal(log_file_open(path, keyed, &file, &found), 0);
    log_file_close(&file);
    assert_true(found.rewritten);
    fx_chain_destroy(keyed);
}

/* The log itself is believed where FILE.head is older, damaged or not there. */
static void marks_that_say_less(void **state)
{
    (void)state;
    char old[256];
    clear();
    written(2);
    int fd = open(mark, O_RDONLY);
    ssize_t len = read(fd, old, sizeof old);
    close(fd);
    assert_true(len > 0);
    struct fx_chain_place place = written(2);
    fd = open(mark, O_WRONLY | O_TRUNC);
    assert_int_equal(write(fd, old, (size_t)len), len);
    close(fd);
    struct log_found found = opened(&place);
    assert_false(found.rewritten);
    assert_string_equal(said, "");

    static const char *const bad[] = {
        "", "x", "{\"seq\":4,\"hash\":\"\"}\n",
        "{\"seq\":                   x,\"hash\":\"" FX_CHAIN_ZEROS "\"}\n",
        "{\"seq\":                   9,\"hash\":\"" FX_CHAIN_ZEROS "\"} ",
        /* digits that no record has, and a number after which there is none */
        "{\"seq\":                   9,\"hash\":\""
        "ABCDEF0000000000000000000000000000000000000000000000000000000000\"}\n",
        "{\"seq\":18446744073709551615,\"hash\":\"" FX_CHAIN_ZEROS "\"}\n"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        fd = open(mark, O_WRONLY | O_TRUNC);
        assert_int_equal(write(fd, bad[i], strlen(bad[i])), (ssize_t)strlen(bad[i]));
        close(fd);
        said[0] = '\0';
        found = opened(&place);
        assert_false(found.rewritten || found.missing_from > 0);
        assert_true(bad[i][0] == '\0' || strstr(said, "does not make sense") != NULL);
    }
    unlink(mark);
    opened(&place);
}

static void one_writer(void **state)
{
    (void)state;
    struct log_file file, second;
    struct log_found found;
    clear();
    assert_int_equal(log_file_open(path, chain, &file, &found), 0);
    assert_int_equal(log_file_open(path, chain, &second, &found), EX_TEMPFAIL);
    assert_non_null(strstr(said, "another process writes this log"));
    /* renamed, it still has FILE.head */
    assert_true(append(&file));
    assert_true(log_file_rename(&file, INT64_C(1795255200000000)));
    assert_int_equal(log_file_open(path, chain, &second, &found), EX_TEMPFAIL);
    log_file_close(&file);
}

static void names(void **state)
{
    (void)state;
    struct log_file file;
    struct log_found found;
    char renamed[128];
    clear();
    assert_int_equal(log_file_open(path, chain, &file, &found), 0);
    assert_true(append(&file));
    assert_int_equal(log_file_name(&file), LOG_NAME_SAME);
    assert_true(log_file_rename(&file, INT64_C(1795255199999999)));
    snprintf(renamed, sizeof renamed, "%s.20261121T095959Z-000000000001", path);
    assert_true(size_of(renamed) > 0);
    assert_int_equal(log_file_name(&file), LOG_NAME_ELSEWHERE);
    int next = log_file_next(&file);
    assert_true(next >= 0);
    log_file_switch(&file, next);
    assert_int_equal(log_file_name(&file), LOG_NAME_SAME);
    assert_true(append(&file));
    assert_int_equal(file.place.seq, 2);
    unlink(path);
    assert_int_equal(log_file_name(&file), LOG_NAME_REMOVED);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(log_file_next(&file), -1);
    assert_non_null(strstr(said, "the old file stays in use"));
    rmdir(path);
    assert_int_equal(mkfifo(path, 0600), 0); /* it would keep nothing, and then keep us */
    assert_int_equal(log_file_next(&file), -1);
    unlink(path);
    assert_int_equal(symlink("/dev/null", path), 0);
    said[0] = '\0';
    file.told = false;
    assert_int_equal(log_file_next(&file), -1);
    assert_non_null(strstr(said, "not a regular file"));
    unlink(path);
    log_file_close(&file);
}

/* Somebody else writes to it, or cuts it, while it is in use. */
static void not_alone(void **state)
{
    (void)state;
    struct log_file file;
    struct log_found found;
    clear();
    assert_int_equal(log_file_open(path, chain, &file, &found), 0);
    assert_true(append(&file));
    off_t size = size_of(path);
    int other = open(path, O_WRONLY | O_APPEND);
    assert_int_equal(write(other, "whole\n", 6), 6);
    assert_true(append(&file));
    assert_int_equal(size_of(path), 2 * size + 6);
    assert_string_equal(said, "");
    assert_int_equal(write(other, "half", 4), 4);
    assert_true(append(&file));
    assert_non_null(strstr(said, "half a line"));
    assert_int_equal(size_of(path), 3 * size + 11);
    assert_int_equal(ftruncate(other, size), 0);
    assert_true(append(&file));
    assert_non_null(strstr(said, "was cut"));
    assert_int_equal(size_of(path), 2 * size);
    assert_int_equal(file.place.seq, 4);
    close(other);
    log_file_close(&file);
}

/* Half a line is taken off again; the chain is where it was. */
static void no_room(void **state)
{
    (void)state;
    struct log_file file;
    struct log_found found;
    struct rlimit limit;
    clear();
    assert_int_equal(log_file_open(path, chain, &file, &found), 0);
    assert_true(append(&file));
    struct fx_chain_place before = file.place;
    off_t size = size_of(path);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    struct rlimit little = {.rlim_cur = (rlim_t)size + 20, .rlim_max = limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
    errno = 0;
    assert_false(append(&file));
    assert_int_equal(errno, EFBIG);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_int_equal(size_of(path), size);
    assert_string_equal(file.place.hash, before.hash);
    assert_true(append(&file));
    before = file.place;
    log_file_close(&file);
    opened(&before);
}

static void what_is_no_file(void **state)
{
    (void)state;
    struct log_file file;
    struct log_found found;
    assert_int_equal(log_file_open("/dev/null", chain, &file, &found), 0);
    assert_false(file.regular);
    assert_true(append(&file));
    assert_int_equal(log_file_name(&file), LOG_NAME_SAME);
    assert_true(log_file_sync(file.fd));
    assert_true(log_file_sync_name(&file));
    assert_int_equal(access("/dev/null.head", F_OK), -1);
    log_file_close(&file);
    assert_int_equal(log_file_open("/nowhere/log", chain, &file, &found), EX_CANTCREAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(begins_and_goes_on),
        cmocka_unit_test(a_log_that_is_gone_goes_on_from_its_mark),
        cmocka_unit_test(a_log_that_was_cut),
        cmocka_unit_test(a_last_record_that_is_another),
        cmocka_unit_test(a_key_that_changed),
        cmocka_unit_test(marks_that_say_less),
        cmocka_unit_test(one_writer),
        cmocka_unit_test(names),
        cmocka_unit_test(not_alone),
        cmocka_unit_test(no_room),
        cmocka_unit_test(what_is_no_file),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, make, clear_up);
}
