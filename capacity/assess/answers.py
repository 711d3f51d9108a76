"""What cells say of units: asked by name, so that parts of an area can answer beforehand.

An assessment asks cells few things: how many people a unit has, how many of them are in reach of a
circle, and the like. Each such question has a name. Where nobody has answered it, it is computed from
all cells at once; where the area was taken in parts, their answers are put together and given here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    CircleKey = tuple[str, str, str, float, float | None]
    T = TypeVar("T")


class Question(NamedTuple):
    """The name of something that cells say of the units of a tier.

    Attributes
    ----------
    kind
        ``sums`` (people), ``known`` (share of the area with numbers), ``scaling`` (to the census),
        ``account`` (people by where they are), ``total`` (people of the layer), ``ground`` (between
        units: the one thing that no cells are asked), ``gaps`` (people there), ``covered`` (people in reach), ``taken`` (who may choose between which
        facilities), ``walkers`` (starting points off the network), ``off`` (cells off it), ``pockets``.
    tier
        Of the units.
    group
        Population column.
    circle
        What is reached, and how.
    norm
        Id of the norm that says who needs how much, or whose units are meant.
    """

    kind: str
    tier: str = ""
    group: str = ""
    circle: CircleKey | None = None
    norm: str = ""


class Answers:
    """Answers to questions: given, or computed once.

    Parameters
    ----------
    given
        Answers of parts, all of them; then nothing is computed here. None where nothing was asked yet.
    later
        Answers to what stages to come ask beyond, by the key of their case.
    """

    def __init__(
        self,
        given: Mapping[Question, Any] | None = None,
        later: Mapping[Any, Answers] | None = None,
    ) -> None:
        self.given = given
        self.later = dict(later or {})
        self._computed: dict[Question, Any] = {}

    def of(self, question: Question, compute: Callable[[], T]) -> T:
        """Give the answer to a question.

        Parameters
        ----------
        question
            Its name.
        compute
            Answers it from all cells.

        Returns
        -------
        Any
            What ``compute`` gives, or would give.

        Raises
        ------
        AssertionError
            If the parts were not asked.
        """
        if self.given is not None:
            if question not in self.given:
                raise AssertionError(f"the parts were not asked for {question}")
            answer: T = self.given[question]
            return answer
        if question not in self._computed:
            self._computed[question] = compute()
        computed: T = self._computed[question]
        return computed
