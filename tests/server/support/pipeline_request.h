#ifndef HEAPD_TESTS_SERVER_SUPPORT_PIPELINE_REQUEST_H_
#define HEAPD_TESTS_SERVER_SUPPORT_PIPELINE_REQUEST_H_

#include <cstdint>
#include <string>

#include "heapd/v1/object_service.pb.h"

namespace heapd::server {

// A batch of one object without slots; of the heap and the session that the
// stream is at.
inline v1::PipelineRequest PipelineAllocation(uint32_t type,
                                              const std::string& payload) {
  v1::PipelineRequest request;
  v1::Batch* const batch = request.mutable_batch();
  batch->add_kinds(v1::OPERATION_KIND_ALLOCATE);
  batch->add_types(type);
  batch->add_numbers(0);
  batch->add_numbers(0);
  batch->add_sizes(static_cast<uint32_t>(payload.size()));
  batch->set_payloads(payload);
  return request;
}

}  // namespace heapd::server

#endif  // HEAPD_TESTS_SERVER_SUPPORT_PIPELINE_REQUEST_H_
