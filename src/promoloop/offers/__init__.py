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
from promoloop.offers.price_claims import (
    PRICE_CLAIM,
    LowestPrice,
    PriceClaim,
    PriceRule,
    announces_reduction,
    check_price,
    lowest_price,
    price_changes,
    price_rule,
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
    "PRICE_CLAIM",
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
    "LowestPrice",
    "MinimumSpend",
    "Offer",
    "OfferFacts",
    "OfferStore",
    "OnProducts",
    "Part",
    "Pause",
    "PauseBook",
    "PercentOff",
    "PriceClaim",
    "PriceHistory",
    "PricePoint",
    "PriceRule",
    "PricedCart",
    "Product",
    "RejectedRow",
    "Reward",
    "TieredAmountOff",
    "announces_reduction",
    "campaign_from_data",
    "check_price",
    "is_open",
    "liability_minor",
    "lowest_price",
    "offer_facts",
    "offer_from_json",
    "offer_to_json",
    "offers_from_data",
    "price_cart",
    "price_changes",
    "price_rule",
    "products_from_rows",
    "require_known_funding",
    "reward_for",
    "rewards_for",
    "unspoken",
]
