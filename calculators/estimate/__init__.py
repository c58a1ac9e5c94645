"""One estimate and columns of them: working, range, credit, explanation, recomputation."""
