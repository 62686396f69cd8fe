/* main - fixup-milter(8): options, configuration, start, stop. */
#include "callbacks.h"
#include "caution.h"
#include "command_filter.h"
#include "config.h"
#include "crypto.h"
#include "folder.h"
#include "io.h"
#include "log.h"
#include "notify.h"
#include "paths.h"
#include "privileges.h"
#include "process.h"
#include "sandbox.h"
#include "say.h"
#include "signals.h"
#include "snapshot.h"
#include "state_thread.h"
#include "origin.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

/* A header packet may be as large as the MTA lets a header be; libmilter's own limit is 64 kB.
 */
#define MAX_PACKET ((size_t)1024 * 1024)

struct options {
    const char *file;
    const char *socket;
    bool foreground, check;
};

static void usage(FILE *to)
{
    fputs("usage: fixup-milter [-f] [-n] [-V] [-c FILE] [-p SOCKET]\n"
          "  -c FILE    configuration file\n"
          "  -f         stay in the foreground, diagnostics on stderr\n"
          "  -n         check the configuration and exit\n"
          "  -p SOCKET  unix:/path, inet:port@host or inet6:port@host instead of the file's\n"
          "  -V         version and what was built in\n",
          to);
}

static int version(void)
{
    unsigned major, minor, patch;
    smfi_version(&major, &minor, &patch);
    printf("fixup-milter %s (libmilter %u.%u.%u, libconfig, OpenSSL, SQLite%s%s%s%s)\n",
           FX_VERSION, major, minor, patch, FX_WITH_REDIS ? ", Redis" : "",
           FX_WITH_PSL ? ", libpsl" : "", FX_WITH_SECCOMP ? ", libseccomp" : "",
           FX_WITH_LANDLOCK ? ", Landlock" : "");
    return fflush(stdout) == 0 ? 0 : EX_IOERR;
}

/* -1: go on; else the exit status. */
static int read_options(int argc, char **argv, struct options *o)
{
    static const char *const help[] = {"--help", "--version"};
    if (argc == 2 && strcmp(argv[1], help[0]) == 0) {
        usage(stdout);
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], help[1]) == 0)
        return version();
    for (int c; (c = getopt(argc, argv, "fnVc:p:")) != -1;) {
        switch (c) {
        case 'c':
            o->file = optarg;
            break;
        case 'f':
            o->foreground = true;
            break;
        case 'n':
            o->check = true;
            break;
        case 'p':
            o->socket = optarg;
            break;
        case 'V':
            return version();
        default:
            usage(stderr);
            return EX_USAGE;
        }
    }
    if (optind < argc) {
        usage(stderr);
        return EX_USAGE;
    }
    return -1;
}

/* The order matters: the sockets while still root; then nothing of root is left, before there
 * are threads and before anything of mail is read; log and state as the user who has them. */
static int start(struct fx_config *config, const struct origin *origin)
{
    int code, filter;
    /* Registering first lets libmilter clear a stale unix socket away. */
    if (smfi_register(callbacks_descriptor) != MI_SUCCESS) {
        say(LOG_ERR, "libmilter refuses the filter");
        return EX_SOFTWARE;
    }
    smfi_setmaxdatasize(MAX_PACKET);
    notify_open();
    process_raise_limit();
    if ((code = process_open_sockets(&config->settings, &filter)) != 0)
        return code;
    sandbox_prepare(&config->settings);
    if ((code = privileges_drop(&config->settings)) != 0 ||
        (code = sandbox_enter(config, &origin->folders)) != 0 || (code = log_open(config)) != 0)
        return code;
    if (io_files_share() < config->policy->limits.connections)
        say(LOG_WARNING,
            "limits.connections: no more than %" PRIu64 " for the open files allowed",
            io_files_share());
    /* from here on a reload may take the configuration's place */
    if (!state_start(&config->settings) || !signals_start(origin) ||
        (filter >= 0 && !command_filter_start(filter))) {
        say(LOG_ERR, "cannot start a thread, or no memory");
        return EX_SOFTWARE;
    }
    command_filter_say_limits();
    return 0;
}

/* The file last: it may be long, and a line is cut. */
static void say_started(const char *file)
{
    char number[32];
    struct snapshot *snapshot = snapshot_acquire(); /* a reload may be under way */
    const struct fx_config *config = snapshot_config(snapshot);
    const struct fx_settings *settings = &config->settings;
    const struct fx_ruleset *base = &config->policy->base;
    const char *user = settings->milter.user, *filter = settings->command_filter.listen;
    snprintf(number, sizeof number, "uid %ju", (uintmax_t)geteuid());
    say(LOG_NOTICE,
        "started, version %s: profile %s, mode %s, user %s, milter.socket %s, "
        "command_filter.listen %s, configuration %s",
        FX_VERSION, base->profiles[0]->name, fx_mode_name(base->mode),
        user[0] != '\0' ? user : number, settings->milter.socket,
        filter[0] != '\0' ? filter : "none", file);
    snapshot_release(snapshot);
}

static int run(const struct origin *origin)
{
    say_started(origin->file);
    process_ready();
    smfi_main();
    /* Only a failure leads here: our stop ends the process from the signal thread. */
    say(LOG_ERR, "libmilter gave up");
    process_end(EX_UNAVAILABLE);
    return EX_UNAVAILABLE;
}

int main(int argc, char **argv)
{
    struct options o = {.file = FX_CONFIG_FILE};
    static struct origin origin; /* for the life of the process: a reload reads it */
    int code = read_options(argc, argv, &o);
    if (code >= 0)
        return code;
    process_close_inherited();
    say_journal(getenv("JOURNAL_STREAM"));
    if (!origin_init(&origin, o.file, getenv(FX_PROFILE_PATH_VARIABLE), o.socket)) {
        say(LOG_ERR, "no memory, or no working directory");
        return EX_SOFTWARE;
    }
    if (!crypto_begin()) {
        say(LOG_ERR, "OpenSSL: no memory, no SHA-256 or no random numbers");
        return EX_OSERR;
    }
    struct fx_config *config = origin_load(&origin, NULL);
    if (config == NULL)
        return EX_CONFIG;
    if (!o.check)
        say_open(o.foreground);
    bool good = privileges_accounts_exist(&config->settings);
    good = folder_sockets_safe(&config->settings) && good;
    folder_warn(&config->settings);
    caution_settings(&config->settings);
    if (o.check && good) {
        folder_warn_missing(&config->settings);
        good = privileges_try(&config->settings);
    }
    if (o.check || !good) {
        fx_config_destroy(config);
        origin_finish(&origin);
        return good ? 0 : EX_CONFIG;
    }
    if (!o.foreground && !process_detach()) {
        say(LOG_ERR, "cannot go into the background");
        return EX_SOFTWARE;
    }
    signals_block();
    if (!snapshot_install(config)) {
        say(LOG_ERR, "no memory");
        return EX_SOFTWARE;
    }
    code = start(config, &origin);
    if (code != 0) {
        process_remove_sockets();
        fflush(NULL);
        _exit(code); /* what libraries do at the end may be forbidden by now */
    }
    return run(&origin);
}
