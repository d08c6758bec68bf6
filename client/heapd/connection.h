#ifndef HEAPD_CLIENT_HEAPD_CONNECTION_H_
#define HEAPD_CLIENT_HEAPD_CONNECTION_H_

#include <atomic>
#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/heapd/client_options.h"
#include "client/heapd/credentials.h"
#include "client/heapd/heap_metadata.h"
#include "client/heapd/retry.h"
#include "client/heapd/status.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"

namespace heapd::client {

class LeaseRenewer;

// Where a daemon listens, as gRPC names it: "host:port" (an IPv6 host in
// brackets) or "unix:/path". INVALID_ARGUMENT for anything else.
absl::StatusOr<std::string> ParseAddress(std::string_view address);

// A channel to `address`, which nobody else shares, with heapd's message
// limits. Connects when it is first used, with TLS if the credentials have it
// and `address` is no Unix socket; sends their token with every call.
// INVALID_ARGUMENT as for ParseAddress() and CheckTls().
absl::StatusOr<std::shared_ptr<grpc::Channel>> OpenChannel(
    std::string_view address, const Credentials& credentials = {});

// One channel with what every call on it needs: deadline, retries, request ids,
// the token, and the thread that renews sessions. Shared by a Client and all
// that came from it; users of the library need Client and SnapshotClient only.
//
// Thread-safe.
class Connection {
 public:
  Connection(std::shared_ptr<grpc::Channel> channel, ClientOptions options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  const ClientOptions& options() const { return options_; }
  LeaseRenewer& leases() { return *leases_; }

  // A new request id, or "" if the options say none.
  std::string NewRequestId();
  // kSafe for a call that carries a request id, if the options generate them.
  Repeat RepeatWithRequestId() const;

  // Sets deadline and token.
  void Prepare(grpc::ClientContext& context, absl::Time deadline) const;

  // As NameHeap(), of what a request is about, if that is a heap.
  template <typename Request>
  static void NameHeapOf(const Request& request, grpc::ClientContext& context) {
    if constexpr (requires {
                    { request.heap() } -> std::convertible_to<std::string_view>;
                  }) {
      NameHeap(request.heap(), context);
    }
  }

  // Makes a unary call, with retries.
  //   Call(*stub, &v1::HeapService::Stub::GetHeap, request, Repeat::kSafe)
  template <typename Response, typename Stub, typename Request>
  absl::StatusOr<Response> Call(
      Stub& stub,
      grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                   Response*),
      const Request& request, Repeat repeat) {
    Response response;
    const absl::Time deadline = options_.clock->Now() + options_.call_timeout;
    absl::Status status =
        CallWithRetries(options_.retry, *options_.clock, deadline, repeat, [&] {
          grpc::ClientContext context;
          Prepare(context, deadline);
          NameHeapOf(request, context);
          return ToAbslStatus((stub.*method)(&context, request, &response));
        });
    if (!status.ok()) return status;
    return response;
  }

 private:
  const std::shared_ptr<grpc::Channel> channel_;
  const ClientOptions options_;
  // Random, so that ids of different clients never meet.
  const std::string request_id_prefix_;
  std::atomic<uint64_t> next_request_{1};
  const std::unique_ptr<LeaseRenewer> leases_;
};

}  // namespace heapd::client

#endif  // HEAPD_CLIENT_HEAPD_CONNECTION_H_
