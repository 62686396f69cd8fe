/* report_chain - see report_chain.h. */
#include "report_chain.h"

#include "chain.h"

#include <stdlib.h>

struct ctl_report_chain {
    struct ctl_chain_summary summary;
};

struct ctl_report_chain *ctl_report_chain_create(const struct ctl_chain_keys *keys, int *code)
{
    (void)keys;
    (void)code;
    return calloc(1, sizeof(struct ctl_report_chain));
}

void ctl_report_chain_destroy(struct ctl_report_chain *chain)
{
    free(chain);
}

void ctl_report_chain_file(struct ctl_report_chain *chain)
{
    (void)chain;
}

void ctl_report_chain_line(struct ctl_report_chain *chain, const char *path, uint64_t number,
                           enum ctl_log_line kind, struct fx_slice line)
{
    struct fx_link link;
    (void)path;
    (void)number;
    if (kind != CTL_LOG_TOO_LONG && fx_link_read(line, &link) && link.chained)
        chain->summary.chained++;
}

bool ctl_report_chain_end(struct ctl_report_chain *chain, struct ctl_chain_summary *summary)
{
    *summary = chain->summary;
    return true;
}
