#ifndef HEAPD_CLIENT_HEAPLOAD_LOAD_PROFILE_H_
#define HEAPD_CLIENT_HEAPLOAD_LOAD_PROFILE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "client/heapd/batch_builder.h"
#include "client/heapload/load/batch_memo.h"
#include "client/heapload/load/call_failure.h"
#include "client/heapload/load/random.h"
#include "client/heapload/load/workspace.h"
#include "heapd/v1/batch.pb.h"

namespace heapd::heapload {

// What kind of application the load looks like.
enum class ProfileKind {
  // Short-lived objects that refer to each other; each tenth replaces one in a
  // random place of a table. What most programs do most of the time.
  kChurn,
  // Entries by key: 90 % reads, 10 % writes, and a write after each read that
  // missed; eviction when it is full. Half of the accesses go to an eighth of
  // the keys, of which there are twice as many as places.
  kCache,
  // As churn, but each `leak_every`th object is held for good. A program that
  // forgets to let go; the heap fills up until calls fail with HEAP_LIMIT.
  kLeak,
  // A linked graph that grows to `live` nodes of four links; then nodes are
  // replaced, links changed, and the graph walked along its links. What a
  // collector has most work with: much live, linked criss-cross, and changing.
  kGraph,
  // Each call is a request that allocates a tree of objects, keeps one leaf of
  // it and drops the rest. A server that handles requests.
  kRequest,
};

// "churn", "cache", "leak", "graph", "request".
std::string_view ProfileName(ProfileKind kind);

struct ProfileOptions {
  // Per call: objects for churn, leak and request, operations for cache and
  // graph, which may be passed by a few.
  uint32_t batch = 64;
  size_t payload_bytes = 32;  // of each object
  // Places in the table that holds what lives, of each worker; at least 16.
  uint32_t live = 10'000;
  uint32_t leak_every = 20;
  uint64_t seed = 1;
};

// Makes the batches of one worker, from a seeded generator and what it knows of
// the objects that earlier ones made. Batches may be answered in any order,
// late or never, and many may be on their way: a batch uses only objects whose
// refs an answer gave, and that no batch still on its way replaces.
//
// Everything that lives hangs on one table object in the heap, which the
// worker's session holds, so that a call whose answer was lost leaks nothing.
// After HEAP_LIMIT or BUDGET the next batch drops an eighth of the table, as an
// application under memory pressure would; leak does not.
//
// Order: Begin(), then MakeBatch() and for each batch one of OnApplied() and
// OnFailed() in any order; Begin() again with a new workspace.
// Single-threaded.
class Profile {
 public:
  explicit Profile(const ProfileOptions& options);
  virtual ~Profile() = default;
  Profile(const Profile&) = delete;
  Profile& operator=(const Profile&) = delete;

  // Forgets everything and works in this workspace. Answers to earlier batches
  // may still come and are ignored.
  void Begin(const Workspace& workspace);
  // Fills `batch`, which is empty, and `memo` with what the answer will mean.
  void MakeBatch(client::BatchBuilder& batch, BatchMemo& memo);
  // Of the workspace.
  client::SessionId session() const { return workspace_.session; }

  // Takes an answer. A result that does not fit the batch counts as a failure
  // of which nothing is known.
  void OnApplied(const BatchMemo& memo, const v1::BatchResult& result);
  void OnFailed(const BatchMemo& memo, const CallFailure& failure);

 protected:
  virtual void Forget() = 0;
  virtual void FillBatch(client::BatchBuilder& batch, BatchMemo& memo) = 0;
  // Drops some of what lives.
  virtual void FillTrim(client::BatchBuilder& batch, BatchMemo& memo) = 0;
  virtual void Applied(const BatchMemo& memo, const v1::BatchResult& result);
  // Nothing was changed, unless the failure says that nobody knows.
  virtual void Failed(const BatchMemo& memo, const CallFailure& failure);

  const ProfileOptions& options() const { return options_; }
  const Workspace& workspace() const { return workspace_; }
  Random& random() { return random_; }
  // Bytes for an object, which stay valid.
  std::string_view NextPayload();
  // How many places one trim empties.
  uint32_t trim_count() const;
  void RequestTrim() { trim_requested_ = true; }

 private:
  const ProfileOptions options_;
  Random random_;
  std::string bytes_;
  Workspace workspace_;
  uint64_t epoch_ = 0;  // counts Begin()
  bool trim_requested_ = false;
};

std::unique_ptr<Profile> NewProfile(ProfileKind kind,
                                    const ProfileOptions& options);

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_LOAD_PROFILE_H_
