"""What changes accounts, organisations and memberships."""
