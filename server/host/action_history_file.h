#ifndef HEAPD_SERVER_HOST_ACTION_HISTORY_FILE_H_
#define HEAPD_SERVER_HOST_ACTION_HISTORY_FILE_H_

#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "server/host/action_history.h"

namespace heapd::server {

// Where an ActionHistory outlives the process: a file of
// snapshots.state_directory. So a daemon that crashes and starts again, over
// and over, does not begin to count anew. Single-threaded.
class ActionHistoryFile {
 public:
  // An empty directory: nothing is kept.
  explicit ActionHistoryFile(std::string state_directory)
      : state_directory_(std::move(state_directory)) {}

  // What an earlier process has left. What cannot be read is logged, and empty.
  ActionHistory Read() const;

  // Waits for the disk. That it cannot be written is logged once, until it can.
  void Write(absl::string_view history);

 private:
  const std::string state_directory_;
  bool failed_ = false;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_HOST_ACTION_HISTORY_FILE_H_
