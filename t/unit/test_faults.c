/* Tests of what the core does without memory: a session with all that it can have in it is
 * played again and again, and each time another allocation fails, ours (the linker's --wrap) or
 * one of OpenSSL's, until none is left to fail. Each answer to a message is then the one
 * without a fault or that of on_error or on_full; each record is whole; nothing is leaked (a
 * sanitizer says so). */
#include "chain.h"
#include "config_tools.h"
#include "engine.h"
#include "fixture.h"
#include "json_valid.h"
#include "known_key.h"
#include "transcript.h"
#include "trail.h"

#include <openssl/crypto.h>
#include <inttypes.h>

#define ANSWERS 256
#define HOUR INT64_C(3600000000)
#define LINE ((size_t)1 << 20)

static uint64_t countdown; /* 0: none fails */
static bool lasting, hit;
static struct folder folder;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *p, size_t size);
char *__real_strdup(const char *s);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *p, size_t size);
char *__wrap_strdup(const char *s);

static bool fails(void)
{
    if (countdown == 0 || --countdown > 0)
        return false;
    hit = true;
    countdown = lasting ? 1 : 0;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *p, size_t size)
{
    return fails() ? NULL : __real_realloc(p, size);
}

char *__wrap_strdup(const char *s)
{
    return fails() ? NULL : __real_strdup(s);
}

static void *crypto_malloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return fails() ? NULL : __real_malloc(size);
}

static void *crypto_realloc(void *p, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return fails() ? NULL : __real_realloc(p, size);
}

static void crypto_free(void *p, const char *file, int line)
{
    (void)file;
    (void)line;
    free(p);
}

static const char configuration[] =
    "policy : { mode = \"tag\"; profile = \"asa-9\"; compare = [\"pix-4.1\", \"pix-6.3\", "
    "\"stormshield\", \"zorp\"]; };\n"
    "clients = (\n"
    "  { networks = [\"192.0.2.2\"]; mode = \"enforce\"; profile = \"pix-6.3\"; },\n"
    "  { networks = [\"192.0.2.3\"]; mode = \"enforce\";\n"
    "    simulate : { end_of_data = { every = 1; hold_seconds = 1; };\n"
    "                 recipients = { limit = 1; overflow = \"defer\"; }; }; } );\n"
    "limits : { findings = 3; };\n";

#define SESSION(address) "# client: " address " mx.example.org\r\nS: 220 mx\r\n"
#define OPEN                                                              \
    "C: MAIL FROM:<a@example.org> SIZE=99 BODY=8BITMIME\r\nS: 250 ok\r\n" \
    "C: RCPT TO:<b@example.net>\r\nS: 250 ok\r\nC: RCPT TO:<c@example.net>\r\nS: 250 ok\r\n"
#define DATA                                                                                   \
    "C: DATA\r\nS: 354 go\r\nC| From: a@example.org\r\nC| X-Fixup-Policy: forged\r\n"          \
    "C| Message-ID: <1@example.org>\r\nC| Subject: a@example.org says\r\n"                     \
    "C| DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/simple; d=example.org; s=s1; l=3;\r\n"    \
    "C|  h=from:subject; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\n"          \
    "C| MIME-Version: 1.0\r\nC| Content-Type: multipart/mixed; boundary=\"b\"\r\n"             \
    "C| Content-Type: text/plain\r\nC| \r\nC| --b\r\n"                                         \
    "C| Content-Disposition: attachment; filename*0=\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\";\r\n" \
    "C|  filename*1=\"bbbbbbbbbbbbbbbb\"\r\nC| \r\nC| x\\xff\r\nC| --b--\r\nC| .\r\nS: 250 "   \
    "ok\r\n"

