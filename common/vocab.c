/* vocab - see vocab.h. The tables are in the order of the enums; a unit test reads them. */
#include "vocab.h"

struct word {
    const char *name, *document;
};

static const struct word verbs[FX_VERB_COUNT] = {
    [FX_VERB_UNKNOWN] = {"", ""},
    [FX_VERB_ATRN] = {"ATRN", "RFC 2645"},
    [FX_VERB_AUTH] = {"AUTH", "RFC 4954"},
    [FX_VERB_BDAT] = {"BDAT", "RFC 3030"},
    [FX_VERB_BURL] = {"BURL", "RFC 4468"},
    [FX_VERB_DATA] = {"DATA", "RFC 5321"},
    [FX_VERB_DEBUG] = {"DEBUG", "sendmail, historic"},
    [FX_VERB_EHLO] = {"EHLO", "RFC 5321"},
    [FX_VERB_ETRN] = {"ETRN", "RFC 1985"},
    [FX_VERB_EXPN] = {"EXPN", "RFC 5321"},
    [FX_VERB_HELO] = {"HELO", "RFC 5321"},
    [FX_VERB_HELP] = {"HELP", "RFC 5321"},
    [FX_VERB_KILL] = {"KILL", "sendmail, historic"},
    [FX_VERB_LHLO] = {"LHLO", "RFC 2033"},
    [FX_VERB_MAIL] = {"MAIL", "RFC 5321"},
    [FX_VERB_NOOP] = {"NOOP", "RFC 5321"},
    [FX_VERB_ONEX] = {"ONEX", "sendmail"},
    [FX_VERB_QUIT] = {"QUIT", "RFC 5321"},
    [FX_VERB_RCPT] = {"RCPT", "RFC 5321"},
    [FX_VERB_RSET] = {"RSET", "RFC 5321"},
    [FX_VERB_SAML] = {"SAML", "RFC 821"},
    [FX_VERB_SEND] = {"SEND", "RFC 821"},
    [FX_VERB_SOML] = {"SOML", "RFC 821"},
    [FX_VERB_STARTTLS] = {"STARTTLS", "RFC 3207"},
    [FX_VERB_TURN] = {"TURN", "RFC 821"},
    [FX_VERB_VERB] = {"VERB", "sendmail"},
    [FX_VERB_VRFY] = {"VRFY", "RFC 5321"},
    [FX_VERB_WIZ] = {"WIZ", "sendmail, historic"},
    [FX_VERB_X_EXPS] = {"X-EXPS", "Microsoft Exchange"},
    [FX_VERB_X_LINK2STATE] = {"X-LINK2STATE", "Microsoft Exchange"},
    [FX_VERB_XCLIENT] = {"XCLIENT", "Postfix"},
    [FX_VERB_XEXCH50] = {"XEXCH50", "Microsoft Exchange"},
    [FX_VERB_XFORWARD] = {"XFORWARD", "Postfix"},
};

static const struct word extensions[FX_EXT_COUNT] = {
    [FX_EXT_UNKNOWN] = {"", ""},
    [FX_EXT_8BITMIME] = {"8BITMIME", "RFC 6152"},
    [FX_EXT_ATRN] = {"ATRN", "RFC 2645"},
    [FX_EXT_AUTH] = {"AUTH", "RFC 4954"},
    [FX_EXT_BINARYMIME] = {"BINARYMIME", "RFC 3030"},
    [FX_EXT_BURL] = {"BURL", "RFC 4468"},
    [FX_EXT_CHECKPOINT] = {"CHECKPOINT", "RFC 1845"},
    [FX_EXT_CHUNKING] = {"CHUNKING", "RFC 3030"},
    [FX_EXT_CONNEG] = {"CONNEG", "RFC 4141"},
    [FX_EXT_CONPERM] = {"CONPERM", "RFC 4141"},
    [FX_EXT_DELIVERBY] = {"DELIVERBY", "RFC 2852"},
    [FX_EXT_DSN] = {"DSN", "RFC 3461"},
    [FX_EXT_ENHANCEDSTATUSCODES] = {"ENHANCEDSTATUSCODES", "RFC 2034"},
    [FX_EXT_ETRN] = {"ETRN", "RFC 1985"},
    [FX_EXT_EXPN] = {"EXPN", "RFC 5321"},
    [FX_EXT_FUTURERELEASE] = {"FUTURERELEASE", "RFC 4865"},
    [FX_EXT_HELP] = {"HELP", "RFC 5321"},
    [FX_EXT_LIMITS] = {"LIMITS", "RFC 9422"},
    [FX_EXT_MT_PRIORITY] = {"MT-PRIORITY", "RFC 6710"},
    [FX_EXT_MTRK] = {"MTRK", "RFC 3885"},
    [FX_EXT_NO_SOLICITING] = {"NO-SOLICITING", "RFC 3865"},
    [FX_EXT_PIPELINING] = {"PIPELINING", "RFC 2920"},
    [FX_EXT_REQUIRETLS] = {"REQUIRETLS", "RFC 8689"},
    [FX_EXT_RRVS] = {"RRVS", "RFC 7293"},
    [FX_EXT_SIZE] = {"SIZE", "RFC 1870"},
    [FX_EXT_SMTPUTF8] = {"SMTPUTF8", "RFC 6531"},
    [FX_EXT_STARTTLS] = {"STARTTLS", "RFC 3207"},
    [FX_EXT_SUBMITTER] = {"SUBMITTER", "RFC 4405"},
    [FX_EXT_TURN] = {"TURN", "RFC 821"},
    [FX_EXT_UTF8SMTP] = {"UTF8SMTP", "RFC 5336"},
    [FX_EXT_VRFY] = {"VRFY", "RFC 5321"},
    [FX_EXT_X_EXPS] = {"X-EXPS", "Microsoft Exchange"},
    [FX_EXT_X_LINK2STATE] = {"X-LINK2STATE", "Microsoft Exchange"},
    [FX_EXT_XCLIENT] = {"XCLIENT", "Postfix"},
    [FX_EXT_XEXCH50] = {"XEXCH50", "Microsoft Exchange"},
    [FX_EXT_XFORWARD] = {"XFORWARD", "Postfix"},
};

