/* mtaconf_sendmail - lines of sendmail.mc and of the access map that come nearest to a profile;
 * options by Sendmail's cf/README, behaviour as tried with Sendmail 8.17 and 8.18.
 *
 * Values given to m4 are fixed words, numbers and masked banners; text of a profile stands
 * behind "dnl" only, which takes away the rest of its line unread. */
#include "mtaconf_parts.h"

/* How a keyword is taken out of the EHLO reply: by a letter of srv_features, or else as
 * `besides` says. */
static const struct keyword {
    enum fx_extension ext;
    char feature;        /* 0: none */
    const char *besides; /* a comment, NULL: none */
} keywords[] = {
    {FX_EXT_STARTTLS, 'S', NULL},
    {FX_EXT_AUTH, 'A', NULL},
    {FX_EXT_PIPELINING, 'P', "PIPELINING: pipelined commands are taken all the same."},
    {FX_EXT_ETRN, 'E', NULL},
    {FX_EXT_DSN, 'D', NULL},
    {FX_EXT_EXPN, 0, NULL},
    {FX_EXT_DELIVERBY, 0, NULL},
    {FX_EXT_ENHANCEDSTATUSCODES, 0, "ENHANCEDSTATUSCODES: always shown."},
    {FX_EXT_8BITMIME, 0, "8BITMIME: always shown."},
    {FX_EXT_SIZE, 0, "SIZE: always shown."},
    {FX_EXT_HELP, 0, "HELP: always shown."},
};
#define KEYWORDS (sizeof keywords / sizeof keywords[0])

/* Verbs that a privacy flag takes away, and what the client gets. */
static const struct privacy {
    enum fx_verb verb;
    const char *flag, *answer;
} privacy[] = {
    {FX_VERB_EXPN, "noexpn", "EXPN gets 502, and is not in the EHLO reply."},
    {FX_VERB_VRFY, "novrfy", "VRFY gets 252, whatever it asks for."},
    {FX_VERB_ETRN, "noetrn", "ETRN gets 502, and is not in the EHLO reply."},
    {FX_VERB_VERB, "noverb", "VERB gets 502, and is not in the EHLO reply."},
};
#define PRIVACY (sizeof privacy / sizeof privacy[0])

static const char *const why[FX_RULE_COUNT] = {
    [FX_RULE_VERB_NOT_ALLOWED] =
        "Sendmail has no filter for commands. It cannot refuse EHLO, nor answer 250 or with "
        "X's "
        "to a command by itself; fixup-milter in enforce answers to those that Sendmail does "
        "not know.",
    [FX_RULE_VERB_TOO_SHORT] = "as for verb-not-allowed.",
    [FX_RULE_EXTENSION_NOT_ALLOWED] = "",
    [FX_RULE_RECIPIENT_COUNT] = "",
    [FX_RULE_COMMAND_PIPELINING] = FX_MTACONF_NOT_TOLD,
    [FX_RULE_COMMAND_TERMINATOR] = FX_MTACONF_NOT_TOLD,
    [FX_RULE_ADDRESS_CHARACTER] = "no option replaces a character of an address.",
    [FX_RULE_HEADER_LINE_LENGTH] = "confMAX_HEADERS_LENGTH counts the whole header; "
                                   "fixup-milter in enforce answers for it.",
};

static bool refused(const struct fx_mtaconf_out *o, enum fx_verb verb)
{
    return fx_mtaconf_on_verb(o->wanted->profile, verb) != FX_ACTION_NONE;
}

static void define(const struct fx_mtaconf_out *o, const char *name, struct fx_slice value)
{
    fx_text_add_str(o->text, "define(`");
    fx_text_add_str(o->text, name);
    fx_text_add_str(o->text, "', `");
    fx_text_add(o->text, value);
    fx_text_add_str(o->text, "')dnl\n");
}

static void banner(const struct fx_mtaconf_out *o)
{
    const struct fx_profile *p = o->wanted->profile;
    char masked[512];
    struct fx_text t;
    fx_text_init_fixed(&t, masked, sizeof masked);
    struct fx_slice text = fx_mtaconf_banner(o->wanted, "mail.example.org ESMTP Sendmail", &t);
    if (!fx_slice_told(text))
        return;
    fx_mtaconf_gap(o);
    fx_mtaconf_reason(o, "banner", fx_banner_name(p->banner.style), &p->banner.from);
    fx_mtaconf_say(o, "The mask over a greeting of Sendmail; option --banner names another. "
                      "Sendmail puts the word ESMTP behind the first one, always, so that what "
                      "recognizes the mask may not recognize this.");
    define(o, "confSMTP_LOGIN_MSG", text);
}

