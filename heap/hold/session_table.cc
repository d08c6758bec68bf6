#include "heap/hold/session_table.h"

#include <utility>

#include "heap/base/error.h"
#include "heap/base/limits.h"
#include "heap/base/utf8.h"

namespace heapd {
namespace {

constexpr size_t kMaxLabelBytes = 256;

}  // namespace

SessionTable::~SessionTable() { account_->Give(size() * kSessionBytes); }

absl::Status SessionTable::Open(uint64_t id, absl::string_view label,
                                TagId tag) {
  if (id == 0 || sessions_.contains(id)) {
    return InvalidField("session", "must be a new id other than 0");
  }
  if (label.size() > kMaxLabelBytes || !IsUtf8(label)) {
    return InvalidField("label", "must be UTF-8 of at most 256 bytes");
  }
  if (sessions_.size() >= kMaxSessions) {
    return MakeError(absl::StatusCode::kResourceExhausted,
                     reason::kSessionCount,
                     "the heap has 1,048,576 sessions, which is the most");
  }
  if (!account_->Take(kSessionBytes)) return account_->Exhausted();
  auto session = std::make_unique<Session>(account_, &shared_, label, tag);
  session->set_observed();
  sessions_.Insert(id, std::move(session));
  return absl::OkStatus();
}

std::unique_ptr<Session> SessionTable::Close(uint64_t id) {
  if (!sessions_.contains(id)) return nullptr;
  std::unique_ptr<Session> session = sessions_.Extract(id);
  session->Detach();
  account_->Give(kSessionBytes);
  return session;
}

void SessionTable::AfterScavenge(bool all_promoted) {
  // Backwards: one that leaves is replaced by the last, which has had its turn.
  Session::List& young = shared_.young;
  for (size_t i = young.size(); i-- > 0;) young[i]->AfterScavenge(all_promoted);
}

}  // namespace heapd
