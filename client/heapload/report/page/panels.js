// The charts. Each panel has a title, keys (colour, name), a height and
// draw(svg, box), which draws the part of the run in view and returns nothing;
// describe() says in words what the whole of it shows.

const intervals = data.intervals;
intervals.ends = intervals.start.map((at, i) => at + intervals.seconds[i]);
const heap = data.heap;
const collections = data.collections;
collections.start =
    collections.end.map((end, i) => Math.max(0, end - collections.seconds[i]));
const majors =
    collections.end.map((_, i) => i).filter(i => collections.major[i] === 1);

const rect = (svg, type, from, to, top, height, attributes = {}) => {
  const left = Math.max(LEFT, xOf(from));
  const right = Math.min(LEFT + plotWidth(), xOf(to));
  if (right < LEFT || left > LEFT + plotWidth()) return null;
  return shape(svg, 'rect', {
    class: type,
    x: n(left),
    y: n(top),
    width: n(Math.max(right - left, 1)),
    height: n(height),
    ...attributes,
  });
};

// Lines are cut at the edges of the plot by a clip path of their panel.
const polyline = (svg, box, points, type, stroke) => {
  let path = '';
  let drawing = false;
  for (const point of points) {
    if (point === null) {
      drawing = false;
      continue;
    }
    path += `${drawing ? 'L' : 'M'}${n(point[0])} ${n(point[1])}`;
    // A point alone is seen too.
    if (!drawing) path += 'h0.1';
    drawing = true;
  }
  shape(svg, 'path', {
    class: type,
    d: path,
    'clip-path': box.clip,
    style: `stroke: ${stroke}`,
  });
};

const drawPhases = (svg, box) => {
  data.phases.forEach((phase, i) => {
    if (!inView(phase.start, phase.end)) return;
    rect(svg, i % 2 === 0 ? 'phase' : 'phase other', phase.start, phase.end,
         box.top, box.height);
  });
};
const drawPhaseNames = (svg, box) => {
  for (const phase of data.phases) {
    if (!inView(phase.start, phase.end)) continue;
    const left = Math.max(LEFT, xOf(phase.start));
    const room = Math.min(LEFT + plotWidth(), xOf(phase.end)) - left;
    if (room < phase.name.length * 7 + 8) continue;
    shape(svg, 'text', {class: 'phase-name', x: n(left + 4), y: box.top - 5},
          phase.name);
  }
};
const drawMajors = (svg, box) => {
  for (const i of majors) {
    if (!inView(collections.start[i], collections.end[i])) continue;
    rect(svg, 'major', collections.start[i], collections.end[i], box.top,
         box.height);
  }
};
const drawValueAxis = (svg, box, scale) => {
  for (const {at, text} of scale.ticks) {
    const y = Math.round(scale.y(at)) + 0.5;
    shape(svg, 'path',
          {class: 'grid', d: `M${LEFT} ${y}h${n(plotWidth())}`});
    shape(svg, 'text', {x: LEFT - 6, y: y + 3.5, 'text-anchor': 'end'}, text);
  }
};
const drawTimeAxis = (svg, box) => {
  for (const {at, text} of timeTicks()) {
    const x = Math.round(xOf(at)) + 0.5;
    shape(svg, 'path',
          {class: 'grid', d: `M${x} ${box.top}v${box.height}`});
    const anchor = x > LEFT + plotWidth() - 14 ? 'end' : 'middle';
    shape(svg, 'text',
          {x, y: box.top + box.height + 14, 'text-anchor': anchor}, text);
  }
};
const drawLimit = (svg, box, y, text) => {
  shape(svg, 'path',
        {class: 'limit', d: `M${LEFT} ${n(y)}h${n(plotWidth())}`});
  shape(svg, 'text', {
    class: 'limit-text',
    x: n(LEFT + plotWidth() - 4),
    y: n(y - box.top < 14 ? y + 12 : y - 4),
    'text-anchor': 'end',
  }, text);
};

const range = (values, format) => {
  const known = values.filter(value => value !== null);
  if (known.length === 0) return 'nothing';
  const least = known.reduce((min, value) => value < min ? value : min);
  return `${format(least)} to ${format(maximum(known))}`;
};
const momentOf = (starts, values) => {
  const most = maximum(values.map(value => value ?? 0));
  return moment(starts[values.findIndex(value => value === most)] ?? 0);
};

