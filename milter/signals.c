/* signals - see signals.h. */
#include "signals.h"

#include "clock.h"
#include "command_filter.h"
#include "folder.h"
#include "hold.h"
#include "log.h"
#include "notify.h"
#include "process.h"
#include "say.h"
#include "connection.h"
#include "snapshot.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>

static const struct origin *reading;
static struct snapshot *at_start; /* never given back */

static void our_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGHUP);
    sigaddset(set, SIGUSR1);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
}

void signals_block(void)
{
    sigset_t set;
    our_signals(&set);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a log at its size limit is a log that cannot be written */
}

/* false: the reason is in *fault. */
static bool put_in_force(struct fx_config *config, struct fx_text *fault)
{
    if (!log_reload(config)) {
        fx_text_add_str(fault, fx_settings_at(&config->settings, FX_SETTING_LOG_FILE));
        fx_text_add_str(fault, "log.file: ");
        fx_text_add(fault, fx_slice_first(fx_slice_str(config->settings.log.file), 256));
        fx_text_add_str(fault, " cannot be opened");
        return false;
    }
    if (!snapshot_install(config)) {
        fx_text_add_str(fault, "no memory");
        return false;
    }
    return true;
}

/* A faulty configuration is reported and the old one stays; so is a log that cannot be opened.
 */
static bool read_again(void)
{
    char space[1024];
    struct fx_text fault;
    fx_text_init_fixed(&fault, space, sizeof space);
    struct fx_config *config = origin_load(reading, &fault);
    if (config == NULL || !put_in_force(config, &fault)) {
        fx_config_destroy(config);
        say(LOG_ERR, "reload: the configuration in force stays: %.*s", (int)fault.len, space);
        log_reload_refused(fx_text_slice(&fault));
        return false;
    }
    process_tell_kept(&snapshot_config(at_start)->settings, &config->settings);
    folder_warn(&config->settings);
    command_filter_say_limits();
    say(LOG_NOTICE, "reload: done");
    log_daemon("reload");
    return true;
}

static void reload(void)
{
    notify_reloading();
    notify_reloaded(read_again());
}

static void reopen(void)
{
    if (log_reopen())
        say(LOG_INFO, "log reopened");
    command_filter_say_counts();
}

static int64_t drain_seconds(void)
{
    struct snapshot *snapshot = snapshot_acquire();
    int64_t seconds =
        snapshot == NULL ? 0 : snapshot_config(snapshot)->settings.milter.drain_seconds;
    snapshot_release(snapshot);
    return seconds;
}

/* Until the last session has ended, the time is over, or somebody asks a second time. */
static void drain(const sigset_t *set)
{
    const struct timespec moment = {.tv_nsec = 20000000};
    int64_t patience = drain_seconds() * 1000;
    /* what was held is recorded as taken: the answer is to get out */
    if (hold_count() > 0 && patience < 1000)
        patience = 1000;
    int64_t until = clock_ms() + patience;

    notify_stopping(patience);
    say(LOG_NOTICE, "stopping: new connections are told to come back");
    connection_close_door();
    hold_end();
    while (connection_live() > 0 && clock_ms() < until) {
        int sig = sigtimedwait(set, NULL, &moment);
        if (sig == SIGTERM || sig == SIGINT)
            break;
        if (sig == SIGUSR1)
            reopen();
    }
    if (connection_live() > 0)
        say(LOG_WARNING, "stopping: %lu sessions are cut", connection_live());
    connection_cut_all();
}

static void *take_signals(void *unused)
{
    sigset_t set;
    our_signals(&set);
    for (;;) {
        int sig = sigwaitinfo(&set, NULL);
        if (sig == SIGHUP)
            reload();
        else if (sig == SIGUSR1)
            reopen();
        else if (sig == SIGTERM || sig == SIGINT)
            break;
    }
    drain(&set);
    process_end(0);
    return unused;
}

bool signals_start(const struct origin *origin)
{
    pthread_t thread;
    reading = origin;
    at_start = snapshot_acquire();
    if (pthread_create(&thread, NULL, take_signals, NULL) != 0)
        return false;
    pthread_detach(thread);
    return true;
}
