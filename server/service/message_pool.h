#ifndef HEAPD_SERVER_SERVICE_MESSAGE_POOL_H_
#define HEAPD_SERVER_SERVICE_MESSAGE_POOL_H_

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace heapd::server {

// Messages that were used and may be used again, cleared but with the memory
// of their columns: reading a batch into a new message grows each column from
// nothing, step by step. Keeps a bounded number of messages of a bounded size.
// Thread-safe; outlives what it gave out.
template <typename Message>
class MessagePool {
 public:
  static constexpr size_t kMaxMessages = 32;
  static constexpr size_t kMaxMessageBytes = size_t{256} << 10;

  MessagePool() = default;
  MessagePool(const MessagePool&) = delete;
  MessagePool& operator=(const MessagePool&) = delete;

  // An empty message.
  std::unique_ptr<Message> Take() ABSL_LOCKS_EXCLUDED(mu_) {
    {
      absl::MutexLock lock(&mu_);
      if (!messages_.empty()) {
        std::unique_ptr<Message> message = std::move(messages_.back());
        messages_.pop_back();
        return message;
      }
    }
    return std::make_unique<Message>();
  }

  void Give(std::unique_ptr<Message> message) ABSL_LOCKS_EXCLUDED(mu_) {
    if (message->SpaceUsedLong() > kMaxMessageBytes) return;
    message->Clear();
    absl::MutexLock lock(&mu_);
    if (messages_.size() < kMaxMessages) {
      messages_.push_back(std::move(message));
    }
  }

 private:
  absl::Mutex mu_;  // a leaf of the lock order
  std::vector<std::unique_ptr<Message>> messages_ ABSL_GUARDED_BY(mu_);
};

// One message of a pool. Thread-compatible.
template <typename Message>
class PooledMessage {
 public:
  explicit PooledMessage(MessagePool<Message>* pool)
      : pool_(pool), message_(pool->Take()) {}
  ~PooledMessage() { pool_->Give(std::move(message_)); }
  PooledMessage(const PooledMessage&) = delete;
  PooledMessage& operator=(const PooledMessage&) = delete;

  Message& operator*() { return *message_; }

 private:
  MessagePool<Message>* const pool_;
  std::unique_ptr<Message> message_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_SERVICE_MESSAGE_POOL_H_
