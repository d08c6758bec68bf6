#include "heap/base/error.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"

namespace heapd {
namespace {

constexpr absl::string_view kReasonUrl = "heapd/reason";
constexpr absl::string_view kFieldUrl = "heapd/field";
constexpr absl::string_view kOperationUrl = "heapd/operation";

std::string Payload(const absl::Status& error, absl::string_view url) {
  const absl::optional<absl::Cord> payload = error.GetPayload(url);
  return payload.has_value() ? std::string(*payload) : std::string();
}

}  // namespace

absl::Status MakeError(absl::StatusCode code, absl::string_view reason,
                       absl::string_view message) {
  absl::Status error(code, message);
  error.SetPayload(kReasonUrl, absl::Cord(reason));
  return error;
}

absl::Status InvalidField(absl::string_view field, absl::string_view message) {
  absl::Status error =
      MakeError(absl::StatusCode::kInvalidArgument, reason::kInvalidField,
                absl::StrCat(field, ": ", message));
  error.SetPayload(kFieldUrl, absl::Cord(field));
  return error;
}

absl::Status WithOperation(const absl::Status& error, size_t operation) {
  absl::Status named(error.code(), absl::StrCat("operation ", operation, ": ",
                                                error.message()));
  error.ForEachPayload(
      [&named](absl::string_view url, const absl::Cord& payload) {
        named.SetPayload(url, payload);
      });
  named.SetPayload(kOperationUrl, absl::Cord(absl::StrCat(operation)));
  return named;
}

std::string ReasonOf(const absl::Status& error) {
  return Payload(error, kReasonUrl);
}

std::string FieldOf(const absl::Status& error) {
  return Payload(error, kFieldUrl);
}

std::string OperationOf(const absl::Status& error) {
  return Payload(error, kOperationUrl);
}

bool IsOutOfMemory(const absl::Status& error) {
  if (error.code() != absl::StatusCode::kResourceExhausted) return false;
  const std::string reason = ReasonOf(error);
  return reason == reason::kHeapLimit || reason == reason::kBudget;
}

}  // namespace heapd
