/* scan - what is asked of each octet of a body, many octets at a time.
 *
 * Two versions with the same results, of which configure takes one: scan_sse2.c, for what any
 * x86-64 has, and scan_word.c, numbers of 64 bits, for any machine. What both do with a block
 * of octets is in scan_pass.h.
 *
 * Pure; thread-safe for different objects.
 */
#ifndef FX_SCAN_H
#define FX_SCAN_H

#include "slice.h"

/* A body so far. A line ends in LF; its octets are those before that, without one CR before
 * the LF. All zero but `line`, which is 1, before the first chunk. */
struct fx_scan_body {
    uint64_t octets_8bit;  /* octets above 127 */
    uint64_t line;         /* number of the current line, from 1 */
    uint64_t line_octets;  /* of it so far, CR included */
    bool line_cr;          /* it so far ends in CR */
    uint64_t longest;      /* octets of the longest line that ended */
    uint64_t longest_line; /* its number, the first of several; 0: all were empty */
};

/* The next chunk of the body, of any length, cut anywhere; borrowed for the call. */
void fx_scan_body(struct fx_scan_body *body, struct fx_slice chunk);
/* There is no more: what is left is a line, too, a CR at its end included. */
void fx_scan_end(struct fx_scan_body *body);

/* Index of the first octet `first` that `second` follows, or s.len when there is none. */
size_t fx_scan_pair(struct fx_slice s, char first, char second);

/* What the relaxed canonicalisation of bodies (RFC 6376 section 3.4.4) makes of white space:
 * of a run of SP and TAB one SP stays, nothing where CRLF follows. What becomes of an octet
 * is decided by the two behind it. */
#define FX_SCAN_BLOCK 64 /* octets looked at together */
#define FX_SCAN_LOOK 2   /* octets behind them that are looked at, too */
#define FX_SCAN_ROOM (FX_SCAN_BLOCK + 16)

/* Of n octets at p, behind which FX_SCAN_LOOK can be read: how many at least stay as they are,
 * a multiple of FX_SCAN_BLOCK. */
size_t fx_scan_unchanged(const char *p, size_t n);
/* What is left of FX_SCAN_BLOCK octets at p, behind which FX_SCAN_LOOK can be read. Returns how
 * many octets of `out` count; it has room for FX_SCAN_ROOM, and any of them may be written. */
size_t fx_scan_relax(const char *p, char *out);

#endif
