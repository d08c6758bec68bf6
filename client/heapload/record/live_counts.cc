#include "client/heapload/record/live_counts.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "client/heapd/remote_heap.h"
#include "client/heapd/status_macros.h"

namespace heapd::heapload {
namespace {

using client::Ref;
using client::Value;
using recording::HeapCounts;

// Objects read at a time, the most that one call takes, and the most bytes.
constexpr size_t kStarts = 1024;
constexpr uint32_t kMaxBytes = 32 << 20;

// The contract gives interned strings the type 1.
std::string NameOf(const client::TraverseReader::Row& row) {
  if (row.type.value() == 1) return kStrings;
  if (row.type_name.empty())
    return absl::StrCat("(type ", row.type.value(), ")");
  return std::string(row.type_name);
}

// Walks what roots reach.
class ReachableCounter {
 public:
  explicit ReachableCounter(client::RemoteHeap heap) : heap_(std::move(heap)) {}

  absl::Status Run(HeapCounts* counts) {
    HEAPD_CLIENT_ASSIGN_OR_RETURN(const std::vector<v1::Root> roots,
                                  heap_.ListRoots());
    for (const v1::Root& root : roots) Reach(Ref(root.ref()));
    while (!waiting_.empty()) HEAPD_CLIENT_RETURN_IF_ERROR(Step());
    uint64_t reached = 0;
    for (auto& [name, found] : classes_) {
      reached += found.count();
      *counts->add_classes() = found;
    }
    if (counts->object_count() > reached) {
      HeapCounts::Class* rest = counts->add_classes();
      rest->set_name(kHeldBySessions);
      rest->set_count(counts->object_count() - reached);
    }
    return absl::OkStatus();
  }

 private:
  void Reach(Ref ref) {
    if (reached_.insert(ref.id()).second) waiting_.push_back(ref);
  }

  absl::Status Step() {
    const size_t count = std::min(kStarts, waiting_.size());
    client::TraverseOptions options;
    options.refs.assign(waiting_.end() - static_cast<ptrdiff_t>(count),
                        waiting_.end());
    waiting_.resize(waiting_.size() - count);
    options.max_depth = 0;
    options.max_object_count = kStarts;
    options.max_bytes = kMaxBytes;
    HEAPD_CLIENT_ASSIGN_OR_RETURN(const client::TraverseReader reader,
                                  heap_.Traverse(options));
    if (reader.size() == 0) {
      return absl::InternalError("the daemon read no object");
    }
    // The limit of bytes may have ended it early; rows are in their order.
    for (size_t i = reader.size(); i < options.refs.size(); ++i) {
      waiting_.push_back(options.refs[i]);
    }
    for (size_t i = 0; i < reader.size(); ++i) Count(reader.row(i));
    return absl::OkStatus();
  }

  void Count(const client::TraverseReader::Row& row) {
    const std::string name = NameOf(row);
    HeapCounts::Class& found = classes_[name];
    found.set_name(name);
    found.set_count(found.count() + 1);
    found.set_payload_bytes(found.payload_bytes() + row.payload_size);
    found.set_slot_count(found.slot_count() + row.values.size());
    for (const Value& value : row.values) {
      if (value.kind() == Value::Kind::kStrong) Reach(value.ref());
    }
  }

  const client::RemoteHeap heap_;
  absl::flat_hash_set<uint64_t> reached_;
  std::vector<Ref> waiting_;
  std::map<std::string, HeapCounts::Class> classes_;
};

void AddTotals(const HeapCounts& recorded, const HeapCounts& replayed,
               std::vector<CountRow>* rows) {
  rows->push_back(
      {"objects", recorded.object_count(), replayed.object_count()});
  rows->push_back({"roots", recorded.root_count(), replayed.root_count()});
  rows->push_back(
      {"sessions", recorded.session_count(), replayed.session_count()});
  rows->push_back({"holds", recorded.hold_count(), replayed.hold_count()});
  rows->push_back({"interned strings", recorded.interned_string_count(),
                   replayed.interned_string_count()});
}

}  // namespace

absl::StatusOr<HeapCounts> CountLiveObjects(client::Client& client,
                                            const std::string& heap) {
  auto collection = client.Collect(heap);
  if (!collection.ok()) return collection.status();
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const v1::HeapStats stats,
                                client.GetStats(heap));
  HeapCounts counts;
  counts.set_heap(heap);
  counts.set_object_count(stats.object_count());
  counts.set_used_bytes(stats.used_bytes());
  counts.set_root_count(stats.root_count());
  counts.set_session_count(stats.session_count());
  counts.set_hold_count(stats.hold_count());
  counts.set_type_count(stats.type_count());
  counts.set_interned_string_count(stats.interned_string_count());
  HEAPD_CLIENT_RETURN_IF_ERROR(
      ReachableCounter(client.Heap(heap)).Run(&counts));
  return counts;
}

std::vector<CountRow> CompareCounts(const HeapCounts& recorded,
                                    const HeapCounts& replayed) {
  std::vector<CountRow> rows;
  AddTotals(recorded, replayed, &rows);
  std::map<std::string, std::pair<HeapCounts::Class, HeapCounts::Class>> pairs;
  for (const HeapCounts::Class& found : recorded.classes()) {
    pairs[found.name()].first = found;
  }
  for (const HeapCounts::Class& found : replayed.classes()) {
    pairs[found.name()].second = found;
  }
  for (const auto& [name, pair] : pairs) {
    const auto& [one, other] = pair;
    rows.push_back({name, one.count(), other.count()});
    rows.push_back({absl::StrCat(name, ", payload bytes"), one.payload_bytes(),
                    other.payload_bytes()});
    rows.push_back(
        {absl::StrCat(name, ", slots"), one.slot_count(), other.slot_count()});
  }
  return rows;
}

}  // namespace heapd::heapload
