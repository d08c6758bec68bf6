#ifndef HEAPD_CLIENT_IMPORT_GRAPH_WRITER_H_
#define HEAPD_CLIENT_IMPORT_GRAPH_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "client/heapd/batch_builder.h"
#include "client/heapd/ids.h"
#include "client/heapd/ref.h"
#include "client/heapd/session.h"
#include "client/import/graph_diff.h"
#include "client/import/object_graph.h"
#include "client/import/type_table.h"

namespace heapd::importer {

// When a batch is sent. An operation that is larger by itself goes alone.
struct BatchLimits {
  uint32_t max_operations = 16384;
  size_t max_bytes = size_t{4} << 20;
};

// Makes the changes that DiffGraphs() found in a heap, in batches, and
// remembers which ref each object has got.
//
// Between two batches other clients see the heap half changed. After an error
// it stays so, and the writer must not be used again.
//
// Single-threaded. The session and the types must outlive it, and other users
// of the session must leave its scopes alone while Apply() runs.
class GraphWriter {
 public:
  GraphWriter(const client::Session& session, const TypeTable& types,
              const BatchLimits& limits = {});
  GraphWriter(const GraphWriter&) = delete;
  GraphWriter& operator=(const GraphWriter&) = delete;

  // Applies changes that start from the graph that the call before ended with,
  // the first time from the empty one. On success nothing but roots holds what
  // it made. Errors are those of the daemon.
  absl::Status Apply(const GraphChanges& changes);

  // By object of the graph that the last Apply() ended with.
  const std::vector<client::Ref>& refs() const { return refs_; }
  // Of all calls of Apply() together.
  uint64_t batch_count() const { return batch_count_; }
  uint64_t operation_count() const { return operation_count_; }

 private:
  absl::Status WriteObjects(const GraphChanges& changes);
  absl::Status AllocateObject(const ObjectGraph& graph, uint32_t object);
  absl::Status WriteSlots(const GraphChanges& changes);
  absl::Status WriteRoots(const GraphChanges& changes);
  absl::Status DefineType(uint32_t type);
  // Sends the batch if another operation with this many bytes would make it too
  // large.
  absl::Status MakeRoom(size_t bytes);
  absl::Status Send();

  const client::Session& session_;
  const TypeTable& types_;
  const BatchLimits limits_;
  std::vector<client::TypeId> type_ids_;  // by type, once defined
  std::vector<client::Ref> refs_;
  std::string zeros_;  // what payloads are filled with
  client::BatchBuilder batch_;
  // Objects that the batch allocates.
  std::vector<std::pair<uint32_t, client::LocalRef>> allocated_;
  uint64_t batch_count_ = 0;
  uint64_t operation_count_ = 0;
};

}  // namespace heapd::importer

#endif  // HEAPD_CLIENT_IMPORT_GRAPH_WRITER_H_
