"""The page: one HTML file with map, table and clauses, which opens without a network.

Leaflet draws the map; its script, ours and the data stand in the file. A content security policy
lets nothing else run and nothing be fetched.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from capacity.report.page_data import page_data
from capacity.report.page_text import WORDS
from capacity.report.undisturbed import undisturbed

if TYPE_CHECKING:
    from capacity.assess.result import Assessment
    from capacity.report.labels import Language

_LANGUAGES: Final[dict[str, str]] = {"zh": "zh-Hans", "en": "en"}
_SLOT: Final = re.compile(r"\{\{(\w+)\}\}")
_UNSAFE: Final = {
    "<": "\\u003c",
    ">": "\\u003e",
    "&": "\\u0026",
    "\u2028": "\\u2028",
    "\u2029": "\\u2029",
}


def write_page(result: Assessment, path: str | Path, *, language: Language = "zh") -> Path:
    """Write the page of an assessment: map, table, findings and clauses in one HTML file.

    Parameters
    ----------
    result
        What ``assess`` gave.
    path
        File to write, in a folder that is there; replaced if it is there itself.
    language
        ``zh`` or ``en``: the language that the page opens in. A button switches to the other.

    Returns
    -------
    Path
        The file written.

    Notes
    -----
    Names from the inputs are data: they stand in a JSON block in which no markup can end, and are
    put on the page as text. The content security policy lets only the page's own scripts run, known
    by their hashes, and nothing be fetched.
    """
    target = Path(path)
    with undisturbed():
        text = _page(page_data(result, language), language)
    target.write_text(text, encoding="utf-8")
    return target


def _page(data: dict[str, Any], language: Language) -> str:
    leaflet = _asset("leaflet/leaflet.js").replace("//# sourceMappingURL=leaflet.js.map", "")
    scripts, style = (
        (leaflet, _asset("page.js")),
        _asset("leaflet/leaflet.css") + _asset("page.css"),
    )
    side = language == "en"
    parts = {
        "language": _LANGUAGES[language],
        "policy": _policy(scripts, style),
        "title": escape(f"{data['area']['name']} · {WORDS['title'][side]}"),
        "no_script": escape(WORDS["no_script"][side]),
        "style": style,
        "leaflet": scripts[0],
        "script": scripts[1],
        "data": _safe_json(data),
        "licence": escape(_asset("leaflet/LICENSE").strip()),
    }
    return _SLOT.sub(lambda slot: parts[slot[1]], _asset("page.html"))


def _asset(name: str) -> str:
    return files("capacity.report").joinpath("assets", *name.split("/")).read_text("utf-8")


def _policy(scripts: tuple[str, ...], style: str) -> str:
    """Let these scripts run and this style count, and nothing be fetched."""
    run = " ".join(_hash(script) for script in scripts)
    return (
        f"default-src 'none'; script-src {run}; style-src {_hash(style)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _safe_json(data: dict[str, Any]) -> str:
    """Write JSON in which nothing ends a script or begins a tag."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return re.sub("[<>&\u2028\u2029]", lambda found: _UNSAFE[found[0]], text)
