/* cmd_verify - is a log whole? Its parts, read line by line, through chain_walk. */
#include "fixupctl.h"

#include "chain_walk.h"
#include "key_option.h"
#include "log_reader.h"
#include "progress.h"
#include "terminal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPTION_KEY = 1, OPTION_PUBKEY, OPTION_HEAD, OPTION_ALL, OPTION_JSON };
static const struct ctl_option options_table[] = {{OPTION_KEY, 0, "key", true},
                                                  {OPTION_PUBKEY, 0, "pubkey", true},
                                                  {OPTION_HEAD, 0, "head", true},
                                                  {OPTION_ALL, 0, "all", false},
                                                  {OPTION_JSON, 0, "json", false},
                                                  CTL_COMMON_OPTIONS,
                                                  {0}};

struct verify {
    struct fx_chain_walk *walk;
    struct fx_signer **signers; /* room for as many as there are arguments */
    size_t signer_count, key_count;
    char **logs; /* of argv, in their order */
    size_t log_count;
    bool all, json;
    struct ctl_progress progress;
    enum ctl_exit trouble; /* the first; OK */
};

static void trouble(struct verify *v, const char *name, const char *what, enum ctl_exit code)
{
    ctl_progress_clear(&v->progress);
    fputs(CTL_PROGRAM " verify: ", stderr);
    if (name != NULL) {
        ctl_put_str(stderr, name);
        fputs(": ", stderr);
    }
    ctl_put_str(stderr, what);
    fputc('\n', stderr);
    if (v->trouble == CTL_EXIT_OK)
        v->trouble = code;
}

static void no_memory(struct verify *v)
{
    trouble(v, NULL, "not enough memory", CTL_EXIT_TRY_LATER);
}

static void add_key(struct verify *v, const char *path)
{
    struct fx_key_file file;
    char wrong[FX_KEY_WRONG];
    enum ctl_exit code = ctl_key_read(path, FX_KEY_ONE, &file, wrong);
    if (code != CTL_EXIT_OK) {
        trouble(v, NULL, wrong, code);
        return;
    }
    if (!fx_chain_walk_key(v->walk, file.keys[0]))
        no_memory(v);
    v->key_count++;
    fx_key_file_finish(&file);
}

static void add_public_key(struct verify *v, const char *path)
{
    struct fx_signer *signer;
    char wrong[FX_KEY_WRONG];
    enum ctl_exit code = ctl_signer_read(path, &signer, wrong);
    if (code != CTL_EXIT_OK) {
        trouble(v, NULL, wrong, code);
        return;
    }
    v->signers[v->signer_count++] = signer;
    if (!fx_chain_walk_signer(v->walk, signer))
        no_memory(v);
}

static void json_text(const char *name, struct fx_slice s)
{
    struct fx_text t;
    bool lossy = false;
    fx_text_init_growing(&t, SIZE_MAX / 2);
    fx_text_add_json(&t, s, &lossy);
    printf("%s:", name);
    fwrite(t.data, 1, t.len, stdout);
    fx_text_finish(&t);
}

static void show_break(struct verify *v, const struct fx_chain_break *b)
{
    const char *name = v->logs[b->file];
    ctl_progress_clear(&v->progress);
    if (!v->json) {
        ctl_put_str(stdout, name);
        printf(":%" PRIu64 ": %s: ", b->line, fx_break_word(b->kind));
        ctl_put_str(stdout, b->detail);
        putchar('\n');
        return;
    }
    json_text("{\"file\"", fx_slice_str(name));
    printf(",\"line\":%" PRIu64 ",\"kind\":\"%s\"", b->line, fx_break_word(b->kind));
    json_text(",\"detail\"", fx_slice_str(b->detail));
    printf(",\"seq\":%" PRIu64 ",\"lines\":%" PRIu64, b->seq, b->records);
    if (b->from > 0)
        printf(",\"from\":%" PRIu64 ",\"to\":%" PRIu64, b->from, b->to);
    puts("}");
}

static void show_breaks(struct verify *v)
{
    struct fx_chain_break b;
    while (fx_chain_walk_next(v->walk, &b))
        if (v->all || fx_chain_walk_result(v->walk)->breaks == 1)
            show_break(v, &b);
}

