"""Files of a shop: events, catalogue, offers, campaign; and quarantine."""

from promoloop.backends.files.personal import FilesPersonal
from promoloop.backends.files.plans import read_campaign, read_data, read_offers
from promoloop.backends.files.quarantine import QuarantineFile
from promoloop.backends.files.source import FileSource

__all__ = [
    "FileSource",
    "FilesPersonal",
    "QuarantineFile",
    "read_campaign",
    "read_data",
    "read_offers",
]
