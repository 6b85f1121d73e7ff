from textual.content import Content

from iml_tui.drawing.highlight import coloured, is_known, taken_apart

SOURCE = 'def fit(self):\n    """Fits.\n\n    Well."""\n    return "[/]\\t"  # ok\n'


def highlighted(text: str, name: str) -> list[Content]:
    return [coloured(pieces) for pieces in taken_apart(text, name)]


def test_lines_stay_lines_and_text_stays_text() -> None:
    lines = highlighted(SOURCE, "model.py")
    assert [line.plain for line in lines] == SOURCE.removesuffix("\n").split("\n")


def test_code_has_roles_and_never_the_colour_of_faults() -> None:
    styles = {str(span.style) for line in highlighted(SOURCE, "model.py") for span in line.spans}
    assert {"$code-keyword", "$code-text", "$code-comment"} <= styles
    assert not any("fail" in style for style in styles)


def test_broken_and_unknown_sources_are_shown_all_the_same() -> None:
    assert highlighted("def (:\n'''open", "model.py")[1].plain == "'''open"
    assert highlighted("plain [text]", "notes.txt")[0].plain == "plain [text]"
    assert highlighted("", "model.py")[0].plain == ""
    assert highlighted('{"a": 1}', "contract.json")[0].plain == '{"a": 1}'


def test_odd_characters_never_part_a_line_or_reach_the_terminal() -> None:
    for text in ("a = 1\rb = 2\nc", "\ufeffx = '\x1b[31m'\n\x0cy", "s = 'a\u2028b'\n", "\t\x00"):
        lines = highlighted(text, "model.py")
        assert len(lines) == len(text.removesuffix("\n").split("\n"))
        assert all(line.plain.isprintable() for line in lines)


def test_a_line_without_end_is_cut_and_said_to_be() -> None:
    [line] = highlighted("x" * 10_000, "model.py")
    assert len(line.plain) < 5_000
    assert line.plain.endswith("10,000 characters")


def test_a_text_is_taken_apart_once() -> None:
    text = "unheard_of = 1\n"
    assert not is_known(text, "model.py")
    taken_apart(text, "model.py")
    assert is_known(text, "model.py")
    assert is_known(text, "report.md")
