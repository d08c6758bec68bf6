#ifndef HEAPD_CLIENT_HEAPLOAD_RECORD_UNARY_RELAY_H_
#define HEAPD_CLIENT_HEAPLOAD_RECORD_UNARY_RELAY_H_

#include <string>

#include "client/heapload/record/relay_core.h"

namespace heapd::heapload {

// One unary call on its way through the proxy: reads the request, calls the
// daemon, lets the answer be recorded, and only then passes it on. Deletes
// itself when gRPC is done with it.
class UnaryRelay final : public grpc::ServerGenericBidiReactor {
 public:
  UnaryRelay(RelayCore* core, grpc::GenericCallbackServerContext* context,
             MethodTraits traits);

  void OnReadDone(bool ok) override;
  void OnCancel() override { to_daemon_.TryCancel(); }
  void OnDone() override { delete this; }

 private:
  ~UnaryRelay() override = default;

  void Forward();
  void Answered(const grpc::Status& status);
  void Record(const grpc::Status& status);

  RelayCore& core_;
  grpc::GenericCallbackServerContext& context_;
  const MethodTraits traits_;
  grpc::ClientContext to_daemon_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
  std::string gated_heap_;  // past whose gate this is; empty for none
  CallStart start_;
};

}  // namespace heapd::heapload

#endif  // HEAPD_CLIENT_HEAPLOAD_RECORD_UNARY_RELAY_H_
