/* needs - what a policy has to be told of a session, to be applied and recorded in full.
 *
 * A milter says at negotiation which events it is to be told, before anything is known of the
 * client: so this is the union of what all rulesets need. Pure and thread-safe.
 */
#ifndef FX_NEEDS_H
#define FX_NEEDS_H

#include "policy.h"

/* FX_EVENT_BIT of each kind of event that a check of some ruleset asks for, or a record of it
 * shows. 0: every rule is off for everybody. ABORT and CLOSE come unasked, and count as the
 * others. */
unsigned fx_policy_events(const struct fx_policy *policy);

#endif
