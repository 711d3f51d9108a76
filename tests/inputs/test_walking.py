"""Walking networks as files and in memory: every way in, and every broken one with its message."""

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import LineString, Point

from capacity import Parameters, assess, load_norms, read_study_area, study_area, walking_network
from capacity.errors import InputError
from capacity.report.labels import translate
from capacity.study_area import check_study_area
from tests.inputs.town import FACTS, SETTINGS, X0, Y0, square, streets, write_town
from tests.reach.networks import street_grid

# 21 × 11 streets, 100 m apart, over both squares of the town
LINES = [
    [(X0 + x0, Y0 + y0), (X0 + x1, Y0 + y1)]
    for (x0, y0), (x1, y1) in street_grid(21)
    if max(y0, y1) <= 1000
]


def edges(lines=LINES, **columns):
    """Edges as OSMnx writes them: node ids, lengths and classes, each edge in both directions."""
    there = [LineString(line) for line in lines]
    both = [*there, *(line.reverse() for line in there)]
    ends = [[f"{x:.0f}_{y:.0f}" for x, y in (line.coords[0], line.coords[-1])] for line in both]
    data = {
        "u": [u for u, _ in ends],
        "v": [v for _, v in ends],
        "length": [line.length for line in both],
        "highway": ["footway" if i % 2 else "residential" for i in range(len(both))],
    }
    return gpd.GeoDataFrame(data | columns, geometry=both, crs="EPSG:4547")


def write(folder, frame, table='[walking]\nfile = "walk.gpkg"\n'):
    if frame is not None:
        frame.to_file(folder / "walk.gpkg")
    return write_town(folder, settings=SETTINGS + "\n" + table)


def sizes(network):
    return len(network.nodes), len(network.u), round(network.length_m.sum())


WHOLE = (231, 430, 43000)


# --- ways in --------------------------------------------------------------------------------


def test_a_layer_of_osmnx_needs_no_columns(tmp_path):
    area = read_study_area(write(tmp_path, edges()))
    assert sizes(area.network) == WHOLE
    assert area.network.name == "walk.gpkg"
    assert area.network.crs == area.crs
    assert [file.role for file in area.files if file.path == "walk.gpkg"] == ["walking"]


def test_lines_without_nodes_are_joined_where_they_end(tmp_path):
    bare = edges()[["geometry"]].iloc[: len(LINES)].to_crs("EPSG:4326")
    area = read_study_area(write(tmp_path, bare))
    assert sizes(area.network) == WHOLE


def test_tables_of_nodes_and_edges(tmp_path):
    frame = edges()
    names = {node: f"节点{i}" for i, node in enumerate(pd.unique(frame["u"]))}
    table = pd.DataFrame(frame.drop(columns="geometry"))
    table = table.assign(u=table["u"].map(names), v=table["v"].map(names))
    table.columns = ["起点", "终点", "长度", "等级"]
    table.to_csv(tmp_path / "edges.csv", index=False, encoding="gb18030")
    xy = [node.split("_") for node in names]
    nodes = {"编号": names.values(), "x": [x for x, _ in xy], "y": [y for _, y in xy]}
    pd.DataFrame(nodes).to_csv(tmp_path / "nodes.csv", index=False)
    settings = """[walking]
file = "edges.csv"
columns = { u = "起点", v = "终点", length = "长度", highway = "等级" }
nodes = { file = "nodes.csv", datum = "EPSG:4547", columns = { id = "编号", x = "x", y = "y" } }
"""
    area = read_study_area(write(tmp_path, None, settings))
    assert sizes(area.network) == WHOLE


def graph_of(frame):
    graph = nx.MultiDiGraph(crs="EPSG:4326")
    lonlat = frame.to_crs("EPSG:4326")
    for row in lonlat.itertuples():
        for node, at in ((row.u, 0), (row.v, -1)):
            x, y = row.geometry.coords[at]
            graph.add_node(node, x=x, y=y)
        graph.add_edge(row.u, row.v, length=row.length, highway=row.highway)
    return graph


