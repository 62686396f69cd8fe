/* report_chain - see report_chain.h. */
#include "report_chain.h"

#include "chain_walk.h"
#include "fixupctl.h"
#include "grow.h"
#include "key_option.h"
#include "terminal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOST_MAX 255
#define HOSTS_MAX 64 /* chains that are walked at once */

/* The chain of one host. */
struct walk {
    struct fx_chain_walk *walk;
    char host[HOST_MAX];
    size_t host_len;
    const char **files; /* borrowed names, in the order in which the walk was told of them */
    size_t file_count, file_cap;
};

struct ctl_report_chain {
    struct fx_key_file *keys;
    struct fx_signer **signers;
    size_t key_count, signer_count;
    struct walk walks[HOSTS_MAX];
    size_t walk_count;
    struct walk *now; /* of this file; NULL: not known yet */
    const char *path; /* of this file */
    bool too_many;    /* hosts */
    bool key_missing; /* a break that a key would have spared */
    struct ctl_chain_summary sum;
};

/* ---- keys ---- */

/* false after a message, unless the code says that all is well. */
static bool good(enum ctl_exit read, const char *wrong, int *code)
{
    if (read == CTL_EXIT_OK)
        return true;
    *code = (int)read;
    fputs(CTL_PROGRAM " report: ", stderr);
    ctl_put_str(stderr, wrong);
    fputc('\n', stderr);
    return false;
}

static bool read_keys(struct ctl_report_chain *c, const struct ctl_chain_keys *keys, int *code)
{
    char wrong[FX_KEY_WRONG];
    *code = CTL_EXIT_TRY_LATER;
    c->keys = calloc(keys->key_count + 1, sizeof *c->keys);
    c->signers = calloc(keys->pubkey_count + 1, sizeof(struct fx_signer *));
    if (c->keys == NULL || c->signers == NULL) {
        fputs(CTL_PROGRAM " report: not enough memory\n", stderr);
        return false;
    }
    for (size_t i = 0; i < keys->key_count; i++) {
        if (!good(ctl_key_read(keys->keys[i], FX_KEY_ONE, &c->keys[i], wrong), wrong, code))
            return false;
        c->key_count++;
    }
    for (size_t i = 0; i < keys->pubkey_count; i++) {
        if (!good(ctl_signer_read(keys->pubkeys[i], &c->signers[i], wrong), wrong, code))
            return false;
        c->signer_count++;
    }
    return true;
}

struct ctl_report_chain *ctl_report_chain_create(const struct ctl_chain_keys *keys, int *code)
{
    struct ctl_report_chain *c = calloc(1, sizeof *c);
    if (c != NULL && read_keys(c, keys, code))
        return c;
    if (c == NULL)
        fputs(CTL_PROGRAM " report: not enough memory\n", stderr);
    ctl_report_chain_destroy(c);
    return NULL;
}

void ctl_report_chain_destroy(struct ctl_report_chain *c)
{
    if (c == NULL)
        return;
    for (size_t i = 0; i < c->walk_count; i++) {
        fx_chain_walk_destroy(c->walks[i].walk);
        free(c->walks[i].files);
    }
    for (size_t i = 0; i < c->key_count; i++)
        fx_key_file_finish(&c->keys[i]);
    for (size_t i = 0; i < c->signer_count; i++)
        fx_signer_destroy(c->signers[i]);
    free(c->keys);
    free(c->signers);
    ctl_chain_summary_free(&c->sum);
    free(c);
}

/* ---- which chain ---- */

static struct walk *walk_of(struct ctl_report_chain *c, struct fx_slice host)
{
    for (size_t i = 0; i < c->walk_count; i++)
        if (fx_slice_eq(fx_slice(c->walks[i].host, c->walks[i].host_len), host))
            return &c->walks[i];
    return NULL;
}

/* NULL: no memory. */
static struct walk *begin(struct ctl_report_chain *c)
{
    struct walk *w = &c->walks[c->walk_count];
    w->walk = fx_chain_walk_create();
    if (w->walk == NULL)
        return NULL;
    c->walk_count++;
    for (size_t i = 0; i < c->key_count; i++)
        if (!fx_chain_walk_key(w->walk, c->keys[i].keys[0]))
            return NULL;
    for (size_t i = 0; i < c->signer_count; i++)
        if (!fx_chain_walk_signer(w->walk, c->signers[i]))
            return NULL;
    return w;
}

