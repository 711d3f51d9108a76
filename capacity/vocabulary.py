"""The closed word lists that inputs, norms, findings and reports share.

Identifiers are English; what a planner reads is the Chinese or English label beside them.
"""

from __future__ import annotations

from typing import Final

UNIT_TYPES: Final[dict[str, tuple[str, str]]] = {
    "city": ("市", "city"),
    "district": ("区县", "district"),
    "street": ("街道", "street"),
    "township": ("乡镇", "township"),
    "community": ("社区", "community"),
    "village": ("村", "village"),
}
"""Unit types with their Chinese and English labels, from the top down."""

TIERS: Final[dict[str, tuple[str, ...]]] = {
    "city": ("city",),
    "district": ("district",),
    "street": ("street", "township"),
    "community": ("community", "village"),
}
"""Tiers of the hierarchy: units of one tier lie beside each other and tile the same ground."""

TIER_OF: Final[dict[str, str]] = {t: tier for tier, types in TIERS.items() for t in types}

SERVICES: Final[dict[str, tuple[str, str]]] = {
    "childcare": ("托育", "childcare"),
    "elder_care": ("养老", "elder care"),
    "education": ("教育", "education"),
    "lifelong_education": ("终身教育", "lifelong education"),
    "health": ("医疗卫生", "health"),
    "sports": ("体育健身", "sports and fitness"),
    "culture": ("公共文化", "culture"),
    "broadcasting": ("应急广播", "emergency broadcasting"),
    "employment": ("公共就业服务", "employment services"),
    "convenience": ("便民服务", "everyday shops"),
    "social_work": ("社会工作", "social work"),
    "child_welfare": ("儿童福利和未成年人保护", "child welfare"),
    "disability": ("助残服务", "services for disabled people"),
    "veterans": ("退役军人服务", "services for veterans"),
    "funeral": ("殡葬", "funeral services"),
    "emergency": ("应急物资储备", "emergency stores"),
    "housing": ("住房保障", "housing"),
    "population": ("人口", "population"),
}
"""Services and domains: what a facility gives, or what a figure is about."""

POPULATION: Final = "population"
GROUPS: Final[dict[str, tuple[str, str]]] = {
    POPULATION: ("常住人口", "residents"),
    "under_3": ("0—3岁", "aged 0-3"),
    "age_3_6": ("3—6岁", "aged 3-6"),
    "under_15": ("0—14岁", "aged 0-14"),
    "age_60_plus": ("60岁及以上", "aged 60 and over"),
    "age_65_plus": ("65岁及以上", "aged 65 and over"),
}
"""Population columns; ``population`` is everyone, the others are parts of it."""

PARTS: Final = (
    ("under_3", "under_15"),
    ("age_3_6", "under_15"),
    ("age_65_plus", "age_60_plus"),
    *((group, POPULATION) for group in GROUPS if group != POPULATION),
)
"""Groups with a group that they are part of."""

OPERATORS: Final[dict[str, tuple[str, str]]] = {
    "public": ("公办", "run by a public body"),
    "public_built_private_run": ("公建民营", "publicly built, privately run"),
    "private_aided": ("民办公助", "private, publicly aided"),
    "private_inclusive": ("民办普惠", "private, inclusive"),
    "private": ("民办", "private"),
}
"""Who runs a facility; the Chinese label is what the operator column holds."""

OPERATOR_WITHIN: Final[dict[str, str]] = {
    "private_aided": "private",
    "private_inclusive": "private",
}
"""Operator class → the wider class that it is part of: a norm about the wider one counts it too."""

FACILITY_STATUSES: Final[dict[str, tuple[str, str]]] = {
    "open": ("运营", "open"),
    "under_construction": ("在建", "under construction"),
    "planned": ("规划", "planned"),
    "closed": ("停业", "closed"),
}
"""Whether a facility is there yet, or still, on the data date: Chinese and English label."""

ACQUISITIONS: Final[dict[str, tuple[str, str]]] = {
    "purchase": ("购置", "purchase"),
    "exchange": ("置换", "exchange"),
    "lease": ("租赁", "lease"),
    "new_build": ("新建", "new build"),
}
"""How a site or a room is come by; the Chinese label is what the column of candidates holds."""

