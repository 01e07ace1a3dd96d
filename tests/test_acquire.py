"""Acquiring source files: from the user's folder, from a server on loopback, and what stops the run."""

import gzip
import hashlib
import json
import os
import re
import socket
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

import acquire
import manifest
from lib import download, origins
from lib.download import Fault, Limits
from lib.files import write_json
from lib.find_source import origin_of
from lib.run_step import UserError
from servers import running

CSV = '\ufeffURN,SCHNAME,TELIG\r\n100000,Sir John Cass\'s,28\r\n100001,"Café, the",30\r\n'.encode()
HTML = b"\xef\xbb\xbf\r\n  <!-- blocked -->\n<!DOCTYPE html><html><title>Sorry</title></html>"
PAGE = "https://example.org/downloads"
MODIFIED = "Fri, 31 Mar 2017 08:30:00 GMT"


@pytest.fixture
def server(monkeypatch):
    with running(monkeypatch) as server:
        yield server


def a_source(**keys):
    source = {
        "file": "2015-2016_england_ks2final.csv",
        "also_named": ["england_ks2final.csv"],
        "title": "Key stage 2 results",
        "publisher": "Department for Education",
        "page": PAGE,
    }
    return source | keys


def wanted(source):
    """What of a source the job is given."""
    return {"release": "2016", "id": "ks2", "urn_columns": ["URN"], **origin_of(source, "2017-03-31")}


def run(tmp_path, source, supplied=None, today=None, **limits):
    raw = tmp_path / "results" / "2016" / "raw"
    return acquire.acquire(
        acquire.Source(**wanted(source)),
        raw / source["file"],
        raw / ".origin" / f"{source['file']}.json",
        supplied=supplied,
        limits=Limits(**{"attempts": 3, "backoff_s": 0.01, "silence_s": 5, **limits}),
        today=today,
    )


def left_by(tmp_path):
    return sorted(p.relative_to(tmp_path).as_posix() for p in (tmp_path / "results").rglob("*") if p.is_file())


def stop(tmp_path, source, raw_dir=None, **keys):
    """Run, expect a stop that leaves nothing behind and tells the way out, and return its message."""
    with pytest.raises(Fault) as caught:
        run(tmp_path, source, **keys)
    assert left_by(tmp_path) == []
    source_given = acquire.Source(**wanted(source))
    message = acquire.explain(caught.value, source_given, source, keys.get("supplied"), raw_dir)
    assert "release 2016, source ks2 (Key stage 2 results)" in message
    assert f"open {PAGE}" in message
    assert "2016/2015-2016_england_ks2final.csv" in message
    return message


def supply(tmp_path, content, name="2015-2016_england_ks2final.csv"):
    path = tmp_path / "mine" / "2016" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


# --- downloads that succeed


def test_download_is_kept_byte_for_byte_with_its_record(server, tmp_path):
    url = server.url((200, CSV, {"Last-Modified": MODIFIED, "Date": "Sat, 01 Apr 2017 00:00:00 GMT"}))
    record = run(tmp_path, a_source(url=url))
    raw = tmp_path / "results/2016/raw"
    assert (raw / "2015-2016_england_ks2final.csv").read_bytes() == CSV
    assert json.loads((raw / ".origin/2015-2016_england_ks2final.csv.json").read_text()) == record
    assert record == {
        "source": "ks2",
        "file": "2015-2016_england_ks2final.csv",
        "origin": url,
        "supplied_as": None,
        "size": len(CSV),
        "sha256": hashlib.sha256(CSV).hexdigest(),
        "retrieved": "2017-03-31T08:30:00Z",
    }
    assert left_by(tmp_path) == [
        "results/2016/raw/.origin/2015-2016_england_ks2final.csv.json",
        "results/2016/raw/2015-2016_england_ks2final.csv",
    ]


@pytest.mark.parametrize(
    ("headers", "retrieved"),
    [
        ({"Date": "Sat, 01 Apr 2017 01:00:00 +0100"}, "2017-04-01T00:00:00Z"),
        ({"Last-Modified": "yesterday", "Date": "Sat, 01 Apr 2017 00:00:00 GMT"}, "2017-04-01T00:00:00Z"),
        ({}, None),
    ],
)
def test_retrieved_is_what_the_response_says(server, tmp_path, headers, retrieved):
    assert run(tmp_path, a_source(url=server.url((200, CSV, headers))))["retrieved"] == retrieved


