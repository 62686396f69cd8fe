/* sandbox_plan - see sandbox_plan.h. */
#include "sandbox_plan.h"

#include "grow.h"
#include "listener.h"
#include "say.h"
#include "state_uri.h"

#include <arpa/inet.h>
#include <libgen.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DNS_PORT 53 /* of TCP: an answer that was too long for UDP */

/* libc and SQLite read these at any time: which zone, how many processors, how memory is given.
 */
static const char *const always[] = {
    "/etc/localtime",
    "/usr/share/zoneinfo",
    "/dev/urandom",
    "/proc/sys/vm/overcommit_memory",
    "/sys/devices/system/cpu/online",
    NULL,
};

/* What looking up a host name takes: resolv.conf(5), nsswitch.conf(5), hosts(5), host.conf(5),
 * gai.conf(5), services(5), and the libraries that nsswitch.conf names, with where they are
 * looked for. resolv.conf may be a link into one of the folders of /run. */
static const char *const for_names[] = {
    "/etc/resolv.conf",
    "/etc/nsswitch.conf",
    "/etc/hosts",
    "/etc/host.conf",
    "/etc/gai.conf",
    "/etc/services",
    "/run/systemd/resolve",
    "/run/NetworkManager",
    "/run/resolvconf",
    "/etc/ld.so.cache",
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    NULL,
};

bool sandbox_plan_shared(const char *folder)
{
    static const char *const folders[] = {
        "/",          "/boot",    "/dev",           "/etc",      "/home",    "/media",
        "/mnt",       "/opt",     "/proc",          "/root",     "/run",     "/srv",
        "/sys",       "/tmp",     "/usr",           "/usr/etc",  "/usr/lib", "/usr/local",
        "/usr/share", "/var",     "/usr/local/etc", "/var/lib",  "/var/log", "/var/run",
        "/var/spool", "/var/tmp", "/dev/shm",       "/run/lock",
    };
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
        if (strcmp(folder, folders[i]) == 0)
            return true;
    return false;
}

/* ---- paths ---- */

static void add(struct sandbox_plan *plan, const char *path, enum sandbox_access access)
{
    for (size_t i = 0; i < plan->count; i++)
        if (plan->paths[i].access == access && strcmp(plan->paths[i].path, path) == 0)
            return;
    if (plan->count == plan->cap) {
        struct sandbox_path *more = fx_grown(plan->paths, &plan->cap, sizeof *more);
        if (more == NULL) {
            plan->no_memory = true;
            return;
        }
        plan->paths = more;
    }
    char *copy = strdup(path);
    if (copy == NULL) {
        plan->no_memory = true;
        return;
    }
    /* no fault: malloc-leak: kept in plan->paths */
    plan->paths[plan->count++] = (struct sandbox_path){copy, access};
}

/* The folder that `path` lies in, links of the folder followed. false: too long. */
static bool folder_of(const char *path, char folder[PATH_MAX])
{
    char copy[PATH_MAX];
    if (strlen(path) >= sizeof copy)
        return false;
    memcpy(copy, path, strlen(path) + 1);
    const char *name = dirname(copy);
    if (realpath(name, folder) != NULL)
        return true;
    memcpy(folder, name, strlen(name) + 1);
    return true;
}

/* Where `path` leads to if it is a link, whether or not there is anything. */
static bool target_of(const char *path, char target[PATH_MAX])
{
    char text[PATH_MAX], folder[PATH_MAX];
    struct stat st;
    if (lstat(path, &st) != 0 || !S_ISLNK(st.st_mode))
        return false;
    if (realpath(path, target) != NULL)
        return true;
    ssize_t len = readlink(path, text, sizeof text - 1);
    if (len <= 0 || !folder_of(path, folder))
        return false;
    text[len] = '\0';
    int n = text[0] == '/' ? snprintf(target, PATH_MAX, "%s", text)
                           : snprintf(target, PATH_MAX, "%s/%s", folder, text);
    return n > 0 && n < PATH_MAX;
}

/* A file that is read again at each reload. An editor puts another one in its place, so it
 * takes the folder; but not one in which others keep what is theirs. */
static void add_read(struct sandbox_plan *plan, const char *path)
{
    char folder[PATH_MAX], target[PATH_MAX];
    add(plan, path, SANDBOX_READ);
    if (folder_of(path, folder) && !sandbox_plan_shared(folder))
        add(plan, folder, SANDBOX_READ);
    if (target_of(path, target) && folder_of(target, folder) && !sandbox_plan_shared(folder))
        add(plan, folder, SANDBOX_READ);
}

