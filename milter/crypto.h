/* crypto - OpenSSL's first use, at the start. */
#ifndef FXM_CRYPTO_H
#define FXM_CRYPTO_H

#include <stdbool.h>

/* What sessions and the log ask of OpenSSL is asked once, so that it has set itself up before
 * anything of mail is read: 3.0 does not look whether it gets memory for that, and would crash.
 * Where there is none meanwhile, that is said and the process ends (EX_OSERR); later it is
 * handled where it happens. false: no memory, or this OpenSSL has no SHA-256 or no random
 * numbers. Before any other use of OpenSSL, and before there are threads. */
bool crypto_begin(void);

#endif
