// Puts the panels on the page and keeps them, the readings of one moment and
// the part in view in step with pointer, keyboard and window.

const stage = document.getElementById('stage');
const crosshair = document.getElementById('crosshair');
const selection = document.getElementById('selection');
const cursor = document.getElementById('cursor');
const readings = document.getElementById('readings');
const hint = document.getElementById('hint');
const button = name => document.getElementById(name);

const drawPanel = (panel, index) => {
  const first = index === 0;
  const box = {
    top: first ? 18 : 6,
    height: panel.height,
    clip: `url(#clip-${index})`,
  };
  const height = box.top + box.height + 18;
  const {svg} = panel;
  svg.replaceChildren();
  svg.setAttribute('viewBox', `0 0 ${view.width} ${height}`);
  svg.setAttribute('height', height);
  const clip = shape(svg, 'clipPath', {id: `clip-${index}`});
  shape(clip, 'rect', {
    x: LEFT,
    y: box.top - 2,
    width: plotWidth(),
    height: box.height + 4,
  });
  drawPhases(svg, box);
  drawTimeAxis(svg, box);
  drawMajors(svg, box);
  panel.draw(svg, box);
  if (first) drawPhaseNames(svg, box);
  shape(svg, 'path', {
    class: 'frame',
    d: `M${LEFT + 0.5} ${box.top}v${box.height}h${n(plotWidth())}`,
  });
};

const addPanel = (panel, index) => {
  const figure = element('figure');
  const caption = element('figcaption');
  caption.append(element('b', {}, panel.title));
  for (const [name, label] of panel.keys) {
    const key = element('span');
    const swatch = name === 'minor' ? 'used' : name;
    key.append(element('i', {class: 'key', style: `background: ${color(swatch)}`}),
               label);
    caption.append(key);
  }
  panel.svg = shape(figure, 'svg', {
    role: 'img',
    'aria-label': `${panel.title}: ${panel.describe()}`,
  });
  figure.prepend(caption);
  stage.append(figure);
  drawPanel(panel, index);
};

// The readings of a moment, as [key colour or '', name, value].
const readingsAt = time => {
  const rows = [];
  const phase = data.phases.find(
      ({start, end}) => time >= start && time < end) ??
      data.phases[data.phases.length - 1];
  rows.push(['', phase === undefined ? 'at' : phase.name, moment(time)]);
  const i = Math.max(0, lastUpTo(intervals.start, time));
  if (intervals.start.length > 0) {
    for (const [name, label] of latencyLines) {
      const value = intervals[name][i];
      rows.push([name, label, value === null ? '–' : seconds(value)]);
    }
    const per = name => rate(intervals[name][i] / intervals.seconds[i]);
    rows.push(['text', 'intended', per('intended')]);
    for (const [name, label] of stacks) {
      if (name === 'ok' || intervals[name][i] > 0) {
        rows.push([name, label, per(name)]);
      }
    }
  }
  data.probes.forEach((series, row) => {
    const at = lastUpTo(series.at, time);
    if (at < 0) return;
    const words = {S: '', N: 'NOT_SERVING ', T: 'timeout ', F: 'failed '};
    rows.push([seriesColors[row % 3], series.name,
               words[series.outcome[at]] + seconds(series.latency[at])]);
  });
  const sample = Math.max(0, lastUpTo(heap.at, time));
  if (heap.at.length > 0) {
    const limit = heap.limit[sample];
    const share = limit > 0 ?
        ` (${Math.round(heap.used[sample] / limit * 100)} %)` : '';
    rows.push(['used', 'used', bytes(heap.used[sample]) + share]);
    rows.push(['', 'objects', count(heap.objects[sample])]);
    if (heap.resident[sample] > 0) {
      rows.push(['resident', 'resident', bytes(heap.resident[sample])]);
    }
  }
  const major = majors.find(
      at => time >= collections.start[at] && time <= collections.end[at]);
  if (major !== undefined) {
    rows.push(['major', 'major collection',
               `${seconds(collections.seconds[major])}, pause ` +
                   seconds(collections.pause[major])]);
  }
  return rows;
};

const showMoment = time => {
  const at = Math.min(Math.max(time, view.from), view.to);
  view.moment = at;
  const rows = readingsAt(at);
  readings.replaceChildren(...rows.map(([name, label, value], row) => {
    const reading = element('div', row === 0 ? {class: 'when'} : {});
    if (name !== '') {
      reading.append(element(
          'i', {class: 'key', style: `background: ${color(name)}`}));
    }
    reading.append(element('dt', {}, label), element('dd', {}, value));
    return reading;
  }));
  cursor.value = String(at);
  cursor.setAttribute(
      'aria-valuetext',
      rows.map(([, label, value]) => `${label} ${value}`).join(', '));
  crosshair.style.left = `${xOf(at)}px`;
};

