"""Receipt codes: made to be read aloud over the phone and copied from a slip of paper."""

import secrets
import unicodedata

from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_37_36

from feedback.errors import NotFound, _

# Sixteen signs that differ to the eye (no 0 and O, no 1 and I) and to the ear in Chinese and English: of the
# letters that rhyme (B C D E G P T V, A J K, F S X, M N, Q U) only one of each is kept, none that sounds like a
# digit (Q and 9, C and 4, R and 2, E and 1).
ALPHABET = "23456789HKLMTWXY"
LENGTH = 20  # 16 ** 20 = 2 ** 80
GROUP = 3


def new_code() -> str:
    """A fresh code: 80 random bits and one check character (ISO 7064, hybrid system over 16 signs), 21 signs."""
    return code_of(secrets.token_bytes(LENGTH // 2))


def code_of(bits: bytes) -> str:
    """The code of the first 80 bits. Whoever hands them in must have made them unguessable."""
    body = "".join(ALPHABET[int(sign, 16)] for sign in bits[: LENGTH // 2].hex())
    return body + str(mod_37_36.calc_check_digit(body, ALPHABET))


def grouped(code: str) -> str:
    """`234-567-...`: as it is shown, read aloud and printed."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def normalised(typed: str) -> str:
    """The code in what somebody typed: full or half width, any case, any separators.

    Raises NotFound, in the same words as for an unknown code, when the check character says that it is mistyped.
    """
    folded = unicodedata.normalize("NFKC", typed).upper()
    code = "".join(sign for sign in folded if sign.isalnum())
    try:
        if len(code) != LENGTH + 1:
            raise ValidationError
        return str(mod_37_36.validate(code, ALPHABET))
    except ValidationError as error:
        raise NotFound(
            _("No matter is found under this code. Please compare it with your receipt, group by group."),
            field="code",
        ) from error
