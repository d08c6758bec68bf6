#include "client/heapload/load/profile.h"

#include <algorithm>

#include "client/heapd/check.h"
#include "client/heapload/load/cache_profile.h"
#include "client/heapload/load/churn_profile.h"
#include "client/heapload/load/graph_profile.h"
#include "client/heapload/load/request_profile.h"

namespace heapd::heapload {
namespace {

// Payloads are slices of one text, so that making one costs nothing.
constexpr size_t kPayloadStarts = 4096;

std::string RandomBytes(size_t size, uint64_t seed) {
  Random random(seed);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>('!' + random.Below(94));
  return bytes;
}

}  // namespace

std::string_view ProfileName(ProfileKind kind) {
  switch (kind) {
    case ProfileKind::kChurn:
      return "churn";
    case ProfileKind::kCache:
      return "cache";
    case ProfileKind::kLeak:
      return "leak";
    case ProfileKind::kGraph:
      return "graph";
    case ProfileKind::kRequest:
      return "request";
  }
  return "";
}

Profile::Profile(const ProfileOptions& options)
    : options_(options),
      random_(options.seed),
      bytes_(RandomBytes(options.payload_bytes + kPayloadStarts,
                         SeedOf(options.seed, 0))) {}

void Profile::Begin(const Workspace& workspace) {
  workspace_ = workspace;
  ++epoch_;
  trim_requested_ = false;
  Forget();
}

void Profile::MakeBatch(client::BatchBuilder& batch, BatchMemo& memo) {
  memo.Clear();
  memo.epoch = epoch_;
  if (trim_requested_) {
    trim_requested_ = false;
    FillTrim(batch, memo);
  }
  // Also if there was nothing to trim.
  if (batch.empty()) FillBatch(batch, memo);
  memo.operation_count = batch.op_count();
}

void Profile::OnApplied(const BatchMemo& memo, const v1::BatchResult& result) {
  if (memo.epoch != epoch_) return;
  if (static_cast<uint32_t>(result.refs_size()) == memo.ref_count &&
      static_cast<uint32_t>(result.values_size()) == memo.value_count &&
      static_cast<uint32_t>(result.sizes_size()) == memo.payload_count) {
    Applied(memo, result);
    return;
  }
  Failed(memo, {.error_class = "BAD_RESULT", .maybe_applied = true});
}

void Profile::OnFailed(const BatchMemo& memo, const CallFailure& failure) {
  if (memo.epoch != epoch_) return;
  if (failure.error_class == "HEAP_LIMIT" || failure.error_class == "BUDGET") {
    RequestTrim();
  }
  Failed(memo, failure);
}

void Profile::Applied(const BatchMemo&, const v1::BatchResult&) {}
void Profile::Failed(const BatchMemo&, const CallFailure&) {}

std::string_view Profile::NextPayload() {
  return std::string_view(bytes_).substr(random_.Below(kPayloadStarts),
                                         options_.payload_bytes);
}

uint32_t Profile::trim_count() const {
  // A batch has room for 65,536 operations, two for each place at most.
  return std::clamp<uint32_t>(options_.live / 8, 1, 16384);
}

std::unique_ptr<Profile> NewProfile(ProfileKind kind,
                                    const ProfileOptions& options) {
  switch (kind) {
    case ProfileKind::kChurn:
      return std::make_unique<ChurnProfile>(options, ChurnProfile::Leak::kNo);
    case ProfileKind::kLeak:
      return std::make_unique<ChurnProfile>(options, ChurnProfile::Leak::kYes);
    case ProfileKind::kCache:
      return std::make_unique<CacheProfile>(options);
    case ProfileKind::kGraph:
      return std::make_unique<GraphProfile>(options);
    case ProfileKind::kRequest:
      return std::make_unique<RequestProfile>(options);
  }
  client::CheckFailed("known ProfileKind", __FILE__, __LINE__);
}

}  // namespace heapd::heapload
