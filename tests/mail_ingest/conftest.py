"""A house with an open mail door."""

from collections.abc import Iterator

import pytest

from tests.mail_ingest import doors
from tests.mail_ingest.doors import Door


@pytest.fixture
def door(environ: dict[str, str]) -> Iterator[Door]:
    with doors.in_process(environ) as opened:
        yield opened
