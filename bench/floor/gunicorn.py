"""The product's configuration without its signs of life, which need the product's tables."""

from __future__ import annotations

from config.gunicorn import control_socket_disable, threads, worker_class, workers

__all__ = ["control_socket_disable", "threads", "worker_class", "workers"]
