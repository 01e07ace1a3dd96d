"""Acquire one source file of a release and keep it byte for byte.

The file comes from the user's folder (`raw_dir`) where it lies there, else from its official address, which the
release file states or says how to find, else from its archived one. Where none gives a sound file, the step stops and
says which page to open, which file to fetch and where to put it.
Inputs: the user's file where there is one; the release file (workflow/releases/).
Outputs: raw/{file}, and raw/.origin/{file}.json: where the file came from, its size, sha256 and date.
"""

import collections
import csv
import datetime
import itertools
import logging
import os
import shutil
from pathlib import Path

from lib import run_step
from lib.download import ELSEWHERE, LIMITS, Fault, Limits, at, check_no_web_page, fetch, try_again, unpacked
from lib.files import sha256, write_json
from lib.find_source import Found, Source, locate, origin_of
from lib.origins import SUPPLIED, origin_record
from lib.run_step import UserError
from lib.source_text import GZIP, PACKED, check_packed
from lib.yaml_files import read_yaml

log = logging.getLogger("acquire")

USUAL_WITHIN = 20  # records at the top of a file that tell how many fields its lines have


def acquire(
    source: Source,
    output: str | Path,
    origin_output: str | Path,
    supplied: str | Path | None = None,
    limits: Limits = LIMITS,
    today: datetime.date | None = None,
    asked: dict | None = None,
) -> dict:
    """Write the file of `source` to `output` and its record of origin to `origin_output`; return the record.

    `supplied` wins over the download. `today`: the day on which the newest file is looked for, where the release file
    asks for that. `asked`: what the record keeps of how the file was asked for (`lib.origins.as_asked`).
    Raises Fault. Whatever stops the step, neither output nor a temporary file stays.
    """
    # Snakemake's own `retries` would also try again what cannot succeed, wait for nothing, and repeat each message.
    output, origin_output = Path(output), Path(origin_output)
    output.parent.mkdir(parents=True, exist_ok=True)
    part = output.with_name(f".{output.name}.part")
    named = f"{source.release}/{source.id}"
    try:
        if supplied:
            log.info("%s: takes %s", named, supplied)
            try:
                shutil.copyfile(supplied, part)
            except OSError as error:
                raise Fault(f"the file cannot be read: {error.strerror or error}.") from None
            check_file(part, source)
            # Its date may be that of a copy, and the same bytes must give the same results.
            record = origin_record(part, source.id, source.file, SUPPLIED, supplied_as=Path(supplied).name)
        else:
            found, retrieved = _download(source, part, named, limits, today or datetime.date.today())
            record = origin_record(part, source.id, source.file, found.url, retrieved)
            record |= ({"found": found.record} if found.record else {}) | ({"asked": asked} if asked else {})
        os.replace(part, output)
        write_json(record, origin_output)
    except BaseException:
        for path in (part, output, origin_output):
            path.unlink(missing_ok=True)
        raise
    log.info("%s: %s bytes, sha256 %s", named, record["size"], record["sha256"])
    return record


def check_file(path: Path, source: Source) -> None:
    """Raise Fault unless the file is sound: not empty, no web page, not cut short, of the pinned checksum."""
    with path.open("rb") as file:
        start = file.read(4096)
    packed = start.startswith(PACKED)
    if packed:
        try:
            start = check_packed(path)  # what else is in it, the cleaning step says
        except UserError as error:
            raise Fault(str(error).removeprefix(f"{path.name}: ")) from None
    text = start.removeprefix(b"\xef\xbb\xbf").strip()
    if not text and (packed or path.stat().st_size == len(start)):
        raise Fault("the file is empty.")
    check_no_web_page(text)
    if source.file.lower().endswith(".csv") and not packed:
        _check_last_line(path)
    if source.sha256 and sha256(path) != source.sha256:
        raise Fault(
            f"wrong checksum: the sha256 is {sha256(path)}, but the release file pins {source.sha256}.",
            "The file is damaged, or its publisher has replaced it. "
            "If the new one is right, pin its checksum in the release file.",
        )


def _download(source: Source, part: Path, named: str, limits: Limits, today: datetime.date) -> tuple[Found, str | None]:
    """Download into `part` and check it; return what was found where, and the date that the server gives."""
    if not source.has_address:
        raise Fault("there is no file in raw_dir, and the release file gives no address to download it from.")
    ways = [lambda: locate(source, today, limits)] if source.url or source.find else []
    ways += [lambda: Found(source.archived)] if source.archived else []
    first = None
    for way in ways:
        try:
            return try_again(lambda way=way: _fetched(way(), source, part, named, limits), named, limits)
        except Fault as fault:
            if first:
                raise _both(first, fault) from None
            if fault.kind not in ELSEWHERE or way is ways[-1]:
                raise
            log.info("%s: %s Tries the archived address.", named, fault)
            first = fault


def _both(first: Fault, second: Fault) -> Fault:
    """Return the fault of an address with that of the archived one added."""
    both = Fault(f"{first} The archived address {second.address} does not help: {second}", first.hint)
    both.address = first.address
    return both


