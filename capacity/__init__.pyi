from .assess.compounds import compound_shortfall as compound_shortfall
from .assess.coverage import circle_coverage as circle_coverage
from .assess.coverage import walking_radius_m as walking_radius_m
from .assess.existence import minimum_facilities as minimum_facilities
from .assess.ratio import area_shortfall as area_shortfall
from .assess.ratio import ratio_shortfall as ratio_shortfall
from .assess.result import Assessment as Assessment
from .assess.run import assess as assess
from .calibration import calibrate as calibrate
from .demand import demand as demand
from .errors import CapacityError as CapacityError
from .errors import Fault as Fault
from .errors import InputError as InputError
from .errors import MissingExtraError as MissingExtraError
from .errors import NormError as NormError
from .errors import OutputExistsError as OutputExistsError
from .example import write_example as write_example
from .inputs.datum import convert_datum as convert_datum
from .inputs.datum import from_wgs84 as from_wgs84
from .inputs.datum import to_wgs84 as to_wgs84
from .norms.catalogue import load_catalogue as load_catalogue
from .norms.catalogue import load_norms as load_norms
from .population import PopulationGrid as PopulationGrid
from .study_area import Parameters as Parameters
from .study_area import StudyArea as StudyArea
from .study_area import check_study_area as check_study_area
from .study_area import read_study_area as read_study_area
from .study_area import study_area as study_area

__all__ = [
    "Assessment",
    "CapacityError",
    "Fault",
    "InputError",
    "MissingExtraError",
    "NormError",
    "OutputExistsError",
    "Parameters",
    "PopulationGrid",
    "StudyArea",
    "area_shortfall",
    "assess",
    "calibrate",
    "check_study_area",
    "circle_coverage",
    "compound_shortfall",
    "convert_datum",
    "demand",
    "from_wgs84",
    "load_catalogue",
    "load_norms",
    "minimum_facilities",
    "ratio_shortfall",
    "read_study_area",
    "study_area",
    "to_wgs84",
    "walking_radius_m",
    "write_example",
]

__version__: str
