"""Files found by machine, against a local server that speaks the official protocols: what is found, what stops."""

import datetime
import functools
import gzip
import re
import time

import pytest
import yaml

import acquire
from conftest import PROJECT
from lib import find_source
from lib.dated_names import day_in
from lib.download import Fault, Limits
from lib.find_source import Source, origin_of
from lib.run_step import UserError
from lib.settings import models
from lib.settings.models import check
from servers import in_parts, running

TABLE = b"URN,Overall effectiveness\n100000,1\n100001,2\n"
LONG = b"time_period,school_urn,attainment8_average\n202425,100000,45.1\n202425,100001,50.2\n"
TODAY = datetime.date(2026, 9, 3)
ID = "19e39901-a96c-be76-b9c2-6af54ae076d2"
LIMITS = Limits(attempts=2, backoff_s=0.01, silence_s=2)
# The sources that CONTRIBUTING shows, their files on the local server.
SHOWN = re.search(
    r"## Find the newest file\n.*?```yaml\n(.*?)```", (PROJECT / "CONTRIBUTING.md").read_text("utf-8"), re.S
)[1]
HOSTS = ("https://www.gov.uk", "https://ea-edubase-api-prod.azurewebsites.net", "https://api.education.gov.uk")
PAGE = "/api/content/government/statistical-data-sets/" + (
    "monthly-management-information-ofsteds-school-inspections-outcomes"
)
EXTRACT = "/edubase/downloads/public/edubasealldata"


@pytest.fixture
def server(monkeypatch):
    with running(monkeypatch) as server:
        yield server


def a_source(server, name, reference_date="2026-08-31", **keys):
    local = functools.reduce(lambda text, host: text.replace(host, server.url(path="")), HOSTS, SHOWN)
    stated = yaml.safe_load(local)[name]
    find = {"find": stated["find"] | keys.pop("find", {})}
    urn_columns = ("URN", "school_urn")
    return Source("2025", name, urn_columns=urn_columns, **origin_of(stated | find | keys, reference_date))


def fetched(tmp_path, source, limits=LIMITS):
    """Fetch a source's file; return its bytes and its record of origin."""
    raw = tmp_path / source.file
    record = acquire.acquire(source, raw, tmp_path / ".origin.json", limits=limits, today=TODAY)
    return raw.read_bytes(), record


def stopped(tmp_path, source, limits=LIMITS):
    """What a user reads when the fetching of a source stops, which leaves nothing behind."""
    with pytest.raises(Fault) as caught:
        fetched(tmp_path, source, limits)
    assert list(tmp_path.iterdir()) == []
    message = acquire.explain(caught.value, source, {"title": "A title", "page": "https://example.org/"}, None, None)
    assert f"release 2025, source {source.id}" in message and "What to do: open https://example.org/" in message
    assert "Address: http://127.0.0.1" in message
    return message


def titled(server, *dates, of="latest inspections", body=TABLE):
    """A page with an attachment a date: title and address as the official ones are."""
    titles = [f"Management information - state-funded schools - {of} as at {date}" for date in dates]
    files = [
        server.url((200, body + date.encode() + b",1\n"), path=f"/media/{place}/{of.replace(' ', '_')}.csv")
        for place, date in enumerate(dates)
    ]
    server.content_api(PAGE, *zip(titles, files, strict=True))


def test_the_sources_that_are_shown_are_as_a_release_file_may_state_them():
    for stated in yaml.safe_load(SHOWN).values():
        check(models.Source, stated | {"layout": "a", "title": "A", "publisher": "B"}, "CONTRIBUTING.md")


