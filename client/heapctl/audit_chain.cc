#include "client/heapctl/audit_chain.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>
#include <string_view>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "client/heapd/sha256.h"
#include "client/heapd/status_macros.h"
#include "client/heapd/strings.h"
#include "nlohmann/json.hpp"

namespace heapd::heapctl {
namespace {

using Json = nlohmann::json;

constexpr size_t kHashDigits = 64;
// A line is BODY,"hash":"64 digits"}
constexpr std::string_view kHashStart = ",\"hash\":\"";
constexpr std::string_view kHashEnd = "\"}";
constexpr size_t kMaxLineBytes = size_t{64} << 10;

// One line, taken apart.
struct Line {
  std::string_view body;
  std::string hash;
  Json fields;

  uint64_t Number(const char* key) const {
    const auto found = fields.find(key);
    return found != fields.end() && found->is_number_unsigned()
               ? found->get<uint64_t>()
               : 0;
  }
  std::string Text(const char* key) const {
    const auto found = fields.find(key);
    return found != fields.end() && found->is_string()
               ? found->get<std::string>()
               : std::string();
  }
};

// False for what is no line of an audit log.
bool TakeApart(std::string_view text, Line* line) {
  const size_t tail = kHashStart.size() + kHashDigits + kHashEnd.size();
  if (text.size() < tail || !text.ends_with(kHashEnd)) return false;
  const std::string_view end = text.substr(text.size() - tail);
  if (!end.starts_with(kHashStart)) return false;
  line->body = text.substr(0, text.size() - tail);
  line->hash = std::string(end.substr(kHashStart.size(), kHashDigits));
  line->fields = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  return line->fields.is_object() && line->Number("seq") != 0;
}

// The chain as far as it has been read. Single-threaded.
class Chain {
 public:
  explicit Chain(const std::optional<AuditAnchor>& anchor) : anchor_(anchor) {}

  absl::Status ReadFile(const std::string& path, bool is_last);
  absl::StatusOr<AuditSummary> Finish();

 private:
  absl::Status Broken(absl::string_view what) const {
    return absl::DataLossError(
        absl::StrCat(path_, ":", line_number_, ": ", what));
  }
  absl::Status Add(std::string_view text);
  // That the line names the one before it, where it has to.
  absl::Status CheckPrevious(const Line& line);
  absl::Status CheckAnchor(const Line& line) const;
  void Count(const Line& line);

