"""Every labelled sample is read as its expectation says, in every given field."""

from pathlib import Path

import pytest

from mail_ingest.parse import parse_to_dict
from tests.mail_ingest.labelled_samples import expectation, mismatches, samples

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not samples(), reason="the labelled samples are not beside this checkout"),
]


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.stem)
def test_labelled_sample_is_read_as_expected(sample: Path) -> None:
    assert mismatches(parse_to_dict(sample.read_bytes()), expectation(sample)) == []
