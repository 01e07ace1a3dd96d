"""Years and days in the names of files, sources and addresses: read them, and put others in their place."""

import calendar
import datetime
import re

SCHOOL_YEAR = re.compile(r"(?<!\d)(20\d\d)([-_/]?)(20)?(\d\d)(?!\d)")  # 2024-2025, 2024/25, 202425
CALENDAR_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")
DIGITS = re.compile(r"(?<!\d)(20\d\d)(\d\d)(\d\d)(?!\d)")  # 20260831
WORDS = re.compile(r"(?<!\d)(\d\d?)(?:st|nd|rd|th)?([\s_-]+)([A-Za-z]{3,9})[.,]?([\s_-]+)(20\d\d)(?!\d)")  # 31_Aug_2026
MONTH_ALONE = re.compile(r"(?<![\dA-Za-z])([A-Za-z]{3,9})[.,]?[\s_-]+(20\d\d)(?!\d)")  # August 2026
AS_AT = re.compile(r"(?<![A-Za-z])as[\s_-]+(?:at|of)(?![A-Za-z])[\s_:-]*(?:the[\s_]+)?", re.IGNORECASE)
TO = re.compile(r"[\s_]*(?:to|until|-|–)[\s_]*", re.IGNORECASE)  # between the first and the last day of a time
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September")
MONTHS += ("October", "November", "December")


def school_year_in(text: str) -> str | None:
    """Return the last school year in a text, as 2024/25; None without one."""
    years = [f"{m[1]}/{m[4]}" for m in SCHOOL_YEAR.finditer(text) if _follows(m)]
    return years[-1] if years else None


def with_years_moved(text: str, years: int) -> str:
    """Return a text with each school year in it so many years later, written as before."""

    def moved(match):
        if not _follows(match):
            return match[0]
        first = int(match[1]) + years
        return f"{first}{match[2]}{match[3] or ''}{(first + 1) % 100:02}"

    return SCHOOL_YEAR.sub(moved, text)


def with_year_moved(name: str, years: int) -> str:
    """Return the name of a source with the calendar year in it so many years later: ks2_2015 becomes ks2_2016."""
    return CALENDAR_YEAR.sub(lambda match: str(int(match[0]) + years), name)


def day_in(text: str) -> str | None:
    """Return the day that a text tells, as ISO text; None without one, or where it is not sure which is meant.

    That is the day after "as at"; else the only day, or the last of a time ("1 May to 31 August"). A month without a
    day stands for its last day, where no day is in the text besides.
    """
    found = [(m.span(), day) for m in DIGITS.finditer(text) if (day := _iso(m[1], m[2], m[3]))]
    found += [(m.span(), _iso(m[5], _month(m[3]), m[1])) for m in WORDS.finditer(text) if _month(m[3])]
    if not found:
        months = [(m.start(), _month(m[1]), int(m[2])) for m in MONTH_ALONE.finditer(text) if _month(m[1])]
        # Of a day that is written otherwise ("the 3rd of May 2026") the month is not the day.
        found = [((at, at), _last_of(year, month)) for at, month, year in months if not _day_before(text[:at])]
    found.sort()
    after = {m.end() for m in AS_AT.finditer(text)}
    if after:
        found = [one for one in found if one[0][0] in after]
    elif len(found) == 2 and TO.fullmatch(text[found[0][0][1] : found[1][0][0]]):
        found = found[1:]
    days = {day for _, day in found}
    return days.pop() if len(days) == 1 else None


def with_day(text: str, day: str) -> str:
    """Return a text with each day in it replaced by `day` (ISO text), written as before."""
    date = datetime.date.fromisoformat(day)

    def in_words(match):
        if not _month(match[3]):
            return match[0]
        month = MONTHS[date.month - 1]
        return f"{date.day}{match[2]}{month[:3] if len(match[3]) == 3 else month}{match[4]}{date.year}"

    text = DIGITS.sub(lambda m: f"{date:%Y%m%d}" if _iso(m[1], m[2], m[3]) else m[0], text)
    return WORDS.sub(in_words, text)


def _follows(match):
    return int(match[4]) == (int(match[1]) + 1) % 100


def _month(word):
    """The number of a month by its name or how that begins, at least three letters; 0 where it is none."""
    return next((number for number, month in enumerate(MONTHS, 1) if month.lower().startswith(word.lower())), 0)


def _day_before(text):
    return re.search(r"\d(?:st|nd|rd|th)?[\s_-]+(?:of[\s_]+)?$", text)


def _last_of(year, month):
    return f"{year}-{month:02}-{calendar.monthrange(year, month)[1]}"


def _iso(year, month, day):
    try:
        return datetime.date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None
