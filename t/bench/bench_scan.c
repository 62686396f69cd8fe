/* bench_scan - how fast bodies are scanned, beside memchr and memcpy.
 *
 * Rounds of each take turns, so that a machine with other work slows all of them; medians are
 * shown, and how often an octet is had in the time that memchr takes for it. memchr looks for
 * an octet that is not there, memcpy copies each chunk to one place; `lines, octets` is the way
 * without vectors: one memchr for each line, and a look at each octet. A body of 1 MB is in the
 * cache, as is one that was just read; the large one is not. Nothing is asserted.
 */
#include "rounds.h"
#include "scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUND ((size_t)32 * 1024 * 1024) /* octets of a round */
#define CHUNK 65535                      /* of a milter's body, at most */
#define MB ((size_t)1024 * 1024)

static const struct {
    const char *name, *line; /* repeated; ends in CRLF */
} bodies[] = {
    {"lines of 76",
     "TG9yZW0gaXBzdW0gZG9sb3Igc2l0IGFtZXQsIGNvbnNlY3RldHVyIGFkaXBpc2NpbmcgZWxpdCwg\r\n"},
    {"words", "A line of text with words of the usual lengths, as people write them to\r\n"
              "each other. Some of them end a sentence; others do not.\r\n\r\n"},
    {"short lines", "a\r\nbcd\r\nef\r\n"},
    {"indented", "        <td class=\"c\">\r\n            cell\r\n        </td>\r\n"},
    {"8-bit", "Gr\xC3\xB6\xC3\x9F"
              "e und \xC3\x9C"
              "bersicht\r\n"},
};
#define BODIES (sizeof bodies / sizeof bodies[0])

static uint64_t seen; /* so that nothing is left out */

static void by_memchr(struct fx_slice chunk)
{
    seen += fx_slice_find(chunk, '\0');
}

static void by_memcpy(struct fx_slice chunk)
{
    static char copy[CHUNK];
    memcpy(copy, chunk.ptr, chunk.len);
    seen += (unsigned char)copy[chunk.len - 1];
}

static void by_lines(struct fx_slice chunk)
{
    size_t longest = 0;
    for (size_t i = 0; i < chunk.len; i++)
        seen += (unsigned char)chunk.ptr[i] >> 7;
    for (struct fx_slice line; fx_slice_line(&chunk, &line);)
        longest = line.len > longest ? line.len : longest;
    seen += longest;
}

static void by_scan(struct fx_slice chunk)
{
    static struct fx_scan_body body = {.line = 1};
    fx_scan_body(&body, chunk);
    seen += body.line;
}

static void by_pair(struct fx_slice chunk)
{
    seen += fx_scan_pair(chunk, '\n', '-');
}

static const struct {
    const char *name;
    void (*run)(struct fx_slice chunk);
} ways[] = {
    {"memchr", by_memchr}, {"memcpy", by_memcpy},       {"lines, octets", by_lines},
    {"body", by_scan},     {"next delimiter", by_pair},
};
#define WAYS (sizeof ways / sizeof ways[0])

/* GB (10^9) per second. */
static double speed(double *took, int rounds)
{
    double middle = rounds_median(took, rounds);
    return middle > 0 ? (double)ROUND / 1e9 / middle : 0;
}

/* The first `size` octets, again and again. */
static double scanned(const char *body, size_t size, size_t way)
{
    double start = rounds_now();
    for (size_t of = 0; of < ROUND; of += size)
        for (size_t at = 0; at < size; at += CHUNK)
            ways[way].run(fx_slice(body + at, size - at < CHUNK ? size - at : CHUNK));
    return rounds_now() - start;
}

static void measure(const char *body, size_t size, const char *name, int rounds)
{
    static double took[WAYS][ROUNDS_MAX];
    double first = 0;
    for (int i = 0; i < rounds; i++)
        for (size_t way = 0; way < WAYS; way++)
            took[way][i] = scanned(body, size, way);
    for (size_t way = 0; way < WAYS; way++) {
        double rate = speed(took[way], rounds);
        first = way == 0 ? rate : first;
        printf("%-12s %2zu MB  %-14s %7.2f GB/s  %.2f\n", name, size / MB, ways[way].name, rate,
               rate / first);
    }
}

int main(int argc, char **argv)
{
    long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 11;
    char *body = malloc(ROUND);
    bool good = body != NULL && rounds > 0 && rounds <= ROUNDS_MAX;
    if (!good)
        fprintf(stderr, "usage: bench_scan [ROUNDS (11, at most %d)]\n", ROUNDS_MAX);
    for (size_t i = 0; good && i < BODIES; i++) {
        rounds_fill(body, ROUND, bodies[i].line);
        measure(body, MB, bodies[i].name, (int)rounds);
        measure(body, ROUND, bodies[i].name, (int)rounds);
    }
    free(body);
    return good && seen > 0 ? 0 : 1;
}
