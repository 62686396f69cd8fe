/* profile_rules - which actions and which limit a profile may give to each rule.
 *
 * The one table of that knowledge: the reader of profile files refuses what makes no sense, so
 * that the checks need not.
 */
#include "profile.h"

#define A(action) FX_BIT(FX_ACTION_##action)
#define CUT (A(DROP_CONNECTION) | A(RESET))
/* what can be done to a command line on its way */
#define COMMAND (A(LOG) | A(MASK) | A(NOOP) | A(OK) | CUT)

static const struct rule_shape {
    uint64_t actions; /* FX_BIT(enum fx_action); 0: log only */
    const char *unit; /* of the limit; NULL: the rule takes none */
} shapes[FX_RULE_COUNT] = {
    [FX_RULE_VERB_NOT_ALLOWED] = {COMMAND, NULL},
    [FX_RULE_VERB_TOO_SHORT] = {COMMAND, "characters, at least"},
    [FX_RULE_EXTENSION_NOT_ALLOWED] = {A(LOG) | A(HIDE) | CUT, NULL},
    [FX_RULE_EXTENSION_REQUIRED] = {A(LOG) | A(REFUSE), NULL},
    [FX_RULE_COMMAND_LINE_LENGTH] = {A(LOG) | CUT, "octets"},
    [FX_RULE_COMMAND_PIPELINING] = {A(LOG) | CUT, NULL},
    [FX_RULE_COMMAND_TERMINATOR] = {A(LOG) | CUT, NULL},
    [FX_RULE_SENDER_ADDRESS_LENGTH] = {A(LOG) | CUT, "octets"},
    [FX_RULE_ADDRESS_CHARACTER] = {A(LOG) | A(BLANK) | CUT, NULL},
    [FX_RULE_RECIPIENT_COUNT] = {A(LOG) | A(TRUNCATE) | CUT, "recipients"},
    [FX_RULE_HEADER_LINE_LENGTH] = {A(LOG) | CUT, "octets"},
    [FX_RULE_BODY_LINE_LENGTH] = {A(LOG) | CUT, "octets"},
    [FX_RULE_MIME_FILENAME_LENGTH] = {A(LOG) | CUT, "octets"},
    [FX_RULE_BODY_8BIT] = {A(LOG) | A(HIDE) | CUT, NULL},
    [FX_RULE_MESSAGE_SIZE] = {A(LOG) | CUT, "octets"},
    [FX_RULE_RECEIVED_HOPS] = {A(LOG) | A(REFUSE), "hops"},
    [FX_RULE_CONTENT_TYPE_DUPLICATE] = {A(LOG) | CUT, NULL},
    [FX_RULE_CONTENT_TYPE_EMBEDDED] = {A(LOG) | CUT, NULL},
    [FX_RULE_MESSAGE_ENDED_EARLY] = {A(LOG) | A(HOLD), NULL},
    [FX_RULE_END_OF_DATA_HELD] = {A(LOG) | A(HOLD), NULL},
    [FX_RULE_DUPLICATE_DELIVERY] = {A(LOG) | A(HOLD), NULL},
};

bool fx_profile_rule_allows(enum fx_rule rule, enum fx_action action)
{
    if (rule >= FX_RULE_COUNT || action >= FX_ACTION_COUNT)
        return false;
    /* "none" takes back what a profile inherits */
    uint64_t allowed = shapes[rule].actions == 0 ? A(LOG) : shapes[rule].actions;
    return ((allowed | A(NONE)) & FX_BIT(action)) != 0;
}

const char *fx_profile_rule_unit(enum fx_rule rule)
{
    return rule < FX_RULE_COUNT ? shapes[rule].unit : NULL;
}
