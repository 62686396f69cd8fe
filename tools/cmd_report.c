/* cmd_report - "fixupctl report": logs read record by record, and summed up or converted. */
#include "fixupctl.h"

#include "ecs.h"
#include "log_reader.h"
#include "progress.h"
#include "record_read.h"
#include "report.h"
#include "report_chain.h"
#include "terminal.h"
#include "timestamp.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOP 10
#define TOP_MAX 1000
#define FAULTS_SHOWN 20 /* of each file */

enum {
    OPTION_HTML = 1,
    OPTION_FORMAT,
    OPTION_SINCE,
    OPTION_UNTIL,
    OPTION_TOP,
    OPTION_JSON,
    OPTION_KEY,
    OPTION_PUBKEY
};

struct arguments {
    const char *html; /* NULL: none */
    bool ecs, json, since_told, until_told;
    int64_t since, until;
    size_t top;
    const char **keys, **pubkeys; /* --key, --pubkey, in order */
    size_t key_count, pubkey_count;
    char **paths;
    size_t path_count;
};

struct run {
    const struct arguments *args;
    struct ctl_report_builder *builder;
    struct ctl_report_chain *chain;
    struct ctl_progress progress;
    int code; /* of the first trouble, or 0 */
    const char *path;
    uint64_t faults; /* of this file */
    bool stopped;
};

static void set_code(struct run *run, enum ctl_exit code)
{
    if (run->code == 0)
        run->code = (int)code;
}

/* line 0: the file as a whole. */
static void say(struct run *run, uint64_t line, const char *what)
{
    ctl_progress_clear(&run->progress);
    fflush(stdout); /* where both go to one terminal, the order shows what belongs together */
    ctl_put_str(stderr, run->path);
    if (line > 0)
        fprintf(stderr, ":%" PRIu64, line);
    fprintf(stderr, ": %s\n", what);
}

static void unread(struct run *run, uint64_t number, const char *what)
{
    ctl_report_unread(run->builder);
    set_code(run, CTL_EXIT_NO_INPUT);
    if (run->faults++ < FAULTS_SHOWN)
        say(run, number, what);
}

static void out_of_memory(struct run *run)
{
    say(run, 0, "not enough memory");
    set_code(run, CTL_EXIT_TRY_LATER);
    run->stopped = true;
}

/* A document: one line takes too much memory, or nothing can be written any more. */
static void not_written(struct run *run, uint64_t number)
{
    run->stopped = ferror(stdout) != 0;
    if (!run->stopped)
        unread(run, number, "not enough memory to convert it");
}

static void take(struct run *run, struct fx_slice line, uint64_t number)
{
    struct ctl_record record;
    const char *what = ctl_record_read(line, &record);
    if (what != NULL) {
        unread(run, number, what);
        return;
    }
    bool good = ctl_report_take(run->builder, &record);
    if (!good)
        out_of_memory(run);
    else if (run->args->ecs && ctl_report_covers(run->builder, record.time) &&
             !ctl_ecs_put(&record, stdout))
        not_written(run, number);
    ctl_record_finish(&record);
}

/* A line of any kind; false: it was the last. */
static bool next(struct run *run, struct ctl_log *log)
{
    struct fx_slice line = FX_ABSENT;
    uint64_t number = 0, octets, of;
    enum ctl_exit code = CTL_EXIT_NO_INPUT;
    enum ctl_log_line kind = ctl_log_next(log, &line, &number);
    const char *what = NULL;
    if (kind == CTL_LOG_END)
        return false;
    if (kind == CTL_LOG_TROUBLE) {
        what = ctl_log_trouble(log, &code);
        line = fx_slice_str(what);
    }
    if (!ctl_report_chain_line(run->chain, number, kind, line))
        out_of_memory(run);
    switch (kind) {
    case CTL_LOG_WHOLE:
    case CTL_LOG_TORN: /* without its line end it may yet be whole */
        take(run, line, number);
        break;
    case CTL_LOG_TOO_LONG:
        unread(run, number, "no record: too long");
        break;
    default:
        ctl_report_unread(run->builder);
        say(run, number, what);
        set_code(run, code == CTL_EXIT_FOUND ? CTL_EXIT_NO_INPUT : code);
    }
    ctl_log_progress(log, &octets, &of);
    ctl_progress_within(&run->progress, octets, of);
    return !run->stopped;
}

