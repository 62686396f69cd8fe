/* bodyhash - see bodyhash.h.
 *
 * A chunk goes through at most two stages. relaxed first copies into a buffer what is left of
 * white space, block by block, as in scan.h; long runs in which nothing changes stay in place.
 * Then both canonicalisations keep back ends of lines that nothing followed yet: only at the
 * end of a chunk or buffer, all before that goes to the digests as it is. Of each digest one
 * runs, whatever lengths are wanted of it: a length gets a copy of it as it is there.
 */
#include "bodyhash.h"

#include "grow.h"
#include "scan.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#define OUT 16384   /* octets of white space reduced, hashed together */
#define DIRECT 2048 /* octets in a row that are hashed where they are */
#define NEVER UINT64_MAX

/* What one handle stands for. */
struct wanted {
    enum fx_canon canon;
    enum fx_body_digest digest;
    uint64_t length; /* NEVER: the whole body */
    bool done, good;
    unsigned char value[FX_BODYHASH_MAX];
};

/* A digest that runs, and ends of it that were not reached yet. */
struct running {
    EVP_MD_CTX *context; /* kept for the next body */
    size_t left;         /* of the handles; without any it does not run */
    uint64_t next;       /* the least of their lengths */
    bool good;
};

/* White space that relaxed holds back, and the CR that may make it the end of a line. */
enum held { HELD_NOTHING, HELD_BLANK, HELD_BLANK_CR };

/* One canonicalisation in its pass over the body. */
struct pass {
    bool wanted;
    uint64_t octets; /* canonical ones so far */
    uint64_t crlfs;  /* ends of lines held back: they count when something follows */
    bool cr;         /* behind them, a CR held back */
    struct running digests[FX_BODY_DIGESTS];
};

struct fx_bodyhash {
    struct wanted *list;
    size_t count, cap;
    struct pass passes[FX_CANON_COUNT];
    enum held held;
    bool begun, ended;
    EVP_MD *md[FX_BODY_DIGESTS]; /* NULL: this OpenSSL has none */
    EVP_MD_CTX *copy;
    size_t out_len;
    char out[OUT];
};

static const struct {
    const char *name;
    size_t octets;
} digests[FX_BODY_DIGESTS] = {{"SHA1", 20}, {"SHA256", 32}};

#define CRLF8 "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n"
#define CRLF64 CRLF8 CRLF8 CRLF8 CRLF8 CRLF8 CRLF8 CRLF8 CRLF8
static const char crlfs[] = CRLF64 CRLF64 CRLF64 CRLF64;
#define CRLFS ((sizeof crlfs - 1) / 2)

size_t fx_body_digest_octets(enum fx_body_digest digest)
{
    return digests[digest].octets;
}

struct fx_bodyhash *fx_bodyhash_create(void)
{
    struct fx_bodyhash *b = calloc(1, sizeof *b);
    if (b == NULL)
        return NULL;
    b->copy = EVP_MD_CTX_new();
    if (b->copy == NULL) {
        free(b);
        return NULL;
    }
    for (size_t i = 0; i < FX_BODY_DIGESTS; i++)
        b->md[i] = EVP_MD_fetch(NULL, digests[i].name, NULL);
    return b;
}

void fx_bodyhash_destroy(struct fx_bodyhash *b)
{
    if (b == NULL)
        return;
    for (size_t i = 0; i < FX_CANON_COUNT; i++)
        for (size_t k = 0; k < FX_BODY_DIGESTS; k++)
            EVP_MD_CTX_free(b->passes[i].digests[k].context);
    for (size_t i = 0; i < FX_BODY_DIGESTS; i++)
        EVP_MD_free(b->md[i]);
    EVP_MD_CTX_free(b->copy);
    free(b->list);
    free(b);
}

void fx_bodyhash_reset(struct fx_bodyhash *b)
{
    for (size_t i = 0; i < FX_CANON_COUNT; i++) {
        struct pass fresh = {0};
        for (size_t k = 0; k < FX_BODY_DIGESTS; k++)
            fresh.digests[k].context = b->passes[i].digests[k].context;
        b->passes[i] = fresh;
    }
    b->count = b->out_len = 0;
    b->held = HELD_NOTHING;
    b->begun = b->ended = false;
}

/* ---- what is wanted ---- */