@pytest.mark.parametrize(
    ("find", "fault"),
    [
        ({}, "should be a mapping with `content_api` and `title`, `url` and `days_back`, or `ees`"),
        ({"content_api": "https://example.org", "title": "("}, "find.title: '(' is not a regular expression."),
        ({"content_api": "https://example.org"}, "find: the key 'title' is missing."),
        ({"url": "https://example.org/a.csv", "days_back": 3}, "has no place for the date, {YYYYMMDD}."),
        ({"url": "https://example.org/{YYYYMMDD}", "days_back": 3, "day": "tomorrow"}, "'tomorrow' is not allowed."),
        ({"ees": "https://example.org", "data_set": ID, "version": 1.0}, "find.version: 1.0 should be a valid string."),
        ({"ees": "https://example.org", "data_set": "ks4", "version": "1.0"}, "'ks4' is not the id of a data set."),
    ],
)
def test_what_a_release_file_states_otherwise_stops(find, fault):
    stated = {"layout": "a", "file": "a.csv", "title": "A", "publisher": "B", "find": find}
    with pytest.raises(UserError) as caught:
        check(models.Source, stated, "2025.yaml")
    assert fault in str(caught.value)


# --- by the title of an attachment


def test_the_newest_attachment_up_to_the_reference_date_is_found(server, tmp_path):
    titled(server, "31 Jul 2026", "31 August 2026", "30 Sept 2026", "30 June 2026")
    content, record = fetched(tmp_path, a_source(server, "inspections"))
    assert content.endswith(b"31 August 2026,1\n")
    assert record["origin"] == server.url(path="/media/1/latest_inspections.csv")
    assert record["found"] == {
        "title": "Management information - state-funded schools - latest inspections as at 31 August 2026",
        "date": "2026-08-31",
    }


def test_the_day_that_the_file_must_be_as_at_wins(server, tmp_path):
    titled(server, "31 Jan 2026", "28 Feb 2026", "31 August 2026")
    source = a_source(server, "inspections", as_at="2026-02-28")
    assert fetched(tmp_path, source)[1]["found"]["date"] == "2026-02-28"
    assert find_source.newest(source, TODAY, LIMITS).date == "2026-08-31"


def test_only_attachments_of_the_kind_of_the_file_count(server, tmp_path):
    title = "Management information - state-funded schools - latest inspections as at 31 August 2026"
    table = server.url((200, TABLE), path="/media/table.csv")
    server.content_api(
        PAGE, (title, "/media/table.ods"), (title, table), (title.replace("latest", "all"), "/media/all.csv")
    )
    assert fetched(tmp_path, a_source(server, "inspections"))[1]["origin"] == table


def test_addresses_may_be_relative(server, tmp_path):
    server.url((200, TABLE), path="/media/table.csv")
    server.content_api(PAGE, ("state-funded schools - latest inspections as at 31 August 2026", "/media/table.csv"))
    assert fetched(tmp_path, a_source(server, "inspections"))[0] == TABLE


@pytest.mark.parametrize(
    ("title", "date"),
    [
        ("latest inspections as at 31 August 2026", "2026-08-31"),
        ("latest inspections as at 31 Aug 2026", "2026-08-31"),
        ("latest inspections as at 30 Sept. 2025", "2025-09-30"),
        ("1 September 2015 to 31 August 2019", "2019-08-31"),
        ("as at 1st May 2025", "2025-05-01"),
        ("as at 31 June 2025", None),
        ("as at 3 Ma 2025", None),
        ("as at 3 Jux 2025", None),
        ("as at August 2026", "2026-08-31"),
        ("as at 31-Aug-2026", "2026-08-31"),
        ("as at 31 August, 2026", "2026-08-31"),
        ("as at 31 August 2026 (corrected 14 September 2026)", "2026-08-31"),
        ("as at 31 June 2025 (corrected 1 July 2025)", None),
        ("as at August 2026 (corrected 14 September 2026)", None),
        ("31 August 2026, corrected 14 September 2026", None),
        ("as at end of August 2026", None),
    ],
)
def test_dates_in_titles(title, date):
    assert day_in(title) == date


def test_no_title_that_matches_stops_and_names_those_that_there_are(server, tmp_path):
    titled(server, "31 August 2026", of="all inspections")
    message = stopped(tmp_path, a_source(server, "inspections"))
    assert "no attachment of the page has a title that matches find.title" in message
    assert "all inspections as at 31 August 2026" in message
    assert "Correct sources.inspections.find.title in the release file" in message