const latencyLines = [
  ['p50', 'p50', 'line'],
  ['p99', 'p99', 'line'],
  ['p999', 'p99.9', 'line thin'],
  ['max', 'max', 'line thin dashed'],
];
const latencyPanel = {
  title: 'Latency of ok calls',
  keys: latencyLines.map(([name, label]) => [name, label]),
  height: 190,
  draw(svg, box) {
    const known = [
      ...intervals.p50.filter(value => value !== null),
      ...intervals.max.filter(value => value !== null),
    ];
    if (known.length === 0) return;
    let high = maximum(known);
    // A deadline far above all latencies would only flatten them.
    const deadline = data.deadline > 0 && data.deadline <= high * 20;
    if (deadline) high = Math.max(high, data.deadline);
    const low = known.reduce((min, value) => value < min ? value : min);
    const scale = logarithmic(Math.max(low, 1e-7), Math.max(high, 2e-7),
                              box.top, box.height);
    drawValueAxis(svg, box, scale);
    const groups = groupByPixel(intervals.start, intervals.ends);
    for (const [name, , type] of latencyLines.slice().reverse()) {
      const points = groups.map(group => {
        const value = largest(intervals[name], group);
        if (value === null) return null;
        const middle =
            (intervals.start[group.first] + intervals.ends[group.end - 1]) / 2;
        return [xOf(middle), scale.y(value)];
      });
      polyline(svg, box, points, type, color(name));
    }
    if (deadline) {
      drawLimit(svg, box, scale.y(data.deadline),
                `deadline ${seconds(data.deadline)}`);
    }
  },
  describe: () =>
      `p50 ${range(intervals.p50, seconds)}, p99 ` +
      `${range(intervals.p99, seconds)}, longest ` +
      `${seconds(maximum(intervals.max.map(value => value ?? 0)))} at ` +
      `${momentOf(intervals.start, intervals.max)}`,
};

// What becomes of calls; each is in exactly one of them once it has ended.
const stacks = [
  ['ok', 'ok'],
  ['refused', 'refused'],
  ['failed', 'failed'],
  ['unsent', 'unsent'],
];
const perSecond = (name, group) =>
    total(intervals[name], group) / total(intervals.seconds, group);
const throughputPanel = {
  title: 'Calls per second, by intended start',
  keys: [...stacks, ['text', 'intended']],
  height: 170,
  draw(svg, box) {
    const groups = groupByPixel(intervals.start, intervals.ends);
    const scale = linear(
        maximum(groups.map(group => perSecond('intended', group))), box.top,
        box.height, shortRate);
    drawValueAxis(svg, box, scale);
    const edges = groups.map(group => [
      xOf(intervals.start[group.first]), xOf(intervals.ends[group.end - 1]),
    ]);
    let base = groups.map(() => 0);
    for (const [name] of stacks) {
      const tops = groups.map(
          (group, i) => base[i] + perSecond(name, group));
      let path = '';
      groups.forEach((_, i) => {
        if (tops[i] === base[i]) return;
        path += `M${n(edges[i][0])} ${n(scale.y(base[i]))}` +
            `V${n(scale.y(tops[i]))}H${n(edges[i][1])}` +
            `V${n(scale.y(base[i]))}Z`;
      });
      shape(svg, 'path', {
        d: path,
        'clip-path': box.clip,
        style: `fill: ${color(name)}`,
      });
      base = tops;
    }
    const intended = groups.flatMap((group, i) => {
      const y = scale.y(perSecond('intended', group));
      return [[edges[i][0], y], [edges[i][1], y]];
    });
    polyline(svg, box, intended, 'line thin', color('text'));
  },
  describe: () => [...stacks, ['intended', 'intended']]
      .map(([name, label]) =>
          `${label} ${count(total(intervals[name],
                                  {first: 0, end: intervals.start.length}))}`)
      .join(', '),
};

// The reasons with which the daemon refuses what it could have done later.
const refusals =
    ['OVERLOADED', 'DRAINING', 'HEAP_LIMIT', 'BUDGET', 'UNAVAILABLE'];
const troubleColor = name =>
    name === 'unsent' ? 'unsent' :
    refusals.includes(name) ? 'refused' : 'failed';
