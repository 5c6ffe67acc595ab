"""The one place that reads the environment. Every variable is named in `.env.example`."""

from __future__ import annotations

from environs import Env

env = Env()
