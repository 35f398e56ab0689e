"""Callers: what they ask for, calls back to them, PINs, registrations that a clerk finishes."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

OF_ONE = "(delivery_id IS NULL) <> (callback_id IS NULL)"


def upgrade() -> None:
    op.create_table(
        "registration_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=True),
        sa.Column("call_id", sa.String(length=64), nullable=False),
        sa.Column("recording", sa.String(length=200), nullable=True),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(length=80), nullable=True),
        sa.Column("subscriber_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration_requests")),
    )
    op.create_index("ix_registration_requests_state", "registration_requests", ["state", "created_at"])
    op.create_table(
        "proposals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("wording", sa.String(length=40), nullable=False),
        sa.Column("call_id", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("evidence", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
    )
    op.create_index("ix_proposals_number", "proposals", ["number", "state"])
    op.create_table(
        "callbacks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("call_id", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callbacks")),
    )
    op.create_index("ix_callbacks_claim", "callbacks", ["state", "due_at"])
    op.create_index("ix_callbacks_number", "callbacks", ["number", "created_at"])
    op.create_index("ix_callbacks_created_at", "callbacks", ["created_at"])
    op.create_table(
        "pins",
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=200), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name=op.f("fk_pins_subscriber_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("subscriber_id", name=op.f("pk_pins")),
    )
    op.create_table(
        "pin_failures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pin_failures")),
    )
    op.create_index("ix_pin_failures_owner", "pin_failures", ["owner", "at"])
    with op.batch_alter_table("subscribers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("pace", sa.String(16), server_default="normal", nullable=False))
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.alter_column("delivery_id", existing_type=sa.Integer(), nullable=True)
        batch_op.add_column(sa.Column("callback_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_attempts_callback_id"), "callbacks", ["callback_id"], ["id"], ondelete="CASCADE"
        )
        batch_op.create_check_constraint("ck_attempts_of_one", OF_ONE)
        batch_op.create_index(op.f("ix_attempts_callback_id"), ["callback_id"])


def downgrade() -> None:
    op.execute("DELETE FROM attempts WHERE callback_id IS NOT NULL")
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_attempts_callback_id"))
        batch_op.drop_constraint("ck_attempts_of_one", type_="check")
        batch_op.drop_constraint(op.f("fk_attempts_callback_id"), type_="foreignkey")
        batch_op.drop_column("callback_id")
        batch_op.alter_column("delivery_id", existing_type=sa.Integer(), nullable=False)
    with op.batch_alter_table("subscribers", schema=None) as batch_op:
        batch_op.drop_column("pace")
    for table in ("pin_failures", "pins", "callbacks", "proposals", "registration_requests"):
        op.drop_table(table)
