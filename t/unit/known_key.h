/* known_key - pseudonyms of addresses by a key that is known: a file with one, in here, could
 * not be kept from the eyes of others, as it has to be. */
#ifndef KNOWN_KEY_H
#define KNOWN_KEY_H

#include "config.h"
#include "pseudonym.h"

/* The configuration with them; NULL: no memory, and it is gone. */
static inline struct fx_config *with_known_key(struct fx_config *config)
{
    config->pseudonyms = fx_pseudonyms_create(&FX_LIT("0123456789abcdef"), 1);
    config->policy->pseudonyms = config->pseudonyms;
    if (config->pseudonyms != NULL)
        return config;
    fx_config_destroy(config);
    return NULL;
}

#endif
