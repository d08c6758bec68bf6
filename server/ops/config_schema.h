#ifndef HEAPD_SERVER_OPS_CONFIG_SCHEMA_H_
#define HEAPD_SERVER_OPS_CONFIG_SCHEMA_H_

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "server/ops/config.h"

namespace heapd::server {

// What a key holds: where its value is kept and which values are allowed.
struct BoolValue {
  bool Config::*field;
};
struct IntegerValue {
  int64_t Config::*field;
  int64_t minimum;
  int64_t maximum;
};
struct SizeValue {
  uint64_t Config::*field;
  uint64_t minimum;
  uint64_t maximum;
};
struct DurationValue {
  absl::Duration Config::*field;
  absl::Duration minimum;
  absl::Duration maximum;
};
struct TextValue {
  std::string Config::*field;
};
struct ChoiceValue {
  std::string Config::*field;
  std::vector<absl::string_view> choices;
};
struct ListValue {
  std::vector<std::string> Config::*field;
  size_t minimum;
  size_t maximum;
};
struct TokensValue {
  std::vector<TokenEntry> Config::*field;
};
struct DestinationsValue {
  std::vector<DestinationEntry> Config::*field;
};
struct SchedulesValue {
  std::vector<ScheduleEntry> Config::*field;
};
struct RulesValue {
  std::vector<RuleEntry> Config::*field;
};
using ConfigValue =
    std::variant<BoolValue, IntegerValue, SizeValue, DurationValue, TextValue,
                 ChoiceValue, ListValue, TokensValue, DestinationsValue,
                 SchedulesValue, RulesValue>;

// One row of the schema.
struct ConfigKey {
  absl::string_view name;  // "section.key"; the flag is "--section.key"
  ConfigValue value;
  // What the default is when it is not a constant; otherwise empty.
  absl::string_view computed_default;
  absl::string_view meaning;
};

// The schema: every key, in the order in which it is documented. File, flags,
// --help, --print-config and server/README.md all follow it.
absl::Span<const ConfigKey> ConfigKeys();

// The row of a key, or null.
const ConfigKey* FindConfigKey(absl::string_view name);

// "size", "duration", "integer", "true or false", "text", "list of texts", ...
absl::string_view TypeText(const ConfigKey& key);
// "16MiB to 1TiB"; empty where every value of the type is allowed.
std::string RangeText(const ConfigKey& key);
// What holds when nothing is configured.
std::string DefaultText(const ConfigKey& key);

// Whether the key takes several values.
bool IsList(const ConfigKey& key);
// Whether these are YAML maps, each in one line.
bool IsListOfMaps(const ConfigKey& key);

// Checks `values` and stores them. A key that is no list takes exactly one.
// INVALID_ARGUMENT says what is wanted, without naming the key.
absl::Status SetConfigValue(const ConfigKey& key,
                            const std::vector<std::string>& values,
                            Config& config);

// The value as SetConfigValue() reads it.
std::vector<std::string> GetConfigValue(const ConfigKey& key,
                                        const Config& config);

}  // namespace heapd::server

#endif  // HEAPD_SERVER_OPS_CONFIG_SCHEMA_H_
