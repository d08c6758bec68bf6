#ifndef HEAPD_SERVER_STORAGE_FILE_DESCRIPTOR_H_
#define HEAPD_SERVER_STORAGE_FILE_DESCRIPTOR_H_

#include <unistd.h>

#include <utility>

namespace heapd::server {

// Owns a descriptor and closes it. Movable.
class FileDescriptor {
 public:
  explicit FileDescriptor(int descriptor = -1) : descriptor_(descriptor) {}
  FileDescriptor(FileDescriptor&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&&) = delete;
  ~FileDescriptor() {
    if (descriptor_ >= 0) close(descriptor_);
  }

  int get() const { return descriptor_; }
  bool valid() const { return descriptor_ >= 0; }

 private:
  int descriptor_;
};

}  // namespace heapd::server

#endif  // HEAPD_SERVER_STORAGE_FILE_DESCRIPTOR_H_
