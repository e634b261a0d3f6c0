"""Choose the backends that the settings name, and hand the shop over, opened.

This is also the Python API: everything the command line does, in a notebook::

    from promoloop.bootstrap import open_shop

    with open_shop(Path("promoloop.toml")) as shop:
        shop.ingest(Path("events.jsonl"), catalog=Path("products.csv"))
"""

from promoloop.bootstrap.shop.opening import Shop, init_shop, open_shop

__all__ = ["Shop", "init_shop", "open_shop"]
