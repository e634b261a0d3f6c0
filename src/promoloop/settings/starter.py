"""The configuration a new project begins with."""

from __future__ import annotations

__all__ = ["CONFIG_NAME", "starter_config"]


#: What the file is called.
CONFIG_NAME = "promoloop.toml"


def starter_config() -> str:
    """The ``promoloop.toml`` that ``promoloop init`` writes."""
    return """\
# promoloop: one file for everything that is configured. Paths are relative to this file.
# Secrets are not kept here: set PROMOLOOP_MAIL_PASSWORD, PROMOLOOP_SIGNING_KEY (a new key before
# the old one, by a comma, rotates it), PROMOLOOP_ADDRESS_KEY (never change it) and
# PROMOLOOP_MODEL_KEY.

[shop]
name = "Corner Market"
postal_address = "1 Market Street, Springfield"
currency = "USD"
time_zone = "America/New_York"
market = "US"                    # rules on quiet hours and price claims
locales = ["en-US", "zh-CN"]

[model]
backend = "embedded"             # "none": no model, only read hooks and templates
threads = 1
# backend = "endpoint"           # any OpenAI-compatible server, with its url and model name:
# url = "http://127.0.0.1:8000/v1"
# name = "the-model"

[mail]
host = "127.0.0.1"
port = 8025
sender = "offers@shop.example"
unsubscribe_url = "https://shop.example/unsubscribe"

[experiments]
global_holdout = 0.0             # share of all shoppers who get nothing from any campaign

[review]
policy = "exceptions"            # people read: "all", "sample", or "exceptions" (what is marked)
share = 0.1                      # of a sample
# channels = {sms = "all"}       # otherwise for one channel or market
# markets = {CN = "all"}

[tracking]
# url = "https://go.shop.example/t"  # our page on your own domain; without it links are not tracked
unsubscribe_minor = 200          # what it costs when a shopper leaves, and
complaint_minor = 1000           # when one calls a message spam

[privacy]
double_opt_in = "never"          # "market": where the law or the courts ask for it; "always"
# ai_label = {DE = true}         # say that a model wrote it; China is labelled by default

[margins]                        # gross margin per department in percent; the rest is assumed
# GROCERY = 25
"""
