#ifndef HEAPD_CLIENT_HEAPLOAD_RECORD_ANSWER_H_
#define HEAPD_CLIENT_HEAPLOAD_RECORD_ANSWER_H_

#include "client/heapload/record/recording.pb.h"
#include "grpcpp/support/byte_buffer.h"

namespace heapd::heapload {

// Puts what a daemon answered to the entry's method (refs, session, type and
// so on) into the entry, and nothing else of the answer.
void TakeAnswer(const grpc::ByteBuffer& bytes, recording::Entry* entry);

// The same for a batch that was applied.
void TakeResult(const v1::BatchResult& result, recording::Entry* entry);

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_RECORD_ANSWER_H_
