// What retains a heap's memory: classes, tags and objects by retained size, how
// they grew since an earlier look, and why an object lives.

import {call} from './api.js';
import {announce, h, setText} from './dom.js';
import {bytes, clock, count} from './format.js';
import {heapHead} from './heap_head.js';
import {holdersPanel} from './holders.js';
import {problemSlot} from './problem.js';
import {classTable, objectTable, tagTable} from './retained_tables.js';

const MAX_CLASSES = 1000;
const MAX_OBJECTS = 20;

// What later analyses of a heap are compared with, for as long as the page is
// open: {time, classes: class -> {count, bytes}, tags: ...}.
const baselines = new Map();

function summaryOf(rows, key) {
  return new Map(rows.map(row => [row[key], {
    count: Number(row.object_count), bytes: Number(row.self_size_bytes),
  }]));
}

function baselineOf(analysis, time) {
  return {
    time, classes: summaryOf(analysis.classes, 'class_name'),
    tags: summaryOf(analysis.tags ?? [], 'tag'),
  };
}

export function retainedView(root, signal, heap, query = '') {
  const wanted = new URLSearchParams(query);
  const problems = problemSlot();
  const inputs = {class_name: field('class', wanted.get('class')),
                  tag: field('tag', wanted.get('tag'))};
  const run = h('button', {type: 'submit', class: 'primary'}, 'Analyze');
  const result = h('div', {});
  root.append(
      heapHead(heap, 'retained'), problems.element,
      h('form', {class: 'card form', onsubmit: event => {
        event.preventDefault();
        analyze();
      }},
      h('p', {}, 'Shows one instant while calls go on. It takes one to two ' +
          'microseconds an object, and 80 bytes of memory each.'),
      h('div', {class: 'fields'},
          labelled('Objects of class', inputs.class_name),
          labelled('Objects with tag', inputs.tag),
          h('div', {class: 'actions'}, run))),
      result);

  async function analyze() {
    run.disabled = true;
    setText(run, 'Analyzing \u2026');
    announce('Analyzing');
    try {
      const analysis = await call('CollectorService/AnalyzeHeap', {
        heap, max_class_count: MAX_CLASSES, max_object_count: MAX_OBJECTS,
        class_name: inputs.class_name.value.trim(),
        tag: inputs.tag.value.trim(),
      }, signal);
      problems.clear();
      show(analysis, new Date());
    } catch (error) {
      problems.show(error);
    } finally {
      run.disabled = false;
      setText(run, 'Analyze');
    }
  }

  function show(analysis, time) {
    const now = baselineOf(analysis, time);
    const baseline = baselines.get(heap);
    if (!baseline) baselines.set(heap, now);
    const chosen = ['class_name', 'tag'].some(key => inputs[key].value.trim());
    announce(`Analyzed ${count(analysis.object_count)} objects`);
    result.replaceChildren(
        head(analysis, now, baseline),
        section('classes', 'Classes', classTable(heap, analysis, baseline)),
        ...(Number(analysis.tag_count ?? 0) > 1 ? [
          section('tags', 'Tags', tagTable(heap, analysis, baseline)),
        ] : []),
        section('objects', chosen ? 'Largest of those objects' :
                                    'Largest objects',
            objectTable(heap, analysis.objects, signal)),
        section('holders', 'Who holds them',
            holdersPanel(heap, analysis.objects, signal)));
  }

  function head(analysis, now, baseline) {
    const text = h('p', {},
        `${count(analysis.object_count)} objects of ` +
        `${count(analysis.class_count)} classes, ` +
        `${bytes(analysis.total_self_size_bytes)}, at ${clock(now.time)}. `);
    if (baseline) {
      const reset = h('button', {type: 'button', onclick: () => {
        baselines.set(heap, now);
        reset.remove();
        announce('Growth is counted from this analysis on');
      }}, 'Count growth from this one on');
      text.append(`Growth is since ${clock(baseline.time)}. `, reset);
    } else {
      text.append('Analyze again later: what has grown is shown then.');
    }
    return text;
  }

  // Whoever followed a link to a class wants to see it.
  if (wanted.get('class') || wanted.get('tag')) analyze();
  return `What retains ${heap}`;
}

function field(name, value) {
  return h('input', {
    id: `only-${name}`, type: 'text', autocomplete: 'off', spellcheck: 'false',
    value: value ?? '', placeholder: 'all',
  });
}

function labelled(text, input) {
  return h('div', {class: 'field'}, h('label', {for: input.id}, text), input);
}

function section(id, title, content) {
  return h('section', {class: 'card', 'aria-labelledby': id},
      h('h2', {id}, title), content);
}
