"""How each shopper would respond, with and without an offer."""

from promoloop.respond.records import Action, Baseline, Response

__all__ = [
    "Action",
    "Baseline",
    "Response",
]
