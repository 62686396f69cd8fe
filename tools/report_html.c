/* report_html - to come. */
#include "report.h"

enum ctl_exit ctl_report_html(const struct ctl_report *report, const char *file)
{
    (void)report;
    (void)file;
    return CTL_EXIT_CANNOT_CREATE;
}
