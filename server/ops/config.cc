#include "server/ops/config.h"

#include <algorithm>
#include <set>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "heap/base/limits.h"
#include "heap/base/status_macros.h"
#include "server/ops/config_value.h"

namespace heapd::server {
namespace {

constexpr uint64_t kMiB = 1ull << 20;
constexpr uint64_t kMinBudgetBytes = 16 * kMiB;

absl::Status Over(absl::string_view small_key, const std::string& small_value,
                  absl::string_view large_key, const std::string& large_value) {
  return absl::InvalidArgumentError(
      absl::StrCat("'", small_key, "' (", small_value, ") is over '", large_key,
                   "' (", large_value, ")"));
}

// One heap shall not take all of the daemon, nor one session all of a heap.
void ResolvePartsInFlight(Config& config) {
  const int64_t calls = config.limits_max_in_flight_calls;
  const uint64_t bytes = config.limits_max_in_flight_bytes;
  const auto resolve = [](auto& value, auto computed) {
    if (value == 0) value = computed;
  };
  resolve(config.limits_max_in_flight_calls_per_heap, (calls * 3 + 3) / 4);
  resolve(config.limits_max_in_flight_bytes_per_heap, bytes / 4 * 3);
  resolve(config.limits_max_in_flight_calls_per_session, (calls + 1) / 2);
  resolve(config.limits_max_in_flight_bytes_per_session, bytes / 2);
}

// That a heap and a session get no more than the daemon has.
absl::Status CheckPartsInFlight(const Config& config) {
  const auto check_calls = [&config](absl::string_view key, int64_t value) {
    if (value <= config.limits_max_in_flight_calls) return absl::OkStatus();
    return Over(key, absl::StrCat(value), "limits.max_in_flight_calls",
                absl::StrCat(config.limits_max_in_flight_calls));
  };
  const auto check_bytes = [&config](absl::string_view key, uint64_t value) {
    if (value <= config.limits_max_in_flight_bytes) return absl::OkStatus();
    return Over(key, FormatSize(value), "limits.max_in_flight_bytes",
                FormatSize(config.limits_max_in_flight_bytes));
  };
  HEAPD_RETURN_IF_ERROR(
      check_calls("limits.max_in_flight_calls_per_heap",
                  config.limits_max_in_flight_calls_per_heap));
  HEAPD_RETURN_IF_ERROR(
      check_bytes("limits.max_in_flight_bytes_per_heap",
                  config.limits_max_in_flight_bytes_per_heap));
  HEAPD_RETURN_IF_ERROR(
      check_calls("limits.max_in_flight_calls_per_session",
                  config.limits_max_in_flight_calls_per_session));
  return check_bytes("limits.max_in_flight_bytes_per_session",
                     config.limits_max_in_flight_bytes_per_session);
}

absl::Status Needs(absl::string_view key, absl::string_view needed) {
  return absl::InvalidArgumentError(
      absl::StrCat("'", key, "' needs '", needed, "' too"));
}

// That every entry of `key` is the name of a listener.
absl::Status CheckListeners(absl::string_view key,
                            const std::vector<std::string>& entries) {
  static constexpr absl::string_view kListeners[] = {
      "data", "operations", "liveness", "readiness", "metrics", "snapshots"};
  for (const std::string& entry : entries) {
    if (absl::c_linear_search(kListeners, entry)) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("'", key, "' has '", entry, "', which is none of ",
                     absl::StrJoin(kListeners, ", ")));
  }
  return absl::OkStatus();
}

// What the listener of snapshots shows, where that is something of its own.
absl::Status CheckTlsOfSnapshots(const Config& config) {
  const bool has_certificate = !config.tls_snapshots_certificate_file.empty();
  const bool has_key = !config.tls_snapshots_key_file.empty();
  const bool has_ca = !config.tls_snapshots_client_ca_file.empty();
  if (has_certificate && !has_key) {
    return Needs("tls.snapshots_certificate_file", "tls.snapshots_key_file");
  }
  if (!has_certificate && has_key) {
    return Needs("tls.snapshots_key_file", "tls.snapshots_certificate_file");
  }
  if (has_ca && !has_certificate && config.tls_certificate_file.empty()) {
    return Needs("tls.snapshots_client_ca_file", "tls.certificate_file");
  }
  if (config.listen_snapshots.empty() && (has_certificate || has_ca)) {
    return Needs(has_certificate ? "tls.snapshots_certificate_file"
                                 : "tls.snapshots_client_ca_file",
                 "listen.snapshots");
  }
  return absl::OkStatus();
}

// Whether the clients' certificates of that listener can be checked.
bool HasClientCa(const Config& config, absl::string_view listener) {
  return !config.tls_client_ca_file.empty() ||
         (listener == "snapshots" &&
          !config.tls_snapshots_client_ca_file.empty());
}

absl::Status CheckTls(const Config& config) {
  const bool has_certificate = !config.tls_certificate_file.empty();
  if (has_certificate && config.tls_key_file.empty()) {
    return Needs("tls.certificate_file", "tls.key_file");
  }
  if (!has_certificate && !config.tls_key_file.empty()) {
    return Needs("tls.key_file", "tls.certificate_file");
  }
  if (!has_certificate && !config.tls_client_ca_file.empty()) {
    return Needs("tls.client_ca_file", "tls.certificate_file");
  }
  HEAPD_RETURN_IF_ERROR(CheckListeners("tls.listeners", config.tls_listeners));
  HEAPD_RETURN_IF_ERROR(CheckListeners("tls.require_client_certificate",
                                       config.tls_require_client_certificate));
  HEAPD_RETURN_IF_ERROR(CheckTlsOfSnapshots(config));
  for (const std::string& listener : config.tls_require_client_certificate) {
    if (!HasClientCa(config, listener)) {
      return Needs("tls.require_client_certificate", "tls.client_ca_file");
    }
    if (std::find(config.tls_listeners.begin(), config.tls_listeners.end(),
                  listener) == config.tls_listeners.end()) {
      return absl::InvalidArgumentError(
          absl::StrCat("'tls.require_client_certificate' has '", listener,
                       "', which 'tls.listeners' leaves without TLS"));
    }
  }
  return absl::OkStatus();
}

// That the keys about JSON web tokens are all there, or none.
absl::Status CheckJwt(const Config& config) {
  const bool has_keys = !config.auth_jwt_keys_file.empty();
  const bool has_issuer = !config.auth_jwt_issuer.empty();
  const bool has_audience = !config.auth_jwt_audience.empty();
  if (has_keys && !has_issuer) {
    return Needs("auth.jwt_keys_file", "auth.jwt_issuer");
  }
  if (has_keys && !has_audience) {
    return Needs("auth.jwt_keys_file", "auth.jwt_audience");
  }
  if (!has_keys && has_issuer) {
    return Needs("auth.jwt_issuer", "auth.jwt_keys_file");
  }
  if (!has_keys && has_audience) {
    return Needs("auth.jwt_audience", "auth.jwt_keys_file");
  }
  return absl::OkStatus();
}

// Whether there is a destination of that name.
bool HasDestination(const Config& config, absl::string_view name) {
  if (name == "local") return !config.snapshots_directory.empty();
  return absl::c_any_of(
      config.snapshots_destinations,
      [name](const DestinationEntry& entry) { return entry.name == name; });
}

absl::Status CheckDestinationOf(const Config& config, absl::string_view key,
                                const std::string& entry,
                                const std::string& destination) {
  if (destination.empty() || HasDestination(config, destination)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "'", key, "' ", entry.empty() ? "" : absl::StrCat("has '", entry, "' "),
      "with the destination '", destination,
      "', which is none of 'snapshots.destinations'"));
}

