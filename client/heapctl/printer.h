#ifndef HEAPD_CLIENT_HEAPCTL_PRINTER_H_
#define HEAPD_CLIENT_HEAPCTL_PRINTER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "client/heapctl/global_options.h"
#include "google/protobuf/message.h"
#include "nlohmann/json.hpp"

namespace heapd::heapctl {

using Json = nlohmann::ordered_json;

// How a table shows a column.
enum class Format {
  kText,
  // Right-aligned.
  kNumber,
  // Right-aligned, with a sign when positive.
  kDelta,
  // Bytes, as "1.5 MiB".
  kBytes,
  // A ref, in hex.
  kRef,
  // The id of a session, in hex.
  kSession,
};

// One column of a table: a field of the rows' JSON objects.
struct Column {
  std::string field;
  std::string title;
  Format format = Format::kText;
};

// A message as JSON, in the standard mapping (64-bit numbers are strings, bytes
// are base64) with the field names of the proto files and all fields that have
// no presence of their own.
Json ToJson(const google::protobuf::Message& message);
// The same for each of a container of messages.
template <typename Messages>
Json ToJsonRows(const Messages& messages) {
  Json rows = Json::array();
  for (const auto& message : messages) rows.push_back(ToJson(message));
  return rows;
}

// Prints one thing: its JSON, or a line for each field.
void PrintRecord(const GlobalOptions& global, const Json& record);
// Prints things of one kind: a JSON array, or a table of the columns given.
void PrintRows(const GlobalOptions& global, const Json& rows,
               const std::vector<Column>& columns);
// Prints one text: alone, so that scripts can take it, or as {"field": text}.
void PrintText(const GlobalOptions& global, std::string_view field,
               std::string_view text);
// Says something to people only: nothing with --output json.
void PrintNote(const GlobalOptions& global, std::string_view note);

// "1.5 MiB", "640 B", "-2.0 KiB".
std::string HumanBytes(int64_t bytes);

}  // namespace heapd::heapctl

#endif  // HEAPD_CLIENT_HEAPCTL_PRINTER_H_
