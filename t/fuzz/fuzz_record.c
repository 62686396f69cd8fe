/* fuzz_record - lines of a log as whoever reports reads them, whoever wrote them; each as a
 * document, all as a report.
 *
 * Input of `record`: the lines. Input of `logreader`: a file as it stands on disk, perhaps
 * compressed; only small ones are let grow (see LINES_MOST).
 */
#include "chain.h"
#include "ecs.h"
#include "fuzz.h"
#include "json_valid.h"
#include "log_reader.h"
#include "record_read.h"
#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static FILE *nowhere(void)
{
    static FILE *stream;
    if (stream == NULL) {
        stream = fopen("/dev/null", "w");
        HOLDS(stream != NULL && freopen("/dev/null", "w", stdout) != NULL);
    }
    return stream;
}

static void look_at_link(struct fx_slice line)
{
    struct fx_link link = {0};
    if (!fx_link_read(line, &link))
        return;
    HOLDS(fuzz_within(link.type, line));
    if (link.chained)
        HOLDS(fuzz_within(link.hashed, line) && fuzz_within(link.prev, line) &&
              fuzz_within(link.hash, line) && link.prev.len == FX_CHAIN_HEX &&
              link.hash.len == FX_CHAIN_HEX);
    HOLDS(fuzz_within(fx_link_member(line, "signature"), line));
    HOLDS(fuzz_within(fx_link_object(line, "chain"), line));
}

static void take_line(struct ctl_report_builder *builder, struct fx_slice line)
{
    struct ctl_record record;
    look_at_link(line);
    const char *wrong = ctl_record_read(line, &record);
    if (wrong != NULL) {
        HOLDS(strlen(wrong) > 0);
        ctl_report_unread(builder);
        return;
    }
    HOLDS(fx_json_valid(line)); /* two readers that share no code */
    HOLDS(record.type <= CTL_RECORD_OTHER && ctl_member_count(record.members, "v") == 1);
    HOLDS(ctl_report_take(builder, &record));
    HOLDS(ctl_ecs_put(&record, nowhere()));
    ctl_record_finish(&record);
}

static uint64_t sum(const struct ctl_report *report)
{
    uint64_t all = 0;
    for (size_t i = 0; i < CTL_RECORD_TYPES; i++)
        all += report->types[i];
    return all;
}

FUZZ_TARGET(record)
{
    struct fuzz_input in = {(const char *)data, size};
    struct fx_slice all = fuzz_rest(&in), rest = all;
    struct ctl_report_builder *builder = ctl_report_create(NULL, NULL, 5);
    struct ctl_chain_summary chain = {0};
    struct ctl_report report;
    uint64_t lines = 0;
    nowhere();
    HOLDS(builder != NULL && ctl_report_part(builder, "log"));
    while (rest.len > 0) {
        size_t end = fx_slice_find(rest, '\n');
        take_line(builder, fx_slice_first(rest, end));
        rest = fx_slice_from(rest, end + 1);
        lines++;
    }
    HOLDS(ctl_report_finish(builder, &chain, &report));
    HOLDS(report.records == sum(&report));
    HOLDS(report.records + report.unread + report.outside == lines);
    HOLDS(ctl_report_text(&report) && ctl_report_json(&report));
    ctl_report_free(&report);
    ctl_report_destroy(builder);
    free((void *)(uintptr_t)all.ptr);
}

/* A few octets can be gigabytes of one letter: what was taken from the file is bounded all the
 * same, but nobody waits for all of it here. */
#define LINES_MOST 64

FUZZ_TARGET(logreader)
{
    char path[128];
    enum ctl_exit code;
    const char *what;
    struct fx_slice line;
    uint64_t number, before = 0, taken, of;
    enum ctl_log_line kind = CTL_LOG_END;
    fuzz_path(path, sizeof path, "log");
    fuzz_write_file(path, data, size);
    struct ctl_log *log = ctl_log_open(path, &code, &what);
    HOLDS(log != NULL);
    while (before < LINES_MOST && (kind = ctl_log_next(log, &line, &number)) != CTL_LOG_END) {
        if (kind == CTL_LOG_TROUBLE) {
            HOLDS(ctl_log_trouble(log, &code) != NULL);
            continue;
        }
        HOLDS(number == before + 1);
        before = number;
        HOLDS(line.len <= (kind == CTL_LOG_TOO_LONG ? CTL_LOG_LINE_HEAD : CTL_LOG_LINE_MAX));
        HOLDS(fx_slice_find(line, '\n') == line.len);
        ctl_log_progress(log, &taken, &of);
        HOLDS(taken <= size);
    }
    HOLDS(kind != CTL_LOG_END || ctl_log_next(log, &line, &number) == CTL_LOG_END);
    ctl_log_close(log);
}
