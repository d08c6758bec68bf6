#ifndef HEAPD_CLIENT_HEAPLOAD_LOAD_CACHE_PROFILE_H_
#define HEAPD_CLIENT_HEAPLOAD_LOAD_CACHE_PROFILE_H_

#include <cstdint>
#include <vector>

#include "client/heapload/load/place_table.h"
#include "client/heapload/load/profile.h"

namespace heapd::heapload {

// ProfileKind::kCache. The worker has the index from keys to places, the heap
// has the entries. A read reads the entry's payload, or, where its ref is not
// known, the table's slot, which tells it. Single-threaded.
class CacheProfile final : public Profile {
 public:
  explicit CacheProfile(const ProfileOptions& options);

 private:
  static constexpr uint32_t kNone = ~uint32_t{0};

  void Forget() override;
  void FillBatch(client::BatchBuilder& batch, BatchMemo& memo) override;
  void FillTrim(client::BatchBuilder& batch, BatchMemo& memo) override;
  void Applied(const BatchMemo& memo, const v1::BatchResult& result) override;
  void Failed(const BatchMemo& memo, const CallFailure& failure) override;

  uint32_t RandomKey();
  void Get(uint32_t key, client::BatchBuilder& batch, BatchMemo& memo);
  void Put(uint32_t key, client::BatchBuilder& batch, BatchMemo& memo);
  // Reads the slot of a place that a call on its way is changing.
  void Peek(uint32_t place, client::BatchBuilder& batch, BatchMemo& memo);
  // Where the key's new entry goes; kNone if every place is busy.
  uint32_t PlaceFor(uint32_t key);
  void Unmap(uint32_t place);
  void Learn(uint32_t place, uint64_t word);

  PlaceTable table_;
  std::vector<uint32_t> place_of_key_;
  std::vector<uint32_t> key_of_place_;
};

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_LOAD_CACHE_PROFILE_H_
