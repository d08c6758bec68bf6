// Scales, ticks and paths of charts over time.

import {svg} from './dom.js';
import {bytes, clock, span} from './format.js';

export const MARGIN = {left: 64, right: 12, top: 10, bottom: 22};

// A function from `domain` to `range`.
export function linear([from, to], [start, end]) {
  const factor = to === from ? 0 : (end - start) / (to - from);
  return value => start + (value - from) * factor;
}

// The same by orders of magnitude; what is below the domain is at its start.
export function logarithmic([from, to], range) {
  const scale = linear([Math.log10(from), Math.log10(to)], range);
  return value => scale(Math.log10(Math.max(value, from)));
}

// Round numbers of bytes up to `max`, about four.
export function byteTicks(max) {
  const step = 2 ** Math.ceil(Math.log2(Math.max(max, 4096) / 4));
  const ticks = [];
  for (let value = 0; value <= max; value += step) ticks.push(value);
  return ticks;
}

export function decadeTicks([from, to]) {
  const ticks = [];
  for (let value = from; value <= to * 1.001; value *= 10) ticks.push(value);
  return ticks;
}

const TIME_STEPS = [10, 30, 60, 120, 300, 600, 1800, 3600, 10_800, 43_200];

// Round times (milliseconds) in the domain, few enough for `width`.
export function timeTicks([from, to], width) {
  const most = Math.max(2, Math.floor(width / 90));
  const step = 1000 * (TIME_STEPS.find(
      seconds => (to - from) / 1000 / seconds <= most) ?? 86_400);
  const ticks = [];
  for (let time = Math.ceil(from / step) * step; time <= to; time += step) {
    ticks.push(time);
  }
  return ticks;
}

// Grid and labels; `y` and `x` are scales.
export function axes({width, height, x, y, xTicks, yTicks, format}) {
  const right = width - MARGIN.right;
  const bottom = height - MARGIN.bottom;
  const rows = yTicks.map(tick => [
    svg('line', {class: 'grid', x1: MARGIN.left, x2: right, y1: y(tick),
                 y2: y(tick)}),
    svg('text', {class: 'tick', x: MARGIN.left - 8, y: y(tick) + 4,
                 'text-anchor': 'end'}, format(tick)),
  ]);
  const columns = xTicks.map(tick => svg('text', {
    class: 'tick', x: x(tick), y: bottom + 16, 'text-anchor': 'middle',
  }, clock(new Date(tick))));
  return svg('g', {}, rows.flat(), columns);
}

export const byteLabel = tick => tick === 0 ? '0' : bytes(tick);
export const spanLabel = tick => span(tick);

function point(x, y) {
  return `${x.toFixed(1)},${y.toFixed(1)}`;
}

export function linePath(points) {
  return points.length === 0 ? '' :
      `M${points.map(([x, y]) => point(x, y)).join('L')}`;
}

// The area between two lines, given from left to right.
export function areaPath(upper, lower) {
  const back = [...lower].reverse();
  return upper.length === 0 ? '' : `${linePath([...upper, ...back])}Z`;
}
