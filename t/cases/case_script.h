/* case_script - the .smtp file of a case as the runner reads it besides the transcript reader:
 * its lines, which reply belongs to which line of the client, and what its comments say of the
 * MTA. Belongs to run_cases; README tells the comments.
 */
#ifndef CASE_SCRIPT_H
#define CASE_SCRIPT_H

#include "text.h"

#define CASE_NO_TURN SIZE_MAX

enum case_speaker { CASE_NONE, CASE_CLIENT, CASE_DATA, CASE_SERVER };

struct case_line {
    struct fx_slice text; /* the whole line as written, without "+SECONDS " */
    enum case_speaker speaker;
    size_t turn; /* client: the turn it belongs to; server: the turn it answers */
};

struct case_script {
    struct fx_text bytes;   /* the file */
    struct fx_text stamped; /* the same with "+0.000001" before each line; see case_play.c */
    struct case_line *lines;
    size_t line_count, turn_count;

    /* what comments say; absent: the default of case_play.c */
    struct fx_slice mta, host, listener, tls_version, cipher, auth_type, auth_user;
    bool macros_none;  /* "# macros: none": the MTA tells nothing */
    bool milter_only;  /* "# visible: milter": only what a milter gets to see */
    bool local;        /* "# local: yes": mail submitted on the MTA's own host */
    bool log_full;     /* "# log: full": no record can be written */
    bool held_full;    /* "# held: full": as many answers are held as may be */
    bool has_starttls; /* TLS begins there, else at once */
    bool has_auth;     /* likewise */
};

/* Reads the file. false, and a reason in *why (static), when it cannot be read. */
bool case_script_read(struct case_script *s, const char *path, const char **why);
void case_script_finish(struct case_script *s);

#endif
