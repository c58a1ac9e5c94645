"""The kinds of files that can be imported, by the name a person types."""

from __future__ import annotations

from collections.abc import Mapping

from calculators.importing.reader import Source
from calculators.importing.sources import base_carbone, mee_grid, open_emission_factors, uk_flat_file

SOURCES: Mapping[str, Source] = {
    module.SOURCE.name: module.SOURCE for module in (uk_flat_file, base_carbone, mee_grid, open_emission_factors)
}
