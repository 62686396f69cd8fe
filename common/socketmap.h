/* socketmap - the server's side of the socketmap protocol, octets in, requests and replies out.
 *
 * Sources: Postfix socketmap_table(5); netstrings, https://cr.yp.to/proto/netstrings.txt. A
 * request is the netstring "NAME KEY", a reply one of "OK VALUE", "NOTFOUND ", "TEMP REASON",
 * "TIMEOUT REASON", "PERM REASON"; one request follows the other on a connection.
 *
 * Pure: no allocation, no system. Total on any octets, in pieces of any size; a fault is
 * sticky, as nothing tells where the next request would begin. One owner at a time.
 */
#ifndef FX_SOCKETMAP_H
#define FX_SOCKETMAP_H

#include "text.h"

/* Octets of a request, as in Postfix; a larger one is a fault as soon as its length is read. */
#define FX_SOCKETMAP_REQUEST_MAX 100000
/* Octets kept of a request. A command line of Postfix has 2048 (line_length_limit); the rest of
 * a longer one is read and counted. */
#define FX_SOCKETMAP_KEPT 4096
/* The most that a reply with a text of n octets takes. */
#define FX_SOCKETMAP_REPLY_MAX(n) ((n) + 32)

enum fx_socketmap_step {
    FX_SOCKETMAP_MORE,    /* the input is used up, and no request whole */
    FX_SOCKETMAP_REQUEST, /* one request; there may be more input */
    FX_SOCKETMAP_FAULT    /* what came is not the protocol; the connection is lost */
};

struct fx_socketmap {
    enum {
        FX_SOCKETMAP_AT_START,
        FX_SOCKETMAP_AT_LENGTH,
        FX_SOCKETMAP_AT_TEXT,
        FX_SOCKETMAP_AT_COMMA,
        FX_SOCKETMAP_LOST
    } state;
    size_t length, got; /* octets of the request: announced, come so far */
    const char *fault;
    char kept[FX_SOCKETMAP_KEPT];
};

struct fx_socketmap_request {
    struct fx_slice name, key; /* borrowed from the parser until the next call */
    bool cut;                  /* the key was longer than what is kept of it */
};

void fx_socketmap_init(struct fx_socketmap *m);
/* Takes octets off *input, up to the end of one request. *request is set with
 * FX_SOCKETMAP_REQUEST only. */
enum fx_socketmap_step fx_socketmap_feed(struct fx_socketmap *m, struct fx_slice *input,
                                         struct fx_socketmap_request *request);
/* A request has begun and is not whole. */
bool fx_socketmap_within(const struct fx_socketmap *m);
/* What the fault is, in words for a reply; NULL without one. Static storage. */
const char *fx_socketmap_fault(const struct fx_socketmap *m);

enum fx_socketmap_reply {
    FX_SOCKETMAP_OK,
    FX_SOCKETMAP_NOTFOUND,
    FX_SOCKETMAP_TEMP,
    FX_SOCKETMAP_TIMEOUT,
    FX_SOCKETMAP_PERM
};
/* Adds a whole reply, or marks *out as overflown. */
void fx_socketmap_add_reply(struct fx_text *out, enum fx_socketmap_reply kind,
                            struct fx_slice text);

#endif
