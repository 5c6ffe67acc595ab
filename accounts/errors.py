"""The one exception for "this cannot be done", used by the services of every room."""


class NotPossible(Exception):
    """What was asked for cannot be done now.

    The message says why and what to do, in words for the person who asked.
    """
