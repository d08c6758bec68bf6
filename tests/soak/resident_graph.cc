// Makes a graph of objects whose contents follow from their numbers, and reads
// it back: whether a heap has lost or changed any of it.
//
//   resident_graph make  --address HOST:PORT --heap HEAP [--objects N]
//   resident_graph check --address HOST:PORT --heap HEAP [--objects N]
//
// The graph hangs on the root "resident": one object, of which each slot leads
// to a group of up to 1,000. `make` makes the heap. Exit codes: 0 all is there,
// 1 it is not, or the daemon could not be asked; 2 usage.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "client/heapd/batch_builder.h"
#include "client/heapd/client.h"
#include "client/heapd/status_macros.h"

namespace heapd::soak {
namespace {

using client::BatchBuilder;
using client::BatchReader;
using client::BatchValue;
using client::Client;
using client::LocalRef;
using client::Ref;
using client::RemoteHeap;
using client::TraverseReader;
using client::TypeId;
using client::Value;

constexpr char kRoot[] = "resident";
constexpr uint64_t kGroup = 1000;

struct Settings {
  std::string address;
  std::string heap;
  uint64_t objects = 50'000;

  uint64_t groups() const { return (objects + kGroup - 1) / kGroup; }
  uint64_t SizeOf(uint64_t group) const {
    return std::min(kGroup, objects - group * kGroup);
  }
};

uint64_t SplitMix(uint64_t* state) {
  uint64_t z = (*state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

// Its number, 0 to 511 bytes that follow from it, and their sum: so each tells
// by itself whether it is whole, and which one it is.
std::string PayloadOf(uint64_t number) {
  uint64_t state = number;
  std::string payload = absl::StrCat(number, ":");
  const uint64_t count = SplitMix(&state) % 512;
  uint64_t sum = 0;
  for (uint64_t i = 0; i < count; ++i) {
    const auto byte = static_cast<unsigned char>(SplitMix(&state));
    payload.push_back(static_cast<char>(byte));
    sum = sum * 31 + byte;
  }
  absl::StrAppend(&payload, ":", sum);
  return payload;
}

absl::Status Make(const Settings& settings) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const std::unique_ptr<Client> client,
                                Client::Connect(settings.address));
  HEAPD_CLIENT_RETURN_IF_ERROR(
      client->CreateHeap(settings.heap, {.limit_bytes = 256 << 20}).status());
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const auto session,
                                client->OpenSession(settings.heap));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const TypeId type,
                                session.DefineType("Resident", {}));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(
      const Ref top,
      session.Allocate(type, "", {}, static_cast<uint32_t>(settings.groups())));
  HEAPD_CLIENT_RETURN_IF_ERROR(session.Root(kRoot, top).status());
  for (uint64_t group = 0; group < settings.groups(); ++group) {
    BatchBuilder batch;
    std::vector<BatchValue> members;
    for (uint64_t i = 0; i < settings.SizeOf(group); ++i) {
      members.push_back(BatchValue::Strong(
          batch.AllocateUnheld(type, PayloadOf(group * kGroup + i))));
    }
    const LocalRef head = batch.AllocateUnheld(type, "group", members);
    batch.Link(top, static_cast<uint32_t>(group), BatchValue::Strong(head));
    HEAPD_CLIENT_RETURN_IF_ERROR(session.Apply(std::move(batch)).status());
  }
  return absl::OkStatus();
}

absl::Status CheckGroup(const RemoteHeap& heap, const Settings& settings,
                        uint64_t group, Ref head) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const TraverseReader rows,
                                heap.Traverse({.refs = {head},
                                               .max_object_count = kGroup + 1,
                                               .max_bytes = 32 << 20,
                                               .include_payloads = true}));
  if (rows.size() != settings.SizeOf(group) + 1) {
    return absl::DataLossError(
        absl::StrCat("group ", group, " has ", rows.size(), " objects"));
  }
  // Breadth first: the head, then its members in the order of the slots.
  for (uint64_t i = 0; i < settings.SizeOf(group); ++i) {
    const uint64_t number = group * kGroup + i;
    if (rows.row(i + 1).payload != PayloadOf(number)) {
      return absl::DataLossError(
          absl::StrCat("object ", number, " has another payload"));
    }
  }
  return absl::OkStatus();
}

absl::Status Check(const Settings& settings) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const std::unique_ptr<Client> client,
                                Client::Connect(settings.address));
  const RemoteHeap heap = client->Heap(settings.heap);
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const Ref top, heap.GetRoot(kRoot));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const auto data, heap.Read(top));
  if (data.values.size() != settings.groups()) {
    return absl::DataLossError(
        absl::StrCat(data.values.size(), " groups are there"));
  }
  for (uint64_t group = 0; group < settings.groups(); ++group) {
    const Value value = data.values[group];
    if (value.kind() != Value::Kind::kStrong) {
      return absl::DataLossError(absl::StrCat("group ", group, " is missing"));
    }
    HEAPD_CLIENT_RETURN_IF_ERROR(
        CheckGroup(heap, settings, group, value.ref()));
  }
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  Settings settings;
  CLI::App app("Makes a graph with contents that are known, or reads it back.");
  app.require_subcommand(1);
  CLI::App* const make = app.add_subcommand("make", "Make the heap and graph");
  CLI::App* const check = app.add_subcommand("check", "Read it back");
  for (CLI::App* const command : {make, check}) {
    command->add_option("--address", settings.address)->required();
    command->add_option("--heap", settings.heap)->required();
    command->add_option("--objects", settings.objects)
        ->check(CLI::Range(1, 10'000'000))
        ->capture_default_str();
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const absl::Status status = make->parsed() ? Make(settings) : Check(settings);
  if (status.ok()) return 0;
  std::cerr << status.ToString() << '\n';
  return 1;
}

}  // namespace
}  // namespace heapd::soak

int main(int argc, char** argv) { return heapd::soak::Main(argc, argv); }
