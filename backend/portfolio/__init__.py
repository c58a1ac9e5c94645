"""What is one person's across all slices: their account, their statements, their data, and the way out."""
