"""A slow calibration that shares no code with the library: exact fractions, one cell after another."""

from fractions import Fraction


def calibrate(cells, census, above):  # noqa: C901  nested on purpose: it reads like the rule
    """Scale people so that every census unit has its official total.

    cells: list of (unit, people); census: {unit: people}; above: {unit: parent or None} of every unit
    that cells or census name. A unit's total is its own, or that of its units if all have one. Units
    without a total share what the nearest unit above leaves over, in proportion to their people.
    Returns the scaled people of each cell; None where nobody can know them, and the cell's own where no
    total speaks of it.
    """
    below = {}
    for unit, parent in above.items():
        below.setdefault(parent, []).append(unit)

    def total(unit):
        if unit in census:
            return Fraction(census[unit])
        parts = [total(child) for child in below.get(unit, [])]
        return None if not parts or None in parts else sum(parts)

    def known_inside(unit):
        found = Fraction(0)
        for child in below.get(unit, []):
            number = total(child)
            found += known_inside(child) if number is None else number
        return found

    def target(unit):
        while unit is not None:
            if total(unit) is not None:
                return unit
            unit = above[unit]
        return None

    units = {unit for unit, _ in cells}
    result = []
    for unit, people in cells:
        mine = target(unit)
        if mine is None:
            result.append(Fraction(people))
            continue
        share = total(mine) if mine == unit else total(mine) - known_inside(mine)
        together = [u for u in units if target(u) == mine]
        weight = sum(Fraction(p) for u, p in cells if u in together)
        nobody = share == 0 and total(mine) == 0
        if nobody:
            result.append(Fraction(0))
            continue
        if weight == 0 or (mine != unit and share <= 0):
            result.append(None)
            continue
        result.append(Fraction(people) * share / weight)
    return result