static void privacy_flags(const struct fx_mtaconf_out *o)
{
    const struct fx_profile *p = o->wanted->profile;
    bool any = false, taken[PRIVACY];
    for (size_t i = 0; i < PRIVACY; i++) {
        taken[i] = refused(o, privacy[i].verb) ||
                   (privacy[i].verb == FX_VERB_EXPN && fx_mtaconf_hidden(p, FX_EXT_EXPN));
        if (!taken[i])
            continue;
        if (!any)
            fx_mtaconf_gap(o);
        any = true;
        if (refused(o, privacy[i].verb))
            fx_mtaconf_reason_verb(o, privacy[i].verb);
        else
            fx_mtaconf_reason(o, "extensions", "EXPN is not shown", &p->extensions.from);
        fx_mtaconf_say(o, privacy[i].answer);
    }
    if (!any)
        return;
    fx_mtaconf_say(o, "In place of the flags set before; authwarnings is the default.");
    fx_text_add_str(o->text, "define(`confPRIVACY_FLAGS', `authwarnings");
    for (size_t i = 0; i < PRIVACY; i++)
        if (taken[i]) {
            fx_text_add_char(o->text, ',');
            fx_text_add_str(o->text, privacy[i].flag);
        }
    fx_text_add_str(o->text, "')dnl\n");
}

static void help(const struct fx_mtaconf_out *o)
{
    if (!refused(o, FX_VERB_HELP))
        return;
    fx_mtaconf_gap(o);
    fx_mtaconf_reason_verb(o, FX_VERB_HELP);
    fx_mtaconf_say(
        o, "Without its file HELP gets 502, which names Sendmail and its version; the EHLO "
           "reply shows it all the same.");
    define(o, "HELP_FILE", FX_LIT("/dev/null"));
}

static void deliver_by(const struct fx_mtaconf_out *o)
{
    const struct fx_profile *p = o->wanted->profile;
    if (!fx_mtaconf_hidden(p, FX_EXT_DELIVERBY))
        return;
    fx_mtaconf_gap(o);
    fx_mtaconf_reason(o, "extensions", "DELIVERBY is not shown", &p->extensions.from);
    define(o, "confDELIVER_BY_MIN", FX_LIT("-1"));
}

static void recipients(const struct fx_mtaconf_out *o)
{
    const struct fx_rule_setting *s = &o->wanted->profile->rule[FX_RULE_RECIPIENT_COUNT];
    if (!fx_mtaconf_acts(o->wanted->profile, FX_RULE_RECIPIENT_COUNT) || !s->has_limit)
        return;
    fx_mtaconf_gap(o);
    fx_mtaconf_reason_rule(o, FX_RULE_RECIPIENT_COUNT);
    if (s->action == FX_ACTION_TRUNCATE && s->overflow == FX_OVERFLOW_LOSE) {
        fx_mtaconf_say(o, "Sendmail has no option that accepts a recipient and loses it; "
                          "fixup-milter in enforce does.");
        return;
    }
    fx_mtaconf_say(o,
                   "Sendmail knows one answer only, 452 4.5.3, and the session goes on. Leave "
                   "this line out where fixup-milter enforces the rule: Sendmail does not "
                   "show a milter a recipient that it refuses by itself.");
    fx_text_add_str(o->text, "define(`confMAX_RCPTS_PER_MESSAGE', `");
    fx_text_add_u64(o->text, s->limit);
    fx_text_add_str(o->text, "')dnl\n");
}

/* ---- the access map ---- */

/* The letters are those of hidden keywords; a command that the profile does not let through
 * takes the same letter. */
static bool feature_off(const struct fx_mtaconf_out *o, const struct keyword *k)
{
    enum fx_verb verb = fx_verb_find(fx_slice_str(fx_extension_name(k->ext)));
    return k->feature != 0 && (fx_mtaconf_hidden(o->wanted->profile, k->ext) ||
                               (verb != FX_VERB_UNKNOWN && refused(o, verb)));
}

