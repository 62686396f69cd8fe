/* checks - the table of checks, in the order of enum fx_rule. */
#include "check.h"

extern const struct fx_check fx_check_verb_not_allowed;
extern const struct fx_check fx_check_verb_too_short;
extern const struct fx_check fx_check_verb_masked_upstream;
extern const struct fx_check fx_check_extension_not_allowed;
extern const struct fx_check fx_check_extension_required;
extern const struct fx_check fx_check_command_line_length;
extern const struct fx_check fx_check_command_pipelining;
extern const struct fx_check fx_check_command_terminator;
extern const struct fx_check fx_check_sender_address_length;
extern const struct fx_check fx_check_address_character;
extern const struct fx_check fx_check_recipient_count;
extern const struct fx_check fx_check_header_line_length;
extern const struct fx_check fx_check_body_line_length;
extern const struct fx_check fx_check_mime_filename_length;
extern const struct fx_check fx_check_body_8bit;
extern const struct fx_check fx_check_size_mismatch;
extern const struct fx_check fx_check_received_hops;
extern const struct fx_check fx_check_content_type_duplicate;
extern const struct fx_check fx_check_content_type_embedded;
extern const struct fx_check fx_check_dkim;
extern const struct fx_check fx_check_message_ended_early;

const struct fx_check *const fx_checks[] = {
    &fx_check_verb_not_allowed,
    &fx_check_verb_too_short,
    &fx_check_verb_masked_upstream,
    &fx_check_extension_not_allowed,
    &fx_check_extension_required,
    &fx_check_command_line_length,
    &fx_check_command_pipelining,
    &fx_check_command_terminator,
    &fx_check_sender_address_length,
    &fx_check_address_character,
    &fx_check_recipient_count,
    &fx_check_header_line_length,
    &fx_check_body_line_length,
    &fx_check_mime_filename_length,
    &fx_check_body_8bit,
    &fx_check_size_mismatch,
    &fx_check_received_hops,
    &fx_check_content_type_duplicate,
    &fx_check_content_type_embedded,
    &fx_check_dkim,
    &fx_check_message_ended_early,
    NULL,
};

const struct fx_check *fx_check_find(enum fx_rule rule)
{
    for (size_t i = 0; fx_checks[i] != NULL; i++)
        if (fx_checks[i]->rule == rule ||
            (fx_checks[i]->rule < rule && rule <= fx_checks[i]->last))
            return fx_checks[i];
    return NULL;
}

bool fx_check_on(const struct fx_check *check, const struct fx_ruleset *rules)
{
    enum fx_rule last = check->last != 0 ? check->last : check->rule;
    for (size_t rule = check->rule; rule <= (size_t)last; rule++)
        if (rules->rule_mode[rule] != FX_MODE_OFF)
            return true;
    return false;
}
