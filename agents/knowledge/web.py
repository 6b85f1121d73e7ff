"""Searching the web and reading its pages, where the user allows it.

Two services behind one interface: DuckDuckGo's page without scripts, which needs no key, and
Tavily, where `TAVILY_API_KEY` is set (https://docs.tavily.com/api-reference). Pages are read as
text, only from public addresses, and only up to a size: what comes from the web is data to judge,
never an instruction. Each call opens one connection of its own and is given some seconds.
"""

import asyncio
import ipaddress
import re
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from html.parser import HTMLParser
from typing import Final, Protocol
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
from typing_extensions import override

from agents.errors import RetrievalError
from agents.models import Frozen

KEY: Final = "TAVILY_API_KEY"
DUCKDUCKGO: Final = "https://html.duckduckgo.com/html/"
TAVILY: Final = "https://api.tavily.com/search"
SECONDS: Final = 10.0
MOST_BYTES: Final = 2_000_000
"""Of a page; what comes after is not read."""
MOST_LETTERS: Final = 20_000
"""Of a page's text."""
_MOST_REDIRECTS = 5
_READABLE = ("text/", "application/xhtml", "application/json", "application/xml")
_AGENT = {"User-Agent": "Mozilla/5.0 (compatible; iml-tui)"}


class Hit(Frozen):
    """One result of a search."""

    title: str
    address: str
    words: str
    """What the service quotes of it."""


class Page(Frozen):
    """A page that was read."""

    address: str
    """Where it was found in the end."""
    text: str
    whole: bool
    """Whether nothing was left out for its size."""


class Web(Protocol):
    """Something that searches the web and reads pages."""

    @property
    def name(self) -> str:
        """What it is called."""

    async def search(self, query: str, *, most: int = 5) -> tuple[Hit, ...]:
        """The first results of a search.

        Raises:
            RetrievalError: there was no answer that could be read.
        """

    async def fetch(self, address: str) -> Page:
        """The text of a page.

        Raises:
            RetrievalError: it cannot be had, is no text, or lies at no public address.
        """


def open_web(environment: Mapping[str, str], *, allowed: bool) -> Web | None:
    """The service that a run searches with: Tavily with a key, else DuckDuckGo.

    Args:
        environment: May hold the key.
        allowed: Whether the user said yes to the web; None comes back otherwise.
    """
    if not allowed:
        return None
    key = environment.get(KEY, "").strip()
    return Tavily(key) if key else DuckDuckGo()


class Pages:
    """Reading pages; the same for every service."""

    def __init__(self, *, seconds: float = SECONDS, public_only: bool = True) -> None:
        """Opens nothing yet.

        Args:
            seconds: For each call in all.
            public_only: Whether addresses of this machine and its network are refused.
        """
        self._seconds = seconds
        self._public_only = public_only

    async def fetch(self, address: str) -> Page:
        """The text of a page; see `Web`."""
        async with _one_call(self._seconds, address) as client:
            for _ in range(_MOST_REDIRECTS + 1):
                await self._check(address)
                async with client.stream("GET", address) as response:
                    if response.is_redirect:
                        address = urljoin(address, response.headers.get("location", ""))
                        continue
                    _check_status(response, address)
                    return await _page(response, address)
        raise RetrievalError(f"{address} sends from one address to the next without an end.")

    async def _check(self, address: str) -> None:
        """Refuses what is not on the public web, since a page may send anywhere."""
        parts = urlsplit(address)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise RetrievalError(f"{address} is no address of the web (http or https).")
        if self._public_only and not await _is_public(parts.hostname):
            raise RetrievalError(f"{address} lies on no public address, so it is not read.")


class DuckDuckGo(Pages):
    """The page without scripts of DuckDuckGo; needs no key and answers a few searches a minute."""

    name = "DuckDuckGo"

    def __init__(
        self, *, endpoint: str = DUCKDUCKGO, seconds: float = SECONDS, public_only: bool = True
    ) -> None:
        """Opens nothing yet; see `Pages`."""
        super().__init__(seconds=seconds, public_only=public_only)
        self._endpoint = endpoint

    async def search(self, query: str, *, most: int = 5) -> tuple[Hit, ...]:
        """The first results of a search; see `Web`."""
        async with _one_call(self._seconds, self._endpoint) as client:
            response = await client.post(self._endpoint, data={"q": query})
        if response.status_code == httpx.codes.ACCEPTED:
            raise RetrievalError(
                f"{self.name} refuses more searches for now: wait some minutes, or set {KEY}."
            )
        _check_status(response, self._endpoint)
        reader = _Results()
        reader.feed(response.text)
        return tuple(reader.hits[:most])


class Tavily(Pages):
    """The search service Tavily, with a key."""

    name = "Tavily"

    def __init__(
        self,
        key: str,
        *,
        endpoint: str = TAVILY,
        seconds: float = SECONDS,
        public_only: bool = True,
    ) -> None:
        """Opens nothing yet; see `Pages`."""
        super().__init__(seconds=seconds, public_only=public_only)
        self._key = key
        self._endpoint = endpoint

    async def search(self, query: str, *, most: int = 5) -> tuple[Hit, ...]:
        """The first results of a search; see `Web`."""
        async with _one_call(self._seconds, self._endpoint) as client:
            response = await client.post(
                self._endpoint,
                json={"query": query, "max_results": most},
                headers={"Authorization": f"Bearer {self._key}"},
            )
        if response.status_code in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
            raise RetrievalError(f"{self.name} refuses the key: mend or remove {KEY}.")
        _check_status(response, self._endpoint)
        try:
            return tuple(
                Hit(title=one["title"], address=one["url"], words=one.get("content") or "")
                for one in response.json()["results"][:most]
            )
        except (ValueError, KeyError, TypeError) as error:
            raise RetrievalError(f"{self.name} answers in a form that is not known.") from error


