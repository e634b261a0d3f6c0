"""Products, offers and campaigns as data; the cart pricing engine."""

from promoloop.offers.cart import Basket, Cart, CartLine, Discount
from promoloop.offers.catalogue import RejectedRow, products_from_rows
from promoloop.offers.codes import IssuedCode
from promoloop.offers.conditions import (
    CouponCode,
    FlashWindow,
    InCategories,
    MinimumSpend,
    OnProducts,
)
from promoloop.offers.economics import liability_minor, reward_for, rewards_for
from promoloop.offers.facts import OfferFacts, offer_facts
from promoloop.offers.funding import Funding
from promoloop.offers.naming import unspoken
from promoloop.offers.partners import require_known_funding
from promoloop.offers.parts import CONDITIONS, REWARDS, Condition, Part, Reward
from promoloop.offers.ports import (
    CampaignStore,
    Catalogue,
    CodePools,
    OfferStore,
    PauseBook,
    PriceHistory,
)
from promoloop.offers.pricing import EVERYTHING, Applied, PricedCart, is_open, price_cart
from promoloop.offers.reading import ARM_NAMES, campaign_from_data, offers_from_data
from promoloop.offers.records import (
    GUARDRAIL_METRICS,
    LIFE_STEPS,
    PRICE_KINDS,
    Campaign,
    Caps,
    Guardrail,
    Offer,
    Pause,
    PricePoint,
    Product,
)
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
    "ARM_NAMES",
    "CONDITIONS",
    "EVERYTHING",
    "GUARDRAIL_METRICS",
    "LIFE_STEPS",
    "PRICE_KINDS",
    "REWARDS",
    "AmountOff",
    "Applied",
    "Basket",
    "BuyXGetY",
    "Campaign",
    "CampaignStore",
    "Caps",
    "Cart",
    "CartLine",
    "Catalogue",
    "CodePools",
    "Condition",
    "CouponCode",
    "Discount",
    "FlashWindow",
    "FreeShipping",
    "Funding",
    "Gift",
    "Guardrail",
    "InCategories",
    "IssuedCode",
    "MinimumSpend",
    "Offer",
    "OfferFacts",
    "OfferStore",
    "OnProducts",
    "Part",
    "Pause",
    "PauseBook",
    "PercentOff",
    "PriceHistory",
    "PricePoint",
    "PricedCart",
    "Product",
    "RejectedRow",
    "Reward",
    "TieredAmountOff",
    "campaign_from_data",
    "is_open",
    "liability_minor",
    "offer_facts",
    "offer_from_json",
    "offer_to_json",
    "offers_from_data",
    "price_cart",
    "products_from_rows",
    "require_known_funding",
    "reward_for",
    "rewards_for",
    "unspoken",
]