@pytest.mark.parametrize("keys", [{"reference_date": "2026-05-31"}, {"as_at": "2026-05-31"}])
def test_no_attachment_of_the_day_stops(server, tmp_path, keys):
    titled(server, "30 June 2026", "31 July 2026")
    message = stopped(tmp_path, a_source(server, "inspections", **keys))
    assert "is a .csv file" in message and "2026-05-31" in message and "as at 30 June 2026" in message


def test_two_attachments_that_are_equally_new_stop(server, tmp_path):
    server.content_api(
        PAGE,
        ("state-funded schools - latest inspections as at 31 August 2026", "/media/one.csv"),
        ("state-funded schools - latest inspections as at 31 Aug 2026 (revised)", "/media/two.csv"),
    )
    message = stopped(tmp_path, a_source(server, "inspections"))
    assert "two attachments are equally new" in message and "/media/one.csv" in message and "(revised)" in message
    server.url((200, TABLE), path="/media/two.csv")
    revised = a_source(server, "inspections", find={"title": r"latest inspections.*\(revised\)"})
    assert fetched(tmp_path, revised)[0] == TABLE


def test_a_title_that_cannot_be_dated_stops_unless_the_day_is_stated(server, tmp_path):
    titled(server, "31 July 2026", "the end of August 2026")
    message = stopped(tmp_path, a_source(server, "inspections"))
    assert "of which day it is, is not clear by the title of" in message and "as at the end of August 2026'" in message
    assert "sources.inspections.find.title in the release file" in message
    stated = a_source(server, "inspections", as_at="2026-07-31")
    assert fetched(tmp_path, stated)[1]["found"]["date"] == "2026-07-31"


def test_what_is_newer_in_another_form_is_said(server, tmp_path, caplog):
    title = "state-funded schools - latest inspections as at"
    taken = server.url((200, TABLE), path="/media/july.csv")
    others = ("30 June 2026", "/media/june.ods"), ("31 August 2026", "/media/august.xlsx"), ("now", "/media/now.ods")
    server.content_api(PAGE, (f"{title} 31 July 2026", taken), *((f"{title} {day}", url) for day, url in others))
    source = a_source(server, "inspections")
    with caplog.at_level("WARNING"):
        assert fetched(tmp_path, source)[1]["origin"] == taken
    for said in (caplog.text, " ".join(find_source.newest(source, TODAY, LIMITS).elsewhere)):
        assert f"'{title} 31 August 2026' (.xlsx)" in said and "now' (.ods)" in said and "June" not in said


def test_an_attachment_on_another_host_stops_unless_the_release_file_allows_it(server, tmp_path):
    elsewhere = server.url((200, TABLE), path="/media/table.csv", host="localhost")
    server.content_api(PAGE, ("state-funded schools - latest inspections as at 31 August 2026", elsewhere))
    message = stopped(tmp_path, a_source(server, "inspections"))
    assert f"the page names a file on another host: {elsewhere}" in message
    assert "add 'hosts: [localhost]' to sources.inspections" in message
    assert fetched(tmp_path, a_source(server, "inspections", hosts=["localhost"]))[0] == TABLE


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ((200, b"<!DOCTYPE html><html>Sorry</html>"), "HTML page, not a data file"),
        ((200, b'{"details": {}}'), "has no details.attachments"),
        ((200, b'{"details": null}'), "has no details.attachments"),
        ((200, b"[1]"), "something else than a JSON object"),
        ((200, b'{"details": '), "something else than a JSON object"),
        ((403, b""), "refuses the file (HTTP 403)"),
    ],
)
def test_a_page_that_answers_otherwise_stops(server, tmp_path, answer, problem):
    server.url(answer, path=PAGE)
    assert problem in stopped(tmp_path, a_source(server, "inspections"))


# --- by a date in the address


def test_the_register_is_found_by_walking_back(server, tmp_path):
    url = server.url((200, TABLE), path=f"{EXTRACT}20260901.csv")
    content, record = fetched(tmp_path, a_source(server, "register"))
    assert (content, record["origin"], record["found"]) == (TABLE, url, {"date": "2026-09-01"})
    asked = [path[-12:-4] for path in server.requests]
    assert asked == ["20260903", "20260902", "20260901", "20260901"], "asked for first, then fetched"


