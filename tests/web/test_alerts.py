"""deploy/alerts.yml and docs/production.md ask for metrics that are there."""

import re

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families as parsed

from tests.conftest import ROOT

pytestmark = pytest.mark.sqlite_only


def test_each_metric_that_an_alarm_asks_for_is_told(client: FlaskClient) -> None:
    ending = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"], "gauge": [""]}
    families = list(parsed(client.get("/metrics").text))
    told = {family.name + end for family in families for end in ending[family.type]}
    rules = (ROOT / "deploy" / "alerts.yml").read_text("utf-8")
    asked = re.sub(r"summary: .*", "", rules)
    assert set(re.findall(r"\bhuiyin_\w+", asked)) <= told
    guide = (ROOT / "docs" / "production.md").read_text("utf-8")
    spoken_of = re.findall(r"\bhuiyin_\w+", rules + guide)
    others = {"huiyin_recipients", "huiyin_rehearsal"}
    assert set(spoken_of) - others <= told | {family.name for family in families}
