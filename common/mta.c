/* mta - see mta.h. */
#include "mta.h"

#define LINE_LENGTH_LIMIT \
    2048 /* Postfix's; a line of that length may be the rest of a longer one */

static unsigned number(struct fx_slice *s)
{
    unsigned n = 0;
    while (s->len > 0 && fx_ascii_digit(s->ptr[0]) && n < 10000) {
        n = n * 10 + (unsigned)(s->ptr[0] - '0');
        *s = fx_slice_from(*s, 1);
    }
    return n;
}

struct fx_mta fx_mta_parse(struct fx_slice v)
{
    static const struct fx_slice postfix = FX_LIT("Postfix ");
    struct fx_mta mta = {FX_MTA_UNKNOWN, 0, 0};
    struct fx_slice rest = v;

    if (fx_slice_starts_nocase(v, postfix)) {
        mta.kind = FX_MTA_POSTFIX;
        rest = fx_slice_from(v, postfix.len);
    } else if (v.len > 0 && fx_ascii_digit(v.ptr[0])) {
        mta.kind = FX_MTA_SENDMAIL;
    } else {
        return mta;
    }
    mta.major = number(&rest);
    if (rest.len > 0 && rest.ptr[0] == '.') {
        rest = fx_slice_from(rest, 1);
        mta.minor = number(&rest);
    }
    return mta;
}

/* The version in which Postfix changed how it treats unknown commands. */
static bool postfix_3_10(const struct fx_mta *mta)
{
    return mta->kind == FX_MTA_POSTFIX &&
           (mta->major > 3 || (mta->major == 3 && mta->minor >= 10));
}

enum fx_answer fx_mta_unknown_text(const struct fx_mta *mta)
{
    if (mta->kind == FX_MTA_UNKNOWN)
        return FX_UNKNOWN;
    return postfix_3_10(mta) ? FX_NO : FX_YES;
}

enum fx_answer fx_mta_whole_line(const struct fx_mta *mta, size_t octets)
{
    if (mta->kind == FX_MTA_SENDMAIL)
        return FX_YES;
    if (octets >= LINE_LENGTH_LIMIT)
        return FX_NO;
    if (mta->kind == FX_MTA_UNKNOWN)
        return FX_UNKNOWN;
    return postfix_3_10(mta) ? FX_YES : FX_NO;
}

enum fx_answer fx_mta_adds_fields(const struct fx_mta *mta)
{
    if (mta->kind == FX_MTA_UNKNOWN)
        return FX_UNKNOWN;
    return mta->kind == FX_MTA_SENDMAIL ? FX_NO : FX_YES;
}
