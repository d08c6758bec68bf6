// The parts of config_schema.h that depend on a key's type: texts, reading and
// writing of values.

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/ops/config_schema.h"
#include "server/ops/config_value.h"

namespace heapd::server {
namespace {

template <typename... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};
template <typename... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

std::string Between(const std::string& minimum, const std::string& maximum) {
  return absl::StrCat(minimum, " to ", maximum);
}

absl::Status OutOfRange(const std::string& range) {
  return absl::InvalidArgumentError(absl::StrCat("must be ", range));
}

struct Reader {
  const std::vector<std::string>& values;
  const std::string range;
  Config& config;

  absl::Status operator()(const BoolValue& value) const {
    const std::string& text = values.front();
    if (text != "true" && text != "false") {
      return absl::InvalidArgumentError("must be true or false");
    }
    config.*value.field = text == "true";
    return absl::OkStatus();
  }

  absl::Status operator()(const IntegerValue& value) const {
    int64_t number = 0;
    if (!absl::SimpleAtoi(values.front(), &number)) {
      return absl::InvalidArgumentError("must be an integer");
    }
    if (number < value.minimum || number > value.maximum) {
      return OutOfRange(range);
    }
    config.*value.field = number;
    return absl::OkStatus();
  }

  absl::Status operator()(const SizeValue& value) const {
    const absl::StatusOr<uint64_t> bytes = ParseSize(values.front());
    if (!bytes.ok()) return bytes.status();
    if (*bytes < value.minimum || *bytes > value.maximum) {
      return OutOfRange(range);
    }
    config.*value.field = *bytes;
    return absl::OkStatus();
  }

  absl::Status operator()(const DurationValue& value) const {
    absl::Duration duration;
    if (!absl::ParseDuration(values.front(), &duration)) {
      return absl::InvalidArgumentError(
          "must be a duration such as 250ms, 10s, 5m or 24h");
    }
    if (duration < value.minimum || duration > value.maximum) {
      return OutOfRange(range);
    }
    config.*value.field = duration;
    return absl::OkStatus();
  }

  absl::Status operator()(const TextValue& value) const {
    if (values.front().find('\0') != std::string::npos) {
      return absl::InvalidArgumentError("must not contain a NUL character");
    }
    config.*value.field = values.front();
    return absl::OkStatus();
  }

  absl::Status operator()(const ChoiceValue& value) const {
    for (absl::string_view choice : value.choices) {
      if (values.front() != choice) continue;
      config.*value.field = values.front();
      return absl::OkStatus();
    }
    return OutOfRange(range);
  }

  absl::Status operator()(const ListValue& value) const {
    if (values.size() < value.minimum || values.size() > value.maximum) {
      return absl::InvalidArgumentError(absl::StrCat("must have ", range));
    }
    config.*value.field = values;
    return absl::OkStatus();
  }

  absl::Status operator()(const DestinationsValue& value) const {
    return ReadEntries(&ParseDestinationEntry, &(config.*value.field));
  }

  absl::Status operator()(const SchedulesValue& value) const {
    return ReadEntries(&ParseScheduleEntry, &(config.*value.field));
  }

  absl::Status operator()(const RulesValue& value) const {
    return ReadEntries(&ParseRuleEntry, &(config.*value.field));
  }

  absl::Status operator()(const TokensValue& value) const {
    return ReadEntries(&ParseTokenEntry, &(config.*value.field));
  }

 private:
  template <typename Entry>
  absl::Status ReadEntries(absl::StatusOr<Entry> (*parse)(absl::string_view),
                           std::vector<Entry>* field) const {
    std::vector<Entry> entries;
    for (const std::string& text : values) {
      absl::StatusOr<Entry> entry = parse(text);
      if (!entry.ok()) return entry.status();
      entries.push_back(*std::move(entry));
    }
    *field = std::move(entries);
    return absl::OkStatus();
  }
};

}  // namespace