def test_redirect_is_followed_and_the_files_own_date_is_taken(server, tmp_path):
    server.url((200, CSV, {"Last-Modified": MODIFIED}), path="/moved.csv")
    url = server.url((302, b"", {"Location": "/moved.csv", "Last-Modified": "Sat, 01 Jan 2000 00:00:00 GMT"}))
    record = run(tmp_path, a_source(url=url))
    assert (record["origin"], record["retrieved"]) == (url, "2017-03-31T08:30:00Z")


def test_packed_data_are_kept_as_they_came(server, tmp_path):
    packed = gzip.compress(CSV, mtime=0)
    record = run(tmp_path, a_source(url=server.url((200, packed))))
    assert (tmp_path / "results/2016/raw/2015-2016_england_ks2final.csv").read_bytes() == packed
    assert record["size"] == len(packed)


def test_right_checksum_and_answer_without_length_pass(server, tmp_path):
    source = a_source(url=server.url((200, CSV, {"Content-Length": None})), sha256=hashlib.sha256(CSV).hexdigest())
    assert run(tmp_path, source)["size"] == len(CSV)


@pytest.mark.parametrize("status", [500, 503, 429])
def test_transient_failure_is_tried_again(server, tmp_path, status):
    url = server.url((status, b"later"), (status, b"later"), (200, CSV))
    assert run(tmp_path, a_source(url=url))["size"] == len(CSV)
    assert len(server.requests) == 3


def test_broken_transfer_is_tried_again_from_the_start(server, tmp_path):
    url = server.url((200, CSV[:40], {"Content-Length": str(len(CSV))}), (200, CSV))
    assert run(tmp_path, a_source(url=url))["sha256"] == hashlib.sha256(CSV).hexdigest()


def test_waits_double(server, tmp_path, monkeypatch):
    waits = []
    monkeypatch.setattr(download.time, "sleep", waits.append)
    stop(tmp_path, a_source(url=server.url((500, b""))), attempts=4, backoff_s=2)
    assert waits == [2, 4, 8]


# --- downloads that stop


def test_404_stops_at_once(server, tmp_path):
    message = stop(tmp_path, a_source(url=server.url((404, b"<html>gone</html>"))))
    assert "no such file at the address (HTTP 404)" in message
    assert f"Address: {server.url((404, b''))}" in message
    assert len(server.requests) == 1


def test_403_stops_at_once_and_points_to_the_browser(server, tmp_path):
    message = stop(tmp_path, a_source(url=server.url((403, b""))))
    assert "refuses the file (HTTP 403)" in message and "browser" in message
    assert len(server.requests) == 1


def test_500_always_stops_after_the_last_try(server, tmp_path):
    message = stop(tmp_path, a_source(url=server.url((500, b"<html>oops</html>"))))
    assert "the server failed (HTTP 500). Given up after 3 tries." in message
    assert len(server.requests) == 3


def test_refused_connection(tmp_path, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))  # held, and not listening: nobody else can answer there
        url = f"http://127.0.0.1:{free.getsockname()[1]}/ks2.csv"
        message = stop(tmp_path, a_source(url=url))
    assert "the connection to the server failed" in message and "refused. Given up after 3 tries." in message
    assert f"Address: {url}" in message


def test_silent_server(server, tmp_path):
    release = threading.Event()
    server.http.RequestHandlerClass.do_GET = lambda self: release.wait(5)
    try:
        message = stop(tmp_path, a_source(url=server.url((200, CSV))), silence_s=0.05, attempts=2)
    finally:
        release.set()
    assert "did not answer within 0.05 s" in message


@pytest.mark.parametrize(
    "page",
    [
        HTML,
        b"<html lang=en>",
        b'<?xml version="1.0"?>\n<!doctype HTML>',
        b"\n <HTML><body>URN,TELIG</body></html>",
        b"<head><title>Sorry</title></head>",
    ],
)
def test_web_page_for_csv(server, tmp_path, page):
    message = stop(tmp_path, a_source(url=server.url((200, page, {"Content-Type": "text/csv"}))))
    assert "HTML page, not a data file" in message
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "body", [b"Access Denied\n", b'{"error": "rate limited"}', b"<div>Sorry</div>", b"\xff\xfe<\0h\0"]
)
def test_answer_without_the_tables_columns_is_not_kept(server, tmp_path, body):
    message = stop(tmp_path, a_source(url=server.url((200, body))))
    assert "no line at its top has the column URN" in message and "It begins: " in message
    assert "set sources.ks2.columns.urn.column in the release file" in message


