"""Incoming messages, what was asked back and answered, letters to the office; numbers of topics."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_NEW = sa.text("state IN ('new', 'waiting')")
_OPEN = sa.text("state IN ('queued', 'sending')")


def upgrade() -> None:
    with op.batch_alter_table("topics", schema=None) as batch_op:
        batch_op.add_column(sa.Column("number", sa.Integer(), nullable=True))
    op.create_table(
        "incoming_messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("adapter", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("sender", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=True),
        sa.Column("recipient", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reference", sa.Integer(), nullable=True),
        sa.Column("part", sa.Integer(), nullable=True),
        sa.Column("parts", sa.Integer(), nullable=True),
        sa.Column("incomplete", sa.Boolean(), nullable=False),
        sa.Column("result", sa.String(length=40), nullable=True),
        sa.Column("subscriber_id", sa.Integer(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incoming_messages")),
        sa.UniqueConstraint("adapter", "key", name=op.f("uq_incoming_messages_adapter_key")),
    )
    op.create_index(op.f("ix_incoming_messages_number"), "incoming_messages", ["number"])
    op.create_index("ix_incoming_messages_open", "incoming_messages", ["id"], sqlite_where=_NEW, postgresql_where=_NEW)
    op.create_table(
        "conversations",
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("question", sa.JSON(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_conversations")),
    )
    op.create_table(
        "answers",
        sa.Column("message_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(
            ["message_id"], ["incoming_messages.id"], name=op.f("fk_answers_message_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_answers")),
    )
    op.create_index("ix_answers_number", "answers", ["number", "created_at"])
    op.create_index("ix_answers_open", "answers", ["message_id"], sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.create_table(
        "letters",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("forwarded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["message_id"], ["incoming_messages.id"], name=op.f("fk_letters_message_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letters")),
        sa.UniqueConstraint("message_id", name=op.f("uq_letters_message_id")),
    )


def downgrade() -> None:
    for table in ("letters", "answers", "conversations", "incoming_messages"):
        op.drop_table(table)
    with op.batch_alter_table("topics", schema=None) as batch_op:
        batch_op.drop_column("number")
