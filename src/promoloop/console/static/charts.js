// Draws every [data-chart] of the page with ECharts. Options come as JSON from the server; names
// with an @ in front stand for what JSON cannot hold: colours of the theme, ways to write figures.
const source = document.querySelector("script[data-echarts]").dataset.echarts;
const echarts = await import(source);

const style = () => getComputedStyle(document.documentElement);
const colour = (name) => style().getPropertyValue(`--${name}`).trim();
const lang = document.documentElement.lang;

function writer(name) {
  const [kind, argument] = name.slice(1).split(":");
  const options = {
    money: { style: "currency", currency: argument, maximumFractionDigits: 2, trailingZeroDisplay: "stripIfInteger" },
    percent: { style: "percent", maximumFractionDigits: Number(argument ?? 1) },
    number: { maximumFractionDigits: Number(argument ?? 0) },
  }[kind];
  if (kind === "day") {
    const day = new Intl.DateTimeFormat(lang, { month: "short", day: "numeric", timeZone: "UTC" });
    return (value) => day.format(new Date(value));
  }
  const written = new Intl.NumberFormat(lang, options);
  return (given) => {
    const value = given?.value ?? given;
    const one = Array.isArray(value) ? value[value.length > 2 ? 1 : value.length - 1] : value;
    return typeof one === "number" ? written.format(one) : String(one);
  };
}

// One interval: a bar from low to high, its value as a dot. Data: [row, value, low, high].
function interval(_, api) {
  const [row, value, low, high] = [0, 1, 2, 3].map((at) => api.value(at));
  const at = (x) => api.coord([x, row]);
  const look = { stroke: api.visual("color"), fill: api.visual("color"), lineWidth: 3, lineCap: "round" };
  return { type: "group", children: [
    { type: "line", shape: { x1: at(low)[0], y1: at(low)[1], x2: at(high)[0], y2: at(high)[1] }, style: look },
    { type: "circle", shape: { cx: at(value)[0], cy: at(value)[1], r: 5 }, style: look },
  ] };
}

function filled(value, key) {
  if (Array.isArray(value)) return value.map((one) => filled(one, key));
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, filled(one, name)]));
  }
  if (typeof value !== "string" || !value.startsWith("@")) return value;
  if (value === "@interval") return interval;
  if (key === "formatter" || key === "valueFormatter") return writer(value);
  return colour(value.slice(1));
}

function themed(option) {
  const text = { color: colour("ink-2"), fontFamily: style().fontFamily, fontSize: 13 };
  const axis = {
    axisLine: { lineStyle: { color: colour("ink-3") } },
    axisTick: { show: false },
    axisLabel: { color: colour("ink-3"), fontSize: 12, hideOverlap: true },
    splitLine: { lineStyle: { color: colour("rule") } },
    nameTextStyle: { color: colour("ink-3") },
  };
  const full = { animation: false, textStyle: text, ...filled(option) };
  for (const name of ["xAxis", "yAxis"]) {
    if (full[name]) full[name] = [full[name]].flat().map((one) => ({
      ...axis, ...one, axisLabel: { ...axis.axisLabel, ...one.axisLabel }, splitLine: { ...axis.splitLine, ...one.splitLine },
    }));
  }
  // Tooltips as HTML would carry styles that our policy forbids; as rich text they are drawn.
  full.tooltip = { renderMode: "richText", confine: true, backgroundColor: colour("sheet"), borderColor: colour("rule"),
    textStyle: { color: colour("ink"), fontSize: 13 }, ...full.tooltip };
  if (full.legend) full.legend = { textStyle: { color: colour("ink-2") }, icon: "roundRect", itemHeight: 3, itemWidth: 22, left: 0, top: 0, ...full.legend };
  return full;
}

function draw(place) {
  place.style.height = `${place.dataset.height}px`;
  const chart = echarts.getInstanceByDom(place) ?? echarts.init(place, null, { renderer: "canvas" });
  chart.setOption(themed(JSON.parse(place.dataset.chart)), true);
  new ResizeObserver(() => chart.resize()).observe(place);
  place.dataset.drawn = "true";
}

const all = (root) => root.querySelectorAll("[data-chart]").forEach(draw);
all(document);
document.body.addEventListener("htmx:afterSwap", (event) => all(event.target));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => all(document));
