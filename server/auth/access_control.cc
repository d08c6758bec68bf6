#include "server/auth/access_control.h"

#include <utility>

#include "absl/hash/hash.h"

namespace heapd::server {
namespace {

// Of no heap: no heap id has such a letter.
constexpr absl::string_view kAnyHeap = "*";

}  // namespace

size_t AccessControl::Hash::operator()(const Key& key) const {
  return absl::HashOf(absl::string_view(key.principal), key.groups,
                      absl::string_view(key.heap));
}

size_t AccessControl::Hash::operator()(const KeyView& key) const {
  return absl::HashOf(absl::string_view(key.principal.name),
                      key.principal.groups, key.heap);
}

bool AccessControl::Equal::operator()(const Key& left, const Key& right) const {
  return left.principal == right.principal && left.heap == right.heap &&
         left.groups == right.groups;
}

bool AccessControl::Equal::operator()(const Key& left,
                                      const KeyView& right) const {
  return left.principal == right.principal.name && left.heap == right.heap &&
         left.groups == right.principal.groups;
}

AccessControl::AccessControl(Policy policy)
    : policy_(std::make_shared<const Policy>(std::move(policy))) {}

void AccessControl::Replace(Policy policy) {
  auto fresh = std::make_shared<const Policy>(std::move(policy));
  {
    const absl::MutexLock lock(&mu_);
    policy_ = std::move(fresh);
  }
  // Release: a shard that sees the new generation (Decide()) finds this policy
  // or a later one.
  generation_.fetch_add(1, std::memory_order_release);
}

std::shared_ptr<const Policy> AccessControl::policy() const {
  const absl::MutexLock lock(&mu_);
  return policy_;
}

PermissionSet AccessControl::PermissionsOn(const Principal& principal,
                                           absl::string_view heap) const {
  const KeyView key{principal, heap};
  if (heap == kAnyHeap || heap.size() > kMaxHeapBytes) {
    return policy()->PermissionsOn(principal, heap);
  }
  return Decide(key);
}

PermissionSet AccessControl::PermissionsOnAny(
    const Principal& principal) const {
  return Decide({principal, kAnyHeap});
}

PermissionSet AccessControl::Ask(const Policy& policy, const KeyView& key) {
  return key.heap == kAnyHeap ? policy.PermissionsOnAny(key.principal)
                              : policy.PermissionsOn(key.principal, key.heap);
}

PermissionSet AccessControl::Decide(const KeyView& key) const {
  const size_t hash = Hash()(key);
  // By bits that the map itself hardly uses.
  Shard& shard = shards_[(hash >> 48) % kShards];
  const absl::MutexLock lock(&shard.mu);
  // Acquire: pairs with Replace().
  const uint64_t generation = generation_.load(std::memory_order_acquire);
  if (shard.generation != generation) {
    shard.decisions.clear();
    shard.policy = policy();
    shard.generation = generation;
  }
  const auto found = shard.decisions.find(key, hash);
  if (found != shard.decisions.end()) return found->second;
  const PermissionSet permissions = Ask(*shard.policy, key);
  // Whoever names heaps that there are not can fill it; then it begins anew.
  if (shard.decisions.size() >= kMaxDecisionsPerShard) shard.decisions.clear();
  shard.decisions.emplace(
      Key{key.principal.name, key.principal.groups, std::string(key.heap)},
      permissions);
  return permissions;
}

}  // namespace heapd::server
