"""The audit trail: entries, seals, and what is said about them.

No rows: the trail is signed with a key that a migration does not have. It begins at the next start.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel import AutoString, UTCDateTime

revision = "4c6f1b0d92ea"
down_revision = "3ad82e5f7b90"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TABLES = ("audit_redaction", "audit_check", "audit_form", "audit_trail", "audit_seal", "audit_entry")


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", _NUMBER, primary_key=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("name", AutoString(), nullable=False),
        sa.Column("form", AutoString(), nullable=False),
        sa.Column("key", AutoString(), nullable=False),
        sa.Column("op", AutoString(), nullable=False),
        sa.Column("whose", AutoString(), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("seal", sa.Integer(), nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_index("audit_entry_of_row", "audit_entry", ["name", "key", "id"])
    op.create_table(
        "audit_seal",
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("whole", sa.Integer(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("link", AutoString(), nullable=False),
    )
    op.create_table(
        "audit_trail",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("fingerprint", AutoString(), nullable=False),
        sa.Column("signature", AutoString(), nullable=False),
    )
    op.create_table(
        "audit_form",
        sa.Column("form", AutoString(), primary_key=True),
        sa.Column("name", AutoString(), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
    )
    op.create_table(
        "audit_check",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("by", AutoString(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("findings", sa.Integer(), nullable=False),
        sa.Column("first", sa.Text(), nullable=False),
    )
    op.create_table(
        "audit_redaction",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("actor", AutoString(), nullable=False),
        sa.Column("reason", AutoString(), nullable=False),
        sa.Column("name", AutoString(), nullable=False),
        sa.Column("keys", sa.JSON(), nullable=False),
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        from bot.audit import postgresql

        postgresql.remove(op.get_bind())
    for table in _TABLES:
        op.drop_table(table)
