"""The provincial grid factors of China's Ministry of Ecology and Environment, typed or pasted from the yearly notice.

Two columns, 省份 and 因子 (kgCO2/kWh), in whatever width the digits came; titles above, notes below and footnote marks
are understood, and marks never become digits. The year stands in a column, in the title, or is said by the person.
"""

from __future__ import annotations

import re

from calculators.figures.regions import Regions
from calculators.figures.terms import Distribution, GasScope, Gwp
from calculators.importing.cells import narrow, read_number, why_no_figure
from calculators.importing.places import find_place
from calculators.importing.reader import Asked, Figure, LeftOut, Line, Source

_GRIDS = ("华北", "东北", "华东", "华中", "西北", "南方", "西南")
_NOTE = re.compile(r"(注|备注|说明|数据来源|来源)")
_YEARS = 5  # house policy, docs/how-to-add-a-methodology.md
_CLASS_PCT = "10"  # that of electricity, docs/how-to-add-a-methodology.md


def read(line: Line, asked: Asked, regions: Regions) -> Figure:
    """The figure in a line: average electricity of a province, carbon dioxide alone."""
    province = line.get("province")
    if _NOTE.match(province) or not province:
        raise LeftOut("a note")
    if province.startswith(_GRIDS):
        raise LeftOut("a grid, which is no place of ours")
    if why := why_no_figure(line.get("factor")):
        raise LeftOut(why)
    region = find_place(province, regions)
    if region is None:
        raise ValueError(f"no province is called {province!r}")
    year = _year(line, asked)
    place = regions.get_region(region)
    return {
        "key": "grid_location",
        "item": "grid_location",
        "kind": "emission_factor",
        "family": "mee-grid-location-co2",
        "region": region,
        "year": str(year),
        "value": read_number(line.get("factor")),
        "unit": "kgCO2/kWh",
        "gas_scope": GasScope.CO2,
        "gwp": Gwp.NONE,
        "boundary": "generation-side average incl. net imports; location-based scope 2",
        "publisher": "Ministry of Ecology and Environment + National Bureau of Statistics (China)",
        "document": f"《{year}年电力二氧化碳排放因子》",
        "url": "https://www.mee.gov.cn/",
        "mark": asked.mark,
        "uncertainty_pct": _CLASS_PCT,
        "uncertainty_basis": "class",
        "distribution": Distribution.NORMAL,
        "distribution_reason": "narrow",
        "review_by": f"{year + _YEARS}-12-31",
        "name_en": f"Grid average, {place.name_en}",
        "name_zh": f"{place.name_zh}电力平均",
        "note": "",
    }


def _year(line: Line, asked: Asked) -> int:
    if line.get("year"):
        return int(read_number(line.get("year").removesuffix("年")))
    titled = re.search(r"(20\d\d)\s*年", narrow(line.above + line.headings["factor"]))
    if asked.year is not None:
        if titled and int(titled[1]) != asked.year:
            raise ValueError(f"the title says {titled[1]}, you say {asked.year}")
        return asked.year
    if titled is None:
        raise ValueError("no year in the title or in a column 年份; say which with --year")
    return int(titled[1])


SOURCE = Source(
    name="mee-grid",
    title="the ministry's table of provincial grid factors",
    columns={
        "province": r"省份|省级行政区|省（区、市）|省\(区、市\)|地区|省市",
        "factor": r".*因子.*",
        "year": "年份|年度",
    },
    optional=frozenset({"year"}),
    delimiters=",\t;，",
    read=read,
    encodings=("utf-8-sig", "gb18030"),
)
