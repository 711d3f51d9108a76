"""Norms as a table for reading."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from capacity.norms.model import Norm


def norm_frame(norms: Iterable[Norm]) -> pd.DataFrame:
    """Lay norms out as a table.

    Parameters
    ----------
    norms
        In the order wanted; at least one.

    Returns
    -------
    DataFrame
        One row per norm. ``value``, ``value_max`` and ``minimum_size`` are ``float64`` (the exact
        decimals are in the norms), dates ``datetime64``, everything else text; lists are joined
        with ``;``, and ``supply`` and ``of`` are in words.
    """
    import pandas as pd

    frame = pd.DataFrame([_row(norm) for norm in norms])
    numbers = dict.fromkeys(("value", "value_max", "minimum_size"), "float64")
    days = ("effective_from", "by", "as_of", "document_date")
    return frame.astype({**numbers, **dict.fromkeys(days, "datetime64[s]")})


def _row(norm: Norm) -> dict[str, object]:
    return {
        "id": norm.id,
        "series": norm.series,
        "city": norm.city,
        "service": norm.service,
        "kind": norm.kind,
        "role": norm.role,
        "profile": norm.profile,
        "name_zh": norm.name_zh,
        "name_en": norm.name_en,
        "comparator": norm.comparator,
        "value": norm.value,
        "value_max": norm.value_max,
        "unit": norm.unit,
        "base": norm.base,
        "levels": ";".join(norm.levels),
        "shown_at": ";".join(norm.shown_at),
        "each": norm.each,
        "applies_to": norm.applies_to,
        "condition": norm.condition,
        "measures": ";".join(norm.measures),
        "supply": norm.supply.text if norm.supply else "",
        "of": norm.of.text if norm.of else "",
        "minimum_size": norm.minimum_size,
        "minimum_size_unit": norm.minimum_size_unit,
        "minimum_size_id": norm.minimum_size_id,
        "effective_from": norm.effective_from,
        "by": norm.by,
        "date_basis": norm.date_basis,
        "as_of": norm.as_of,
        "baseline_of": norm.baseline_of,
        "document": norm.source.title,
        "document_number": norm.source.number,
        "document_date": norm.source.date,
        "date_note": norm.source.date_note,
        "clause": norm.source.clause,
        "key_phrase": norm.source.key_phrase,
        "also": ";".join(source.inventory_id for source in norm.also),
        "conflicts": ";".join(norm.conflicts),
        "note": norm.note,
        "file": norm.file,
        "line": norm.line,
    }
