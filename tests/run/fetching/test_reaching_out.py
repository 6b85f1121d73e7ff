"""What goes out into a search box, and what of a page comes back into a prompt."""

from agents.knowledge.web import DuckDuckGo
from agents.models import Fault, MetricChoice, Task
from agents.run.fetching.reaching_out import around, fetched, query_for
from tests.knowledge.pages import Answer, pages

METRIC = MetricChoice(name="accuracy", direction="higher", title="accuracy", source="default")


def test_a_query_holds_the_librarys_words_and_no_cell_of_the_data() -> None:
    refused = Fault(
        kind="incompatible API",
        component="model.py",
        message="TypeError: OneHotEncoder.__init__() got an unexpected keyword argument 'sparse'",
    )
    unreadable = Fault(
        kind="preprocessing logic",
        component="preprocess.py",
        message="ValueError: could not convert string to float: 'Anna Meier, Bonn'",
    )

    assert "OneHotEncoder" in query_for(refused)
    assert "sparse" in query_for(refused)
    assert query_for(unreadable) == "python ValueError could not convert string to float:"


def test_of_a_long_page_the_paragraphs_about_the_query_are_kept_in_their_order() -> None:
    page = "\n\n".join(
        [
            "Menu and more",
            "The keyword sparse was renamed.",
            "x" * 900,
            "Use keyword sparse_output.",
        ]
    )

    kept = around(page, "unexpected keyword argument sparse", letters=120)

    assert kept == "The keyword sparse was renamed.\n\nUse keyword sparse_output."


async def test_pages_are_read_and_what_concerns_the_competition_is_left_out() -> None:
    stated = Task(
        name="Ferry Delays of Ostend",
        problem="binary",
        targets=(),
        id_column=None,
        metric=METRIC,
        tables=(),
    )
    listed = "".join(
        f'<div class="result"><h2><a class="result__a" href="{{url}}/{name}">{name}</a></h2></div>'
        for name in ("help", "cheat", "more")
    )
    answers = {
        "/help": Answer("<p>The keyword sparse was renamed sparse_output.</p>"),
        "/cheat": Answer(f"<p>Solutions of {stated.name}: the keyword sparse.</p>"),
        "/more": Answer("<p>Nobody comes here.</p>"),
    }
    with pages(answers) as server:
        answers["/html/"] = Answer(listed.replace("{url}", server.url))
        web = DuckDuckGo(endpoint=f"{server.url}/html/", public_only=False)
        found = await fetched(web, stated, "keyword sparse")

    assert [one.kind for one in found.entries] == ["search", "page", "page"]
    assert [one.concerns for one in found.entries] == [False, False, True]
    told = "\n".join(found.words)
    assert "renamed sparse_output" in told
    assert "Solutions of" not in told