static enum fx_chain_line kind_of(enum ctl_log_line kind)
{
    switch (kind) {
    case CTL_LOG_WHOLE:
        return FX_CHAIN_WHOLE;
    case CTL_LOG_TORN:
        return FX_CHAIN_TORN;
    case CTL_LOG_TOO_LONG:
        return FX_CHAIN_TOO_LONG;
    default:
        return FX_CHAIN_DAMAGED;
    }
}

static void read_log(struct verify *v, const char *path)
{
    enum ctl_exit code;
    const char *what;
    struct fx_slice line;
    uint64_t number, taken, of;
    enum ctl_log_line kind;
    struct ctl_log *log = ctl_log_open(path, &code, &what);
    fx_chain_walk_file(v->walk);
    if (log == NULL) {
        trouble(v, path, what, code);
        return;
    }
    while ((kind = ctl_log_next(log, &line, &number)) != CTL_LOG_END) {
        if (kind == CTL_LOG_TROUBLE) {
            what = ctl_log_trouble(log, &code);
            line = fx_slice_str(what);
            if (code != CTL_EXIT_FOUND)
                trouble(v, path, what, code);
        }
        if (!fx_chain_walk_feed(v->walk, kind_of(kind), line, number)) {
            trouble(v, path, "the digest failed", CTL_EXIT_INTERNAL);
            break;
        }
        show_breaks(v);
        ctl_log_progress(log, &taken, &of);
        ctl_progress_within(&v->progress, taken, of);
    }
    ctl_log_progress(log, &taken, &of);
    ctl_progress_step(&v->progress, taken);
    ctl_log_close(log);
}

static void show_json(const struct fx_chain_result *r, bool intact)
{
    printf("{\"intact\":%s,\"broken\":%" PRIu64 ",\"lines\":%" PRIu64 ",\"records\":%" PRIu64,
           intact ? "true" : "false", r->breaks, r->lines, r->records);
    printf(",\"first\":%" PRIu64 ",\"last\":%" PRIu64 ",\"earlier\":%s,\"hash\":", r->first_seq,
           r->last.seq, r->earlier ? "true" : "false");
    printf(r->last.hash[0] != '\0' ? "\"%s\"" : "null", r->last.hash);
    printf(",\"keyed\":%s,\"heads\":%" PRIu64 ",\"signed\":%" PRIu64 ",\"good\":%" PRIu64
           ",\"after_good\":%" PRIu64,
           r->keyed ? "true" : "false", r->heads, r->signed_heads, r->good_heads,
           r->after_good);
    printf(",\"torn\":%" PRIu64 ",\"unwritten\":%" PRIu64 ",\"missing\":%" PRIu64 "}\n",
           r->torn, r->unwritten, r->missing);
}

static void show_heads(const struct verify *v, const struct fx_chain_result *r)
{
    if (v->signer_count > 0)
        printf("heads with a good signature: %" PRIu64 " of %" PRIu64
               "; records from the last one on, which no signature covers: %" PRIu64 "\n",
               r->good_heads, r->heads, r->after_good);
    else if (r->signed_heads > 0)
        printf("heads that are signed: %" PRIu64 "; no public key was given to verify them\n",
               r->signed_heads);
}

static void show_notes(const struct fx_chain_result *r)
{
    if (r->earlier)
        printf("earlier parts were not given: the first record is %" PRIu64 "\n", r->first_seq);
    if (r->torn > 0)
        printf("torn lines that the daemon set aside at its start: %" PRIu64 "\n", r->torn);
    if (r->unwritten > 0)
        printf("records that the daemon could not write, as it says: %" PRIu64 "\n",
               r->unwritten);
    if (r->missing > 0)
        printf("starts at which records were missing or others, as the daemon says: %" PRIu64
               "\n",
               r->missing);
}

