/* mtaconf_postfix - main.cf for a profile; parameters by postconf(5), behaviour as tried with
 * Postfix 3.7. */
#include "mtaconf_parts.h"

#define TABLE_NAME "fixup-commands.pcre"
#define USUAL_DIRECTORY "/etc/postfix"

/* The keywords that Postfix can show and smtpd_discard_ehlo_keywords knows, and what taking one
 * away does besides, or leaves. */
static const struct keyword {
    enum fx_extension ext;
    const char *besides;
} keywords[] = {
    {FX_EXT_PIPELINING,
     "PIPELINING: after EHLO Postfix takes pipelined commands all the same."},
    {FX_EXT_SIZE, "SIZE: the parameter of MAIL is still taken."},
    {FX_EXT_VRFY, NULL},
    {FX_EXT_ETRN, NULL},
    {FX_EXT_STARTTLS, "STARTTLS: the command gets 502 as well."},
    {FX_EXT_AUTH, "AUTH: the command gets 503 as well."},
    {FX_EXT_ENHANCEDSTATUSCODES, "ENHANCEDSTATUSCODES: replies have these codes all the same."},
    {FX_EXT_8BITMIME, "8BITMIME: the parameter BODY is still taken."},
    {FX_EXT_DSN, "DSN: NOTIFY, ORCPT, RET and ENVID get 501 as well."},
    {FX_EXT_SMTPUTF8, "SMTPUTF8: the parameter of MAIL gets 555 as well."},
    {FX_EXT_CHUNKING, "CHUNKING: BDAT gets 521, and the connection is closed."},
    {FX_EXT_XCLIENT, NULL},
    {FX_EXT_XFORWARD, NULL},
};
#define KEYWORDS (sizeof keywords / sizeof keywords[0])

static const char *const why[FX_RULE_COUNT] = {
    [FX_RULE_VERB_NOT_ALLOWED] = "",
    [FX_RULE_VERB_TOO_SHORT] = "",
    [FX_RULE_EXTENSION_NOT_ALLOWED] = "",
    [FX_RULE_RECIPIENT_COUNT] = "",
    [FX_RULE_COMMAND_LINE_LENGTH] =
        "line_length_limit would split the lines of messages, too; fixup-milter in enforce "
        "answers for it.",
    [FX_RULE_COMMAND_PIPELINING] = FX_MTACONF_NOT_TOLD,
    [FX_RULE_COMMAND_TERMINATOR] = FX_MTACONF_NOT_TOLD,
    [FX_RULE_ADDRESS_CHARACTER] = "no setting replaces a character of an address.",
    [FX_RULE_HEADER_LINE_LENGTH] =
        "header_size_limit counts whole fields, and cuts them off; fixup-milter in enforce "
        "answers for it.",
};

static void add_lower(struct fx_text *out, const char *s)
{
    for (; *s != '\0'; s++)
        fx_text_add_char(out, fx_ascii_lower(*s));
}

/* main.cf takes "$name" for a parameter, and "$$" for a dollar. */
static void add_value(struct fx_text *out, struct fx_slice value)
{
    for (size_t i = 0; i < value.len; i++) {
        fx_text_add_char(out, value.ptr[i]);
        if (value.ptr[i] == '$')
            fx_text_add_char(out, '$');
    }
}

static void put(const struct fx_mtaconf_out *o, const char *name, struct fx_slice value)
{
    fx_text_add_str(o->text, name);
    fx_text_add_str(o->text, " = ");
    add_value(o->text, value);
    fx_text_add_char(o->text, '\n');
}

static bool rewritten(const struct fx_mtaconf_out *o, enum fx_verb verb)
{
    return fx_mtaconf_on_verb(o->wanted->profile, verb) != FX_ACTION_NONE;
}

