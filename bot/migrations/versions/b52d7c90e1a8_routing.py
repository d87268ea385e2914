"""Offers, agents' profiles, how long customers waited; what a case asks of an agent beside its place."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "b52d7c90e1a8"
down_revision = "9b3e5f17c2d4"
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString
_TIME = sqlmodel.sql.sqltypes.UTCDateTime


def upgrade() -> None:
    with op.batch_alter_table("handoff", schema=None) as batch_op:
        batch_op.add_column(sa.Column("language", _TEXT(), nullable=True))
        batch_op.add_column(sa.Column("category", _TEXT(), nullable=True))
        batch_op.add_column(sa.Column("skill", _TEXT(), nullable=True))
        batch_op.add_column(sa.Column("queued_at", _TIME(), nullable=True))
        batch_op.add_column(sa.Column("offered_until", _TIME(), nullable=True))
        batch_op.add_column(sa.Column("taken_at", _TIME(), nullable=True))
        batch_op.add_column(sa.Column("escalated_at", _TIME(), nullable=True))

    # By look-ups, because SQLite before 3.33 knows no UPDATE ... FROM.
    op.execute("""
        UPDATE handoff SET
            language = (SELECT language FROM complaint WHERE complaint.reference = handoff.reference),
            category = (SELECT category FROM complaint WHERE complaint.reference = handoff.reference),
            queued_at = waiting_since,
            taken_at = claimed_at
    """)
    with op.batch_alter_table("handoff", schema=None) as batch_op:
        batch_op.alter_column("language", nullable=False)
        batch_op.alter_column("category", nullable=False)
        batch_op.alter_column("queued_at", nullable=False)
        batch_op.drop_index(batch_op.f("ix_handoff_agent"))
        batch_op.create_index("handoff_to_escalate", ["state", "escalated_at", "due"], unique=False)
        batch_op.create_index("handoff_by_agent", ["agent", "state"], unique=False)

    op.create_index("complaint_by_cause", "complaint", ["root_cause", "reference"], unique=False)
    op.create_table(
        "handoff_pass",
        sa.Column("reference", _TEXT(), nullable=False),
        sa.Column("agent", _TEXT(), nullable=False),
        sa.Column("at", _TIME(), nullable=False),
        sa.ForeignKeyConstraint(["reference"], ["handoff.reference"]),
        sa.PrimaryKeyConstraint("reference", "agent"),
    )
    op.create_table(
        "wait",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("precedence", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("at", _TIME(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("wait_lately", "wait", ["precedence", "at"], unique=False)
    op.create_table(
        "desk_profile",
        sa.Column("agent", _TEXT(), nullable=False),
        sa.Column("presence", _TEXT(), nullable=False),
        sa.Column("since", _TIME(), nullable=False),
        sa.Column("seen_at", _TIME(), nullable=False),
        sa.Column("silent", sa.Boolean(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("skills", sa.JSON(), nullable=False),
        sa.Column("lapses", sa.Integer(), nullable=False),
        sa.Column("assigned_at", _TIME(), nullable=True),
        sa.PrimaryKeyConstraint("agent"),
    )


def downgrade() -> None:
    op.drop_table("desk_profile")
    op.drop_index("wait_lately", table_name="wait")
    op.drop_table("wait")
    op.drop_table("handoff_pass")
    op.drop_index("complaint_by_cause", table_name="complaint")
    op.execute("UPDATE handoff SET state = 'waiting', agent = NULL WHERE state = 'offered'")
    with op.batch_alter_table("handoff", schema=None) as batch_op:
        batch_op.drop_index("handoff_by_agent")
        batch_op.drop_index("handoff_to_escalate")
        batch_op.create_index(batch_op.f("ix_handoff_agent"), ["agent"], unique=False)
        batch_op.drop_column("escalated_at")
        batch_op.drop_column("taken_at")
        batch_op.drop_column("offered_until")
        batch_op.drop_column("queued_at")
        batch_op.drop_column("skill")
        batch_op.drop_column("category")
        batch_op.drop_column("language")
