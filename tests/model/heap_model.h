#ifndef HEAPD_TESTS_MODEL_HEAP_MODEL_H_
#define HEAPD_TESTS_MODEL_HEAP_MODEL_H_

#include <cstdint>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "heap/object/value.h"

namespace heapd::testing {

// A type that objects are allocated with.
struct ModelType {
  uint32_t type = 0;
  uint32_t untagged = 0;
  std::string tag;
};

// What a heap should be, in the plainest form: maps, and a search for what can
// be reached. Shares nothing with the engine but the words Ref and Value.
struct ModelObject {
  uint32_t type = 0;
  std::string payload;
  std::vector<Value> slots;
  bool interned = false;
  std::string tag = {};
};

struct HeapModel {
  std::map<uint64_t, ModelObject> objects;  // by Ref::bits()
  std::map<std::string, uint64_t> roots;
  // Sessions with their scopes, each a set of refs.
  std::map<uint64_t, std::vector<std::set<uint64_t>>> sessions;
  std::map<uint64_t, std::string> session_tags;

  bool Holds(uint64_t session, uint64_t ref) const {
    for (const auto& scope : sessions.at(session)) {
      if (scope.count(ref) > 0) return true;
    }
    return false;
  }

  std::set<uint64_t> Reachable() const {
    std::set<uint64_t> reached;
    std::vector<uint64_t> queue;
    const auto reach = [&](uint64_t ref) {
      if (reached.insert(ref).second) queue.push_back(ref);
    };
    for (const auto& [name, ref] : roots) reach(ref);
    for (const auto& [id, scopes] : sessions) {
      for (const auto& scope : scopes) {
        for (const uint64_t ref : scope) reach(ref);
      }
    }
    while (!queue.empty()) {
      const ModelObject& object = objects.at(queue.back());
      queue.pop_back();
      for (const Value value : object.slots) {
        if (value.kind() == Value::Kind::kStrong) reach(value.ref().bits());
      }
    }
    return reached;
  }

  // What a collection leaves.
  void Collect() {
    const std::set<uint64_t> reached = Reachable();
    for (auto it = objects.begin(); it != objects.end();) {
      it = reached.count(it->first) > 0 ? std::next(it) : objects.erase(it);
    }
    ClearWeakSlots();
  }

  // Of what is not there any more.
  void ClearWeakSlots() {
    for (auto& [ref, object] : objects) {
      for (Value& value : object.slots) {
        if (value.kind() == Value::Kind::kWeak &&
            objects.count(value.ref().bits()) == 0) {
          value = Value::Null();
        }
      }
    }
  }
};

}  // namespace heapd::testing

#endif  // HEAPD_TESTS_MODEL_HEAP_MODEL_H_
