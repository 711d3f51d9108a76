from .assess.allocation import capacity_limited_coverage as capacity_limited_coverage
from .assess.compounds import compound_shortfall as compound_shortfall
from .assess.coverage import circle_coverage as circle_coverage
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
from .inputs.sites import Build as Build
from .inputs.sites import SitingSettings as SitingSettings
from .inputs.walking import walking_network as walking_network
from .monitoring.compare import Comparison as Comparison
from .monitoring.compare import compare as compare
from .monitoring.project import Projection as Projection
from .monitoring.project import project as project
from .network import WalkingNetwork as WalkingNetwork
from .norms.catalogue import load_catalogue as load_catalogue
from .norms.catalogue import load_norms as load_norms
from .population import PopulationGrid as PopulationGrid
from .reach.accessibility import e2sfca as e2sfca
from .reach.accessibility import three_step_fca as three_step_fca
from .reach.accessibility import two_step_fca as two_step_fca
from .reach.allocate import Allocation as Allocation
from .reach.allocate import allocate as allocate
from .reach.equity import Equity as Equity
from .reach.equity import equity as equity
from .reach.equity import lorenz as lorenz
from .reach.limits import walking_radius_m as walking_radius_m
from .reach.pairs import Pairs as Pairs
from .reach.sets import FacilitySets as FacilitySets
from .reach.sets import nearest_sets as nearest_sets
from .reach.sets import nested_sets as nested_sets
from .reach.sets import straight_sets as straight_sets
from .reach.straight import straight_pairs as straight_pairs
from .siting.capacitated import SiteSizes as SiteSizes
from .siting.capacitated import capacitated as capacitated
from .siting.capacitated import expansion as expansion
from .siting.compounds import equip_compounds as equip_compounds
from .siting.layers import SitingOptions as SitingOptions
from .siting.median import p_median as p_median
from .siting.models import coverage_curve as coverage_curve
from .siting.models import lscp as lscp
from .siting.models import mclp as mclp
from .siting.plan import Plan as Plan
from .siting.plan import site as site
from .siting.result import Sites as Sites
from .siting.scenario import Scenario as Scenario
from .siting.scenario import apply_scenario as apply_scenario
from .siting.scenario import compare_scenarios as compare_scenarios
from .siting.scenario import read_scenarios as read_scenarios
from .study_area import Parameters as Parameters
from .study_area import StudyArea as StudyArea
from .study_area import check_study_area as check_study_area
from .study_area import read_study_area as read_study_area
from .study_area import study_area as study_area

__all__ = [
    "Allocation",
    "Assessment",
    "Build",
    "CapacityError",
    "Comparison",
    "Equity",
    "FacilitySets",
    "Fault",
    "InputError",
    "MissingExtraError",
    "NormError",
    "OutputExistsError",
    "Pairs",
    "Parameters",
    "Plan",
    "PopulationGrid",
    "Projection",
    "Scenario",
    "SiteSizes",
    "Sites",
    "SitingOptions",
    "SitingSettings",
    "StudyArea",
    "WalkingNetwork",
    "allocate",
    "apply_scenario",
    "area_shortfall",
    "assess",
    "calibrate",
    "capacitated",
    "capacity_limited_coverage",
    "check_study_area",
    "circle_coverage",
    "compare",
    "compare_scenarios",
    "compound_shortfall",
    "convert_datum",
    "coverage_curve",
    "demand",
    "e2sfca",
    "equip_compounds",
    "equity",
    "expansion",
    "from_wgs84",
    "load_catalogue",
    "load_norms",
    "lorenz",
    "lscp",
    "mclp",
    "minimum_facilities",
    "nearest_sets",
    "nested_sets",
    "p_median",
    "project",
    "ratio_shortfall",
    "read_scenarios",
    "read_study_area",
    "site",
    "straight_pairs",
    "straight_sets",
    "study_area",
    "three_step_fca",
    "to_wgs84",
    "two_step_fca",
    "walking_network",
    "walking_radius_m",
    "write_example",
]

__version__: str
