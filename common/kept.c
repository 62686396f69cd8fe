/* kept - see kept.h. */
#include "kept.h"

#include <stdlib.h>
#include <string.h>

void fx_kept_reset(struct fx_kept *k)
{
    k->len = 0;
    k->told = false;
    k->cut = false;
}

bool fx_kept_set(struct fx_kept *k, struct fx_slice s, size_t max)
{
    fx_kept_reset(k);
    if (!fx_slice_told(s))
        return true;
    size_t len = s.len < max ? s.len : max;
    if (len > k->cap) {
        char *bigger = realloc(k->data, len);
        if (bigger == NULL)
            return false;
        k->data = bigger;
        k->cap = len;
    }
    if (len > 0)
        memcpy(k->data, s.ptr, len);
    k->len = len;
    k->told = true;
    k->cut = len < s.len;
    return true;
}

void fx_kept_finish(struct fx_kept *k)
{
    free(k->data);
    *k = (struct fx_kept){0};
}

struct fx_slice fx_kept_slice(const struct fx_kept *k)
{
    if (!k->told)
        return FX_ABSENT;
    return fx_slice(k->data == NULL ? "" : k->data, k->len);
}
