#include "server/ops/logging.h"

#include <grpc/support/log.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <nlohmann/json.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_replace.h"

namespace heapd::server {
namespace {

// Written by InitLogging() while the process starts, read by every record.
std::atomic<LogFormat> g_format{LogFormat::kText};

// spdlog writes whole lines under a lock of its own and decides by level; the
// line itself is made here, since its patterns know no fields.
spdlog::logger& Sink() {
  // Never destroyed: threads may log while static objects are being destroyed.
  static spdlog::logger& logger = *[] {
    auto* made = new spdlog::logger(
        "heapd", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->flush_on(spdlog::level::debug);
    return made;
  }();
  return logger;
}

spdlog::level::level_enum SpdlogLevel(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

absl::string_view Word(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "info";
}

std::string Timestamp(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d%ET%H:%M:%E6SZ", time, absl::UTCTimeZone());
}

// Quoted where a reader could mistake it for more than one value, and always
// on one line.
std::string TextValueOf(const std::string& text) {
  const bool plain =
      !text.empty() &&
      std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return absl::ascii_isgraph(c) && c != '"' && c != '=' && c != '\\';
      });
  if (plain) return text;
  // Single quotes need no escape here.
  return absl::StrCat(
      "\"", absl::StrReplaceAll(absl::CHexEscape(text), {{"\\'", "'"}}), "\"");
}

std::string JsonRecord(absl::Time time, LogLevel level, absl::string_view event,
                       std::initializer_list<LogField> fields) {
  nlohmann::ordered_json record;
  record["time"] = Timestamp(time);
  record["level"] = Word(level);
  record["event"] = event;
  for (const LogField& field : fields) {
    const nlohmann::json number =
        field.is_number ? nlohmann::json::parse(field.text, nullptr, false)
                        : nlohmann::json();
    if (number.is_number()) {
      record[field.key] = number;
    } else {
      record[field.key] = field.text;
    }
  }
  return record.dump(-1, ' ', /*ensure_ascii=*/true,
                     nlohmann::json::error_handler_t::replace);
}

void Log(LogLevel level, absl::string_view event,
         std::initializer_list<LogField> fields) {
  spdlog::logger& sink = Sink();
  if (!sink.should_log(SpdlogLevel(level))) return;
  // Relaxed: records that run beside InitLogging() may have either form.
  sink.log(SpdlogLevel(level), spdlog::string_view_t(FormatRecord(
                                   g_format.load(std::memory_order_relaxed),
                                   absl::Now(), level, event, fields)));
}

void LogFromGrpc(gpr_log_func_args* record) {
  // gRPC calls "error" what its callers are told as a status anyway.
  const LogLevel level = record->severity == GPR_LOG_SEVERITY_ERROR
                             ? LogLevel::kWarning
                             : LogLevel::kDebug;
  Log(level, "grpc", {{"message", record->message}});
}

}  // namespace

void InitLogging(LogLevel level, LogFormat format) {
  g_format.store(format, std::memory_order_relaxed);
  Sink().set_level(SpdlogLevel(level));
  gpr_set_log_function(LogFromGrpc);
}

bool IsLogged(LogLevel level) { return Sink().should_log(SpdlogLevel(level)); }

LogLevel ParseLogLevel(absl::string_view word) {
  if (word == "debug") return LogLevel::kDebug;
  if (word == "warning") return LogLevel::kWarning;
  return word == "error" ? LogLevel::kError : LogLevel::kInfo;
}

LogFormat ParseLogFormat(absl::string_view word) {
  return word == "json" ? LogFormat::kJson : LogFormat::kText;
}

std::string FormatRecord(LogFormat format, absl::Time time, LogLevel level,
                         absl::string_view event,
                         std::initializer_list<LogField> fields) {
  if (format == LogFormat::kJson) return JsonRecord(time, level, event, fields);
  std::string line =
      absl::StrCat(Timestamp(time), " ",
                   absl::AsciiStrToUpper(std::string(Word(level))), " ", event);
  for (const LogField& field : fields) {
    absl::StrAppend(&line, " ", field.key, "=", TextValueOf(field.text));
  }
  return line;
}

void LogDebug(absl::string_view event, std::initializer_list<LogField> fields) {
  Log(LogLevel::kDebug, event, fields);
}

void LogInfo(absl::string_view event, std::initializer_list<LogField> fields) {
  Log(LogLevel::kInfo, event, fields);
}

void LogWarning(absl::string_view event,
                std::initializer_list<LogField> fields) {
  Log(LogLevel::kWarning, event, fields);
}

void LogError(absl::string_view event, std::initializer_list<LogField> fields) {
  Log(LogLevel::kError, event, fields);
}

}  // namespace heapd::server
