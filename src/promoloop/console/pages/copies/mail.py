"""An e-mail as it would arrive, with links that lead nowhere."""

from __future__ import annotations

from promoloop.compose import Copy
from promoloop.console.visit import Visit
from promoloop.deliver import Links, Message, Sender, render_email
from promoloop.flows.reviewing.standing import as_read, facts_of

__all__ = ["mail_html"]

#: A preview is of nobody: no address, no shopper, and links that do nothing.
_NOWHERE = "https://example.invalid/"


def mail_html(visit: Visit, copy: Copy) -> str:
    """The HTML part with today's facts of the offer."""
    said = visit.shop.settings
    sender = Sender(
        name=said.shop.name,
        address=said.mail.sender,
        shop_name=said.shop.name,
        shop_address=said.shop.postal_address,
        unsubscribe_base=_NOWHERE,
        list_id="preview.invalid",
    )
    message = Message(
        dedupe_key="preview",
        decision_id="preview",
        campaign_id="preview",
        shopper_id="preview",
        channel="email",
        address="preview@example.invalid",
        time_zone=visit.house.time_zone,
        locale=copy.locale,
        copy_id=copy.copy_id,
        slots=facts_of(visit.house, copy).clauses,
        not_before=visit.now,
        expires_at=visit.now,
    )
    links = Links(_NOWHERE, _NOWHERE, "mailto:preview@example.invalid")
    return render_email(message, as_read(visit.house, copy), sender, links, visit.now).html
