"""Control of calls."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "trunk_switches",
        sa.Column("trunk", sa.String(length=40), nullable=False),
        sa.Column("off_since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("trunk", name=op.f("pk_trunk_switches")),
    )
    with op.batch_alter_table("announcements", schema=None) as batch_op:
        batch_op.add_column(sa.Column("corrects_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("cut_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("price", sa.Numeric(precision=10, scale=4), nullable=True))
        batch_op.create_index(
            "ix_attempts_priced",
            ["trunk", "started_at"],
            unique=False,
            sqlite_where=sa.text("price IS NOT NULL"),
            postgresql_where=sa.text("price IS NOT NULL"),
        )

    with op.batch_alter_table("phones", schema=None) as batch_op:
        batch_op.add_column(sa.Column("code", sa.String(length=32), nullable=True))

    with op.batch_alter_table("subscribers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("quiet_from", sa.Time(), nullable=True))
        batch_op.add_column(sa.Column("quiet_to", sa.Time(), nullable=True))
        batch_op.add_column(sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("subscribers", schema=None) as batch_op:
        batch_op.drop_column("paused_until")
        batch_op.drop_column("quiet_to")
        batch_op.drop_column("quiet_from")

    with op.batch_alter_table("phones", schema=None) as batch_op:
        batch_op.drop_column("code")

    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.drop_index("ix_attempts_priced")
        batch_op.drop_column("price")

    with op.batch_alter_table("announcements", schema=None) as batch_op:
        batch_op.drop_column("cut_at")
        batch_op.drop_column("corrects_id")

    op.drop_table("trunk_switches")