AMOUNTS: Final[dict[str, tuple[str, str, str]]] = {
    "facilities": ("设施数", "facilities", "facilities"),
    "places": ("托位或学位数", "places", "places"),
    "beds": ("床位数", "beds", "beds"),
    "land_area_m2": ("用地面积", "land area", "m2 land"),
    "floor_area_m2": ("建筑面积", "floor area", "m2 floor area"),
    "outdoor_area_m2": ("室外活动面积", "outdoor area", "m2 outdoor area"),
    "venue_area_m2": ("体育场地面积", "sports venue area", "m2 venue area"),
    "elder_floor_area_m2": (
        "小区养老用房建筑面积",
        "elder-care floor area of a compound",
        "m2 floor area",
    ),
}
"""What is counted from the lists: ``facilities`` counts rows, the others sum a column of the same
name, ``elder_floor_area_m2`` of the compounds and the rest of the facilities. Chinese and English
label, and what it is counted in."""

FACILITY_TYPES: Final[dict[str, tuple[str, str, str]]] = {
    "community_childcare_point": ("社区托育点", "community childcare point", "childcare"),
    "childcare_guidance_centre": ("托育指导中心", "childcare guidance centre", "childcare"),
    "integrated_childcare_institution": (
        "综合性托育机构",
        "integrated childcare institution",
        "childcare",
    ),
    "elder_care_institution": ("养老机构", "elder-care institution", "elder_care"),
    "street_elder_centre": (
        "街道综合养老服务中心",
        "integrated elder-care centre of a street",
        "elder_care",
    ),
    "township_elder_centre": (
        "乡镇综合养老服务中心",
        "integrated elder-care centre of a township",
        "elder_care",
    ),
    "community_elder_facility": ("社区养老服务设施", "community elder-care facility", "elder_care"),
    "community_day_care": ("社区日间照料中心", "community day-care centre", "elder_care"),
    "rural_day_care": ("农村日间照料中心", "rural day-care centre", "elder_care"),
    "county_support_facility": (
        "县级供养服务设施(敬老院)",
        "county support facility for destitute people",
        "elder_care",
    ),
    "medical_support_facility": (
        "具有医养结合功能的县级供养服务机构",
        "county support facility with medical care",
        "elder_care",
    ),
    "kindergarten": ("幼儿园", "kindergarten", "education"),
    "central_kindergarten": ("乡镇中心幼儿园", "central kindergarten of a township", "education"),
    "primary_school": ("小学", "primary school", "education"),
    "secondary_school": ("中学", "secondary school", "education"),
    "key_vocational_school": ("骨干中等职业学校", "key secondary vocational school", "education"),
    "community_college": ("县级社区学院", "county community college", "lifelong_education"),
    "community_education_centre": (
        "乡镇(街道)社区学校",
        "community school of a street or township",
        "lifelong_education",
    ),
    "village_community_school": (
        "村级社区学校",
        "community school of a village",
        "lifelong_education",
    ),
    "elder_university": ("老年大学", "university for older people", "lifelong_education"),
    "elder_education_centre": (
        "养教结合老年教育中心",
        "education centre for older people",
        "lifelong_education",
    ),
    "elder_learning_point": ("老年学习点", "learning point for older people", "lifelong_education"),
    "open_university": ("开放大学", "open university", "lifelong_education"),
    "general_hospital": ("综合医院", "general hospital", "health"),
    "infectious_hospital": ("传染病医院(病区)", "infectious-disease hospital or ward", "health"),
    "rehabilitation_hospital": ("康复医院", "rehabilitation hospital", "health"),
    "nursing_hospital": ("护理院", "nursing hospital", "health"),
    "maternal_child_institution": (
        "妇幼保健机构",
        "maternal and child health institution",
        "health",
    ),
    "mental_welfare_institution": ("民政精神卫生福利机构", "mental welfare institution", "health"),
    "mental_rehab_site": (
        "精神障碍社区康复服务点",
        "community rehabilitation site for mental disorders",
        "health",
    ),
    "township_hospital": ("乡镇卫生院", "township hospital", "health"),
    "community_health_centre": ("社区卫生服务中心", "community health centre", "health"),
    "community_health_station": ("社区卫生服务站", "community health station", "health"),
    "village_clinic": ("村卫生室", "village clinic", "health"),
    "specialty_centre": ("专科诊疗中心", "specialty centre", "health"),
    "county_medical_centre": ("县域医疗中心", "county medical centre", "health"),
    "municipal_elder_health_centre": (
        "市级老年健康指导中心",
        "municipal elder-health centre",
        "health",
    ),
    "district_elder_health_centre": (
        "县级老年健康管理中心",
        "district elder-health centre",
        "health",
    ),
    "hospice_centre": ("安宁疗护中心", "hospice centre", "health"),
    "fitness_centre": ("全民健身活动中心", "fitness centre of a district", "sports"),
    "township_sports_site": (
        "乡镇(街道)体育健身场所",
        "sports site of a street or township",
        "sports",
    ),
    "community_sports_site": (
        "村(社区)体育设施",
        "sports site of a village or community",
        "sports",
    ),
    "fitness_path": ("健身路径", "fitness path", "sports"),
    "township_fitness_works": ("乡镇体育健身工程", "township fitness works", "sports"),
    "farmers_fitness_works": ("农民体育健身工程", "farmers' fitness works", "sports"),
    "football_pitch": ("足球场", "football pitch", "sports"),
    "sports_ground": ("体育场", "sports ground", "sports"),
    "sports_hall": ("体育馆类场馆", "sports hall", "sports"),
    "sports_school": ("体校", "sports school", "sports"),
    "grassroots_culture_centre": ("基层综合性文化服务中心", "grassroots culture centre", "culture"),
    "township_culture_station": ("乡级综合文化站", "township culture station", "culture"),
    "farm_bookroom": ("农家书屋", "farm bookroom", "culture"),
    "city_reading_room": ("城市书房", "city reading room", "culture"),
    "national_training_base": ("国家级高技能人才培训基地", "national training base", "employment"),
    "provincial_training_base": (
        "省级高技能人才培养基地",
        "provincial training base",
        "employment",
    ),
    "public_training_base": ("区域性公共实训基地", "regional public training base", "employment"),
    "supermarket": ("便民超市", "supermarket", "convenience"),
    "farm_market": ("农贸市场", "farm produce market", "convenience"),
    "social_work_station": ("社会工作站", "social-work station", "social_work"),
    "social_work_centre": ("社会工作中心", "social-work centre", "social_work"),
    "social_work_organisation": ("社会工作服务机构", "social-work organisation", "social_work"),
    "children_home": ("儿童之家", "children's home", "child_welfare"),
    "practice_base": ("校外公益社会实践基地", "off-campus practice base", "child_welfare"),
    "child_protection_institution": (
        "未成年人救助保护机构",
        "child protection institution",
        "child_welfare",
    ),
    "child_protection_station": ("未成年人保护工作站", "child protection station", "child_welfare"),
    "preferential_hospital": ("优抚医院", "hospital for veterans", "veterans"),
    "urban_cemetery": ("城市公益性公墓", "urban public cemetery", "funeral"),
    "rural_cemetery": ("农村公益性公墓", "rural public cemetery", "funeral"),
    "rescue_depot": ("应急救援专业物资装备储备库", "rescue equipment depot", "emergency"),
    "emergency_depot": ("综合应急物资储备库", "integrated emergency depot", "emergency"),
}
"""Facility types that clauses name: Chinese and English label, and the service they belong to."""

