"""Choose the backends that the settings name, and hand the shop over, opened."""

from promoloop.bootstrap.campaigns import campaign_in
from promoloop.bootstrap.demo import DemoPaths, run_demo
from promoloop.bootstrap.renewing import forecast_renewal, renew_texts, write_preferences
from promoloop.bootstrap.shop import Shop, init_shop, open_shop
from promoloop.bootstrap.showing import shop_to_show
from promoloop.bootstrap.sources import source_named
from promoloop.bootstrap.writing import plan_briefs, write_briefs
from promoloop.flows.design import Wishes

__all__ = [
    "DemoPaths",
    "Shop",
    "Wishes",
    "campaign_in",
    "forecast_renewal",
    "init_shop",
    "open_shop",
    "plan_briefs",
    "renew_texts",
    "run_demo",
    "shop_to_show",
    "source_named",
    "write_briefs",
    "write_preferences",
]
