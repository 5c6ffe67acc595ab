"""What changes the question bank."""
