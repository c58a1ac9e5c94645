"""Registry: the credit projects and lots we may sell from, what is held and retired, and the certificates of it."""
