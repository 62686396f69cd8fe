/* state_uri - where a Redis server is, as state.uri says it.
 *
 * redis://[[USER]:PASSWORD@]HOST[:PORT][/DB] as redis-cli(1) takes it, and
 * unix://[[USER]:PASSWORD@]/PATH[?db=DB] as client libraries do; %XX stands for an octet (RFC
 * 3986 section 2.1) in user, password and path. Pure.
 */
#ifndef FX_STATE_URI_H
#define FX_STATE_URI_H

#include "slice.h"

#define FX_STATE_URI_PORT 6379
/* Redis has 16 databases unless it is told otherwise. */
#define FX_STATE_URI_DB_MAX 65535

struct fx_state_uri {
    char host[256]; /* "": the path counts. An IPv6 address without its brackets */
    char path[108]; /* of a unix socket */
    uint16_t port;
    uint32_t db;
    char user[128], password[512]; /* "": none */
};

/* NULL: *uri is filled. Else what is wrong and what is allowed, for a fault; static, so nothing
 * of the text, in which a password may stand, is in it. */
const char *fx_state_uri_parse(struct fx_slice text, struct fx_state_uri *uri);

#endif
