/* bodyhash - see bodyhash.h. */
#include "bodyhash.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

struct job {
    struct fx_bodyhash_want want;
    EVP_MD_CTX *context;
    uint64_t left; /* octets that l= still allows */
    bool good;
    unsigned char digest[FX_BODYHASH_MAX];
};

/* One canonicalisation in its pass over the body. */
struct pass {
    bool wanted;
    uint64_t octets; /* canonical ones so far */
    uint64_t crlfs;  /* ends of lines held back: they count when something follows */
    bool blanks;     /* relaxed: a run of white space held back */
    bool cr;         /* an octet CR held back */
    bool in_line;    /* the current line has something */
};

struct fx_bodyhash {
    struct job *jobs;
    size_t count, cap;
    struct pass passes[FX_CANON_COUNT];
    EVP_MD *md[FX_BODY_DIGESTS];
};

static const char *const md_names[FX_BODY_DIGESTS] = {"SHA1", "SHA256"};

size_t fx_body_digest_octets(enum fx_body_digest digest)
{
    return digest == FX_BODY_SHA1 ? 20 : 32;
}

struct fx_bodyhash *fx_bodyhash_create(void)
{
    struct fx_bodyhash *b = calloc(1, sizeof *b);
    if (b == NULL)
        return NULL;
    for (size_t i = 0; i < FX_BODY_DIGESTS; i++)
        b->md[i] = EVP_MD_fetch(NULL, md_names[i], NULL); /* NULL: there is none */
    return b;
}

void fx_bodyhash_destroy(struct fx_bodyhash *b)
{
    if (b == NULL)
        return;
    for (size_t i = 0; i < b->cap; i++)
        EVP_MD_CTX_free(b->jobs[i].context);
    for (size_t i = 0; i < FX_BODY_DIGESTS; i++)
        EVP_MD_free(b->md[i]);
    free(b->jobs);
    free(b);
}

void fx_bodyhash_reset(struct fx_bodyhash *b)
{
    b->count = 0;
    memset(b->passes, 0, sizeof b->passes);
}

static bool same(const struct fx_bodyhash_want *a, const struct fx_bodyhash_want *b)
{
    return a->canon == b->canon && a->digest == b->digest && a->limited == b->limited &&
           (!a->limited || a->length == b->length);
}

static bool room(struct fx_bodyhash *b)
{
    if (b->count < b->cap)
        return true;
    size_t cap = b->cap == 0 ? 2 : b->cap * 2;
    struct job *bigger = realloc(b->jobs, cap * sizeof *bigger);
    if (bigger == NULL)
        return false;
    memset(bigger + b->cap, 0, (cap - b->cap) * sizeof *bigger);
    b->jobs = bigger;
    b->cap = cap;
    return true;
}

bool fx_bodyhash_want(struct fx_bodyhash *b, const struct fx_bodyhash_want *want,
                      size_t *handle)
{
    for (size_t i = 0; i < b->count; i++)
        if (same(&b->jobs[i].want, want)) {
            *handle = i;
            return true;
        }
    if (b->md[want->digest] == NULL || !room(b))
        return false;
    struct job *job = &b->jobs[b->count];
    if (job->context == NULL)
        job->context = EVP_MD_CTX_new();
    if (job->context == NULL ||
        EVP_DigestInit_ex2(job->context, b->md[want->digest], NULL) != 1)
        return false;
    job->want = *want;
    job->left = want->limited ? want->length : UINT64_MAX;
    job->good = true;
    b->passes[want->canon].wanted = true;
    *handle = b->count++;
    return true;
}

static void emit(struct fx_bodyhash *b, enum fx_canon canon, const char *p, size_t n)
{
    b->passes[canon].octets += n;
    for (size_t i = 0; i < b->count; i++) {
        struct job *job = &b->jobs[i];
        size_t take = n < job->left ? n : (size_t)job->left;
        if (job->want.canon != canon || take == 0)
            continue;
        job->left -= take;
        if (EVP_DigestUpdate(job->context, p, take) != 1)
            job->good = false;
    }
}

static void release(struct fx_bodyhash *b, enum fx_canon canon)
{
    struct pass *pass = &b->passes[canon];
    for (; pass->crlfs > 0; pass->crlfs--)
        emit(b, canon, "\r\n", 2);
    if (pass->blanks)
        emit(b, canon, " ", 1);
    pass->blanks = false;
    pass->in_line = true;
}

static void octet(struct fx_bodyhash *b, enum fx_canon canon, char c)
{
    struct pass *pass = &b->passes[canon];
    if (pass->cr && c == '\n') {
        pass->cr = pass->blanks = pass->in_line = false;
        pass->crlfs++;
        return;
    }
    if (pass->cr) {
        release(b, canon);
        emit(b, canon, "\r", 1);
    }
    pass->cr = c == '\r';
    if (pass->cr)
        return;
    if (canon == FX_CANON_RELAXED && (c == ' ' || c == '\t')) {
        pass->blanks = true;
        return;
    }
    release(b, canon);
    emit(b, canon, &c, 1);
}

void fx_bodyhash_body(struct fx_bodyhash *b, struct fx_slice chunk)
{
    for (size_t canon = 0; canon < FX_CANON_COUNT; canon++)
        for (size_t i = 0; b->passes[canon].wanted && i < chunk.len; i++)
            octet(b, (enum fx_canon)canon, chunk.ptr[i]);
}

void fx_bodyhash_end(struct fx_bodyhash *b)
{
    for (size_t i = 0; i < FX_CANON_COUNT; i++) {
        struct pass *pass = &b->passes[i];
        enum fx_canon canon = (enum fx_canon)i;
        if (!pass->wanted)
            continue;
        if (pass->cr) {
            release(b, canon);
            emit(b, canon, "\r", 1);
        }
        if (pass->octets > 0 || canon == FX_CANON_SIMPLE)
            emit(b, canon, "\r\n", 2);
    }
    for (size_t i = 0; i < b->count; i++) {
        unsigned len = 0;
        if (EVP_DigestFinal_ex(b->jobs[i].context, b->jobs[i].digest, &len) != 1)
            b->jobs[i].good = false;
    }
}

bool fx_bodyhash_digest(const struct fx_bodyhash *b, size_t handle, unsigned char *out)
{
    if (!b->jobs[handle].good)
        return false;
    memcpy(out, b->jobs[handle].digest, FX_BODYHASH_MAX);
    return true;
}

uint64_t fx_bodyhash_octets(const struct fx_bodyhash *b, enum fx_canon canon)
{
    return b->passes[canon].octets;
}
