/* rewrite - see rewrite.h. */
#include "rewrite.h"

#include "command.h"

/* The words of one greeting: its verb and the mark before its argument. */
static const struct greeting {
    enum fx_verb verb;
    enum fx_greeting greeting;
    const char *mark;
} greetings[] = {
    {FX_VERB_EHLO, FX_GREETING_EHLO, "ehlo."},
    {FX_VERB_HELO, FX_GREETING_HELO, "helo."},
};
#define GREETINGS (sizeof greetings / sizeof greetings[0])

/* The action of a rule on this command, NONE where it has nothing to say. */
static enum fx_action action_of(const struct fx_ruleset *rules, enum fx_rule rule,
                                struct fx_slice verb)
{
    const struct fx_rule_setting *setting = &rules->profiles[0]->rule[rule];
    if (!setting->from.set || !fx_ruleset_counts(rules, rule, setting) ||
        rules->rule_mode[rule] != FX_MODE_ENFORCE)
        return FX_ACTION_NONE;
    if (rule == FX_RULE_VERB_TOO_SHORT && verb.len >= setting->limit)
        return FX_ACTION_NONE;
    return setting->action;
}

/* true: the action puts something else in the place of the command, which is added. */
static bool replace(enum fx_action action, struct fx_slice verb, struct fx_text *out)
{
    switch (action) {
    case FX_ACTION_MASK:
    case FX_ACTION_DROP_CONNECTION:
    case FX_ACTION_RESET:
        fx_command_add_marked(out, verb);
        return true;
    case FX_ACTION_NOOP:
    case FX_ACTION_OK:
        fx_text_add_str(out, "NOOP");
        return true;
    default:
        return false;
    }
}

static bool add_mark(enum fx_verb verb, struct fx_slice word, struct fx_slice rest,
                     struct fx_text *out)
{
    struct fx_slice argument = fx_slice_trim(rest);
    if (argument.len == 0)
        return false;
    for (size_t i = 0; i < GREETINGS; i++) {
        if (greetings[i].verb != verb)
            continue;
        fx_text_add(out, word);
        fx_text_add_char(out, ' ');
        fx_text_add_str(out, greetings[i].mark);
        fx_text_add(out, argument);
        return true;
    }
    return false;
}

struct fx_rewrite fx_rewrite_line(const struct fx_ruleset *rules, bool mark_greetings,
                                  struct fx_slice line, bool whole, struct fx_text *out)
{
    static const enum fx_rule deciding[] = {FX_RULE_VERB_NOT_ALLOWED, FX_RULE_VERB_TOO_SHORT};
    struct fx_rewrite result = {FX_VERB_UNKNOWN, FX_REWRITE_NOTHING};
    struct fx_slice verb = fx_command_word(line);

    if (verb.len == 0)
        return result;
    struct fx_slice rest = fx_slice_from(line, (size_t)(verb.ptr - line.ptr) + verb.len);
    result.verb = fx_verb_find(verb);
    bool stays = fx_profile_lets_through(rules->profiles[0], result.verb) != FX_NO ||
                 fx_command_masked(verb);
    for (size_t i = 0; !stays && i < sizeof deciding / sizeof deciding[0]; i++) {
        if (replace(action_of(rules, deciding[i], verb), verb, out)) {
            result.what = FX_REWRITE_COMMAND;
            return result;
        }
    }
    if (mark_greetings && whole && add_mark(result.verb, verb, rest, out))
        result.what = FX_REWRITE_GREETING;
    return result;
}

enum fx_greeting fx_rewrite_unmark(struct fx_slice *argument)
{
    for (size_t i = 0; i < GREETINGS; i++) {
        struct fx_slice mark = fx_slice_str(greetings[i].mark);
        if (!fx_slice_eq(fx_slice_first(*argument, mark.len), mark))
            continue;
        *argument = fx_slice_from(*argument, mark.len);
        return greetings[i].greeting;
    }
    return FX_GREETING_UNKNOWN;
}
