"""Send what is due: lease, check again, render, hand over, record.

A message is marked ``sending`` in its own transaction just before it leaves, so a run killed at
any moment leaves each message either untouched (and sent by the next run) or in doubt (and parked
as ``unknown``); none is sent twice.
"""

from promoloop.flows.deliver.desk import DeliverReport, Desk
from promoloop.flows.deliver.due import deliver_due
from promoloop.flows.deliver.reported import ReportDesk, ReportsTaken, take_reports
from promoloop.flows.deliver.stops import stop_said

__all__ = [
    "DeliverReport",
    "Desk",
    "ReportDesk",
    "ReportsTaken",
    "deliver_due",
    "stop_said",
    "take_reports",
]
