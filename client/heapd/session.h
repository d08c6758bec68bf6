#ifndef HEAPD_CLIENT_HEAPD_SESSION_H_
#define HEAPD_CLIENT_HEAPD_SESSION_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/heapd/lease.h"
#include "client/heapd/remote_heap.h"
#include "client/heapd/scope.h"

namespace heapd::client {

// How a session is opened.
struct SessionOptions {
  // From 1 s to 24 h; zero takes the daemon's default (60 s). How long the
  // daemon keeps what the session holds after this process has died.
  absl::Duration time_to_live = absl::ZeroDuration();
  // Who this is, for operators. At most 256 bytes of UTF-8.
  std::string label = {};
  // Where in the program what it allocates comes from, where neither its type
  // nor its batch says so: a route, a call site. At most 256 bytes of UTF-8.
  std::string tag = {};
};

// A session on one heap: what is allocated through it stays alive until it is
// released, its scope is closed, or the session ends. All calls of RemoteHeap
// are made in its name.
//
// Opened by Client::OpenSession(). Its lease is renewed in the background, by
// one thread for all sessions of a Client, every third of its time to live. The
// destructor closes it and waits at most two seconds for that; should it fail,
// the lease runs out by itself.
//
// Calls are thread-safe as in RemoteHeap; moving, closing and destroying need
// the session to be nobody else's. It may outlive its Client.
class Session : public RemoteHeap {
 public:
  // For Client::OpenSession().
  Session(RemoteHeap heap, std::shared_ptr<Lease> lease);
  ~Session();
  Session(Session&& other) noexcept;
  Session& operator=(Session&& other) noexcept;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // As the daemon granted it.
  absl::Duration time_to_live() const;
  // OK while the lease is believed to live. NOT_FOUND (SESSION_EXPIRED) once a
  // renewal was told so: then what the session held may be collected.
  absl::Status lease_status() const;

  // Opens a scope: it holds what is allocated until it is closed.
  absl::StatusOr<Scope> OpenScope() const;

  // Ends the session and drops its holds. The second time it does nothing.
  absl::Status Close();
  // Stops renewing without closing, and returns the id: the session lives until
  // its lease runs out or someone else renews or closes it.
  SessionId Detach();

 private:
  bool open() const { return lease_ != nullptr; }
  // Best effort, bounded in time.
  void CloseQuietly();

  std::shared_ptr<Lease> lease_;  // null once closed, detached or moved from
};

}  // namespace heapd::client

#endif  // HEAPD_CLIENT_HEAPD_SESSION_H_
