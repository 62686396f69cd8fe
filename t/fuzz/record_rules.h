/* record_rules - what each record of a session has to be, whatever the session was: the rules
 * of etc/record.schema.json that are cheap to ask, and some that no schema can say. */
#ifndef RECORD_RULES_H
#define RECORD_RULES_H

#include "engine.h"

#include <jansson.h>

/* What a record has told. */
struct record_told {
    bool message;    /* else it is of a session */
    uint64_t number; /* of the message, or how many there were */
    uint64_t recipients;
    int reply;     /* its code; 0: null */
    bool answered; /* by an answer of ours */
    bool flagged;
};

/* Ends the process when the line is no such record. */
struct record_told record_rules(struct fx_slice line, const struct fx_policy *policy);

#endif