// That entries have names of their own and destinations that there are.
template <typename Entry>
absl::Status CheckEntries(const Config& config, absl::string_view key,
                          const std::vector<Entry>& entries) {
  std::set<absl::string_view> names;
  for (const Entry& entry : entries) {
    if (!names.insert(entry.name).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("'", key, "' has '", entry.name, "' twice"));
    }
    HEAPD_RETURN_IF_ERROR(
        CheckDestinationOf(config, key, entry.name, entry.destination));
  }
  return absl::OkStatus();
}

// That snapshots which heapd takes by itself can be stored, and made.
absl::Status CheckAutomatic(const Config& config) {
  const bool has_storage = !config.snapshots_directory.empty() ||
                           !config.snapshots_destinations.empty();
  const auto needs_storage = [has_storage](absl::string_view key, bool wanted) {
    if (!wanted || has_storage) return absl::OkStatus();
    return absl::InvalidArgumentError(
        absl::StrCat("'", key,
                     "' needs 'snapshots.directory' or "
                     "'snapshots.destinations' too"));
  };
  HEAPD_RETURN_IF_ERROR(needs_storage("snapshots.near_limit_count",
                                      config.snapshots_near_limit_count > 0));
  HEAPD_RETURN_IF_ERROR(
      needs_storage("snapshots.on_leak", config.snapshots_on_leak));
  HEAPD_RETURN_IF_ERROR(needs_storage("snapshots.schedules",
                                      !config.snapshots_schedules.empty()));
  const bool rules_take = absl::c_any_of(
      config.snapshots_rules,
      [](const RuleEntry& rule) { return rule.action == "snapshot"; });
  HEAPD_RETURN_IF_ERROR(needs_storage("snapshots.rules", rules_take));
  HEAPD_RETURN_IF_ERROR(
      CheckDestinationOf(config, "snapshots.automatic_destination", "",
                         config.snapshots_automatic_destination));
  HEAPD_RETURN_IF_ERROR(
      CheckEntries(config, "snapshots.schedules", config.snapshots_schedules));
  HEAPD_RETURN_IF_ERROR(
      CheckEntries(config, "snapshots.rules", config.snapshots_rules));
  if (config.snapshots_near_limit_count > 0 &&
      config.snapshots_near_limit_reserve > config.memory_budget / 2) {
    return Over("snapshots.near_limit_reserve",
                FormatSize(config.snapshots_near_limit_reserve),
                "half of memory.budget", FormatSize(config.memory_budget / 2));
  }
  return absl::OkStatus();
}

