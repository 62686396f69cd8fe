/* Tests of signatures: what is kept of the signature fields of one message after the other. */
#include "signatures_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* c=simple of "x" and a line end */
#define BH_X "s14J+iztnrytnRYzb7lhFG/jS/vrxWJnnahfijFMnco="

static enum fx_body_result body_of(struct fx_signatures *all, const char *header,
                                   const char *body)
{
    message_of(all, header);
    for (; *body != '\0'; body++) /* in chunks of one octet */
        fx_signatures_body(all, fx_slice(body, 1));
    fx_signatures_end(all);
    return all->list[0].result;
}

static void keeps_what_is_told(void **state)
{
    struct fx_signatures *all = *state;
    message_of(all, "ARC-Seal: i=3; d=\nDKIM-Signature: a=rsa-sha256; d=example.org ;\n s=se\n"
                    "\tl; h=from : Content-Type:to\nX-A: b\n");
    assert_int_equal(all->count, 2);
    assert_int_equal(all->list[0].kind, FX_SIGNATURE_ARC_SEAL);
    assert_int_equal(all->list[0].instance, 3);
    assert_slice(fx_signatures_piece(all, &all->list[0].domain), "");
    assert_true(fx_signatures_piece(all, &all->list[0].selector).ptr == NULL);
    const struct fx_signature_seen *s = &all->list[1];
    assert_slice(fx_signatures_piece(all, &s->domain), "example.org");
    assert_slice(fx_signatures_piece(all, &s->selector), "se\n\tl");
    assert_slice(fx_signatures_piece(all, &s->algorithm), "rsa-sha256");
    assert_slice(fx_signatures_piece(all, &s->h), "from : Content-Type:to");
    assert_int_equal(s->h_at, strlen(" a=rsa-sha256; d=example.org ;\n s=se\n\tl; h="));
    assert_true(s->names_content_type);
    assert_int_equal(s->grade, FX_GRADE_COLON);
    assert_int_equal(s->grade_at, s->h_at + 7);
    assert_int_equal(s->grade_tag, FX_DKIM_TAG_H);
    assert_int_equal(s->result, FX_BODY_RESULT_UNCHECKED);
}

static void no_more_than_the_limit(void **state)
{
    struct fx_signatures *all = *state;
    struct fx_slice name = FX_LIT("DKIM-Signature"), value = FX_LIT("d=example.org");
    assert_true(fx_signatures_field(all, fx_field_kind(name), name, value, -1, 2));
    assert_true(fx_signatures_field(all, fx_field_kind(FX_LIT("domainkey-SIGNATURE")),
                                    FX_LIT("domainkey-SIGNATURE"), value, -1, 2));
    assert_false(fx_signatures_field(all, fx_field_kind(FX_LIT("Subject")), FX_LIT("Subject"),
                                     value, -1, 2));
    assert_false(fx_signatures_field(all, fx_field_kind(name), name, value, -1, 2));
    assert_false(fx_signatures_field(all, fx_field_kind(name), name, value, -1, 2));
    assert_int_equal(all->count, 2);
    assert_int_equal(all->omitted, 2);
    assert_int_equal(all->kinds[FX_SIGNATURE_DKIM], 3);
    fx_signatures_reset(all);
    assert_int_equal(all->omitted, 0);
    assert_true(fx_signatures_field(all, fx_field_kind(name), name, value, -1, 2));
}

static void each_rule_once(void **state)
{
    struct fx_signatures *all = *state;
    struct fx_anomaly one = {.rule = FX_RULE_DKIM_S_BAD, .text = FX_LIT("first")};
    header_of(all, SIGNED("h=from") SIGNED("h=from"), 32);
    assert_int_equal(all->anomaly_count, 0);
    fx_signatures_add(all, 0, &one);
    one.text = FX_LIT("second");
    fx_signatures_add(all, 0, &one);
    assert_int_equal(all->anomaly_count, 1);
    assert_slice(fx_signatures_piece(all, &all->anomalies[0].text), "first");
    fx_signatures_add(all, 1, &one);
    one.text = FX_ABSENT;
    fx_signatures_add(all, FX_NO_SIGNATURE, &one);
    assert_int_equal(all->anomaly_count, 3);
    assert_slice(fx_signatures_piece(all, &all->anomalies[1].text), "second");
    assert_false(all->anomalies[2].text.told);
    /* a text is cut, be it copied or a piece that is kept */
    char *text = fixture_repeat('x', 200), *cut = fixture_repeat('x', 128);
    one = (struct fx_anomaly){.rule = FX_RULE_DKIM_D_BAD, .text = fx_slice_str(text)};
    fx_signatures_add(all, 0, &one);
    assert_slice(fx_signatures_piece(all, &all->anomalies[3].text), cut);
    fx_signatures_add_kept(all, 1, &one, (struct fx_piece){.at = 0, .len = 135, .told = true});
    assert_int_equal(all->anomalies[4].text.len, 128);
    fixture_free();
}

