#include "client/heapctl/printer.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/heapd/check.h"
#include "client/heapd/ids.h"
#include "client/heapd/ref.h"
#include "client/heapd/strings.h"
#include "google/protobuf/util/json_util.h"

namespace heapd::heapctl {
namespace {

// Longer texts are cut in tables; JSON has them whole.
constexpr size_t kMaxCell = 96;

std::string CellText(const Json& value) {
  if (value.is_null()) return "";
  return value.is_string() ? value.get<std::string>() : value.dump();
}

// 64-bit numbers are strings in the JSON of protobuf.
int64_t CellNumber(const Json& value) {
  if (value.is_number_integer()) return value.get<int64_t>();
  int64_t number = 0;
  return absl::SimpleAtoi(CellText(value), &number) ? number : 0;
}

// `Id` is client::Ref or client::SessionId.
template <typename Id>
std::string IdText(const Json& value) {
  const std::string text = CellText(value);
  const absl::StatusOr<Id> id = Id::Parse(text);
  return id.ok() ? id->ToString() : text;
}

std::string FormatCell(const Json& value, Format format) {
  switch (format) {
    case Format::kBytes:
      return HumanBytes(CellNumber(value));
    case Format::kDelta:
      return absl::StrFormat("%+d", CellNumber(value));
    case Format::kRef:
      return IdText<client::Ref>(value);
    case Format::kSession:
      return IdText<client::SessionId>(value);
    case Format::kText:
    case Format::kNumber:
      break;
  }
  std::string text = CellText(value);
  if (text.size() > kMaxCell) text = text.substr(0, kMaxCell - 3) + "...";
  return text;
}

bool AlignsRight(Format format) {
  return format == Format::kNumber || format == Format::kDelta ||
         format == Format::kBytes;
}

using Cells = std::vector<std::string>;

void PrintLine(std::ostream& out, const Cells& cells,
               const std::vector<Column>& columns,
               const std::vector<size_t>& widths) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    const std::string padding(widths[i] - std::min(widths[i], cells[i].size()),
                              ' ');
    if (i > 0) line += "  ";
    line += AlignsRight(columns[i].format) ? padding + cells[i]
                                           : cells[i] + padding;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out << line << '\n';
}

void PrintTable(std::ostream& out, const std::vector<Cells>& lines,
                const std::vector<Column>& columns) {
  std::vector<size_t> widths(columns.size());
  for (const Cells& cells : lines) {
    for (size_t i = 0; i < cells.size(); ++i) {
      widths[i] = std::max(widths[i], cells[i].size());
    }
  }
  for (const Cells& cells : lines) PrintLine(out, cells, columns, widths);
}

Format FormatOfField(std::string_view name) {
  if (name == "ref" || name.ends_with("_ref")) return Format::kRef;
  if (name.ends_with("_bytes")) return Format::kBytes;
  return Format::kText;
}

// One line a field; what is inside a field is indented below it.
void PrintFields(std::ostream& out, const Json& record, int indent) {
  size_t width = 0;
  for (const auto& [name, value] : record.items()) {
    if (!value.is_structured()) width = std::max(width, name.size());
  }
  const std::string margin(static_cast<size_t>(indent), ' ');
  for (const auto& [name, value] : record.items()) {
    if (value.is_object()) {
      out << margin << name << '\n';
      PrintFields(out, value, indent + 2);
    } else if (value.is_array()) {
      out << margin << name << (value.empty() ? "  (none)" : "") << '\n';
      for (const Json& element : value) {
        if (element.is_object()) {
          PrintFields(out, element, indent + 2);
          out << '\n';
        } else {
          out << margin << "  " << FormatCell(element, Format::kText) << '\n';
        }
      }
    } else {
      const std::string cell = FormatCell(value, FormatOfField(name));
      out << margin << name;
      if (!cell.empty()) {
        out << std::string(width - name.size() + 2, ' ') << cell;
      }
      out << '\n';
    }
  }
}

// Bytes that are not UTF-8 (a payload may be anything) must not stop output.
std::string Dump(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

Json ToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  options.always_print_primitive_fields = true;
  std::string text;
  const auto status =
      google::protobuf::util::MessageToJsonString(message, &text, options);
  // Messages of the contract always have a JSON form.
  HEAPD_CLIENT_CHECK(status.ok());
  return Json::parse(text);
}

void PrintRecord(const GlobalOptions& global, const Json& record) {
  if (global.output == OutputFormat::kJson) {
    *global.out << Dump(record) << '\n';
  } else {
    PrintFields(*global.out, record, 0);
  }
}

void PrintRows(const GlobalOptions& global, const Json& rows,
               const std::vector<Column>& columns) {
  if (global.output == OutputFormat::kJson) {
    *global.out << Dump(rows) << '\n';
    return;
  }
  std::vector<Cells> lines(1);
  for (const Column& column : columns) lines[0].push_back(column.title);
  for (const Json& row : rows) {
    Cells& cells = lines.emplace_back();
    for (const Column& column : columns) {
      cells.push_back(
          FormatCell(row.value(column.field, Json()), column.format));
    }
  }
  PrintTable(*global.out, lines, columns);
}

void PrintText(const GlobalOptions& global, std::string_view field,
               std::string_view text) {
  if (global.output == OutputFormat::kJson) {
    Json record;
    record[std::string(field)] = text;
    *global.out << Dump(record) << '\n';
  } else {
    *global.out << text << '\n';
  }
}

void PrintNote(const GlobalOptions& global, std::string_view note) {
  if (global.output == OutputFormat::kTable) *global.out << note << '\n';
}

std::string HumanBytes(int64_t bytes) {
  constexpr const char* kUnits[] = {"KiB", "MiB", "GiB", "TiB"};
  if (std::abs(bytes) < 1024) return absl::StrCat(bytes, " B");
  double amount = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  // What would round up to 1024.0 is the next unit's 1.0.
  while (std::abs(amount) >= 1023.95 && unit + 1 < std::size(kUnits)) {
    amount /= 1024;
    ++unit;
  }
  return absl::StrFormat("%.1f %s", amount, kUnits[unit]);
}

}  // namespace heapd::heapctl
