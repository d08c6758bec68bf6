// What the charts are made of: the run's data, numbers for people, SVG
// elements, scales and the part of the run that is in view.

const data = JSON.parse(document.getElementById('run-data').textContent);

// As units.cc formats them.
const digits = value => {
  const size = Math.abs(value);
  if (size >= 99.95) return value.toFixed(0);
  return String(Number(value.toFixed(size >= 9.995 ? 1 : 2)));
};
const seconds = value => {
  if (value === 0) return '0 s';
  if (value < 0.9995e-6) return `${digits(value * 1e9)} ns`;
  if (value < 0.9995e-3) return `${digits(value * 1e6)} µs`;
  if (value < 0.9995) return `${digits(value * 1e3)} ms`;
  return `${digits(value)} s`;
};
const bytes = value => {
  const names = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let name = 0;
  for (; value >= 1023.5 && name + 1 < names.length; ++name) value /= 1024;
  return `${digits(value)} ${names[name]}`;
};
const count = value =>
    Math.round(value).toString().replace(/\B(?=(\d{3})+$)/g, ',');
const rate = value => `${value < 99.95 ? digits(value) : count(value)}/s`;
// For axes, where there is little room.
const shortRate = value =>
    value < 1e4 ? rate(value) :
    value < 1e6 ? `${digits(value / 1e3)}k/s` : `${digits(value / 1e6)}M/s`;
const moment = value => `${value.toFixed(value < 100 ? 2 : 1)} s`;

const element = (name, attributes = {}, text = '') => {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    node.setAttribute(key, value);
  }
  if (text !== '') node.textContent = text;
  return node;
};
const shape = (parent, name, attributes, text = '') => {
  const node = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) {
    node.setAttribute(key, value);
  }
  if (text !== '') node.textContent = text;
  parent.append(node);
  return node;
};
const color = name => `var(--${name})`;

// The part of the run that is shown, and how it maps to pixels.
const LEFT = 62;
const RIGHT = 10;
const MIN_SPAN = Math.min(0.1, data.seconds);
const view = {from: 0, to: data.seconds, width: 800};
const span = () => view.to - view.from;
const plotWidth = () => Math.max(40, view.width - LEFT - RIGHT);
const xOf = time => LEFT + (time - view.from) / span() * plotWidth();
const timeOf = x => view.from + (x - LEFT) / plotWidth() * span();
const inView = (start, end) => end >= view.from && start <= view.to;

// A round step that is at least so long.
const roundStep = least => {
  const decade = 10 ** Math.floor(Math.log10(least));
  return decade * [1, 2, 5, 10].find(step => step * decade >= least * 0.999);
};
const timeTicks = () => {
  const least = span() / (plotWidth() / 70);
  const step = [60, 120, 300, 600, 900, 1800, 3600].find(
      round => least > 50 && round >= least) ?? roundStep(least);
  const ticks = [];
  for (let i = Math.ceil(view.from / step - 1e-9);
       i * step <= view.to + 1e-9; ++i) {
    ticks.push(i * step);
  }
  const places = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return ticks.map(at => ({at, text: `${at.toFixed(places)} s`}));
};

const linear = (max, top, height, format) => {
  const step = roundStep(Math.max(max, 1e-9) / (height / 34));
  const end = Math.max(step, Math.ceil(max / step - 1e-9) * step);
  const ticks = [];
  for (let i = 0; i * step <= end * 1.0001; ++i) {
    ticks.push({at: i * step, text: format(i * step)});
  }
  return {y: value => top + height - value / end * height, ticks};
};
// Sizes have steps that are round in binary.
const binary = (max, top, height) => {
  let step = 1;
  while (step * (height / 30) < max) step *= 2;
  const end = Math.max(step, Math.ceil(max / step - 1e-9) * step);
  const ticks = [];
  for (let at = 0; at <= end; at += step) ticks.push({at, text: bytes(at)});
  return {y: value => top + height - value / end * height, ticks};
};
const logarithmic = (min, max, top, height) => {
  const low = Math.floor(Math.log10(min) + 1e-9);
  let high = Math.ceil(Math.log10(max) - 1e-9);
  if (high <= low) high = low + 1;
  const ticks = [];
  const every = Math.ceil((high - low) / (height / 22));
  for (let i = low; i <= high; i += every) {
    ticks.push({at: 10 ** i, text: seconds(10 ** i)});
  }
  const y = value => {
    const share = (Math.log10(Math.max(value, 10 ** low)) - low) / (high - low);
    return top + height - Math.min(share, 1) * height;
  };
  return {y, ticks};
};

// Groups of items [first, end) that fall on one pixel, of those in view.
// `starts` is sorted.
const groupByPixel = (starts, ends) => {
  const groups = [];
  let pixel = null;
  for (let i = 0; i < starts.length; ++i) {
    if (!inView(starts[i], ends[i])) continue;
    const at = Math.floor(xOf((starts[i] + ends[i]) / 2));
    if (at === pixel) {
      groups[groups.length - 1].end = i + 1;
    } else {
      groups.push({first: i, end: i + 1});
      pixel = at;
    }
  }
  return groups;
};
const largest = (values, {first, end}) => {
  let max = null;
  for (let i = first; i < end; ++i) {
    if (values[i] !== null && (max === null || values[i] > max)) {
      max = values[i];
    }
  }
  return max;
};
const total = (values, {first, end}) => {
  let sum = 0;
  for (let i = first; i < end; ++i) sum += values[i];
  return sum;
};
const maximum = values =>
    values.reduce((max, value) => value > max ? value : max, 0);
// The last index with values[index] <= limit, or -1. `values` is sorted.
const lastUpTo = (values, limit) => {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] <= limit) low = middle + 1; else high = middle;
  }
  return low - 1;
};
const n = value => value.toFixed(1);
