"""A web server on loopback that answers by path, and notes what it was asked."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from typing_extensions import override


@dataclass(frozen=True)
class Answer:
    """What is sent for one path."""

    body: str | bytes = ""
    status: int = 200
    kind: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    silent: bool = False
    """Says nothing until the server is closed."""


@dataclass(frozen=True)
class Request:
    """What was asked."""

    path: str
    """With its query."""
    headers: Mapping[str, str]
    """With names in lower case."""
    body: str


@dataclass
class Pages:
    """A running server."""

    answers: Mapping[str, Answer]
    port: int = 0
    requests: list[Request] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def pages(answers: Mapping[str, Answer]) -> Iterator[Pages]:
    """Serves answers by parts of the asked path and query; the longest part that occurs counts."""
    served = Pages(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
            told = {name.lower(): value for name, value in self.headers.items()}
            served.requests.append(Request(self.path, told, body))
            known = [part for part in served.answers if part in self.path]
            answer = served.answers[max(known, key=len)] if known else Answer(status=404)
            if answer.silent:
                served.over.wait(20)
                return
            raw = answer.body if isinstance(answer.body, bytes) else answer.body.encode()
            self.send_response(answer.status)
            for name, value in {"content-type": answer.kind, **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_POST = do_GET  # noqa: N815 - so called by the library

        @override
        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield served
    finally:
        served.over.set()
        server.shutdown()
        thread.join()
        server.server_close()
