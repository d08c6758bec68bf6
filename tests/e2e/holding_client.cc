#include "tests/e2e/holding_client.h"

#include <signal.h>
#include <unistd.h>

#include <iostream>
#include <memory>

#include "client/heapd/client.h"
#include "client/heapd/status_macros.h"

namespace heapd::e2e {
namespace {

absl::Status Hold(const std::string& address) {
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const auto client,
                                client::Client::Connect(address));
  client::SessionOptions options;
  options.time_to_live = absl::Seconds(1);
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const client::Session session,
                                client->OpenSession("shop", options));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const auto type,
                                session.DefineType("Item", {}));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const client::Ref first,
                                session.Allocate(type, "shared"));
  HEAPD_CLIENT_ASSIGN_OR_RETURN(const client::Ref second,
                                session.Allocate(type, "alone"));
  std::cout << "holding " << first.id() << " " << second.id() << std::endl;
  while (true) pause();
}

}  // namespace

int HoldObjects(const std::string& address) {
  std::cerr << Hold(address).ToString() << std::endl;
  return 1;
}

}  // namespace heapd::e2e
