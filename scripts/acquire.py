"""Acquire one source file of a release and keep it byte for byte.

The file comes from the user's folder (`raw_dir`) where it lies there, else from its official address. Where neither
gives a sound file, the step stops and says which page to open, which file to fetch and where to put it.
Inputs: the user's file where there is one; the release file (workflow/releases/), for the words of a message.
Outputs: raw/{file}, and raw/.origin/{file}.json: where the file came from, its size, sha256 and date.
"""

import collections
import contextlib
import csv
import datetime
import email.utils
import itertools
import logging
import os
import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from lib import run_step
from lib.files import sha256, write_json
from lib.origins import SUPPLIED, origin_record
from lib.run_step import UserError
from lib.source_text import PACKED, check_packed

log = logging.getLogger("acquire")

WEB_PAGE = re.compile(
    rb"(<!--.*?-->\s*|<\?xml[^>]*>\s*)*<(!doctype\s+html|html|head|body|title|meta|script)\b", re.DOTALL | re.IGNORECASE
)
USUAL_WITHIN = 20  # records at the top of a file that tell how many fields its lines have
RETRYABLE_STATUS = (408, 425, 429)  # the 4xx answers that ask the caller to come again later


@dataclass(frozen=True)
class Source:
    """What decides which file is fetched; a source's title and notes do not."""

    release: str
    id: str
    file: str
    url: str | None = None
    sha256: str | None = None  # the pinned one
    urn_columns: tuple[str, ...] = ()  # names that the column of URNs may have in the file


class Fault(Exception):
    """What is wrong with a file or an answer, in words; `transient` when the next try may well succeed."""

    def __init__(self, problem: str, hint: str = "", transient: bool = False):
        super().__init__(problem)
        self.hint = hint
        self.transient = transient


