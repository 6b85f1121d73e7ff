import pytest

from agents.recipes.writing.inline import inline, load_source, merge, prefixed, share
from agents.recipes.writing.source import compose, parse

MODULES = {
    "agents.deep": '"""Deep."""\nimport math\n\nBASE = 2\n\n\ndef power(x):\n'
    "    return math.pow(BASE, x)\n",
    "agents.tool": '"""Tool."""\nimport json\nfrom agents.deep import power\n\n\ndef twice(x):\n'
    "    return power(x) * 2\n\n\ndef other():\n    return json\n",
    "agents.clash": "def twice(x):\n    return 2 * x\n",
}


def inlined(source: str) -> str:
    return compose(inline(parse(source), MODULES.__getitem__))


def test_an_import_of_this_project_becomes_the_text_of_what_it_needs() -> None:
    program = inlined("from agents.tool import twice\n\nprint(twice(1))\n")
    assert "agents" not in program
    assert "import math" in program
    assert "json" not in program
    space: dict[str, object] = {"print": lambda value: space.update(said=value)}
    exec(program, space)
    assert space["said"] == 4.0


def test_an_alias_gives_way_to_the_real_name() -> None:
    program = inlined("from agents.tool import twice as doubled\n\nvalue = doubled(1)\n")
    assert "value = twice(1)" in program
    assert "doubled" not in program


def test_two_things_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        inlined("from agents.tool import twice\nfrom agents.clash import twice as two\n")


def test_constants_come_first_and_the_own_ones_lead() -> None:
    program = inlined(
        "from agents.tool import twice\n\nOWN = 1\n\n\ndef run():\n    return twice(OWN)\n"
    )
    places = [program.index(text) for text in ("OWN = 1", "BASE = 2", "def power", "def run")]
    assert places == sorted(places)


def test_remarks_for_our_linter_stay_behind() -> None:
    assert "# noqa" not in load_source("agents.recipes.tables.baseline.model")


def test_the_same_text_is_shared_only_if_all_that_it_uses_is_the_same() -> None:
    text = "SIZE = {}\n\n\ndef size():\n    return SIZE\n\n\ndef same():\n    return 0\n"
    modules = share({"one": parse(text.format(1)), "two": parse(text.format(2))})
    program = compose(merge(modules.values()))
    assert program.count("def same()") == 1
    space: dict[str, object] = {}
    exec(program + "\nanswers = one_size(), two_size(), ONE_SIZE\n", space)
    assert space["answers"] == (1, 2, 1)


def test_imports_that_mean_different_things_get_different_names() -> None:
    modules = share(
        {
            "one": parse("from math import sqrt as root\n\nx = root(4)\n"),
            "two": parse("from cmath import sqrt as root\n\ny = root(-4)\n"),
        }
    )
    space: dict[str, object] = {}
    exec(compose(merge(modules.values())), space)
    assert (space["x"], space["y"]) == (2.0, 2j)


def test_the_module_to_keep_keeps_its_names() -> None:
    modules = share({"mine": parse("A = 1\n"), "frame": parse("A = 2\n")}, keep="frame")
    assert compose(merge(modules.values())) == "MINE_A = 1\nA = 2\n"


@pytest.mark.parametrize(
    ("name", "written"),
    [("SIZE", "A_B_SIZE"), ("Model", "ABModel"), ("_help", "_a_b_help"), ("run", "a_b_run")],
)
def test_a_prefix_follows_the_style_of_the_name(name: str, written: str) -> None:
    assert prefixed(name, "a_b") == written
