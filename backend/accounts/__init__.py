"""Accounts: who someone is, how they prove it, on which devices, and what they agreed to.

The leftmost slice: it sees no other. What must follow from an act here goes through the outbox.
"""
