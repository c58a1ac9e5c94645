"""Trees: pools people pay into or earn from, what was planted there, and who has seen it alive."""
