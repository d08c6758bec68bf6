#ifndef HEAPD_CLIENT_HEAPD_CLIENT_H_
#define HEAPD_CLIENT_HEAPD_CLIENT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/heapd/client_options.h"
#include "client/heapd/connection.h"
#include "client/heapd/ids.h"
#include "client/heapd/ref.h"
#include "client/heapd/remote_heap.h"
#include "client/heapd/session.h"
#include "heapd/v1/collector_service.grpc.pb.h"
#include "heapd/v1/heap_service.grpc.pb.h"

namespace heapd::client {

// A heap's sizes, all in bytes. Unset ones stay as they are.
struct HeapLimits {
  std::optional<uint64_t> limit_bytes = {};
  std::optional<uint64_t> reservation_bytes = {};
  // Of one half of new space; only when the heap is created.
  std::optional<uint64_t> new_space_bytes = {};
};

// What an analysis lists.
struct AnalyzeOptions {
  int max_class_count = 0;  // and tags; at most 1,000, 0 takes 20
  int max_object_count = 0;
  // Only objects of this class, and with this tag; empty for all.
  std::string class_name = {};
  std::string tag = {};
};

// A connection to one heapd: heaps, sessions, collections. Objects are reached
// through a Session, or through Heap() where nothing needs to be held.
//
//   auto client = Client::Connect("127.0.0.1:7700");
//   (*client)->CreateHeap("cache", {.limit_bytes = 1 << 30});
//   auto session = (*client)->OpenSession("cache");
//
// Thread-safe. What came from it may outlive it: sessions go on being renewed.
// Calls block until they are answered, retries included; errors are those of
// proto/heapd/v1, see status.h for their reasons.
class Client {
 public:
  // `address`: "host:port" or "unix:/path". Connects with the first call, so
  // that a daemon that is not there yet is no error here. INVALID_ARGUMENT for
  // an address that is not one.
  static absl::StatusOr<std::unique_ptr<Client>> Connect(
      std::string_view address, ClientOptions options = {});

  explicit Client(std::shared_ptr<Connection> connection);
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Heaps. Limits that are not set take the daemon's defaults in CreateHeap().
  absl::StatusOr<v1::Heap> CreateHeap(std::string_view heap,
                                      const HeapLimits& limits = {});
  absl::StatusOr<v1::Heap> GetHeap(std::string_view heap);
  // All heaps, in the order of their ids.
  absl::StatusOr<std::vector<v1::Heap>> ListHeaps();
  absl::StatusOr<v1::Heap> UpdateHeap(std::string_view heap,
                                      const HeapLimits& limits);
  absl::Status DeleteHeap(std::string_view heap);

  // Opens a session, renewed until it is closed or destroyed.
  absl::StatusOr<Session> OpenSession(std::string_view heap,
                                      const SessionOptions& options = {});
  // Renews a session once and returns its time to live, or closes it: for those
  // who have only the id.
  absl::StatusOr<absl::Duration> RenewSession(std::string_view heap,
                                              SessionId session);
  absl::Status CloseSession(std::string_view heap, SessionId session);

  // The objects of a heap, with no session or with one that someone else keeps
  // alive. Makes no call.
  RemoteHeap Heap(std::string_view heap, SessionId session = SessionId());

  // Collects now.
  absl::StatusOr<v1::Collection> Collect(
      std::string_view heap,
      v1::CollectionKind kind = v1::COLLECTION_KIND_MAJOR);
  absl::StatusOr<v1::HeapStats> GetStats(std::string_view heap);
  // Why an object lives.
  absl::StatusOr<v1::ExplainObjectResponse> Explain(std::string_view heap,
                                                    Ref ref);
  // What the heap's memory is and what keeps it.
  absl::StatusOr<v1::AnalyzeHeapResponse> Analyze(
      std::string_view heap, const AnalyzeOptions& options = {});
  // The sessions that hold most, and how many there are; at most
  // `max_session_count` (1,000; 0 takes 20).
  absl::StatusOr<v1::ListSessionsResponse> ListSessions(
      std::string_view heap, int max_session_count = 0);
  // Checks every invariant, and returns how many objects were checked.
  absl::StatusOr<uint64_t> Verify(std::string_view heap);
  // Calls `on_collection` for every collection (of `kind`, unless that is
  // UNSPECIFIED) as it ends, until it returns
  // false (then OK), the stream breaks, or `timeout` is over
  // (DEADLINE_EXCEEDED).
  absl::Status WatchCollections(
      std::string_view heap, v1::CollectionKind kind, absl::Duration timeout,
      absl::FunctionRef<bool(const v1::WatchCollectionsResponse&)>
          on_collection);

 private:
  const std::shared_ptr<Connection> connection_;
  const std::unique_ptr<v1::HeapService::Stub> heaps_;
  const std::unique_ptr<v1::CollectorService::Stub> collector_;
  const std::shared_ptr<v1::ObjectService::Stub> objects_;
};

}  // namespace heapd::client

#endif  // HEAPD_CLIENT_HEAPD_CLIENT_H_
