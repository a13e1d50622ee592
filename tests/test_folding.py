"""Texts are compared in Unicode's form NFKC, however they were put into it."""

import random
import unicodedata

import pytest

from feedback.folding import compatible

SIGNS = "，：；！？（）\u3000。安置费ａＢ１①㎡℃ﾊﾟが\u3099e\u0301ﬁ한\u1112\u1161\u11ab\u212b𝟙\n"


@pytest.mark.parametrize("length", [1, 2, 3, 40, 20_000])
def test_the_form_is_unicodes_own(length: int) -> None:
    chance = random.Random(length)
    for _text in range(200 if length < 100 else 2):
        text = "".join(chance.choices(SIGNS, k=length))
        assert compatible(text) == unicodedata.normalize("NFKC", text)
