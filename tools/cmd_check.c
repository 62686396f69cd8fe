/* cmd_check - "fixupctl check": mail and transcripts through the daemon's own engine. */
#include "fixupctl.h"

#include "by_domain.h"
#include "check_view.h"
#include "engine.h"
#include "message.h"
#include "progress.h"
#include "side_by_side.h"
#include "source.h"
#include "terminal.h"
#include "timestamp.h"
#include "transcript.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAIN_PROFILE "asa-9"
#define LINE_MAX_OCTETS (2 * FX_RECORD_MAX) /* the name of the source besides */
#define FAULTS_SHOWN 20                     /* of one transcript */

enum {
    OPTION_CONFIG = 1,
    OPTION_PROFILE,
    OPTION_JSON,
    OPTION_SIDE_BY_SIDE,
    OPTION_BY_DOMAIN,
    OPTION_AT
};

struct arguments {
    const char *config;
    const char **profiles; /* -p, in order */
    size_t profile_count;
    char **paths;
    size_t path_count;
    const char *at;     /* --at; NULL: now */
    struct fx_time now; /* what it comes to */
    bool json, side_by_side, by_domain;
};

struct check {
    const struct fx_policy *policy;
    struct fx_time now; /* one for the whole run, so that sources do not depend on each other */
    bool json, side_by_side, found, stopped;
    int code; /* of the first trouble, or 0 */
    uint64_t seq, sources;
    uint64_t sessions_in_all, sessions_off; /* those that the policy does not look at */
    uint64_t read, unread; /* messages whose signatures were looked at, or were not */
    struct fx_text line, extra;
    struct ctl_view view;
    struct ctl_side side;
    struct ctl_domains *domains; /* NULL: not summed up by domain */
    struct ctl_progress progress;

    const struct ctl_item *item;
    struct fx_engine *engine; /* NULL between sessions */
    uint64_t sessions;        /* of this item */
    uint64_t records;         /* of this session */
    uint64_t faults;          /* of this item */
};

static void trouble(void *arg, const char *name, const char *what, enum ctl_exit code)
{
    struct check *c = arg;
    ctl_progress_clear(&c->progress);
    fflush(stdout); /* where both go to one terminal, the order shows what belongs together */
    fputs(CTL_PROGRAM ": ", stderr);
    ctl_put_str(stderr, name);
    fprintf(stderr, ": %s\n", what);
    if (c->code == 0)
        c->code = (int)code;
}

/* 32 hex digits out of the name and the session's number, so that two runs give the same:
 * FNV-1a over both, from two starting points. An identity, no secret. */
static void session_id(const char *name, uint64_t number, char id[33])
{
    static const char hex[] = "0123456789abcdef";
    static const uint64_t start[2] = {UINT64_C(14695981039346656037),
                                      UINT64_C(7809847782465536322)};
    for (size_t half = 0; half < 2; half++) {
        uint64_t hash = start[half];
        for (const char *p = name; *p != '\0'; p++)
            hash = (hash ^ (unsigned char)*p) * UINT64_C(1099511628211);
        for (unsigned i = 0; i < 8; i++)
            hash = (hash ^ (number >> (8 * i) & 0xFF)) * UINT64_C(1099511628211);
        for (unsigned i = 0; i < 16; i++)
            id[half * 16 + i] = hex[hash >> (60 - 4 * i) & 0xF];
    }
    id[32] = '\0';
}

static bool put_json(struct check *c, const struct fx_record *record)
{
    bool lossy = false;
    fx_text_reset(&c->extra);
    fx_text_add_str(&c->extra, ",\"source\":");
    fx_text_add_json(&c->extra, fx_slice_str(c->item->name), &lossy);
    fx_text_add_char(&c->extra, '\0');
    if (c->extra.overflow || !fx_record_line(record, ++c->seq, c->extra.data, &c->line))
        return false;
    fx_text_add_char(&c->line, '\n');
    if (c->line.overflow)
        return false;
    return fwrite(c->line.data, 1, c->line.len, stdout) == c->line.len;
}

static bool sum_up(struct check *c, const struct fx_message *m)
{
    if (fx_ruleset_signatures(m->rules))
        c->read++;
    else
        c->unread++;
    return ctl_domains_add(c->domains, m);
}

