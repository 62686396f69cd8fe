/* Tests of embedded: the name Content-Type within a field, in its three shapes. */
#include "embedded.h"
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#define NONE FX_GRADE_COUNT

static const struct row {
    const char *value;
    enum fx_grade grade; /* NONE: it does not stand there */
    size_t at;
} rows[] = {
    /* a continuation line begins with it */
    {" v=1;\n h=From:\n Content-Type:Date", FX_GRADE_FOLDED, 16},
    {" v=1;\r\n\tContent-Type: x", FX_GRADE_FOLDED, 8},
    {"\n  \t content-TYPE \t:", FX_GRADE_FOLDED, 5},
    {"\nContent-Type:", FX_GRADE_FOLDED, 1},
    {" a:Content-Type:b\n Content-Type:", FX_GRADE_FOLDED, 19},
    /* a colon after it */
    {"Content-Type: text/plain", FX_GRADE_COLON, 0},
    {" \tContent-Type:", FX_GRADE_COLON, 2}, /* the first line is no continuation */
    {" h=from:content-type:date; b=", FX_GRADE_COLON, 8},
    {" h=From:Content-Type\n :Date", FX_GRADE_COLON, 8},
    {" h=From:\n Content-Type\n :Date", FX_GRADE_COLON, 10},
    {" z=Subject:x|Content-Type:text/plain", FX_GRADE_COLON, 13},
    {" h=content-type:from; z=\n x Content-Type:", FX_GRADE_COLON, 3},
    /* the name alone */
    {" h=From:Content-Type; b=x", FX_GRADE_LISTED, 8},
    {" h=From:\n Content-Type; b=x", FX_GRADE_LISTED, 10},
    {"Content-Type", FX_GRADE_LISTED, 0},
    {"\"Content-Type\":", FX_GRADE_LISTED, 1},
    {" Content-Type ;:", FX_GRADE_LISTED, 1},
    {" Content-Type=:", FX_GRADE_LISTED, 1},
    /* another name */
    {" h=From:X-Content-Type:Date", NONE, 0},
    {"\n X-Content-Type: x", NONE, 0},
    {" Content-Type-Options:", NONE, 0},
    {" Content-Type_:", NONE, 0},
    {" aContent-Type:", NONE, 0},
    {" 1Content-Type:", NONE, 0},
    {" Content-Types:", NONE, 0},
    {" Content-Type1:", NONE, 0},
    {" Content- Type:", NONE, 0},
    {" Content-\n Type:", NONE, 0},
    {" Content_Type:", NONE, 0},
    {"ontent-Type:", NONE, 0},
    {"Content-Typ", NONE, 0},
    {"", NONE, 0},
    {" X-Content-Type:Content-Type:", FX_GRADE_COLON, 16},
};

static void shapes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum fx_grade grade = NONE;
        size_t at = 999;
        bool found = fx_embedded_find(fx_slice_str(rows[i].value), &grade, &at);
        if (found != (rows[i].grade != NONE) || grade != rows[i].grade ||
            at != (found ? rows[i].at : 999))
            fail_msg("row %zu: found %d, grade %d, at %zu", i, found, grade, at);
    }
    size_t at;
    enum fx_grade grade;
    assert_false(fx_embedded_find(FX_ABSENT, &grade, &at));
    assert_true(fx_embedded_find(FX_LIT("\0Content-Type\0:"), &grade, &at));
    assert_int_equal(grade, FX_GRADE_LISTED);
    assert_true(fx_embedded_find(FX_LIT("\xE4"
                                        "Content-Type:"),
                                 &grade, &at));
    assert_int_equal(grade, FX_GRADE_COLON);
}

static void see(struct fx_embedded *all, const char *name, const char *value)
{
    fx_embedded_see(all, fx_slice_str(name), fx_slice_str(value));
}

static void the_strongest_of_each_name(void **state)
{
    (void)state;
    struct fx_embedded all = {0};
    see(&all, "Subject", " nothing");
    assert_int_equal(all.count, 0);
    see(&all, "DKIM-Signature", " h=content-type;");
    see(&all, "X-Other", " content-type:");
    see(&all, "dkim-signature", "\n content-type:");
    see(&all, "DKIM-Signature", " h=content-type:");
    assert_int_equal(all.count, 2);
    assert_int_equal(all.fields[0].grade, FX_GRADE_FOLDED);
    assert_memory_equal(all.fields[0].name, "DKIM-Signature", 14);
    assert_int_equal(all.fields[0].name_len, 14);
    assert_int_equal(all.fields[1].grade, FX_GRADE_COLON);
}

