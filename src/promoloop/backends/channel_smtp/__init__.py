"""E-mail over SMTP: kept connections, pipelined commands, DKIM signatures.

Figures and reasons: ``docs/adr/0007-smtp-from-the-standard-library.md``.
"""

from promoloop.backends.channel_smtp.account import SmtpAccount
from promoloop.backends.channel_smtp.channel import SmtpChannel
from promoloop.backends.channel_smtp.dkim import DkimSigner
from promoloop.backends.channel_smtp.wire import mime_bytes

__all__ = ["DkimSigner", "SmtpAccount", "SmtpChannel", "mime_bytes"]
