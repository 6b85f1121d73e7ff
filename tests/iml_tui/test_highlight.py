from iml_tui.highlight import highlighted

SOURCE = 'def fit(self):\n    """Fits.\n\n    Well."""\n    return "[/]\\t"  # ok\n'


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