def acquire(
    source: Source,
    output: str | Path,
    origin_output: str | Path,
    supplied: str | Path | None = None,
    attempts: int = 4,
    backoff_s: float = 2.0,
    timeout_s: float = 60,
) -> dict:
    """Write the file of `source` to `output` and its record of origin to `origin_output`; return the record.

    `supplied` wins over the download. A transient failure is tried again, `attempts` times in all, with waits of
    `backoff_s` seconds that double each time; `timeout_s` is the longest silence of the server.
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
            origin, retrieved, supplied_as = SUPPLIED, None, Path(supplied).name
        elif source.url:
            log.info("%s: downloads %s", named, source.url)
            retrieved = _download(source, part, named, attempts, backoff_s, timeout_s)
            origin, supplied_as = source.url, None
        else:
            raise Fault("there is no file in raw_dir, and the release file gives no address to download it from.")
        record = origin_record(part, source.id, source.file, origin, retrieved, supplied_as)
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
    if WEB_PAGE.match(text):
        raise Fault(
            "this is an HTML page, not a data file.",
            "Sites answer scripts so when they want a browser, or when the file has moved.",
        )
    if source.file.lower().endswith(".csv") and not packed:
        _check_last_line(path)
    if source.sha256 and sha256(path) != source.sha256:
        raise Fault(
            f"wrong checksum: the sha256 is {sha256(path)}, but the release file pins {source.sha256}.",
            "The file is damaged, or its publisher has replaced it. "
            "If the new one is right, pin its checksum in the release file.",
        )


def _download(source: Source, part: Path, named: str, attempts: int, backoff_s: float, timeout_s: float) -> str | None:
    """Download into `part` and check it, again after a transient failure; return the date that the server gives."""
    for attempt in itertools.count(1):
        try:
            retrieved = _fetch(source.url, part, timeout_s)
            check_file(part, source)
            if source.urn_columns:
                _check_header(part, source)
            return retrieved
        except Fault as fault:
            if not fault.transient:
                raise
            if attempt == attempts:
                raise Fault(f"{fault} Given up after {attempts} tries.", fault.hint) from None
            wait_s = backoff_s * 2 ** (attempt - 1)
            log.info("%s: try %d of %d: %s Again in %g s", named, attempt, attempts, fault, wait_s)
            time.sleep(wait_s)


def _fetch(url: str, part: Path, timeout_s: float) -> str | None:
    import pooch  # here, since a file that the user supplies needs neither
    import requests

    answers = []  # one a redirect, the last one is the file's
    download = pooch.HTTPDownloader(
        timeout=timeout_s,
        headers={"Accept-Encoding": "identity"},  # the bytes as published, not packed for the transfer
        hooks={"response": lambda answer, **_: answers.append(answer)},
    )
    try:
        download(url, str(part), None)
    except requests.HTTPError as error:
        raise _status_fault(error.response.status_code) from None
    # Fewer bytes than Content-Length announces come as a ChunkedEncodingError.
    except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError):
        length = answers[-1].headers.get("Content-Length")
        announced = f"the server announced {length} bytes, and fewer came" if length else "the transfer broke off"
        raise Fault(f"the file is truncated: {announced}.", transient=True) from None
    except requests.exceptions.SSLError as error:
        raise Fault(f"no secure connection: {_reason(error)}.") from None
    except requests.Timeout:
        raise Fault(f"the server did not answer within {timeout_s:g} s.", transient=True) from None
    except requests.ConnectionError as error:
        raise Fault(f"the connection to the server failed: {_reason(error)}.", transient=True) from None
    except (requests.RequestException, ValueError) as error:
        raise Fault(f"the address cannot be used: {error}.", "Correct it in the release file.") from None
    finally:
        for answer in answers:
            answer.close()
    return _date_of(answers[-1].headers)


def _status_fault(status: int) -> Fault:
    if status in (404, 410):
        return Fault(
            f"there is no such file at the address (HTTP {status}).",
            "Publishers move and withdraw files: look for it on the page, and correct the address in the release file.",
        )
    if status >= 500 or status in RETRYABLE_STATUS:
        return Fault(f"the server {'failed' if status >= 500 else 'is busy'} (HTTP {status}).", transient=True)
    return Fault(f"the server refuses the file (HTTP {status}).", "A browser often gets what a script does not.")


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
    if not any(name.encode() in line for name in source.urn_columns for line in top):
        raise Fault(
            f"this is not the table: no line at its top has the column {' or '.join(source.urn_columns)}. "
            f"It begins: {top[0].strip()[:80].decode('latin-1')!r}.",
            "Servers answer so when they refuse or are busy. If the publisher has renamed the column, fetch the file "
            f"by hand and set sources.{source.id}.columns.urn.column in the release file.",
        )


def _date_of(headers: dict) -> str | None:
    for name in ("Last-Modified", "Date"):
        with contextlib.suppress(KeyError, ValueError):
            moment = email.utils.parsedate_to_datetime(headers[name])
            moment = moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
            return moment.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return None


def _reason(error: Exception) -> str:
    """The last and plainest part of a network error, e.g. `[Errno 111] Connection refused`."""
    return str(getattr(error.args[0], "reason", error) if error.args else error).rsplit(": ", 1)[-1].rstrip(".")


def explain(fault: Fault, source: Source, words: dict, supplied: str | Path | None, raw_dir: str | None) -> str:
    """Return what a user reads: what is wrong with which file, and the way out. `words`: the source as stated."""
    wanted = Path(raw_dir or "raw_dir") / source.release / source.file
    then = "" if raw_dir else ", and name that raw_dir, a folder of yours, in config.yaml"
    get = f"open {words['page']}, fetch the file and save it as" if words.get("page") else "put the file at"
    lines = [
        f"release {source.release}, source {source.id} ({words['title']}): {fault}",
        f"File: {supplied}" if supplied else f"Address: {source.url or 'none'}",
        fault.hint,
        f"What to do: {get} {wanted}{then}.",
        f"Also taken under the name {', '.join(words['also_named'])}." if words.get("also_named") else "",
        f"Without a file there, the next run downloads {source.url}." if supplied and source.url else "",
        f"Note: {words['note']}" if words.get("note") else "",
    ]
    return "\n  ".join(line for line in lines if line)


def main(snakemake):
    log.addHandler(logging.StreamHandler())  # progress belongs on the terminal too
    source = Source(**snakemake.params.source)
    supplied = snakemake.input.supplied or None
    try:
        acquire(source, *snakemake.output, supplied=supplied)
    except Fault as fault:
        import yaml

        release = yaml.safe_load(Path(snakemake.input.release).read_text(encoding="utf-8"))
        words, raw_dir = release["sources"][source.id], snakemake.config.get("raw_dir")
        raise UserError(explain(fault, source, words, supplied, raw_dir)) from None


if "snakemake" in globals():
    run_step.run(main, snakemake)