static void read_file(struct run *run, const char *path)
{
    enum ctl_exit code = CTL_EXIT_IO;
    const char *what = NULL;
    run->path = path;
    run->faults = 0;
    if (!ctl_report_part(run->builder, path) || !ctl_report_chain_file(run->chain, path)) {
        out_of_memory(run);
        return;
    }
    struct ctl_log *log = ctl_log_open(path, &code, &what);
    if (log == NULL) {
        say(run, 0, what);
        set_code(run, code);
        return;
    }
    uint64_t octets, of;
    while (next(run, log))
        ;
    ctl_log_progress(log, &octets, &of);
    ctl_log_close(log);
    ctl_progress_step(&run->progress, octets);
    if (run->faults > FAULTS_SHOWN) {
        ctl_progress_clear(&run->progress);
        ctl_put_str(stderr, path);
        fprintf(stderr, ": %" PRIu64 " more lines like these\n", run->faults - FAULTS_SHOWN);
    }
}

static int show(struct run *run)
{
    const struct arguments *args = run->args;
    struct ctl_chain_summary chain;
    struct ctl_report report;
    if (!ctl_report_chain_end(run->chain, &chain))
        return CTL_EXIT_TRY_LATER;
    if (!ctl_report_finish(run->builder, &chain, &report)) {
        ctl_chain_summary_free(&chain);
        return CTL_EXIT_TRY_LATER;
    }
    enum ctl_exit code = CTL_EXIT_OK;
    if (args->html != NULL)
        code = ctl_report_html(&report, args->html);
    else if (args->json ? !ctl_report_json(&report) : !ctl_report_text(&report))
        code = ferror(stdout) ? CTL_EXIT_IO : CTL_EXIT_TRY_LATER;
    ctl_report_free(&report);
    return (int)code;
}

static int read_all(struct run *run)
{
    ctl_progress_begin(&run->progress, run->args->json);
    for (size_t i = 0; i < run->args->path_count && !run->stopped; i++)
        read_file(run, run->args->paths[i]);
    ctl_progress_clear(&run->progress);
    int code = run->args->ecs || run->stopped ? CTL_EXIT_OK : show(run);
    if (code == CTL_EXIT_TRY_LATER)
        fputs(CTL_PROGRAM " report: not enough memory\n", stderr);
    if (run->code == 0)
        run->code = code;
    return ctl_stdout_good(CTL_PROGRAM " report") ? run->code : CTL_EXIT_IO;
}

static int run_with(const struct arguments *args)
{
    struct run run = {.args = args};
    int code = CTL_EXIT_TRY_LATER;
    const struct ctl_chain_keys keys = {.keys = args->keys,
                                        .key_count = args->key_count,
                                        .pubkeys = args->pubkeys,
                                        .pubkey_count = args->pubkey_count};
    run.builder = ctl_report_create(args->since_told ? &args->since : NULL,
                                    args->until_told ? &args->until : NULL, args->top);
    run.chain = ctl_report_chain_create(&keys, &code);
    if (run.chain == NULL)
        ; /* said */
    else if (run.builder == NULL)
        fputs(CTL_PROGRAM " report: not enough memory\n", stderr);
    else
        code = read_all(&run);
    ctl_report_chain_destroy(run.chain);
    ctl_report_destroy(run.builder);
    return code;
}

/* ---- the command line ---- */

static int wrong(const struct ctl_command *self, const char *word, const char *what)
{
    return ctl_usage(self, word, what);
}

