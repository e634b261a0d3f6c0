"""Which offers to make: depth, thresholds, duration and mix, searched under a budget."""

from promoloop.decide.design.rules import DesignRules, breaches, price_points
from promoloop.decide.design.search import OfferDesign, design_offers
from promoloop.decide.design.worth import Menu, Outlook, Prospects

__all__ = [
    "DesignRules",
    "Menu",
    "OfferDesign",
    "Outlook",
    "Prospects",
    "breaches",
    "design_offers",
    "price_points",
]
