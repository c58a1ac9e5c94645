"""The operators' console: pages on which methodologies are written and reviewed, and doubtful activities decided."""
