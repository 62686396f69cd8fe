/* chain - the hash chain over the lines of the compliance log: what a line carries of it, and
 * how it is computed.
 *
 * The last two members of a chained record are `"prev"` and `"hash"`, 64 lower-case hex digits
 * each. `hash` is SHA-256 (FIPS 180-4), or HMAC-SHA-256 (RFC 2104) with a key, over the octets
 * of the line before `,"hash":`; `prev` is the hash of the record before, 64 zeros at the very
 * first. A line that is written and one that is verified go through this file alone. Pure.
 */
#ifndef FX_CHAIN_H
#define FX_CHAIN_H

#include "digest.h"
#include "text.h"

#define FX_CHAIN_HEX ((size_t)64)
#define FX_CHAIN_ID ((size_t)16)
#define FX_CHAIN_ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

/* Where a chain stands: after this record. {0, ""} is not the beginning, fx_chain_begin is. */
struct fx_chain_place {
    uint64_t seq;
    char hash[FX_CHAIN_HEX + 1];
};

/* Before the very first record: seq 0, zeros. */
void fx_chain_begin(struct fx_chain_place *place);

/* One way to compute hashes: plain, or with a key. Not thread-safe: one owner each. */
struct fx_chain;

/* key absent: SHA-256. NULL: no memory, or OpenSSL has no such digest. The key is copied. */
struct fx_chain *fx_chain_create(struct fx_slice key);
void fx_chain_destroy(struct fx_chain *chain); /* NULL allowed */
/* "sha256" or "hmac-sha256". Static. */
const char *fx_chain_algorithm(const struct fx_chain *chain);
/* Which key: 16 hex digits, of an HMAC of a fixed text; "" without a key. It tells nothing
 * about the key that the hashes do not. Lives as long as the chain. */
const char *fx_chain_key_id(const struct fx_chain *chain);

/* The hash of a record. false: the digest failed; out untouched. */
bool fx_chain_hash(struct fx_chain *chain, struct fx_slice hashed, char out[FX_CHAIN_HEX + 1]);

/* Adds `,"prev":"...","hash":"..."}` to a line that has all other members and no closing brace,
 * and says in *now where the chain stands with it (last->seq + 1). false: no memory, or the
 * digest failed; *now untouched. now may be last. */
bool fx_chain_close_line(struct fx_chain *chain, const struct fx_chain_place *last,
                         struct fx_text *line, struct fx_chain_place *now);

/* A line of a log as the chain sees it; slices of the line. */
struct fx_link {
    uint64_t seq;           /* 0: the line does not tell */
    struct fx_slice type;   /* "message"; absent: not told */
    bool chained;           /* prev and hash are the last two members */
    struct fx_slice hashed; /* these three if chained: what the hash is over, */
    struct fx_slice prev;   /* and 64 hex digits each */
    struct fx_slice hash;
};

/* Reads what the writer wrote; line is without its line end. Takes members by their text and
 * does not check that the line as a whole is JSON. false: it does not begin and end as a record
 * of ours, *link untouched. */
bool fx_link_read(struct fx_slice line, struct fx_link *link);

/* Is it of the daemon itself: start, reload, stop, head? Their host is the machine of the daemon,
 * that of all others the mail server (macro j of the milter protocol), which may be another. */
bool fx_link_of_daemon(const struct fx_link *link);

/* The value of a top-level string member that the writer wrote without escapes ("signature",
 * "type"); absent: there is none. The name is looked for outside strings and nested values. */
struct fx_slice fx_link_member(struct fx_slice line, const char *name);
/* Whether there is such a member, whatever its value. */
bool fx_link_has(struct fx_slice line, const char *name);
/* Likewise the text of one that is an object, with its braces; it can be asked in its turn. */
struct fx_slice fx_link_object(struct fx_slice line, const char *name);
/* Likewise one that is a whole number; false: there is none, *value untouched. */
bool fx_link_number(struct fx_slice line, const char *name, uint64_t *value);

#endif
