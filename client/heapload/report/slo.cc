#include "client/heapload/report/slo.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/heapd/status_macros.h"
#include "client/heapload/report/text_cursor.h"

namespace heapd::heapload {
namespace {

struct ComparisonSign {
  absl::string_view sign;
  Comparison comparison;
};
// The longer ones first, so that "<=" is not taken for "<".
constexpr ComparisonSign kSigns[] = {
    {"<=", Comparison::kLessOrEqual}, {">=", Comparison::kGreaterOrEqual},
    {"==", Comparison::kEqual},       {"!=", Comparison::kNotEqual},
    {"<", Comparison::kLess},         {">", Comparison::kGreater}};

struct Part {
  absl::string_view word;
  size_t position = 0;
};

// Reads words with dots between them, and no blanks.
absl::StatusOr<std::vector<Part>> TakeParts(TextCursor& cursor) {
  std::vector<Part> parts;
  do {
    const size_t position = cursor.position();
    const absl::string_view word = cursor.TakeWord();
    if (word.empty()) {
      return cursor.ErrorHere(absl::StrCat(
          "a metric such as p99 or peak.p99 is expected instead of ",
          cursor.Found()));
    }
    parts.push_back({word, position});
  } while (cursor.Take("."));
  return parts;
}

absl::Status UnknownMetric(const TextCursor& cursor, const Part& part) {
  std::vector<absl::string_view> names;
  for (const MetricInfo& info : Metrics()) names.push_back(info.name);
  std::string message = absl::StrCat("no metric is called \"", part.word, "\"");
  const absl::string_view nearest = NearestName(part.word, names);
  if (!nearest.empty()) absl::StrAppend(&message, " (\"", nearest, "\"?)");
  return cursor.Error(part.position, message);
}

// Whether the metric may be asked with this scope or without one.
absl::Status CheckScope(const TextCursor& cursor, const MetricRef& ref,
                        const std::vector<Part>& parts) {
  const MetricInfo& info = *ref.info;
  if (ref.scope.empty() && (info.scopes & kOfRun) == 0) {
    return cursor.Error(
        parts[0].position,
        absl::StrCat("\"", info.name, "\" is of health probes: write liveness.",
                     info.name, " or readiness.", info.name));
  }
  if (!ref.scope.empty() && (info.scopes & (kOfPhase | kOfProbes)) == 0) {
    return cursor.Error(parts[0].position,
                        absl::StrCat("\"", info.name,
                                     "\" is of the whole run: write it without "
                                     "\"",
                                     ref.scope, ".\""));
  }
  return absl::OkStatus();
}

absl::StatusOr<MetricRef> TakeMetric(TextCursor& cursor) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const std::vector<Part> parts,
                                TakeParts(cursor));
  // A metric's name never stands for a scope, so that a phase cannot change
  // what an expression means.
  const bool scoped = parts.size() > 1 && FindMetric(parts[0].word) == nullptr;
  const Part& name = parts[scoped ? 1 : 0];
  MetricRef ref;
  if (scoped) ref.scope = std::string(parts[0].word);
  ref.info = FindMetric(name.word);
  if (ref.info == nullptr) return UnknownMetric(cursor, name);

  const size_t rest = scoped ? 2 : 1;
  if (parts.size() > rest) {
    const size_t classes = (ref.info->scopes & kOfErrors) != 0 ? 1 : 0;
    if (parts.size() > rest + classes) {
      return cursor.Error(
          parts[rest + classes].position - 1,
          absl::StrCat("nothing may follow \"", parts[rest + classes - 1].word,
                       "\"; a phase or probe series stands in front of the "
                       "metric"));
    }
    ref.error_class = std::string(parts[rest].word);
  }
  HEAPD_CLIENT_RETURN_IF_ERROR(CheckScope(cursor, ref, parts));
  return ref;
}

absl::StatusOr<Comparison> TakeComparison(TextCursor& cursor) {
  for (const ComparisonSign& sign : kSigns) {
    if (cursor.Take(sign.sign)) return sign.comparison;
  }
  if (cursor.peek() == '=') {
    return cursor.ErrorHere("equality is written \"==\"");
  }
  return cursor.ErrorHere(absl::StrCat(
      "one of < <= > >= == != is expected instead of ", cursor.Found()));
}

