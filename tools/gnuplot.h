/* gnuplot - the program that draws the charts.
 *
 * It gets its script by standard input and writes to standard output: no file is made, no shell
 * asked. Its settings files are not read, it sees none of our environment but where programs
 * are, and its time and output are bounded. Not thread-safe: SIGPIPE is ignored meanwhile.
 */
#ifndef FX_GNUPLOT_H
#define FX_GNUPLOT_H

#include "text.h"

#ifndef CTL_GNUPLOT_SECONDS
#define CTL_GNUPLOT_SECONDS 30
#endif

/* All that the script makes gnuplot write, appended to `out`. false: trouble has what is wrong,
 * one line, what gnuplot itself said included; what is in `out` is of no use then. */
bool ctl_gnuplot_run(struct fx_slice script, struct fx_text *out, struct fx_text *trouble);

/* Takes the next picture off *rest, which terminal "svg" has written one after the other.
 * false: there is none, or it has no end. */
bool ctl_gnuplot_next(struct fx_slice *rest, struct fx_slice *svg);

#endif
