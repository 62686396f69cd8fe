/* print_dkim - the signature anomalies, one a line: rule, severity, meaning, source; tabs between
 * them. For man_dkim.py. */
#include "dkim_anomaly.h"

#include <stdio.h>

int main(void)
{
    for (int rule = FX_RULE_DKIM_FIRST; rule <= FX_RULE_DKIM_LAST; rule++) {
        const struct fx_dkim_rule *row = fx_dkim_rule((enum fx_rule)rule);
        if (printf("%s\t%s\t%s\t%s\n", fx_rule_name((enum fx_rule)rule),
                   fx_severity_name(row->severity), row->means, row->source) < 0)
            return 1;
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
