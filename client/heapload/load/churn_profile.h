#ifndef HEAPD_CLIENT_HEAPLOAD_LOAD_CHURN_PROFILE_H_
#define HEAPD_CLIENT_HEAPLOAD_LOAD_CHURN_PROFILE_H_

#include <cstdint>

#include "client/heapload/load/profile.h"

namespace heapd::heapload {

// ProfileKind::kChurn and, with objects that are held for good, kLeak.
// Single-threaded.
class ChurnProfile final : public Profile {
 public:
  enum class Leak { kNo, kYes };

  ChurnProfile(const ProfileOptions& options, Leak leak);

 private:
  void Forget() override;
  void FillBatch(client::BatchBuilder& batch, BatchMemo& memo) override;
  void FillTrim(client::BatchBuilder& batch, BatchMemo& memo) override;
  // How many of the next batch's objects are leaked.
  uint32_t NextLeakCount();
  void AllocateItems(client::BatchBuilder& batch, uint32_t count);

  const Leak leak_;
  uint64_t object_count_ = 0;
  uint32_t trim_hand_ = 0;
};

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_LOAD_CHURN_PROFILE_H_