def test_header_below_a_title_line_is_found(server, tmp_path):
    titled = b"Management information\r\n\r\n" + CSV.replace(b"URN", b"Urn")  # names are compared without case
    assert run(tmp_path, a_source(url=server.url((200, titled))))["size"] == len(titled)


def test_users_own_file_with_a_renamed_column_is_left_to_the_cleaning(tmp_path):
    assert run(tmp_path, a_source(), supplied=supply(tmp_path, CSV.replace(b"URN", b"ID")))


def test_transfer_shorter_than_announced(server, tmp_path):
    url = server.url((200, CSV[:40], {"Content-Length": str(len(CSV))}))
    message = stop(tmp_path, a_source(url=url))
    assert f"truncated: the server announced {len(CSV)} bytes, and fewer came. Given up after 3" in message
    assert f"Address: {url}" in message


def test_transfer_cut_without_announced_length(server, tmp_path):
    message = stop(tmp_path, a_source(url=server.url((200, CSV[:-12], {"Content-Length": None}))))
    assert "truncated: its last row (3) has 2 of 3 fields" in message


def test_wrong_checksum_names_both(server, tmp_path):
    pinned = "0" * 64
    message = stop(tmp_path, a_source(url=server.url((200, CSV)), sha256=pinned))
    assert "wrong checksum" in message and pinned in message and hashlib.sha256(CSV).hexdigest() in message
    assert len(server.requests) == 1


@pytest.mark.parametrize("nothing", [b"", b"\xef\xbb\xbf\r\n", b" \r\n", b"\n\n"])
def test_empty_answer(server, tmp_path, nothing):
    assert "the file is empty" in stop(tmp_path, a_source(url=server.url((200, nothing))))


def test_address_that_is_none(tmp_path):
    assert "the address cannot be used" in stop(tmp_path, a_source(url="http://"))


def test_no_address_and_no_file(tmp_path):
    message = stop(tmp_path, a_source(note="Only the coasting measure needs it."))
    assert "gives no address" in message and "Address: none" in message
    assert "raw_dir/2016/2015-2016_england_ks2final.csv, and name that raw_dir" in message
    assert "Only the coasting measure needs it." in message and "england_ks2final.csv" in message


def test_message_names_the_place_in_the_users_folder(tmp_path):
    message = stop(tmp_path, a_source(), raw_dir=tmp_path / "mine")
    assert f"save it as {tmp_path}/mine/2016/2015-2016_england_ks2final.csv" in message


def test_failure_while_writing_leaves_nothing(server, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(acquire, "write_json", full)
    with pytest.raises(OSError, match="No space left"):
        run(tmp_path, a_source(url=server.url((200, CSV))))
    assert left_by(tmp_path) == []


# --- files that the user supplies


def test_supplied_file_wins_over_the_download(server, tmp_path):
    mine = supply(tmp_path, CSV + b"100002,Mine,1\r\n", "england_ks2final.csv")
    record = run(tmp_path, a_source(url=server.url((200, CSV))), supplied=mine)
    kept = tmp_path / "results/2016/raw/2015-2016_england_ks2final.csv"
    assert kept.read_bytes() == mine.read_bytes()
    assert (record["origin"], record["supplied_as"]) == ("supplied", "england_ks2final.csv")
    assert record["retrieved"] is None, "its date may be that of a copy: the same bytes give the same record"
    assert server.requests == []


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "the file is empty"),
        (HTML, "HTML page, not a data file"),
        (b"PK\x03\x04\x14\0", "the packed file is damaged or cut short"),
        (CSV[:-12], "the file is truncated: its last row (3) has 2 of 3 fields"),
        (gzip.compress(CSV, mtime=0)[:-9], "the packed file is damaged or cut short"),
        (gzip.compress(HTML, mtime=0), "HTML page, not a data file"),
        (gzip.compress(b"", mtime=0), "the file is empty"),
        (gzip.compress(b"0" * 30_000_000, mtime=0), "bytes become more than 10,000,000, which no table does"),
        (CSV.replace(b"28", b"29"), "wrong checksum"),
    ],
)
def test_supplied_file_that_is_not_sound(server, tmp_path, content, problem):
    source = a_source(url=server.url((200, CSV)), sha256=hashlib.sha256(CSV).hexdigest())
    mine = supply(tmp_path, content)
    message = stop(tmp_path, source, supplied=mine)
    assert problem in message and f"File: {mine}" in message
    assert f"Without a file there, the next run downloads {source['url']}" in message
    assert server.requests == [], "a bad file of the user's must not be replaced by a download unasked"
    assert mine.read_bytes() == content


