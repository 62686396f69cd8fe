/* bench_engine - what a clean message costs in the core, by the number of profiles compared.
 *
 *     bench_engine PROFILES [ROUNDS [MESSAGES [COMPARED]]]
 *
 * asa-9 is in force, and the first of the others found in the folder PROFILES are compared.
 * Rounds of each number take turns, so that a machine with other work slows all of them;
 * medians are shown, and their ratios. COMPARED: that number alone. Nothing is asserted.
 */
#include "config.h"
#include "engine_message.h"
#include "rounds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROFILES_MAX 64

static const size_t compared[] = {0, 1, 5, 10};
#define CASES (sizeof compared / sizeof compared[0])

static struct fx_text line;

/* As far as the writer of the log, the chain left out. */
static bool emit(void *arg, struct fx_record *record)
{
    size_t *records = arg;
    ++*records;
    return fx_record_line(record, *records, NULL, &line);
}

static void sight(void *arg, struct fx_sighting *sighting)
{
    (void)arg;
    fx_sighting_finish(sighting);
}

static struct fx_config *load(const char *folder, size_t count)
{
    const char *dirs[] = {folder, NULL}, *names[PROFILES_MAX];
    char **all;
    size_t all_count, taken = 0;
    struct fx_faults faults = {0};
    struct fx_config *config = NULL;
    if (fx_config_profile_names(dirs, &all, &all_count, &faults)) {
        for (size_t i = 0; i < all_count && taken < count && taken < PROFILES_MAX; i++)
            if (strcmp(all[i], "asa-9") != 0)
                names[taken++] = all[i];
        struct fx_config_override override = {
            .profile = "asa-9", .compare = names, .compare_count = taken};
        if (taken == count)
            config = fx_config_load(NULL, dirs, &override, &faults);
        for (size_t i = 0; i < all_count; i++)
            free(all[i]);
        free(all);
    }
    fx_faults_finish(&faults);
    return config;
}

/* Microseconds a message; the first of the connection does not count. 0: it failed. */
static double round_of(const struct fx_config *config, size_t messages)
{
    size_t records = 0;
    struct fx_engine_hooks hooks = {.emit = emit, .sight = sight, .arg = &records};
    struct fx_engine *engine =
        fx_engine_create(config->policy, "0123456789abcdef0123456789abcdef", &hooks);
    if (engine == NULL)
        return 0;
    engine_message_greet(engine);
    engine_message_feed(engine);
    double start = rounds_now();
    for (size_t n = 0; n < messages; n++)
        engine_message_feed(engine);
    double took = rounds_now() - start;
    engine_message_close(engine);
    fx_engine_destroy(engine);
    return records == messages + 1 ? took * 1e6 / (double)messages : 0;
}

int main(int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : "etc/profiles";
    long rounds = argc > 2 ? strtol(argv[2], NULL, 10) : 21;
    long messages = argc > 3 ? strtol(argv[3], NULL, 10) : 2000;
    long only = argc > 4 ? strtol(argv[4], NULL, 10) : -1;
    static double took[CASES][ROUNDS_MAX];
    struct fx_config *configs[CASES] = {NULL};
    double base = 0;
    int failed = 0;
    if (rounds < 1 || rounds > ROUNDS_MAX || messages < 1)
        return 64;
    fx_text_init_growing(&line, (size_t)1024 * 1024);
    for (size_t c = 0; c < CASES; c++) {
        configs[c] = load(folder, compared[c]);
        failed |= configs[c] == NULL;
    }
    for (long r = 0; r < rounds && !failed; r++)
        for (size_t c = 0; c < CASES; c++)
            if (only < 0 || (size_t)only == compared[c]) {
                took[c][r] = round_of(configs[c], (size_t)messages);
                failed |= took[c][r] <= 0;
            }
    for (size_t c = 0; c < CASES; c++) {
        double median = rounds_median(took[c], (int)rounds);
        base = c == 0 ? median : base;
        if (!failed && median > 0)
            printf("profiles compared %2zu  %6.2f us a message  ratio %.2f\n", compared[c],
                   median, base > 0 ? median / base : 1.0);
        fx_config_destroy(configs[c]);
    }
    fx_text_finish(&line);
    return failed;
}