absl::string_view TypeText(const ConfigKey& key) {
  return std::visit(
      Overloaded{
          [](const BoolValue&) { return "true or false"; },
          [](const IntegerValue&) { return "integer"; },
          [](const SizeValue&) { return "size"; },
          [](const DurationValue&) { return "duration"; },
          [](const TextValue&) { return "text"; },
          [](const ChoiceValue&) { return "choice"; },
          [](const ListValue&) { return "list"; },
          [](const TokensValue&) { return "list of tokens"; },
          [](const DestinationsValue&) { return "list of destinations"; },
          [](const SchedulesValue&) { return "list of schedules"; },
          [](const RulesValue&) { return "list of rules"; },
      },
      key.value);
}

std::string RangeText(const ConfigKey& key) {
  return std::visit(Overloaded{
                        [](const IntegerValue& value) {
                          return Between(absl::StrCat(value.minimum),
                                         absl::StrCat(value.maximum));
                        },
                        [](const SizeValue& value) {
                          return Between(FormatSize(value.minimum),
                                         FormatSize(value.maximum));
                        },
                        [](const DurationValue& value) {
                          return Between(absl::FormatDuration(value.minimum),
                                         absl::FormatDuration(value.maximum));
                        },
                        [](const ChoiceValue& value) {
                          return absl::StrJoin(value.choices, " or ");
                        },
                        [](const ListValue& value) {
                          return absl::StrCat(value.minimum, " to ",
                                              value.maximum, " entries");
                        },
                        [](const auto&) { return std::string(); },
                    },
                    key.value);
}

std::string DefaultText(const ConfigKey& key) {
  if (!key.computed_default.empty()) return std::string(key.computed_default);
  return absl::StrJoin(GetConfigValue(key, Config()), ", ");
}

bool IsList(const ConfigKey& key) {
  return std::holds_alternative<ListValue>(key.value) ||
         std::holds_alternative<TokensValue>(key.value) || IsListOfMaps(key);
}

bool IsListOfMaps(const ConfigKey& key) {
  return std::holds_alternative<DestinationsValue>(key.value) ||
         std::holds_alternative<SchedulesValue>(key.value) ||
         std::holds_alternative<RulesValue>(key.value);
}

absl::Status SetConfigValue(const ConfigKey& key,
                            const std::vector<std::string>& values,
                            Config& config) {
  if (!IsList(key) && values.size() != 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("must be one value, not ", values.size()));
  }
  return std::visit(Reader{values, RangeText(key), config}, key.value);
}

std::vector<std::string> GetConfigValue(const ConfigKey& key,
                                        const Config& config) {
  using Values = std::vector<std::string>;
  return std::visit(
      Overloaded{
          [&](const BoolValue& value) {
            return Values{config.*value.field ? "true" : "false"};
          },
          [&](const IntegerValue& value) {
            return Values{absl::StrCat(config.*value.field)};
          },
          [&](const SizeValue& value) {
            return Values{FormatSize(config.*value.field)};
          },
          [&](const DurationValue& value) {
            return Values{absl::FormatDuration(config.*value.field)};
          },
          [&](const ListValue& value) { return config.*value.field; },
          [&](const TokensValue& value) {
            Values texts;
            for (const TokenEntry& entry : config.*value.field) {
              texts.push_back(absl::StrCat(entry.name, ":", entry.sha256));
            }
            return texts;
          },
          [&](const DestinationsValue& value) {
            Values texts;
            for (const DestinationEntry& entry : config.*value.field) {
              texts.push_back(FormatDestinationEntry(entry));
            }
            return texts;
          },
          [&](const SchedulesValue& value) {
            Values texts;
            for (const ScheduleEntry& entry : config.*value.field) {
              texts.push_back(FormatScheduleEntry(entry));
            }
            return texts;
          },
          [&](const RulesValue& value) {
            Values texts;
            for (const RuleEntry& entry : config.*value.field) {
              texts.push_back(FormatRuleEntry(entry));
            }
            return texts;
          },
          [&](const auto& value) { return Values{config.*value.field}; },
      },
      key.value);
}

}  // namespace heapd::server