const troublePanel = {
  title: 'Calls that were not ok, by class',
  keys: [],
  get height() {
    return Math.max(20, Object.keys(data.troubles).length * 24);
  },
  draw(svg, box) {
    const troubles = Object.entries(data.troubles);
    if (troubles.length === 0) {
      shape(svg, 'text', {x: LEFT + 6, y: box.top + 14}, 'every call was ok');
    }
    const groups = groupByPixel(intervals.start, intervals.ends);
    troubles.forEach(([name, counts], row) => {
      const top = box.top + row * 24;
      shape(svg, 'text', {x: LEFT + 4, y: top + 10},
            `${name}  ${count(total(counts, {first: 0, end: counts.length}))}`);
      for (const group of groups) {
        const share =
            total(counts, group) / Math.max(1, total(intervals.intended, group));
        if (share === 0) continue;
        rect(svg, '', intervals.start[group.first],
             intervals.ends[group.end - 1], top + 13, 9, {
               style: `fill: ${color(troubleColor(name))}; opacity: ` +
                   `${(0.3 + 0.7 * Math.sqrt(share)).toFixed(2)}`,
             });
      }
    });
  },
  describe: () => Object.entries(data.troubles).map(
      ([name, counts]) => `${name} ${count(total(
          counts, {first: 0, end: counts.length}))}`).join(', ') ||
      'every call was ok',
};

const seriesColors = ['first', 'second', 'third'];
const probesPanel = {
  title: 'Health checks',
  keys: [
    ...data.probes.map((series, i) => [seriesColors[i % 3], series.name]),
    ['refused', 'NOT_SERVING'],
    ['failed', 'no answer (×)'],
  ],
  get height() { return 110 + data.probes.length * 22; },
  draw(svg, box) {
    const latencies = data.probes.flatMap(series => series.latency);
    if (latencies.length === 0) {
      shape(svg, 'text', {x: LEFT + 6, y: box.top + 14}, 'none were sent');
      return;
    }
    const low = latencies.reduce((min, value) => value < min ? value : min);
    const scale = logarithmic(Math.max(low, 1e-5),
                              Math.max(maximum(latencies) * 1.2, 2e-5),
                              box.top, 100);
    drawValueAxis(svg, box, scale);
    data.probes.forEach((series, row) => {
      let serving = '';
      let other = '';
      let missed = '';
      let last = '';
      series.at.forEach((at, i) => {
        if (at < view.from || at > view.to) return;
        const x = xOf(at);
        const y = scale.y(series.latency[i]);
        const outcome = series.outcome[i];
        if (outcome === 'S' || outcome === 'N') {
          const dot = `M${n(x)} ${n(y)}h0`;
          if (outcome + dot === last) return;  // as of a thousand at one place
          last = outcome + dot;
          if (outcome === 'S') serving += dot; else other += dot;
        } else {
          missed += `M${n(x - 4)} ${n(y - 4)}l8 8M${n(x - 4)} ${n(y + 4)}l8 -8`;
        }
      });
      const dots = (type, path, stroke) => shape(svg, 'path', {
        class: type,
        d: path,
        'clip-path': box.clip,
        style: `stroke: ${color(stroke)}`,
      });
      dots('dots', serving, seriesColors[row % 3]);
      dots('dots', other, 'refused');
      dots('crosses', missed, 'failed');
      this.drawRow(svg, box, series, row);
    });
  },
  // In a row of its own: what each check said, and what a balancer would have
  // made of it.
  drawRow(svg, box, series, row) {
    const top = box.top + 108 + row * 22;
    const short =
        series.name.length > 9 ? `${series.name.slice(0, 8)}…` : series.name;
    shape(svg, 'text', {x: LEFT - 6, y: top + 10, 'text-anchor': 'end'}, short);
    const states = {S: seriesColors[row % 3], N: 'refused', T: 'failed',
                    F: 'failed'};
    for (let i = 0; i < series.at.length;) {
      let end = i + 1;
      while (end < series.at.length &&
             series.outcome[end] === series.outcome[i]) {
        ++end;
      }
      const to = series.at[end] ?? data.seconds;
      if (inView(series.at[i], to)) {
        const calm = series.outcome[i] === 'S';
        rect(svg, '', series.at[i], to, top + 2, 10, {
          style: `fill: ${color(states[series.outcome[i]])}; ` +
              `opacity: ${calm ? 0.35 : 1}`,
        });
      }
      i = end;
    }
    for (const outage of data.outages) {
      if (outage.series !== series.name) continue;
      const to = outage.in ?? data.seconds;
      if (!inView(outage.out, to)) continue;
      rect(svg, 'outage', outage.out, to, top + 13, 4);
      const x = Math.max(LEFT, xOf(outage.out));
      const left = x < LEFT + plotWidth() - 150;
      shape(svg, 'text', {
        class: 'outage-text',
        x: n(left ? x + 3 : x - 3),
        y: top - 1,
        'text-anchor': left ? 'start' : 'end',
      }, `${outage.killed ? 'killed' : 'taken out'} at ${moment(outage.out)}`);
    }
  },
  describe: () => data.probes.map(series => {
    const missed = [...series.outcome].filter(
        outcome => outcome === 'T' || outcome === 'F').length;
    const other = [...series.outcome].filter(outcome => outcome === 'N').length;
    return `${series.name}: ${series.at.length} checks, ${missed} without an ` +
        `answer, ${other} NOT_SERVING, ${range(series.latency, seconds)}`;
  }).join('; ') || 'none were sent',
};

