#include "server/ops/command_line.h"

#include <yaml-cpp/yaml.h>

#include <CLI/CLI.hpp>
#include <map>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "heap/base/status_macros.h"
#include "server/ops/config_file.h"
#include "server/ops/config_schema.h"
#include "server/ops/config_value.h"
#include "server/ops/version.h"

namespace heapd::server {
namespace {

// The flags of one command line, before they are applied.
struct Flags {
  std::string config_file;
  std::string ports_file;
  bool version = false;
  bool print_config = false;
  bool trace_gc = false;
  bool trace_gc_ignore_scavenger = false;
  bool verify_heap = false;
  bool plaintext_beyond_loopback = false;
  std::map<absl::string_view, std::vector<std::string>> values;
};

std::string Describe(const ConfigKey& key) {
  std::string text = absl::StrCat(key.meaning, ".");
  const std::string range = RangeText(key);
  if (!range.empty()) absl::StrAppend(&text, " ", range, ".");
  return absl::StrCat(text, " Default: ", DefaultText(key));
}

void AddFlags(CLI::App& app, Flags& flags) {
  app.add_option("--config", flags.config_file,
                 "YAML file with the keys below; flags override it")
      ->type_name("FILE");
  app.add_option("--ports-file", flags.ports_file,
                 "Write the bound addresses there, as JSON, once all are bound")
      ->type_name("FILE");
  app.add_flag("--print-config", flags.print_config,
               "Print the configuration that would be used, and exit");
  app.add_flag("--version", flags.version, "Print the version, and exit");
  CLI::Option* const trace = app.add_flag(
      "--trace-gc", flags.trace_gc, "As in Node: short for --log.trace_gc all");
  app.add_flag("--trace-gc-ignore-scavenger", flags.trace_gc_ignore_scavenger,
               "With --trace-gc: only major collections")
      ->needs(trace);
  app.add_flag("--verify-heap", flags.verify_heap,
               "As in Node: short for --stress.verify_heap true");
  app.add_flag(
      "--insecure-allow-plaintext-beyond-loopback",
      flags.plaintext_beyond_loopback,
      "Let listeners without TLS be reached from other machines: "
      "whoever is on the way reads and changes everything, tokens too");
  for (const ConfigKey& key : ConfigKeys()) {
    CLI::Option* option = app.add_option(absl::StrCat("--", key.name),
                                         flags.values[key.name], Describe(key));
    // One value each time: "--listen.data A --listen.data B".
    option->type_size(1)->allow_extra_args(false);
    option->expected(1, IsList(key) ? 1000 : 1);
    option->type_name(absl::AsciiStrToUpper(TypeText(key)));
    option->group(std::string(key.name.substr(0, key.name.find('.'))));
  }
}

absl::Status ApplyFlags(const Flags& flags, Config& config) {
  if (flags.verify_heap) config.stress_verify_heap = true;
  if (flags.trace_gc) {
    config.log_trace_gc = flags.trace_gc_ignore_scavenger ? "major" : "all";
  }
  for (const ConfigKey& key : ConfigKeys()) {
    const std::vector<std::string>& values = flags.values.at(key.name);
    if (values.empty()) continue;
    const absl::Status status = SetConfigValue(key, values, config);
    if (!status.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("--", key.name, " ", status.message()));
    }
  }
  return absl::OkStatus();
}

void EmitValue(const ConfigKey& key, const Config& config, YAML::Emitter& out) {
  if (const auto* tokens = std::get_if<TokensValue>(&key.value)) {
    out << YAML::BeginSeq;
    for (const TokenEntry& entry : config.*tokens->field) {
      out << YAML::Flow << YAML::BeginMap << YAML::Key << "name" << YAML::Value
          << entry.name << YAML::Key << "sha256" << YAML::Value << entry.sha256
          << YAML::EndMap;
    }
    out << YAML::EndSeq;
  } else if (IsListOfMaps(key)) {
    out << YAML::BeginSeq;
    for (const std::string& entry : GetConfigValue(key, config)) {
      out << YAML::Load(entry);
    }
    out << YAML::EndSeq;
  } else if (IsList(key)) {
    out << YAML::Flow << GetConfigValue(key, config);
  } else if (GetConfigValue(key, config).front().empty()) {
    out << YAML::DoubleQuoted << "";
  } else {
    out << GetConfigValue(key, config).front();
  }
}

// CLI11 lists what it did not expect; the first flag among it is the mistake.
absl::Status UnknownArgument(const CLI::App& app) {
  std::vector<absl::string_view> known = {"config",
                                          "ports-file",
                                          "print-config",
                                          "version",
                                          "help",
                                          "trace-gc",
                                          "trace-gc-ignore-scavenger",
                                          "verify-heap",
                                          "insecure-allow-plaintext-beyond-"
                                          "loopback"};
  for (const ConfigKey& key : ConfigKeys()) known.push_back(key.name);
  for (const std::string& argument : app.remaining()) {
    absl::string_view flag = argument;
    if (!absl::ConsumePrefix(&flag, "--")) continue;
    flag = flag.substr(0, flag.find('='));
    const absl::string_view closest = ClosestWord(flag, known);
    return absl::InvalidArgumentError(absl::StrCat(
        "unknown flag '--", flag, "'",
        closest.empty() ? "; see heapd --help"
                        : absl::StrCat(", did you mean '--", closest, "'?")));
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "unknown argument '", app.remaining().front(), "'; see heapd --help"));
}

}  // namespace

