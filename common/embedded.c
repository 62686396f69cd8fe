/* embedded - see embedded.h. */
#include "embedded.h"

#include <string.h>

static const struct fx_slice content_type = {"Content-Type", 12};

static bool name_char(char c)
{
    return fx_ascii_letter(c) || fx_ascii_digit(c) || c == '-' || c == '_';
}

/* The name begins here, and is all of a name. */
static bool stands_at(struct fx_slice value, struct fx_slice name, size_t at)
{
    size_t end = at + name.len;
    return fx_slice_starts_nocase(fx_slice_from(value, at), name) &&
           (at == 0 || !name_char(value.ptr[at - 1])) &&
           (end == value.len || !name_char(value.ptr[end]));
}

/* Nothing but white space before it on a line that is not the first. */
static bool begins_line(struct fx_slice value, size_t at)
{
    while (at > 0 && fx_ascii_blank(value.ptr[at - 1]))
        at--;
    return at > 0 && value.ptr[at - 1] == '\n';
}

/* The shape of the name that stands at `at`. */
static enum fx_grade shape(struct fx_slice value, size_t at)
{
    size_t colon = at + content_type.len;
    bool folds = false;
    for (; colon < value.len; colon++) {
        char c = value.ptr[colon];
        if (!fx_ascii_blank(c) && c != '\r' && c != '\n')
            break;
        folds = folds || c == '\n';
    }
    if (colon == value.len || value.ptr[colon] != ':')
        return FX_GRADE_LISTED;
    return !folds && begins_line(value, at) ? FX_GRADE_FOLDED : FX_GRADE_COLON;
}

bool fx_embedded_name(struct fx_slice value, struct fx_slice name, size_t *at)
{
    for (size_t i = 0; i + name.len <= value.len; i++)
        if (stands_at(value, name, i)) {
            *at = i;
            return true;
        }
    return false;
}

/* Where the name next stands from `from` on; value.len: nowhere. Its hyphen is rarer than any
 * of its letters, and looked for. */
static size_t next(struct fx_slice value, size_t from)
{
    static const size_t hyphen = sizeof "Content" - 1;
    for (size_t at = from + hyphen; at < value.len; at++) {
        at += fx_slice_find(fx_slice_from(value, at), '-');
        if (at < value.len && stands_at(value, content_type, at - hyphen))
            return at - hyphen;
    }
    return value.len;
}

bool fx_embedded_find(struct fx_slice value, enum fx_grade *grade, size_t *at)
{
    bool found = false;
    for (size_t i = next(value, 0); i < value.len; i = next(value, i + content_type.len)) {
        enum fx_grade here = shape(value, i);
        if (!found || here < *grade) {
            *grade = here;
            *at = i;
        }
        found = true;
    }
    return found;
}

/* Takes the weakest out, of several the last, if it is weaker than this. */
static bool make_room(struct fx_embedded *all, enum fx_grade grade)
{
    size_t weakest = 0;
    for (size_t i = 1; i < all->count; i++)
        if (all->fields[i].grade >= all->fields[weakest].grade)
            weakest = i;
    if (all->fields[weakest].grade <= grade)
        return false;
    all->count--;
    memmove(&all->fields[weakest], &all->fields[weakest + 1],
            (all->count - weakest) * sizeof all->fields[0]);
    return true;
}

/* Where a field of this name and shape is kept; NULL: there are as strong ones enough. */
static struct fx_embedded_field *place(struct fx_embedded *all, struct fx_slice name,
                                       enum fx_grade grade)
{
    for (size_t i = 0; i < all->count; i++)
        if (fx_slice_eq_nocase(fx_slice(all->fields[i].name, all->fields[i].name_len), name))
            return &all->fields[i];
    if (all->count == FX_EMBEDDED_FIELDS && !make_room(all, grade))
        return NULL;
    struct fx_embedded_field *field = &all->fields[all->count++];
    field->grade = grade;
    field->name_len = name.len;
    field->sign_behind = false;
    if (name.len > 0)
        memcpy(field->name, name.ptr, name.len);
    return field;
}

void fx_embedded_see(struct fx_embedded *all, struct fx_slice name, struct fx_slice value)
{
    enum fx_grade grade;
    size_t at;
    if (!fx_embedded_find(value, &grade, &at))
        return;
    struct fx_embedded_field *field = place(all, fx_slice_first(name, FX_EMBEDDED_NAME), grade);
    struct fx_slice behind = fx_slice_from(name, FX_EMBEDDED_NAME);
    if (field == NULL)
        return;
    if (grade < field->grade)
        field->grade = grade;
    if (fx_slice_find(behind, '@') < behind.len)
        field->sign_behind = true;
}