static bool room(struct fx_bodyhash *b)
{
    if (b->count < b->cap)
        return true;
    struct wanted *bigger = fx_grown(b->list, &b->cap, sizeof *bigger);
    if (bigger == NULL)
        return false;
    b->list = bigger;
    return true;
}

/* Begins the digest unless it runs. */
static bool start(struct running *r, const EVP_MD *md)
{
    if (r->left > 0)
        return true;
    if (md == NULL)
        return false;
    if (r->context == NULL)
        r->context = EVP_MD_CTX_new();
    if (r->context == NULL || EVP_DigestInit_ex2(r->context, md, NULL) != 1)
        return false;
    r->good = true;
    r->next = NEVER;
    return true;
}

bool fx_bodyhash_want(struct fx_bodyhash *b, const struct fx_bodyhash_want *want,
                      size_t *handle)
{
    struct pass *pass = &b->passes[want->canon];
    struct running *r = &pass->digests[want->digest];
    uint64_t length = want->limited ? want->length : NEVER;
    for (size_t i = 0; i < b->count; i++) {
        const struct wanted *w = &b->list[i];
        if (w->canon == want->canon && w->digest == want->digest && w->length == length) {
            *handle = i;
            return true;
        }
    }
    if (b->begun || b->ended || !room(b) || !start(r, b->md[want->digest]))
        return false;
    pass->wanted = true;
    r->left++;
    if (length < r->next)
        r->next = length;
    b->list[b->count] =
        (struct wanted){.canon = want->canon, .digest = want->digest, .length = length};
    *handle = b->count++;
    return true;
}

/* ---- digests ---- */

static void update(struct running *r, const char *p, size_t n)
{
    if (n > 0 && r->good && EVP_DigestUpdate(r->context, p, n) != 1)
        r->good = false;
}

/* Gives what there is so far to all who want no more than `reached`; the least length of the
 * others is next. */
static void give(struct fx_bodyhash *b, enum fx_canon canon, enum fx_body_digest digest,
                 uint64_t reached)
{
    struct running *r = &b->passes[canon].digests[digest];
    r->next = NEVER;
    for (size_t i = 0; i < b->count; i++) {
        struct wanted *w = &b->list[i];
        if (w->canon != canon || w->digest != digest || w->done)
            continue;
        if (w->length > reached) {
            r->next = w->length < r->next ? w->length : r->next;
            continue;
        }
        w->good = r->good && EVP_MD_CTX_copy_ex(b->copy, r->context) == 1 &&
                  EVP_DigestFinal_ex(b->copy, w->value, NULL) == 1;
        w->done = true;
        r->left--;
    }
}

/* Canonical octets that nothing can take back. */
static void emit(struct fx_bodyhash *b, enum fx_canon canon, const char *p, size_t n)
{
    struct pass *pass = &b->passes[canon];
    for (size_t i = 0; i < FX_BODY_DIGESTS; i++) {
        struct running *r = &pass->digests[i];
        size_t at = 0;
        while (r->left > 0 && r->next - pass->octets < n) {
            size_t to = (size_t)(r->next - pass->octets);
            update(r, p + at, to - at);
            at = to;
            give(b, canon, (enum fx_body_digest)i, r->next);
        }
        if (r->left > 0)
            update(r, p + at, n - at);
    }
    pass->octets += n;
}

/* ---- ends of lines ---- */

/* Something follows what was held back. */
static void release(struct fx_bodyhash *b, enum fx_canon canon)
{
    struct pass *pass = &b->passes[canon];
    while (pass->crlfs > 0) {
        size_t part = pass->crlfs < CRLFS ? (size_t)pass->crlfs : CRLFS;
        emit(b, canon, crlfs, part * 2);
        pass->crlfs -= part;
    }
    if (pass->cr)
        emit(b, canon, "\r", 1);
    pass->cr = false;
}

/* The next octets, of which ends of lines behind the last line with something are kept back. */
static void lines(struct fx_bodyhash *b, enum fx_canon canon, const char *p, size_t n)
{
    struct pass *pass = &b->passes[canon];
    uint64_t tail = 0;
    if (n > 0 && pass->cr && p[0] == '\n') {
        pass->cr = false;
        pass->crlfs++;
        p++;
        n--;
    }
    if (n == 0)
        return;
    bool cr = p[n - 1] == '\r';
    n -= cr;
    for (; n >= 2 && p[n - 1] == '\n' && p[n - 2] == '\r'; n -= 2)
        tail++;
    if (n > 0 || pass->cr) {
        release(b, canon);
        emit(b, canon, p, n);
    }
    pass->crlfs += tail;
    pass->cr = cr;
}

