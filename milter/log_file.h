/* log_file - the file of the compliance log: open, locked, one line after the other.
 *
 * One writer a file: it is locked (flock(2)), and its mark (log_mark.h) too. Knows where the
 * chain stands, and nothing of records. Diagnostics go to say(). Not thread-safe: the writer
 * (log_writer.h) has one under its lock.
 */
#ifndef FXM_LOG_FILE_H
#define FXM_LOG_FILE_H

#include "chain.h"

#include <sys/types.h>

struct log_file {
    char *path;   /* owned; NULL: standard output */
    int fd;       /* -1: closed */
    int mark;     /* of FILE.head; -1: none */
    bool mark_later; /* log_file_mark is called once lines are on disk, not with each line */
    uint64_t marked; /* number of the record that FILE.head names */
    bool regular; /* can be cut, renamed and removed; no terminal, pipe or device */
    dev_t device; /* regular: which file it is, to be compared with its name */
    ino_t inode;
    bool torn;    /* a half line at its end could not be taken off yet */
    bool stalled; /* not regular: its reader takes nothing, and is not waited for again */
    bool told;    /* that its next file cannot be opened, or not be renamed */
    off_t size;   /* regular: octets in it at the last look, all of whole lines */
    struct fx_chain_place place; /* after the last line */
};

/* What was there when it was opened. */
struct log_found {
    bool fresh;      /* nothing */
    bool continues;  /* nothing, but FILE.head: the log before it is elsewhere, or gone */
    char torn[4096]; /* where a torn last line is now; "" */
    uint64_t missing_from, missing_to; /* records that FILE.head knows of and the log lacks */
    bool rewritten;                    /* the last record is another one than it was */
};

/* "stdout" is standard output, which begins a chain of its own. chain: NULL, or how hashes are
 * computed: the last record is compared, and FILE.head is kept. Where FILE.head knows of more
 * than the log holds, the chain goes on from there, so that the break stays visible. Returns 0 or
 * a sysexits code, the reason said; *file is then closed. */
int log_file_open(const char *path, struct fx_chain *chain, struct log_file *file,
                  struct log_found *found);
void log_file_close(struct log_file *file);

/* Appends a line, its line end included, after which the chain stands at *now. false: it is not
 * in the file, errno says why; a half line was taken off again. */
bool log_file_append(struct log_file *file, struct fx_slice line,
                     const struct fx_chain_place *now);

/* FILE.head names this record from now on, unless it names a later one already. With mark_later
 * FILE.head never knows of a record that a power cut could take from the log. */
void log_file_mark(struct log_file *file, const struct fx_chain_place *place);

/* Where the name of the file leads now. */
enum log_name { LOG_NAME_SAME, LOG_NAME_ELSEWHERE, LOG_NAME_REMOVED };
enum log_name log_file_name(const struct log_file *file);
/* The file to which the name leads now, opened and locked; torn lines of one that is there already
 * are set aside. -1: said once, the file in use stays. */
int log_file_next(struct log_file *file);
/* Goes on in it; the chain does too. */
void log_file_switch(struct log_file *file, int next);
/* Renames the file to FILE.TIME-SEQ, by its last record, after which its name leads nowhere. false: said once. */
bool log_file_rename(struct log_file *file, int64_t wall);

/* FILE.head is kept from now on, or not; opened again where it was removed. */
void log_file_use_mark(struct log_file *file, bool used);

/* The lines, and then the name, are on disk. false: errno says why. What is no file (a pipe) is
 * always on disk. */
bool log_file_sync(int fd);
bool log_file_sync_name(const struct log_file *file);

#endif
