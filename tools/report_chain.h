/* report_chain - the state of the chain over all lines that a report reads.
 *
 * A chain is that of one log. Files of several daemons may be given in any order among each
 * other. A file belongs to the chain that ends with the prev of its first record; else to that of
 * the same daemon, by the host of its first start, reload, stop or head; else it begins a chain
 * if its first record is number 1 or a start or head, and its daemon surely another; else it
 * belongs to the chain of the file before. So what is missing between files shows as a break.
 * Not thread-safe.
 */
#ifndef FX_REPORT_CHAIN_H
#define FX_REPORT_CHAIN_H

#include "log_reader.h"
#include "report.h"

struct ctl_chain_keys {
    const char *const *keys; /* files with a key of the chain */
    size_t key_count;
    const char *const *pubkeys; /* files with the public key of signed heads, PEM */
    size_t pubkey_count;
};

struct ctl_report_chain;

/* Reads the keys. NULL after a message on stderr and setting *code. */
struct ctl_report_chain *ctl_report_chain_create(const struct ctl_chain_keys *keys, int *code);
void ctl_report_chain_destroy(struct ctl_report_chain *chain); /* NULL allowed */

/* The lines that follow are those of this file; its name is borrowed until the end. false: no
 * memory, or the digest failed. */
bool ctl_report_chain_file(struct ctl_report_chain *chain, const char *path);
/* Any line but END; of TROUBLE: what it is. false: no memory, or the digest failed. */
bool ctl_report_chain_line(struct ctl_report_chain *chain, uint64_t number,
                           enum ctl_log_line kind, struct fx_slice line);
/* All lines were given. false: no memory. */
bool ctl_report_chain_end(struct ctl_report_chain *chain, struct ctl_chain_summary *summary);

#endif