static void banner(const struct fx_mtaconf_out *o)
{
    const struct fx_profile *p = o->wanted->profile;
    char masked[512];
    struct fx_text t;
    fx_text_init_fixed(&t, masked, sizeof masked);
    struct fx_slice text = fx_mtaconf_banner(o->wanted, "mail.example.org ESMTP Postfix", &t);
    if (!fx_slice_told(text))
        return;
    fx_mtaconf_gap(o);
    fx_mtaconf_reason(o, "banner", fx_banner_name(p->banner.style), &p->banner.from);
    fx_mtaconf_say(o, "The mask over a greeting of Postfix; option --banner names another. The "
                      "220 before it, and the replies to HELO and EHLO, cannot be set.");
    put(o, "smtpd_banner", text);
}

static void discard(const struct fx_mtaconf_out *o)
{
    const struct fx_profile *p = o->wanted->profile;
    bool any = false;
    for (size_t i = 0; i < KEYWORDS; i++)
        any = any || fx_mtaconf_hidden(p, keywords[i].ext);
    if (!any)
        return;
    fx_mtaconf_gap(o);
    fx_mtaconf_reason(o, "extensions", "all others are hidden", &p->extensions.from);
    if (fx_mtaconf_counts(&p->ehlo_reply.from))
        fx_mtaconf_reason(o, "ehlo_reply", fx_ehlo_reply_name(p->ehlo_reply.style),
                          &p->ehlo_reply.from);
    if (rewritten(o, FX_VERB_EHLO)) {
        fx_mtaconf_say(o,
                       "EHLO itself is rewritten below, and so no keyword is shown: there is "
                       "nothing to discard.");
        return;
    }
    if (p->ehlo_reply.style == FX_EHLO_REPLY_X)
        fx_mtaconf_say(o, "Postfix leaves keywords out; it cannot print XXXXXXXA in place of "
                          "them.");
    fx_mtaconf_say(o, "What else it does, and does not:");
    for (size_t i = 0; i < KEYWORDS; i++)
        if (keywords[i].besides != NULL && fx_mtaconf_hidden(p, keywords[i].ext))
            fx_mtaconf_say(o, keywords[i].besides);
    fx_text_add_str(o->text, "smtpd_discard_ehlo_keywords = ");
    for (size_t i = 0; i < KEYWORDS; i++) {
        if (!fx_mtaconf_hidden(p, keywords[i].ext))
            continue;
        add_lower(o->text, fx_extension_name(keywords[i].ext));
        fx_text_add_str(o->text, ", ");
    }
    fx_text_add_str(o->text, "silent-discard\n");
}

/* Settings that take one command away. The table does so already; these hold without it, and
 * take the keyword out of the EHLO reply. */
static void commands(const struct fx_mtaconf_out *o)
{
    static const struct {
        enum fx_verb verb;
        const char *name, *value;
    } settings[] = {
        {FX_VERB_STARTTLS, "smtpd_tls_security_level", "none"},
        {FX_VERB_AUTH, "smtpd_sasl_auth_enable", "no"},
        {FX_VERB_VRFY, "disable_vrfy_command", "yes"},
    };
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        if (!rewritten(o, settings[i].verb))
            continue;
        fx_mtaconf_gap(o);
        fx_mtaconf_reason_verb(o, settings[i].verb);
        put(o, settings[i].name, fx_slice_str(settings[i].value));
    }
}

static void recipients(const struct fx_mtaconf_out *o)
{
    const struct fx_rule_setting *s = &o->wanted->profile->rule[FX_RULE_RECIPIENT_COUNT];
    bool defers = s->action == FX_ACTION_TRUNCATE &&
                  (s->overflow == FX_OVERFLOW_NONE || s->overflow == FX_OVERFLOW_DEFER);
    if (!fx_mtaconf_acts(o->wanted->profile, FX_RULE_RECIPIENT_COUNT) || !s->has_limit)
        return;
    fx_mtaconf_gap(o);
    fx_mtaconf_reason_rule(o, FX_RULE_RECIPIENT_COUNT);
    if (s->action == FX_ACTION_TRUNCATE && s->overflow == FX_OVERFLOW_LOSE) {
        fx_mtaconf_say(o, "Postfix has no setting that accepts a recipient and loses it; "
                          "fixup-milter in enforce does.");
        return;
    }
    if (!defers)
        fx_mtaconf_say(o, "Postfix knows one answer only, 452 4.5.3, and the session goes on.");
    fx_mtaconf_say(o, "Leave this line out where fixup-milter enforces the rule: Postfix does "
                      "not show a milter a recipient that it refuses by itself.");
    fx_text_add_str(o->text, "smtpd_recipient_limit = ");
    fx_text_add_u64(o->text, s->limit);
    fx_text_add_char(o->text, '\n');
}

