// What a heap's spaces took and when its collections ran, over one axis of
// time, with a cursor for pointer and keyboard.

import {areaPath, axes, byteLabel, byteTicks, decadeTicks, linear, linePath,
        logarithmic, MARGIN, spanLabel, timeTicks} from './chart.js';
import {h, setAttributes, setText, svg} from './dom.js';
import {bytes, capital, clock, span, words} from './format.js';
import {SPACES} from './history.js';

const SPACES_HEIGHT = 220;
const PAUSES_HEIGHT = 170;
const STEPS = 400;
// Between samples that lie further apart nobody looked.
const GAP = 15_000;
const LEAST_PAUSE = 1e-5;
const RANGES = [['120', 'Last 2 minutes'], ['900', 'Last 15 minutes'],
                ['0', 'All that is known']];

export function heapCharts(history) {
  const spaces = svg('svg', {role: 'img', class: 'chart'});
  const pauses = svg('svg', {role: 'img', class: 'chart'});
  const range = h('select', {id: 'range', onchange: () => draw()},
      RANGES.map(([value, text]) =>
        h('option', {value, selected: value === '900'}, text)));
  const cursor = h('input', {
    type: 'range', id: 'moment', min: 0, max: STEPS, step: 1, value: STEPS,
    oninput: () => drawCursor(),
  });
  const readout = h('p', {class: 'readout'});
  const element = h('div', {class: 'charts'},
      h('div', {class: 'controls'},
          h('label', {for: 'range'}, 'Show'), range,
          h('label', {for: 'moment'}, 'Moment'), cursor),
      h('h3', {}, 'Spaces'), spaces, legend(),
      h('h3', {}, 'Collections'), pauses, pauseLegend(), readout);
  let domain = [0, 1];
  let width = 0;

  for (const chart of [spaces, pauses]) {
    chart.addEventListener('pointermove', event => {
      const at = event.clientX - chart.getBoundingClientRect().left;
      const inner = width - MARGIN.left - MARGIN.right;
      cursor.value = Math.round((at - MARGIN.left) / inner * STEPS);
      drawCursor();
    });
    chart.addEventListener('pointerleave', event => {
      if (event.pointerType !== 'mouse') return;
      cursor.value = STEPS;
      drawCursor();
    });
  }
  new ResizeObserver(() => draw()).observe(element);

  function draw() {
    width = element.clientWidth;
    if (width < 100) return;
    domain = domainOf(history, Number(range.value) * 1000);
    const x = linear(domain, [MARGIN.left, width - MARGIN.right]);
    drawSpaces(spaces, history, domain, x, width);
    drawPauses(pauses, history, domain, x, width);
    drawCursor();
  }

  function drawCursor() {
    if (width < 100) return;
    const time = domain[0] +
        (domain[1] - domain[0]) * Number(cursor.value) / STEPS;
    const text = momentText(history, time);
    setText(readout, text);
    cursor.setAttribute('aria-valuetext', text);
    const x = linear(domain, [MARGIN.left, width - MARGIN.right])(time);
    for (const [chart, height] of [[spaces, SPACES_HEIGHT],
                                   [pauses, PAUSES_HEIGHT]]) {
      chart.querySelector('.cursor')?.remove();
      if (Number(cursor.value) === STEPS) continue;  // now, at the edge
      chart.append(svg('line', {
        class: 'cursor', x1: x, x2: x, y1: MARGIN.top,
        y2: height - MARGIN.bottom,
      }));
    }
  }

  return {element, draw};
}

function swatch(kind) {
  return h('i', {class: `swatch ${kind}`, 'aria-hidden': 'true'});
}

function legend() {
  return h('ul', {class: 'legend'},
      SPACES.map(([key, title]) => h('li', {}, swatch(key), title)),
      h('li', {}, swatch('committed'), 'Taken from the system'),
      h('li', {}, swatch('after'), 'Used after collections, before this page'));
}

function pauseLegend() {
  return h('ul', {class: 'legend'},
      h('li', {}, swatch('major'), 'Major: its longest pause, and how long it ' +
          'worked beside calls'),
      h('li', {}, swatch('minor'), 'Minor (scavenge)'));
}

function domainOf(history, length) {
  const last = history.samples.at(-1)?.time ?? Date.now();
  const known = [history.samples[0]?.time,
                 history.collections.values().next().value?.time]
      .filter(time => time !== undefined);
  const first = Math.min(...known, last - 60_000);
  return [length === 0 ? first : Math.max(first, last - length), last];
}

// Samples in the domain, in pieces without gaps.
function runs(samples) {
  const pieces = [];
  let last = -Infinity;
  for (const sample of samples) {
    if (sample.time - last > GAP) pieces.push([]);
    pieces.at(-1).push(sample);
    last = sample.time;
  }
  return pieces;
}

