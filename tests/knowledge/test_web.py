"""Searching and reading over real HTTP, with what goes wrong there."""

import json

import pytest

from agents.errors import RetrievalError
from agents.knowledge import web
from agents.knowledge.web import DuckDuckGo, Hit, Tavily, open_web, text_of
from tests.knowledge.pages import Answer, pages

RESULTS = """
<html><body><div class="results">
<div class="result result--ad"><h2><a class="result__a" href="https://duckduckgo.com/y.js?ad=1">
Buy boats</a></h2><a class="result__snippet">cheap</a></div>
<div class="result"><h2 class="result__title">
<a rel="nofollow" class="result__a"
 href="//duckduckgo.com/l/?uddg=https%3A%2F%2Fexample.org%2Fa%3Fb%3D1&amp;rut=x">
Tides &amp; <b>boats</b></a>
</h2><a class="result__snippet" href="#">How <b>tides</b> move boats.</a></div>
<div class="result"><h2><a class="result__a" href="https://example.net/plain">No words</a></h2>
</div>
</div></body></html>
"""
PAGE = """
<!doctype html><html><head><title>Hidden title</title><style>p {color: red}</style><body>
<nav><ul><li>Menu</li></ul></nav>
<article><h1>Tides</h1><p>They come
   twice a <b>day</b>.</p>
<pre>for hour in day:
    rise(hour)</pre>
<script>steal()</script></article><footer>Imprint</footer></body></html>
"""


def limit(answer: Answer) -> float:
    """Seconds that a call is given: a busy machine takes its time, a silent server all of it."""
    return 0.3 if answer.silent else 20.0


def duck(url: str, seconds: float = 20.0) -> DuckDuckGo:
    return DuckDuckGo(endpoint=f"{url}/html/", seconds=seconds, public_only=False)


async def test_a_search_without_a_key_gives_results_and_no_advertisements() -> None:
    with pages({"/html/": Answer(RESULTS)}) as server:
        hits = await duck(server.url).search("tides of boats")
    assert hits == (
        Hit(
            title="Tides & boats",
            address="https://example.org/a?b=1",
            words="How tides move boats.",
        ),
        Hit(title="No words", address="https://example.net/plain", words=""),
    )
    assert server.requests[0].body == "q=tides+of+boats"


async def test_a_search_with_a_key_sends_it_and_gives_as_many_as_wanted() -> None:
    found = [
        {"title": f"T{n}", "url": f"https://example.org/{n}", "content": "c"} for n in range(9)
    ]
    with pages(
        {"/search": Answer(json.dumps({"results": found}), kind="application/json")}
    ) as server:
        hits = await Tavily("k-1", endpoint=f"{server.url}/search").search("tides", most=2)
    assert [hit.title for hit in hits] == ["T0", "T1"]
    assert json.loads(server.requests[0].body) == {"query": "tides", "max_results": 2}
    assert server.requests[0].headers["authorization"] == "Bearer k-1"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(status=202), "refuses more searches"),
        (Answer(status=500), "500 Internal Server Error"),
        (Answer(silent=True), "did not answer within 0.3 s"),
    ],
)
async def test_a_search_that_fails_says_why(answer: Answer, said: str) -> None:
    with pages({"/html/": answer}) as server, pytest.raises(RetrievalError, match=said):
        await duck(server.url, limit(answer)).search("tides")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(status=401), "mend or remove TAVILY_API_KEY"),
        (Answer("{}", kind="application/json"), "a form that is not known"),
        (Answer("<html>", kind="text/html"), "a form that is not known"),
        (Answer('{"results": [{"title": null}]}'), "a form that is not known"),
    ],
)
async def test_a_service_with_a_key_that_fails_says_why(answer: Answer, said: str) -> None:
    with pages({"/search": answer}) as server, pytest.raises(RetrievalError, match=said):
        await Tavily("k-1", endpoint=f"{server.url}/search").search("tides")


async def test_nobody_at_the_address_is_said() -> None:
    with pages({}) as server:
        gone = server.url
    with pytest.raises(RetrievalError, match=r"127\.0\.0\.1 cannot be read"):
        await duck(gone).search("tides")


async def test_a_page_is_read_as_a_person_would() -> None:
    with pages({"/": Answer(PAGE)}) as server:
        page = await duck(server.url).fetch(f"{server.url}/tides")
    assert page.whole
    lines = [line for line in page.text.splitlines() if line]
    assert lines == ["Tides", "They come twice a day.", "for hour in day:", "    rise(hour)"]


async def test_a_page_is_followed_to_where_it_went_but_not_for_ever() -> None:
    answers = {
        "/old": Answer(status=301, headers={"location": "/new"}),
        "/new": Answer("plain words", kind="text/plain"),
        "/round": Answer(status=302, headers={"location": "/round"}),
    }
    with pages(answers) as server:
        page = await duck(server.url).fetch(f"{server.url}/old")
        with pytest.raises(RetrievalError, match="without an end"):
            await duck(server.url).fetch(f"{server.url}/round")
    assert (page.address, page.text) == (f"{server.url}/new", "plain words")


async def test_a_large_page_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "MOST_BYTES", 1_000)
    with pages({"/": Answer("é" * 5_000, kind="text/plain")}) as server:
        page = await duck(server.url).fetch(server.url)
    assert not page.whole
    assert page.text == "é" * 500


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(b"\x00\x01", kind="application/zip"), "no text but application/zip"),
        (Answer(status=404), "404 Not Found"),
        (Answer(silent=True), "did not answer within"),
        (Answer(status=302, headers={"location": "file:///etc/hosts"}), "no address of the web"),
    ],
)
async def test_what_is_no_page_is_refused(answer: Answer, said: str) -> None:
    with pages({"/": answer}) as server, pytest.raises(RetrievalError, match=said):
        await duck(server.url, limit(answer)).fetch(server.url)


async def test_addresses_inside_the_users_own_network_are_never_read() -> None:
    with (
        pages({"/": Answer("secret")}) as inner,
        pytest.raises(RetrievalError, match="no public address"),
    ):
        await DuckDuckGo().fetch(inner.url)
    assert inner.requests == []


@pytest.mark.parametrize("address", ["ftp://example.org/a", "words", "http:///a"])
async def test_only_addresses_of_the_web_are_read(address: str) -> None:
    with pytest.raises(RetrievalError, match="no address of the web"):
        await DuckDuckGo().fetch(address)


def test_the_web_is_closed_unless_allowed_and_a_key_chooses_the_service() -> None:
    assert open_web({"TAVILY_API_KEY": "k"}, allowed=False) is None
    chosen = [open_web(environment, allowed=True) for environment in ({}, {"TAVILY_API_KEY": "k"})]
    assert [each.name for each in chosen if each is not None] == ["DuckDuckGo", "Tavily"]


def test_broken_html_is_read_as_far_as_it_goes() -> None:
    assert text_of("<p>one<script>x</p><p>two</script><p>three <nav><p>menu") == "one\nthree"
