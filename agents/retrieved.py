"""What was fetched from beyond this machine, as a line of the ledger and a fact of the journal."""

from datetime import datetime
from typing import Literal

from agents.models import Frozen

Kind = Literal["search", "page", "checkpoints", "weights", "package"]
"""A search of the web, one of its pages, a search of the Hugging Face Hub, a model of it, or a
package of Python."""


class Retrieval(Frozen):
    """One retrieval."""

    kind: Kind
    query: str
    """What was asked for; empty where the address says all."""
    address: str
    at: datetime
    """When, in UTC."""
    sha256: str
    """Of the text as it was received."""
    size: int
    """Of it, in bytes as UTF-8."""
    concerns: bool
    """Whether it is about this very competition."""
    reason: str
