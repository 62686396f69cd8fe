/* print_settings - the table of settings as text, for man_settings.py.
 *
 * One line a setting, tab-separated: name, type, default, range or words, effect. The default is
 * "unset" for a criterion of `clients`, which holds only where it is given. The effect is "yes"
 * or "no".
 */
#include "settings.h"

#include <stdio.h>

static const char *type_name(enum fx_setting_type type)
{
    switch (type) {
    case FX_TYPE_BOOL:
        return "bool";
    case FX_TYPE_NUMBER:
        return "number";
    case FX_TYPE_OCTAL:
        return "octal";
    case FX_TYPE_STRING:
        return "string";
    case FX_TYPE_PATH:
        return "path";
    case FX_TYPE_SOCKET:
        return "socket";
    case FX_TYPE_PORT:
        return "address";
    case FX_TYPE_WORD:
        return "word";
    case FX_TYPE_PROFILE:
        return "profile";
    case FX_TYPE_PROFILES:
        return "profiles";
    case FX_TYPE_EXTENSIONS:
        return "extensions";
    case FX_TYPE_RULES:
        return "rules";
    case FX_TYPE_CLIENTS:
        return "blocks";
    case FX_TYPE_NETWORKS:
        return "networks";
    }
    return "?";
}

static void add_range(const struct fx_setting_row *row, struct fx_text *t)
{
    if (row->type == FX_TYPE_NUMBER) {
        fx_text_add_u64(t, (uint64_t)row->min);
        fx_text_add_str(t, " to ");
        fx_text_add_u64(t, (uint64_t)row->max);
        fx_text_add_str(t, row->unit != NULL ? " " : "");
        fx_text_add_str(t, row->unit);
    }
    if (row->type == FX_TYPE_OCTAL) {
        fx_text_add_str(t, "0000 to 0");
        for (int shift = 6; shift >= 0; shift -= 3)
            fx_text_add_u64(t, ((uint64_t)row->max >> shift) & 7);
    }
    if (row->type != FX_TYPE_WORD && row->type != FX_TYPE_RULES)
        return;
    for (size_t i = 0; row->words != NULL && row->words[i] != NULL; i++) {
        fx_text_add_str(t, i > 0 ? ", " : "");
        fx_text_add_str(t, row->words[i][0] == '\0' ? "\"\"" : row->words[i]);
    }
}

int main(void)
{
    const struct fx_setting_row *row;
    for (size_t i = 0; (row = fx_settings_row(i)) != NULL; i++) {
        char line[1024];
        struct fx_text t;
        fx_text_init_fixed(&t, line, sizeof line);
        fx_text_add_str(&t, row->name);
        fx_text_add_char(&t, '\t');
        fx_text_add_str(&t, type_name(row->type));
        fx_text_add_char(&t, '\t');
        if (row->scope == FX_SCOPE_CLIENT)
            fx_text_add_str(&t, "unset");
        else
            fx_settings_default(row, &t);
        fx_text_add_char(&t, '\t');
        add_range(row, &t);
        fx_text_add_char(&t, '\t');
        fx_text_add_str(&t, row->inert ? "no" : "yes");
        if (t.overflow || printf("%.*s\n", (int)t.len, line) < 0)
            return 1;
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
