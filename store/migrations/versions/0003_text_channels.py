"""Text channels: plans, texts, attempts of every channel, channels of a package."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

OPEN = "ended_at IS NULL"
OPEN_CALL = "ended_at IS NULL AND channel = 'voice'"
HAS_MESSAGE = "message_id IS NOT NULL"


def upgrade() -> None:
    op.create_table(
        "subscriber_package_channels",
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("package", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id", "package"],
            ["subscriber_packages.subscriber_id", "subscriber_packages.package"],
            name=op.f("fk_subscriber_package_channels_subscriber_id_package"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("subscriber_id", "package", "channel", name=op.f("pk_subscriber_package_channels")),
    )
    with op.batch_alter_table("announcements", schema=None) as batch_op:
        batch_op.add_column(sa.Column("plan", sa.JSON(), server_default="{}", nullable=False))
        batch_op.add_column(sa.Column("sms_text", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("email_subject", sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column("email_text", sa.Text(), nullable=True))

    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("channel", sa.String(16), server_default="voice", nullable=False))
        batch_op.add_column(sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("message_id", sa.String(length=120), nullable=True))
        batch_op.add_column(sa.Column("parts", sa.Integer(), nullable=True))
        batch_op.drop_index("uq_attempts_open_address")

    _create_index("uq_attempts_open_address", ["address"], OPEN_CALL, unique=True)
    _create_index("ix_attempts_message", ["message_id", "trunk"], HAS_MESSAGE, unique=False)


def downgrade() -> None:
    """Texts go, for the older program would take them for calls."""
    op.execute("DELETE FROM attempts WHERE channel <> 'voice'")
    op.execute("DELETE FROM deliveries WHERE channel <> 'voice'")
    op.drop_index("ix_attempts_message", "attempts")
    op.drop_index("uq_attempts_open_address", "attempts")
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        for column in ("parts", "message_id", "accepted_at", "channel"):
            batch_op.drop_column(column)

    _create_index("uq_attempts_open_address", ["address"], OPEN, unique=True)
    with op.batch_alter_table("announcements", schema=None) as batch_op:
        for column in ("email_text", "email_subject", "sms_text", "plan"):
            batch_op.drop_column(column)

    op.drop_table("subscriber_package_channels")


def _create_index(name: str, columns: list[str], where: str, *, unique: bool) -> None:
    op.create_index(
        name, "attempts", columns, unique=unique, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
    )
