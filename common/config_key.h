/* config_key - files that hold a key, as log.key_file, log.signing_key_file and
 * log.address_key_file name them, and options of fixupctl.
 *
 * A file is opened once, never waited for, and judged by what was opened: a regular file whose
 * mode gives others than the owner nothing (a public key: does not let others than owner and
 * group write). ACLs are not looked at. What was read is wiped from memory at the end. Part of
 * the reader of files; thread-safe for different objects.
 */
#ifndef FX_CONFIG_KEY_H
#define FX_CONFIG_KEY_H

#include "slice.h"

#define FX_KEY_MIN ((size_t)16)             /* octets of a key */
#define FX_KEY_MAX ((size_t)4096)           /* the same */
#define FX_KEYS_MAX ((size_t)64)            /* lines of a list */
#define FX_KEY_FILE_MAX ((size_t)64 * 1024) /* octets of a list or a PEM file */
#define FX_KEY_WRONG 1024                   /* room for the sentence that says what is wrong */

enum fx_key_kind {
    FX_KEY_ONE,   /* one line, which is the key: its octets without the line end */
    FX_KEY_LIST,  /* one key a line; the first is in use, the others are former ones */
    FX_KEY_PEM,   /* octets for who reads PEM; one key, the whole file */
    FX_KEY_PUBLIC /* the same, of a public key: anybody may read it */
};

struct fx_key_file {
    struct fx_slice keys[FX_KEYS_MAX]; /* slices of the memory below */
    size_t count;                      /* at least 1 once read */
    char *octets;                      /* owned */
    size_t size;                       /* of octets, for wiping */
};

/* Reads the file at `path`, which has to belong to root, to the process' user or to `user` ("":
 * nobody else); with NULL it may be anybody's. false: `wrong` says what is wrong and what is allowed, in one line
 * with the name of the file quoted in it and no octet of its content; *out is untouched. */
bool fx_key_file_read(const char *path, enum fx_key_kind kind, const char *user,
                      struct fx_key_file *out, char wrong[FX_KEY_WRONG]);
/* Wipes and frees; an empty object (all zero) is allowed. */
void fx_key_file_finish(struct fx_key_file *file);

#endif
