#ifndef HEAPD_TESTS_E2E_STORM_MODEL_H_
#define HEAPD_TESTS_E2E_STORM_MODEL_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "client/heapd/value.h"

namespace heapd::e2e {

struct StormObject {
  std::string payload;
  std::vector<client::Value> slots;
  bool is_string = false;
};

// What one client has made of a heap: the daemon's operations in a line or two
// each. Objects go by their refs. A value; single-threaded.
class StormModel {
 public:
  void Allocate(uint64_t ref, std::string payload, size_t slot_count) {
    objects_[ref] = {std::move(payload), std::vector<client::Value>(slot_count),
                     false};
    Hold(ref);
  }

  // REQUIRES: it was allocated.
  StormObject& object(uint64_t ref) { return objects_.at(ref); }
  const StormObject& object(uint64_t ref) const { return objects_.at(ref); }

  std::map<std::string, uint64_t>& roots() { return roots_; }
  const std::map<std::string, uint64_t>& roots() const { return roots_; }

  // An object stays in the outermost scope that held it.
  void Hold(uint64_t ref) { holds_.emplace(ref, depth_); }
  void Release(uint64_t ref) { holds_.erase(ref); }
  // Refs, each with the scope that holds it.
  const std::map<uint64_t, uint32_t>& holds() const { return holds_; }

  uint32_t depth() const { return depth_; }
  void PushScope() { ++depth_; }
  // `carry` is 0 for none.
  void PopScope(uint64_t carry) {
    std::erase_if(holds_,
                  [this](const auto& hold) { return hold.second == depth_; });
    --depth_;
    if (carry != 0) Hold(carry);
  }

  // What holds and roots reach.
  std::set<uint64_t> Reachable() const {
    std::set<uint64_t> seen;
    std::vector<uint64_t> queue;
    const auto reach = [&](uint64_t ref) {
      if (seen.insert(ref).second) queue.push_back(ref);
    };
    for (const auto& [ref, depth] : holds_) reach(ref);
    for (const auto& [name, ref] : roots_) reach(ref);
    while (!queue.empty()) {
      const uint64_t from = queue.back();
      queue.pop_back();
      for (const client::Value value : objects_.at(from).slots) {
        if (value.kind() == client::Value::Kind::kStrong) {
          reach(value.ref().id());
        }
      }
    }
    return seen;
  }

 private:
  std::map<uint64_t, StormObject> objects_;
  std::map<std::string, uint64_t> roots_;
  std::map<uint64_t, uint32_t> holds_;
  uint32_t depth_ = 1;
};

}  // namespace heapd::e2e

#endif  // HEAPD_TESTS_E2E_STORM_MODEL_H_
