"""Numbers only: statistics of tests and scores. NumPy and SciPy, no Django.

Scoring one person, from the first answer on (``score_profile``):

    score_profile(answers, bank, *, skills=None, correlation=0.65, weights=None, cut=None, level=0.90) -> Profile

``answers`` maps item names to marks in [0, 1]. ``bank`` holds the items with their uncertain parameters; make it once
per calibration (a few milliseconds before there is data) and keep it. What comes back are frozen dataclasses of plain
numbers; whatever cannot be estimated has ``value`` None and a ``reason``.

>>> from psychometrics.bank import Bank
>>> from psychometrics.items import Item, prior_item
>>> from psychometrics.profile import score_profile

Before there is data, an item is its difficulty band and its chance level; calibrated items bring their own numbers:

>>> items = [prior_item(f"drift-{n}", "drift", band=1 + n % 3, chance=0.25) for n in range(6)]
>>> items += [prior_item(f"serving-{n}", "serving", band=2) for n in range(4)]
>>> items += [Item("serving-9", "serving", log_slope=0.2, log_slope_sd=0.1, difficulty=-0.3, difficulty_sd=0.15, n=420)]
>>> bank = Bank.of(items, version="prior")

>>> answers = {"drift-0": 1, "drift-1": 1, "drift-2": 0, "serving-0": 0.5, "serving-9": 1}
>>> profile = score_profile(answers, bank, cut=0.5)
>>> for skill in profile.skills:
...     share = skill.share
...     print(f"{skill.skill}: {share.value:.2f} ({share.low:.2f} to {share.high:.2f}), {skill.points:g} of {skill.n}")
drift: 0.66 (0.46 to 0.85), 2 of 3
serving: 0.59 (0.29 to 0.85), 1.5 of 2
>>> overall = profile.overall
>>> print(f"{overall.value:.2f} ({overall.low:.2f} to {overall.high:.2f})")
0.64 (0.43 to 0.82)
>>> f"{profile.probability:.2f}", profile.verdict()
('0.86', 'borderline')
>>> score_profile({}, bank).overall.reason
'no questions were counted'

Where what is:

- one person: ``profile`` (correlated skills), ``bank`` and ``items`` (uncertain parameters); ``abilities`` (one scale)
- many answers: ``responses`` (the one shape of data), ``calibration`` (item parameters), ``correlations`` (of skills),
  ``fit`` (do items behave), ``drift`` (do they still), ``classical``, ``reliability``, ``subscores``
- before a test: ``blueprint`` (expected precision, information), ``standards`` (Angoff panels)
- ``estimates`` is the shape of every figure; ``python -m psychometrics`` the command line; docs/measurement.md
  explains the methods to analysts.
"""