static void pipelining(const struct fx_mtaconf_out *o)
{
    const struct fx_profile *p = o->wanted->profile;
    if (!fx_mtaconf_hidden(p, FX_EXT_PIPELINING))
        return;
    fx_mtaconf_gap(o);
    fx_mtaconf_reason(o, "extensions", "PIPELINING is not shown", &p->extensions.from);
    fx_mtaconf_say(o, "A client must wait for each reply then; one that does not gets 554, and "
                      "the connection is closed. The firewall is not known to do that itself. "
                      "Known from Postfix 3.5.20, 3.6.10, 3.7.6 and "
                      "3.8.1 on; an older one warns of it, and goes on without.");
    put(o, "smtpd_forbid_unauth_pipelining", FX_LIT("yes"));
    fx_mtaconf_gap(o);
    fx_mtaconf_say(o, "The same for what is sent behind DATA; any version.");
    put(o, "smtpd_data_restrictions", FX_LIT("reject_unauth_pipelining"));
}

static void filter(const struct fx_mtaconf_out *o)
{
    const struct fx_mtaconf *w = o->wanted;
    struct fx_slice directory =
        fx_slice_told(w->directory) ? w->directory : FX_LIT(USUAL_DIRECTORY);
    fx_mtaconf_gap(o);
    fx_mtaconf_reason(o, "verbs", "others are rewritten", &w->profile->verbs.from);
    if (fx_mtaconf_rewriting(w->profile, FX_RULE_VERB_NOT_ALLOWED) != FX_ACTION_NONE)
        fx_mtaconf_reason_rule(o, FX_RULE_VERB_NOT_ALLOWED);
    if (fx_mtaconf_rewriting(w->profile, FX_RULE_VERB_TOO_SHORT) != FX_ACTION_NONE)
        fx_mtaconf_reason_rule(o, FX_RULE_VERB_TOO_SHORT);
    if (fx_mtaconf_counts(&w->profile->tls_ends_inspection.from) &&
        w->profile->tls_ends_inspection.on)
        fx_mtaconf_say(o, "The firewall looks no further once TLS is on; the table applies "
                          "inside TLS as well.");
    fx_mtaconf_say(o,
                   "The running fixup-milter can be asked in place of the table; it needs "
                   "command_filter : { listen = \"inet:8896@127.0.0.1\"; }; and mode enforce, "
                   "and here: smtpd_command_filter = socketmap:inet:127.0.0.1:8896:verbs");
    fx_text_add_str(o->text, "smtpd_command_filter = pcre:");
    add_value(o->text, directory);
    fx_text_add_str(o->text, "/" TABLE_NAME "\n");
}

void fx_mtaconf_postfix(const struct fx_mtaconf *wanted, struct fx_mtaconf_file *files)
{
    const struct fx_mtaconf_out main_cf = {&files[0].text, wanted, "#"};
    const struct fx_mtaconf_out table = {&files[1].text, wanted, "#"};

    files[0].name = "fixup-main.cf";
    files[0].comment = "#";
    files[0].use = "to be added to main.cf";
    files[1].name = TABLE_NAME;
    files[1].comment = "#";
    files[1].use = "a file of its own, " USUAL_DIRECTORY "/" TABLE_NAME;
    fx_mtaconf_table(&table);
    fx_mtaconf_head(&main_cf,
                    "To be added at the end of main.cf, where a later value takes the "
                    "place of an earlier one, in place of the lines for another profile; "
                    "then: postfix reload");
    banner(&main_cf);
    discard(&main_cf);
    commands(&main_cf);
    recipients(&main_cf);
    pipelining(&main_cf);
    if (files[1].text.len > 0)
        filter(&main_cf);
    fx_mtaconf_rest(&main_cf, why);
}