/* -1: go on; else the exit code. */
static int take_option(const struct ctl_command *self, const struct ctl_options *options,
                       int id, const char *value, struct arguments *args)
{
    uint64_t top;
    switch (id) {
    case OPTION_HTML:
        args->html = value;
        return value[0] != '\0' ? -1 : wrong(self, "--html", "needs the name of a file");
    case OPTION_FORMAT:
        args->ecs = strcmp(value, "ecs") == 0;
        return args->ecs || strcmp(value, "text") == 0
                   ? -1
                   : wrong(self, value, "no such format; there are: text, ecs");
    case OPTION_SINCE:
        args->since_told = fx_timestamp_read(fx_slice_str(value), &args->since);
        return args->since_told ? -1 : wrong(self, value, "no time: " FX_TIMESTAMP_FORM);
    case OPTION_UNTIL:
        args->until_told = fx_timestamp_read(fx_slice_str(value), &args->until);
        return args->until_told ? -1 : wrong(self, value, "no time: " FX_TIMESTAMP_FORM);
    case OPTION_TOP:
        if (!fx_slice_u64(fx_slice_str(value), &top) || top < 1 || top > TOP_MAX)
            return wrong(self, value, "no number from 1 to 1000");
        args->top = (size_t)top;
        return -1;
    case OPTION_JSON:
        args->json = true;
        return -1;
    case OPTION_KEY:
        args->keys[args->key_count++] = value;
        return -1;
    case OPTION_PUBKEY:
        args->pubkeys[args->pubkey_count++] = value;
        return -1;
    case CTL_OPTION_OPERAND:
        args->paths[args->path_count++] = options->argv[options->at - 1];
        return -1;
    case CTL_OPTION_HELP:
        return ctl_help(self);
    case CTL_OPTION_VERSION:
        return ctl_version();
    default:
        return ctl_usage_option(self, options);
    }
}

static int go(const struct ctl_command *self, const struct arguments *args)
{
    if (args->path_count == 0)
        return ctl_usage(self, NULL, "which log?");
    if (args->since_told && args->until_told && args->since > args->until)
        return ctl_usage(self, NULL, "--since is later than --until");
    if (args->ecs && (args->json || args->html != NULL))
        return ctl_usage(self, NULL, "--format ecs goes with neither --json nor --html");
    if (args->json && args->html != NULL)
        return ctl_usage(self, NULL, "--html does not go with --json");
    return run_with(args);
}

static int report(const struct ctl_command *self, int argc, char **argv)
{
    static const struct ctl_option table[] = {{OPTION_HTML, 0, "html", true},
                                              {OPTION_FORMAT, 0, "format", true},
                                              {OPTION_SINCE, 0, "since", true},
                                              {OPTION_UNTIL, 0, "until", true},
                                              {OPTION_TOP, 0, "top", true},
                                              {OPTION_JSON, 0, "json", false},
                                              {OPTION_KEY, 0, "key", true},
                                              {OPTION_PUBKEY, 0, "pubkey", true},
                                              CTL_COMMON_OPTIONS,
                                              {0, 0, NULL, false}};
    struct ctl_options options = {.argc = argc, .argv = argv, .at = 1};
    struct arguments args = {.top = TOP};
    const char *value;
    int code = -1, id;
    args.keys = calloc((size_t)argc, sizeof *args.keys);
    args.pubkeys = calloc((size_t)argc, sizeof *args.pubkeys);
    args.paths = calloc((size_t)argc, sizeof *args.paths);
    if (args.keys == NULL || args.pubkeys == NULL || args.paths == NULL)
        code = CTL_EXIT_TRY_LATER;
    while (code < 0 && (id = ctl_options_next(&options, table, &value)) != CTL_OPTION_END)
        code = take_option(self, &options, id, value, &args);
    if (code < 0)
        code = go(self, &args);
    free(args.keys);
    free(args.pubkeys);
    free(args.paths);
    return code;
}

const struct ctl_command ctl_cmd_report = {
    .name = "report",
    .synopsis = "report [--html FILE | --json | --format ecs] [--since TIME] [--until TIME]\n"
                "              [--top N] [--key FILE]... [--pubkey FILE]... [--] LOG...",
    .summary = "sum up compliance logs",
    .help =
        "LOGs are parts of compliance logs, plain or compressed, oldest first, of one host\n"
        "or of several; \"-\" is standard input. Any length is read in constant memory.\n\n"
        "      --html FILE   write one HTML file with charts, which needs nothing else\n"
        "      --format ecs  convert each record to a document of the Elastic Common\n"
        "                    Schema, one JSON object a line; \"text\" is the default\n"
        "      --since TIME  leave out what ended before: YYYY-MM-DD or\n"
        "                    YYYY-MM-DDTHH:MM:SSZ\n"
        "      --until TIME  leave out what ended then or later\n"
        "      --top N       rows of the tables of clients and domains, 10 by default\n"
        "      --json        one JSON object a line: the summary, then each table\n"
        "      --key FILE    the key of the chain (log.key_file)\n"
        "      --pubkey FILE the public key of signed heads\n",
    .run = report,
};
