/* tag - see tag.h. */
#include "tag.h"

#include "engine.h"

bool fx_tag_wanted(const struct fx_ruleset *rules)
{
    if (rules->mode == FX_MODE_TAG)
        return true;
    for (size_t r = 0; r < FX_RULE_COUNT; r++)
        if (rules->rule_mode[r] == FX_MODE_TAG)
            return true;
    return false;
}

/* Adds a word, on a new line when it would pass the column; *column counts from the field name.
 */
static void add_word(struct fx_text *t, size_t *column, const char *before, const char *word,
                     const char *after)
{
    size_t len = fx_slice_str(before).len + fx_slice_str(word).len + fx_slice_str(after).len;
    if (*column + 1 + len > 77) {
        fx_text_add_str(t, "\n\t");
        *column = 8;
    } else if (*column > 0 && before[0] != '\0') {
        fx_text_add_char(t, ' ');
        *column += 1;
    }
    fx_text_add_str(t, before);
    fx_text_add_str(t, word);
    fx_text_add_str(t, after);
    *column += len;
}

void fx_tag_value(struct fx_text *t, const struct fx_message *m)
{
    bool listed[FX_RULE_COUNT] = {false};
    enum fx_rule order[FX_RULE_COUNT];
    size_t count = 0;
    for (size_t i = 0; i < m->findings.count; i++) {
        const struct fx_finding *f = &m->findings.items[i];
        if (f->profile != 0 || f->mode < FX_MODE_TAG || listed[f->rule])
            continue;
        listed[f->rule] = true;
        order[count++] = f->rule;
    }
    size_t column = sizeof FX_TAG_FIELD ":" - 1;
    add_word(t, &column, "", m->rules->profiles[0]->name, ";");
    add_word(t, &column, "would=", fx_outcome_name((enum fx_outcome)m->would.outcome[0]), ";");
    add_word(t, &column, "rules=", count == 0 ? "none" : fx_rule_name(order[0]),
             count > 1 ? "," : "");
    for (size_t i = 1; i < count; i++)
        add_word(t, &column, "", fx_rule_name(order[i]), i + 1 < count ? "," : "");
}
