/* load_options - the command line of milter_load. */
#ifndef LOAD_OPTIONS_H
#define LOAD_OPTIONS_H

#include "address.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

#define LOAD_FILES 16

/* Where a connection stays until the end. */
enum load_hold {
    LOAD_HOLD_NEVER,
    LOAD_HOLD_GREETED,  /* before its first message */
    LOAD_HOLD_CONTENT,  /* in a message of which all is sent but the end */
    LOAD_HOLD_ANSWERED, /* after a message */
};

struct load_options {
    union {
        struct sockaddr any;
        struct sockaddr_un un;
        struct sockaddr_in in;
    } socket;
    socklen_t socket_length;
    uint64_t connections, messages, each, seconds, patience, whole; /* times in seconds */
    double rate;                                                    /* 0: no rate */
    struct fx_network clients;
    const char *files[LOAD_FILES]; /* borrowed from the command line */
    size_t file_count;
    enum load_hold hold;
    bool unique;
};

void load_options_usage(FILE *to);
/* false: the command line is none that milter_load has. */
bool load_options_read(struct load_options *o, int argc, char **argv);

#endif
