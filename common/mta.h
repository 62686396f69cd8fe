/* mta - which MTA is at the other end, and what it lets a milter do.
 *
 * Known from the macro v ("Postfix 3.7.11"; Sendmail's is its version alone, "8.17.1.9/...").
 * Pure and thread-safe.
 */
#ifndef FX_MTA_H
#define FX_MTA_H

#include "terms.h"

enum fx_mta_kind { FX_MTA_UNKNOWN, FX_MTA_POSTFIX, FX_MTA_SENDMAIL };

struct fx_mta {
    enum fx_mta_kind kind;
    unsigned major, minor;
};

/* Absent or strange text gives FX_MTA_UNKNOWN. */
struct fx_mta fx_mta_parse(struct fx_slice v);

/* Does a 5xx text for an unknown command reach the client? Postfix from 3.10 on answers with
 * its own (tested with 3.7 and 3.10; Sendmail 8.17 and 8.18 pass it on). */
enum fx_answer fx_mta_unknown_text(const struct fx_mta *mta);

/* Is what is handed over of an unknown command, `octets` of it, the whole line? Postfix before
 * 3.10 gives the verb alone; later ones give the line with the blanks around it, and cut one
 * that is longer than line_length_limit, 2048 unless changed (postconf(5)). Sendmail gives all
 * of it (tested as above). */
enum fx_answer fx_mta_whole_line(const struct fx_mta *mta, size_t octets);

/* Can the header that a milter sees have fields (From, Date, Message-ID) that the MTA added?
 * Sendmail shows only what the client sent (milter_headers: H_USER; tested with 8.17). */
enum fx_answer fx_mta_adds_fields(const struct fx_mta *mta);

#endif
