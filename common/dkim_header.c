/* dkim_header - see dkim_header.h. */
#include "dkim_header.h"

static void many(struct fx_signatures *all)
{
    uint64_t count = 0;
    for (size_t i = 0; i < all->count; i++)
        count += all->list[i].kind == FX_SIGNATURE_DKIM;
    if (count > 1)
        fx_signatures_add(all, FX_NO_SIGNATURE,
                          &(struct fx_anomaly){.rule = FX_RULE_DKIM_MULTI_SIG,
                                               .has_observed = true,
                                               .observed = count});
}

void fx_dkim_header(struct fx_signatures *all)
{
    many(all);
}