/* ---- white space ---- */

static void flush(struct fx_bodyhash *b)
{
    lines(b, FX_CANON_RELAXED, b->out, b->out_len);
    b->out_len = 0;
}

static void put(struct fx_bodyhash *b, const char *p, size_t n)
{
    if (OUT - b->out_len < n)
        flush(b);
    memcpy(b->out + b->out_len, p, n);
    b->out_len += n;
}

/* Text in which nothing changes. */
static void keep(struct fx_bodyhash *b, const char *p, size_t n)
{
    if (n < DIRECT) {
        put(b, p, n);
        return;
    }
    flush(b);
    lines(b, FX_CANON_RELAXED, p, n);
}

/* One octet, whatever follows. */
static void step(struct fx_bodyhash *b, char c)
{
    if (b->held == HELD_BLANK && fx_ascii_blank(c))
        return;
    if (b->held == HELD_BLANK && c == '\r') {
        b->held = HELD_BLANK_CR;
        return;
    }
    if (b->held == HELD_BLANK)
        put(b, " ", 1);
    if (b->held == HELD_BLANK_CR && c != '\n')
        put(b, " ", 1);
    if (b->held == HELD_BLANK_CR)
        put(b, "\r", 1);
    b->held = fx_ascii_blank(c) ? HELD_BLANK : HELD_NOTHING;
    if (b->held == HELD_NOTHING)
        put(b, &c, 1);
}

static void relaxed(struct fx_bodyhash *b, const char *p, size_t n)
{
    const char *end = p + n;
    for (; p < end && b->held != HELD_NOTHING; p++)
        step(b, *p);
    while ((size_t)(end - p) >= FX_SCAN_BLOCK + FX_SCAN_LOOK) {
        size_t same = fx_scan_unchanged(p, (size_t)(end - p) - FX_SCAN_LOOK);
        keep(b, p, same);
        p += same;
        if ((size_t)(end - p) < FX_SCAN_BLOCK + FX_SCAN_LOOK)
            break;
        if (sizeof b->out - b->out_len < FX_SCAN_ROOM)
            flush(b);
        b->out_len += fx_scan_relax(p, b->out + b->out_len);
        p += FX_SCAN_BLOCK;
    }
    for (; p < end; p++)
        step(b, *p);
}

/* ---- a body ---- */

void fx_bodyhash_body(struct fx_bodyhash *b, struct fx_slice chunk)
{
    if (chunk.len == 0 || b->ended)
        return;
    b->begun = true;
    if (b->passes[FX_CANON_SIMPLE].wanted)
        lines(b, FX_CANON_SIMPLE, chunk.ptr, chunk.len);
    if (b->passes[FX_CANON_RELAXED].wanted)
        relaxed(b, chunk.ptr, chunk.len);
}

/* The last line may lack its end; blanks there are blanks at the end of a line. */
static void finish(struct fx_bodyhash *b, enum fx_canon canon)
{
    struct pass *pass = &b->passes[canon];
    if (pass->cr)
        release(b, canon);
    if (pass->octets > 0 || canon == FX_CANON_SIMPLE)
        emit(b, canon, crlfs, 2);
    for (size_t i = 0; i < FX_BODY_DIGESTS; i++)
        give(b, canon, (enum fx_body_digest)i, NEVER);
}

void fx_bodyhash_end(struct fx_bodyhash *b)
{
    if (b->ended)
        return;
    b->ended = true;
    if (b->held == HELD_BLANK_CR)
        put(b, " \r", 2);
    flush(b);
    for (size_t i = 0; i < FX_CANON_COUNT; i++)
        if (b->passes[i].wanted)
            finish(b, (enum fx_canon)i);
}

bool fx_bodyhash_digest(const struct fx_bodyhash *b, size_t handle, unsigned char *out)
{
    if (!b->ended || handle >= b->count || !b->list[handle].good)
        return false;
    memcpy(out, b->list[handle].value, FX_BODYHASH_MAX);
    return true;
}

uint64_t fx_bodyhash_octets(const struct fx_bodyhash *b, enum fx_canon canon)
{
    return b->passes[canon].octets;
}