static void feature_reason(const struct fx_mtaconf_out *o, const struct keyword *k)
{
    char line[64];
    struct fx_text t;
    fx_text_init_fixed(&t, line, sizeof line - 1);
    fx_text_add_char(&t, k->feature);
    fx_text_add_str(&t, ": ");
    fx_text_add_str(&t, fx_extension_name(k->ext));
    line[t.len] = '\0';
    fx_mtaconf_say(o, line);
}

static void access(const struct fx_mtaconf_out *o)
{
    const struct fx_profile *p = o->wanted->profile;
    bool any = false;
    for (size_t i = 0; i < KEYWORDS; i++)
        any = any || feature_off(o, &keywords[i]);
    if (!any)
        return;
    fx_mtaconf_head(o, "To be added to the access map, FEATURE(`access_db'), and run through "
                       "makemap.");
    fx_mtaconf_gap(o);
    if (fx_mtaconf_counts(&p->extensions.from))
        fx_mtaconf_reason(o, "extensions", "all others are hidden", &p->extensions.from);
    if (fx_mtaconf_rewriting(p, FX_RULE_VERB_NOT_ALLOWED) != FX_ACTION_NONE)
        fx_mtaconf_reason(o, "verbs", "others are not let through", &p->verbs.from);
    fx_mtaconf_say(o, "For all clients; an address or name behind the colon limits it to some. "
                      "The letters (ruleset srv_features) say what is not offered:");
    for (size_t i = 0; i < KEYWORDS; i++)
        if (feature_off(o, &keywords[i]))
            feature_reason(o, &keywords[i]);
    fx_text_add_str(o->text, "Srv_Features:\t");
    const char *before = "";
    for (size_t i = 0; i < KEYWORDS; i++) {
        if (!feature_off(o, &keywords[i]))
            continue;
        fx_text_add_str(o->text, before);
        fx_text_add_char(o->text, keywords[i].feature);
        before = " ";
    }
    fx_text_add_char(o->text, '\n');
}

/* What belongs to no single setting. For one listener, modifiers do what the letters S, A and E
 * do for all. */
static void hints(const struct fx_mtaconf_out *o, bool has_access)
{
    const struct fx_profile *p = o->wanted->profile;
    bool begun = false;
    if (has_access) {
        fx_mtaconf_gap(o);
        fx_mtaconf_say(o,
                       "The entry for the access map belongs to this. For one listener alone, "
                       "M=S, M=A and M=E of DAEMON_OPTIONS do what its letters S, A and E do "
                       "for all.");
    }
    for (size_t i = 0; i < KEYWORDS; i++) {
        if (keywords[i].besides == NULL || !fx_mtaconf_hidden(p, keywords[i].ext))
            continue;
        if (!begun) {
            fx_mtaconf_gap(o);
            fx_mtaconf_say(o, "Keywords that Sendmail does not hide, and what hiding leaves:");
        }
        begun = true;
        fx_mtaconf_say(o, keywords[i].besides);
    }
    if (begun && p->ehlo_reply.style == FX_EHLO_REPLY_X)
        fx_mtaconf_say(o, "Those that are hidden are left out; Sendmail cannot print XXXXXXXA "
                          "in place of them.");
}

void fx_mtaconf_sendmail(const struct fx_mtaconf *wanted, struct fx_mtaconf_file *files)
{
    const struct fx_mtaconf_out mc = {&files[0].text, wanted, "dnl #"};
    const struct fx_mtaconf_out map = {&files[1].text, wanted, "#"};

    files[0].name = "fixup-sendmail.mc";
    files[0].comment = "dnl #";
    files[0].use = "to be added to sendmail.mc";
    files[1].name = "fixup-access";
    files[1].comment = "#";
    files[1].use = "to be added to the access map, /etc/mail/access";
    access(&map);
    fx_mtaconf_head(&mc,
                    "To be added to sendmail.mc before the MAILER lines, in place of those for "
                    "another profile; then run m4, and start Sendmail again.");
    banner(&mc);
    privacy_flags(&mc);
    help(&mc);
    deliver_by(&mc);
    recipients(&mc);
    hints(&mc, files[1].text.len > 0);
    fx_mtaconf_rest(&mc, why);
}
