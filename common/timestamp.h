/* timestamp - points in time as records and command lines write them (RFC 3339), in UTC.
 *
 * All functions are pure and thread-safe.
 */
#ifndef FX_TIMESTAMP_H
#define FX_TIMESTAMP_H

#include "text.h"

/* wall: microseconds since 1970, before it negative: 2026-11-21T10:00:00.123456Z. */
void fx_timestamp_add(struct fx_text *t, int64_t wall);

#define FX_TIMESTAMP_SECONDS_MAX 253402300799 /* since 1970: the last of the year 9999 */

/* The other way: a date, which is its first moment, or a date and a time with or without a
 * fraction of a second, of which microseconds count; from 1970 on, up to the year 9999. A leap
 * second is the one after it. false, *wall untouched: anything else. */
bool fx_timestamp_read(struct fx_slice s, int64_t *wall);
#define FX_TIMESTAMP_FORM "YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ, from 1970 on"

#endif
