// Numbers as people read them. Messages of the API have 64-bit numbers as
// strings, durations as "1.5s" and times as RFC 3339.

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
const MINUS = '\u2212';

function significant(value) {
  return value >= 100 ? value.toFixed(0) :
      value >= 10 ? value.toFixed(1).replace(/\.0$/, '') :
                    value.toFixed(2).replace(/\.?0+$/, '');
}

export function bytes(value) {
  let rest = Math.abs(Number(value));
  let unit = 0;
  while (rest >= 1024 && unit < BYTE_UNITS.length - 1) {
    rest /= 1024;
    ++unit;
  }
  const sign = Number(value) < 0 ? MINUS : '';
  return `${sign}${significant(rest)}\u00a0${BYTE_UNITS[unit]}`;
}

export function count(value) {
  return Number(value).toLocaleString('en-US').replace('-', MINUS);
}

export function plural(value, noun) {
  return `${count(value)} ${noun}${Number(value) === 1 ? '' : 's'}`;
}

// With its sign, for differences; `format` is one of the functions here.
export function signed(value, format = count) {
  return Number(value) > 0 ? `+${format(value)}` : format(value);
}

export function percent(ratio, digits = 0) {
  return `${(ratio * 100).toFixed(digits)}\u00a0%`;
}

// Seconds of a protobuf duration.
export function seconds(duration) {
  return duration ? Number.parseFloat(duration) : 0;
}

// A length of time in seconds: 0.00015 is "150 µs", 11520 "3 h 12 min".
export function span(value) {
  if (value >= 172_800) return `${Math.round(value / 86_400)}\u00a0days`;
  if (value >= 3600) {
    const minutes = Math.round(value % 3600 / 60);
    return `${Math.floor(value / 3600)}\u00a0h ${minutes}\u00a0min`;
  }
  if (value >= 120) return `${Math.round(value / 60)}\u00a0min`;
  if (value >= 1) return `${significant(value)}\u00a0s`;
  if (value >= 1e-3) return `${significant(value * 1e3)}\u00a0ms`;
  if (value === 0) return '0';
  return `${significant(value * 1e6)}\u00a0µs`;
}

export function clock(date) {
  return date.toLocaleTimeString('en-GB');
}

// With the day where it is not today's.
export function moment(text) {
  const date = new Date(text);
  const today = new Date().toDateString() === date.toDateString();
  return today ? clock(date) :
      `${date.toLocaleDateString('en-CA')} ${clock(date)}`;
}

// The words of an enumeration: ('COLLECTION_REASON_NEW_SPACE_FULL',
// 'COLLECTION_REASON_') is "new space full".
export function words(value, prefix) {
  return value.replace(prefix, '').toLowerCase().replaceAll('_', ' ');
}

export function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
