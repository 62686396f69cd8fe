/* json_valid - whether a text is JSON (RFC 8259), for lines that are only looked at.
 *
 * Strict: UTF-8 (RFC 3629), no control characters in strings, no octet behind the value. Reads
 * nothing out of it. One pass, no recursion, no memory. Pure, thread-safe.
 */
#ifndef FX_JSON_VALID_H
#define FX_JSON_VALID_H

#include "slice.h"

/* Objects and arrays within each other; a text with more of them counts as none. Records have 4. */
#define FX_JSON_DEPTH_MAX 256

bool fx_json_valid(struct fx_slice text);

#endif