std::string PrintConfig(const Config& config) {
  std::string text;
  absl::string_view section;
  for (const ConfigKey& key : ConfigKeys()) {
    const size_t dot = key.name.find('.');
    if (key.name.substr(0, dot) != section) {
      section = key.name.substr(0, dot);
      absl::StrAppend(&text, section, ":\n");
    }
    // A small document for each key: the emitter itself would put the comments
    // behind the value before them.
    YAML::Emitter out;
    out << YAML::BeginMap << YAML::Key << std::string(key.name.substr(dot + 1))
        << YAML::Value;
    EmitValue(key, config, out);
    out << YAML::EndMap;
    absl::StrAppend(&text, "  # ", Describe(key), "\n  ",
                    absl::StrReplaceAll(out.c_str(), {{"\n", "\n  "}}), "\n");
  }
  return text;
}

absl::StatusOr<Invocation> ParseCommandLine(int argc, const char* const* argv,
                                            uint64_t usable_memory_bytes,
                                            int cores) {
  CLI::App app(
      "heapd hosts managed heaps for other programs.\n"
      "Every key below can stand in the file of --config, as key in a section, "
      "or be given as a flag.",
      "heapd");
  app.get_formatter()->column_width(40);
  Flags flags;
  AddFlags(app, flags);
  Invocation invocation;
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    invocation.print = app.help();
    return invocation;
  } catch (const CLI::ExtrasError&) {
    return UnknownArgument(app);
  } catch (const CLI::ParseError& error) {
    return absl::InvalidArgumentError(error.what());
  }
  if (flags.version) {
    invocation.print = absl::StrCat("heapd ", Version(), "\n");
    return invocation;
  }
  Config& config = invocation.config;
  if (!flags.config_file.empty()) {
    HEAPD_RETURN_IF_ERROR(ReadConfigFile(flags.config_file, config));
  }
  HEAPD_RETURN_IF_ERROR(ApplyFlags(flags, config));
  ResolveDefaults(usable_memory_bytes, cores, config);
  HEAPD_RETURN_IF_ERROR(CheckConfig(config));
  if (flags.print_config) invocation.print = PrintConfig(config);
  // The daemon reads it, now and at each reload; here it is only looked at, so
  // that a mistake in it is one of the configuration.
  if (!config.auth_tokens_file.empty()) {
    HEAPD_RETURN_IF_ERROR(ReadTokensFile(config.auth_tokens_file).status());
  }
  invocation.ports_file = flags.ports_file;
  if (flags.plaintext_beyond_loopback) {
    invocation.plaintext_reach = Reach::kAnywhere;
  }
  return invocation;
}

}  // namespace heapd::server
