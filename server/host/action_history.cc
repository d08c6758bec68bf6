#include "server/host/action_history.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "heap/base/status_macros.h"

namespace heapd::server {
namespace {

absl::Status Malformed() {
  return absl::InvalidArgumentError("it is not what this daemon writes");
}

// The field of an object, or null.
const nlohmann::json* Field(const nlohmann::json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

absl::StatusOr<std::deque<absl::Time>> ReadTimes(const nlohmann::json* millis) {
  if (millis == nullptr || !millis->is_array() || millis->empty() ||
      millis->size() > ActionHistory::kMaxTimes) {
    return Malformed();
  }
  std::deque<absl::Time> times;
  for (const nlohmann::json& time : *millis) {
    if (!time.is_number_integer()) return Malformed();
    times.push_back(absl::FromUnixMillis(time.get<int64_t>()));
  }
  std::sort(times.begin(), times.end());
  return times;
}

}  // namespace

absl::StatusOr<ActionHistory> ActionHistory::Parse(absl::string_view text) {
  const nlohmann::json json =
      nlohmann::json::parse(text.begin(), text.end(), nullptr,
                            /*allow_exceptions=*/false);
  const nlohmann::json* const actions = Field(json, "actions");
  if (actions == nullptr || !actions->is_array() ||
      actions->size() > kMaxEntries) {
    return Malformed();
  }
  ActionHistory history;
  for (const nlohmann::json& action : *actions) {
    const nlohmann::json* const what = Field(action, "what");
    const nlohmann::json* const heap = Field(action, "heap");
    if (what == nullptr || !what->is_string() || heap == nullptr ||
        !heap->is_string()) {
      return Malformed();
    }
    HEAPD_ASSIGN_OR_RETURN(
        history.times_[Key(what->get<std::string>(), heap->get<std::string>())],
        ReadTimes(Field(action, "times_ms")));
  }
  return history;
}

std::string ActionHistory::Format() const {
  nlohmann::json actions = nlohmann::json::array();
  for (const auto& [key, times] : times_) {
    nlohmann::json millis = nlohmann::json::array();
    for (const absl::Time time : times) {
      millis.push_back(absl::ToUnixMillis(time));
    }
    actions.push_back({{"what", key.first},
                       {"heap", key.second},
                       {"times_ms", std::move(millis)}});
  }
  return nlohmann::json{{"actions", std::move(actions)}}.dump();
}

int64_t ActionHistory::CountSince(absl::string_view what,
                                  absl::string_view heap,
                                  absl::Time since) const {
  const auto found = times_.find({std::string(what), std::string(heap)});
  if (found == times_.end()) return 0;
  const std::deque<absl::Time>& times = found->second;
  return times.end() - std::lower_bound(times.begin(), times.end(), since);
}

void ActionHistory::Add(absl::string_view what, absl::string_view heap,
                        absl::Time time) {
  std::deque<absl::Time>& times =
      times_[{std::string(what), std::string(heap)}];
  // The clock of an earlier process may have gone before this one's.
  times.push_back(times.empty() ? time : std::max(time, times.back()));
  if (times.size() > kMaxTimes) times.pop_front();
  if (times_.size() > kMaxEntries) DropOldest();
  changed_ = true;
}

void ActionHistory::DropOldest() {
  times_.erase(std::min_element(times_.begin(), times_.end(),
                                [](const auto& a, const auto& b) {
                                  return a.second.back() < b.second.back();
                                }));
}

void ActionHistory::Forget(absl::string_view heap) {
  const size_t erased = std::erase_if(
      times_, [heap](const auto& entry) { return entry.first.second == heap; });
  changed_ |= erased > 0;
}

}  // namespace heapd::server
