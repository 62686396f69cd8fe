/* suffix_psl - public suffixes by libpsl; see suffix.h. */
#include "suffix.h"

#include <libpsl.h>

enum fx_answer fx_suffix_public(struct fx_slice domain)
{
    char name[FX_SUFFIX_NAME + 1];
    const psl_ctx_t *list = psl_builtin();
    if (list == NULL)
        return FX_UNKNOWN;
    if (domain.len > FX_SUFFIX_NAME)
        return FX_NO;
    for (size_t i = 0; i < domain.len; i++)
        name[i] = fx_ascii_lower(domain.ptr[i]);
    name[domain.len] = '\0';
    return psl_is_public_suffix2(list, name, PSL_TYPE_ICANN) ? FX_YES : FX_NO;
}
