// Builds and updates the document. Text goes in as text nodes only, so that no
// name of a heap, class or label can become markup.

const SVG = 'http://www.w3.org/2000/svg';

function set(element, name, value) {
  if (value === undefined || value === null || value === false) return;
  if (name.startsWith('on')) {
    element.addEventListener(name.slice(2), value);
  } else if (name === 'style') {
    // Through the object model: the content security policy forbids the
    // attribute.
    for (const [key, part] of Object.entries(value)) {
      element.style.setProperty(key, part);
    }
  } else {
    element.setAttribute(name, value === true ? '' : value);
  }
}

function build(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    set(element, name, value);
  }
  for (const child of children.flat()) {
    if (child !== undefined && child !== null && child !== false) {
      element.append(child);
    }
  }
  return element;
}

// An element of HTML: h('a', {href: '#/', onclick: f}, 'text', element).
export function h(tag, attributes, ...children) {
  return build(document.createElement(tag), attributes, children);
}

// An element of SVG.
export function svg(tag, attributes, ...children) {
  return build(document.createElementNS(SVG, tag), attributes, children);
}

// Sets the text of an element unless it is that already: what does not change
// is not announced, selected text stays selected.
export function setText(element, text) {
  if (element.textContent !== String(text)) element.textContent = text;
}

export function setAttributes(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) {
      element.removeAttribute(name);
    } else if (element.getAttribute(name) !== String(value)) {
      element.setAttribute(name, value === true ? '' : value);
    }
  }
}

// Makes the children of `parent` those of `items`, in their order. A child
// whose key stays is updated and not made anew, so that it keeps the focus.
// `create(item)` returns {element, update(item)}.
export function syncChildren(parent, items, keyOf, create) {
  const known = parent.heapdChildren ?? new Map();
  const next = new Map();
  let place = parent.firstChild;
  for (const item of items) {
    const key = keyOf(item);
    const child = known.get(key) ?? create(item);
    child.update?.(item);
    next.set(key, child);
    if (child.element === place) {
      place = place.nextSibling;
    } else {
      parent.insertBefore(child.element, place);
    }
  }
  for (const [key, child] of known) {
    if (!next.has(key)) child.element.remove();
  }
  parent.heapdChildren = next;
}

// A table that narrow screens show as one card for each row. `columns`:
// [{title, number, wide}]; the roles keep it a table for assistive technology
// where the style sheet does not display it as one.
export function table(caption, columns) {
  const body = h('tbody', {role: 'rowgroup'});
  const element = h('table', {role: 'table'},
      h('caption', {class: 'unseen'}, caption),
      h('thead', {role: 'rowgroup'},
          h('tr', {role: 'row'}, columns.map(column => h('th', {
            scope: 'col', role: 'columnheader',
            class: column.number ? 'number' : undefined,
          }, column.title)))),
      body);
  const row = (cells, attributes = {}) => h('tr',
      {role: 'row', ...attributes},
      cells.map((cell, i) => h('td', {
        role: 'cell', 'data-title': columns[i].title,
        class: [columns[i].number && 'number', columns[i].wide && 'wide']
            .filter(Boolean).join(' ') || undefined,
      }, cell)));
  // What stands in place of rows.
  const empty = text => {
    const cell = h('td', {role: 'cell', colspan: columns.length, class: 'wide'},
        text);
    body.replaceChildren(h('tr', {role: 'row'}, cell));
    body.heapdChildren = undefined;
  };
  return {element, body, row, empty};
}

// Shows how full something is, in words too.
export function meter(label) {
  const fill = h('div', {class: 'fill'});
  const element = h('div', {
    class: 'meter', role: 'meter', 'aria-label': label, 'aria-valuemin': 0,
    'aria-valuemax': 100,
  }, fill);
  const update = (ratio, text) => {
    const percent = Math.max(0, Math.min(100, Math.round(ratio * 100)));
    setAttributes(element, {
      'aria-valuenow': percent, 'aria-valuetext': text,
      'data-level': ratio >= 0.9 ? 'high' : ratio >= 0.75 ? 'raised' : 'low',
    });
    fill.style.setProperty('width', `${percent}%`);
  };
  return {element, update};
}

// Says something to whoever does not see the page change.
export function announce(text) {
  setText(document.getElementById('announcer'), text);
}
