/* record_json - the members of a record, written one by one; for record.c and whoever else
 * writes JSON of findings.
 *
 * A writer adds members to an object that is open and keeps track of commas. Pure.
 */
#ifndef FX_RECORD_JSON_H
#define FX_RECORD_JSON_H

#include "record.h"
#include "session.h"

struct fx_json {
    struct fx_text *text;
    bool lossy;   /* bytes that are not UTF-8 were replaced */
    bool cut;     /* a list was left unfinished for the size of the record */
    bool started; /* the open object or array has a member already */
};

/* Members by their names; absent: no name. Of those that follow, whose names are literals,
 * these are what is left at run time. */
void fx_json_member(struct fx_json *j, struct fx_slice name); /* a value must follow */
void fx_json_member_string(struct fx_json *j, struct fx_slice name, struct fx_slice value);
void fx_json_member_number(struct fx_json *j, struct fx_slice name, uint64_t value);

/* A value must follow. */
static inline void fx_json_name(struct fx_json *j, const char *name)
{
    fx_json_member(j, fx_slice_str(name));
}

/* absent: null */
static inline void fx_json_string(struct fx_json *j, const char *name, struct fx_slice value)
{
    fx_json_member_string(j, fx_slice_str(name), value);
}

static inline void fx_json_number(struct fx_json *j, const char *name, uint64_t value)
{
    fx_json_member_number(j, fx_slice_str(name), value);
}

void fx_json_open(struct fx_json *j, const char *name, char bracket); /* name NULL: no name */
void fx_json_close(struct fx_json *j, char bracket);
void fx_json_bool(struct fx_json *j, const char *name, bool value);
void fx_json_null(struct fx_json *j, const char *name);

/* "findings": those of the list, with the names of the ruleset's profiles. */
void fx_json_findings(struct fx_json *j, const struct fx_findings *list,
                      const struct fx_ruleset *rules);
/* "dkim": one object for each signature that was kept; "signatures_omitted" besides where there
 * were more, or no room.
 * "dkim_message" lists the anomalies of the header as a whole, where there are any. */
void fx_json_dkim(struct fx_json *j, const struct fx_session *s);
/* "severity", "signature", "offset", "grade", "tag" of a finding, where it has them. */
void fx_json_signature(struct fx_json *j, const struct fx_finding *f);
/* "compare": outcomes of the compared profiles; "partial":true after it when asked. */
void fx_json_compare(struct fx_json *j, const struct fx_would *would,
                     const struct fx_ruleset *rules, bool partial);
/* "client", "listener", "mta", "tls", "auth": members of the connection. What was not
 * told of the MTA, TLS or AUTH is left out; null says that TLS or AUTH was not used. */
void fx_json_connection(struct fx_json *j, const struct fx_session *s);

#endif
