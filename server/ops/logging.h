#ifndef HEAPD_SERVER_OPS_LOGGING_H_
#define HEAPD_SERVER_OPS_LOGGING_H_

#include <cstdint>
#include <initializer_list>
#include <string>
#include <type_traits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

// Structured records on stderr: an event (snake_case), then named values.
//   LogInfo("listening", {{"plane", "data"}, {"address", "127.0.0.1:7700"}});
// Never give these functions a payload, the content of a string, or a token.
// Thread-safe. Nothing is lost before InitLogging(): the defaults hold then.

namespace heapd::server {

enum class LogLevel { kDebug, kInfo, kWarning, kError };
enum class LogFormat { kText, kJson };

// One named value of a record.
struct LogField {
  LogField(absl::string_view k, absl::string_view v) : key(k), text(v) {}
  LogField(absl::string_view k, const char* v) : key(k), text(v) {}
  LogField(absl::string_view k, const std::string& v) : key(k), text(v) {}
  LogField(absl::string_view k, absl::Duration v)
      : key(k), text(absl::FormatDuration(v)) {}
  LogField(absl::string_view k, const absl::Status& v)
      : key(k),
        text(absl::StrCat(absl::StatusCodeToString(v.code()), ": ",
                          v.message())) {}
  template <typename T, typename = std::enable_if_t<std::is_arithmetic_v<T>>>
  LogField(absl::string_view k, T v)
      : key(k), text(absl::StrCat(v)), is_number(true) {}

  std::string key;
  std::string text;
  bool is_number = false;
};

// Chooses level and format for the whole process; gRPC's own records come in
// the same form. `level` and `format` as in the configuration.
void InitLogging(LogLevel level, LogFormat format);

// The enumerators that the configuration's words stand for.
LogLevel ParseLogLevel(absl::string_view word);
LogFormat ParseLogFormat(absl::string_view word);

// Whether records of this level are written; for what is dear to put together.
bool IsLogged(LogLevel level);

void LogDebug(absl::string_view event,
              std::initializer_list<LogField> fields = {});
void LogInfo(absl::string_view event,
             std::initializer_list<LogField> fields = {});
void LogWarning(absl::string_view event,
                std::initializer_list<LogField> fields = {});
void LogError(absl::string_view event,
              std::initializer_list<LogField> fields = {});

// One record without its line end, as the functions above write it.
std::string FormatRecord(LogFormat format, absl::Time time, LogLevel level,
                         absl::string_view event,
                         std::initializer_list<LogField> fields);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_OPS_LOGGING_H_