FIGURES: Final[dict[str, tuple[str, str, str]]] = {
    "doctors": ("执业(助理)医师", "licensed (assistant) doctors", "persons"),
    "nurses": ("注册护士", "registered nurses", "persons"),
    "primary_care_staff": ("基层卫技人员", "primary-care health technicians", "persons"),
    "general_practitioners": ("全科医生", "general practitioners", "persons"),
    "primary_it_staff": (
        "基层医疗机构专职网络信息技术人员",
        "full-time IT staff of a primary-care institution",
        "persons",
    ),
    "paediatricians": ("儿科执业(助理)医师", "licensed (assistant) paediatricians", "persons"),
    "medical_social_workers": ("医务社会工作者", "medical social workers", "persons"),
    "paediatric_beds": ("儿科床位", "paediatric beds", "beds"),
    "primary_nursing_beds": (
        "基层医疗卫生机构护理床位",
        "nursing beds of primary-care institutions",
        "beds",
    ),
    "general_hospitals_grade2": (
        "二级及以上综合性医院",
        "general hospitals of grade 2 and above",
        "facilities",
    ),
    "geriatric_departments": (
        "设立老年医学科的二级及以上综合性医院",
        "general hospitals of grade 2 and above with a geriatric department",
        "facilities",
    ),
    "tcm_hospitals_grade3": (
        "三级中医医院",
        "hospitals of Chinese medicine of grade 3",
        "facilities",
    ),
    "tcm_rehab_departments": (
        "设置康复科的三级中医医院",
        "Chinese-medicine hospitals of grade 3 with a rehabilitation department",
        "facilities",
    ),
    "tcm_hospitals_grade2": (
        "二级以上中医医院",
        "hospitals of Chinese medicine of grade 2 and above",
        "facilities",
    ),
    "tcm_prevention_departments": (
        "设置治未病科和老年病科的二级以上中医医院",
        "Chinese-medicine hospitals of grade 2 and above with prevention and geriatric departments",
        "facilities",
    ),
    "tcm_key_specialties": (
        "中医医院市级重点专科",
        "municipal key specialties of a hospital of Chinese medicine",
        "items",
    ),
    "primary_centres_standard": (
        "达到服务能力基本标准的乡镇卫生院和社区卫生服务中心",
        "primary-care centres of the basic standard",
        "facilities",
    ),
    "primary_centres_recommended": (
        "达到服务能力推荐标准的乡镇卫生院和社区卫生服务中心",
        "primary-care centres of the recommended standard",
        "facilities",
    ),
    "primary_centres_standardised": (
        "完成标准化改造的乡镇卫生院和社区卫生服务中心",
        "primary-care centres brought to standard",
        "facilities",
    ),
    "central_township_hospitals": ("中心卫生院", "central township hospitals", "facilities"),
    "central_township_hospitals_grade2": (
        "达到或接近二级综合医院水平的中心卫生院",
        "central township hospitals of grade 2 or near it",
        "facilities",
    ),
    "public_village_clinics": ("公有产权村卫生室", "publicly owned village clinics", "facilities"),
    "county_maternal_child_institutions": (
        "县级妇幼保健机构",
        "county maternal and child health institutions",
        "facilities",
    ),
    "county_maternal_child_grade2": (
        "达到二级的县级妇幼保健机构",
        "county maternal and child health institutions of grade 2",
        "facilities",
    ),
    "maternal_child_grade3": (
        "达到三级的妇幼保健机构",
        "maternal and child health institutions of grade 3",
        "facilities",
    ),
    "tcm_areas": (
        "基层医疗机构中医馆",
        "Chinese-medicine areas of primary-care institutions",
        "facilities",
    ),
    "demonstration_tcm_areas": (
        "示范中医馆",
        "demonstration Chinese-medicine areas of primary-care institutions",
        "facilities",
    ),
    "county_hospitals": (
        "县级综合医院和妇幼保健机构",
        "county general hospitals and maternal and child health institutions",
        "facilities",
    ),
    "county_tcm_departments": (
        "设置标准化中医科和中药房的县级综合医院和妇幼保健机构",
        "county hospitals and maternal and child health institutions with a Chinese-medicine department and pharmacy",
        "facilities",
    ),
    "county_hospital_projects": (
        "建成的三所医院项目",
        "completed county hospital projects",
        "facilities",
    ),
    "age_friendly_listed": (
        "综合性医院、康复医院、护理院和基层医疗卫生机构中的老年友善医疗机构",
        "age-friendly ones among the listed types",
        "facilities",
    ),
    "medical_institutions": ("医疗机构", "medical institutions", "facilities"),
    "age_friendly_institutions": (
        "老年友善医疗机构",
        "age-friendly medical institutions",
        "facilities",
    ),
    "zone_health_centres": (
        "慢性病综合防控示范区社区卫生服务中心",
        "health centres of chronic-disease demonstration zones",
        "facilities",
    ),
    "zone_health_stations": (
        "设置健康驿站的示范区社区卫生服务中心",
        "health centres of demonstration zones with a health station",
        "facilities",
    ),
    "institution_nursing_beds": (
        "养老机构护理型床位",
        "nursing beds of elder-care institutions",
        "beds",
    ),
    "destitute_willing": (
        "有集中供养意愿的特困人员",
        "destitute people willing to live in a facility",
        "persons",
    ),
    "destitute_willing_supported": (
        "已集中供养的有意愿特困人员",
        "destitute people willing to live in a facility who do",
        "persons",
    ),
    "destitute_disabled": ("失能特困人员", "disabled destitute people", "persons"),
    "destitute_disabled_supported": (
        "已集中供养的失能特困人员",
        "disabled destitute people living in a facility",
        "persons",
    ),
    "elder_care_professionals": ("养老护理专业人才", "elder-care professionals", "persons"),
    "elder_care_trained": ("已培训养老护理技能人员", "elder-care staff trained", "persons"),
    "elder_social_workers": ("老年人配套社会工作者", "social workers for older people", "persons"),
    "street_elder_centres_built": (
        "当年新建街道养老服务中心",
        "street elder-care centres built in the year",
        "facilities",
    ),
    "community_day_care_built": (
        "当年新建社区日间照料中心",
        "community day-care centres built in the year",
        "facilities",
    ),
    "rural_day_care_operating": (
        "实现运营的农村日间照料中心",
        "rural day-care centres in operation",
        "facilities",
    ),
    "elder_platforms": ("养老服务信息平台", "elder-care information platforms", "items"),
    "age_friendly_communities": ("老年友好型社区", "age-friendly communities", "units"),
    "new_compounds": ("新建住宅小区", "new residential compounds", "compounds"),
    "new_compounds_elder_care": (
        "养老设施配套达标的新建住宅小区",
        "new residential compounds with elder care up to standard",
        "compounds",
    ),
    "new_projects": (
        "城镇新建住宅小区和农村综合改造项目",
        "new compounds and rural renovation projects",
        "compounds",
    ),
    "new_projects_childcare": (
        "托育设施配套达标的新建小区和改造项目",
        "new compounds and rural renovation projects with childcare up to standard",
        "compounds",
    ),
    "project_childcare_places": ("项目规划托位", "planned childcare places of a project", "places"),
    "childcare_staff": ("托育从业人员", "childcare staff", "persons"),
    "childcare_staff_certified": ("持证上岗的托育从业人员", "certified childcare staff", "persons"),
    "kindergarten_children": ("在园幼儿", "children in kindergarten", "persons"),
    "inclusive_kindergarten_children": (
        "普惠性幼儿园在园幼儿",
        "children in public and inclusive kindergartens",
        "persons",
    ),
    "public_kindergarten_children": (
        "公办幼儿园在园幼儿",
        "children in public kindergartens",
        "persons",
    ),
    "schools_built": ("新建、改扩建中小学", "schools built or expanded", "facilities"),
    "senior_schools_built": ("建成高中阶段学校", "senior secondary schools built", "facilities"),
    "general_senior_schools_built": (
        "建成普通高中",
        "general senior secondary schools built",
        "facilities",
    ),
    "vocational_schools_built": (
        "建成中等职业学校",
        "secondary vocational schools built",
        "facilities",
    ),
    "municipal_vocational_schools_built": (
        "建成市属中职学校",
        "municipal vocational schools built",
        "facilities",
    ),
    "municipal_vocational_schools_standard": (
        "达标的市属公办中职学校",
        "municipal vocational schools of the standard",
        "facilities",
    ),
    "vocational_teachers": (
        "中职专业课教师",
        "specialist teachers of secondary vocational schools",
        "persons",
    ),
    "vocational_dual_teachers": (
        "中职双师型专业课教师",
        "double-qualified specialist teachers of secondary vocational schools",
        "persons",
    ),
    "college_teachers": ("高职院校教师", "teachers of higher vocational colleges", "persons"),
    "college_dual_teachers": (
        "高职院校双师型教师",
        "double-qualified teachers of higher vocational colleges",
        "persons",
    ),
    "universities_built": ("新建高水平大学", "universities built", "facilities"),
    "kindergartens_built": ("新增幼儿园", "kindergartens added", "facilities"),
    "primary_schools_built": ("新增小学", "primary schools added", "facilities"),
    "secondary_schools_built": ("新增中学", "secondary schools added", "facilities"),
    "school_places_built": ("新增学位", "school places added", "places"),
    "sports_parks_built": ("新建或改扩建体育公园", "sports parks built or rebuilt", "facilities"),
    "venue_open_days": (
        "公共体育场馆年免费开放天数",
        "days a year a public venue opens free",
        "days",
    ),
    "school_venues": ("学校体育场地", "school sports venues", "facilities"),
    "school_venues_open": (
        "对外开放的学校体育场地",
        "school sports venues open to the public",
        "facilities",
    ),
    "reading_rooms_built": ("新增城市书房", "city reading rooms added", "facilities"),
    "municipal_culture_venues": (
        "市公共图书馆和文化馆",
        "municipal library and cultural centre",
        "facilities",
    ),
    "municipal_culture_venues_grade1": (
        "达到国家一级及以上标准的市公共图书馆和文化馆",
        "municipal library and cultural centre of grade 1",
        "facilities",
    ),
    "county_culture_venues": (
        "县(区)公共图书馆和文化馆",
        "county libraries and cultural centres",
        "facilities",
    ),
    "county_culture_venues_grade2": (
        "达到国家二级及以上标准的县(区)公共图书馆和文化馆",
        "county libraries and cultural centres of grade 2",
        "facilities",
    ),
    "culture_stations_standard": (
        "达到省定标准的乡级文化站和村级文化服务中心",
        "culture stations and centres of the provincial standard",
        "facilities",
    ),
    "emergency_broadcast_population": (
        "应急广播主动发布终端覆盖人口",
        "people reached by emergency broadcasting",
        "persons",
    ),
    "certified_social_workers": ("一线持证社工", "certified front-line social workers", "persons"),
    "social_work_supervisors": ("市级社工督导人才", "social-work supervisors", "persons"),
    "social_work_professionals": ("社会工作专业人才", "social-work professionals", "persons"),
    "social_work_services": ("村(社区)社工服务", "social-work services", "items"),
    "green_communities": ("绿色社区", "green communities", "units"),
    "old_compounds_renovated": ("改造完成的老旧小区", "old compounds renovated", "compounds"),
    "planned_population": ("规划人口", "planned population", "persons"),
}
"""Figures that no list or grid gives and a planner supplies per unit (or per facility, compound):
Chinese and English label, and what each is counted in."""
FACILITY_FIGURES: Final = tuple(name for name in FIGURES if name != "planned_population")
"""Figures that a list of facilities may give: nobody plans the people of one facility."""
LOWER_BOUND: Final = "shortfall is a lower bound"
"""Note of a finding that leaves units or compounds without data out: it lacks at least so much."""

