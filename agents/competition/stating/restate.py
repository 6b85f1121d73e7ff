"""The same task under another metric, for scores that are kept already.

Which columns are answered and in which form stays; what changes is how answers are judged and
therefore decided.
"""

from agents.competition.metrics.metric_choice import jointly, meant, metric_of_option
from agents.competition.metrics.metrics import METRICS, metric_of
from agents.errors import InputError
from agents.models import Task


def with_metric(task: Task, name: str) -> Task:
    """The task judged by the metric that a person names.

    The weights and parameters of the task's own metric hold where it is the same.

    Raises:
        InputError: The metric is not known, cannot judge these targets, or wants answers that the
            submission's form cannot hold.
    """
    several = len(task.targets) > 1
    asked = metric_of_option(name, several=several, described=task.metric)
    choice = meant(asked, task.problem, several=several)
    if several and task.submission is not None and task.submission.format == "class_columns":
        choice = jointly(choice)
    metric = metric_of(choice)
    if not metric.suits(task.problem):
        fitting = ", ".join(one for one, other in METRICS.items() if other.suits(task.problem))
        raise InputError(
            f"The metric {choice.name} cannot judge a {task.problem} target: use one of {fitting}."
        )
    weights = choice.weights
    if weights is not None and weights != task.metric.weights:
        raise InputError(
            f"The metric {choice.title} weighs rows by {weights.column!r}, which was not kept "
            "beside the scores: start another run with --new --metric."
        )
    submission, answers = task.submission, metric.answers_to(task.problem)
    if submission is not None and answers != submission.answers:
        if submission.format != "row" or any(len(one.classes) > 2 for one in task.targets):
            raise InputError(
                f"The metric {choice.name} wants {answers} answers, but the submission asks "
                f"for {submission.answers} answers: use a metric of those."
            )
        labels = task.targets[0].classes if answers == "label" else ()
        submission = submission.model_copy(update={"answers": answers, "labels": labels})
    return task.model_copy(update={"metric": choice, "submission": submission})
