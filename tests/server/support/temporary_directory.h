#ifndef HEAPD_TESTS_SERVER_SUPPORT_TEMPORARY_DIRECTORY_H_
#define HEAPD_TESTS_SERVER_SUPPORT_TEMPORARY_DIRECTORY_H_

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "heap/base/check.h"

namespace heapd::server {

// A directory that goes with the test. Its path is short enough for sockets.
class TemporaryDirectory {
 public:
  explicit TemporaryDirectory(const std::string& parent = "/tmp") {
    std::string name = parent + "/heapd_test.XXXXXX";
    HEAPD_CHECK(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::string& path() const { return path_; }
  std::string Path(const std::string& name) const { return path_ + "/" + name; }

  // Writes a file, and the folders above it, and gives its path.
  std::string Write(const std::string& name, const std::string& text) const {
    const std::filesystem::path path = Path(name);
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return path.string();
  }

  std::string Read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(Path(name)).rdbuf();
    return text.str();
  }

 private:
  std::string path_;
};

}  // namespace heapd::server

#endif  // HEAPD_TESTS_SERVER_SUPPORT_TEMPORARY_DIRECTORY_H_