@pytest.mark.parametrize(
    "content",
    [
        CSV.rstrip(),  # whole last line without line end: so the official files of 2016/17 come
        b"Management information\nURN,SCHNAME,TELIG\n100000,A,1",  # title line above the header
        b'URN,SCHNAME,TELIG\n100000,"two\nlines",1',
        b"URN,SCHNAME,TELIG\n100000,short\n100001,A,1",  # a ragged row is no cut file
        b"URN,SCHNAME,TELIG\n100000,short\n",
        b"URN,SCHNAME,TELIG\n100000,A,1,spills",
    ],
)
def test_whole_files_are_not_taken_for_truncated(tmp_path, content):
    assert run(tmp_path, a_source(), supplied=supply(tmp_path, content))["size"] == len(content)


def test_cut_is_measured_by_the_header_not_by_the_title_line(tmp_path):
    content = b"Management information\nURN,SCHNAME,TELIG\n100000,A,1\n100001,B"
    assert "has 2 of 3 fields" in stop(tmp_path, a_source(), supplied=supply(tmp_path, content))


def test_other_formats_are_not_read_as_csv(tmp_path):
    source = a_source(file="regions.geojson")
    assert run(tmp_path, source, supplied=supply(tmp_path, b'{"a": 1,\n"b": 2}'))["size"] == 16


def test_unreadable_supplied_file(tmp_path):
    assert "cannot be read: No such file" in stop(tmp_path, a_source(), supplied=tmp_path / "gone.csv")


def test_find_supplied(tmp_path):
    source = a_source()
    assert origins.find_supplied(None, "2016", source) is None
    (tmp_path / "mine").mkdir()
    assert origins.find_supplied(tmp_path / "mine", "2016", source) is None
    other = supply(tmp_path, CSV, "england_ks2final.csv")
    assert origins.find_supplied(str(tmp_path / "mine"), "2016", source) == other
    own = supply(tmp_path, CSV)
    assert origins.find_supplied(tmp_path / "mine", 2016, source) == own
    assert origins.find_supplied(tmp_path / "mine", "2017", source) is None


@pytest.mark.parametrize("ending", [".gz", ".zip"])
def test_a_packed_file_of_the_users_is_taken_after_a_plain_one(tmp_path, ending):
    packed = supply(tmp_path, b"", f"2015-2016_england_ks2final.csv{ending}")
    assert origins.find_supplied(tmp_path / "mine", "2016", a_source()) == packed
    own = supply(tmp_path, CSV)
    assert origins.find_supplied(tmp_path / "mine", "2016", a_source()) == own


def test_a_generated_release_takes_no_files_and_says_so(tmp_path):
    (tmp_path / "register.csv").write_bytes(CSV)  # of a real release: no business of this one
    assert origins.find_supplied(tmp_path, "demo", a_source(file="register.csv"), generated=True) is None
    (tmp_path / "demo").mkdir()
    with pytest.raises(UserError, match="release demo is generated and takes no files"):
        origins.find_supplied(tmp_path, "demo", a_source(), generated=True)


def test_a_run_that_forgets_the_users_folder_stops_before_it_drops_the_files(tmp_path):
    record = run(tmp_path, a_source(), supplied=supply(tmp_path, CSV))
    raw = tmp_path / "results/2016/raw"
    write_json({"files": [record]}, raw / "manifest.json")
    origins.check_not_forgotten("mine", "2016", raw)
    with pytest.raises(UserError, match="raw_dir is not set, but the last run of release 2016 took 2015-"):
        origins.check_not_forgotten(None, "2016", raw)


def test_downloaded_files_need_no_folder(server, tmp_path):
    record = run(tmp_path, a_source(url=server.url((200, CSV))))
    write_json({"files": [record]}, tmp_path / "results/2016/raw/manifest.json")
    origins.check_not_forgotten(None, "2016", tmp_path / "results/2016/raw")
    origins.check_not_forgotten(None, "2016", tmp_path / "results/none/raw")


def test_mistyped_raw_dir_stops(tmp_path):
    with pytest.raises(UserError, match="there is no folder '.*nowhere'"):
        origins.find_supplied(tmp_path / "nowhere", "2016", a_source())


def test_official_files_pass_and_cut_ones_stop(tmp_path):
    folder = os.environ.get("SCHOOL_DATA")
    if not folder:
        pytest.skip("SCHOOL_DATA is not set")
    sample = Path(folder) / "official-samples" / "2016-2017_936_ks2final.csv"
    assert run(tmp_path, a_source(), supplied=sample)["size"] == sample.stat().st_size
    cut = supply(tmp_path, sample.read_bytes()[:-200])
    with pytest.raises(Fault, match="truncated"):
        run(tmp_path, a_source(), supplied=cut)


