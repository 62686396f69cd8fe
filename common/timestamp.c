/* timestamp - see timestamp.h. */
#include "timestamp.h"

#define DAYS_TO_1970 719468 /* from 1 March of the year 0 */

/* Days since 1970-01-01 to year, month, day, proleptic Gregorian: whole 400-year eras of
 * 146,097 days, years counted from 1 March so that the leap day comes last. */
static void civil(int64_t days, uint64_t *year, uint64_t *month, uint64_t *day)
{
    int64_t z = days + DAYS_TO_1970;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    uint64_t doe = (uint64_t)(z - era * 146097);
    uint64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    uint64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    uint64_t mp = (5 * doy + 2) / 153;

    *day = doy - (153 * mp + 2) / 5 + 1;
    *month = mp < 10 ? mp + 3 : mp - 9;
    *year = (uint64_t)((int64_t)yoe + era * 400) + (*month <= 2 ? 1 : 0);
}

static void two(char *out, uint64_t n)
{
    out[0] = (char)('0' + n / 10);
    out[1] = (char)('0' + n % 10);
}

void fx_timestamp_add(struct fx_text *t, int64_t wall)
{
    int64_t micro = wall % 1000000, seconds = wall / 1000000;
    if (micro < 0) {
        micro += 1000000;
        seconds--;
    }
    int64_t days = seconds / 86400, rest = seconds % 86400;
    if (rest < 0) {
        rest += 86400;
        days--;
    }
    uint64_t year, month, day, sec = (uint64_t)rest;
    civil(days, &year, &month, &day);
    char rest_of_it[] = "-MM-DDThh:mm:ss.uuuuuuZ";
    two(rest_of_it + 1, month);
    two(rest_of_it + 4, day);
    two(rest_of_it + 7, sec / 3600);
    two(rest_of_it + 10, sec / 60 % 60);
    two(rest_of_it + 13, sec % 60);
    two(rest_of_it + 16, (uint64_t)micro / 10000);
    two(rest_of_it + 18, (uint64_t)micro / 100 % 100);
    two(rest_of_it + 20, (uint64_t)micro % 100);
    fx_text_add_padded(t, year, 4);
    fx_text_add(t, fx_slice(rest_of_it, sizeof rest_of_it - 1));
}

/* The inverse of civil, for years from 1970 on. */
static int64_t days_of(uint64_t year, uint64_t month, uint64_t day)
{
    uint64_t y = month <= 2 ? year - 1 : year;
    uint64_t yoe = y % 400;
    uint64_t doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    uint64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return (int64_t)(y / 400 * 146097 + doe) - DAYS_TO_1970;
}

/* Exactly so many digits at the start of *rest, and what has to follow them ('\0': nothing). */
static bool number(struct fx_slice *rest, size_t digits, char after, uint64_t *value)
{
    struct fx_slice s = fx_slice_first(*rest, digits);
    if (s.len < digits || !fx_slice_u64(s, value))
        return false;
    *rest = fx_slice_from(*rest, digits);
    if (after == '\0')
        return true;
    if (rest->len == 0 || fx_ascii_upper(rest->ptr[0]) != after)
        return false;
    *rest = fx_slice_from(*rest, 1);
    return true;
}

static bool read_date(struct fx_slice *rest, int64_t *days)
{
    uint64_t year, month, day, y, m, d;
    if (!number(rest, 4, '-', &year) || !number(rest, 2, '-', &month) ||
        !number(rest, 2, '\0', &day) || year < 1970 || month < 1 || month > 12)
        return false;
    *days = days_of(year, month, day);
    civil(*days, &y, &m, &d); /* 30 February comes back as another day */
    return y == year && m == month && d == day;
}

/* Digits after the point, as microseconds. */
static bool read_fraction(struct fx_slice *rest, int64_t *micro)
{
    size_t digits = 0;
    *micro = 0;
    for (int64_t unit = 100000; digits < rest->len && fx_ascii_digit(rest->ptr[digits]);
         digits++, unit /= 10)
        *micro += (rest->ptr[digits] - '0') * unit;
    *rest = fx_slice_from(*rest, digits);
    return digits > 0;
}

bool fx_timestamp_read(struct fx_slice s, int64_t *wall)
{
    int64_t days, micro = 0;
    uint64_t hour = 0, minute = 0, second = 0;
    struct fx_slice rest = s;
    if (!read_date(&rest, &days))
        return false;
    if (rest.len > 0) {
        if (fx_ascii_upper(rest.ptr[0]) != 'T')
            return false;
        rest = fx_slice_from(rest, 1);
        if (!number(&rest, 2, ':', &hour) || !number(&rest, 2, ':', &minute) ||
            !number(&rest, 2, '\0', &second) || hour > 23 || minute > 59 || second > 60)
            return false;
        if (rest.len > 0 && rest.ptr[0] == '.') {
            rest = fx_slice_from(rest, 1);
            if (!read_fraction(&rest, &micro))
                return false;
        }
        if (rest.len != 1 || fx_ascii_upper(rest.ptr[0]) != 'Z')
            return false;
    }
    int64_t seconds =
        ((days * 24 + (int64_t)hour) * 60 + (int64_t)minute) * 60 + (int64_t)second;
    if (seconds > FX_TIMESTAMP_SECONDS_MAX)
        return false; /* a leap second at the end of the last year */
    *wall = seconds * 1000000 + micro;
    return true;
}
