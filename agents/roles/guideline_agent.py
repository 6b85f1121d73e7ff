"""Guideline Agent (paper 3.3.2): from task and profile to a blueprint."""

from agents.models import Blueprint, Profile, Task
from agents.recipes.needs import Needs
from agents.recipes.plans import plan_baseline, plan_boosting, plan_linear


def guide(task: Task, profile: Profile) -> Blueprint:
    """Plan candidates."""
    needs = Needs(task, profile)
    return Blueprint(version=1, summary="", candidates=(plan_baseline(needs), plan_boosting(needs), plan_linear(needs)), split=profile.split, metric=task.metric)
