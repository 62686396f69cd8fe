/* report_chain - see report_chain.h. */
#include "report_chain.h"

#include "chain_walk.h"
#include "fixupctl.h"
#include "grow.h"
#include "key_option.h"
#include "terminal.h"
#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOST_MAX 255
#define CHAINS_MAX 64 /* that are walked at once */

/* Lines of a file that are kept until it is known which chain it belongs to. */
#define WAITING_MAX 64
#define WAITING_OCTETS ((size_t)1024 * 1024)

/* The chain of one daemon. */
struct walk {
    struct fx_chain_walk *walk;
    char daemon[HOST_MAX];   /* its machine */
    size_t daemon_len;       /* 0: not known */
    char last[FX_CHAIN_HEX]; /* the hash of its last record */
    bool begun;              /* there is one */
    const char **files; /* borrowed names, in the order in which the walk was told of them */
    size_t file_count, file_cap;
};

struct waiting {
    uint64_t number;
    enum ctl_log_line kind;
    char *line; /* owned */
    size_t len;
};

/* A file, as far as it says where it belongs. */
struct part {
    const char *path;
    struct walk *walk; /* NULL: not known yet, */
    bool left_out;     /* or one chain too many */
    bool chained;      /* a chained record was seen: what the first one says is known */
    bool very_first;   /* it is the first of a log, */
    bool own;          /* or a start or head */
    char prev[FX_CHAIN_HEX];
    char daemon[HOST_MAX]; /* of the first record of the daemon itself */
    size_t daemon_len;
    struct waiting waiting[WAITING_MAX];
    size_t waiting_count, waiting_octets;
};

struct ctl_report_chain {
    struct fx_key_file *keys;
    struct fx_signer **signers;
    size_t key_count, signer_count;
    struct walk walks[CHAINS_MAX];
    size_t walk_count;
    struct walk *last; /* of the part before */
    struct part part;
    bool too_many;    /* chains */
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
    for (size_t i = 0; i < c->part.waiting_count; i++)
        free(c->part.waiting[i].line);
    ctl_chain_summary_free(&c->sum);
    free(c);
}

/* ---- which chain ---- */

static void keep_daemon(char daemon[HOST_MAX], size_t *len, struct fx_slice host)
{
    host = fx_slice_first(host, HOST_MAX);
    if (host.len > 0)
        memcpy(daemon, host.ptr, host.len);
    *len = host.len;
}

static struct walk *walk_before(struct ctl_report_chain *c, const char prev[FX_CHAIN_HEX])
{
    for (size_t i = 0; i < c->walk_count; i++)
        if (c->walks[i].begun && memcmp(c->walks[i].last, prev, FX_CHAIN_HEX) == 0)
            return &c->walks[i];
    return NULL;
}

static struct walk *walk_of(struct ctl_report_chain *c, struct fx_slice daemon)
{
    for (size_t i = 0; i < c->walk_count; i++)
        if (fx_slice_eq(fx_slice(c->walks[i].daemon, c->walks[i].daemon_len), daemon))
            return &c->walks[i];
    return NULL;
}

/* Where this part belongs; NULL: a new chain begins. What is not known for another log belongs
 * to one that is there, so that what is missing between them shows. */
