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

/* A faulty configuration is reported and the old one stays; so is a log that cannot be opened.
 */
static bool read_again(void)
{
    struct fx_config *config = origin_load(reading);
    struct snapshot *before = snapshot_acquire();
    if (config == NULL || before == NULL || !log_reload(config) || !snapshot_install(config)) {
        snapshot_release(before);
        fx_config_destroy(config);
        say(LOG_ERR, "reload: the configuration in force stays");
        return false;
    }
    process_tell_kept(&snapshot_config(before)->settings, &config->settings);
    folder_warn(&config->settings);
    snapshot_release(before);
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
    if (pthread_create(&thread, NULL, take_signals, NULL) != 0)
        return false;
    pthread_detach(thread);
    return true;
}
