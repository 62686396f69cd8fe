/* limit - see limit.h. */
#include "limit.h"

#include "field_names.h"
#include "mime.h"
#include "mime_param.h"
#include "record.h"
#include "session.h"
#include "vocab.h"

#define SETTING(id) .setting = FX_SETTING_##id
#define CONSTANT(number, what) .setting = FX_SETTING_COUNT, .constant = (number), .name = (what)

static const struct fx_limit_row rows[FX_LIMIT_COUNT] = {
    [FX_LIMIT_FINDINGS] = {SETTING(LIMITS_FINDINGS), .told = FX_TOLD_SESSION,
                           .beyond = "counted, not listed"},
    [FX_LIMIT_EVIDENCE] = {SETTING(LIMITS_EVIDENCE), .told = FX_TOLD_SESSION,
                           .beyond = "cut in this record"},
    [FX_LIMIT_RECIPIENTS] = {SETTING(LIMITS_RECIPIENTS), .beyond = "counted, not listed"},
    [FX_LIMIT_SIGNATURES] = {SETTING(LIMITS_SIGNATURES), .unjudged = true,
                             .beyond = "signatures counted, not looked at"},
    [FX_LIMIT_ADDRESS] = {SETTING(LIMITS_ADDRESS), .told = FX_TOLD_SESSION,
                          .beyond = "cut in this record"},
    [FX_LIMIT_CONNECTIONS] = {SETTING(LIMITS_CONNECTIONS), .told = FX_TOLD_SESSION,
                              .unjudged = true, .beyond = "nothing of this session is judged"},
    [FX_LIMIT_HEADER_FIELDS] = {SETTING(LIMITS_HEADER_FIELDS), .unjudged = true,
                                .beyond = "signatures and file names in further fields not "
                                          "looked at"},
    [FX_LIMIT_HEADER_OCTETS] = {SETTING(LIMITS_HEADER_OCTETS), .unjudged = true,
                                .beyond = "signatures and file names in further fields not "
                                          "looked at"},
    [FX_LIMIT_LINE] = {SETTING(LIMITS_LINE), .told = FX_TOLD_SESSION, .unjudged = true,
                       .beyond = "the rest of the line or field not looked at"},
    [FX_LIMIT_PARAMETERS] = {SETTING(LIMITS_PARAMETERS), .unjudged = true,
                             .beyond = "further parameters not looked at"},
    [FX_LIMIT_COMMAND_FILTER_CONNECTIONS] = {SETTING(LIMITS_COMMAND_FILTER_CONNECTIONS),
                                             .told = FX_TOLD_SYSLOG,
                                             .beyond = "refused where none is idle"},
    [FX_LIMIT_STATE_ENTRIES] = {SETTING(LIMITS_STATE_ENTRIES), .told = FX_TOLD_LATER,
                                .unjudged = true, .beyond = "the value due first was given up"},
    [FX_LIMIT_MAX_HELD] = {SETTING(SIMULATE_END_OF_DATA_MAX_HELD),
                           .beyond = "answered, not held"},
    [FX_LIMIT_FOLLOWED] = {CONSTANT(FX_MARKS_MAX, "recipients followed"), .unjudged = true,
                           .beyond = "what becomes of further ones is not told"},
    [FX_LIMIT_LOST] = {CONSTANT(FX_LOST_MAX, "recipients taken out"),
                       .beyond = "further ones are not lost"},
    [FX_LIMIT_POLICY_FIELDS] = {CONSTANT(FX_POLICY_FIELDS_MAX, "policy fields"),
                                .beyond = "the message is refused in tag mode"},
    [FX_LIMIT_FIELD_NAMES] = {CONSTANT(FX_FIELD_NAMES_MAX, "field names"), .unjudged = true,
                              .beyond = "h= is not compared with the header"},
    [FX_LIMIT_SIGNATURE_OCTETS] = {CONSTANT(FX_SIGNATURE_FIELDS_OCTETS, "octets of signatures"),
                                   .unjudged = true,
                                   .beyond = "signatures counted, not looked at"},
    [FX_LIMIT_FILE_NAMES] = {CONSTANT(FX_FILE_NAMES_MAX, "file names"), .unjudged = true,
                             .beyond = "further ones in the same 64 kB not looked at"},
    [FX_LIMIT_MIME_FIELD] = {CONSTANT(FX_MIME_FIELD_MAX, "octets of a field of a part"),
                             .unjudged = true, .beyond = "the rest of the field not looked at"},
    [FX_LIMIT_MIME_PARAMETER] = {CONSTANT(FX_MIME_SECTIONS, "sections of a parameter"),
                                 .unjudged = true, .beyond = "longer than observed"},
    [FX_LIMIT_MIME_DEPTH] = {CONSTANT(FX_MIME_DEPTH_MAX, "multiparts within each other"),
                             .unjudged = true, .beyond = "parts behind them not looked at"},
    [FX_LIMIT_RECORD] = {CONSTANT(FX_RECORD_MAX, "octets of a record"),
                         .beyond = "counted, not listed"},
};

const struct fx_limit_row *fx_limit_row(enum fx_limit limit)
{
    return limit < FX_LIMIT_COUNT ? &rows[limit] : NULL;
}

void fx_limit_name(enum fx_limit limit, struct fx_text *t)
{
    const struct fx_limit_row *row = &rows[limit];
    if (row->setting != FX_SETTING_COUNT) {
        fx_text_add_str(t, fx_settings_row(row->setting)->name);
        return;
    }
    fx_text_add_u64(t, row->constant);
    fx_text_add_char(t, ' ');
    fx_text_add_str(t, row->name);
}

void fx_over_note(struct fx_over *over, enum fx_limit limit, enum fx_stage stage,
                  uint64_t observed)
{
    _Static_assert(FX_LIMIT_COUNT <= 64, "a bit for each limit");
    if ((over->which & FX_BIT(limit)) == 0)
        over->stage[limit] = (unsigned char)stage;
    over->which |= FX_BIT(limit);
    if (over->observed[limit] < observed)
        over->observed[limit] = observed;
}
