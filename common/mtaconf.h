/* mtaconf - settings of a mail server that show a profile on the wire, as far as they can.
 *
 * A milter cannot touch the greeting, the EHLO reply, or most commands; Postfix and Sendmail
 * have settings that come near. From a profile, pure functions make the text of two files for
 * each: every setting with what of the profile it shows and where that is known from, and what
 * no setting can show, with the reason. Settings of the profile that are only `assumed` do not
 * count. Thread-safe.
 */
#ifndef FX_MTACONF_H
#define FX_MTACONF_H

#include "profile.h"
#include "text.h"

enum fx_mtaconf_mta { FX_MTACONF_POSTFIX, FX_MTACONF_SENDMAIL, FX_MTACONF_COUNT };

/* "postfix" and "sendmail", both ways; exact match. */
const char *fx_mtaconf_name(enum fx_mtaconf_mta mta);
bool fx_mtaconf_find(struct fx_slice name, enum fx_mtaconf_mta *out);

struct fx_mtaconf {
    const struct fx_profile *profile;
    const char *version;    /* of this program, for the head */
    struct fx_slice banner; /* what follows "220 " in the greeting; absent: the MTA's usual */
    struct fx_slice directory; /* where the files will lie, without a slash at the end; absent:
                                  where the MTA has its own */
};

/* The text of a greeting is printable ASCII, has no blank at either end and fits a reply line
 * of 512 octets with its code and CRLF (RFC 5321 sections 4.2 and 4.5.3.1.5). */
#define FX_MTACONF_BANNER_MAX (512 - 4 - 2)
bool fx_mtaconf_banner_good(struct fx_slice banner);
/* main.cf separates lists by blanks and commas and groups by braces, and knows no way to write
 * these, or control characters, in the name of a folder. */
bool fx_mtaconf_directory_good(struct fx_slice directory);

/* The first is added to the MTA's own configuration, the second a file of its own. */
#define FX_MTACONF_FILES 2
struct fx_mtaconf_file {
    const char *name;    /* static, without a folder */
    const char *use;     /* static: what is done with it, in a few words */
    const char *comment; /* static: what a comment in it begins with */
    struct fx_text text; /* empty: the profile needs no such file */
};

/* Fills `files`, whose texts the caller initialized; what does not fit is marked there. */
void fx_mtaconf_write(enum fx_mtaconf_mta mta, const struct fx_mtaconf *wanted,
                      struct fx_mtaconf_file files[FX_MTACONF_FILES]);

#endif
