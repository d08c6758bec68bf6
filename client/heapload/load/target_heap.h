#ifndef HEAPD_CLIENT_HEAPLOAD_LOAD_TARGET_HEAP_H_
#define HEAPD_CLIENT_HEAPLOAD_LOAD_TARGET_HEAP_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/heapd/client.h"

namespace heapd::heapload {

// The heap that a run loads: one that is there, or one that is made for the run
// and removed after it. Single-threaded.
class TargetHeap {
 public:
  // `client` outlives it. Removes the heap in the end if it was made and not
  // `keep`. Errors are the daemon's.
  static absl::StatusOr<TargetHeap> Open(client::Client& client,
                                         std::string heap,
                                         std::optional<uint64_t> limit_bytes,
                                         bool keep);
  ~TargetHeap();
  TargetHeap(TargetHeap&& other) noexcept;
  TargetHeap& operator=(TargetHeap&&) = delete;

  bool created() const { return created_; }
  // Removes it now, if it is to be removed. The second time it does nothing.
  absl::Status Remove();

 private:
  TargetHeap(client::Client& client, std::string heap, bool created, bool keep);

  client::Client* const client_;
  const std::string heap_;
  const bool created_;
  bool remove_;
};

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_LOAD_TARGET_HEAP_H_
