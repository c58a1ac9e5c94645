"""Clock, context, errors and languages: what everything else may see."""
