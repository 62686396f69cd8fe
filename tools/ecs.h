/* ecs - records as documents of the Elastic Common Schema, version 8.
 *
 * What the schema has a field for, and is of its type, goes there; everything else stays under
 * "fixup" with the name that it has in the record, so that nothing is lost. The mapping stands
 * in fixupctl(1). Not thread-safe.
 */
#ifndef FX_ECS_H
#define FX_ECS_H

#include "record_read.h"

#include <stdio.h>

/* Writes a record as one line of JSON. Takes members out of it: it is of no more use but to be
 * finished. false: no memory, or the stream is at fault. */
bool ctl_ecs_put(struct ctl_record *record, FILE *stream);

#endif
