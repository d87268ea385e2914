"""Passwords, OpenID accounts, sessions that end when idle, failed sign-ins, what was done to accounts."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = 'e1c4a97d25f3'
down_revision = 'b52d7c90e1a8'
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString
_TIME = sqlmodel.sql.sqltypes.UTCDateTime


def upgrade() -> None:
    op.add_column('agent', sa.Column('token_revoked_at', _TIME(), nullable=True))
    op.add_column('agent', sa.Column('password_hash', _TEXT(), nullable=True))
    op.add_column('agent', sa.Column('email', _TEXT(), nullable=True))
    op.add_column('agent', sa.Column('openid_subject', _TEXT(), nullable=True))
    op.create_index('agent_by_email', 'agent', ['email'], unique=True)
    op.create_index('agent_by_openid_subject', 'agent', ['openid_subject'], unique=True)

    # Who is signed in signs in again: how and when the old sessions were used is not known.
    op.execute("DELETE FROM console_session")
    op.add_column('console_session', sa.Column('method', _TEXT(), nullable=False, server_default='link'))
    op.add_column('console_session', sa.Column('address', _TEXT(), nullable=False, server_default=''))
    op.add_column('console_session', sa.Column('browser', _TEXT(), nullable=False, server_default=''))
    op.add_column(
        'console_session',
        sa.Column('seen_at', _TIME(), nullable=False, server_default='1970-01-01 00:00:00'),
    )

    op.create_table(
        'sign_in_failures',
        sa.Column('key', _TEXT(), nullable=False),
        sa.Column('failures', sa.Integer(), nullable=False),
        sa.Column('failed_at', _TIME(), nullable=False),
        sa.Column('open_at', _TIME(), nullable=False),
        sa.PrimaryKeyConstraint('key'),
    )
    op.create_index(op.f('ix_sign_in_failures_failed_at'), 'sign_in_failures', ['failed_at'], unique=False)

    op.create_table(
        'account_change',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('at', _TIME(), nullable=False),
        sa.Column('actor', _TEXT(), nullable=False),
        sa.Column('whom', _TEXT(), nullable=False),
        sa.Column('what', _TEXT(), nullable=False),
        sa.Column('detail', _TEXT(), nullable=False),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_index(op.f('ix_account_change_at'), 'account_change', ['at'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_account_change_at'), table_name='account_change')
    op.drop_table('account_change')
    op.drop_index(op.f('ix_sign_in_failures_failed_at'), table_name='sign_in_failures')
    op.drop_table('sign_in_failures')
    for column in ('seen_at', 'browser', 'address', 'method'):
        op.drop_column('console_session', column)
    op.drop_index('agent_by_openid_subject', table_name='agent')
    op.drop_index('agent_by_email', table_name='agent')
    for column in ('openid_subject', 'email', 'password_hash', 'token_revoked_at'):
        op.drop_column('agent', column)
