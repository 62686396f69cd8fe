/* state_redis - the state store on a Redis server, which several mail servers may share.
 *
 * Each value is the string fixup:KEY, and the sorted set fixup:due has all keys by when they
 * are due. Nothing that the server says is trusted: what is no value of ours counts as nothing.
 */
#ifndef FXM_STATE_REDIS_H
#define FXM_STATE_REDIS_H

#include "state.h"
#include "state_uri.h"

/* At most max values, those of all who share the server. Connects at the first use; NULL: no
 * memory, or a build without hiredis (FX_WITH_REDIS is 0; the reader of the configuration then
 * refuses it). The process has to ignore SIGPIPE. */
struct fx_state *state_redis(const struct fx_state_uri *uri, size_t max);

#endif
