"""Ask each address of a release for its file without fetching it; say what answers and what is newer.

Usage: python scripts/check_sources.py RELEASE [--config raw_dir=folder] [--results results]
Reads the release file, config.yaml, what lies in raw_dir, and raw/manifest.json of the last run where there is one.
Exit code 0: each file is to be had; 1: one that the release needs, or has an address for, is not; 2: nothing was asked.
An optional one without an address counts as to be had: a run does without it.
"""

import argparse
import datetime
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import acquire
from lib import settings, words
from lib.download import ELSEWHERE, Answer, Fault, Limits, ask, try_again
from lib.find_source import Found, Source, changes, is_newer, locate, newest, origin_of
from lib.origins import find_supplied
from lib.run_step import UserError

LIMITS = Limits(attempts=2, silence_s=20, total_s=60)


def check_sources(
    release: dict, raw_dir: str | None, records: dict[str, dict], today: datetime.date, limits: Limits = LIMITS
) -> Iterator[tuple[str, bool]]:
    """Yield (what is to be said, whether the file is to be had) of each source of a release, as it has been asked.

    `release`: as `settings.load_release` gives it. `records`: {source: its file in raw/manifest.json} of the last run.
    """
    for name, stated in release["sources"].items():
        if supplied := find_supplied(raw_dir, release["id"], stated, release["synthetic"]):
            yield f"{name}: yours: {supplied}", True
            continue
        source = Source(release["id"], name, **origin_of(stated, release["reference_date"]))
        # `find` of a source whose address is stated is no part of what is fetched, but says how a newer file is found.
        looked_for = Source(release["id"], name, stated["file"], find=stated.get("find"), hosts=source.hosts)
        if not source.has_address and stated.get("optional"):
            yield f"{name}: by hand alone, and optional: {stated.get('page', 'no page is stated')}", True
            continue
        try:
            lines = [f"{name}: {line}" for line in _asked(source, today, limits, records.get(name))]
        except Fault as fault:
            yield acquire.explain(fault, source, stated, None, raw_dir), False
            continue
        if looked_for.find:
            lines += _newer(looked_for, stated, records.get(name), today, limits)
        yield "\n  ".join(lines), True


def _asked(source, today, limits, record):
    """Lines on what the address of a source answers, and its archived one. Raises Fault where neither has the file."""
    if not source.has_address:
        raise Fault("there is no file in raw_dir, and the release file gives no address to download it from.")
    lines, first = [], None
    if source.url or source.find:
        try:
            found, answer = try_again(lambda: _answer(locate(source, today, limits), source, limits), source.id, limits)
            lines.append(_told(found, answer))
            if source.url and record and (then := _changed(found, answer, record)):
                lines.append(then + (" Its sha256 is pinned: a run would stop." if source.sha256 else ""))
        except Fault as fault:
            if fault.kind not in ELSEWHERE or not source.archived:
                raise
            first = fault
            lines.append(f"{fault} {fault.hint}".rstrip())
    if source.archived:
        try:
            found, answer = try_again(lambda: _answer(Found(source.archived), source, limits), source.id, limits)
            lines.append(f"archived: {_told(found, answer)}")
        except Fault as fault:
            if not lines or first:
                raise
            lines.append(f"archived: {fault} {source.archived}")
    return lines


def _answer(found: Found, source: Source, limits: Limits) -> tuple[Found, Answer]:
    return found, found.answer or ask(found.url, limits, source.hosts)


def _told(found: Found, answer: Answer) -> str:
    size = "" if answer.size is None else f", {words.file_size(answer.size)}"
    dated = f", last changed {answer.date[:10]}" if "Last-Modified" in answer.headers and answer.date else ""
    named = "".join(f", {part}" for part in found.record.values())
    return f"answers{size}{dated}{named}: {found.url}"


def _changed(found: Found, answer: Answer, record: dict) -> str | None:
    """What of a file at a stated address differs from the one that was fetched from there."""
    if record["origin"] != found.url:
        return None
    if answer.size not in (None, record["size"]):
        return f"changed since it was fetched: {answer.size:,} bytes, then {record['size']:,}."
    dated = answer.date if "Last-Modified" in answer.headers else None
    if dated and record["retrieved"] and dated > record["retrieved"]:
        return f"changed since it was fetched: on {dated[:10]}, then of {record['retrieved'][:10]}."
    return None


def _newer(source, stated, record, today, limits):
    """Lines on what `find` gives that is newer than the file that the release states, or the last run took."""
    has = stated.get("found") or (record or {}).get("found") or {}
    if "ees" in source.find:
        has = {"version": source.find["version"]} | has
    elif "as_at" in stated:
        has = {"date": stated["as_at"]} | has
    try:
        latest = try_again(lambda: newest(source, today, limits), source.id, limits)
        key = "version" if latest.version else "date"
        of, than = latest.record[key], has.get(key)
        if than and (is_newer(of, than) if latest.version else of > than):
            yield f"newer: {', '.join(latest.record.values())}, than {than}: {latest.url}"
            if latest.version:
                yield from changes(source, of, limits)
        yield from (f"newer, or of an unknown day, but in another form: {title}" for title in latest.elsewhere)
    except Fault as fault:
        yield f"whether there is a newer one is not known: {fault}"


def last_records(results: str | Path, release: str) -> dict[str, dict]:
    """Return {source: its file in raw/manifest.json} of the last run of a release; empty where there was none."""
    manifest = Path(results) / release / "raw" / "manifest.json"
    if not manifest.is_file():
        return {}
    return {entry["source"]: entry for entry in json.loads(manifest.read_text(encoding="utf-8"))["files"]}


def main(arguments: list[str] | None = None) -> int:
    """Check the sources of a release from the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("release", help="release, e.g. 2016")
    parser.add_argument("--config", nargs="*", default=[], metavar="KEY=VALUE", help="as Snakemake takes it")
    parser.add_argument("--results", default="results", help="folder of results (default: results)")
    given = parser.parse_args(arguments)
    try:
        stated = settings.read_yaml("config.yaml") or {}
        config = settings.load_config(stated | dict(pair.split("=", 1) for pair in given.config if "=" in pair))
        release = settings.load_release(given.release)
        if release["synthetic"]:
            print(f"Release {given.release} is generated: nothing of it is fetched.")
            return 0
        records, to_be_had = last_records(given.results, given.release), []
        for told, good in check_sources(release, config["raw_dir"], records, datetime.date.today()):
            print(told, flush=True)
            to_be_had.append(good)
    except UserError as error:
        print(error)
        return 2
    fail = to_be_had.count(False)
    each = "each of its files lies in raw_dir, is to be had by machine, or is optional"
    failed = f"{fail} of {len(to_be_had)} sources cannot be had by machine"
    print(f"Release {given.release}: {failed if fail else each}.")
    return 1 if fail else 0


if __name__ == "__main__":
    sys.exit(main())
