#include "client/heapctl/completion.h"

#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/heapctl/commands.h"

namespace heapd::heapctl {
namespace {

// Command path ("heapctl heap create") -> what can follow it.
using WordsByPath = std::map<std::string, std::vector<std::string>>;

std::vector<std::string> LongFlags(const CLI::App& app) {
  std::vector<std::string> flags;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      flags.push_back("--" + name);
    }
  }
  return flags;
}

void CollectWords(const CLI::App& app, const std::string& path,
                  WordsByPath& words) {
  std::vector<std::string>& mine = words[path];
  mine = LongFlags(app);
  for (const CLI::App* command : app.get_subcommands(nullptr)) {
    mine.push_back(command->get_name());
    CollectWords(*command, absl::StrCat(path, " ", command->get_name()), words);
  }
}

constexpr char kHead[] = R"bash(# bash completion of heapctl; load it with
#   source <(heapctl completion bash)
_heapctl_words() {
  case "$1" in
)bash";

// The path grows by each word that is a command of what was there before.
constexpr char kTail[] = R"bash(  esac
}

_heapctl() {
  local path=heapctl word i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="${COMP_WORDS[i]}"
    if [[ -n "$(_heapctl_words "$path $word")" ]]; then
      path="$path $word"
    fi
  done
  mapfile -t COMPREPLY < <(
    compgen -W "$(_heapctl_words "$path")" -- "${COMP_WORDS[COMP_CWORD]}")
}

complete -o default -F _heapctl heapctl
)bash";

}  // namespace

std::string BashCompletion(const CLI::App& app) {
  std::vector<std::string> global = LongFlags(app);
  std::erase(global, "--help");  // each command has its own
  WordsByPath words;
  CollectWords(app, app.get_name(), words);
  for (auto& [path, mine] : words) {
    if (path == app.get_name()) continue;  // has them already
    mine.insert(mine.end(), global.begin(), global.end());
  }
  std::string script = kHead;
  for (const auto& [path, mine] : words) {
    absl::StrAppend(&script, "    '", path, "') echo '",
                    absl::StrJoin(mine, " "), "' ;;\n");
  }
  return script + kTail;
}

void AddCompletionCommand(CLI::App& app, GlobalOptions& global) {
  CLI::App& group =
      *app.add_subcommand("completion", "Print a script for a shell");
  group.require_subcommand(1);
  CLI::App& bash =
      *group.add_subcommand("bash", "Print the completion script for bash");
  bash.footer("Example:\n  source <(heapctl completion bash)");
  SetRun(bash, global, [&app, &global] {
    *global.out << BashCompletion(app);
    return absl::OkStatus();
  });
}

}  // namespace heapd::heapctl
