/* callbacks - libmilter's side: each callback fills an event, feeds it, applies the decision.
 */
#ifndef FXM_CALLBACKS_H
#define FXM_CALLBACKS_H

#include <libmilter/mfapi.h>

/* What smfi_register wants. */
extern struct smfiDesc callbacks_descriptor;

#endif
