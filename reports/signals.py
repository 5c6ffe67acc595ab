"""What the reports room announces to the rooms above it.

report_ready: sent after the commit that stored a report, with ``attempt_id`` and ``report_id``.
Sent by `reports.services.build`. Nothing in this room depends on it.
"""

from django.dispatch import Signal

report_ready = Signal()
