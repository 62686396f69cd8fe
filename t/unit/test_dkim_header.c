/* Tests of dkim_header: what the header as a whole says about its signatures. */
#include "dkim_header.h"
#include "signatures_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLAIN "From: a\nSubject: b\nTo: c\nDate: d\n"
#define FULL "h=From:Subject:To:Date"

static bool said(const struct fx_signatures *all, size_t signature, enum fx_rule rule)
{
    return said_of(all, signature, rule) != NULL;
}

/* Rules of this module that said something, in all. */
static size_t all_said(const struct fx_signatures *all)
{
    static const enum fx_rule rules[] = {FX_RULE_DKIM_H_ABSENT, FX_RULE_DKIM_H_OVERSIGN,
                                         FX_RULE_DKIM_H_PARTIAL, FX_RULE_DKIM_HDR_COUNT,
                                         FX_RULE_DKIM_MULTI_SIG};
    size_t count = 0;
    for (size_t i = 0; i < all->anomaly_count; i++)
        for (size_t k = 0; k < sizeof rules / sizeof rules[0]; k++)
            count += all->anomalies[i].is.rule == rules[k];
    return count;
}

static void nothing_wrong(void **state)
{
    struct fx_signatures *all = *state;
    message_of(all, SIGNED(FULL) PLAIN);
    assert_int_equal(all_said(all), 0);
    message_of(all, PLAIN SIGNED("h= from :\n\tSUBJECT\n :to:date : X-A") "x-a: e\n");
    assert_int_equal(all_said(all), 0);
    /* no signature, no word: not even of a missing From */
    message_of(all, "Subject: a\nSubject: b\n");
    assert_int_equal(all->anomaly_count, 0);
}

static void absent(void **state)
{
    struct fx_signatures *all = *state;
    message_of(all, SIGNED(FULL ":Cc : Reply-To") PLAIN);
    assert_said(all, 0, FX_RULE_DKIM_H_ABSENT, "Cc", 1, 0);
    const struct fx_anomaly_kept *kept = said_of(all, 0, FX_RULE_DKIM_H_ABSENT);
    const char *field = SIGNED(FULL ":Cc : Reply-To");
    assert_true(kept->is.has_at);
    assert_int_equal(kept->is.at, strstr(field, "Cc") - strchr(field, ':') - 1);
    assert_false(said(all, 0, FX_RULE_DKIM_H_OVERSIGN));
    message_of(all, SIGNED(FULL ":Cc:Cc") PLAIN);
    assert_said(all, 0, FX_RULE_DKIM_H_ABSENT, "Cc", 2, 0);
    message_of(all, SIGNED(FULL ":Cc") PLAIN "cC: e\n");
    assert_false(said(all, 0, FX_RULE_DKIM_H_ABSENT));
    /* an empty element is a fault of another kind */
    message_of(all, SIGNED(FULL "::") PLAIN);
    assert_false(said(all, 0, FX_RULE_DKIM_H_ABSENT));
}

static void oversigned(void **state)
{
    struct fx_signatures *all = *state;
    message_of(all, SIGNED(FULL ":from:FROM") PLAIN);
    assert_said(all, 0, FX_RULE_DKIM_H_OVERSIGN, "From", 3, 1);
    assert_int_equal(all_said(all), 1);
    message_of(all, SIGNED(FULL ":Received:Received") PLAIN "Received: e\nReceived: f\n");
    assert_int_equal(all_said(all), 0);
    /* both in one: the first of each kind */
    message_of(all, SIGNED("h=X-1:" FULL ":X-2:To:Date") PLAIN);
    assert_said(all, 0, FX_RULE_DKIM_H_OVERSIGN, "To", 2, 1);
    assert_int_equal(all_said(all), 2);
}

/* Each signature of its own kind is in itself (RFC 6376 section 3.7). */
static void own_name(void **state)
{
    struct fx_signatures *all = *state;
    message_of(all, SIGNED(FULL ":DKIM-Signature") PLAIN);
    assert_said(all, 0, FX_RULE_DKIM_H_ABSENT, "DKIM-Signature", 1, 0);
    message_of(all, SIGNED(FULL ":DKIM-Signature") SIGNED(FULL) PLAIN);
    assert_false(said(all, 0, FX_RULE_DKIM_H_ABSENT));
    message_of(all, SIGNED(FULL ":DKIM-Signature:dkim-signature") SIGNED(FULL) PLAIN);
    assert_said(all, 0, FX_RULE_DKIM_H_OVERSIGN, "DKIM-Signature", 2, 1);
    message_of(all, "ARC-Message-Signature: i=1; " FULL ":DKIM-Signature\n" SIGNED(FULL) PLAIN);
    assert_false(said(all, 0, FX_RULE_DKIM_H_ABSENT));
    message_of(all, "ARC-Message-Signature: i=1; " FULL ":ARC-Message-Signature\n" PLAIN);
    assert_true(said(all, 0, FX_RULE_DKIM_H_ABSENT));
}

