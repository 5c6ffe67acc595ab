"""The floor: the least that a Django view, or a Celery task, can do with the same server and database."""
