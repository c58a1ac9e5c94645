"""The statements of accounts, built once; a row becomes a domain object here. Nothing is decided."""
