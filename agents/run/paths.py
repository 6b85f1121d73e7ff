"""Where everything of a run lies under the workspace's `.iml`; one place that knows the names."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Paths:
    """Names below one `.iml` directory. `views` and `objects` are mounted; `answers` never is."""

    state: Path

    @property
    def laid_out(self) -> Path:
        """The competition with what its folder only implies, where it does."""
        return self.state / "laid_out"

    @property
    def views(self) -> Path:
        """Miniature competitions, one directory each."""
        return self.state / "views"

    @property
    def answers(self) -> Path:
        """Blind labels: outside every mount."""
        return self.state / "answers"

    @property
    def media(self) -> Path:
        """Media files under neutral names."""
        return self.state / "media"

    @property
    def results(self) -> Path:
        """What stages produced, by content key."""
        return self.state / "results"

    @property
    def scores(self) -> Path:
        """Blind and test scores of everything ever run, by program."""
        return self.state / "scores"

    @property
    def submissions(self) -> Path:
        """A submission file a program."""
        return self.state / "submissions"

    @property
    def vectors(self) -> Path:
        """What pretrained encoders said of contents, a file an encoder; see `Weights`."""
        return self.state / "vectors"

    @property
    def packages(self) -> Path:
        """What the person agreed to install for the programs of this workspace."""
        return self.state / "env" / "site"

    @property
    def cache(self) -> Path:
        """What may be lost, such as the sandbox probe's verdict."""
        return self.state / "cache"

    def attempt(self, step: str) -> Path:
        """A fresh directory for one more attempt at `step`."""
        base = self.state / "attempts" / flat(step)
        number = 1 + sum(1 for _ in base.iterdir()) if base.exists() else 1
        while (base / str(number)).exists():
            number += 1
        return base / str(number)

    def log(self, step: str) -> Path:
        """The file that receives a program's output."""
        return self.state / "logs" / f"{flat(step)}.log"

    def prompt(self, step: str) -> Path:
        """The file that keeps what a model was asked, beside the log of what it answered."""
        return self.state / "logs" / f"{flat(step)}.prompt.md"

    def relative(self, path: Path) -> str:
        """A path below `.iml` as it is written into facts."""
        return path.relative_to(self.state).as_posix()


def flat(step: str) -> str:
    """A step path as one file name."""
    return step.replace("/", "__")
