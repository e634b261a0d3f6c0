"""Promises that several accounts pay for, and redemptions that are reported late.

Revision ID: r0002
Revises: r0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0002"
down_revision = "r0001"

TEXT = sa.Text()
INT = sa.BigInteger()


def upgrade() -> None:
    """Accounts, stock and reservations of before have nothing shared and nothing late."""
    _accounts()
    _stock()
    op.add_column("reservations", sa.Column("shared", TEXT, nullable=False, server_default="{}"))
    op.add_column(
        "reservations", sa.Column("shared_spent", TEXT, nullable=False, server_default="{}")
    )
    op.add_column(
        "reservations",
        sa.Column("redeemed", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    # Which of the promises settled before were redeemed is not known: none takes a unit again.
    held = sa.table("reservations", sa.column("redeemed", sa.Boolean()), sa.column("state", TEXT))
    op.execute(sa.update(held).where(held.c.state == "settled").values(redeemed=sa.true()))


def _accounts() -> None:
    """SQLite changes a check by copying the table, whose old form must be told."""
    old = sa.Table(
        "accounts",
        sa.MetaData(),
        _seq(),
        sa.Column("account", TEXT, nullable=False),
        sa.Column("budget_minor", INT, nullable=False),
        sa.Column("reserved_minor", INT, nullable=False),
        sa.Column("spent_minor", INT, nullable=False),
        sa.CheckConstraint(
            "reserved_minor + spent_minor <= budget_minor", name="ck_accounts_budget"
        ),
        sa.CheckConstraint("reserved_minor >= 0 AND spent_minor >= 0", name="ck_accounts_sign"),
        sa.UniqueConstraint("account", name="uq_accounts"),
    )
    with op.batch_alter_table("accounts", copy_from=old) as batch:
        batch.add_column(sa.Column("late_minor", INT, nullable=False, server_default="0"))
        batch.drop_constraint("ck_accounts_budget", type_="check")
        batch.drop_constraint("ck_accounts_sign", type_="check")
        batch.create_check_constraint(
            "ck_accounts_budget", "reserved_minor + spent_minor - late_minor <= budget_minor"
        )
        batch.create_check_constraint(
            "ck_accounts_sign",
            "reserved_minor >= 0 AND late_minor >= 0 AND late_minor <= spent_minor",
        )


def _stock() -> None:
    old = sa.Table(
        "stock",
        sa.MetaData(),
        _seq(),
        sa.Column("account", TEXT, nullable=False),
        sa.Column("offer_id", TEXT, nullable=False),
        sa.Column("units", INT, nullable=False),
        sa.Column("taken", INT, nullable=False),
        sa.UniqueConstraint("account", "offer_id", name="uq_stock"),
        sa.CheckConstraint("taken >= 0 AND taken <= units", name="ck_stock_units"),
    )
    with op.batch_alter_table("stock", copy_from=old) as batch:
        batch.add_column(sa.Column("late", INT, nullable=False, server_default="0"))
        batch.drop_constraint("ck_stock_units", type_="check")
        batch.create_check_constraint("ck_stock_units", "taken >= 0 AND taken <= units + late")


def _seq() -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column("seq", kind, primary_key=True)
