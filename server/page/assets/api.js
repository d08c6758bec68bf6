// Calls the methods of heapd's operations plane, in protobuf's JSON.
//
// The token is kept for this tab only, and sent in a header: there is no cookie
// that another site could make the browser send, and no secret in an address.

import {span} from './format.js';

const TOKEN_KEY = 'heapd.token';

// What an operator can do about an error, by its reason.
const ADVICE = {
  CREDENTIALS_MISSING: 'Sign in with a token that may do this.',
  CREDENTIALS_INVALID:
      'Sign in again: the token was mistyped, has expired or was revoked.',
  PERMISSION_MISSING:
      'Whoever keeps the policy file (auth.policy_file) can grant it.',
  STORAGE_NOT_CONFIGURED:
      'Set snapshots.directory in the configuration and start heapd again.',
  STORAGE: 'The log of heapd has the error of the destination.',
  STORAGE_FULL:
      'Delete snapshots or free disk; snapshots.min_free_disk is the floor.',
  SNAPSHOT_RUNNING: 'Wait for the one that is being taken, or cancel it.',
  SNAPSHOT_QUOTA: 'The limits are snapshots.* of the configuration.',
  SNAPSHOT_BUDGET: 'It needs memory from memory.budget: free some, or raise it.',
  SNAPSHOT_NOT_FOUND: 'It was deleted, by somebody else or by retention.',
  ANALYSIS_RUNNING: 'One runs at a time: wait for it and try again.',
  HEAP_NOT_FOUND: 'It was deleted. The list of heaps shows those there are.',
  OBJECT_COLLECTED: 'The object is gone meanwhile: analyze again.',
  UNREACHABLE: 'Nothing keeps it any more; the next collection frees it.',
  DRAINING: 'heapd is stopping. This page goes on when it is back.',
  AUDIT: 'The audit log cannot be written; the log of heapd says why.',
  UNIMPLEMENTED:
      'This daemon serves snapshots at listen.snapshots only: use heapctl there.',
};

// A call that failed. `status` is the canonical code ("NOT_FOUND"), or
// "UNREACHED" when heapd could not be asked.
export class ApiError extends Error {
  constructor({status, message, details = []}) {
    const of = type => details.find(
        detail => detail['@type']?.endsWith(`/google.rpc.${type}`));
    const reason = of('ErrorInfo')?.reason ?? status;
    const permission = of('ErrorInfo')?.metadata?.permission;
    // heapd speaks of metadata here, as gRPC's callers do.
    super(reason === 'CREDENTIALS_MISSING' && permission ?
        `this takes the permission \u2018${permission}\u2019, and nobody has ` +
            'signed in' :
        message);
    this.status = status;
    this.reason = reason;
    this.retrySeconds = Number.parseFloat(of('RetryInfo')?.retry_delay ?? '0');
  }

  // Whether a token, or another one, could help.
  get asksForToken() {
    return this.status === 'UNAUTHENTICATED';
  }

  get advice() {
    const retry = this.retrySeconds > 0 ?
        ` It can work in ${span(this.retrySeconds)}.` : '';
    return (ADVICE[this.reason] ?? '') + retry;
  }
}

export const token = {
  get: () => sessionStorage.getItem(TOKEN_KEY) ?? '',
  set: value => value ? sessionStorage.setItem(TOKEN_KEY, value) :
                        sessionStorage.removeItem(TOKEN_KEY),
};

async function errorOf(response) {
  const text = await response.text();
  try {
    return new ApiError(JSON.parse(text).error);
  } catch {
    // The listener itself, or a proxy before it, answers in plain words.
    return new ApiError({
      status: 'UNKNOWN',
      message: text.length < 200 && !text.includes('<') ? text.trim() :
          `HTTP status ${response.status} from heapd`,
    });
  }
}

async function post(method, request, signal) {
  const headers = {'Content-Type': 'application/json'};
  if (token.get()) headers.Authorization = `Bearer ${token.get()}`;
  let response;
  try {
    response = await fetch(`api/heapd.v1.${method}`, {
      method: 'POST', headers, signal, body: JSON.stringify(request),
      cache: 'no-store', credentials: 'same-origin', redirect: 'error',
    });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new ApiError({
      status: 'UNREACHED',
      message: 'No answer from heapd. Is it running? This page goes on trying.',
    });
  }
  if (!response.ok) throw await errorOf(response);
  return response;
}

// Calls a method, "HeapService/ListHeaps"; resolves to its answer.
export async function call(method, request = {}, signal = undefined) {
  const response = await post(method, request, signal);
  return response.json();
}

// All pages of a list: the messages in `field` of each answer, at most `limit`.
export async function callList(method, field, request, signal, limit = 1000) {
  const all = [];
  let pageToken = '';
  do {
    const answer = await call(
        method, {...request, page_token: pageToken}, signal);
    all.push(...answer[field]);
    pageToken = answer.next_page_token;
  } while (pageToken && all.length < limit);
  return all;
}

// The file of a snapshot, as it arrives.
export function download(snapshot, signal) {
  return post('SnapshotService/DownloadSnapshot', {snapshot}, signal);
}
