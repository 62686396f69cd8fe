/* page_style - the style sheet of the report. See page.h.
 *
 * The colours come from the themes, which the charts have too. Paper is light. A table that is
 * folded away on a screen stands behind its <details>, not within: no script and no browser's
 * help is needed to show it on paper.
 */
#include "page.h"

static const char style[] =
    "*{box-sizing:border-box}\n"
    "html{-webkit-text-size-adjust:100%;text-size-adjust:100%}\n"
    "body{margin:0;background:var(--page);color:var(--text);"
    "font:1rem/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;"
    "overflow-wrap:anywhere}\n"
    "header,main,footer{max-width:68rem;margin:0 auto;padding:0 1.5rem}\n"
    "header{padding-top:2.5rem}\n"
    "h1{font-size:2.1rem;line-height:1.15;letter-spacing:-.02em;margin:.2rem 0 .6rem}\n"
    "h2{font-size:1.3rem;line-height:1.25;letter-spacing:-.01em;margin:0}\n"
    "p{margin:.4rem 0}\n"
    "a{color:var(--link)}\n"
    ".kicker{margin:0;color:var(--muted);font-weight:600;font-size:.85rem;"
    "letter-spacing:.06em;text-transform:uppercase}\n"
    ".period{font-size:1.05rem}\n"
    ".means,.note,.period span,footer{color:var(--muted)}\n"
    ".note,footer{font-size:.9rem}\n"
    ".says{max-width:52rem}\n"
    "section{background:var(--ground);border:1px solid var(--line);border-radius:.75rem;"
    "padding:1.4rem 1.5rem 1.5rem;margin:1.25rem 0}\n"
    "nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:.35rem .5rem;margin:1rem 0 0;"
    "padding:0;font-size:.9rem}\n"
    "nav a{display:block;padding:.25rem .7rem;border:1px solid var(--line);"
    "border-radius:1rem;background:var(--ground);text-decoration:none}\n"
    "nav a:hover,nav a:focus{text-decoration:underline}\n"
    ":focus-visible{outline:3px solid var(--link);outline-offset:2px}\n"
    ".chain{border-left:.5rem solid var(--muted);padding:1rem 1.5rem}\n"
    ".chain p{margin:.3rem 0 0}\n"
    ".intact{border-left-color:var(--good)}\n"
    ".broken{border-left-color:var(--bad)}\n"
    ".intact h2{color:var(--good)}\n"
    ".broken h2,.notice strong{color:var(--bad)}\n"
    ".notice{border-left:.5rem solid var(--bad)}\n"
    ".figures{list-style:none;padding:0;display:grid;grid-template-columns:repeat(auto-fit,"
    "minmax(8.5rem,1fr));"
    "gap:.75rem;margin:1.25rem 0}\n"
    ".figures li{background:var(--ground);border:1px solid var(--line);"
    "border-left:.4rem solid var(--swatch,var(--muted));border-radius:.75rem;"
    "padding:.7rem 1rem}\n"
    ".figures span{display:block;color:var(--muted);font-size:.9rem}\n"
    ".figures b{font-size:1.55rem;line-height:1.2;font-weight:650;"
    "font-variant-numeric:tabular-nums}\n"
    ".figures "
    "small{display:block;font-size:.85rem;font-weight:400;color:var(--muted);white-space:"
    "nowrap}\n"
    ".figures .other{color:var(--text);font-weight:650}\n"
    /* heard, not seen */
    ".would i{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}\n"
    ".key{margin:-.6rem 0 1.25rem}\n"
    ".legend{list-style:none;display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;margin:.8rem 0 0;"
    "padding:0;font-size:.95rem}\n"
    /* a border is printed where a background is not */
    ".legend li::before{content:'';display:inline-block;border:.45em solid var(--swatch);"
    "border-radius:.15em;margin-right:.45em;vertical-align:-.05em}\n"
    ".chart{margin:.9rem 0 0}\n"
    ".chart img{display:none;max-width:100%;height:auto;margin:0 auto}\n"
    ".chart .wide.light{display:block}\n"
    ".more{margin:1rem 0 0}\n"
    "summary{cursor:pointer;color:var(--link);width:fit-content;padding:.2rem 0}\n"
    /* Where there is more to the side, a shadow says so: it stays at the edge, and what covers
     * it, a bit higher than it is, goes with the table. */
    ".numbers{overflow-x:auto;margin:.8rem 0 0;background:"
    "linear-gradient(to right,var(--ground) 40%,transparent) 0 0/2.5rem 100% no-repeat local,"
    "linear-gradient(to left,var(--ground) 40%,transparent) 100% 0/2.5rem 100% no-repeat local,"
    "linear-gradient(to right,var(--shade),transparent) 0 2px/.6rem calc(100% - 4px) no-repeat "
    "scroll,"
    "linear-gradient(to left,var(--shade),transparent) 100% 2px/.6rem calc(100% - 4px) "
    "no-repeat scroll}\n"
    "table{border-collapse:collapse;width:100%;font-size:.92rem;"
    "font-variant-numeric:tabular-nums}\n"
    "caption{text-align:left;color:var(--muted);padding:0 0 .4rem}\n"
    "th,td{padding:.4rem .6rem;border-top:1px solid var(--line);text-align:right;"
    "vertical-align:top}\n"
    "th:first-child,td:first-child{text-align:left;padding-left:0}\n"
    "thead th{border-top:0;color:var(--muted);font-weight:600;overflow-wrap:normal}\n"
    "tbody th{font-weight:400;min-width:9rem}\n"
    "tbody th small{display:block;color:var(--muted)}\n"
    "tfoot th,tfoot td{border-top:2px solid var(--line);font-weight:400;color:var(--muted)}\n"
    "td{white-space:nowrap}\n"
    ".zero{color:var(--muted)}\n"
    "footer{padding-bottom:3rem}\n"
    ".skip{position:absolute;left:-100vw}\n"
    ".skip:focus{left:.5rem;top:.5rem;background:var(--ground);padding:.5rem}\n"
    "@media screen{.more:not([open])+.numbers{display:none}}\n"
    "@media screen and (max-width:40rem){"
    "header,main,footer{padding-left:.75rem;padding-right:.75rem}"
    "header{padding-top:1.5rem}h1{font-size:1.7rem}"
    "section{padding:1rem .75rem;border-radius:.6rem}.chain{padding:.8rem 1rem}"
    ".figures{grid-template-columns:repeat(auto-fit,minmax(7.5rem,1fr))}"
    ".figures b{font-size:1.3rem}"
    "table{font-size:.75rem}th,td{padding:.35rem .15rem}"
    "tbody th{min-width:3.8rem}"
    ".chart .wide.light{display:none}.chart .narrow.light{display:block}}\n"
    "@media screen and (prefers-color-scheme:dark){"
    ".chart .wide.light,.chart .narrow.light{display:none}"
    ".chart .wide.dark{display:block}}\n"
    "@media screen and (prefers-color-scheme:dark) and (max-width:40rem){"
    ".chart .wide.dark{display:none}.chart .narrow.dark{display:block}}\n"
    "@page{size:A4;margin:15mm 14mm}\n"
    "@media print{"
    ":root{color-scheme:light}body{background:var(--ground);font-size:10pt}"
    "header,main,footer{max-width:none;padding:0}"
    "section{border:0;border-radius:0;border-top:1px solid var(--line);padding:1rem 0 0}"
    "section.chain,.notice{border-top:0;padding:.2rem 0 .2rem 1rem}"
    ".figures{grid-template-columns:repeat(6,1fr)}"
    ".figures li{padding:.3rem .6rem}.figures b{font-size:1.1rem}"
    "nav,.more,.skip{display:none}"
    ".numbers{overflow:visible;background:none}"
    "table{font-size:8.5pt}th,td{padding:.15rem .35rem}tbody th{min-width:0}"
    "td{white-space:normal}thead{display:table-header-group}tfoot{display:table-row-group}"
    "caption{break-after:avoid}"
    ".top{break-after:avoid}.whole,.top,tr,.figures,.chain{break-inside:avoid}}\n";

