/* dkim_vectors - see dkim_vectors.h. Of each anomaly those that have it, and next to them those
 * that just do not. */
#include "dkim_vectors.h"

#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#define A10 "AAAAAAAAAA"
#define A50 A10 A10 A10 A10 A10
#define B64_64 A50 A10 A10 A10 "AAAAAA=="
#define B64_127 A50 A50 A50 A10 A10 "=="
#define B64_128 A50 A50 A50 A10 A10 "A="
#define SHA1 "2jmj7l5rSw0yVb/vlWAYkK/YBwk="
#define SHA256 "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
#define L63 A50 A10 "AAA"

#define V " v=1;"
#define A " a=rsa-sha256;"
#define C " c=relaxed/simple;"
#define D " d=example.org;"
#define S " s=sel;"
#define H " h=From:To;"
#define BH " bh=" SHA256 ";"
#define B " b=" B64_128
#define AT(name, number, ...)                                            \
    {                                                                    \
        .rule = FX_RULE_DKIM_##name, .mark = number, .text = __VA_ARGS__ \
    }
#define DKIM FX_SIGNATURE_DKIM
#define DK FX_SIGNATURE_DOMAINKEY
#define AMS FX_SIGNATURE_ARC_MESSAGE
#define SEAL FX_SIGNATURE_ARC_SEAL

#define I " i=1;"
#define CV " cv=none;"
#define DKT " a=rsa-sha1; c=nofws; q=dns; d=example.org; s=sel; h=from:to; b=" B64_64
#define PRESENT AT(DK_PRESENT, 0, NULL)

#define NAMES5 "A:B:C:D:E:"
#define NAMES20 NAMES5 NAMES5 NAMES5 NAMES5
#define NAMES95 NAMES20 NAMES20 NAMES20 NAMES20 NAMES5 NAMES5 NAMES5
#define WHOLE V A D S H BH B

