"""The code of others lies here as it is listed: name, version, licence, checksum."""

import hashlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LISTS = [ROOT / "feedback/web/static/vendor/VENDORED.md", ROOT / "tests/vendor/VENDORED.md"]
ROW = re.compile(r"\| (\S+) \| (\S+) \| ([\d.]+) \| (\S+) \| (\S+) \| ([0-9a-f]{64}) \|")


@pytest.mark.parametrize("listed", LISTS, ids=["shipped", "tests"])
def test_every_file_is_listed_with_its_checksum_and_has_its_licence(listed: Path) -> None:
    rows = ROW.findall(listed.read_text(encoding="utf-8"))
    assert rows
    for folder, _name, _version, _licence, file, sha256 in rows:
        path = listed.parent / folder / file
        assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256, path
        assert list(path.parent.glob("LICENSE*")), path.parent
    present = {path for path in listed.parent.rglob("*") if path.suffix in {".js", ".css"}}
    assert present == {listed.parent / folder / file for folder, _n, _v, _l, file, _s in rows}
