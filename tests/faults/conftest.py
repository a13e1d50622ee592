"""A house at work on its own database; FEEDBACK_LONG_TESTS=1 (`make faults`) breaks it hundreds of times."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import houses
from tests.faults.houses import House

LONG = os.environ.get("FEEDBACK_LONG_TESTS") == "1"


@pytest.fixture
def house(process_environ: dict[str, str], tmp_path: Path) -> Iterator[House]:
    with houses.standing(process_environ, tmp_path) as made:
        yield made
