"""Events folded into profiles; consent."""

from promoloop.profiles.contacts import CONTACT, consents_in, contacts_in
from promoloop.profiles.folding import fold_profiles
from promoloop.profiles.lifecycle import lifecycle_of
from promoloop.profiles.ports import ConsentLedger
from promoloop.profiles.records import LIFECYCLES, PROFILE, Consent

__all__ = [
    "CONTACT",
    "LIFECYCLES",
    "PROFILE",
    "Consent",
    "ConsentLedger",
    "consents_in",
    "contacts_in",
    "fold_profiles",
    "lifecycle_of",
]
