#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "client/heapctl/arguments.h"
#include "client/heapctl/commands.h"
#include "client/heapctl/printer.h"
#include "client/heapd/status_macros.h"

namespace heapd::heapctl {
namespace {

struct AnalyzeCommandOptions {
  std::string heap;
  client::AnalyzeOptions analysis = {.max_class_count = 20,
                                     .max_object_count = 20};
};

// "Objects of class A with tag B that retain the most:"
std::string ObjectsHeading(const client::AnalyzeOptions& options) {
  std::string text = "\nObjects";
  if (!options.class_name.empty()) {
    absl::StrAppend(&text, " of class ", options.class_name);
  }
  if (!options.tag.empty()) {
    absl::StrAppend(&text, " with tag ", options.tag);
  }
  return absl::StrCat(text, " that retain the most:");
}

void PrintTags(const GlobalOptions& global,
               const v1::AnalyzeHeapResponse& analysis) {
  // The only one there is may be that of objects without a tag.
  if (analysis.tags().empty() ||
      (analysis.tags_size() == 1 && analysis.tags(0).tag().empty())) {
    return;
  }
  PrintNote(global, "\nTags that retain the most:");
  PrintRows(global, ToJsonRows(analysis.tags()),
            {{"tag", "TAG"},
             {"object_count", "OBJECTS", Format::kNumber},
             {"self_size_bytes", "SELF SIZE", Format::kBytes},
             {"retained_size_bytes", "RETAINED", Format::kBytes}});
}

absl::Status Analyze(const GlobalOptions& global,
                     const AnalyzeCommandOptions& options) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const auto client, ConnectClient(global));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(
      const auto analysis, client->Analyze(options.heap, options.analysis));
  if (global.output == OutputFormat::kJson) {
    PrintRecord(global, ToJson(analysis));
    return absl::OkStatus();
  }
  PrintNote(global, absl::StrCat(analysis.object_count(), " objects of ",
                                 analysis.class_count(), " classes, ",
                                 HumanBytes(static_cast<int64_t>(
                                     analysis.total_self_size_bytes())),
                                 "\n\nClasses that retain the most:"));
  PrintRows(global, ToJsonRows(analysis.classes()),
            {{"class_name", "CLASS"},
             {"object_count", "OBJECTS", Format::kNumber},
             {"self_size_bytes", "SELF SIZE", Format::kBytes},
             {"retained_size_bytes", "RETAINED", Format::kBytes}});
  PrintTags(global, analysis);
  PrintNote(global, ObjectsHeading(options.analysis));
  PrintRows(global, ToJsonRows(analysis.objects()),
            {{"ref", "REF", Format::kRef},
             {"class_name", "CLASS"},
             {"tag", "TAG"},
             {"self_size_bytes", "SELF SIZE", Format::kBytes},
             {"retained_size_bytes", "RETAINED", Format::kBytes}});
  return absl::OkStatus();
}

}  // namespace

void AddAnalyzeCommand(CLI::App& app, GlobalOptions& global) {
  CLI::App& command = *app.add_subcommand(
      "analyze", "Say what a heap's memory is, and what keeps it");
  const auto options = std::make_shared<AnalyzeCommandOptions>();
  AddHeapArgument(command, options->heap);
  client::AnalyzeOptions& analysis = options->analysis;
  command
      .add_option("--classes", analysis.max_class_count,
                  "Most classes to list, and most tags")
      ->check(CLI::Range(1, 1000))
      ->type_name("COUNT")
      ->capture_default_str();
  command
      .add_option("--objects", analysis.max_object_count,
                  "Most objects to list")
      ->check(CLI::Range(1, 1000))
      ->type_name("COUNT")
      ->capture_default_str();
  command
      .add_option("--class", analysis.class_name,
                  "List only objects of this class")
      ->type_name("NAME");
  command.add_option("--tag", analysis.tag, "List only objects with this tag")
      ->type_name("TAG");
  command.footer(
      "What an object retains is what would be freed if it were: itself, and "
      "all\nthat is reached through it only. heapctl explain says why one "
      "lives.");
  SetRun(command, global,
         [&global, options] { return Analyze(global, *options); });
}

}  // namespace heapd::heapctl
