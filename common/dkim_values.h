/* dkim_values - what the tags of a signature come to, and what is wrong with them.
 *
 * Part of dkim.c: the table in dkim_values.c says for each kind of field which tags it must
 * have and which function reads the value of which. The functions are called in the order of
 * enum fx_signature_tag, so that a= is known to b= and bh=, d= to i=, t= to x=. Pure and
 * thread-safe.
 */
#ifndef FX_DKIM_VALUES_H
#define FX_DKIM_VALUES_H

#include "dkim.h"

/* A longer field may be cut or refused: OpenDKIM has room for 4096 octets of it, and Sendmail's
 * MaxMimeHeaderLength cuts near there. */
#define FX_DKIM_FIELD_OCTETS 4096
/* Names in h=. Signers that list each of some 25 fields twice or three times stay below. */
#define FX_DKIM_FIELD_NAMES 100
/* Seconds by which clocks may differ, as OpenDKIM has it by default. rspamd allows less, dkimpy
 * more; what some verifier refuses is told. */
#define FX_DKIM_CLOCK_DRIFT 300
#define FX_ARC_INSTANCE_MAX 50 /* RFC 8617 section 4.2.1 */

struct fx_dkim_algorithm;

/* One signature that is being read. */
struct fx_dkim_reading {
    struct fx_signature *out;
    int64_t now;                               /* negative: not known */
    const struct fx_dkim_algorithm *algorithm; /* NULL: not known */
    bool made_known;
    uint64_t made;                          /* t= */
    bool hash_known, canon_bad, length_bad; /* bh= is; c= or l= are there and wrong */
};

/* Reads all values. */
void fx_dkim_values(struct fx_signature *out, int64_t now);

/* Adds an anomaly about a piece of the field, which gives its offset; absent: about none. */
void fx_dkim_report(struct fx_dkim_reading *r, enum fx_rule rule, struct fx_slice text,
                    const char *what);
/* The same to be completed before it is added. */
struct fx_anomaly fx_dkim_anomaly(const struct fx_dkim_reading *r, enum fx_rule rule,
                                  struct fx_slice text, const char *what);
/* Decimal digits, 1 to `most`; beyond UINT64_MAX that. NULL: it is so; else what it is not, and
 * *at says where. */
const char *fx_dkim_number(struct fx_slice value, size_t most, uint64_t *number, size_t *at);

/* Readers of one value each. */
typedef void fx_dkim_read(struct fx_dkim_reading *r, struct fx_slice value);
fx_dkim_read fx_dkim_read_v;
/* dkim_values_key.c */
fx_dkim_read fx_dkim_read_a, fx_dkim_read_dk_a, fx_dkim_read_b, fx_dkim_read_bh, fx_dkim_read_c,
    fx_dkim_read_dk_c;
bool fx_dkim_body_hash_known(const struct fx_dkim_reading *r);
/* dkim_values_domain.c */
fx_dkim_read fx_dkim_read_d, fx_dkim_read_i, fx_dkim_read_s;
/* dkim_values_list.c */
fx_dkim_read fx_dkim_read_h, fx_dkim_read_arc_h, fx_dkim_read_dk_h, fx_dkim_read_seal_h,
    fx_dkim_read_q, fx_dkim_read_dk_q, fx_dkim_read_z;
/* dkim_values_number.c */
fx_dkim_read fx_dkim_read_instance, fx_dkim_read_l, fx_dkim_read_t, fx_dkim_read_x;

#endif