static bool has(const struct fx_embedded *all, const char *name, enum fx_grade grade)
{
    for (size_t i = 0; i < all->count; i++)
        if (fx_slice_eq(fx_slice(all->fields[i].name, all->fields[i].name_len),
                        fx_slice_str(name)))
            return all->fields[i].grade == grade;
    return false;
}

/* However many fields, the strongest are kept. */
static void nothing_hides_behind_many(void **state)
{
    (void)state;
    struct fx_embedded all = {0};
    char name[] = "X-0";
    for (int i = 0; i < 50; i++) {
        name[2] = (char)('0' + i);
        see(&all, name, " content-type");
    }
    assert_int_equal(all.count, FX_EMBEDDED_FIELDS);
    see(&all, "DKIM-Signature", " h=content-type:");
    see(&all, "ARC-Message-Signature", "\n Content-Type:");
    assert_int_equal(all.count, FX_EMBEDDED_FIELDS);
    assert_true(has(&all, "X-0", FX_GRADE_LISTED));
    assert_false(has(&all, "X-7", FX_GRADE_LISTED));
    assert_true(has(&all, "DKIM-Signature", FX_GRADE_COLON));
    assert_true(has(&all, "ARC-Message-Signature", FX_GRADE_FOLDED));
    for (int i = 0; i < 50; i++) {
        name[2] = (char)('0' + i);
        see(&all, name, "\n Content-Type:");
    }
    assert_int_equal(all.count, FX_EMBEDDED_FIELDS);
    for (size_t i = 0; i < all.count; i++)
        assert_int_equal(all.fields[i].grade, FX_GRADE_FOLDED);
    assert_true(has(&all, "ARC-Message-Signature", FX_GRADE_FOLDED));
}

static void odd_names(void **state)
{
    (void)state;
    struct fx_embedded all = {0};
    const char *value = " content-type:";
    fx_embedded_see(&all, fx_slice(fixture_repeat('n', 60000), 60000), fx_slice_str(value));
    fx_embedded_see(&all, fx_slice(fixture_repeat('n', 70), 70), fx_slice_str(value));
    see(&all, "", value);
    see(&all, "", value);
    fx_embedded_see(&all, FX_ABSENT, fx_slice_str(value));
    fx_embedded_see(&all, FX_LIT("\0\xFF\n\""), fx_slice_str(value));
    assert_int_equal(all.count, 3);
    assert_int_equal(all.fields[0].name_len, FX_EMBEDDED_NAME);
    assert_int_equal(all.fields[1].name_len, 0);
    assert_memory_equal(all.fields[2].name, "\0\xFF\n\"", 4);
}

/* Any octets, exactly as many as there are: a sanitizer sees what is read beyond. */
static void hostile(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "Content-Type", "content-", "type", "\n", "\r\n", " ", "\t", ":", "X", "-",
        "\xFF",         "=",        ";"};
    unsigned dice = 7;
    for (int round = 0; round < 20000; round++) {
        char buffer[256];
        size_t len = 0;
        for (int n = 0; n < 12; n++) {
            dice = dice * 1103515245u + 12345u;
            const char *piece = pieces[dice / 65536u % (sizeof pieces / sizeof pieces[0])];
            memcpy(buffer + len, piece, strlen(piece));
            len += strlen(piece);
        }
        char *bytes = malloc(len);
        assert_non_null(bytes);
        memcpy(bytes, buffer, len);
        enum fx_grade grade;
        size_t at;
        if (fx_embedded_find(fx_slice(bytes, len), &grade, &at))
            assert_true(at + 12 <= len && grade < FX_GRADE_COUNT);
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes),
        cmocka_unit_test(the_strongest_of_each_name),
        cmocka_unit_test(nothing_hides_behind_many),
        cmocka_unit_test(odd_names),
        cmocka_unit_test(hostile),
    };
    int failed = cmocka_run_group_tests_name("embedded", tests, NULL, NULL);
    fixture_free();
    return failed;
}
