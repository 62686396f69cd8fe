/* field - see field.h. */
#include "field.h"

bool fx_field_name(struct fx_slice name, size_t *at)
{
    for (*at = 0; *at < name.len; (*at)++) {
        char c = name.ptr[*at];
        if (c < 0x21 || c > 0x7e || c == ':')
            return false;
    }
    *at = 0;
    return name.len > 0;
}

bool fx_field_split(struct fx_slice text, struct fx_field *field, size_t *at)
{
    size_t colon = fx_slice_find(text, ':');
    size_t end = colon;
    while (end > 0 && (fx_ascii_blank(text.ptr[end - 1]) || text.ptr[end - 1] == '\r'))
        end--;
    struct fx_slice name = fx_slice_first(text, end);
    if (!fx_field_name(name, at))
        return false;
    *at = colon;
    if (colon == text.len)
        return false;
    *field = (struct fx_field){.name = name, .value = fx_slice_from(text, colon + 1)};
    return true;
}
