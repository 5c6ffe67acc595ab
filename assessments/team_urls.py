"""Addresses for the team."""

from django.urls import URLPattern

team_patterns: list[URLPattern] = []