# --- connections --------------------------------------------------------------------------------


@asynccontextmanager
async def _one_call(seconds: float, address: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client for one call; what goes wrong while it is used becomes one sentence."""
    host = urlsplit(address).hostname or address
    try:
        async with (
            asyncio.timeout(seconds),
            httpx.AsyncClient(timeout=seconds, headers=_AGENT) as client,
        ):
            yield client
    except (TimeoutError, httpx.TimeoutException) as error:
        raise RetrievalError(f"{host} did not answer within {seconds:g} s.") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        why = str(error) or type(error).__name__
        raise RetrievalError(f"{host} cannot be read ({why}).") from error


def _check_status(response: httpx.Response, address: str) -> None:
    if not response.is_success:
        said = f"{response.status_code} {response.reason_phrase}".strip()
        raise RetrievalError(f"{address} was not given out ({said}).")


async def _is_public(host: str) -> bool:
    """Whether all addresses of a host lie on the public internet; true where it has none."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return True  # connecting will say better what is wrong
    return all(ipaddress.ip_address(str(one[4][0]).partition("%")[0]).is_global for one in found)


async def _page(response: httpx.Response, address: str) -> Page:
    kind = response.headers.get("content-type", "text/html").lower()
    if not kind.startswith(_READABLE):
        raise RetrievalError(f"{address} is no text but {kind.partition(';')[0]}.")
    raw, cut = bytearray(), False
    async for piece in response.aiter_bytes():
        raw += piece
        if len(raw) > MOST_BYTES:
            cut = True
            break
    text = _decoded(bytes(raw[:MOST_BYTES]), response.charset_encoding)
    if "html" in kind:
        text = text_of(text)
    return Page(
        address=address, text=text[:MOST_LETTERS], whole=not cut and len(text) <= MOST_LETTERS
    )


def _decoded(raw: bytes, encoding: str | None) -> str:
    try:
        return raw.decode(encoding or "utf-8", errors="replace")
    except LookupError:
        return raw.decode("utf-8", errors="replace")


# --- reading HTML -------------------------------------------------------------------------------


def text_of(html: str) -> str:
    """What a person would read of a page, a line a block, code with its own line breaks."""
    reader = _Text()
    reader.feed(html)
    reader.close()
    return reader.text


class _Text(HTMLParser):
    """Collects what stands outside scripts, menus and frames."""

    _HIDDEN = frozenset(
        {"aside", "footer", "head", "nav", "noscript", "script", "style", "svg", "template"}
    )
    _BLOCKS = frozenset(
        {"article", "blockquote", "br", "dd", "div", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "hr",
         "li", "main", "ol", "p", "pre", "section", "table", "td", "th", "tr", "ul"}
    )  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self._hidden: list[str] = []
        self._in_code = 0
        self._parts: list[str] = []

    @property
    def text(self) -> str:
        """Without blank lines in a row."""
        lines = "".join(self._parts).splitlines()
        kept = (line.rstrip() for line in lines)
        return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "body":
            self._hidden.clear()  # the end of the head may be left out
        if tag in self._HIDDEN:
            self._hidden.append(tag)
        self._in_code += tag == "pre"
        self._break(tag)

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag in self._hidden:
            # What was left open inside is closed with it.
            del self._hidden[self._hidden.index(tag) :]
        self._in_code = max(0, self._in_code - (tag == "pre"))
        self._break(tag)

    @override
    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        if self._in_code:
            self._parts.append(data)
            return
        at_start = not self._parts or self._parts[-1].endswith(("\n", " "))
        words = re.sub(r"\s+", " ", data)
        self._parts.append(words.lstrip() if at_start else words)

    def _break(self, tag: str) -> None:
        if tag in self._BLOCKS and not self._hidden:
            self._parts.append("\n")


class _Results(HTMLParser):
    """Collects the results of DuckDuckGo's page without scripts; advertisements are left out."""

    def __init__(self) -> None:
        super().__init__()
        self.hits: list[Hit] = []
        self._listed = False
        self._part = ""

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        classes = told.get("class", "").split()
        if tag == "a" and "result__a" in classes:
            address = _target(told.get("href", ""))
            self._listed = bool(address)
            if address:
                self.hits.append(Hit(title="", address=address, words=""))
            self._part = "title" if address else ""
        elif "result__snippet" in classes and self._listed:
            self._part = "words"

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag in {"a", "td", "div"}:
            self._part = ""

    @override
    def handle_data(self, data: str) -> None:
        if self._part:
            last = self.hits[-1]
            longer = re.sub(r"\s+", " ", f"{getattr(last, self._part)}{data}").lstrip()
            self.hits[-1] = last.model_copy(update={self._part: longer})


def _target(link: str) -> str:
    """Where a link of the result page leads; empty for an advertisement."""
    link = urljoin("https:", link)
    parts = urlsplit(link)
    if (parts.hostname or "").endswith("duckduckgo.com"):
        return parse_qs(parts.query).get("uddg", [""])[0] if parts.path == "/l/" else ""
    return link if parts.scheme in {"http", "https"} else ""
