"""What the assessments room announces to the rooms above it.

attempt_scored: sent after the commit that stored a score, with ``attempt_id`` and ``score_id``.
Sent by `assessments.services.score`; `reports` builds the report on it (connected in reports/apps.py).
A lost signal costs a minute: the sweep of `reports` finds scores without a report.

correction_carried_out: sent after the commit that ended a correction, with ``regrade_id``; its scores, which may be
thousands, are not announced one by one.
Sent by `assessments.services.regrade`; `reports` builds their reports after all other work (reports/apps.py).

candidate_erased: sent inside the transaction that takes a person's name away, with ``candidate_id``, so that
rooms above take away what they hold of the person, or nothing is taken away at all.
Sent by `assessments.services.retention`; `reports` forgets notes, files and links (connected in reports/apps.py).

results_wanted: asks the rooms above, with ``scores`` (keys), for what these scores say about the people. Receivers
return {score: `assessments.results.Result`}. Sent by `assessments.results`; answered by `reports`.

verdicts_wanted: asks the rooms above, with ``sheets`` (`assessments.results.MarkSheet`), on which side of the pass mark
reports of such marks would put the people. The receiver returns a list. Sent and answered as `results_wanted`.
"""

from django.dispatch import Signal

attempt_scored = Signal()
correction_carried_out = Signal()
candidate_erased = Signal()
results_wanted = Signal()
verdicts_wanted = Signal()
