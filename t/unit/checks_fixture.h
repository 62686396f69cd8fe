/* checks_fixture - asks one check alone: a session, a small profile, and a sink that only
 * remembers. It stands in for evaluate.c. */
#ifndef FX_CHECKS_FIXTURE_H
#define FX_CHECKS_FIXTURE_H

#include "check.h"
#include "fixture.h"

#define SINK_MAX 8

/* What the check reported at the last question. */
struct fx_sink {
    size_t count;
    struct {
        struct fx_observation seen;
        bool has_limit;
        uint64_t limit;
        char evidence[600], detail[200];
    } reports[SINK_MAX];
};

struct asking {
    struct fx_profile *profile;
    struct fx_policy *policy;
    struct fx_session *session;
    struct fx_sink sink;
};

/* cmocka setup and teardown: a session with an empty profile "p", and no MAIL yet. */
int asking_begin(void **state);
int asking_finish(void **state);

/* Observes the event and asks the check, with the profile's setting of its rule. */
enum fx_answer ask(struct asking *a, const struct fx_check *check, struct fx_event event);
/* Observes only. */
void tell(struct asking *a, struct fx_event event);

/* Evidence and detail of report n as they were. */
#define assert_report(a, n, want_evidence, want_detail)                    \
    do {                                                                   \
        assert_true((n) < (a)->sink.count);                                \
        assert_string_equal((a)->sink.reports[n].evidence, want_evidence); \
        assert_string_equal((a)->sink.reports[n].detail, want_detail);     \
    } while (0)

#endif
