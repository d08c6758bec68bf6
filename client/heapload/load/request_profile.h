#ifndef HEAPD_CLIENT_HEAPLOAD_LOAD_REQUEST_PROFILE_H_
#define HEAPD_CLIENT_HEAPLOAD_LOAD_REQUEST_PROFILE_H_

#include <cstdint>

#include "client/heapload/load/profile.h"

namespace heapd::heapload {

// ProfileKind::kRequest: a tree in which each object refers to eight, made from
// the leaves up in a scope of its own. One leaf goes into the table, where it
// stays until as many requests came as the table has places.
// Single-threaded.
class RequestProfile final : public Profile {
 public:
  explicit RequestProfile(const ProfileOptions& options);

 private:
  void Forget() override;
  void FillBatch(client::BatchBuilder& batch, BatchMemo& memo) override;
  void FillTrim(client::BatchBuilder& batch, BatchMemo& memo) override;

  uint32_t next_place_ = 0;
  uint32_t trim_hand_ = 0;
};

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_LOAD_REQUEST_PROFILE_H_
