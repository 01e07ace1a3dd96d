"""Find where a source's file lies: at the address that the release file states, else as it says under `find`.

Three ways: a page's attachment whose title matches, the newest by the date in its title (gov.uk content API); an
address with a date in it, walked back day by day; a data set by its id and version (Explore Education Statistics).
"""

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urljoin, urlsplit

from lib.dated_names import day_in
from lib.download import GONE, PAGE, REFUSED, Answer, Fault, Limits, ask, at, host, read_json
from lib.yaml_files import nearest

FIND_FROM = ("reference_date", "today")  # the day up to which, or from which back, a file is looked for
DATE_PLACE = "{YYYYMMDD}"  # where in an address the date stands
VERSIONS_A_PAGE = 20  # the most that the API gives
MOST_CHANGES = 10  # of a kind that are told one by one


@dataclass(frozen=True)
class Source:
    """What decides which file is fetched; a source's title and notes do not. Dates: ISO 8601."""

    release: str
    id: str
    file: str
    url: str | None = None
    archived: str | None = None  # tried where the first address has no file, or refuses it
    find: dict[str, Any] | None = None
    found: dict[str, str] | None = None  # with `url`: what it was found by, before it was frozen
    hosts: tuple[str, ...] = ()  # that may have the file, beside those of the addresses
    sha256: str | None = None  # the pinned one
    as_at: str | None = None  # the day on which the file must be as at
    reference_date: str | None = None
    urn_columns: tuple[str, ...] = ()  # names that the column of URNs may have in the file

    @property
    def has_address(self) -> bool:
        """Whether the release file gives any way to fetch the file."""
        return bool(self.url or self.find or self.archived)


@dataclass(frozen=True)
class Found:
    """Where a file lies, and what is known of it. `answer`: what the server said of it, where it was asked."""

    url: str
    title: str | None = None
    date: str | None = None  # ISO 8601: of the title, of the address, or when the version was published
    version: str | None = None
    answer: Answer | None = None
    elsewhere: tuple[str, ...] = ()  # titles of attachments in another form that are newer, or cannot be dated

    @property
    def record(self) -> dict[str, str]:
        """What the record of origin says of it beside the address."""
        known = {"title": self.title, "date": self.date, "version": self.version}
        return {key: value for key, value in known.items() if value}


def origin_of(source: dict, reference_date: str) -> dict:
    """Return what of a source decides which file it is: where it comes from, not how it is read or described.

    A stated address is what is fetched; `find` then only says how a newer one is found.
    """
    keys = ("file", "url", "found", "archived", "hosts", "sha256", *(() if "url" in source else ("find", "as_at")))
    asked = {key: source[key] for key in keys if key in source}
    find = asked.get("find", {"day": FIND_FROM[1]})
    return asked | ({} if "ees" in find or find.get("day") == FIND_FROM[1] else {"reference_date": reference_date})


def locate(source: Source, today: datetime.date, limits: Limits) -> Found:
    """Return where the file of a source lies that has `url` or `find`. Raises Fault."""
    if source.url:
        return Found(source.url, **source.found or {})
    if "ees" in source.find:
        return _by_version(source, source.find["version"], limits)
    start = today if source.find.get("day") == FIND_FROM[1] else datetime.date.fromisoformat(source.reference_date)
    return (
        _by_title(source, start, limits, source.as_at)
        if "content_api" in source.find
        else _by_date(source, start, limits)
    )


def newest(source: Source, today: datetime.date, limits: Limits) -> Found:
    """Return the newest file that `find` of a source gives today, whichever one the release takes. Raises Fault."""
    if "ees" in source.find:
        return _by_version(source, None, limits)
    return (_by_title if "content_api" in source.find else _by_date)(source, today, limits)


def changes(source: Source, newer: str, limits: Limits) -> list[str]:
    """Return what the data set's versions after the pinned one, up to `newer`, changed, a line each. Raises Fault."""
    address = _data_set(source)
    pinned, page, pages, between = _ordered(source.find["version"]), 1, 1, []
    while page <= pages:
        listed = read_json(f"{address}/versions?page={page}&pageSize={VERSIONS_A_PAGE}", limits, source.hosts)
        between += [str(version.get("version")) for version in listed.get("results", [])]
        page, pages = page + 1, listed.get("paging", {}).get("totalPages", 1)
    between = sorted({v for v in between if pinned < _ordered(v) <= _ordered(newer)}, key=_ordered)
    return [
        f"version {version}, {size}: {line}"
        for version in between
        for size, kinds in read_json(f"{address}/versions/{version}/changes", limits, source.hosts).items()
        if size in ("majorChanges", "minorChanges") and isinstance(kinds, dict)
        for line in _told(kinds)
    ]


def is_newer(version: str, than: str) -> bool:
    """Return whether a data set's version is newer than another, e.g. 1.10 than 1.9."""
    return _ordered(version) > _ordered(than)


