#ifndef HEAPD_CLIENT_HEAPD_REMOTE_HEAP_H_
#define HEAPD_CLIENT_HEAPD_REMOTE_HEAP_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "client/heapd/batch_builder.h"
#include "client/heapd/batch_reader.h"
#include "client/heapd/connection.h"
#include "client/heapd/ids.h"
#include "client/heapd/pipeline.h"
#include "client/heapd/ref.h"
#include "client/heapd/traverse.h"
#include "client/heapd/value.h"
#include "heapd/v1/object_service.grpc.pb.h"

namespace heapd::client {

// How objects of a type are shown in snapshots.
enum class TypeKind { kObject, kString };

// Which part of an object to read.
struct ReadOptions {
  uint32_t payload_offset = 0;
  std::optional<uint32_t> payload_limit = {};  // bytes; unset: all
  uint32_t slot_offset = 0;
  std::optional<uint32_t> slot_limit = {};  // unset: all
};

// An object, or the part of it that was asked for.
struct ObjectData {
  TypeId type;
  std::string type_name;
  uint32_t payload_size = 0;  // of the whole payload, in bytes
  std::string payload;
  uint32_t slot_count = 0;  // of the whole object
  std::vector<Value> values;
  // What the object costs the heap, in bytes.
  uint64_t self_size = 0;
  std::string tag;  // where it was allocated; empty for none
};

// The calls on the objects of one heap, optionally in the name of a session,
// which they then renew. It owns nothing in the daemon: see Session for that.
// Cheap to copy; copies share the connection, and may outlive their Client.
//
// Thread-safe; calls of one object from several threads are applied in whatever
// order they arrive. Each blocks until it is answered, retries included.
//
// Errors are those of proto/heapd/v1/object_service.proto; ErrorReason() in
// status.h tells them apart.
class RemoteHeap {
 public:
  RemoteHeap(std::shared_ptr<Connection> connection, std::string heap,
             SessionId session = SessionId());

  const std::string& name() const { return heap_; }
  // The session that calls are made for; none if there is none.
  SessionId session() const { return session_; }

  // Types. DefineType() gives the same id for the same name, kind, slots and
  // tag: what is allocated with it has that tag.
  absl::StatusOr<TypeId> DefineType(
      std::string_view name, const std::vector<std::string>& slot_names = {},
      TypeKind kind = TypeKind::kObject, std::string_view tag = {}) const;
  // All types, in the order of their ids.
  absl::StatusOr<std::vector<v1::Type>> ListTypes() const;

  // New objects, held by the session's current scope. These need a session.
  absl::StatusOr<Ref> Allocate(TypeId type, std::string_view payload,
                               absl::Span<const Value> values = {},
                               uint32_t slot_count = 0) const;
  absl::StatusOr<Ref> AllocateString(std::string_view content) const;
  // Copies `ref` and what it strongly reaches over at most `max_depth` links,
  // at most `max_object_count` objects (0: 1,024).
  absl::StatusOr<Ref> Copy(Ref ref, uint32_t max_depth = 0,
                           uint32_t max_object_count = 0) const;

  // Objects.
  absl::StatusOr<ObjectData> Read(Ref ref,
                                  const ReadOptions& options = {}) const;
  absl::Status Write(Ref ref, uint32_t offset, std::string_view bytes) const;
  // These two return what was in the slot.
  absl::StatusOr<Value> Link(Ref ref, uint32_t slot, Value value) const;
  absl::StatusOr<Value> Unlink(Ref ref, uint32_t slot) const;
  // Returns the new number of slots.
  absl::StatusOr<uint32_t> AddSlots(Ref ref, uint32_t count) const;

  // Holds of the session. These need one.
  absl::Status Hold(Ref ref) const;
  absl::Status Release(absl::Span<const Ref> refs) const;
  // Return how many scopes are open.
  absl::StatusOr<uint32_t> PushScope() const;
  absl::StatusOr<uint32_t> PopScope(Ref carry = Ref()) const;

  // Roots. Root() and Unroot() return what the name held, null if nothing.
  absl::StatusOr<Ref> Root(std::string_view name, Ref ref) const;
  absl::StatusOr<Ref> Unroot(std::string_view name) const;
  absl::StatusOr<Ref> GetRoot(std::string_view name) const;
  // All names with their objects, in byte order of the names.
  absl::StatusOr<std::vector<v1::Root>> ListRoots() const;

  // Applies a batch atomically. On an error nothing was changed, and
  // FailedOperation() says what was wrong.
  // `tag` is that of what it allocates with types that have none.
  absl::StatusOr<BatchReader> Apply(BatchBuilder&& batch,
                                    std::string_view tag = {}) const;
  // The same over a stream, several batches on their way at a time.
  absl::StatusOr<std::unique_ptr<Pipeline>> OpenPipeline(
      const PipelineOptions& options = {}) const;

  // Reads what can be reached.
  absl::StatusOr<TraverseReader> Traverse(const TraverseOptions& options) const;

 protected:
  const std::shared_ptr<Connection>& connection() const { return connection_; }
  v1::ObjectService::Stub& stub() const { return *stub_; }

 private:
  template <typename Request>
  Request NewRequest() const;
  template <typename Request>
  Request NewMutation() const;
  template <typename Response, typename Request>
  absl::StatusOr<Response> Call(grpc::Status (v1::ObjectService::Stub::*method)(
                                    grpc::ClientContext*, const Request&,
                                    Response*),
                                const Request& request,
                                Repeat repeat = Repeat::kSafe) const;
  template <typename Response, typename Request>
  absl::StatusOr<Response> Mutate(
      grpc::Status (v1::ObjectService::Stub::*method)(grpc::ClientContext*,
                                                      const Request&,
                                                      Response*),
      const Request& request) const;

  std::shared_ptr<Connection> connection_;
  std::shared_ptr<v1::ObjectService::Stub> stub_;
  std::string heap_;
  SessionId session_;
};

}  // namespace heapd::client

#endif  // HEAPD_CLIENT_HEAPD_REMOTE_HEAP_H_
