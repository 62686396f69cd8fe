/* output - writing a few files into a folder, without ever overwriting one.
 *
 * Messages go to stderr; functions return an exit code of exits.h. Not thread-safe.
 */
#ifndef FX_OUTPUT_H
#define FX_OUTPUT_H

#include "exits.h"
#include "slice.h"

/* Writes all of text; false: errno says why. */
bool ctl_write_all(int fd, struct fx_slice text);

/* A folder that is open. */
struct ctl_output {
    int fd;
    char *path;     /* absolute, owned */
    bool was_there; /* it was not made by us */
};

/* Makes the folder where there is none (its parent must be there) and opens it. */
int ctl_output_open(const char *path, struct ctl_output *output);
/* `keep` false: a folder that was made, and is empty, is removed again. */
void ctl_output_close(struct ctl_output *output, bool keep);

struct ctl_output_file {
    const char *name;
    struct fx_slice text;
};

/* Writes the files. One that is there with just this text is taken as written; when one differs
 * or cannot be made, it is named and none is left. At most 64 files. */
int ctl_output_write(const struct ctl_output *output, const struct ctl_output_file *files,
                     size_t count);

#endif
