#ifndef HEAPD_SERVER_OPS_CONFIG_ENTRY_H_
#define HEAPD_SERVER_OPS_CONFIG_ENTRY_H_

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "heap/base/status_macros.h"

namespace heapd::server {

// One of several alike things in a list of the configuration, such as a rule:
// a YAML map, in one line as a flag, of keys with plain values. An error names
// the entry and the key: "rule 'full': window must be a duration ...".

// One key of entries that are kept as an `Entry`.
template <typename Entry>
struct EntryKey {
  absl::string_view name;
  std::variant<std::string Entry::*, int64_t Entry::*, absl::Duration Entry::*>
      field;
};

// The keys and values of a map, in its order. INVALID_ARGUMENT for what is no
// map of plain values, or has a key twice; `what` is the kind of entry.
using EntryTexts = std::vector<std::pair<std::string, std::string>>;
absl::StatusOr<EntryTexts> ParseEntryTexts(absl::string_view what,
                                           absl::string_view text);
// What ParseEntryTexts() reads as the same.
std::string FormatEntryTexts(const EntryTexts& texts);

// "rule 'full'", or "a rule" while the entry has no name.
std::string NameEntry(absl::string_view what, absl::string_view name);

// INVALID_ARGUMENT: "rule 'full': KEY PROBLEM".
absl::Status WrongEntry(absl::string_view what, absl::string_view name,
                        absl::string_view key, absl::string_view problem);

// INVALID_ARGUMENT: there is no such key. `known` are those that there are.
absl::Status UnknownEntryKey(absl::string_view what, absl::string_view name,
                             absl::string_view key,
                             const std::vector<absl::string_view>& known);

// INVALID_ARGUMENT unless it is 1 to 64 of a-z, A-Z, 0-9, '.', '_', '-'.
absl::Status CheckEntryName(absl::string_view what, absl::string_view name);
// INVALID_ARGUMENT unless it is the id of a heap, or the beginning of one with
// a '*' behind it.
absl::Status CheckHeapPattern(absl::string_view what, absl::string_view name,
                              absl::string_view pattern);
// What entries say of snapshots. INVALID_ARGUMENT for a label over 256 bytes
// and for a compression that is not none, zstd or gzip.
absl::Status CheckSnapshotTerms(absl::string_view what, absl::string_view name,
                                absl::string_view label,
                                absl::string_view compression);

// Reads a value; the error does not name the key.
absl::Status ReadEntryValue(absl::string_view text, std::string* value);
absl::Status ReadEntryValue(absl::string_view text, int64_t* value);
absl::Status ReadEntryValue(absl::string_view text, absl::Duration* value);
// The opposite.
inline std::string WriteEntryValue(const std::string& value) { return value; }
inline std::string WriteEntryValue(int64_t value) {
  return absl::StrCat(value);
}
inline std::string WriteEntryValue(absl::Duration value) {
  return absl::FormatDuration(value);
}

// The text of the key "name", which is looked at first so that every error can
// have it; empty if there is none.
std::string NameIn(const EntryTexts& texts);

// Reads an entry, whose values are not checked any further.
template <typename Entry>
absl::StatusOr<Entry> ReadEntry(absl::string_view what, absl::string_view text,
                                absl::Span<const EntryKey<Entry>> keys) {
  HEAPD_ASSIGN_OR_RETURN(const EntryTexts texts, ParseEntryTexts(what, text));
  const std::string name = NameIn(texts);
  Entry entry;
  for (const auto& [key, value] : texts) {
    const EntryKey<Entry>* found = nullptr;
    std::vector<absl::string_view> known;
    for (const EntryKey<Entry>& one : keys) {
      known.push_back(one.name);
      if (one.name == key) found = &one;
    }
    if (found == nullptr) return UnknownEntryKey(what, name, key, known);
    const absl::Status read = std::visit(
        [&value = value, &entry](auto field) {
          return ReadEntryValue(value, &(entry.*field));
        },
        found->field);
    if (!read.ok()) return WrongEntry(what, name, key, read.message());
  }
  return entry;
}

// A map, in one line, that ReadEntry() reads as the same.
template <typename Entry>
std::string FormatEntry(const Entry& entry,
                        absl::Span<const EntryKey<Entry>> keys) {
  const Entry defaults;
  EntryTexts texts;
  for (const EntryKey<Entry>& key : keys) {
    std::visit(
        [&](auto field) {
          if (entry.*field == defaults.*field) return;
          texts.emplace_back(std::string(key.name),
                             WriteEntryValue(entry.*field));
        },
        key.field);
  }
  return FormatEntryTexts(texts);
}

}  // namespace heapd::server

#endif  // HEAPD_SERVER_OPS_CONFIG_ENTRY_H_