static void body_hashes(void **state)
{
    struct fx_signatures *all = *state;
    assert_int_equal(body_of(all, SIGNED("h=from"), ""), FX_BODY_RESULT_MATCH);
    assert_int_equal(body_of(all, SIGNED("h=from"), "\r\n\r\n"), FX_BODY_RESULT_MATCH);
    assert_null(said_of(all, 0, FX_RULE_DKIM_BH_MISMATCH));
    assert_int_equal(body_of(all, SIGNED("h=from"), "x\r\n"), FX_BODY_RESULT_MISMATCH);
    assert_non_null(said_of(all, 0, FX_RULE_DKIM_BH_MISMATCH));
    /* the seal has none, a bh= that is none is not compared */
    assert_int_equal(body_of(all, "ARC-Seal: a=rsa-sha256; bh=" BH_EMPTY "\n", ""),
                     FX_BODY_RESULT_UNCHECKED);
    assert_int_equal(body_of(all, "DKIM-Signature: a=rsa-sha256; bh=AAAA\n", ""),
                     FX_BODY_RESULT_UNCHECKED);
    /* not wanted */
    fx_signatures_reset(all);
    header_of(all, SIGNED("h=from"), 32);
    fx_signatures_header_end(all, false);
    fx_signatures_body(all, FX_LIT("x\r\n"));
    fx_signatures_end(all);
    assert_int_equal(all->list[0].result, FX_BODY_RESULT_UNCHECKED);
}

/* Several signatures with other settings over one body, and each its own result. */
static void several_at_once(void **state)
{
    struct fx_signatures *all = *state;
    message_of(all, "DKIM-Signature: v=1; a=rsa-sha256; bh=" BH_X "\n"
                    "DKIM-Signature: v=1; a=rsa-sha256; l=0; bh=" BH_EMPTY "\n"
                    "DKIM-Signature: v=1; a=rsa-sha256; bh=" BH_X "; c=simple\n"
                    "DKIM-Signature: v=1; a=rsa-sha256; l=3; bh=" BH_X "; c=simple/relaxed\n"
                    "DKIM-Signature: v=1; a=rsa-sha256; l=4; bh=" BH_X "; c=simple/relaxed\n");
    fx_signatures_body(all, FX_LIT("x\r\n\r\n"));
    fx_signatures_end(all);
    static const enum fx_body_result want[] = {FX_BODY_RESULT_MATCH, FX_BODY_RESULT_MISMATCH,
                                               FX_BODY_RESULT_MATCH, FX_BODY_RESULT_MATCH,
                                               FX_BODY_RESULT_UNCHECKED};
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(all->list[i].result, want[i]);
        assert_int_equal(said_of(all, i, FX_RULE_DKIM_BH_MISMATCH) != NULL,
                         want[i] == FX_BODY_RESULT_MISMATCH);
    }
    assert_said(all, 4, FX_RULE_DKIM_L_LARGE, NULL, 4, 3);
}

/* With l= it is said whether there is more behind it, once the body is known. */
static void body_longer_than_its_length(void **state)
{
    struct fx_signatures *all = *state;
    const char *header = "DKIM-Signature: a=rsa-sha256; l=3; bh=" BH_X "\n";
    assert_int_equal(body_of(all, header, "x\r\n"), FX_BODY_RESULT_MATCH);
    assert_non_null(said_of(all, 0, FX_RULE_DKIM_L_PRESENT));
    assert_null(said_of(all, 0, FX_RULE_DKIM_L_PRESENT)->is.what);
    assert_int_equal(body_of(all, header, "x\r\nmore\r\n"), FX_BODY_RESULT_MATCH);
    assert_said(all, 0, FX_RULE_DKIM_L_PRESENT, "3", 9, 3);
    assert_string_equal(said_of(all, 0, FX_RULE_DKIM_L_PRESENT)->is.what, "the body is longer");
    assert_null(said_of(all, 0, FX_RULE_DKIM_L_LARGE));
    assert_int_equal(body_of(all, header, "x"), FX_BODY_RESULT_MATCH);
    assert_null(said_of(all, 0, FX_RULE_DKIM_L_PRESENT)->is.what);
    assert_int_equal(body_of(all, header, ""), FX_BODY_RESULT_UNCHECKED);
    assert_said(all, 0, FX_RULE_DKIM_L_LARGE, NULL, 3, 2);
    /* of a body that nobody saw nothing is said */
    message_of(all, header);
    assert_null(said_of(all, 0, FX_RULE_DKIM_L_PRESENT)->is.what);
}

