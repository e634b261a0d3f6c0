"""Products, offers and campaigns as data; the cart pricing engine."""

from promoloop.offers.cart import Basket, Cart, CartLine, Discount
from promoloop.offers.conditions import (
    CouponCode,
    FlashWindow,
    InCategories,
    MinimumSpend,
    OnProducts,
)
from promoloop.offers.facts import OfferFacts, offer_facts
from promoloop.offers.parts import CONDITIONS, REWARDS, Condition, Part, Reward
from promoloop.offers.ports import CampaignStore, Catalogue, OfferStore
from promoloop.offers.records import Campaign, Caps, Offer, Product
from promoloop.offers.rewards import (
    AmountOff,
    BuyXGetY,
    FreeShipping,
    Gift,
    PercentOff,
    TieredAmountOff,
)
from promoloop.offers.stored import offer_from_json, offer_to_json

__all__ = [
    "CONDITIONS",
    "REWARDS",
    "AmountOff",
    "Basket",
    "BuyXGetY",
    "Campaign",
    "CampaignStore",
    "Caps",
    "Cart",
    "CartLine",
    "Catalogue",
    "Condition",
    "CouponCode",
    "Discount",
    "FlashWindow",
    "FreeShipping",
    "Gift",
    "InCategories",
    "MinimumSpend",
    "Offer",
    "OfferFacts",
    "OfferStore",
    "OnProducts",
    "Part",
    "PercentOff",
    "Product",
    "Reward",
    "TieredAmountOff",
    "offer_facts",
    "offer_from_json",
    "offer_to_json",
]