static struct walk *belongs(struct ctl_report_chain *c)
{
    const struct part *p = &c->part;
    struct walk *w = p->chained ? walk_before(c, p->prev) : NULL;
    if (w == NULL && p->daemon_len > 0)
        w = walk_of(c, fx_slice(p->daemon, p->daemon_len));
    if (w != NULL || c->walk_count == 0)
        return w;
    if (p->daemon_len == 0 || !(p->very_first || p->own))
        return c->last;
    for (size_t i = 0; i < c->walk_count; i++)
        if (c->walks[i].daemon_len == 0) /* it may be this daemon's */
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

/* The chain of this part, by what is known of it. false: no memory. */
static bool choose(struct ctl_report_chain *c)
{
    struct walk *w = belongs(c);
    if (w == NULL && c->walk_count == CHAINS_MAX) {
        c->too_many = c->part.left_out = true;
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
    w->files[w->file_count++] = c->part.path;
    fx_chain_walk_file(w->walk);
    c->part.walk = c->last = w;
    return true;
}

/* What a line says of the part. */
static void look(struct part *p, const struct fx_link *link, struct fx_slice line)
{
    bool own = fx_link_of_daemon(link);
    if (own && p->daemon_len == 0)
        keep_daemon(p->daemon, &p->daemon_len, fx_link_member(line, "host"));
    if (!link->chained || p->chained)
        return;
    p->chained = true;
    memcpy(p->prev, link->prev.ptr, FX_CHAIN_HEX);
    p->very_first = link->seq == 1 && memcmp(p->prev, FX_CHAIN_ZEROS, FX_CHAIN_HEX) == 0;
    p->own = fx_slice_eq(link->type, (struct fx_slice)FX_LIT("start")) ||
             fx_slice_eq(link->type, (struct fx_slice)FX_LIT("head"));
}

static bool known(struct ctl_report_chain *c)
{
    const struct part *p = &c->part;
    return c->walk_count == 0 ||
           (p->chained && (p->daemon_len > 0 || walk_before(c, p->prev) != NULL));
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

/* A line of the part, whose chain is known. */
static bool feed(struct ctl_report_chain *c, uint64_t number, enum ctl_log_line kind,
                 struct fx_slice line)
{
    struct walk *w = c->part.walk;
    struct fx_link link = {0};
    bool whole = kind == CTL_LOG_WHOLE || kind == CTL_LOG_TORN;
    if (whole && fx_link_read(line, &link)) {
        if (fx_link_of_daemon(&link))
            keep_daemon(w->daemon, &w->daemon_len, fx_link_member(line, "host"));
        if (link.chained) {
            w->begun = true;
            memcpy(w->last, link.hash.ptr, FX_CHAIN_HEX);
        }
    }
    return fx_chain_walk_feed(w->walk, kind_of(kind), line, number) && take_breaks(c, w);
}

/* No room for it: false. */
static bool waits(struct part *p, uint64_t number, enum ctl_log_line kind, struct fx_slice line)
{
    if (p->waiting_count == WAITING_MAX || line.len > WAITING_OCTETS - p->waiting_octets)
        return false;
    char *copy = malloc(line.len + 1);
    if (copy == NULL)
        return false;
    if (line.len > 0)
        memcpy(copy, line.ptr, line.len);
    p->waiting[p->waiting_count++] =
        (struct waiting){.number = number, .kind = kind, .line = copy, .len = line.len};
    p->waiting_octets += line.len;
    return true;
}

/* Those that wait go to the chain of their part, whatever is known of it. */
static bool settle(struct ctl_report_chain *c)
{
    struct part *p = &c->part;
    bool good = p->walk != NULL || p->left_out || choose(c);
    for (size_t i = 0; i < p->waiting_count; i++) {
        const struct waiting *w = &p->waiting[i];
        if (good && !p->left_out)
            good = feed(c, w->number, w->kind, fx_slice(w->line, w->len));
        free(w->line);
    }
    p->waiting_count = p->waiting_octets = 0;
    return good;
}

bool ctl_report_chain_file(struct ctl_report_chain *c, const char *path)
{
    bool good = c->part.waiting_count == 0 || settle(c);
    c->part = (struct part){.path = path};
    return good;
}

bool ctl_report_chain_line(struct ctl_report_chain *c, uint64_t number, enum ctl_log_line kind,
                           struct fx_slice line)
{
    struct part *p = &c->part;
    struct fx_link link = {0};
    bool whole = kind == CTL_LOG_WHOLE || kind == CTL_LOG_TORN;
    bool ours = whole && fx_link_read(line, &link);
    c->sum.chained += link.chained;
    if (p->left_out)
        return true;
    if (p->walk == NULL) {
        if (ours)
            look(p, &link, line);
        if (!known(c) && waits(p, number, kind, line))
            return true;
        if (!settle(c))
            return false;
    }
    return p->left_out || feed(c, number, kind, line);
}

/* ---- the end ---- */

static bool say(struct ctl_chain_summary *sum, const char *what)
{
    sum->what = strdup(what);
    return sum->what != NULL;
}

/* Adds the chains whose beginning was not given to sum->earlier. false: no memory. */
static bool note_earlier(struct ctl_report_chain *c)
{
    char buffer[CHAINS_MAX * (HOST_MAX + 40)];
    struct fx_text text;
    fx_text_init_fixed(&text, buffer, sizeof buffer - 1);
    for (size_t i = 0; i < c->walk_count; i++) {
        const struct walk *w = &c->walks[i];
        const struct fx_chain_result *r = fx_chain_walk_result(w->walk);
        if (r->first_seq == 0 || !r->earlier)
            continue;
        fx_text_add_str(&text, text.len > 0 ? ", " : "");
        if (w->daemon_len > 0)
            fx_text_add(&text, fx_slice(w->daemon, w->daemon_len));
        fx_text_add_str(&text, w->daemon_len > 0 ? " from record " : "from record ");
        fx_text_add_u64(&text, r->first_seq);
    }
    buffer[text.len] = '\0';
    c->sum.earlier = text.len > 0 ? strdup(buffer) : NULL;
    return text.len == 0 || c->sum.earlier != NULL;
}

bool ctl_report_chain_end(struct ctl_report_chain *c, struct ctl_chain_summary *summary)
{
    bool enough = c->part.waiting_count == 0 || settle(c); /* memory */
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
    enough = enough && note_earlier(c);
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
                                   : "too many logs");
    }
    *summary = *sum;
    *sum = (struct ctl_chain_summary){0};
    return enough;
}
