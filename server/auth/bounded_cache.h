#ifndef HEAPD_SERVER_AUTH_BOUNDED_CACHE_H_
#define HEAPD_SERVER_AUTH_BOUNDED_CACHE_H_

#include <cstddef>
#include <utility>

#include "absl/container/flat_hash_map.h"

namespace heapd::server {

// Remembers what was put in or looked up lately, at most 2 * `generation_size`
// entries. Two generations: new entries go into the young one; when that is
// full it becomes the old one, and the old one is forgotten. What is found in
// the old one is young again. Every operation takes constant time but for the
// one in `generation_size` that forgets. Thread-compatible.
template <typename Key, typename Value>
class BoundedCache {
 public:
  explicit BoundedCache(size_t generation_size)
      : generation_size_(generation_size) {}

  // The value of `key`, or null. Valid until the next call.
  template <typename K>
  const Value* Find(const K& key) {
    const auto young = young_.find(key);
    if (young != young_.end()) return &young->second;
    const auto old = old_.find(key);
    if (old == old_.end()) return nullptr;
    auto entry = std::move(*old);
    old_.erase(old);
    MakeRoom();
    return &young_.insert(std::move(entry)).first->second;
  }

  void Insert(Key key, Value value) {
    old_.erase(key);
    if (!young_.contains(key)) MakeRoom();
    young_.insert_or_assign(std::move(key), std::move(value));
  }

  void Erase(const Key& key) {
    young_.erase(key);
    old_.erase(key);
  }

  void Clear() {
    young_.clear();
    old_.clear();
  }

  size_t size() const { return young_.size() + old_.size(); }

 private:
  void MakeRoom() {
    if (young_.size() < generation_size_) return;
    old_ = std::exchange(young_, {});
  }

  const size_t generation_size_;
  absl::flat_hash_map<Key, Value> young_;
  absl::flat_hash_map<Key, Value> old_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_AUTH_BOUNDED_CACHE_H_