def _by_title(source, until, limits, as_at=None):
    """The attachment with the newest date in its title that is not after `until`; `as_at`: of that day.

    A title that cannot be dated may be that of a newer one: it stops the search, unless the day is stated.
    """
    address, suffix = source.find["content_api"], PurePosixPath(source.file).suffix.lower()
    fitting = _attachments(source, read_json(address, limits, source.hosts))
    with at(address):
        days = {url: day_in(title) for url, title in fitting.items()}
        dated = {url: day for url, day in days.items() if _suffix(url) == suffix}
        undated = [fitting[url] for url, day in dated.items() if not day]
        if undated and (not as_at or as_at not in dated.values()):
            raise Fault(
                f"of which day it is, is not clear by the title of {' and '.join(map(repr, undated[:5]))}.",
                f"Let sources.{source.id}.find.title in the release file match those alone that say their day, or give "
                f"the address of the right one as url.",
            )
        last = until.isoformat()
        right = {url: day for url, day in dated.items() if day and (day == as_at if as_at else day <= last)}
        if not right:
            wanted = f"as at {as_at}" if as_at else f"of {until} or before"
            there = "; ".join(f"'{title}' ({_suffix(url)})" for url, title in [*fitting.items()][:5])
            raise Fault(
                f"no attachment whose title matches find.title is a {suffix} file {wanted}. They are: {there}.",
                f"Correct sources.{source.id} in the release file: what it looks for, or of which day.",
            )
        latest = [url for url, day in right.items() if day == max(right.values())]
        if len(latest) > 1:
            both = " and ".join(f"'{fitting[url]}' ({url})" for url in latest[:2])
            raise Fault(
                f"two attachments are equally new: {both}.",
                f"Let sources.{source.id}.find.title in the release file say which one is meant.",
            )
        (url,) = latest
        if host(url) not in {host(address), *source.hosts}:
            raise Fault(
                f"the page names a file on another host: {url}.",
                f"If that is right, add 'hosts: [{host(url)}]' to sources.{source.id} in the release file.",
            )
        newer = [u for u, day in days.items() if _suffix(u) != suffix and (not day or right[url] < day <= last)]
        elsewhere = () if as_at else tuple(f"'{fitting[u]}' ({_suffix(u) or u})" for u in newer)
        return Found(url, title=fitting[url], date=right[url], elsewhere=elsewhere)


def _attachments(source, content):
    """{address: title} of the attachments of a page whose titles match."""
    address, pattern = source.find["content_api"], source.find["title"]
    with at(address):
        details = content.get("details")
        listed = details.get("attachments") if isinstance(details, dict) else None
        if not isinstance(listed, list):
            raise Fault("the answer of the content API has no details.attachments: the page is built otherwise now.")
        titles = {urljoin(address, str(part.get("url", ""))): str(part.get("title", "")) for part in listed}
        fitting = {url: title for url, title in titles.items() if re.search(pattern, title, re.IGNORECASE)}
        if not fitting:
            near = nearest(pattern, dict.fromkeys(titles.values()))
            raise Fault(
                f"no attachment of the page has a title that matches find.title, '{pattern}'.{near}",
                f"Correct sources.{source.id}.find.title in the release file.",
            )
        return fitting


def _suffix(url):
    return PurePosixPath(urlsplit(url).path).suffix.lower()


def _by_date(source, start, limits):
    """The first of the addresses of a day and the days before it that has a file."""
    days_back = source.find["days_back"]
    for back in range(days_back + 1):
        day = start - datetime.timedelta(days=back)
        url = source.find["url"].replace(DATE_PLACE, day.strftime("%Y%m%d"))
        try:
            return Found(url, date=day.isoformat(), answer=ask(url, limits, source.hosts))
        except Fault as fault:
            # In place of a file that is not there some servers give a page.
            if fault.kind not in (GONE, PAGE):
                raise
            last = fault
    with at(source.find["url"]):
        raise Fault(
            f"there is a file of none of the days from {day} to {start}. Of the first of them: {last}",
            f"Change sources.{source.id}.find in the release file: days_back, day or the address.",
            kind=GONE,
        )


def _by_version(source, version, limits):
    """The data set in a version; in its latest one without."""
    address = _data_set(source)
    data_set = read_json(address, limits, source.hosts)
    with at(address):
        latest = data_set.get("latestVersion")
        latest = str(latest.get("version")) if isinstance(latest, dict) else None
        if data_set.get("status") == "Withdrawn" or not latest:
            after = data_set.get("supersedingDataSetId")
            raise Fault(
                "the data set has been withdrawn."
                + (f" The data set {after} takes its place." if after else " No other one takes its place."),
                f"Correct sources.{source.id}.find.data_set in the release file.",
                kind=REFUSED,
            )
    wanted, hint = version or latest, f"Its latest version is {latest}: see `make check-sources` for what that changed."
    try:
        found = read_json(f"{address}/versions/{wanted}", limits, source.hosts)
        with at(address):
            if found.get("version") != wanted:
                raise Fault(f"asked for version {wanted} of the data set, the server answers {found.get('version')}.")
            if found.get("status") == "Withdrawn":
                raise Fault(f"version {wanted} of the data set has been withdrawn.", kind=REFUSED)
    except Fault as fault:
        fault.hint = f"{hint} Set sources.{source.id}.find.version in the release file."
        raise
    url = f"{address}/csv?dataSetVersion={wanted}"
    published = str(found.get("published") or "")[:10] or None
    return Found(url, title=data_set.get("title"), date=published, version=wanted)


def _data_set(source):
    return f"{source.find['ees'].rstrip('/')}/data-sets/{source.find['data_set']}"


def _ordered(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


def _told(kinds: dict) -> Iterator[str]:
    """What a version changed, in words: `indicators: avg_att8 is now attainment8_average`."""
    for kind, listed in kinds.items():
        # Those of a filter's options and of places are listed by filter and level.
        made = [part for change in listed or [] for part in change.get("options", [change])]
        if len(made) > MOST_CHANGES:
            yield f"{kind}: {len(made)} changes"
            continue
        for change in made:
            was, now = (_name(change.get(state)) for state in ("previousState", "currentState"))
            if was and now:
                yield f"{kind}: {was} {f'is now {now}' if was != now else 'is described otherwise'}"
            else:
                yield f"{kind}: {f'{now} is new' if now else f'{was} is gone'}"


def _name(state: dict | None) -> str | None:
    names = (state.get(key) for key in ("column", "label", "code", "id")) if state else ()
    return next((str(name) for name in names if name), None)
