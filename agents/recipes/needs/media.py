"""What rows that are files need: which column names them, where they lie, what kind they are of."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

from pydantic import JsonValue

from agents.competition.reading.kinds import AIFF_SUFFIXES, SUFFIXES_OF, FileKind, kind_of
from agents.models import BlueprintStep, ColumnProfile, MediaFolder, RowFiles, Task

FILE_TEXT = "text of the file"
"""The name of a column that no table has: what stands in the text file of a row."""
_WHAT = {
    "image": "Describe each image by its edges, its brightness and a coarse map of its colours.",
    "sound": "Describe each sound by bands of pitch, and how they change, in eight parts.",
    "record": "Describe each column of each record by statistics, and count its words.",
}
_WHY = {
    "image": "What is shown lies in how edges run, wherever light and colours come from.",
    "sound": "What is heard lies in the course of its spectrum, whatever its length.",
    "record": "Files have different numbers of lines, and a model needs equally many numbers.",
}


@dataclass(frozen=True)
class MediaNeeds:
    """The files of one competition's rows."""

    task: Task

    @cached_property
    def sides(self) -> dict[str, RowFiles]:
        """How train and test name files; empty unless both do, with files that can be read."""
        named = {one.role: one for one in self.task.files}
        if {*named} != {"train", "test"} or self._kind_of(named["train"]) == "other":
            return {}
        return {str(role): one for role, one in named.items()}

    @property
    def kind(self) -> FileKind:
        """What the files are; `other` where no row has a file that can be read."""
        return self._kind_of(self.sides["train"]) if self.sides else "other"

    @property
    def described(self) -> bool:
        """Whether files become columns of numbers."""
        return self.kind in _WHAT

    @property
    def columns(self) -> frozenset[str]:
        """Columns that name files: their cells say nothing by themselves."""
        return frozenset(one.column for one in self.sides.values())

    @property
    def texts(self) -> tuple[ColumnProfile, ...]:
        """The column of text that text files make up, one text a row."""
        if self.kind != "text":
            return ()
        return (ColumnProfile(name=FILE_TEXT, semantic="text", distinct=0, missing=0.0),)

    @property
    def files(self) -> int:
        """How many files the training rows' folders hold."""
        return sum(folder.files for folder in self._folders(self.sides["train"]))

    @property
    def literals(self) -> dict[str, JsonValue]:
        """What the shared blocks leave open about files."""
        if not self.sides:
            return {}
        train, test = self.sides["train"], self.sides["test"]
        return {
            "TRAIN_FILES": train.column,
            "TEST_FILES": test.column,
            "TRAIN_FOLDERS": [*train.folders],
            "TEST_FOLDERS": [*test.folders],
            "SPELLED_TRAIN": train.spelled,
            "SPELLED_TEST": test.spelled,
            "SUFFIXES": [*sorted(SUFFIXES_OF[self.kind])],
            "FILE_KIND": self.kind,
            "FILE_TEXT": FILE_TEXT if self.texts else "",
            "AIFF": self._holds(train, AIFF_SUFFIXES) or self._holds(test, AIFF_SUFFIXES),
        }

    @property
    def steps(self) -> tuple[BlueprintStep, ...]:
        """The steps that follow from files, in the order in which code takes them."""
        return tuple(
            BlueprintStep(id=name, part="prep", directive=directive, reason=reason)
            for name, directive, reason in self._steps()
        )

    def _steps(self) -> Iterator[tuple[str, str, str]]:
        if not self.sides:
            return
        train = self.sides["train"]
        where = " and ".join(f"`{folder}/`" for folder in train.folders[:3])
        yield (
            "files",
            f"Find the file of each row in {where} by `{train.column}`.",
            f"The column names {'a file' if train.spelled != 'stem' else 'a file without suffix'} "
            "a row; a row without one is kept, and a column says so.",
        )
        if self.texts:
            yield (
                "file_texts",
                "Read the file of each row as a column of text.",
                "A text says the same in a file of its own as in a cell.",
            )

    def describing(self) -> tuple[BlueprintStep, ...]:
        """How files become numbers, for the recipes that do so."""
        described = {"image": "images", "sound": "sounds", "record": "records"}[self.kind]
        scale = (
            "Measure every number in deviations from its mean, and keep the 150 directions in "
            "which files differ most where there are more than 200 numbers."
        )
        why = "Neighbouring numbers of a file say nearly the same, and kernels need one scale."
        made = [
            (described, _WHAT[self.kind], _WHY[self.kind]),
            ("file_scale", scale, why),
        ]
        return tuple(
            BlueprintStep(id=name, part="prep", directive=directive, reason=reason)
            for name, directive, reason in made
        )

    def _kind_of(self, named: RowFiles) -> FileKind:
        return kind_of(suffix for folder in self._folders(named) for suffix in folder.suffixes)

    def _holds(self, named: RowFiles, suffixes: Collection[str]) -> bool:
        return any({*folder.suffixes} & {*suffixes} for folder in self._folders(named))

    def _folders(self, named: RowFiles) -> list[MediaFolder]:
        return [folder for folder in self.task.media if folder.path in named.folders]
