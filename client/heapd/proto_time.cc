#include "client/heapd/proto_time.h"

#include <algorithm>

namespace heapd::client {
namespace {

// What google.protobuf.Duration can say.
constexpr absl::Duration kLongest = absl::Seconds(315576000000);

}  // namespace

google::protobuf::Duration ToProtoDuration(absl::Duration duration) {
  duration = std::clamp(duration, -kLongest, kLongest);
  google::protobuf::Duration message;
  message.set_seconds(
      absl::IDivDuration(duration, absl::Seconds(1), &duration));
  message.set_nanos(static_cast<int>(absl::ToInt64Nanoseconds(duration)));
  return message;
}

absl::Duration FromProtoDuration(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) +
         absl::Nanoseconds(duration.nanos());
}

google::protobuf::Timestamp ToProtoTimestamp(absl::Time time) {
  google::protobuf::Timestamp message;
  message.set_seconds(absl::ToUnixSeconds(time));
  message.set_nanos(static_cast<int>(absl::ToInt64Nanoseconds(
      time - absl::FromUnixSeconds(message.seconds()))));
  return message;
}

absl::Time FromProtoTimestamp(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixSeconds(timestamp.seconds()) +
         absl::Nanoseconds(timestamp.nanos());
}

}  // namespace heapd::client
