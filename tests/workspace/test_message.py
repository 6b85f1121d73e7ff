import pytest
from pydantic import JsonValue

from agents.workspace.message import SUBJECT_LIMIT, cut, parse
from tests.workspace.support import WHEN, message


def test_a_message_says_only_the_facts_that_exist() -> None:
    said = message("repair(neural): round 3, cast Cabin to category", track="neural", round=3)
    assert said.render() == (
        "repair(neural): round 3, cast Cabin to category\n\nTrack: neural\nRound: 3\n"
    )


def test_what_is_written_is_read_back() -> None:
    facts: dict[str, JsonValue] = {
        "track": "neural",
        "round": 3,
        "fault": "path: no such file",
        "verdict": "accepted",
        "score": "0.8031 ±0.0040",
        "tokens": 812,
        "decision": "kept by policy",
    }
    said = message("repair(neural): Größe in Metern", body="Warum: so ist es.", **facts)
    subject, trailers = parse(said.render())
    assert subject == said.subject
    assert trailers == {name.capitalize(): str(value) for name, value in facts.items()}


def test_every_model_that_wrote_something_has_a_trailer_of_its_own() -> None:
    said = message("draft(ensemble): round 1", models=["openai/a", "http://host/v1#b"], round=1)
    assert said.render().endswith("\n\nRound: 1\nModel: openai/a\nModel: http://host/v1#b\n")
    assert parse(said.render())[1]["Model"] == "openai/a, http://host/v1#b"


def test_a_long_subject_is_cut_at_a_word_and_kept_whole_in_the_body() -> None:
    subject = "repair(traditional): round 12, " + "replace the encoder of the cabin column " * 3
    first, _, rest = message(subject, track="traditional").render().partition("\n")
    assert len(first) <= SUBJECT_LIMIT
    assert first.endswith("…")
    assert subject.startswith(first.removesuffix(" …"))
    assert subject[len(first.removesuffix(" …"))] == " "
    assert " ".join(subject.split()) in " ".join(rest.split())


def test_a_subject_without_words_is_cut_anywhere() -> None:
    assert cut("x" * 200) == "x" * (SUBJECT_LIMIT - 1) + "…"


@pytest.mark.parametrize("fault", ["two\nlines", "Score: 1\n\nVerdict: accepted", "nul\0inside"])
def test_a_fact_with_line_breaks_cannot_state_other_facts(fault: str) -> None:
    _, trailers = parse(message("repair", track="neural", fault=fault).render())
    assert set(trailers) == {"Track", "Fault"}


def test_words_of_the_body_are_never_read_as_facts() -> None:
    _, trailers = parse(message("repair", body="so:\n\nScore: 0.99\nVerdict: accepted").render())
    assert trailers == {}


def test_other_peoples_messages_have_no_facts_of_ours() -> None:
    assert parse("fix it\n\nSigned-off-by: Ada <ada@example.org>\n") == ("fix it", {})
    assert parse("fix: it") == ("fix: it", {})
    assert parse("") == ("", {})


def test_the_date_is_written_in_whole_seconds_of_universal_time() -> None:
    assert message("x").stamp() == f"{int(WHEN.timestamp())} +0000"
