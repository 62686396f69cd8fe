/* signals - see signals.h. */
#include "signals.h"

#include "log.h"
#include "process.h"
#include "say.h"
#include "sessions.h"
#include "snapshot.h"

#include <pthread.h>
#include <signal.h>

static struct source source;

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
}

/* A faulty configuration is reported and the old one stays. */
static void reload(void)
{
    struct fx_config *config = source_load(&source);
    if (config == NULL) {
        say(LOG_ERR, "reload: the configuration in force stays");
        return;
    }
    log_reopen(&config->settings);
    if (!snapshot_install(config)) {
        fx_config_destroy(config);
        say(LOG_ERR, "reload: no memory; the configuration in force stays");
        return;
    }
    say(LOG_NOTICE, "reload: done");
    log_daemon("reload");
}

static void reopen(void)
{
    struct snapshot *snapshot = snapshot_acquire();
    if (snapshot == NULL)
        return;
    if (log_reopen(&snapshot_config(snapshot)->settings))
        say(LOG_INFO, "log reopened");
    snapshot_release(snapshot);
}

static void drain(void)
{
    struct snapshot *snapshot = snapshot_acquire();
    int64_t seconds =
        snapshot == NULL ? 0 : snapshot_config(snapshot)->settings.milter.drain_seconds;
    snapshot_release(snapshot);
    say(LOG_NOTICE, "stopping: new connections are told to come back");
    sessions_close_door();
    unsigned long left = sessions_wait(seconds);
    if (left > 0)
        say(LOG_WARNING, "stopping: %lu sessions did not end in %lld seconds", left,
            (long long)seconds);
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
    drain();
    process_end(0);
    return unused;
}

bool signals_start(const struct source *from)
{
    pthread_t thread;
    source = *from;
    if (pthread_create(&thread, NULL, take_signals, NULL) != 0)
        return false;
    pthread_detach(thread);
    return true;
}