  const std::optional<AuditAnchor> anchor_;
  std::string path_;
  uint64_t line_number_ = 0;  // in the file
  std::set<uint64_t> open_calls_;
  AuditSummary summary_;
};

absl::Status Chain::ReadFile(const std::string& path, bool is_last) {
  path_ = path;
  line_number_ = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text;
  while (std::getline(file, text)) {
    ++line_number_;
    if (file.eof()) {
      // No line end follows.
      if (!is_last) return Broken("the line is not finished");
      summary_.unfinished_bytes = text.size();
      return absl::OkStatus();
    }
    HEAPD_CLIENT_RETURN_IF_ERROR(Add(text));
  }
  if (!file.eof()) {
    return absl::NotFoundError(
        absl::StrCat("cannot read ", path, ": ", std::strerror(errno)));
  }
  return absl::OkStatus();
}

absl::Status Chain::Add(std::string_view text) {
  Line line;
  if (text.size() > kMaxLineBytes || !TakeApart(text, &line)) {
    return Broken("this is no line of an audit log");
  }
  HEAPD_CLIENT_RETURN_IF_ERROR(CheckPrevious(line));
  const uint64_t seq = line.Number("seq");
  if (summary_.line_count != 0 && seq != summary_.last_seq + 1) {
    return Broken(absl::StrCat("line ", seq, " stands where line ",
                               summary_.last_seq + 1, " must be"));
  }
  client::Sha256 sha256;
  sha256.Update(summary_.hash);
  sha256.Update(line.body);
  if (sha256.Finish() != line.hash) {
    return Broken(absl::StrCat("line ", seq,
                               " was changed, or one before it was taken out: "
                               "its hash is not that of its content"));
  }
  HEAPD_CLIENT_RETURN_IF_ERROR(CheckAnchor(line));
  Count(line);
  return absl::OkStatus();
}

absl::Status Chain::CheckPrevious(const Line& line) {
  const std::string kind = line.Text("kind");
  const bool says_it = kind == "start" || kind == "rotate";
  if (line_number_ == 1 && !says_it) {
    return Broken(
        "the file does not begin with a line of kind start or "
        "rotate: what was before it is missing");
  }
  if (!says_it) return absl::OkStatus();
  const std::string previous = line.Text("previous");
  if (summary_.line_count == 0) {
    if (line.Number("seq") == 1 && previous != std::string(kHashDigits, '0')) {
      return Broken("the first line names one before it");
    }
    summary_.hash = previous;
    summary_.first_seq = line.Number("seq");
  } else if (previous != summary_.hash) {
    return Broken(
        "it does not go on where the line before it ends: something "
        "between them is missing");
  }
  return absl::OkStatus();
}

absl::Status Chain::CheckAnchor(const Line& line) const {
  if (!anchor_.has_value() || anchor_->seq != line.Number("seq") ||
      anchor_->hash == line.hash) {
    return absl::OkStatus();
  }
  return Broken(absl::StrCat("line ", anchor_->seq,
                             " is not the one that was noted: the log was "
                             "written anew"));
}

void Chain::Count(const Line& line) {
  summary_.hash = line.hash;
  summary_.last_seq = line.Number("seq");
  ++summary_.line_count;
  const std::string kind = line.Text("kind");
  if (kind == "intent") open_calls_.insert(summary_.last_seq);
  if (kind == "outcome") open_calls_.erase(line.Number("call"));
  if (line.Number("torn_bytes") != 0) ++summary_.torn_line_count;
}

absl::StatusOr<AuditSummary> Chain::Finish() {
  if (summary_.line_count == 0) {
    return absl::DataLossError("the files have no line");
  }
  if (anchor_.has_value() &&
      (anchor_->seq > summary_.last_seq || anchor_->seq < summary_.first_seq)) {
    return absl::DataLossError(absl::StrCat(
        "line ", anchor_->seq, ", which was noted, is not there: the log has ",
        summary_.first_seq, " to ", summary_.last_seq));
  }
  summary_.open_calls.assign(open_calls_.begin(), open_calls_.end());
  return std::move(summary_);
}

// The number of a file's first line, by which files are put in order; 0 for
// what has none.
absl::StatusOr<uint64_t> FirstSeq(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return absl::NotFoundError(
        absl::StrCat("cannot read ", path, ": ", std::strerror(errno)));
  }
  std::string text;
  Line line;
  std::getline(file, text);
  return TakeApart(text, &line) ? line.Number("seq") : uint64_t{0};
}

}  // namespace

absl::StatusOr<AuditSummary> VerifyAuditFiles(
    std::vector<std::string> paths, const std::optional<AuditAnchor>& anchor) {
  std::vector<std::pair<uint64_t, std::string>> files;
  files.reserve(paths.size());
  for (std::string& path : paths) {
    HEAPD_CLIENT_ASSIGN_OR_RETURN(const uint64_t seq, FirstSeq(path));
    files.emplace_back(seq, std::move(path));
  }
  std::sort(files.begin(), files.end());
  Chain chain(anchor);
  for (size_t i = 0; i < files.size(); ++i) {
    HEAPD_CLIENT_RETURN_IF_ERROR(
        chain.ReadFile(files[i].second, i + 1 == files.size()));
  }
  return chain.Finish();
}

absl::StatusOr<AuditAnchor> ParseAuditAnchor(const std::string& text) {
  AuditAnchor anchor;
  const size_t colon = text.find(':');
  if (colon != std::string::npos) anchor.hash = text.substr(colon + 1);
  if (anchor.hash.size() != kHashDigits ||
      anchor.hash.find_first_not_of("0123456789abcdef") != std::string::npos ||
      !absl::SimpleAtoi(text.substr(0, colon), &anchor.seq) ||
      anchor.seq == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", text,
                     "' must be SEQ:HASH, a number and 64 lower-case "
                     "hex digits"));
  }
  return anchor;
}

}  // namespace heapd::heapctl
