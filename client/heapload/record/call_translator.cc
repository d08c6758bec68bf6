#include "client/heapload/record/call_translator.h"

#include <algorithm>

#include "client/heapload/record/entry.h"
#include "client/heapload/record/ref_sights.h"

namespace heapd::heapload {
namespace {

using recording::Entry;

// Words of a batch: the upper four bits say what the rest is.
constexpr uint64_t kTagMask = uint64_t{0xF} << 60;
constexpr uint64_t kStrongTag = 0;
constexpr uint64_t kWeakTag = uint64_t{1} << 60;
constexpr uint64_t kLocalBit = uint64_t{1} << 63;

// Each of these replaces every ref by `map(ref)`; null and local refs are left
// alone.
template <typename Map>
uint64_t MapRef(uint64_t ref, Map map) {
  return ref == 0 || (ref & kLocalBit) != 0 ? ref : map(ref);
}

template <typename Map>
void MapValue(v1::Value* value, Map map) {
  if (value->has_strong_ref()) {
    value->set_strong_ref(MapRef(value->strong_ref(), map));
  } else if (value->has_weak_ref()) {
    value->set_weak_ref(MapRef(value->weak_ref(), map));
  }
}

template <typename Map>
uint64_t MapWord(uint64_t word, Map map) {
  const uint64_t tag = word & kTagMask;
  if (tag != kStrongTag && tag != kWeakTag) return word;
  return tag | MapRef(word & ~kTagMask, map);
}

template <typename Map>
void MapBatch(v1::Batch* batch, Map map) {
  for (uint64_t& ref : *batch->mutable_refs()) ref = MapRef(ref, map);
  for (uint64_t& word : *batch->mutable_values()) word = MapWord(word, map);
}

template <typename Request, typename Map>
void MapRefs(Request& request, Map map) {
  if constexpr (requires { request.set_ref(uint64_t{}); }) {
    request.set_ref(MapRef(request.ref(), map));
  }
  if constexpr (requires { request.set_carry_ref(uint64_t{}); }) {
    request.set_carry_ref(MapRef(request.carry_ref(), map));
  }
  if constexpr (requires { request.mutable_refs(); }) {
    for (uint64_t& ref : *request.mutable_refs()) ref = MapRef(ref, map);
  }
  if constexpr (requires { request.mutable_value(); }) {
    MapValue(request.mutable_value(), map);
  }
  if constexpr (requires { request.mutable_values(); }) {
    for (v1::Value& value : *request.mutable_values()) MapValue(&value, map);
  }
  if constexpr (requires { request.mutable_batch(); }) {
    MapBatch(request.mutable_batch(), map);
  }
}

template <typename Request, typename Map>
void MapTypes(Request& request, Map map) {
  if constexpr (requires { request.set_type(uint32_t{}); }) {
    request.set_type(map(request.type()));
  }
  if constexpr (requires { request.mutable_batch(); }) {
    for (uint32_t& type : *request.mutable_batch()->mutable_types()) {
      type = map(type);
    }
  }
}

uint64_t MappedOr0(const absl::flat_hash_map<uint64_t, uint64_t>& map,
                   uint64_t key) {
  const auto found = map.find(key);
  return found == map.end() ? 0 : found->second;
}

void FillBatch(const Entry& entry, ReplayStrings& strings, v1::Batch* batch) {
  std::string* payloads = batch->mutable_payloads();
  int next_size = 0;
  int next_hash = 0;
  for (const int kind : batch->kinds()) {
    const bool is_string = kind == v1::OPERATION_KIND_ALLOCATE_STRING;
    if (!is_string && kind != v1::OPERATION_KIND_ALLOCATE &&
        kind != v1::OPERATION_KIND_ALLOCATE_UNHELD &&
        kind != v1::OPERATION_KIND_WRITE) {
      continue;
    }
    if (next_size == batch->sizes_size()) return;
    const uint32_t size = batch->sizes(next_size++);
    if (is_string && next_hash < entry.string_hashes_size()) {
      *payloads += strings.Content(entry.string_hashes(next_hash++), size);
    } else {
      AppendFiller(size, payloads);
    }
  }
}

template <typename Request>
void Fill(const Entry& entry, ReplayStrings& strings, Request& request) {
  if constexpr (requires { request.mutable_payload(); }) {
    AppendFiller(entry.payload_size(), request.mutable_payload());
  }
  if constexpr (requires { request.mutable_content(); }) {
    *request.mutable_content() = strings.Content(
        entry.string_hashes_size() > 0 ? entry.string_hashes(0) : 0,
        entry.payload_size());
  }
  if constexpr (requires { request.mutable_batch(); }) {
    FillBatch(entry, strings, request.mutable_batch());
  }
}

template <typename Request>
void SetLimits(const ReplayLimits& limits, Request& request) {
  if constexpr (requires { request.set_limit_bytes(uint64_t{}); }) {
    if (!limits.limit_bytes) return;
    request.set_limit_bytes(*limits.limit_bytes);
    request.set_reservation_bytes(
        std::min(request.reservation_bytes(), *limits.limit_bytes));
  }
}

}  // namespace

void ReplayIds::Clear() {
  refs.Clear();
  sessions.clear();
  types = {{1, 1}};
}

CallNeeds NeedsOf(Entry& entry, const ReplayIds& ids) {
  CallNeeds needs = CallNeeds::kNothing;
  const uint64_t session = SessionOf(entry);
  if (session != 0) {
    const auto found = ids.sessions.find(session);
    if (found == ids.sessions.end()) return CallNeeds::kSession;
    if (found->second == 0) return CallNeeds::kLost;
  }
  VisitRequest(entry, [&](auto& request) {
    MapTypes(request, [&](uint32_t type) {
      if (!ids.types.contains(type)) needs = CallNeeds::kType;
      return type;
    });
    MapRefs(request, [&](uint64_t ref) {
      const RefMap::State state = ids.refs.Find(ref).state;
      if (state == RefMap::State::kLost) needs = CallNeeds::kLost;
      if (state == RefMap::State::kUnknown && needs == CallNeeds::kNothing) {
        needs = CallNeeds::kRef;
      }
      return ref;
    });
  });
  return needs;
}

void Translate(const ReplayLimits& limits, const ReplayIds& ids,
               ReplayStrings& strings, Entry* entry) {
  VisitRequest(*entry, [&](auto& request) {
    request.set_heap(ids.heap);
    if constexpr (requires { request.set_session(uint64_t{}); }) {
      request.set_session(MappedOr0(ids.sessions, request.session()));
    }
    MapTypes(request,
             [&](uint32_t type) { return ids.types.find(type)->second; });
    MapRefs(request, [&](uint64_t ref) { return ids.refs.Find(ref).ref; });
    SetLimits(limits, request);
    Fill(*entry, strings, request);
  });
}

void LearnAnswer(const Entry& recorded, const Entry& replayed, ReplayIds* ids) {
  const int refs = std::min(recorded.refs_size(), replayed.refs_size());
  for (int i = 0; i < refs; ++i) {
    ids->refs.Learn(recorded.refs(i), replayed.refs(i));
  }
  // In a place where the recording saw a ref and the replay a null, there was
  // nothing to learn.
  if (replayed.former_ref() != 0) {
    ids->refs.Learn(recorded.former_ref(), replayed.former_ref());
  }
  const int values = std::min(recorded.values_size(), replayed.values_size());
  for (int i = 0; i < values; ++i) {
    const uint64_t ref = RefOfWord(replayed.values(i));
    if (ref != 0) ids->refs.Learn(RefOfWord(recorded.values(i)), ref);
  }
  if (recorded.session() != 0) {
    ids->sessions.insert_or_assign(recorded.session(), replayed.session());
  }
  if (recorded.type() != 0) ids->types[recorded.type()] = replayed.type();
}

void LoseAnswer(const Entry& recorded, ReplayIds* ids) {
  for (const uint64_t ref : recorded.refs()) ids->refs.Learn(ref, 0);
  if (recorded.session() != 0) ids->sessions.try_emplace(recorded.session(), 0);
}

}  // namespace heapd::heapload
