/* log_writer - records become lines of the log: numbered, chained, with heads between them, one
 * file after the other.
 *
 * Not thread-safe: log.c has the one writer of the daemon under its lock. What is to be said is
 * kept in `said` until that lock is given back, since syslog may take its time.
 */
#ifndef FXM_LOG_WRITER_H
#define FXM_LOG_WRITER_H

#include "config.h"
#include "log_file.h"
#include "record.h"

/* Records that an answer could not wait for: how many, since when, why. */
struct log_trouble {
    uint64_t records;
    int64_t since; /* wall clock, microseconds */
    int error;
};

#define LOG_SAID_MAX 8
#define LOG_SAID_OCTETS 512

struct log_writer {
    struct log_file file;
    struct fx_log_keys keys;
    struct fx_text line, extra;
    struct fx_record head;
    char host[256];
    int64_t head_records, head_seconds, rotate_bytes;
    int64_t rotate_at;      /* no rotation before, since one failed; clock_ms */
    bool sync;              /* names are to be on disk too */
    uint64_t put_seq;       /* of the record that was put last; heads may stand behind it */
    uint64_t part_unsynced; /* up to this record a part that was left is not on disk */
    bool broken;            /* the last line could not be written, which was told */
    bool explained;         /* that the next file is out of the sandbox's reach */
    bool new_key;           /* no record says yet which key holds now */
    uint64_t since_head;    /* records after the last head */
    uint64_t in_part;       /* records, but for heads, that this file got */
    int64_t head_at;        /* of the last head or, before one, of the start; clock_ms */
    struct log_trouble unwritten, unsynced; /* not told yet by a record */
    char said[LOG_SAID_MAX][LOG_SAID_OCTETS];
    size_t said_count;
};

/* Opens the log that the configuration names, and takes its keys over. 0 or a sysexits code, the reason said. */
int log_writer_open(struct log_writer *w, struct fx_config *config, struct log_found *found);
/* The same log under other settings and keys, which it takes over: those before end with a head. */
void log_writer_take(struct log_writer *w, struct fx_config *config);
/* A last head, and the end. */
void log_writer_close(struct log_writer *w);

/* Writes the record. false: it is not in the file, errno says why. */
bool log_writer_put(struct log_writer *w, const struct fx_record *record);
/* A record is not where the durability promised; the next one tells. */
void log_writer_trouble(struct log_trouble *trouble, int error);
/* Another file where the name leads elsewhere or nowhere. */
void log_writer_look(struct log_writer *w);
/* To be called every second or so: log_writer_look, FILE.head, and a head when its time has
 * come. */
void log_writer_tick(struct log_writer *w);

#endif
