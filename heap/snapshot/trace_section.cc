#include "heap/snapshot/trace_section.h"

#include <initializer_list>

namespace heapd {
namespace {

// The numbers with commas between and behind.
void Numbers(std::initializer_list<uint64_t> numbers, JsonOutput* out) {
  for (const uint64_t number : numbers) {
    out->Number(number);
    out->Char(',');
  }
}

}  // namespace

void TraceSection::Write(StringSection* strings, JsonOutput* out) const {
  if (function_count() == 0) {
    out->Raw("\"trace_function_infos\":[],\n\"trace_tree\":[],\n");
    return;
  }
  // Function id, name, script's name and id, line, column.
  const uint32_t no_script = strings->NumberOf("");
  out->Raw("\"trace_function_infos\":[");
  Numbers({kRootFunction, strings->NumberOf("(root)"), no_script, 0, 0}, out);
  out->Raw("0\n");
  for (uint32_t tag = 1; tag < tags_.names.size(); ++tag) {
    out->Char(',');
    Numbers({kRootFunction + tag, strings->NumberOf(tags_.names[tag]),
             no_script, 0, 0},
            out);
    out->Raw("0\n");
  }
  // Node id, function, count, size, children.
  out->Raw("],\n\"trace_tree\":[");
  Numbers({kRootNode, kRootFunction, 0, 0}, out);
  out->Char('[');
  for (uint32_t tag = 1; tag < tags_.names.size(); ++tag) {
    if (tag > 1) out->Raw("\n,");
    Numbers({kRootNode + tag, kRootFunction + tag, counts_[tag].objects,
             counts_[tag].bytes},
            out);
    out->Raw("[]");
  }
  out->Raw("]],\n");
}

}  // namespace heapd
