"""Asking the addresses of a release, and freezing what was fetched into its release file."""

import datetime
import gzip
import json
import threading

import pytest

import check_sources
import freeze
from lib import settings
from lib.download import Limits
from lib.run_step import UserError
from lib.settings import load
from lib.yaml_files import parse_yaml
from servers import in_parts, running

TABLE = b"URN,A\n100000,1\n"
TODAY = datetime.date(2026, 9, 3)
LIMITS = Limits(attempts=1, silence_s=2)
ID = "19e39901-a96c-be76-b9c2-6af54ae076d2"
SHA = "a" * 64


@pytest.fixture
def server(monkeypatch):
    with running(monkeypatch) as server:
        yield server


def checked(sources, raw_dir=None, records=None):
    """{source: (what is said of it, whether it is to be had)} of a release with these sources."""
    release = {"id": "2025", "synthetic": False, "reference_date": "2026-08-31"}
    stated = {"file": "a.csv", "title": "A table", "page": "https://example.org/"}
    sources = {name: stated | {"file": f"{name}.csv"} | keys for name, keys in sources.items()}
    said = check_sources.check_sources(release | {"sources": sources}, raw_dir, records or {}, TODAY, LIMITS)
    return dict(zip(sources, said, strict=True))


def by_title(server, *dates):
    titles = [f"Latest inspections as at {date}" for date in dates]
    files = [server.url((200, TABLE), path=f"/media/{place}.csv") for place in range(len(dates))]
    page = server.content_api("/api/content/inspections", *zip(titles, files, strict=True))
    return {"find": {"content_api": page, "title": "latest inspections"}}


def test_an_address_that_answers_is_told_without_fetching_the_file(server):
    headers = {"Last-Modified": "Fri, 31 Mar 2017 08:30:00 GMT", "Content-Length": "16200000"}
    asked = threading.Event()
    url = server.url(in_parts([TABLE * 100], lambda: asked.wait(5), headers))
    said, good = checked({"ks2": {"url": url}})["ks2"]
    asked.set()  # had it waited for more, the answer would have been cut short
    assert said == f"ks2: answers, 16.2 MB, last changed 2017-03-31: {url}" and good
    assert server.requests == ["/ks2.csv"]


def test_what_lies_in_the_users_folder_needs_no_address(server, tmp_path):
    (tmp_path / "2025").mkdir()
    (tmp_path / "2025" / "ks2.csv").write_bytes(TABLE)
    said, good = checked({"ks2": {"url": server.url((403, b""))}}, raw_dir=tmp_path)["ks2"]
    assert said.startswith("ks2: yours: ") and said.endswith("/2025/ks2.csv") and good
    assert server.requests == []


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ((403, b""), "refuses the file (HTTP 403)"),
        ((404, b""), "no such file"),
        ((500, b""), "the server failed"),
        ((200, b"<html>Are you a robot?</html>"), "HTML page"),
    ],
)
def test_what_does_not_answer_is_told_with_the_way_out_by_hand(server, answer, problem):
    said, good = checked({"ks2": {"url": server.url(answer)}})["ks2"]
    assert problem in said and "open https://example.org/, fetch the file and save it as raw_dir/2025/ks2.csv" in said
    assert not good


def test_a_source_without_an_address_counts_as_missing_unless_it_is_optional():
    said = checked({"ks2": {}, "ks4": {"optional": True}})
    assert "gives no address" in said["ks2"][0] and not said["ks2"][1]
    assert said["ks4"] == ("ks4: by hand alone, and optional: https://example.org/", True)


def test_the_archived_address_is_asked_as_well(server):
    archived = server.url((200, TABLE), path="/archive/ks2.csv")
    said, good = checked({"ks2": {"url": server.url((403, b"")), "archived": archived}})["ks2"]
    assert "refuses the file (HTTP 403)" in said and f"archived: answers, 15 bytes: {archived}" in said and good
    gone = server.url(path="/archive/none.csv")
    said, good = checked({"ks2": {"url": server.url((200, TABLE)), "archived": gone}})["ks2"]
    assert "ks2: answers" in said and "archived: there is no such file" in said and good
    assert not checked({"ks2": {"url": server.url((403, b"")), "archived": gone}})["ks2"][1]


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"ETag": "another"}, "changed since it was fetched: 15 bytes, then 14"),
        ({"Last-Modified": "Mon, 03 Apr 2017 08:30:00 GMT"}, "changed since it was fetched: on 2017-04-03"),
        ({"Date": "Mon, 03 Apr 2017 08:30:00 GMT"}, None),
        ({"Last-Modified": "Fri, 31 Mar 2017 08:30:00 GMT"}, None),
    ],
)
def test_a_file_that_has_changed_since_it_was_fetched_is_told(server, headers, told):
    url = server.url((200, TABLE, headers))
    record = {"origin": url, "size": len(TABLE) - ("ETag" in headers), "retrieved": "2017-03-31T08:30:00Z"}
    said, good = checked({"ks2": {"url": url, "sha256": SHA}}, records={"ks2": record})["ks2"]
    assert good and (told in said and "a run would stop" in said if told else "changed since" not in said)