# --- the rule


def downloading_project(project_copy, url):
    """A project copy whose release 2016 finds the results of key stage 2 at `url`."""
    project = project_copy()
    path = project.path / "workflow/releases/2016.yaml"
    before, after = path.read_text(encoding="utf-8").split("  ks2:\n", 1)
    after = re.sub(r"    url: .*", f"    url: {url}", after, count=1)
    path.write_text(f"{before}  ks2:\n{after}", encoding="utf-8")
    return project


def acquired(project, *arguments):
    """Run the rule for the results of key stage 2, with no folder of the user's."""
    return project.run(
        *("--cores", "1", "results/2016/raw/2015-2016_england_ks2final.csv", *arguments),
        config={"releases": ["2016"], "raw_dir": None},
        env={"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"},
    )


def test_run_tries_a_transient_failure_again_and_says_so(server, project_copy):
    project = downloading_project(project_copy, server.url((503, b"later"), (200, CSV)))
    done = acquired(project)
    assert done.returncode == 0, done.stderr
    assert len(server.requests) == 2
    kept = project.results("2016") / "raw/2015-2016_england_ks2final.csv"
    assert kept.read_bytes() == CSV
    log = (project.path / f"logs/2016/acquire/{kept.name}.log").read_text(encoding="utf-8")
    for told in (done.stderr, log):
        assert "2016/ks2: try 1 of 4: the server failed (HTTP 503). Again in 2 s" in told
        assert hashlib.sha256(CSV).hexdigest() in told

    # Words of the release file decide nothing of the file.
    release = project.path / "workflow/releases/2016.yaml"
    release.write_text(release.read_text(encoding="utf-8").replace("title: ", "title: New "), encoding="utf-8")
    assert acquired(project).returncode == 0 and len(server.requests) == 2
    release.write_text(release.read_text(encoding="utf-8").replace("/ks2.csv", "/moved.csv"), encoding="utf-8")
    server.url((404, b"gone"), path="/moved.csv")
    done = acquired(project)
    assert done.returncode != 0 and len(server.requests) == 3, "what cannot succeed is not tried again"
    said = done.stdout + done.stderr
    assert said.count("there is no such file at the address (HTTP 404)") == 1 and "Traceback" not in said
    assert "source ks2 (New " in said and "What to do: open " in said
    assert not kept.exists()


def test_a_file_that_was_found_stays_and_can_be_frozen(server, project_copy):
    found, newer = CSV + b"100002,Found,1\r\n", CSV + b"100003,Newer,1\r\n"
    server.url((200, found), path="/20170330/ks2.csv")
    find = f"{{url: '{server.url(path='/{YYYYMMDD}/ks2.csv')}', days_back: 3}}"
    project = downloading_project(project_copy, server.url(path="/none.csv"))
    release = project.path / "workflow/releases/2016.yaml"
    stated = release.read_text(encoding="utf-8").replace(f"url: {server.url(path='/none.csv')}", f"find: {find}")
    release.write_text(stated, encoding="utf-8")
    kept = project.results("2016") / "raw/2015-2016_england_ks2final.csv"

    def requests_of_a_run():
        del server.requests[:]
        done = acquired(project)
        assert done.returncode == 0, done.stderr
        return server.requests

    assert requests_of_a_run() == [f"/201703{day}/ks2.csv" for day in (31, 30, 30)]
    record = json.loads((kept.parent / f".origin/{kept.name}.json").read_text(encoding="utf-8"))
    assert kept.read_bytes() == found and record["found"] == {"date": "2017-03-30"}
    server.url((200, newer), path="/20170331/ks2.csv")
    assert requests_of_a_run() == [], "nothing is looked up again because time has passed"

    write_json({"files": [record]}, kept.parent / "manifest.json")
    frozen = project.call(sys.executable, "scripts/freeze.py", "2016")
    assert frozen.returncode == 0, frozen.stdout + frozen.stderr
    assert release.read_text(encoding="utf-8") != stated
    server.answers.clear()
    assert requests_of_a_run() == [], "the file that is there is the frozen one: it need not be had once more"
    server.url((200, found), path="/20170330/ks2.csv")
    kept.unlink()
    assert requests_of_a_run() == ["/20170330/ks2.csv"] and kept.read_bytes() == found
    again = json.loads((kept.parent / f".origin/{kept.name}.json").read_text(encoding="utf-8"))
    assert again["found"] == record["found"]
    assert requests_of_a_run() == []

    server.url((200, newer), path="/20170331/ks2.csv")
    release.write_text(stated.replace("days_back: 3", "days_back: 2"), encoding="utf-8")
    assert requests_of_a_run() == ["/20170331/ks2.csv"] * 2 and kept.read_bytes() == newer


