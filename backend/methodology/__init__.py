"""The public rule book with its history: versions, four eyes, and which version counts on a day."""
