/* print_limits - the table of limits as text, for man_limits.py.
 *
 * One line a limit, tab-separated: its name, where going over it is told, what becomes of the
 * rest, and "yes" where something is not looked at.
 */
#include "limit.h"

#include <stdio.h>

int main(void)
{
    static const char *const told[] = {"message", "message, session", "later", "syslog"};
    for (size_t i = 0; i < FX_LIMIT_COUNT; i++) {
        const struct fx_limit_row *row = fx_limit_row((enum fx_limit)i);
        char line[256];
        struct fx_text t;
        fx_text_init_fixed(&t, line, sizeof line);
        fx_limit_name((enum fx_limit)i, &t);
        if (t.overflow || printf("%.*s\t%s\t%s\t%s\n", (int)t.len, line, told[row->told],
                                 row->beyond, row->unjudged ? "yes" : "no") < 0)
            return 1;
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
