/* Key files: what is read from them, what is refused and how it is said. */
#include "config_tools.h"

#include "config_key.h"

#include <sys/socket.h>
#include <sys/un.h>

#define K16 "0123456789abcdef"

static struct folder dir;

static int setup(void **state)
{
    (void)state;
    folder_create(&dir);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    (void)rmdir(dir.path);
    return 0;
}

static const char *path(void)
{
    static char text[512];
    return folder_path(&dir, "key", text, sizeof text);
}

/* The first `len` octets of text, or of as many of 'k' as are asked for. */
static void put(const char *text, size_t len, mode_t mode)
{
    char *filled = malloc(len + 1);
    assert_non_null(filled);
    memset(filled, 'k', len);
    if (text != NULL)
        memcpy(filled, text, len);
    folder_write(&dir, "key", filled, len);
    assert_int_equal(chmod(path(), mode), 0);
    free(filled);
}

/* It is refused, `said` is told, and nothing of the content is. */
static void refused(enum fx_key_kind kind, const char *said)
{
    char wrong[FX_KEY_WRONG] = "";
    struct fx_key_file file = {.count = 77};
    assert_false(fx_key_file_read(path(), kind, "", &file, wrong));
    assert_int_equal(file.count, 77);
    if (strstr(wrong, said) == NULL)
        fail_msg("not said: %s\nbut: %s", said, wrong);
    assert_non_null(strstr(wrong, "/key\" "));
    assert_non_null(strstr(wrong, "; allowed: "));
    assert_null(strstr(wrong, K16));
    (void)unlink(path());
}

static void read_good(enum fx_key_kind kind, size_t count, struct fx_key_file *file)
{
    char wrong[FX_KEY_WRONG] = "";
    if (!fx_key_file_read(path(), kind, "", file, wrong))
        fail_msg("%s", wrong);
    assert_int_equal(file->count, count);
    (void)unlink(path());
}

static void is_key(const struct fx_key_file *file, size_t n, const char *want, size_t len)
{
    assert_int_equal(file->keys[n].len, len);
    assert_memory_equal(file->keys[n].ptr, want, len);
}

static void one(void **state)
{
    struct fx_key_file file;
    (void)state;
    put(K16 "\n", 17, 0600);
    read_good(FX_KEY_ONE, 1, &file);
    is_key(&file, 0, K16, 16);
    fx_key_file_finish(&file);
    assert_int_equal(file.count, 0);
    fx_key_file_finish(&file);
    put(K16, 16, 0400); /* no line end */
    read_good(FX_KEY_ONE, 1, &file);
    is_key(&file, 0, K16, 16);
    fx_key_file_finish(&file);
    put(" 0\0\xff\r456789abcde \n", 18, 0600); /* octets, blanks among them */
    read_good(FX_KEY_ONE, 1, &file);
    is_key(&file, 0, " 0\0\xff\r456789abcde ", 17);
    fx_key_file_finish(&file);
    put(NULL, FX_KEY_MAX, 0400);
    read_good(FX_KEY_ONE, 1, &file);
    assert_int_equal(file.keys[0].len, FX_KEY_MAX);
    fx_key_file_finish(&file);
}

static void one_refused(void **state)
{
    (void)state;
    put("", 0, 0600);
    refused(FX_KEY_ONE, "is empty; allowed: a file with one key");
    put("\n", 1, 0600);
    refused(FX_KEY_ONE, "line 1 is a key of 0 octets; allowed: 16 to 4096");
    put(K16, 15, 0600);
    refused(FX_KEY_ONE, "line 1 is a key of 15 octets");
    put(NULL, FX_KEY_MAX + 1, 0600);
    refused(FX_KEY_ONE, "line 1 is a key of 4097 octets");
    put(NULL, FX_KEY_MAX + 2, 0600);
    refused(FX_KEY_ONE, "is longer than 4097 octets");
    put(K16 "\r\n", 18, 0600);
    refused(FX_KEY_ONE, "line 1 ends with CR LF; allowed: LF");
    put(K16 "\n\n", 18, 0600);
    refused(FX_KEY_ONE, "has more than one line");
    put(K16 "\n" K16 "x\n", 35, 0600);
    refused(FX_KEY_ONE, "has more than one line");
}

static void list(void **state)
{
    struct fx_key_file file;
    (void)state;
    put(K16 "\n" K16 "2\n" K16 "3", 52, 0600);
    read_good(FX_KEY_LIST, 3, &file);
    is_key(&file, 0, K16, 16);
    is_key(&file, 1, K16 "2", 17);
    is_key(&file, 2, K16 "3", 17);
    fx_key_file_finish(&file);
}

