/* record_read - a line of the log as the members of a record.
 *
 * What a line says is not trusted: it may be no JSON at all, nested too deep, or made to need
 * much memory, of which there is a limit for one line; members may be missing, or of another
 * type, and are then as good as not told. Not thread-safe, since that limit is the program's.
 */
#ifndef FX_RECORD_READ_H
#define FX_RECORD_READ_H

#include "report.h"

#include <jansson.h>

struct ctl_record {
    json_t *members; /* owned */
    int64_t time;    /* microseconds since 1970 */
    enum ctl_record_type type;
};

/* Reads a line. NULL, or what is wrong with it: static text, and nothing to finish. */
const char *ctl_record_read(struct fx_slice line, struct ctl_record *record);
void ctl_record_finish(struct ctl_record *record);

/* A member that is a string, borrowed; absent: there is none, or it is none. of: any value, or
 * NULL. */
struct fx_slice ctl_member_text(const json_t *of, const char *name);
/* A member that is a whole number and not negative; 0: there is none. */
uint64_t ctl_member_count(const json_t *of, const char *name);
bool ctl_member_true(const json_t *of, const char *name);

#endif