static void add_variable(struct fx_text *text, const char *name, const char *value)
{
    fx_text_add_str(text, "--");
    fx_text_add_str(text, name);
    fx_text_add_char(text, ':');
    fx_text_add_str(text, value);
    fx_text_add_char(text, ';');
}

static void add_theme(struct fx_text *text, const struct ctl_theme *theme)
{
    fx_text_add_str(text, ":root{");
    add_variable(text, "page", theme->page);
    add_variable(text, "ground", theme->ground);
    add_variable(text, "text", theme->text);
    add_variable(text, "muted", theme->muted);
    add_variable(text, "line", theme->line);
    add_variable(text, "link", theme->link);
    add_variable(text, "good", theme->good);
    add_variable(text, "bad", theme->bad);
    add_variable(text, "shade", theme->shade);
    fx_text_add_str(text, "}\n");
    for (size_t i = 0; i < CTL_SERIES; i++) {
        fx_text_add_str(text, ".s");
        fx_text_add_u64(text, i);
        fx_text_add_char(text, '{');
        add_variable(text, "swatch", theme->series[i]);
        fx_text_add_str(text, "}\n");
    }
}

void ctl_page_add_style(struct fx_text *text)
{
    fx_text_add_str(text, ":root{color-scheme:light dark}\n");
    add_theme(text, &ctl_theme_light);
    fx_text_add_str(text, "@media screen and (prefers-color-scheme:dark){\n");
    add_theme(text, &ctl_theme_dark);
    fx_text_add_str(text, "}\n");
    fx_text_add_str(text, style);
}
