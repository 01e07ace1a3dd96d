"""Years and days in the names of files, sources and addresses: read them, and put others in their place."""

import datetime
import re

SCHOOL_YEAR = re.compile(r"(?<!\d)(20\d\d)([-_/]?)(20)?(\d\d)(?!\d)")  # 2024-2025, 2024/25, 202425
CALENDAR_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")
DIGITS = re.compile(r"(?<!\d)(20\d\d)(\d\d)(\d\d)(?!\d)")  # 20260831
WORDS = re.compile(r"(?<!\d)(\d\d?)(?:st|nd|rd|th)?([ _-])([A-Za-z]{3,9})\.?\2(20\d\d)(?!\d)")  # 31_Aug_2026
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
    """Return the last day in a text, as ISO text; None without one."""
    found = [(m.start(), _iso(m[1], m[2], m[3])) for m in DIGITS.finditer(text)]
    found += [(m.start(), _iso(m[4], _month(m[3]), m[1])) for m in WORDS.finditer(text)]
    days = [day for _, day in sorted(found, key=lambda pair: pair[0]) if day]
    return days[-1] if days else None


def with_day(text: str, day: str) -> str:
    """Return a text with each day in it replaced by `day` (ISO text), written as before."""
    date = datetime.date.fromisoformat(day)

    def in_words(match):
        if not _month(match[3]):
            return match[0]
        month = MONTHS[date.month - 1]
        return match[2].join([str(date.day), month[:3] if len(match[3]) == 3 else month, str(date.year)])

    text = DIGITS.sub(lambda m: f"{date:%Y%m%d}" if _iso(m[1], m[2], m[3]) else m[0], text)
    return WORDS.sub(in_words, text)


def _follows(match):
    return int(match[4]) == (int(match[1]) + 1) % 100


def _month(word):
    """The number of a month by its name or how that begins, at least three letters; 0 where it is none."""
    return next((number for number, month in enumerate(MONTHS, 1) if month.lower().startswith(word.lower())), 0)


def _iso(year, month, day):
    try:
        return datetime.date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None
