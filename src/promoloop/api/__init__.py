"""The REST door: what web shops and their engineers call. Needs the extra ``serve``."""

from promoloop.api.app import create_app

__all__ = ["create_app"]
