"""Fetch a file over HTTP, or ask for it without fetching it: within limits, and with what goes wrong told in words."""

import base64
import contextlib
import datetime
import email.utils
import gzip
import hashlib
import io
import itertools
import json
import logging
import re
import time
import zlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from urllib.parse import urljoin, urlsplit

log = logging.getLogger("acquire")
WEB_PAGE = re.compile(
    rb"(<!--.*?-->\s*|<\?xml[^>]*>\s*)*<(!doctype\s+html|html|head|body|title|meta|script)\b", re.DOTALL | re.IGNORECASE
)
RETRYABLE_STATUS = (408, 425, 429)  # the 4xx answers that ask the caller to come again later
GONE_STATUS = (404, 410)
TRANSIENT, GONE, REFUSED, PAGE = "transient", "gone", "refused", "page"
ELSEWHERE = (GONE, REFUSED, PAGE)
MOST_REDIRECTS = 5
STEP = 1 << 16  # bytes taken at a time
SMALL = 1 << 20  # bytes up to which it does not matter how far something packed expands
SAME_FILE = ("ETag", "Content-Length", "Last-Modified")  # headers that differ when a file has changed
BY_HAND = "A browser often gets what a script does not."


@dataclass(frozen=True)
class Limits:
    """What a download may take."""

    attempts: int = 4
    backoff_s: float = 2.0  # the first wait before another try; each further one is twice as long
    silence_s: float = 60  # of the server
    total_s: float = 1800  # for one file, however steadily it drips
    unpacked_bytes: int = 2 << 30
    unpacked_times: float = 200  # the packed size; tables of figures take 5 to 60 times


LIMITS = Limits()


class Fault(Exception):
    """What is wrong with a file or an answer, in words; `hint`: the way out, where there is one of its own.

    `kind`: TRANSIENT, the next try may well succeed; GONE, REFUSED or PAGE (a web page in place of the file), another
    address may well have it; None: neither would help. `address`: the one that was asked.
    """

    def __init__(self, problem: str, hint: str = "", kind: str | None = None):
        super().__init__(problem)
        self.hint, self.kind = hint, kind
        self.address: str | None = None


@dataclass(frozen=True)
class Answer:
    """What a server says of a file: headers, and where it read so far the first bytes."""

    headers: dict[str, str] = field(default_factory=dict)
    start: bytes = b""

    @property
    def date(self) -> str | None:
        """When the file was last changed, else when it was sent (UTC, ISO 8601); None where the server does not say."""
        for name in ("Last-Modified", "Date"):
            with contextlib.suppress(KeyError, ValueError):
                moment = email.utils.parsedate_to_datetime(self.headers[name])
                moment = moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
                return moment.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return None

    @property
    def size(self) -> int | None:
        """Bytes of the file; None where the server does not say, or packs it for the transfer."""
        length = self.headers.get("Content-Length", "")
        return int(length) if length.isdigit() and not _packing(self.headers) else None


def fetch(
    url: str, file: BinaryIO, limits: Limits, hosts: Collection[str] = (), expected: Answer | None = None
) -> Answer:
    """Write what lies at `url` to `file`, unpacked where the server packs it for the transfer; return its answer.

    `hosts`: those that may be redirected to beside the address's own. `expected`: what the server said of the file
    when it was asked before. Raises Fault.
    """
    until = time.monotonic() + limits.total_s
    with _opened(url, limits, hosts) as (answer, said):
        both = expected.headers.keys() & said.headers.keys() if expected else ()
        changed = [name for name in SAME_FILE if name in both and expected.headers[name] != said.headers[name]]
        if changed:
            was = ", ".join(f"{name} {expected.headers[name]!r}, then {said.headers[name]!r}" for name in changed)
            raise Fault(f"the file changed while it was fetched ({was}).", kind=TRANSIENT)
        body = _Body(answer.raw, until, limits)
        for chunk in _content(body, said.headers, limits):
            file.write(chunk)
        body.check(said.headers)
    return said


