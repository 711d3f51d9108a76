"""Names that a spreadsheet, a browser or a terminal would run if they were let."""

import dataclasses

NAMES = (
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>",
    "[red]x[/red]",
    "A\x00\x07\x1b[31mB\r\nC\u202e",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "00042",
    "https://example.org",
    "{=1}",
    "_x0041_",
)


def named(result):
    """Give the streets of an assessment hostile names, everywhere they stand."""
    units = result.area.units.copy()
    codes = units.loc[units["unit_type"].isin(["street", "township"]), "unit_code"]
    names = dict(zip(codes, NAMES, strict=True))
    findings, people = result.findings.copy(), result.people.copy()
    for frame in (units, findings, people):
        frame["unit_name"] = frame["unit_code"].map(names).fillna(frame["unit_name"])
    compounds = result.compounds.assign(name=NAMES[0])
    area = dataclasses.replace(result.area, units=units)
    return names, dataclasses.replace(
        result, area=area, findings=findings, people=people, compounds=compounds
    )
