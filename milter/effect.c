/* effect - see effect.h. */
#include "effect.h"

#include "say.h"

#include <string.h>

/* libmilter's header calls take char *, and change nothing. */
static char *loose(const char *s)
{
    return (char *)(uintptr_t)s;
}

sfsistat effect_failure(enum fx_failure on_error)
{
    switch (on_error) {
    case FX_FAILURE_ACCEPT:
        return SMFIS_ACCEPT;
    case FX_FAILURE_REJECT:
        return SMFIS_REJECT;
    default:
        return SMFIS_TEMPFAIL;
    }
}

/* smfi_setreply reads '%' as the start of a format. */
static bool set_reply(SMFICTX *ctx, const struct fx_reply *reply)
{
    char code[4], text[2 * FX_REPLY_TEXT + 1];
    size_t n = 0;
    for (const char *p = reply->text; *p != '\0'; p++) {
        text[n++] = *p;
        if (*p == '%')
            text[n++] = '%';
    }
    text[n] = '\0';
    code[0] = (char)('0' + reply->code / 100 % 10);
    code[1] = (char)('0' + reply->code / 10 % 10);
    code[2] = (char)('0' + reply->code % 10);
    code[3] = '\0';
    return smfi_setreply(ctx, code, loose(reply->xcode), text) == MI_SUCCESS;
}

/* Each deletion renumbers the fields that follow, so the last forged one goes first. */
static bool write_tag(SMFICTX *ctx, const struct fx_decision *decision, bool leading_blank)
{
    char value[4098] = " ";
    char *text = value + (leading_blank ? 1 : 0);
    struct fx_slice v = fx_slice_first(decision->tag_value, sizeof value - 2);
    if (v.len > 0)
        memcpy(text, v.ptr, v.len);
    text[v.len] = '\0';
    for (uint64_t i = decision->forged; i > 0; i--)
        if (smfi_chgheader(ctx, loose(FX_TAG_FIELD), (int)i, NULL) != MI_SUCCESS)
            return false;
    return smfi_insheader(ctx, 0, loose(FX_TAG_FIELD), value) == MI_SUCCESS;
}

static bool take_out(SMFICTX *ctx, const struct fx_decision *decision)
{
    char path[8192];
    for (size_t i = 0; i < decision->lost_count; i++) {
        struct fx_slice address = fx_kept_slice(&decision->lost[i]);
        if (address.len > sizeof path - 3)
            return false;
        path[0] = '<';
        memcpy(path + 1, address.ptr, address.len);
        path[address.len + 1] = '>';
        path[address.len + 2] = '\0';
        if (smfi_delrcpt(ctx, path) != MI_SUCCESS)
            return false;
    }
    return true;
}

sfsistat effect_apply(SMFICTX *ctx, const struct fx_decision *decision, bool leading_blank,
                      enum fx_failure on_error)
{
    if (decision->tag && !write_tag(ctx, decision, leading_blank)) {
        say(LOG_ERR, "the MTA does not let the field %s be written", FX_TAG_FIELD);
        return effect_failure(on_error);
    }
    if (!take_out(ctx, decision)) {
        say(LOG_ERR, "the MTA does not let recipients be taken out");
        return effect_failure(on_error);
    }
    if (decision->what == FX_DO_CONTINUE)
        return decision->enough ? SMFIS_ACCEPT : SMFIS_CONTINUE;
    if (decision->reply != NULL && !set_reply(ctx, decision->reply))
        say(LOG_ERR, "the reply code %u is not accepted by libmilter", decision->reply->code);
    return decision->what == FX_DO_REJECT ? SMFIS_REJECT : SMFIS_TEMPFAIL;
}