const heapLines = [
  ['resident', 'resident (daemon)', 'line thin'],
  ['committed', 'committed', 'line thin'],
  ['used', 'used', 'line'],
];
const heapPanel = {
  title: 'Heap size',
  get keys() {
    return heapLines.filter(([name]) => maximum(heap[name]) > 0);
  },
  height: 150,
  draw(svg, box) {
    if (heap.at.length === 0) {
      shape(svg, 'text', {x: LEFT + 6, y: box.top + 14}, 'was not sampled');
      return;
    }
    const limit = maximum(heap.limit);
    const high = Math.max(...heapLines.map(([name]) => maximum(heap[name])));
    // A limit far above the heap would only flatten it.
    const showLimit = limit > 0 && limit <= high * 8;
    const scale =
        binary(showLimit ? Math.max(high, limit) : high, box.top, box.height);
    drawValueAxis(svg, box, scale);
    for (const [name, , type] of heapLines) {
      if (maximum(heap[name]) === 0) continue;
      const points = heap.at.map(
          (at, i) => [xOf(at), scale.y(heap[name][i])]);
      if (name === 'used') {
        const path = points.map(([x, y]) => `L${n(x)} ${n(y)}`).join('');
        const bottom = n(scale.y(0));
        shape(svg, 'path', {
          d: `M${n(points[0][0])} ${bottom}${path}V${bottom}Z`,
          'clip-path': box.clip,
          style: `fill: ${color(name)}; opacity: .18`,
        });
      }
      polyline(svg, box, points, type, color(name));
    }
    if (showLimit) drawLimit(svg, box, scale.y(limit), `limit ${bytes(limit)}`);
  },
  describe: () => heap.at.length === 0 ? 'was not sampled' :
      `used ${range(heap.used, bytes)}, limit ${bytes(maximum(heap.limit))}`,
};

const collectionsPanel = {
  title: 'Collections, at the height of their longest pause',
  keys: [['minor', 'minor'], ['major', 'major, from begin to end']],
  height: 90,
  draw(svg, box) {
    if (collections.end.length === 0) {
      shape(svg, 'text', {x: LEFT + 6, y: box.top + 14}, 'none were seen');
      return;
    }
    const pauses = collections.pause.filter(pause => pause > 0);
    const low = pauses.reduce((min, value) => value < min ? value : min, 1e-3);
    const scale = logarithmic(low, Math.max(maximum(pauses) * 1.1, low * 2),
                              box.top, box.height);
    drawValueAxis(svg, box, scale);
    // Of the minor ones that fall on one pixel, the longest pause is drawn.
    const highest = new Map();
    let path = '';
    collections.end.forEach((end, i) => {
      if (!inView(collections.start[i], end)) return;
      if (collections.major[i] === 1) {
        const width = Math.max(4, xOf(end) - xOf(collections.start[i]));
        const y = scale.y(collections.pause[i]);
        path += `M${n(xOf(end) - width)} ${n(y)}h${n(width)}`;
        return;
      }
      const x = Math.round(xOf(end));
      highest.set(x, Math.max(highest.get(x) ?? 0, collections.pause[i]));
    });
    let minor = '';
    for (const [x, pause] of highest) {
      const y = scale.y(pause);
      minor += `M${x + 0.5} ${n(box.top + box.height)}V${n(y)}`;
    }
    const lines = (name, d, style) => shape(
        svg, 'path', {d, 'clip-path': box.clip,
                      style: `stroke: ${color(name)}; fill: none; ${style}`});
    lines('used', minor, 'opacity: .45; stroke-width: 1');
    lines('major', path, 'stroke-width: 4');
  },
  describe: () =>
      `${collections.end.length - majors.length} minor and ${majors.length} ` +
      `major, longest pause ${seconds(maximum(collections.pause))}`,
};

const panels = [
  latencyPanel, throughputPanel, troublePanel, probesPanel, heapPanel,
  collectionsPanel,
];
