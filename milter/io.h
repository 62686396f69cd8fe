/* io - reading and writing that go on until all is done. Thread-safe. */
#ifndef FXM_IO_H
#define FXM_IO_H

#include "slice.h"

#include <sys/types.h>

/* Writes all of s; false: it could not, and errno says why. */
bool io_write(int fd, struct fx_slice s);
/* The same for what is no file: waits so many milliseconds at most for a reader to make room,
 * where write(2) would wait for ever; then errno is EAGAIN. Takes from *s what was written. */
bool io_pass(int fd, struct fx_slice *s, int milliseconds);
/* Reads len octets from offset `at`; false on an error (errno) or when there are fewer. */
bool io_read_at(int fd, char *to, size_t len, off_t at);

/* path is a symbolic link that another than root or this process' user has made: where it leads
 * to is not for him to say. What an administrator has linked is no fault. */
bool io_link_of_others(const char *path);
/* Three quarters of the descriptors that the process may have: so many may go to connections,
 * and the rest is for other things. UINT64_MAX: there is no limit. */
uint64_t io_files_share(void);
/* Seven eighths of them: nobody who connects gets a descriptor beyond, whatever he sends. The
 * rest is for files: the log's next one, a configuration, the store. */
uint64_t io_files_for_peers(void);

#endif
