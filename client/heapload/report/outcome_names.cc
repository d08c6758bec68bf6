#include "client/heapload/report/outcome_names.h"

namespace heapd::heapload {

absl::string_view NameOf(ProbeOutcome outcome) {
  switch (outcome) {
    case ProbeOutcome::kServing:
      return "SERVING";
    case ProbeOutcome::kNotServing:
      return "NOT_SERVING";
    case ProbeOutcome::kTimeout:
      return "TIMEOUT";
    case ProbeOutcome::kFailed:
      return "FAILED";
  }
  return "";
}

std::optional<ProbeOutcome> ParseProbeOutcome(absl::string_view name) {
  for (const ProbeOutcome outcome :
       {ProbeOutcome::kServing, ProbeOutcome::kNotServing,
        ProbeOutcome::kTimeout, ProbeOutcome::kFailed}) {
    if (NameOf(outcome) == name) return outcome;
  }
  return std::nullopt;
}

absl::string_view NameOf(SloOutcome outcome) {
  switch (outcome) {
    case SloOutcome::kMet:
      return "met";
    case SloOutcome::kMissed:
      return "missed";
    case SloOutcome::kUnknown:
      return "unknown";
  }
  return "";
}

absl::string_view NameOf(Fate fate) {
  switch (fate) {
    case Fate::kKept:
      return "kept";
    case Fate::kKilled:
      return "killed";
    case Fate::kTakenOut:
      return "taken_out";
    case Fate::kUnknown:
      return "unknown";
  }
  return "";
}

}  // namespace heapd::heapload
