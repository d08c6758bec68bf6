#ifndef HEAPD_SERVER_HTTP_CONNECTION_TABLE_H_
#define HEAPD_SERVER_HTTP_CONNECTION_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace heapd::server {

class HttpConnection;

// The open connections of a listener, and which of them wait for a client to
// send something. Of one thread, but for AwaitEmpty().
class ConnectionTable {
 public:
  ConnectionTable() = default;
  ConnectionTable(const ConnectionTable&) = delete;
  ConnectionTable& operator=(const ConnectionTable&) = delete;

  size_t size() const { return entries_.size(); }

  void Add(std::shared_ptr<HttpConnection> connection) ABSL_LOCKS_EXCLUDED(mu_);
  // Harmless when repeated.
  void Remove(HttpConnection* connection) ABSL_LOCKS_EXCLUDED(mu_);

  // It waits for a request from now on.
  void SetWaiting(HttpConnection* connection);
  // A request of it is being answered.
  void SetBusy(HttpConnection* connection);

  // Aborts the one that has waited for longest; false if none waits.
  bool AbortLongestWaiting();
  void AbortWaiting();
  void AbortAll();

  // Whether all are gone within that time. For any thread.
  bool AwaitEmpty(absl::Duration timeout) ABSL_LOCKS_EXCLUDED(mu_);

 private:
  struct Entry {
    std::shared_ptr<HttpConnection> connection;
    uint64_t waiting_since = 0;  // counts waits; 0: busy
  };

  void AbortIf(bool (*matches)(const Entry&));

  absl::flat_hash_map<HttpConnection*, Entry> entries_;
  uint64_t waits_ = 0;

  absl::Mutex mu_;
  bool is_empty_ ABSL_GUARDED_BY(mu_) = true;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HTTP_CONNECTION_TABLE_H_
