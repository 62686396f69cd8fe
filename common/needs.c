/* needs - see needs.h. */
#include "needs.h"

#include "check.h"

/* What a record shows of a message, and of the session around it: the header and the body are
 * its size, DATA may be the last event to tell the queue ID. A command outside the vocabulary
 * of a transaction is nothing to it unless a check finds something. */
#define OF_RECORDS (((1u << FX_EVENT_KINDS) - 1) & ~FX_EVENT_BIT(FX_EVENT_COMMAND))

static unsigned events_of(const struct fx_ruleset *rules)
{
    unsigned events = fx_ruleset_active(rules) ? OF_RECORDS : 0;
    for (size_t i = 0; fx_checks[i] != NULL; i++)
        if (fx_check_on(fx_checks[i], rules))
            events |= fx_checks[i]->events;
    return events;
}

unsigned fx_policy_events(const struct fx_policy *policy)
{
    unsigned events = events_of(&policy->base);
    for (size_t i = 0; i < policy->block_count; i++)
        events |= events_of(&policy->blocks[i].rules);
    return events;
}
