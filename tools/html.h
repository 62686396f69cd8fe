/* html - pieces of an HTML page, and the one way in which a text from outside gets into it.
 *
 * All functions append to a text builder, whose overflow mark says that something is missing.
 * Thread-safe; a builder has one owner at a time.
 */
#ifndef FX_HTML_H
#define FX_HTML_H

#include "text.h"

/* s as text of an element or value of a quoted attribute: characters that mean something in
 * HTML as references, all that a reader might act upon (control characters, marks of direction,
 * octets that are not UTF-8) as on a terminal, see ctl_put of terminal.h. */
void ctl_html_add(struct fx_text *page, struct fx_slice s);
void ctl_html_add_str(struct fx_text *page, const char *s);

/* data:image/svg+xml with the picture in base64 (RFC 2397, RFC 4648 section 4). */
void ctl_html_add_svg(struct fx_text *page, struct fx_slice svg);

/* The SHA-256 of a text as Content-Security-Policy names it, 'sha256-...'. false: no memory. */
bool ctl_html_add_hash(struct fx_text *page, struct fx_slice text);

#endif