def test_the_walk_may_begin_at_the_reference_date(server, tmp_path):
    server.url((200, TABLE), path=f"{EXTRACT}20260903.csv")
    server.url((200, TABLE), path=f"{EXTRACT}20260831.csv")
    source = a_source(server, "register", find={"day": "reference_date"})
    assert fetched(tmp_path, source)[1]["found"] == {"date": "2026-08-31"}


def test_a_page_in_place_of_the_file_of_a_day_is_no_file(server, tmp_path):
    server.url((200, b"<html>There is none</html>"), path=f"{EXTRACT}20260903.csv")
    server.url((200, TABLE), path=f"{EXTRACT}20260902.csv")
    assert fetched(tmp_path, a_source(server, "register"))[1]["found"] == {"date": "2026-09-02"}


def test_a_walk_that_finds_nothing_stops(server, tmp_path):
    server.url((200, TABLE), path=f"{EXTRACT}20260826.csv")
    message = stopped(tmp_path, a_source(server, "register"))
    assert "none of the days from 2026-08-27 to 2026-09-03" in message and "HTTP 404" in message
    assert "sources.register.find" in message and len(server.requests) == 8


def test_a_walk_does_not_go_on_past_a_refusal(server, tmp_path):
    server.url((403, b""), path=f"{EXTRACT}20260903.csv")
    server.url((200, TABLE), path=f"{EXTRACT}20260902.csv")
    assert "refuses the file (HTTP 403)" in stopped(tmp_path, a_source(server, "register"))


@pytest.mark.parametrize("header", ["ETag", "Last-Modified"])
def test_a_file_that_changes_between_two_reads_is_tried_again(server, tmp_path, header):
    newer = TABLE + b"100002,3\n"
    first, then = (200, TABLE, {header: "first"}), (200, newer, {header: "then"})
    server.url(first, then, path=f"{EXTRACT}20260903.csv")
    assert fetched(tmp_path, a_source(server, "register"))[0] == newer
    assert len(server.requests) == 4, "asked, fetched and found changed, asked and fetched again"


def test_a_file_that_never_stays_the_same_stops(server, tmp_path):
    turns = [(200, TABLE, {"ETag": str(turn)}) for turn in range(9)]
    server.url(*turns, path=f"{EXTRACT}20260903.csv")
    message = stopped(tmp_path, a_source(server, "register"))
    assert "the file changed while it was fetched (ETag '2', then '3'). Given up after 2 tries" in message


# --- by a data set and its version


@pytest.mark.parametrize("headers", [True, False])
def test_a_data_set_is_fetched_in_its_pinned_version_and_unpacked(server, tmp_path, headers):
    server.ees(ID, {"1.0": {}, "1.1": {}}, LONG, headers=headers)
    content, record = fetched(tmp_path, a_source(server, "ks4"))
    assert content == LONG
    assert record["origin"] == server.url(path=f"/statistics/v1/data-sets/{ID}/csv?dataSetVersion=1.0")
    assert record["found"] == {"title": "Key stage 4 schools", "date": "2025-11-20", "version": "1.0"}


def test_another_version_than_the_pinned_one_stops(server, tmp_path):
    server.ees(ID, {"1.0": {"version": "1.0.1"}, "2.0": {}}, LONG)
    message = stopped(tmp_path, a_source(server, "ks4"))
    assert "asked for version 1.0 of the data set, the server answers 1.0.1" in message
    assert "latest version is 2.0" in message and "Set sources.ks4.find.version" in message


def test_a_version_that_is_not_there_stops_and_names_the_latest(server, tmp_path):
    server.ees(ID, {"1.1": {}}, LONG)
    message = stopped(tmp_path, a_source(server, "ks4"))
    assert "HTTP 404" in message and "latest version is 1.1" in message


def test_a_withdrawn_version_or_data_set_stops(server, tmp_path):
    server.ees(ID, {"1.0": {"status": "Withdrawn"}, "1.1": {}}, LONG)
    assert "version 1.0 of the data set has been withdrawn" in stopped(tmp_path, a_source(server, "ks4"))
    server.json(f"/statistics/v1/data-sets/{ID}", {"status": "Withdrawn", "supersedingDataSetId": "another"})
    message = stopped(tmp_path, a_source(server, "ks4"))
    assert "the data set has been withdrawn. The data set another takes its place" in message