UPPER_BOUND: Final = "shortfall is an upper bound"
"""Note of a finding that leaves supply without a figure out: it lacks at most so much."""

UNSCALED: Final = "people of the layer, not scaled to an official total"
"""Note of a unit of which no official total speaks, where others are scaled to theirs."""

SERVED_KNOWN_ONLY: Final = "served counts only places that are known"
"""What a note says of people served where facilities in reach do not say their places."""

SERVED_AT_MOST: Final = (
    "served may be less where unknown numbers of people reach the same facilities"
)
"""What a note says of people served beside units whose people nobody knows: they take places too."""

KNOWN_ONLY: Final = "shortfall of what is known, no bound"
"""Note of a finding that leaves out both."""

MAYBE_TWICE: Final = "facilities that may count twice"
"""Note of a finding that counts facilities whose name stands twice: they may be one place."""

PERHAPS_NOT_OPEN: Final = "facilities open by a planned or coarse date alone"
"""Note of a finding that counts facilities of which nobody said that they opened."""

MET_IN_DOUBT: Final = "met only if these facilities count"
"""Note of a finding that would be short without the facilities that its note doubts."""

UNITS_IN_DOUBT: Final = "units with facilities in doubt"
"""Note of a sum that holds such findings."""

OWN_UNKNOWN: Final = "facilities of smaller units counted too, its own not told apart"
"""Note of a finding of a unit that needs a facility of its own beside those of its units."""

ALLOCATIONS: Final[dict[str, tuple[str, str]]] = {
    "optimal": ("the most served, chances as even as can be", "服务人数最多,机会尽量均等"),
    "nearest": (
        "to the nearest facility only, chances as even as can be",
        "只到最近的设施,机会尽量均等",
    ),
    "public_first": (
        "facilities in the order of their operators, public first, unknown last",
        "按运营方式先公办后民办(不详者最后)依次分配",
    ),
}
"""How places may be given out: what findings print, in English and Chinese."""

OFF_NETWORK: Final[dict[str, str]] = {
    "beyond the snap limit": "离路网过远(按直线距离乘以绕行系数)",
    "behind a barrier": "被障碍隔断(不可达)",
    "small part of the network": "孤立小路网(已略去)",
}
"""Why the walking network does not reach something, and what is done about it."""

REACH_STATUSES: Final[dict[str, str]] = {
    "in reach": "在服务圈内",
    "in part": "部分在服务圈内",
    "too far": "超出距离",
    "no way": "无路可达",
}
"""Whether the people of a cell are within reach: all, some, none, or with no way to anywhere."""
