// The tables of an analysis.

import {call} from './api.js';
import {h, table} from './dom.js';
import {bytes, count, signed} from './format.js';
import {pathList} from './path.js';
import {problemSlot} from './problem.js';

const SHOWN = 30;

const ORDERS = {
  retained: ['Retained size', (a, b) => b.retained - a.retained],
  growth: ['Growth', (a, b) => (b.grown?.bytes ?? 0) - (a.grown?.bytes ?? 0)],
  objects: ['Objects', (a, b) => b.objects - a.objects],
};

// Rows of classes or tags with what they have grown since `known`.
function withGrowth(rows, key, known) {
  return rows.map(row => {
    const before = known?.get(row[key]) ?? {count: 0, bytes: 0};
    return {
      name: row[key], objects: Number(row.object_count),
      self: Number(row.self_size_bytes),
      retained: Number(row.retained_size_bytes),
      grown: known && {count: Number(row.object_count) - before.count,
                       bytes: Number(row.self_size_bytes) - before.bytes},
    };
  });
}

function growthCell({grown}) {
  if (!grown) return '\u2013';
  if (grown.count === 0 && grown.bytes === 0) return '0';
  const kind = grown.bytes > 0 ? 'grown' : 'shrunk';
  return h('span', {class: kind},
      `${signed(grown.count)}, ${signed(grown.bytes, bytes)}`);
}

// `nameCell(row)` makes the first cell.
function sizeTable(title, name, rows, nameCell) {
  const sizes = table(title, [
    {title: name, wide: true}, {title: 'Objects', number: true},
    {title: 'Own size', number: true}, {title: 'Retained', number: true},
    {title: 'Growth', number: true},
  ]);
  const id = `order-${name.toLowerCase()}`;
  const order = h('select', {id, onchange: () => draw()},
      Object.entries(ORDERS).map(
          ([value, [text]]) => h('option', {value}, text)));
  const more = h('button', {type: 'button', onclick: () => draw(rows.length)});
  const draw = (shown = SHOWN) => {
    const sorted = [...rows].sort(ORDERS[order.value][1]).slice(0, shown);
    sizes.body.replaceChildren(...sorted.map(row => sizes.row([
      nameCell(row), count(row.objects), bytes(row.self), bytes(row.retained),
      growthCell(row),
    ])));
    more.hidden = sorted.length === rows.length;
    more.textContent = `Show all ${count(rows.length)}`;
  };
  draw();
  return h('div', {},
      h('div', {class: 'controls'}, h('label', {for: id}, 'Largest first by'),
          order),
      sizes.element, more);
}

function link(heap, query, text) {
  return h('a', {href: `#/heaps/${heap}/retained?${new URLSearchParams(query)}`},
      text);
}

export function classTable(heap, analysis, baseline) {
  const rows = withGrowth(analysis.classes, 'class_name', baseline?.classes);
  return sizeTable('Classes', 'Class', rows,
      row => link(heap, {class: row.name}, row.name));
}

export function tagTable(heap, analysis, baseline) {
  const rows = withGrowth(analysis.tags, 'tag', baseline?.tags);
  return sizeTable('Tags', 'Tag', rows,
      row => row.name === '' ? 'without a tag' :
                               link(heap, {tag: row.name}, row.name));
}

// A ref as heapctl takes it.
export function refText(ref) {
  return `0x${BigInt(ref).toString(16)}`;
}

export function objectTable(heap, objects, signal) {
  const rows = table('Objects', [
    {title: 'Object', wide: true}, {title: 'Tag', wide: true},
    {title: 'Own size', number: true}, {title: 'Retained', number: true},
    {title: 'Why', wide: true},
  ]);
  if (objects.length === 0) rows.empty('There are none.');
  for (const object of objects) {
    const path = h('div', {class: 'path-place', id: `path-${object.ref}`});
    const button = h('button', {
      type: 'button', 'aria-expanded': 'false', 'aria-controls': path.id,
      onclick: () => toggle(heap, object, button, path, signal),
    }, 'Why does it live?');
    rows.body.append(rows.row([
      h('span', {}, object.class_name, ' ',
          h('code', {}, refText(object.ref))),
      object.tag || '\u2013', bytes(object.self_size_bytes),
      bytes(object.retained_size_bytes), h('div', {}, button, path),
    ]));
  }
  return rows.element;
}

async function toggle(heap, {ref}, button, place, signal) {
  const open = button.getAttribute('aria-expanded') !== 'true';
  button.setAttribute('aria-expanded', String(open));
  if (!open) {
    place.replaceChildren();
    return;
  }
  place.setAttribute('aria-busy', 'true');
  try {
    const answer =
        await call('CollectorService/ExplainObject', {heap, ref}, signal);
    place.replaceChildren(pathList(answer));
  } catch (error) {
    const problems = problemSlot();
    place.replaceChildren(problems.element);
    problems.show(error);
  } finally {
    place.removeAttribute('aria-busy');
  }
}
