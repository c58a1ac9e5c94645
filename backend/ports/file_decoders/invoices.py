"""Invoices that machines write: the code of a Chinese VAT invoice, and UN/CEFACT or UBL invoices inside a PDF.

Each becomes the lines that a printed one would have, so that everything is read in one way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

MOST_ELEMENTS = 20_000
MOST_LINES = 60
_PARTS = 6  # of the code: 01, kind of invoice, its code, number, amount, day


def lines_of_code(text: str) -> list[str]:
    """The lines of a VAT invoice's code: `01,32,,26117000000012345678,5200.00,20261120,,A1B2`; nothing for another."""
    parts = [part.strip() for part in text.split(",")]
    if len(parts) < _PARTS or parts[0] != "01" or not parts[3].isdigit():
        return []
    lines = [f"发票号码 {parts[2]}{parts[3]}"]
    if re.fullmatch(r"\d{1,9}(\.\d{1,2})?", parts[4]):
        lines.append(f"合计 ¥{parts[4]}")
    if day := re.fullmatch(r"(20\d\d)(\d\d)(\d\d)", parts[5]):
        lines.append("-".join(day.groups()))
    return lines


def lines_of_invoice(content: bytes) -> Iterator[str]:
    """The lines of an embedded invoice; nothing for what is none, has a document type of its own, or is too large."""
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        return
    root = ET.fromstring(content)
    elements = [(element.tag.rpartition("}")[2], element) for element in root.iter()]
    if len(elements) > MOST_ELEMENTS or elements[0][0] not in ("CrossIndustryInvoice", "Invoice"):
        return
    yield from _head(root, is_ubl=elements[0][0] == "Invoice")
    names = ("InvoiceLine", "IncludedSupplyChainTradeLineItem")
    for _, line in [one for one in elements if one[0] in names][:MOST_LINES]:
        quantity, unit = _first(line, "BilledQuantity", "InvoicedQuantity")
        name, _ = _first(line, "Name", "Description")
        if name:
            yield f"{_count(quantity)} {'kWh ' if unit == 'KWH' else ''}{name}".strip()


def _head(root: ET.Element, *, is_ubl: bool) -> Iterator[str]:
    # of CEFACT the document comes before anything else that has a name
    document = root if is_ubl else next((one for one in root.iter() if one.tag.endswith("ExchangedDocument")), root)
    number, _ = _first(document, "ID") if not is_ubl else _child(root, "ID")
    if number:
        yield f"Invoice number {number}"
    seller = next((one for one in root.iter() if one.tag.endswith(("SellerTradeParty", "SupplierParty"))), None)
    name, _ = ("", "") if seller is None else _first(seller, "Name", "RegistrationName")
    if name:
        yield f"Seller: {name}"
    issued, _ = _child(root, "IssueDate") if is_ubl else _first(document, "DateTimeString")
    if day := re.fullmatch(r"(20\d\d)-?(\d\d)-?(\d\d)", issued):
        yield "-".join(day.groups())
    starts, ends = (_first(root, *names)[0] for names in (("StartDate",), ("EndDate",)))
    if starts and ends:
        yield f"{starts} to {ends}"


def _child(root: ET.Element, name: str) -> tuple[str, str]:
    found = next((one for one in root if one.tag.rpartition("}")[2] == name), None)
    return ("", "") if found is None else ((found.text or "").strip()[:80], "")


def _first(root: ET.Element, *names: str) -> tuple[str, str]:
    """The text and unit of the first element of these names that has text."""
    for element in root.iter():
        if element.tag.rpartition("}")[2] in names and (text := (element.text or "").strip()):
            return text[:80], element.get("unitCode", "")
    return "", ""


def _count(quantity: str) -> str:
    whole = re.fullmatch(r"(\d{1,6})(\.0+)?", quantity)
    return whole[1] if whole else quantity
