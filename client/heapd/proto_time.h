#ifndef HEAPD_CLIENT_HEAPD_PROTO_TIME_H_
#define HEAPD_CLIENT_HEAPD_PROTO_TIME_H_

#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"

namespace heapd::client {

// Spans and points of time as the contract has them. Infinite durations become
// the longest that a message can say.
google::protobuf::Duration ToProtoDuration(absl::Duration duration);
absl::Duration FromProtoDuration(const google::protobuf::Duration& duration);
// REQUIRES: finite, and of the years 1 to 9999.
google::protobuf::Timestamp ToProtoTimestamp(absl::Time time);
absl::Time FromProtoTimestamp(const google::protobuf::Timestamp& timestamp);

}  // namespace heapd::client

#endif  // HEAPD_CLIENT_HEAPD_PROTO_TIME_H_
