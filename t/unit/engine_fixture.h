/* engine_fixture - plays events, written as letters, into an engine and keeps its records. */
#ifndef FX_ENGINE_FIXTURE_H
#define FX_ENGINE_FIXTURE_H

#include "engine.h"
#include "fixture.h"

#define PLAY_LINES 64

struct play {
    struct fx_profile *profile; /* header-line-length drops over 100; nothing else */
    struct fx_policy *policy;
    struct fx_engine *engine;
    bool full; /* emit fails */
    size_t count;
    char *lines[PLAY_LINES];
    bool flagged[PLAY_LINES];
};

/* cmocka setup and teardown: observe mode. */
int play_begin(void **state);
int play_finish(void **state);
/* A new connection under the same policy; records and time begin again. */
void play_again(struct play *p);
void play_mode(struct play *p, enum fx_mode mode);

/* Feeds events and returns the last decision. C connect, H helo, U unknown command, M mail,
 * R rcpt, r rcpt that the server refused, D data, F a field, L a long field, V a Received
 * field, T a Content-Type field, X a policy field, E end of header, B body, 8 an 8-bit body,
 * O end of message, A abort, Z close; + lets a second pass. */
struct fx_decision play(struct play *p, const char *events);

#define assert_ended(p, n, how)                                         \
    do {                                                                \
        assert_true((n) < (p)->count);                                  \
        assert_non_null(strstr((p)->lines[n], "\"type\":\"message\"")); \
        char want_[40] = "\"ended\":\"";                                \
        strcat(want_, how);                                             \
        strcat(want_, "\"");                                            \
        assert_non_null(strstr((p)->lines[n], want_));                  \
    } while (0)

#endif
