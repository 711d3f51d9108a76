"""Facility capacity planning: apply siting norms, report what is missing, where, and why.

The names below are imported when first used, so that ``import capacity`` is quick. ``assess``,
``demand`` and ``study_area`` name a function here and also the module that holds it: on the package
the function wins, and what the modules hold is reached with ``from``, as in
``from capacity.assess.ratio import places_required``.
"""

import lazy_loader as _lazy

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
