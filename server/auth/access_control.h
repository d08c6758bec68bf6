#ifndef HEAPD_SERVER_AUTH_ACCESS_CONTROL_H_
#define HEAPD_SERVER_AUTH_ACCESS_CONTROL_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "server/auth/permission.h"
#include "server/auth/policy.h"
#include "server/auth/principal.h"

namespace heapd::server {

// The policy in force, asked for every call: what it says of a caller and a
// heap is remembered until the policy is replaced. Remembers a bounded number
// of such pairs, whatever callers name. Thread-safe.
class AccessControl {
 public:
  explicit AccessControl(Policy policy);
  AccessControl(const AccessControl&) = delete;
  AccessControl& operator=(const AccessControl&) = delete;

  // From here on `policy` is in force: every question that is asked after this
  // returned is answered by it.
  void Replace(Policy policy) ABSL_LOCKS_EXCLUDED(mu_);

  // What `principal` may do with that heap, whether it exists or not.
  PermissionSet PermissionsOn(const Principal& principal,
                              absl::string_view heap) const;
  // What `principal` may do with one heap or another.
  PermissionSet PermissionsOnAny(const Principal& principal) const;

 private:
  // Whom a decision is about. By value: the name alone is not enough, for two
  // tokens of one subject can name different groups.
  struct Key {
    std::string principal;
    std::vector<std::string> groups;
    std::string heap;
  };
  struct KeyView {
    const Principal& principal;
    absl::string_view heap;
  };
  struct Hash {
    using is_transparent = void;
    size_t operator()(const Key& key) const;
    size_t operator()(const KeyView& key) const;
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const Key& left, const Key& right) const;
    bool operator()(const Key& left, const KeyView& right) const;
    bool operator()(const KeyView& left, const Key& right) const {
      return (*this)(right, left);
    }
  };
  // A part of the decisions, so that callers seldom wait for each other.
  struct Shard {
    absl::Mutex mu;  // a leaf of the lock order, but for mu_
    uint64_t generation ABSL_GUARDED_BY(mu) = 0;
    std::shared_ptr<const Policy> policy ABSL_GUARDED_BY(mu);
    absl::flat_hash_map<Key, PermissionSet, Hash, Equal> decisions
        ABSL_GUARDED_BY(mu);
  };
  static constexpr size_t kShards = 16;
  static constexpr size_t kMaxDecisionsPerShard = 512;
  // Longer ones are no heap ids, nor worth to be remembered.
  static constexpr size_t kMaxHeapBytes = 64;

  std::shared_ptr<const Policy> policy() const ABSL_LOCKS_EXCLUDED(mu_);
  PermissionSet Decide(const KeyView& key) const;
  static PermissionSet Ask(const Policy& policy, const KeyView& key);

  mutable absl::Mutex mu_;  // a leaf of the lock order
  std::shared_ptr<const Policy> policy_ ABSL_GUARDED_BY(mu_);
  // Grows with each policy; 0 is that of no shard.
  std::atomic<uint64_t> generation_{1};
  mutable std::array<Shard, kShards> shards_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_AUTH_ACCESS_CONTROL_H_
