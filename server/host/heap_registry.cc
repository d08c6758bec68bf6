#include "server/host/heap_registry.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "heap/base/check.h"
#include "heap/base/error.h"
#include "heap/base/status_macros.h"
#include "server/base/reasons.h"
#include "server/ops/logging.h"

namespace heapd::server {
namespace {

constexpr size_t kMaxIdBytes = 63;

bool IsIdCharacter(char c) {
  return absl::ascii_islower(static_cast<unsigned char>(c)) ||
         absl::ascii_isdigit(static_cast<unsigned char>(c)) || c == '-';
}

}  // namespace

absl::Status CheckHeapId(absl::string_view id) {
  if (id.empty()) return InvalidField("heap", "is required");
  if (id.size() > kMaxIdBytes ||
      !std::all_of(id.begin(), id.end(), IsIdCharacter) ||
      !absl::ascii_islower(static_cast<unsigned char>(id.front())) ||
      id.back() == '-') {
    return InvalidField("heap",
                        "must be 1 to 63 of a-z, 0-9 and '-', a letter first "
                        "and no '-' at the end");
  }
  return absl::OkStatus();
}

HeapRegistry::HeapRegistry(const HeapRegistryOptions& options,
                           const HostEnvironment& environment)
    : options_(options),
      environment_([&environment, this] {
        HostEnvironment shared = environment;
        shared.reclaim = this;
        return shared;
      }()),
      budget_(options.budget_bytes) {}

HeapRegistry::~HeapRegistry() {
  absl::MutexLock lock(&mu_);
  HEAPD_CHECK(heaps_.empty());
}

absl::StatusOr<HeapFigures> HeapRegistry::Create(
    const std::string& id, uint64_t limit_bytes, uint64_t reservation_bytes,
    absl::optional<uint64_t> new_space_bytes) {
  HEAPD_RETURN_IF_ERROR(CheckHeapId(id));
  HEAPD_RETURN_IF_ERROR(Reserve(id));
  HeapOptions options;
  options.limit_bytes =
      limit_bytes != 0 ? limit_bytes : options_.default_limit_bytes;
  options.reservation_bytes = reservation_bytes;
  options.new_space_bytes =
      new_space_bytes.value_or(options_.default_new_space_bytes);
  options.clear_free_memory = options_.clear_free_memory;
  options.stress = options_.stress;
  absl::StatusOr<std::shared_ptr<HostedHeap>> hosted =
      HostedHeap::Create(id, options, &budget_, environment_);
  {
    absl::MutexLock lock(&mu_);
    if (!hosted.ok()) {
      heaps_.erase(id);
      return std::move(hosted).status();
    }
    heaps_[id] = *hosted;
  }
  LogInfo("heap_created", {{"heap", id}, {"limit_bytes", options.limit_bytes}});
  return (*hosted)->figures();
}

absl::Status HeapRegistry::Reserve(const std::string& id) {
  absl::MutexLock lock(&mu_);
  if (heaps_.contains(id)) {
    return MakeError(absl::StatusCode::kAlreadyExists, reason::kHeapExists,
                     absl::StrCat("there is a heap '", id, "' already"));
  }
  if (heaps_.size() >= options_.max_heaps) {
    return MakeError(
        absl::StatusCode::kResourceExhausted, reason::kHeapCount,
        absl::StrCat("there are ", heaps_.size(), " heaps, which is the most"));
  }
  heaps_.emplace(id, nullptr);
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<HostedHeap>> HeapRegistry::Find(
    absl::string_view id) const {
  {
    absl::MutexLock lock(&mu_);
    const auto found = heaps_.find(id);
    if (found != heaps_.end() && found->second != nullptr) {
      return found->second;
    }
  }
  HEAPD_RETURN_IF_ERROR(CheckHeapId(id));
  return HeapNotFound(id);
}

std::vector<HeapFigures> HeapRegistry::List(absl::string_view after,
                                            size_t limit) const {
  absl::MutexLock lock(&mu_);
  std::vector<HeapFigures> listed;
  for (auto it = heaps_.upper_bound(after);
       it != heaps_.end() && listed.size() < limit; ++it) {
    if (it->second != nullptr) listed.push_back(it->second->figures());
  }
  return listed;
}

absl::StatusOr<HeapFigures> HeapRegistry::Update(
    absl::string_view id, absl::optional<uint64_t> limit_bytes,
    absl::optional<uint64_t> reservation_bytes) {
  HEAPD_ASSIGN_OR_RETURN(const std::shared_ptr<HostedHeap> hosted, Find(id));
  HEAPD_RETURN_IF_ERROR(
      RunAndWait(hosted, {}, nullptr, [&](HeapAccess& access) {
        const MemoryAccount& account = access.heap.account();
        return access.heap.SetLimits(
            limit_bytes.value_or(account.limit_bytes()),
            reservation_bytes.value_or(account.reservation_bytes()));
      }));
  return hosted->figures();
}

absl::Status HeapRegistry::Delete(absl::string_view id) {
  HEAPD_ASSIGN_OR_RETURN(const std::shared_ptr<HostedHeap> hosted, Find(id));
  {
    absl::MutexLock lock(&mu_);
    const auto found = heaps_.find(id);
    // Somebody else was faster.
    if (found == heaps_.end() || found->second != hosted) {
      return HeapNotFound(id);
    }
    heaps_.erase(found);
  }
  hosted->Close();
  LogInfo("heap_deleted", {{"heap", std::string(id)}});
  return absl::OkStatus();
}

std::vector<std::shared_ptr<HostedHeap>> HeapRegistry::All() const {
  absl::MutexLock lock(&mu_);
  std::vector<std::shared_ptr<HostedHeap>> all;
  for (const auto& [id, hosted] : heaps_) {
    if (hosted != nullptr) all.push_back(hosted);
  }
  return all;
}

absl::Duration HeapRegistry::OldestWaitingCallAge() const {
  absl::MutexLock lock(&mu_);
  absl::Duration oldest;
  for (const auto& [id, hosted] : heaps_) {
    if (hosted != nullptr)
      oldest = std::max(oldest, hosted->OldestWaitingAge());
  }
  return oldest;
}

absl::Duration HeapRegistry::LongestStuckAge() const {
  absl::MutexLock lock(&mu_);
  absl::Duration longest;
  for (const auto& [id, hosted] : heaps_) {
    if (hosted != nullptr) longest = std::max(longest, hosted->StuckAge());
  }
  return longest;
}

absl::optional<absl::Duration> HeapRegistry::TimeToReclaim() const {
  absl::MutexLock lock(&mu_);
  absl::optional<absl::Duration> first;
  for (const auto& [id, hosted] : heaps_) {
    if (hosted == nullptr) continue;
    const absl::optional<absl::Duration> time = hosted->TimeToReclaim();
    if (time.has_value()) first = std::min(first.value_or(*time), *time);
  }
  return first;
}

void HeapRegistry::Stop() {
  for (const auto& hosted : All()) hosted->Close();
  absl::MutexLock lock(&mu_);
  heaps_.clear();
}

}  // namespace heapd::server