def test_what_is_newer_than_the_release_takes_is_told(server):
    source = by_title(server, "28 Feb 2026", "31 August 2026", "2 September 2026")
    said, good = checked({"inspections": source})["inspections"]
    assert "inspections: answers, 15 bytes, Latest inspections as at 31 August 2026, 2026-08-31" in said and good
    assert "newer" not in said, "nothing was fetched before"
    record = {"origin": "", "found": {"date": "2026-08-31"}}
    said, _ = checked({"inspections": source}, records={"inspections": record})["inspections"]
    assert "newer: Latest inspections as at 2 September 2026, 2026-09-02, than 2026-08-31: " in said
    said, _ = checked({"inspections": source | {"as_at": "2026-02-28"}})["inspections"]
    assert "answers, 15 bytes, Latest inspections as at 28 Feb 2026" in said and "than 2026-02-28" in said


def test_what_is_newer_than_a_frozen_file_is_told_and_one_that_cannot_be_told_fails_nothing(server):
    frozen = {"url": server.url((200, TABLE)), "sha256": SHA, "found": {"date": "2026-07-31"}}
    said, good = checked({"inspections": frozen | by_title(server, "31 August 2026")})["inspections"]
    assert "than 2026-07-31" in said and good
    server.url((403, b""), path="/api/content/inspections")
    find = {"content_api": server.url(path="/api/content/inspections"), "title": "latest"}
    said, good = checked({"inspections": frozen | {"find": find}})["inspections"]
    assert "whether there is a newer one is not known: the server refuses" in said and good


def test_newer_versions_of_a_data_set_are_told_with_what_they_changed(server):
    changed = {"majorChanges": {"indicators": [{"previousState": {"column": "avg_att8"}}]}}
    base = server.ees(ID, {"1.0": {}, "2.0": {"changes": changed}}, TABLE)
    said, good = checked({"ks4": {"find": {"ees": base, "data_set": ID, "version": "1.0"}}})["ks4"]
    assert "ks4: answers, Key stage 4 schools, 2025-11-20, 1.0: " in said and good
    assert "newer: Key stage 4 schools, 2025-11-20, 2.0, than 1.0: " in said
    assert "version 2.0, majorChanges: indicators: avg_att8 is gone" in said
    assert "newer" not in checked({"ks4": {"find": {"ees": base, "data_set": ID, "version": "2.0"}}})["ks4"][0]


