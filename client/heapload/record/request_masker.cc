#include "client/heapload/record/request_masker.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "client/heapload/record/entry.h"

namespace heapd::heapload {
namespace {

using recording::Entry;

bool TakesPayload(int kind) {
  return kind == v1::OPERATION_KIND_ALLOCATE ||
         kind == v1::OPERATION_KIND_ALLOCATE_UNHELD ||
         kind == v1::OPERATION_KIND_ALLOCATE_STRING ||
         kind == v1::OPERATION_KIND_WRITE;
}

}  // namespace

void RequestMasker::Mask(Entry* entry) const {
  VisitRequest(*entry, [&](auto& request) {
    request.DiscardUnknownFields();
    if constexpr (requires { request.request_id(); }) {
      *request.mutable_request_id() = hash_.Name(request.request_id());
    }
    if constexpr (requires { request.payload(); }) {
      entry->set_payload_size(static_cast<uint32_t>(request.payload().size()));
      request.clear_payload();
    }
    if constexpr (requires { request.content(); }) {
      entry->set_payload_size(static_cast<uint32_t>(request.content().size()));
      entry->add_string_hashes(hash_.Hash(request.content()));
      request.clear_content();
    }
    if constexpr (requires { request.label(); }) request.clear_label();
    if constexpr (requires { request.name(); })
      MaskName(request.mutable_name());
    if constexpr (requires { request.mutable_type()->slot_names(); }) {
      MaskType(request.mutable_type());
    }
    if constexpr (requires { request.batch(); }) {
      MaskBatch(request.mutable_batch(), entry);
    }
  });
}

void RequestMasker::MaskType(v1::Type* type) const {
  MaskName(type->mutable_name());
  for (std::string& name : *type->mutable_slot_names()) MaskName(&name);
}

void RequestMasker::MaskBatch(v1::Batch* batch, Entry* entry) const {
  std::string_view rest = batch->payloads();
  int next_size = 0;
  for (const int kind : batch->kinds()) {
    if (!TakesPayload(kind) || next_size == batch->sizes_size()) continue;
    const size_t size =
        std::min<size_t>(batch->sizes(next_size++), rest.size());
    if (kind == v1::OPERATION_KIND_ALLOCATE_STRING) {
      entry->add_string_hashes(hash_.Hash(rest.substr(0, size)));
    }
    rest.remove_prefix(size);
  }
  batch->clear_payloads();
  for (std::string& name : *batch->mutable_names()) MaskName(&name);
}

void RequestMasker::MaskName(std::string* name) const {
  if (names_ == RecordedNames::kHash) *name = hash_.Name(*name);
}

}  // namespace heapd::heapload
