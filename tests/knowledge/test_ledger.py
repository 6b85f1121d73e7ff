"""The ledger of what was fetched, and whether it concerns this very competition."""

from datetime import UTC, datetime
from hashlib import sha256

import pytest

from agents.knowledge.ledger import concerns, entry, ledger_markdown
from agents.models import MetricChoice, Table, Target, Task

DESCRIPTION = """# Harbour Delay Challenge of the North

Predict how late every ferry leaves the harbour when the wind turns and the tide is still running
against it, from what the harbour master wrote down in the evening before.
"""
AT = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


def task(name: str = "harbour-delays-2031", description: str = DESCRIPTION) -> Task:
    columns = ("id", "wind", "crewSize", "hull_length", "berth2", "delay")
    return Task(
        name=name,
        problem="regression",
        targets=(Target(name="delay", kind="number"),),
        id_column="id",
        metric=MetricChoice(name="rmse", direction="lower", title="RMSE", source="default"),
        tables=(Table(path="train.csv", role="train", rows=9, columns=columns),),
        description_text=description,
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("My solution of Harbour Delays 2031 (3rd place)", "the name “harbour-delays-2031”"),
        ("see github.com/x/harbour_delays_2031/", "the name"),
        ("The HARBOUR delay challenge, of the North:", "the title"),
        ("df[['crewSize', 'hull_length', 'berth2']]", "3 of its columns (`crewSize`"),
        (DESCRIPTION.partition("\n")[2].upper(), "sentences of its description"),
    ],
)
def test_a_text_about_this_competition_is_recognised(text: str, reason: str) -> None:
    found = concerns(text, task())
    assert found.found
    assert reason in found.reason


@pytest.mark.parametrize(
    "text",
    [
        "",
        "How wind and tide delay ferries in any harbour, with an id and a target.",
        "df['crewSize'] of another data set",
        "Predict how late every ferry leaves the harbour",
    ],
)
def test_a_text_about_the_subject_alone_is_not(text: str) -> None:
    assert not concerns(text, task()).found


@pytest.mark.parametrize("name", ["data", "train", "my-competition", "kaggle_data_2", "ferry"])
def test_an_everyday_name_proves_nothing(name: str) -> None:
    text = f"Download the {name.replace('-', ' ')} and train; data, ferry, kaggle data 2"
    assert not concerns(text, task(name=name, description="")).found


def test_an_entry_says_what_was_received_and_when() -> None:
    one = entry("page", "https://example.org/é", "tides: é", task(), query="tides", at=AT)
    assert (one.size, one.sha256) == (9, sha256("tides: é".encode()).hexdigest())
    assert not one.concerns


def test_the_ledger_is_a_table_that_no_text_can_break() -> None:
    about = "the code of harbour-delays-2031"
    later = AT.replace(minute=45)
    entries = [
        entry("page", "https://example.org/a|b", about, task(), query="x\n| y |", at=later),
        entry("search", "https://example.org", "tides", task(), query="tides", at=AT),
    ]
    lines = ledger_markdown(entries).splitlines()
    assert lines[0].startswith("2 retrieval(s)")
    assert "1 of them about this very competition" in lines[0]
    rows = lines[4:]
    assert ["2026-03-01 12:30:00" in rows[0], "2026-03-01 12:45:00" in rows[1]] == [True, True]
    assert "**yes**" in rows[1]
    assert all(row.replace("\\|", "").count("|") == lines[2].count("|") for row in rows)


def test_an_empty_ledger_says_so() -> None:
    assert ledger_markdown([]) == "Nothing was fetched from beyond this machine.\n"