def _fetched(found: Found, source: Source, part: Path, named: str, limits: Limits) -> tuple[Found, str | None]:
    log.info("%s: downloads %s%s", named, found.url, f" ({', '.join(found.record.values())})" if found.record else "")
    for title in found.elsewhere:
        log.warning("%s: newer, or of an unknown day, but no %s file: %s", named, Path(source.file).suffix, title)
    with at(found.url):
        with part.open("wb") as file:
            answer = fetch(found.url, file, limits, source.hosts, found.answer)
        if found.version:
            _unpack(part, limits)
        check_file(part, source)
        if source.urn_columns:
            _check_header(part, source)
    return found, answer.date


def _unpack(part: Path, limits: Limits) -> None:
    """Unpack a table that is packed as it is: Explore Education Statistics does not always say so in its headers."""
    with part.open("rb") as packed:
        if packed.read(len(GZIP)) != GZIP:
            return
        packed.seek(0)
        unpacked_part = part.with_name(f"{part.name}.unpacked")
        try:
            with unpacked_part.open("wb") as file:
                for chunk in unpacked(packed, limits):
                    file.write(chunk)
            os.replace(unpacked_part, part)
        finally:
            unpacked_part.unlink(missing_ok=True)


def _check_last_line(path: Path) -> None:
    """Raise Fault when the last line has no line end and fewer fields than most lines: the mark of a cut file."""
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        if file.read() in (b"\n", b"\r"):
            return
    lengths, last, number = collections.Counter(), [], 0
    try:
        # latin-1 reads any byte; only commas and quotes matter here, and they are the same in every encoding in use.
        with path.open(encoding="latin-1", newline="") as text:
            for number, last in enumerate(csv.reader(text), start=1):
                if number <= USUAL_WITHIN:
                    lengths[len(last)] += 1
    except csv.Error:
        return  # the cleaning step names the row
    # A title line above the header, or a row that spills over, is not what most lines are like.
    usual = max(lengths, key=lambda length: (lengths[length], length))
    if len(last) < usual:
        raise Fault(
            f"the file is truncated: its last row ({number}) has {len(last)} of {usual} fields and no line end.",
            "If the file is whole, end its last line with a line break.",
        )


def _check_header(path: Path, source: Source) -> None:
    """Raise Fault when no line at the top of a downloaded table names the column of URNs: no such table came.

    Servers say with status 200 that they are busy. A user's own file is left to the cleaning step, which names the
    column and the layout to change.
    """
    with path.open("rb") as file:
        top = list(itertools.islice(file, USUAL_WITHIN))
    if top[0].startswith(PACKED):
        return  # the cleaning step looks into it
    if not any(name.lower().encode() in line.lower() for name in source.urn_columns for line in top):
        raise Fault(
            f"this is not the table: no line at its top has the column {' or '.join(source.urn_columns)}. "
            f"It begins: {top[0].strip()[:80].decode('latin-1')!r}.",
            "Servers answer so when they refuse or are busy. If the publisher has renamed the column, fetch the file "
            f"by hand and set sources.{source.id}.columns.urn.column in the release file.",
        )


def explain(fault: Fault, source: Source, words: dict, supplied: str | Path | None, raw_dir: str | None) -> str:
    """Return what a user reads: what is wrong with which file, and the way out. `words`: the source as stated."""
    wanted = Path(raw_dir or "raw_dir") / source.release / source.file
    then = "" if raw_dir else ", and name that raw_dir, a folder of yours, in config.yaml"
    get = f"open {words['page']}, fetch the file and save it as" if words.get("page") else "put the file at"
    lines = [
        f"release {source.release}, source {source.id} ({words['title']}): {fault}",
        f"File: {supplied}" if supplied else f"Address: {fault.address or source.url or 'none'}",
        fault.hint,
        f"What to do: {get} {wanted}{then}.",
        f"Also taken under the name {', '.join(words['also_named'])}." if words.get("also_named") else "",
        f"Without a file there, the next run downloads {source.url}." if supplied and source.url else "",
        f"Note: {words['note']}" if words.get("note") else "",
    ]
    return "\n  ".join(line for line in lines if line)


def main(snakemake):
    log.addHandler(logging.StreamHandler())  # progress belongs on the terminal too
    asked, supplied = snakemake.params.asked, snakemake.input.supplied or None
    release = read_yaml(snakemake.input.release)
    words = release["sources"][snakemake.params.source]
    source = Source(
        release=snakemake.wildcards.release,
        id=snakemake.params.source,
        urn_columns=tuple(snakemake.params.urn_columns),
        **origin_of(words, release["reference_date"]),
    )
    try:
        acquire(source, *snakemake.output, supplied=supplied, asked=asked)
    except Fault as fault:
        raise UserError(explain(fault, source, words, supplied, snakemake.config.get("raw_dir"))) from None


if "snakemake" in globals():
    run_step.run(main, snakemake)
