#ifndef HEAPD_SERVER_AUTH_FILE_WATCH_H_
#define HEAPD_SERVER_AUTH_FILE_WATCH_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace heapd::server {

// Files that belong together, and what to do when one of them has changed.
struct WatchedFiles {
  std::vector<std::string> paths;
  std::function<void()> changed;
};

// Looks at files every `interval` on a thread of its own, and calls `changed`
// in it for those that were replaced or written to since it looked last. A file
// that goes or comes counts as changed. Looks at what the file system says of
// a file, not at its content; follows links, so that a link that is turned to
// another file is seen. Single-threaded; the destructor waits for a `changed`
// that runs.
class FileWatch {
 public:
  // Looks for the first time: construct before the files are read, so that no
  // change is missed in between.
  FileWatch(std::vector<WatchedFiles> watched, absl::Duration interval);
  ~FileWatch();
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;

  // Starts the thread. Call once at most.
  void Start();

 private:
  // What tells one state of a file from another; all 0 while it is missing.
  struct Stamp {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;
    int64_t modified_seconds = 0;
    int64_t modified_nanoseconds = 0;

    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  using Stamps = std::vector<Stamp>;

  static Stamps Look(const WatchedFiles& files);
  void Run();

  const std::vector<WatchedFiles> watched_;
  const absl::Duration interval_;
  std::vector<Stamps> seen_;  // of the thread, once it runs

  absl::Mutex mu_;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_AUTH_FILE_WATCH_H_
