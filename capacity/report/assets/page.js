
"use strict";
(() => {
  // Everything shown is looked up in DATA, which Python formatted; names are put in as text only.
  const DATA = JSON.parse(document.getElementById("data").textContent);
  const { units: U, groups: G, rows: R, facilities: F, texts: TEXTS, words: WORDS } = DATA;
  const SHOWN = ["shortfall", "share", "required", "existing", "surplus", "base_value"];
  const TIER_ORDER = ["street", "community", "district", "city"];
  // Blue and orange stay apart for every common kind of colour blindness; grey hatching is no data.
  const STATUS_FILL = {
    met: "#4393c3", short: "#e08214", reported: "#cfc8e6", not_applicable: "#ffffff", no_data: "url(#hatch)",
  };
  const GAP_FILL = ["#fee8b8", "#fdc470", "#f4993a", "#d4690e", "#8c3a04"];
  const SHARE_FILL = ["#eef3fa", "#c3d7ea", "#8bb8d9", "#4a8fc0", "#12558f"];
  const SHARE_BREAKS = [0.2, 0.4, 0.6, 0.8, 1];
  const $ = (id) => document.getElementById(id);

  const state = {
    lang: DATA.language, service: "", group: 0, tier: "", colour: "status", unit: -1,
    text: "", statuses: new Set(), sort: { key: "code", down: false }, onlyShort: false,
    layers: { facilities: true, circles: true, pockets: true, names: true },
  };

  // --- words -------------------------------------------------------------------------------------
  const side = () => (state.lang === "en" ? 1 : 0);
  const pick = (pair) => pair[side()];
  const say = (key, ...values) => {
    let text = pick(WORDS[key]);
    for (const value of values) text = text.replace("{}", () => value);
    return text;
  };
  const text = (at) => pick(TEXTS[at]);
  const colon = () => (side() ? ": " : ":");

  function el(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === null || value === undefined || value === false) continue;
      if (name === "class") node.className = value;
      else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else node.setAttribute(name, value === true ? "" : value);
    }
    for (const child of children) if (child !== null && child !== undefined) node.append(child);
    return node;
  }
  const status = (name) =>
    el("span", { class: "status" }, el("span", { class: `swatch ${name}`, "aria-hidden": "true" }), pick(DATA.statuses[name]));

  // --- look-ups ----------------------------------------------------------------------------------
  const rowsOf = new Map();  // unit * groups + group -> { rollup: row }
  const byUnit = U.code.map(() => []);
  const key = (unit, group) => unit * G.length + group;
  R.unit.forEach((unit, row) => {
    const at = key(unit, R.group[row]);
    if (!rowsOf.has(at)) rowsOf.set(at, {});
    rowsOf.get(at)[R.rollup[row]] = row;
    byUnit[unit].push(row);
  });
  const root = DATA.area.root;
  const find = (unit, group, ...rollups) => {
    const found = rowsOf.get(key(unit, group)) || {};
    const rollup = rollups.find((name) => name in found);
    return rollup === undefined ? -1 : found[rollup];
  };
  const shownRow = (unit, group) => find(unit, group, "unit", "sum_of_units", "net");
  const unitsOf = new Map();
  U.tier.forEach((tier, unit) => {
    if (!unitsOf.has(tier)) unitsOf.set(tier, []);
    unitsOf.get(tier).push(unit);
  });
  const tiers = TIER_ORDER.filter((tier) => unitsOf.has(tier));
  const tiersOf = (group) => tiers.filter((tier) => unitsOf.get(tier).some((u) => shownRow(u, group) >= 0));
  const isKnown = (row) => ["met", "short", "reported"].includes(R.status[row]);
  const known = G.map(() => false);
  const short = G.map(() => 0);
  R.group.forEach((group, row) => { known[group] = known[group] || isKnown(row); });
  G.forEach((_, group) => {
    const units = unitsOf.get(tiersOf(group)[0]) || [];
    short[group] = units.filter((unit) => R.status[shownRow(unit, group)] === "short").length;
  });
  // A unit without a boundary of its own is drawn as the units that it consists of.
  const children = U.code.map(() => []);
  U.parent.forEach((above, unit) => { if (above >= 0) children[above].push(unit); });
  const ringsOf = (unit) => (U.rings[unit].length ? U.rings[unit] : children[unit].flatMap(ringsOf));
  // A number beside what nobody knows is of what is known, and says so.
  const knownOnly = new Set(R.known);
  const numberText = (row, name) => (knownOnly.has(`${name} ${row}`) ? say("known") : "") + R[`${name}_text`][row];
  const hasRings = (unit) => ringsOf(unit).length > 0;

  // --- map ---------------------------------------------------------------------------------------
  const map = L.map($("map"), {
    crs: L.CRS.Simple, zoomSnap: 0.25, zoomDelta: 0.5, wheelPxPerZoomLevel: 90, minZoom: -12, maxZoom: 2,
    attributionControl: false, zoomControl: false, keyboardPanDelta: 60,
  });
  for (const [name, z] of [["units", 400], ["circles", 420], ["pockets", 430], ["facilities", 440], ["names", 460]]) {
    map.createPane(name).style.zIndex = z;
  }
  map.getPane("circles").style.opacity = "0.3";
  for (const name of ["circles", "names"]) map.getPane(name).style.pointerEvents = "none";
  const renderers = {
    units: L.svg({ pane: "units", padding: 0.4 }), circles: L.canvas({ pane: "circles", padding: 0.4 }),
    pockets: L.svg({ pane: "pockets", padding: 0.4 }), facilities: L.svg({ pane: "facilities", padding: 0.4 }),
  };
  const overlays = { circles: L.layerGroup(), pockets: L.layerGroup(), facilities: L.layerGroup(), names: L.layerGroup() };
  const polygons = new Map();  // unit -> layer of the level shown
  let unitLayer = L.featureGroup().addTo(map);
  let zoomControl = null;
  let scaleControl = null;
  const FitControl = L.Control.extend({
    options: { position: "topleft" },
    onAdd() {
      const box = L.DomUtil.create("div", "leaflet-bar leaflet-control");
      const button = el("a", { class: "leaflet-control-fit", href: "#", role: "button", title: say("fit"), "aria-label": say("fit") },
        drawing("0 0 16 16", "path", { d: "M1 5V1h4M11 1h4v4M15 11v4h-4M5 15H1v-4M5 5h6v6H5z", fill: "none", stroke: "#222", "stroke-width": 1.6 }));
      L.DomEvent.disableClickPropagation(box);
      button.addEventListener("click", (event) => { event.preventDefault(); fit(); home = map.getZoom(); });
      box.append(button);
      return box;
    },
  });
  let fitControl = null;
  Object.values(overlays).forEach((layer) => layer.addTo(map));

  function decode(rings) {
    return rings.map((ring) => {
      const corners = [];
      let x = 0, y = 0;
      for (let i = 0; i < ring.length; i += 2) {
        x += ring[i]; y += ring[i + 1];
        corners.push([y, x]);
      }
      return corners;
    });
  }

  function everything() {
    const bounds = L.latLngBounds([]);
    U.rings.forEach((rings) => decode(rings).forEach((ring) => ring.forEach((corner) => bounds.extend(corner))));
    if (!bounds.isValid()) F.where.forEach((at) => at && bounds.extend([at[1], at[0]]));
    return bounds.isValid() ? bounds : null;
  }
  const whole = everything();
  let fitted = true;  // until somebody moves the map, it shows everything
  function fit() {
    fitted = true;
    if (whole) map.fitBounds(whole, { padding: [18, 18], animate: false });
    else map.setView([0, 0], 0, { animate: false });
  }

  const tip = (...lines) => {
    const [first, ...rest] = lines.filter(Boolean);
    return el("div", { class: "tip" }, el("strong", {}, first), ...rest.map((line) => el("div", {}, line)));
  };
  const spoken = (unit) => {
    const row = shownRow(unit, state.group);
    const words = [U.name[unit]];
    if (row < 0) words.push(pick(DATA.statuses.not_applicable));
    else {
      const value = text(R.short[row]);
      words.push(pick(DATA.statuses[R.status[row]]));
      if (!["…", "—", pick(DATA.statuses[R.status[row]])].includes(value)) words.push(value);
    }
    return words;
  };

  function drawUnits() {
    unitLayer.remove();
    polygons.clear();
    unitLayer = L.featureGroup();
    for (const unit of unitsOf.get(state.tier) || []) {
      if (!hasRings(unit)) continue;
      const layer = L.polygon(decode(ringsOf(unit)), {
        renderer: renderers.units, pane: "units", className: "unit", fillRule: "evenodd", smoothFactor: 0.5, noClip: true,
      });
      layer.bindTooltip(() => tip(...spoken(unit)), { sticky: true, className: "tip", pane: "tooltipPane" });
      layer.on("click", () => select(unit, "map"));
      layer.addTo(unitLayer);
      polygons.set(unit, layer);
    }
    unitLayer.addTo(map);
    let first = true;
    for (const [unit, layer] of polygons) {
      const path = layer.getElement();
      path.setAttribute("role", "button");
      path.setAttribute("tabindex", first ? "0" : "-1");
      path.dataset.unit = String(unit);
      first = false;
    }
  }

  // One stop of the Tab key for all units; arrow keys go to the nearest unit on that side.
  function unitKeys(event) {
    const at = event.target.dataset && event.target.dataset.unit;
    if (at === undefined) return;
    const unit = Number(at);
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault(); event.stopPropagation();
      select(unit, "keys");
      return;
    }
    const way = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!way) return;
    event.preventDefault(); event.stopPropagation();
    const here = polygons.get(unit).getBounds().getCenter();
    let best = null, least = Infinity;
    for (const [other, layer] of polygons) {
      if (other === unit) continue;
      const there = layer.getBounds().getCenter();
      const dx = there.lng - here.lng, dy = there.lat - here.lat;
      const along = dx * way[0] + dy * way[1];
      const across = Math.abs(dx * way[1]) + Math.abs(dy * way[0]);
      if (along <= 0 || across > 2 * along) continue;
      const far = along + 2 * across;
      if (far < least) { least = far; best = other; }
    }
    if (best === null) return;
    event.target.setAttribute("tabindex", "-1");
    const path = polygons.get(best).getElement();
    path.setAttribute("tabindex", "0");
    path.focus();
    const centre = polygons.get(best).getBounds().getCenter();
    if (!map.getBounds().contains(centre)) map.panTo(centre, { animate: false });
  }
  $("map").addEventListener("keydown", unitKeys, true);

  // Classes of the gap: round numbers just above the quantiles.
  function gapBreaks() {
    const values = (unitsOf.get(state.tier) || [])
      .map((unit) => shownRow(unit, state.group)).filter((row) => row >= 0 && R.shortfall[row] > 0)
      .map((row) => R.shortfall[row]).sort((a, b) => a - b);
    if (!values.length) return [];
    const isWhole = values.every((value) => value >= 1);
    const neat = (value) => {
      const ten = 10 ** Math.floor(Math.log10(value));
      const top = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((m) => value <= m * ten * (1 + 1e-12)) * ten;
      return isWhole ? Math.ceil(top) : Number(top.toPrecision(3));
    };
    const breaks = [0.2, 0.4, 0.6, 0.8].map((q) => neat(values[Math.min(values.length - 1, Math.floor(q * values.length))]));
    const top = neat(values[values.length - 1]);
    return [...new Set([...breaks, top])].filter((value) => value <= top);
  }
  const spread = (colours, n) => Array.from({ length: n }, (_, i) =>
    colours[n === 1 ? 2 : Math.round((i * (colours.length - 1)) / (n - 1))]);
  let breaks = [];

  function fillOf(row) {
    if (row < 0) return STATUS_FILL.not_applicable;
    const name = R.status[row];
    if (name === "no_data" || name === "not_applicable") return STATUS_FILL[name];
    if (state.colour === "share" && R.share[row] !== null) {
      return SHARE_FILL[SHARE_BREAKS.findIndex((top) => R.share[row] <= top)] || SHARE_FILL[4];
    }
    if (state.colour === "shortfall" && R.shortfall[row] > 0) {
      return spread(GAP_FILL, breaks.length)[breaks.findIndex((top) => R.shortfall[row] <= top)];
    }
    return STATUS_FILL[name];
  }

  function paint() {
    breaks = gapBreaks();
    const order = new Set(visible());
    for (const [unit, layer] of polygons) {
      const row = shownRow(unit, state.group);
      const chosen = unit === state.unit;
      layer.setStyle({
        fillColor: fillOf(row), fillOpacity: order.has(unit) ? 0.92 : 0.25, color: chosen ? "#111" : "#5a6b6d",
        weight: chosen ? 4 : 0.9, dashArray: row < 0 || R.status[row] === "not_applicable" ? "3 3" : null,
      });
      const path = layer.getElement();
      path.setAttribute("aria-label", spoken(unit).join(side() ? ", " : ","));
      path.setAttribute("aria-pressed", String(chosen));
      if (chosen) layer.bringToFront();
    }
    drawLegend();
  }

  // What a facility is to the norm in view: counted, not known to be, not counted; or only that it is there.
  const USES = [
    ["yes", "counted_facility", { fill: "#111", stroke: "#fff" }], ["plain", "facility", { fill: "#111", stroke: "#fff" }],
    ["unknown", "unknown_facility", { fill: "#9a9a9a", stroke: "#333" }], ["no", "other_facility", { fill: "#fff", stroke: "#333" }],
    ["closed", "not_open", { fill: "#fff", stroke: "#333" }],
  ];
  let uses = null;
  function setUses() {
    const group = G[state.group], found = DATA.counted[group.norm_id];
    if (!group.circle && !found) uses = null;
    else {
      uses = new Map((group.circle ? group.circle.facilities : found.yes).map((i) => [i, "yes"]));
      for (const i of (found ? found.unknown : [])) if (!uses.has(i)) uses.set(i, "unknown");
    }
  }
  const useOf = (i) => (uses ? uses.get(i) || "no" : F.open[i] ? "plain" : "closed");

  function drawOverlays() {
    const group = G[state.group];
    const circle = group.circle;
    Object.values(overlays).forEach((layer) => layer.clearLayers());
    setUses();
    if (circle && circle.straight && state.layers.circles) {
      for (const at of circle.facilities) {
        const style = {
          renderer: renderers.circles, pane: "circles", stroke: false, fillOpacity: 1, fillColor: "#0b5c6b",
          fillRule: "evenodd", interactive: false,
        };
        const area = circle.areas[at];  // around a facility that is an area, or has several entrances
        const [x, y] = F.where[at];
        (area ? L.polygon(decode(area), style) : L.circle([y, x], { ...style, radius: circle.metres })).addTo(overlays.circles);
      }
    }
    if (group.pockets && state.layers.pockets) {
      group.pockets.unit.forEach((unit, i) => {
        const layer = L.polygon(decode(DATA.outlines[group.pockets.outline[i]]), {
          renderer: renderers.pockets, pane: "pockets", className: "pocket", fillRule: "evenodd", smoothFactor: 0.5,
          color: "#7a1f6b", weight: 0.7, fillColor: "url(#dots)", fillOpacity: 0.7, noClip: true,
        });
        layer.bindTooltip(() => tip(say("pocket_people", group.pockets.people[i]), U.name[unit], say("pocket_rank", i + 1)),
          { sticky: true, className: "tip" });
        layer.on("click", () => select(atLevel(unit), "map"));
        layer.addTo(overlays.pockets);
      });
    }
    if (state.layers.facilities) {
      F.where.forEach((at, i) => {
        if (!at || F.service[i] !== group.service) return;
        const [, words, look] = USES.find(([use]) => use === useOf(i));
        const dark = look.fill === "#111";
        const layer = L.circleMarker([at[1], at[0]], {
          renderer: renderers.facilities, pane: "facilities", radius: radius(), weight: radius() < 2.5 ? 0.4 : 1.2,
          className: "facility", dark, color: dark && radius() > 2.5 ? "#fff" : "#333", fillColor: look.fill, fillOpacity: 1,
        });
        layer.bindTooltip(() => tip(F.name[i], text(F.about[i]), words === "facility" ? null : say(words)), { className: "tip" });
        layer.addTo(overlays.facilities);
      });
    }
    drawNames();
  }
  const atLevel = (unit) => {
    for (let at = unit; at >= 0; at = U.parent[at]) if (U.tier[at] === state.tier) return at;
    return unit;
  };
  // Many facilities are small dots until one looks closer.
  const many = {};
  F.service.forEach((name) => { many[name] = (many[name] || 0) + 1; });
  const radius = () => {
    const size = Math.max(1.3, Math.min(4.5, 60 / Math.sqrt(many[G[state.group].service] || 1)));
    return Math.max(1.2, Math.min(6, size * 2 ** (0.5 * (map.getZoom() - home))));
  };
  let home = 0;

  function drawNames() {
    overlays.names.clearLayers();
    if (!state.layers.names) return;
    const taken = [];
    for (const [unit, layer] of polygons) {
      const box = layer.getBounds();
      const a = map.latLngToLayerPoint(box.getSouthWest()), b = map.latLngToLayerPoint(box.getNorthEast());
      const width = 12.5 * [...U.name[unit]].reduce((n, c) => n + (c.charCodeAt(0) > 255 ? 1 : 0.56), 0);
      if (b.x - a.x < width * 0.8 || a.y - b.y < 14) continue;
      const centre = layer.getCenter ? layer.getCenter() : box.getCenter();
      const at = map.latLngToLayerPoint(centre);
      const mine = [at.x - width / 2, at.y - 8, at.x + width / 2, at.y + 8];
      if (taken.some((o) => mine[0] < o[2] && o[0] < mine[2] && mine[1] < o[3] && o[1] < mine[3])) continue;
      taken.push(mine);
      L.tooltip({ permanent: true, direction: "center", className: "unit-name", pane: "names", interactive: false })
        .setLatLng(centre).setContent(el("span", { "aria-hidden": "true" }, U.name[unit])).addTo(overlays.names);
    }
  }
  map.on("zoomend", () => {
    drawNames();
    const size = radius();
    overlays.facilities.eachLayer((layer) => layer.setRadius(size).setStyle({
      weight: size < 2.5 ? 0.4 : 1.2, color: layer.options.dark && size > 2.5 ? "#fff" : "#333",
    }));
  });

  // --- legend and layers ---------------------------------------------------------------------------
  const SVG = "http://www.w3.org/2000/svg";
  const shape = (tag, attributes) => drawing("0 0 22 15", tag, attributes);
  function drawing(view, tag, attributes) {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", view);
    svg.setAttribute("aria-hidden", "true");
    const node = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
    svg.append(node);
    return svg;
  }
  const box = (fill, more) => shape("rect", { x: 0.5, y: 0.5, width: 21, height: 14, fill, stroke: "#5a6b6d", ...more });
  const entry = (picture, ...words) => el("li", {}, picture, el("span", {}, ...words));

  function drawLegend() {
    const group = G[state.group];
    const rows = (unitsOf.get(state.tier) || []).map((unit) => shownRow(unit, state.group));
    const has = (name) => rows.some((row) => (row < 0 ? "not_applicable" : R.status[row]) === name);
    const list = el("ul", {}, el("li", {}));
    let title = say("by_status");
    if (state.colour === "shortfall") {
      title = pick(group.heads.shortfall);
      // halves go up, of the decimals that a number has, as in every other output
      const number = (value) => ((Math.round(Number(`${value.toPrecision(15)}e1`)) || 0) / 10).toLocaleString("en-US");
      spread(GAP_FILL, breaks.length).forEach((fill, i) => {
        list.append(entry(box(fill), i ? `>${number(breaks[i - 1])}–${number(breaks[i])}` : `≤${number(breaks[i])}`));
      });
      if (has("met")) list.append(entry(box(STATUS_FILL.met), `${pick(DATA.statuses.met)}${side() ? ", " : ","}${say("no_gap")}`));
      if (rows.some((row) => row >= 0 && R.status[row] === "reported" && !(R.shortfall[row] > 0))) {
        list.append(entry(box(STATUS_FILL.reported), pick(DATA.statuses.reported)));
      }
    } else if (state.colour === "share") {
      title = pick(group.heads.share);
      SHARE_FILL.forEach((fill, i) => list.append(entry(box(fill), `${i ? `>${SHARE_BREAKS[i - 1] * 100}` : "0"}–${SHARE_BREAKS[i] * 100}%`)));
    } else {
      for (const name of ["met", "short", "reported"]) if (has(name)) list.append(entry(box(STATUS_FILL[name]), pick(DATA.statuses[name])));
    }
    for (const name of ["no_data", "not_applicable"]) {
      if (has(name)) list.append(entry(box(STATUS_FILL[name], name === "not_applicable" ? { "stroke-dasharray": "3 3" } : {}), pick(DATA.statuses[name])));
    }
    const more = [];
    const circle = group.circle;
    if (state.layers.facilities && F.service.some((name, i) => name === group.service && F.where[i])) {
      const there = new Set(F.where.map((at, i) => (at && F.service[i] === group.service ? useOf(i) : "")));
      for (const [use, words, look] of USES) {
        if (there.has(use)) list.append(entry(shape("circle", { cx: 11, cy: 7.5, r: 4.5, ...look }), say(words)));
      }
    }
    if (circle && circle.straight && state.layers.circles) {
      list.append(entry(shape("circle", { cx: 11, cy: 7.5, r: 7, fill: "#0b5c6b", "fill-opacity": 0.3 }), say("circle_of", circle.metres_text)));
    }
    if (circle && !circle.straight) more.push(say("no_circle"));
    if (group.pockets && state.layers.pockets) {
      const p = group.pockets;
      list.append(entry(box("url(#dots)", { stroke: "#7a1f6b" }), say("pocket")));
      if (p.left) more.push(say("pockets_left", p.unit.length, p.left.toLocaleString("en-US"), p.left_people));
      more.push(say("pocket_cells"));
    }
    list.firstChild.append(el("strong", {}, title));
    $("legend").replaceChildren(list, ...more.map((line) => el("p", {}, line)));
    $("legend").setAttribute("aria-label", say("legend"));
  }

  function drawLayers() {
    const group = G[state.group];
    const there = {
      facilities: F.service.includes(group.service), circles: Boolean(group.circle && group.circle.straight),
      pockets: Boolean(group.pockets), names: true,
    };
    const boxes = Object.keys(state.layers).map((name) => el("label", { class: "check" },
      el("input", {
        type: "checkbox", checked: state.layers[name] && there[name], disabled: !there[name], "data-layer": name,
        onchange: (event) => { state.layers[name] = event.target.checked; drawOverlays(); drawLegend(); },
      }), el("span", {}, say(name))));
    $("layers").replaceChildren(...boxes);
    $("layers").setAttribute("aria-label", say("layers"));
  }

  // --- choices -------------------------------------------------------------------------------------
  function fillServices() {
    const services = [...new Set(G.map((group) => group.service))];
    $("service").replaceChildren(...services.map((name) => el("option", { value: name, selected: name === state.service }, pick(DATA.services[name]))));
  }
  const groupTitle = (group) => {
    const what = G.some((other) => other !== group && other.norm_id === group.norm_id) ? ` · ${pick(group.what)}` : "";
    return `${pick(group.name)}${what}`;
  };
  function fillNorms() {
    const options = G.map((group, i) => [group, i]).filter(([group]) => group.service === state.service && group.measure)
      .map(([group, i]) => {
        const state_ = known[i] ? (short[i] ? ` — ${pick(DATA.statuses.short)} ${short[i]}` : "") : ` — ${say("no_data_norm")}`;
        return el("option", { value: i, selected: i === state.group },
          `[${group.number}] ${groupTitle(group)} ${pick(group.standard)} (${pick(group.due)})${state_}`);
      });
    $("norm").replaceChildren(...options);
  }
  function segments(id, entries, current, change) {
    const holder = $(id).querySelector(".segments");
    const focused = holder.contains(document.activeElement);
    holder.replaceChildren(...entries.map(([value, words, enabled]) => el("label", {},
      el("input", { type: "radio", name: id, value, checked: value === current, disabled: !enabled, onchange: () => change(value) }),
      el("span", {}, words))));
    if (focused) (holder.querySelector("input:checked") || holder.querySelector("input")).focus();
  }
  function fillSegments() {
    const there = tiersOf(state.group);
    segments("level", tiers.map((tier) => [tier, pick(DATA.tiers[tier]), there.includes(tier)]), state.tier, (tier) => {
      state.tier = tier;
      state.statuses.clear();
      colourFor();
      if (state.unit >= 0 && U.tier[state.unit] !== tier) select(-1, "level");
      drawUnits();
      refresh();
    });
    segments("colour", ["status", "shortfall", "share"].map((name) => [name, say(`by_${name}`), canColour(name)]), state.colour, (name) => {
      state.colour = name;
      paint();
    });
  }
  function canColour(name) {
    if (name === "status") return true;
    return (unitsOf.get(state.tier) || []).some((unit) => {
      const row = shownRow(unit, state.group);
      return row >= 0 && (name === "share" ? R.share[row] !== null : R.shortfall[row] > 0);
    });
  }
  // A share where there is no verdict, else the gap, else the status.
  function colourFor() {
    const rows = (unitsOf.get(state.tier) || []).map((unit) => shownRow(unit, state.group)).filter((row) => row >= 0);
    const verdict = rows.some((row) => ["met", "short"].includes(R.status[row]));
    if (!verdict && canColour("share")) state.colour = "share";
    else state.colour = canColour("shortfall") ? "shortfall" : "status";
  }
  function chooseGroup(group) {
    state.group = group;
    state.service = G[group].service;
    state.statuses.clear();
    const there = tiersOf(group);
    const before = state.tier;
    if (!there.includes(state.tier)) state.tier = there[0] || tiers[0];
    if (!columns().some(([name]) => name === state.sort.key)) state.sort = { key: "code", down: false };
    colourFor();
    if (before !== state.tier) {
      if (state.unit >= 0 && U.tier[state.unit] !== state.tier) state.unit = -1;
      drawUnits();
    }
    refresh();
  }

  // --- the norm in view ------------------------------------------------------------------------------
  const term = (word, ...values) => el("div", {}, el("dt", {}, word), el("dd", {}, ...values));
  function drawCard() {
    const group = G[state.group];
    const total = find(root, state.group, "sum_of_units"), net = find(root, state.group, "net"), own = find(root, state.group, "unit");
    const any = [total, net, own, ...(unitsOf.get(state.tier) || []).map((unit) => shownRow(unit, state.group))].find((row) => row >= 0);
    const sums = [];
    const put = (words, row) => { if (row >= 0) sums.push(el("span", {}, `${words}${colon()}`, el("span", { class: "big" }, isKnown(row) ? text(R.short[row]) : pick(DATA.statuses[R.status[row]])))); };
    if (total >= 0 && net >= 0 && R.short[total] === R.short[net]) put(say("whole_area"), total);
    else {
      put(`${say("whole_area")} · ${say("sum_of_units")}`, total);
      put(say("net"), net);
      if (total < 0 && net < 0) put(say("whole_area"), own);
    }
    const items = [
      term(say("citation"), `${group.citation}`, group.set_here ? ` (${say("standard_set_here")})` : ""),
      term(say("method"), any === undefined ? "—" : text(R.method[any])),
    ];
    if (pick(group.applies)) items.push(term(say("applies"), pick(group.applies)));
    if (pick(group.about)) items.push(term(say("norm_note"), pick(group.about)));
    $("card").replaceChildren(
      el("h2", {}, `[${group.number}] ${groupTitle(group)}`),
      el("span", { class: "facts" }, el("span", { class: "big" }, pick(group.standard)), el("span", {}, pick(group.due)), ...sums),
      el("dl", {}, ...items));
  }

  // --- table -----------------------------------------------------------------------------------------
  function columns() {
    const group = G[state.group];
    const all = (unitsOf.get(state.tier) || []).map((unit) => shownRow(unit, state.group)).filter((row) => row >= 0);
    const rows = [...all, find(root, state.group, "sum_of_units"), find(root, state.group, "net")].filter((row) => row >= 0);
    const numbers = SHOWN.filter((name) => rows.some((row) => R[name][row] !== null));
    return [
      ["code", say("code"), "text"], ["name", say("name"), "text"], ["status", pick(DATA.heads.status), "text"],
      ...numbers.map((name) => [name, pick(group.heads[name]), "number"]),
      ...(["residents", "population"].includes(group.base) && numbers.includes("base_value") ? [] : [["people", say("people"), "number"]]),
    ];
  }
  const STATUS_ORDER = ["short", "met", "reported", "no_data", "not_applicable"];
  const statusOf = (unit) => {
    const row = shownRow(unit, state.group);
    return row < 0 ? "not_applicable" : R.status[row];
  };
  function valueOf(unit, name) {
    const row = shownRow(unit, state.group);
    if (name === "code") return U.code[unit];
    if (name === "name") return U.name[unit];
    if (name === "people") return U.people.population[unit];
    if (name === "status") return STATUS_ORDER.indexOf(statusOf(unit));
    return row < 0 ? null : R[name][row];
  }
  function visible() {
    const wanted = state.text.trim().toLowerCase();
    return (unitsOf.get(state.tier) || []).filter((unit) =>
      (!state.statuses.size || state.statuses.has(statusOf(unit))) &&
      (!wanted || `${U.code[unit]} ${U.name[unit]}`.toLowerCase().includes(wanted)));
  }
  function sorted() {
    const { key: name, down } = state.sort;
    const order = new Intl.Collator(state.lang === "en" ? "en" : "zh", { numeric: true });
    return visible().map((unit) => [unit, valueOf(unit, name)]).sort(([u, a], [v, b]) => {
      if (a === null || b === null) return a === b ? u - v : a === null ? 1 : -1;  // what is unknown stands last
      const by = name === "code" ? (a < b ? -1 : a > b ? 1 : 0) : typeof a === "string" ? order.compare(a, b) : a - b;
      return (down ? -by : by) || u - v;
    }).map(([unit]) => unit);
  }
  function cell(unit, row, [name, , kind]) {
    if (name === "code") return el("td", { class: "text col-code" }, U.code[unit]);
    if (name === "name") return el("td", { class: "text col-name" }, U.name[unit]);
    if (name === "people") return el("td", {}, U.people_text.population[unit]);
    if (name === "status") return el("td", { class: "text" }, status(row < 0 ? "not_applicable" : R.status[row]));
    return el("td", { class: kind }, row < 0 ? "—" : numberText(row, name));
  }
  function drawHead() {
    const cells = columns().map(([name, words, kind]) => {
      const mine = state.sort.key === name;
      return el("th", { scope: "col", class: kind === "text" ? `text col-${name}` : null, "aria-sort": mine ? (state.sort.down ? "descending" : "ascending") : "none" },
        el("button", {
          type: "button", "data-sort": name, onclick: () => {
            state.sort = { key: name, down: mine ? !state.sort.down : kind === "number" };
            drawTable();
            $("table").querySelector(`[data-sort="${name}"]`).focus();
          },
        }, words, el("span", { class: "arrow", "aria-hidden": "true" }, mine ? (state.sort.down ? " ▼" : " ▲") : "")));
    });
    $("table").tHead.replaceChildren(el("tr", {}, ...cells));
    $("table").caption.textContent = `${groupTitle(G[state.group])} · ${pick(DATA.tiers[state.tier])}`;
  }
  let lastFocus = -1;
  function drawTable() {
    drawHead();
    const shown = sorted();
    const all = unitsOf.get(state.tier) || [];
    const heads = columns();
    const totals = [["sum_of_units", `${say("whole_area")} · ${say("sum_of_units")}`], ["net", `${say("whole_area")} · ${say("net")}`]]
      .filter(([rollup]) => !(all.length === 1 && all[0] === root) && find(root, state.group, rollup) >= 0)
      .map(([rollup, words]) => {
        const row = find(root, state.group, rollup);
        const cells = heads.map((head) => (head[0] === "name" ? el("td", { class: "text col-name" }, words) : cell(root, row, head)));
        return el("tr", { "data-row": row }, ...cells);
      });
    $("table").tBodies[0].replaceChildren(...totals);
    const focusable = shown.includes(state.unit) ? state.unit : shown[0];
    $("table").tBodies[1].replaceChildren(...shown.map((unit) => {
      const row = shownRow(unit, state.group);
      return el("tr", {
        "data-unit": unit, "data-row": row, tabindex: unit === focusable ? 0 : -1, "aria-selected": String(unit === state.unit),
      }, ...heads.map((head) => cell(unit, row, head)));
    }));
    $("count").textContent = say("shown", shown.length, all.length);
    drawStatuses();
  }
  function drawStatuses() {
    const counts = {};
    for (const unit of unitsOf.get(state.tier) || []) counts[statusOf(unit)] = (counts[statusOf(unit)] || 0) + 1;
    const chips = STATUS_ORDER.filter((name) => counts[name]).map((name) => el("button", {
      type: "button", class: "chip", "aria-pressed": String(state.statuses.has(name)), "data-status": name,
      onclick: () => {
        if (!state.statuses.delete(name)) state.statuses.add(name);
        drawTable();
        paint();
        $("statuses").querySelector(`[data-status="${name}"]`).focus();
      },
    }, el("span", { class: `swatch ${name}`, "aria-hidden": "true" }), `${pick(DATA.statuses[name])} ${counts[name]}`));
    $("statuses").replaceChildren(...chips);
    $("statuses").setAttribute("aria-label", say("filter_status"));
  }
  const bodyRows = () => [...$("table").tBodies[1].rows];
  $("table").tBodies[1].addEventListener("click", (event) => {
    const row = event.target.closest("tr");
    if (row) select(Number(row.dataset.unit), "table");
  });
  $("table").tBodies[1].addEventListener("keydown", (event) => {
    const rows = bodyRows();
    const at = rows.indexOf(event.target);
    if (at < 0) return;
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1, PageDown: at + 10, PageUp: at - 10 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      const next = rows[Math.max(0, Math.min(rows.length - 1, to))];
      rows[at].tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      select(Number(event.target.dataset.unit), "keys");
    }
  });

  // --- one unit ----------------------------------------------------------------------------------------
  function select(unit, from) {
    lastFocus = unit;
    state.unit = unit;
    for (const row of bodyRows()) {
      const mine = Number(row.dataset.unit) === unit;
      row.setAttribute("aria-selected", String(mine));
      if (mine) {
        bodyRows().forEach((other) => { other.tabIndex = -1; });
        row.tabIndex = 0;
      }
    }
    paint();
    drawDetails();
    if (unit < 0) return;
    const chosen = $("table").querySelector(`tr[data-unit="${unit}"]`);
    if (chosen && !window.matchMedia("(max-width: 899px)").matches) chosen.scrollIntoView({ block: "nearest" });
    const layer = polygons.get(unit);
    if (from !== "map" && layer && !map.getBounds().intersects(layer.getBounds())) map.panTo(layer.getBounds().getCenter(), { animate: false });
    if (from === "keys") $("details-title").focus();
    const narrow = window.matchMedia("(max-width: 899px)").matches;
    if (narrow) $("details").scrollIntoView({ block: "start" });
    $("details").scrollTop = 0;
  }
  function close() {
    const unit = lastFocus;
    select(-1, "close");
    const row = bodyRows().find((one) => Number(one.dataset.unit) === unit);
    if (row) { bodyRows().forEach((other) => { other.tabIndex = -1; }); row.tabIndex = 0; row.focus(); }
  }
  function drawDetails() {
    const unit = state.unit;
    $("details").hidden = unit < 0;
    $("hint").hidden = unit >= 0;
    $("right").classList.toggle("open", unit >= 0);
    if (unit < 0) return;
    $("details-title").textContent = U.name[unit];
    const above = U.parent[unit] >= 0 ? `${say("belongs")} ${U.name[U.parent[unit]]}` : "";
    const people = Object.keys(U.people).filter((name) => DATA.people[name]).map((name) => `${pick(DATA.people[name])} ${U.people_text[name][unit]}`);
    $("details-about").textContent = [pick(U.type[unit]), U.code[unit], above, ...people].filter(Boolean).join(" · ");
    $("zoom").disabled = !hasRings(unit);
    const mine = new Map();
    for (const row of byUnit[unit]) {
      if (!mine.has(R.group[row])) mine.set(R.group[row], []);
      mine.get(R.group[row]).push(row);
    }
    const wanted = [...mine.keys()].sort((a, b) => a - b)
      .filter((group) => !state.onlyShort || mine.get(group).some((row) => R.status[row] === "short"));
    const nodes = [];
    if (wanted.includes(state.group)) nodes.push(finding(unit, state.group, mine.get(state.group), true));
    let service = "";
    for (const group of wanted) {
      if (group === state.group) continue;
      if (G[group].service !== service) {
        service = G[group].service;
        nodes.push(el("h3", {}, pick(DATA.services[service])));
      }
      nodes.push(finding(unit, group, mine.get(group), false));
    }
    if (!wanted.length) nodes.push(el("p", { class: "body" }, say("nothing_short")));
    $("findings").replaceChildren(...nodes);
  }
  function finding(unit, at, rows, current) {
    const group = G[at];
    const main = shownRow(unit, at);
    const node = el("details", { open: current, class: current ? "current" : null, "data-group": at },
      el("summary", {}, status(R.status[main]),
        el("span", {}, groupTitle(group), " ", el("small", {}, `${pick(group.standard)} · ${pick(group.due)}`)),
        el("span", { class: "value" }, text(R.short[main]))));
    const fill = () => { if (node.open && !node.querySelector(".body")) node.append(findingBody(unit, group, at, rows)); };
    node.addEventListener("toggle", fill);
    fill();
    return node;
  }
  // Pockets of the unit, the largest first: their people are words too, not only a tip on the map.
  const POCKETS_LISTED = 8;
  function pocketList(unit, group) {
    const p = group.pockets;
    if (!p) return null;
    const within = (at) => { for (let u = at; u >= 0; u = U.parent[u]) if (u === unit) return true; return false; };
    const mine = p.unit.map((at, i) => [at, i]).filter(([at]) => within(at));
    if (!mine.length) return null;
    const items = mine.slice(0, POCKETS_LISTED).map(([at, i]) => el("button", {
      type: "button", class: "chip", onclick: () => {
        fitted = false;
        map.fitBounds(L.latLngBounds(decode(DATA.outlines[p.outline[i]]).flat()), { padding: [40, 40], maxZoom: home + 4, animate: false });
      },
    }, `${at === unit ? "" : `${U.name[at]} `}${say("pocket_people", p.people[i])}`));
    const more = mine.length > POCKETS_LISTED ? el("span", {}, say("pockets_more", mine.length - POCKETS_LISTED)) : null;
    return el("div", { class: "pockets" }, el("span", { class: "soft" }, say("pockets")), ...items, more);
  }
  function findingBody(unit, group, at, rows) {
    const names = SHOWN.filter((name) => rows.some((row) => R[name][row] !== null));
    const several = rows.length > 1 || R.rollup[rows[0]] !== "unit";
    const head = el("tr", {}, ...(several ? [el("th", { scope: "col" }, say("rollup"))] : []),
      ...names.map((name) => el("th", { scope: "col" }, pick(group.heads[name]))));
    const lines = rows.map((row) => el("tr", {}, ...(several ? [el("td", { class: "text" }, pick(DATA.rollups[R.rollup[row]]))] : []),
      ...names.map((name) => el("td", {}, numberText(row, name)))));
    const notes = [...new Set(rows.map((row) => text(R.note[row])).filter(Boolean))];
    const methods = [...new Set(rows.map((row) => text(R.method[row])).filter(Boolean))];
    const list = el("dl", {});
    const add = (word, value) => { if (value) list.append(el("dt", {}, word), el("dd", {}, value)); };
    add(say("document"), `${group.document} (${group.document_date})`);
    add(say("clause"), group.clause);
    add(say("key_phrase"), group.key_phrase);
    if (group.set_here) add(say("standard"), say("standard_set_here"));
    add(say("applies"), pick(group.applies));
    methods.forEach((method) => add(say("method"), method));
    notes.forEach((note) => add(say("note"), note));
    add(say("norm_note"), pick(group.about));
    return el("div", { class: "body" },
      names.length ? el("div", { class: "wide" }, el("table", {}, el("thead", {}, head), el("tbody", {}, ...lines))) : null,
      list,
      pocketList(unit, group),
      at === state.group ? null : el("button", { type: "button", class: "action", onclick: () => { chooseGroup(at); $("norm").focus(); } }, say("show_norm")));
  }

  // --- CSV ---------------------------------------------------------------------------------------------
  const RUNS = /^(?:\s*[=+\-@＝＋－＠]|[\t\r])/;
  function field(value) {
    if (value === null || value === undefined) return "";
    if (typeof value === "number") return String(value);
    const safe = RUNS.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
  }
  function record(row) {
    const unit = R.unit[row], group = G[R.group[row]];
    const all = {
      unit_code: U.code[unit], unit_name: U.name[unit], unit_type: U.type_id[unit], parent_code: U.parent_code[unit],
      rollup: R.rollup[row], service: group.service, norm_id: group.norm_id, kind: group.kind, measure: group.measure,
      base: group.base, base_value: R.base_value[row], standard: group.value, unit_of_measure: group.unit_of_measure,
      required: R.required[row], existing: R.existing[row], shortfall: R.shortfall[row], surplus: R.surplus[row],
      share: R.share[row], status: R.status[row], method: TEXTS[R.method[row]][1], source: group.citation, note: TEXTS[R.note[row]][1],
    };
    return DATA.columns.map((name) => field(all[name])).join(",");
  }
  function save(rows, name) {
    const lines = [DATA.columns.join(","), ...rows.map(record)];
    const blob = new Blob(["\ufeff", lines.join("\r\n"), "\r\n"], { type: "text/csv;charset=utf-8" });
    const link = el("a", { href: URL.createObjectURL(blob), download: `${name.replace(/[^\p{L}\p{N}._-]+/gu, "_")}.csv` });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }
  $("csv").addEventListener("click", () => {
    const rows = [...$("table").querySelectorAll("tbody tr")].map((row) => Number(row.dataset.row)).filter((row) => row >= 0);
    save(rows, `${DATA.area.name}_${G[state.group].norm_id}_${state.tier}`);
  });
  $("csv-unit").addEventListener("click", () => save(byUnit[state.unit], `${DATA.area.name}_${U.name[state.unit]}`));

  // --- all of it -----------------------------------------------------------------------------------------
  function drawNotice() {
    const drawn = polygons.size;
    const rows = (unitsOf.get(state.tier) || []).some((unit) => shownRow(unit, state.group) >= 0);
    const words = !drawn ? say(U.rings.some((rings) => rings.length) ? "no_map_here" : "no_map") : rows ? "" : say("no_rows_here");
    $("map-notice").hidden = !words;
    $("map-notice").textContent = words;
  }
  function refresh() {
    fillServices();
    fillNorms();
    fillSegments();
    drawCard();
    drawLayers();
    drawTable();
    drawOverlays();
    paint();
    drawDetails();
    drawNotice();
  }
  function controls() {
    for (const one of [zoomControl, fitControl, scaleControl]) if (one) one.remove();
    zoomControl = L.control.zoom({ position: "topleft", zoomInTitle: side() ? "Zoom in" : "放大", zoomOutTitle: side() ? "Zoom out" : "缩小" }).addTo(map);
    fitControl = new FitControl().addTo(map);
    scaleControl = L.control.scale({ imperial: false, position: "bottomleft" }).addTo(map);
  }
  function speak() {
    document.documentElement.lang = state.lang === "en" ? "en" : "zh-Hans";
    document.title = `${DATA.area.name} · ${say("title")}`;
    $("title").textContent = `${DATA.area.name} · ${say("title")}`;
    $("dates").textContent = `${say("data_date")} ${DATA.area.data_date} · ${say("norms_on")} ${DATA.area.norms_on}`;
    $("language").textContent = say("language");
    $("language").setAttribute("aria-label", say("language_about"));
    document.querySelectorAll("[data-say]").forEach((node) => { node.textContent = say(node.dataset.say); });
    $("choose").setAttribute("aria-label", say("choose"));
    $("map").setAttribute("aria-label", say("map"));
    $("filter").placeholder = say("filter");
    $("filter").setAttribute("aria-label", say("filter"));
    $("close").textContent = `✕ ${say("close")}`;
    $("warnings").textContent = DATA.area.warnings
      ? say("warnings", DATA.area.warnings)
        + DATA.area.doubted_places.map((doubt) => say("doubted_place", ...doubt)).join("")
      : "";
    $("made-by").textContent = say("made_by", DATA.made_by);
    controls();
  }
  $("language").addEventListener("click", () => {
    state.lang = state.lang === "en" ? "zh" : "en";
    speak();
    refresh();
  });
  $("service").addEventListener("change", (event) => chooseGroup(firstGroup(event.target.value)));
  $("norm").addEventListener("change", (event) => chooseGroup(Number(event.target.value)));
  $("filter").addEventListener("input", (event) => { state.text = event.target.value; drawTable(); paint(); });
  $("close").addEventListener("click", close);
  $("zoom").addEventListener("click", () => {
    const layer = polygons.get(state.unit);
    const bounds = layer ? layer.getBounds() : L.latLngBounds(decode(ringsOf(state.unit)).flat());
    fitted = false;
    map.fitBounds(bounds, { padding: [30, 30], animate: false });
  });
  $("only-short").addEventListener("change", (event) => { state.onlyShort = event.target.checked; drawDetails(); });
  $("choose").addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && state.unit >= 0) close(); });

  // The first norm that is short somewhere, else the first with data; never one that only adds to another.
  function firstGroup(service) {
    const candidates = G.map((_, i) => i).filter((i) => G[i].measure && (!service || G[i].service === service));
    const main = candidates.filter((i) => !G[i].secondary);
    return [main.find((i) => short[i]), main.find((i) => known[i]), main[0], candidates[0]].find((i) => i !== undefined);
  }
  speak();
  fit();
  home = map.getZoom();
  const first = firstGroup("");
  state.tier = tiersOf(first)[0] || tiers[0];
  drawUnits();
  chooseGroup(first);
  map.invalidateSize({ animate: false });
  fit();
  home = map.getZoom();
  if (whole) map.setMaxBounds(whole.pad(0.6));
  map.setMinZoom(home - 2);
  map.fire("zoomend");
  new ResizeObserver(() => {
    map.invalidateSize({ animate: false });
    if (fitted) fit();
  }).observe($("map"));
  for (const name of ["wheel", "pointerdown", "keydown"]) $("map").addEventListener(name, () => { fitted = false; }, true);
  document.documentElement.dataset.ready = "true";
})();