// That no name is there twice, and that uploads can be cleaned up after.
absl::Status CheckDestinations(const Config& config) {
  std::set<absl::string_view> names;
  if (!config.snapshots_directory.empty()) names.insert("local");
  for (const DestinationEntry& entry : config.snapshots_destinations) {
    if (!names.insert(entry.name).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("'snapshots.destinations' has '", entry.name,
                       entry.name == "local"
                           ? "', which is the name of 'snapshots.directory'"
                           : "' twice"));
    }
    if (entry.kind == "s3" && config.snapshots_state_directory.empty()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "'snapshots.state_directory' is required with '", entry.name,
          "' of 'snapshots.destinations', whose kind is s3"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

void ResolveDefaults(uint64_t usable_memory_bytes, int cores, Config& config) {
  if (config.memory_budget == 0) {
    config.memory_budget =
        std::max(kMinBudgetBytes, usable_memory_bytes / 4 * 3 / kMiB * kMiB);
  }
  if (config.memory_default_heap_limit == 0) {
    config.memory_default_heap_limit =
        std::clamp(config.memory_budget / 4 / kMiB * kMiB, kMinHeapLimitBytes,
                   kMaxHeapLimitBytes);
  }
  if (config.limits_max_answers == 0) {
    config.limits_max_answers =
        std::clamp(config.memory_budget / 16 / kMiB * kMiB, kMiB, 256 * kMiB);
  }
  if (config.snapshots_near_limit_reserve == 0) {
    config.snapshots_near_limit_reserve =
        std::max(4 * kMiB, config.memory_budget / 16 / kMiB * kMiB);
  }
  ResolvePartsInFlight(config);
  if (config.marking_threads == 0) {
    config.marking_threads = std::clamp(cores / 2, 1, 256);
  }
  if (config.workers_threads == 0) {
    config.workers_threads = std::clamp(cores, 2, 256);
  }
}

absl::Status CheckConfig(const Config& config) {
  HEAPD_RETURN_IF_ERROR(CheckDestinations(config));
  HEAPD_RETURN_IF_ERROR(CheckAutomatic(config));
  if (config.memory_default_heap_limit > config.memory_budget) {
    return Over("memory.default_heap_limit",
                FormatSize(config.memory_default_heap_limit), "memory.budget",
                FormatSize(config.memory_budget));
  }
  if (config.memory_new_space != 0 &&
      config.memory_new_space < kMinNewSpaceBytes) {
    return absl::InvalidArgumentError(
        "'memory.new_space' must be 0, or 64KiB to 64MiB");
  }
  if (config.sessions_default_time_to_live > config.sessions_max_time_to_live) {
    return Over("sessions.default_time_to_live",
                absl::FormatDuration(config.sessions_default_time_to_live),
                "sessions.max_time_to_live",
                absl::FormatDuration(config.sessions_max_time_to_live));
  }
  if (config.limits_max_message > config.limits_max_in_flight_bytes) {
    return Over("limits.max_message", FormatSize(config.limits_max_message),
                "limits.max_in_flight_bytes",
                FormatSize(config.limits_max_in_flight_bytes));
  }
  HEAPD_RETURN_IF_ERROR(CheckPartsInFlight(config));
  HEAPD_RETURN_IF_ERROR(CheckTls(config));
  return CheckJwt(config);
}

}  // namespace heapd::server
