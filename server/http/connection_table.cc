#include "server/http/connection_table.h"

#include <utility>
#include <vector>

#include "server/http/http_connection.h"

namespace heapd::server {

void ConnectionTable::Add(std::shared_ptr<HttpConnection> connection) {
  HttpConnection* const key = connection.get();
  entries_[key].connection = std::move(connection);
  const absl::MutexLock lock(&mu_);
  is_empty_ = false;
}

void ConnectionTable::Remove(HttpConnection* connection) {
  entries_.erase(connection);
  const absl::MutexLock lock(&mu_);
  is_empty_ = entries_.empty();
}

void ConnectionTable::SetWaiting(HttpConnection* connection) {
  const auto found = entries_.find(connection);
  if (found != entries_.end()) found->second.waiting_since = ++waits_;
}

void ConnectionTable::SetBusy(HttpConnection* connection) {
  const auto found = entries_.find(connection);
  if (found != entries_.end()) found->second.waiting_since = 0;
}

bool ConnectionTable::AbortLongestWaiting() {
  std::shared_ptr<HttpConnection> longest;
  uint64_t since = UINT64_MAX;
  for (const auto& [key, entry] : entries_) {
    if (entry.waiting_since == 0 || entry.waiting_since >= since) continue;
    since = entry.waiting_since;
    longest = entry.connection;
  }
  if (longest == nullptr) return false;
  longest->Abort();
  return true;
}

void ConnectionTable::AbortIf(bool (*matches)(const Entry&)) {
  std::vector<std::shared_ptr<HttpConnection>> found;
  for (const auto& [key, entry] : entries_) {
    if (matches(entry)) found.push_back(entry.connection);
  }
  for (const auto& connection : found) connection->Abort();
}

void ConnectionTable::AbortWaiting() {
  AbortIf([](const Entry& entry) { return entry.waiting_since != 0; });
}

void ConnectionTable::AbortAll() {
  AbortIf([](const Entry&) { return true; });
}

bool ConnectionTable::AwaitEmpty(absl::Duration timeout) {
  const absl::MutexLock lock(&mu_);
  return mu_.AwaitWithTimeout(absl::Condition(&is_empty_), timeout);
}

}  // namespace heapd::server
