/* log_keys - how the log is chained and signed, by the settings: with which keys.
 *
 * Keys are read as the user that the daemon runs as, at start and at each reload. Not
 * thread-safe.
 */
#ifndef FXM_LOG_KEYS_H
#define FXM_LOG_KEYS_H

#include "chain.h"
#include "settings.h"
#include "sign.h"

struct log_keys {
    struct fx_chain *chain;   /* NULL: log.chain is off */
    struct fx_signer *signer; /* NULL: heads are not signed */
};

/* false: what is wrong was said, *keys is untouched. */
bool log_keys_read(const struct fx_settings *settings, struct log_keys *keys);
void log_keys_finish(struct log_keys *keys);

#endif