static void partial(void **state)
{
    struct fx_signatures *all = *state;
    static const char *const names[] = {"From", "Subject", "To", "Date"};
    for (size_t i = 0; i < 4; i++) {
        char text[1000];
        snprintf(text, sizeof text, "%s: x\n" SIGNED(FULL) PLAIN, names[i]);
        message_of(all, text);
        assert_said(all, 0, FX_RULE_DKIM_H_PARTIAL, names[i], 2, 1);
        snprintf(text, sizeof text, "%s: x\n" SIGNED(FULL ":%s") PLAIN, names[i], names[i]);
        message_of(all, text);
        assert_false(said(all, 0, FX_RULE_DKIM_H_PARTIAL));
    }
    /* not signed at all is the same, but of From it is told otherwise */
    message_of(all, SIGNED("h=From:To:Date") PLAIN);
    assert_said(all, 0, FX_RULE_DKIM_H_PARTIAL, "Subject", 1, 0);
    message_of(all, SIGNED("h=Subject:To:Date") PLAIN);
    assert_false(said(all, 0, FX_RULE_DKIM_H_PARTIAL));
    assert_true(said(all, 0, FX_RULE_DKIM_H_NO_FROM));
    /* what is not there needs no signature, nor do other fields */
    message_of(all, SIGNED("h=From:Date") "From: a\nDate: b\nCc: c\nReceived: d\n");
    assert_int_equal(all_said(all), 0);
    /* nothing is said where there is no list */
    message_of(all, SIGNED("h=") PLAIN);
    assert_int_equal(all_said(all), 0);
    message_of(all, SIGNED("t=1") PLAIN);
    assert_int_equal(all_said(all), 0);
    message_of(all, "DomainKey-Signature: a=rsa-sha1; h=From:X\n" PLAIN);
    assert_int_equal(all_said(all), 0);
    message_of(all, "ARC-Message-Signature: i=1; h=From:To:Date\n" PLAIN);
    assert_said(all, 0, FX_RULE_DKIM_H_PARTIAL, "Subject", 1, 0);
}

static void content_type_with_a_length(void **state)
{
    struct fx_signatures *all = *state;
    message_of(all, SIGNED(FULL) PLAIN "Content-Type: text/plain\n");
    assert_int_equal(all_said(all), 0);
    message_of(all, SIGNED(FULL "; l=0") PLAIN "Content-Type: text/plain\n");
    assert_said(all, 0, FX_RULE_DKIM_H_PARTIAL, "Content-Type", 1, 0);
    assert_string_equal(said_of(all, 0, FX_RULE_DKIM_H_PARTIAL)->is.what, "with l=");
    message_of(all, SIGNED(FULL ":Content-Type; l=0") PLAIN "Content-Type: text/plain\n");
    assert_int_equal(all_said(all), 0);
}

