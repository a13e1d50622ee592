"""`python -m bench`: measures what the product promises, beside its yardsticks, and prints a table.

    python -m bench [--full] [--save] [name ...]

Names are those of the modules below. `--save` writes the table of each into bench/README.md as it comes.
"""

import argparse
import importlib
import os
import platform
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from bench import stores
from bench.rounds import FULL, SMALL, Result, Scale, table

# Each has `measure(scale) -> Iterator[Result]`.
MODULES: tuple[str, ...] = (
    "mail_intake",
    "filing",
    "form",
    "search",
    "chain",
    "hosts",
    "sizes",
    "pages",
    "desk",
    "ledger",
)
README = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- {scale} begins -->", "<!-- {scale} ends -->"


def main() -> None:
    asked = _arguments()
    scale = FULL if asked.full else SMALL
    with stores.own_folder() as folder:
        os.environ.setdefault("BENCH_STORES", str(folder))
        for name in asked.names or MODULES:
            started, results = time.monotonic(), list[Result]()
            for result in importlib.import_module(f"bench.{name}").measure(scale):
                results.append(result)
                print(table([result]).splitlines()[-1], flush=True)
            seconds = time.monotonic() - started
            print(f"({name}: {seconds:.0f} s)", file=sys.stderr, flush=True)
            if asked.save:
                save(scale, name, f"{_circumstances(scale, seconds)}\n\n{table(results)}\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measures beside yardsticks.")
    parser.add_argument("--full", action="store_true", help="at the real size; takes long")
    parser.add_argument("--save", action="store_true", help="write the table into bench/README.md")
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(MODULES)}; all of them without one")
    asked = parser.parse_args()
    unknown = set(asked.names) - set(MODULES)
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    return asked


def _circumstances(scale: Scale, seconds: float) -> str:
    asked = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    commit = asked.stdout.strip() or "unknown"
    at = datetime.now(UTC).date().isoformat()
    return (
        f"Scale `{scale.name}`, {scale.rounds} alternating rounds in {seconds:.0f} s, commit {commit}, {at}, "
        f"Python {platform.python_version()}, {platform.machine()}."
    )


def save(scale: Scale, name: str, text: str, readme: Path = README) -> None:
    """Put `text` between the marks of its scale, in place of what was saved of this module before.

    Raises ValueError where the marks are missing.
    """
    begin, end = (mark.format(scale=scale.name) for mark in (BEGIN, END))
    before, found, rest = readme.read_text("utf-8").partition(begin)
    old, also_found, after = rest.partition(end)
    if not (found and also_found):
        raise ValueError(f"{readme} has no marks for {scale.name}")
    parts = {part.partition("\n")[0]: part.partition("\n")[2].strip() for part in old.split("### ")[1:]}
    parts[name] = text.strip()
    said = "\n\n".join(f"### {each}\n\n{parts[each]}" for each in MODULES if each in parts)
    readme.write_text(f"{before}{begin}\n{said}\n{end}{after}", "utf-8")


if __name__ == "__main__":
    main()