static bool emit(void *arg, struct fx_record *record)
{
    struct check *c = arg;
    const struct fx_session *s = fx_engine_session(c->engine);
    bool many = c->item->kind == CTL_TRANSCRIPT, good = true;
    c->records++;
    c->found = c->found || record->found;
    ctl_progress_clear(&c->progress);
    if (c->domains != NULL)
        good = !s->in_message || sum_up(c, s->message);
    else if (c->side_by_side)
        good = ctl_side_record(&c->side, c->item->name, many, s);
    else if (c->json)
        good = put_json(c, record);
    else
        ctl_view_record(&c->view, c->item->name, many, s);
    if (!good && ferror(stdout) == 0)
        trouble(c, c->item->name, "not enough memory for its record", CTL_EXIT_TRY_LATER);
    c->stopped = ferror(stdout) != 0;
    return !c->stopped;
}

static void end_session(struct check *c)
{
    const struct fx_session *s = fx_engine_session(c->engine);
    if (s->no_memory)
        trouble(c, c->item->name, "not enough memory to judge it in full", CTL_EXIT_TRY_LATER);
    else if (!fx_ruleset_active(s->rules) && c->records == 0)
        c->sessions_off++;
    else if (c->records == 0 && !c->stopped && !c->policy->flagged_only)
        trouble(c, c->item->name, "its record could not be made", CTL_EXIT_INTERNAL);
    fx_engine_destroy(c->engine);
    c->engine = NULL;
}

/* One event of whatever source. CONNECT makes the session and CLOSE ends it. */
static bool feed(void *arg, const struct fx_event *event)
{
    struct check *c = arg;
    if (event->kind == FX_EVENT_CONNECT) {
        char id[33];
        session_id(c->item->name, ++c->sessions, id);
        c->sessions_in_all++;
        c->records = 0;
        c->engine =
            fx_engine_create(c->policy, id, &(struct fx_engine_hooks){.emit = emit, .arg = c});
    }
    if (c->engine == NULL)
        return false;
    fx_engine_feed(c->engine, event);
    if (event->kind == FX_EVENT_CLOSE)
        end_session(c);
    return !c->stopped;
}

static bool feed_kind(struct check *c, enum fx_event_kind kind)
{
    struct fx_event event = {.kind = kind, .time = c->now};
    return feed(c, &event);
}

/* A file has no envelope: client, sender and recipients stay unknown. */
static bool check_message(struct check *c)
{
    struct fx_message_source source = {.bytes = c->item->bytes,
                                       .time = c->now,
                                       .unquote_from = c->item->kind == CTL_MBOX_MESSAGE};
    return feed_kind(c, FX_EVENT_CONNECT) && feed_kind(c, FX_EVENT_MAIL) &&
           fx_message_events(&source, feed, c) && feed_kind(c, FX_EVENT_EOM) &&
           feed_kind(c, FX_EVENT_CLOSE);
}

static void transcript_fault(void *arg, uint64_t line, const char *what)
{
    struct check *c = arg;
    if (++c->faults > FAULTS_SHOWN)
        return;
    ctl_progress_clear(&c->progress);
    fflush(stdout);
    fputs(CTL_PROGRAM ": ", stderr);
    ctl_put_str(stderr, c->item->name);
    fprintf(stderr, ":%" PRIu64 ": %s\n", line, what);
    if (c->code == 0)
        c->code = CTL_EXIT_NO_INPUT;
}

static bool check_transcript(struct check *c)
{
    struct fx_transcript_source source = {.bytes = c->item->bytes,
                                          .start = c->now,
                                          .sink = feed,
                                          .fault = transcript_fault,
                                          .arg = c};
    bool done = fx_transcript_events(&source);
    if (c->faults > FAULTS_SHOWN)
        trouble(c, c->item->name, "more lines like these", CTL_EXIT_NO_INPUT);
    if (done && c->sessions == 0)
        trouble(c, c->item->name, "no SMTP transcript", CTL_EXIT_NO_INPUT);
    return done;
}

static bool check_item(void *arg, const struct ctl_item *item)
{
    struct check *c = arg;
    c->item = item;
    c->sessions = c->faults = 0;
    bool done = item->kind == CTL_TRANSCRIPT ? check_transcript(c) : check_message(c);
    if (!done && !c->stopped)
        trouble(c, item->name, "not enough memory", CTL_EXIT_TRY_LATER);
    fx_engine_destroy(c->engine);
    c->engine = NULL;
    c->sources++;
    ctl_progress_step(&c->progress, item->bytes.len);
    return !c->stopped;
}

