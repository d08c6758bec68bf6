#ifndef HEAPD_HEAP_HOLD_SESSION_H_
#define HEAPD_HEAP_HOLD_SESSION_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "heap/base/check.h"
#include "heap/base/memory_budget.h"
#include "heap/base/planted_bug.h"
#include "heap/object/ref.h"
#include "heap/object/type.h"

namespace heapd {

// What one client holds: a stack of scopes, each a run of holds.
//
//   holds_   | a b c | d | e f . g |      . = released
//   scopes_  0       3   4
//
// An object is held at most once, by the outermost scope that held it. Holding
// what was just allocated needs no look-up and costs one push; the first
// release of something that is not near the top builds an index from object to
// position, which is kept up to date from then on.
//
// What was held since the last scavenge or the one before can be young; older
// holds are on old objects. So a scavenge looks at the end of holds_ only, and
// only at sessions in the list of those that held something since.
// Thread-compatible.
class Session {
 public:
  using List = std::vector<Session*>;

  // Is told before a session's holds change, at the latest before the first
  // change since a scavenge after which nothing is young.
  class Observer {
   public:
    virtual ~Observer() = default;
    virtual void BeforeChange(Session* session) = 0;
  };
  // What the sessions of a heap have in common.
  struct Shared {
    List young;  // those that may hold young objects put themselves here
    uint64_t hold_total = 0;
    Observer* observer = nullptr;
    uint32_t observer_number = 0;
  };

  // REQUIRES: both outlive the session, or it is detached before.
  Session(MemoryAccount* account, Shared* shared, absl::string_view label,
          TagId tag = 0);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Ends the session: drops its holds and leaves the heap. What remains is
  // memory; freeing it takes long after millions of holds, but any thread may
  // do it. Nothing but destruction may follow.
  void Detach();

  // Makes room for one more hold, so that the next Hold cannot fail. False when
  // there is no memory.
  bool Reserve() { return holds_.size() < holds_.capacity() || ReserveMore(); }
  // Holds an object that the session does not hold.
  // REQUIRES: Reserve() said yes.
  void HoldNew(Index object) {
    HEAPD_DCHECK(holds_.size() < holds_.capacity());
    if (!listed_) JoinYoungList();
    if (indexed_) positions_.emplace(object, holds_.size());
    holds_.push_back(object);
    ++shared_->hold_total;
  }
  // The same for many in a row: room for up to `count`, to be filled from its
  // start, and how many were; nothing else happens to the session in between.
  // Null when there is no memory, or when each hold has to be looked at.
  Index* BeginHoldNewRow(size_t count);
  void EndHoldNewRow(size_t room, size_t count);
  bool Holds(Index object);
  // The position that the hold had, npos when the object is not held. Leaves a
  // gap there.
  size_t Release(Index object);

  static constexpr size_t npos = SIZE_MAX;

  size_t depth() const { return scopes_.size(); }
  // Makes room for one more scope. False when there is no memory.
  bool ReserveScope();
  // False at kMaxScopes. REQUIRES: ReserveScope() said yes.
  bool PushScope();
  // Drops the holds of the innermost scope; they are appended to `*dropped`
  // (gaps too, as 0) unless it is null.
  // REQUIRES: depth() > 1.
  void PopScope(std::vector<Index>* dropped);
  // Closes gaps that releases left, when there are many, and gives memory back
  // that is far too much. Positions change.
  void Compact();

  // Each takes back the call of that name, the first one says of what.
  // REQUIRES: everything that happened since has been taken back.
  Index UndoHoldNew();
  void UndoRelease(size_t position, Index object);
  void UndoPushScope();
  void UndoPopScope(const std::vector<Index>& dropped);

  // Calls `visit(Index)` for each hold.
  template <typename Visit>
  void ForEachHold(Visit visit) const {
    for (const Index object : holds_) {
      if (object != 0) visit(object);
    }
  }
  // The same for at most `count` positions below `*end`, the last ones first,
  // and lowers `*end` to where it stopped. How many positions.
  template <typename Visit>
  size_t ForEachHoldBelow(size_t* end, size_t count, Visit visit) const {
    const size_t last = std::min(*end, holds_.size());
    const size_t first = last - std::min(last, count);
    for (size_t i = last; i-- > first;) {
      if (holds_[i] != 0) visit(holds_[i]);
    }
    *end = first;
    return last - first;
  }
  // The same for the holds that can be on young objects.
  template <typename Visit>
  void ForEachYoungHold(Visit visit) const {
    const size_t end = holds_.size() - (HEAPD_PLANTED(kForgetYoungHold) &&
                                        holds_.size() > intermediate_start_);
    for (size_t i = intermediate_start_; i < end; ++i) {
      if (holds_[i] != 0) visit(holds_[i]);
    }
  }
  // A scavenge is over, after which nothing is young (`all_promoted`) or only
  // what was held since the one before. Leaves the list if that is nothing.
  void AfterScavenge(bool all_promoted);

  size_t hold_count() const { return holds_.size() - gaps_; }
  // What it took from the account, once detached too.
  uint64_t memory_bytes() const { return taken_bytes_; }

  const std::string& label() const { return label_; }
  // Of what it allocates, where the call and the type say none.
  TagId tag() const { return tag_; }
  // 0 until a snapshot first sees the session.
  uint32_t snapshot_id() const { return snapshot_id_; }
  void set_snapshot_id(uint32_t id) { snapshot_id_ = id; }
  // Whether the observer that there is now has seen it, or it is younger.
  bool is_observed() const { return observed_ == shared_->observer_number; }
  void set_observed() { observed_ = shared_->observer_number; }

 private:
  // How far from the top a hold is looked for before the index is built.
  static constexpr size_t kNearTop = 32;
  static constexpr size_t kMinCapacity = 64;

  void BeforeChange() {
    if (shared_->observer != nullptr) shared_->observer->BeforeChange(this);
  }
  bool ReserveMore();
  void JoinYoungList();
  void LeaveYoungList();
  // holds_ has been cut off at its present size.
  void ClampYoung() {
    intermediate_start_ = std::min(intermediate_start_, holds_.size());
    nursery_start_ = std::min(nursery_start_, holds_.size());
  }
  // The position of the object's hold, or npos.
  size_t Find(Index object);
  void BuildIndex();
  void CloseGaps();
  void Shrink();

  MemoryAccount* account_;  // null once detached
  const std::string label_;
  const TagId tag_;
  uint32_t snapshot_id_ = 0;
  uint32_t observed_ = 0;
  uint64_t taken_bytes_ = 0;
  std::vector<Index> holds_;
  std::vector<size_t> scopes_{0};
  // Holds before the first are on old objects, those from the second on were
  // added since the last scavenge.
  size_t intermediate_start_ = 0;
  size_t nursery_start_ = 0;
  Shared* const shared_;
  bool listed_ = false;  // in shared_->young, at position_
  size_t position_ = 0;
  size_t gaps_ = 0;
  bool indexed_ = false;
  absl::flat_hash_map<Index, size_t> positions_;
};

}  // namespace heapd

#endif  // HEAPD_HEAP_HOLD_SESSION_H_
