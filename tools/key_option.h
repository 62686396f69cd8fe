/* key_option - files with keys that options name: --key, --pubkey. Thread-safe. */
#ifndef FX_KEY_OPTION_H
#define FX_KEY_OPTION_H

#include "config_key.h"
#include "exits.h"
#include "sign.h"

/* As fx_key_file_read, of anybody; not OK: the exit code that says why not. */
enum ctl_exit ctl_key_read(const char *path, enum fx_key_kind kind, struct fx_key_file *out,
                           char wrong[FX_KEY_WRONG]);
/* The public key in a PEM file, to be destroyed by the caller; else as above. */
enum ctl_exit ctl_signer_read(const char *path, struct fx_signer **out,
                              char wrong[FX_KEY_WRONG]);

#endif
