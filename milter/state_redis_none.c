/* state_redis_none - a build without hiredis; see state_redis.h. */
#include "state_redis.h"

struct fx_state *state_redis(const struct fx_state_uri *uri, size_t max)
{
    (void)uri;
    (void)max;
    return NULL;
}
