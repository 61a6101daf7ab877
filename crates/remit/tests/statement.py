"""Holds a statement (camt.053.001.08, camt.054.001.08) against the types that pyiso20022 has made out of the ISO's own schemas.

usage: statement.py FILE

Nothing may be there that the schema does not know, nothing may be missing that it requires, every text keeps to its pattern, length
and list, and the elements stand in the schema's order: what is read and written again is the same document.
"""

import dataclasses
import decimal
import enum
import importlib
import re
import sys
import xml.etree.ElementTree as ET

from xsdata.formats.dataclass.parsers import XmlParser
from xsdata.formats.dataclass.parsers.config import ParserConfig
from xsdata.formats.dataclass.serializers import XmlSerializer


def restricted(where, meta, value):
    if isinstance(value, enum.Enum) or dataclasses.is_dataclass(value):
        return
    text = value if isinstance(value, str) else str(value)
    if "pattern" in meta and not re.fullmatch(meta["pattern"], text):
        sys.exit(f"{where}: {text!r} is not of the pattern {meta['pattern']}")
    if isinstance(value, str) and not meta.get("min_length", 0) <= len(text) <= meta.get("max_length", len(text)):
        sys.exit(f"{where}: {text!r} is too short or too long")
    if isinstance(value, decimal.Decimal):
        digits, places = value.as_tuple().digits, -value.as_tuple().exponent
        if places > meta.get("fraction_digits", places) or len(digits) > meta.get("total_digits", len(digits)):
            sys.exit(f"{where}: {value} has too many digits")
        if "min_inclusive" in meta and value < decimal.Decimal(str(meta["min_inclusive"])):
            sys.exit(f"{where}: {value} is too little")


def walk(where, node):
    for field in dataclasses.fields(node):
        value, meta = getattr(node, field.name), field.metadata
        here = f"{where}/{meta.get('name', field.name)}"
        if value is None:
            if meta.get("required"):
                sys.exit(f"{here} is missing")
            continue
        values = value if isinstance(value, list) else [value]
        if isinstance(value, list) and len(values) < meta.get("min_occurs", 0):
            sys.exit(f"{here} is missing")
        for one in values:
            restricted(here, meta, one)
            if dataclasses.is_dataclass(one):
                walk(here, one)


def shape(node):
    return (node.tag, (node.text or "").strip(), sorted(node.attrib.items()), [shape(child) for child in node])


def main():
    with open(sys.argv[1], "rb") as file:
        document = file.read()
    name = ET.fromstring(document).tag.split("}")[0].rsplit(":", 1)[1]
    module = name.replace(".", "_")
    types = importlib.import_module(f"pyiso20022.camt.{module}.{module}")
    strict = ParserConfig(fail_on_unknown_properties=True, fail_on_unknown_attributes=True, fail_on_converter_warnings=True)
    read = XmlParser(config=strict).from_bytes(document, types.Document)
    walk("Document", read)
    again = XmlSerializer().render(read, ns_map={None: f"urn:iso:std:iso:20022:tech:xsd:{name}"})
    if shape(ET.fromstring(again.encode())) != shape(ET.fromstring(document)):
        sys.exit("the elements do not stand in the schema's order")


main()