def ask(url: str, limits: Limits, hosts: Collection[str] = ()) -> Answer:
    """Return what the server says of the file at `url`: of the file itself, its first bytes alone are read.

    Raises Fault, also where a web page is all that is there.
    """
    # No HEAD: some servers refuse it, and it does not show that a page comes in place of the file.
    with _opened(url, limits, hosts) as (answer, said):
        body = _Body(answer.raw, time.monotonic() + limits.total_s, limits)
        start = next(_content(body, said.headers, limits, step=512), b"")
        check_no_web_page(start)
        return Answer(said.headers, start)


def read_json(url: str, limits: Limits, hosts: Collection[str] = ()) -> dict:
    """Return the JSON object at `url`. Raises Fault."""
    file = io.BytesIO()
    with at(url):
        fetch(url, file, limits, hosts)
        check_no_web_page(file.getvalue())
        with contextlib.suppress(ValueError):
            if isinstance(content := json.loads(file.getvalue()), dict):
                return content
        raise Fault("the server answers with something else than a JSON object.")


def try_again(attempt: Callable[[], Any], named: str, limits: Limits) -> Any:
    """Return what `attempt` gives, again after a transient failure. `named`: what is attempted, for the log."""
    for number in itertools.count(1):
        try:
            return attempt()
        except Fault as fault:
            if fault.kind != TRANSIENT:
                raise
            if number == limits.attempts:
                given_up = Fault(f"{fault} Given up after {limits.attempts} tries.", fault.hint)
                given_up.address = fault.address
                raise given_up from None
            wait_s = limits.backoff_s * 2 ** (number - 1)
            log.info("%s: try %d of %d: %s Again in %g s", named, number, limits.attempts, fault, wait_s)
            time.sleep(wait_s)


def unpacked(packed: BinaryIO, limits: Limits, taken: Callable[[], int] | None = None, step: int = STEP):
    """Yield the content of a gzip file, part by part. `taken`: returns how many packed bytes were read so far.

    Raises Fault where it is damaged, cut short or expands beyond the limits.
    """
    taken, size = taken or packed.tell, 0
    try:
        content = gzip.GzipFile(fileobj=packed)
        while chunk := content.read(step):
            size += len(chunk)
            if size > SMALL and size > limits.unpacked_times * taken():
                raise Fault(
                    f"the file unpacks to more than {limits.unpacked_times:g} times its size, as no table does.",
                    "It is not unpacked any further, lest it fill the disk. Look at it by hand.",
                )
            yield chunk
    except EOFError:
        raise Fault("the file is truncated: what is packed in it has no end.", kind=TRANSIENT) from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise Fault(f"the packed file is damaged: {error}.", kind=TRANSIENT) from None


def check_no_web_page(start: bytes) -> None:
    """Raise Fault when a file that begins so is a web page."""
    if WEB_PAGE.match(start.removeprefix(b"\xef\xbb\xbf").strip()):
        raise Fault(
            "this is an HTML page, not a data file.",
            "Sites answer scripts so when they want a browser, or when the file has moved.",
            kind=PAGE,
        )


def host(url: str) -> str:
    """Return the host of a web address."""
    return (urlsplit(url).hostname or "").lower()


@contextlib.contextmanager
def at(url: str) -> Iterator[None]:
    """Let a Fault know at which address it happened."""
    try:
        yield
    except Fault as fault:
        fault.address = fault.address or url
        raise


class _Body(io.RawIOBase):
    """The bytes of an answer as they come, until all came or their time is over."""

    def __init__(self, raw, until, limits):
        self._raw, self._until, self._limits = raw, until, limits
        self._md5, self.size = hashlib.md5(usedforsecurity=False), 0

    def readable(self):
        return True

    def readinto(self, buffer):
        if time.monotonic() > self._until:
            raise Fault(
                f"the file came so slowly that it was not there after {self._limits.total_s:g} s, when "
                f"{self.size:,} bytes had come.",
                "Try again at another time, or fetch it in a browser.",
            )
        chunk = self._raw.read1(len(buffer), decode_content=False) or b""
        buffer[: len(chunk)] = chunk
        self.size += len(chunk)
        self._md5.update(chunk)
        return len(chunk)

    def check(self, headers):
        """Raise Fault when the bytes are not those that the server announced."""
        announced = headers.get("Content-MD5")
        if announced and announced != base64.b64encode(self._md5.digest()).decode():
            raise Fault("the file is damaged: its MD5 is not the one that the server announced.", kind=TRANSIENT)


