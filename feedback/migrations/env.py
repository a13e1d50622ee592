"""Alembic's entry: migrates on the connection that `feedback.schema` hands over."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

import feedback.models  # noqa: F401 - fills the metadata
from feedback.db import Base, UtcDateTime


def render_item(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    if kind == "type" and isinstance(item, UtcDateTime):
        autogen.imports.add("from feedback.db import UtcDateTime")
        return "UtcDateTime()"
    return False


def include_name(name: str | None, kind: str, _parents: Any) -> bool:
    """The search index is not one of the models' tables: it differs between the engines, see step 0003."""
    return kind != "table" or name is None or not name.startswith("search_index")


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    render_item=render_item,
    include_name=include_name,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