def test_graphml_and_graphs(tmp_path):
    graph = graph_of(edges())
    assert sizes(walking_network(graph, crs="EPSG:4547")) == WHOLE
    nx.write_graphml(graph, tmp_path / "walk.graphml")
    area = read_study_area(write(tmp_path, None, '[walking]\nfile = "walk.graphml"\n'))
    assert sizes(area.network) == WHOLE
    nodes = gpd.GeoDataFrame(
        {"osmid": list(graph.nodes)},
        geometry=[Point(d["x"], d["y"]) for _, d in graph.nodes(data=True)],
        crs="EPSG:4326",
    ).set_index("osmid")
    table = pd.DataFrame(edges().drop(columns="geometry"))
    assert sizes(walking_network(table, nodes, crs="EPSG:4547")) == WHOLE


def test_an_extract_of_openstreetmap(tmp_path):
    osmium = pytest.importorskip("osmium", reason="needs the extra osm")
    lonlat = gpd.GeoSeries(
        [LineString([(X0, Y0 + 500), (X0 + 500, Y0 + 500), (X0 + 900, Y0 + 500)]),
         LineString([(X0 + 500, Y0), (X0 + 500, Y0 + 500)]),
         LineString([(X0, Y0), (X0 + 500, Y0)])],
        crs="EPSG:4547",
    ).to_crs("EPSG:4326")  # fmt: skip
    tags = [
        {"highway": "residential"},
        {"highway": "footway", "footway": "crossing"},
        {"highway": "motorway"},
    ]
    ids: dict[tuple[float, float], int] = {}
    refs = [
        [ids.setdefault(tuple(np.round(xy, 9)), len(ids) + 1) for xy in line.coords]
        for line in lonlat
    ]
    writer = osmium.SimpleWriter(str(tmp_path / "town.osm.pbf"))
    for xy, number in ids.items():
        writer.add_node(osmium.osm.mutable.Node(id=number, location=xy))
    for number, (way, tag) in enumerate(zip(refs, tags, strict=True), start=1):
        writer.add_way(osmium.osm.mutable.Way(id=number, nodes=way, tags=tag))
    writer.close()
    area = read_study_area(write(tmp_path, None, '[walking]\nfile = "town.osm.pbf"\n'))
    # the street is cut where the footway meets it; nobody walks on the motorway
    assert sizes(area.network) == (4, 3, 1400)
    assert area.network.length_m[area.network.crossing].round().tolist() == [500]


def test_one_way_is_read_only_where_it_is_named(tmp_path):
    frame = edges(oneway=["yes"] * len(edges())).iloc[: len(LINES)]
    assert read_study_area(write(tmp_path, frame)).network.two_way.all()
    table = '[walking]\nfile = "walk.gpkg"\ncolumns = { one_way = "oneway" }\n'
    assert not read_study_area(write(tmp_path, frame, table)).network.two_way.any()


def test_lines_drawn_backwards_are_turned_around():
    frame = edges().iloc[: len(LINES)]
    turned = frame.copy()
    turned.geometry = [
        line.reverse() if i % 3 == 0 else line for i, line in enumerate(frame.geometry)
    ]
    network = walking_network(turned)
    starts = network.segments[:, :2]
    np.testing.assert_allclose(starts, network.nodes[network.u[network.segment_edge]])


def test_barriers(tmp_path):
    river = gpd.GeoDataFrame(geometry=[shapely.box(X0, Y0 + 420, X0 + 2000, Y0 + 480)], crs=4547)
    river.to_file(tmp_path / "river.gpkg")
    table = '[walking]\nfile = "walk.gpkg"\nbarriers = { file = "river.gpkg" }\n'
    area = read_study_area(write(tmp_path, edges(), table))
    assert [round(polygon.area) for polygon in area.network.barriers] == [2000 * 60]


