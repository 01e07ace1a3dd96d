"""Acquire one source file of a release and keep it byte for byte.

The file comes from the user's folder (`raw_dir`) where it lies there, else from its official address. Where neither
gives a sound file, the step stops and says which page to open, which file to fetch and where to put it.

Inputs: the source as its release file states it (workflow/releases/), and the user's file where there is one.
Outputs: raw/{file}, and raw/.origin/{file}.json: where the file came from, its size, sha256 and date.
Pages and addresses: the release files; this script holds none.
"""

import collections
import csv
import datetime
import email.utils
import gzip
import io
import itertools
import json
import logging
import os
import shutil
import sys
import time
import zlib
from pathlib import Path

from lib import settings
from lib.files import bare, is_web_page, sha256, write_json
from lib.run_step import UserError

log = logging.getLogger("acquire")

GENERATED = "generated"
SUPPLIED = "supplied"
CHUNK_BYTES = 64 * 1024
USUAL_WITHIN = 20  # records at the top of a file that tell how many fields its lines have
PASSING = (408, 425, 429)  # the 4xx answers that ask the caller to come again later


class _Fault(Exception):
    """What is wrong with a file or an answer, in words; `passing` when the next try may well succeed."""

    def __init__(self, problem, hint="", passing=False):
        super().__init__(problem)
        self.hint = hint
        self.passing = passing


def find_supplied(raw_dir, release, source, generated=False):
    """Return the path of the user's file for `source` in raw_dir/{release}/, or None where there is none.

    Looks for `file`, then for each of `also_named`, and takes the first that is there. `generated`: whether the
    release is written by the generator, which takes no files.
    Raises UserError when raw_dir is given but is no folder (a mistyped path must not turn into a download), or has
    a folder for a generated release (its files must not be passed over in silence).
    """
    if raw_dir is None:
        return None
    folder = Path(raw_dir).expanduser()
    if not folder.is_dir():
        raise UserError(
            f"config.yaml: raw_dir: there is no folder '{raw_dir}'. "
            "Create it, correct the path, or set raw_dir to null to download what has an address."
        )
    if generated:
        if (folder / str(release)).is_dir():
            raise UserError(
                f"config.yaml: raw_dir: '{Path(raw_dir) / str(release)}' is there, but the release {release} is "
                "generated and takes no files. Give your files a release of their own: copy "
                "workflow/releases/2016.yaml under a new id, and name the folder after it."
            )
        return None
    if (folder / source["file"]).is_file() and not (folder / str(release)).is_dir():
        raise UserError(
            f"config.yaml: raw_dir: {source['file']} lies in '{raw_dir}' itself. Put it into a folder named after the "
            f"release, {Path(raw_dir) / str(release)}, or set raw_dir to the folder above."
        )
    candidates = [folder / str(release) / name for name in (source["file"], *source.get("also_named", []))]
    return next((path for path in candidates if path.is_file()), None)


