#include "tests/model/model_snapshot.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/model/model_run.h"

namespace heapd::testing {
namespace {

// Nodes that strong edges lead to from the first one, but for the four that
// every file has, and sessions.
std::vector<size_t> ReachableObjects(const SnapshotFile& file) {
  std::vector<bool> seen(file.nodes().size());
  std::vector<size_t> queue = {0};
  seen[0] = true;
  for (size_t next = 0; next < queue.size(); ++next) {
    for (const SnapshotFile::Edge& edge : file.nodes()[queue[next]].edges) {
      if (edge.type == "weak" || seen[edge.to]) continue;
      seen[edge.to] = true;
      queue.push_back(edge.to);
    }
  }
  std::vector<size_t> objects;
  for (size_t i = 0; i < seen.size(); ++i) {
    if (seen[i] && file.nodes()[i].type != "synthetic") objects.push_back(i);
  }
  return objects;
}

}  // namespace

ExpectedSnapshot::ExpectedSnapshot(const Heap& heap, const HeapModel& model) {
  for (const uint64_t bits : model.Reachable()) {
    const ModelObject& object = model.objects.at(bits);
    const Type& type = *heap.FindType(object.type);
    objects_.push_back({bits,
                        type.kind == TypeKind::kString ? std::string()
                                                       : std::string(type.name),
                        heap.Describe(Ref(bits))->self_size, object.tag,
                        object.slots});
  }
  std::sort(objects_.begin(), objects_.end(),
            [](const Object& a, const Object& b) {
              return Ref(a.bits).index() < Ref(b.bits).index();
            });
  roots_ = model.roots;
  for (const auto& [id, scopes] : model.sessions) {
    std::set<uint64_t>& held = sessions_[absl::StrCat("session ", id)];
    for (const auto& scope : scopes) held.insert(scope.begin(), scope.end());
  }
}

std::string ExpectedSnapshot::Compare(const std::string& text) const {
  const SnapshotFile file(text, SnapshotFile::Reachable::kMostNodes);
  const std::vector<size_t> nodes = ReachableObjects(file);
  if (nodes.size() != objects_.size()) {
    return absl::StrCat("the snapshot reaches ", nodes.size(),
                        " objects, the model ", objects_.size());
  }
  bits_of_node_.clear();
  for (size_t i = 0; i < nodes.size(); ++i) {
    bits_of_node_[nodes[i]] = objects_[i].bits;
  }
  for (size_t i = 0; i < nodes.size(); ++i) {
    const std::string wrong =
        CompareObject(file.nodes()[nodes[i]], objects_[i]);
    if (!wrong.empty()) return wrong;
  }
  return CompareHolds(file);
}

std::string ExpectedSnapshot::CompareObject(const SnapshotFile::Node& node,
                                            const Object& object) const {
  if (!object.type.empty() && node.name != object.type) {
    return Differ("type in a snapshot", object.bits);
  }
  if (node.self_size != object.self_size) {
    return Differ("self size in a snapshot", object.bits);
  }
  if (node.tag != object.tag) {
    return Differ("tag in a snapshot", object.bits);
  }
  std::vector<uint64_t> shown;
  for (const SnapshotFile::Edge& edge : node.edges) {
    const auto to = bits_of_node_.find(edge.to);
    // A weak ref to what was named since.
    if (to == bits_of_node_.end()) continue;
    shown.push_back(to->second << 1 | (edge.type == "weak" ? 1 : 0));
  }
  std::vector<uint64_t> expected;
  for (const Value value : object.slots) {
    const bool weak = value.kind() == Value::Kind::kWeak;
    if (!weak && value.kind() != Value::Kind::kStrong) continue;
    const bool is_there = std::any_of(
        objects_.begin(), objects_.end(),
        [value](const auto& o) { return o.bits == value.ref().bits(); });
    if (is_there) expected.push_back(value.ref().bits() << 1 | (weak ? 1 : 0));
  }
  return shown == expected ? "" : Differ("edges in a snapshot", object.bits);
}

std::string ExpectedSnapshot::CompareHolds(const SnapshotFile& file) const {
  std::map<std::string, uint64_t> roots;
  std::map<std::string, std::set<uint64_t>> sessions;
  for (const SnapshotFile::Node& node : file.nodes()) {
    if (node.name == "(Named roots)") {
      for (const SnapshotFile::Edge& edge : node.edges) {
        roots[edge.name] = bits_of_node_.at(edge.to);
      }
    }
    if (node.type != "synthetic" || node.name.rfind("session ", 0) != 0) {
      continue;
    }
    // "session NUMBER (LABEL)"
    const size_t open = node.name.find('(') + 1;
    std::set<uint64_t>& held =
        sessions[node.name.substr(open, node.name.size() - open - 1)];
    for (const SnapshotFile::Edge& edge : node.edges) {
      held.insert(bits_of_node_.at(edge.to));
    }
  }
  if (roots != roots_) return "roots in a snapshot differ";
  return sessions == sessions_ ? "" : "holds in a snapshot differ";
}

// ---- What the model test does with snapshots ----

class ModelRun::MutatingSpill final : public SnapshotSpill {
 public:
  explicit MutatingSpill(ModelRun* run) : run_(*run) {}

  absl::Status Append(absl::string_view bytes) override {
    for (uint64_t i = run_.Pick(3); i > 0 && wrong_.empty(); --i) {
      wrong_ = run_.Random();
    }
    return spill_.Append(bytes);
  }
  absl::StatusOr<size_t> Read(uint64_t offset,
                              absl::Span<char> buffer) override {
    return spill_.Read(offset, buffer);
  }
  const std::string& wrong() const { return wrong_; }

 private:
  ModelRun& run_;
  MemorySpill spill_;
  std::string wrong_;
};

std::string ModelRun::StartSnapshot() {
  if (heap_->IsMajorRunning() || capture_ != nullptr) return "";
  SnapshotOptions options;
  options.piece_objects = 1 + static_cast<uint32_t>(Pick(12));
  expected_ = std::make_unique<ExpectedSnapshot>(*heap_, model_);
  absl::StatusOr<std::shared_ptr<SnapshotCapture>> capture =
      heap_->StartSnapshot(options);
  if (!capture.ok()) return capture.status().ToString();
  capture_ = *std::move(capture);
  return FollowCollector();
}

std::string ModelRun::ReadSnapshot() {
  if (capture_ == nullptr || !capture_->IsMarked()) return "";
  const auto capture = std::move(capture_);
  const auto expected = std::move(expected_);
  MutatingSpill spill(this);
  const absl::Status status = capture->ReadInto(&spill);
  if (!spill.wrong().empty()) return spill.wrong();
  if (!status.ok()) return status.ToString();
  MemorySink sink;
  const absl::Status written =
      WriteCapturedSnapshot(*capture, &spill, &sink).status();
  return written.ok() ? expected->Compare(sink.text()) : written.ToString();
}

}  // namespace heapd::testing