def _packing(headers):
    packing = headers.get("Content-Encoding", "identity").lower().removeprefix("x-")
    return None if packing in ("", "identity") else packing


def _content(body, headers, limits, step=STEP):
    stream, size = io.BufferedReader(body), 0
    if (packing := _packing(headers)) not in (None, "gzip"):
        raise Fault(f"the server packs the file as {packing} for the transfer, which was not asked for.")
    parts = unpacked(stream, limits, lambda: body.size, step) if packing else iter(lambda: stream.read(step), b"")
    for chunk in parts:
        size += len(chunk)
        if size > limits.unpacked_bytes:
            raise Fault(f"the file has more than {limits.unpacked_bytes:,} bytes, as none of these tables has.")
        yield chunk


@contextlib.contextmanager
def _opened(url, limits, hosts):
    """Give the answer to a request, after redirects, and what it says of the file; its body is still to be read."""
    import requests  # here, since a file that the user supplies needs neither
    import urllib3

    answer = None
    with at(url), requests.Session() as session:
        try:
            for _ in range(1 + MOST_REDIRECTS):
                # The bytes as published, not packed for the transfer: some servers pack them nevertheless.
                asked = {"Accept-Encoding": "identity"}
                answer = session.get(url, stream=True, timeout=limits.silence_s, allow_redirects=False, headers=asked)
                if not answer.is_redirect:
                    break
                answer.close()
                url = _redirected(url, answer.headers["Location"], {host(url), *hosts})
            else:
                raise Fault(f"the server sends the request on, again and again, at last to {url}.", kind=REFUSED)
            if answer.status_code != 200:
                raise _status_fault(answer.status_code)
            yield answer, Answer({name: answer.headers[name] for name in answer.headers})
        except (requests.exceptions.SSLError, urllib3.exceptions.SSLError) as error:
            raise Fault(f"no secure connection: {_reason(error)}.") from None
        except (requests.Timeout, urllib3.exceptions.TimeoutError):
            raise Fault(f"the server did not answer within {limits.silence_s:g} s.", kind=TRANSIENT) from None
        except urllib3.exceptions.ProtocolError:
            length = answer.headers.get("Content-Length")
            announced = f"the server announced {length} bytes, and fewer came" if length else "the transfer broke off"
            raise Fault(f"the file is truncated: {announced}.", kind=TRANSIENT) from None
        except requests.ConnectionError as error:
            raise Fault(f"the connection to the server failed: {_reason(error)}.", kind=TRANSIENT) from None
        except (requests.RequestException, ValueError) as error:
            raise Fault(f"the address cannot be used: {error}.", "Correct it in the release file.") from None
        finally:
            if answer is not None:
                answer.close()


def _redirected(url, location, allowed):
    """Return the address that a request is sent on to; raise Fault where it leaves the hosts that may answer it."""
    target = urljoin(url, location)
    insecure = urlsplit(url).scheme == "https" and urlsplit(target).scheme != "https"
    if insecure or urlsplit(target).scheme not in ("http", "https"):
        raise Fault(f"the server sends the request on to {target}, which is not secure.", BY_HAND, kind=REFUSED)
    if host(target) not in allowed:
        raise Fault(
            f"the server sends the request on to another host: {target}.",
            f"If that is where the file now lies, add 'hosts: [{host(target)}]' to the source in the release file.",
            kind=REFUSED,
        )
    return target


def _status_fault(status):
    if status in GONE_STATUS:
        return Fault(
            f"there is no such file at the address (HTTP {status}).",
            "Publishers move and withdraw files: look for it on the page, and correct the address in the release file.",
            kind=GONE,
        )
    if status >= 500 or status in RETRYABLE_STATUS:
        return Fault(f"the server {'failed' if status >= 500 else 'is busy'} (HTTP {status}).", kind=TRANSIENT)
    if status < 300:
        return Fault(f"the server answers without the file (HTTP {status}).", BY_HAND)
    return Fault(f"the server refuses the file (HTTP {status}).", BY_HAND, kind=REFUSED)


def _reason(error):
    """The last and plainest part of a network error, e.g. `[Errno 111] Connection refused`."""
    return str(getattr(error.args[0], "reason", error) if error.args else error).rsplit(": ", 1)[-1].rstrip(".")
