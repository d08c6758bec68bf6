// The part of TypeTable that is about tags.

#include <utility>

#include "heap/base/check.h"
#include "heap/base/error.h"
#include "heap/base/limits.h"
#include "heap/base/utf8.h"
#include "heap/object/type_table.h"

namespace heapd {
namespace {

// The tag of what has a tag beyond those that are told apart.
constexpr absl::string_view kOtherTag = "(other)";

// What a tag costs beside its name, roughly: its place in a list and a map.
constexpr uint64_t kTagBytes = 64;

}  // namespace

absl::StatusOr<TagId> TypeTable::DefineTag(absl::string_view tag) {
  if (tag.empty()) return TagId{0};
  if (const auto found = tag_ids_.find(tag); found != tag_ids_.end()) {
    return found->second;
  }
  if (tag.size() > kMaxTagBytes || !IsUtf8(tag)) {
    return InvalidField("tag", "must be UTF-8 of at most 256 bytes");
  }
  if (tags_.size() < kMaxTags - 1) return AddTag(tag);
  if (const auto other = tag_ids_.find(kOtherTag); other != tag_ids_.end()) {
    return other->second;
  }
  return AddTag(kOtherTag);
}

absl::StatusOr<TagId> TypeTable::AddTag(absl::string_view tag) {
  if (!Take(kTagBytes + CostOf(tag))) return account_->Exhausted();
  tags_.push_back(Intern(tag));
  const auto id = static_cast<TagId>(tags_.size());
  tag_ids_.emplace(tags_.back(), id);
  return id;
}

absl::StatusOr<TypeId> TypeTable::DefineTagged(TypeId type, TagId tag) {
  HEAPD_DCHECK(Has(type) && tag <= tags_.size());
  const Type& untagged = definitions_->types[type - 1];
  if (tag == 0 || untagged.untagged != type) return type;
  if (const auto found = tagged_.find({type, tag}); found != tagged_.end()) {
    return found->second;
  }
  if (size_ >= kMaxTypes) return TooManyTypes();
  if (!Take(TypeBytes(untagged.slot_names.size()) + sizeof(Tagged))) {
    return account_->Exhausted();
  }
  Type tagged = untagged;
  tagged.tag = tags_[tag - 1];
  const TypeId id = Add(std::move(tagged));
  tagged_.emplace(std::pair(type, tag), id);
  return id;
}

}  // namespace heapd
