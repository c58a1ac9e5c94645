"""Checkout: from a quote through order and payment to a retired credit; late, double and lost words are settled."""