static bool read_clock(struct fx_time *now)
{
    struct timespec ts;
    if (clock_gettime(CLOCK_REALTIME, &ts) != 0)
        return false;
    *now = (struct fx_time){.wall = (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000};
    return true;
}

/* Nothing to show is not the same as nothing looked at. */
static void put_off(const struct check *c)
{
    fflush(stdout);
    if (c->sessions_off > 0)
        fprintf(stderr,
                CTL_PROGRAM ": nothing was looked at in %" PRIu64 " of %" PRIu64
                            " sessions: the policy has every rule off for them\n",
                c->sessions_off, c->sessions_in_all);
    if (c->unread > 0)
        fprintf(stderr,
                CTL_PROGRAM ": no signature was looked at in %" PRIu64 " of %" PRIu64
                            " messages: the policy has dkim-* and content-type-embedded off\n",
                c->unread, c->read + c->unread);
}

static void put_domains(struct check *c)
{
    bool none = c->read == 0 && c->unread + c->sessions_off > 0;
    if (none && !c->json)
        return;
    if (!ctl_domains_put(c->domains, c->json, c->policy->base.content_type_grade) &&
        ferror(stdout) == 0)
        trouble(c, "the sums by domain", "not enough memory", CTL_EXIT_TRY_LATER);
}

/* What is shown when all was read. */
static void put_end(struct check *c)
{
    if (c->stopped)
        return;
    if (c->domains != NULL)
        put_domains(c);
    else if (c->side_by_side)
        ctl_side_end(&c->side);
    else if (!c->json)
        ctl_view_end(&c->view, c->sources);
    put_off(c);
}

static int check_all(const struct arguments *args, const struct fx_policy *policy)
{
    struct check c = {.policy = policy,
                      .now = args->now,
                      .json = args->json,
                      .side_by_side = args->side_by_side};
    struct ctl_source_handler handler = {.item = check_item, .trouble = trouble, .arg = &c};
    bool good = args->at != NULL || read_clock(&c.now);
    if (args->by_domain && good)
        good = (c.domains = ctl_domains_create()) != NULL;
    if (!good || !ctl_view_init(&c.view, policy)) {
        fputs(CTL_PROGRAM ": no clock, or not enough memory\n", stderr);
        ctl_domains_destroy(c.domains);
        return CTL_EXIT_TRY_LATER;
    }
    fx_text_init_growing(&c.line, LINE_MAX_OCTETS);
    fx_text_init_growing(&c.extra, LINE_MAX_OCTETS);
    ctl_side_init(&c.side, args->json);
    ctl_progress_begin(&c.progress, args->json);
    for (size_t i = 0; i < args->path_count && !c.stopped; i++)
        ctl_source_walk(args->paths[i], &handler);
    ctl_progress_clear(&c.progress);
    put_end(&c);
    fx_text_finish(&c.line);
    fx_text_finish(&c.extra);
    ctl_view_finish(&c.view);
    ctl_side_finish(&c.side);
    ctl_domains_destroy(c.domains);
    if (!ctl_stdout_good(CTL_PROGRAM))
        return CTL_EXIT_IO;
    return c.code != 0 ? c.code : c.found ? CTL_EXIT_FOUND : CTL_EXIT_OK;
}

/* The command line's own profiles must exist: a wrong name is wrong usage, not a faulty file.
 */
static bool profiles_exist(const struct ctl_command *self, const struct arguments *args,
                           const char *const *dirs, int *code)
{
    struct fx_faults faults = {0};
    char **names = NULL;
    size_t count = 0;
    bool good = fx_config_profile_names(dirs, &names, &count, &faults);
    if (!good)
        *code = ctl_faults(&faults);
    for (size_t p = 0; good && p < args->profile_count; p++) {
        const char *wrong = ctl_profile_wrong(args->profiles[p], names, count, dirs);
        good = wrong == NULL;
        if (!good)
            *code = ctl_usage(self, args->profiles[p], wrong);
    }
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
    fx_faults_finish(&faults);
    return good;
}

static int with_profiles(const struct arguments *args, const char *const *dirs)
{
    struct fx_config_override override = {.profile = MAIN_PROFILE, .compare_all = true};
    struct fx_faults faults = {0};
    if (args->profile_count > 0)
        override = (struct fx_config_override){.profile = args->profiles[0],
                                               .compare = args->profiles + 1,
                                               .compare_count = args->profile_count - 1};
    bool plain = args->config != NULL && args->profile_count == 0;
    struct fx_config *config =
        fx_config_load(args->config, dirs, plain ? NULL : &override, &faults);
    if (config != NULL && args->side_by_side)
        ctl_side_policy(config->policy);
    if (config != NULL && args->by_domain)
        config->policy->flagged_only = false; /* signatures without a fault count too */
    int code = config == NULL ? ctl_faults(&faults) : check_all(args, config->policy);
    fx_config_destroy(config);
    fx_faults_finish(&faults);
    return code;
}

static int run_with(const struct ctl_command *self, struct arguments *args)
{
    struct fx_profile_dirs dirs;
    int code = CTL_EXIT_TRY_LATER;
    if (args->path_count == 0)
        return ctl_usage(self, NULL, "which files?");
    if (args->by_domain && args->side_by_side)
        return ctl_usage(self, "--by-domain", "goes not with --side-by-side");
    if (args->at != NULL && !fx_timestamp_read(fx_slice_str(args->at), &args->now.wall))
        return ctl_usage(self, args->at, "is no time; allowed: " FX_TIMESTAMP_FORM);
    if (!ctl_profile_dirs(&dirs))
        return code;
    const char *const *list = (const char *const *)dirs.dirs;
    if (profiles_exist(self, args, list, &code))
        code = with_profiles(args, list);
    fx_profile_dirs_finish(&dirs);
    return code;
}

/* -1: go on; else the exit code. */
static int take_option(const struct ctl_command *self, struct ctl_options *options, int id,
                       const char *value, struct arguments *args)
{
    switch (id) {
    case CTL_OPTION_OPERAND:
        args->paths[args->path_count++] = options->argv[options->at - 1];
        return -1;
    case OPTION_CONFIG:
        args->config = value;
        return -1;
    case OPTION_PROFILE:
        args->profiles[args->profile_count++] = value;
        return -1;
    case OPTION_JSON:
        args->json = true;
        return -1;
    case OPTION_SIDE_BY_SIDE:
        args->side_by_side = true;
        return -1;
    case OPTION_BY_DOMAIN:
        args->by_domain = true;
        return -1;
    case OPTION_AT:
        args->at = value;
        return -1;
    case CTL_OPTION_HELP:
        return ctl_help(self);
    case CTL_OPTION_VERSION:
        return ctl_version();
    default:
        return ctl_usage_option(self, options);
    }
}

static int run(const struct ctl_command *self, int argc, char **argv)
{
    static const struct ctl_option table[] = {{OPTION_CONFIG, 'c', NULL, true},
                                              {OPTION_PROFILE, 'p', NULL, true},
                                              {OPTION_JSON, 0, "json", false},
                                              {OPTION_SIDE_BY_SIDE, 0, "side-by-side", false},
                                              {OPTION_BY_DOMAIN, 0, "by-domain", false},
                                              {OPTION_AT, 0, "at", true},
                                              CTL_COMMON_OPTIONS,
                                              {0, 0, NULL, false}};
    struct ctl_options options = {.argc = argc, .argv = argv, .at = 1};
    struct arguments args = {.profiles = calloc((size_t)argc, sizeof *args.profiles),
                             .paths = calloc((size_t)argc, sizeof *args.paths)};
    const char *value;
    int code = -1, id;
    if (args.profiles == NULL || args.paths == NULL)
        code = CTL_EXIT_TRY_LATER;
    while (code < 0 && (id = ctl_options_next(&options, table, &value)) != CTL_OPTION_END)
        code = take_option(self, &options, id, value, &args);
    if (code < 0)
        code = run_with(self, &args);
    free(args.profiles);
    free(args.paths);
    return code;
}

const struct ctl_command ctl_cmd_check = {
    .name = "check",
    .synopsis = "check [-c FILE] [-p PROFILE]... [--side-by-side | --by-domain] [--at TIME]\n"
                "              [--json] [--] PATH...",
    .summary = "what would become of this mail behind the firewall",
    .help =
        "PATH is a message, an mbox, a Maildir, a folder of these, an SMTP transcript (.smtp) "
        "or\n"
        "- for standard input. Without -p and -c all profiles are asked, asa-9 first.\n"
        "Exit code: 0 nothing found behind any profile, 1 something found, 64 and up "
        "trouble.\n\n"
        "  -c FILE          the policy of this configuration file\n"
        "  -p PROFILE       this profile; the first is the main one, the rest compared\n"
        "      --side-by-side\n"
        "                   the outcome behind every profile, and each finding with what\n"
        "                   they do about it and who says so\n"
        "      --by-domain  sums for each signing domain: signatures, those at risk, what is\n"
        "                   wrong with them\n"
        "      --at TIME    the time of the run, for signatures that expire; a date is its\n"
        "                   00:00 UTC; default: now\n"
        "      --json       the daemon's records, one JSON object a line, with \"source\";\n"
        "                   with --side-by-side and --by-domain what these show\n",
    .run = run,
};
