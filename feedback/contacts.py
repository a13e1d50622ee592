"""Ways to reach a person: is this a phone number, is this an e-mail address."""

import re
import unicodedata

import email_validator
import phonenumbers
from phonenumbers import ValidationResult

from feedback.errors import Refusal, _

_POSSIBLE = {ValidationResult.IS_POSSIBLE, ValidationResult.IS_POSSIBLE_LOCAL_ONLY}


def require_phone(typed: str) -> str:
    """The number in plain digits and signs. Raises Refusal for what cannot be dialled in China or from abroad.

    Landlines may lack the area code and have an extension (转 8001); full-width digits are understood.
    """
    folded = unicodedata.normalize("NFKC", typed).strip()
    try:
        number = phonenumbers.parse(re.sub(r"\s*(?:转|分机)\s*", " ext. ", folded), "CN")
    except phonenumbers.NumberParseException as error:
        raise _not_a_phone() from error
    if phonenumbers.is_possible_number_with_reason(number) not in _POSSIBLE or _is_short_mobile(number):
        raise _not_a_phone()
    return folded


def _is_short_mobile(number: phonenumbers.PhoneNumber) -> bool:
    """A mobile number with a digit too few or too many still has the length of some landline."""
    digits = str(number.national_number)
    return number.country_code == 86 and bool(re.match("1[3-9]", digits)) and len(digits) != 11


def _not_a_phone() -> Refusal:
    return Refusal(_("Please check the phone number: for example 13800000000 or 0396-0000000."), field="phone")


def require_email(typed: str) -> str:
    """The address in its normal form. Raises Refusal where it cannot be one; asks no DNS."""
    folded = unicodedata.normalize("NFKC", typed).strip()
    try:
        return email_validator.validate_email(folded, check_deliverability=False).normalized
    except email_validator.EmailNotValidError as error:
        raise Refusal(_("Please check the e-mail address: for example name@example.com."), field="email") from error
