#include "heap/object/type_table.h"

#include <algorithm>
#include <vector>

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "heap/base/check.h"
#include "heap/base/error.h"
#include "heap/base/limits.h"
#include "heap/base/random_seed.h"
#include "heap/base/utf8.h"

namespace heapd {
namespace {

// What a stored name costs beside its text, roughly: hash table slots and the
// string's header.
constexpr uint64_t kNameOverheadBytes = 64;

absl::Status CheckDefinition(absl::string_view name,
                             absl::Span<const absl::string_view> slot_names) {
  if (name.empty() || name.size() > kMaxNameBytes || !IsUtf8(name)) {
    return InvalidField("type.name", "must be UTF-8 of 1 to 1,024 bytes");
  }
  if (slot_names.size() > kMaxSlotNames) {
    return InvalidField("type.slot_names", "at most 65,536 names");
  }
  for (size_t i = 0; i < slot_names.size(); ++i) {
    if (slot_names[i].size() > kMaxNameBytes || !IsUtf8(slot_names[i])) {
      return InvalidField(absl::StrCat("type.slot_names[", i, "]"),
                          "must be UTF-8 of at most 1,024 bytes");
    }
  }
  return absl::OkStatus();
}

bool Same(const Type& type, absl::string_view name, TypeKind kind,
          absl::Span<const absl::string_view> slot_names) {
  return type.name == name && type.kind == kind &&
         std::equal(type.slot_names.begin(), type.slot_names.end(),
                    slot_names.begin(), slot_names.end());
}

}  // namespace

TypeTable::TypeTable(MemoryAccount* account)
    : account_(account), seed_(RandomSeed()) {
  const absl::StatusOr<TypeId> id = Define("(string)", TypeKind::kString, {});
  HEAPD_CHECK(id.ok() && *id == kInternedStringType);
}

TypeTable::~TypeTable() { account_->Give(taken_bytes_); }

absl::string_view TypeTable::Intern(absl::string_view name) {
  return *definitions_->names.emplace(name).first;
}

uint64_t TypeTable::CostOf(absl::string_view name) const {
  return definitions_->names.contains(name) ? 0
                                            : name.size() + kNameOverheadBytes;
}

bool TypeTable::Take(uint64_t bytes) {
  if (!account_->Take(bytes)) return false;
  taken_bytes_ += bytes;
  return true;
}

absl::Status TypeTable::TooManyTypes() {
  return MakeError(absl::StatusCode::kResourceExhausted, reason::kTypeCount,
                   "the heap has 262,143 types, which is the most; each type "
                   "that is used with a tag counts");
}

absl::StatusOr<TypeId> TypeTable::Define(
    absl::string_view name, TypeKind kind,
    absl::Span<const absl::string_view> slot_names) {
  const uint64_t hash = absl::HashOf(seed_, name, kind, slot_names);
  if (const auto found = by_hash_.find(hash); found != by_hash_.end()) {
    for (const TypeId id : found->second) {
      if (Same(*Find(id), name, kind, slot_names)) return id;
    }
  }
  absl::Status valid = CheckDefinition(name, slot_names);
  if (!valid.ok()) return valid;
  if (size_ >= kMaxTypes) return TooManyTypes();
  uint64_t bytes = TypeBytes(slot_names.size()) + CostOf(name);
  for (const absl::string_view slot : slot_names) bytes += CostOf(slot);
  if (!Take(bytes)) return account_->Exhausted();

  Type type;
  type.kind = kind;
  type.name = Intern(name);
  type.slot_names.reserve(slot_names.size());
  for (const absl::string_view slot : slot_names) {
    type.slot_names.push_back(Intern(slot));
  }
  const TypeId id = Add(std::move(type));
  by_hash_[hash].push_back(id);
  return id;
}

TypeId TypeTable::Add(Type type) {
  type.id = ++size_;
  if (type.untagged == 0) type.untagged = type.id;
  definitions_->types.push_back(std::move(type));
  return size_;
}

TypeTable::Copy TypeTable::All() const {
  Copy copy;
  copy.types.reserve(size_);
  for (const Type& type : definitions_->types) copy.types.push_back(&type);
  copy.owner = definitions_;
  return copy;
}

}  // namespace heapd
