#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "client/heapd/status_macros.h"
#include "client/heapload/report/json_report.h"
#include "client/heapload/report/outcome_names.h"
#include "client/heapload/report/report_fields.h"
#include "nlohmann/json.hpp"

namespace heapd::heapload {
namespace {

using Json = nlohmann::json;

// Reads the members of one JSON object into a part of a report. The first
// mistake stays in `status`, and nothing more is read.
class Reader {
 public:
  Reader(const Json& json, std::string path, absl::Status& status)
      : json_(json), path_(std::move(path)), status_(status) {}

  template <typename Value>
  void operator()(const char* name, Value& value) {
    if (!status_.ok()) return;
    const std::string path =
        path_.empty() ? name : absl::StrCat(path_, ".", name);
    const auto found = json_.find(name);
    if (found == json_.end()) {
      status_ = absl::InvalidArgumentError(absl::StrCat(path, " is missing"));
      return;
    }
    Read(*found, path, value);
  }

  template <typename Part>
  void Read(const Json& json, const std::string& path, Part& part) {
    if (!json.is_object()) return Wrong(json, path, "an object");
    Reader reader(json, path, status_);
    VisitFields(reader, part);
  }
  template <typename Part>
  void Read(const Json& json, const std::string& path,
            std::vector<Part>& parts) {
    if (!json.is_array()) return Wrong(json, path, "an array");
    parts.reserve(json.size());
    for (size_t i = 0; i < json.size() && status_.ok(); ++i) {
      Read(json[i], absl::StrCat(path, "[", i, "]"), parts.emplace_back());
    }
  }

 private:
  void Read(const Json& json, const std::string& path, double& value) {
    if (!json.is_number()) return Wrong(json, path, "a number");
    value = json.get<double>();
    if (!(value >= 0)) Wrong(json, path, "a number that is not negative");
  }
  void Read(const Json& json, const std::string& path, uint64_t& value) {
    if (!json.is_number_unsigned()) {
      return Wrong(json, path, "a whole number that is not negative");
    }
    value = json.get<uint64_t>();
  }
  void Read(const Json& json, const std::string& path, bool& value) {
    if (!json.is_boolean()) return Wrong(json, path, "true or false");
    value = json.get<bool>();
  }
  void Read(const Json& json, const std::string& path, std::string& value) {
    if (!json.is_string()) return Wrong(json, path, "a string");
    value = json.get<std::string>();
  }
  void Read(const Json& json, const std::string& path, ProbeOutcome& value) {
    const auto outcome =
        json.is_string() ? ParseProbeOutcome(json.get_ref<const std::string&>())
                         : std::nullopt;
    if (!outcome.has_value()) {
      return Wrong(json, path, "SERVING, NOT_SERVING, TIMEOUT or FAILED");
    }
    value = *outcome;
  }
  void Read(const Json& json, const std::string& path,
            std::map<std::string, uint64_t>& counts) {
    if (!json.is_object()) return Wrong(json, path, "an object");
    for (const auto& [name, count] : json.items()) {
      if (!status_.ok()) return;
      Read(count, absl::StrCat(path, ".", name), counts[name]);
    }
  }

  void Wrong(const Json& json, const std::string& path,
             absl::string_view expected) {
    constexpr size_t kMostShown = 40;
    std::string found =
        json.dump(-1, ' ', false, Json::error_handler_t::replace);
    if (found.size() > kMostShown) found = json.type_name();
    status_ = absl::InvalidArgumentError(
        absl::StrCat(path, " is ", found, " instead of ", expected));
  }

  const Json& json_;
  std::string path_;
  absl::Status& status_;
};

absl::Status CheckFormat(const Json& json) {
  const auto format = json.is_object() ? json.find("format") : json.end();
  if (!json.is_object() || format == json.end() || *format != "heapload run") {
    return absl::InvalidArgumentError(
        "this is no run of heapload: there is no \"format\": \"heapload run\"");
  }
  const auto version = json.find("version");
  if (version == json.end() || !version->is_number_unsigned()) {
    return absl::InvalidArgumentError("version is missing");
  }
  if (*version != kJsonReportVersion) {
    return absl::InvalidArgumentError(
        absl::StrCat("the run was saved in version ", version->get<uint64_t>(),
                     " of the format, and this heapload reads version ",
                     kJsonReportVersion));
  }
  return absl::OkStatus();
}

// The texts by which a run was judged; none where it was not.
std::vector<std::string> Texts(const Json& json, const char* list,
                               const char* member) {
  std::vector<std::string> texts;
  const auto judgement = json.find("judgement");
  if (judgement == json.end() || !judgement->is_object()) return texts;
  const auto entries = judgement->find(list);
  if (entries == judgement->end() || !entries->is_array()) return texts;
  for (const Json& entry : *entries) {
    const auto text = entry.is_object() ? entry.find(member) : entry.end();
    if (!entry.is_object() || text == entry.end() || !text->is_string()) {
      continue;
    }
    // A rule about several series has a verdict for each.
    if (std::find(texts.begin(), texts.end(), *text) == texts.end()) {
      texts.push_back(text->get<std::string>());
    }
  }
  return texts;
}

absl::StatusOr<Json> Parse(absl::string_view text) {
  // The one library here that throws.
  try {
    return Json::parse(text.begin(), text.end());
  } catch (const Json::parse_error& error) {
    return absl::InvalidArgumentError(
        absl::StrCat("this is not JSON, from byte ", error.byte, " on"));
  }
}

}  // namespace

absl::StatusOr<SavedRun> FromJson(absl::string_view text) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const Json json, Parse(text));
  HEAPD_CLIENT_RETURN_IF_ERROR(CheckFormat(json));
  SavedRun saved;
  absl::Status status;
  Reader reader(json, "", status);
  reader("run", saved.report);
  HEAPD_CLIENT_RETURN_IF_ERROR(status);
  saved.slos = Texts(json, "slos", "slo");
  saved.balancers = Texts(json, "verdicts", "balancer");
  return saved;
}

}  // namespace heapd::heapload
