/* dkim_vectors - signature fields, and what is wrong with each by itself. */
#ifndef FX_DKIM_VECTORS_H
#define FX_DKIM_VECTORS_H

#include "dkim.h"

#define VECTOR_NOW INT64_C(1800000000)

struct vector_anomaly {
    enum fx_rule rule;
    int mark;         /* which '^' of the value it is at, from 1; 0: it has no offset */
    const char *text; /* the piece it is about begins so; NULL: it is about none */
    const char *what; /* NULL: nothing */
    int numbers;      /* 0: none, 1: observed, 2: and a limit */
    uint64_t observed, limit;
    bool inferred;
};

struct vector {
    enum fx_signature_kind kind;
    const char *value; /* '^' marks an offset and is taken out; '~' stands for NUL */
    bool body_hash;    /* bh= can be compared */
    struct vector_anomaly anomalies[4]; /* in any order; ends with the first that is zero */
};

extern const struct vector dkim_vectors[];
extern const size_t dkim_vector_count;

/* The value without marks into an exact piece of malloc'd memory, to be freed; marks: the
 * offsets, at least 8 places. */
char *vector_value(const struct vector *v, size_t *len, size_t *marks);

#endif