static const char transcript[] = SESSION(
    "192.0.2.1") "C: EHLO mx.example.org\r\nS: 250 ok\r\nC: VRFY x\r\nS: 252 no\r\n" OPEN DATA
    OPEN DATA "C: QUIT\r\nS: 221 bye\r\n" SESSION(
        "192.0.2.2") "C: HELO mx\r\nS: 250 ok\r\n" OPEN DATA
                     "C: MAIL FROM:<a@example.org>\r\nS: 250 ok\r\nC: RCPT "
                     "TO:<b@example.net>\r\nS: 250 ok\r\n" DATA SESSION(
                         "192.0.2.3") "C: HELO mx\r\nS: 250 ok\r\n" OPEN DATA;

struct world {
    struct fx_config *config;
    struct fx_engine *engine;
    struct fx_chain *chain;
    struct fx_chain_place place;
    struct fx_state *store;
    struct fx_text line;
    struct fx_record later;
    bool broken; /* no engine: the daemon answers on_error to all of it */
    size_t answers;
    uint64_t records, laters, unrecorded;
    unsigned codes[ANSWERS]; /* to each message, at its end or at MAIL; 0: passed */
};

static bool write_record(struct world *w, const struct fx_record *record)
{
    struct fx_chain_place now;
    if (!fx_record_begin_line(record, w->place.seq + 1, NULL, &w->line) ||
        !fx_chain_close_line(w->chain, &w->place, &w->line, &now))
        return false;
    struct fx_link link;
    assert_true(fx_json_valid(fx_text_slice(&w->line)));
    assert_true(fx_link_read(fx_text_slice(&w->line), &link));
    assert_true(link.chained);
    w->place = now;
    return true;
}

static bool emit(void *arg, struct fx_record *record)
{
    struct world *w = arg;
    bool written = write_record(w, record);
    w->records += written ? 1 : 0;
    return written;
}

static void tell(void *arg, const struct fx_later *answer)
{
    struct world *w = arg;
    const struct fx_time now = {.wall = 1};
    if (fx_record_later(&w->later, &now, answer) && write_record(w, &w->later))
        w->laters++;
}

/* Each message comes three times, an hour apart: a repeat that is told. */
static void sight(void *arg, struct fx_sighting *sighting)
{
    struct world *w = arg;
    const struct fx_trail_terms terms = {.lost_after = 1, .remember = 100 * HOUR};
    for (int n = 0; n < 3; n++) {
        (void)fx_trail_see(w->store, sighting, &terms, tell, w);
        sighting->message += 100;
        sighting->began += HOUR;
        sighting->ended += HOUR;
    }
    fx_sighting_finish(sighting);
}

static enum fx_hold hold(void *arg, const struct fx_ruleset *rules)
{
    (void)arg;
    (void)rules;
    return FX_HOLD_YES;
}

static bool take(void *arg, const struct fx_event *event)
{
    struct world *w = arg;
    if (event->kind == FX_EVENT_CONNECT) {
        fx_engine_destroy(w->engine);
        w->engine = fx_engine_create(
            w->config->policy, "0123456789abcdef0123456789abcdef",
            &(struct fx_engine_hooks){.emit = emit, .sight = sight, .hold = hold, .arg = w});
        if (w->engine != NULL)
            fx_engine_allow(w->engine, true, true);
    }
    if (w->engine == NULL) {
        w->broken = true;
        return true;
    }
    uint64_t before = w->records;
    bool ends = event->kind == FX_EVENT_EOM && fx_engine_session(w->engine)->in_message;
    struct fx_decision d = fx_engine_feed(w->engine, event);
    if (!ends && !(event->kind == FX_EVENT_MAIL && d.what != FX_DO_CONTINUE))
        return true;
    assert_true(w->answers < ANSWERS);
    unsigned code = d.what == FX_DO_CONTINUE ? 0 : d.reply != NULL ? d.reply->code : 451;
    /* an answer that lets a message go, one way or the other, has its record */
    if (code != 451 && w->records == before)
        w->unrecorded++;
    w->codes[w->answers++] = code;
    return true;
}

