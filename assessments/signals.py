"""What the assessments room announces to the rooms above it.

attempt_scored: sent after the commit that stored a score, with ``attempt_id`` and ``score_id``.
Sent by `assessments.services.score`; `reports` builds the report on it (connected in reports/apps.py).
A lost signal costs a minute: the sweep of `reports` finds scores without a report.
"""

from django.dispatch import Signal

attempt_scored = Signal()