/* Ends that come early, or twice, or not at all. */
static void odd_ends(void **state)
{
    struct fx_signatures *all = *state;
    const char *header = SIGNED("h=from:x") "From: a\n";
    fx_signatures_reset(all);
    header_of(all, header, 32);
    fx_signatures_body(all, FX_LIT("x\r\n"));
    fx_signatures_end(all);
    assert_int_equal(all->list[0].result, FX_BODY_RESULT_UNCHECKED);
    assert_non_null(said_of(all, 0, FX_RULE_DKIM_H_ABSENT));
    /* a header that ends twice ends the first time */
    message_of(all, header);
    fx_signatures_body(all, FX_LIT("x"));
    header_of(all, SIGNED("h=from"), 32);
    fx_signatures_header_end(all, true);
    fx_signatures_body(all, FX_LIT("\r\n"));
    fx_signatures_end(all);
    assert_int_equal(all->list[0].result, FX_BODY_RESULT_MISMATCH);
    assert_int_equal(all->list[1].result, FX_BODY_RESULT_UNCHECKED);
    /* half a body, and the next message */
    message_of(all, header);
    fx_signatures_body(all, FX_LIT("half of"));
    assert_int_equal(body_of(all, header, ""), FX_BODY_RESULT_MATCH);
    /* nothing at all */
    fx_signatures_reset(all);
    fx_signatures_end(all);
    assert_int_equal(all->count + all->anomaly_count, 0);
}

static void two_messages(void **state)
{
    struct fx_signatures *all = *state;
    body_of(all, SIGNED("h=from:cc; l=1") SIGNED("h=x") "Cc: a\nCc: b\n", "x\r\n");
    assert_true(all->anomaly_count > 5);
    assert_int_equal(body_of(all, SIGNED("h=from:date") "From: a\nDate: b\n", ""),
                     FX_BODY_RESULT_MATCH);
    assert_int_equal(all->count, 1);
    assert_int_equal(all->anomaly_count, 0);
    assert_int_equal(all->kinds[FX_SIGNATURE_DKIM], 1);
    fx_signatures_reset(all);
    assert_int_equal(fx_text_slice(&all->text).len, 0);
}

/* 200 signatures of 60 kB: all of it fits, and goes with the message. */
static void much(void **state)
{
    struct fx_signatures *all = *state;
    char *value = fixture_repeat('x', 60000), *text = fixture_repeat('x', 59998);
    memcpy(value, "h=", 2);
    for (size_t round = 0; round < 2; round++) {
        for (size_t i = 0; i < 200; i++) {
            value[60000 - 1] = (char)('a' + i % 26);
            assert_true(fx_signatures_field(all, fx_field_kind(FX_LIT("DKIM-Signature")),
                                            FX_LIT("DKIM-Signature"), fx_slice_str(value), -1,
                                            200));
        }
        fx_signatures_header_end(all, true);
        for (size_t i = 0; i < 200; i++) {
            text[59997] = (char)('a' + i % 26);
            assert_slice(fx_signatures_piece(all, &all->list[i].h), text);
        }
        assert_false(all->no_memory);
        fx_signatures_reset(all);
        assert_int_equal(all->text.cap, 0);
        assert_int_equal(all->anomaly_cap, 0);
    }
    fixture_free();
}

/* An MTA that does not cut fields: what there is no room for is counted, and no failure. */
static void too_much(void **state)
{
    struct fx_signatures *all = *state;
    enum { FIELD = 1000000, KEPT = 14 };
    char *value = fixture_repeat(':', FIELD);
    memcpy(value, "h=", 2);
    for (size_t i = 0; i < 20; i++)
        assert_int_equal(fx_signatures_field(all, fx_field_kind(FX_LIT("DKIM-Signature")),
                                             FX_LIT("DKIM-Signature"), fx_slice(value, FIELD),
                                             -1, 200),
                         i < KEPT);
    assert_true(fx_signatures_field(all, fx_field_kind(FX_LIT("DKIM-Signature")),
                                    FX_LIT("DKIM-Signature"), FX_LIT("h=x"), -1, 200));
    fx_signatures_end(all);
    assert_int_equal(all->count, KEPT + 1);
    assert_int_equal(all->omitted, 20 - KEPT);
    assert_false(all->no_memory);
    fixture_free();
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, signatures_begin, signatures_finish)
    const struct CMUnitTest tests[] = {
        TEST(keeps_what_is_told),
        TEST(no_more_than_the_limit),
        TEST(each_rule_once),
        TEST(body_hashes),
        TEST(several_at_once),
        TEST(body_longer_than_its_length),
        TEST(odd_ends),
        TEST(two_messages),
        TEST(much),
        TEST(too_much),
    };
    return cmocka_run_group_tests_name("signatures", tests, NULL, NULL);
}
