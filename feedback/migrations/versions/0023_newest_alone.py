"""The search's look-up asks the index of pairs alone.

Told that a key is below a bound, PostgreSQL 18 took all such keys out of the primary key's index as well, as if that
could spare it work: the time of a look-up grew with the ledger, not with the blocks that were asked for.
"""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

# As in step 0012; of a sum there is no index.
SEARCH_NEWEST = (
    "CREATE OR REPLACE FUNCTION search_newest(asked tsquery, below bigint, most integer) RETURNS SETOF bigint"
    " LANGUAGE sql STABLE SET enable_seqscan = off SET enable_indexscan = off SET jit = off AS"
    " $$ SELECT id FROM search_index WHERE tokens @@ asked AND {key} < below ORDER BY id DESC LIMIT most $$"
)


def upgrade() -> None:
    _replace("id + 0")


def downgrade() -> None:
    _replace("id")


def _replace(key: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(SEARCH_NEWEST.format(key=key))
