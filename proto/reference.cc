// Writes the reference of the contract, from the comments in the .proto files
// and in their order, as Markdown:
//
//   api_reference build/proto/heapd.protoset >proto/README.md
//
// The argument is a descriptor set with source info. A test compares what comes
// of it with proto/README.md.

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::FileDescriptorProto;
using google::protobuf::FileDescriptorSet;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;
using google::protobuf::SourceLocation;

constexpr char kIntroduction[] =
    "# The contract\n\n"
    "heapd's gRPC interface, package `heapd.v1`. This page is made from the "
    "comments in `heapd/v1/*.proto`\n"
    "(`build/bin/api_reference build/proto/heapd.protoset >proto/README.md`); "
    "change those.\n";

// The comment in front of an element, a line at a time.
template <typename Element>
std::vector<std::string> CommentOf(const Element& element) {
  SourceLocation location;
  if (!element.GetSourceLocation(&location)) return {};
  std::vector<std::string> lines;
  for (const absl::string_view line :
       absl::StrSplit(location.leading_comments, '\n')) {
    lines.emplace_back(absl::StripPrefix(line, " "));
  }
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  return lines;
}

// As text of its own: paragraphs stay, and what is drawn with spaces.
template <typename Element>
std::string TextOf(const Element& element) {
  std::string text;
  bool is_drawn = false;
  for (const std::string& line : CommentOf(element)) {
    const bool drawn = absl::StartsWith(line, "  ");
    if (drawn != is_drawn) absl::StrAppend(&text, "```\n");
    is_drawn = drawn;
    absl::StrAppend(&text, line, "\n");
  }
  if (is_drawn) absl::StrAppend(&text, "```\n");
  return text;
}

// As a cell of a table.
template <typename Element>
std::string CellOf(const Element& element) {
  std::string text;
  for (const std::string& line : CommentOf(element)) {
    absl::StrAppend(&text, text.empty() ? "" : " ",
                    absl::StripAsciiWhitespace(line));
  }
  return absl::StrReplaceAll(text, {{"|", "\\|"}});
}

std::string Link(absl::string_view name) {
  return absl::StrCat("[", name, "](#", absl::AsciiStrToLower(name), ")");
}

std::string TypeOf(const FieldDescriptor& field) {
  std::string type = field.type_name();
  const FileDescriptor* file = field.file();
  if (const Descriptor* const message = field.message_type()) {
    type = message->file()->package() == file->package()
               ? Link(message->name())
               : absl::StrCat("`", message->full_name(), "`");
  } else if (const EnumDescriptor* const choice = field.enum_type()) {
    type = Link(choice->name());
  }
  if (field.is_repeated()) return absl::StrCat("repeated ", type);
  if (field.has_optional_keyword()) return absl::StrCat("optional ", type);
  if (field.real_containing_oneof() == nullptr) return type;
  return absl::StrCat(type, ", one of ", field.containing_oneof()->name());
}

void WriteService(const ServiceDescriptor& service) {
  std::cout << "\n## " << service.name() << "\n\n" << TextOf(service);
  std::cout << "\n| method | takes | gives | |\n|---|---|---|---|\n";
  for (int i = 0; i < service.method_count(); ++i) {
    const MethodDescriptor& method = *service.method(i);
    std::cout << "| `" << method.name() << "` | "
              << (method.client_streaming() ? "stream of " : "")
              << Link(method.input_type()->name()) << " | "
              << (method.server_streaming() ? "stream of " : "")
              << Link(method.output_type()->name()) << " | " << CellOf(method)
              << " |\n";
  }
}

void WriteMessage(const Descriptor& message) {
  std::cout << "\n### " << message.name() << "\n\n" << TextOf(message);
  if (message.field_count() == 0) return;
  std::cout << "\n| field | type | |\n|---|---|---|\n";
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    std::cout << "| `" << field.name() << "` = " << field.number() << " | "
              << TypeOf(field) << " | " << CellOf(field) << " |\n";
  }
}

void WriteEnum(const EnumDescriptor& choice) {
  std::cout << "\n### " << choice.name() << "\n\n" << TextOf(choice);
  std::cout << "\n| value | |\n|---|---|\n";
  for (int i = 0; i < choice.value_count(); ++i) {
    std::cout << "| `" << choice.value(i)->name()
              << "` = " << choice.value(i)->number() << " | "
              << CellOf(*choice.value(i)) << " |\n";
  }
}

void WriteServices(const FileDescriptor& file) {
  for (int i = 0; i < file.service_count(); ++i) WriteService(*file.service(i));
}

void WriteMessages(const FileDescriptor& file) {
  for (int i = 0; i < file.enum_type_count(); ++i)
    WriteEnum(*file.enum_type(i));
  for (int i = 0; i < file.message_type_count(); ++i) {
    WriteMessage(*file.message_type(i));
  }
}

}  // namespace

int main(int argc, char** argv) {
  FileDescriptorSet files;
  std::ifstream input(argc == 2 ? argv[1] : "", std::ios::binary);
  if (argc != 2 || !input || !files.ParseFromIstream(&input)) {
    std::cerr << "usage: api_reference DESCRIPTOR_SET\n";
    return 2;
  }
  DescriptorPool pool;
  std::map<std::string, const FileDescriptor*> contract;  // by path
  for (const FileDescriptorProto& proto : files.file()) {
    const FileDescriptor* const file = pool.BuildFile(proto);
    if (file == nullptr) return 1;
    if (absl::StartsWith(file->name(), "heapd/")) contract[file->name()] = file;
  }
  std::cout << kIntroduction;
  for (const auto& [path, file] : contract) WriteServices(*file);
  std::cout << "\n## Messages\n";
  for (const auto& [path, file] : contract) WriteMessages(*file);
  return 0;
}
