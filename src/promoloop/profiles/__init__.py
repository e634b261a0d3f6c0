"""Events folded into profiles; consent."""

from promoloop.profiles.ports import ConsentLedger
from promoloop.profiles.records import LIFECYCLES, PROFILE, Consent

__all__ = [
    "LIFECYCLES",
    "PROFILE",
    "Consent",
    "ConsentLedger",
]
