/* fuzz_chain - the verifier of logs. Input: an octet, and then, where it is odd, the octets of
 * a log; else one octet for each line of a log that is put together from a good one: which
 * record (five bits), and whether it is changed, without a line end, or begins a file. Such a
 * log is intact if its records follow one another, and nothing is wrong with any; never else.
 */
#include "chain_walk.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

enum { RECORDS = 32, LINE = 300 };
enum { CHANGED = 0x20, TORN = 0x40, FILE_BEGINS = 0x80 };

static const struct fx_slice key = FX_LIT("0123456789abcdef");
static char record[RECORDS][LINE];
static size_t record_len[RECORDS];

static void make_records(void)
{
    struct fx_chain_place place;
    struct fx_chain *chain = fx_chain_create(key);
    HOLDS(chain != NULL);
    fx_chain_begin(&place);
    for (size_t i = 0; i < RECORDS; i++) {
        struct fx_text t;
        fx_text_init_fixed(&t, record[i], LINE);
        fx_text_add_str(&t, "{\"v\":1,\"host\":\"mx1.example.net\",\"seq\":");
        fx_text_add_u64(&t, place.seq + 1);
        fx_text_add_str(&t, i % 8 == 0 ? ",\"type\":\"head\",\"chain\":{\"algorithm\":"
                                         "\"hmac-sha256\",\"key\":\""
                                       : ",\"type\":\"message\"");
        if (i % 8 == 0) {
            fx_text_add_str(&t, fx_chain_key_id(chain));
            fx_text_add_str(&t, "\"}");
        }
        HOLDS(fx_chain_close_line(chain, &place, &t, &place));
        record_len[i] = t.len;
    }
    fx_chain_destroy(chain);
}

/* Asks for what is broken; how much there is. */
static uint64_t look(struct fx_chain_walk *walk)
{
    static struct fx_chain_break last;
    struct fx_chain_break b;
    uint64_t count = 0;
    if (fx_chain_walk_result(walk)->breaks == 0)
        last = (struct fx_chain_break){0};
    for (; fx_chain_walk_next(walk, &b); count++) {
        HOLDS(b.kind != FX_BREAK_NONE && b.detail[0] != '\0' && b.line > 0 && b.records > 0);
        HOLDS(memchr(b.detail, '\0', sizeof b.detail) != NULL && b.from <= b.to);
        HOLDS(b.file > last.file || (b.file == last.file && b.line >= last.line));
        last = b;
    }
    return count;
}

static uint64_t put_together(struct fx_chain_walk *walk, struct fuzz_input *in, bool *intact)
{
    uint64_t found = 0, number = 0;
    unsigned last = 0;
    *intact = true;
    for (bool first = true; in->n > 0; first = false) {
        char line[LINE];
        unsigned op = fuzz_octet(in), i = op % RECORDS;
        struct fx_slice s = fx_slice(line, record_len[i]);
        memcpy(line, record[i], record_len[i]);
        if ((op & FILE_BEGINS) != 0 || first) {
            fx_chain_walk_file(walk);
            number = 0;
        }
        if ((op & CHANGED) != 0)
            line[(op / 3 + number * 7) % s.len] ^= 1;
        if ((!first && i != last + 1) || (op & (CHANGED | TORN)) != 0)
            *intact = false;
        last = i;
        HOLDS(fx_chain_walk_feed(walk, (op & TORN) != 0 ? FX_CHAIN_TORN : FX_CHAIN_WHOLE, s,
                                 ++number));
        found += look(walk);
    }
    return found;
}

static uint64_t as_it_is(struct fx_chain_walk *walk, struct fx_slice log)
{
    uint64_t found = 0, number = 0;
    fx_chain_walk_file(walk);
    while (log.len > 0) {
        size_t end = fx_slice_find(log, '\n');
        struct fx_slice line = fx_slice_first(log, end);
        struct fx_link link;
        if (fx_link_read(line, &link))
            HOLDS(fuzz_within(link.type, line) && fuzz_within(link.hashed, line) &&
                  fuzz_within(link.prev, line) && fuzz_within(link.hash, line) &&
                  fuzz_within(fx_link_object(line, "chain"), line));
        HOLDS(fx_chain_walk_feed(walk, end < log.len ? FX_CHAIN_WHOLE : FX_CHAIN_TORN, line,
                                 ++number));
        found += look(walk);
        log = fx_slice_from(log, end + 1);
    }
    return found;
}

FUZZ_TARGET(chain)
{
    struct fuzz_input in = {(const char *)data, size};
    struct fx_chain_walk *walk = fx_chain_walk_create();
    bool intact = true, free_form = (fuzz_octet(&in) & 1) != 0;
    if (record_len[0] == 0)
        make_records();
    HOLDS(walk != NULL && fx_chain_walk_key(walk, key));
    struct fx_slice text = fuzz_rest(&in);
    uint64_t found = free_form ? as_it_is(walk, text) : put_together(walk, &in, &intact);
    fx_chain_walk_end(walk);
    found += look(walk);
    const struct fx_chain_result *r = fx_chain_walk_result(walk);
    HOLDS(found == r->breaks && r->records <= r->lines);
    HOLDS(free_form || intact == (found == 0));
    fx_chain_walk_destroy(walk);
    free((void *)(uintptr_t)text.ptr);
}