/* BODY stands here for its 8BITMIME meaning; fx_parameter_extension looks at its value. */
static const struct parameter {
    const char *keyword;
    enum fx_extension ext;
    const char *document;
    bool on_mail, on_rcpt;
} parameters[] = {
    {"ALT-ADDRESS", FX_EXT_UTF8SMTP, "RFC 5336", true, true},
    {"AUTH", FX_EXT_AUTH, "RFC 4954", true, false},
    {"BODY", FX_EXT_8BITMIME, "RFC 6152", true, false},
    {"BY", FX_EXT_DELIVERBY, "RFC 2852", true, false},
    {"CONNEG", FX_EXT_CONNEG, "RFC 4141", false, true},
    {"CONPERM", FX_EXT_CONPERM, "RFC 4141", true, false},
    {"ENVID", FX_EXT_DSN, "RFC 3461", true, false},
    {"HOLDFOR", FX_EXT_FUTURERELEASE, "RFC 4865", true, false},
    {"HOLDUNTIL", FX_EXT_FUTURERELEASE, "RFC 4865", true, false},
    {"MT-PRIORITY", FX_EXT_MT_PRIORITY, "RFC 6710", true, false},
    {"MTRK", FX_EXT_MTRK, "RFC 3885", true, false},
    {"NOTIFY", FX_EXT_DSN, "RFC 3461", false, true},
    {"ORCPT", FX_EXT_DSN, "RFC 3461", false, true},
    {"REQUIRETLS", FX_EXT_REQUIRETLS, "RFC 8689", true, false},
    {"RET", FX_EXT_DSN, "RFC 3461", true, false},
    {"RRVS", FX_EXT_RRVS, "RFC 7293", false, true},
    {"SIZE", FX_EXT_SIZE, "RFC 1870", true, false},
    {"SMTPUTF8", FX_EXT_SMTPUTF8, "RFC 6531", true, false},
    {"SOLICIT", FX_EXT_NO_SOLICITING, "RFC 3865", true, false},
    {"SUBMITTER", FX_EXT_SUBMITTER, "RFC 4405", true, false},
    {"TRANSID", FX_EXT_CHECKPOINT, "RFC 1845", true, false},
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static size_t find_word(const struct word *table, size_t count, struct fx_slice name)
{
    if (name.len == 0)
        return 0;
    for (size_t i = 1; i < count; i++)
        if (fx_slice_eq_nocase(name, fx_slice_str(table[i].name)))
            return i;
    return 0;
}

enum fx_verb fx_verb_find(struct fx_slice name)
{
    return (enum fx_verb)find_word(verbs, COUNT(verbs), name);
}

enum fx_extension fx_extension_find(struct fx_slice name)
{
    return (enum fx_extension)find_word(extensions, COUNT(extensions), name);
}

const char *fx_verb_name(enum fx_verb verb)
{
    return verb < FX_VERB_COUNT ? verbs[verb].name : "";
}

const char *fx_verb_document(enum fx_verb verb)
{
    return verb < FX_VERB_COUNT ? verbs[verb].document : "";
}

const char *fx_extension_name(enum fx_extension ext)
{
    return ext < FX_EXT_COUNT ? extensions[ext].name : "";
}

const char *fx_extension_document(enum fx_extension ext)
{
    return ext < FX_EXT_COUNT ? extensions[ext].document : "";
}

struct fx_slice fx_parameter_keyword(struct fx_slice parameter)
{
    return fx_slice_first(parameter, fx_slice_find(parameter, '='));
}

struct fx_slice fx_parameter_value(struct fx_slice parameter)
{
    size_t at = fx_slice_find(parameter, '=');
    return at == parameter.len ? FX_ABSENT : fx_slice_from(parameter, at + 1);
}

enum fx_extension fx_parameter_extension(struct fx_slice parameter, bool on_rcpt)
{
    struct fx_slice keyword = fx_parameter_keyword(parameter);
    for (size_t i = 0; i < COUNT(parameters); i++) {
        const struct parameter *p = &parameters[i];
        if (!(on_rcpt ? p->on_rcpt : p->on_mail) ||
            !fx_slice_eq_nocase(keyword, fx_slice_str(p->keyword)))
            continue;
        if (fx_slice_eq_nocase(keyword, FX_LIT("BODY")) &&
            fx_slice_eq_nocase(fx_parameter_value(parameter), FX_LIT("BINARYMIME")))
            return FX_EXT_BINARYMIME;
        return p->ext;
    }
    return FX_EXT_UNKNOWN;
}

bool fx_parameter_entry(size_t n, const char **keyword, enum fx_extension *ext,
                        const char **document, bool *on_mail, bool *on_rcpt)
{
    if (n >= COUNT(parameters))
        return false;
    *keyword = parameters[n].keyword;
    *ext = parameters[n].ext;
    *document = parameters[n].document;
    *on_mail = parameters[n].on_mail;
    *on_rcpt = parameters[n].on_rcpt;
    return true;
}