def check_not_forgotten(raw_dir, release, raw):
    """Raise UserError when the last run took files from the user's folder, and this one is told of none.

    `raw`: the folder of the release's raw files. Without the check the run would drop them and fetch others instead.
    """
    if raw_dir is not None:
        return
    for path in sorted(Path(raw).glob(".origin/*.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        if record["origin"] == SUPPLIED:
            raise UserError(
                f"config.yaml: raw_dir is not set, but the last run of release {release} took {record['file']} from a "
                f"folder of yours. Set raw_dir again. To do without your files, delete {raw}."
            )


def acquire(
    source_id,
    source,
    release,
    output,
    origin_output,
    supplied=None,
    raw_dir=None,
    attempts=4,
    backoff_s=2.0,
    timeout_s=60,
):
    """Write the file of `source` to `output` and its record of origin to `origin_output`; return the record.

    `supplied` (a path or None) wins over the download. A download that fails in passing is tried `attempts` times,
    with waits of `backoff_s` seconds that double each time; `timeout_s` is the longest silence of the server.
    Raises UserError. Whatever stops the step, neither output nor a temporary file stays.
    """
    output, origin_output = Path(output), Path(origin_output)
    output.parent.mkdir(parents=True, exist_ok=True)
    part = output.with_name(f".{output.name}.part")
    named = f"{release}/{source_id}"
    record = None
    try:
        if supplied:
            log.info("%s: takes %s", named, supplied)
            _copy(Path(supplied), part)
            retrieved = None  # its date is that of a copy, perhaps, and the same bytes must give the same results
            origin, supplied_as = SUPPLIED, Path(supplied).name
            check_file(part, source)
        elif source.get("url"):
            log.info("%s: downloads %s", named, source["url"])
            retrieved = _download(source, part, named, attempts, backoff_s, timeout_s)
            origin, supplied_as = source["url"], None
        else:
            raise _Fault("there is no file in raw_dir, and the release file gives no address to download it from.")
        found = origin_record(part, source_id, source["file"], origin, retrieved, supplied_as)
        os.replace(part, output)
        write_json(found, origin_output)
        record = found
    except _Fault as fault:
        raise UserError(_message(fault, source_id, source, release, supplied, raw_dir)) from None
    finally:
        part.unlink(missing_ok=True)
        if record is None:
            output.unlink(missing_ok=True)
            origin_output.unlink(missing_ok=True)
    log.info("%s: %s bytes, sha256 %s", named, record["size"], record["sha256"])
    return record


def check_file(path, source):
    """Raise an error unless the file is sound: not empty, no web page, not cut short, of the pinned checksum.

    What the columns mean is the cleaning step's to check.
    """
    with path.open("rb") as file:
        start = file.read(4096)
    if not bare(start) and path.stat().st_size == len(start):
        raise _Fault("the file is empty.")
    if start.startswith(b"\x1f\x8b"):
        start = _start_of_gzip(path)
    if start.startswith(b"PK\x03\x04"):
        raise _Fault(
            "this is a zip archive or an Excel workbook, not a CSV file.",
            "Take the CSV file out of the archive, or save the sheet as CSV (UTF-8).",
        )
    if is_web_page(start):
        raise _Fault(
            "this is an HTML page, not a data file.",
            "Sites answer scripts so when they want a browser, or when the file has moved.",
        )
    if source["file"].lower().endswith((".csv", ".csv.gz")):
        _check_last_line(path)
    pinned = source.get("sha256")
    if pinned and sha256(path) != pinned:
        raise _Fault(
            f"wrong checksum: the sha256 is {sha256(path)}, but the release file pins {pinned}.",
            "The file is damaged, or its publisher has replaced it. "
            "If the new one is right, pin its checksum in the release file.",
        )


def origin_record(path, source_id, file, origin, retrieved=None, supplied_as=None):
    """Return the record of origin of the raw file at `path`.

    Keys: source, file, origin (an address, `supplied` or `generated`), supplied_as (the user's file name),
    size (bytes), sha256, retrieved (UTC, ISO 8601; None for a file that was supplied or generated).
    """
    return {
        "source": source_id,
        "file": file,
        "origin": origin,
        "supplied_as": supplied_as,
        "size": Path(path).stat().st_size,
        "sha256": sha256(path),
        "retrieved": retrieved,
    }


def record_generated(path, source_id, origin_output):
    """Write the record of origin of a raw file that the generator of a synthetic release has written."""
    write_json(origin_record(path, source_id, Path(path).name, GENERATED), origin_output)


def _copy(supplied, part):
    try:
        shutil.copyfile(supplied, part)
    except OSError as error:
        raise _Fault(f"the file cannot be read: {error.strerror or error}.") from None


def _download(source, part, named, attempts, backoff_s, timeout_s):
    """Download into `part` and check it, again after a passing failure; return the date that the server gives."""
    for attempt in range(1, attempts + 1):
        try:
            retrieved = _fetch(source["url"], part, named, timeout_s)
            check_file(part, source)
            _check_header(part, source)
            return retrieved
        except _Fault as fault:
            if not fault.passing:
                raise
            tries = f"{attempts} tries" if attempts > 1 else "one try"
            if attempt == attempts:
                raise _Fault(f"{fault} Given up after {tries}.", fault.hint) from None
            wait_s = backoff_s * 2 ** (attempt - 1)
            log.info("%s: try %d of %d: %s Again in %g s", named, attempt, attempts, fault, wait_s)
            time.sleep(wait_s)


def _fetch(url, part, named, timeout_s):
    import pooch  # here, so that the Snakefile can use find_supplied without loading them
    import requests

    answers = []  # one a redirect, the last one is the file's
    download = pooch.HTTPDownloader(
        progressbar=Progress(named),
        chunk_size=CHUNK_BYTES,
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
        raise _cut_in_transfer(answers) from None
    except requests.exceptions.SSLError as error:
        raise _Fault(f"no secure connection: {_reason(error)}.") from None
    except requests.Timeout:
        raise _Fault(f"the server did not answer within {timeout_s:g} s.", passing=True) from None
    except requests.ConnectionError as error:
        raise _Fault(f"the connection to the server failed: {_reason(error)}.", passing=True) from None
    except (requests.RequestException, ValueError) as error:
        raise _Fault(f"the address cannot be used: {error}.", "Correct it in the release file.") from None
    finally:
        for answer in answers:
            answer.close()
    return _date_of(answers[-1].headers)


def _status_fault(status):
    if status in (404, 410):
        return _Fault(
            f"there is no such file at the address (HTTP {status}).",
            "Publishers move and withdraw files: look for it on the page, and correct the address in the release file.",
        )
    if status >= 500:
        return _Fault(f"the server failed (HTTP {status}).", passing=True)
    if status in PASSING:
        return _Fault(f"the server is busy (HTTP {status}).", passing=True)
    return _Fault(f"the server refuses the file (HTTP {status}).", "A browser often gets what a script does not.")


def _cut_in_transfer(answers):
    length = answers[-1].headers.get("Content-Length")
    announced = f"the server announced {length} bytes, and fewer came" if length else "the transfer broke off"
    return _Fault(f"the file is truncated: {announced}.", passing=True)


def _check_last_line(path):
    """Raise an error when the last line has no line end and fewer fields than most lines: the mark of a cut file."""
    try:
        if _ends_in_line_end(path):
            return
        lengths, last, number = collections.Counter(), [], 0
        # latin-1 reads any byte; only commas and quotes matter here, and they are the same in every encoding in use.
        with io.TextIOWrapper(_opened(path), encoding="latin-1", newline="") as text:
            for number, last in enumerate(csv.reader(text), start=1):
                if number <= USUAL_WITHIN:
                    lengths[len(last)] += 1
        # A title line above the header, or a row that spills over, is not what most lines are like.
        usual = max(lengths, key=lambda length: (lengths[length], length))
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise _Fault("the file is truncated: its compressed data end too early.") from None
    except csv.Error:
        return  # not to be told here; the cleaning step names the row
    if len(last) < usual:
        raise _Fault(
            f"the file is truncated: its last row ({number}) has {len(last)} of {usual} fields and no line end.",
            "If the file is whole, end its last line with a line break.",
        )


def _check_header(path, source):
    """Raise an error when no line at the top of a downloaded table names the column of URNs: no such table came.

    Servers say with status 200 that they are busy. A user's own file is left to the cleaning step, which names the
    column and the layout to change.
    """
    named = source.get("columns", {}).get("urn", {}).get("column", [])
    named = [named] if isinstance(named, str) else named
    if not named or not source["file"].lower().endswith((".csv", ".csv.gz")):
        return
    with _opened(path) as file:
        top = list(itertools.islice(file, USUAL_WITHIN))
    if not any(name.encode() in line for name in named for line in top):
        raise _Fault(
            f"this is not the table: no line at its top has the column {' or '.join(named)}. "
            f"It begins: {bare(top[0])[:80].decode('latin-1')!r}.",
            "Servers answer so when they refuse or are busy. If the publisher has renamed the column, fetch the file "
            f"by hand and set columns.urn.column in workflow/layouts/{source['layout']}.yaml.",
        )


def _ends_in_line_end(path):
    with _opened(path) as file:
        if isinstance(file, gzip.GzipFile):
            end = b""
            while block := file.read(CHUNK_BYTES):  # to the end, which also proves the compressed data whole
                end = block[-1:]
        else:
            file.seek(-1, os.SEEK_END)
            end = file.read()
    return end in (b"\n", b"\r")


def _opened(path):
    with path.open("rb") as file:
        compressed = file.read(2) == b"\x1f\x8b"
    return gzip.open(path) if compressed else path.open("rb")


def _start_of_gzip(path):
    try:
        with gzip.open(path) as file:
            return file.read(4096)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise _Fault("the file is truncated: its compressed data end too early.") from None


def _date_of(headers):
    for name in ("Last-Modified", "Date"):
        try:
            stated = email.utils.parsedate_to_datetime(headers[name])
        except (KeyError, ValueError):
            continue
        return _iso_utc(stated if stated.tzinfo else stated.replace(tzinfo=datetime.UTC))
    return None


def _iso_utc(moment):
    return moment.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _reason(error):
    """Return the last and plainest part of a network error, e.g. `[Errno 111] Connection refused`."""
    reason = getattr(error.args[0], "reason", error) if error.args else error
    return str(reason).rsplit(": ", 1)[-1].rstrip(".")


def _message(fault, source_id, source, release, supplied, raw_dir):
    lines = [f"release {release}, source {source_id} ({source['title']}): {fault}"]
    if supplied:
        lines.append(f"  File: {supplied}")
    else:
        lines.append(f"  Address: {source.get('url', 'none')}")
    if fault.hint:
        lines.append(f"  {fault.hint}")
    wanted = f"{release}/{source['file']}"
    if source.get("page"):
        get = f"open {source['page']}, fetch the file and save it as"
    else:
        get = "put the file at"
    if raw_dir is None:
        lines.append(f"  What to do: {get} raw_dir/{wanted}, and name that raw_dir, a folder of yours, in config.yaml.")
    else:
        lines.append(f"  What to do: {get} {Path(raw_dir) / wanted}.")
    if source.get("also_named"):
        lines.append(f"  Also taken under the name {', '.join(source['also_named'])}.")
    if supplied and source.get("url"):
        lines.append(f"  Without a file there, the next run downloads {source['url']}.")
    if source.get("note"):
        lines.append(f"  Note: {source['note']}")
    return "\n".join(lines)


class Progress:
    """A progress display for pooch that writes a line each tenth (or each 5 MB of an unknown size).

    Lines, not a moving bar: several jobs share one terminal, and the log keeps them.
    """

    def __init__(self, named, step_bytes=5_000_000):
        self.named = named
        self.step_bytes = step_bytes
        self.total = 0  # bytes; pooch sets it from Content-Length
        self.done = 0
        self.steps = 0

    def update(self, size):
        """Add `size` bytes; pooch counts whole chunks, so the last one may overshoot."""
        self.done += size
        if self.total:
            self.done = min(self.done, self.total)
            steps, line = self.done * 10 // self.total, f"{self.done / 1e6:.1f} of {self.total / 1e6:.1f} MB"
        else:
            steps, line = self.done // self.step_bytes, f"{self.done / 1e6:.1f} MB"
        if steps > self.steps:
            self.steps = steps
            log.info("%s: %s", self.named, line)

    def reset(self):
        """Start the count again: pooch then adds the whole size, in order to end on it."""
        self.done = 0

    def close(self):
        """Nothing to close: each line is already written."""


def main(snakemake):
    # Not by run_step.run: progress belongs on the terminal too.
    to_terminal = logging.StreamHandler()
    to_terminal.addFilter(lambda line: line.levelno < logging.ERROR)  # sys.exit prints the error there
    handlers = [to_terminal, *(logging.FileHandler(path, mode="w", encoding="utf-8") for path in snakemake.log)]
    log.setLevel(logging.INFO)
    for handler in handlers:
        log.addHandler(handler)
    # The release file is read here: handed on as a parameter, a changed note or title would fetch the file again.
    source = settings.load_release(snakemake.params.release)["sources"][snakemake.params.source_id]
    try:
        acquire(
            snakemake.params.source_id,
            source,
            snakemake.params.release,
            snakemake.output[0],
            snakemake.output[1],
            supplied=snakemake.params.supplied,
            raw_dir=snakemake.config.get("raw_dir"),
        )
    except UserError as error:
        log.error("%s", error)
        sys.exit(str(error))
    finally:
        for handler in handlers:
            log.removeHandler(handler)
            handler.close()


if "snakemake" in globals():
    main(snakemake)
