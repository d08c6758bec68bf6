// One snapshot in the list, with what can be done with it.

import {call} from './api.js';
import {confirm} from './confirm.js';
import {announce, h, setAttributes, setText} from './dom.js';
import {bytes, capital, count, moment, percent, seconds, span, words}
  from './format.js';
import {saveSnapshot} from './save.js';

const STATES = {
  SNAPSHOT_STATE_WRITING: ['Being taken', 'unsure', '\u2026'],
  SNAPSHOT_STATE_READY: ['Ready', 'good', '\u2713'],
  SNAPSHOT_STATE_FAILED: ['Failed', 'bad', '\u2715'],
  SNAPSHOT_STATE_CANCELLED: ['Cancelled', 'unsure', '\u2013'],
};

export function snapshotRow(
    rows, first, {withHeap, chosen, onChoice, onChange, problems, signal}) {
  const id = first.snapshot;
  let latest = first;
  const name = first.label || moment(first.create_time);
  const choice = h('input', {
    type: 'checkbox', 'aria-label': `Compare ${name}`, onchange: () => {
      if (choice.checked) chosen.add(id);
      else chosen.delete(id);
      onChoice();
    },
  });
  const state = stateCell();
  const file = h('span', {});

  const act = async (button, work) => {
    button.disabled = true;
    try {
      await work();
      problems.clear();
    } catch (error) {
      problems.show(error);
    } finally {
      button.disabled = false;
      onChange();
    }
  };
  const button = (text, work) => {
    const element = h('button', {
      type: 'button', 'aria-label': `${text} ${name}`,
      onclick: () => act(element, () => work(element)),
    }, text);
    return element;
  };
  const cancel = button('Cancel', async () => {
    await call('SnapshotService/CancelSnapshot', {snapshot: id}, signal);
    announce('Cancelled');
  });
  const save = button('Download', element => saveSnapshot(
      latest, text => setText(element, text), signal));
  const remove = button('Delete', async () => {
    const sure = await confirm(`Delete the snapshot \u201c${name}\u201d?`,
        'The stored file is removed.', 'Delete');
    if (!sure) return;
    await call('SnapshotService/DeleteSnapshot', {snapshot: id}, signal);
    announce('Deleted');
  });

  const element = rows.row([
    choice,
    h('div', {}, h('div', {}, moment(first.create_time)),
        first.label && h('div', {class: 'label'}, first.label),
        h('div', {class: 'hint'}, h('code', {}, id))),
    ...(withHeap ? [h('a', {href: `#/heaps/${first.heap}`}, first.heap)] : []),
    state.element, file, origin(first),
    h('div', {class: 'actions'}, cancel, save, remove),
  ]);
  const update = snapshot => {
    latest = snapshot;
    const ready = snapshot.state === 'SNAPSHOT_STATE_READY';
    const writing = snapshot.state === 'SNAPSHOT_STATE_WRITING';
    choice.disabled = !ready;
    cancel.hidden = !writing;
    save.hidden = !ready;
    remove.hidden = writing;
    state.update(snapshot);
    setText(file, fileText(snapshot));
  };
  return {element, update};
}

function stateCell() {
  const badge = h('span', {class: 'badge'});
  const progress = h('progress', {max: 1, 'aria-label': 'Progress'});
  const note = h('div', {class: 'hint'});
  const element = h('div', {class: 'snapshot-state'}, badge, progress, note);
  let shown = '';
  const update = snapshot => {
    const [text, kind, mark] = STATES[snapshot.state] ?? ['?', 'unsure', '?'];
    if (snapshot.state !== shown) {
      if (shown !== '') announce(`Snapshot: ${text}`);
      shown = snapshot.state;
      badge.replaceChildren(h('span', {'aria-hidden': 'true'}, mark),
          ` ${text}`);
      setAttributes(badge, {'data-kind': kind});
    }
    const writing = snapshot.state === 'SNAPSHOT_STATE_WRITING';
    progress.hidden = !writing;
    if (writing) progress.value = snapshot.progress_ratio ?? 0;
    setText(note, noteOf(snapshot, writing));
  };
  return {element, update};
}

function noteOf(snapshot, writing) {
  if (snapshot.state === 'SNAPSHOT_STATE_FAILED') return snapshot.error;
  const took = `in ${span(seconds(snapshot.duration))}, calls waited ` +
      span(seconds(snapshot.pause_duration));
  if (!writing) {
    return snapshot.state === 'SNAPSHOT_STATE_READY' ? took : '';
  }
  const left = seconds(snapshot.estimated_remaining_duration);
  const phase = capital(words(snapshot.phase ?? '', 'SNAPSHOT_PHASE_'));
  return [phase && phase !== 'Unspecified' ? phase : 'Beginning',
          percent(snapshot.progress_ratio ?? 0),
          left > 0 ? `about ${span(left)} left` : '',
          `${count(snapshot.node_count)} nodes`].filter(Boolean).join(', ');
}

function fileText(snapshot) {
  if (snapshot.state !== 'SNAPSHOT_STATE_READY') return '\u2013';
  const parts = [bytes(snapshot.size_bytes),
                 `${count(snapshot.node_count)} nodes`];
  const compression = words(snapshot.compression, 'SNAPSHOT_COMPRESSION_');
  if (compression !== 'none') parts.push(compression);
  if (snapshot.includes_strings) parts.push('with strings');
  if (Number(snapshot.left_out_object_count ?? 0) > 0) {
    parts.push(`${count(snapshot.left_out_object_count)} objects left out`);
  }
  return `${parts.join(', ')}; at ${snapshot.storage}`;
}

function origin(snapshot) {
  const trigger = words(snapshot.trigger ?? '', 'SNAPSHOT_TRIGGER_');
  const why = ['', 'requested', 'unspecified'].includes(trigger) ? '' :
      ` (${trigger}${snapshot.rule ? `: ${snapshot.rule}` : ''})`;
  return `${snapshot.requested_by}${why}`;
}