def test_packed_data_that_are_cut_short_are_tried_again(server, tmp_path):
    server.ees(ID, {"1.0": {}}, LONG)
    packed, path = gzip.compress(LONG, mtime=0), f"/statistics/v1/data-sets/{ID}/csv?dataSetVersion=1.0"
    said = {"Content-Encoding": "gzip"}
    server.url((200, packed[:-9], said), (200, packed, said), path=path)
    assert fetched(tmp_path, a_source(server, "ks4"))[0] == LONG
    server.url((200, packed[:-9], said), path=path)
    (tmp_path / "other").mkdir()
    assert "truncated: what is packed in it has no end" in stopped(tmp_path / "other", a_source(server, "ks4"))
    broken = bytearray(packed)
    broken[-6] ^= 1
    server.url((200, bytes(broken), said), path=path)
    assert "the packed file is damaged: CRC" in stopped(tmp_path / "other", a_source(server, "ks4"))


@pytest.mark.parametrize("headers", [True, False])
def test_a_gzip_bomb_is_not_unpacked_to_its_end(server, tmp_path, headers):
    server.ees(ID, {"1.0": {}}, LONG + b"202425,100000,0\n" * (1 << 20), headers=headers)
    message = stopped(tmp_path, a_source(server, "ks4"))
    assert "unpacks to more than 200 times its size" in message and "lest it fill the disk" in message


def test_a_file_beyond_all_measure_stops(server, tmp_path):
    server.ees(ID, {"1.0": {}}, LONG)
    limits = Limits(unpacked_bytes=50)
    assert "more than 50 bytes" in stopped(tmp_path, a_source(server, "ks4"), limits)


def test_what_the_versions_since_the_pinned_one_changed_is_told(server):
    many = [{"currentState": {"label": str(place)}} for place in range(11)]
    changed = {
        "majorChanges": {
            "indicators": [
                {"previousState": {"column": "avg_att8"}, "currentState": {"column": "attainment8_average"}},
                {"previousState": {"column": "old", "label": "Old"}},
                {"previousState": {"column": "same"}, "currentState": {"column": "same"}},
            ]
        },
        "minorChanges": {"timePeriods": [{"currentState": {"label": "2024/25", "code": "AY"}}]},
    }
    of_places = {"minorChanges": {"locationOptions": [{"level": {"code": "SCH"}, "options": many}]}, "notes": "Said."}
    server.ees(ID, {"1.0": {"changes": changed}, "1.9": {"changes": of_places}, "1.10": {"changes": changed}}, LONG)
    told = find_source.changes(a_source(server, "ks4"), "1.10", LIMITS)
    assert told == [
        "version 1.9, minorChanges: locationOptions: 11 changes",
        "version 1.10, majorChanges: indicators: avg_att8 is now attainment8_average",
        "version 1.10, majorChanges: indicators: old is gone",
        "version 1.10, majorChanges: indicators: same is described otherwise",
        "version 1.10, minorChanges: timePeriods: 2024/25 is new",
    ]
    assert find_source.is_newer("1.10", "1.9") and not find_source.is_newer("1.0", "1.0")


# --- at a fixed address, and an archived one


def at_fixed(server, *turns, archived=None, **keys):
    stated = {"file": "a.csv", "url": server.url(*turns, path="/a.csv")} | keys
    if archived:
        stated["archived"] = server.url(archived, path="/archive/a.csv")
    return Source("2025", "a", urn_columns=("URN",), **origin_of(stated, "2026-08-31"))


@pytest.mark.parametrize("answer", [(404, b""), (410, b""), (403, b""), (200, b"<html>Are you a robot?</html>")])
def test_the_archived_address_is_tried_when_the_first_has_not_the_file(server, tmp_path, answer):
    content, record = fetched(tmp_path, at_fixed(server, answer, archived=(200, TABLE)))
    assert (content, record["origin"]) == (TABLE, server.url(path="/archive/a.csv"))
    assert "found" not in record


