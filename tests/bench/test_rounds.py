from pathlib import Path

import pytest

from bench import __main__ as command
from bench.rounds import SMALL, Reach, compare, table


def test_sides_take_turns_and_the_first_round_does_not_count() -> None:
    said: list[str] = []
    figures = iter([100.0, 4.0, 6.0, 8.0])

    def ours() -> float:
        said.append("ours")
        return next(figures)

    def yardstick() -> float:
        said.append("yardstick")
        return 2.0

    result = compare("a", "a second", Reach("at least", 3), ours, yardstick, rounds=3)
    assert said == ["ours", "yardstick"] * 4
    assert (result.found, result.is_reached, result.noise) == (3.0, True, pytest.approx(1 / 3))


def test_what_slows_both_sides_of_a_round_does_not_count() -> None:
    ours, yardstick = iter([1.0, 30.0, 15.0, 60.0]), iter([1.0, 10.0, 5.0, 20.0])
    result = compare("a", "a second", Reach("at least", 3), lambda: next(ours), lambda: next(yardstick), rounds=3)
    assert (result.found, result.noise) == (3.0, 0.0)


def test_a_figure_without_a_yardstick_stands_for_itself() -> None:
    result = compare("a", "ms", Reach("at most", 50), lambda: 60.0, rounds=2)
    assert (result.found, result.is_reached) == (60.0, False)
    assert "**missed**" in table([result])


def test_saving_replaces_what_was_saved_of_this_module_and_nothing_else(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("a\n<!-- small begins -->\n### form\n\nold\n<!-- small ends -->\nz\n")
    command.save(SMALL, "filing", "first\n", readme)
    command.save(SMALL, "form", "new\n", readme)
    between = "### filing\n\nfirst\n\n### form\n\nnew"
    assert readme.read_text() == f"a\n<!-- small begins -->\n{between}\n<!-- small ends -->\nz\n"
    readme.write_text("")
    with pytest.raises(ValueError, match="no marks"):
        command.save(SMALL, "form", "new\n", readme)


def test_each_measure_is_there() -> None:
    folder = Path(command.__file__).parent
    assert [name for name in command.MODULES if not (folder / f"{name}.py").is_file()] == []
