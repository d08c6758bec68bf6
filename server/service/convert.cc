#include "server/service/convert.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "heap/base/error.h"

namespace heapd::server {
namespace {

// The upper four bits of a ref are always zero.
constexpr int kRefBits = 60;
constexpr int64_t kMaxDurationSeconds = 315'576'000'000;

v1::CollectionReason ToMessage(CollectionReason reason) {
  switch (reason) {
    case CollectionReason::kRequested:
      return v1::COLLECTION_REASON_REQUESTED;
    case CollectionReason::kOldSpaceThreshold:
      return v1::COLLECTION_REASON_OLD_SPACE_THRESHOLD;
    case CollectionReason::kNearLimit:
      return v1::COLLECTION_REASON_NEAR_LIMIT;
    case CollectionReason::kSnapshot:
      return v1::COLLECTION_REASON_SNAPSHOT;
    case CollectionReason::kNewSpaceFull:
      return v1::COLLECTION_REASON_NEW_SPACE_FULL;
    case CollectionReason::kStress:
      return v1::COLLECTION_REASON_STRESS;
  }
  return v1::COLLECTION_REASON_UNSPECIFIED;
}

bool IsRef(uint64_t bits) { return bits != 0 && bits >> kRefBits == 0; }

absl::Status NoRef(uint64_t bits, absl::string_view field) {
  if (bits == 0) return InvalidField(field, "is required and never 0");
  return InvalidField(field, "is no ref: its upper four bits are not zero");
}

void ToMessage(const HeapStats::NamedSpace& space, v1::SpaceStats* message) {
  message->set_space(space.name);
  message->set_used_bytes(space.stats.used_bytes);
  message->set_committed_bytes(space.stats.committed_bytes);
  message->set_free_bytes(space.stats.free_bytes);
  message->set_largest_free_block_bytes(space.stats.largest_free_block_bytes);
  message->set_page_count(space.stats.page_count);
  message->set_fragmentation_ratio(space.stats.fragmentation_ratio());
  message->set_free_list_hit_count(space.stats.free_list_hit_count);
  message->set_free_list_miss_count(space.stats.free_list_miss_count);
  message->set_free_list_step_count(space.stats.free_list_step_count);
}

}  // namespace

google::protobuf::Timestamp ToMessage(absl::Time time) {
  google::protobuf::Timestamp message;
  const int64_t nanoseconds = absl::ToUnixNanos(time);
  message.set_seconds(nanoseconds / 1'000'000'000);
  message.set_nanos(static_cast<int32_t>(nanoseconds % 1'000'000'000));
  return message;
}

google::protobuf::Duration ToMessage(absl::Duration duration) {
  google::protobuf::Duration message;
  absl::Duration rest;
  message.set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &rest));
  message.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
  return message;
}

absl::StatusOr<absl::Duration> FromMessage(
    const google::protobuf::Duration& message, absl::string_view field) {
  const int64_t seconds = message.seconds();
  const int32_t nanos = message.nanos();
  const bool same_sign =
      (seconds >= 0 && nanos >= 0) || (seconds <= 0 && nanos <= 0);
  if (seconds > kMaxDurationSeconds || seconds < -kMaxDurationSeconds ||
      nanos > 999'999'999 || nanos < -999'999'999 || !same_sign) {
    return InvalidField(field, "is no duration");
  }
  return absl::Seconds(seconds) + absl::Nanoseconds(nanos);
}

absl::StatusOr<Ref> ToRef(uint64_t bits, absl::string_view field) {
  if (!IsRef(bits)) return NoRef(bits, field);
  return Ref(bits);
}

absl::StatusOr<Value> FromMessage(const v1::Value& message,
                                  absl::string_view field) {
  switch (message.kind_case()) {
    case v1::Value::kSmallInteger: {
      const int32_t integer = message.small_integer();
      if (integer < Value::kMinSmallInteger ||
          integer > Value::kMaxSmallInteger) {
        return InvalidField(absl::StrCat(field, ".small_integer"),
                            "must be from -2^30 to 2^30 - 1");
      }
      return Value::SmallInteger(integer);
    }
    case v1::Value::kStrongRef:
      if (!IsRef(message.strong_ref())) {
        return NoRef(message.strong_ref(), absl::StrCat(field, ".strong_ref"));
      }
      return Value::Strong(Ref(message.strong_ref()));
    case v1::Value::kWeakRef:
      if (!IsRef(message.weak_ref())) {
        return NoRef(message.weak_ref(), absl::StrCat(field, ".weak_ref"));
      }
      return Value::Weak(Ref(message.weak_ref()));
    case v1::Value::KIND_NOT_SET:
      break;
  }
  return Value::Null();
}

void ToMessage(Value value, v1::Value* message) {
  switch (value.kind()) {
    case Value::Kind::kSmallInteger:
      message->set_small_integer(value.small_integer());
      return;
    case Value::Kind::kStrong:
      message->set_strong_ref(value.ref().bits());
      return;
    case Value::Kind::kWeak:
      message->set_weak_ref(value.ref().bits());
      return;
    default:
      // Null. The engine yields nothing local or malformed.
      message->clear_kind();
  }
}

absl::StatusOr<absl::optional<CollectionKind>> FromMessage(
    v1::CollectionKind kind) {
  switch (kind) {
    case v1::COLLECTION_KIND_UNSPECIFIED:
      return absl::optional<CollectionKind>();
    case v1::COLLECTION_KIND_MAJOR:
      return absl::make_optional(CollectionKind::kMajor);
    case v1::COLLECTION_KIND_MINOR:
      return absl::make_optional(CollectionKind::kMinor);
    default:
      return InvalidField("kind", "is no kind of collection that this can be");
  }
}

v1::Heap ToMessage(const HeapFigures& figures) {
  v1::Heap message;
  message.set_heap(figures.heap);
  message.set_limit_bytes(figures.limit_bytes);
  message.set_reservation_bytes(figures.reservation_bytes);
  message.set_used_bytes(figures.used_bytes);
  message.set_committed_bytes(figures.committed_bytes);
  message.set_object_count(figures.object_count);
  *message.mutable_create_time() = ToMessage(figures.create_time);
  message.set_session_count(figures.session_count);
  message.set_root_count(figures.root_count);
  message.set_new_space_bytes(figures.new_space_bytes);
  return message;
}

v1::Collection ToMessage(const Collection& collection) {
  v1::Collection message;
  message.set_sequence(collection.sequence);
  message.set_kind(collection.kind == CollectionKind::kMinor
                       ? v1::COLLECTION_KIND_MINOR
                       : v1::COLLECTION_KIND_MAJOR);
  message.set_reason(ToMessage(collection.reason));
  *message.mutable_start_time() = ToMessage(collection.start_time);
  *message.mutable_pause_duration() = ToMessage(collection.pause_duration);
  *message.mutable_longest_pause_duration() =
      ToMessage(collection.longest_pause_duration);
  *message.mutable_scavenge_duration() =
      ToMessage(collection.scavenge_duration);
  *message.mutable_mark_duration() = ToMessage(collection.mark_duration);
  *message.mutable_clear_weak_duration() =
      ToMessage(collection.clear_weak_duration);
  *message.mutable_sweep_duration() = ToMessage(collection.sweep_duration);
  message.set_object_count_before(collection.object_count_before);
  message.set_object_count_after(collection.object_count_after);
  message.set_used_bytes_before(collection.used_bytes_before);
  message.set_used_bytes_after(collection.used_bytes_after);
  message.set_committed_bytes_before(collection.committed_bytes_before);
  message.set_committed_bytes_after(collection.committed_bytes_after);
  message.set_cleared_weak_slot_count(collection.cleared_weak_slot_count);
  message.set_purged_string_count(collection.purged_string_count);
  message.set_released_page_count(collection.released_page_count);
  *message.mutable_compact_duration() = ToMessage(collection.compact_duration);
  message.set_moved_object_count(collection.moved_object_count);
  message.set_moved_bytes(collection.moved_bytes);
  message.set_evacuated_page_count(collection.evacuated_page_count);
  message.set_survived_object_count(collection.survived_object_count);
  message.set_survived_bytes(collection.survived_bytes);
  message.set_promoted_object_count(collection.promoted_object_count);
  message.set_promoted_bytes(collection.promoted_bytes);
  *message.mutable_heap_age() = ToMessage(collection.heap_age);
  message.set_average_mutator_utilization(
      collection.average_mutator_utilization);
  message.set_current_mutator_utilization(
      collection.current_mutator_utilization);
  return message;
}

v1::HeapStats ToMessage(const HeapStats& stats) {
  v1::HeapStats message;
  message.set_used_bytes(stats.used_bytes);
  message.set_committed_bytes(stats.committed_bytes);
  message.set_limit_bytes(stats.limit_bytes);
  message.set_reservation_bytes(stats.reservation_bytes);
  message.set_object_count(stats.object_count);
  message.set_root_count(stats.root_count);
  message.set_session_count(stats.session_count);
  message.set_hold_count(stats.hold_count);
  message.set_type_count(stats.type_count);
  message.set_interned_string_count(stats.interned_string_count);
  message.set_allocated_object_count(stats.allocated_object_count);
  message.set_allocated_bytes(stats.allocated_bytes);
  message.set_scratch_object_count(stats.scratch_object_count);
  message.set_next_collection_bytes(stats.next_collection_bytes);
  message.set_retired_index_count(stats.retired_index_count);
  message.set_object_overhead_bytes(stats.object_overhead_bytes);
  for (const HeapStats::NamedSpace& space : stats.spaces) {
    ToMessage(space, message.add_spaces());
  }
  for (const Collection& collection : stats.collections) {
    *message.add_collections() = ToMessage(collection);
  }
  for (const auto& [window, ratio] : stats.minimum_mutator_utilizations) {
    auto* const minimum = message.add_minimum_mutator_utilizations();
    *minimum->mutable_window() = ToMessage(window);
    minimum->set_ratio(ratio);
  }
  return message;
}

void ToMessage(const Type& type, v1::Type* message) {
  message->set_type(type.id);
  message->set_name(std::string(type.name));
  message->set_kind(type.kind == TypeKind::kString ? v1::TYPE_KIND_STRING
                                                   : v1::TYPE_KIND_OBJECT);
  for (const absl::string_view slot_name : type.slot_names) {
    message->add_slot_names(std::string(slot_name));
  }
  message->set_tag(std::string(type.tag));
}

}  // namespace heapd::server