const struct vector dkim_vectors[] = {
    /* nothing wrong */
    {DKIM, WHOLE, true, {{0}}},
    {DKIM, WHOLE ";", true, {{0}}},
    {DKIM, WHOLE " ;\n\t", true, {{0}}},
    {DKIM,
     "v=1;a=rsa-sha256;c=simple/relaxed;d=example.org;s=sel;h=from;q=dns/txt;t=1;"
     "x=1800000000;i=@example.org;bh=" SHA256 ";b=" B64_128,
     true,
     {{0}}},
    {DKIM,
     "\n v\n =\n 1\n ;\r\n a = rsa-sha256 ;" D S "\n\th=From\n : To\n\t:\r\n Date ;" BH B,
     true,
     {{0}}},
    {DKIM,
     V A D S H "bh=47DEQpj8HBSa+/\n TImW+5JCeuQeRk m5NMpJWZG3hSuFU=;"
               "\n b=\n\t" B64_128,
     true,
     {{0}}},
    {DKIM, V A D S H BH "\n b\n =" B64_128, true, {{0}}},
    {DKIM, WHOLE "; unknown=x; y=; r_2=a", true, {{0}}},
    {DK, DKT, false, {PRESENT}},
    {DK, " d=example.org; s=sel; b=" B64_64, false, {PRESENT}},
    {AMS, I A C D S H BH B, true, {{0}}},
    {SEAL, I A CV " t=12;" D S B, false, {{0}}},

    /* the list of tags */
    {DKIM, WHOLE ";^;", true, {AT(TAG_SYNTAX, 1, NULL, "no tag before a semicolon")}},
    {DKIM,
     V " ^a;" D S H BH B,
     false,
     {AT(TAG_SYNTAX, 1, NULL, "no equals sign"), AT(TAG_MISSING, 0, NULL, "a= is missing")}},
    {DKIM, WHOLE "; ^1=2", true, {AT(TAG_SYNTAX, 1, NULL, "no tag name")}},
    {DKIM, WHOLE "; n^-e=2", true, {AT(TAG_SYNTAX, 1, NULL, "no tag name")}},
    {DKIM, WHOLE "; n^ e=2", true, {AT(TAG_SYNTAX, 1, NULL, "no tag name")}},
    {DKIM, WHOLE "; ^=2", true, {AT(TAG_SYNTAX, 1, NULL, "no tag name")}},
    {DKIM,
     WHOLE "; n=^\x01",
     true,
     {AT(TAG_SYNTAX, 1, NULL, "an octet that no value may have")}},
    {DKIM,
     WHOLE "; n=a^~b",
     true,
     {AT(TAG_SYNTAX, 1, NULL, "an octet that no value may have")}},
    {DKIM,
     WHOLE "; n=a\xc3\xa9\xe2\x82\xac\xf0\x9f\x93\xa7",
     true,
     {{0}}}, /* RFC 8616 section 5 */
    {DKIM,
     WHOLE "; n=a^\xc3",
     true,
     {AT(TAG_SYNTAX, 1, NULL, "an octet that no value may have")}},
    {DKIM,
     WHOLE "; n=a\xc3\xa9^\xed\xa0\x80",
     true,
     {AT(TAG_SYNTAX, 1, NULL, "an octet that no value may have")}},
    {DKIM,
     WHOLE "; n=a^\x7f",
     true,
     {AT(TAG_SYNTAX, 1, NULL, "an octet that no value may have")}},
    {DKIM,
     WHOLE "; n=a^\rb",
     true,
     {AT(TAG_SYNTAX, 1, NULL, "an octet that no value may have")}},
    {DKIM,
     WHOLE "; n=a^\nb",
     true,
     {AT(TAG_SYNTAX, 1, NULL, "an octet that no value may have")}},
    {DKIM, "", false, {AT(TAG_MISSING, 0, NULL, "v= is missing")}},
    {DKIM,
     "^ \n ",
     false,
     {AT(TAG_SYNTAX, 1, NULL, "no tag"), AT(TAG_MISSING, 0, NULL, "v= is missing")}},
    {DKIM, "^;" WHOLE, true, {AT(TAG_SYNTAX, 1, NULL, "no tag before a semicolon")}},

    /* twice */
    {DKIM, WHOLE "; ^d=example.org", true, {AT(TAG_DUP, 1, "d", NULL)}},
    {DKIM, WHOLE "; foo=1; ^foo=2; foo=3", true, {AT(TAG_DUP, 1, "foo", NULL)}},
    {DKIM, WHOLE "; D=x; Foo=1; foo=2; fo=3", true, {{0}}},
    {DK, DKT "; ^q=dns", false, {PRESENT, AT(TAG_DUP, 1, "q", NULL)}},

    /* missing, empty */
    {DKIM, A D S H BH B, true, {AT(TAG_MISSING, 0, NULL, "v= is missing")}},
    {DKIM, V D S H BH B, false, {AT(TAG_MISSING, 0, NULL, "a= is missing")}},
    {DKIM, V A S H BH B, true, {AT(TAG_MISSING, 0, NULL, "d= is missing")}},
    {DKIM, V A D H BH B, true, {AT(TAG_MISSING, 0, NULL, "s= is missing")}},
    {DKIM, V A D S BH B, true, {AT(TAG_MISSING, 0, NULL, "h= is missing")}},
    {DKIM, V A D S H B, false, {AT(TAG_MISSING, 0, NULL, "bh= is missing")}},
    {DKIM, V A D S H BH, true, {AT(TAG_MISSING, 0, NULL, "b= is missing")}},
    {DKIM, " V=1;" A D S H BH B, true, {AT(TAG_MISSING, 0, NULL, "v= is missing")}},
    {DKIM, " v=^;" A D S H BH B, true, {AT(TAG_EMPTY, 1, "", "v= is empty")}},
    {DKIM, V " a=^;" D S H BH B, false, {AT(TAG_EMPTY, 1, "", "a= is empty")}},
    {DKIM, V A " d=\n ^;" S H BH B, true, {AT(TAG_EMPTY, 1, "", "d= is empty")}},
    {DKIM, V A D " s=^;" H BH B, true, {AT(TAG_EMPTY, 1, "", "s= is empty")}},
    {DKIM, V A D S H " bh=^;" B, false, {AT(TAG_EMPTY, 1, "", "bh= is empty")}},
    {DKIM, V A D S H BH " b=^;", true, {AT(TAG_EMPTY, 1, "", "b= is empty")}},
    {DKIM, V A D S H BH " b=^", true, {AT(TAG_EMPTY, 1, "", "b= is empty")}},
    {AMS, I A D S H B, false, {AT(TAG_MISSING, 0, NULL, "bh= is missing")}},
    {SEAL, I A D S B, false, {AT(TAG_MISSING, 0, NULL, "cv= is missing")}},
    {SEAL, I A " cv=^;" D S B, false, {AT(TAG_EMPTY, 1, "", "cv= is empty")}},

    /* before RFC 4871 */
    {DKIM, A D S H B, false, {AT(PRE_RFC, 0, NULL)}},
    {DKIM, A D S B, false, {AT(TAG_MISSING, 0, NULL, "v= is missing")}},
    {AMS, I A D S H B, false, {AT(TAG_MISSING, 0, NULL, "bh= is missing")}},

    /* v= a= */
    {DKIM, " v=^1.0;" A D S H BH B, true, {AT(V_UNKNOWN, 1, "1.0")}},
    {DKIM, " v=^01;" A D S H BH B, true, {AT(V_UNKNOWN, 1, "01")}},
    {AMS, " v=2;" I A D S H BH B, true, {{0}}}, /* not defined there, so passed over */
    {DKIM, V " a=^rsa-md5;" D S H BH B, false, {AT(A_UNKNOWN, 1, "rsa-md5")}},
    {DKIM, V " a=^RSA-SHA256;" D S H BH B, false, {AT(A_UNKNOWN, 1, "RSA-SHA256")}},
    {DKIM, V " a=^rsa-sha1;" D S H " bh=" SHA1 ";" B, true, {AT(A_SHA1, 1, "rsa-sha1")}},
    {SEAL, I " a=^rsa-sha1;" CV D S B, false, {AT(A_SHA1, 1, "rsa-sha1")}},
    {DKIM, V " a=ed25519-sha256;" D S H BH " b=" B64_64, true, {{0}}},

    /* b= bh= */
    {DKIM,
     V A D S H BH " b=^" B64_127,
     true,
     {AT(KEY_SMALL, 1, "AAA", NULL, 2, 127, 128, true)}},
    {AMS, I A D S H BH " b=^" B64_64, true, {AT(KEY_SMALL, 1, "AAA", NULL, 2, 64, 128, true)}},
    {DKIM, V A D S H BH " b=" A50 A50 A50 A50, true, {{0}}},
    {DKIM,
     V A D S H BH " b=AAA^*AAAA",
     true,
     {AT(B_BAD64, 1, "*AAAA", "a character that cannot be here")}},
    {DKIM,
     V A D S H BH " b=AAAA\n A^",
     true,
     {AT(B_BAD64, 1, "", "characters are missing at the end")}},
    {DKIM,
     V A D S H BH " b=AA==^AA",
     true,
     {AT(B_BAD64, 1, "AA", "a character that cannot be here")}},
    {DK,
     " d=example.org; s=sel; b=^!",
     false,
     {PRESENT, AT(B_BAD64, 1, "!", "a character that cannot be here")}},
    {DKIM,
     V " a=ed25519-sha256;" D S H BH " b=^" B64_128,
     true,
     {AT(B_LENGTH, 1, "AAA", NULL, 2, 128, 64)}},
    {DKIM,
     V " a=ed25519-sha256;" D S H BH " b=^AAAA",
     true,
     {AT(B_LENGTH, 1, "AAAA", NULL, 2, 3, 64)}},
    {DKIM,
     V A D S H " bh=AAA^-;" B,
     false,
     {AT(BH_BAD64, 1, "-", "a character that cannot be here")}},
    {DKIM, V A D S H " bh=^" SHA1 ";" B, false, {AT(BH_LENGTH, 1, SHA1, NULL, 2, 20, 32)}},
    {DKIM, V A D S H " bh=^" B64_64 ";" B, false, {AT(BH_LENGTH, 1, "AAA", NULL, 2, 64, 32)}},
    {DKIM,
     V " a=^rsa-sha1;" D S H " bh=^" SHA256 ";" B,
     false,
     {AT(A_SHA1, 1, "rsa-sha1"), AT(BH_LENGTH, 2, SHA256, NULL, 2, 32, 20)}},
    {DKIM, V " a=^x;" D S H " bh=AAAA;" B, false, {AT(A_UNKNOWN, 1, "x")}},

    /* c= */
    {DKIM, V A D S H BH " c=simple;" B, true, {{0}}},
    {DKIM, V A D S H BH " c=relaxed/relaxed;" B, true, {{0}}},
    {DKIM, V A D S H BH " c=^nowsp;" B, false, {AT(C_UNKNOWN, 1, "nowsp", "of the header")}},
    {DKIM,
     V A D S H BH " c=^Relaxed;" B,
     false,
     {AT(C_UNKNOWN, 1, "Relaxed", "of the header")}},
    {DKIM, V A D S H BH " c=^/simple;" B, false, {AT(C_UNKNOWN, 1, "", "of the header")}},
    {DKIM, V A D S H BH " c=^;" B, false, {AT(C_UNKNOWN, 1, "", "of the header")}},
    {DKIM, V A D S H BH " c=simple/^;" B, false, {AT(C_UNKNOWN, 1, "", "of the body")}},
    {DKIM,
     V A D S H BH " c=relaxed/^simple/simple;" B,
     false,
     {AT(C_UNKNOWN, 1, "simple/simple", "of the body")}},

    /* d= s= */
    {DKIM, V A " d=^localhost;" S H BH B, true, {AT(D_BAD, 1, "localhost", "one label only")}},
    {DKIM,
     V A " d=example.^.org;" S H BH B,
     true,
     {AT(D_BAD, 1, "example..org", "an empty label")}},
    {DKIM,
     V A " d=example.org.^;" S H BH B,
     true,
     {AT(D_BAD, 1, "example.org.", "an empty label")}},
    {DKIM, V A " d=^.org;" S H BH B, true, {AT(D_BAD, 1, ".org", "an empty label")}},
    {DKIM,
     V A " d=a^_b.example.org;" S H BH B,
     true,
     {AT(D_BAD, 1, "a_b.", "an octet that no label has")}},
    {DKIM,
     V A " d=example^ .org;" S H BH B,
     true,
     {AT(D_BAD, 1, "example .org", "an octet that no label has")}},
    {DKIM,
     V A " d=^-a.org;" S H BH B,
     true,
     {AT(D_BAD, 1, "-a.org", "a hyphen at the end of a label")}},
    {DKIM,
     V A " d=a^-.org;" S H BH B,
     true,
     {AT(D_BAD, 1, "a-.org", "a hyphen at the end of a label")}},
    {DKIM,
     V A " d=b\xc3\xbc"
         "cher.example; i=j\xc3\xb6rg@b\xc3\xbc"
         "cher.example;" S H BH B,
     true,
     {{0}}}, /* a matter of the header: test_dkim_header */
    {DKIM,
     V A " d=b^^\xfc"
         "cher.example;" S H BH B,
     true,
     {AT(D_BAD, 1, "b", "8-bit, and no UTF-8"),
      AT(TAG_SYNTAX, 2, NULL, "an octet that no value may have")}},
    {DKIM,
     V A " d=xn--bcher-kva.Example.ORG; i=@xn--BCHER-kva.example.org;" S H BH B,
     true,
     {{0}}},
    {DKIM, V A " d=1-2.3;" S H BH B, true, {{0}}},
    {DKIM, V A " d=" L63 ".org;" S H BH B, true, {{0}}},
    {DKIM,
     V A " d=" L63 "^A.org;" S H BH B,
     true,
     {AT(D_BAD, 1, L63, "a label over 63 octets")}},
    {DKIM, V A " d=" L63 "." L63 "." L63 "." A50 A10 "A;" S H BH B, true, {{0}}},
    {DKIM,
     V A " d=" L63 "." L63 "." L63 "." A50 A10 "A^A;" S H BH B,
     true,
     {AT(D_BAD, 1, L63, "over 253 octets")}},
    {DKIM, V A D " s=2026.s_1;" H BH B, true, {{0}}},
    {DKIM, V A D " s=a.^.b;" H BH B, true, {AT(S_BAD, 1, "a..b", "an empty label")}},
    {DKIM, V A D " s=a^/b;" H BH B, true, {AT(S_BAD, 1, "a/b", "an octet that no label has")}},
    {SEAL,
     I A CV " d=^org; s=^-;" B,
     false,
     {AT(D_BAD, 1, "org", "one label only"),
      AT(S_BAD, 2, "-", "a hyphen at the end of a label")}},
    {DK, " d=^org; s=sel; b=" B64_64, false, {PRESENT, AT(D_BAD, 1, "org", "one label only")}},

    {DKIM,
     V A " d=a^^\x7f.org;" S H BH B,
     true,
     {AT(D_BAD, 1, "a", "an octet that no label has"),
      AT(TAG_SYNTAX, 2, NULL, "an octet that no value may have")}},
    {DKIM, V A " d=az-AZ09.org;" S H BH B, true, {{0}}},
    /* i= */
    {DKIM, WHOLE "; i=user@example.org", true, {{0}}},
    {DKIM, WHOLE "; i=@sub.EXAMPLE.org", true, {{0}}},
    {DKIM,
     WHOLE "; i=\n a^=\"@x\"@exam\n ple.o\r\n\trg",
     true,
     {AT(TAG_SYNTAX, 1, "=\"@x", "i= is no quoted-printable")}},
    {DKIM, WHOLE "; i=\"a@b\"@exam\n ple.o\r\n\trg", true, {{0}}},
    {DKIM, WHOLE "; i=a=3Bb=40c@ex=61mple=2eorg", true, {{0}}},
    {DKIM, WHOLE "; i=a=40s.example.org", true, {{0}}},
    {DKIM, WHOLE "; i=a@^example.net", true, {AT(I_NOT_UNDER_D, 1, "example.net")}},
    {DKIM, WHOLE "; i=a@^badexample.org", true, {AT(I_NOT_UNDER_D, 1, "badexample.org")}},
    {DKIM, WHOLE "; i=a@^.example.org", true, {AT(I_NOT_UNDER_D, 1, ".example.org")}},
    {DKIM, WHOLE "; i=a@^xample.org", true, {AT(I_NOT_UNDER_D, 1, "xample.org")}},
    {DKIM, WHOLE "; i=@example.org@^example.net", true, {AT(I_NOT_UNDER_D, 1, "example.net")}},
    {DKIM, WHOLE "; i=a@^", true, {AT(I_NOT_UNDER_D, 1, "")}},
    {DKIM, WHOLE "; i=^", true, {AT(I_NOT_UNDER_D, 1, "", "no at sign")}},
    {DKIM, WHOLE "; i=^example.org", true, {AT(I_NOT_UNDER_D, 1, "example.org", "no at sign")}},
    {DKIM,
     WHOLE "; i=a^=4gb@example.org",
     true,
     {AT(TAG_SYNTAX, 1, "=4gb@", "i= is no quoted-printable")}},
    {DKIM,
     WHOLE "; i=a@^example.org^=4",
     true,
     {AT(TAG_SYNTAX, 2, "=4", "i= is no quoted-printable"),
      AT(I_NOT_UNDER_D, 1, "example.org=4")}},
    {DKIM, V A S H BH B "; i=a@example.net", true, {AT(TAG_MISSING, 0, NULL, "d= is missing")}},

    {DKIM, WHOLE "; i=a=0A@example.or=67", true, {{0}}},
    {DKIM,
     V A " d=^y;" S H BH B "; i=@^x",
     true,
     {AT(D_BAD, 1, "y", "one label only"), AT(I_NOT_UNDER_D, 2, "x")}},
    /* h= */
    {DKIM, V A D S " h=^to:subject;" BH B, true, {AT(H_NO_FROM, 1, "to:subject")}},
    {DKIM, V A D S " h=^x-from:from2;" BH B, true, {AT(H_NO_FROM, 1, "x-from")}},
    {DKIM, V A D S " h=FROM;" BH B, true, {{0}}},
    {DKIM,
     V A D S " h=^^;" BH B,
     true,
     {AT(TAG_EMPTY, 1, "", "h= is empty"), AT(H_EMPTY, 2, "")}},
    {AMS,
     I A D S " h=^^;" BH B,
     true,
     {AT(TAG_EMPTY, 1, "", "h= is empty"), AT(H_EMPTY, 2, "")}},
    {DKIM, V A D S " h=from:^:to;" BH B, true, {AT(H_SYNTAX, 1, "", "an empty element")}},
    {DKIM, V A D S " h=from:to:^;" BH B, true, {AT(H_SYNTAX, 1, "", "an empty element")}},
    {DKIM, V A D S " h=^:from;" BH B, true, {AT(H_SYNTAX, 1, "", "an empty element")}},
    {DKIM,
     V A D S " h=^^:;" BH B,
     true,
     {AT(H_SYNTAX, 1, "", "an empty element"), AT(H_NO_FROM, 2, ":")}},
    {DKIM,
     V A D S " h=from:my^ name;" BH B,
     true,
     {AT(H_SYNTAX, 1, "my name", "no field name")}},
    {DKIM,
     V A D S " h=from:my^\n name;" BH B,
     true,
     {AT(H_SYNTAX, 1, "my\n name", "no field name")}},
    {DKIM,
     V A D S " h=from\n\t:\n to^ x:;" BH B,
     true,
     {AT(H_SYNTAX, 1, "to x", "no field name")}},
    {DKIM, V A D S " h=from: x!#$%&'*+/=?`{|}. ;" BH B, true, {{0}}},
    {DKIM,
     V A D S " h=from:^DKIM-Signature;" BH B,
     true,
     {AT(H_DKIM_SIG, 1, "DKIM-Signature")}},
    {DKIM, V A D S " h=from:DKIM-Signatures;" BH B, true, {{0}}},
    {AMS, I A D S " h=from:DKIM-Signature;" BH B, true, {{0}}},
    {AMS, I A D S " h=^to;" BH B, true, {AT(H_NO_FROM, 1, "to")}},
    {DK, " d=example.org; s=sel; h=to; b=" B64_64, false, {PRESENT}},
    {DK, " d=example.org; s=sel; h=^; b=" B64_64, false, {PRESENT, AT(H_EMPTY, 1, "")}},
    {DK,
     " d=example.org; s=sel; h=a:^; b=" B64_64,
     false,
     {PRESENT, AT(H_SYNTAX, 1, "", "an empty element")}},
    {SEAL, I A CV D S " h=^from:to;" B, false, {AT(ARC_SEAL_H, 1, "from:to")}},
    {SEAL, I A CV D S " h=^;" B, false, {AT(ARC_SEAL_H, 1, "")}},

    /* l= */
    {DKIM, WHOLE "; l=^0", true, {AT(L_PRESENT, 1, "0", NULL, 1, 0)}},
    {AMS, I A D S H BH B "; l=^0012", true, {AT(L_PRESENT, 1, "0012", NULL, 1, 12)}},
    {DKIM,
     WHOLE "; l=^18446744073709551616",
     true,
     {AT(L_PRESENT, 1, "1844", NULL, 1, UINT64_MAX)}},
    {DKIM,
     WHOLE "; l=^"
           "9999999999999999999999999999999999999999999999999999999999999999999999999999",
     true,
     {AT(L_PRESENT, 1, "999", NULL, 1, UINT64_MAX)}},
    {DKIM,
     WHOLE "; l=^"
           "9999999999999999999999999999999999999999999999999999999999999999999999999999^9",
     false,
     {AT(L_PRESENT, 1, "999"), AT(L_SYNTAX, 2, "9", "too many digits")}},
    {DKIM,
     WHOLE "; l=^12^x",
     false,
     {AT(L_PRESENT, 1, "12x"), AT(L_SYNTAX, 2, "x", "not a number")}},
    {DKIM,
     WHOLE "; l=^^-1",
     false,
     {AT(L_PRESENT, 1, "-1"), AT(L_SYNTAX, 2, "-1", "not a number")}},
    {DKIM, WHOLE "; l=^^", false, {AT(L_PRESENT, 1, ""), AT(L_SYNTAX, 2, "", "not a number")}},
    {DKIM,
     WHOLE "; l=^1^ 2",
     false,
     {AT(L_PRESENT, 1, "1 2"), AT(L_SYNTAX, 2, " 2", "not a number")}},

    {DKIM,
     WHOLE "; l=^18446744073709551614",
     true,
     {AT(L_PRESENT, 1, "1844", NULL, 1, UINT64_MAX - 1)}},
    /* t= x= */
    {DKIM, WHOLE "; t=1800000300", true, {{0}}},
    {DKIM, WHOLE "; t=^1800000301", true, {AT(T_FUTURE, 1, "1800000301", NULL, 1, 1800000301)}},
    {SEAL,
     I A CV D S B "; t=^999999999999",
     false,
     {AT(T_FUTURE, 1, "9999", NULL, 1, UINT64_C(999999999999))}},
    {DKIM,
     WHOLE "; t=100000000000^0",
     true,
     {AT(TAG_SYNTAX, 1, "0", "t= is no number of at most 12 digits")}},
    {DKIM,
     WHOLE "; t=1^h; x=^0",
     true,
     {AT(TAG_SYNTAX, 1, "h", "t= is no number of at most 12 digits"),
      AT(X_PAST, 2, "0", NULL, 1, 0)}},
    {DKIM,
     WHOLE "; t=^",
     true,
     {AT(TAG_SYNTAX, 1, "", "t= is no number of at most 12 digits")}},
    {DKIM,
     WHOLE "; x=^soon",
     true,
     {AT(TAG_SYNTAX, 1, "soon", "x= is no number of at most 12 digits")}},
    {DKIM, WHOLE "; x=1799999700", true, {{0}}},
    {DKIM, WHOLE "; x=^1799999699", true, {AT(X_PAST, 1, "1799999699", NULL, 1, 1799999699)}},
    {DKIM, WHOLE "; t=1800000000; x=1800000001", true, {{0}}},
    {DKIM,
     WHOLE "; x=^1800000000; t=1800000000",
     true,
     {AT(X_LE_T, 1, "1800000000", NULL, 2, 1800000000, 1800000000)}},
    {AMS,
     I A D S H BH B "; t=1000; x=^^999",
     true,
     {AT(X_LE_T, 1, "999", NULL, 2, 999, 1000), AT(X_PAST, 2, "999", NULL, 1, 999)}},

    /* q= z= */
    {DKIM, WHOLE "; q=foo/bar : dns/txt:x", true, {{0}}},
    {DKIM, WHOLE "; q=dns", true, {{0}}},
    {DKIM, WHOLE "; q=^http", true, {AT(Q_UNKNOWN, 1, "http")}},
    {DKIM, WHOLE "; q=^dns/txt2:DNS/TXT", true, {AT(Q_UNKNOWN, 1, "dns/txt2")}},
    {DKIM, WHOLE "; q=^", true, {AT(Q_UNKNOWN, 1, "")}},
    {DKIM, WHOLE "; z=^From:a@example.org|To:b", true, {AT(Z_PRESENT, 1, "From:a")}},
    {DKIM, WHOLE "; z=^", true, {AT(Z_PRESENT, 1, "")}},
    {AMS, I A D S H BH B "; z=^To:b", true, {AT(Z_PRESENT, 1, "To:b")}},

    /* DomainKeys */
    {DK, " d=example.org; s=sel; q=^; b=" B64_64, false, {PRESENT, AT(DK_Q_EMPTY, 1, "")}},
    {DK,
     " d=example.org; s=sel; q=^http; b=" B64_64,
     false,
     {PRESENT, AT(DK_Q_EMPTY, 1, "http")}},
    {DK, " s=sel; b=" B64_64, false, {PRESENT, AT(DK_TAGS, 0, NULL, "d= is missing")}},
    {DK, " d=example.org; b=" B64_64, false, {PRESENT, AT(DK_TAGS, 0, NULL, "s= is missing")}},
    {DK, " d=example.org; s=sel;", false, {PRESENT, AT(DK_TAGS, 0, NULL, "b= is missing")}},
    {DK, " d=example.org; s=^; b=" B64_64, false, {PRESENT, AT(DK_TAGS, 1, "", "s= is empty")}},
    {DK, DKT "; x=soon; l=x; v=3", false, {PRESENT}},
    {DK,
     " a=^rsa-sha256; d=example.org; s=sel; b=" B64_64,
     false,
     {PRESENT, AT(DK_TAGS, 1, "rsa-sha256", "a= is not rsa-sha1")}},
    {DK,
     " c=^relaxed; d=example.org; s=sel; b=" B64_64,
     false,
     {PRESENT, AT(DK_TAGS, 1, "relaxed", "c= is neither simple nor nofws")}},
    {DK, " c=simple; d=example.org; s=sel; b=" B64_64, false, {PRESENT}},

    /* ARC instances */
    {AMS, " i=50;" A D S H BH B, true, {{0}}},
    {AMS, " i=01;" A D S H BH B, true, {{0}}},
    {AMS, " i=^51;" A D S H BH B, true, {AT(ARC_INSTANCE, 1, "51", "not 1 to 50")}},
    {AMS, " i=^0;" A D S H BH B, true, {AT(ARC_INSTANCE, 1, "0", "not 1 to 50")}},
    {AMS, " i=00^1;" A D S H BH B, true, {AT(ARC_INSTANCE, 1, "1", "too many digits")}},
    {AMS, " i=1^x;" A D S H BH B, true, {AT(ARC_INSTANCE, 1, "x", "not a number")}},
    {SEAL, " i=^;" A CV D S B, false, {AT(ARC_INSTANCE, 1, "", "i= is empty")}},
    {SEAL, A CV D S B, false, {AT(ARC_INSTANCE, 0, NULL, "i= is missing")}},

    /* the field as a whole */
    {DKIM,
     V A D S " h=from:^mime-version;" BH B,
     true,
     {AT(PIX_MIME_LISTED, 1, "mime-version")}},
    {DKIM,
     V A D S " h=from:\n ^Content-Transfer-Encoding;" BH B,
     true,
     {AT(PIX_MIME_LISTED, 1, "Content-Transfer-Encoding")}},
    {DKIM,
     WHOLE "; z=^From:a|^MIME-Version:1.0",
     true,
     {AT(Z_PRESENT, 1, "From"), AT(PIX_MIME_LISTED, 2, "MIME-Version")}},
    {DKIM, V A D S " h=from:X-MIME-Version:mime-version-x;" BH B, true, {{0}}},
    {DK,
     DKT "^,^MIME-Version",
     false,
     {PRESENT, AT(PIX_MIME_LISTED, 2, "MIME-Version"),
      AT(B_BAD64, 1, ",MIME", "a character that cannot be here")}},
    {DKIM, V A D S " h=From:" NAMES95 "A:B:C:D;" BH B, true, {{0}}},
    {DKIM,
     V A D S " h=^From:" NAMES95 "A:B:C:D:E;" BH B,
     true,
     {AT(SIG_LONG, 1, "From:A:", "names in h=", 2, 101, 100)}},
};
const size_t dkim_vector_count = sizeof dkim_vectors / sizeof dkim_vectors[0];

char *vector_value(const struct vector *v, size_t *len, size_t *marks)
{
    size_t octets = 0, mark = 0;
    for (const char *c = v->value; *c != '\0'; c++)
        octets += *c != '^';
    char *value = malloc(octets > 0 ? octets : 1);
    assert_non_null(value);
    *len = 0;
    for (const char *c = v->value; *c != '\0'; c++) {
        if (*c == '^')
            marks[mark++] = *len;
        else
            value[(*len)++] = *c == '~' ? '\0' : *c;
    }
    return value;
}
