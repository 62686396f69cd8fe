/* suffix_none - a build without libpsl; see suffix.h. */
#include "suffix.h"

enum fx_answer fx_suffix_public(struct fx_slice domain)
{
    (void)domain;
    return FX_UNKNOWN;
}