// Behind "%".
absl::Status TakeWhole(TextCursor& cursor, size_t number_position, Slo& slo) {
  slo.relative = true;
  slo.value /= 100;
  cursor.SkipBlanks();
  const size_t position = cursor.position();
  if (cursor.TakeWord() != "of") {
    if (cursor.position() != position) {
      return cursor.Error(position,
                          "nothing but \"of\" and a metric may follow \"%\"");
    }
    if (!slo.metric.info->whole.empty()) return absl::OkStatus();
    return cursor.Error(number_position,
                        absl::StrCat("\"", slo.metric.info->name,
                                     "\" is no part of a whole: give ",
                                     UnitNames(slo.metric.info->unit),
                                     ", or say of what, such as \"of base.",
                                     slo.metric.info->name, "\""));
  }
  cursor.SkipBlanks();
  const size_t metric_position = cursor.position();
  HEAPD_CLIENT_ASSIGN_OR_RETURN(slo.of, TakeMetric(cursor));
  if (slo.of->info->unit != slo.metric.info->unit) {
    return cursor.Error(
        metric_position,
        absl::StrCat("\"", slo.of->info->name, "\" cannot be compared with \"",
                     slo.metric.info->name, "\""));
  }
  return absl::OkStatus();
}

absl::Status TakeValue(TextCursor& cursor, Slo& slo) {
  const size_t position = cursor.position();
  const std::optional<double> number = cursor.TakeNumber();
  if (!number.has_value()) {
    return cursor.ErrorHere(
        absl::StrCat("a number is expected instead of ", cursor.Found()));
  }
  slo.value = *number;
  cursor.SkipBlanks();
  if (cursor.Take("%")) return TakeWhole(cursor, position, slo);

  const MetricInfo& info = *slo.metric.info;
  const size_t unit_position = cursor.position();
  const absl::string_view unit = cursor.TakeUnit();
  const std::optional<double> factor = UnitFactor(info.unit, unit);
  if (factor.has_value()) {
    slo.value *= *factor;
  } else if (!unit.empty()) {
    return cursor.Error(
        unit_position,
        absl::StrCat("\"", unit, "\" is no unit of \"", info.name, "\" (",
                     UnitNames(info.unit), ")"));
  } else if (slo.value != 0) {  // zero is zero in every unit
    return cursor.Error(unit_position,
                        absl::StrCat("\"", info.name, "\" needs a unit (",
                                     UnitNames(info.unit), ")"));
  }
  return absl::OkStatus();
}

std::string ScopesOf(const MetricInfo& info) {
  std::string scopes;
  if ((info.scopes & kOfPhase) != 0) absl::StrAppend(&scopes, "run, phase");
  if ((info.scopes & kOfRun) != 0 && scopes.empty()) scopes = "run";
  if ((info.scopes & kOfProbes) != 0) {
    absl::StrAppend(&scopes, scopes.empty() ? "" : ", ", "probes");
  }
  return scopes;
}

}  // namespace

absl::StatusOr<Slo> ParseSlo(absl::string_view text) {
  Slo slo;
  slo.text = std::string(absl::StripAsciiWhitespace(text));
  TextCursor cursor(text);
  cursor.SkipBlanks();
  HEAPD_CLIENT_ASSIGN_OR_RETURN(slo.metric, TakeMetric(cursor));
  cursor.SkipBlanks();
  HEAPD_CLIENT_ASSIGN_OR_RETURN(slo.comparison, TakeComparison(cursor));
  cursor.SkipBlanks();
  HEAPD_CLIENT_RETURN_IF_ERROR(TakeValue(cursor, slo));
  cursor.SkipBlanks();
  if (!cursor.at_end()) {
    return cursor.ErrorHere(
        absl::StrCat("the expression should end instead of ", cursor.Found(),
                     " (one --slo for each)"));
  }
  return slo;
}

bool Holds(Comparison comparison, double actual, double limit) {
  switch (comparison) {
    case Comparison::kLess:
      return actual < limit;
    case Comparison::kLessOrEqual:
      return actual <= limit;
    case Comparison::kGreater:
      return actual > limit;
    case Comparison::kGreaterOrEqual:
      return actual >= limit;
    case Comparison::kEqual:
      return actual == limit;
    case Comparison::kNotEqual:
      return actual != limit;
  }
  return false;
}

std::string SloHelp() {
  std::string help =
      "SLO: METRIC COMPARISON VALUE, such as\n"
      "  p99 < 50ms                peak.p99 <= 100ms (of a phase)\n"
      "  goodput >= 80%            errors.HEAP_LIMIT == 0 (of a class)\n"
      "  liveness.missed == 0      used <= 90%\n"
      "  after.p99 <= 150% of before.p99\n"
      "Comparisons: < <= > >= == !=. A percentage is of what the metric is a\n"
      "part of, or of another metric. Metrics:\n";
  for (const MetricInfo& info : Metrics()) {
    absl::StrAppend(&help, absl::StrFormat("  %-21s  %s [%s]\n", info.name,
                                           info.help, ScopesOf(info)));
  }
  return help;
}

}  // namespace heapd::heapload
