"""Task Analyzer (paper 3.3.1): what is asked, read out of words by a model.

Rules have read the folder before (`agents.competition.stating`); their reading stands unless the
model corrects it with words of the description as proof, and the engine finds that it fits the
data.
"""

from agents.adviser import Adviser, Question
from agents.models import Frozen, Task

ROLE = "task_analyzer"


class TaskReading(Frozen):
    """A model's reading of the task (paper: the task summary)."""

    summary: str
    domain: str = ""
    target: str | None = None
    """Columns to predict, separated by commas; None where the rules' reading is right."""
    id_column: str | None = None
    metric: str | None = None
    proof: str = ""
    """Words of the description that speak for a correction."""
    constraints: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    """What the description says of how the data came about."""
    guesses: tuple[str, ...] = ()
    """What is supposed of that beyond its words."""
    unclear: str = ""
    """A question to the person; empty where everything is clear."""

    @property
    def in_words(self) -> str:
        """The summary with what the description demands and tells, for the prompts that follow."""
        guesses = [f"A guess, before anything was measured: {one}" for one in self.guesses]
        told = [*self.constraints, *self.hints, *guesses]
        return "\n".join([self.summary, *(f"- {sentence}" for sentence in told)])

    def corrections(self, task: Task) -> dict[str, str]:
        """Options that would state the task as the model reads it, where that differs.

        A correction without proof is an opinion and is left out.
        """
        if not _quoted(self.proof, task.description_text):
            return {}
        stated = {
            "target": ",".join(task.target_columns),
            "id": task.id_column or "",
            "metric": task.metric.name,
        }
        wanted = {"target": self.target, "id": self.id_column, "metric": self.metric}
        return {
            name: value.strip()
            for name, value in wanted.items()
            if value and value.strip() and value.strip() != stated[name]
        }


async def analyze_task(adviser: Adviser, metrics: tuple[str, ...]) -> TaskReading:
    """Ask a model what the folder asks for.

    Args:
        adviser: Whose prompts know the task as the rules read it.
        metrics: Names that the engine knows.

    Raises:
        ModelError: The model gave no answer that can be used.
    """
    question = Question(ROLE, "planner", {"metrics": metrics})
    return await adviser.value(question, TaskReading)


def _quoted(proof: str, description: str) -> bool:
    """Whether the description really says it, but for blanks, marks and case."""

    def plain(text: str) -> str:
        return "".join(character for character in text.lower() if character.isalnum())

    return bool(plain(proof)) and plain(proof) in plain(description)
