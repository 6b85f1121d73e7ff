"""What a run fetches from beyond this machine: only where the person allows it, and all of it told.

Each retrieval is recorded, so that a run that goes on reads what was read before, and is journaled
as a line of the ledger (`ledger.md` of the workspace). What concerns this very competition may hold
other people's answers: it is named in the ledger and goes into no prompt.
"""

import os
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from agents.errors import RetrievalError
from agents.journal import events
from agents.knowledge.ledger import entry, ledger_markdown
from agents.knowledge.web import Hit, Web, open_web
from agents.models import Fault, Task
from agents.repairs.memory import signature
from agents.retrieved import Retrieval
from agents.run.switches import may_reach_out
from agents.run.world import World

MOST_HITS = 5
PAGES_READ = 2
LETTERS_A_PAGE = 2_500
"""Of a page, around the words that were asked for."""


@dataclass
class Fetched:
    """What one search brought."""

    words: list[str] = field(default_factory=list)
    entries: list[Retrieval] = field(default_factory=list)

    def take(self, found: Retrieval, title: str, text: str) -> None:
        """Notes a retrieval, and keeps its text unless that is about this very competition."""
        self.entries.append(found)
        if not found.concerns:
            self.words.append(f"From {title}:\n\n{text.strip()}")


def tell_retrieved(world: World, entries: Sequence[Retrieval]) -> None:
    """Journals what was fetched."""
    for one in entries:
        world.tell(events.Retrieved(entry=one))


def ledger(world: World) -> str:
    """All that this run fetched, as Markdown."""
    facts = (fact.event for fact in world.facts.of_run())
    return ledger_markdown([one.entry for one in facts if isinstance(one, events.Retrieved)])


async def search_web(world: World, task: Task, path: str, fault: Fault) -> str:
    """What the web says about a fault; empty where it may not be asked or says nothing.

    The query holds the exception and its words, and nothing of the person's data.
    """
    web = open_web(os.environ, allowed=may_reach_out(world.settings))
    if web is None:
        return ""
    query = query_for(fault)

    async def fetch() -> JsonValue:
        try:
            found = await fetched(web, task, query)
        except RetrievalError as error:
            world.notice(f"The web was asked for “{query}” in vain: {error}")
            return {"words": "", "entries": []}
        return {
            "words": "\n\n".join(found.words),
            "entries": [one.model_dump(mode="json") for one in found.entries],
        }

    found = await world.steps.step(
        f"{path}/web", {"query": query}, fetch, label=f"Asking {web.name}"
    )
    assert isinstance(found, dict)
    entries = found["entries"]
    assert isinstance(entries, list)
    tell_retrieved(world, [Retrieval.model_validate(one) for one in entries])
    return str(found["words"])


def query_for(fault: Fault) -> str:
    """A fault as one would type it into a search box."""
    _, exception, call, words = signature(fault).split(" | ")
    said = re.sub(r"[…#]", " ", words)
    return " ".join(dict.fromkeys(f"python {exception} {call} {said}".split()))


async def fetched(web: Web, task: Task, query: str) -> Fetched:
    """The results of a search, and the first pages of it that can be read.

    Raises:
        RetrievalError: The search itself brought nothing.
    """
    found = Fetched()
    hits = await web.search(query, most=MOST_HITS)
    listed = "\n".join(f"- {hit.title}: {hit.words}" for hit in hits)
    found.take(entry("search", web.name, listed, task, query=query), "the search", listed)
    async for hit, text in _pages(web, hits):
        read = entry("page", hit.address, text, task)
        found.take(read, f"“{hit.title}” ({hit.address})", around(text, query))
    return found


async def _pages(web: Web, hits: Sequence[Hit]) -> AsyncIterator[tuple[Hit, str]]:
    """The pages that can be read, until there are enough."""
    read = 0
    for hit in hits:
        if read == PAGES_READ:
            return
        try:
            page = await web.fetch(hit.address)
        except RetrievalError:
            continue
        read += 1
        yield hit, page.text


def around(text: str, query: str, letters: int = LETTERS_A_PAGE) -> str:
    """The paragraphs of a text that share most words with a query, in their order."""
    wanted = _long_words(query)
    paragraphs = [one for one in re.split(r"\n\s*\n", text) if one.strip()]
    marks = [len(wanted & _long_words(one)) for one in paragraphs]
    chosen: set[int] = set()
    left = letters
    for place in sorted(range(len(paragraphs)), key=lambda place: -marks[place]):
        if marks[place] and len(paragraphs[place]) <= left:
            chosen.add(place)
            left -= len(paragraphs[place])
    return "\n\n".join(paragraphs[place] for place in sorted(chosen))


def _long_words(text: str) -> set[str]:
    return {word.lower() for word in re.findall(r"\w{4,}", text)}
