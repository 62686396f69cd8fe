/* print_rewritten - what a command filter makes of each line of the standard input, by the
 * profile and fx_command_add_marked, for test_mtaconf.py.
 *
 *     print_rewritten FOLDER PROFILE
 *
 * One line for each: what takes its place, or nothing where it is left alone. This says anew,
 * and in the most direct way, what mtaconf says by patterns. */
#include "command.h"
#include "config.h"

#include <stdio.h>
#include <string.h>

static bool counts(const struct fx_rule_setting *s)
{
    return s->from.set && s->from.confidence != FX_CONFIDENCE_ASSUMED &&
           s->action != FX_ACTION_NONE && s->action != FX_ACTION_LOG;
}

static enum fx_action action_of(const struct fx_profile *p, struct fx_slice verb)
{
    const struct fx_rule_setting *any = &p->rule[FX_RULE_VERB_NOT_ALLOWED];
    const struct fx_rule_setting *few = &p->rule[FX_RULE_VERB_TOO_SHORT];
    if (fx_profile_lets_through(p, fx_verb_find(verb)) != FX_NO)
        return FX_ACTION_NONE;
    if (counts(any))
        return any->action;
    return counts(few) && verb.len < few->limit ? few->action : FX_ACTION_NONE;
}

static void rewrite(struct fx_text *out, const struct fx_profile *p, struct fx_slice line)
{
    struct fx_slice verb = FX_LIT(""), marked;
    fx_slice_word(&line, &verb);
    if (verb.len == 0 || fx_command_masked(verb) || fx_command_unmark(verb, &marked))
        return;
    enum fx_action action = action_of(p, verb);
    if (action == FX_ACTION_NOOP || action == FX_ACTION_OK)
        fx_text_add_str(out, "NOOP");
    else if (action != FX_ACTION_NONE)
        fx_command_add_marked(out, verb);
}

int main(int argc, char **argv)
{
    struct fx_faults faults = {0};
    char line[8192], text[8192];
    if (argc != 3)
        return 64;
    const char *const dirs[] = {argv[1], NULL};
    struct fx_profile *p = fx_config_load_profile(argv[2], dirs, &faults);
    if (p == NULL)
        return 78;
    while (fgets(line, sizeof line, stdin) != NULL) {
        struct fx_text out;
        fx_text_init_fixed(&out, text, sizeof text);
        rewrite(&out, p, fx_slice(line, strcspn(line, "\n")));
        printf("%.*s\n", (int)out.len, out.data);
    }
    fx_profile_destroy(p);
    fx_faults_finish(&faults);
    return 0;
}