static void add_write_folder(struct sandbox_plan *plan, const char *setting, const char *path)
{
    char folder[PATH_MAX];
    if (!folder_of(path, folder))
        return;
    if (sandbox_plan_shared(folder))
        say(LOG_WARNING,
            "sandbox: %s makes the whole of %s writable; give it a folder of its own", setting,
            folder);
    add(plan, folder, SANDBOX_WRITE);
}

/* A file with others beside it: parts, marks, journals. A pipe or a device is by itself. */
static void add_write(struct sandbox_plan *plan, const char *setting, const char *path)
{
    char target[PATH_MAX];
    struct stat st;
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
        add(plan, path, SANDBOX_WRITE);
        return;
    }
    add_write_folder(plan, setting, path);
    if (target_of(path, target))
        add_write_folder(plan, setting, target);
}

static void add_socket(struct sandbox_plan *plan, const char *socket)
{
    char folder[PATH_MAX];
    const char *path = listener_path(socket);
    if (path != NULL && folder_of(path, folder))
        add(plan, folder, SANDBOX_REMOVE);
}

/* ---- the network ---- */

static void add_port(struct sandbox_plan *plan, uint16_t port)
{
    if (plan->port_count < SANDBOX_PORTS_MAX)
        plan->ports[plan->port_count++] = port;
}

/* The daemon calls itself, see relief.h. */
static void add_own_port(struct sandbox_plan *plan, const char *socket)
{
    struct sockaddr_storage address;
    socklen_t length;
    if (listener_path(socket) != NULL || !listener_address(socket, &address, &length))
        return;
    if (address.ss_family == AF_INET)
        add_port(plan, ntohs(((const struct sockaddr_in *)&address)->sin_port));
    else if (address.ss_family == AF_INET6)
        add_port(plan, ntohs(((const struct sockaddr_in6 *)&address)->sin6_port));
}

static void add_redis(struct sandbox_plan *plan, const char *text)
{
    struct fx_state_uri uri;
    unsigned char address[sizeof(struct in6_addr)];
    if (fx_state_uri_parse(fx_slice_str(text), &uri) != NULL || uri.host[0] == '\0')
        return;
    add_port(plan, uri.port);
    plan->names = inet_pton(AF_INET, uri.host, address) != 1 &&
                  inet_pton(AF_INET6, uri.host, address) != 1;
    if (plan->names)
        add_port(plan, DNS_PORT);
}

/* ---- all of it ---- */

static void add_all(struct sandbox_plan *plan, const char *const *paths)
{
    for (; *paths != NULL; paths++)
        add(plan, *paths, SANDBOX_READ);
}

bool sandbox_plan_init(const struct fx_config *config, const struct fx_profile_dirs *profiles,
                       struct sandbox_plan *plan)
{
    const struct fx_settings *s = &config->settings;
    const char *const keys[] = {s->log.key_file, s->log.signing_key_file,
                                s->log.address_key_file};
    *plan = (struct sandbox_plan){0};
    for (size_t i = 0; i < config->files.count; i++)
        add_read(plan, config->files.names[i]);
    for (char **dir = profiles->dirs; *dir != NULL; dir++)
        add(plan, *dir, SANDBOX_READ);
    /* the file and not its folder: beside it may lie keys of others */
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (keys[i][0] != '\0')
            add(plan, keys[i], SANDBOX_READ);
    if (strcmp(s->log.file, "stdout") != 0)
        add_write(plan, "log.file", s->log.file);
    if (strcmp(s->state.backend, "sqlite") == 0)
        add_write(plan, "state.path", s->state.path);
    if (strcmp(s->state.backend, "redis") == 0)
        add_redis(plan, s->state.uri);
    add_socket(plan, s->milter.socket);
    add_own_port(plan, s->milter.socket);
    if (s->command_filter.listen[0] != '\0')
        add_socket(plan, s->command_filter.listen);
    add(plan, "/dev/null", SANDBOX_WRITE);
    add_all(plan, always);
    if (plan->names)
        add_all(plan, for_names);
    if (!plan->no_memory)
        return true;
    sandbox_plan_finish(plan);
    return false;
}

void sandbox_plan_finish(struct sandbox_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++)
        free(plan->paths[i].path);
    free(plan->paths);
    *plan = (struct sandbox_plan){0};
}
