"""Alembic's entry: runs on the connection that ``store.migrate`` hands over."""

from alembic import context

from store import callers, inbound, messages, people, staff, work  # noqa: F401  (they fill the metadata)
from store.base import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
