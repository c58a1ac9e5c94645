"""The statements of trees, built once; a row becomes a domain object here."""
