#include "server/storage/snapshot_record.h"

#include <openssl/rand.h>

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "heap/base/check.h"

namespace heapd::server {
namespace {

// Version 1 had no destination, compression and redaction.
constexpr int kManifestVersion = 2;

constexpr std::pair<SnapshotTrigger, absl::string_view> kTriggerNames[] = {
    {SnapshotTrigger::kRequested, "requested"},
    {SnapshotTrigger::kNearLimit, "near-limit"},
    {SnapshotTrigger::kLeak, "leak"},
    {SnapshotTrigger::kSchedule, "schedule"},
    {SnapshotTrigger::kRule, "rule"},
};

// Fields of wrong types make nlohmann throw; this is the one place that reads
// them. REQUIRES: compression and trigger are ones that there are.
SnapshotRecord FromJson(const nlohmann::json& json) {
  SnapshotRecord record;
  record.state = SnapshotState::kReady;
  json.at("snapshot").get_to(record.snapshot);
  json.at("heap").get_to(record.heap);
  json.at("heap_instance").get_to(record.heap_instance);
  json.at("label").get_to(record.label);
  record.create_time =
      absl::FromUnixNanos(json.at("create_time_unix_nanos").get<int64_t>());
  record.duration = absl::Nanoseconds(json.at("duration_nanos").get<int64_t>());
  record.pause_duration =
      absl::Nanoseconds(json.at("pause_nanos").get<int64_t>());
  json.at("size_bytes").get_to(record.size_bytes);
  record.uncompressed_size_bytes =
      json.value("uncompressed_size_bytes", record.size_bytes);
  record.compression = *FindCompression(json.value("compression", "none"));
  json.at("sha256").get_to(record.sha256);
  json.at("node_count").get_to(record.node_count);
  json.at("edge_count").get_to(record.edge_count);
  json.at("total_self_size_bytes").get_to(record.total_self_size_bytes);
  json.at("requested_by").get_to(record.requested_by);
  json.at("includes_strings").get_to(record.includes_strings);
  record.trigger = *FindTrigger(json.value("trigger", "requested"));
  record.rule = json.value("rule", "");
  record.progress_ratio = 1;
  if (const auto found = json.find("reduction"); found != json.end()) {
    SnapshotReduction& reduction = record.reduction;
    found->at("class_names").get_to(reduction.class_names);
    found->at("tags").get_to(reduction.tags);
    found->at("min_retained_size_bytes").get_to(reduction.min_retained_size);
    found->at("max_depth").get_to(reduction.max_depth);
    found->at("left_out_object_count").get_to(record.left_out_object_count);
  }
  return record;
}

}  // namespace

absl::string_view TriggerName(SnapshotTrigger trigger) {
  for (const auto& [value, name] : kTriggerNames) {
    if (value == trigger) return name;
  }
  HEAPD_CHECK(false);
}

std::optional<SnapshotTrigger> FindTrigger(absl::string_view name) {
  for (const auto& [value, known] : kTriggerNames) {
    if (known == name) return value;
  }
  return std::nullopt;
}

std::string WriteManifest(const SnapshotRecord& record) {
  nlohmann::ordered_json json;
  json["manifest_version"] = kManifestVersion;
  json["snapshot"] = record.snapshot;
  json["heap"] = record.heap;
  json["heap_instance"] = record.heap_instance;
  json["label"] = record.label;
  // For people; the number behind it is what is read.
  json["create_time"] = absl::FormatTime(absl::RFC3339_sec, record.create_time,
                                         absl::UTCTimeZone());
  json["create_time_unix_nanos"] = absl::ToUnixNanos(record.create_time);
  json["duration_nanos"] = absl::ToInt64Nanoseconds(record.duration);
  json["pause_nanos"] = absl::ToInt64Nanoseconds(record.pause_duration);
  json["destination"] = record.storage;
  json["file_format"] = "v8-heapsnapshot";
  json["compression"] = std::string(CompressionName(record.compression));
  json["size_bytes"] = record.size_bytes;
  json["uncompressed_size_bytes"] = record.uncompressed_size_bytes;
  json["sha256"] = record.sha256;
  json["node_count"] = record.node_count;
  json["edge_count"] = record.edge_count;
  json["total_self_size_bytes"] = record.total_self_size_bytes;
  json["requested_by"] = record.requested_by;
  json["trigger"] = std::string(TriggerName(record.trigger));
  if (!record.rule.empty()) json["rule"] = record.rule;
  json["includes_strings"] = record.includes_strings;
  json["redaction"] = {
      {"payloads", "left out"},
      {"strings",
       record.includes_strings ? "contents" : "lengths and keyed hashes"}};
  if (!record.reduction.is_whole()) {
    json["reduction"] = {
        {"class_names", record.reduction.class_names},
        {"tags", record.reduction.tags},
        {"min_retained_size_bytes", record.reduction.min_retained_size},
        {"max_depth", record.reduction.max_depth},
        {"left_out_object_count", record.left_out_object_count}};
  }
  return json.dump(2, ' ', /*ensure_ascii=*/true,
                   nlohmann::json::error_handler_t::replace) +
         "\n";
}

absl::StatusOr<SnapshotRecord> ReadManifest(absl::string_view snapshot,
                                            absl::string_view text) {
  try {
    const nlohmann::json json = nlohmann::json::parse(text);
    const int version = json.at("manifest_version").get<int>();
    if (version < 1 || version > kManifestVersion ||
        !FindCompression(json.value("compression", "none")).has_value() ||
        !FindTrigger(json.value("trigger", "requested")).has_value()) {
      return absl::InvalidArgumentError("manifest of another version");
    }
    SnapshotRecord record = FromJson(json);
    if (record.snapshot != snapshot) {
      return absl::InvalidArgumentError("manifest of another snapshot");
    }
    return record;
  } catch (const nlohmann::json::exception& error) {
    return absl::InvalidArgumentError(
        absl::StrCat("not a manifest: ", error.what()));
  }
}

std::string NewSnapshotId(absl::string_view heap, absl::Time time) {
  std::array<unsigned char, 3> random;
  HEAPD_CHECK(RAND_bytes(random.data(), random.size()) == 1);
  return absl::StrCat(
      heap, "-", absl::FormatTime("%Y%m%d%ET%H%M%S", time, absl::UTCTimeZone()),
      "-",
      absl::BytesToHexString(absl::string_view(
          reinterpret_cast<const char*>(random.data()), random.size())));
}

}  // namespace heapd::server
