"""Slow oracle of accessibility scores: loops over people and facilities as the papers write it."""

import math


def gaussian(cost, limit):
    """Dai (2010): 1 at the facility, 0 at the limit and beyond."""
    if cost > limit:
        return 0.0
    edge = math.exp(-1 / 2)
    return (math.exp(-1 / 2 * (cost / limit) ** 2) - edge) / (1 - edge)


def stepped(cost, zones):
    """Luo and Qi (2009): the weight of the nearest zone that the cost does not exceed."""
    for limit, weight in zones:
        if cost <= limit:
            return weight
    return 0.0


def scores(trips, demand, supply, weight, *, choose=False):
    """Score of each row; ``trips`` is {(row, facility): (cost, share)}.

    With ``choose``, people first divide themselves between facilities (Wan, Zou, Sternberg 2012).
    """
    pull = {key: weight(cost) * share for key, (cost, share) in trips.items()}
    if choose:
        for i in range(len(demand)):
            mine = [key for key in trips if key[0] == i]
            total = sum(pull[key] for key in mine)
            for key in mine:
                pull[key] = pull[key] ** 2 / total if total else 0.0
    result = [0.0] * len(demand)
    for j, have in enumerate(supply):
        if math.isnan(have):
            continue
        come = sum(pull[key] * demand[key[0]] for key in trips if key[1] == j)
        if come == 0:
            continue
        for key in trips:
            if key[1] == j:
                result[key[0]] += pull[key] * have / come
    return result