/* The chain of the file that begins with this line; false: no memory. */
static bool choose(struct ctl_report_chain *c, struct fx_slice host)
{
    struct walk *w = walk_of(c, host);
    if (w == NULL && c->walk_count == HOSTS_MAX) {
        c->too_many = true;
        return true;
    }
    if (w == NULL)
        w = begin(c);
    if (w == NULL)
        return false;
    if (w->file_count == w->file_cap) {
        void *grown = fx_grown(w->files, &w->file_cap, sizeof(const char *));
        if (grown == NULL)
            return false;
        w->files = grown;
    }
    w->files[w->file_count++] = c->path;
    fx_chain_walk_file(w->walk);
    c->now = w;
    return true;
}

void ctl_report_chain_file(struct ctl_report_chain *c, const char *path)
{
    c->path = path;
    c->now = NULL;
}

/* ---- lines ---- */

/* Keeps the first broken place that is one whatever keys there are. */
static bool take_breaks(struct ctl_report_chain *c, struct walk *w)
{
    struct fx_chain_break b;
    while (fx_chain_walk_next(w->walk, &b)) {
        if (b.kind == FX_BREAK_KEY && c->key_count == 0) {
            c->key_missing = true;
            continue;
        }
        c->sum.breaks++;
        if (c->sum.where != NULL)
            continue;
        const char *file = w->files[b.file];
        size_t room = strlen(file) + 32, what = sizeof b.detail + 32;
        c->sum.where = malloc(room);
        c->sum.what = malloc(what);
        if (c->sum.where == NULL || c->sum.what == NULL)
            return false;
        snprintf(c->sum.where, room, "%s:%" PRIu64, file, b.line);
        snprintf(c->sum.what, what, "%s: %s", fx_break_word(b.kind), b.detail);
    }
    return true;
}

static enum fx_chain_line kind_of(enum ctl_log_line kind)
{
    return kind == CTL_LOG_WHOLE      ? FX_CHAIN_WHOLE
           : kind == CTL_LOG_TORN     ? FX_CHAIN_TORN
           : kind == CTL_LOG_TOO_LONG ? FX_CHAIN_TOO_LONG
                                      : FX_CHAIN_DAMAGED;
}

bool ctl_report_chain_line(struct ctl_report_chain *c, uint64_t number, enum ctl_log_line kind,
                           struct fx_slice line)
{
    struct fx_link link = {0};
    struct fx_slice host = FX_ABSENT;
    if (kind == CTL_LOG_WHOLE && fx_link_read(line, &link))
        host = fx_link_member(line, "host");
    if (link.chained)
        c->sum.chained++;
    host = fx_slice_first(host, HOST_MAX);
    if (c->now == NULL && !choose(c, host))
        return false;
    if (c->now == NULL)
        return true; /* one host too many */
    if (host.len > 0) {
        memcpy(c->now->host, host.ptr, host.len);
        c->now->host_len = host.len;
    }
    return fx_chain_walk_feed(c->now->walk, kind_of(kind), line, number) &&
           take_breaks(c, c->now);
}

/* ---- the end ---- */

static bool say(struct ctl_chain_summary *sum, const char *what)
{
    sum->what = strdup(what);
    return sum->what != NULL;
}

bool ctl_report_chain_end(struct ctl_report_chain *c, struct ctl_chain_summary *summary)
{
    bool enough = true; /* memory */
    struct ctl_chain_summary *sum = &c->sum;
    for (size_t i = 0; i < c->walk_count; i++) {
        fx_chain_walk_end(c->walks[i].walk);
        enough = enough && take_breaks(c, &c->walks[i]);
        const struct fx_chain_result *r = fx_chain_walk_result(c->walks[i].walk);
        if (r->first_seq == 0)
            continue;
        sum->chains++;
        sum->heads += r->signed_heads;
        sum->heads_good += r->good_heads;
        sum->keyed = sum->keyed || r->keyed;
        sum->first = sum->chains == 1 ? r->first_seq : 0;
        sum->last = sum->chains == 1 ? r->last.seq : 0;
    }
    sum->state = sum->chained == 0               ? CTL_CHAIN_NONE
                 : sum->breaks > 0               ? CTL_CHAIN_BROKEN
                 : c->key_missing || c->too_many ? CTL_CHAIN_NOT_CHECKED
                                                 : CTL_CHAIN_INTACT;
    if (sum->state == CTL_CHAIN_NONE) {
        ctl_chain_summary_free(sum);
    } else if (sum->state == CTL_CHAIN_NOT_CHECKED) {
        sum->keyed = sum->keyed || c->key_missing;
        enough =
            enough && say(sum, c->key_missing
                                   ? "the log is keyed and no key was given: name it with --key"
                                   : "too many hosts");
    }
    *summary = *sum;
    *sum = (struct ctl_chain_summary){0};
    return enough;
}