/* A name in Unicode belongs to a header that has more of that (RFC 8616 section 5). */
static void unicode_names(void **state)
{
    struct fx_signatures *all = *state;
#define U_LABEL   \
    "d=b\xc3\xbc" \
    "cher.example"
#define U_SIGNED "DKIM-Signature: v=1; " U_LABEL "; s=s; " FULL "\n"
    message_of(all, U_SIGNED PLAIN);
    const struct fx_anomaly_kept *kept = said_of(all, 0, FX_RULE_DKIM_D_BAD);
    assert_non_null(kept);
    assert_true(kept->is.has_at);
    assert_int_equal(kept->is.at, sizeof " v=1; d=b" - 1);
    assert_memory_equal(fx_signatures_piece(all, &kept->text).ptr,
                        "b\xc3\xbc"
                        "cher.example",
                        14);
    message_of(all, U_SIGNED PLAIN "Cc: \xc3\xbc@example.org\n");
    assert_null(said_of(all, 0, FX_RULE_DKIM_D_BAD));
    message_of(all, "Cc: \xc3\xbc@example.org\n" U_SIGNED PLAIN);
    assert_null(said_of(all, 0, FX_RULE_DKIM_D_BAD));
    /* signatures do not vouch for each other, nor does what is not UTF-8 */
    message_of(all, U_SIGNED U_SIGNED PLAIN "Cc: \xfc@example.org\n");
    assert_non_null(said_of(all, 0, FX_RULE_DKIM_D_BAD));
    assert_non_null(said_of(all, 1, FX_RULE_DKIM_D_BAD));
    message_of(all, "DKIM-Signature: v=1; d=example.org; s=\xc3\xa9; " FULL "\n" PLAIN);
    assert_non_null(said_of(all, 0, FX_RULE_DKIM_S_BAD));
    assert_null(said_of(all, 0, FX_RULE_DKIM_D_BAD));
    message_of(all, "DKIM-Signature: v=1; d=example.org; s=\xc3\xa9; " FULL "\n" PLAIN
                    "Cc: \xc3\xbc@example.org\n");
    assert_null(said_of(all, 0, FX_RULE_DKIM_S_BAD));
}

static void each_signature_by_itself(void **state)
{
    struct fx_signatures *all = *state;
    message_of(all, SIGNED(FULL ":From") SIGNED(FULL ":Cc") SIGNED("h=From:Subject:To") PLAIN);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(said(all, i, FX_RULE_DKIM_H_OVERSIGN), i == 0);
        assert_int_equal(said(all, i, FX_RULE_DKIM_H_ABSENT), i == 1);
        assert_int_equal(said(all, i, FX_RULE_DKIM_H_PARTIAL), i == 2);
    }
}

static void fields_that_stand_once(void **state)
{
    struct fx_signatures *all = *state;
    static const char *const once[] = {"From",
                                       "Subject",
                                       "To",
                                       "Date",
                                       "Sender",
                                       "Reply-To",
                                       "Cc",
                                       "Bcc",
                                       "Message-ID",
                                       "In-Reply-To",
                                       "References",
                                       "MIME-Version",
                                       "Content-Transfer-Encoding"};
    for (size_t i = 0; i < sizeof once / sizeof once[0]; i++) {
        char text[1000];
        snprintf(text, sizeof text, "%s: x\n" SIGNED(FULL) "%s: y\n" PLAIN, once[i], once[i]);
        message_of(all, text);
        assert_said(all, FX_NO_SIGNATURE, FX_RULE_DKIM_HDR_COUNT, once[i], i < 4 ? 3 : 2, 1);
        assert_null(said_of(all, FX_NO_SIGNATURE, FX_RULE_DKIM_HDR_COUNT)->is.what);
        if (i >= 4) {
            snprintf(text, sizeof text, "%s: x\n" SIGNED(FULL) PLAIN, once[i]);
            message_of(all, text);
            assert_int_equal(all_said(all), 0);
        }
    }
    message_of(all, SIGNED(FULL) PLAIN "Received: a\nReceived: b\nComments: c\nComments: d\n"
                                       "Content-Type: e\nContent-Type: f\n"
                                       "Resent-From: g\nResent-From: h\n");
    assert_int_equal(all_said(all), 0);
    /* those that have to be there */
    message_of(all, SIGNED("h=Date") "Date: d\n");
    assert_said(all, FX_NO_SIGNATURE, FX_RULE_DKIM_HDR_COUNT, "From", 0, 1);
    assert_string_equal(said_of(all, FX_NO_SIGNATURE, FX_RULE_DKIM_HDR_COUNT)->is.what,
                        "missing");
    message_of(all, SIGNED("h=From") "From: d\n");
    assert_said(all, FX_NO_SIGNATURE, FX_RULE_DKIM_HDR_COUNT, "Date", 0, 1);
    /* the worst is said where several are wrong */
    message_of(all, SIGNED(FULL) "Cc: 1\nCc: 2\nFrom: 3\nFrom: 4\n");
    assert_said(all, FX_NO_SIGNATURE, FX_RULE_DKIM_HDR_COUNT, "From", 2, 1);
    /* any signature will do, also one that is not kept */
    fx_signatures_reset(all);
    header_of(all, SIGNED(FULL), 0);
    fx_signatures_header_end(all, true);
    assert_true(said(all, FX_NO_SIGNATURE, FX_RULE_DKIM_HDR_COUNT));
    message_of(all, "ARC-Seal: i=1\n");
    assert_true(said(all, FX_NO_SIGNATURE, FX_RULE_DKIM_HDR_COUNT));
}