static struct fx_config *load(void)
{
    char path[512], profiles[512];
    struct fx_faults faults = {0};
    const char *const dirs[] = {source_path(profiles, sizeof profiles, "etc/profiles"), NULL};
    struct fx_config *config =
        fx_config_load(folder_path(&folder, "a.conf", path, sizeof path), dirs, NULL, &faults);
    if (config == NULL && !hit)
        fail_msg("%s", faults.count > 0 ? faults.lines[0] : "no fault said");
    fx_faults_finish(&faults);
    return config == NULL ? NULL : with_known_key(config);
}

static void finish(struct world *w)
{
    countdown = 0;
    fx_engine_destroy(w->engine);
    fx_chain_destroy(w->chain);
    fx_state_close(w->store);
    fx_text_finish(&w->line);
    fx_record_finish(&w->later);
    fx_config_destroy(w->config);
}

/* All of it once. */
static void play(struct world *w, uint64_t nth, bool from_then_on)
{
    *w = (struct world){0};
    fx_text_init_growing(&w->line, LINE);
    fx_record_init(&w->later);
    fx_chain_begin(&w->place);
    countdown = nth;
    lasting = from_then_on;
    hit = false;
    w->config = load();
    w->chain = fx_chain_create(FX_LIT("0123456789abcdef"));
    w->store = fx_state_memory(100);
    if (w->config == NULL || w->chain == NULL || w->store == NULL)
        return;
    bool more = true;
    const struct fx_transcript_source source = {.bytes =
                                                    fx_slice(transcript, sizeof transcript - 1),
                                                .start = {.wall = FIXTURE_WALL},
                                                .sink = take,
                                                .arg = w};
    bool whole = fx_transcript_events(&source);
    assert_true(whole || hit);
    while (more && fx_trail_wait(w->store, 2 * FIXTURE_WALL, tell, w, &more))
        continue;
}

static struct world good;

static void compare(const struct world *w)
{
    for (size_t i = 0; i < w->answers && !w->broken; i++)
        /* what is refused may be refused for another finding, when one could not be kept */
        if (w->codes[i] / 100 != good.codes[i] / 100 && w->codes[i] != 451)
            fail_msg("message %zu: %u, without a fault %u", i, w->codes[i], good.codes[i]);
}

static void without_a_fault(void **state)
{
    (void)state;
    play(&good, 0, false);
    finish(&good);
    assert_false(good.broken);
    assert_true(good.answers >= 5);
    assert_true(good.records >= good.answers);
    assert_true(good.laters > 0);
}

static void rounds(bool from_then_on, uint64_t step, const char *what)
{
    struct world w;
    uint64_t n = 1, tempfail = 0, unrecorded = 0;
    for (;; n += step) {
        play(&w, n, from_then_on);
        bool was_hit = hit;
        finish(&w);
        compare(&w);
        unrecorded += w.unrecorded;
        for (size_t i = 0; i < w.answers; i++)
            tempfail += w.codes[i] == 451 ? 1 : 0;
        if (!was_hit)
            break;
    }
    assert_true(n > 100 * step);
    printf("# figure: fault | allocations of the core, %s | %" PRIu64 " rounds: %" PRIu64
           " unrecorded answers, %" PRIu64 " tempfail\n",
           what, n / step, unrecorded, tempfail);
    assert_int_equal(unrecorded, 0);
}

static void one_fails(void **state)
{
    (void)state;
    rounds(false, 1, "one fails");
}

static void all_fail(void **state)
{
    (void)state;
    rounds(true, 7, "all fail from one on");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_fault),
        cmocka_unit_test(one_fails),
        cmocka_unit_test(all_fail),
    };
    if (CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free) != 1)
        return 1;
    folder_create(&folder);
    folder_write(&folder, "a.conf", configuration, sizeof configuration - 1);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    char path[512];
    unlink(folder_path(&folder, "a.conf", path, sizeof path));
    rmdir(folder.path);
    return failed;
}
