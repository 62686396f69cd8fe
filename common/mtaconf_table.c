/* mtaconf_table - the lookup table for Postfix's smtpd_command_filter (pcre_table(5)).
 *
 * Postfix looks up each command line without leading blanks, and not at all an empty one; the
 * first pattern that matches gives what takes its place. Patterns are without regard to case by
 * themselves. They are anchored and have no nested repetition, so each is matched in one pass.
 */
#include "mtaconf_parts.h"

#include "command.h"

#define LONGEST_QUANTIFIER 65535 /* of PCRE */
#define BEGIN "^\\s*"            /* Postfix itself takes off blanks and tabs */
#define END "(?:\\s|$)"          /* of a verb, as Postfix ends it */

static void line(const struct fx_mtaconf_out *o, const char *s)
{
    fx_text_add_str(o->text, s);
    fx_text_add_char(o->text, '\n');
}

/* A verb of n octets and what must follow it. */
static void mark_line(const struct fx_mtaconf_out *o, uint64_t n, const char *follows)
{
    fx_text_add_str(o->text, "/" BEGIN "([^\\s:]{");
    fx_text_add_u64(o->text, n);
    fx_text_add_str(o->text, "})");
    fx_text_add_str(o->text, follows);
    fx_text_add_str(o->text, "/ ");
    for (uint64_t i = 0; i < n; i++)
        fx_text_add_char(o->text, 'X');
    line(o, "-${1}");
}

/* One line for each length that a marked verb can have. */
static void mark_lines(const struct fx_mtaconf_out *o)
{
    for (uint64_t n = 1; n <= FX_COMMAND_MARKED_MAX; n++)
        mark_line(o, n, "(?:[\\s:]|$)");
    /* cut, between characters of UTF-8 where it is such */
    for (uint64_t n = FX_COMMAND_MARKED_MAX; n > FX_COMMAND_MARKED_MAX - 4; n--)
        mark_line(o, n, "(?![\\x80-\\xbf])");
    mark_line(o, FX_COMMAND_MARKED_MAX, "");
    line(o, "/" BEGIN ":/ X");
}

static void rewrite_lines(const struct fx_mtaconf_out *o, enum fx_action action)
{
    if (action == FX_ACTION_NOOP || action == FX_ACTION_OK)
        line(o, "/" BEGIN "\\S/ NOOP");
    else
        mark_lines(o);
}

static void action_comment(const struct fx_mtaconf_out *o, enum fx_action action)
{
    if (action == FX_ACTION_NOOP)
        fx_mtaconf_say(o, "They become NOOP, as the firewall has it: 250, and nothing done.");
    else if (action == FX_ACTION_OK)
        fx_mtaconf_say(o, "They become NOOP: the firewall itself answers \"250 OK\", Postfix "
                          "\"250 2.0.0 Ok\".");
    else if (action == FX_ACTION_MASK)
        fx_mtaconf_say(o, "They become as many X's, a hyphen and the verb up to a colon and to "
                          "64 octets: Postfix answers 500, and fixup-milter learns the verb. "
                          "In enforce, and before Postfix 3.10, the answer has the X's.");
    else
        fx_mtaconf_say(o, "The firewall cuts the connection, which no table can. They are "
                          "marked with X's: Postfix answers 500, and fixup-milter in enforce "
                          "421, closing the connection.");
}

/* "if" a verb is none of those let through. */
static void unless_let_through(const struct fx_mtaconf_out *o)
{
    const char *before = "if !/" BEGIN "(?:";
    for (unsigned v = 1; v < FX_VERB_COUNT; v++) {
        if (fx_profile_lets_through(o->wanted->profile, (enum fx_verb)v) != FX_YES)
            continue;
        fx_text_add_str(o->text, before);
        fx_text_add_str(o->text, fx_verb_name((enum fx_verb)v));
        before = "|";
    }
    line(o, ")" END "/");
}

static void if_short(const struct fx_mtaconf_out *o, uint64_t limit)
{
    fx_text_add_str(o->text, "if /" BEGIN "\\S{1,");
    fx_text_add_u64(o->text, limit <= LONGEST_QUANTIFIER ? limit - 1 : LONGEST_QUANTIFIER);
    line(o, "}" END "/");
}

/* The rule that decides: verb-not-allowed, else verb-too-short, which may catch nothing. */
static bool deciding(const struct fx_profile *p, enum fx_rule *rule)
{
    *rule = FX_RULE_VERB_NOT_ALLOWED;
    if (fx_mtaconf_rewriting(p, *rule) != FX_ACTION_NONE)
        return true;
    *rule = FX_RULE_VERB_TOO_SHORT;
    return fx_mtaconf_rewriting(p, *rule) != FX_ACTION_NONE && p->rule[*rule].limit > 1;
}

void fx_mtaconf_table(const struct fx_mtaconf_out *o)
{
    const struct fx_profile *p = o->wanted->profile;
    enum fx_rule rule;
    if (!deciding(p, &rule))
        return;
    bool few = rule == FX_RULE_VERB_TOO_SHORT;
    fx_mtaconf_head(o, "The table of smtpd_command_filter; needs Postfix with PCRE (Debian: "
                       "package postfix-pcre). To try it: postmap -q 'STARTTLS' pcre:FILE");
    fx_mtaconf_gap(o);
    fx_mtaconf_say(o, "X's alone are those of a firewall in front.");
    line(o, "if !/" BEGIN "(?-i:XX+)" END "/");
    fx_mtaconf_gap(o);
    fx_mtaconf_reason(o, "verbs", "any other than these", &p->verbs.from);
    fx_mtaconf_reason_rule(o, rule);
    action_comment(o, p->rule[rule].action);
    if (p->verbs.set != 0)
        unless_let_through(o);
    if (few)
        if_short(o, p->rule[rule].limit);
    rewrite_lines(o, p->rule[rule].action);
    for (int open = 1 + (p->verbs.set != 0) + few; open > 0; open--)
        line(o, "endif");
}
