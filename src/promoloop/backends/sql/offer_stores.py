"""Products, offers, campaigns and their pauses on SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import msgspec
from sqlalchemy import Connection, func, select

from promoloop.backends.sql.engine import Database
from promoloop.backends.sql.tables import CAMPAIGNS, OFFERS, PAUSES, PRODUCTS
from promoloop.core import InvalidError
from promoloop.offers import Campaign, Offer, Pause, Product, offer_from_json, offer_to_json

__all__ = ["SqlCampaigns", "SqlCatalogue", "SqlOffers", "SqlPauses"]

_Revision: TypeAlias = tuple[int, dict[str, Any]]


class SqlCatalogue:
    """The products on SQL; see ``promoloop.offers.Catalogue``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, products: Sequence[Product]) -> None:
        """Insert or replace, all or nothing."""
        with self._database.write() as connection:
            self._database.replace(
                connection, PRODUCTS.table, PRODUCTS.key, PRODUCTS.rows(products)
            )

    def all(self) -> tuple[Product, ...]:
        """Every product, by ``product_id``."""
        with self._database.read() as connection:
            found = PRODUCTS.read(connection.execute(PRODUCTS.select()))
        # sorted here: databases differ in how they order text
        return tuple(sorted(found, key=lambda product: product.product_id))


class SqlOffers:
    """Offers and all their revisions on SQL; see ``promoloop.offers.OfferStore``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, offers: Sequence[Offer]) -> None:
        """Insert; a changed offer gets the next revision."""
        with self._database.write() as connection:
            newest = _newest(connection)
            for offer in offers:
                _put_one(connection, newest, offer)

    def get(self, offer_id: str) -> Offer:
        """The latest revision; ``InvalidError`` when there is none."""
        query = (
            select(OFFERS.c.body)
            .where(OFFERS.c.offer_id == offer_id)
            .order_by(OFFERS.c.revision.desc())
            .limit(1)
        )
        with self._database.read() as connection:
            body = connection.execute(query).scalar()
        if body is None:
            raise InvalidError(
                f"the offer {offer_id!r}", "there is none of this id", "Put it in first."
            )
        return offer_from_json(body)

    def all(self) -> tuple[Offer, ...]:
        """The latest revision of every offer, by ``offer_id``."""
        with self._database.read() as connection:
            newest = _newest(connection)
        return tuple(offer_from_json(newest[offer_id][1]) for offer_id in sorted(newest))


def _newest(connection: Connection) -> dict[str, _Revision]:
    """Latest revision and body by offer."""
    last = (
        select(OFFERS.c.offer_id, func.max(OFFERS.c.revision).label("revision"))
        .group_by(OFFERS.c.offer_id)
        .subquery()
    )
    query = select(OFFERS.c.offer_id, OFFERS.c.revision, OFFERS.c.body).join(
        last, (OFFERS.c.offer_id == last.c.offer_id) & (OFFERS.c.revision == last.c.revision)
    )
    return {row.offer_id: (row.revision, row.body) for row in connection.execute(query)}


def _put_one(connection: Connection, newest: dict[str, _Revision], offer: Offer) -> None:
    if offer.offer_id in newest:
        revision, body = newest[offer.offer_id]
        if _same(offer_to_json(replace(offer, revision=revision)), body):
            return
        offer = replace(offer, revision=revision + 1)
    body = offer_to_json(offer)
    newest[offer.offer_id] = (offer.revision, msgspec.json.decode(msgspec.json.encode(body)))
    row = {"offer_id": offer.offer_id, "revision": offer.revision, "body": body}
    connection.execute(OFFERS.insert(), row)


def _same(written: Mapping[str, Any], stored: Mapping[str, Any]) -> bool:
    """Equal once both went through JSON."""
    return bool(msgspec.json.decode(msgspec.json.encode(written)) == stored)


class SqlCampaigns:
    """Campaigns on SQL; see ``promoloop.offers.CampaignStore``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, campaign: Campaign) -> None:
        """Insert or replace."""
        with self._database.write() as connection:
            self._database.replace(
                connection, CAMPAIGNS.table, CAMPAIGNS.key, CAMPAIGNS.rows([campaign])
            )

    def get(self, campaign_id: str) -> Campaign:
        """The campaign; ``InvalidError`` when there is none."""
        query = CAMPAIGNS.select().where(CAMPAIGNS.table.c.campaign_id == campaign_id)
        with self._database.read() as connection:
            found = CAMPAIGNS.read(connection.execute(query))
        if not found:
            raise InvalidError(
                f"the campaign {campaign_id!r}", "there is none of this id", "Put it in first."
            )
        return found[0]

    def all(self) -> tuple[Campaign, ...]:
        """Every campaign, by ``campaign_id``."""
        with self._database.read() as connection:
            found = CAMPAIGNS.read(connection.execute(CAMPAIGNS.select()))
        return tuple(sorted(found, key=lambda campaign: campaign.campaign_id))


class SqlPauses:
    """When campaigns were paused, on SQL; see ``promoloop.offers.PauseBook``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def write(self, pause: Pause) -> None:
        """Add one; the same again changes nothing."""
        with self._database.write() as connection:
            self._database.add_new(connection, PAUSES.table, PAUSES.key, PAUSES.rows([pause]))

    def of(self, campaign_id: str) -> tuple[Pause, ...]:
        """Everything of one campaign, in order of time."""
        columns = PAUSES.table.c
        query = PAUSES.select().where(columns.campaign_id == campaign_id)
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(columns.at, columns.seq))
            return tuple(PAUSES.read(rows))

    def paused(self) -> Mapping[str, Pause]:
        """Campaigns that are paused now."""
        columns = PAUSES.table.c
        query = PAUSES.select().order_by(columns.at, columns.seq)
        with self._database.read() as connection:
            last = {one.campaign_id: one for one in PAUSES.read(connection.execute(query))}
        return {key: one for key, one in last.items() if one.paused}
