"""What changes assessments, invitations, attempts, answers and scores. No Celery, no HTTP."""