static void several_signatures(void **state)
{
    struct fx_signatures *all = *state;
    for (size_t n = 1; n <= 11; n++) {
        fx_signatures_reset(all);
        header_of(all, "DomainKey-Signature: a=rsa-sha1\nARC-Seal: i=1\n" PLAIN, 4);
        for (size_t i = 0; i < n; i++)
            header_of(all, SIGNED(FULL), 4);
        fx_signatures_header_end(all, true);
        const struct fx_anomaly_kept *kept =
            said_of(all, FX_NO_SIGNATURE, FX_RULE_DKIM_MULTI_SIG);
        assert_int_equal(kept != NULL, n > 1);
        if (kept == NULL)
            continue;
        assert_int_equal(kept->is.observed, n);
        assert_int_equal(kept->is.has_limit, n > 10);
        assert_int_equal(kept->is.what != NULL, n > 10);
    }
}

/* With more names than can be told apart nothing is said of what may not be there, and the
 * fields that are a matter are counted all the same. */
static void too_many_names(void **state)
{
    struct fx_signatures *all = *state;
    fx_signatures_reset(all);
    for (unsigned i = 0; i <= FX_FIELD_NAMES_MAX; i++) {
        char text[32];
        snprintf(text, sizeof text, "X-%u: x\n", i);
        header_of(all, text, 32);
    }
    header_of(all, SIGNED(FULL ":Cc:From") PLAIN "Cc: e\nTo: f\n", 32);
    fx_signatures_header_end(all, true);
    assert_false(said(all, 0, FX_RULE_DKIM_H_ABSENT));
    assert_false(said(all, 0, FX_RULE_DKIM_H_OVERSIGN));
    assert_said(all, 0, FX_RULE_DKIM_H_PARTIAL, "To", 2, 1);
    assert_said(all, FX_NO_SIGNATURE, FX_RULE_DKIM_HDR_COUNT, "To", 2, 1);
    /* and a list of more names than that says what it can */
    fx_signatures_reset(all);
    char *list = fixture_repeat(' ', 60000);
    size_t len = (size_t)snprintf(list, 60000, "DKIM-Signature: h=");
    for (unsigned i = 0; i <= FX_FIELD_NAMES_MAX; i++)
        len += (size_t)snprintf(list + len, 60000 - len, "x%u:", i);
    snprintf(list + len, 60000 - len, "From:Subject:To:Date\n");
    header_of(all, list, 32);
    header_of(all, PLAIN "To: f\n", 32);
    fx_signatures_header_end(all, true);
    assert_said(all, 0, FX_RULE_DKIM_H_ABSENT, "x0", 1, 0);
    assert_said(all, 0, FX_RULE_DKIM_H_PARTIAL, "To", 2, 1);
    fixture_free();
}

/* The piece that is said is one of the text that is kept, wherever that moved. */
static void long_names(void **state)
{
    struct fx_signatures *all = *state;
    char *name = fixture_repeat('n', 5000), *field = fixture_repeat(' ', 6000);
    snprintf(field, 6000, "DKIM-Signature: h=From:Subject:To:Date:%s\n", name);
    for (size_t round = 0; round < 2; round++) {
        fx_signatures_reset(all);
        for (size_t i = 0; i < 30; i++)
            header_of(all, field, 32);
        header_of(all, PLAIN, 32);
        fx_signatures_header_end(all, true);
        name[128] = '\0'; /* cut */
        for (size_t i = 0; i < 30; i++)
            assert_said(all, i, FX_RULE_DKIM_H_ABSENT, name, 1, 0);
        assert_false(all->no_memory);
    }
    fixture_free();
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, signatures_begin, signatures_finish)
    const struct CMUnitTest tests[] = {
        TEST(nothing_wrong),
        TEST(absent),
        TEST(oversigned),
        TEST(own_name),
        TEST(partial),
        TEST(content_type_with_a_length),
        TEST(unicode_names),
        TEST(each_signature_by_itself),
        TEST(fields_that_stand_once),
        TEST(several_signatures),
        TEST(too_many_names),
        TEST(long_names),
    };
    return cmocka_run_group_tests_name("dkim_header", tests, NULL, NULL);
}
