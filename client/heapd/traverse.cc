#include "client/heapd/traverse.h"

#include <utility>

#include "absl/status/status.h"
#include "client/heapd/check.h"
#include "client/heapd/status_macros.h"

namespace heapd::client {

absl::StatusOr<TraverseReader> TraverseReader::Create(
    v1::TraverseResponse response) {
  TraverseReader reader;
  reader.response_ = std::move(response);
  HEAPD_CLIENT_RETURN_IF_ERROR(reader.Index());
  return reader;
}

absl::Status TraverseReader::Index() {
  const int rows = response_.refs_size();
  if (response_.types_size() != rows || response_.depths_size() != rows ||
      response_.payload_sizes_size() != rows ||
      response_.slot_counts_size() != rows) {
    return absl::InternalError("the columns of a traversal differ in length");
  }
  size_t values = 0, payloads = 0;
  for (int i = 0; i < rows; ++i) {
    value_offsets_.push_back(values);
    payload_offsets_.push_back(payloads);
    values += response_.slot_counts(i);
    payloads += response_.payload_sizes(i);
  }
  value_offsets_.push_back(values);
  payload_offsets_.push_back(payloads);
  if (values != static_cast<size_t>(response_.values_size())) {
    return absl::InternalError("the values of a traversal do not fit its rows");
  }
  for (const uint64_t word : response_.values()) {
    if (!Value::FromWord(word).ok()) {
      return absl::InternalError("a traversal has a bad value");
    }
  }
  if (response_.payloads().empty()) {
    payload_offsets_.clear();  // not asked for
  } else if (payloads != response_.payloads().size()) {
    return absl::InternalError(
        "the payloads of a traversal do not fit its rows");
  }
  for (int i = 0; i < response_.type_table_size(); ++i) {
    types_.emplace(response_.type_table(i).type(), i);
  }
  return absl::OkStatus();
}

TraverseReader::Row TraverseReader::row(size_t i) const {
  HEAPD_CLIENT_CHECK(i < size());
  const int at = static_cast<int>(i);
  Row row{.ref = Ref(response_.refs(at)),
          .type = TypeId(response_.types(at)),
          .type_name = {},
          .depth = response_.depths(at),
          .payload_size = response_.payload_sizes(at),
          .payload = {},
          .values = {}};
  if (const v1::Type* type = FindType(row.type)) row.type_name = type->name();
  if (!payload_offsets_.empty()) {
    row.payload = std::string_view(response_.payloads())
                      .substr(payload_offsets_[i], row.payload_size);
  }
  row.values.reserve(value_offsets_[i + 1] - value_offsets_[i]);
  for (size_t v = value_offsets_[i]; v < value_offsets_[i + 1]; ++v) {
    // Checked by Index().
    row.values.push_back(
        *Value::FromWord(response_.values(static_cast<int>(v))));
  }
  return row;
}

const v1::Type* TraverseReader::FindType(TypeId type) const {
  const auto found = types_.find(type.value());
  return found == types_.end() ? nullptr : &response_.type_table(found->second);
}

}  // namespace heapd::client