# --- the manifest

LICENCE = {"name": "Open Government Licence v3.0", "url": "https://example.org/ogl"}
OTHER_LICENCE = {"name": "Another", "url": "https://example.org/other"}


def a_release(**keys):
    return {
        "id": "2016",
        "synthetic": False,
        "licence": LICENCE,
        "sources": {
            "register": a_source(file="register.csv", title="Register"),
            "ks2": a_source(supplies=["A limit"], adds_to="register"),
            "ks2_2015": a_source(file="2015.csv", title="Earlier", optional=True, note="Only coasting needs it."),
            "boundaries": a_source(file="b.geojson", title="Boundaries", optional=True, licence=OTHER_LICENCE),
        },
    } | keys


def a_record(source, file, origin="supplied", retrieved="2017-03-31T08:30:00Z"):
    return {
        "source": source,
        "file": file,
        "origin": origin,
        "supplied_as": None,
        "size": 3,
        "sha256": "a" * 64,
        "retrieved": retrieved,
    }


def test_manifest_lists_files_and_absent_ones_in_the_order_of_the_release():
    records = [
        a_record("boundaries", "b.geojson"),
        a_record("ks2", "2015-2016_england_ks2final.csv", origin="https://example.org/ks2")
        | {"found": {"version": "1.0"}, "asked": {"find": {}}},
        a_record("register", "register.csv"),
    ]
    made = manifest.manifest(a_release(), records)
    assert (made["release"], made["synthetic"]) == ("2016", False)
    assert [entry["source"] for entry in made["files"]] == ["register", "ks2", "boundaries"]
    assert made["files"][1] == {
        "source": "ks2",
        "file": "2015-2016_england_ks2final.csv",
        "title": "Key stage 2 results",
        "publisher": "Department for Education",
        "origin": "https://example.org/ks2",
        "supplied_as": None,
        "landing_page": PAGE,
        "licence": LICENCE,
        "supplies": ["A limit"],
        "adds_to": "register",
        "size": 3,
        "sha256": "a" * 64,
        "retrieved": "2017-03-31T08:30:00Z",
        "found": {"version": "1.0"},
    }
    assert made["files"][2]["licence"] == OTHER_LICENCE
    assert made["absent"] == [
        {
            "source": "ks2_2015",
            "file": "2015.csv",
            "title": "Earlier",
            "why": "optional, and not supplied",
            "landing_page": PAGE,
            "note": "Only coasting needs it.",
        }
    ]


def test_manifest_stops_when_a_needed_source_is_missing_or_a_record_is_strange():
    with pytest.raises(UserError, match="no file was acquired for the source ks2"):
        manifest.manifest(a_release(), [a_record("register", "register.csv")])
    records = [a_record(name, source["file"]) for name, source in a_release()["sources"].items()]
    with pytest.raises(UserError, match="ks3, which is not a source"):
        manifest.manifest(a_release(), [*records, a_record("ks3", "ks3.csv")])


def test_manifest_of_generated_files(tmp_path):
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "register.csv").write_bytes(CSV)
    origin = raw / ".origin" / "register.csv.json"
    write_json(origins.origin_record(raw / "register.csv", "register", "register.csv", origins.GENERATED), origin)
    release = a_release(id="demo", synthetic=True, sources={"register": a_source(file="register.csv", page=None)})
    job = SimpleNamespace(
        input=SimpleNamespace(origins=[origin]),
        params=SimpleNamespace(release=release),
        output=[raw / "manifest.json"],
        log=[],
    )
    manifest.main(job)
    text = (raw / "manifest.json").read_text(encoding="utf-8")
    made = json.loads(text)
    assert made["synthetic"] is True and made["absent"] == []
    entry = made["files"][0]
    assert (entry["origin"], entry["retrieved"]) == ("generated by this project", None)
    assert entry["sha256"] == hashlib.sha256(CSV).hexdigest() and entry["size"] == len(CSV)
    assert text.endswith("}\n")
    manifest.main(job)
    assert (raw / "manifest.json").read_text(encoding="utf-8") == text
