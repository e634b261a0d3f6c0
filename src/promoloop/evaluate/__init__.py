"""Honest estimates: experiments and off-policy."""

from promoloop.evaluate.records import Estimate

__all__ = [
    "Estimate",
]
