#ifndef HEAPD_TESTS_SERVER_STORAGE_MEMORY_STORE_H_
#define HEAPD_TESTS_SERVER_STORAGE_MEMORY_STORE_H_

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/match.h"
#include "absl/synchronization/mutex.h"
#include "server/storage/blob_store.h"

namespace heapd::server {

// Blobs in memory, with faults on request. Shared by copies of the handle, so
// that a test can look behind a catalog and "restart" it. Thread-safe.
class MemoryStore final : public BlobStore {
 public:
  struct State {
    absl::Mutex mu;
    std::map<std::string, std::string> blobs ABSL_GUARDED_BY(mu);
    // Which Append() or Commit(), counted from now, fails; -1: none.
    int fail_after ABSL_GUARDED_BY(mu) = -1;
    uint64_t free_bytes ABSL_GUARDED_BY(mu) =
        std::numeric_limits<uint64_t>::max();
    // Called at each Append() and Commit(), before it does anything.
    std::function<void()> on_write ABSL_GUARDED_BY(mu);
    // Whether what is stopped in Commit() has been done nevertheless, as it can
    // be when an answer is lost.
    bool commits_though_stopped ABSL_GUARDED_BY(mu) = false;
    // How many calls of Create(), List() and Discard() the network swallows.
    int failing_creates ABSL_GUARDED_BY(mu) = 0;
    // Deletions of names that end so fail.
    std::string undeletable ABSL_GUARDED_BY(mu) = "-";
    int failing_lists ABSL_GUARDED_BY(mu) = 0;
    int failing_discards ABSL_GUARDED_BY(mu) = 0;
  };

  explicit MemoryStore(std::shared_ptr<State> state,
                       std::string name = "memory", bool is_remote = false)
      : state_(std::move(state)),
        name_(std::move(name)),
        is_remote_(is_remote) {}

  absl::string_view name() const override { return name_; }
  bool is_remote() const override { return is_remote_; }

  using BlobStore::Create;
  absl::StatusOr<std::unique_ptr<BlobWriter>> Create(
      absl::string_view name, std::stop_token stop) override {
    absl::MutexLock lock(&state_->mu);
    if (state_->failing_creates > 0) {
      --state_->failing_creates;
      return absl::UnavailableError("planted fault");
    }
    if (state_->blobs.count(std::string(name)) > 0) {
      return absl::AlreadyExistsError("exists");
    }
    return std::make_unique<Writer>(state_, std::string(name), std::move(stop));
  }

  absl::StatusOr<std::unique_ptr<BlobReader>> Open(
      absl::string_view name) const override {
    absl::MutexLock lock(&state_->mu);
    const auto found = state_->blobs.find(std::string(name));
    if (found == state_->blobs.end()) return absl::NotFoundError("no blob");
    return std::make_unique<Reader>(found->second);
  }

  absl::Status Delete(absl::string_view name) override {
    absl::MutexLock lock(&state_->mu);
    if (absl::EndsWith(name, state_->undeletable)) {
      return absl::UnavailableError("planted fault");
    }
    return state_->blobs.erase(std::string(name)) > 0
               ? absl::OkStatus()
               : absl::NotFoundError("no blob");
  }

  absl::Status Discard(absl::string_view name) override {
    absl::MutexLock lock(&state_->mu);
    if (state_->failing_discards > 0) {
      --state_->failing_discards;
      return absl::UnavailableError("planted fault");
    }
    state_->blobs.erase(std::string(name));
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<std::string>> List() const override {
    absl::MutexLock lock(&state_->mu);
    if (state_->failing_lists > 0) {
      --state_->failing_lists;
      return absl::UnavailableError("planted fault");
    }
    std::vector<std::string> names;
    for (const auto& [name, data] : state_->blobs) names.push_back(name);
    return names;
  }

  absl::StatusOr<uint64_t> FreeBytes() const override {
    absl::MutexLock lock(&state_->mu);
    return state_->free_bytes;
  }

 private:
  class Writer final : public BlobWriter {
   public:
    Writer(std::shared_ptr<State> state, std::string name, std::stop_token stop)
        : state_(std::move(state)),
          name_(std::move(name)),
          stop_(std::move(stop)) {}

    absl::Status Append(absl::string_view data) override {
      TellOfWrite();
      if (stop_.stop_requested()) return absl::CancelledError("stopped");
      absl::MutexLock lock(&state_->mu);
      if (Fails()) return absl::UnavailableError("planted fault");
      data_.append(data.data(), data.size());
      return absl::OkStatus();
    }

    absl::Status Commit() override {
      TellOfWrite();
      absl::MutexLock lock(&state_->mu);
      if (stop_.stop_requested()) {
        if (state_->commits_though_stopped) state_->blobs[name_] = data_;
        return absl::CancelledError("stopped");
      }
      if (Fails()) return absl::UnavailableError("planted fault");
      state_->blobs[name_] = data_;
      return absl::OkStatus();
    }

   private:
    void TellOfWrite() {
      std::function<void()> on_write;
      {
        absl::MutexLock lock(&state_->mu);
        on_write = state_->on_write;
      }
      if (on_write != nullptr) on_write();
    }
    bool Fails() ABSL_EXCLUSIVE_LOCKS_REQUIRED(state_->mu) {
      return state_->fail_after >= 0 && state_->fail_after-- == 0;
    }

    const std::shared_ptr<State> state_;
    const std::string name_;
    const std::stop_token stop_;
    std::string data_;
  };

  class Reader final : public BlobReader {
   public:
    explicit Reader(std::string data) : data_(std::move(data)) {}

    uint64_t size_bytes() const override { return data_.size(); }

    absl::StatusOr<size_t> Read(uint64_t offset,
                                absl::Span<char> buffer) const override {
      if (offset >= data_.size()) return 0;
      return data_.copy(buffer.data(), buffer.size(), offset);
    }

   private:
    const std::string data_;
  };

  const std::shared_ptr<State> state_;
  const std::string name_;
  const bool is_remote_;
};

}  // namespace heapd::server

#endif  // HEAPD_TESTS_SERVER_STORAGE_MEMORY_STORE_H_
