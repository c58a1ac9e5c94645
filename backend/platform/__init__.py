"""What every slice stands on, and knows no slice: core ← data ← privacy ← ops ← web."""
