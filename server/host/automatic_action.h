#ifndef HEAPD_SERVER_HOST_AUTOMATIC_ACTION_H_
#define HEAPD_SERVER_HOST_AUTOMATIC_ACTION_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "server/ops/rule_entry.h"
#include "server/storage/compression.h"
#include "server/storage/snapshot_record.h"

namespace heapd::server {

// Which action on which heap: there is never more than one of a kind under way.
// A value.
struct ActionKey {
  SnapshotTrigger trigger = SnapshotTrigger::kRule;
  std::string rule;  // the name of the rule or schedule, if it is one's
  std::string heap;

  // "near-limit", "rule full": in logs and for ActionHistory.
  std::string What() const {
    const absl::string_view name = TriggerName(trigger);
    return rule.empty() ? std::string(name) : absl::StrCat(name, " ", rule);
  }
  friend auto operator<=>(const ActionKey&, const ActionKey&) = default;
};

// Something that heapd does by itself with a heap. A value.
struct AutomaticAction {
  ActionKey key;
  std::string instance;  // which life of the heap
  RuleAction kind = RuleAction::kSnapshot;
  std::string reason;  // for people: "used_ratio is 0.91, above 0.8 for 1m"
  // Of a snapshot.
  std::string label;
  std::string destination;
  Compression compression = Compression::kNone;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_AUTOMATIC_ACTION_H_
