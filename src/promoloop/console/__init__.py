"""The marketers' door: web pages.

``create_console(shop)`` is an ASGI application to be mounted at any path. Needs the extra
``serve`` and the page assets (``make assets``).

A page is a module with a router, words in ``data/<name>-<language>.toml``, templates, and one line
in ``registry.PAGES``.
"""

from promoloop.console.app import create_console, require_assets

__all__ = ["create_console", "require_assets"]
