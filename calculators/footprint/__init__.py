"""The yearly footprint, by category: what there is to neutralise.

Today it is the published average of the person's region, every category marked as a default; a survey replaces
categories one by one. Pure, like the rest of the rule book. A footprint is never added to a reduction.
"""

from calculators.footprint.averages import CategoryFootprint, Footprint, NoAverage, average_footprint

__all__ = ["CategoryFootprint", "Footprint", "NoAverage", "average_footprint"]
