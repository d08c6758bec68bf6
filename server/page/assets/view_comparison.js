// Two snapshots of a heap, class by class, as Chrome DevTools compares them.

import {call} from './api.js';
import {announce, h, table} from './dom.js';
import {bytes, count, moment, signed} from './format.js';
import {problemSlot} from './problem.js';

const SHOWN = 50;

export function comparisonView(root, signal, base, later) {
  const problems = problemSlot();
  const result = h('div', {}, h('p', {class: 'lead'}, 'Comparing \u2026'));
  root.append(h('h1', {}, 'Comparison'), problems.element, result);
  compare();

  async function compare() {
    try {
      const get = snapshot => call(
          'SnapshotService/GetSnapshot', {snapshot}, signal);
      const [one, other, answer] = await Promise.all([
        get(base), get(later),
        call('SnapshotService/CompareSnapshots',
            {base_snapshot: base, snapshot: later}, signal),
      ]);
      show(one.snapshot, other.snapshot, answer);
    } catch (error) {
      result.replaceChildren();
      problems.show(error);
    }
  }

  function show(one, other, {rows, tag_rows: tagRows = []}) {
    const {heap} = other;
    announce(verdict(rows));
    result.replaceChildren(
        h('p', {class: 'lead'}, h('a', {href: `#/heaps/${heap}`}, heap),
            `: from ${nameOf(one)} to ${nameOf(other)}`),
        h('p', {class: 'finding'}, verdict(rows)),
        section('by-class', 'By class', rows, 'class_name', 'Class',
            name => retained(heap, {class: name}, name)),
        ...(tagRows.length === 0 ? [] : [
          section('by-tag', 'By tag', tagRows, 'tag', 'Tag',
              name => name === '' ? 'without a tag' :
                                    retained(heap, {tag: name}, name)),
        ]),
        h('p', {}, h('a', {href: `#/heaps/${heap}/snapshots`},
            `Snapshots of ${heap}`)));
  }
  return 'Comparison';
}

function nameOf(snapshot) {
  const when = moment(snapshot.create_time);
  return snapshot.label ? `${snapshot.label} (${when})` : when;
}

function retained(heap, query, text) {
  return h('a', {
    href: `#/heaps/${heap}/retained?${new URLSearchParams(query)}`,
  }, text);
}

// A class of which much was allocated and nothing freed is what a leak looks
// like; what grew while some of it was freed may be a cache.
function verdict(rows) {
  const grown = rows.filter(row => Number(row.size_delta_bytes) > 0);
  if (grown.length === 0) return 'No class takes more than before.';
  const only = grown.filter(row => Number(row.deleted_count) === 0);
  const name = row => `${row.class_name} (${signed(row.count_delta)}, ` +
      `${signed(row.size_delta_bytes, bytes)})`;
  if (only.length === 0) {
    return `${name(grown[0])} grew most, though some of it was freed.`;
  }
  return `Grew most, and nothing of it was freed: ` +
      `${only.slice(0, 3).map(name).join(', ')}.`;
}

function section(id, title, rows, key, column, nameCell) {
  const changes = table(title, [
    {title: column, wide: true}, {title: 'New', number: true},
    {title: 'Deleted', number: true}, {title: 'Delta', number: true},
    {title: 'Allocated', number: true}, {title: 'Freed', number: true},
    {title: 'Size delta', number: true},
  ]);
  const more = h('button', {type: 'button', onclick: () => draw(rows.length)},
      `Show all ${count(rows.length)}`);
  const draw = shown => {
    changes.body.replaceChildren(...rows.slice(0, shown).map(
        row => changes.row([
          nameCell(row[key]), count(row.new_count), count(row.deleted_count),
          delta(row.count_delta, count), bytes(row.allocated_bytes),
          bytes(row.freed_bytes), delta(row.size_delta_bytes, bytes),
        ])));
    more.hidden = rows.length <= shown;
  };
  draw(SHOWN);
  if (rows.length === 0) changes.empty('Nothing has changed.');
  return h('section', {class: 'card', 'aria-labelledby': id},
      h('h2', {id}, title), changes.element, more);
}

function delta(value, format) {
  const kind = Number(value) > 0 ? 'grown' :
      Number(value) < 0 ? 'shrunk' : undefined;
  return h('span', {class: kind}, signed(value, format));
}
