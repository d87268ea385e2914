"""The console: words of cases to search, ties between cases, signs of who is there."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

from handoff.case_words import INDEXES, words_of

revision = 'd3a9c51e7b40'
down_revision = 'a4f81c6d0b27'
branch_labels = None
depends_on = None

_PIECE = 1000


def upgrade() -> None:
    op.create_table(
        'sign_of_life',
        sa.Column('conversation', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('who', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column('until', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint('conversation', 'who'),
    )
    op.create_index(op.f('ix_sign_of_life_until'), 'sign_of_life', ['until'], unique=False)
    op.create_table(
        'case_tie',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('reference', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('other', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('by', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column('before', sa.JSON(), nullable=False),
        sa.Column('undone_by', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column('undone_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(['reference'], ['complaint.reference']),
        sa.ForeignKeyConstraint(['other'], ['complaint.reference']),
        sa.PrimaryKeyConstraint('id'),
    )
    op.create_index('case_tie_of', 'case_tie', ['reference', 'undone_at'], unique=False)
    op.create_index('case_tie_with', 'case_tie', ['other', 'undone_at'], unique=False)
    op.create_table(
        'case_words',
        sa.Column('complaint_id', sa.Integer(), nullable=False),
        sa.Column('words', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(['complaint_id'], ['complaint.id']),
        sa.PrimaryKeyConstraint('complaint_id'),
    )
    for statement in INDEXES[op.get_bind().dialect.name]:
        op.execute(statement)
    _keep_words_of_what_is_there()


def _keep_words_of_what_is_there() -> None:
    """In pieces, by number, so that a large register does not have to fit into memory."""
    connection, last = op.get_bind(), 0
    kept = sa.table('case_words', sa.column('complaint_id'), sa.column('words'))
    while rows := connection.execute(
        sa.text(
            'SELECT c.id, c.reference, c.description, c.product, c.order_number AS "order", c.name, '
            'c.organisation, c.postal_address, c.phone, c.email, c.on_behalf_of, c.wish, c.response, '
            'c.root_cause, c.anonymous, v.name AS called, v.phone AS calls '
            'FROM complaint c LEFT JOIN conversation v ON v.id = c.conversation '
            'WHERE c.id > :last ORDER BY c.id LIMIT :piece'
        ),
        {'last': last, 'piece': _PIECE},
    ).all():
        last = rows[-1].id
        connection.execute(
            sa.insert(kept),
            [
                {
                    'complaint_id': row.id,
                    'words': words_of(dict(row._mapping), *(() if row.anonymous else (row.called, row.calls))),
                }
                for row in rows
            ],
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == 'sqlite':
        for name in ('added', 'gone', 'changed'):
            op.execute(f'DROP TRIGGER case_words_{name}')
        op.execute('DROP TABLE case_words_fts')
    op.drop_table('case_words')
    op.drop_table('case_tie')
    op.drop_table('sign_of_life')
