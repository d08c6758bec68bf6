#include "server/service/reduction_message.h"

#include "heap/base/error.h"

namespace heapd::server {
namespace {

constexpr int kMaxNames = 100;

}  // namespace

absl::Status FromMessage(const v1::SnapshotReduction& message,
                         SnapshotReduction* reduction) {
  if (message.class_names_size() > kMaxNames) {
    return InvalidField("reduction.class_names", "at most 100");
  }
  if (message.tags_size() > kMaxNames) {
    return InvalidField("reduction.tags", "at most 100");
  }
  reduction->class_names.assign(message.class_names().begin(),
                                message.class_names().end());
  reduction->tags.assign(message.tags().begin(), message.tags().end());
  reduction->min_retained_size = message.min_retained_size_bytes();
  reduction->max_depth = message.max_depth();
  return absl::OkStatus();
}

void ToMessage(const SnapshotReduction& reduction,
               v1::SnapshotReduction* message) {
  message->mutable_class_names()->Add(reduction.class_names.begin(),
                                      reduction.class_names.end());
  message->mutable_tags()->Add(reduction.tags.begin(), reduction.tags.end());
  message->set_min_retained_size_bytes(reduction.min_retained_size);
  message->set_max_depth(reduction.max_depth);
}

}  // namespace heapd::server