static void list_refused(void **state)
{
    char lines[66 * 20] = "";
    (void)state;
    put("", 0, 0600);
    refused(FX_KEY_LIST, "is empty; allowed: a file with one key a line");
    put(K16 "\n\n" K16 "3\n", 36, 0600);
    refused(FX_KEY_LIST, "line 2 is a key of 0 octets");
    put(K16 "\n" K16 "\n", 34, 0600);
    refused(FX_KEY_LIST, "line 2 is a key that stands before it; allowed: each once");
    put("-----BEGIN PRIVATE KEY-----\n" K16 "\n", 45, 0600); /* the first line is no secret */
    refused(FX_KEY_LIST, "is PEM; allowed: a file with one key a line");
    put("-----BEGIN PRIVATE KEY-----\n", 28, 0600);
    refused(FX_KEY_ONE, "is PEM; allowed: a file with one key");
    put(NULL, FX_KEY_FILE_MAX + 1, 0600);
    refused(FX_KEY_LIST, "is longer than 65536 octets");
    for (size_t i = 0; i < 65; i++) {
        memcpy(lines + 19 * i, K16 "00\n", 19);
        lines[19 * i + 16] = (char)('0' + i / 10);
        lines[19 * i + 17] = (char)('0' + i % 10);
    }
    put(lines, (size_t)19 * 64, 0600);
    struct fx_key_file file;
    read_good(FX_KEY_LIST, FX_KEYS_MAX, &file);
    fx_key_file_finish(&file);
    put(lines, (size_t)19 * 65, 0600);
    refused(FX_KEY_LIST, "has more than 64 lines");
}

static void pem(void **state)
{
    struct fx_key_file file;
    (void)state;
    put("-----\r\n\0\n\n", 10, 0600);
    read_good(FX_KEY_PEM, 1, &file);
    is_key(&file, 0, "-----\r\n\0\n\n", 10);
    fx_key_file_finish(&file);
    put(NULL, FX_KEY_FILE_MAX, 0644);
    read_good(FX_KEY_PUBLIC, 1, &file);
    assert_int_equal(file.keys[0].len, FX_KEY_FILE_MAX);
    fx_key_file_finish(&file);
    put(NULL, FX_KEY_FILE_MAX + 1, 0600);
    refused(FX_KEY_PEM,
            "is longer than 65536 octets; allowed: a file with a private key in PEM");
    put("", 0, 0600);
    refused(FX_KEY_PUBLIC, "is empty; allowed: a file with a public key in PEM");
}

static void permissions(void **state)
{
    static const mode_t bad[] = {0640, 0440, 0620, 0610, 0604, 0602, 0601, 0644, 0666, 04604};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char said[64];
        (void)snprintf(said, sizeof said, "(mode %04o); allowed: 0600, 0400", (unsigned)bad[i]);
        put(K16, 16, bad[i]);
        refused(FX_KEY_ONE, said);
        put(K16, 16, bad[i]);
        refused(FX_KEY_LIST, said);
        put(K16, 16, bad[i]);
        refused(FX_KEY_PEM, said);
    }
    put(K16, 16, 0602);
    refused(FX_KEY_PUBLIC, "may be written by others than its owner and group (mode 0602)");
}

/* root's, ours and the named user's; of anybody where nobody asks. Only root can try. */
static void owner(void **state)
{
    const struct {
        uid_t owner;
        const char *user;
        bool good;
    } cases[] = {{0, "", true},        {1, "", false},         {1, "daemon", true},
                 {2, "daemon", false}, {1, "nobody-0", false}, {1, NULL, true}};
    (void)state;
    if (geteuid() != 0)
        skip();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fx_key_file file = {0};
        char wrong[FX_KEY_WRONG] = "";
        put(K16, 16, 0600);
        assert_int_equal(chown(path(), cases[i].owner, (gid_t)-1), 0);
        bool good = fx_key_file_read(path(), FX_KEY_ONE, cases[i].user, &file, wrong);
        assert_int_equal(good, cases[i].good);
        assert_true(good || strstr(wrong, "allowed: root, milter.user") != NULL);
        fx_key_file_finish(&file);
        assert_int_equal(unlink(path()), 0);
    }
}

/* None is waited for. */
static void no_file(void **state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)state;
    refused(FX_KEY_ONE, "cannot be read: No such file");
    assert_int_equal(mkfifo(path(), 0600), 0);
    refused(FX_KEY_ONE, "is not a regular file; allowed: a file with one key");
    assert_int_equal(mkdir(path(), 0700), 0);
    refused(FX_KEY_LIST, "is not a regular file");
    assert_int_equal(rmdir(path()), 0);
    assert_int_equal(symlink("/dev/zero", path()), 0);
    refused(FX_KEY_PEM, "is not a regular file");
    int s = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_true(strlen(path()) < sizeof address.sun_path);
    memcpy(address.sun_path, path(), strlen(path()));
    assert_int_equal(bind(s, (const struct sockaddr *)&address, sizeof address), 0);
    refused(FX_KEY_PEM, "cannot be read: ");
    (void)close(s);
    assert_int_equal(symlink("key", path()), 0);
    refused(FX_KEY_PUBLIC, "cannot be read: Too many levels");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one),   cmocka_unit_test(one_refused),
        cmocka_unit_test(list),  cmocka_unit_test(list_refused),
        cmocka_unit_test(pem),   cmocka_unit_test(permissions),
        cmocka_unit_test(owner), cmocka_unit_test(no_file),
    };
    return cmocka_run_group_tests_name("config_key", tests, setup, teardown);
}
