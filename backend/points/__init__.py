"""Points: from a credited gram to something a person can collect, spend, give, or lose by waiting too long."""
