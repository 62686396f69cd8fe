/* print_rewritten - what the daemon as a command filter, in enforce, makes of each line of the
 * standard input, for test_mtaconf.py: the table of mtaconf must say the same.
 *
 *     print_rewritten FOLDER PROFILE
 *
 * One line for each: what takes its place, or nothing where it is left alone. */
#include "config.h"
#include "rewrite.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    struct fx_faults faults = {0};
    struct fx_ruleset rules = {.profile_count = 1, .mode = FX_MODE_ENFORCE};
    char line[8192], text[8192];
    if (argc != 3)
        return 64;
    const char *const dirs[] = {argv[1], NULL};
    struct fx_profile *p = fx_config_load_profile(argv[2], dirs, &faults);
    if (p == NULL)
        return 78;
    rules.profiles[0] = p;
    for (size_t i = 0; i < FX_RULE_COUNT; i++)
        rules.rule_mode[i] = FX_MODE_ENFORCE;
    while (fgets(line, sizeof line, stdin) != NULL) {
        struct fx_text out;
        fx_text_init_fixed(&out, text, sizeof text);
        fx_rewrite_line(&rules, false, fx_slice(line, strcspn(line, "\n")), true, &out);
        printf("%.*s\n", (int)out.len, out.data);
    }
    fx_profile_destroy(p);
    fx_faults_finish(&faults);
    return 0;
}