def test_in_memory_and_circles_use_it():
    facilities = gpd.GeoDataFrame(
        {"service": ["childcare"], "places": [30]}, geometry=[Point(X0 + 500, Y0 + 500)], crs=4547
    )
    cells = gpd.GeoDataFrame(
        {"population": [100.0, 100.0, 100.0]},
        # 250 m east; 150 + 150 m by the streets, 212 m straight; 200 + 200 m, 283 m straight
        geometry=[Point(X0 + x, Y0 + y) for x, y in ((750, 500), (650, 650), (700, 700))],
        crs=4547,
    )
    area = study_area(
        streets(),
        cells,
        facilities,
        network=edges(),
        name="Testtown",
        code="A",
        data_date="2025-06-30",
        unit_type="street",
        main_urban=True,
        parameters=Parameters(reach="network"),
    )
    area.units["main_urban"] = area.units["main_urban"].fillna(value=True)
    norms = load_norms("zhengzhou", on="2025-12-31")
    found = assess(area, norms).findings
    circle = found[(found["kind"] == "coverage_radius") & (found["unit_code"] == "A1")]
    circle = circle[circle["measure"] == "population"]
    assert circle["existing"].tolist() == [200.0]
    assert (
        circle["method"]
        .iloc[0]
        .endswith(
            "reading: walking network; network: network; walking distance: 300 m; "
            "snap limit: 200 m; cells: points at most 50 m apart"
        )
    )


def in_memory(network, **rules):
    """Make the town with a network in memory."""
    return study_area(
        streets(),
        network=network,
        name="Testtown",
        code="A",
        data_date="2025-06-30",
        unit_type="street",
        parameters=Parameters(**rules),
    ).network


def test_in_memory_what_edges_climb_is_read_where_it_is_asked_for():
    hilly = edges(ascent=2.0, crossing="yes")
    network = in_memory(hilly, slope="tobler", crossing_wait_s=30)
    assert set(abs(network.ascent_m)) == {2.0}
    assert network.crossing.all()
    asked_for_nothing = in_memory(hilly)
    assert asked_for_nothing.ascent_m is None
    assert asked_for_nothing.crossing is None


def test_in_memory_a_graph_keeps_what_its_edges_climb():
    graph = nx.MultiDiGraph(crs="EPSG:4547")
    for n, (x, y) in enumerate(((0, 0), (100, 0), (100, 100))):
        graph.add_node(n, x=X0 + x, y=Y0 + y)
    graph.add_edge(0, 1, length=100.0, ascent=5.0)
    graph.add_edge(1, 2, length=100.0, ascent=-3.0)
    assert sorted(abs(in_memory(graph, slope="tobler").ascent_m)) == [3.0, 5.0]


def test_in_memory_a_network_that_is_cleaned_already_is_refused_with_the_mend():
    with pytest.raises(TypeError, match="hand over what the network was made of"):
        in_memory(walking_network(edges()))


# --- what is refused ------------------------------------------------------------------------


def missing(frame):
    return frame.assign(length=frame["length"].where(frame.index != 3))


