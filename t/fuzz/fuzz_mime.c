/* fuzz_mime - one parameter of a MIME field in all its forms, and the file names of a whole
 * mail, which do not depend on how its body was cut.
 *
 * Input of `parameter`: an octet of bits (cut; a name or a boundary; which parameter); the
 * field. Input of `mime`: an octet that says how the body is cut; the value of Content-Type up
 * to a NUL; the body.
 */
#include "fuzz.h"
#include "mime.h"
#include "mime_param.h"

#include <stdlib.h>
#include <string.h>

FUZZ_TARGET(parameter)
{
    static const struct fx_slice names[4] = {FX_LIT("filename"), FX_LIT("name"),
                                             FX_LIT("boundary"), FX_LIT("f")};
    struct fuzz_input in = {(const char *)data, size};
    unsigned bits = fuzz_octet(&in);
    struct fx_slice field = fuzz_rest(&in);
    enum fx_mime_reading reading = bits & 2 ? FX_MIME_READ_BOUNDARY : FX_MIME_READ_NAME;
    struct fx_mime_param first, again;
    char type[FX_MIME_TYPE_KEPT];
    memset(&first, 0xA5, sizeof first);
    memset(&again, 0x5A, sizeof again);
    bool found = fx_mime_param_find(field, names[bits >> 2 & 3], reading, bits & 1, &first);
    HOLDS(fx_mime_param_find(field, names[bits >> 2 & 3], reading, bits & 1, &again) == found);
    if (found) {
        HOLDS(first.kept <= sizeof first.text && first.kept <= first.octets);
        HOLDS(first.kept == sizeof first.text || first.kept == first.octets);
        HOLDS(first.octets <= field.len); /* no form is longer than it is written */
        HOLDS(again.octets == first.octets && again.at_least == first.at_least &&
              again.kept == first.kept && memcmp(again.text, first.text, first.kept) == 0);
    }
    struct fx_slice media = fx_mime_media_type(field, type);
    HOLDS(media.len <= sizeof type);
    for (size_t i = 0; i < media.len; i++)
        HOLDS(media.ptr[i] < 'A' || media.ptr[i] > 'Z');
    free((void *)(uintptr_t)field.ptr);
}

/* ---- the walk ---- */

struct walked {
    uint64_t count, sum; /* names; a number of all that was told of them */
};

static void note(struct walked *w, uint64_t value)
{
    w->sum = (w->sum ^ value) * UINT64_C(0x100000001b3);
}

static void found(void *arg, const struct fx_mime_name *name)
{
    struct walked *w = arg;
    HOLDS(name->text.len <= FX_MIME_NAME_KEPT && name->text.len <= name->octets);
    w->count++;
    note(w, name->octets);
    note(w, (uint64_t)name->at_least << 2 | (uint64_t)name->nested << 1 | name->sign_behind);
    note(w, (unsigned char)name->parameter[0]);
    for (size_t i = 0; i < name->text.len; i++)
        note(w, (unsigned char)name->text.ptr[i]);
}

/* step 0: in one piece. */
static struct walked walk(struct fx_slice type, struct fx_slice body, unsigned step)
{
    static struct fx_mime *mime;
    struct walked w = {0};
    if (mime == NULL)
        mime = fx_mime_create(found, &w);
    HOLDS(mime != NULL);
    fx_mime_tell(mime, found, &w);
    fx_mime_reset(mime);
    fx_mime_header(mime, FX_LIT("Content-Type"), type);
    for (size_t i = 0; body.len > 0; i++) {
        size_t n = step == 0 ? body.len : 1 + (i * 7 + step) % (step + 1);
        struct fx_slice piece = fx_slice_first(body, n);
        char *copy = malloc(piece.len); /* which ends where the chunk does */
        HOLDS(copy != NULL);
        memcpy(copy, piece.ptr, piece.len);
        fx_mime_body(mime, fx_slice(copy, piece.len));
        free(copy);
        body = fx_slice_from(body, n);
    }
    fx_mime_end(mime);
    note(&w, fx_mime_limited(mime));
    return w;
}

FUZZ_TARGET(mime)
{
    struct fuzz_input in = {(const char *)data, size};
    unsigned step = fuzz_octet(&in);
    struct fx_slice all = fuzz_rest(&in);
    struct fx_slice type = fx_slice_first(all, fx_slice_find(all, '\0'));
    struct fx_slice body = fx_slice_from(all, type.len + 1);
    struct walked whole = walk(type, body, 0), cut = walk(type, body, step + 1);
    HOLDS(whole.count == cut.count && whole.sum == cut.sum);
    free((void *)(uintptr_t)all.ptr);
}
