"""The statements of activities: built once, each row read into a domain object. Nothing is decided here."""
