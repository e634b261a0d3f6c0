"""The catalogue: what the shop sells, kept up to date by the shop's system."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec

from promoloop.api.desk import Desk
from promoloop.api.doors import Call, Doors, Reply
from promoloop.api.pages import PageQuery, page_of, page_shape
from promoloop.api.parts import PRODUCT
from promoloop.api.problems import not_found
from promoloop.api.schemas import Id, Minor, OptionalId, Shape
from promoloop.api.tags import etag_of, require_match, seen_already
from promoloop.core import InvalidError
from promoloop.offers import Product

__all__ = ["doors"]

#: No control characters, nor signs that break the line or turn the text after them around.
_ONE_LINE = r"^[^\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]*$"
Title = Annotated[str, msgspec.Meta(min_length=1, max_length=500, pattern=_ONE_LINE)]
PRODUCTS = Shape("Products", page_shape({"$ref": "#/components/schemas/Product"}))


class ProductBody(msgspec.Struct, forbid_unknown_fields=True):
    """A product; ``price_minor`` in minor units of the shop's currency."""

    title: Title
    category: Id
    price_minor: Minor
    department: OptionalId = ""
    brand: OptionalId = ""

    def record(self, product_id: str, currency: str) -> Product:
        """As the catalogue keeps it."""
        return Product(
            product_id,
            self.title,
            self.category,
            self.department,
            self.brand,
            self.price_minor,
            currency,
        )


class ListedProduct(ProductBody, kw_only=True):
    """A product with its id."""

    product_id: Id


class ProductsBody(msgspec.Struct, forbid_unknown_fields=True):
    """Many products at once: all are stored, or none."""

    items: Annotated[list[ListedProduct], msgspec.Meta(min_length=1, max_length=1000)]


class Stored(msgspec.Struct):
    """How many were stored."""

    stored: int


def doors(desk: Desk) -> Doors:
    """``/products``."""
    own = Doors(desk, "products")
    currency = desk.house.currency

    @own.put(
        "/products",
        "Store many products",
        scope="catalogue:write",
        body=ProductsBody,
        answer=Stored,
        once=True,
    )
    def put_products(call: Call[ProductsBody]) -> Stored:
        """Products that are there by their id are replaced."""
        products = [one.record(one.product_id, currency) for one in call.body.items]
        _require_one_each(products)
        desk.put_products(products, call.now)
        return Stored(len(call.body.items))

    @own.get(
        "/products",
        "The catalogue, page by page",
        scope="read",
        query=PageQuery,
        answer=PRODUCTS,
        errors=(422,),
    )
    def list_products(call: Call[None]) -> object:
        """In order of ``product_id``."""
        rows = sorted(desk.products().items())
        return page_of(rows, call.query, "products", desk.secret)

    @own.put(
        "/products/{product_id}",
        "Store a product",
        scope="catalogue:write",
        body=ProductBody,
        answer=PRODUCT,
        errors=(412,),
        once=True,
        headers=("If-Match", "If-None-Match"),
        sends=("ETag",),
    )
    def put_product(call: Call[ProductBody]) -> Reply:
        """With ``If-Match`` only what you saw is changed."""
        product_id = call.path("product_id")
        before = desk.products().get(product_id)
        require_match(call.request, etag_of(before) if before else None)
        product = call.body.record(product_id, currency)
        desk.put_products([product], call.now)
        return Reply(product, headers={"ETag": etag_of(product)})

    @own.get(
        "/products/{product_id}",
        "A product",
        scope="read",
        answer=PRODUCT,
        headers=("If-None-Match",),
        sends=("ETag",),
        may_be_seen=True,
    )
    def get_product(call: Call[None]) -> Reply:
        """304 with ``If-None-Match`` while it is as you have it."""
        product_id = call.path("product_id")
        product = desk.products().get(product_id)
        if product is None:
            raise not_found("product", product_id)
        return tagged(call, product)

    return own


def _require_one_each(products: Sequence[Product]) -> None:
    """The same product twice is taken as one; two that differ by one id are not."""
    found: dict[str, Product] = {}
    for at, one in enumerate(products):
        if found.setdefault(one.product_id, one) != one:
            raise InvalidError(
                f"the body, field items[{at}]",
                f"the product {one.product_id} stands in the list before, and differently",
                "Send each product once.",
            )


def tagged(call: Call[None], thing: object) -> Reply:
    """The thing with its tag, or 304 when the asker has it."""
    tag = etag_of(thing)
    if seen_already(call.request, tag):
        return Reply(b"", 304, {"ETag": tag})
    return Reply(thing, headers={"ETag": tag})
