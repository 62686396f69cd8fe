/* sandbox_plan - which files and ports the daemon needs after its start, worked out from its
 * configuration. Knows nothing of how they are kept to. For the start; not thread-safe
 * (resolver).
 */
#ifndef FXM_SANDBOX_PLAN_H
#define FXM_SANDBOX_PLAN_H

#include "config.h"
#include "paths.h"

enum sandbox_access {
    SANDBOX_READ,   /* a file; or the files of a folder and of those below */
    SANDBOX_WRITE,  /* the same, and files may be made, renamed, cut and removed */
    SANDBOX_REMOVE, /* files of a folder may be removed, no more */
};

struct sandbox_path {
    char *path; /* owned, absolute */
    enum sandbox_access access;
};

#define SANDBOX_PORTS_MAX 4

struct sandbox_plan {
    struct sandbox_path *paths; /* owned; may name what does not exist */
    size_t count, cap;
    uint16_t ports[SANDBOX_PORTS_MAX]; /* of TCP, to connect to */
    size_t port_count;
    bool names; /* host names are looked up, which loads libraries and asks the network */
    bool no_memory;
};

/* Fills *plan, for sandbox_plan_finish; false without memory. Says where the configuration
 * makes a folder writable that is not the daemon's alone. */
bool sandbox_plan_init(const struct fx_config *config, const struct fx_profile_dirs *profiles,
                       struct sandbox_plan *plan);
void sandbox_plan_finish(struct sandbox_plan *plan);

/* A folder of the system or of everybody, such as /etc or /tmp: no folder of a configuration.
 */
bool sandbox_plan_shared(const char *folder);

#endif
