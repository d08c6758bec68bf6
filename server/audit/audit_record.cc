#include "server/audit/audit_record.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "nlohmann/json.hpp"
#include "server/storage/sha256.h"

namespace heapd::server {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kMaxTextBytes = 300;
constexpr size_t kHashDigits = 64;
// A line is BODY,"hash":"64 digits"} and its body the beginning of an object.
constexpr absl::string_view kHashStart = ",\"hash\":\"";
constexpr absl::string_view kHashEnd = "\"}";

absl::string_view KindName(AuditKind kind) {
  switch (kind) {
    case AuditKind::kStart:
      return "start";
    case AuditKind::kRotate:
      return "rotate";
    case AuditKind::kIntent:
      return "intent";
    case AuditKind::kOutcome:
      return "outcome";
    case AuditKind::kRefused:
      return "refused";
    case AuditKind::kSnapshot:
      return "snapshot";
  }
  return "";
}

void AddText(const char* key, const std::string& text, Json* line) {
  if (!text.empty()) (*line)[key] = text.substr(0, kMaxTextBytes);
}

void AddNumber(const char* key, uint64_t number, Json* line) {
  if (number != 0) (*line)[key] = number;
}

std::string HashOf(absl::string_view previous, absl::string_view body) {
  Sha256 sha256;
  sha256.Update(previous);
  sha256.Update(body);
  return sha256.FinishHex();
}

}  // namespace

std::string NextAuditLine(const AuditRecord& record, absl::Time time,
                          AuditHead* head) {
  Json line;
  line["seq"] = head->seq + 1;
  line["time"] =
      absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", time, absl::UTCTimeZone());
  line["kind"] = std::string(KindName(record.kind));
  if (record.kind == AuditKind::kStart || record.kind == AuditKind::kRotate) {
    // So that a file can be checked, and put in its place, by itself.
    line["previous"] = head->hash;
  }
  AddNumber("torn_bytes", record.torn_bytes, &line);
  AddText("former_file", record.former_file, &line);
  AddNumber("call", record.call, &line);
  AddText("principal", record.principal, &line);
  AddText("peer", record.peer, &line);
  AddText("method", record.method, &line);
  AddText("trigger", record.trigger, &line);
  AddText("heap", record.heap, &line);
  AddText("base_snapshot", record.base_snapshot, &line);
  AddText("snapshot", record.snapshot, &line);
  AddText("destination", record.destination, &line);
  AddText("redaction", record.redaction, &line);
  AddText("outcome", record.outcome, &line);
  AddText("reason", record.reason, &line);
  if (record.bytes.has_value()) line["bytes"] = *record.bytes;
  AddText("sha256", record.sha256, &line);
  // In ASCII, and with something else for what is no UTF-8: what a caller wrote
  // cannot break a line or hide in it.
  std::string body =
      line.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  body.pop_back();
  ++head->seq;
  head->hash = HashOf(head->hash, body);
  absl::StrAppend(&body, kHashStart, head->hash, kHashEnd, "\n");
  return body;
}

absl::optional<AuditHead> ReadAuditHead(absl::string_view line) {
  AuditHead head;
  if (!absl::ConsumePrefix(&line, "{\"seq\":") ||
      !absl::SimpleAtoi(line.substr(0, line.find(',')), &head.seq) ||
      !absl::ConsumeSuffix(&line, kHashEnd) || line.size() < kHashDigits) {
    return absl::nullopt;
  }
  const absl::string_view hash = line.substr(line.size() - kHashDigits);
  line.remove_suffix(kHashDigits);
  const auto is_digit = [](unsigned char c) {
    return absl::ascii_isxdigit(c) && !absl::ascii_isupper(c);
  };
  if (!absl::EndsWith(line, kHashStart) ||
      !std::all_of(hash.begin(), hash.end(), is_digit)) {
    return absl::nullopt;
  }
  head.hash = std::string(hash);
  return head;
}

}  // namespace heapd::server