function earlier(history, [from]) {
  const until = history.samples[0]?.time ?? Infinity;
  return [...history.collections.values()]
      .filter(one => one.end >= from && one.end < until)
      .map(one => [one.end, Number(one.used_bytes_after)]);
}

function drawSpaces(chart, history, domain, x, width) {
  const samples = history.samples.filter(sample => sample.time >= domain[0]);
  const before = earlier(history, domain);
  const max = 1.08 * Math.max(
      4096, ...samples.map(sample => sample.committed),
      ...before.map(([, used]) => used));
  const y = linear([0, max], [SPACES_HEIGHT - MARGIN.bottom, MARGIN.top]);
  const paths = runs(samples).flatMap(run => stack(run, x, y));
  setAttributes(chart, {
    width, height: SPACES_HEIGHT, 'aria-label': spacesLabel(history, samples),
  });
  chart.replaceChildren(
      axes({width, height: SPACES_HEIGHT, x, y, format: byteLabel,
            xTicks: timeTicks(domain, width), yTicks: byteTicks(max)}),
      ...paths,
      svg('path', {class: 'line after',
                   d: linePath(before.map(([t, used]) => [x(t), y(used)]))}));
}

// The spaces one on the other, and what is committed.
function stack(run, x, y) {
  const paths = [];
  let below = run.map(() => 0);
  for (const [space] of SPACES) {
    const above = run.map((sample, i) => below[i] + (sample.spaces[space] ?? 0));
    const line = sums => sums.map((sum, i) => [x(run[i].time), y(sum)]);
    paths.push(svg('path', {class: `area ${space}`,
                            d: areaPath(line(above), line(below))}));
    below = above;
  }
  paths.push(svg('path', {
    class: 'line committed',
    d: linePath(run.map(sample => [x(sample.time), y(sample.committed)])),
  }));
  return paths;
}

function spacesLabel(history, samples) {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!last) return 'Spaces over time: nothing is known yet';
  return `Spaces over time: used ${bytes(first.used)} at ` +
      `${clock(new Date(first.time))}, ${bytes(last.used)} at ` +
      `${clock(new Date(last.time))}`;
}

function drawPauses(chart, history, domain, x, width) {
  const shown = [...history.collections.values()].filter(
      one => one.end >= domain[0] && one.time <= domain[1]);
  const longest = Math.max(LEAST_PAUSE * 1000, ...shown.map(one => one.longest));
  const extent = [LEAST_PAUSE, 10 ** Math.ceil(Math.log10(longest))];
  const bottom = PAUSES_HEIGHT - MARGIN.bottom;
  const y = logarithmic(extent, [bottom, MARGIN.top]);
  const majors = shown.filter(one => !one.minor).length;
  setAttributes(chart, {
    width, height: PAUSES_HEIGHT,
    'aria-label': `Collections: ${majors} major and ${shown.length - majors} ` +
        `minor ones${shown.length === 0 ? '' : `, the longest pause ` +
            span(Math.max(...shown.map(one => one.longest)))}`,
  });
  chart.replaceChildren(
      axes({width, height: PAUSES_HEIGHT, x, y, format: spanLabel,
            xTicks: timeTicks(domain, width), yTicks: decadeTicks(extent)}),
      ...shown.map(one => one.minor ?
          svg('circle', {class: 'minor', cx: x(one.time), cy: y(one.longest),
                         r: 2.5}) :
          majorMark(one, x, y, bottom)));
}

function majorMark(one, x, y, bottom) {
  const start = Math.max(MARGIN.left, x(one.time));
  return svg('g', {class: 'major'},
      svg('rect', {x: start, y: bottom - 6, height: 6,
                   width: Math.max(2, x(one.end) - start)}),
      svg('line', {x1: start, x2: start, y1: bottom, y2: y(one.longest)}),
      svg('circle', {cx: start, cy: y(one.longest), r: 4}));
}

function nearest(list, distance) {
  return list.reduce((best, one) =>
    best === undefined || distance(one) < distance(best) ? one : best,
  undefined);
}

function momentText(history, time) {
  const sample = nearest(history.samples, one => Math.abs(one.time - time));
  const collection = nearest(
      [...history.collections.values()], one => Math.abs(one.time - time));
  const used = sample && Math.abs(sample.time - time) < GAP ?
      `${bytes(sample.used)} used: ` + SPACES.map(
          ([key, title]) => `${title.toLowerCase()} ` +
              bytes(sample.spaces[key] ?? 0)).join(', ') :
      'not looked at';
  return `${clock(new Date(time))}: ${used}.` +
      (collection ? ` Nearest collection: ${collectionText(collection)}.` : '');
}

// One collection in words.
export function collectionText(one) {
  return `${kindOf(one)} at ${clock(new Date(one.time))} ` +
      `(${words(one.reason, 'COLLECTION_REASON_')}), longest pause ` +
      `${span(one.longest)}, ${span(one.pause)} in all`;
}

export function kindOf(one) {
  return capital(words(one.kind, 'COLLECTION_KIND_'));
}
