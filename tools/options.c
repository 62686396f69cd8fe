/* options - see options.h. */
#include "options.h"

#include <string.h>

static int bad(struct ctl_options *o, const char *wrong, const char *word)
{
    o->wrong = wrong;
    o->word = word;
    return CTL_OPTION_BAD;
}

static int long_option(struct ctl_options *o, const struct ctl_option *table, const char *word,
                       const char **value)
{
    const char *equals = strchr(word, '=');
    size_t len = equals == NULL ? strlen(word) : (size_t)(equals - word);
    for (; table->id != 0; table++) {
        if (table->name == NULL || strlen(table->name) != len ||
            memcmp(table->name, word, len) != 0)
            continue;
        if (!table->takes_value && equals != NULL)
            return bad(o, "takes no value", word - 2);
        if (table->takes_value && equals == NULL && o->at == o->argc)
            return bad(o, "needs a value", word - 2);
        if (table->takes_value)
            *value = equals != NULL ? equals + 1 : o->argv[o->at++];
        return table->id;
    }
    return bad(o, "unknown option", word - 2);
}

static int letter_option(struct ctl_options *o, const struct ctl_option *table,
                         const char **value)
{
    const char *word = o->argv[o->at - 1];
    char letter = *o->more++;
    const char *rest = o->more;
    if (*o->more == '\0')
        o->more = NULL;
    for (; table->id != 0; table++) {
        if (table->letter != letter)
            continue;
        if (!table->takes_value)
            return table->id;
        o->more = NULL;
        if (*rest == '\0' && o->at == o->argc)
            return bad(o, "needs a value", word);
        *value = *rest != '\0' ? rest : o->argv[o->at++];
        return table->id;
    }
    return bad(o, "unknown option", word);
}

int ctl_options_next(struct ctl_options *o, const struct ctl_option *table, const char **value)
{
    *value = NULL;
    if (o->more != NULL)
        return letter_option(o, table, value);
    if (!o->only_operands && o->at < o->argc && strcmp(o->argv[o->at], "--") == 0) {
        o->only_operands = true;
        o->at++;
    }
    if (o->at >= o->argc)
        return CTL_OPTION_END;
    const char *word = o->argv[o->at++];
    if (o->only_operands || word[0] != '-' || word[1] == '\0') {
        *value = word;
        return CTL_OPTION_OPERAND;
    }
    if (word[1] == '-')
        return long_option(o, table, word + 2, value);
    o->more = word + 1;
    return letter_option(o, table, value);
}