def test_the_archived_address_is_not_tried_for_a_passing_failure(server, tmp_path):
    assert "HTTP 500" in stopped(tmp_path, at_fixed(server, (500, b""), archived=(200, TABLE)))
    assert server.requests == ["/a.csv"] * 2


def test_when_neither_helps_both_are_told_with_the_way_out_by_hand(server, tmp_path):
    message = stopped(tmp_path, at_fixed(server, (403, b""), archived=(404, b"")))
    assert "refuses the file (HTTP 403)" in message and "A browser often gets" in message
    assert f"The archived address {server.url(path='/archive/a.csv')} does not help: there is no such file" in message


def test_what_was_found_not_may_lie_in_the_archive(server, tmp_path):
    source = a_source(server, "register", archived=server.url((200, TABLE), path="/archive/register.csv"))
    assert fetched(tmp_path, source)[1]["origin"].endswith("/archive/register.csv")


def test_a_stated_address_is_taken_whatever_could_be_found(server, tmp_path):
    found = {"title": "as at 30 June 2026", "date": "2026-06-30"}
    url = server.url((200, TABLE), path="/media/june.csv")
    record = fetched(tmp_path, a_source(server, "inspections", url=url, found=found))[1]
    assert (record["origin"], record["found"]) == (url, found)
    assert server.requests == ["/media/june.csv"]


def test_a_redirect_to_another_host_stops_unless_the_release_file_allows_it(server, tmp_path):
    target = server.url((200, TABLE), path="/there.csv", host="localhost")
    moved = (302, b"", {"Location": target})
    message = stopped(tmp_path, at_fixed(server, moved))
    assert f"on to another host: {target}" in message and "add 'hosts: [localhost]'" in message
    assert server.requests == ["/a.csv"]
    assert fetched(tmp_path, at_fixed(server, moved, hosts=["localhost"]))[0] == TABLE


@pytest.mark.parametrize("target", ["ftp://127.0.0.1/a.csv", "file:///etc/passwd"])
def test_a_redirect_to_what_is_no_web_address_stops(server, tmp_path, target):
    assert "is not secure" in stopped(tmp_path, at_fixed(server, (302, b"", {"Location": target})))


def test_redirects_without_end_stop(server, tmp_path):
    message = stopped(tmp_path, at_fixed(server, (302, b"", {"Location": "/a.csv"})))
    assert "again and again" in message and len(server.requests) == 6


def test_a_slow_drip_stops_when_its_time_is_over(server, tmp_path):
    over = []
    drip = in_parts([b"URN,A\n"] + [b"1"] * 300, lambda: over or time.sleep(0.01))
    try:
        message = stopped(tmp_path, at_fixed(server, drip), Limits(silence_s=2, total_s=0.1))
    finally:
        over.append(True)
    assert "came so slowly that it was not there after 0.1 s" in message


def test_a_body_that_breaks_off_is_tried_again(server, tmp_path):
    cut = in_parts([b"20\r\nURN,A\n"], headers={"Transfer-Encoding": "chunked"})
    assert fetched(tmp_path, at_fixed(server, cut, (200, TABLE)))[0] == TABLE


def test_a_body_of_another_checksum_than_announced_is_tried_again(server, tmp_path):
    wrong = (200, TABLE, {"Content-MD5": "AAAAAAAAAAAAAAAAAAAAAA=="})
    assert fetched(tmp_path, at_fixed(server, wrong, (200, TABLE)))[0] == TABLE
    (tmp_path / "other").mkdir()
    assert "its MD5 is not the one" in stopped(tmp_path / "other", at_fixed(server, wrong))


def test_a_packing_that_nobody_asked_for_stops(server, tmp_path):
    message = stopped(tmp_path, at_fixed(server, (200, TABLE, {"Content-Encoding": "br"})))
    assert "packs the file as br" in message


@pytest.mark.parametrize("status", [204, 206, 304])
def test_an_answer_without_the_whole_file_stops(server, tmp_path, status):
    body = b"" if status != 206 else TABLE[:9]
    assert f"(HTTP {status})" in stopped(tmp_path, at_fixed(server, (status, body)))
