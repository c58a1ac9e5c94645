"""Published figures: factors, baselines, regions; loaded, looked up, searched, and past their day."""
