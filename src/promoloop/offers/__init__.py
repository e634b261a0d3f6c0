"""Products, offers and campaigns as data; the cart pricing engine."""

from promoloop.offers.parts import Condition, Reward
from promoloop.offers.ports import CampaignStore, Catalogue, OfferStore
from promoloop.offers.records import Campaign, Caps, Offer, Product

__all__ = [
    "Campaign",
    "CampaignStore",
    "Caps",
    "Catalogue",
    "Condition",
    "Offer",
    "OfferStore",
    "Product",
    "Reward",
]
