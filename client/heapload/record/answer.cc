#include "client/heapload/record/answer.h"

#include "absl/time/time.h"
#include "client/heapd/proto_time.h"
#include "client/heapload/record/ref_sights.h"
#include "client/heapload/record/wire.h"

namespace heapd::heapload {

using recording::Entry;

void TakeResult(const v1::BatchResult& result, Entry* entry) {
  *entry->mutable_refs() = result.refs();
  *entry->mutable_values() = result.values();
}

void TakeAnswer(const grpc::ByteBuffer& bytes, Entry* entry) {
  switch (entry->what_case()) {
    case Entry::kOpenSession: {
      const auto response = ParseOrEmpty<v1::OpenSessionResponse>(bytes);
      entry->set_session(response.session());
      entry->set_time_to_live_nanos(absl::ToInt64Nanoseconds(
          client::FromProtoDuration(response.time_to_live())));
      return;
    }
    case Entry::kRenewSession:
      entry->set_time_to_live_nanos(
          absl::ToInt64Nanoseconds(client::FromProtoDuration(
              ParseOrEmpty<v1::RenewSessionResponse>(bytes).time_to_live())));
      return;
    case Entry::kDefineType:
      entry->set_type(ParseOrEmpty<v1::DefineTypeResponse>(bytes).type());
      return;
    case Entry::kAllocateObject:
      entry->add_refs(ParseOrEmpty<v1::AllocateObjectResponse>(bytes).ref());
      return;
    case Entry::kAllocateString:
      entry->add_refs(ParseOrEmpty<v1::AllocateStringResponse>(bytes).ref());
      return;
    case Entry::kCopyObject:
      entry->add_refs(ParseOrEmpty<v1::CopyObjectResponse>(bytes).ref());
      return;
    case Entry::kLinkObject:
      entry->set_former_ref(RefOfValue(
          ParseOrEmpty<v1::LinkObjectResponse>(bytes).former_value()));
      return;
    case Entry::kUnlinkObject:
      entry->set_former_ref(RefOfValue(
          ParseOrEmpty<v1::UnlinkObjectResponse>(bytes).former_value()));
      return;
    case Entry::kRootObject:
      entry->set_former_ref(
          ParseOrEmpty<v1::RootObjectResponse>(bytes).former_ref());
      return;
    case Entry::kUnrootObject:
      entry->set_former_ref(
          ParseOrEmpty<v1::UnrootObjectResponse>(bytes).former_ref());
      return;
    case Entry::kApply:
      TakeResult(ParseOrEmpty<v1::ApplyResponse>(bytes).result(), entry);
      return;
    default:
      return;
  }
}

}  // namespace heapd::heapload