static int conclude(struct verify *v)
{
    const struct fx_chain_result *r = fx_chain_walk_result(v->walk);
    /* An emptied log is not to be called intact. */
    if (r->records == 0 && r->breaks == 0 && v->trouble == CTL_EXIT_OK)
        v->trouble = CTL_EXIT_NO_INPUT;
    bool intact = r->breaks == 0 && v->trouble == CTL_EXIT_OK;
    if (v->json) {
        show_json(r, intact);
    } else {
        printf("%s: ", intact ? "intact" : r->breaks > 0 ? "broken" : "not verified");
        if (r->breaks > 0)
            printf("%" PRIu64 " place%s; ", r->breaks, r->breaks == 1 ? "" : "s");
        printf("%" PRIu64 " record%s", r->records, r->records == 1 ? "" : "s");
        if (r->last.hash[0] != '\0')
            printf(", %" PRIu64 " to %" PRIu64 "%s; head %s", r->first_seq, r->last.seq,
                   r->keyed ? ", under a key" : ", without a key", r->last.hash);
        putchar('\n');
        show_heads(v, r);
        show_notes(r);
    }
    return v->trouble != CTL_EXIT_OK ? (int)v->trouble
           : r->breaks > 0           ? CTL_EXIT_FOUND
                                     : CTL_EXIT_OK;
}

/* -1: go on; else the exit code. */
static int read_options(struct verify *v, const struct ctl_command *self, int argc, char **argv)
{
    struct ctl_options o = {.argc = argc, .argv = argv, .at = 1};
    const char *value;
    int id;
    while ((id = ctl_options_next(&o, options_table, &value)) != CTL_OPTION_END) {
        switch (id) {
        case OPTION_KEY:
            add_key(v, value);
            break;
        case OPTION_PUBKEY:
            add_public_key(v, value);
            break;
        case OPTION_HEAD:
            if (!fx_chain_walk_head(v->walk, fx_slice_str(value)))
                return ctl_usage(self, value, "--head takes a hash: 64 hex digits");
            break;
        case OPTION_ALL:
            v->all = true;
            break;
        case OPTION_JSON:
            v->json = true;
            break;
        case CTL_OPTION_OPERAND:
            v->logs[v->log_count++] = argv[o.at - 1];
            break;
        case CTL_OPTION_HELP:
            return ctl_help(self);
        case CTL_OPTION_VERSION:
            return ctl_version();
        default:
            return ctl_usage_option(self, &o);
        }
    }
    if (v->log_count == 0)
        return ctl_usage(self, NULL, "which LOG?");
    return v->trouble != CTL_EXIT_OK ? (int)v->trouble : -1;
}

static int run_with(struct verify *v, const struct ctl_command *self, int argc, char **argv)
{
    int code = read_options(v, self, argc, argv);
    if (code >= 0)
        return code;
    ctl_progress_begin(&v->progress, v->json);
    for (size_t i = 0; i < v->log_count; i++)
        read_log(v, v->logs[i]);
    fx_chain_walk_end(v->walk);
    show_breaks(v);
    ctl_progress_clear(&v->progress);
    code = conclude(v);
    return ctl_stdout_good(CTL_PROGRAM) ? code : CTL_EXIT_IO;
}

static int run(const struct ctl_command *self, int argc, char **argv)
{
    struct verify v = {.walk = fx_chain_walk_create(),
                       .logs = calloc((size_t)argc, sizeof(char *)),
                       .signers = calloc((size_t)argc, sizeof(struct fx_signer *))};
    int code = CTL_EXIT_TRY_LATER;
    if (v.walk != NULL && v.logs != NULL && v.signers != NULL)
        code = run_with(&v, self, argc, argv);
    else
        no_memory(&v);
    fx_chain_walk_destroy(v.walk);
    for (size_t i = 0; i < v.signer_count; i++)
        fx_signer_destroy(v.signers[i]);
    free(v.signers);
    free(v.logs);
    return code;
}

const struct ctl_command ctl_cmd_verify = {
    "verify",
    "verify [--key FILE]... [--pubkey FILE]... [--head HASH]... [--all] [--json] LOG...",
    "Is a log complete and unchanged? Oldest part first; - is standard input.",
    "      --key FILE   the key of log.key_file; more than one where it changed\n"
    "      --pubkey FILE\n"
    "                   the public key (PEM) that signs the heads\n"
    "      --head HASH  the hash of a record that has to be there, from elsewhere\n"
    "      --all        every broken place, not only the first\n"
    "      --json       one JSON object a line\n",
    run};
