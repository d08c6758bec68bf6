#include "server/auth/file_watch.h"

#include <pthread.h>
#include <sys/stat.h>

#include <utility>

namespace heapd::server {

FileWatch::FileWatch(std::vector<WatchedFiles> watched, absl::Duration interval)
    : watched_(std::move(watched)), interval_(interval) {
  for (const WatchedFiles& files : watched_) seen_.push_back(Look(files));
}

void FileWatch::Start() {
  thread_ = std::thread([this] { Run(); });
}

FileWatch::~FileWatch() {
  {
    const absl::MutexLock lock(&mu_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

FileWatch::Stamps FileWatch::Look(const WatchedFiles& files) {
  Stamps stamps;
  for (const std::string& path : files.paths) {
    struct stat attributes;
    Stamp stamp;
    if (stat(path.c_str(), &attributes) == 0) {
      stamp = {attributes.st_dev, attributes.st_ino, attributes.st_size,
               attributes.st_mtim.tv_sec, attributes.st_mtim.tv_nsec};
    }
    stamps.push_back(stamp);
  }
  return stamps;
}

void FileWatch::Run() {
  pthread_setname_np(pthread_self(), "files");
  for (;;) {
    {
      const absl::MutexLock lock(&mu_);
      mu_.AwaitWithTimeout(absl::Condition(&stopping_), interval_);
      if (stopping_) return;
    }
    for (size_t i = 0; i < watched_.size(); ++i) {
      // Before the files are read: what is written meanwhile is another change.
      Stamps now = Look(watched_[i]);
      if (now == seen_[i]) continue;
      seen_[i] = std::move(now);
      watched_[i].changed();
    }
  }
}

}  // namespace heapd::server
