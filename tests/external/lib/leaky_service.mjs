// A service that leaks through heapd's published contract, as the recorded one
// does: each response with status 502 leaves an UpstreamError with its
// RequestContext in a log of what shall be retried, and nothing takes them out.

import {Batch, local} from './batch.mjs';
import {connect} from './grpc.mjs';

const LOG_SLOTS = 8192;
const PAYLOAD = 'x'.repeat(200);
export const LEAK_TAG = 'GET /orders 502';
export const SESSION_LABEL = 'orders 1';

// Opens a session on a new heap; `handle()` leaks, `serve()` does not.
export async function leakyService(t, daemon, heap) {
  const objects =
      connect(t, daemon.dataAddress, 'heapd.v1.ObjectService');
  const heaps = connect(t, daemon.dataAddress, 'heapd.v1.HeapService');
  const collector =
      connect(t, daemon.dataAddress, 'heapd.v1.CollectorService');
  await heaps.CreateHeap({heap, limit_bytes: String(64 << 20)});
  const {session} = await objects.OpenSession(
      {heap, label: SESSION_LABEL, tag: LEAK_TAG, time_to_live: {seconds: 600}});
  const define = async (name, slotNames = []) => (await objects.DefineType(
      {heap, type: {name, kind: 'TYPE_KIND_OBJECT', slot_names: slotNames}}))
      .type;
  const types = {
    log: await define('RetryLog'),
    error: await define('UpstreamError', ['context']),
    context: await define('RequestContext'),
    response: await define('Response'),
  };
  const {ref: log} = await objects.AllocateObject(
      {heap, session, type: types.log, slot_count: LOG_SLOTS});
  await objects.RootObject({heap, name: 'retryLog', ref: log});
  await objects.ReleaseObject({heap, session, refs: [log]});
  let leaked = 0;

  const apply = batch => objects.Apply({heap, session, batch: batch.build()});
  return {
    // Answers `count` requests with 502.
    async handle(count) {
      const batch = new Batch();
      for (let i = 0; i < count; ++i) {
        const context =
            batch.allocate(types.context, {payload: PAYLOAD});
        const error = batch.allocate(
            types.error, {values: [local(context)], payload: PAYLOAD});
        batch.link(log, leaked++, local(error));
        batch.release(local(context));
        batch.release(local(error));
      }
      await apply(batch);
    },
    // Answers `count` requests well.
    async serve(count) {
      const batch = new Batch();
      for (let i = 0; i < count; ++i) {
        batch.release(
            local(batch.allocate(types.response, {payload: PAYLOAD})));
      }
      await apply(batch);
    },
    collect: () => collector.CollectHeap({heap}),
  };
}
