"""Events folded into profiles; consent; addresses never to be written to."""

from promoloop.profiles.addresses import address_digest
from promoloop.profiles.asking import double_opt_in_channels
from promoloop.profiles.contacts import CONTACT, consents_in, contacts_in
from promoloop.profiles.folding import fold_profiles
from promoloop.profiles.lifecycle import lifecycle_of
from promoloop.profiles.ports import (
    ConsentLedger,
    ConsentRequests,
    RestBook,
    SuppressionList,
)
from promoloop.profiles.records import (
    LIFECYCLES,
    PROFILE,
    SUPPRESSED,
    Consent,
    ConsentRequest,
    ContactRest,
    Suppression,
)

__all__ = [
    "CONTACT",
    "LIFECYCLES",
    "PROFILE",
    "SUPPRESSED",
    "Consent",
    "ConsentLedger",
    "ConsentRequest",
    "ConsentRequests",
    "ContactRest",
    "RestBook",
    "Suppression",
    "SuppressionList",
    "address_digest",
    "consents_in",
    "contacts_in",
    "double_opt_in_channels",
    "fold_profiles",
    "lifecycle_of",
]