def test_the_command_says_how_many_fail(server, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(settings.WORKFLOW.parent)
    release = {"id": "2025", "synthetic": False, "reference_date": "2026-08-31", "sources": {}}
    release["sources"]["ks2"] = {"file": "a.csv", "title": "A", "url": server.url((403, b""))}
    release["sources"]["ks4"] = {"file": "b.csv", "title": "B", "url": server.url((200, TABLE), path="/ks4.csv")}
    monkeypatch.setattr(check_sources.settings, "load_release", lambda _: release)
    assert check_sources.main(["2025", "--config", "radius_miles=3", "--results", str(tmp_path)]) == 1
    assert "Release 2025: 1 of 2 sources cannot be had by machine." in capsys.readouterr().out
    (tmp_path / "2025").mkdir()
    (tmp_path / "2025" / "a.csv").write_bytes(TABLE)
    assert check_sources.main(["2025", "--config", f"raw_dir={tmp_path}", "--results", str(tmp_path)]) == 0
    assert "Release 2025: each of its files lies in raw_dir, is to be had" in capsys.readouterr().out
    assert check_sources.main(["2025", "--config", "raw_dir=/nowhere"]) == 2
    assert "there is no folder '/nowhere'" in capsys.readouterr().out


def test_a_generated_release_has_nothing_to_ask(monkeypatch, capsys):
    monkeypatch.chdir(settings.WORKFLOW.parent)
    assert check_sources.main(["demo"]) == 0 and "is generated" in capsys.readouterr().out
    assert check_sources.main(["demmo"]) == 2 and "Did you mean 'demo'?" in capsys.readouterr().out


# --- freezing

RELEASE = """# What this release is.
id: "2025"
title: A release   # in words
sources:
  register: &base
    layout: gias
    file: register.csv   # under this name

    # How the newest one is found.
    find:
      url: https://example.org/{YYYYMMDD}.csv   # of the register
      days_back: 3

  # The links.
  links:
    <<: *base
    file: links.csv
  inspections:
    url: https://example.org/june.csv   # until July
    found: {date: 2026-06-30}
    layout: ofsted-mi
    file: inspections.csv
    sha256: 0000   # of June
  ks2: {layout: ks2, file: ks2.csv}
  ks4:
    file: ks4.csv
    layout: ks4"""
FOUND = {"title": 'Inspections: "latest" as at 31 August 2026 # – é', "date": "2026-08-31", "version": "1.0"}


def test_a_frozen_source_has_its_keys_and_all_else_stays_to_the_letter():
    made = freeze.frozen(RELEASE, "inspections", {"url": "https://example.org/a?b=1", "sha256": SHA, "found": FOUND})
    stated = parse_yaml(made)["sources"]["inspections"]
    assert stated == {
        "url": "https://example.org/a?b=1",
        "found": FOUND,
        "layout": "ofsted-mi",
        "file": "inspections.csv",
        "sha256": SHA,
    }
    same = [
        line for line in RELEASE.splitlines() if not line.lstrip().startswith(("url: https://ex", "found", "sha256"))
    ]
    assert [line for line in same if line not in made.splitlines()] == []
    for comment in ("# until July", "# of June", "# What this release is.", "# in words"):
        assert comment in made


@pytest.mark.parametrize("new_line", ["\n", "\r\n"])
def test_new_keys_stand_behind_the_file_in_the_files_own_line_ends(new_line):
    text = RELEASE.replace("\n", new_line)
    made = freeze.frozen(text, "ks4", {"sha256": SHA})
    assert made == text.replace("    file: ks4.csv", f"    file: ks4.csv{new_line}    sha256: {SHA}")


def test_new_keys_stand_behind_what_finds_the_file_also_at_the_end_of_the_text():
    text = "sources:\n  links:\n    file: links.csv\n    find:\n      days_back: 3"
    made = freeze.frozen(text, "links", {"url": "https://example.org/", "found": {"date": "2026-08-31"}})
    end = "\n    url: https://example.org/\n    found:\n      date: 2026-08-31\n"
    assert made == text + end
    assert freeze.frozen(made, "links", {"url": "https://example.org/", "found": {"date": "2026-08-31"}}) == made


@pytest.mark.parametrize("source", ["ks2", "register"])
def test_a_source_that_cannot_be_changed_by_itself_is_left_with_the_reason(source):
    with pytest.raises(UserError, match=f"sources.{source}: its block cannot be changed by itself"):
        freeze.frozen(RELEASE, source, {"url": "https://example.org/", "sha256": SHA})


def test_what_was_fetched_where_the_release_says_is_pinned_by_its_checksum_alone():
    record = {"origin": "https://example.org/a", "sha256": SHA}
    assert freeze.facts({"url": "https://example.org/a"}, record) == {"sha256": SHA}
    assert freeze.facts({"archived": "https://example.org/a"}, record) == {"sha256": SHA}
    frozen = {"url": "https://example.org/a", "sha256": SHA, "found": FOUND}
    assert freeze.facts({"find": {}}, record | {"found": FOUND}) == frozen


def test_the_command_freezes_what_was_downloaded(tmp_path, monkeypatch, capsys):
    folder = tmp_path / "workflow" / "releases"
    folder.mkdir(parents=True)
    for name in ("layouts", "methods"):
        (tmp_path / "workflow" / name).symlink_to(settings.WORKFLOW / name)
    text = (settings.WORKFLOW / "releases" / "2016.yaml").read_text(encoding="utf-8")
    (folder / "2016.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(load, "WORKFLOW", tmp_path / "workflow")
    monkeypatch.setattr(settings, "WORKFLOW", tmp_path / "workflow")
    results = ["2016", "--results", str(tmp_path)]
    assert freeze.main(results) == 2 and "downloaded nothing, or there was none" in capsys.readouterr().out
    records = [
        {"source": "ks2", "origin": "https://example.org/ks2", "sha256": SHA, "found": FOUND},
        {"source": "ks4_2015", "origin": "https://example.org/ks4", "sha256": SHA},
        {"source": "ks4", "origin": "supplied", "sha256": SHA},
    ]
    manifest = tmp_path / "2016" / "raw" / "manifest.json"
    manifest.parent.mkdir(parents=True)
    manifest.write_text(json.dumps({"files": records}), encoding="utf-8")
    assert freeze.main([*results, "--source", "ks4"]) == 2 and "downloaded no such source" in capsys.readouterr().out
    assert freeze.main(results) == 1, "another source takes over the keys of ks4_2015"
    said = capsys.readouterr().out
    assert "ks2: url, sha256, found" in said and "sources.ks4_2015: its block cannot be changed" in said
    before, after = parse_yaml(text)["sources"], settings.load_release("2016")["sources"]
    assert (after["ks2"]["url"], after["ks2"]["found"]) == ("https://example.org/ks2", FOUND)
    assert "sha256" not in after["ks4_2015"] and after["ks4"]["url"] == before["ks4"]["url"]
    assert freeze.main([*results, "--source", "ks2"]) == 0


def test_packed_answers_have_no_size_to_tell(server):
    packed = gzip.compress(TABLE, mtime=0)
    said, _ = checked({"ks2": {"url": server.url((200, packed, {"Content-Encoding": "gzip"}))}})["ks2"]
    assert said.startswith("ks2: answers: http")
