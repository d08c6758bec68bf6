#include <map>
#include <string>
#include <vector>

#include "client/heapload/report/json_report.h"
#include "client/heapload/report/outcome_names.h"
#include "client/heapload/report/report_fields.h"
#include "nlohmann/json.hpp"

namespace heapd::heapload {
namespace {

using Json = nlohmann::ordered_json;  // members stay in the order of the fields

template <typename Part>
Json PartToJson(const Part& part);

Json ValueToJson(double value) { return value; }
Json ValueToJson(uint64_t value) { return value; }
Json ValueToJson(bool value) { return value; }
Json ValueToJson(const std::string& value) { return value; }
Json ValueToJson(ProbeOutcome value) { return std::string(NameOf(value)); }
Json ValueToJson(const std::map<std::string, uint64_t>& counts) {
  Json json = Json::object();
  for (const auto& [name, count] : counts) json[name] = count;
  return json;
}
template <typename Part>
Json ValueToJson(const std::vector<Part>& parts) {
  Json json = Json::array();
  for (const Part& part : parts) json.push_back(PartToJson(part));
  return json;
}
template <typename Part>
Json ValueToJson(const Part& part) {
  return PartToJson(part);
}

class Writer {
 public:
  template <typename Value>
  void operator()(const char* name, const Value& value) {
    json_[name] = ValueToJson(value);
  }
  Json TakeJson() { return std::move(json_); }

 private:
  Json json_ = Json::object();
};

template <typename Part>
Json PartToJson(const Part& part) {
  Writer writer;
  VisitFields(writer, part);
  return writer.TakeJson();
}

Json SloToJson(const SloResult& result) {
  Json json = {{"slo", result.slo.text},
               {"outcome", std::string(NameOf(result.outcome))},
               {"actual", result.actual}};
  if (!result.limit.empty()) json["limit"] = result.limit;
  if (!result.note.empty()) json["note"] = result.note;
  return json;
}

Json OutageToJson(const Outage& outage) {
  Json json = {{"out_seconds", outage.out_seconds}};
  if (outage.in_seconds.has_value()) json["in_seconds"] = *outage.in_seconds;
  return json;
}

Json VerdictToJson(const Verdict& verdict) {
  Json outages = Json::array();
  for (const Outage& outage : verdict.outages) {
    outages.push_back(OutageToJson(outage));
  }
  return {{"balancer", verdict.rule.text},
          {"series", verdict.series},
          {"fate", std::string(NameOf(verdict.fate))},
          {"outages", std::move(outages)},
          {"text", DescribeVerdict(verdict)}};
}

Json JudgementToJson(const Judgement& judgement) {
  Json slos = Json::array();
  for (const SloResult& result : judgement.slos) {
    slos.push_back(SloToJson(result));
  }
  Json verdicts = Json::array();
  for (const Verdict& verdict : judgement.verdicts) {
    verdicts.push_back(VerdictToJson(verdict));
  }
  return {{"passed", judgement.passed()},
          {"slos", std::move(slos)},
          {"verdicts", std::move(verdicts)}};
}

}  // namespace

std::string ToJson(const RunReport& report, const Judgement& judgement) {
  Json json = {{"format", "heapload run"}, {"version", kJsonReportVersion}};
  json["judgement"] = JudgementToJson(judgement);
  json["run"] = PartToJson(report);
  // A heap's name may hold any bytes; JSON may not.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace heapd::heapload
