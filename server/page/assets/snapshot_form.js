// The form that asks for a snapshot.

import {call} from './api.js';
import {announce, h} from './dom.js';
import {problemSlot} from './problem.js';

const COMPRESSIONS = [
  ['NONE', 'none: opens in Chrome DevTools'],
  ['ZSTD', 'zstd: a fifth to a twelfth of the size'],
  ['GZIP', 'gzip: read by more programs'],
];

// A retry by the browser must not take a second one.
function requestId() {
  const random = crypto.getRandomValues(new Uint32Array(4));
  return `page-${[...random].map(part => part.toString(16)).join('')}`;
}

function field(id, text, input, hint) {
  input.id = id;
  const hintId = `${id}-hint`;
  if (hint) input.setAttribute('aria-describedby', hintId);
  return h('div', {class: 'field'}, h('label', {for: id}, text), input,
      hint && h('span', {class: 'hint', id: hintId}, hint));
}

function lines(text) {
  return text.split('\n').map(line => line.trim()).filter(Boolean);
}

export function createForm(heap, onCreated, signal) {
  const inputs = {
    label: h('input', {type: 'text', maxlength: 256, autocomplete: 'off'}),
    compression: h('select', {}, COMPRESSIONS.map(
        ([value, text]) => h('option', {value}, text))),
    destination: h('input', {type: 'text', autocomplete: 'off',
                             spellcheck: 'false', placeholder: 'the default'}),
    strings: h('input', {type: 'checkbox', id: 'include-strings',
                         'aria-describedby': 'include-strings-hint'}),
    classes: h('textarea', {rows: 2, spellcheck: 'false'}),
    tags: h('textarea', {rows: 2, spellcheck: 'false'}),
    retained: h('input', {type: 'number', min: 0, step: 'any'}),
    depth: h('input', {type: 'number', min: 0, max: 4294967295, step: 1}),
  };
  const problems = problemSlot();
  const submit = h('button', {type: 'submit', class: 'primary'},
      'Take a snapshot');

  async function create() {
    submit.disabled = true;
    try {
      await call('SnapshotService/CreateSnapshot',
          requestOf(heap, inputs), signal);
      problems.clear();
      announce('The snapshot is being taken');
      onCreated();
    } catch (error) {
      problems.show(error);
    } finally {
      submit.disabled = false;
    }
  }

  return h('form', {class: 'card form', onsubmit: event => {
    event.preventDefault();
    create();
  }},
  h('div', {class: 'fields'},
      field('label', 'Label', inputs.label),
      h('div', {class: 'actions'}, submit)),
  h('details', {}, h('summary', {}, 'Options'),
      h('div', {class: 'fields'},
          field('compression', 'Compression', inputs.compression),
          field('destination', 'Destination', inputs.destination,
              'A name from the configuration.')),
      h('div', {class: 'check'}, inputs.strings,
          h('label', {for: 'include-strings'}, 'Include contents of strings'),
          h('span', {class: 'hint', id: 'include-strings-hint'},
              'They are other people\u2019s data; it takes the permission ' +
              'snapshot-with-values.')),
      h('fieldset', {}, h('legend', {}, 'Only a part of the heap'),
          h('div', {class: 'fields'},
              field('classes', 'Classes', inputs.classes, 'One a line.'),
              field('tags', 'Tags', inputs.tags, 'One a line.'),
              field('retained', 'Retaining at least', inputs.retained, 'MiB'),
              field('depth', 'At most so deep', inputs.depth,
                  'Links from what holds them.')))),
  problems.element);
}

function requestOf(heap, inputs) {
  const request = {
    heap, label: inputs.label.value,
    compression: `SNAPSHOT_COMPRESSION_${inputs.compression.value}`,
    destination: inputs.destination.value.trim(),
    include_strings: inputs.strings.checked, request_id: requestId(),
  };
  const reduction = {
    class_names: lines(inputs.classes.value), tags: lines(inputs.tags.value),
    min_retained_size_bytes:
        String(Math.round(Number(inputs.retained.value) * 2 ** 20)),
    max_depth: Number(inputs.depth.value),
  };
  const reduced = reduction.class_names.length > 0 ||
      reduction.tags.length > 0 || Number(inputs.retained.value) > 0 ||
      reduction.max_depth > 0;
  return reduced ? {...request, reduction} : request;
}
