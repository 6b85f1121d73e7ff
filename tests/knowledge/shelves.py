"""A Hugging Face Hub on loopback that gives out folders of files, as its client asks for them."""

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from typing_extensions import override

REVISION = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Shelves:
    """A running server."""

    folders: Mapping[str, Path]
    """Files by repository."""
    listed: list[dict[str, object]] = field(default_factory=list)
    """What a search finds."""
    port: int = 0
    asked: list[str] = field(default_factory=list)
    """Methods and paths."""
    silent: bool = False
    """Whether files are begun and never ended."""
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def content(self, path: str) -> tuple[bytes, dict[str, str]] | None:
        """The body and headers for a path; None where there is nothing."""
        path = unquote(urlsplit(path).path)
        if path == "/api/models":
            return _as_json(self.listed)
        for name, folder in self.folders.items():
            if path.startswith(f"/api/models/{name}/tree/"):
                return _as_json(_tree(folder))
            if path == f"/api/models/{name}" or path.startswith(f"/api/models/{name}/revision/"):
                return _as_json(_told(name, folder))
            begin = f"/{name}/resolve/{REVISION}/"
            file = folder / path.removeprefix(begin)
            if path.startswith(begin) and file.is_file():
                body = file.read_bytes()
                etag = hashlib.sha256(body).hexdigest()
                return body, {"etag": f'"{etag}"', "x-repo-commit": REVISION}
        return None


def _as_json(content: object) -> tuple[bytes, dict[str, str]]:
    return json.dumps(content).encode(), {"content-type": "application/json"}


def _tree(folder: Path) -> list[dict[str, object]]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return [
        {
            "type": "file",
            "path": path.relative_to(folder).as_posix(),
            "size": path.stat().st_size,
            "oid": hashlib.sha1(path.read_bytes(), usedforsecurity=False).hexdigest(),
        }
        for path in files
    ]


def _told(name: str, folder: Path) -> dict[str, object]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    siblings = [
        {
            "rfilename": path.relative_to(folder).as_posix(),
            "size": path.stat().st_size,
            "blobId": hashlib.sha1(path.read_bytes(), usedforsecurity=False).hexdigest(),
        }
        for path in files
    ]
    return {"id": name, "sha": REVISION, "siblings": siblings, "tags": [], "private": False}


@contextmanager
def shelves(folders: Mapping[str, Path]) -> Iterator[Shelves]:
    """Serves folders by the names of repositories."""
    served = Shelves(folders)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            served.asked.append(f"{self.command} {self.path}")
            found = served.content(self.path)
            body, headers = found if found is not None else (b"{}", {})
            self.send_response(404 if found is None else 200)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            if self.command == "HEAD":
                return
            if served.silent and "/resolve/" in self.path:
                served.over.wait(20)
            else:
                self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815 - so called by the library

        @override
        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
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
