"""Delivery reports that come before the answer to their submit."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "parked_reports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("carrier", sa.String(length=40), nullable=False),
        sa.Column("message_id", sa.String(length=120), nullable=False),
        sa.Column("disposition", sa.String(16), nullable=False),
        sa.Column("cause", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parked_reports")),
    )
    with op.batch_alter_table("parked_reports", schema=None) as batch_op:
        batch_op.create_index("ix_parked_reports_message", ["message_id", "carrier"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("parked_reports", schema=None) as batch_op:
        batch_op.drop_index("ix_parked_reports_message")

    op.drop_table("parked_reports")
