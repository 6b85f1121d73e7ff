"""Assembler (paper 3.2.2): a candidate's parts, its folds, decision and format as one program.

What comes out imports nothing of this project. Everything that the engine does around a candidate
(dealing rows into folds, averaging, deciding, writing) is copied from the engine's own source, so
that the program reproduces the engine's submission.
"""

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

from pydantic import JsonValue

from agents.models import CandidatePlan, Decision, SplitPlan, Task
from agents.recipes.claims import claimed_steps
from agents.recipes.imports import Import
from agents.recipes.inline import inline, load_source, merge, prefixed, share
from agents.recipes.literals import constants_of, fill, settle
from agents.recipes.source import Module, Piece, compose, parse, reached

_BLOCK = "agents.recipes.blocks.program"
_DECISIONS = "agents.competition.decisions"
_FORMATS = "agents.competition.formats"


class Member(NamedTuple):
    """One candidate of an ensemble."""

    name: str
    weight: float
    preprocess_source: str
    model_source: str
