"""Python imports this at its start where the folder is on its path; the clock is then CLOCK_OFF seconds wrong."""

from __future__ import annotations

import datetime
import os
import time

import django.utils.timezone

OFF = float(os.environ["CLOCK_OFF"])
real_time, real_now = time.time, django.utils.timezone.now

time.time = lambda: real_time() + OFF
django.utils.timezone.now = lambda: real_now() + datetime.timedelta(seconds=OFF)
