#ifndef HEAPD_CLIENT_HEAPLOAD_LOAD_GRAPH_PROFILE_H_
#define HEAPD_CLIENT_HEAPLOAD_LOAD_GRAPH_PROFILE_H_

#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "client/heapload/load/place_table.h"
#include "client/heapload/load/profile.h"

namespace heapd::heapload {

// ProfileKind::kGraph. Nodes are in the table and link to up to four others.
// A node that is replaced loses its links first: else what it was linked with
// would hang together for ever, and the graph would grow without bound.
// Single-threaded.
class GraphProfile final : public Profile {
 public:
  explicit GraphProfile(const ProfileOptions& options);

 private:
  void Forget() override;
  void FillBatch(client::BatchBuilder& batch, BatchMemo& memo) override;
  void FillTrim(client::BatchBuilder& batch, BatchMemo& memo) override;
  void Applied(const BatchMemo& memo, const v1::BatchResult& result) override;
  void Failed(const BatchMemo& memo, const CallFailure& failure) override;

  void FillOne(client::BatchBuilder& batch, BatchMemo& memo);
  // Each adds some operations, or none if nothing fits just now.
  void AddNode(client::BatchBuilder& batch, BatchMemo& memo);
  void Relink(client::BatchBuilder& batch, BatchMemo& memo);
  void Walk(client::BatchBuilder& batch, BatchMemo& memo);

  // The place of a node to link to or to look at, marked as used by `operation`
  // of the batch; false if there is none.
  bool UseNode(uint32_t operation, TouchKind kind, BatchMemo& memo,
               client::Ref& node);
  // Takes the links of the node there, and gives its ref.
  client::Ref BeginWrite(uint32_t place, client::BatchBuilder& batch);
  void EndWrite(uint32_t place, client::Ref node);
  void ForgetNode(uint32_t place);
  // Walks on from the nodes that were found.
  void Found(const Touch& touch, const v1::BatchResult& result);

  PlaceTable table_;
  absl::flat_hash_map<uint64_t, uint32_t> place_of_node_;
  std::vector<uint32_t> frontier_;  // places where walks go on
};

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_LOAD_GRAPH_PROFILE_H_