const redraw = () => {
  view.width = Math.max(240, stage.clientWidth);
  panels.forEach(drawPanel);
  const whole = view.from <= 0 && view.to >= data.seconds;
  button('zoom-out').disabled = whole;
  button('zoom-all').disabled = whole;
  button('zoom-in').disabled = span() <= MIN_SPAN * 1.001;
  button('earlier').disabled = view.from <= 0;
  button('later').disabled = view.to >= data.seconds;
  cursor.min = String(view.from);
  cursor.max = String(view.to);
  cursor.step = String(span() / 1000);
  const groups = groupByPixel(intervals.start, intervals.ends);
  const most = maximum(groups.map(({first, end}) => end - first));
  hint.textContent = (whole ? 'Drag over a chart to zoom in.' :
      `${moment(view.from)} to ${moment(view.to)}.`) +
      (most > 1 ? ` A point is the worst of up to ${most} intervals.` : '');
  showMoment(view.moment ?? view.from);
  if (table.open) fillTable();
};

const show = (from, to) => {
  const length = Math.min(Math.max(to - from, MIN_SPAN), data.seconds);
  view.from = Math.min(Math.max(0, from), data.seconds - length);
  view.to = view.from + length;
  redraw();
};
const zoom = factor => {
  const at = view.moment ?? (view.from + view.to) / 2;
  show(at - (at - view.from) * factor, at + (view.to - at) * factor);
};
const showAll = () => show(0, data.seconds);
const move = share => show(view.from + span() * share, view.to + span() * share);

// The values behind the charts, for whoever cannot see them, as a table of the
// part in view. It is filled when it is opened: it may be long.
const table = document.getElementById('values');
const MOST_ROWS = 1000;
const fillTable = () => {
  const body = table.querySelector('tbody');
  body.replaceChildren();
  let left = 0;
  intervals.start.forEach((start, i) => {
    if (!inView(start, intervals.ends[i])) return;
    if (body.childElementCount >= MOST_ROWS) {
      ++left;
      return;
    }
    const row = element('tr');
    const cells = [
      moment(start),
      ...['intended', 'ok', 'refused', 'failed', 'unsent'].map(
          name => count(intervals[name][i])),
      ...['p50', 'p99', 'p999', 'max'].map(
          name => intervals[name][i] === null ?
              '–' : seconds(intervals[name][i])),
    ];
    cells.forEach((text, column) => row.append(
        element(column === 0 ? 'th' : 'td', column === 0 ? {scope: 'row'} : {},
                text)));
    body.append(row);
  });
  document.getElementById('values-left').textContent =
      left > 0 ? `${count(left)} more intervals: zoom in to see them.` : '';
};
table.addEventListener('toggle', () => {
  if (table.open) fillTable();
});

// A mouse points without a button and zooms with one; a finger points.
let drag = null;
const stageX = event => event.clientX - stage.getBoundingClientRect().left;
stage.addEventListener('pointerdown', event => {
  showMoment(timeOf(stageX(event)));
  if (event.pointerType !== 'mouse' || event.button !== 0) return;
  drag = stageX(event);
  stage.setPointerCapture(event.pointerId);
  event.preventDefault();
});
stage.addEventListener('pointermove', event => {
  const x = stageX(event);
  showMoment(timeOf(x));
  if (drag === null || Math.abs(x - drag) < 4) return;
  selection.hidden = false;
  selection.style.left = `${Math.min(x, drag)}px`;
  selection.style.width = `${Math.abs(x - drag)}px`;
});
const endDrag = event => {
  if (drag === null) return;
  const [from, to] = [drag, stageX(event)].sort((a, b) => a - b).map(timeOf);
  const zooms = !selection.hidden && event.type === 'pointerup';
  drag = null;
  selection.hidden = true;
  if (zooms) show(Math.max(from, view.from), Math.min(to, view.to));
};
stage.addEventListener('pointerup', endDrag);
stage.addEventListener('pointercancel', endDrag);
stage.addEventListener('dblclick', showAll);
cursor.addEventListener('input', () => showMoment(Number(cursor.value)));
cursor.addEventListener('keydown', event => {
  const actions = {'+': () => zoom(0.5), '=': () => zoom(0.5),
                   '-': () => zoom(2), '0': showAll};
  const action = actions[event.key];
  if (action === undefined || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  action();
});
button('zoom-in').addEventListener('click', () => zoom(0.5));
button('zoom-out').addEventListener('click', () => zoom(2));
button('zoom-all').addEventListener('click', showAll);
button('earlier').addEventListener('click', () => move(-0.5));
button('later').addEventListener('click', () => move(0.5));

document.getElementById('charts').hidden = false;
view.width = Math.max(240, stage.clientWidth);
panels.forEach(addPanel);
// The moment of the longest latency is the one to look at first.
const worst = intervals.max.map(value => value ?? 0);
view.moment = intervals.start[worst.indexOf(maximum(worst))] ?? 0;
redraw();
if (typeof ResizeObserver === 'function') {
  new ResizeObserver(() => {
    if (Math.max(240, stage.clientWidth) !== view.width) redraw();
  }).observe(stage);
} else {
  addEventListener('resize', redraw);
}
