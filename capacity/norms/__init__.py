"""Siting norms as dated, sourced data: the catalogue, and the selection for a city and a date."""

from capacity.norms.catalogue import (
    Catalogue,
    load_catalogue,
    load_norms,
    validate_file,
    write_template,
)
from capacity.norms.model import Conflict, Count, Norm, NormSet, Source

__all__ = [
    "Catalogue",
    "Conflict",
    "Count",
    "Norm",
    "NormSet",
    "Source",
    "load_catalogue",
    "load_norms",
    "validate_file",
    "write_template",
]
