/* load_options - see load_options.h. */
#include "load_options.h"

#include "slice.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const hold_names[] = {
    [LOAD_HOLD_GREETED] = "greeted",
    [LOAD_HOLD_CONTENT] = "content",
    [LOAD_HOLD_ANSWERED] = "answered",
};

void load_options_usage(FILE *to)
{
    fputs(
        "usage: milter_load -s SOCKET [-a NETWORK] [-c CONNECTIONS] [-f FILE]... [-i WHERE]\n"
        "                   [-m EACH] [-n MESSAGES] [-r RATE] [-t SECONDS] [-T SECONDS] [-u]\n"
        "                   [-w SECONDS]\n"
        "  -s SOCKET       of the filter: unix:/path or inet:port@address\n"
        "  -a NETWORK      addresses of the clients (192.0.2.0/24)\n"
        "  -c CONNECTIONS  at the same time, at most (10)\n"
        "  -f FILE         the message (one that is built in); several are sent in turn\n"
        "  -i WHERE        all CONNECTIONS are opened and held there, until standard input\n"
        "                  ends: greeted, content (in a message, before its end), answered\n"
        "                  (after a message); a report comes when all are there\n"
        "  -m EACH         messages of one connection (1)\n"
        "  -n MESSAGES     in all (1000)\n"
        "  -r RATE         messages begun in a second (0: as fast as it goes)\n"
        "  -t SECONDS      no message is begun after this time (60)\n"
        "  -T SECONDS      the end, finished or not (120)\n"
        "  -u              each message has a Message-ID of its own; the file has one\n"
        "  -w SECONDS      without an answer or progress, an error (30)\n"
        "Prints one JSON object; exit 0 when every message was answered, else 1.\n",
        to);
}

static bool number(const char *text, uint64_t least, uint64_t most, uint64_t *value)
{
    return fx_slice_u64(fx_slice_str(text), value) && *value >= least && *value <= most;
}

static bool read_socket(const char *text, struct load_options *o)
{
    char host[64];
    unsigned port;
    if (strncmp(text, "unix:", 5) == 0) {
        size_t n = strlen(text + 5);
        o->socket.un = (struct sockaddr_un){.sun_family = AF_UNIX};
        o->socket_length = sizeof o->socket.un;
        if (n == 0 || n >= sizeof o->socket.un.sun_path)
            return false;
        memcpy(o->socket.un.sun_path, text + 5, n);
        return true;
    }
    if (sscanf(text, "inet:%u@%63s", &port, host) != 2 || port == 0 || port > 65535)
        return false;
    o->socket.in =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    o->socket_length = sizeof o->socket.in;
    return inet_pton(AF_INET, host, &o->socket.in.sin_addr) == 1;
}

static bool read_file(const char *value, struct load_options *o)
{
    if (o->file_count == LOAD_FILES)
        return false;
    o->files[o->file_count++] = value;
    return true;
}

static bool read_hold(const char *value, struct load_options *o)
{
    for (size_t i = LOAD_HOLD_GREETED; i < sizeof hold_names / sizeof hold_names[0]; i++)
        if (strcmp(value, hold_names[i]) == 0)
            o->hold = (enum load_hold)i;
    return o->hold != LOAD_HOLD_NEVER;
}

static bool read_option(int c, const char *value, struct load_options *o)
{
    char *rest;
    switch (c) {
    case 's':
        return read_socket(value, o);
    case 'a':
        return fx_network_parse(fx_slice_str(value), &o->clients);
    case 'c':
        return number(value, 1, 100000, &o->connections);
    case 'f':
        return read_file(value, o);
    case 'i':
        return read_hold(value, o);
    case 'm':
        return number(value, 1, UINT32_MAX, &o->each);
    case 'n':
        return number(value, 1, UINT32_MAX, &o->messages);
    case 'r':
        o->rate = strtod(value, &rest);
        return *value != '\0' && *rest == '\0' && o->rate >= 0 && o->rate <= 1e6;
    case 't':
        return number(value, 1, 86400, &o->seconds);
    case 'T':
        return number(value, 1, 86400, &o->whole);
    case 'u':
        o->unique = true;
        return true;
    case 'w':
        return number(value, 1, 86400, &o->patience);
    default:
        return false;
    }
}

bool load_options_read(struct load_options *o, int argc, char **argv)
{
    *o = (struct load_options){.connections = 10,
                               .messages = 1000,
                               .each = 1,
                               .seconds = 60,
                               .patience = 30,
                               .whole = 120};
    fx_network_parse(FX_LIT("192.0.2.0/24"), &o->clients);
    for (int c; (c = getopt(argc, argv, "s:a:c:f:i:m:n:r:t:T:uw:")) != -1;)
        if (!read_option(c, optarg, o))
            return false;
    if (o->hold != LOAD_HOLD_NEVER) {
        o->messages = o->connections; /* one each */
        o->each = 1;
    }
    return optind == argc && o->socket_length != 0;
}
