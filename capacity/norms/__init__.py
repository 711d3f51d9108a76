"""Siting norms as dated, sourced data: the catalogue, and the selection for a city and a date."""

from capacity.norms.catalogue import Catalogue, load_catalogue, load_norms
from capacity.norms.model import Norm, NormSet, Source

__all__ = ["Catalogue", "Norm", "NormSet", "Source", "load_catalogue", "load_norms"]
