"""A server on loopback that speaks as the official ones do, and fails as they do."""

import contextlib
import gzip
import http.server
import json
import threading
from urllib.parse import urlsplit


class Server:
    """A local server: `answers[path]` lists what it gives in turn, the last one for ever after.

    A turn is (status, body, headers), or a function that is given the handler and writes the whole answer. A path is
    looked up with its query, then without; where there is none, the answer is 404.
    """

    def __init__(self):
        self.answers = {}
        self.requests = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.requests.append(self.path)
                turns = outer.answers.get(self.path) or outer.answers.get(urlsplit(self.path).path)
                turn = turns.pop(0) if turns and len(turns) > 1 else (turns or [(404, b"no such file", {})])[0]
                with contextlib.suppress(ConnectionError):  # a client that has seen enough closes
                    turn(self) if callable(turn) else self.give(*turn)

            def give(self, status, body, headers):
                self.send_response_only(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    if value is not None:
                        self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def url(self, *turns, path="/ks2.csv", host="127.0.0.1"):
        """Return the address of `path`, and let it be answered so: turns of (status, body[, headers]) or functions."""
        if turns:
            self.answers[path] = [turn if callable(turn) else (*turn, {})[:3] for turn in turns]
        return f"http://{host}:{self.http.server_port}{path}"

    def json(self, path, content):
        return self.url((200, json.dumps(content).encode(), {"Content-Type": "application/json"}), path=path)

    # --- the official protocols

    def content_api(self, path, *attachments):
        """A page of gov.uk with attachments (title, address); return its address."""
        listed = [{"title": title, "url": url, "content_type": "text/csv"} for title, url in attachments]
        return self.json(path, {"title": "Inspections", "details": {"body": "<p/>", "attachments": listed}})

    def ees(self, data_set, versions, body, latest=None, base="/statistics/v1", headers=True):
        """A data set of Explore Education Statistics; return the address of the API.

        `versions`: {version: what its summary says beside the number, and under `changes` what it changed}. The table
        `body` is packed, as there, whatever the client accepts; `headers`: whether the answer says so.
        """
        latest = latest or [*versions][-1]
        data_sets = f"{base}/data-sets/{data_set}"
        of = {v: {"version": v, "status": "Published", "published": "2025-11-20T09:30:00Z"} for v in versions}
        of = {version: of[version] | {k: x for k, x in versions[version].items() if k != "changes"} for version in of}
        summary = {"id": data_set, "title": "Key stage 4 schools", "status": "Published"}
        self.json(data_sets, summary | {"latestVersion": {"version": latest}})
        paging = {"page": 1, "pageSize": 20, "totalResults": len(of), "totalPages": 1}
        self.json(f"{data_sets}/versions", {"paging": paging, "results": [*of.values()][::-1]})
        for version, said in of.items():
            self.json(f"{data_sets}/versions/{version}", said)
            self.json(f"{data_sets}/versions/{version}/changes", versions[version].get("changes", {}))
        packed = gzip.compress(body, mtime=0)
        said = {"Content-Encoding": "gzip"} if headers else {}
        for version in of:
            self.url((200, packed, said), path=f"{data_sets}/csv?dataSetVersion={version}")
        return self.url(path=base)

    def close(self):
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()


@contextlib.contextmanager
def running(monkeypatch):
    """A server that ends with the test; it is reached past any proxy of the machine."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1,localhost")
    server = Server()
    try:
        yield server
    finally:
        server.close()


def in_parts(parts, wait=None, headers=()):
    """Return a turn that sends a body part by part, calling `wait` after each one; without Content-Length."""

    def turn(handler):
        handler.send_response_only(200)
        for name, value in dict(headers).items():
            handler.send_header(name, value)
        handler.end_headers()
        for part in parts:
            handler.wfile.write(part)
            handler.wfile.flush()
            if wait:
                wait()

    return turn
