#include "client/heapload/report/balancer.h"

#include <optional>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "client/heapd/status_macros.h"
#include "client/heapload/report/text_cursor.h"
#include "client/heapload/report/units.h"

namespace heapd::heapload {
namespace {

// Envoy itself has no defaults: all four fields are required there
// (config.core.v3.HealthCheck). Its gateway for Kubernetes has.
constexpr BalancerPreset kPresets[] = {
    {"kubernetes", 10, 1, 3, 1, "probes of a kubelet",
     "https://kubernetes.io/docs/tasks/configure-pod-container/"
     "configure-liveness-readiness-startup-probes/#configure-probes"},
    {"aws-nlb", 30, 10, 2, 5, "AWS Network Load Balancer, TCP",
     "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/"
     "API_CreateTargetGroup.html"},
    {"aws-alb", 30, 6, 2, 5, "AWS Application Load Balancer, HTTP or gRPC",
     "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/"
     "API_CreateTargetGroup.html"},
    {"gcp", 5, 5, 2, 2, "Google Cloud health checks",
     "https://cloud.google.com/sdk/gcloud/reference/compute/health-checks/"
     "create/grpc"},
    {"envoy", 3, 1, 3, 1, "Envoy Gateway (Envoy itself has no defaults)",
     "https://gateway.envoyproxy.io/docs/api/extension_types/"
     "#activehealthcheck"},
};

constexpr absl::string_view kKeys[] = {"interval", "timeout", "unhealthy",
                                       "healthy"};

// What the text has said so far.
struct Given {
  std::optional<double> interval;
  std::optional<double> timeout;
  std::optional<int> unhealthy;
  std::optional<int> healthy;
};

std::string DidYouMean(absl::string_view word,
                       absl::Span<const absl::string_view> candidates) {
  const absl::string_view nearest = NearestName(word, candidates);
  return nearest.empty() ? "" : absl::StrCat(" (\"", nearest, "\"?)");
}

absl::StatusOr<double> TakeDuration(TextCursor& cursor, absl::string_view key) {
  const size_t position = cursor.position();
  const std::optional<double> number = cursor.TakeNumber();
  if (!number.has_value()) {
    return cursor.ErrorHere(
        absl::StrCat("a duration such as 5s is expected "
                     "instead of ",
                     cursor.Found()));
  }
  const size_t unit_position = cursor.position();
  const absl::string_view unit = cursor.TakeUnit();
  const std::optional<double> factor = UnitFactor(MetricUnit::kSeconds, unit);
  if (!factor.has_value()) {
    return cursor.Error(unit_position,
                        absl::StrCat("\"", key, "\" needs a unit (",
                                     UnitNames(MetricUnit::kSeconds),
                                     ") instead of \"", unit, "\""));
  }
  if (*number <= 0) {
    return cursor.Error(position,
                        absl::StrCat("\"", key, "\" must be longer than 0"));
  }
  return *number * *factor;
}

absl::StatusOr<int> TakeThreshold(TextCursor& cursor, absl::string_view key) {
  constexpr int kMost = 1000;
  const size_t position = cursor.position();
  const std::optional<double> number = cursor.TakeNumber();
  if (!number.has_value() || *number < 1 || *number > kMost ||
      *number != static_cast<int>(*number)) {
    return cursor.Error(position, absl::StrCat("\"", key,
                                               "\" is a whole number from 1 "
                                               "to ",
                                               kMost));
  }
  return static_cast<int>(*number);
}

// Behind "=".
absl::Status TakeSetting(TextCursor& cursor, absl::string_view key,
                         size_t position, Given& given) {
  if (key == "interval" && !given.interval.has_value()) {
    HEAPD_CLIENT_ASSIGN_OR_RETURN(given.interval, TakeDuration(cursor, key));
  } else if (key == "timeout" && !given.timeout.has_value()) {
    HEAPD_CLIENT_ASSIGN_OR_RETURN(given.timeout, TakeDuration(cursor, key));
  } else if (key == "unhealthy" && !given.unhealthy.has_value()) {
    HEAPD_CLIENT_ASSIGN_OR_RETURN(given.unhealthy, TakeThreshold(cursor, key));
  } else if (key == "healthy" && !given.healthy.has_value()) {
    HEAPD_CLIENT_ASSIGN_OR_RETURN(given.healthy, TakeThreshold(cursor, key));
  } else if (absl::c_linear_search(kKeys, key)) {
    return cursor.Error(position, absl::StrCat("\"", key, "\" is given twice"));
  } else {
    return cursor.Error(
        position,
        absl::StrCat("no key is called \"", key, "\"", DidYouMean(key, kKeys),
                     "; there are interval, timeout, unhealthy and "
                     "healthy"));
  }
  return absl::OkStatus();
}

const BalancerPreset* FindPreset(absl::string_view name) {
  for (const BalancerPreset& preset : kPresets) {
    if (preset.name == name) return &preset;
  }
  return nullptr;
}

absl::Status UnknownPreset(const TextCursor& cursor, absl::string_view word,
                           size_t position) {
  std::vector<absl::string_view> names;
  for (const BalancerPreset& preset : kPresets) names.push_back(preset.name);
  return cursor.Error(position,
                      absl::StrCat("no preset is called \"", word, "\"",
                                   DidYouMean(word, names), "; there are ",
                                   absl::StrJoin(names, ", ")));
}

// A preset or a key with its value.
absl::Status TakeTerm(TextCursor& cursor, bool first,
                      const BalancerPreset*& preset, Given& given) {
  cursor.SkipBlanks();
  const size_t position = cursor.position();
  const absl::string_view word = cursor.TakeWord();
  if (word.empty()) {
    return cursor.ErrorHere(absl::StrCat(
        "a preset or a key such as interval=5s is expected instead of ",
        cursor.Found()));
  }
  cursor.SkipBlanks();
  if (cursor.Take("=")) {
    cursor.SkipBlanks();
    return TakeSetting(cursor, word, position, given);
  }
  if (absl::c_linear_search(kKeys, word)) {
    return cursor.ErrorHere(
        absl::StrCat("\"=\" and a value are expected "
                     "behind \"",
                     word, "\" instead of ", cursor.Found()));
  }
  if (FindPreset(word) == nullptr) {
    return UnknownPreset(cursor, word, position);
  }
  if (!first) {
    return cursor.Error(position, "a preset must be the first of the list");
  }
  preset = FindPreset(word);
  return absl::OkStatus();
}

absl::Status Complete(const TextCursor& cursor, const BalancerPreset* preset,
                      const Given& given, BalancerRule& rule) {
  if (preset != nullptr) {
    rule.preset = std::string(preset->name);
  } else {
    for (const auto& [key, missing] :
         {std::pair("interval", !given.interval.has_value()),
          std::pair("timeout", !given.timeout.has_value()),
          std::pair("unhealthy", !given.unhealthy.has_value())}) {
      if (missing) {
        return cursor.ErrorHere(absl::StrCat(
            "\"", key, "\" is missing, and no preset says what it is"));
      }
    }
  }
  static constexpr BalancerPreset kNone = {"", 0, 0, 0, 1, "", ""};
  const BalancerPreset& base = preset != nullptr ? *preset : kNone;
  rule.interval_seconds = given.interval.value_or(base.interval_seconds);
  rule.timeout_seconds = given.timeout.value_or(base.timeout_seconds);
  rule.unhealthy = given.unhealthy.value_or(base.unhealthy);
  rule.healthy = given.healthy.value_or(base.healthy);
  if (rule.timeout_seconds > rule.interval_seconds) {
    return cursor.ErrorHere(absl::StrCat(
        "a check must end before the next begins: the timeout of ",
        FormatSeconds(rule.timeout_seconds), " is longer than the interval of ",
        FormatSeconds(rule.interval_seconds)));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<BalancerRule> ParseBalancerRule(absl::string_view text) {
  BalancerRule rule;
  rule.text = std::string(absl::StripAsciiWhitespace(text));
  TextCursor cursor(text);
  if (absl::StrContains(text, ':')) {
    cursor.SkipBlanks();
    rule.series = std::string(cursor.TakeWord());
    cursor.SkipBlanks();
    if (rule.series.empty() || !cursor.Take(":")) {
      return cursor.ErrorHere(absl::StrCat(
          "the name of a probe series and \":\" are expected instead of ",
          cursor.Found()));
    }
  }
  const BalancerPreset* preset = nullptr;
  Given given;
  bool first = true;
  do {
    HEAPD_CLIENT_RETURN_IF_ERROR(TakeTerm(cursor, first, preset, given));
    first = false;
    cursor.SkipBlanks();
  } while (cursor.Take(","));
  if (!cursor.at_end()) {
    return cursor.ErrorHere(
        absl::StrCat("\",\" is expected instead of ", cursor.Found()));
  }
  HEAPD_CLIENT_RETURN_IF_ERROR(Complete(cursor, preset, given, rule));
  return rule;
}

std::string DescribeRule(const BalancerRule& rule) {
  return absl::StrCat("every ", FormatSeconds(rule.interval_seconds),
                      ", timeout ", FormatSeconds(rule.timeout_seconds), ", ",
                      rule.unhealthy,
                      rule.unhealthy == 1 ? " failure" : " failures in a row");
}

absl::Span<const BalancerPreset> BalancerPresets() { return kPresets; }

std::string BalancerHelp() {
  std::string help =
      "BALANCER: [SERIES:](PRESET|KEY=VALUE),KEY=VALUE..., such as\n"
      "  liveness:interval=5s,timeout=1s,unhealthy=3,healthy=2\n"
      "  readiness:gcp,interval=10s\n"
      "SERIES is liveness or readiness, both if it is left out. Presets:\n";
  for (const BalancerPreset& preset : kPresets) {
    absl::StrAppend(
        &help, absl::StrFormat(
                   "  %-10s  interval=%gs,timeout=%gs,unhealthy=%d,healthy=%d: "
                   "%s\n",
                   preset.name, preset.interval_seconds, preset.timeout_seconds,
                   preset.unhealthy, preset.healthy, preset.product));
  }
  return help;
}

}  // namespace heapd::heapload