BROKEN = {
    "a network for cars": (
        edges(highway=["primary"] * 2 * len(LINES)),
        (
            "error walking.drive_network | walk.gpkg, column highway: this is a network for cars, "
            "not for walking: none of its 860 edges is a footway, path, steps or pedestrian "
            "street. Walks measured on it would be wrong. Extract the network for walking (in "
            "OSMnx network_type='walk'), or give the .osm.pbf file. If people really walk on "
            "nothing else here, leave the column out: columns.highway = ''."
        ),
    ),
    "no length": (
        missing(edges()),
        (
            "error walking.missing_length | walk.gpkg, row 4, column length: no length in 1 of "
            "860 rows. Fill in the lengths, in metres, or measure the drawn lines. The column was "
            'known by its name; walking.columns.length = "" leaves it out.'
        ),
    ),
    "negative length": (
        edges(length=[-5.0, *[100.0] * (2 * len(LINES) - 1)]),
        (
            "error walking.bad_length | walk.gpkg, row 1, column length: a negative or infinite "
            'length in 1 of 860 rows. Correct the length, or set length = "" in the columns to '
            "measure the drawn lines."
        ),
    ),
    "zero length": (
        edges(length=[0.0, 0.0, *[100.0] * (2 * len(LINES) - 2)]),
        (
            "error walking.zero_length | walk.gpkg, rows 1, 2, column length: length 0 in 2 of "
            "860 rows whose line has a length: people would walk them in no time. Correct the "
            'length, or set length = "" in the columns to measure the drawn lines.'
        ),
    ),
    "kilometres": (
        edges(length=[0.1] * 2 * len(LINES)),
        (
            "error walking.length_unit | walk.gpkg, column length: the lengths are 0.001 times "
            "those of the drawn lines: they are not in metres. Convert the lengths to metres, or "
            'set length = "" in the columns.'
        ),
    ),
    "too short": (
        edges(length=[60.0, *[100.0] * (2 * len(LINES) - 1)]),
        (
            "warning walking.too_short | walk.gpkg, row 1, column length: a length below the "
            "straight line between the ends in 1 of 860 rows. Correct the length, or set length = "
            '"" in the columns to measure the drawn lines.'
        ),
    ),
    "two parts": (
        edges([line for line in LINES if not min(line)[0] <= X0 + 900 < max(line)[0]]),
        (
            "warning walking.disconnected | walk.gpkg: the network falls into 2 parts that no path joins; "
            "nobody walks from one to another. Check for missing bridges and for lines that end short of "
            "each other."
        ),
    ),
    "an island": (
        edges([*LINES, [(X0 + 30, Y0 + 30), (X0 + 60, Y0 + 60)]]),
        (
            "info walking.islands_left_out | walk.gpkg: 1 small parts that no path joins to the rest were "
            "left out: 2 nodes, 1 edges. Join them where there is a path; minimum_component says how large a "
            "part must be."
        ),
    ),
    "points": (
        gpd.GeoDataFrame(geometry=[Point(X0, Y0)], crs=4547),
        (
            "error walking.not_lines | walk.gpkg, row 1: not a single line in 1 of 1 rows (points, polygons, "
            "or lines in several pieces). Give the layer of edges; explode lines of several pieces into "
            "single ones."
        ),
    ),
    "elsewhere": (
        edges().set_crs(4549, allow_override=True),
        (
            "error layer.elsewhere | walk.gpkg: the layer lies at 120.00 to 120.02 E, 34.33 to 34.34 N, the "
            "units at 114.00 to 114.02 E, 34.33 to 34.34 N: they do not meet. Check the CRS of both, and that the files are of "
            "the same area."
        ),
    ),
    "an empty node": (
        edges(u=["", *edges()["u"].iloc[1:]]),
        (
            "error walking.unknown_node | walk.gpkg, row 1, column u: no node at one end or both "
            "in 1 of 860 rows. Fill in both nodes, or let lines be joined where they end. The "
            'column was known by its name; walking.columns.u = "" leaves it out.'
        ),
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_every_message(tmp_path, name):
    frame, message = BROKEN[name]
    faults = check_study_area(write(tmp_path, frame))
    told = [
        f"{f.severity} {f.code} | {f}"
        for f in faults
        if f.code not in {*FACTS, "columns.recognised", "layer.left_out"}
    ]
    assert told == [message]


def test_nodes_that_are_missing_are_named(tmp_path):
    table = pd.DataFrame(edges().drop(columns="geometry"))
    table.to_csv(tmp_path / "edges.csv", index=False)
    (tmp_path / "nodes.csv").write_text(f"id,x,y\n{table['u'][0]},{X0},{Y0}\n")
    settings = """[walking]
file = "edges.csv"
nodes = { file = "nodes.csv", datum = "EPSG:4547", columns = { id = "id", x = "x", y = "y" } }
"""
    faults = check_study_area(write(tmp_path, None, settings))
    told = [f for f in faults if f.code == "walking.unknown_node"]
    assert told[0].count == len(table)
    assert told[0].mend.startswith("Add them to nodes.csv with coordinates, or correct the edges.")


def test_a_broken_graph_is_named(tmp_path):
    (tmp_path / "walk.graphml").write_text("<graphml><node")
    path = write(tmp_path, None, '[walking]\nfile = "walk.graphml"\n')
    told = [str(f) for f in check_study_area(path) if f.severity == "error"]
    assert len(told) == 1
    assert told[0].startswith("walk.graphml: cannot be read: not GraphML (")


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("https://example.org/walk.graphml", "file.remote"),
        ("/vsizip/walk.zip/town.osm.pbf", "file.remote"),
        ("linked.graphml", "file.outside"),
        ("linked.osm", "file.outside"),
        ("doctype.graphml", "file.unsafe"),
        ("doctype.osm", "file.unsafe"),
        ("none.osm.gz", "file.missing"),  # compressed, and no archive
    ],
)
def test_graphs_are_opened_only_where_layers_would_be(tmp_path, file, code):
    folder = tmp_path / "area"
    folder.mkdir()
    path = write(folder, None, f'[walking]\nfile = "{file}"\n')
    for name in ("linked.graphml", "linked.osm"):
        (tmp_path / name).write_text("<graphml/>")
        (folder / name).symlink_to(tmp_path / name)
    for name in ("doctype.graphml", "doctype.osm"):
        (folder / name).write_text('<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    told = [fault.code for fault in check_study_area(path) if fault.severity == "error"]
    assert told == [code]


def test_one_end_of_two_is_refused(tmp_path):
    path = write(tmp_path, edges(), '[walking]\nfile = "walk.gpkg"\ncolumns = { u = "u" }\n')
    told = [str(f) for f in check_study_area(path)]
    assert told == [
        (
            "area.toml, row 20, column walking: columns.u and columns.v are the two ends of an edge: give "
            "both or none."
        )
    ]


def test_frames_in_memory_are_refused_with_every_fault():
    with pytest.raises(InputError, match=r"no length in 1 of 860 rows"):
        walking_network(missing(edges()))
    with pytest.raises(InputError, match=r"no CRS. Say it with edges.set_crs"):
        walking_network(edges().set_crs(None, allow_override=True))
    with pytest.raises(TypeError, match="a frame or a graph, not list"):
        walking_network([1, 2])


def test_inputs_are_not_modified():
    frame = edges()
    held = frame.copy()
    walking_network(frame)
    pd.testing.assert_frame_equal(frame, held)


def test_islands_are_a_table():
    lines = [*LINES, [(X0 + 30, Y0 + 30), (X0 + 60, Y0 + 70)]]
    islands = walking_network(edges(lines)).islands
    assert islands["nodes"].tolist() == [231, 2]
    assert islands["length_m"].tolist() == [43000, 50]
    assert islands["kept"].tolist() == [True, False]
    assert square(0).contains(Point(islands[["x", "y"]].iloc[1]))


# --- where the rows went --------------------------------------------------------------------


def rows_of(area):
    """Account of the network's rows in the quality table."""
    told = [f for f in area.faults if f.item == "walking" and f.code.startswith("layer.")]
    return [(f.code, f.message, len(f.rows)) for f in told if f.code != "layer.no_source"]


def test_rows_of_edges_are_all_accounted_for(tmp_path):
    island = [[(X0 + 30, Y0 + 30), (X0 + 60, Y0 + 60)]]
    frame = edges([*LINES, *island]).assign(kind=[*["street"] * 861, "drawing"])
    loop = frame.iloc[[0]].assign(v=frame["u"].iloc[0], length=0.0)
    loop.geometry = [LineString([frame.geometry.iloc[0].coords[0]] * 2)]
    frame = pd.concat([frame, loop], ignore_index=True)
    table = '[walking]\nfile = "walk.gpkg"\nwhere = { kind = "street" }\n'
    area = read_study_area(write(tmp_path, frame, table))
    small = "in a small part that nothing joins to the rest"
    assert rows_of(area) == [
        (
            "layer.rows",
            (
                "863 rows read = 430 used + 433 left out: 1 not kept by where, 1 of no length, "
                f"1 {small}, 430 written twice."
            ),
            0,
        ),
        ("layer.left_out", "1 of 863 rows left out: not kept by where.", 0),
        ("layer.left_out", "1 of 863 rows left out: of no length.", 1),
        ("layer.left_out", f"1 of 863 rows left out: {small}.", 1),
        ("layer.left_out", "430 of 863 rows left out: written twice.", 0),
    ]
    left_out = area.network.left_out
    assert left_out["row"].is_monotonic_increasing
    assert left_out[left_out["reason"] == small]["row"].tolist() == [431]
    assert left_out[left_out["reason"] == "of no length"]["row"].tolist() == [863]


def test_a_network_in_memory_is_accounted_for_too():
    area = study_area(
        streets(),
        network=edges(),
        name="Testtown",
        code="A",
        data_date="2025-06-30",
        unit_type="street",
    )
    assert rows_of(area)[0][1] == "860 rows read = 430 used + 430 left out: 430 written twice."


# --- crossings and hills --------------------------------------------------------------------


def hilly(**columns):
    """The streets once each, the first a crossing and 5 m up."""
    n = len(LINES)
    frame = edges().iloc[:n]
    return frame.assign(
        footway=["crossing", "sidewalk", *[""] * (n - 2)], rise=[5.0, *[0.0] * (n - 1)], **columns
    )


HILLY = """[walking]
file = "walk.gpkg"
columns = { crossing = "footway", ascent = "rise", one_way = "way" }
cache = "kept"
"""


def test_crossings_and_ascents_are_read_where_they_are_named(tmp_path):
    frame = hilly(way=["-1", *["no"] * (len(LINES) - 1)])
    path = write(tmp_path, frame, HILLY)
    for area in (read_study_area(path), read_study_area(path)):  # read, then from the cache
        network = area.network
        assert (
            np.flatnonzero(network.crossing).tolist() == np.flatnonzero(network.ascent_m).tolist()
        )
        # walked from v to u, it goes down
        assert network.ascent_m.sum() == -5
        assert network.crossing.sum() == 1
    plain = read_study_area(write(tmp_path, frame)).network
    assert (plain.crossing, plain.ascent_m) == (None, None)


def test_ascents_that_are_missing_or_impossible_are_named(tmp_path):
    frame = hilly(way="no")
    for rise, words in (
        (
            np.nan,
            "error walking.missing_ascent | walk.gpkg, row 1, column rise: no ascent in 1 of 430 ",
        ),
        (
            150.0,
            "error walking.steep | walk.gpkg, row 1, column ascent: a climb or fall of more than ",
        ),
    ):
        changed = frame.assign(rise=[rise, *frame["rise"].iloc[1:]])
        faults = check_study_area(write(tmp_path, changed, HILLY))
        told = [f"{f.severity} {f.code} | {f}" for f in faults if f.severity == "error"]
        assert len(told) == 1
        assert told[0].startswith(words)


def test_a_setting_without_data_is_warned_of_and_one_with_data_is_printed(tmp_path):
    frame = hilly(way="no")
    settings = '\n[parameters]\ncrossing_wait_s = 30\nslope = "tobler"\n'
    norms = load_norms("zhengzhou", on="2025-12-31")
    plain = '[walking]\nfile = "walk.gpkg"\n'
    lost = assess(read_study_area(write(tmp_path, frame, plain + settings)), norms)
    told = lost.quality[lost.quality["code"] == "walking.no_effect"]["message"].tolist()
    assert told == [
        "crossing_wait_s has no effect: the network has no column of crossings.",
        "slope has no effect: the network has no column of ascents.",
    ]
    assert not lost.findings["method"].str.contains("Tobler|crossings", regex=True).any()
    found = assess(read_study_area(write(tmp_path, frame, HILLY + settings)), norms)
    assert "walking.no_effect" not in set(found.quality["code"])
    circles = found.findings[found.findings["kind"] == "coverage_time"]
    assert circles["method"].str.contains("waiting at street crossings: 30 s each").any()
    assert circles["method"].str.contains("slope: Tobler's hiking function").any()
    assert "坡度:按托布勒(Tobler)步行速度函数" in translate(circles["method"].iloc[0], "zh")
